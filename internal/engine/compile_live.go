package engine

import (
	"errors"
	"html/template"
	"reflect"
	"text/template/parse"
)

// liveStandIn is what html/template sees of the function that shows a live component.
// It is only called where html/template executes a whole template by itself.
func liveStandIn(...any) (template.HTML, error) {
	return "", errors.New("a live component can stand in HTML text only, not in a script, style or attribute")
}

// liveResult returns what checks the calls of the function that shows components of
// a kind.
func liveResult(kind LiveKind) ownType {
	return func(ty *typer, sc *scope, n *parse.IdentifierNode, args []parse.Node, final *staticType) staticType {
		result := staticType{typ: reflect.TypeFor[template.HTML]()}
		if n != ty.printed || final != nil {
			ty.errorf(n, "%s shows a live component, so it is an action of its own, as in {{%s .ID .}}", n.Ident, n.Ident)
			return result
		}
		want := 1
		props := kind.Props()
		if props != nil {
			want = 2
		}
		if len(args) != want {
			if props == nil {
				ty.errorf(n, "%s takes the component's id, as in {{%s .ID}}, and nothing else", n.Ident, n.Ident)
			} else {
				ty.errorf(n, "%s takes the component's id and a %s, as in {{%s .ID .}}", n.Ident, props, n.Ident)
			}
			return result
		}
		if id := ty.arg(sc, args[0]); id.typ != nil && id.typ.Kind() != reflect.Interface && flatOf(id.typ) == nil {
			ty.errorf(args[0], "a %s can't be the id of a live component: it is a number, a string, or an array or struct of these", id.typ)
		}
		if props == nil {
			return result
		}
		given := ty.arg(sc, args[1]).typ
		for given != nil && !given.AssignableTo(props) && given.Kind() == reflect.Pointer {
			given = given.Elem()
		}
		if given != nil && given.Kind() != reflect.Interface && !given.AssignableTo(props) {
			ty.errorf(args[1], "%s is given a %s, where it wants a %s", n.Ident, given, props)
		}
		return result
	}
}

// livePrinter returns what compiles the actions that show components of a kind.
func livePrinter(kind LiveKind) printer {
	return func(c *compiler, w *writer, sc *scope, n *parse.ActionNode, values []*parse.CommandNode, escapers []string) {
		at := c.where(n.Pipe)
		if len(escapers) != 1 || escapers[0] != htmlEscaper {
			c.refuse(n, errors.New("a live component can stand in HTML text only, not in a tag, attribute, comment, script or style"))
		}
		if c.whole > 0 {
			c.refuse(n, errors.New("a live component can't stand in a range that a break or continue leaves where it does: such an entry is one text; show what there is to show by if"))
		}
		args := values[len(values)-1].Args[1:]
		l := &livePlace{kind: kind, saved: isSaved(kind), at: at}
		c.liveID(sc, l, args[0])
		if kind.Props() != nil {
			c.liveProps(sc, l, args[1])
		}
		c.region.live = true
		w.dynamic(at, l)
	}
}

// liveID compiles the id of a component.
func (c *compiler) liveID(sc *scope, l *livePlace, n parse.Node) {
	mark := c.region.mark()
	if s, ok := c.scalar(sc, n); ok {
		switch s.class {
		case classInt:
			l.pureID = func(fr *frame) uint64 { return idOfInt(s.int(fr)) }
			l.pureKey = func(fr *frame) uint64 { return keyOfInt(s.int(fr)) }
		case classUint:
			l.pureID = func(fr *frame) uint64 { return idOfUint(s.uint(fr)) }
			l.pureKey = func(fr *frame) uint64 { return keyOfUint(s.uint(fr)) }
		case classText:
			l.pureID = func(fr *frame) uint64 { return idOfText(s.text(fr)) }
			l.pureKey = func(fr *frame) uint64 { return keyOfText(s.text(fr)) }
		}
		if l.pureID != nil {
			return
		}
	}
	c.region.reset(mark)
	if op, ok := c.place(sc, n); ok {
		if f := flatOf(op.typ); f != nil {
			at := c.read(op)
			l.pureID = func(fr *frame) uint64 { return f.hash(fr.must(&at)) }
			l.pureKey = func(fr *frame) uint64 { return f.key(fr.must(&at)) }
			return
		}
	}
	c.region.impure = true
	op, prep := c.source(sc, onePipe(n))
	l.id = func(r *run, fr *frame) (id, key uint64) {
		if prep != nil {
			r.prepare(fr, prep)
		}
		v := fr.value(&op)
		for v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		if !v.IsValid() || !v.CanInterface() {
			panic(renderError{err: errors.New("the id of a live component is nil, or unexported")})
		}
		id, key, err := liveID(v.Interface())
		if err != nil {
			panic(renderError{err: err})
		}
		return id, key
	}
}

// liveProps compiles what a component is given.
func (c *compiler) liveProps(sc *scope, l *livePlace, n parse.Node) {
	t := l.kind.Props()
	l.flat = flatOf(t)
	if op, ok := c.place(sc, n); ok && op.typ == t {
		if l.flat == nil {
			c.region.impure = true
			c.note(op, nil)
		} else {
			op.at = c.read(op)
		}
		l.props = op
		return
	}
	c.region.impure = true
	l.props, l.prep = c.source(sc, onePipe(n))
}
