package patch

import (
	"fmt"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// A portal is a <template data-phx-portal="selector">. A copy of the element in
// it is shown in the one that the selector matches, its target. The copy says by
// data-phx-teleported-src whose it is.

func isPortal(n *html.Node) bool { return dom.Is(n, "template") && dom.HasAttr(n, "data-phx-portal") }

// portalContent returns the element in a portal, nil if it is empty.
func portalContent(portal *html.Node) *html.Node {
	for _, c := range dom.Children(portal) {
		return c
	}
	return nil
}

func isTeleported(n *html.Node) bool { return dom.HasAttr(n, "data-phx-teleported-src") }

// teleported returns the element on the page that shows a portal's content, a
// new one if it wasn't there yet, and what it is to become. Both are nil if it
// stays as it is.
func teleported(doc *dom.Document, portal *html.Node, view string) (from, to *html.Node, err error) {
	content := portalContent(portal)
	if content == nil || dom.Attr(content, "id") == "" {
		return nil, nil, fmt.Errorf("the portal %s must hold one element with an id", dom.Describe(portal))
	}
	if dom.HasAttr(content, "data-phx-skip") {
		return nil, nil, nil
	}
	targets, err := dom.Query(doc.Root, dom.Attr(portal, "data-phx-portal"))
	if err != nil || len(targets) == 0 {
		return nil, nil, fmt.Errorf("the target of the portal %s is not on the page", dom.Describe(portal))
	}
	for _, n := range dom.FindAll(doc.Root, isTeleported) {
		if dom.Attr(n, "id") == dom.Attr(content, "id") {
			from = n
		}
	}
	if from == nil {
		from = &html.Node{Type: html.ElementNode, Data: content.Data, DataAtom: content.DataAtom}
	}
	if !dom.Contains(targets[0], from) {
		dom.Insert(targets[0], from, nil)
	}
	to = dom.Clone(content)
	dom.SetAttr(to, "data-phx-teleported", view)
	dom.SetAttr(to, "data-phx-teleported-src", dom.Attr(portal, "id"))
	return from, to, nil
}

// closed returns the elements on the page whose portals are gone.
func closed(doc *dom.Document) []*html.Node {
	return dom.FindAll(doc.Root, func(n *html.Node) bool {
		return isTeleported(n) && doc.ByID(dom.Attr(n, "data-phx-teleported-src")) == nil
	})
}
