package engine

import (
	"bytes"
	"reflect"
)

// fields is a set of fields of the page's state. Fields beyond the 63rd share
// the last bit, which only makes the set coarser.
type fields uint64

const allFields = ^fields(0)

func fieldBit(i int) fields { return 1 << min(i, 63) }

// differing returns the fields whose memory differs in two states of one type.
// A state that is no struct has all fields or none.
func differing(a, b reflect.Value) fields {
	different := func(a, b reflect.Value) bool {
		size := a.Type().Size()
		return !bytes.Equal(bytesAt(pointerTo(a.Addr()), size), bytesAt(pointerTo(b.Addr()), size))
	}
	if a.Kind() != reflect.Struct {
		if different(a, b) {
			return allFields
		}
		return 0
	}
	set := fields(0)
	for i := range a.NumField() {
		if different(a.Field(i), b.Field(i)) {
			set |= fieldBit(i)
		}
	}
	return set
}
