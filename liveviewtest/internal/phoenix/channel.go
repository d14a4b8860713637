package phoenix

import (
	"slices"

	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview/protocol"
)

// Channel is one topic of a socket, and the client's part in it: which join is
// the current one, and which messages the server hasn't answered.
type Channel struct {
	conn    *conn
	topic   string
	joinRef string
	pushes  []push // not answered, in the order they were sent
	receive func(event string, payload Payload)
	dropped bool
}

// Reply gets the server's answer to a push.
type Reply func(status string, response Payload)

type push struct {
	ref, event string
	reply      Reply
}

// Join asks for the topic, for the first time or again. All that belongs to an
// earlier join is forgotten. The error of this and of [Channel.Push] is that of a
// payload that is no JSON.
func (c *Channel) Join(payload any, reply Reply) error {
	c.pushes = nil
	return c.Push(protocol.EventJoin, payload, reply)
}

// Push sends a message that the server is to answer.
func (c *Channel) Push(event string, payload any, reply Reply) error {
	if c.dropped {
		return nil
	}
	ref := c.conn.nextRef()
	if event == protocol.EventJoin {
		c.joinRef = ref // a join goes by its own ref
	}
	data, err := encode(c.joinRef, ref, c.topic, event, payload)
	if err != nil {
		return err
	}
	c.pushes = append(c.pushes, push{ref, event, reply})
	c.conn.log.add(Frame{true, c.topic, event, len(data)})
	c.conn.send(websocket.TextMessage, data)
	return nil
}

// Ping has the server answer once it has worked off what came before. No client
// does that, and so it isn't noted in the log.
func (c *Channel) Ping(event string, payload any, reply Reply) error {
	if c.dropped {
		return nil
	}
	ref := c.conn.nextRef()
	data, err := encode(c.joinRef, ref, c.topic, event, payload)
	if err != nil {
		return err
	}
	c.pushes = append(c.pushes, push{ref, event, reply})
	c.conn.log.ignore(ref)
	c.conn.send(websocket.TextMessage, data)
	return nil
}

// PushBytes is [Channel.Push] for a payload of bytes.
func (c *Channel) PushBytes(event string, payload []byte, reply Reply) {
	if c.dropped {
		return
	}
	ref := c.conn.nextRef()
	c.pushes = append(c.pushes, push{ref, event, reply})
	data := encodeBinary(c.joinRef, ref, c.topic, event, payload)
	c.conn.log.add(Frame{true, c.topic, event, len(data)})
	c.conn.send(websocket.BinaryMessage, data)
}

// Leave tells the server that the channel is left, and drops it.
func (c *Channel) Leave() {
	if c.dropped {
		return
	}
	if data, err := encode(c.joinRef, c.conn.nextRef(), c.topic, protocol.EventLeave, Payload{}); err == nil {
		c.conn.log.add(Frame{true, c.topic, protocol.EventLeave, len(data)})
		c.conn.send(websocket.TextMessage, data)
	}
	c.Drop()
}

// Drop makes the channel deaf and dumb: what still comes for it goes nowhere,
// and nothing is sent any more.
func (c *Channel) Drop() { c.dropped, c.pushes = true, nil }

// Message is one of the server's, for the channel that it is about: the answer
// to a push, for which Reply is set, or else an event.
type Message struct {
	Reply    Reply
	Status   string
	Response Payload

	Receive func(event string, payload Payload)
	Event   string
	Payload Payload
}

// message returns what a frame is to the channel. ok is false if it isn't for
// the channel's current join.
func (c *Channel) message(f frame) (m Message, ok bool) {
	if c.dropped || f.joinRef != "" && f.joinRef != c.joinRef {
		return Message{}, false
	}
	if f.event != protocol.EventReply {
		return Message{Receive: c.receive, Event: f.event, Payload: f.payload}, true
	}
	i := slices.IndexFunc(c.pushes, func(p push) bool { return p.ref == f.ref })
	if i < 0 {
		return Message{}, false
	}
	m.Reply = c.pushes[i].reply
	c.pushes = slices.Delete(c.pushes, i, i+1)
	m.Status, _ = f.payload["status"].(string)
	m.Response, _ = f.payload["response"].(Payload)
	return m, true
}
