package engine

import (
	"errors"
	"fmt"
	"hash/fnv"
	"hash/maphash"
	"io"
	"reflect"
	"strconv"
)

// LiveKind is a kind of live component, which a template shows by a function that is
// named after it: {{card .ID .}}. Kinds are compared by ==.
type LiveKind interface {
	// Props is the type of what a component is given, nil for nothing.
	Props() reflect.Type
}

// Host has the live components of one page.
type Host interface {
	// Place is told that the page being rendered shows a component, and returns its
	// number, from 1 on, and whether the client doesn't know it.
	Place(Placed) (cid int, created bool)

	// Find returns the number of a component, 0 if there is none.
	Find(kind LiveKind, id uint64) int
}

// SavedKind is a [LiveKind] whose components have states that outlive their process.
type SavedKind interface{ Saved() bool }

func isSaved(kind LiveKind) bool {
	s, ok := kind.(SavedKind)
	return ok && s.Saved()
}

// Placed is a live component that a rendering shows.
type Placed struct {
	Kind   LiveKind
	ID     uint64        // as [LiveID] gives it
	Props  reflect.Value // of the kind's type, and addressable; valid until Place returns
	Key    uint64        // of its id as LiveKey gives it, where the HTML is rendered or the kind is saved; or 0
	Sum    uint64        // of Props: as long as it is the same, so are they; 0: they can't be told apart
	Parent int           // the component that shows this one, 0 for the page

	at *where
}

// Where returns the place in the template that shows the component.
func (p Placed) Where() string {
	if p.at == nil {
		return "a component's HTML"
	}
	location, expr := p.at.text()
	return location + ": <" + expr + ">"
}

// Live is what surrounds a rendering that shows live components, or is that of one.
type Live struct {
	Host Host
	Self int // the number of the component that is rendered; 0 for the page
	// Visit has each component on the page told to Host, also those that can't have
	// changed.
	Visit bool
	// Streams are those of the state, which components may show.
	Streams Bound
}

var (
	errNoHost  = errors.New("live components can't be shown here")
	errNotLive = errors.New("myself is the number of a live component, and this is the template of a view: leave phx-target out")
)

// LiveID returns what stands for the id of a live component. Integers of all types
// that have the same value are the same id, and so are strings.
func LiveID(id any) (uint64, error) {
	of, _, err := liveID(id)
	return of, err
}

// LiveKey is [LiveID] for what leaves the process: it is the same in each that runs this
// program, and two ids may, however unlikely, have one.
func LiveKey(id any) (uint64, error) {
	_, key, err := liveID(id)
	return key, err
}

func liveID(id any) (of, key uint64, err error) {
	v := reflect.ValueOf(id)
	if !v.IsValid() {
		return 0, 0, errors.New("the id of a live component is nil: give it a key of what it shows")
	}
	switch basicClass(v.Kind()) {
	case classInt:
		return idOfInt(v.Int()), keyOfInt(v.Int()), nil
	case classUint:
		return idOfUint(v.Uint()), keyOfUint(v.Uint()), nil
	case classText:
		return idOfText(v.String()), keyOfText(v.String()), nil
	}
	if f := flatOf(v.Type()); f != nil {
		own := reflect.New(v.Type())
		own.Elem().Set(v)
		return f.hash(pointerTo(own)), f.key(pointerTo(own)), nil
	}
	return 0, 0, fmt.Errorf("a %s can't be the id of a live component: it is a number, a string, or an array or struct of these", v.Type())
}

func idOfInt(i int64) uint64 {
	if i >= 0 {
		return idOfUint(uint64(i))
	}
	return mix(idSeeds[1], uint64(i))
}

func idOfUint(i uint64) uint64    { return mix(idSeeds[0], i) }
func idOfText(text string) uint64 { return mix(idSeeds[2], maphash.String(seed, text)) }

// The keys of numbers and texts: such as no other of these has, but by chance.
func keyOfInt(i int64) uint64 {
	if i >= 0 {
		return keyOfUint(uint64(i))
	}
	return keyOfText(strconv.FormatInt(i, 10))
}

func keyOfUint(i uint64) uint64 { return keyOfText(strconv.FormatUint(i, 10)) }

func keyOfText(text string) uint64 {
	sum := fnv.New64a()
	_, _ = io.WriteString(sum, text) // a hash takes everything
	return sum.Sum64()
}

// idSeeds are far from each other, as mix keeps small numbers close: negative numbers
// would otherwise be the same ids as others.
var idSeeds = [...]uint64{maphash.String(seed, "number"), maphash.String(seed, "negative number"), maphash.String(seed, "text")}

// live is what surrounds the rendering.
type live struct {
	host  Host
	self  int
	visit bool // each live component is told to host
	find  bool // none is: what the client holds of them is looked up
	// streams are those of the state.
	streams Bound
}

// SumOf returns what gives values of type t, which are addressable, their sum for
// [Placed].
func SumOf(t reflect.Type) func(v reflect.Value) uint64 {
	if t == nil {
		return nil
	}
	f := flatOf(t)
	if f == nil {
		return func(reflect.Value) uint64 { return 0 }
	}
	return func(v reflect.Value) uint64 { return f.hash(pointerTo(v.Addr())) | 1 }
}
