package liveviewtest

import (
	"fmt"
	"strings"

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
		v.t.Fatalf("liveviewtest: Key(%q, %q): nothing hears the key: %s", selector, key, v.unheard(n, "keydown", "keyup"))
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
// elements with phx-window-keydown hear it. A phx-key that names another key hears nothing.
func (v *View) KeyDown(selector, key string) {
	v.t.Helper()
	v.oneKey("KeyDown", "keydown", selector, key)
}

// KeyUp is [View.KeyDown] for releasing a key: phx-keyup.
func (v *View) KeyUp(selector, key string) { v.t.Helper(); v.oneKey("KeyUp", "keyup", selector, key) }

func (v *View) oneKey(verb, kind, selector, key string) {
	v.t.Helper()
	v.ready(verb, selector)
	n := v.keyTarget(verb, selector)
	heard, dropped := v.page.Key(kind, n, key)
	switch {
	case dropped != nil:
		v.t.Fatalf("liveviewtest: %s(%q, %q): %v", verb, selector, key, dropped)
	case !heard:
		v.t.Fatalf("liveviewtest: %s(%q, %q): nothing hears the key: %s", verb, selector, key, v.unheard(n, kind))
	}
	v.page.Settle()
}

// unheard says why nothing hears a key in n: what hears other keys alone, or that there is
// nothing that hears any.
func (v *View) unheard(n *html.Node, kinds ...string) string {
	var all []string
	for _, other := range v.page.HearOthers(kinds, n) {
		attribute := "data-shortcut"
		if dom.HasAttr(other, "phx-key") {
			attribute = "phx-key"
		}
		says := fmt.Sprintf("%s hears %s=%q alone", dom.Describe(other), attribute, dom.Attr(other, attribute))
		if attribute == "data-shortcut" && v.page.TakesKeys(n) {
			says += ", and nothing that is typed into a field"
		}
		all = append(all, says)
	}
	if all == nil {
		there, window := "phx-"+strings.Join(kinds, " or phx-"), "phx-window-"+strings.Join(kinds, " or phx-window-")
		return fmt.Sprintf("no %s there, no %s on the page", there, window)
	}
	return strings.Join(all, "; ")
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
