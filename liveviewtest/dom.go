package liveviewtest

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// document is a page in a browser: its nodes, and what a browser knows of them
// besides their attributes.
type document struct {
	root    *html.Node
	states  map[*html.Node]*state
	focused *html.Node // nil for the body
}

// state is what a browser and the client keep of an element and no attribute
// shows.
type state struct {
	value    *string // typed by the user; nil means the attribute's, or the text
	checked  *bool   // nil means the attribute's
	selected *bool   // of an option; nil means the attribute's
	files    []File  // chosen in a file input

	used      bool // the user has been to the field
	submitted bool // its form was submitted
	mounted   bool // phx-mounted was executed

	// What JS commands did, which later patches don't undo.
	addClasses, removeClasses []string
	setAttrs                  []attribute
	removeAttrs               []string
	ignoreAttrs               []string
	display                   *string
	streamRef                 string
	idTouched                 bool
}

func newDocument(root *html.Node) *document {
	return &document{root: root, states: make(map[*html.Node]*state)}
}

// of returns the state of n, to be changed.
func (d *document) of(n *html.Node) *state {
	s := d.states[n]
	if s == nil {
		s = &state{}
		d.states[n] = s
	}
	return s
}

var noState state

// look returns the state of n, to be read only.
func (d *document) look(n *html.Node) *state {
	if s := d.states[n]; s != nil {
		return s
	}
	return &noState
}

// byID returns the first element of that id.
func (d *document) byID(id string) *html.Node {
	return find(d.root, func(n *html.Node) bool { v, ok := attr(n, "id"); return ok && v == id })
}

// duplicateIDs returns the ids that several elements have. The content of a
// <template> isn't part of the page.
func (d *document) duplicateIDs() []string {
	seen := make(map[string]bool)
	var twice []string
	var visit func(n *html.Node)
	visit = func(n *html.Node) {
		if id := attrOf(n, "id"); id != "" {
			if again, ok := seen[id]; ok && !again {
				twice = append(twice, id)
			}
			_, seen[id] = seen[id]
		}
		if isElement(n, "template") {
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c)
		}
	}
	visit(d.root)
	return twice
}

// parseFragment parses the HTML of one element, as a <template> does.
func parseFragment(source string) (*html.Node, error) {
	context := &html.Node{Type: html.ElementNode, Data: "template", DataAtom: atom.Template}
	nodes, err := html.ParseFragmentWithOptions(strings.NewReader(strings.TrimSpace(source)), context, html.ParseOptionEnableScripting(false))
	if err != nil {
		return nil, err
	}
	for _, n := range nodes {
		if n.Type == html.ElementNode {
			return n, nil
		}
	}
	return nil, nil
}

func attr(n *html.Node, name string) (string, bool) {
	if n.Type != html.ElementNode {
		return "", false
	}
	for _, a := range n.Attr {
		if a.Key == name && a.Namespace == "" {
			return a.Val, true
		}
	}
	return "", false
}

// attrOf is attr without telling "" from none.
func attrOf(n *html.Node, name string) string { v, _ := attr(n, name); return v }

func hasAttr(n *html.Node, name string) bool { _, ok := attr(n, name); return ok }

func setAttr(n *html.Node, name, value string) {
	for i, a := range n.Attr {
		if a.Key == name && a.Namespace == "" {
			n.Attr[i].Val = value
			return
		}
	}
	n.Attr = append(n.Attr, html.Attribute{Key: name, Val: value})
}

func removeAttr(n *html.Node, name string) {
	n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name && a.Namespace == "" })
}

func isElement(n *html.Node, names ...string) bool {
	return n != nil && n.Type == html.ElementNode && n.Namespace == "" && (len(names) == 0 || slices.Contains(names, n.Data))
}

// walk calls f for n and everything in it, in the order of the document.
func walk(n *html.Node, f func(*html.Node)) {
	f(n)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		walk(c, f)
	}
}

// find returns the first element in n, itself included, that f is true of.
func find(n *html.Node, f func(*html.Node) bool) *html.Node {
	if n.Type == html.ElementNode && f(n) {
		return n
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if found := find(c, f); found != nil {
			return found
		}
	}
	return nil
}

// findAll returns all elements in n, itself included, that f is true of.
func findAll(n *html.Node, f func(*html.Node) bool) []*html.Node {
	var found []*html.Node
	walk(n, func(n *html.Node) {
		if n.Type == html.ElementNode && f(n) {
			found = append(found, n)
		}
	})
	return found
}

// closest returns n or the nearest element around it that f is true of.
func closest(n *html.Node, f func(*html.Node) bool) *html.Node {
	for ; n != nil; n = n.Parent {
		if n.Type == html.ElementNode && f(n) {
			return n
		}
	}
	return nil
}

