package engine

import (
	"bytes"
	"encoding/binary"
	"hash/fnv"
	"hash/maphash"
	"reflect"
)

// seed is this process's own: nobody can prepare data whose hashes collide.
var seed = maphash.MakeSeed()

// flatLimit is the size in bytes above which a value isn't kept as a copy.
const flatLimit = 4096

// chunk is how many rows are compared at once while looking for those that differ.
const chunk = 64

// flat describes a type that holds no reference except to immutable strings:
// numbers, booleans, strings, and arrays and structs of these. A shallow copy
// of such a value is a snapshot: equal memory means equal values, for as long
// as the copy keeps its strings alive.
type flat struct {
	typ      reflect.Type
	size     uintptr
	segments []segment // of the memory without its padding, ascending
}

// segment is a run of plain bytes or, with text set, one string.
type segment struct {
	off, size uintptr
	text      bool
}

// flatOf describes t, or returns nil if t isn't flat.
func flatOf(t reflect.Type) *flat {
	f := &flat{typ: t, size: t.Size()}
	if f.size > flatLimit || !f.add(t, 0) {
		return nil
	}
	return f
}

func (f *flat) add(t reflect.Type, off uintptr) bool {
	switch t.Kind() {
	case reflect.Bool,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr,
		reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		if n := len(f.segments); n > 0 && !f.segments[n-1].text && f.segments[n-1].off+f.segments[n-1].size == off {
			f.segments[n-1].size += t.Size()
		} else {
			f.segments = append(f.segments, segment{off: off, size: t.Size()})
		}
	case reflect.String:
		f.segments = append(f.segments, segment{off: off, size: t.Size(), text: true})
	case reflect.Array:
		for i := range t.Len() {
			if !f.add(t.Elem(), off+uintptr(i)*t.Elem().Size()) {
				return false
			}
		}
	case reflect.Struct:
		for i := range t.NumField() {
			if field := t.Field(i); !f.add(field.Type, off+field.Offset) {
				return false
			}
		}
	default:
		return false
	}
	return true
}

// equal reports whether two values are the same memory. False says nothing:
// equal strings may lie in two places, and padding may differ.
func (f *flat) equal(a, b pointer) bool {
	return bytes.Equal(bytesAt(a, f.size), bytesAt(b, f.size))
}

// hash returns a hash of the value at p that is equal for equal values.
func (f *flat) hash(p pointer) uint64 {
	sum := uint64(0)
	for _, s := range f.segments {
		if s.text {
			sum = mix(sum, maphash.String(seed, stringAt(add(p, s.off))))
		} else {
			sum = mix(sum, maphash.Bytes(seed, bytesAt(add(p, s.off), s.size)))
		}
	}
	return sum
}

// key is hash for what leaves the process: it is the same in each that runs this program.
func (f *flat) key(p pointer) uint64 {
	sum := fnv.New64a()
	for _, s := range f.segments {
		b := bytesAt(add(p, s.off), s.size)
		if s.text {
			b = []byte(stringAt(add(p, s.off)))
			_ = binary.Write(sum, binary.BigEndian, uint64(len(b)))
		}
		_, _ = sum.Write(b) // a hash takes everything
	}
	return sum.Sum64()
}

// mix folds one more hash into sum. The order of the folds matters.
func mix(sum, next uint64) uint64 {
	sum ^= next + 0x9e3779b97f4a7c15 + sum<<6 + sum>>2
	return sum * 0xff51afd7ed558ccd
}
