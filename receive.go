package liveview

import (
	"errors"
	"strings"

	"github.com/gin-liveview/liveview/internal/bufpool"
	"github.com/gin-liveview/liveview/internal/rescue"
	"github.com/gin-liveview/liveview/internal/wire"
	"github.com/gin-liveview/liveview/protocol"
)

// Text acts on a text frame of the client's. It and the methods below make
// connection a wire.Receiver.
func (c *connection) Text(frame []byte) wire.Next {
	c.account.receive(len(frame))
	f, err := c.decode.DecodeText(frame)
	if errors.Is(err, protocol.ErrLimit) {
		if f, ok := c.decode.DecodeHead(frame); ok {
			c.refuseLarge(f, &LimitError{Size: len(frame), Limit: c.config.MaxFrame, cause: err})
			return wire.Continue
		}
	}
	if err != nil {
		return c.badFrame(err)
	}
	if c.holdLate() {
		return wire.Continue
	}
	switch isOfFile := strings.HasPrefix(f.Topic, protocol.TopicUpload); {
	case isOfFile && c.receiveUpload(f): // a view has asked for it
	case isOfFile:
		c.charge(f)
	case c.withinRates(f):
		c.receive(f)
	case isHeartbeat(f), f.Event == protocol.EventLeave:
		c.receive(f) // which costs no more than a refusal
		c.countRefusal(f)
	default:
		c.refuse(f)
	}
	if f.Event == protocol.EventJoin || f.Event == protocol.EventHeartbeat {
		return wire.Idle
	}
	return wire.Continue
}

// Binary acts on a binary frame, which is a chunk of a file.
func (c *connection) Binary(frame *bufpool.Buffer) (kept bool, next wire.Next) {
	c.account.receive(len(frame.B))
	f, err := c.decode.DecodeBinary(frame.B)
	if err != nil {
		return false, c.badFrame(err)
	}
	t := c.transferOf(f)
	if f.Event != protocol.EventChunk || t == nil {
		c.reply(f, false, protocol.AppendReason(nil, protocol.ReasonUnmatchedTopic))
		c.charge(f)
		return false, wire.Continue
	}
	cost := chunkCost(f.Payload)
	if !c.reserve(cost) {
		c.refuse(f)
		return false, wire.Continue
	}
	if kept = t.chunk(f, frame); kept {
		c.paysForProgress()
	} else {
		c.release(cost)
		c.reply(f, false, protocol.AppendReason(nil, protocol.ReasonUnmatchedTopic))
		c.charge(f)
	}
	return kept, wire.Continue
}

// TooLarge acts on a frame that is larger than allowed, of which the head is there.
func (c *connection) TooLarge(e wire.Excess) wire.Next {
	c.account.receive(e.Size)
	var f protocol.Frame
	var known bool
	if e.Binary {
		var err error
		f, err = c.decode.DecodeBinary(e.Head)
		known = err == nil
	} else {
		f, known = c.decode.DecodeHead(e.Head)
	}
	why := &LimitError{Size: e.Size, Limit: e.Limit}
	if e.Cut || !known {
		c.warnTooLarge(f, why)
		return wire.Continue
	}
	for range e.Size/e.Limit - 1 { // it costs as much as so many others
		c.withinRates(f)
	}
	c.refuseLarge(f, why)
	return wire.Continue
}

// refuseLarge answers a frame that is too large to be handled, or has its view do
// it.
func (c *connection) refuseLarge(f protocol.Frame, why *LimitError) {
	if c.holdLate() {
		return
	}
	ch, joinRef := c.channel(f.Topic)
	switch {
	case !c.withinRates(f):
		c.refuse(f)
	case isHeartbeat(f), f.Event == protocol.EventLeave:
		c.receive(f)
	case f.Event == protocol.EventJoin, ch == nil, f.JoinRef != joinRef:
		c.warnTooLarge(f, why)
		c.reply(f, false, protocol.AppendReason(nil, protocol.ReasonTooLarge))
	default:
		r := &refusal{why: why}
		if f.Event == protocol.EventEvent {
			r.head = c.decode.DecodeEventHead(f.Payload)
		}
		c.pushTo(ch, f, message{kind: messageRefusal, event: f.Event, ref: f.Ref, info: r}, nil)
	}
}

// warnTooLarge tells the operator of a frame that no view hears of.
func (c *connection) warnTooLarge(f protocol.Frame, why *LimitError) {
	c.note(Note{Kind: NoteLimit, Cause: "MaxFrame"})
	c.faults.warn("liveview: a message was not handled: "+tooLargeHint,
		append([]any{"size", why.Size, "limit", why.Limit, "err", why, "event", f.Event, "topic", f.Topic}, c.visitorAttrs()...)...)
}

