package liveviewtest

import (
	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// Click clicks on the one element that target, a CSS selector, matches; or, if
// it matches nothing, on the one button, link or label that shows target as its
// text. Of several that match, text picks the one that holds it. What a browser
// does upon a click is done: phx-click, links, submitting, ticking, moving the
// focus. The test ends if the element is disabled or nothing hears the click.
func (v *View) Click(target string, text ...string) {
	v.t.Helper()
	v.ready("Click", target)
	n := v.target("Click", target, text, isClickable)
	if button := dom.Closest(n, dom.IsButton); button != nil && dom.Disabled(button) || dom.Disabled(n) {
		v.t.Fatalf("liveviewtest: Click(%q): %s is disabled", target, dom.Describe(n))
	}
	if !v.clickOn("Click", target, n) {
		v.t.Fatalf("liveviewtest: Click(%q): nothing hears a click on %s.%s", target, dom.Describe(n), v.nearest(target, isClickable))
	}
}

// Follow is [View.Click] for links: patch, navigate, or plain.
func (v *View) Follow(target string, text ...string) {
	v.t.Helper()
	v.ready("Follow", target)
	n := v.target("Follow", target, text, isLink)
	if dom.Closest(n, isLink) == nil {
		v.t.Fatalf("liveviewtest: Follow(%q): %s is no link.%s", target, dom.Describe(n), v.nearest(target, isLink))
	}
	v.clickOn("Follow", target, n)
}

// clickOn clicks, waits for the answer, and reports whether anything heard it.
func (v *View) clickOn(verb, target string, n *html.Node) (heard bool) {
	v.t.Helper()
	heard, err := v.page.Click(n)
	if err != nil {
		v.t.Fatalf("liveviewtest: %s(%q): %v", verb, target, err)
	}
	v.page.Settle()
	return heard
}
