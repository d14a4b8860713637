package liveview

import (
	"errors"
	"strings"

	"github.com/gin-liveview/liveview/internal/bufpool"
	"github.com/gin-liveview/liveview/internal/wire"
	"github.com/gin-liveview/liveview/protocol"
)

// Text acts on a text frame of the client's. It and the methods below make
// connection a wire.Receiver.
func (c *connection) Text(frame []byte) wire.Next {
	f, err := protocol.Limits{}.DecodeText(frame)
	if err != nil {
		return c.badFrame(err)
	}
	c.receive(f)
	if f.Event == protocol.EventJoin || f.Event == protocol.EventHeartbeat {
		return wire.Idle
	}
	return wire.Continue
}

// Binary acts on a binary frame, which is a chunk of a file.
func (c *connection) Binary(frame *bufpool.Buffer) (kept bool, next wire.Next) {
	f, err := protocol.Limits{}.DecodeBinary(frame.B)
	if err != nil {
		return false, c.badFrame(err)
	}
	if f.Event == protocol.EventChunk {
		t := c.transferOf(f)
		kept = t != nil && t.chunk(f, frame)
	}
	if !kept {
		c.reply(f, false, protocol.AppendReason(nil, protocol.ReasonUnmatchedTopic))
	}
	return kept, wire.Continue
}

// Ended is called when the connection has.
func (c *connection) Ended() { c.end() }

// badFrame is for a frame that can't be decoded.
func (c *connection) badFrame(err error) wire.Next {
	c.badFrames++
	c.faults.warn("liveview: bad frame", "err", err, "remote", c.upgrade.remoteAddr)
	if c.badFrames >= maxBadFrames {
		c.conn.Close(wire.CloseUnsupportedData, "bad frames")
		return wire.Stop
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
	case strings.HasPrefix(f.Topic, protocol.TopicUpload):
		c.receiveUpload(f)
	case f.Event == protocol.EventJoin:
		c.conn.Settle()
		c.join(f)
	default:
		c.receivePush(f)
	}
}

// receivePush hands a push to the channel of its topic.
func (c *connection) receivePush(f protocol.Frame) {
	ch := c.channel(f.Topic)
	switch {
	case ch != nil && f.JoinRef == ch.joinRef:
		c.pushTo(ch, f)
	case f.Event == protocol.EventLeave:
		// Also sent for views that this socket never had, when the page
		// unloads.
		c.reply(f, true, nil)
	case ch == nil:
		c.reply(f, false, protocol.AppendReason(nil, protocol.ReasonUnmatchedTopic))
	}
}

// pushTo puts f into the channel's mailbox. A channel that ends takes nothing but
// a leave.
func (c *connection) pushTo(ch *channel, f protocol.Frame) {
	if f.Event == protocol.EventLeave {
		ch.end(ending{cause: endLeft, ref: f.Ref})
		return
	}
	payload := append(make([]byte, 0, len(f.Payload)), f.Payload...)
	if errors.Is(ch.post(message{kind: messageEvent, event: f.Event, ref: f.Ref, payload: payload}), ErrEnded) {
		c.reply(f, false, protocol.AppendReason(nil, protocol.ReasonUnmatchedTopic))
	}
}

// receiveUpload acts on a text frame for the topic of a file.
func (c *connection) receiveUpload(f protocol.Frame) {
	switch f.Event {
	case protocol.EventJoin:
		c.joinUpload(f)
	case protocol.EventLeave:
		if t := c.transferOf(f); t != nil {
			t.leave()
		}
		c.reply(f, true, nil)
	default:
		c.reply(f, false, protocol.AppendReason(nil, protocol.ReasonUnmatchedTopic))
	}
}
