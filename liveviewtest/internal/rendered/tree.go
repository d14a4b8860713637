// Package rendered is what a client holds of a live view: the tree that diffs
// are merged into, and that the view's HTML is put together from.
//
// Source: phoenix_live_view/assets/js/phoenix_live_view/rendered.js.
package rendered

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"

	"github.com/gin-liveview/liveview/liveviewtest/internal/buffer"
)

// Tree is the rendering of one view. Where the official client would throw, or
// show "undefined", its methods return an error.
type Tree struct {
	view       string
	root       *node
	components map[int]*node
	magic      int // the number of the last data-phx-id
}

// New returns the empty tree of the view with that id.
func New(view string) *Tree { return &Tree{view: view, components: map[int]*node{}} }

// Merge takes in a diff without title, events and reply.
func (t *Tree) Merge(d Diff) error {
	shared, err := templatesIn(d, nil)
	if err != nil {
		return err
	}
	root := maps.Clone(d)
	delete(root, "c")
	switch {
	case root["s"] != nil:
		n, err := newNode(root, shared)
		if err != nil {
			return err
		}
		t.root, t.components = n, map[int]*node{}
	case t.root == nil:
		return errors.New("a diff without statics came before the first page")
	default:
		if err := t.root.merge(root, shared); err != nil {
			return err
		}
	}
	sent, _ := d["c"].(Diff)
	return t.mergeComponents(sent, shared)
}

// mergeComponents takes in the components of a diff. Only when all of them are
// known do they take their places.
func (t *Tree) mergeComponents(sent Diff, shared templates) error {
	m := componentMerge{held: t.components, sent: sent, shared: shared, merged: map[int]*node{}}
	for key := range sent {
		cid, err := strconv.Atoi(key)
		if err != nil {
			return fmt.Errorf("component %q has no number", key)
		}
		if _, err := m.component(cid); err != nil {
			return err
		}
	}
	maps.Copy(t.components, m.merged)
	return nil
}

// componentMerge is the merge of one diff's components, which may take their
// statics from each other.
type componentMerge struct {
	held   map[int]*node // what the client had before
	sent   Diff
	shared templates
	merged map[int]*node // nil for one that is being merged
}

// component returns a component of the diff, merged.
func (m *componentMerge) component(cid int) (*node, error) {
	if n, ok := m.merged[cid]; ok {
		if n == nil {
			return nil, fmt.Errorf("component %d takes its statics from itself, in a circle", cid)
		}
		return n, nil
	}
	d, ok := m.sent[strconv.Itoa(cid)].(Diff)
	if !ok {
		return nil, fmt.Errorf("component %d takes its statics from one that isn't there", cid)
	}
	m.merged[cid] = nil
	n, err := m.merge(cid, d)
	if err != nil {
		return nil, fmt.Errorf("component %d: %w", cid, err)
	}
	m.merged[cid] = n
	return n, nil
}

func (m *componentMerge) merge(cid int, d Diff) (*node, error) {
	shared, err := templatesIn(d, m.shared)
	if err != nil {
		return nil, err
	}
	if number, ok := d["s"].(json.Number); ok {
		source, err := m.source(number)
		if err != nil {
			return nil, err
		}
		n := source.clone()
		n.forgetMagic()
		rest := maps.Clone(d)
		delete(rest, "s")
		return n, n.merge(rest, shared)
	}
	if old := m.held[cid]; d["s"] == nil && old != nil {
		n := old.clone()
		n.touch(d)
		return n, n.merge(d, shared)
	}
	return newNode(d, shared)
}

// source returns the component whose statics another one takes: of this diff, or
// if the number is negative one that the client had before.
func (m *componentMerge) source(number json.Number) (*node, error) {
	cid, err := strconv.Atoi(string(number))
	if err != nil {
		return nil, err
	}
	if cid > 0 {
		return m.component(cid)
	}
	n := m.held[-cid]
	if n == nil {
		return nil, fmt.Errorf("it takes its statics from component %d, which the client doesn't hold", -cid)
	}
	return n, nil
}

// HTML returns the HTML of the whole view, and what is to be done with the items
// of its streams. Elements that can't have changed are empty and marked with
// data-phx-skip. changed are the components that the last diff held, nil after a
// join.
func (t *Tree) HTML(changed map[int]bool) (string, []*Stream, error) {
	return t.write(changed, func(w *writer) error { return w.node(t.root, true, nil) })
}

// ComponentHTML is [Tree.HTML] for one component.
func (t *Tree) ComponentHTML(cid int) (string, []*Stream, error) {
	return t.write(nil, func(w *writer) error { return w.component(cid) })
}

func (t *Tree) write(only map[int]bool, write func(*writer) error) (string, []*Stream, error) {
	b := buffer.Get()
	defer buffer.Put(b)
	w := &writer{b: b, view: t.view, components: t.components, magic: &t.magic, only: only}
	err := write(w)
	return b.String(), w.streams, err
}

// Lost has all of a component be put into HTML when it is shown again, as the
// page has lost its element.
func (t *Tree) Lost(cid int) {
	if n := t.components[cid]; n != nil {
		n.reset = true
	}
}

// Forget drops a component that the server has dropped.
func (t *Tree) Forget(cid int) { delete(t.components, cid) }
