// Package heapsize estimates how much memory a value holds on to.
package heapsize

import (
	"reflect"
	"unsafe"
)

// most is how many values are looked at: beyond them the size is that of what was seen,
// which is large enough for whoever asks.
const most = 100_000

// Of returns about how many bytes the value that p points to takes, with all that is
// reached from it: once, however often that is. What a function, a channel or an unsafe
// pointer leads to isn't known, and what a pointer leads to that has a lock of its own is
// left out: it is shared, and others may write to it now, to a map for instance, which must
// not be read meanwhile.
func Of(p any) int64 {
	v := reflect.ValueOf(p)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return 0
	}
	w := walk{seen: make(map[unsafe.Pointer]struct{})}
	return int64(v.Elem().Type().Size()) + w.below(v.Elem())
}

type walk struct {
	seen map[unsafe.Pointer]struct{}
	n    int
}

// first reports whether what p points to hasn't been counted.
func (w *walk) first(p unsafe.Pointer) bool {
	if p == nil {
		return false
	}
	if _, seen := w.seen[p]; seen {
		return false
	}
	w.seen[p] = struct{}{}
	return true
}

// below returns the bytes that v leads to, besides its own.
func (w *walk) below(v reflect.Value) (n int64) {
	if w.n++; w.n > most || !leads(v.Type()) {
		return 0
	}
	switch v.Kind() {
	case reflect.String:
		if s := v.String(); w.first(unsafe.Pointer(unsafe.StringData(s))) {
			return int64(len(s))
		}
	case reflect.Pointer:
		if !isShared(v.Type().Elem()) && w.first(v.UnsafePointer()) {
			return int64(v.Type().Elem().Size()) + w.below(v.Elem())
		}
	case reflect.Interface:
		if !v.IsNil() {
			return int64(v.Elem().Type().Size()) + w.below(v.Elem())
		}
	case reflect.Slice:
		if v.Cap() == 0 || !w.first(v.UnsafePointer()) {
			return 0
		}
		n = int64(v.Cap()) * int64(v.Type().Elem().Size())
		fallthrough
	case reflect.Array:
		if leads(v.Type().Elem()) {
			for i := range v.Len() {
				n += w.below(v.Index(i))
			}
		}
	case reflect.Map:
		if v.IsNil() || !w.first(v.UnsafePointer()) {
			return 0
		}
		n = int64(v.Len()) * int64(v.Type().Key().Size()+v.Type().Elem().Size())
		for i := v.MapRange(); i.Next(); {
			n += w.below(i.Key()) + w.below(i.Value())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			n += w.below(v.Field(i))
		}
	}
	return n
}

// leads reports whether a value of type t can hold on to something beside itself.
func leads(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Map:
		return true
	case reflect.Array:
		return leads(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if leads(t.Field(i).Type) {
				return true
			}
		}
	}
	return false
}

// isShared reports whether values of type t are guarded by a lock, or by atomics.
func isShared(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Array:
		return isShared(t.Elem())
	case reflect.Struct:
		if path := t.PkgPath(); path == "sync" || path == "sync/atomic" {
			return true
		}
		for i := range t.NumField() {
			if isShared(t.Field(i).Type) {
				return true
			}
		}
	}
	return false
}
