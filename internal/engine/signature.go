package engine

import (
	"reflect"
	"text/template/parse"
)

// call checks a call of a function or method of type t, whose first skip
// parameters are bound already, and returns the type of its result. The
// arguments are of these types; nodes are those that aren't piped in.
func (ty *typer) call(n parse.Node, name string, t reflect.Type, skip int, nodes []parse.Node, args []staticType) staticType {
	want := t.NumIn() - skip
	if t.IsVariadic() {
		if want--; len(args) < want {
			ty.errorf(n, "%s needs at least %d arguments, not %d", name, want, len(args))
			return staticType{}
		}
	} else if len(args) != want {
		ty.errorf(n, "%s takes %d arguments, not %d", name, want, len(args))
		return staticType{}
	}
	switch {
	case t.NumOut() == 1, t.NumOut() == 2 && t.Out(1) == errorType:
	default:
		ty.errorf(n, "%s must return one value, or a value and an error, to be used in a template", name)
		return staticType{}
	}
	for i, arg := range args {
		var node parse.Node
		if i < len(nodes) {
			node = nodes[i]
		}
		param := t.In(t.NumIn() - 1)
		if i < want {
			param = t.In(skip + i)
		} else if t.IsVariadic() {
			param = param.Elem()
		}
		if !passable(node, arg, param) {
			ty.errorf(n, "%s takes a %s as argument %d, not a %s", name, param, i+1, arg.typ)
		}
	}
	if t.Out(0) == valueType {
		return staticType{}
	}
	return staticType{typ: t.Out(0)}
}

// passable reports whether text/template may be able to pass arg, written as
// node (nil: piped in), to a parameter.
func passable(node parse.Node, arg staticType, param reflect.Type) bool {
	if arg.typ == nil || param == valueType || param.Kind() == reflect.Interface && param.NumMethod() == 0 {
		return true
	}
	switch node.(type) {
	case *parse.NumberNode, *parse.BoolNode, *parse.StringNode:
		// A constant takes the parameter's type, named or not.
		switch basicClass(param.Kind()) {
		case classNone:
			return param.Kind() == reflect.Complex64 || param.Kind() == reflect.Complex128
		case classText:
			return arg.typ.Kind() == reflect.String
		case classBool:
			return arg.typ.Kind() == reflect.Bool
		default:
			return arg.typ.Kind() != reflect.String && arg.typ.Kind() != reflect.Bool
		}
	}
	t := arg.typ
	return t.Kind() == reflect.Interface || t.AssignableTo(param) ||
		t.Kind() == reflect.Pointer && t.Elem().AssignableTo(param) ||
		arg.addr && reflect.PointerTo(t).AssignableTo(param)
}
