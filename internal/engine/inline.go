package engine

import (
	"maps"
	"slices"
	"text/template/parse"
)

// inlineLimit bounds the nodes that inlining may add to a page, since a
// template that calls another twice, which calls a third twice, grows
// exponentially.
const inlineLimit = 20000

// inline replaces every call of a template, but of those that a recursion comes
// back to, by a copy of its body, before escaping: html/template then escapes
// each copy for its own place, and the client is sent one node in place of two.
// It returns the calls by the list that replaced them.
func inline(trees map[string]*parse.Tree, page string) map[*parse.ListNode]*parse.TemplateNode {
	in := &inliner{
		bodies: map[string]*parse.ListNode{},
		calls:  map[*parse.ListNode]*parse.TemplateNode{},
		budget: inlineLimit,
	}
	callees := map[string][]string{}
	for name, tree := range trees {
		in.bodies[name] = tree.Root
		walk(tree.Root, func(n parse.Node) {
			if call, ok := n.(*parse.TemplateNode); ok {
				callees[name] = append(callees[name], call.Name)
			}
		})
	}
	// None of those that are copied is changed: who calls the page is recursive.
	in.recursive = recursive(callees, page)
	in.list(trees[page].Root)
	for _, name := range slices.Sorted(maps.Keys(in.recursive)) {
		if name != page {
			in.list(trees[name].Root)
		}
	}
	return in.calls
}

type inliner struct {
	bodies    map[string]*parse.ListNode
	recursive map[string]bool
	calls     map[*parse.ListNode]*parse.TemplateNode
	budget    int
}

func (in *inliner) list(l *parse.ListNode) {
	if l == nil {
		return
	}
	branch := func(b *parse.BranchNode) {
		in.list(b.List)
		in.list(b.ElseList)
	}
	for i, n := range l.Nodes {
		in.budget--
		switch n := n.(type) {
		case *parse.IfNode:
			branch(&n.BranchNode)
		case *parse.WithNode:
			branch(&n.BranchNode)
		case *parse.RangeNode:
			branch(&n.BranchNode)
		case *parse.TemplateNode:
			if in.recursive[n.Name] || in.budget < 0 || n.Pipe != nil && len(n.Pipe.Decl) > 0 {
				continue
			}
			body := in.bodies[n.Name].CopyList()
			in.calls[body] = n
			l.Nodes[i] = body
			in.list(body)
		}
	}
}

// recursive returns templates without which none could reach itself: those that a
// search from the page on finds called while they are being looked through. Of a
// ring that is one, and the others can be copied into it.
func recursive(callees map[string][]string, page string) map[string]bool {
	found := map[string]bool{}
	seen, within := map[string]bool{}, map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		seen[name], within[name] = true, true
		for _, callee := range callees[name] {
			if within[callee] {
				found[callee] = true
			} else if !seen[callee] {
				visit(callee)
			}
		}
		within[name] = false
	}
	visit(page)
	return found
}

// walk calls visit for every node of l, outer nodes first.
func walk(l *parse.ListNode, visit func(parse.Node)) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		visit(n)
		switch n := n.(type) {
		case *parse.IfNode:
			walk(n.List, visit)
			walk(n.ElseList, visit)
		case *parse.WithNode:
			walk(n.List, visit)
			walk(n.ElseList, visit)
		case *parse.RangeNode:
			walk(n.List, visit)
			walk(n.ElseList, visit)
		case *parse.ListNode:
			walk(n, visit)
		}
	}
}
