package liveviewtest

import (
	"net/http"

	"github.com/gin-liveview/liveview/liveviewtest/internal/client"
)

// Drop loses the connection, as a network does that changes, and has the page come back as
// the official client does by itself: the server has kept its views, and they go on.
// It is [View.Disconnect] and [View.Reconnect] in one.
func (v *View) Drop() {
	v.t.Helper()
	v.Disconnect()
	v.Reconnect()
}

// Restart ends the session's server as a deploy does, and starts it anew with the same
// handler. All pages of the session lose their connection and join again: what their views
// hand on is restored (see [liveview.Restorer]), and all else begins anew. The handler's
// App goes on, with what it shares between its views: its PubSub and the application's own.
func (v *View) Restart() {
	v.t.Helper()
	v.restart("Restart", nil)
}

// RestartAs is [View.Restart] with another handler behind the server that comes next, such
// as the next version of the application. For what the one before has handed on to be taken
// by it, both need the same Config.Secret, and the same keys of the session store.
func (v *View) RestartAs(next http.Handler) {
	v.t.Helper()
	if next == nil {
		v.t.Fatalf("liveviewtest: RestartAs wants a handler, not nil")
	}
	v.restart("RestartAs", next)
}

// Hop loses the connection, upon which the page comes back at another server, with that
// handler, beside the one before: another node of the application, which shares with the
// first what nodes share. All pages of the session go there from now on.
//
// They keep their states if the two have one Config.Secret and either one Config.Store, in
// which a change is a second later, or one broker ([pubsub.NewBus]); a PubSub of
// [liveview.NewPubSub] is none.
//
// [pubsub.NewBus]: https://pkg.go.dev/github.com/gin-liveview/liveview/pubsub#NewBus
// [liveview.NewPubSub]: https://pkg.go.dev/github.com/gin-liveview/liveview#NewPubSub
func (v *View) Hop(node http.Handler) {
	v.t.Helper()
	if node == nil {
		v.t.Fatalf("liveviewtest: Hop wants a handler, not nil")
	}
	live := v.livePages("Hop")
	v.tab.server.Move(node)
	for _, o := range live {
		o.page.Cut()
		o.page.Rejoin("")
	}
}

// livePages returns the session's pages that are live.
func (v *View) livePages(verb string) (live []*View) {
	v.t.Helper()
	v.ready(verb, "")
	v.expectLive(verb)
	for _, o := range v.tab.pages() {
		o.page.Update()
		if o.page.Element() != nil && o.page.Status("") == client.Live {
			live = append(live, o)
		}
	}
	return live
}

func (v *View) restart(verb string, next http.Handler) {
	v.t.Helper()
	live := v.livePages(verb)
	v.tab.server.Restart(next, func() {
		v.t.Helper()
		for _, o := range live {
			_ = o.expectStatus(verb, client.Disconnected) // which is what was asked for
		}
	})
	for _, o := range live {
		o.page.Rejoin("")
	}
}
