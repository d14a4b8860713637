package liveviewtest

import (
	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// Child returns a view within the page, nested ([liveview.Nest]) or sticky
// ([liveview.NewSticky]), by the element that the selector matches, such as "#sales". It
// has joined as the official client joins it. What looks and acts finds elements in that
// one only, as with [View.Within]; and Live, ID, [View.ExpectCrash] and [View.Reconnect]
// are about that view. A view that has crashed and isn't expected to is an error of the
// whole page's. Where the page shows it anew, as after live navigation, it is found again.
//
// [liveview.Nest]: https://pkg.go.dev/github.com/gin-liveview/liveview#Nest
// [liveview.NewSticky]: https://pkg.go.dev/github.com/gin-liveview/liveview#NewSticky
func (v *View) Child(selector string) *View {
	v.t.Helper()
	v.page.Update()
	element := v.element("Child", selector, nil)
	id := dom.Attr(element, "id")
	if !v.page.HasView(id) {
		v.t.Fatalf("liveviewtest: Child(%q): %s is no element of a view within the page", selector, dom.Describe(element))
	}
	inner := *v
	inner.id = id
	inner.within = func() *html.Node {
		v.t.Helper()
		if n := v.page.Document().ByID(id); n != nil {
			return n
		}
		v.t.Fatalf("liveviewtest: the view %q is gone from the page at %s", id, v.page.URL())
		return nil
	}
	return &inner
}
