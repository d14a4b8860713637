package engine

import (
	"reflect"
	"strings"
	"text/template/parse"
)

var (
	errorType  = reflect.TypeFor[error]()
	valueType  = reflect.TypeFor[reflect.Value]()
	stringType = reflect.TypeFor[string]()
)

// builtin says how text/template's own functions are called.
type builtin struct {
	min, max int // arguments; max < 0: any number
	result   reflect.Type
}

var builtins = map[string]builtin{
	"and":      {1, -1, nil},
	"or":       {1, -1, nil},
	"not":      {1, 1, reflect.TypeFor[bool]()},
	"eq":       {2, -1, reflect.TypeFor[bool]()},
	"ne":       {2, 2, reflect.TypeFor[bool]()},
	"lt":       {2, 2, reflect.TypeFor[bool]()},
	"le":       {2, 2, reflect.TypeFor[bool]()},
	"gt":       {2, 2, reflect.TypeFor[bool]()},
	"ge":       {2, 2, reflect.TypeFor[bool]()},
	"len":      {1, 1, reflect.TypeFor[int]()},
	"index":    {1, -1, nil},
	"slice":    {1, 4, nil},
	"call":     {1, -1, nil},
	"print":    {0, -1, stringType},
	"println":  {0, -1, stringType},
	"printf":   {1, -1, stringType},
	"html":     {0, -1, stringType},
	"js":       {0, -1, stringType},
	"urlquery": {0, -1, stringType},
}

// function returns the type of a call of a template function.
func (ty *typer) function(sc *scope, n *parse.IdentifierNode, args []parse.Node, final *static) static {
	if n.Ident == "keyed" {
		return ty.keyed(sc, n, args, final)
	}
	if n.Ident == "component" {
		return ty.component(sc, n, args, final)
	}
	if t, ok := ty.funcs[n.Ident]; ok {
		return ty.call(sc, n, n.Ident, t, 0, args, final)
	}
	statics := make([]static, 0, len(args)+1)
	for _, arg := range args {
		statics = append(statics, ty.arg(sc, arg))
	}
	if final != nil {
		statics = append(statics, *final)
	}
	b, ok := builtins[n.Ident]
	if !ok {
		if strings.HasPrefix(n.Ident, "_") {
			return static{typ: stringType} // html/template's escapers
		}
		return static{}
	}
	if len(statics) < b.min {
		ty.errorf(n, "%s needs at least %d arguments, not %d", n.Ident, b.min, len(statics))
		return static{typ: b.result}
	}
	if b.max >= 0 && len(statics) > b.max {
		ty.errorf(n, "%s takes at most %d arguments, not %d", n.Ident, b.max, len(statics))
		return static{typ: b.result}
	}
	switch n.Ident {
	case "len":
		ty.length(n, statics[0])
	case "index":
		return ty.index(n, statics)
	case "slice":
		return ty.slice(n, statics[0])
	case "call":
		if t := statics[0].typ; t != nil && t.Kind() != reflect.Func && t.Kind() != reflect.Interface {
			ty.errorf(n, "%s is not a function", t)
		}
	}
	return static{typ: b.result}
}

func (ty *typer) length(n parse.Node, of static) {
	t := indirectType(of.typ)
	if t == nil {
		return
	}
	switch t.Kind() {
	case reflect.String, reflect.Slice, reflect.Array, reflect.Map, reflect.Chan, reflect.Interface:
	default:
		ty.errorf(n, "%s has no length", t)
	}
}

// indirectType follows pointers as text/template does.
func indirectType(t reflect.Type) reflect.Type {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

func (ty *typer) index(n parse.Node, args []static) static {
	item := args[0]
	for range args[1:] {
		if item.typ == nil {
			return static{}
		}
		t := item.typ
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		switch t.Kind() {
		case reflect.Slice, reflect.Map:
			item = static{typ: t.Elem(), addr: t.Kind() == reflect.Slice}
		case reflect.Array:
			item = static{typ: t.Elem(), addr: item.addr || item.typ != t}
		case reflect.String:
			item = static{typ: reflect.TypeFor[byte]()}
		case reflect.Interface, reflect.Pointer:
			return static{}
		default:
			ty.errorf(n, "%s can't be indexed", t)
			return static{}
		}
	}
	return item
}

func (ty *typer) slice(n parse.Node, of static) static {
	if of.typ == nil {
		return static{}
	}
	switch t := indirectType(of.typ); t.Kind() {
	case reflect.String:
		return static{typ: t}
	case reflect.Slice, reflect.Array, reflect.Interface:
	default:
		ty.errorf(n, "%s can't be sliced", t)
	}
	return static{}
}

// keyed returns the type of the list that a call of keyed passes on.
func (ty *typer) keyed(sc *scope, n parse.Node, args []parse.Node, final *static) static {
	count := len(args)
	if final != nil {
		count++
	}
	if count != 2 {
		ty.errorf(n, `keyed takes the path of the key and the list, as in .Rows | keyed "ID"`)
		return static{}
	}
	if _, ok := args[0].(*parse.StringNode); !ok {
		ty.errorf(n, `the first argument of keyed is the path of the key as a constant, as in keyed "ID"`)
	}
	if final != nil {
		return *final
	}
	return ty.arg(sc, args[1])
}

// call checks a call of a function or method of type t, whose first skip
// parameters are bound already, and returns the type of its result.
func (ty *typer) call(sc *scope, n parse.Node, name string, t reflect.Type, skip int, args []parse.Node, final *static) static {
	statics := make([]static, 0, len(args)+1)
	for _, arg := range args {
		statics = append(statics, ty.arg(sc, arg))
	}
	if final != nil {
		statics = append(statics, *final)
	}
	want := t.NumIn() - skip
	if t.IsVariadic() {
		if want--; len(statics) < want {
			ty.errorf(n, "%s needs at least %d arguments, not %d", name, want, len(statics))
			return static{}
		}
	} else if len(statics) != want {
		ty.errorf(n, "%s takes %d arguments, not %d", name, want, len(statics))
		return static{}
	}
	switch {
	case t.NumOut() == 1, t.NumOut() == 2 && t.Out(1) == errorType:
	default:
		ty.errorf(n, "%s must return one value, or a value and an error, to be used in a template", name)
		return static{}
	}
	for i, arg := range statics {
		var node parse.Node
		if i < len(args) {
			node = args[i]
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
		return static{}
	}
	return static{typ: t.Out(0)}
}

// passable reports whether text/template may be able to pass arg, written as
// node (nil: piped in), to a parameter.
func passable(node parse.Node, arg static, param reflect.Type) bool {
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
