package engine

import (
	"fmt"
	"text/template/parse"
)

// rewriter turns the nodes of one action into those of a fragment.
type rewriter struct {
	scope   *scope
	helpers map[string]string // method of the meta value, by function name
	vars    map[string]int    // the number of each variable
	ops     []operand         // what they are
	myself  bool              // is read
	err     error
}

// pipe rewrites p in place.
func (rw *rewriter) pipe(p *parse.PipeNode) {
	if p == nil {
		return
	}
	for _, cmd := range p.Cmds {
		for i, arg := range cmd.Args {
			cmd.Args[i] = rw.node(arg)
		}
	}
}

func (rw *rewriter) node(n parse.Node) parse.Node {
	switch n := n.(type) {
	case *parse.DotNode:
		return fieldNode("Dot")
	case *parse.FieldNode:
		return fieldNode(append([]string{"Dot"}, n.Ident...)...)
	case *parse.VariableNode:
		return fieldNode(append([]string{rw.variable(n.Ident[0])}, n.Ident[1:]...)...)
	case *parse.IdentifierNode:
		if method, ok := rw.helpers[n.Ident]; ok {
			return fieldNode("Meta", method)
		}
		if n.Ident == "myself" {
			rw.myself = true
			return fieldNode("Self")
		}
	case *parse.ChainNode:
		n.Node = rw.node(n.Node.Copy()) // a copy of a chain has the node of its original
	case *parse.PipeNode:
		rw.pipe(n)
	}
	return n
}

func (rw *rewriter) variable(name string) string {
	if name == "$" {
		return "Root"
	}
	i, ok := rw.vars[name]
	if !ok {
		i = len(rw.ops)
		if i == maxVariables {
			rw.err = fmt.Errorf("more than %d variables in one action", maxVariables)
			i = 0
		} else {
			rw.vars[name] = i
			rw.ops = append(rw.ops, *rw.scope.lookup(name))
		}
	}
	return fmt.Sprintf("V%d", i)
}

// fragment leaves the node n to html/template. Copied is the pipeline in it, a
// copy of the original, which is rewritten in place. With own, n calls a
// template of the page.
func (c *compiler) fragment(sc *scope, original, copied *parse.PipeNode, n parse.Node, own bool) *fragment {
	c.region.impure = true
	c.noteAll(sc, original)
	rw := &rewriter{scope: sc, helpers: c.helpers, vars: map[string]int{}}
	rw.pipe(copied)
	f := &fragment{dot: sc.dot, root: *sc.lookup("$"), where: c.where(original)}
	f.vars = rw.ops
	c.myself = c.myself || rw.myself
	err := rw.err
	if err == nil {
		f.template, err = c.frags.take(own, n)
	}
	if err != nil {
		panic(mistake{f.where.errorf("%w", err)})
	}
	return f
}

// rangeFragment returns a fragment that calls env.Entry for each entry of
// env.Ranged.
func rangeFragment(frags *fragments) (*fragment, error) {
	variable := func(names ...string) *parse.VariableNode {
		return &parse.VariableNode{NodeType: parse.NodeVariable, Ident: names}
	}
	t, err := frags.take(false, &parse.RangeNode{BranchNode: parse.BranchNode{
		NodeType: parse.NodeRange,
		Pipe: &parse.PipeNode{
			NodeType: parse.NodePipe,
			Cmds:     []*parse.CommandNode{command(fieldNode("Ranged"))},
			Decl:     []*parse.VariableNode{variable("$k"), variable("$v")},
		},
		List: &parse.ListNode{NodeType: parse.NodeList, Nodes: []parse.Node{
			actionNode(variable("$", "Entry"), variable("$k"), variable("$v")),
		}},
	}})
	return &fragment{template: t}, err
}
