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
	shown   *shownList // of what a component wrote; nil: of a template
	// forgotten: the client shows entries of which nothing is known here.
	forgotten bool
}

// entry is one entry of a list. A moved entry takes its memory along.
type entry struct {
	sum  uint64 // its key or, in a list without keys, its content
	node *node
}

// shownList is what else is known of the entries of a list in what a component wrote.
type shownList struct {
	// marks are what an entry is found again by without being read; nil for rows that are
	// remembered and depend on nothing else: those that come to be written have changed.
	marks []mark
	keyed bool // the sums of the entries are keys
	// cells are, where the entries are of one shape and so have no node, the sums of the
	// dynamics of one after the other.
	cells []uint64
}

// at returns the sums of the dynamics of entry i, of which it has so many.
func (l *shownList) at(i, dyns int) []uint64 { return l.cells[i*dyns : (i+1)*dyns] }

// mark returns that of entry i.
func (l *shownList) mark(i int) mark {
	if l.marks == nil {
		return mark{}
	}
	return l.marks[i]
}

// mark is the length of what a component wrote for an entry, 0 if that doesn't say all of
// it, and a hash of it.
type mark struct {
	sum  uint64
	size int32
}

// content returns the node of what a component wrote for an entry, nil for none.
func (e *entry) content() *node {
	if e.node != nil && e.node.statics == mixed {
		return e.node.cells[0].node
	}
	return e.node
}

// slot returns what is in the slot i of a node of such, nil if that is no node.
func (n *node) slot(i int) *node {
	found := n.cells[len(n.cells)-len(n.statics.inside.slots)+i].node
	if found != nil && found.list != nil {
		return nil
	}
	return found
}

// mixed are the statics of the entries of a list where each is a node of its own.
var mixed = &statics{json: staticsKey + `"",""]`, dyns: 1, texts: []string{"", ""}, id: maphash.String(seed, "mixed")}

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
			if held := n.list.entries[i].node; held != nil {
				held.shapes(set)
			}
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
