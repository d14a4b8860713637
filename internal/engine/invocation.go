package engine

import (
	"fmt"
	"reflect"
	"text/template/parse"
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
	panic(renderError{fmt.Errorf("error calling %s: %w", in.name, err)})
}

// invoke compiles a call whose result is a scalar.
func (c *compiler) invoke(sc *scope, cmd *parse.CommandNode) (scalar, bool) {
	in := &invocation{}
	var params int
	switch n := cmd.Args[0].(type) {
	case *parse.IdentifierNode:
		fn, ok := c.user[n.Ident]
		if !ok {
			return scalar{}, false
		}
		in.name, in.fn = n.Ident, reflect.ValueOf(fn)
	case *parse.FieldNode, *parse.VariableNode, *parse.ChainNode:
		receiver, method, ok := c.method(sc, n)
		if !ok {
			return scalar{}, false
		}
		in.name, in.fn, params = method.Name, method.Func, 1
		in.args = append(in.args, receiver)
	default:
		return scalar{}, false
	}
	t := in.fn.Type()
	if t.NumOut() == 0 || t.NumOut() > 2 || basicClass(t.Out(0).Kind()) == classNone {
		return scalar{}, false
	}
	in.fallible = t.NumOut() == 2
	for i, arg := range cmd.Args[1:] {
		at := i + params
		var param reflect.Type
		switch last := t.NumIn() - 1; {
		case t.IsVariadic() && at >= last:
			param = t.In(last).Elem()
		case at > last:
			return scalar{}, false
		default:
			param = t.In(at)
		}
		value, ok := c.argument(sc, arg, param)
		if !ok {
			return scalar{}, false
		}
		in.args = append(in.args, value)
	}
	if want := t.NumIn(); len(in.args) < want && (!t.IsVariadic() || len(in.args) < want-1) {
		return scalar{}, false
	}
	c.region.impure = true // a function may know more than its arguments
	c.invocations++
	s := scalar{typ: t.Out(0), class: basicClass(t.Out(0).Kind())}
	switch s.class {
	case classBool:
		s.bool = func(fr *frame) bool { return in.call(fr).Bool() }
	case classInt:
		s.int = func(fr *frame) int64 { return in.call(fr).Int() }
	case classUint:
		s.uint = func(fr *frame) uint64 { return in.call(fr).Uint() }
	case classFloat:
		s.float = func(fr *frame) float64 { return in.call(fr).Float() }
	default:
		s.text = func(fr *frame) string { return in.call(fr).String() }
	}
	return s, true
}

// method resolves the last name of a chain as a method on a known place.
func (c *compiler) method(sc *scope, n parse.Node) (receiver func(*frame) reflect.Value, m reflect.Method, ok bool) {
	var base operand
	var names []string
	switch n := n.(type) {
	case *parse.FieldNode:
		base, names = sc.dot, n.Ident
	case *parse.VariableNode:
		if len(n.Ident) == 1 {
			return nil, m, false
		}
		base, names = *sc.lookup(n.Ident[0]), n.Ident[1:]
	case *parse.ChainNode:
		if base, ok = c.place(sc, n.Node); !ok {
			return nil, m, false
		}
		names = n.Field
	}
	op, ok := c.fields(base, names[:len(names)-1])
	if !ok {
		return nil, m, false
	}
	t := op.typ
	isPointer := t.Kind() == reflect.Pointer
	if !isPointer {
		t = reflect.PointerTo(t)
	}
	if k := t.Elem().Kind(); k == reflect.Pointer || k == reflect.Interface {
		return nil, m, false
	}
	if m, ok = t.MethodByName(names[len(names)-1]); !ok {
		return nil, m, false
	}
	c.note(op, nil)
	return func(fr *frame) reflect.Value {
		v := valueAt(op.typ, fr.must(&op.at))
		if !isPointer {
			v = v.Addr()
		}
		return v
	}, m, true
}

// argument compiles a value that can be passed to param as it is.
func (c *compiler) argument(sc *scope, n parse.Node, param reflect.Type) (func(*frame) reflect.Value, bool) {
	if param == valueType {
		return nil, false
	}
	if v, ok := constantValue(n); ok {
		if param.Kind() == reflect.Interface {
			return func(*frame) reflect.Value { return v }, v.Type().AssignableTo(param)
		}
		if v.Kind() != param.Kind() {
			return nil, false
		}
		v = v.Convert(param)
		return func(*frame) reflect.Value { return v }, true
	}
	if op, ok := c.place(sc, n); ok {
		if op.typ.Kind() == reflect.Interface || !op.typ.AssignableTo(param) {
			return nil, false
		}
		c.note(op, nil)
		return func(fr *frame) reflect.Value { return valueAt(op.typ, fr.must(&op.at)) }, true
	}
	s, ok := c.scalar(sc, n)
	if !ok || s.at != nil || !s.typ.AssignableTo(param) || s.typ.PkgPath() != "" {
		return nil, false
	}
	switch s.typ.Kind() {
	case reflect.Bool, reflect.Int, reflect.Float64, reflect.String:
		box := s.box()
		return func(fr *frame) reflect.Value { return reflect.ValueOf(box(fr)) }, true
	}
	return nil, false
}
