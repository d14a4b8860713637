package engine

import "reflect"

// staticType is what is known about a value before anything is rendered.
type staticType struct {
	typ  reflect.Type // nil: unknown until rendered
	addr bool         // addressable, so that methods of the pointer can be called
	form FormModel    // of rows of a form: what they are of; nil for anything else
}

// kind says what an operand is made of.
type kind uint8

const (
	kindNone  kind = iota // nothing: the invalid value
	kindPlace             // memory of a known type
	kindValue             // a reflect.Value in a slot
)

// operand is where a value is found while a page is rendered.
type operand struct {
	staticType
	kind  kind
	at    loc    // kindPlace; kindValue uses its slot
	state bool   // it is the page's state itself
	reads fields // of the state, that its value depends on
	// counter: the place is the index of a loop, which goes on counting. It can
	// be read within the iteration; whatever outlasts that gets a copy.
	counter bool
	// borrowed: the place is memory that a method or function returned, which
	// may return it again, filled anew. It can be read until the next call;
	// whatever is compared with the client's after that gets a copy.
	borrowed bool
}

// loc is a place in memory: an offset from the pointer in a slot and, for each
// further offset, the pointer found there.
type loc struct {
	slot int
	off  uintptr
	more []uintptr
}

// follow continues at the pointer that l leads to.
func (l *loc) follow() { l.more = append(l.more, 0) }

// advance moves on by off within the struct that l leads to.
func (l *loc) advance(off uintptr) {
	if n := len(l.more); n > 0 {
		l.more[n-1] += off
		return
	}
	l.off += off
}
