package engine

import (
	"reflect"
	"text/template/parse"
)

// operand resolves n if nothing needs to be evaluated for it.
func (c *compiler) operand(sc *scope, n parse.Node) (operand, bool) {
	switch n := n.(type) {
	case *parse.DotNode:
		return sc.dot, true
	case *parse.VariableNode:
		if len(n.Ident) == 1 {
			return *sc.lookup(n.Ident[0]), true
		}
	}
	return c.place(sc, n)
}

// place resolves n if it is memory that fields and pointers lead to.
func (c *compiler) place(sc *scope, n parse.Node) (operand, bool) {
	switch n := n.(type) {
	case *parse.DotNode:
		return sc.dot, sc.dot.kind == kindPlace
	case *parse.FieldNode:
		return c.fields(sc.dot, n.Ident)
	case *parse.VariableNode:
		return c.fields(*sc.lookup(n.Ident[0]), n.Ident[1:])
	case *parse.ChainNode:
		base, ok := c.place(sc, n.Node)
		if !ok {
			return operand{}, false
		}
		return c.fields(base, n.Field)
	case *parse.PipeNode:
		if len(n.Cmds) != 1 || len(n.Cmds[0].Args) != 1 || len(n.Decl) > 0 {
			return operand{}, false
		}
		op, ok := c.place(sc, n.Cmds[0].Args[0])
		return op, ok && op.typ.Kind() != reflect.Interface
	}
	return operand{}, false
}

// fields follows names from base as long as they are fields of structs.
func (c *compiler) fields(base operand, names []string) (operand, bool) {
	if base.kind != kindPlace {
		return operand{}, false
	}
	op := base
	op.at.more = append([]uintptr(nil), base.at.more...)
	for _, name := range names {
		t := op.typ
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
			op.at.follow()
		}
		if t.Kind() != reflect.Struct {
			return operand{}, false
		}
		if _, method := reflect.PointerTo(t).MethodByName(name); method {
			return operand{}, false
		}
		f, ok := t.FieldByName(name)
		if !ok || !f.IsExported() {
			return operand{}, false
		}
		if op.state {
			op.state = false
			op.reads |= fieldBit(f.Index[0])
		}
		for i, index := range f.Index {
			if i > 0 && t.Kind() == reflect.Pointer {
				t = t.Elem()
				op.at.follow()
			}
			field := t.Field(index)
			op.at.advance(field.Offset)
			t = field.Type
		}
		op.staticType = staticType{typ: t, addr: true}
	}
	return op, true
}

// read notes that the value at op is read, and returns where. A region that is
// pure so far reads what lies outside of it through a slot of its own, which
// points into the data being rendered or into that rendered last.
func (c *compiler) read(op operand) loc {
	c.note(op, nil)
	rg := c.region
	switch {
	case rg.impure:
		return op.at
	case len(op.at.more) > 0, flatOf(op.typ) == nil:
		rg.impure = true
		return op.at
	case op.at.slot >= rg.local:
		rg.readsIndex = rg.readsIndex || op.at.slot == rg.index
		return op.at
	}
	for _, o := range rg.outer {
		if o.from.slot == op.at.slot && o.from.off == op.at.off && o.flat.typ == op.typ {
			return loc{slot: o.slot}
		}
	}
	o := outer{from: op.at, flat: flatOf(op.typ), slot: c.slot(), counter: op.counter, borrowed: op.borrowed}
	rg.outer = append(rg.outer, o)
	return loc{slot: o.slot}
}

// note records what reading op, and the fields names of it, depends on.
func (c *compiler) note(op operand, names []string) {
	c.reads |= op.reads
	if !op.state {
		return
	}
	if len(names) > 0 && op.typ != nil && op.typ.Kind() == reflect.Struct {
		if _, method := reflect.PointerTo(op.typ).MethodByName(names[0]); !method {
			if f, ok := op.typ.FieldByName(names[0]); ok {
				c.reads |= fieldBit(f.Index[0])
				return
			}
		}
	}
	c.reads |= allFields
}

// noteAll records what a pipeline depends on.
func (c *compiler) noteAll(sc *scope, n parse.Node) {
	switch n := n.(type) {
	case *parse.DotNode:
		c.note(sc.dot, nil)
	case *parse.FieldNode:
		c.note(sc.dot, n.Ident)
	case *parse.VariableNode:
		c.note(*sc.lookup(n.Ident[0]), n.Ident[1:])
	case *parse.ChainNode:
		c.noteAll(sc, n.Node)
	case *parse.PipeNode:
		if n == nil {
			return
		}
		for _, cmd := range n.Cmds {
			for _, arg := range cmd.Args {
				c.noteAll(sc, arg)
			}
		}
	}
}
