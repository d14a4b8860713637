// Package saved saves the states of views, and reads them back.
package saved

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"reflect"

	"github.com/fxamacker/cbor/v2"

	"github.com/gin-liveview/liveview/internal/rescue"
)

// HashBytes is the size of a [Type]'s Hash, in bytes.
const HashBytes = 8

// maxDepth is how deep a value may be nested that can hold others of its type: it could
// hold itself, and would never be written to an end.
const maxDepth = 200

// Type is a type whose values can be saved. It is safe for concurrent use.
type Type struct {
	Hash      [HashBytes]byte // of the names and kinds in it
	typ       reflect.Type
	of        Rules
	recursive bool
}

// Of returns how values of t are saved, or an error that names what in t can't be, and
// why.
func Of(t reflect.Type, of Rules) (*Type, error) {
	d := describer{of: of, within: make(map[reflect.Type]bool)}
	if problem := d.describe(t, t.String(), true); problem != "" {
		return nil, errors.New(problem)
	}
	sum := sha256.Sum256([]byte(d.String()))
	return &Type{Hash: [HashBytes]byte(sum[:HashBytes]), typ: t, of: of, recursive: d.recursive}, nil
}

var encodeMode = must(cbor.EncOptions{
	Time:          cbor.TimeRFC3339Nano,
	TextMarshaler: cbor.TextMarshalerTextString,
}.EncMode())

var decodeMode = must(cbor.DecOptions{
	MaxNestedLevels:  4 * maxDepth,
	MaxArrayElements: 1<<31 - 1,
	MaxMapPairs:      1<<31 - 1,
	UTF8:             cbor.UTF8DecodeInvalid, // as it was
	TextUnmarshaler:  cbor.TextUnmarshalerTextString,
}.DecMode())

func must[M any](mode M, err error) M {
	if err != nil {
		panic(err) // the options are constant
	}
	return mode
}

// Marshal returns what v points to, a value of the type, as it is saved. A panic of one of
// its methods is an error.
func (t *Type) Marshal(v any) (data []byte, err error) {
	if t.recursive && !t.withinDepth(reflect.ValueOf(v).Elem(), maxDepth) {
		return nil, fmt.Errorf("a %s is nested more than %d deep, or holds itself", t.typ, maxDepth)
	}
	return Marshal(v)
}

// Marshal returns a value as it is saved, whose type is known to be one that can be.
func Marshal(v any) (data []byte, err error) {
	err = rescue.Run("saving", func() (err error) { data, err = encodeMode.Marshal(v); return err })
	return data, err
}

// Unmarshal reads what was saved into what v points to, whose fields keep what they have
// if nothing of them is saved.
func (t *Type) Unmarshal(data []byte, v any) error {
	t.clear(reflect.ValueOf(v).Elem())
	return Unmarshal(data, v)
}

// Unmarshal reads what was saved into what v points to.
func Unmarshal(data []byte, v any) error {
	return rescue.Run("reading what was saved", func() error { return decodeMode.Unmarshal(data, v) })
}

// clear empties what of v is saved: what was read before mustn't be written into, as
// others may have it, too.
func (t *Type) clear(v reflect.Value) {
	of := v.Type()
	if of.Kind() != reflect.Struct || of == timeType || itself(of) != nil {
		v.SetZero()
		return
	}
	d := describer{of: t.of}
	for i := range of.NumField() {
		if !d.leavesOut(of.Field(i)) {
			t.clear(v.Field(i))
		}
	}
}

// withinDepth reports whether v is nested no deeper than that.
func (t *Type) withinDepth(v reflect.Value, depth int) bool {
	if depth == 0 {
		return false
	}
	if v.Type() == timeType || itself(v.Type()) != nil {
		return true
	}
	switch v.Kind() {
	case reflect.Pointer:
		return v.IsNil() || t.withinDepth(v.Elem(), depth-1)
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if !t.withinDepth(v.Index(i), depth-1) {
				return false
			}
		}
	case reflect.Map:
		for entries := v.MapRange(); entries.Next(); {
			if !t.withinDepth(entries.Value(), depth-1) || !t.withinDepth(entries.Key(), depth-1) {
				return false
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && tagOf(f) != "-" && !t.withinDepth(v.Field(i), depth-1) {
				return false
			}
		}
	}
	return true
}
