package liveviewtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview/protocol"
)

// heartbeat is how often the official client sends one
// (phoenix/assets/js/phoenix/socket.js).
const heartbeat = 30 * time.Second

// conn is a WebSocket, and the client's end of the protocol's frames.
type conn struct {
	ws  *websocket.Conn
	ref int // the last one used; owned by the test's goroutine

	write sync.Mutex // held while a message is written; guards nothing else

	mu     sync.Mutex // guards the fields below
	frames []frame    // that came and weren't taken
	err    error      // why the socket is closed
	wake   chan struct{}

	done chan struct{} // closed by read when it returns
	beat chan struct{} // closed by pulse when it returns
}

// newConn takes over ws. close waits for both goroutines.
func newConn(ws *websocket.Conn) *conn {
	c := &conn{ws: ws, wake: make(chan struct{}, 1), done: make(chan struct{}), beat: make(chan struct{})}
	go c.read()
	go c.pulse()
	return c
}

func (c *conn) read() {
	defer close(c.done)
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

// buffers holds each *bytes.Buffer that a page, as HTML or as a message, was put
// together in: they are long, and pages are many.
var buffers = sync.Pool{New: func() any { return &bytes.Buffer{} }}

func (c *conn) readFrame() (frame, error) {
	_, r, err := c.ws.NextReader()
	if err != nil {
		return frame{}, err
	}
	b := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(b)
	b.Reset()
	if _, err := b.ReadFrom(r); err != nil {
		return frame{}, err
	}
	return decodeFrame(b.String())
}

// pulse sends the heartbeats.
func (c *conn) pulse() {
	defer close(c.beat)
	t := time.NewTicker(heartbeat)
	defer t.Stop()
	for {
		select {
		case <-c.done:
			return
		case <-t.C:
			c.send(`[null,"0","phoenix","heartbeat",{}]`)
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

// next returns a new ref.
func (c *conn) next() string {
	c.ref++
	return strconv.Itoa(c.ref)
}

// push sends a message. Whether it arrives shows in what comes back.
func (c *conn) push(joinRef, ref, topic, event string, payload any) error {
	data, err := json.Marshal([]any{joinRef, ref, topic, event, payload})
	if err != nil {
		return err
	}
	c.send(string(data))
	return nil
}

func (c *conn) send(text string) {
	c.write.Lock()
	defer c.write.Unlock()
	_ = c.ws.WriteMessage(websocket.TextMessage, []byte(text)) // read learns it, too
}

func (c *conn) sendBinary(data []byte) {
	c.write.Lock()
	defer c.write.Unlock()
	_ = c.ws.WriteMessage(websocket.BinaryMessage, data)
}

// close ends the connection as a browser does that leaves the page. A peer that
// has gone needn't be told.
func (c *conn) close() {
	c.write.Lock()
	_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseGoingAway, ""), time.Now().Add(time.Second))
	c.write.Unlock()
	c.cut()
}

// cut ends the connection as a network does that fails.
func (c *conn) cut() {
	_ = c.ws.Close()
	<-c.done
	<-c.beat
}

// closeCode is the code that the server closed the socket with, 1006 if it
// didn't say.
func closeCode(err error) int {
	var ce *websocket.CloseError
	if errors.As(err, &ce) {
		return ce.Code
	}
	return websocket.CloseAbnormalClosure
}

// dial opens the page's socket.
func (s *Session) dial(path string, query string) (*conn, error) {
	d := websocket.Dialer{NetDialContext: s.listener.DialContext, ReadBufferSize: 64 << 10}
	header := s.options.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Set("Origin", s.base.Scheme+"://"+s.base.Host)
	header.Del("Cookie")
	request := http.Request{Header: header}
	for _, cookie := range s.client.Jar.Cookies(s.base) {
		request.AddCookie(cookie)
	}
	ws, res, err := d.Dial("ws://"+s.base.Host+path+"/websocket?"+query, header)
	if err != nil {
		if res != nil {
			return nil, fmt.Errorf("opening the socket %s/websocket: the server answered %s", path, res.Status)
		}
		return nil, fmt.Errorf("opening the socket %s/websocket: %w", path, err)
	}
	return newConn(ws), nil
}
