package engine

import (
	"fmt"
	"reflect"
)

// invocation is a call of a function or method of the application whose
// arguments are known places, constants and scalars of fitting types. It is
// made directly; every other call is html/template's.
type invocation struct {
	name     string
	fn       reflect.Value
	args     []func(*frame) reflect.Value
	fallible bool // returns an error as well
}

// call makes the call. The application's errors and panics end the rendering.
func (in *invocation) call(fr *frame) reflect.Value {
	var few [4]reflect.Value
	args := few[:0]
	for _, arg := range in.args {
		args = append(args, arg(fr))
	}
	out := in.protected(args)
	if in.fallible && !out[1].IsNil() {
		in.fail(out[1].Interface().(error))
	}
	return out[0]
}

func (in *invocation) protected(args []reflect.Value) []reflect.Value {
	defer func() {
		if p := recover(); p != nil {
			err, ok := p.(error)
			if !ok {
				err = fmt.Errorf("%v", p)
			}
			in.fail(err)
		}
	}()
	return in.fn.Call(args)
}

func (in *invocation) fail(err error) {
	panic(renderError{err: fmt.Errorf("error calling %s: %w", in.name, err)})
}
