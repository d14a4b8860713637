package dom

import (
	"golang.org/x/net/html"
)

// Document is a page: its nodes, and what no attribute of theirs shows.
type Document struct {
	// Root is the node that everything is in.
	Root *html.Node

	// Focused is the element that has the focus; nil if none has.
	Focused *html.Node

	states map[*html.Node]*State
}

// State is what a browser keeps of an element besides its attributes.
type State struct {
	// What the user has entered. Nil means what the attributes say, or the text
	// of a textarea.
	Value    *string
	Checked  *bool
	Selected *bool // of an option

	// Files are those chosen in a file input.
	Files []File

	// What the official client keeps, in JavaScript properties of the element.
	Used      bool // the user has changed the field
	Throttle  Throttle
	Pending   func() // what phx-debounce="blur" holds back until the focus moves on
	Overran   bool   // was scrolled to its top
	Submitted bool   // the field's form was submitted
	Unsent    bool   // the form is too large to be sent
	Mounted   bool   // phx-mounted was executed
	Stream    string // the ref of the stream that it is an item of
	Sticky    Sticky
}

// File is one that is chosen in a file input.
type File struct {
	Name string
	Ref  string // by which the client and the server speak of it
	// Path, Type and Content are what a form posts that no live view hears. Path is
	// the name, with the folders in a chosen folder.
	Path    string
	Type    string // MIME type; may be empty
	Content []byte
}

// NewDocument returns the page whose nodes are in root.
func NewDocument(root *html.Node) *Document {
	return &Document{Root: root}
}

// Look returns the state of n, to be read only.
func (d *Document) Look(n *html.Node) *State {
	if s := d.states[n]; s != nil {
		return s
	}
	return &untouched
}

var untouched State

// Edit returns the state of n, to be changed.
func (d *Document) Edit(n *html.Node) *State {
	s := d.states[n]
	if s == nil {
		if d.states == nil { // many pages are only looked at
			d.states = make(map[*html.Node]*State)
		}
		s = &State{}
		d.states[n] = s
	}
	return s
}

// Connected reports whether n is in the document.
func (d *Document) Connected(n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if n == d.Root {
			return true
		}
	}
	return false
}

// ByID returns the first element of that id, nil if there is none.
func (d *Document) ByID(id string) *html.Node {
	return Find(d.Root, func(n *html.Node) bool { v, ok := LookupAttr(n, "id"); return ok && v == id })
}

// DuplicateIDs returns the ids that several elements have, each once. The
// content of a <template> isn't part of the page.
func (d *Document) DuplicateIDs() []string {
	times := make(map[string]int)
	var duplicate []string
	var visit func(n *html.Node)
	visit = func(n *html.Node) {
		if id := Attr(n, "id"); id != "" {
			if times[id]++; times[id] == 2 {
				duplicate = append(duplicate, id)
			}
		}
		if Is(n, "template") {
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c)
		}
	}
	visit(d.Root)
	return duplicate
}
