package client

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// input does what a browser and the client do when the user acts. The test's
// methods and the JS commands share it.
//
// Source: bindTopLevelEvents in phoenix_live_view/assets/js/phoenix_live_view/live_socket.ts.
type input struct {
	*commands
}

// focus gives n the focus, nil meaning nobody, and runs phx-blur and phx-focus.
func (in *input) focus(n *html.Node) {
	in.t.Helper()
	old := in.doc.Focused
	if old == n {
		return
	}
	in.doc.Focused = nil
	if old != nil && in.doc.Connected(old) {
		unthrottle(in.doc, old)
		if send := in.doc.Look(old).Pending; send != nil {
			in.doc.Edit(old).Pending = nil
			send()
		}
		in.run(old, "phx-blur", "blur")
	}
	in.doc.Focused = n
	if n != nil {
		in.run(n, "phx-focus", "focus")
	}
}

// window runs the window bindings of a kind of event, and reports whether there
// are any. data is that of a key, which they may be particular about. The error
// says that the client drops the event for all of them.
func (in *input) window(kind string, focused *html.Node, data map[string]any) (heard bool, err error) {
	in.t.Helper()
	attribute := "phx-window-" + kind
	bound := dom.FindAll(in.doc.Root, func(n *html.Node) bool { return dom.HasAttr(n, attribute) && hears(n, focused, data) })
	dropped := 0
	for _, n := range bound {
		heard = heard || keyMatches(n, data)
		if drops := in.bound(kind, attribute, n, data); drops != nil {
			err = drops
			dropped++
		}
	}
	if dropped < len(bound) {
		err = nil
	}
	return heard, err
}

// bound runs a binding for an event that isn't a click. The error says that the
// client drops it.
func (in *input) bound(kind, attribute string, n *html.Node, data map[string]any) error {
	in.t.Helper()
	key := ""
	if kind == "keydown" {
		key, _ = data["key"].(string)
	}
	send := func() {
		in.t.Helper()
		if keyMatches(n, data) {
			in.exec(cause{kind: kind, event: dom.Attr(n, attribute), source: n, data: data})
		}
	}
	if kind == "blur" {
		send()
		return nil
	}
	return debounced(in.doc, n, key, send)
}

// key runs the bindings for a key: those of n if it has the kind's, or else the
// window's. kind is keydown or keyup. It reports whether there are any. The error
// says that the client drops the event.
func (in *input) key(kind string, n *html.Node, key string) (heard bool, err error) {
	in.t.Helper()
	data := pressed(key)
	if n == nil || dom.Attr(n, "phx-"+kind) == "" {
		return in.window(kind, n, data)
	}
	return keyMatches(n, data), in.bound(kind, "phx-"+kind, n, data)
}

// others returns the elements that would have heard one of these kinds of another key in n.
func (in *input) others(kinds []string, n *html.Node) []*html.Node {
	return dom.FindAll(in.doc.Root, func(at *html.Node) bool {
		return (dom.HasAttr(at, "phx-key") || dom.HasAttr(at, "data-shortcut")) && slices.ContainsFunc(kinds, func(kind string) bool {
			if n != nil && dom.Attr(n, "phx-"+kind) != "" {
				return at == n
			}
			return dom.HasAttr(at, "phx-window-"+kind)
		})
	})
}

// keyMatches reports whether phx-key, if there is one, names the event's key.
func keyMatches(n *html.Node, data map[string]any) bool {
	want, ok := dom.LookupAttr(n, "phx-key")
	key, isKey := data["key"].(string)
	return !ok || !isKey || strings.EqualFold(want, key)
}

// bindingAround returns the nearest element around n with a binding, within its
// view.
func bindingAround(n *html.Node, attribute string) *html.Node {
	for ; n != nil && n.Type == html.ElementNode; n = n.Parent {
		if dom.HasAttr(n, attribute) && !dom.Disabled(n) {
			return n
		}
		if dom.HasAttr(n, "data-phx-session") {
			return nil
		}
	}
	return nil
}

// clicked runs phx-click-away and phx-click, and reports whether there are any.
// The error says that the client drops the click.
func (in *input) clicked(n *html.Node) (heard bool, err error) {
	in.t.Helper()
	for _, away := range dom.FindAll(in.doc.Root, dom.With("phx-click-away")) {
		if !dom.Contains(away, n) && dom.Visible(away) {
			heard = true
			in.run(away, "phx-click-away", "click")
		}
	}
	if bound := bindingAround(n, "phx-click"); bound != nil && dom.Attr(bound, "phx-click") != "" {
		heard = !in.navigation.plain
		if in.owner(bound) != nil {
			return true, debounced(in.doc, bound, "", func() { in.t.Helper(); in.run(bound, "phx-click", "click") })
		}
	}
	return heard, nil
}

// change reports a change of a field by phx-change, its own or its form's. The
// error says that the client drops it.
func (in *input) change(n *html.Node) error {
	in.t.Helper()
	form := in.doc.Form(n)
	event := dom.Attr(n, "phx-change")
	if event == "" && form != nil {
		event = dom.Attr(form, "phx-change")
	}
	if event == "" || in.owner(n) == nil {
		return nil
	}
	if form == nil {
		in.warn("%s has phx-change and is in no form", dom.Describe(n))
		return nil
	}
	return debounced(in.doc, n, "", func() {
		in.t.Helper()
		in.doc.Edit(n).Used = true
		in.exec(cause{kind: "change", event: event, source: n, target: dom.Attr(n, "name")})
	})
}
