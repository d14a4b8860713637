package liveview

import (
	"slices"

	"github.com/gin-liveview/liveview/protocol"
)

// join opens a channel for f's topic. One that is there already ends first, so
// that there are never two; meanwhile the new one is held, and it is never to
// begin if the client joins yet again. Room for its message has been reserved.
func (c *connection) join(f protocol.Frame) {
	ch := newChannel(&c.peer, c, f)
	kept := c.keptFor(f)
	c.mu.Lock()
	var first, held *channel
	again := false // the page that is back has joined once more
	switch i := c.indexOf(f.Topic); {
	case c.over: // about to be closed
		held = ch
	case i >= 0:
		first = c.channels[i]
		held, first.next = first.next, ch
		again = first.returning
	case len(c.channels) >= c.config.MaxChannels:
		c.mu.Unlock()
		c.note(Note{Kind: NoteLimit, Cause: "MaxChannels"})
		ch.discard()
		if kept != nil {
			kept.endNow(ending{cause: endForgotten})
		}
		c.reply(f, false, protocol.AppendReason(nil, protocol.ReasonTooManyChannels))
		return
	case kept != nil:
		kept.next, kept.returning = ch, true
		c.channels = append(c.channels, kept)
		first, kept = kept, nil
		c.mu.Unlock()
		c.bringBack(first, f)
		return
	default:
		c.channels = append(c.channels, ch)
	}
	c.mu.Unlock()
	if kept != nil {
		kept.endNow(ending{cause: endForgotten})
	}

	if held != nil {
		held.discard()
		c.conn.Write(protocol.AppendClose(nil, held.joinRef, held.topic))
	}
	switch {
	case again:
		c.bringBack(first, f)
	case held != nil: // the first one is ending
	case first != nil:
		first.end(ending{cause: endReplaced})
	default:
		ch.queue.Release()
	}
}

// end runs once, when the connection has: the client never says goodbye to its
// topics when it is lost. left says that the page has gone, as a tab that is closed does.
func (c *connection) end(lost, left bool) {
	c.mu.Lock()
	isKept := lost && !c.over
	channels, transfers := c.lastTopics()
	var kept *keptPage
	if isKept {
		kept = c.keeper.prepare(lostSocket{&c.peer, c.seat.server, c.seat.address, c.nth}, channels)
	}
	if kept != nil {
		// All of it with the lock held: whoever joins over another socket finds the page
		// here, or there.
		c.leaveTopics()
		channels = slices.DeleteFunc(channels, kept.lose)
		c.keeper.keep(kept)
	}
	c.stillEnding = int32(1 + len(channels) + len(transfers))
	c.mu.Unlock()
	for _, t := range transfers {
		t.stop(stopCut)
	}
	cause := endTransport
	if left {
		cause = endGoodbye
	}
	for _, ch := range channels {
		ch.end(ending{cause: cause, gone: !lost && !c.seat.server.isDraining(), then: c.oneEnded})
	}
	c.dropWaiting()
	c.oneEnded()
}
