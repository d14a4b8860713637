package engine

import (
	"reflect"
	"strings"
	"text/template/parse"
)

// keyPath finds the path of the key in the pipeline of a range: nil and true
// for ".", false if the list isn't keyed.
func keyPath(p *parse.PipeNode) ([]string, bool) {
	if len(p.Cmds) == 0 {
		return nil, false
	}
	args := p.Cmds[len(p.Cmds)-1].Args
	id, ok := args[0].(*parse.IdentifierNode)
	if !ok || id.Ident != "keyed" || len(args) < 2 {
		return nil, false
	}
	text, ok := args[1].(*parse.StringNode)
	if !ok {
		return nil, false
	}
	path := strings.Trim(text.Text, ".")
	if path == "" {
		return nil, true
	}
	return strings.Split(path, "."), true
}

// unkeyed returns the pipeline without its call of keyed, which is the identity.
func unkeyed(p *parse.PipeNode) *parse.PipeNode {
	if _, ok := keyPath(p); !ok {
		return p
	}
	bare := p.CopyPipe()
	last := bare.Cmds[len(bare.Cmds)-1]
	bare.Cmds = bare.Cmds[:len(bare.Cmds)-1]
	if len(last.Args) == 3 {
		bare.Cmds = append(bare.Cmds, &parse.CommandNode{NodeType: parse.NodeCommand, Pos: last.Pos, Args: last.Args[2:]})
	}
	return bare
}

func (c *compiler) loop(w *writer, sc *scope, n *parse.RangeNode) step {
	s := step{op: opRange, where: c.where(n.Pipe)}
	in := sc.inner()
	pipe := unkeyed(n.Pipe)
	l := &loop{dot: -1, index: -1, count: -1, assignIndex: -1, assignElem: -1, single: len(pipe.Decl) < 2}
	s.each = l
	outerRegion := c.region
	outerRegion.impure = true // what a slice holds isn't flat
	l.list, l.prep = c.source(in, pipe)
	if l.list.kind == opPlace {
		c.note(l.list, nil)
	}
	if len(pipe.Decl) > 0 {
		// Before the first iteration, and in the else branch, the variables
		// are the list itself.
		if l.prep != nil {
			w.add(step{op: opSet, target: -1, prep: l.prep, where: s.where})
			l.prep = nil
		}
		if pipe.IsAssign {
			c.declare(w, in, pipe, l.list)
		}
	}
	s.decides = c.reads
	reads := c.reads | l.list.reads

	region := &region{local: c.slots, index: -1}
	c.region = region
	body := in.inner()
	l.dot = c.slot()
	_, elem := (&typer{}).elements(n, l.list.static)
	l.place = c.iterable(l)
	dot := operand{static: elem, kind: opValue, at: loc{slot: l.dot}, reads: reads}
	if l.place {
		dot = operand{static: static{l.elem, true}, kind: opPlace, at: loc{slot: l.dot}, reads: reads}
	} else {
		dot.static = static{}
	}
	body.dot = dot
	var index operand
	if decl := pipe.Decl; len(decl) == 2 {
		l.index = c.slot()
		index = operand{kind: opValue, at: loc{slot: l.index}, reads: reads}
		if l.place {
			region.index = l.index
			c.indexes[l.index] = true
			l.count = c.counts
			c.counts++
			index = operand{static: static{reflect.TypeFor[int](), false}, kind: opPlace, at: loc{slot: l.index}, reads: reads}
		}
	}
	switch decl := pipe.Decl; {
	case len(decl) == 0:
	case pipe.IsAssign:
		region.impure = true
		l.assignElem = sc.lookup(decl[len(decl)-1].Ident[0]).at.slot
		if len(decl) == 2 {
			l.assignIndex = sc.lookup(decl[0].Ident[0]).at.slot
		}
	default:
		if len(decl) == 2 {
			c.iterationVariable(body, decl[0].Ident[0], index, &l.assignIndex)
		}
		c.iterationVariable(body, decl[len(decl)-1].Ident[0], dot, &l.assignElem)
	}
	if path, ok := keyPath(n.Pipe); ok {
		l.key = c.key(dot, path)
	}
	if normalize(n.List) {
		l.body = c.block(body, n.List)
	} else {
		// A break or continue leaves the rest of the body out of the entry:
		// each entry is one string.
		region.impure = true
		w := c.writer()
		whole := c.block(body, n.List)
		w.add(step{op: opWhole, then: whole, reads: c.reads})
		l.body = w.finish()
	}
	if l.place && !region.impure && (l.key == nil || l.key.flat != nil) {
		if f := flatOf(l.elem); f != nil && f.size > 0 {
			l.flat = &flatLoop{row: f, readsIndex: region.readsIndex}
		}
	}
	l.outer, l.slots, l.where = region.outer, c.slots, s.where
	c.region = outerRegion
	if n.ElseList != nil {
		els := in.inner()
		if !pipe.IsAssign {
			for _, v := range pipe.Decl {
				if sc.assigned[v.Ident[0]] {
					own := operand{kind: opValue, at: loc{slot: c.slot()}, reads: allFields}
					w.add(step{op: opSet, target: own.at.slot, source: l.list})
					els.declare(v.Ident[0], own)
					continue
				}
				els.declare(v.Ident[0], l.list)
			}
		}
		s.els = c.block(els, n.ElseList)
	}
	return s
}

