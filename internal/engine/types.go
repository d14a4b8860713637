package engine

import (
	"reflect"
	"strings"
	"text/template/parse"
)

// pipe returns the type of a pipeline's value, not regarding its declarations.
func (ty *typer) pipe(sc *scope, p *parse.PipeNode) staticType {
	var value staticType
	var final *staticType
	for _, cmd := range p.Cmds {
		value = ty.command(sc, cmd, final)
		if value.typ != nil && value.typ.Kind() == reflect.Interface && value.typ.NumMethod() == 0 {
			value = staticType{} // text/template digs out what is inside
		}
		previous := value
		final = &previous
	}
	return value
}

func (ty *typer) command(sc *scope, cmd *parse.CommandNode, final *staticType) staticType {
	switch n := cmd.Args[0].(type) {
	case *parse.FieldNode:
		return ty.chain(sc, sc.dot.staticType, n, n.Ident, cmd.Args[1:], final)
	case *parse.ChainNode:
		return ty.chain(sc, ty.arg(sc, n.Node), n, n.Field, cmd.Args[1:], final)
	case *parse.VariableNode:
		if len(n.Ident) > 1 {
			return ty.chain(sc, sc.lookup(n.Ident[0]).staticType, n, n.Ident[1:], cmd.Args[1:], final)
		}
	case *parse.IdentifierNode:
		return ty.function(sc, n, cmd.Args[1:], final)
	case *parse.NilNode:
		ty.errorf(n, "nil is not a command")
		return staticType{}
	}
	if len(cmd.Args) > 1 || final != nil {
		ty.errorf(cmd.Args[0], "not a function, so it can't be given arguments")
	}
	return ty.arg(sc, cmd.Args[0])
}

// arg returns the type of one operand.
func (ty *typer) arg(sc *scope, n parse.Node) staticType {
	switch n := n.(type) {
	case *parse.DotNode:
		return sc.dot.staticType
	case *parse.FieldNode:
		return ty.chain(sc, sc.dot.staticType, n, n.Ident, nil, nil)
	case *parse.VariableNode:
		base := sc.lookup(n.Ident[0]).staticType
		if len(n.Ident) == 1 {
			return base
		}
		return ty.chain(sc, base, n, n.Ident[1:], nil, nil)
	case *parse.ChainNode:
		return ty.chain(sc, ty.arg(sc, n.Node), n, n.Field, nil, nil)
	case *parse.PipeNode:
		return ty.pipe(sc, n)
	case *parse.IdentifierNode:
		return ty.function(sc, n, nil, nil)
	case *parse.BoolNode:
		return staticType{typ: reflect.TypeFor[bool]()}
	case *parse.StringNode:
		return staticType{typ: reflect.TypeFor[string]()}
	case *parse.NumberNode:
		switch v := constant(n); v.Kind() {
		case reflect.Invalid:
			ty.errorf(n, "overflows int")
		default:
			return staticType{typ: v.Type()}
		}
	}
	return staticType{}
}

// chain returns the type of .A.B.C on base, the last of which may be a method with arguments.
func (ty *typer) chain(sc *scope, base staticType, n parse.Node, names []string, args []parse.Node, final *staticType) staticType {
	for i, name := range names {
		if i < len(names)-1 {
			base = ty.field(sc, base, n, name, nil, nil)
		} else {
			base = ty.field(sc, base, n, name, args, final)
		}
	}
	return base
}

func (ty *typer) field(sc *scope, base staticType, n parse.Node, name string, args []parse.Node, final *staticType) staticType {
	for _, arg := range args {
		if base.typ == nil {
			ty.arg(sc, arg)
		}
	}
	if base.typ == nil {
		return staticType{}
	}
	t, addr := base.typ, base.addr
	for t.Kind() == reflect.Pointer {
		t, addr = t.Elem(), true
	}
	if t.Kind() == reflect.Interface {
		m, ok := t.MethodByName(name)
		if !ok {
			return staticType{} // a field of what the interface holds
		}
		return ty.call(n, name, m.Type, 0, args, ty.args(sc, args, final))
	}
	if m, ok := t.MethodByName(name); ok {
		if name == streamMethod && streamElem(t) != nil && n != ty.ranged {
			ty.errorf(n, "the entries of a stream stand in a range over it, as in "+streamRange, "Messages")
		}
		result := ty.call(n, name, m.Type, 1, args, ty.args(sc, args, final))
		return ty.formCall(base, t, n, name, args, result)
	}
	if m, ok := reflect.PointerTo(t).MethodByName(name); ok {
		if addr {
			return ty.call(n, name, m.Type, 1, args, ty.args(sc, args, final))
		}
		ty.errorf(n, "%s is a method of *%s, and this %s isn't addressable", name, t, t)
		return staticType{}
	}
	hasArgs := len(args) > 0 || final != nil
	switch t.Kind() {
	case reflect.Struct:
		f, ok := t.FieldByName(name)
		switch {
		case ok && !f.IsExported():
			ty.errorf(n, "%s is an unexported field of %s", name, t)
		case ok && hasArgs:
			ty.errorf(n, "%s is a field of %s, not a method, so it can't be given arguments", name, t)
		case ok:
			return staticType{typ: f.Type, addr: addr || throughPointer(t, f.Index)}
		default:
			ty.missing(n, t, name)
		}
	case reflect.Map:
		switch {
		case !reflect.TypeFor[string]().AssignableTo(t.Key()):
			ty.missing(n, t, name)
		case hasArgs:
			ty.errorf(n, "%s is a key of %s, not a method, so it can't be given arguments", name, t)
		default:
			return staticType{typ: t.Elem()}
		}
	default:
		ty.missing(n, t, name)
	}
	return staticType{}
}

// throughPointer reports whether the path to a promoted field follows a pointer.
func throughPointer(t reflect.Type, index []int) bool {
	for _, i := range index[:len(index)-1] {
		if t = t.Field(i).Type; t.Kind() == reflect.Pointer {
			return true
		}
	}
	return false
}

// function returns the type of a call of a template function.
func (ty *typer) function(sc *scope, n *parse.IdentifierNode, args []parse.Node, final *staticType) staticType {
	if own := ty.own[n.Ident]; own != nil {
		return own(ty, sc, n, args, final)
	}
	types := ty.args(sc, args, final)
	if t, ok := ty.funcs[n.Ident]; ok {
		return ty.call(n, n.Ident, t, 0, args, types)
	}
	if b, ok := builtins[n.Ident]; ok {
		return ty.builtin(n, b, types)
	}
	if strings.HasPrefix(n.Ident, "_") {
		return staticType{typ: stringType} // html/template's escapers
	}
	return staticType{}
}

// args returns the types of a call's arguments, of which the final one may be
// piped in.
func (ty *typer) args(sc *scope, args []parse.Node, final *staticType) []staticType {
	types := make([]staticType, 0, len(args)+1)
	for _, arg := range args {
		types = append(types, ty.arg(sc, arg))
	}
	if final != nil {
		types = append(types, *final)
	}
	return types
}
