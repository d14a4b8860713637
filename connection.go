package liveview

import (
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-liveview/liveview/internal/wire"
	"github.com/gin-liveview/liveview/protocol"
)

// connection is one open socket: the topics on it, which are its views and
// their uploads. What arrives for them is in receive.go.
type connection struct {
	peer
	owner  connectionOwner
	keeper *keeper
	seat   seat
	nth    uint64 // of those that were opened, as the browser did it: a later one is newer

	// Owned by the conn's Serve.
	throttle   *throttle // nil while the client sends little
	freeSince  int64     // since when freeFrames are counted, in Unix nanoseconds
	freeFrames uint8     // that needed no throttle
	badFrames  uint8
	late       uint8 // frames read while it waits to be closed

	over         bool        // no join is taken any more; guarded by mu, and here as it takes no room of its own
	closesAtRest atomic.Bool // it is to be closed as soon as no view is at work

	mu          sync.Mutex // guards the fields below. A transfer's lock, a mailbox's and its queue's, and the conn's for reading may be taken under it.
	channels    []*channel // one a topic, until it has ended; nearly always there is one
	beside      *beside    // nil for nothing
	views       int32      // those that are there, or on their way
	stillEnding int32      // channels and transfers that haven't ended, once the connection has
}

// beside is what few connections have besides channels.
type beside struct {
	transfers []*transfer // of files that views have granted
	back      []*channel  // of a page that is back, which haven't joined again
}

// connectionOwner is who has opened a connection.
type connectionOwner interface {
	// named counts the connection as one of user's, too.
	named(c *connection, user string)

	// forget is called once when all of the connection has ended.
	forget(c *connection)
}

// seat is where a connection is counted.
type seat struct {
	server  *server       // that it came to
	address netip.Addr    // invalid for none
	listed  *registration // of its browser and its users
}

// newConnection returns the nth connection, which r has opened over conn, for a page
// of browser's; pageOrigin is as in upgradeRequest. It must be given its owner before
// it is served.
func newConnection(a *app, nth uint64, conn wire.Conn, r *http.Request, browser, pageOrigin string) *connection {
	c := &connection{nth: nth}
	c.app, c.conn, c.browser, c.upgrade = a, conn, browser, newUpgradeRequest(r, browser, pageOrigin)
	if c.account = newSocketAccount(a, r, conn.Transport(), requestIDOf(r)); c.account != nil {
		c.conn = toldConn{conn, c.account}
		if c.account.adds { // or there is no use in keeping the request's
			c.upgrade.values = viewContext{c.upgrade.values, c.account.ctx} //nolint:fatcontext // there is one for each connection
		}
	}
	c.peer.socket = c
	c.shows = a.config.Dev.showsProblems(r)
	return c
}

// indexOf finds the channel of topic, -1 for none; mu is held.
func (c *connection) indexOf(topic string) int {
	return slices.IndexFunc(c.channels, func(ch *channel) bool { return ch.topic == topic })
}

// channel returns the one that the client joined topic with last, and by which join; nil
// for none.
func (c *connection) channel(topic string) (ch *channel, joinRef string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := c.indexOf(topic)
	if i < 0 {
		return nil, ""
	}
	ch = c.channels[i]
	if ch.next != nil {
		ch = ch.next
	}
	return ch, ch.joinRef
}

// dropHeld reports whether ch was held, in which case it will never begin.
func (c *connection) dropHeld(ch *channel) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := c.indexOf(ch.topic)
	if i < 0 || c.channels[i].next != ch {
		return false
	}
	first := c.channels[i]
	first.next = nil
	ch.discard()
	if first.returning { // to a page that is left
		defer first.endNow(ending{cause: endForgotten})
	}
	return true
}

// familyOf, viewComes, beginsAnew, comeAgain, dropChannel and those of connection_upload.go make
// connection the topics of its channels.

func (c *connection) familyOf(id string) *family {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := c.indexOf(protocol.TopicView + id)
	if i < 0 {
		return nil
	}
	ch := c.channels[i]
	if ch.next != nil && ch.next.family.Load() != nil { // or it is one that goes on
		ch = ch.next
	}
	return ch.family.Load()
}

func (c *connection) viewComes(ch *channel) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ch.counted || !slices.Contains(c.channels, ch) { // or its socket is lost, of which it is about to hear
		return
	}
	ch.counted = true
	if c.views++; c.views == 1 {
		c.conn.Settle()
	}
}

