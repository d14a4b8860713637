package liveviewtest

import (
	"strings"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
	"github.com/gin-liveview/liveview/protocol"
)

// Flash returns the flash message of a kind as the page shows it, "" if it
// doesn't; of several, each on a line of its own. A message is found by what clears it,
// phx-click="lv:clear-flash" with phx-value-key, on the message's element or on a button
// in it; or else by the id "flash-KIND" or the attribute data-flash.
func (v *View) Flash(kind string) string {
	v.t.Helper()
	v.page.Update()
	var texts []string
	for _, n := range v.flashClearers(kind) {
		texts = append(texts, v.flashText(n))
	}
	if texts == nil {
		for _, n := range v.all(func(n *html.Node) bool {
			return dom.Attr(n, "id") == "flash-"+kind || dom.Attr(n, "data-flash") == kind
		}) {
			texts = append(texts, dom.Text(n))
		}
	}
	return strings.Join(texts, "\n")
}

// flashText is what the message says that n clears.
func (v *View) flashText(n *html.Node) string {
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

// ClearFlash clears the flash messages of a kind by the first element that the page
// has for it, one with phx-click="lv:clear-flash".
func (v *View) ClearFlash(kind string) {
	v.t.Helper()
	v.ready("ClearFlash", kind)
	var n *html.Node
	if all := v.flashClearers(kind); len(all) > 0 {
		n = all[0]
	} else { // then perhaps one that clears all kinds
		n = v.find(func(n *html.Node) bool {
			return dom.Attr(n, "phx-click") == protocol.EventClearFlash && !dom.HasAttr(n, "phx-value-key")
		})
	}
	if n == nil {
		v.t.Fatalf(`liveviewtest: ClearFlash(%q): the page has no element with phx-click="lv:clear-flash" and phx-value-key=%q`, kind, kind)
	}
	v.clickOn("ClearFlash", kind, n)
}

// flashClearers returns the elements that clear the messages of a kind.
func (v *View) flashClearers(kind string) []*html.Node {
	return v.all(func(n *html.Node) bool {
		click := dom.Attr(n, "phx-click")
		return strings.Contains(click, protocol.EventClearFlash) &&
			(dom.Attr(n, "phx-value-key") == kind || strings.Contains(click, `"`+kind+`"`))
	})
}
