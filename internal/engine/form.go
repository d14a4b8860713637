package engine

import (
	"text/template/parse"
)

// formField resolves a pipeline that is a field of a form by a constant path.
func (c *compiler) formField(sc *scope, p *parse.PipeNode) (op operand, field *fieldOfForm, ok bool) {
	if p == nil || len(p.Cmds) != 1 || len(p.Cmds[0].Args) != 2 {
		return op, nil, false
	}
	path, ok := p.Cmds[0].Args[1].(*parse.StringNode)
	if !ok {
		return op, nil, false
	}
	form, ok := c.formOf(sc, p.Cmds[0].Args[0])
	if !ok {
		return op, nil, false
	}
	model := form.form
	if model == nil && c.forms != nil {
		model = c.forms(form.typ)
	}
	if model == nil {
		return op, nil, false
	}
	place := model.Place(path.Text)
	if place == nil {
		return op, nil, false
	}
	c.note(form, nil)
	c.region.impure = true
	field = &fieldOfForm{form: form, place: place, slot: c.slot()}
	op = operand{staticType: staticType{typ: c.pipe(sc, p).typ, addr: true}, kind: kindPlace, at: loc{slot: field.slot}, reads: c.reads}
	return op, field, true
}

// formOf resolves what the method Field in n is called on.
func (c *compiler) formOf(sc *scope, n parse.Node) (operand, bool) {
	op, method, ok := c.receiver(sc, n)
	return op, ok && method == formField
}

// withField is a with over a field of a form, whose body shows nothing but that: as long
// as the field is the same, so is what it shows.
type withField struct {
	field *fieldOfForm
	block *block
}

func (w *withField) html(dst []byte, r *run, fr *frame) ([]byte, control) {
	w.field.find(fr)
	return w.block.html(dst, r, fr)
}

func (w *withField) record(r *run, fr *frame, held *cell) control {
	version := w.field.find(fr)
	if r.unkeyed > 0 {
		return w.block.recordNode(r, fr, held) // the sums are of contents
	}
	if version != 0 && held != nil && held.node != nil && held.node.statics == w.block.statics && held.sum == version {
		r.pushKept()
		return ran
	}
	at := len(r.items)
	how := w.block.recordNode(r, fr, held)
	r.items[at].sum = version
	return how
}

func (w *withField) shows() ([]*block, bool) { return []*block{w.block}, true }

// showsDotAlone reports whether what l shows depends on dot alone.
func (c *compiler) showsDotAlone(l *parse.ListNode) bool { return c.aloneList(l, map[string]bool{}) }

func (c *compiler) aloneList(l *parse.ListNode, vars map[string]bool) bool {
	if l == nil {
		return true
	}
	if call := c.calls[l]; call != nil {
		// The template's own $ is the dot that it is given.
		if !c.alonePipe(call.Pipe, vars) {
			return false
		}
		vars = map[string]bool{"$": true}
	}
	for _, n := range l.Nodes {
		ok := true
		switch n := n.(type) {
		case *parse.ListNode:
			ok = c.aloneList(n, vars)
		case *parse.ActionNode:
			ok = c.alonePipe(n.Pipe, vars)
		case *parse.IfNode:
			ok = c.aloneBranch(&n.BranchNode, vars)
		case *parse.WithNode:
			ok = c.aloneBranch(&n.BranchNode, vars)
		case *parse.TextNode, *parse.CommentNode:
		default: // a range, or the call of a template that isn't inlined
			ok = false
		}
		if !ok {
			return false
		}
	}
	return true
}

func (c *compiler) aloneBranch(b *parse.BranchNode, vars map[string]bool) bool {
	return c.alonePipe(b.Pipe, vars) && c.aloneList(b.List, vars) && c.aloneList(b.ElseList, vars)
}

func (c *compiler) alonePipe(p *parse.PipeNode, vars map[string]bool) bool {
	if p == nil {
		return true
	}
	for _, cmd := range p.Cmds {
		for _, arg := range cmd.Args {
			if !c.aloneNode(arg, vars) {
				return false
			}
		}
	}
	if p.IsAssign {
		return false
	}
	for _, v := range p.Decl {
		vars[v.Ident[0]] = true
	}
	return true
}

func (c *compiler) aloneNode(n parse.Node, vars map[string]bool) bool {
	switch n := n.(type) {
	case *parse.VariableNode:
		return vars[n.Ident[0]]
	case *parse.ChainNode:
		return c.aloneNode(n.Node, vars)
	case *parse.PipeNode:
		return c.alonePipe(n, vars)
	case *parse.IdentifierNode:
		_, builtin := builtins[n.Ident]
		return builtin && n.Ident != "call" || n.Ident == "dict" || len(n.Ident) > 0 && n.Ident[0] == '_' || c.pure[n.Ident]
	}
	return true
}
