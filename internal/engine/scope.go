package engine

import "text/template/parse"

// variable is a template variable in scope.
type variable struct {
	name string
	op   operand
}

// scope is what names mean at one place of a template.
type scope struct {
	dot      operand
	vars     []variable      // innermost last; the first is $
	assigned map[string]bool // the variables that the template assigns to with =
}

// newScope is the scope at the start of a template.
func newScope(tree *parse.Tree, dot operand) *scope {
	sc := &scope{dot: dot, assigned: map[string]bool{}}
	assignments(tree.Root, sc.assigned)
	sc.declare("$", dot)
	return sc
}

// inner returns a scope whose declarations don't reach sc.
func (sc *scope) inner() *scope {
	in := *sc
	in.vars = in.vars[:len(in.vars):len(in.vars)]
	return &in
}

func (sc *scope) declare(name string, op operand) {
	sc.vars = append(sc.vars, variable{name, op})
}

// declareUnlessAssigned gives a variable its static type, which it only keeps
// if nothing assigns another value to it.
func (sc *scope) declareUnlessAssigned(name string, value staticType) {
	if sc.assigned[name] {
		value = staticType{}
	}
	sc.declare(name, operand{staticType: value})
}

func (sc *scope) lookup(name string) *operand {
	for i := len(sc.vars) - 1; i >= 0; i-- {
		if sc.vars[i].name == name {
			return &sc.vars[i].op
		}
	}
	return &operand{} // the parser has refused undefined variables
}

// assignments collects the names of the variables that l assigns to with =.
func assignments(l *parse.ListNode, names map[string]bool) {
	if l == nil {
		return
	}
	branch := func(b *parse.BranchNode) {
		assigned(b.Pipe, names)
		assignments(b.List, names)
		assignments(b.ElseList, names)
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			assigned(n.Pipe, names)
		case *parse.IfNode:
			branch(&n.BranchNode)
		case *parse.WithNode:
			branch(&n.BranchNode)
		case *parse.RangeNode:
			branch(&n.BranchNode)
		case *parse.TemplateNode:
			assigned(n.Pipe, names)
		}
	}
}

func assigned(p *parse.PipeNode, names map[string]bool) {
	if p == nil || !p.IsAssign {
		return
	}
	for _, v := range p.Decl {
		names[v.Ident[0]] = true
	}
}