func with(name string) func(*html.Node) bool {
	return func(n *html.Node) bool { return hasAttr(n, name) }
}

func named(names ...string) func(*html.Node) bool {
	return func(n *html.Node) bool { return isElement(n, names...) }
}

// contains reports whether n is in outer, or outer itself.
func contains(outer, n *html.Node) bool {
	return closest(n, func(n *html.Node) bool { return n == outer }) != nil
}

// connected reports whether n is in the document.
func (d *document) connected(n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if n == d.root {
			return true
		}
	}
	return false
}

func children(n *html.Node) []*html.Node {
	var all []*html.Node
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode {
			all = append(all, c)
		}
	}
	return all
}

func detach(n *html.Node) {
	if n.Parent != nil {
		n.Parent.RemoveChild(n)
	}
}

// insert puts n, wherever it was, into parent before the node before; nil means
// at the end.
func insert(parent, n, before *html.Node) {
	if n == before {
		return
	}
	detach(n)
	parent.InsertBefore(n, before)
}

// classes returns the names in n's class attribute.
func classes(n *html.Node) []string { return strings.Fields(attrOf(n, "class")) }

// changeClasses adds and removes class names.
func changeClasses(n *html.Node, add, remove []string) {
	if len(add) == 0 && len(remove) == 0 {
		return
	}
	list := slices.DeleteFunc(classes(n), func(c string) bool { return slices.Contains(remove, c) })
	for _, c := range add {
		if !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	if len(list) == 0 && !hasAttr(n, "class") {
		return
	}
	setAttr(n, "class", strings.Join(list, " "))
}

// setDisplay sets the display property in n's style attribute.
func setDisplay(n *html.Node, display string) {
	var kept []string
	for decl := range strings.SplitSeq(attrOf(n, "style"), ";") {
		if name, _, _ := strings.Cut(decl, ":"); strings.TrimSpace(decl) != "" && strings.TrimSpace(name) != "display" {
			kept = append(kept, strings.TrimSpace(decl))
		}
	}
	if display != "" {
		kept = append(kept, "display: "+display)
	}
	if len(kept) == 0 {
		setAttr(n, "style", "")
		return
	}
	setAttr(n, "style", strings.Join(kept, "; ")+";")
}

// visible reports whether n shows, as far as attributes tell: style sheets
// aren't looked at.
func visible(n *html.Node) bool {
	return closest(n, func(n *html.Node) bool {
		if hasAttr(n, "hidden") || isElement(n, "template", "script", "style") || isElement(n, "input") && attrOf(n, "type") == "hidden" {
			return true
		}
		for decl := range strings.SplitSeq(attrOf(n, "style"), ";") {
			name, value, _ := strings.Cut(decl, ":")
			if strings.TrimSpace(name) == "display" && strings.TrimSpace(value) == "none" {
				return true
			}
		}
		return false
	}) == nil
}

// text returns what n shows, with its white space as a reader sees it.
func text(n *html.Node) string {
	var b strings.Builder
	var collect func(n *html.Node)
	collect = func(n *html.Node) {
		switch {
		case n.Type == html.TextNode:
			b.WriteString(n.Data)
			return
		case isElement(n, "script", "style", "template"):
			return
		case isElement(n, "br", "p", "div", "li", "tr", "td", "th", "option", "h1", "h2", "h3", "h4", "dt", "dd", "section", "article", "ul", "ol", "table"):
			// Blocks don't run into each other.
			b.WriteByte(' ')
			defer b.WriteByte(' ')
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			collect(c)
		}
	}
	collect(n)
	return strings.Join(strings.Fields(b.String()), " ")
}

// rawText is the text in n as it stands there.
func rawText(n *html.Node) string {
	var b strings.Builder
	walk(n, func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
	})
	return b.String()
}

// tag prints n's start tag, without what only the client reads, for a message.
func tag(n *html.Node) string {
	var b strings.Builder
	b.WriteString("<" + n.Data)
	for _, a := range n.Attr {
		switch {
		case strings.HasPrefix(a.Key, "data-phx-"), a.Key == "class", a.Key == "style":
			continue
		case a.Val == "":
			b.WriteString(" " + a.Key)
		default:
			value := a.Val
			if r := []rune(value); len(r) > 60 {
				value = string(r[:60]) + "…"
			}
			quote := `"`
			if strings.Contains(value, quote) {
				quote = "'"
			}
			b.WriteString(" " + a.Key + "=" + quote + value + quote)
		}
	}
	b.WriteString(">")
	if t := []rune(text(n)); len(t) > 40 {
		b.WriteString(string(t[:40]) + "…")
	} else {
		b.WriteString(string(t))
	}
	return b.String()
}
