package engine

import "text/template/parse"

// disguise makes ifs of ranges while html/template escapes them. It reads the body
// of a range twice, to see that it can follow itself, and of one within n others
// two to the power of n times. A body that begins and ends where elements can
// stand can follow itself.
type disguise struct {
	whole map[*parse.RangeNode]bool
	worn  []worn
}

// worn is where a range stood.
type worn struct {
	list *parse.ListNode
	at   int
	as   *parse.RangeNode
}

// seldom is how many ranges there are around those that are disguised. A break in
// one of those is taken for one of the range around it, which makes no difference
// where all are whole.
const seldom = 2

// list disguises the ranges of l, which stands within so many others.
func (d *disguise) list(l *parse.ListNode, ranges int) {
	if l == nil {
		return
	}
	for i, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.IfNode:
			d.list(n.List, ranges)
			d.list(n.ElseList, ranges)
		case *parse.WithNode:
			d.list(n.List, ranges)
			d.list(n.ElseList, ranges)
		case *parse.RangeNode:
			d.list(n.List, ranges+1)
			d.list(n.ElseList, ranges)
			if ranges >= seldom && d.whole[n] {
				mask := &parse.IfNode{BranchNode: n.BranchNode}
				mask.NodeType = parse.NodeIf
				l.Nodes[i] = mask
				d.worn = append(d.worn, worn{l, i, n})
			}
		case *parse.ListNode:
			d.list(n, ranges)
		}
	}
}

// takeOff puts the ranges back.
func (d *disguise) takeOff() {
	for _, w := range d.worn {
		w.list.Nodes[w.at] = w.as
	}
}
