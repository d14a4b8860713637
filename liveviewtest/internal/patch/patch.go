// Package patch brings a page up to date with a view's HTML, as the official
// client does: it keeps the nodes that are there wherever it can, and with them
// the text in a field, the content of phx-update="ignore" and the focus.
//
// Source: phoenix_live_view/assets/js/phoenix_live_view/dom_patch.ts.
package patch

import (
	"strings"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
	"github.com/gin-liveview/liveview/liveviewtest/internal/rendered"
)

// Options say what a patch is about.
type Options struct {
	View string // the view's id
	Join bool   // the HTML is the first of a join
}

// Apply makes container, the element of a view or of one component, like to. The
// attributes of a view's element stay.
func Apply(doc *dom.Document, container, to *html.Node, streams []*rendered.Stream, options Options) *Result {
	p := &patch{Options: options, doc: doc, result: &Result{}}
	p.streams = newStreams(doc, p.result, streams)
	if p.Join {
		p.streams.clear(container)
	}
	if isComponent(container) {
		morph(doc, p, container, to)
	} else {
		morphChildren(doc, p, container, to)
	}
	for range maxPortalDepth {
		open := p.portals
		p.portals = nil
		for _, portal := range open {
			p.teleport(portal)
		}
	}
	for _, n := range closed(doc) {
		dom.Detach(n)
		p.removed(n)
	}
	return p.result
}

// maxPortalDepth is how deep portals in portals are followed.
const maxPortalDepth = 5

// patch is one patch under way; it is the rules of its morphing.
type patch struct {
	Options
	doc     *dom.Document
	result  *Result
	streams *streams
	portals []*html.Node // those seen that were not yet opened
}

func isComponent(n *html.Node) bool { return dom.HasAttr(n, "data-phx-component") }

func (p *patch) key(n *html.Node) string {
	if n.Type != html.ElementNode {
		return ""
	}
	id := dom.Attr(n, "id")
	if p.Join {
		return id
	}
	if id == "" || p.doc.Look(n).Sticky.IDSet() {
		return dom.Attr(n, "data-phx-id")
	}
	return id
}

// replaced is so for a component whose element is another one than before.
func (p *patch) replaced(from, to *html.Node) bool {
	return isComponent(from) && p.key(from) != p.key(to)
}

func (p *patch) beforeAdd(n *html.Node) *html.Node {
	if n.Type != html.ElementNode {
		return n
	}
	if p.streams.leftOut(n) {
		return nil
	}
	if kept := p.streams.keptItem(n); kept != nil {
		morph(p.doc, p, kept, n)
		return kept
	}
	return n
}

func (p *patch) add(parent, n *html.Node) {
	if n.Type != html.ElementNode || !p.streams.add(parent, n) {
		dom.Insert(parent, n, nil)
	}
}

func (p *patch) added(n *html.Node) {
	if n.Type != html.ElementNode {
		return
	}
	p.streams.reorder(n, true)
	if isPortal(n) {
		p.portals = append(p.portals, n)
	}
	p.triggers(n)
	p.result.Added = append(p.result.Added, n)
}

func (p *patch) updated(n *html.Node) {
	p.triggers(n)
	p.streams.reorder(n, false)
}

func (p *patch) triggers(n *html.Node) {
	if dom.HasAttr(n, "phx-trigger-action") && p.doc.Connected(n) {
		p.result.Trigger = n
	}
}

func (p *patch) keepsChildren(n *html.Node) bool { return IsStream(n) }

func (p *patch) removed(n *html.Node) { p.result.removed(n) }

func (p *patch) mayRemove(n *html.Node) bool {
	switch {
	case n.Type != html.ElementNode:
		return true
	case n.Parent != nil && dom.Attr(n, "id") != "" && IsStream(n.Parent):
		return false
	case dom.HasAttr(n, "data-phx-teleported"):
		return false
	case p.result.leaves(n):
		return false
	case dom.HasAttr(n, "data-phx-skip"):
		return false
	}
	if isPortal(n) {
		p.closePortal(n)
	}
	return true
}

