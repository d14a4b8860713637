package engine

import (
	"fmt"
	"reflect"
	"text/template/parse"
)

// scalar compiles n if it is an expression that can be evaluated directly.
func (c *compiler) scalar(sc *scope, n parse.Node) (scalar, bool) {
	switch n := n.(type) {
	case *parse.BoolNode:
		return constantBool(n.True), true
	case *parse.StringNode:
		text := n.Text
		return scalar{typ: stringType, class: classText, text: func(*frame) string { return text }}, true
	case *parse.NumberNode:
		switch v := constant(n); v.Kind() {
		case reflect.Int:
			i := v.Int()
			return scalar{typ: v.Type(), class: classInt, int: func(*frame) int64 { return i }}, true
		case reflect.Float64:
			f := v.Float()
			return scalar{typ: v.Type(), class: classFloat, float: func(*frame) float64 { return f }}, true
		}
		return scalar{}, false
	case *parse.PipeNode:
		if len(n.Decl) > 0 {
			return scalar{}, false
		}
		folded, ok := fold(n.Cmds)
		if !ok {
			return scalar{}, false
		}
		if len(folded.Args) == 1 {
			if _, ok := folded.Args[0].(*parse.IdentifierNode); !ok {
				return c.scalar(sc, folded.Args[0])
			}
		}
		if s, ok := c.invoke(sc, folded); ok {
			return s, true
		}
		return c.scalarCall(sc, folded)
	case *parse.IdentifierNode:
		return c.invoke(sc, command(n))
	case *parse.DotNode, *parse.FieldNode, *parse.VariableNode, *parse.ChainNode:
		op, ok := c.place(sc, n)
		if !ok {
			return c.invoke(sc, command(n))
		}
		if basicClass(op.typ.Kind()) == classNone {
			return scalar{}, false
		}
		return loadScalar(op.typ, c.read(op))
	}
	return scalar{}, false
}

// scalarCall compiles the calls of text/template's own functions that can be
// evaluated directly.
func (c *compiler) scalarCall(sc *scope, cmd *parse.CommandNode) (scalar, bool) {
	id, ok := cmd.Args[0].(*parse.IdentifierNode)
	if !ok {
		return scalar{}, false
	}
	if _, user := c.funcs[id.Ident]; user {
		return scalar{}, false
	}
	args := cmd.Args[1:]
	boolean := func(f func(*frame) bool) (scalar, bool) {
		return scalar{typ: reflect.TypeFor[bool](), class: classBool, bool: f}, f != nil
	}
	switch id.Ident {
	case "not":
		if f := c.truth(sc, args[0]); f != nil {
			return boolean(func(fr *frame) bool { return !f(fr) })
		}
		return scalar{}, false
	case "len":
		return c.length(sc, args[0])
	}
	before := c.invocations
	list := make([]scalar, len(args))
	for i, arg := range args {
		if list[i], ok = c.scalar(sc, arg); !ok {
			return scalar{}, false
		}
	}
	if c.invocations > before && comparisons[id.Ident] {
		return scalar{}, false // their arguments are evaluated once, and all of them
	}
	switch id.Ident {
	case "and", "or":
		// Their value is one of their arguments: a boolean if all of them are.
		for _, s := range list {
			if s.class != classBool || s.typ != list[0].typ {
				return scalar{}, false
			}
		}
		s, _ := boolean(junction(list, id.Ident == "or"))
		s.typ = list[0].typ
		return s, true
	case "eq":
		var either func(*frame) bool
		for _, s := range list[1:] {
			equal := compare(list[0], s, true)
			if equal == nil {
				return scalar{}, false
			}
			if before := either; before != nil {
				either = func(fr *frame) bool { return before(fr) || equal(fr) }
			} else {
				either = equal
			}
		}
		return boolean(either)
	case "ne":
		if equal := compare(list[0], list[1], true); equal != nil {
			return boolean(func(fr *frame) bool { return !equal(fr) })
		}
	case "lt", "le", "gt", "ge":
		// Defined by text/template through lt and eq, which matters for NaN.
		less, equal := compare(list[0], list[1], false), compare(list[0], list[1], true)
		if less == nil || equal == nil {
			return scalar{}, false
		}
		switch id.Ident {
		case "lt":
			return boolean(less)
		case "le":
			return boolean(func(fr *frame) bool { return less(fr) || equal(fr) })
		case "gt":
			return boolean(func(fr *frame) bool { return !less(fr) && !equal(fr) })
		default:
			return boolean(func(fr *frame) bool { return !less(fr) })
		}
	case "printf":
		format, ok := cmd.Args[1].(*parse.StringNode)
		if !ok {
			return scalar{}, false
		}
		boxes := make([]func(*frame) any, len(list)-1)
		for i, s := range list[1:] {
			if !printsPlainly(s.typ) {
				return scalar{}, false // a method of the application prints it
			}
			boxes[i] = s.box()
		}
		return scalar{typ: stringType, class: classText, text: func(fr *frame) string {
			values := make([]any, len(boxes))
			for i, box := range boxes {
				values[i] = box(fr)
			}
			return fmt.Sprintf(format.Text, values...)
		}}, true
	}
	return scalar{}, false
}

