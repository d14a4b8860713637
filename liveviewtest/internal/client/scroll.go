package client

import (
	"fmt"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// scroll scrolls to an edge of n, "top" or "bottom", and reports whether n has the
// binding for that. The error says why one can't scroll there.
//
// Source: InfiniteScroll in phoenix_live_view/assets/js/phoenix_live_view/hooks.ts.
func (in *input) scroll(n *html.Node, edge string) (heard bool, err error) {
	in.t.Helper()
	attribute := "phx-viewport-" + edge
	event := dom.Attr(n, attribute)
	children := dom.Children(n)
	if len(children) == 0 {
		return false, fmt.Errorf("%s is empty, so that there is nothing to scroll", dom.Describe(n))
	}
	state := in.doc.Edit(n)
	push := func(child *html.Node, more map[string]any) {
		in.t.Helper()
		data := map[string]any{"id": dom.Attr(child, "id")}
		for name, value := range more {
			data[name] = value
		}
		in.exec(cause{kind: "js", event: event, source: n, data: data})
	}
	if edge == "bottom" {
		state.Overran = false
		if event != "" {
			push(children[len(children)-1], nil)
		}
		return event != "", nil
	}
	if event == "" {
		return false, nil
	}
	// The top has come into sight, which the client tells once, and then the first
	// child has.
	if !state.Overran {
		state.Overran = true
		push(children[0], map[string]any{"_overran": true})
	}
	push(children[0], nil)
	return true, nil
}
