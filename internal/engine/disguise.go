package engine

import "text/template/parse"

// disguise makes ifs of ranges while html/template escapes them. It reads the body
// of a range twice, to see that it can follow itself, and of one within n others
// two to the power of n times. A body that begins and ends where elements can
// stand can follow itself. The break of a range in disguise is taken for one of the
// range around it: so all around it are to be whole too, and then it is the same.
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

// seldom is how many ranges there are around those that are disguised.
const seldom = 2

// list disguises the ranges of l, which stands within so many others. whole says that
// all of these are.
func (d *disguise) list(l *parse.ListNode, ranges int, whole bool) {
	if l == nil {
		return
	}
	for i, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.IfNode:
			d.list(n.List, ranges, whole)
			d.list(n.ElseList, ranges, whole)
		case *parse.WithNode:
			d.list(n.List, ranges, whole)
			d.list(n.ElseList, ranges, whole)
		case *parse.RangeNode:
			isWhole := whole && d.whole[n]
			d.list(n.List, ranges+1, isWhole)
			d.list(n.ElseList, ranges, whole)
			if ranges >= seldom && isWhole {
				mask := &parse.IfNode{BranchNode: n.BranchNode}
				mask.NodeType = parse.NodeIf
				l.Nodes[i] = mask
				d.worn = append(d.worn, worn{l, i, n})
			}
		case *parse.ListNode:
			d.list(n, ranges, whole)
		}
	}
}

// takeOff puts the ranges back.
func (d *disguise) takeOff() {
	for _, w := range d.worn {
		w.list.Nodes[w.at] = w.as
	}
}
