package liveviewtest

import (
	"encoding/json"
	"fmt"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// Hook stands for the JavaScript of a phx-hook, which a test plays itself.
type Hook struct {
	// Name is what phx-hook says.
	Name string

	view *View
	id   string // the element's
}

// Hook returns the hook on the element that the selector matches, which must
// have phx-hook.
func (v *View) Hook(selector string) *Hook {
	v.t.Helper()
	v.ready("Hook", selector)
	n := v.element("Hook", selector, nil)
	if dom.Attr(n, "phx-hook") == "" {
		v.t.Fatalf("liveviewtest: Hook(%q): %s has no phx-hook.%s", selector, dom.Describe(n), v.nearest(selector, dom.With("phx-hook")))
	}
	return &Hook{view: v, id: dom.Attr(n, "id"), Name: dom.Attr(n, "phx-hook")}
}

// Push sends an event that nothing on the page needs to have, as somebody does who writes to
// the socket by hand: for a test that what isn't shown is refused, too. It returns the reply
// of [liveview.Socket.Reply], null if there was none. payload may be anything that
// encoding/json marshals; nil is {}. On the page it is an event of the view, and of a live
// component by Within that component or a part of it.
//
// [liveview.Socket.Reply]: https://pkg.go.dev/github.com/gin-liveview/liveview#Socket.Reply
func (v *View) Push(event string, payload any) json.RawMessage {
	v.t.Helper()
	v.ready("Push", event)
	v.expectLive(fmt.Sprintf("Push(%q)", event))
	var to *html.Node
	if v.within != nil {
		to = v.within()
	}
	return v.pushFrom(to, to, event, payload)
}

// Push does what the hook's this.pushEvent does, and returns the reply of
// [liveview.Socket.Reply], null if there was none. payload may be anything that
// encoding/json marshals; nil is {}.
//
// [liveview.Socket.Reply]: https://pkg.go.dev/github.com/gin-liveview/liveview#Socket.Reply
func (h *Hook) Push(event string, payload any) json.RawMessage {
	h.view.t.Helper()
	return h.push(event, payload, nil)
}

// PushTo does what the hook's this.pushEventTo does, for the components around
// the elements that the selector matches; the last one's reply is returned.
func (h *Hook) PushTo(selector, event string, payload any) json.RawMessage {
	h.view.t.Helper()
	v := h.view
	nodes := v.query("PushTo", selector)
	if len(nodes) == 0 {
		v.t.Fatalf("liveviewtest: PushTo(%q): no element matches.%s", selector, v.nearest(selector, nil))
	}
	var reply json.RawMessage
	for _, n := range nodes {
		reply = h.push(event, payload, n)
	}
	return reply
}

// push pushes an event to the component around a node, nil meaning the view.
func (h *Hook) push(event string, payload any, to *html.Node) json.RawMessage {
	v := h.view
	v.t.Helper()
	v.ready("Push", event)
	v.expectLive(fmt.Sprintf("Push(%q)", event))
	n := v.page.Document().ByID(h.id)
	if n == nil || dom.Attr(n, "phx-hook") != h.Name {
		v.t.Fatalf("liveviewtest: Push(%q): the hook's element #%s is gone from the page", event, h.id)
	}
	return v.pushFrom(n, to, event, payload)
}

// pushFrom pushes an event of the node from to the component around a node, nil meaning the
// view of from.
func (v *View) pushFrom(from, to *html.Node, event string, payload any) json.RawMessage {
	v.t.Helper()
	if payload == nil {
		payload = struct{}{}
	}
	if _, err := json.Marshal(payload); err != nil {
		v.t.Fatalf("liveviewtest: Push(%q): %v", event, err)
	}
	reply := json.RawMessage("null")
	v.page.Push(event, payload, from, to, func(r json.RawMessage) { reply = r })
	v.page.Settle()
	return reply
}
