package liveviewtest

import (
	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// Within returns the page as it is seen within the one element that selector
// matches and that holds the text: what looks and acts finds elements in that one
// only, so that rows of a list can be told apart.
//
//	v.Within("#users li", "Ada").Click("Delete")
//
// The element itself isn't in it. It is kept as long as it is on the page,
// whatever it comes to show; then it is looked for again.
func (v *View) Within(selector string, text ...string) *View {
	v.t.Helper()
	v.page.Update()
	element := v.element("Within", selector, text)
	inner := *v
	inner.within = func() *html.Node {
		v.t.Helper()
		if !dom.Contains(v.root(), element) {
			element = v.element("Within", selector, text)
		}
		return element
	}
	return &inner
}
