// Package heapsize estimates how much memory a value holds on to.
package heapsize

import (
	"reflect"
	"sync"
	"unsafe"
)

// most is how many values are looked at: beyond them the size is that of what was seen,
// which is large enough for whoever asks.
const most = 100_000

// Of returns about how many bytes the value that p points to takes, with the data that is
// reached from it: once, however often that is. Where a pointer, an interface, a slice or a
// map leads to something with locks, channels or functions, that isn't data but a service of
// the application's: it is shared with others, who change it meanwhile, so it isn't looked at.
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
		if isData(v.Type().Elem()) && w.first(v.UnsafePointer()) {
			return int64(v.Type().Elem().Size()) + w.below(v.Elem())
		}
	case reflect.Interface:
		if !v.IsNil() && isData(v.Elem().Type()) {
			return int64(v.Elem().Type().Size()) + w.below(v.Elem())
		}
	case reflect.Slice:
		if v.Cap() == 0 || !w.first(v.UnsafePointer()) {
			return 0
		}
		n = int64(v.Cap()) * int64(v.Type().Elem().Size())
		fallthrough
	case reflect.Array:
		if leads(v.Type().Elem()) && (v.Kind() == reflect.Array || isData(v.Type().Elem())) {
			for i := range v.Len() {
				n += w.below(v.Index(i))
			}
		}
	case reflect.Map:
		if v.IsNil() || !w.first(v.UnsafePointer()) {
			return 0
		}
		n = int64(v.Len()) * int64(v.Type().Key().Size()+v.Type().Elem().Size())
		if !isData(v.Type()) {
			return n
		}
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

// data is what isData has found, by type.
var data sync.Map

// isData reports whether values of type t are data alone: nothing in them, or in what they
// lead to, locks, waits or runs.
func isData(t reflect.Type) bool {
	if is, ok := data.Load(t); ok {
		return is.(bool)
	}
	is := isDataBut(t, make(map[reflect.Type]bool))
	data.Store(t, is)
	return is
}

// isDataBut is isData where types that are asked about already are taken for data.
func isDataBut(t reflect.Type, asked map[reflect.Type]bool) bool {
	if asked[t] {
		return true
	}
	asked[t] = true
	if p := t.PkgPath(); p == "sync" || p == "sync/atomic" {
		return false
	}
	switch t.Kind() {
	case reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return false
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return isDataBut(t.Elem(), asked)
	case reflect.Map:
		return isDataBut(t.Key(), asked) && isDataBut(t.Elem(), asked)
	case reflect.Struct:
		for i := range t.NumField() {
			if !isDataBut(t.Field(i).Type, asked) {
				return false
			}
		}
	}
	return true // of an interface the value is looked at
}
