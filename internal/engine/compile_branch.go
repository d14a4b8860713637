package engine

import (
	"reflect"
	"text/template/parse"
)

func compileIf(c *compiler, w *writer, sc *scope, node parse.Node) {
	n := node.(*parse.IfNode)
	at := c.where(n.Pipe)
	b := &branch{}
	in := sc.inner()
	mark := c.region.mark()
	if b.cond = c.truth(in, n.Pipe); b.cond == nil || len(n.Pipe.Decl) > 0 {
		c.region.reset(mark)
		op := c.bind(w, in, n.Pipe)
		if op.kind != kindPlace || flatOf(op.typ) == nil {
			c.region.impure = true
		}
		b.cond = c.truthOf(op)
		c.declare(w, in, n.Pipe, op)
	}
	b.decides = c.reads
	c.branches(b, in, in, &n.BranchNode)
	w.dynamic(at, b)
}

func compileWith(c *compiler, w *writer, sc *scope, node parse.Node) {
	n := node.(*parse.WithNode)
	at := c.where(n.Pipe)
	b := &branch{}
	in := sc.inner()
	if op, field, ok := c.formField(in, n.Pipe); ok && n.ElseList == nil && len(n.Pipe.Decl) == 0 && c.showsDotAlone(n.List) {
		body := in.inner()
		body.dot = op
		w.dynamic(at, &withField{field, c.block(body, n.List)})
		return
	}
	op := c.bind(w, in, n.Pipe)
	b.cond = c.truthOf(op)
	c.declare(w, in, n.Pipe, op)
	body := in.inner()
	body.dot = op
	c.branches(b, body, in, &n.BranchNode)
	w.dynamic(at, b)
}

// branches compiles the two bodies, each in its scope.
func (c *compiler) branches(b *branch, then, els *scope, n *parse.BranchNode) {
	b.then = c.block(then.inner(), n.List)
	if n.ElseList != nil {
		b.els = c.block(els.inner(), n.ElseList)
	}
}

// truthOf is the truth of an operand, evaluated without reflection where possible.
func (c *compiler) truthOf(op operand) func(*frame) bool {
	if op.kind == kindPlace {
		if basicClass(op.typ.Kind()) != classNone {
			if f := c.truth(&scope{dot: op}, &parse.DotNode{NodeType: parse.NodeDot}); f != nil {
				return f
			}
		}
		if op.typ.Kind() == reflect.Struct {
			return func(*frame) bool { return true }
		}
	}
	c.region.impure = true
	return func(fr *frame) bool { return isTrue(fr.value(&op)) }
}
