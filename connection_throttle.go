package liveview

import (
	"strings"
	"time"

	"github.com/gin-liveview/liveview/internal/limit"
	"github.com/gin-liveview/liveview/internal/wire"
	"github.com/gin-liveview/liveview/protocol"
)

// ensureThrottle returns the connection's throttle, and makes it if there is none.
func (c *connection) ensureThrottle() *throttle {
	if c.throttle == nil {
		c.throttle = new(throttle)
	}
	return c.throttle
}

func isHeartbeat(f protocol.Frame) bool {
	return f.Topic == protocol.TopicPhoenix && f.Event == protocol.EventHeartbeat
}

// isFree reports whether f is one of the few frames a second that aren't counted:
// most clients never send more, and need no throttle. One that has a throttle keeps
// it until a heartbeat finds that nothing is held against the client any more.
func (c *connection) isFree(f protocol.Frame, now time.Time) bool {
	if c.config.extraEvents(f.Payload) > 0 {
		return false
	}
	if t := c.throttle; t != nil {
		if !isHeartbeat(f) || t.events.Fill(now) < 1 || t.joins.Fill(now) < 1 || t.refusals.Fill(now) < 1 || c.waiting.Used() > 0 {
			return false
		}
		c.throttle = nil
	}
	if now.UnixNano()-c.freeSince >= int64(time.Second) {
		c.freeSince, c.freeFrames = now.UnixNano(), 0
	}
	if float64(c.freeFrames)+1 > c.freePerSecond {
		return false
	}
	c.freeFrames++
	return true
}

// withinRates waits until f may be acted on, as far as rates go, and reports
// whether it may.
func (c *connection) withinRates(f protocol.Frame) bool {
	now := time.Now()
	if c.isFree(f, now) {
		return true
	}
	t := c.ensureThrottle()
	if f.Event == protocol.EventProgress && t.progress > 0 {
		t.progress--
		return true
	}
	if !c.pace(&t.events, c.events, &t.tooManyEvents, now) {
		c.note(Note{Kind: NoteLimit, Cause: "EventRate"})
		return false
	}
	t.events.Charge(c.events, c.config.extraEvents(f.Payload), time.Now())
	if f.Event != protocol.EventJoin || strings.HasPrefix(f.Topic, protocol.TopicUpload) {
		return true
	}
	if !c.pace(&t.joins, c.joins, &t.tooManyJoins, time.Now()) {
		c.note(Note{Kind: NoteLimit, Cause: "JoinRate"})
		return false
	}
	return true
}

// charge is withinRates for a frame that has been answered already, as nobody had
// asked for it.
func (c *connection) charge(f protocol.Frame) {
	if !c.withinRates(f) {
		c.countRefusal(f)
	}
}

// pace waits until b allows one more, and reports whether it does.
func (c *connection) pace(b *limit.Bucket, r limit.Rate, h *holdup, now time.Time) bool {
	ok, in := b.Take(r, now)
	if ok {
		// It takes more than one free place to have caught up, as there is one
		// now and then while a client is held back.
		if *h != 0 && b.Fill(now) > 0.25 {
			h.over()
		}
		return true
	}
	if in > h.left(now) {
		return false
	}
	return c.conn.Wait(in+time.Millisecond, func() bool { // in is rounded
		ok, _ := b.Take(r, time.Now())
		return ok
	})
}

// reserve waits until n bytes more may wait on this socket, and reports whether
// they may. They are to be given back by release.
func (c *connection) reserve(n int) bool {
	bytes, most := int64(n), int64(c.config.MaxWaiting)
	if c.waiting.Take(bytes, most) {
		if t := c.throttle; t != nil && t.tooMuchWaits != 0 && c.waiting.Used() < most/2 {
			t.tooMuchWaits.over()
		}
		return true
	}
	left := c.ensureThrottle().tooMuchWaits.left(time.Now())
	c.note(Note{Kind: NoteLimit, Cause: "MaxWaiting"})
	return left > 0 && c.conn.Wait(left, func() bool { return c.waiting.Take(bytes, most) })
}

// postHeldBack puts m into ch's mailbox, once it has room for events. Its error
// is work.ErrFull if there is none for too long.
func (c *connection) postHeldBack(ch *channel, m message) error {
	err := ch.postEvent(m)
	if err == nil {
		if ch.tooManyWait != 0 && ch.queue.Len() < c.config.eventRoom()/2 {
			ch.tooManyWait.over()
		}
		return nil
	}
	if !isFull(err) {
		return err
	}
	if left := ch.tooManyWait.left(time.Now()); left > 0 {
		c.conn.Wait(left, func() bool {
			err = ch.postEvent(m)
			return !isFull(err)
		})
	}
	return err
}

// refuse answers a frame by which the client is over its share.
func (c *connection) refuse(f protocol.Frame) {
	if f.Event == protocol.EventEvent {
		c.reply(f, true, nil) // or the element stays locked
	} else {
		c.reply(f, false, protocol.AppendReason(nil, protocol.ReasonThrottled))
	}
	c.countRefusal(f)
}

// countRefusal has the operator know of a refusal, now and then, and closes the
// socket after too many.
func (c *connection) countRefusal(f protocol.Frame) {
	if !c.conn.Open() {
		return // it was held back for as long as the socket was there
	}
	now := time.Now()
	t := c.ensureThrottle()
	if t.told == 0 || t.told.left(now) <= 0 {
		t.told = holdup(now.UnixNano())
		c.faults.warn("liveview: a browser sends more than its share, so what it sends is no longer handled; "+
			"hold its events back with phx-throttle or phx-debounce, let hooks push less often, or raise Config.EventRate",
			append([]any{"event", f.Event, "topic", f.Topic}, c.visitorAttrs()...)...)
	}
	if ok, _ := t.refusals.Take(c.refused, now); !ok {
		c.faults.warn("liveview: socket closed: its browser goes on sending more than its share", c.visitorAttrs()...)
		c.conn.Close(wire.ClosePolicyViolation, "too many messages")
	}
}

// paysForProgress says that a chunk was taken in, after which the client reports
// its file's progress. As many reports may be on their way as there were files at a
// time: a file may be over before its last report comes.
func (c *connection) paysForProgress() {
	const least = 100
	c.mu.Lock()
	files := len(c.besides().transfers)
	c.mu.Unlock()
	t := c.ensureThrottle()
	t.files = max(t.files, files, least)
	if t.progress < t.files {
		t.progress++
	}
}
