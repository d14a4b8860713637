package liveview

import (
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gin-liveview/liveview/internal/wire"
	"github.com/gin-liveview/liveview/protocol"
)

// connection is one open socket: the topics on it, which are its views and
// their uploads. What arrives for them is in receive.go.
type connection struct {
	peer
	forget func() // called once when all of it has ended

	closesAtRest atomic.Bool // it is to be closed as soon as no view is at work

	// Owned by the conn's Serve.
	throttle   *throttle // nil while the client sends little
	freeSince  int64     // since when freeFrames are counted, in Unix nanoseconds
	freeFrames uint8     // that needed no throttle
	badFrames  uint8
	late       uint8 // frames read while it waits to be closed

	mu          sync.Mutex  // guards the fields below. A transfer's lock, a mailbox's and its queue's, and the conn's for reading may be taken under it.
	channels    []*channel  // one a topic, until it has ended; nearly always there is one
	transfers   []*transfer // of files that views have granted
	views       int32       // those that are there, or on their way
	stillEnding int32       // channels and transfers that haven't ended, once the connection has
	over        bool        // no join is taken any more
}

// newConnection returns the connection that r has opened over conn, for a page
// of browser's; pageOrigin is as in upgradeRequest. It must be given forget and
// named before it is served.
func newConnection(a *app, conn wire.Conn, r *http.Request, browser, pageOrigin string) *connection {
	c := &connection{}
	c.app, c.conn, c.browser, c.upgrade = a, conn, browser, newUpgradeRequest(r, browser, pageOrigin)
	c.shows = a.config.Dev.showsProblems(r)
	return c
}

// join opens a channel for f's topic. One that is there already ends first, so
// that there are never two; meanwhile the new one is held, and it is never to
// begin if the client joins yet again. Room for its message has been reserved.
func (c *connection) join(f protocol.Frame) {
	ch := newChannel(&c.peer, c, f)
	c.mu.Lock()
	var first, held *channel
	switch i := c.indexOf(f.Topic); {
	case c.over: // about to be closed
		held = ch
	case i >= 0:
		first = c.channels[i]
		held, first.next = first.next, ch
	case len(c.channels) >= c.config.MaxChannels:
		c.mu.Unlock()
		ch.discard()
		c.reply(f, false, protocol.AppendReason(nil, protocol.ReasonTooManyChannels))
		return
	default:
		c.channels = append(c.channels, ch)
	}
	c.mu.Unlock()

	if held != nil {
		held.discard()
		c.conn.Write(protocol.AppendClose(nil, held.joinRef, held.topic))
	} else if first != nil {
		first.end(ending{cause: endReplaced})
	} else {
		ch.queue.Release()
	}
}

// indexOf finds the channel of topic, -1 for none; mu is held.
func (c *connection) indexOf(topic string) int {
	return slices.IndexFunc(c.channels, func(ch *channel) bool { return ch.topic == topic })
}

// channel returns the one that the client joined topic with last, nil for none.
func (c *connection) channel(topic string) *channel {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := c.indexOf(topic)
	switch {
	case i < 0:
		return nil
	case c.channels[i].next != nil:
		return c.channels[i].next
	}
	return c.channels[i]
}

// dropHeld reports whether ch was held, in which case it will never begin.
func (c *connection) dropHeld(ch *channel) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := c.indexOf(ch.topic)
	if i < 0 || c.channels[i].next != ch {
		return false
	}
	c.channels[i].next = nil
	ch.discard()
	return true
}

// familyOf, viewComes, comeAgain, dropChannel, rested and those of connection_upload.go make
// connection the topics of its channels.

func (c *connection) familyOf(id string) *family {
	if ch := c.channel(protocol.TopicView + id); ch != nil {
		return ch.family.Load()
	}
	return nil
}

func (c *connection) viewComes(ch *channel) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ch.counted = true
	if c.views++; c.views == 1 {
		c.conn.Settle()
	}
}

func (c *connection) dropChannel(ch *channel) {
	c.mu.Lock()
	if ch.counted {
		ch.counted = false
		if c.views--; c.views == 0 {
			c.conn.Unsettle()
		}
	}
	next := ch.next
	ch.next = nil
	switch i := slices.Index(c.channels, ch); {
	case i < 0:
	case next != nil:
		c.channels[i] = next
	default:
		c.channels = slices.Delete(c.channels, i, i+1)
	}
	c.mu.Unlock()
	if next != nil {
		next.queue.Release()
	}
}

func (c *connection) comeAgain() {
	c.endViews()
	go c.close(wire.CloseGoingAway, "refused") // ends after a second at most
}

func (c *connection) rested() {
	if c.closesAtRest.Load() {
		c.closeIfIdle()
	}
}

// reply answers a push that no channel does.
func (c *connection) reply(f protocol.Frame, ok bool, response []byte) {
	c.conn.Write(protocol.AppendReply(nil, f.JoinRef, f.Ref, f.Topic, ok, response))
}

// topicsNow returns what is open now, channels that are ending included.
func (c *connection) topicsNow() ([]*channel, []*transfer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.channels), slices.Clone(c.transfers)
}

// lastTopics is topicsNow, and has no more opened; mu is held.
func (c *connection) lastTopics() ([]*channel, []*transfer) {
	c.over = true
	for _, ch := range c.channels {
		if ch.next != nil {
			ch.next.discard()
			ch.next = nil
		}
	}
	return slices.Clone(c.channels), slices.Clone(c.transfers)
}

// end runs once, when the connection has: the client never says goodbye to its
// topics when it is lost.
func (c *connection) end() {
	c.mu.Lock()
	channels, transfers := c.lastTopics()
	c.stillEnding = int32(1 + len(channels) + len(transfers))
	c.mu.Unlock()
	for _, t := range transfers {
		t.stop(stopCut)
	}
	for _, ch := range channels {
		ch.end(ending{cause: endTransport, then: c.oneEnded})
	}
	c.oneEnded()
}

// oneEnded has the connection forgotten when all of its views have ended, with
// their Shutdown, and their files are removed.
func (c *connection) oneEnded() {
	c.mu.Lock()
	c.stillEnding--
	last := c.stillEnding == 0
	c.mu.Unlock()
	if last {
		c.forget()
	}
}

// endViews, and the methods below, make connection an openSocket. Views that
// are being joined end as well, and those that another join has replaced and
// that still work off what they were sent.
func (c *connection) endViews() {
	c.mu.Lock()
	channels, transfers := c.lastTopics()
	c.mu.Unlock()
	for _, t := range transfers {
		t.stop(stopCut)
	}
	for _, ch := range channels {
		ch.endNow(ending{cause: endTransport})
	}
}

func (c *connection) close(code int, reason string) { c.conn.Close(code, reason) }

func (c *connection) cut() { c.conn.Cut() }

func (c *connection) closeWhenIdle() {
	c.closesAtRest.Store(true)
	c.closeIfIdle()
}

// closeIfIdle closes a socket that waits to be closed, unless one of its views is
// at work. Each view has it called, by rested, when it has nothing left to do.
func (c *connection) closeIfIdle() {
	channels, _ := c.topicsNow()
	for _, ch := range channels {
		if !ch.queue.Idle() {
			return
		}
	}
	if c.closesAtRest.CompareAndSwap(true, false) {
		go c.conn.Close(wire.CloseServiceRestart, restarting) // ends after a second at most
	}
}
