package liveview

import (
	"github.com/gin-liveview/liveview/internal/rescue"
	"github.com/gin-liveview/liveview/protocol"
)

// callComponent runs a callback of a live component, and sends what came of it. For one
// that has gone, which is nil, nothing is done.
func (ch *channel) callComponent(c liveComponent, callback func(liveComponent) error) error {
	if c == nil {
		return nil
	}
	if ok, err := ch.stillEntitled(); err != nil || !ok {
		return err
	}
	if err := ch.live.contain(c, callback(c)); err != nil {
		return err
	}
	ch.live.changed(c)
	return ch.flushPush()
}

// handleComponentEvent runs the callback for an event of a live component. One that has
// gone meanwhile is passed over: the client is answered, and nobody else gets it.
func (ch *channel) handleComponentEvent(ref string, e Event) error {
	c := ch.live.numbered(e.raw.CID)
	if c == nil {
		return ch.flushReply(ref)
	}
	e.Component = c.kindOf().live()
	own, err := ch.view.handleEventOf(c, e)
	if unhandled, ok := rescue.Find[*unhandledError](err); ok {
		ch.tellUnhandled(ref, e, unhandled)
		err = nil
	}
	if own {
		err = ch.live.contain(c, err)
	}
	if err != nil {
		return err
	}
	ch.live.changed(c)
	return ch.flushReply(ref)
}

// componentsGo takes in which live components the page shows no more: first that the
// client is about to forget them, and then that it has. Those that the page has come to
// show again meanwhile stay.
func (ch *channel) componentsGo(ref, event string, cids []int) error {
	if event == protocol.EventCIDsWillDestroy {
		ch.live.mark(cids)
		ch.reply(ref, nil)
		return nil
	}
	if ch.live.look(cids) {
		if err := ch.flushPush(); err != nil {
			return err
		}
	}
	ch.reply(ref, protocol.AppendCIDs(nil, ch.live.destroy(cids)))
	return ch.flushPush() // what a Shutdown did to the page
}
