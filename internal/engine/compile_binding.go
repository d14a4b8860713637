package engine

import (
	"reflect"
	"text/template/parse"
)

// source compiles a pipeline to an operand that holds its value after prep,
// which may be nil, was evaluated.
func (c *compiler) source(sc *scope, p *parse.PipeNode) (operand, *prep) {
	if p == nil {
		return operand{}, nil
	}
	if op, prep, ok := c.dict(sc, p); ok {
		return op, prep
	}
	if op, field, ok := c.formField(sc, p); ok {
		return op, &prep{field: field, slot: op.at.slot}
	}
	typ := c.pipe(sc, p)
	if len(p.Cmds) == 1 && len(p.Cmds[0].Args) == 1 {
		arg := p.Cmds[0].Args[0]
		if op, ok := c.operand(sc, arg); ok {
			return c.known(op)
		}
		if v, ok := constantValue(arg); ok {
			c.region.impure = true
			own := operand{staticType: staticType{typ: v.Type()}, kind: kindValue, at: loc{slot: c.slot()}}
			return own, &prep{val: v, slot: own.at.slot}
		}
	}
	copied := p.CopyPipe()
	copied.Decl, copied.IsAssign = nil, false
	frag := c.fragment(sc, p, copied, actionNode(fieldNode("Capture"), copied), false)
	own := operand{staticType: typ, kind: kindValue, at: loc{slot: c.slot()}, reads: c.reads}
	return own, &prep{frag: frag, slot: own.at.slot}
}

// dict compiles a pipeline that is a call of dict alone, and reports whether it is.
func (c *compiler) dict(sc *scope, p *parse.PipeNode) (operand, *prep, bool) {
	for len(p.Cmds) == 1 && len(p.Cmds[0].Args) == 1 {
		inner, ok := p.Cmds[0].Args[0].(*parse.PipeNode)
		if !ok || len(inner.Decl) > 0 {
			break
		}
		p = inner
	}
	if id := lastFunction(p.Cmds); len(p.Cmds) != 1 || id == nil || id.Ident != "dict" {
		return operand{}, nil, false
	}
	c.region.impure = true // it is made anew each time
	args := p.Cmds[0].Args[1:]
	d := &dict{typ: c.pipe(sc, p).typ}
	for i := 1; i < len(args); i += 2 {
		if _, isNil := args[i].(*parse.NilNode); isNil {
			d.fields = append(d.fields, dictField{})
			continue
		}
		op, prep := c.source(sc, onePipe(args[i]))
		d.fields = append(d.fields, dictField{op, prep})
	}
	own := operand{staticType: staticType{typ: d.typ, addr: true}, kind: kindPlace, at: loc{slot: c.slot()}, reads: c.reads, borrowed: true}
	return own, &prep{dict: d, slot: own.at.slot}, true
}

// known is source of an operand: the operand itself or, of one whose content
// is only known when the page is rendered, that content.
func (c *compiler) known(op operand) (operand, *prep) {
	dynamic := false
	switch op.kind {
	case kindPlace:
		dynamic = op.typ.Kind() == reflect.Interface && op.typ.NumMethod() == 0
		c.note(op, nil)
	case kindValue:
		dynamic = op.typ == nil
		c.region.impure = true
	}
	op.reads |= c.reads
	if !dynamic {
		return op, nil
	}
	c.region.impure = true
	own := operand{kind: kindValue, at: loc{slot: c.slot()}, reads: op.reads}
	return own, &prep{from: &op, slot: own.at.slot}
}

// bind makes the value of a pipeline available as an operand. What pointers lead
// to is looked up once: with templates in templates, the way from the state would
// become longer with each.
func (c *compiler) bind(w *writer, sc *scope, p *parse.PipeNode) operand {
	op, prep := c.source(sc, p)
	switch {
	case prep != nil:
		w.silent(c.where(p), &assignment{prep: prep, target: -1})
	case op.kind == kindPlace && len(op.at.more) > 0:
		c.region.impure = true // it fails if a pointer is nil
		slot := c.slot()
		w.silent(c.where(p), &lead{op.at, slot})
		op.at = loc{slot: slot}
	}
	return op
}

// declare gives the variables of a pipeline its value.
func (c *compiler) declare(w *writer, sc *scope, p *parse.PipeNode, op operand) {
	for _, v := range p.Decl {
		name := v.Ident[0]
		if p.IsAssign {
			c.region.impure = true
			target := sc.lookup(name)
			target.reads |= op.reads
			w.silent(nil, &assignment{target: target.at.slot, source: op})
			continue
		}
		if !sc.assigned[name] {
			sc.declare(name, op)
			continue
		}
		sc.declare(name, c.variable(w, op))
	}
}

// variable returns a variable of its own, which can be assigned to, with the
// value of op.
func (c *compiler) variable(w *writer, op operand) operand {
	c.region.impure = true
	own := operand{kind: kindValue, at: loc{slot: c.slot()}, reads: allFields}
	w.silent(nil, &assignment{target: own.at.slot, source: op})
	return own
}
