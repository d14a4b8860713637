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

	leaving   atomic.Bool // to be closed as soon as no view is at work
	badFrames int         // owned by the conn's Serve

	mu          sync.Mutex  // guards the fields below. A transfer's lock may be taken under it.
	channels    []*channel  // one a topic; nearly always there is one
	transfers   []*transfer // of files that views have granted
	stillEnding int         // once the connection has ended: what hasn't yet
}

// newConnection returns the connection that r has opened over conn, for a page
// of browser's; pageOrigin is as in upgradeRequest. It must be given forget and named before it is served.
func newConnection(a *app, conn wire.Conn, r *http.Request, browser, pageOrigin string) *connection {
	c := &connection{}
	c.app, c.conn, c.browser, c.upgrade = a, conn, browser, newUpgradeRequest(r, pageOrigin)
	return c
}

// join opens a channel for f's topic. One that is there already ends first, so
// that there are never two.
func (c *connection) join(f protocol.Frame) {
	ch := newChannel(&c.peer, c, f)
	c.mu.Lock()
	var old *channel
	switch i := c.indexOf(f.Topic); {
	case i >= 0:
		old, c.channels[i] = c.channels[i], ch
	case len(c.channels) >= MaxChannels:
		c.mu.Unlock()
		c.reply(f, false, protocol.AppendReason(nil, protocol.ReasonTooManyChannels))
		return
	default:
		c.channels = append(c.channels, ch)
	}
	c.mu.Unlock()

	if old == nil {
		ch.queue.Release()
		return
	}
	old.end(ending{cause: endReplaced, then: ch.queue.Release})
}

// indexOf finds the channel of topic, -1 for none; mu is held.
func (c *connection) indexOf(topic string) int {
	return slices.IndexFunc(c.channels, func(ch *channel) bool { return ch.topic == topic })
}

func (c *connection) channel(topic string) *channel {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := c.indexOf(topic); i >= 0 {
		return c.channels[i]
	}
	return nil
}

// comeAgain, dropChannel, rested and those of connection_upload.go make connection the
// topics of its channels.

func (c *connection) dropChannel(ch *channel) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.Index(c.channels, ch); i >= 0 {
		c.channels = slices.Delete(c.channels, i, i+1)
	}
}

func (c *connection) comeAgain() {
	c.endViews()
	go c.close(wire.CloseGoingAway, "refused") // ends after a second at most
}

func (c *connection) rested() {
	if c.leaving.Load() {
		c.leaveIfIdle()
	}
}

// reply answers a push that no channel does.
func (c *connection) reply(f protocol.Frame, ok bool, response []byte) {
	c.conn.Write(protocol.AppendReply(nil, f.JoinRef, f.Ref, f.Topic, ok, response))
}

// topicsNow returns what is open now.
func (c *connection) topicsNow() ([]*channel, []*transfer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.channels), slices.Clone(c.transfers)
}

// end runs once, when the connection has: the client never says goodbye to its
// topics when it is lost.
func (c *connection) end() {
	c.mu.Lock()
	channels, transfers := slices.Clone(c.channels), slices.Clone(c.transfers)
	c.stillEnding = 1 + len(channels) + len(transfers)
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
// are being joined end as well.
func (c *connection) endViews() {
	channels, transfers := c.topicsNow()
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
	c.leaving.Store(true)
	c.leaveIfIdle()
}

// leaveIfIdle closes a socket that is leaving, unless one of its views is at
// work. Each calls it, by rested, when it is not any more.
func (c *connection) leaveIfIdle() {
	channels, _ := c.topicsNow()
	for _, ch := range channels {
		if !ch.queue.Idle() {
			return
		}
	}
	if c.leaving.CompareAndSwap(true, false) {
		go c.conn.Close(wire.CloseServiceRestart, restarting) // ends after a second at most
	}
}
