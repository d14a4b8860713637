package engine

import (
	"fmt"
	"reflect"
)

// invocation is a call of a function or method of the application whose
// arguments are known places, constants and scalars of fitting types. It is
// made directly; every other call is html/template's.
type invocation struct {
	name string
	fn   reflect.Value
	args []func(*frame) reflect.Value
}

// call makes the call. The application's errors and panics end the rendering.
func (in *invocation) call(fr *frame) reflect.Value {
	var few [4]reflect.Value
	args := few[:0]
	for _, arg := range in.args {
		args = append(args, arg(fr))
	}
	value, err := callFunction(in.fn, args)
	if err != nil {
		panic(renderError{err: fmt.Errorf("error calling %s: %w", in.name, err)})
	}
	return value
}

// callFunction calls a function that returns a value or a value and an error.
// If it panics, that is its error.
func callFunction(fn reflect.Value, args []reflect.Value) (value reflect.Value, err error) {
	defer func() {
		if p := recover(); p != nil {
			var ok bool
			if err, ok = p.(error); !ok {
				err = fmt.Errorf("%v", p)
			}
		}
	}()
	out := fn.Call(args)
	if len(out) == 2 && !out[1].IsNil() {
		err = out[1].Interface().(error)
	}
	return out[0], err
}
