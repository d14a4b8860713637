package engine

import (
	"fmt"
	"reflect"
	"text/template/parse"
)

// streamOf returns the pipeline whose value is the stream that p ranges over by its
// method All, and the type of its items; nil if it ranges over something else.
func streamOf(ty *typer, sc *scope, p *parse.PipeNode) (list *parse.PipeNode, elem reflect.Type) {
	base := rangedOver(p)
	if base == nil {
		return nil, nil
	}
	quiet := *ty
	quiet.fail = nil // what is wrong is found where the whole pipeline is checked
	if elem = streamElem(indirectType(quiet.arg(sc, base).typ)); elem == nil {
		return nil, nil
	}
	cmd := &parse.CommandNode{NodeType: parse.NodeCommand, Pos: p.Pos, Args: []parse.Node{base}}
	return &parse.PipeNode{NodeType: parse.NodePipe, Pos: p.Pos, Line: p.Line, Cmds: []*parse.CommandNode{cmd}}, elem
}

// rangedOver returns what the pipeline p calls a method All of, and nothing else; nil if
// it is another pipeline.
func rangedOver(p *parse.PipeNode) parse.Node {
	if len(p.Cmds) != 1 || len(p.Cmds[0].Args) != 1 {
		return nil
	}
	cut := func(names []string) ([]string, bool) {
		last := len(names) - 1
		return names[:max(last, 0)], last >= 0 && names[last] == streamMethod
	}
	switch n := p.Cmds[0].Args[0].(type) {
	case *parse.FieldNode:
		if names, ok := cut(n.Ident); ok && len(names) == 0 {
			return &parse.DotNode{NodeType: parse.NodeDot, Pos: n.Pos}
		} else if ok {
			return &parse.FieldNode{NodeType: parse.NodeField, Pos: n.Pos, Ident: names}
		}
	case *parse.VariableNode:
		if names, ok := cut(n.Ident); ok && len(names) > 0 {
			return &parse.VariableNode{NodeType: parse.NodeVariable, Pos: n.Pos, Ident: names}
		}
	case *parse.ChainNode:
		if names, ok := cut(n.Field); ok && len(names) == 0 {
			return n.Node
		} else if ok {
			return &parse.ChainNode{NodeType: parse.NodeChain, Pos: n.Pos, Node: n.Node, Field: names}
		}
	}
	return nil
}

// streamMethod is the method by which pages range over a stream.
const streamMethod = "All"

// stream compiles the range over a stream.
func (c *compiler) stream(w *writer, in *scope, n *parse.RangeNode, list *parse.PipeNode, elem reflect.Type) {
	at := c.where(n.Pipe)
	if c.places != nil {
		switch place := c.places[n]; {
		case c.whole:
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
		body.dot.kind, body.dot.staticType = kindPlace, staticType{elem, true}
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
