package patch

import (
	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// rules are the client's part in morphing: which node is which, and what may be
// done with it.
type rules interface {
	// key tells which node of the page is which node of the new HTML; "" means
	// that its place tells.
	key(n *html.Node) string

	// replaced reports whether a node isn't morphed but makes room for the new
	// one as it is.
	replaced(from, to *html.Node) bool

	// beforeAdd returns the node to be added for a new one; nil for none.
	beforeAdd(n *html.Node) *html.Node

	// add puts a child into its parent, at the end if the rules don't say
	// otherwise.
	add(parent, n *html.Node)

	// added is called for each node that was added, and all in it.
	added(n *html.Node)

	// beforeUpdate prepares an element for becoming like to, and reports whether
	// it is to be.
	beforeUpdate(from, to *html.Node) bool

	// updated is called when an element's attributes are those of the new one.
	updated(n *html.Node)

	// mayRemove reports whether a node that the new HTML lacks goes.
	mayRemove(n *html.Node) bool

	// removed is called for each node that went, not for what is in it.
	removed(n *html.Node)

	// keepsChildren reports whether the children of n stay though the new HTML
	// lacks them.
	keepsChildren(n *html.Node) bool
}

// morphing is one walk over a tree of the page and a new one.
//
// Source: morphdom, https://github.com/patrick-steele-idem/morphdom, in
// src/morphdom.js.
type morphing struct {
	rules
	doc     *dom.Document
	old     map[string]*html.Node // by key, until they are matched
	unclear []string              // keys of nodes that go unless they are matched
}

// morph makes from like to. It changes the nodes that are there wherever it can,
// as their state depends on which of them stay.
func morph(doc *dom.Document, r rules, from, to *html.Node) {
	m := &morphing{rules: r, doc: doc, old: map[string]*html.Node{}}
	m.index(from)
	switch {
	case r.replaced(from, to):
		m.removed(from)
		dom.Detach(to)
		from.Parent.InsertBefore(to, from)
		from.Parent.RemoveChild(from)
		m.nodeAdded(to)
		m.leave(from, false)
	case from.Data != to.Data:
		m.element(m.renamed(from, to), to, false)
	default:
		m.element(from, to, false)
	}
	m.removeUnclear()
}

// morphChildren is [morph] for what is in from.
func morphChildren(doc *dom.Document, r rules, from, to *html.Node) {
	m := &morphing{rules: r, doc: doc, old: map[string]*html.Node{}}
	m.index(from)
	m.element(from, to, true)
	m.removeUnclear()
}

func (m *morphing) index(n *html.Node) {
	if dom.Is(n, "template") {
		return
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if key := m.key(c); key != "" {
			m.old[key] = c
		}
		m.index(c)
	}
}

// renamed puts an element of to's name in the place of from.
func (m *morphing) renamed(from, to *html.Node) *html.Node {
	m.removed(from)
	n := &html.Node{Type: html.ElementNode, Data: to.Data, DataAtom: to.DataAtom, Namespace: to.Namespace}
	for c := from.FirstChild; c != nil; c = from.FirstChild {
		dom.Insert(n, c, nil)
	}
	if from.Parent != nil {
		from.Parent.InsertBefore(n, from)
		from.Parent.RemoveChild(from)
	}
	return n
}

func (m *morphing) element(from, to *html.Node, childrenOnly bool) {
	if key := m.key(to); key != "" {
		delete(m.old, key)
	}
	if !childrenOnly {
		if !m.beforeUpdate(from, to) {
			return
		}
		copyAttrs(from, to)
		m.updated(from)
	}
	switch {
	case dom.Is(from, "textarea"):
		morphTextarea(m.doc, from, to)
	case dom.Is(from, "template"): // its content isn't part of the page
	default:
		m.children(from, to)
	}
}

func (m *morphing) children(from, to *html.Node) {
	keeps := m.keepsChildren(from)
	f := from.FirstChild
next:
	for t := to.FirstChild; t != nil; {
		nextT := t.NextSibling
		for f != nil && !keeps {
			nextF := f.NextSibling
			n, fits := m.candidate(from, f, t)
			if fits {
				if n.Type == html.ElementNode {
					m.element(n, t, false)
				}
				t, f = nextT, nextF
				continue next
			}
			m.drop(n)
			f = nextF
		}
		key := m.key(t)
		if match := m.old[key]; key != "" && match != nil && match.Data == t.Data {
			if !keeps {
				m.add(from, match)
			}
			m.element(match, t, false)
		} else if n := m.beforeAdd(t); n != nil {
			m.add(from, n)
			m.nodeAdded(n)
		}
		t = nextT
		if keeps {
			f = nil
		}
	}
	for f != nil {
		next := f.NextSibling
		m.drop(f)
		f = next
	}
	switch {
	case dom.Is(from, "option"):
		morphOption(m.doc, from, to)
	case dom.Is(from, "input"):
		morphInput(m.doc, from, to)
	case dom.Is(from, "select"):
		morphSelect(m.doc, from)
	}
}

// candidate returns the child that is at f's place when t's turn comes, and
// whether it can become t: f itself, or the node with t's key, which it moves
// there.
func (m *morphing) candidate(from, f, t *html.Node) (n *html.Node, fits bool) {
	if f.Type != t.Type {
		return f, false
	}
	if f.Type != html.ElementNode {
		f.Data = t.Data
		return f, true
	}
	key, fKey := m.key(t), m.key(f)
	switch key {
	case fKey:
	case "":
		return f, false
	default:
		match := m.old[key]
		if match == nil || match == f.NextSibling {
			return f, false // t is new, or comes next once f is gone
		}
		dom.Insert(from, match, f)
		m.drop(f)
		f = match
	}
	return f, f.Data == t.Data
}

// drop removes n; at the end if it has a key, as it may yet be matched.
func (m *morphing) drop(n *html.Node) {
	if key := m.key(n); key != "" {
		m.unclear = append(m.unclear, key)
	} else {
		m.remove(n, true)
	}
}

func (m *morphing) remove(n *html.Node, keepKeyed bool) {
	if !m.mayRemove(n) {
		return
	}
	m.doc.Remove(n)
	m.removed(n)
	m.leave(n, keepKeyed)
}

// leave goes through what is in a node that was removed: nodes with a key may
// yet be matched.
func (m *morphing) leave(n *html.Node, keepKeyed bool) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if key := m.key(c); key != "" && keepKeyed {
			m.unclear = append(m.unclear, key)
			continue
		}
		m.leave(c, keepKeyed)
	}
}

func (m *morphing) removeUnclear() {
	for _, key := range m.unclear {
		if n := m.old[key]; n != nil {
			m.remove(n, false)
		}
	}
}

// nodeAdded looks through what was added for nodes that the page already had.
func (m *morphing) nodeAdded(n *html.Node) {
	m.added(n)
	if dom.Is(n, "template") {
		return
	}
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		key := m.key(c)
		if match := m.old[key]; key != "" && match != nil && match.Data == c.Data {
			dom.Detach(match)
			n.InsertBefore(match, c)
			n.RemoveChild(c)
			m.element(match, c, false)
		} else {
			m.nodeAdded(c)
		}
		c = next
	}
}
