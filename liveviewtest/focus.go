package liveviewtest

import (
	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// Focus moves the focus to the element that the selector matches, or to the field
// that is labelled so, and so away from where it was; phx-focus and phx-blur are run. The selector "" is the
// window: phx-window-focus.
func (v *View) Focus(selector string) {
	v.t.Helper()
	v.ready("Focus", selector)
	if selector == "" {
		v.window("Focus", "focus")
		return
	}
	n := v.field("Focus", selector)
	if dom.Disabled(n) {
		v.t.Fatalf("liveviewtest: Focus(%q): %s is disabled", selector, dom.Describe(n))
	}
	v.expectFocusable("Focus", selector, n)
	v.page.Focus(n)
	v.page.Settle()
}

// Blur takes the focus away from the element that the selector matches, giving
// it to that first if need be. The selector "" is the window: phx-window-blur.
func (v *View) Blur(selector string) {
	v.t.Helper()
	v.ready("Blur", selector)
	if selector == "" {
		v.window("Blur", "blur")
		return
	}
	n := v.field("Blur", selector)
	v.expectFocusable("Blur", selector, n)
	v.page.Focus(n)
	v.page.Settle()
	v.page.Focus(nil)
	v.page.Settle()
}

// expectFocusable ends the test if n can't have the focus.
func (v *View) expectFocusable(verb, target string, n *html.Node) {
	v.t.Helper()
	if dom.Focusable(n) {
		return
	}
	why := "it is no field, link or button, and has no tabindex"
	if hidden := dom.Unreachable(n); hidden != "" {
		why = "it " + hidden
	}
	v.t.Fatalf("liveviewtest: %s(%q): %s can't have the focus: %s", verb, target, dom.Describe(n), why)
}

// window runs the window bindings of a kind of event.
func (v *View) window(verb, kind string) {
	v.t.Helper()
	if !v.page.Window(kind) {
		v.t.Fatalf("liveviewtest: %s: no element has phx-window-%s", verb, kind)
	}
	v.page.Settle()
}
