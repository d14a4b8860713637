package engine

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"maps"
	"reflect"
	"text/template/parse"
)

// A component can be a part of a page: {{component .Card}}. It stands in HTML
// text only, since what it writes is HTML, and renders as a node whose block
// is found in what it wrote (see component.go).

var componentType = reflect.TypeFor[Component]()

// htmlEscaper is what html/template appends to an action in HTML text, and
// nowhere else alone.
const htmlEscaper = "_html_template_htmlescaper"

// componentStandIn is what html/template sees of the function component: HTML
// that needs no escape. It is only called where a recursive template stands in
// another context than text, which html/template executes by itself.
func componentStandIn(any) (template.HTML, error) {
	return "", errors.New("a component can stand in HTML text only, not in a script, style or attribute")
}

// componentCall returns the call of component that a pipeline ends with, not
// regarding html/template's escapers.
func componentCall(cmds []*parse.CommandNode) *parse.IdentifierNode {
	if len(cmds) == 0 {
		return nil
	}
	if id, ok := cmds[len(cmds)-1].Args[0].(*parse.IdentifierNode); ok && id.Ident == "component" {
		return id
	}
	return nil
}

// component checks a call of component and returns the type of its result.
func (ty *typer) component(sc *scope, n *parse.IdentifierNode, args []parse.Node, final *static) static {
	result := static{typ: reflect.TypeFor[template.HTML]()}
	if n != ty.printed {
		ty.errorf(n, "component writes HTML into the page, so it is the last of an action of its own, as in {{component .Card}}")
	}
	var arg static
	switch {
	case len(args) == 1 && final == nil:
		if _, ok := args[0].(*parse.NilNode); ok {
			ty.errorf(n, "component takes a component, not nil")
			return result
		}
		arg = ty.arg(sc, args[0])
	case len(args) == 0 && final != nil:
		arg = *final
	default:
		ty.errorf(n, "component takes one component, as in {{component .Card}}")
		return result
	}
	t := arg.typ
	if t == nil || t.Kind() == reflect.Interface || t.Implements(componentType) {
		return result
	}
	if !reflect.PointerTo(t).Implements(componentType) {
		ty.errorf(n, "%v", noComponent(t))
	} else if !arg.addr {
		ty.errorf(n, "Render is a method of *%s, and this %s isn't addressable", t, t)
	}
	return result
}

func noComponent(t reflect.Type) error {
	return fmt.Errorf("a %s is no component: it has no method Render(context.Context, io.Writer) error", t)
}

// component compiles an action that shows a component.
func (c *compiler) component(sc *scope, n *parse.ActionNode, values []*parse.CommandNode, names []string) step {
	s := step{op: opComponent, where: c.where(n.Pipe)}
	if len(names) != 1 || names[0] != htmlEscaper {
		c.refuse(s.where, "a component can stand in HTML text only, not in a tag, attribute, comment, script or style")
	}
	last := len(values) - 1
	pipe := &parse.PipeNode{NodeType: parse.NodePipe, Pos: n.Pipe.Pos, Line: n.Pipe.Line, Cmds: values[:last]}
	if args := values[last].Args; len(args) > 1 {
		pipe.Cmds = []*parse.CommandNode{{NodeType: parse.NodeCommand, Pos: args[1].Position(), Args: args[1:]}}
	}
	s.source, s.prep = c.source(sc, pipe)
	if s.prep != nil && s.prep.frag != nil {
		s.prep.frag.where = s.where
	}
	c.region.impure = true
	return s
}

func (c *compiler) refuse(at *where, text string) {
	panic(mistake{fmt.Errorf("%s: %s: %s", at.location, at.expr, text)})
}

// component evaluates the component of a step; nil if there is none to show.
func (r *run) component(s *step, fr *frame) Component {
	if s.prep != nil {
		r.prepare(fr, s.prep)
	}
	v := fr.value(&s.source)
	for v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if !v.IsValid() || (v.Kind() == reflect.Pointer || v.Kind() == reflect.Func) && v.IsNil() {
		return nil
	}
	if !v.Type().Implements(componentType) {
		if !v.CanAddr() || !reflect.PointerTo(v.Type()).Implements(componentType) {
			panic(renderError{noComponent(v.Type())})
		}
		v = v.Addr()
	}
	return v.Interface().(Component)
}

// appendComponent appends what a component writes.
func (r *run) appendComponent(dst []byte, c Component) []byte {
	if c == nil {
		return dst
	}
	out := r.sink.buf
	r.sink.buf = dst
	err := c.Render(r.context(), &r.sink)
	dst = r.sink.buf
	r.sink.buf = out
	if err != nil {
		panic(renderError{err})
	}
	return dst
}

// context is what the page's components are rendered with: that of the
// helpers' receiver, if it has one.
func (r *run) context() context.Context {
	if r.meta.IsValid() && !r.meta.IsNil() {
		if m, ok := r.meta.Interface().(interface{ Context() context.Context }); ok {
			return m.Context()
		}
	}
	return context.Background()
}

// recordComponent adds what a component writes: a node, or no text for nothing.
func (r *run) recordComponent(s *step, fr *frame) {
	off := len(r.buf)
	r.buf = r.appendComponent(r.buf, r.component(s, fr))
	if len(r.buf) == off {
		r.pushText(off)
		return
	}
	if r.used == nil {
		r.used = map[string]*block{}
	}
	at := r.push(item{kind: itemNode})
	t := &taker{run: r, html: r.buf[off:], base: off, known: r.shapes, used: r.used}
	r.items[at].block = t.page(true)
	r.items[at].next = int32(len(r.items))
}

// keepShapes returns the shapes to be remembered after a rendering: those it
// found, and all others too if the client keeps parts that weren't rendered.
func (r *run) keepShapes() map[string]*block {
	if r.kept == 0 || len(r.shapes) == 0 {
		return r.used
	}
	if r.used == nil {
		return r.shapes
	}
	maps.Copy(r.used, r.shapes)
	return r.used
}
