package engine

import (
	"hash/maphash"
	"reflect"
)

// node is what the client holds of one rendered node.
type node struct {
	statics *statics
	cells   []cell // one for each dynamic, unless it is a list
	list    *list  // set: a comprehension, whose entries are nodes of the statics
}

// cell is what the client holds of one dynamic: a node or, without one, text.
type cell struct {
	sum  uint64 // of the text
	node *node
}

// emptySum is the sum of no text.
var emptySum = maphash.Bytes(seed, nil)

// list is what the client holds of a comprehension.
type list struct {
	entries []entry
	rows    *rows      // set instead of entries for rows of flat data
	stream  *streamLog // set instead of entries for a stream, of which nothing else is kept
	// forgotten: the client shows entries of which nothing is known here.
	forgotten bool
}

// entry is one entry of a list. A moved entry takes its memory along.
type entry struct {
	sum  uint64 // its key or, in a list without keys, its content
	node *node
}

// rows is what the client holds of a list of flat rows: the rows themselves,
// as they were, and what else the body reads. Nothing is kept for each dynamic.
type rows struct {
	copy  reflect.Value // []T
	outer []pointer     // copies of the loop's outer values
}

// shapes adds the statics of components in n to set, by their shapes.
func (n *node) shapes(set map[string]*statics) {
	if s := n.statics; s.shape != "" {
		set[s.shape] = s
	}
	for i := range n.cells {
		if held := n.cells[i].node; held != nil {
			held.shapes(set)
		}
	}
	if n.list != nil {
		for i := range n.list.entries {
			n.list.entries[i].node.shapes(set)
		}
	}
}

// forget drops what is remembered of the entries of lists that read any of the
// released fields.
func (n *node) forget(released fields) {
	for dyn, reads := range n.statics.reads {
		held := n.cells[dyn].node
		if held == nil || reads&released == 0 {
			continue
		}
		if held.list != nil {
			*held.list = list{forgotten: true}
			continue
		}
		held.forget(released)
	}
}
