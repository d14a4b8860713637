package engine

import (
	"fmt"
	"reflect"
	"strings"
	"text/template/parse"
)

// static is what is known about a value before anything is rendered.
type static struct {
	typ  reflect.Type // nil: unknown until rendered
	addr bool         // addressable, so that methods of the pointer can be called
}

// fields is a set of fields of the page's state. Fields beyond the 63rd share
// the last bit, which only makes the set coarser.
type fields uint64

const allFields = ^fields(0)

func fieldBit(i int) fields { return 1 << min(i, 63) }

// variable is a template variable in scope.
type variable struct {
	name string
	op   operand
}

// scope is what names mean at one place of a template.
type scope struct {
	dot      operand
	vars     []variable      // innermost last; the first is $
	assigned map[string]bool // variables that the template assigns to with =
	template string          // for error messages
}

// inner returns a scope whose declarations don't reach sc.
func (sc *scope) inner() *scope {
	in := *sc
	in.vars = in.vars[:len(in.vars):len(in.vars)]
	return &in
}

func (sc *scope) declare(name string, op operand) {
	sc.vars = append(sc.vars, variable{name, op})
}

func (sc *scope) lookup(name string) *operand {
	for i := len(sc.vars) - 1; i >= 0; i-- {
		if sc.vars[i].name == name {
			return &sc.vars[i].op
		}
	}
	return &operand{} // the parser has refused undefined variables
}

// typer infers the static types of pipelines by the rules that text/template
// applies at run time.
type typer struct {
	funcs map[string]reflect.Type // the user's functions and the helpers
	tree  *parse.Tree             // to place nodes in their source
	// printed is the call of component that the action being checked ends
	// with: the only place of such a call.
	printed *parse.IdentifierNode
	// fail receives mistakes; nil when the templates have been checked already.
	fail func(error)
}

func (ty *typer) errorf(n parse.Node, format string, args ...any) {
	if ty.fail == nil {
		return
	}
	location, expr := ty.tree.ErrorContext(n)
	ty.fail(fmt.Errorf("%s: %s: %s", location, expr, fmt.Sprintf(format, args...)))
}

// pipe returns the type of a pipeline's value, not regarding its declarations.
func (ty *typer) pipe(sc *scope, p *parse.PipeNode) static {
	var value static
	var final *static
	for _, cmd := range p.Cmds {
		value = ty.command(sc, cmd, final)
		if value.typ != nil && value.typ.Kind() == reflect.Interface && value.typ.NumMethod() == 0 {
			value = static{} // text/template digs out what is inside
		}
		previous := value
		final = &previous
	}
	return value
}

func (ty *typer) command(sc *scope, cmd *parse.CommandNode, final *static) static {
	switch n := cmd.Args[0].(type) {
	case *parse.FieldNode:
		return ty.chain(sc, sc.dot.static, n, n.Ident, cmd.Args[1:], final)
	case *parse.ChainNode:
		return ty.chain(sc, ty.arg(sc, n.Node), n, n.Field, cmd.Args[1:], final)
	case *parse.VariableNode:
		if len(n.Ident) > 1 {
			return ty.chain(sc, sc.lookup(n.Ident[0]).static, n, n.Ident[1:], cmd.Args[1:], final)
		}
	case *parse.IdentifierNode:
		return ty.function(sc, n, cmd.Args[1:], final)
	case *parse.NilNode:
		ty.errorf(n, "nil is not a command")
		return static{}
	}
	if len(cmd.Args) > 1 || final != nil {
		ty.errorf(cmd.Args[0], "not a function, so it can't be given arguments")
	}
	return ty.arg(sc, cmd.Args[0])
}