// holdLate reports whether a frame came too late: the socket is closed. While it
// waits to be closed, what comes is still answered; but a client that goes on
// sending must not keep it open, so nothing more is read after some frames.
func (c *connection) holdLate() bool {
	const most = 32
	if !c.closesAtRest.Load() {
		return false
	}
	if c.late < most {
		c.late++
		return false
	}
	c.conn.Wait(c.config.DrainTime, func() bool { return false })
	return true
}

// Lost says what was lost in a frame: nothing that the client can mend.
func (c *connection) Lost(value any, stack []byte) {
	err := &rescue.Panic{What: "reading the socket", Value: value, Stack: stack}
	c.note(Note{Kind: NoteCrash, Cause: "socket", Err: err})
	c.config.Logger.Error("liveview: a socket was lost; its pages join again", append(errAttrs(err), "remote", c.upgrade.remoteAddr)...)
}

// Ended is called when the connection has.
func (c *connection) Ended(lost bool, why string) {
	c.account.end(c.app, why)
	c.end(lost, why == wire.Left)
}

// badFrame is for a frame that can't be decoded.
func (c *connection) badFrame(err error) wire.Next {
	c.badFrames++
	c.note(Note{Kind: NoteRefusal, Cause: "frame"})
	c.faults.warn("liveview: bad frame, which the official client doesn't send", append([]any{"err", err}, c.visitorAttrs()...)...)
	if c.badFrames >= maxBadFrames {
		c.conn.Close(wire.CloseUnsupportedData, "bad frames")
	}
	return wire.Continue
}

// receive acts on one frame; f.Payload is valid until it returns.
func (c *connection) receive(f protocol.Frame) {
	switch {
	case f.Topic == protocol.TopicPhoenix:
		// Answered here and never behind a view: it also is the client's
		// check that the connection lives.
		if f.Event == protocol.EventHeartbeat {
			c.reply(f, true, nil)
		}
	case f.Event == protocol.EventJoin:
		if c.reserve(messageCost + len(f.Payload)) {
			c.join(f)
		} else {
			c.refuse(f)
		}
	default:
		c.receivePush(f)
	}
}

// receivePush hands a push to the channel of its topic.
func (c *connection) receivePush(f protocol.Frame) {
	ch, joinRef := c.channel(f.Topic)
	switch {
	case ch != nil && f.JoinRef == joinRef && f.Event == protocol.EventLeave:
		// A channel that ends takes nothing, and one that is held never begins
		// once the client leaves it.
		if c.dropHeld(ch) || !ch.leave(f.Ref) {
			c.reply(f, true, nil)
		}
	case ch != nil && f.JoinRef == joinRef && f.Event == protocol.EventHeld:
		_ = ch.postOwn(message{kind: messageHandOver}) // one that has ended has nothing to hand over
	case ch != nil && f.JoinRef == joinRef:
		c.pushTo(ch, f, message{kind: messageEvent, event: f.Event, ref: f.Ref}, f.Payload)
	case f.Event == protocol.EventLeave:
		// Also sent for views that this socket never had, when the page
		// unloads.
		c.reply(f, true, nil)
	case ch == nil:
		c.reply(f, false, protocol.AppendReason(nil, protocol.ReasonUnmatchedTopic))
	}
}

// pushTo puts m, which is what f asks for, into the channel's mailbox, with a copy of
// payload.
func (c *connection) pushTo(ch *channel, f protocol.Frame, m message, payload []byte) {
	m.payload = payload
	if !c.reserve(m.cost()) {
		c.refuse(f)
		return
	}
	m.payload = append(make([]byte, 0, len(payload)), payload...)
	err := c.postHeldBack(ch, m)
	if err == nil {
		return
	}
	c.release(m.cost())
	if isFull(err) {
		c.note(Note{Kind: NoteLimit, Cause: "MailboxSize"})
		c.refuse(f)
	} else {
		c.reply(f, false, protocol.AppendReason(nil, protocol.ReasonUnmatchedTopic))
	}
}

// receiveUpload acts on a text frame for the topic of a file, and reports
// whether it is what a client has to send for one that a view has granted.
func (c *connection) receiveUpload(f protocol.Frame) bool {
	switch f.Event {
	case protocol.EventJoin:
		return c.joinUpload(f)
	case protocol.EventLeave:
		t := c.transferOf(f)
		isFirst := t != nil && t.leave()
		c.reply(f, true, nil)
		return isFirst
	default:
		c.reply(f, false, protocol.AppendReason(nil, protocol.ReasonUnmatchedTopic))
	}
	return false
}
