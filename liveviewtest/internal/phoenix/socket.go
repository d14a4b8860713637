// Package phoenix is the client's end of Phoenix's channels, as the npm package
// phoenix is the official client's: a socket, with any number of channels.
package phoenix

import (
	"github.com/gorilla/websocket"
)

// Socket is the connection of a page. Its methods and those of its channels are
// for one goroutine, the test's, and none of them calls back: what the server
// sends is fetched with [Socket.Next].
type Socket struct {
	conn     *conn
	channels map[string]*Channel // by topic
}

// NewSocket takes over ws, and notes in log what goes over it.
func NewSocket(ws *websocket.Conn, log *Log) *Socket {
	return &Socket{conn: newConn(ws, log), channels: map[string]*Channel{}}
}

// Channel returns a channel for the topic, which takes the place of one that is
// there. receive gets the events that the server sends it.
func (s *Socket) Channel(topic string, receive func(event string, payload Payload)) *Channel {
	if old := s.channels[topic]; old != nil {
		old.Drop()
	}
	c := &Channel{conn: s.conn, topic: topic, receive: receive}
	s.channels[topic] = c
	return c
}

// Next returns the next message of the server's. ok is false if there is none
// yet; err says that none will come any more, as the socket is closed.
func (s *Socket) Next() (m Message, ok bool, err error) {
	for {
		f, ok, err := s.conn.take()
		if !ok {
			return Message{}, false, err
		}
		if c := s.channels[f.topic]; c != nil {
			if m, ok := c.message(f); ok {
				return m, true, nil
			}
		}
	}
}

// Wake holds a value when there may be something for [Socket.Next].
func (s *Socket) Wake() <-chan struct{} { return s.conn.wake }

// Unanswered returns the event of a push that the server hasn't answered. ok is
// false if it has answered all.
func (s *Socket) Unanswered() (event string, ok bool) {
	for _, c := range s.channels {
		if len(c.pushes) > 0 {
			return c.pushes[0].event, true
		}
	}
	return "", false
}

// Close ends the connection as a browser does that leaves the page, and waits
// for the socket's goroutines.
func (s *Socket) Close() { s.drop(); s.conn.close() }

// Cut is [Socket.Close] as a network does it that fails: the server isn't told.
func (s *Socket) Cut() { s.drop(); s.conn.cut() }

func (s *Socket) drop() {
	for _, c := range s.channels {
		c.Drop()
	}
}