var comparisons = map[string]bool{"eq": true, "ne": true, "lt": true, "le": true, "gt": true, "ge": true}

// length compiles len of a string or slice at a known place.
func (c *compiler) length(sc *scope, n parse.Node) (scalar, bool) {
	op, ok := c.place(sc, n)
	if !ok {
		return scalar{}, false
	}
	s := scalar{typ: reflect.TypeFor[int](), class: classInt}
	switch op.typ.Kind() {
	case reflect.String:
		at := c.read(op)
		s.int = func(fr *frame) int64 { return int64(len(stringAt(fr.must(&at)))) }
	case reflect.Slice:
		at := c.read(op)
		s.int = func(fr *frame) int64 { _, n := sliceAt(fr.must(&at)); return int64(n) }
	default:
		return scalar{}, false
	}
	return s, true
}

// truth compiles the truth of an operand; nil if it isn't known here.
func (c *compiler) truth(sc *scope, n parse.Node) func(*frame) bool {
	if p, ok := n.(*parse.PipeNode); ok && len(p.Decl) == 0 {
		cmd, ok := fold(p.Cmds)
		if !ok {
			return nil
		}
		id, ok := cmd.Args[0].(*parse.IdentifierNode)
		if !ok && len(cmd.Args) == 1 {
			return c.truth(sc, cmd.Args[0])
		}
		if !ok {
			id = &parse.IdentifierNode{}
		}
		if _, user := c.funcs[id.Ident]; !user && (id.Ident == "and" || id.Ident == "or") {
			list := make([]scalar, len(cmd.Args)-1)
			for i, arg := range cmd.Args[1:] {
				if list[i].bool = c.truth(sc, arg); list[i].bool == nil {
					return nil
				}
			}
			return junction(list, id.Ident == "or")
		}
	}
	if s, ok := c.scalar(sc, n); ok {
		switch s.class {
		case classBool:
			return s.bool
		case classInt:
			return func(fr *frame) bool { return s.int(fr) != 0 }
		case classUint:
			return func(fr *frame) bool { return s.uint(fr) != 0 }
		case classFloat:
			return func(fr *frame) bool { return s.float(fr) != 0 }
		default:
			return func(fr *frame) bool { return s.text(fr) != "" }
		}
	}
	op, ok := c.place(sc, n)
	if !ok {
		return nil
	}
	switch op.typ.Kind() {
	case reflect.Struct:
		at := c.read(op)
		return func(fr *frame) bool { fr.must(&at); return true }
	case reflect.Slice:
		at := c.read(op)
		return func(fr *frame) bool { _, n := sliceAt(fr.must(&at)); return n > 0 }
	case reflect.Pointer:
		at := c.read(op)
		return func(fr *frame) bool { return deref(fr.must(&at)) != nil }
	case reflect.Map:
		at := c.read(op)
		return func(fr *frame) bool { return valueAt(op.typ, fr.must(&at)).Len() > 0 }
	}
	return nil
}

// invoke compiles a call whose result is a scalar.
func (c *compiler) invoke(sc *scope, cmd *parse.CommandNode) (scalar, bool) {
	in := &invocation{}
	var params int
	switch n := cmd.Args[0].(type) {
	case *parse.IdentifierNode:
		if n.Ident == "myself" {
			return c.self(), true
		}
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
	if !ok || s.at != nil || !s.typ.AssignableTo(param) {
		return nil, false
	}
	box := s.box()
	return func(fr *frame) reflect.Value { return reflect.ValueOf(box(fr)) }, true
}
