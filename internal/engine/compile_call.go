package engine

import (
	"html/template"
	"text/template/parse"
)

// compileList compiles the body of a template in place of its call.
func compileList(c *compiler, w *writer, sc *scope, node parse.Node) {
	n := node.(*parse.ListNode)
	call := c.calls[n]
	if call == nil {
		c.nodes(w, sc, n.Nodes)
		return
	}
	dot := c.bind(w, sc, call.Pipe)
	dot.reads |= c.reads
	tree := &parse.Tree{Name: call.Name, ParseName: c.tree.ParseName, Root: n}
	c.inlined++
	c.nodes(w, newScope(tree, dot), n.Nodes)
	c.inlined--
}

// compileTemplate compiles the call of a template that isn't inlined.
func compileTemplate(c *compiler, w *writer, sc *scope, node parse.Node) {
	n := node.(*parse.TemplateNode)
	at := c.where(n)
	callee := c.page.Lookup(n.Name)
	if callee == nil || callee.Tree == nil {
		// html/template derived a copy for another context than text, which it
		// keeps to itself: it executes the call.
		copied := n.Copy().(*parse.TemplateNode)
		original, pipe := n.Pipe, copied.Pipe
		if original == nil {
			original = &parse.PipeNode{NodeType: parse.NodePipe, Pos: n.Pos}
			pipe = original.CopyPipe()
		}
		w.dynamic(at, &fragmentText{frag: c.fragment(sc, original, pipe, copied, true), markup: true})
		return
	}
	dot, prep := c.source(sc, n.Pipe)
	if n.Pipe != nil && len(n.Pipe.Decl) > 0 {
		w.silent(at, &assignment{prep: prep, target: -1})
		prep = nil
		c.declare(w, sc, n.Pipe, dot)
	}
	c.region.impure = true
	if dot.state {
		c.note(dot, nil)
	}
	w.dynamic(at, &call{proc: c.procedure(callee, dot), dot: dot, prep: prep, levels: 1 + c.inlined})
}

// procedure compiles a recursive template for one type of dot.
func (c *compiler) procedure(callee *template.Template, dot operand) *procedure {
	own := operand{kind: kindValue}
	if dot.kind == kindPlace && !dot.counter {
		own.kind, own.staticType, own.borrowed = kindPlace, dot.staticType, dot.borrowed
	}
	e := entrance{callee.Name(), own.staticType, own.kind, own.borrowed}
	if p := c.procs[e]; p != nil {
		return p
	}
	p := &procedure{body: &block{}, place: own.kind == kindPlace}
	c.procs[e] = p
	tree, outer := c.tree, c.scene
	c.tree = callee.Tree
	c.scene = scene{region: &region{index: -1, impure: true}, slots: 1, unknown: allFields}
	*p.body = *c.block(newScope(callee.Tree, own), callee.Tree.Root)
	p.slots, p.counts = c.slots, c.counts
	c.tree, c.scene = tree, outer
	return p
}
