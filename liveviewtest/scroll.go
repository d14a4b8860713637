package liveviewtest

import (
	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// ScrollToTop scrolls up to the first of the elements in the one that the selector
// matches, which has phx-viewport-top: that event comes with the id of the first
// element, and before that once more with _overran, as the top of the list itself
// has come into sight.
func (v *View) ScrollToTop(selector string) { v.t.Helper(); v.scroll("ScrollToTop", selector, "top") }

// ScrollToBottom scrolls down to the last of the elements in the one that the
// selector matches, which has phx-viewport-bottom.
func (v *View) ScrollToBottom(selector string) {
	v.t.Helper()
	v.scroll("ScrollToBottom", selector, "bottom")
}

func (v *View) scroll(verb, selector, edge string) {
	v.t.Helper()
	v.ready(verb, selector)
	n := v.element(verb, selector, nil)
	binding := "phx-viewport-" + edge
	if why := dom.Unreachable(n); why != "" {
		v.t.Fatalf("liveviewtest: %s(%q): %s %s", verb, selector, dom.Describe(n), why)
	}
	heard, err := v.page.Scroll(n, edge)
	switch {
	case err != nil:
		v.t.Fatalf("liveviewtest: %s(%q): %v", verb, selector, err)
	case !heard:
		v.t.Fatalf("liveviewtest: %s(%q): %s has no %s.%s", verb, selector, dom.Describe(n), binding, v.nearest(selector, dom.With(binding)))
	}
	v.page.Settle()
}
