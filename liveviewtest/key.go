package liveviewtest

import (
	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// Key presses and releases a key, named as in JavaScript ("Enter", "a",
// "ArrowUp"), in the element that the selector matches: [View.KeyDown], then
// [View.KeyUp]. It types nothing, which is for [View.Change]. Enter in a field
// of a form submits that. One of the three must be heard.
func (v *View) Key(selector, key string) {
	v.t.Helper()
	v.ready("Key", selector)
	n := v.keyTarget("Key", selector)
	heard := v.page.Key("keydown", n, key)
	v.page.Settle()
	if key == "Enter" && v.submits(n) {
		heard = true
		v.submit("Key", v.page.Document().Form(n))
	}
	if n == nil || v.page.Document().Connected(n) {
		heard = v.page.Key("keyup", n, key) || heard
		v.page.Settle()
	}
	if !heard {
		v.t.Fatalf("liveviewtest: Key(%q, %q): nothing hears the key: no phx-keydown or phx-keyup there, no phx-window-keydown or phx-window-keyup on the page", selector, key)
	}
}

// submits reports whether Enter in n submits a form.
func (v *View) submits(n *html.Node) bool {
	doc := v.page.Document()
	return dom.Is(n, "input") && !dom.IsButton(n) && doc.Connected(n) && doc.Form(n) != nil
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
	if !v.page.Key(kind, v.keyTarget(verb, selector), key) {
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
	n := v.element(verb, selector, nil)
	if dom.Disabled(n) {
		v.t.Fatalf("liveviewtest: %s(%q): %s is disabled", verb, selector, dom.Describe(n))
	}
	if dom.Focusable(n) {
		v.page.Focus(n)
	}
	return n
}
