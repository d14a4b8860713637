package engine

import (
	"reflect"
	"unsafe"
)

// This is the only file that touches raw memory. The rules it relies on:
//
//   - A pointer always starts as the address of a Go value of a known static
//     type, obtained from reflect or from a typed Go pointer. Offsets come from
//     reflect for that same type, so base plus offset stays inside the value.
//   - Only reads happen here. Every write of data that may hold pointers goes
//     through reflect, which knows the type and informs the garbage collector.
//   - Pointers are kept as pointers, never as integers, so what they point to
//     stays alive and the collector may inspect every frame that holds them.

// pointer is the address of a value whose type the program knows statically.
type pointer = unsafe.Pointer

// add returns the address of the field at off in the struct at p.
func add(p pointer, off uintptr) pointer {
	// Sound: off is the offset of a field of the type at p.
	return unsafe.Add(p, off)
}

// deref returns the pointer stored at p.
func deref(p pointer) pointer {
	// Sound: the type at p is a pointer; every Go pointer has this representation.
	return *(*unsafe.Pointer)(p)
}

// stringAt returns the string at p.
func stringAt(p pointer) string {
	// Sound: the type at p is of kind String. Strings are immutable.
	return *(*string)(p)
}

// boolAt returns the boolean at p.
func boolAt(p pointer) bool {
	// Sound: the type at p is of kind Bool.
	return *(*bool)(p)
}

// intAt returns the signed integer of the given kind at p.
func intAt(p pointer, kind reflect.Kind) int64 {
	// Sound: kind is the kind of the type at p.
	switch kind {
	case reflect.Int:
		return int64(*(*int)(p))
	case reflect.Int8:
		return int64(*(*int8)(p))
	case reflect.Int16:
		return int64(*(*int16)(p))
	case reflect.Int32:
		return int64(*(*int32)(p))
	default:
		return *(*int64)(p)
	}
}

// uintAt returns the unsigned integer of the given kind at p.
func uintAt(p pointer, kind reflect.Kind) uint64 {
	// Sound: kind is the kind of the type at p.
	switch kind {
	case reflect.Uint:
		return uint64(*(*uint)(p))
	case reflect.Uint8:
		return uint64(*(*uint8)(p))
	case reflect.Uint16:
		return uint64(*(*uint16)(p))
	case reflect.Uint32:
		return uint64(*(*uint32)(p))
	case reflect.Uintptr:
		return uint64(*(*uintptr)(p))
	default:
		return *(*uint64)(p)
	}
}

// floatAt returns the floating-point number of the given kind at p.
func floatAt(p pointer, kind reflect.Kind) float64 {
	// Sound: kind is the kind of the type at p.
	if kind == reflect.Float32 {
		return float64(*(*float32)(p))
	}
	return *(*float64)(p)
}

// sliceAt returns the address of the first element of the slice at p and its length.
func sliceAt(p pointer) (first pointer, n int) {
	// Sound: the type at p is of kind Slice; all slices share one representation,
	// and a []byte view reads only its pointer and length here.
	s := *(*[]byte)(p)
	return unsafe.Pointer(unsafe.SliceData(s)), len(s)
}

// bytesAt returns the n bytes at p as they lie in memory, for comparison and
// hashing only. They alias the value and must not be kept.
func bytesAt(p pointer, n uintptr) []byte {
	if n == 0 {
		return nil
	}
	// Sound: the value at p is n bytes long, and any memory can be read as bytes.
	return unsafe.Slice((*byte)(p), n)
}

// valueAt returns the addressable value of type t at p.
func valueAt(t reflect.Type, p pointer) reflect.Value {
	// Sound: t is the type of the value at p.
	return reflect.NewAt(t, p).Elem()
}

// pointerTo returns the address a reflected pointer or slice holds.
func pointerTo(v reflect.Value) pointer {
	return v.UnsafePointer()
}

// intPointer returns the address of an int, for loop counters.
func intPointer(i *int) pointer {
	return unsafe.Pointer(i)
}

// sliceOf returns the n values of type t that begin at p as a slice.
func sliceOf(t reflect.Type, p pointer, n int) reflect.Value {
	// Sound: p is the first of at least n elements of one slice or array of t.
	return reflect.SliceAt(t, p, n)
}

// textPointer returns the address of a string, for the ids of streams.
func textPointer(s *string) pointer {
	return unsafe.Pointer(s)
}
