package form

import (
	"iter"
	"reflect"
)

// Core is a form, whatever the type that it is bound to. It doesn't change once it is
// made.
type Core struct {
	typ    *Type
	as     string
	loaded reflect.Value
	fresh  bool // nobody has entered what is zero in loaded
	origin *Part
	part   *Part

	applied, submitted, added bool
	foreign                   error
	version                   string // that was sent; "" for that of loaded

	// Of the last event: its body, what it means, and the part before the application
	// has checked it. whole: the next one must be read as a whole.
	body    string
	locale  string
	value   reflect.Value
	checked *Part
	whole   bool
}

// Sent is an event of a form.
type Sent struct {
	Fields iter.Seq[Input]
	// Body is all of Fields as it was sent, and Read takes the fields of a part of it;
	// "" where there is more than that.
	Body   string
	Read   func(body string) iter.Seq[Input]
	Target string // the name of the field that changed; "" for a submit
	// Say makes the sentences, in the language Locale.
	Say    func(Problem) string
	Locale string
	// Bare is set for what isn't an edit: a pointer to a text then points to blank text
	// where that was sent.
	Bare bool
}

// Load begins a form called as, for the struct v, which must not change any more. fresh is
// set for what is new though it isn't all zero: numbers that are zero are blank then.
func Load(t *Type, as string, v reflect.Value, fresh bool) *Core {
	c := &Core{typ: t, as: as, loaded: v, fresh: fresh}
	c.origin = load(t, as, v, fresh || v.IsZero())
	c.part = c.origin
	return c
}
