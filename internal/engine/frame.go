package engine

import "reflect"

// frame holds what the slots of a page, or of one call of a recursive template,
// mean. Slot 0 is dot at its start.
type frame struct {
	ptrs   []pointer       // of operands that are places
	vals   []reflect.Value // of operands that are values
	counts []int           // the indices of the loops that are running
	self   int             // the number of the live component that is rendered; 0 for a page
}

func newFrame(slots, counts int) *frame {
	return &frame{ptrs: make([]pointer, slots), vals: make([]reflect.Value, slots), counts: make([]int, counts)}
}

// ensure makes room for the places of a frame of so many slots.
func (fr *frame) ensure(slots int) {
	if len(fr.ptrs) < slots {
		fr.ptrs = append(fr.ptrs, make([]pointer, slots-len(fr.ptrs))...)
	}
}

// resolve returns the address of l, or nil if a pointer on the way is nil.
func (fr *frame) resolve(l *loc) pointer {
	p := add(fr.ptrs[l.slot], l.off)
	for _, off := range l.more {
		if p = deref(p); p == nil {
			return nil
		}
		p = add(p, off)
	}
	return p
}

// must returns the address of l; a nil pointer on the way ends the rendering.
func (fr *frame) must(l *loc) pointer {
	p := fr.resolve(l)
	if p == nil {
		panic(renderError{err: errNilPointer})
	}
	return p
}

// value returns an operand as reflection sees it.
func (fr *frame) value(op *operand) reflect.Value {
	switch op.kind {
	case kindPlace:
		if op.counter {
			return reflect.ValueOf(int(intAt(fr.must(&op.at), reflect.Int)))
		}
		return valueAt(op.typ, fr.must(&op.at))
	case kindValue:
		return fr.vals[op.at.slot]
	}
	return reflect.Value{}
}
