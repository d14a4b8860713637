package engine

import (
	"fmt"
	"reflect"
	"text/template/parse"
)

// stream compiles the range over a stream.
func (c *compiler) stream(w *writer, in *scope, n *parse.RangeNode, list *parse.PipeNode, elem reflect.Type) {
	at := c.where(n.Pipe)
	if c.places != nil {
		switch place := c.places[n]; {
		case c.whole > 0:
			c.refuseStream(at, "a stream in the body of a range that a break or continue leaves in its middle: end the branch with it, so that nothing follows")
		case place != nil && place.wrong != "":
			c.refuseStream(at, place.wrong)
		}
	}
	l := &streamLoop{elem: elem, where: at, place: elem.Kind() != reflect.Interface}
	l.list, l.prep = c.source(in, list)
	if l.list.kind == kindPlace {
		c.note(l.list, nil)
	}
	c.region.impure, c.streams = true, true
	l.id, l.dot = c.slot(), c.slot()
	body := in.inner()
	id := operand{staticType: staticType{typ: stringType}, kind: kindPlace, at: loc{slot: l.id}, borrowed: true}
	body.dot = operand{kind: kindValue, at: loc{slot: l.dot}, reads: c.reads}
	if l.place {
		body.dot.kind, body.dot.staticType = kindPlace, staticType{typ: elem, addr: true}
	}
	for i, v := range n.Pipe.Decl {
		if name := v.Ident[0]; i == 0 {
			body.declare(name, id)
		} else {
			body.declare(name, body.dot)
		}
	}
	l.body = c.block(body, n.List)
	w.dynamic(at, l)
}

func (c *compiler) refuseStream(at *where, text string) {
	location, expr := at.text()
	panic(mistake{fmt.Errorf("%s: <%s>: %s", location, expr, text)})
}
