package phoenix

import (
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview/liveviewtest/internal/buffer"
	"github.com/gin-liveview/liveview/protocol"
)

// heartbeat is how often the official client sends one
// (phoenix/assets/js/phoenix/socket.js).
const heartbeat = 30 * time.Second

// conn is a WebSocket with two goroutines: read puts what comes into frames,
// until the socket is closed, and beat sends heartbeats, until read ends. All
// else is done by the test's goroutine, which calls the methods.
type conn struct {
	ws  *websocket.Conn
	log *Log
	ref int // the last one used; owned by the test's goroutine

	write sync.Mutex // held while a message is written; guards nothing else

	mu     sync.Mutex // guards the fields below
	frames []frame    // that came and weren't taken
	err    error      // why the socket is closed

	wake    chan struct{} // holds a token when there is something to take
	closed  chan struct{} // closed by read when it returns
	silence chan struct{} // closed by beat when it returns
}

func newConn(ws *websocket.Conn, log *Log) *conn {
	c := &conn{ws: ws, log: log, wake: make(chan struct{}, 1), closed: make(chan struct{}), silence: make(chan struct{})}
	go c.read() // cut waits for it
	go c.beat() // and for this one
	return c
}

func (c *conn) read() {
	defer close(c.closed)
	for {
		f, err := c.readFrame()
		c.mu.Lock()
		if err != nil {
			c.err = err
		} else if f.topic != protocol.TopicPhoenix {
			c.frames = append(c.frames, f)
		}
		c.mu.Unlock()
		select {
		case c.wake <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

func (c *conn) readFrame() (frame, error) {
	_, r, err := c.ws.NextReader()
	if err != nil {
		return frame{}, err
	}
	b := buffer.Get()
	defer buffer.Put(b)
	if _, err := b.ReadFrom(r); err != nil {
		return frame{}, err
	}
	f, err := decodeFrame(b.String())
	if err == nil && f.topic != protocol.TopicPhoenix {
		c.log.received(f, b.Len())
	}
	return f, err
}

func (c *conn) beat() {
	defer close(c.silence)
	t := time.NewTicker(heartbeat)
	defer t.Stop()
	for {
		select {
		case <-c.closed:
			return
		case <-t.C:
			c.send(websocket.TextMessage, []byte(`[null,"0","phoenix","heartbeat",{}]`))
		}
	}
}

// take returns the next frame, if there is one. err says that none will come
// any more.
func (c *conn) take() (f frame, ok bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.frames) > 0 {
		f = c.frames[0]
		c.frames = c.frames[1:]
		return f, true, nil
	}
	return frame{}, false, c.err
}

// nextRef returns a ref that wasn't used.
func (c *conn) nextRef() string {
	c.ref++
	return strconv.Itoa(c.ref)
}

// send sends a message. Whether it arrives shows in what comes back: if the
// socket is closed, read learns it too.
func (c *conn) send(messageType int, data []byte) {
	c.write.Lock()
	defer c.write.Unlock()
	_ = c.ws.WriteMessage(messageType, data)
}

// close ends the connection as a browser does that leaves the page. A server
// that has gone needn't be told.
func (c *conn) close() {
	c.write.Lock()
	_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseGoingAway, ""), time.Now().Add(time.Second))
	c.write.Unlock()
	c.cut()
}

// cut ends the connection as a network does that fails.
func (c *conn) cut() {
	_ = c.ws.Close()
	<-c.closed
	<-c.silence
}

// CloseCode returns the code that the server closed the socket with, 1006 if it
// didn't say.
func CloseCode(err error) int {
	var ce *websocket.CloseError
	if errors.As(err, &ce) {
		return ce.Code
	}
	return websocket.CloseAbnormalClosure
}
