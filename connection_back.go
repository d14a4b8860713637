package liveview

import (
	"bytes"
	"slices"
	"time"

	"github.com/gin-liveview/liveview/protocol"
)

// first is what the joins say of themselves that most are: they come from pages that
// haven't been joined yet. One that says so elsewhere begins anew.
var first = []byte(`"_mounts":0`)

// keptFor returns the channel that goes on with the join f, as it is of a page that has
// lost its socket, or is about to; nil for none.
func (c *connection) keptFor(f protocol.Frame) *channel {
	if ch := c.takeWaiting(f.Topic); ch != nil {
		return ch
	}
	if c.browser == "" || c.config.KeepTime < 0 || bytes.Contains(f.Payload, first) {
		return nil
	}
	j, err := c.decode.DecodeJoin(f.Payload)
	if err != nil || j.Mounts() == 0 || j.PageKey() == 0 {
		return nil
	}
	channels := c.keeper.claim(j.PageKey(), c.browser, c, c.nth)
	if channels == nil {
		channels = c.takeStalled(j.PageKey())
	}
	if channels == nil { // that socket's end may have been noticed meanwhile
		channels = c.keeper.claim(j.PageKey(), c.browser, c, c.nth)
	}
	return c.takeBack(channels, f.Topic)
}

// takeWaiting returns the channel that waits for its join, now that its page is back; nil for
// none.
func (c *connection) takeWaiting(topic string) *channel {
	c.mu.Lock()
	defer c.mu.Unlock()
	back := c.besides().back
	for i, ch := range back {
		if ch.topic == topic {
			c.beside.back = append(back[:i:i], back[i+1:]...)
			return ch
		}
	}
	return nil
}

// takeBack returns which of the channels of a page is that of topic, and has the others
// wait for their joins. One whose topic is there, or waits, already is of before: the page has
// had two sockets without anybody having noticed that the first is lost.
func (c *connection) takeBack(channels []*channel, topic string) (its *channel) {
	var older []*channel
	c.mu.Lock()
	for _, ch := range channels {
		switch {
		case ch.topic == topic && its == nil:
			its = ch
		case ch.topic == topic, c.indexOf(ch.topic) >= 0, slices.ContainsFunc(c.besides().back, func(other *channel) bool { return other.topic == ch.topic }):
			older = append(older, ch)
		default:
			also := c.putBeside()
			also.back = append(also.back, ch)
		}
	}
	if len(c.besides().back) > 0 {
		time.AfterFunc(joinsWait, c.dropWaiting)
	}
	c.mu.Unlock()
	for _, ch := range older {
		ch.endNow(ending{cause: endForgotten})
	}
	return its
}

// dropWaiting ends the views of a page that is back which haven't joined.
func (c *connection) dropWaiting() {
	c.mu.Lock()
	waiting := c.besides().back
	if waiting != nil {
		c.beside.back = nil
	}
	c.mu.Unlock()
	for _, ch := range waiting {
		ch.endNow(ending{cause: endForgotten})
	}
}

// takeStalled returns the channels of the page with that key, as an earlier socket of the
// browser's has it: nobody has noticed that it is lost.
func (c *connection) takeStalled(key uint64) []*channel {
	for _, s := range c.keeper.stalledSockets(c.browser) {
		if other, ok := s.(*connection); ok && other.nth < c.nth {
			if channels := other.yield(c, key); channels != nil {
				return channels
			}
		}
	}
	return nil
}

// yield has the channels go on over to, if they are those of the page with that key.
func (c *connection) yield(to *connection, key uint64) []*channel {
	page := c.leave(key, 0)
	if page == nil {
		return nil
	}
	return page.hand(to)
}

// leave makes connection a stalledSocket; the socket is cut, as nobody is at its other end
// any more.
func (c *connection) leave(key uint64, joins uint32) *keptPage {
	c.mu.Lock()
	its := slices.ContainsFunc(c.channels, func(ch *channel) bool { return ch.key.Load() == key })
	if c.over || !its || joins > 0 && joinsOfPage(c.channels) > joins {
		c.mu.Unlock()
		return nil
	}
	channels, transfers := c.lastTopics()
	c.leaveTopics()
	c.mu.Unlock()
	for _, t := range transfers {
		t.stop(stopCut)
	}
	page := &keptPage{keeper: c.keeper, key: key, nth: c.nth, peer: c.peer.without(), channels: slices.Clone(channels)}
	for _, ch := range channels {
		_ = page.lose(ch) // one that has ended has told its socket
	}
	c.conn.Cut()
	return page
}

// supersede makes connection an earlier place of a page.
func (c *connection) supersede(by *channel, nth uint64) bool {
	c.mu.Lock()
	channels := slices.Concat(c.channels, c.besides().back)
	c.mu.Unlock()
	return endOlder(by, channels, c.nth > nth)
}

// since makes connection, with leave and hasPage, a stalledSocket.
func (c *connection) since() uint64 { return c.nth }

// hasPage makes connection, with leave and since, a stalledSocket.
func (c *connection) hasPage(key uint64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(slices.Concat(c.channels, c.besides().back), func(ch *channel) bool { return ch.key.Load() == key && ch.isSaved() })
}

// bringBack has ch, which waited for its page, answer the join f.
func (c *connection) bringBack(ch *channel, f protocol.Frame) {
	r := &returning{peer: &c.peer, topics: c, joinRef: f.JoinRef, ref: f.Ref, payload: append([]byte(nil), f.Payload...)}
	if ch.postOwn(message{kind: messageReturn, info: r}) != nil {
		c.dropChannel(ch) // it has ended, or is about to: the join is that of a new view
	}
}

func (c *connection) goesOn(ch *channel, joinRef string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.Contains(c.channels, ch) || ch.next == nil || ch.next.joinRef != joinRef {
		return false
	}
	ch.next.discard()
	ch.next, ch.joinRef, ch.returning = nil, joinRef, false
	return true
}

func (c *connection) passOn(ch *channel, v *savedView) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ch.next != nil {
		ch.next.own().inherited = v // it is held, so nobody else is at it
	}
}

// waits has the view wait for as long as a page is kept: the client joins again by itself,
// after a longer pause each time.
func (c *connection) waits(ch *channel, joinRef string) {
	c.mu.Lock()
	i := slices.Index(c.channels, ch)
	if i < 0 || ch.next == nil || ch.next.joinRef != joinRef { // it hears of another join, or of the socket's end
		c.mu.Unlock()
		return
	}
	ch.next.discard()
	ch.next, ch.returning = nil, false
	if ch.counted {
		ch.counted = false
		if c.views--; c.views == 0 {
			c.conn.Unsettle()
		}
	}
	c.channels = slices.Delete(c.channels, i, i+1)
	also := c.putBeside()
	also.back = append(also.back, ch)
	c.mu.Unlock()
	time.AfterFunc(c.config.KeepTime, c.dropWaiting)
	c.conn.Write(protocol.AppendError(nil, joinRef, ch.topic, protocol.ReasonChannelCrash))
}
