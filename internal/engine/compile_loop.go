package engine

import (
	"reflect"
	"text/template/parse"
)

func compileRange(c *compiler, w *writer, sc *scope, node parse.Node) {
	n := node.(*parse.RangeNode)
	at := c.where(n.Pipe)
	in := sc.inner()
	pipe := unkeyed(n.Pipe)
	if list, elem := streamOf(&c.typer, in, pipe); elem != nil {
		c.stream(w, in, n, list, elem)
		return
	}
	l := &loop{dot: -1, index: -1, count: -1, assignIndex: -1, assignElem: -1, single: len(pipe.Decl) < 2, where: at}
	outer := c.region
	outer.impure = true // what a slice holds isn't flat
	l.list, l.prep = c.source(in, pipe)
	if l.list.kind == kindPlace {
		c.note(l.list, nil)
	}
	if len(pipe.Decl) > 0 {
		// Before the first iteration, and in the else branch, the variables
		// are the list itself.
		if l.prep != nil {
			w.silent(at, &assignment{prep: l.prep, target: -1})
			l.prep = nil
		}
		if pipe.IsAssign {
			c.declare(w, in, pipe, l.list)
		}
	}
	c.region = &region{local: c.slots, index: -1}
	body := c.iteration(sc, in, l, n, pipe)
	path, keyed := keyPath(n.Pipe)
	if !keyed && c.ownKey != nil && l.elem != nil {
		if name := c.ownKey(l.elem); name != "" {
			path, keyed = []string{name}, true
		}
	}
	if keyed {
		l.key = c.key(body.dot, path)
	}
	if normalize(n.List) {
		l.body = c.block(body, n.List)
	} else {
		// A break or continue leaves the rest of the body out of the entry:
		// each entry is one string.
		c.region.impure = true
		w := c.writer()
		c.whole++
		whole := c.block(body, n.List)
		c.whole--
		w.dynamic(nil, &wholeText{whole})
		l.body = w.finish()
	}
	if l.place && !c.region.impure && (l.key == nil || l.key.flat != nil) {
		if f := flatOf(l.elem); f != nil && f.size > 0 {
			l.rows = &flatRows{loop: l, row: f, readsIndex: c.region.readsIndex, live: c.region.live}
		}
	}
	l.outer, l.slots = c.region.outer, c.slots
	c.region = outer
	if n.ElseList != nil {
		els := in.inner()
		if !pipe.IsAssign {
			for _, v := range pipe.Decl {
				op := l.list
				if sc.assigned[v.Ident[0]] {
					op = c.variable(w, op)
				}
				els.declare(v.Ident[0], op)
			}
		}
		l.els = c.block(els, n.ElseList)
	}
	w.dynamic(at, l)
}

// iteration returns the scope of a loop's body: dot and the variables of the range.
func (c *compiler) iteration(sc, in *scope, l *loop, n *parse.RangeNode, pipe *parse.PipeNode) *scope {
	reads := c.reads | l.list.reads
	body := in.inner()
	l.dot = c.slot()
	l.place = c.iterable(l)
	body.dot = operand{kind: kindValue, at: loc{slot: l.dot}, reads: reads}
	if _, elem := c.elements(n, l.list.staticType); !l.place && elem.typ != nil && leadsToStream(elem.typ, map[reflect.Type]bool{}) {
		body.dot.staticType = elem // by which a stream is known
	}
	if l.place {
		body.dot.kind, body.dot.staticType = kindPlace, staticType{typ: l.elem, addr: true, form: l.list.form}
		body.dot.borrowed = l.list.kind == kindValue || l.list.borrowed
	}
	decl := pipe.Decl
	var index operand
	if len(decl) == 2 {
		l.index = c.slot()
		index = operand{kind: kindValue, at: loc{slot: l.index}, reads: reads}
		if l.place {
			index.kind, index.staticType = kindPlace, staticType{typ: reflect.TypeFor[int]()}
			index.counter = true
			c.region.index = l.index
			l.count = c.counts
			c.counts++
		}
	}
	switch {
	case len(decl) == 0:
	case pipe.IsAssign:
		c.region.impure = true
		l.assignElem = sc.lookup(decl[len(decl)-1].Ident[0]).at.slot
		if len(decl) == 2 {
			l.assignIndex = sc.lookup(decl[0].Ident[0]).at.slot
		}
	default:
		if len(decl) == 2 {
			c.iterationVariable(body, decl[0].Ident[0], index, &l.assignIndex)
		}
		c.iterationVariable(body, decl[len(decl)-1].Ident[0], body.dot, &l.assignElem)
	}
	return body
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
	body.declare(name, operand{kind: kindValue, at: loc{slot: *assign}, reads: allFields})
}

// iterable reports whether the elements of l have places, and sets their type.
func (c *compiler) iterable(l *loop) bool {
	t := l.list.typ
	if t == nil {
		return false
	}
	if l.list.kind == kindPlace && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t.Kind() == reflect.Slice:
	case t.Kind() == reflect.Array && l.list.kind == kindPlace:
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

func compileBreak(c *compiler, w *writer, _ *scope, _ parse.Node) {
	c.region.impure = true // whether an entry exists depends on those before it
	w.silent(nil, &jump{broke})
	w.ended = true
}

func compileContinue(_ *compiler, w *writer, _ *scope, _ parse.Node) {
	w.silent(nil, &jump{continued})
	w.ended = true
}
