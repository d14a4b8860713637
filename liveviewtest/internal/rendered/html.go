package rendered

import (
	"bytes"
	"fmt"
	"strconv"
)

// writer puts HTML together from nodes.
type writer struct {
	b          *bytes.Buffer
	view       string // the view's id
	components map[int]*node
	magic      *int         // the number of the last data-phx-id
	only       map[int]bool // components that aren't left as they are; nil for all
	streams    []*Stream    // those that came by
}

// node writes a node. tracking says that it may be left as it is on the page;
// attrs are further ones for its element.
func (w *writer) node(n *node, tracking bool, attrs []attribute) error {
	if n.keyed {
		return w.list(n, tracking)
	}
	start := w.b.Len()
	if n.isRoot && tracking && n.magic == "" {
		n.changed = true
		*w.magic++
		n.magic = fmt.Sprintf("m%d-%s", *w.magic, w.view)
	}
	if err := w.dynamics(n, n.statics, tracking); err != nil {
		return err
	}
	if !n.isRoot {
		return nil
	}
	skip := tracking && !n.changed
	if tracking || n.magic != "" {
		attrs = append([]attribute{{"data-phx-id", n.magic}}, attrs...)
	}
	n.changed = false
	element := bytes.Clone(w.b.Bytes()[start:])
	w.b.Truncate(start)
	return appendElement(w.b, element, attrs, skip)
}

// dynamics writes the statics with n's dynamics between them.
func (w *writer) dynamics(n *node, statics []string, tracking bool) error {
	for i, s := range statics {
		w.b.WriteString(s)
		if i == len(statics)-1 {
			break
		}
		if i >= len(n.dyns) || n.dyns[i] == nil {
			return fmt.Errorf("dynamic %d of %q wasn't sent", i, statics)
		}
		var err error
		switch v := n.dyns[i].(type) {
		case string:
			w.b.WriteString(v)
		case int:
			err = w.component(v)
		case *node:
			err = w.node(v, tracking, nil)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) list(n *node, tracking bool) error {
	for _, e := range n.entries {
		if err := w.dynamics(e, n.statics, tracking); err != nil {
			return err
		}
	}
	if s := n.stream; s != nil && (len(n.entries) > 0 || len(s.Deletes) > 0 || s.Reset) {
		// From now on the page alone has them.
		w.streams = append(w.streams, s)
		n.stream, n.entries = nil, nil
	}
	return nil
}

func (w *writer) component(cid int) error {
	n := w.components[cid]
	if n == nil {
		return fmt.Errorf("component %d is shown but was never sent", cid)
	}
	n.changed = w.only == nil || w.only[cid]
	n.magic = fmt.Sprintf("c%d-%s", cid, w.view)
	tracking := !n.reset
	n.reset = false
	return w.node(n, tracking, []attribute{
		{"data-phx-component", strconv.Itoa(cid)}, {"data-phx-view", w.view},
	})
}
