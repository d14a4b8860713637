package engine

import (
	"slices"
	"text/template/parse"
)

// normalize arranges the body of a range so that break and continue only stand
// where nothing of the body follows, and reports whether that succeeded. What
// follows an if whose one branch ends in one of them moves into the other:
//
//	{{if .Hidden}}{{continue}}{{end}}<li>{{.Name}}</li>
//	{{if .Hidden}}{{continue}}{{else}}<li>{{.Name}}</li>{{end}}
func normalize(l *parse.ListNode) bool { return jumpFinder{}.normalize(l) }

// jumpFinder finds breaks and continues. It remembers of each list whether there
// are any, as each list is asked for once for every one around it.
type jumpFinder map[*parse.ListNode]bool

func (f jumpFinder) normalize(l *parse.ListNode) bool {
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
			jumpsThen, jumpsElse := f.jumps(n.List), f.jumps(n.ElseList)
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
				if jumpsThen && !f.ends(n.List) || jumpsElse && !f.ends(n.ElseList) {
					return false
				}
				if declares(into) {
					return false
				}
				moved := l.Nodes[i+1:]
				if l.Nodes = l.Nodes[: i+1 : i+1]; len(into.Nodes) == 0 {
					into.Nodes = moved
				} else {
					into.Nodes = append(into.Nodes, moved...)
				}
				delete(f, into)
			}
			return f.normalize(n.List) && f.normalize(n.ElseList)
		case *parse.WithNode:
			if f.jumps(n.List) || f.jumps(n.ElseList) {
				return !rest && f.normalize(n.List) && f.normalize(n.ElseList)
			}
		case *parse.RangeNode:
			if f.jumps(n.ElseList) {
				return !rest && f.normalize(n.ElseList)
			}
		}
	}
	return true
}

// bodies returns the lists of n that belong to the same iteration as n: not those
// of a range, which has its own.
func bodies(n parse.Node) []*parse.ListNode {
	switch n := n.(type) {
	case *parse.IfNode:
		return []*parse.ListNode{n.List, n.ElseList}
	case *parse.WithNode:
		return []*parse.ListNode{n.List, n.ElseList}
	case *parse.RangeNode:
		return []*parse.ListNode{n.ElseList}
	}
	return nil
}

// isJump reports whether n is a break or a continue.
func isJump(n parse.Node) bool {
	return n.Type() == parse.NodeBreak || n.Type() == parse.NodeContinue
}

// jumps reports whether l can leave the iteration it is part of.
func (f jumpFinder) jumps(l *parse.ListNode) bool {
	if l == nil {
		return false
	}
	found, known := f[l]
	if !known {
		found = slices.ContainsFunc(l.Nodes, func(n parse.Node) bool {
			return isJump(n) || slices.ContainsFunc(bodies(n), f.jumps)
		})
		f[l] = found
	}
	return found
}

// ends reports whether l always leaves the iteration, by its last node alone.
func (f jumpFinder) ends(l *parse.ListNode) bool {
	if l == nil {
		return false
	}
	for _, n := range l.Nodes {
		if isJump(n) {
			return true
		}
		if slices.ContainsFunc(bodies(n), f.jumps) {
			return false
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
