// Package rescue runs code of others, and shows the errors and values that come
// of it, such that nothing they do gets past it: not a panic, not a typed nil
// pointer for an error, not an error whose methods panic.
package rescue

import (
	"errors"
	"fmt"
	"reflect"
	"runtime/debug"
	"slices"
)

// Panic is a panic, or, with Value nil, a runtime.Goexit, as an error.
type Panic struct { //nolint:errname // rescue.Panic says what it is
	What  string // was run
	Value any
	Stack []byte
}

func (p *Panic) Error() string {
	if p.Value == nil {
		return p.What + " called runtime.Goexit"
	}
	return p.What + " panicked: " + Text(p.Value)
}

// Unwrap returns the value, if that is an error.
func (p *Panic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// Failure is an error that code of others returned.
type Failure struct { //nolint:errname // as Panic
	What string // was run
	Err  error
}

func (f *Failure) Error() string {
	if v := reflect.ValueOf(f.Err); v.Kind() == reflect.Pointer && v.IsNil() {
		return fmt.Sprintf("%s: it returned a nil %T, which as an error isn't nil; return nil itself where nothing is wrong", f.What, f.Err)
	}
	return f.What + ": " + Text(f.Err)
}

// Unwrap returns the error, of which [errors.Is] and [errors.As] call methods:
// see [Find].
func (f *Failure) Unwrap() error { return f.Err }

// Run calls fn. A panic of its comes back as a *[Panic], an error as a
// *[Failure]; a runtime.Goexit ends the goroutine.
func Run(what string, fn func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &Panic{what, v, debug.Stack()}
		}
	}()
	if err := fn(); err != nil {
		return &Failure{what, err}
	}
	return nil
}

// Find is [errors.As] that doesn't look into the errors of others, whose
// methods may do anything.
func Find[E error](err error) (found E, ok bool) {
	for err != nil {
		if found, ok = err.(E); ok { //nolint:errorlint // errors.As calls methods of others
			return found, true
		}
		switch err.(type) { //nolint:errorlint // as above
		case *Failure, *Panic:
			return found, false
		}
		err = errors.Unwrap(err)
	}
	return found, false
}

// maxWrapped is how many errors Wraps looks at: some wrap themselves.
const maxWrapped = 100

// Wraps reports whether is holds for err or for one of the errors that it wraps. It
// calls their Unwrap, so it wants a [Run] around it, and no other method.
func Wraps(err error, is func(error) bool) bool {
	left := maxWrapped
	var look func(err error) bool
	look = func(err error) bool {
		if left--; left < 0 || err == nil {
			return false
		}
		if is(err) {
			return true
		}
		switch e := err.(type) { //nolint:errorlint // this is how errors.Is does it
		case interface{ Unwrap() error }:
			return look(e.Unwrap())
		case interface{ Unwrap() []error }:
			return slices.ContainsFunc(e.Unwrap(), look)
		}
		return false
	}
	return look(err)
}

// Text is what v says of itself, whatever its methods do.
func Text(v any) (text string) {
	defer func() {
		if recover() != nil { // fmt catches a panic, and not the one of what was thrown
			text = fmt.Sprintf("a %T, whose own text panics", v)
		}
	}()
	return fmt.Sprint(v)
}