// closePortal removes what a portal shows.
func (p *patch) closePortal(portal *html.Node) {
	content := portalContent(portal)
	if content == nil {
		return
	}
	if shown := p.doc.ByID(dom.Attr(content, "id")); shown != nil && dom.HasAttr(shown, "data-phx-teleported") {
		dom.Detach(shown)
		p.removed(shown)
	}
}

// teleport shows what is in a portal.
func (p *patch) teleport(portal *html.Node) {
	from, to, err := teleported(p.doc, portal, p.View)
	switch {
	case err != nil:
		p.result.warn("%v", err)
	case from != nil:
		morph(p.doc, p, from, to)
	}
}

func (p *patch) beforeUpdate(from, to *html.Node) bool {
	if IsStream(to) {
		for _, missed := range dropUnnamed(to) {
			p.result.warn("a stream holds %q, which has no id and is dropped; give each item a unique id", missed)
		}
	}
	state := p.doc.Look(from)
	focused := p.doc.Focused == from && isField(from)
	newOptions := focused && optionsChanged(p.doc, from, to)
	if dom.HasAttr(to, "data-phx-skip") {
		p.streams.reorder(from, false)
		return false
	}
	dom.KeepShown(from, to)
	state.Sticky.KeepIgnored(from, to)
	switch {
	case isIgnored(from):
		mergeAttrs(from, to, func(name string) bool { return strings.HasPrefix(name, "data-") })
		reapply(from, state)
		return false
	case dom.HasAttr(to, "data-phx-parent-id"):
		// The element of a view in this one, whose content is its own.
		session := dom.Attr(from, "data-phx-session")
		mergeAttrs(from, to, func(name string) bool { return name != "data-phx-static" })
		if session != "" {
			dom.SetAttr(from, "data-phx-session", session)
		}
		return false
	case dom.HasAttr(from, "data-phx-sticky"):
		for _, name := range []string{"data-phx-session", "data-phx-static"} {
			if value := dom.Attr(to, name); value != "" {
				dom.SetAttr(from, name, value)
			}
		}
		return false
	case isPortal(to):
		for c := from.FirstChild; c != nil; c = from.FirstChild {
			from.RemoveChild(c)
		}
		for c := to.FirstChild; c != nil; c = to.FirstChild {
			dom.Insert(from, c, nil)
		}
		p.portals = append(p.portals, from)
		return false
	case focused && dom.Kind(from) != "hidden" && !newOptions && !dom.HasAttr(to, "phx-patch-focused"):
		p.keepEntered(from, to)
		reapply(from, state)
		return false
	}
	keepUnsent(p.doc, from, to)
	reapply(to, state)
	return true
}

// isField reports whether a user enters something in n. So thinks the official
// client of submit buttons that are inputs.
func isField(n *html.Node) bool {
	kind := dom.Kind(n)
	return kind != "" && kind != "button" && !dom.Is(n, "button")
}

// isIgnored reports whether patches leave n as it is, but for data attributes.
func isIgnored(n *html.Node) bool {
	update := dom.Attr(n, "phx-update")
	if update == "" {
		update = dom.Attr(n, "data-phx-update")
	}
	return update == "ignore"
}

// keepEntered updates the field that has the focus, but for what the user is
// entering in it.
func (p *patch) keepEntered(from, to *html.Node) {
	if dom.Kind(from) != "select" {
		mergeAttrs(from, to, func(name string) bool { return name != "value" })
		if dom.HasAttr(to, "value") && p.doc.Value(from) == p.doc.Value(to) {
			dom.SetAttr(from, "value", dom.Attr(to, "value"))
		}
	}
	if dom.IsCheckable(from) {
		p.doc.SetChecked(from, dom.HasAttr(from, "checked"))
	}
}

// reapply gives n what JS commands and streams have done to the element whose
// state is given.
func reapply(n *html.Node, state *dom.State) {
	state.Sticky.Apply(n)
	if state.Stream != "" {
		dom.SetAttr(n, "data-phx-stream", state.Stream)
	}
}
