package liveviewtest

import (
	"strings"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
	"github.com/gin-liveview/liveview/protocol"
)

// Flash returns the flash message of a kind as the page shows it, "" if it
// doesn't. It is found by what clears it, phx-click="lv:clear-flash" with
// phx-value-key, on the message's element or on a button in it; or else by the
// id "flash-KIND" or the attribute data-flash.
func (v *View) Flash(kind string) string {
	v.t.Helper()
	v.page.Update()
	n := v.flashClearer(kind)
	if n == nil {
		n = v.find(func(n *html.Node) bool {
			return dom.Attr(n, "id") == "flash-"+kind || dom.Attr(n, "data-flash") == kind
		})
		if n == nil {
			return ""
		}
		return dom.Text(n)
	}
	if !dom.Is(n, "button", "a", "span") || n.Parent == v.page.Element() {
		return dom.Text(n)
	}
	var parts []string // of the message, without the button
	for c := n.Parent.FirstChild; c != nil; c = c.NextSibling {
		if text := dom.Text(c); c != n && text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, " ")
}

// ClearFlash clears the flash message of a kind by the element that the page
// has for it, one with phx-click="lv:clear-flash".
func (v *View) ClearFlash(kind string) {
	v.t.Helper()
	v.ready("ClearFlash", kind)
	n := v.flashClearer(kind)
	if n == nil { // then perhaps one that clears all kinds
		n = v.find(func(n *html.Node) bool {
			return dom.Attr(n, "phx-click") == protocol.EventClearFlash && !dom.HasAttr(n, "phx-value-key")
		})
	}
	if n == nil {
		v.t.Fatalf(`liveviewtest: ClearFlash(%q): the page has no element with phx-click="lv:clear-flash" and phx-value-key=%q`, kind, kind)
	}
	v.clickOn("ClearFlash", kind, n)
}

// flashClearer returns the element that clears the message of a kind, nil if
// there is none.
func (v *View) flashClearer(kind string) *html.Node {
	return v.find(func(n *html.Node) bool {
		click := dom.Attr(n, "phx-click")
		return strings.Contains(click, protocol.EventClearFlash) &&
			(dom.Attr(n, "phx-value-key") == kind || strings.Contains(click, `"`+kind+`"`))
	})
}
