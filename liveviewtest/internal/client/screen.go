package client

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
	"github.com/gin-liveview/liveview/liveviewtest/internal/patch"
	"github.com/gin-liveview/liveview/liveviewtest/internal/rendered"
)

// Attributes are those that the client gives elements for its own use.
var Attributes = []string{"data-phx-id", "data-phx-root-id", "data-phx-component", "data-phx-view", "data-phx-stream", "data-phx-skip"}

// screen is what a page has of a view: its rendering, and the element that shows
// it.
type screen struct {
	doc  *document
	id   string         // the element's, and the view's
	main bool           // it is the page's own view
	tree *rendered.Tree // nil until the first join is answered
}

// element is the one that shows the view, nil if it is gone from the page.
func (s *screen) element() *html.Node {
	if s.main {
		return s.doc.main
	}
	return s.doc.ByID(s.id)
}

// begin takes in the rendering that a join was answered with, and returns its
// HTML.
func (s *screen) begin(d Diff) (content string, streams []*rendered.Stream, err error) {
	s.tree = rendered.New(s.id)
	if err := s.tree.Merge(d); err != nil {
		return "", nil, err
	}
	return s.tree.HTML(nil)
}

// show makes the view's element show content.
func (s *screen) show(content string, streams []*rendered.Stream, join bool) (*patch.Result, error) {
	name := s.element().Data
	return s.patch(s.element(), "<"+name+">"+content+"</"+name+">", streams, join)
}

// update takes in a diff. patched is called after each of the patches that it
// takes.
func (s *screen) update(d Diff, patched func(*patch.Result)) error {
	s.doc.t.Helper() // as patched may fail the test
	if err := s.tree.Merge(d); err != nil {
		return err
	}
	sent, _ := d["c"].(Diff)
	changed := map[int]bool{}
	for key := range sent {
		changed[number(key)] = true
	}
	switch {
	case len(d) == 1 && len(changed) > 0:
		return s.updateComponents(changed, patched)
	case len(d) == 0:
		return nil
	}
	content, streams, err := s.tree.HTML(changed)
	if err != nil {
		return err
	}
	result, err := s.show(content, streams, false)
	if err != nil {
		return err
	}
	patched(result)
	return nil
}

// updateComponents patches the outermost of the components that changed.
func (s *screen) updateComponents(changed map[int]bool, patched func(*patch.Result)) error {
	s.doc.t.Helper()
	var outer []*html.Node
	for _, n := range dom.FindAll(s.doc.Root, s.isComponent) {
		if changed[cidOf(n)] && !slices.ContainsFunc(outer, func(o *html.Node) bool { return dom.Contains(o, n) }) {
			outer = append(outer, n)
		}
	}
	// So does the client, as numbers that are members of an object come in order.
	slices.SortStableFunc(outer, func(a, b *html.Node) int { return cidOf(a) - cidOf(b) })
	for _, n := range outer {
		content, streams, err := s.tree.ComponentHTML(cidOf(n))
		if err != nil {
			return err
		}
		result, err := s.patch(n, content, streams, false)
		if err != nil {
			return err
		}
		patched(result)
	}
	return nil
}

// patch brings container up to date with the HTML of an element.
func (s *screen) patch(container *html.Node, source string, streams []*rendered.Stream, join bool) (*patch.Result, error) {
	to, err := dom.ParseFragment(source)
	if err != nil {
		return nil, err
	}
	if to == nil {
		return nil, errors.New("the HTML holds no element")
	}
	return patch.Apply(s.doc.Document, container, to, streams, patch.Options{View: s.id, Join: join}), nil
}

// isComponent reports whether n is the element of a live component of the view.
func (s *screen) isComponent(n *html.Node) bool {
	return dom.HasAttr(n, "data-phx-component") && dom.Attr(n, "data-phx-view") == s.id
}

// hasComponent reports whether a component is on the page.
func (s *screen) hasComponent(cid int) bool { return s.componentElement(cid) != nil }

// componentElement returns a component's first element; nil if it isn't on the page.
func (s *screen) componentElement(cid int) *html.Node {
	return dom.Find(s.doc.Root, func(n *html.Node) bool { return s.isComponent(n) && cidOf(n) == cid })
}

// componentAround returns the cid of the component that n is in; nil if it is in
// none, but in the view itself.
func (s *screen) componentAround(n *html.Node) *int {
	c := dom.Closest(n, s.isComponent)
	if c == nil {
		return nil
	}
	cid := cidOf(c)
	return &cid
}

// changeContainer gives the view's element the attributes that a join asks for. One of
// another name comes to nothing: the official client makes it, and then shows the page
// in the old one.
//
// Source: replaceRootContainer in phoenix_live_view/assets/js/phoenix_live_view/dom.ts,
// replaceMain in live_socket.ts and attachTrueDocEl in view.ts.
func (s *screen) changeContainer(container []any) {
	n := s.element()
	if name, _ := container[0].(string); !strings.EqualFold(name, n.Data) {
		s.doc.warn("a join asks for a <%s> in place of the view's <%s>, which the client doesn't make of it", name, n.Data)
		return
	}
	keep := []string{"id", "data-phx-session", "data-phx-static", "data-phx-main", "data-phx-root-id"}
	n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return !slices.Contains(keep, a.Key) })
	attrs, _ := container[1].(Diff)
	for name, value := range attrs {
		if !slices.Contains(keep, name) {
			dom.SetAttr(n, name, fmt.Sprint(value))
		}
	}
}

// cidOf returns the number of the live component whose element n is.
func cidOf(n *html.Node) int { return number(dom.Attr(n, "data-phx-component")) }

// number returns the number that s is; -1, which is no cid, if it is none.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}
