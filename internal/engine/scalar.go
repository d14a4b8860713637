package engine

import (
	"fmt"
	"html/template"
	"reflect"
	"text/template/parse"
)

// class groups the basic kinds as text/template's comparisons do.
type class uint8

const (
	classNone class = iota
	classBool
	classInt
	classUint
	classFloat
	classText
)

func basicClass(k reflect.Kind) class {
	switch k {
	case reflect.Bool:
		return classBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return classInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return classUint
	case reflect.Float32, reflect.Float64:
		return classFloat
	case reflect.String:
		return classText
	}
	return classNone
}

// scalar is an expression of a basic kind that is evaluated directly, without
// reflection: a field, a constant, a comparison, a length. The function of its
// class is set.
type scalar struct {
	typ   reflect.Type
	class class
	at    *loc // where it lies, if it is a plain read
	bool  func(*frame) bool
	int   func(*frame) int64
	uint  func(*frame) uint64
	float func(*frame) float64
	text  func(*frame) string
}

// must returns the address of l; a nil pointer on the way ends the rendering.
func (fr *frame) must(l *loc) pointer {
	p := fr.resolve(l)
	if p == nil {
		panic(renderError{errNilPointer})
	}
	return p
}

// loadScalar is the scalar at a place.
func loadScalar(typ reflect.Type, at loc) (scalar, bool) {
	s := scalar{typ: typ, class: basicClass(typ.Kind()), at: &at}
	k := typ.Kind()
	switch s.class {
	case classBool:
		s.bool = func(fr *frame) bool { return boolAt(fr.must(&at)) }
	case classInt:
		s.int = func(fr *frame) int64 { return intAt(fr.must(&at), k) }
	case classUint:
		s.uint = func(fr *frame) uint64 { return uintAt(fr.must(&at), k) }
	case classFloat:
		s.float = func(fr *frame) float64 { return floatAt(fr.must(&at), k) }
	case classText:
		s.text = func(fr *frame) string { return stringAt(fr.must(&at)) }
	default:
		return s, false
	}
	return s, true
}

func constantBool(b bool) scalar {
	return scalar{typ: reflect.TypeFor[bool](), class: classBool, bool: func(*frame) bool { return b }}
}

// scalar compiles n if it is an expression of that kind.
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

// fold turns x | f a into f a x, which is the same.
func fold(cmds []*parse.CommandNode) (*parse.CommandNode, bool) {
	cmd := cmds[0]
	for _, next := range cmds[1:] {
		switch next.Args[0].(type) {
		case *parse.IdentifierNode, *parse.FieldNode, *parse.VariableNode, *parse.ChainNode:
		default:
			return nil, false
		}
		arg := cmd.Args[0]
		if _, isCall := arg.(*parse.IdentifierNode); isCall || len(cmd.Args) > 1 {
			arg = &parse.PipeNode{NodeType: parse.NodePipe, Pos: cmd.Pos, Cmds: []*parse.CommandNode{cmd}}
		}
		args := append(append([]parse.Node{}, next.Args...), arg)
		cmd = &parse.CommandNode{NodeType: parse.NodeCommand, Pos: next.Pos, Args: args}
	}
	return cmd, true
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
		var any func(*frame) bool
		for _, s := range list[1:] {
			equal := compare(list[0], s, true)
			if equal == nil {
				return scalar{}, false
			}
			if before := any; before != nil {
				any = func(fr *frame) bool { return before(fr) || equal(fr) }
			} else {
				any = equal
			}
		}
		return boolean(any)
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

// junction is and, or the other way round, or.
func junction(list []scalar, or bool) func(*frame) bool {
	return func(fr *frame) bool {
		for i := range list {
			if list[i].bool(fr) == or {
				return or
			}
		}
		return !or
	}
}

// box returns the value as the interface that a function receives.
func (s scalar) box() func(*frame) any {
	at, typ := s.at, s.typ
	if at != nil {
		return func(fr *frame) any { return valueAt(typ, fr.must(at)).Interface() }
	}
	switch s.class {
	case classBool:
		return func(fr *frame) any { return s.bool(fr) }
	case classInt:
		return func(fr *frame) any { return int(s.int(fr)) }
	case classFloat:
		return func(fr *frame) any { return s.float(fr) }
	default:
		return func(fr *frame) any { return s.text(fr) }
	}
}

// compare compiles a == b or a < b; nil if text/template refuses or a
// comparison of these classes isn't known here.
func compare(a, b scalar, equal bool) func(*frame) bool {
	switch {
	case a.class == classBool && b.class == classBool && equal:
		return func(fr *frame) bool { return a.bool(fr) == b.bool(fr) }
	case a.class == classInt && b.class == classInt:
		if equal {
			return func(fr *frame) bool { return a.int(fr) == b.int(fr) }
		}
		return func(fr *frame) bool { return a.int(fr) < b.int(fr) }
	case a.class == classUint && b.class == classUint:
		if equal {
			return func(fr *frame) bool { return a.uint(fr) == b.uint(fr) }
		}
		return func(fr *frame) bool { return a.uint(fr) < b.uint(fr) }
	case a.class == classInt && b.class == classUint:
		if equal {
			return func(fr *frame) bool { i := a.int(fr); return i >= 0 && uint64(i) == b.uint(fr) }
		}
		return func(fr *frame) bool { i := a.int(fr); return i < 0 || uint64(i) < b.uint(fr) }
	case a.class == classUint && b.class == classInt:
		if equal {
			return func(fr *frame) bool { i := b.int(fr); return i >= 0 && a.uint(fr) == uint64(i) }
		}
		return func(fr *frame) bool { i := b.int(fr); return i >= 0 && a.uint(fr) < uint64(i) }
	case a.class == classFloat && b.class == classFloat:
		if equal {
			return func(fr *frame) bool { return a.float(fr) == b.float(fr) }
		}
		return func(fr *frame) bool { return a.float(fr) < b.float(fr) }
	case a.class == classText && b.class == classText:
		if equal {
			return func(fr *frame) bool { return a.text(fr) == b.text(fr) }
		}
		return func(fr *frame) bool { return a.text(fr) < b.text(fr) }
	}
	return nil
}

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

var (
	stringerType  = reflect.TypeFor[fmt.Stringer]()
	formatterType = reflect.TypeFor[fmt.Formatter]()
	contentTypes  = map[reflect.Type]bool{
		reflect.TypeFor[template.CSS]():      true,
		reflect.TypeFor[template.HTML]():     true,
		reflect.TypeFor[template.HTMLAttr](): true,
		reflect.TypeFor[template.JS]():       true,
		reflect.TypeFor[template.JSStr]():    true,
		reflect.TypeFor[template.URL]():      true,
		reflect.TypeFor[template.Srcset]():   true,
	}
)

// printsPlainly reports whether fmt prints values of t as it prints those of
// the basic kind, and html/template sees nothing special in them.
func printsPlainly(t reflect.Type) bool {
	return !contentTypes[t] && !t.Implements(stringerType) && !t.Implements(errorType) && !t.Implements(formatterType)
}
