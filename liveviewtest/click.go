package liveviewtest

import (
	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// Click clicks on the one element that target, a CSS selector, matches; or, if
// it matches nothing, on the one button, link or label that shows target as its
// text. Of several that match, text picks the one that holds it. What a browser
// does upon a click is done: phx-click, links, submitting, ticking, dialogs and popovers that
// the button names by commandfor and popovertarget, moving the focus. The test ends if the
// element is disabled or doesn't show, or if nothing hears the click.
func (v *View) Click(target string, text ...string) {
	v.t.Helper()
	v.ready("Click", target)
	n := v.target("Click", target, text, isClickable)
	if why := v.unclickable(n); why != "" {
		v.t.Fatalf("liveviewtest: Click(%q): %s %s", target, dom.Describe(n), why)
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
	if why := v.unclickable(n); why != "" {
		v.t.Fatalf("liveviewtest: Follow(%q): %s %s", target, dom.Describe(n), why)
	}
	v.clickOn("Follow", target, n)
}

// Clickable reports whether [View.Click] would click on an element: whether the
// one that target and text mean shows, isn't disabled, and hears the click. The
// test ends if there is no such element, as it couldn't be clicked on by mistake.
func (v *View) Clickable(target string, text ...string) bool {
	v.t.Helper()
	v.ready("Clickable", target)
	n := v.target("Clickable", target, text, isClickable)
	return v.unclickable(n) == "" && v.page.Hears(n)
}

// unclickable says why a user can't click on n, "" if one can.
func (v *View) unclickable(n *html.Node) string {
	button := dom.Closest(n, dom.IsButton)
	if button != nil && dom.Disabled(button) || dom.Disabled(n) {
		return "is disabled"
	}
	if dom.Is(button, "button") && v.locked(button) != "" {
		return v.locked(button)
	}
	if link := dom.Closest(n, isLink); link != nil && dom.IsBadURL(dom.Attr(link, "href")) {
		return dom.BadURL
	}
	return dom.Unclickable(n)
}

// locked says that a control can't be used as its form's files are sent, "" if that
// isn't so.
func (v *View) locked(n *html.Node) string {
	if !v.page.Locked(n) {
		return ""
	}
	return "is locked while its form's files are sent; Upload sends on those that are Held"
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
