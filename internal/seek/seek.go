// Package seek finds the values of some types wherever they lie within another value:
// in its fields, exported or not, in arrays, slices and maps, and behind pointers. What
// interfaces, functions and channels hold isn't looked into: it may be anybody's.
package seek

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"unsafe"
)

// Seeker finds the values whose addresses are an I. The zero value is ready for use, by
// any goroutine. It keeps for each type where in it such values can be, so that what
// can't have any costs nothing.
type Seeker[I any] struct {
	plans sync.Map // *plan by reflect.Type; nil for a type without any
}

// Each calls visit for each value found in what root, a pointer, points to. What
// several pointers lead to is visited once. Path returns where in root the value is, as
// Go would write it: "Panels[2].Report". It is to be called within visit.
//
// A value of a map is a copy, as maps have it: it takes the place of what is there if
// visit returns that it has changed it.
func (s *Seeker[I]) Each(root any, visit func(found I, path func() string) (changed bool)) {
	v := reflect.ValueOf(root)
	p := s.planOf(v.Type().Elem())
	if p == nil {
		return
	}
	w := walk[I]{visit: visit, root: place{v.UnsafePointer(), p, 1}}
	w.path = w.way
	w.at(w.root.at, p)
}

// plan says where in the values of a type those that are sought can be.
type plan struct {
	t      reflect.Type
	found  bool    // the value itself is one
	fields []field // of a struct
	elem   *plan   // of an array, a slice, a map or a pointer

	circular bool // the type, or another of the same root's, is within itself
	made     bool // it is complete
}

type field struct {
	name   string // "" for an embedded one, whose fields are as its struct's own
	offset uintptr
	plan   *plan
}

func (s *Seeker[I]) planOf(t reflect.Type) *plan {
	if p, ok := s.plans.Load(t); ok {
		return p.(*plan)
	}
	pl := &planner{sought: reflect.TypeFor[I](), plans: map[reflect.Type]*plan{}, reaches: map[reflect.Type]bool{}}
	p := pl.plan(t)
	if pl.circular {
		for _, p := range pl.plans {
			if p != nil {
				p.circular = true
			}
		}
	}
	s.plans.Store(t, p)
	return p
}

// planner makes the plans of a type and of those within it.
type planner struct {
	sought   reflect.Type
	plans    map[reflect.Type]*plan
	circular bool                  // a type is within itself
	reaches  map[reflect.Type]bool // whether a type is sought, or has one within it that is
}

func (pl *planner) plan(t reflect.Type) *plan {
	if p, known := pl.plans[t]; known {
		pl.circular = pl.circular || p != nil && !p.made
		return p
	}
	if !pl.seek(t) {
		pl.plans[t] = nil
		return nil
	}
	p := &plan{t: t, found: pl.is(t)}
	pl.plans[t] = p
	for f := range pl.within(t) {
		if below := pl.plan(f.Type); below != nil {
			if f.Anonymous {
				f.Name = ""
			}
			p.fields = append(p.fields, field{f.Name, f.Offset, below})
		}
	}
	if hasElements(t) {
		p.elem = pl.plan(t.Elem())
	}
	p.made = true
	return p
}

func (pl *planner) is(t reflect.Type) bool { return reflect.PointerTo(t).Implements(pl.sought) }

// within yields the fields of a struct that are looked into; other types have none. Of
// what is sought itself these are the exported ones: the others are its own affair.
func (pl *planner) within(t reflect.Type) func(yield func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		if t.Kind() != reflect.Struct {
			return
		}
		own := pl.is(t)
		for f := range t.Fields() {
			if (f.IsExported() || !own) && !yield(f) {
				return
			}
		}
	}
}

func hasElements(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Array, reflect.Slice, reflect.Map, reflect.Pointer:
		return true
	default:
		return false
	}
}

