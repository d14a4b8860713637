package engine

import "reflect"

// fieldOfForm finds a field of a form.
type fieldOfForm struct {
	form  operand
	place FormPlace
	slot  int
}

// find makes the slot point to the field, and returns its version.
func (f *fieldOfForm) find(fr *frame) uint64 {
	field, version := f.place(reflect.NewAt(f.form.typ, fr.must(&f.form.at)).Interface())
	fr.ptrs[f.slot] = pointerTo(reflect.ValueOf(field))
	return version
}