// arg returns the type of one operand.
func (ty *typer) arg(sc *scope, n parse.Node) static {
	switch n := n.(type) {
	case *parse.DotNode:
		return sc.dot.static
	case *parse.FieldNode:
		return ty.chain(sc, sc.dot.static, n, n.Ident, nil, nil)
	case *parse.VariableNode:
		base := sc.lookup(n.Ident[0]).static
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
		return static{typ: reflect.TypeFor[bool]()}
	case *parse.StringNode:
		return static{typ: reflect.TypeFor[string]()}
	case *parse.NumberNode:
		switch v := constant(n); v.Kind() {
		case reflect.Invalid:
			ty.errorf(n, "overflows int")
		default:
			return static{typ: v.Type()}
		}
	}
	return static{}
}

// constant returns the value text/template gives a number whose type nothing
// decides: complex128, float64 or int, or none if an int can't hold it.
func constant(n *parse.NumberNode) reflect.Value {
	text := n.Text
	isRune := text != "" && text[0] == '\''
	isHex := len(text) > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X') && !strings.ContainsAny(text, "pP")
	switch {
	case n.IsComplex:
		return reflect.ValueOf(n.Complex128)
	case n.IsFloat && !isHex && !isRune && strings.ContainsAny(text, ".eEpP"):
		return reflect.ValueOf(n.Float64)
	case n.IsInt && int64(int(n.Int64)) == n.Int64:
		return reflect.ValueOf(int(n.Int64))
	}
	return reflect.Value{}
}

// chain returns the type of .A.B.C on base, the last of which may be a method with arguments.
func (ty *typer) chain(sc *scope, base static, n parse.Node, names []string, args []parse.Node, final *static) static {
	for i, name := range names {
		if i < len(names)-1 {
			base = ty.field(sc, base, n, name, nil, nil)
		} else {
			base = ty.field(sc, base, n, name, args, final)
		}
	}
	return base
}

func (ty *typer) field(sc *scope, base static, n parse.Node, name string, args []parse.Node, final *static) static {
	for _, arg := range args {
		if base.typ == nil {
			ty.arg(sc, arg)
		}
	}
	if base.typ == nil {
		return static{}
	}
	t, addr := base.typ, base.addr
	for t.Kind() == reflect.Pointer {
		t, addr = t.Elem(), true
	}
	if t.Kind() == reflect.Interface {
		m, ok := t.MethodByName(name)
		if !ok {
			return static{} // a field of what the interface holds
		}
		return ty.call(sc, n, name, m.Type, 0, args, final)
	}
	if m, ok := t.MethodByName(name); ok {
		return ty.call(sc, n, name, m.Type, 1, args, final)
	}
	if m, ok := reflect.PointerTo(t).MethodByName(name); ok {
		if addr {
			return ty.call(sc, n, name, m.Type, 1, args, final)
		}
		ty.errorf(n, "%s is a method of *%s, and this %s isn't addressable", name, t, t)
		return static{}
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
			return static{typ: f.Type, addr: addr || throughPointer(t, f.Index)}
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
			return static{typ: t.Elem()}
		}
	default:
		ty.missing(n, t, name)
	}
	return static{}
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

// missing reports that t lacks name, and which of its names is nearest.
func (ty *typer) missing(n parse.Node, t reflect.Type, name string) {
	best, distance := "", len(name)/2+2
	consider := func(candidate string) {
		if d := editDistance(strings.ToLower(name), strings.ToLower(candidate)); d < distance {
			best, distance = candidate, d
		}
	}
	if t.Kind() == reflect.Struct {
		for _, f := range reflect.VisibleFields(t) {
			if f.IsExported() {
				consider(f.Name)
			}
		}
	}
	for p, i := reflect.PointerTo(t), 0; i < p.NumMethod(); i++ {
		consider(p.Method(i).Name)
	}
	if best != "" {
		ty.errorf(n, "%s has no field or method %s; did you mean %s?", t, name, best)
		return
	}
	ty.errorf(n, "%s has no field or method %s", t, name)
}

// editDistance counts the insertions, deletions and substitutions from a to b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		previous := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := previous
			if a[i] != b[j] {
				cost = 1 + min(previous, row[j], row[j+1])
			}
			previous, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