func (c *connection) beginsAnew(ch *channel) bool { return c.keeper.supersede(ch, c.nth) }

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
	if c.beside != nil {
		c.beside.back = slices.DeleteFunc(c.beside.back, func(other *channel) bool { return other == ch })
	}
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

// rested and named make connection a peerSocket.

func (c *connection) named(user string) { c.owner.named(c, user) }

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
	return slices.Clone(c.channels), slices.Clone(c.besides().transfers)
}

// besides returns what there is beside channels; mu is held.
func (c *connection) besides() beside {
	if c.beside == nil {
		return beside{}
	}
	return *c.beside
}

// putBeside returns where to put more of that; mu is held.
func (c *connection) putBeside() *beside {
	if c.beside == nil {
		c.beside = &beside{}
	}
	return c.beside
}

// leaveTopics has the connection know nothing of its channels any more; mu is held.
func (c *connection) leaveTopics() {
	for _, ch := range c.channels {
		ch.counted, ch.returning = false, false
	}
	c.channels = nil
	if c.beside != nil {
		c.beside.back = nil
	}
}

// lastTopics is topicsNow, with the views that wait for their joins, and has no more
// opened; mu is held.
func (c *connection) lastTopics() ([]*channel, []*transfer) {
	c.over = true
	for _, ch := range c.channels {
		if ch.next != nil {
			ch.next.discard()
			ch.next = nil
		}
	}
	also := c.besides()
	return slices.Concat(c.channels, also.back), slices.Clone(also.transfers)
}

// oneEnded has the connection forgotten when all of its views have ended, with
// their Shutdown, and their files are removed.
func (c *connection) oneEnded() {
	c.mu.Lock()
	c.stillEnding--
	last := c.stillEnding == 0
	c.mu.Unlock()
	if last {
		c.owner.forget(c)
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
		ch.endNow(ending{cause: endTransport, gone: true})
	}
}

func (c *connection) find(id string) *mailbox {
	c.mu.Lock()
	defer c.mu.Unlock()
	return mailboxOf(c.channels, id)
}

func (c *connection) close(code int, reason string) { c.conn.Close(code, reason) }

func (c *connection) cut() { c.conn.Cut() }

func (c *connection) closeWhenIdle() {
	c.handOver()
	c.closesAtRest.Store(true)
	c.closeIfIdle()
}

func (c *connection) restart() {
	if !c.handOver() {
		c.close(wire.CloseServiceRestart, restarting)
		return
	}
	c.closesAtRest.Store(true)
	c.closeIfIdle()
	time.AfterFunc(c.config.holdWait()+time.Second, func() { c.close(wire.CloseServiceRestart, restarting) })
}

// handOver has the views that can be restored hand their states to their pages. It
// reports false if there are none.
func (c *connection) handOver() bool {
	c.mu.Lock()
	var asked []*channel
	var frames [][]byte
	hold := protocol.HoldPush{For: c.config.DrainTime + c.config.holdWait()}.AppendJSON(nil)
	for _, ch := range c.channels {
		if ch.next == nil && ch.handing.CompareAndSwap(handOverLater, handOverAsked) {
			asked = append(asked, ch)
			frames = append(frames, protocol.AppendPush(nil, ch.joinRef, ch.topic, protocol.EventHold, hold))
		}
	}
	c.mu.Unlock()
	for _, frame := range frames {
		c.conn.Write(frame)
	}
	if len(asked) == 0 {
		return false
	}
	time.AfterFunc(c.config.holdWait(), func() {
		for _, ch := range asked {
			_ = ch.postOwn(message{kind: messageHandOver}) // one that has ended has nothing to hand over
		}
	})
	return true
}

// closeIfIdle closes a socket that waits to be closed, unless one of its views is
// at work. Each view has it called, by rested, when it has nothing left to do. One that
// has joined meanwhile hands its state over first, as its page may have sent it something
// by now.
func (c *connection) closeIfIdle() {
	c.handOver()
	channels, _ := c.topicsNow()
	for _, ch := range channels {
		if !ch.isAtRest() {
			return
		}
	}
	if c.closesAtRest.CompareAndSwap(true, false) {
		go c.conn.Close(wire.CloseServiceRestart, restarting) // ends after a second at most
	}
}