// iterationVariable declares a range variable: the operand itself, or a slot
// that each iteration sets if the body assigns to the variable.
func (c *compiler) iterationVariable(body *scope, name string, op operand, assign *int) {
	if !body.assigned[name] {
		body.declare(name, op)
		return
	}
	c.region.impure = true
	*assign = c.slot()
	body.declare(name, operand{kind: opValue, at: loc{slot: *assign}, reads: allFields})
}

// iterable reports whether the elements of l have places, and sets their type.
func (c *compiler) iterable(l *loop) bool {
	t := l.list.typ
	if t == nil {
		return false
	}
	if l.list.kind == opPlace && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t.Kind() == reflect.Slice:
	case t.Kind() == reflect.Array && l.list.kind == opPlace:
	default:
		return false
	}
	l.elem = t.Elem()
	return l.elem.Kind() != reflect.Interface
}

// key compiles the path to an entry's key.
func (c *compiler) key(dot operand, path []string) *key {
	k := &key{path: path}
	if op, ok := c.fields(dot, path); ok && len(op.at.more) == 0 && basicClass(op.typ.Kind()) != classNone {
		k.at, k.flat = op.at, flatOf(op.typ)
	}
	return k
}

// normalize arranges the body of a range so that break and continue only stand
// where nothing of the body follows, and reports whether that succeeded. What
// follows an if whose one branch ends in one of them moves into the other:
//
//	{{if .Hidden}}{{continue}}{{end}}<li>{{.Name}}</li>
//	{{if .Hidden}}{{continue}}{{else}}<li>{{.Name}}</li>{{end}}
func normalize(l *parse.ListNode) bool {
	if l == nil {
		return true
	}
	for i, n := range l.Nodes {
		rest := len(l.Nodes) > i+1
		switch n := n.(type) {
		case *parse.BreakNode, *parse.ContinueNode:
			l.Nodes = l.Nodes[:i+1]
			return true
		case *parse.IfNode:
			jumpsThen, jumpsElse := jumps(n.List), jumps(n.ElseList)
			if !jumpsThen && !jumpsElse {
				continue
			}
			if rest {
				if len(n.Pipe.Decl) > 0 || jumpsThen && jumpsElse {
					return false
				}
				into := n.List
				if jumpsThen {
					if n.ElseList == nil {
						n.ElseList = &parse.ListNode{NodeType: parse.NodeList, Pos: n.Pos}
					}
					into = n.ElseList
				}
				if jumpsThen && !ends(n.List) || jumpsElse && !ends(n.ElseList) {
					return false
				}
				if declares(into) {
					return false
				}
				into.Nodes = append(into.Nodes, l.Nodes[i+1:]...)
				l.Nodes = l.Nodes[:i+1]
			}
			return normalize(n.List) && normalize(n.ElseList)
		case *parse.WithNode:
			if jumps(n.List) || jumps(n.ElseList) {
				return !rest && normalize(n.List) && normalize(n.ElseList)
			}
		case *parse.RangeNode:
			if jumps(n.ElseList) {
				return !rest && normalize(n.ElseList)
			}
		}
	}
	return true
}

// jumps reports whether l can leave the iteration it is part of.
func jumps(l *parse.ListNode) bool {
	if l == nil {
		return false
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.BreakNode, *parse.ContinueNode:
			return true
		case *parse.IfNode:
			if jumps(n.List) || jumps(n.ElseList) {
				return true
			}
		case *parse.WithNode:
			if jumps(n.List) || jumps(n.ElseList) {
				return true
			}
		case *parse.RangeNode:
			if jumps(n.ElseList) {
				return true
			}
		}
	}
	return false
}

// ends reports whether l always leaves the iteration, by its last node alone.
func ends(l *parse.ListNode) bool {
	if l == nil {
		return false
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.BreakNode, *parse.ContinueNode:
			return true
		case *parse.IfNode:
			if jumps(n.List) || jumps(n.ElseList) {
				return false
			}
		case *parse.WithNode:
			if jumps(n.List) || jumps(n.ElseList) {
				return false
			}
		case *parse.RangeNode:
			if jumps(n.ElseList) {
				return false
			}
		}
	}
	return false
}

// declares reports whether l declares variables, which would hide outer ones
// from nodes moved behind it.
func declares(l *parse.ListNode) bool {
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			if len(n.Pipe.Decl) > 0 {
				return true
			}
		case *parse.TemplateNode:
			if n.Pipe != nil && len(n.Pipe.Decl) > 0 {
				return true
			}
		}
	}
	return false
}