// seek reports whether t, or what can be within it, is sought.
func (pl *planner) seek(t reflect.Type) bool {
	met := map[reflect.Type]bool{}
	var look func(t reflect.Type) bool
	look = func(t reflect.Type) bool {
		if known, ok := pl.reaches[t]; ok || met[t] {
			return known
		}
		met[t] = true
		if pl.is(t) || hasElements(t) && look(t.Elem()) {
			return true
		}
		for f := range pl.within(t) {
			if look(f.Type) {
				return true
			}
		}
		return false
	}
	found := look(t)
	if !found { // nor is there any in those that have been met
		for t := range met {
			pl.reaches[t] = false
		}
	}
	pl.reaches[t] = found
	return found
}

// walk is one Each.
type walk[I any] struct {
	visit func(I, func() string) bool
	path  func() string
	steps []step
	root  place
	met   map[place]bool // what pointers have led to, and in a circular plan slices and maps
}

// place is what a pointer, a slice or a map leads to. A struct and its first field have
// one address.
type place struct {
	at   unsafe.Pointer
	plan *plan
	len  int
}

// meet reports whether p is met for the first time.
func (w *walk[I]) meet(p place) bool {
	if p == w.root || w.met[p] {
		return false
	}
	if w.met == nil {
		w.met = map[place]bool{}
	}
	w.met[p] = true
	return true
}

// step is one on the way from the root: to a field, or to an element or a map's value.
type step struct {
	name  string
	index int
	key   reflect.Value
}

// at visits what p says is in the value at address v. It reports whether that has
// changed.
func (w *walk[I]) at(v unsafe.Pointer, p *plan) (changed bool) {
	if p.found {
		changed = w.visit(reflect.NewAt(p.t, v).Interface().(I), w.path)
	}
	for i := range p.fields {
		if f := &p.fields[i]; f.name == "" {
			changed = w.at(unsafe.Add(v, f.offset), f.plan) || changed
		} else {
			changed = w.step(step{name: f.name}, unsafe.Add(v, f.offset), f.plan) || changed
		}
	}
	if p.elem == nil {
		return changed
	}
	switch p.t.Kind() {
	case reflect.Array:
		changed = w.elements(v, p.t.Len(), p.elem) || changed
	case reflect.Slice:
		s := reflect.NewAt(p.t, v).Elem()
		if start := s.UnsafePointer(); !p.circular || w.meet(place{start, p, s.Len()}) {
			w.elements(start, s.Len(), p.elem)
		}
	case reflect.Pointer:
		if to := *(*unsafe.Pointer)(v); to != nil && w.meet(place{to, p.elem, 1}) {
			w.at(to, p.elem)
		}
	case reflect.Map:
		m := reflect.NewAt(p.t, v).Elem()
		if !p.circular || w.meet(place{m.UnsafePointer(), p, m.Len()}) {
			w.values(m, p.elem)
		}
	}
	return changed
}

// elements visits n values from v on, one behind the other.
func (w *walk[I]) elements(v unsafe.Pointer, n int, p *plan) (changed bool) {
	for i := range n {
		changed = w.step(step{index: i}, unsafe.Add(v, uintptr(i)*p.t.Size()), p) || changed
	}
	return changed
}

// values visits those of a map.
func (w *walk[I]) values(m reflect.Value, p *plan) {
	for i := m.MapRange(); i.Next(); {
		value := reflect.New(p.t)
		value.Elem().Set(i.Value())
		if w.step(step{key: i.Key()}, value.UnsafePointer(), p) {
			m.SetMapIndex(i.Key(), value.Elem())
		}
	}
}

func (w *walk[I]) step(s step, v unsafe.Pointer, p *plan) (changed bool) {
	w.steps = append(w.steps, s)
	changed = w.at(v, p)
	w.steps = w.steps[:len(w.steps)-1]
	return changed
}

// way is where the walk is at present.
func (w *walk[I]) way() string {
	var b strings.Builder
	for _, s := range w.steps {
		switch {
		case s.key.IsValid():
			fmt.Fprintf(&b, "[%#v]", s.key)
		case s.name == "":
			fmt.Fprintf(&b, "[%d]", s.index)
		case b.Len() > 0:
			b.WriteString("." + s.name)
		default:
			b.WriteString(s.name)
		}
	}
	return b.String()
}
