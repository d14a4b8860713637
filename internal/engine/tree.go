package engine

import (
	"reflect"
)

// Tree mirrors what one client holds of one view. The zero value is a client
// that holds nothing. A Tree must not be used by two goroutines at a time.
type Tree struct {
	template *Template
	root     *node             // what each dynamic was, or
	state    pointer           // for a pure page, the state last rendered, a copy of our own
	released *release          // nil: nothing was
	shapes   map[string]*block // of components: the blocks found in their HTML
}

// node is what the client holds of one rendered block.
type node struct {
	block *block
	cells []cell // one for each dynamic
	list  *list  // set: a comprehension whose entries are rendered blocks
}

// cell is what the client holds of one dynamic: a node, or text.
type cell struct {
	sum  uint64 // of the text
	node *node
}

// list is what the client holds of a comprehension.
type list struct {
	entries []entry
	rows    *rows // set instead of entries for flat rows
	// forgotten: the client shows entries of which nothing is known here.
	forgotten bool
}

// entry is one entry of a list. A moved entry takes its memory along.
type entry struct {
	sum  uint64 // its key or, in a list without keys, its content
	node *node
}

// Diff appends the members of the protocol's diff object, without its braces,
// that turn what the client holds into the rendering of state by t; nothing,
// if it holds that already. A Tree that holds nothing, or the tree of another
// template, gets the full tree with its statics. After an error dst is
// returned as it was and the Tree holds nothing.
func (r *Tree) Diff(dst []byte, t *Template, state, meta any) (out []byte, err error) {
	if t.pure != nil && r.template == t && r.state != nil {
		// Nothing here can fail, and an unchanged state is found out at once.
		p, err := t.pointer(state)
		if err != nil {
			r.Reset()
			return dst, err
		}
		return r.diffPure(dst, p), nil
	}
	rn, fr, err := t.start(state, meta)
	if err != nil {
		r.Reset()
		return dst, err
	}
	defer func() {
		if err != nil {
			r.Reset()
			out = dst
		}
	}()
	defer rn.guard(&err)
	if r.template != t {
		*r = Tree{template: t}
	}
	if t.pure != nil && r.root == nil {
		out = append(rn.pureFull(dst, t.page, fr), t.page.statics...)
		r.state = pointerTo(reflect.New(t.state))
		valueAt(t.state, r.state).Set(valueAt(t.state, fr.ptrs[0]))
	} else {
		out = r.diffTape(dst, rn, fr, state)
	}
	rn.end()
	return out, nil
}

// Reset makes the tree that of a client which holds nothing.
func (r *Tree) Reset() { *r = Tree{} }

// diffPure compares a pure page by its state alone.
func (r *Tree) diffPure(dst []byte, state pointer) []byte {
	t := r.template
	if t.pure.equal(r.state, state) {
		return dst
	}
	rn := t.runs.Get().(*run)
	rn.now.ensure(t.slots)
	rn.old.ensure(t.slots)
	rn.now.ptrs[0], rn.old.ptrs[0] = state, r.state
	dst = trimComma(dst, rn.pureDiff(dst, t.page, rn.now, rn.old))
	rn.now.ptrs[0], rn.old.ptrs[0] = nil, nil
	t.runs.Put(rn)
	valueAt(t.state, r.state).Set(valueAt(t.state, state))
	return dst
}

// diffTape evaluates the page and compares it with what each dynamic was.
func (r *Tree) diffTape(dst []byte, rn *run, fr *frame, state any) []byte {
	t := r.template
	if r.released != nil && r.root != nil {
		rn.kept, rn.changed = r.released.since(state)
	}
	rn.shapes = r.shapes
	rn.record(t.page, fr, r.root)
	r.shapes = rn.keepShapes()
	if r.root == nil {
		r.root = &node{block: t.page}
		dst = rn.fullMembers(dst, 0, r.root)
		dst = append(dst, t.page.statics...)
	} else {
		dst = trimComma(dst, rn.members(dst, 0, r.root))
	}
	if r.released != nil {
		if r.released.fields &^= rn.changed; r.released.fields == 0 {
			r.released = nil
		}
	}
	return dst
}

// trimComma drops the comma after the last member of those appended to before.
func trimComma(before, after []byte) []byte {
	if len(after) > len(before) {
		return after[:len(after)-1]
	}
	return after
}
