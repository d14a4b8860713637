package client

import (
	"fmt"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
	"github.com/gin-liveview/liveview/liveviewtest/internal/phoenix"
	"github.com/gin-liveview/liveview/liveviewtest/internal/rendered"
	"github.com/gin-liveview/liveview/protocol"
)

// join joins the view over a socket, for the first time or again.
func (v *view) join(socket *phoenix.Socket) {
	v.t.Helper()
	v.status = Joining
	v.channel = socket.Channel(protocol.TopicView+v.id, v.receive)
	payload, err := v.arrival.payload(v.doc, v.element(), v.mounts, v.attempts)
	v.attempts++
	if err == nil {
		err = v.channel.Join(payload, v.joined)
	}
	if err != nil {
		v.fatal("%v", err)
	}
}

// joined handles the answer to phx_join.
//
// Source: onJoin and onJoinError in phoenix_live_view/assets/js/phoenix_live_view/view.ts.
func (v *view) joined(status string, response Diff) {
	v.t.Helper()
	if status != "ok" {
		v.doc.parse()
		v.refused(response)
		return
	}
	page, ok := response["rendered"].(Diff)
	if !ok {
		v.fatal("the server answered the join of %s without a page: %v", v.arrival.place.url, response)
	}
	if v.element() == nil {
		return // it has left the page meanwhile
	}
	early, late := eventsIn(page)
	v.heard(early)
	content, streams, err := v.begin(withoutExtras(page))
	if err != nil {
		v.fatal("the page that the server sent for the join of %s can't be shown: %v", v.arrival.place.url, err)
	}
	container, _ := response["container"].([]any)
	shown := v.main && v.mounts == 0 && !v.arrival.navigated && v.doc.shows(content)
	if !shown || v.doc.head.commands || container != nil {
		v.doc.parse()
	}
	v.arrival.flash = ""
	v.navigator.joined(v)
	if len(container) == 2 {
		v.changeContainer(container)
	}
	v.mounts++
	v.doc.joins[dom.Attr(v.element(), "id")]++
	v.attempts = 0
	v.recover(content, func() {
		v.t.Helper()
		if !shown {
			v.showJoined(content, streams)
		}
		for _, n := range dom.FindAll(v.doc.Root, dom.With("phx-mounted")) {
			v.mounted(n)
		}
		v.status = Live
		v.heard(late)
		if title, ok := page["t"].(string); ok || v.main {
			v.doc.whenParsed(func() { v.doc.setTitle(title) })
		}
		if to, ok := response["live_patch"].(Diff); ok {
			v.navigator.historyPatch(destinationOf(to))
		}
		v.runAll("phx-connected")
		queued := v.queued
		v.queued = nil
		for _, u := range queued {
			v.update(u)
		}
		v.navigator.shown()
		v.runner.joined(v)
	})
}

// showJoined shows what a join was answered with.
func (v *view) showJoined(content string, streams []*rendered.Stream) {
	v.t.Helper()
	result, err := v.show(content, streams, true)
	if err != nil {
		v.warn("the client could not show the page of a join: %v", err)
		return
	}
	v.patched(result, false)
	v.doc.check()
}

// refused does what the server says instead of a join.
func (v *view) refused(response Diff) {
	v.t.Helper()
	early, late := eventsIn(response)
	v.heard(early)
	v.heard(late)
	if to, ok := response["redirect"].(Diff); ok {
		v.status = Over
		v.navigator.redirect(destinationOf(to))
		return
	}
	if to, ok := response["live_redirect"].(Diff); ok {
		v.status = Over
		v.navigator.historyRedirect(destinationOf(to))
		return
	}
	reason, _ := response["reason"].(string)
	switch reason {
	case protocol.ReasonReload, protocol.ReasonUnauthorized, protocol.ReasonStale:
		token, _ := response["token"].(string)
		v.navigator.refused(v, reason, token)
	default:
		v.end(Crashed, fmt.Errorf("the view at %s could not join (%s); the server's log says why", v.arrival.place.url, reason))
	}
}
