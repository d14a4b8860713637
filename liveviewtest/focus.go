package liveviewtest

import (
	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// Focus moves the focus to the element that the selector matches, and so away
// from where it was; phx-focus and phx-blur are run. The selector "" is the
// window: phx-window-focus.
func (v *View) Focus(selector string) {
	v.t.Helper()
	v.ready("Focus", selector)
	if selector == "" {
		v.window("Focus", "focus")
		return
	}
	n := v.element("Focus", selector, nil)
	if dom.Disabled(n) {
		v.t.Fatalf("liveviewtest: Focus(%q): %s is disabled", selector, dom.Describe(n))
	}
	if !dom.Focusable(n) && !dom.HasAttr(n, "phx-focus") {
		v.t.Fatalf("liveviewtest: Focus(%q): %s can't have the focus", selector, dom.Describe(n))
	}
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
	n := v.element("Blur", selector, nil)
	if !dom.Focusable(n) && !dom.HasAttr(n, "phx-blur") {
		v.t.Fatalf("liveviewtest: Blur(%q): %s can't have the focus", selector, dom.Describe(n))
	}
	v.page.Focus(n)
	v.page.Settle()
	v.page.Focus(nil)
	v.page.Settle()
}

// window runs the window bindings of a kind of event.
func (v *View) window(verb, kind string) {
	v.t.Helper()
	if !v.page.Window(kind) {
		v.t.Fatalf("liveviewtest: %s: no element has phx-window-%s", verb, kind)
	}
	v.page.Settle()
}
