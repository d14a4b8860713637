package rendered

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// Diff is a decoded diff, or a part of one, with json.Number for numbers.
type Diff = map[string]any

// node is one rendered template, or one entry of a comprehension, which has no
// statics of its own.
type node struct {
	statics []string
	dyns    []any // string, *node, or int for a component; nil where none came yet
	keyed   bool  // it is a comprehension
	entries []*node
	stream  *Stream // what the last diff said, until it is put into HTML

	isRoot  bool   // its HTML is one element
	changed bool   // since it was last put into HTML
	magic   string // the element's data-phx-id, once it has one
	reset   bool   // of a component: the page lost it, so all of it is put into HTML again
}

// newNode builds a node from an object with statics.
func newNode(d Diff, shared templates) (*node, error) {
	n := &node{}
	var err error
	if shared, err = templatesIn(d, shared); err != nil {
		return nil, err
	}
	if n.statics, err = staticsOf(d["s"], shared); err != nil {
		return nil, err
	}
	_, n.keyed = d["k"]
	n.isRoot = d["r"] != nil
	return n, n.merge(d, shared)
}

// merge takes in what changed.
func (n *node) merge(d Diff, shared templates) error {
	if n.isRoot {
		n.changed = true
	}
	if entries, ok := d["k"]; ok {
		return n.mergeList(entries, d["stream"], shared)
	}
	for key, value := range d {
		i, err := strconv.Atoi(key)
		if err != nil {
			if key == "s" || key == "r" || key == "p" {
				continue
			}
			return fmt.Errorf("a node has the unknown member %q", key)
		}
		if i < 0 || n.keyed || n.statics != nil && i >= len(n.statics)-1 {
			return fmt.Errorf("dynamic %d came for a template that has none", i)
		}
		if n.dyns == nil && i < len(d) {
			n.dyns = make([]any, i+1, len(d))
		}
		if i >= len(n.dyns) {
			n.dyns = append(n.dyns, make([]any, i+1-len(n.dyns))...)
		}
		if n.dyns[i], err = mergeDynamic(n.dyns[i], value, shared); err != nil {
			return err
		}
	}
	return nil
}

func mergeDynamic(old, value any, shared templates) (any, error) {
	switch v := value.(type) {
	case string:
		return value, nil // the interface itself, as another would be allocated
	case json.Number:
		return strconv.Atoi(string(v))
	case Diff:
		if v["s"] != nil {
			return newNode(v, shared)
		}
		n, ok := old.(*node)
		if !ok {
			return nil, fmt.Errorf("a change without statics came where the client holds %q", fmt.Sprint(old))
		}
		shared, err := templatesIn(v, shared)
		if err != nil {
			return nil, err
		}
		return n, n.merge(v, shared)
	}
	return nil, fmt.Errorf("a dynamic is %v", value)
}

// mergeList takes in the "k" and the "stream" of a comprehension.
func (n *node) mergeList(k, stream any, shared templates) error {
	if !n.keyed {
		return errors.New("entries of a list came for something that isn't one")
	}
	entries, ok := k.(Diff)
	if !ok {
		return fmt.Errorf("the entries of a list are %v", k)
	}
	if err := n.mergeEntries(entries, shared); err != nil {
		return err
	}
	if stream == nil {
		return nil
	}
	var err error
	n.stream, err = newStream(stream)
	return err
}

// mergeEntries brings a list up to date. The indexes of moved entries are those
// of the list as it was before.
func (n *node) mergeEntries(d Diff, shared templates) error {
	count, ok := d["kc"].(json.Number)
	if !ok {
		return errors.New("a list came without its length kc")
	}
	length, err := strconv.Atoi(string(count))
	if err != nil {
		return err
	}
	var before []*node // nil if none moves
	if d["km"] != nil {
		before = make([]*node, len(n.entries))
		for i, e := range n.entries {
			before[i] = e.clone()
		}
	}
	for i := range length {
		if i == len(n.entries) {
			n.entries = append(n.entries, nil)
		}
		value, ok := d[strconv.Itoa(i)]
		if !ok {
			if n.entries[i] == nil {
				return fmt.Errorf("entry %d of a list wasn't sent", i)
			}
			continue
		}
		if n.entries[i], err = mergeEntry(n.entries[i], value, before, shared); err != nil {
			return fmt.Errorf("entry %d of a list: %w", i, err)
		}
	}
	clear(n.entries[length:])
	n.entries = n.entries[:length]
	return nil
}

// mergeEntry returns what becomes of one place of a list, at which there was
// old, or nil.
func mergeEntry(old *node, value any, before []*node, shared templates) (*node, error) {
	var change any
	switch v := value.(type) {
	case json.Number:
		return moved(v, before)
	case []any:
		if len(v) != 2 {
			return nil, fmt.Errorf("it is %v", v)
		}
		var err error
		if old, err = moved(v[0], before); err != nil {
			return nil, err
		}
		change = v[1]
	default:
		change = v
	}
	d, ok := change.(Diff)
	if !ok {
		return nil, fmt.Errorf("it is %v", value)
	}
	if old == nil {
		old = &node{}
	}
	return old, old.merge(d, shared)
}

// moved returns the entry that was at an index before.
func moved(from any, before []*node) (*node, error) {
	if before == nil {
		return nil, errors.New("it moved, and the list came without km")
	}
	number, _ := from.(json.Number)
	i, err := strconv.Atoi(string(number))
	if err != nil || i < 0 || i >= len(before) {
		return nil, fmt.Errorf("it moved from place %v of %d", from, len(before))
	}
	return before[i], nil
}

// clone returns a copy that later merges don't change.
func (n *node) clone() *node {
	if n == nil {
		return nil
	}
	c := *n
	c.dyns = slices.Clone(n.dyns)
	for i, v := range c.dyns {
		if child, ok := v.(*node); ok {
			c.dyns[i] = child.clone()
		}
	}
	c.entries = slices.Clone(n.entries)
	for i, e := range c.entries {
		c.entries[i] = e.clone()
	}
	return &c
}

// touch has all elements of a component be put into HTML that a diff of it doesn't
// replace, but for the entries of lists that the diff tells of.
func (n *node) touch(d Diff) {
	n.changed = n.changed || n.isRoot
	if _, told := d["k"]; n.keyed && told {
		return
	}
	for _, e := range n.entries {
		e.touch(nil)
	}
	for i, v := range n.dyns {
		if child, ok := v.(*node); ok {
			inner, _ := d[strconv.Itoa(i)].(Diff)
			child.touch(inner)
		}
	}
}

// forgetMagic takes away the ids of the elements that n was copied from.
func (n *node) forgetMagic() {
	n.magic, n.changed = "", false
	for _, v := range n.dyns {
		if child, ok := v.(*node); ok {
			child.forgetMagic()
		}
	}
	for _, e := range n.entries {
		e.forgetMagic()
	}
}
