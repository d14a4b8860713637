package engine

import (
	"reflect"
	"text/template/parse"
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

// builtin checks a call of one of text/template's own functions, with
// arguments of these types, and returns the type of its result.
func (ty *typer) builtin(n *parse.IdentifierNode, b builtin, args []staticType) staticType {
	if len(args) < b.min {
		ty.errorf(n, "%s needs at least %d arguments, not %d", n.Ident, b.min, len(args))
		return staticType{typ: b.result}
	}
	if b.max >= 0 && len(args) > b.max {
		ty.errorf(n, "%s takes at most %d arguments, not %d", n.Ident, b.max, len(args))
		return staticType{typ: b.result}
	}
	switch n.Ident {
	case "len":
		ty.length(n, args[0])
	case "index":
		return ty.index(n, args)
	case "slice":
		return ty.slice(n, args[0])
	case "call":
		if t := args[0].typ; t != nil && t.Kind() != reflect.Func && t.Kind() != reflect.Interface {
			ty.errorf(n, "%s is not a function", t)
		}
	}
	return staticType{typ: b.result}
}

func (ty *typer) length(n parse.Node, of staticType) {
	t := indirectType(of.typ)
	if t == nil {
		return
	}
	switch t.Kind() {
	case reflect.String, reflect.Slice, reflect.Array, reflect.Map, reflect.Chan, reflect.Interface:
	default:
		if streamElem(t) != nil {
			ty.errorf(n, "a stream has no length: the page keeps its entries; count them in a field of the state")
		}
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

func (ty *typer) index(n parse.Node, args []staticType) staticType {
	item := args[0]
	for range args[1:] {
		if item.typ == nil {
			return staticType{}
		}
		t := item.typ
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		switch t.Kind() {
		case reflect.Slice, reflect.Map:
			item = staticType{typ: t.Elem(), addr: t.Kind() == reflect.Slice}
		case reflect.Array:
			item = staticType{typ: t.Elem(), addr: item.addr || item.typ != t}
		case reflect.String:
			item = staticType{typ: reflect.TypeFor[byte]()}
		case reflect.Interface, reflect.Pointer:
			return staticType{}
		default:
			ty.errorf(n, "%s can't be indexed", t)
			return staticType{}
		}
	}
	return item
}

func (ty *typer) slice(n parse.Node, of staticType) staticType {
	if of.typ == nil {
		return staticType{}
	}
	switch t := indirectType(of.typ); t.Kind() {
	case reflect.String:
		return staticType{typ: t}
	case reflect.Slice, reflect.Array, reflect.Interface:
	default:
		ty.errorf(n, "%s can't be sliced", t)
	}
	return staticType{}
}

// elements returns the types of the first and second range variable.
func (ty *typer) elements(n *parse.RangeNode, list staticType) (key, elem staticType) {
	t := list.typ
	if t == nil {
		return staticType{}, staticType{}
	}
	addr := list.addr
	for t.Kind() == reflect.Pointer {
		t, addr = t.Elem(), true
	}
	integer := staticType{typ: reflect.TypeFor[int]()}
	single := func() {
		if len(n.Pipe.Decl) > 1 {
			ty.errorf(n.Pipe, "range over %s has one variable, not two", t)
		}
	}
	switch t.Kind() {
	case reflect.Interface:
		return staticType{}, staticType{}
	case reflect.Slice:
		return integer, staticType{typ: t.Elem(), addr: true, form: list.form}
	case reflect.Array:
		return integer, staticType{typ: t.Elem(), addr: addr}
	case reflect.Map:
		return staticType{typ: t.Key()}, staticType{typ: t.Elem()}
	case reflect.Chan:
		if t.ChanDir()&reflect.RecvDir != 0 {
			return integer, staticType{typ: t.Elem()}
		}
	case reflect.Func:
		if t.CanSeq() {
			single()
			return staticType{}, staticType{typ: t.In(0).In(0)}
		}
		if t.CanSeq2() {
			if len(n.Pipe.Decl) > 1 {
				return staticType{typ: t.In(0).In(0)}, staticType{typ: t.In(0).In(1)}
			}
			return staticType{}, staticType{typ: t.In(0).In(0)}
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		single()
		return staticType{}, staticType{typ: t}
	}
	if streamElem(t) != nil {
		ty.errorf(n.Pipe, "a stream is ranged over by its method All, as in "+streamRange, "Messages")
	}
	ty.errorf(n.Pipe, "range can't iterate over %s", t)
	return staticType{}, staticType{}
}
