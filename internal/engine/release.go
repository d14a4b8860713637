package engine

import (
	"bytes"
	"reflect"
)

// release is what a Tree knows of data that the application let go.
type release struct {
	fields fields        // released and not changed since
	after  reflect.Value // the state when they were: a shallow copy, addressable
}

// since returns the released fields and those that differ from then.
func (re *release) since(state any) (kept, changed fields) {
	return re.fields, differing(re.after, reflect.ValueOf(state).Elem())
}

// differing returns the fields whose memory differs.
func differing(a, b reflect.Value) fields {
	different := func(a, b reflect.Value) bool {
		size := a.Type().Size()
		return !bytes.Equal(bytesAt(pointerTo(a.Addr()), size), bytesAt(pointerTo(b.Addr()), size))
	}
	if a.Kind() != reflect.Struct {
		if different(a, b) {
			return allFields
		}
		return 0
	}
	set := fields(0)
	for i := range a.NumField() {
		if different(a.Field(i), b.Field(i)) {
			set |= fieldBit(i)
		}
	}
	return set
}

// Release tells the tree that the application let go of data after it was
// rendered: before and after are pointers to the state before and after that,
// shallow copies of each other otherwise. What the page shows of the fields
// that differ stays, and isn't evaluated again until a field it reads is
// changed. The tree drops its own copies of their data; a list among them is
// sent anew when it is rendered next.
func (r *Tree) Release(t *Template, before, after any) {
	if r.template != t || r.root == nil && r.state == nil {
		return
	}
	b, a := reflect.ValueOf(before), reflect.ValueOf(after)
	if b.Kind() != reflect.Pointer || a.Type() != b.Type() || b.Type().Elem() != t.state {
		return
	}
	released := differing(b.Elem(), a.Elem())
	if released == 0 {
		return
	}
	if r.root == nil {
		r.remember()
	}
	copied := reflect.New(t.state).Elem()
	copied.Set(a.Elem())
	if r.released != nil {
		released |= r.released.fields
	}
	r.released = &release{released, copied}
	r.root.forget(released, false)
}

// remember turns the copy of a pure page's state into hashes of its dynamics,
// which hold on to nothing.
func (r *Tree) remember() {
	rn := r.template.runs.Get().(*run)
	fr := rn.frames[0]
	fr.ptrs[0] = r.state
	rn.record(r.template.page, fr, nil)
	r.root = &node{block: r.template.page}
	rn.fullMembers(nil, 0, r.root)
	r.state = nil
	rn.end()
}

// forget drops what is remembered of the entries of lists that read any of the
// released fields. The steps of a recursive template don't know what they read,
// so within its calls that do, all lists are dropped.
func (n *node) forget(released fields, all bool) {
	for i := range n.block.steps {
		s := &n.block.steps[i]
		if s.dyn < 0 {
			continue
		}
		held := n.cells[s.dyn].node
		if held == nil || !all && s.reads&released == 0 {
			continue
		}
		if held.list != nil {
			*held.list = list{forgotten: true}
			continue
		}
		held.forget(released, all || s.op == opCall)
	}
}
