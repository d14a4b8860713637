package liveviewtest

import (
	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// Key presses and releases a key, named as in JavaScript ("Enter", "a", " ",
// "ArrowUp"), or with those that are held, "mod+k", in the element that the selector
// matches, or in the field that is labelled so: [View.KeyDown], then [View.KeyUp]. The
// selector "" is what has the focus: v.Key("", "Escape") closes a dialog. It types nothing, which is for
// [View.Change]. Enter in a field of a form submits that if a browser would;
// Enter and the space bar press buttons, Enter follows links, the space bar ticks
// boxes, Escape closes a dialog that a button has opened as a modal one. Shortcuts, by
// data-shortcut, are heard as in a browser. One of all these must come about.
func (v *View) Key(selector, key string) {
	v.t.Helper()
	v.ready("Key", selector)
	n := v.keyTarget("Key", selector)
	heard, dropped := v.page.Key("keydown", n, key)
	v.page.Settle()
	if key == "Escape" && v.page.Document().Dismiss() {
		heard = true
	}
	if key == "Enter" && v.submits(n) {
		form := v.page.Document().Form(n)
		if err := v.page.Enter(form, n); err != nil && !heard {
			v.t.Fatalf("liveviewtest: Key(%q, %q): %v", selector, key, err)
		}
		v.page.Settle()
		heard = true
	}
	if key == "Enter" && presses(n) && !dom.IsCheckable(n) {
		heard = v.clickOn("Key", selector, n) || heard
	}
	if n == nil || v.page.Document().Connected(n) {
		up, drops := v.page.Key("keyup", n, key)
		if heard = up || heard; dropped == nil {
			dropped = drops
		}
		v.page.Settle()
	}
	if key == " " && presses(n) && !dom.IsLink(n) && v.page.Document().Connected(n) {
		heard = v.clickOn("Key", selector, n) || heard
	}
	switch {
	case dropped != nil:
		v.t.Fatalf("liveviewtest: Key(%q, %q): %v", selector, key, dropped)
	case !heard:
		v.t.Fatalf("liveviewtest: Key(%q, %q): nothing hears the key: no phx-keydown or phx-keyup there, no phx-window-keydown or phx-window-keyup on the page", selector, key)
	}
}

// submits reports whether Enter in n may submit a form.
func (v *View) submits(n *html.Node) bool {
	doc := v.page.Document()
	return dom.Is(n, "input") && !dom.IsButton(n) && dom.Kind(n) != "color" && dom.Kind(n) != "file" && doc.Connected(n) && doc.Form(n) != nil
}

// presses reports whether Enter or the space bar in n are a click on it.
func presses(n *html.Node) bool {
	return dom.IsButton(n) || dom.IsLink(n) || dom.Is(n, "summary") || dom.IsCheckable(n)
}

// KeyDown presses a key in the element that the selector matches, which gets
// the focus; the selector "" is what has it. If that has no phx-keydown, the
// elements with phx-window-keydown hear it.
func (v *View) KeyDown(selector, key string) {
	v.t.Helper()
	v.oneKey("KeyDown", "keydown", selector, key)
}

// KeyUp is [View.KeyDown] for releasing a key: phx-keyup.
func (v *View) KeyUp(selector, key string) { v.t.Helper(); v.oneKey("KeyUp", "keyup", selector, key) }

func (v *View) oneKey(verb, kind, selector, key string) {
	v.t.Helper()
	v.ready(verb, selector)
	heard, dropped := v.page.Key(kind, v.keyTarget(verb, selector), key)
	switch {
	case dropped != nil:
		v.t.Fatalf("liveviewtest: %s(%q, %q): %v", verb, selector, key, dropped)
	case !heard:
		v.t.Fatalf("liveviewtest: %s(%q, %q): nothing hears the key: no phx-%s there, no phx-window-%s on the page", verb, selector, key, kind, kind)
	}
	v.page.Settle()
}

// keyTarget returns the element that has the focus for a key; nil for the body.
func (v *View) keyTarget(verb, selector string) *html.Node {
	v.t.Helper()
	if selector == "" {
		return v.page.Document().Focused
	}
	n := v.field(verb, selector)
	if dom.Disabled(n) {
		v.t.Fatalf("liveviewtest: %s(%q): %s is disabled", verb, selector, dom.Describe(n))
	}
	v.expectFocusable(verb, selector, n)
	v.page.Focus(n)
	return n
}
