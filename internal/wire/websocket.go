package wire

import (
	"errors"
	"io"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview/internal/bufpool"
)

// Close codes (RFC 6455, section 7.4.1).
const (
	CloseGoingAway       = websocket.CloseGoingAway // the client connects again
	CloseUnsupportedData = websocket.CloseUnsupportedData
	CloseServiceRestart  = websocket.CloseServiceRestart // the client connects again
)

// Limits are what one connection may take.
type Limits struct {
	Text  int           // bytes of a text frame
	Files int           // bytes of a text frame once files may come
	Join  time.Duration // how long it may stay before Settle
	Idle  time.Duration // how long it may then be silent
	Write time.Duration // how long the browser may take to accept a frame
}

// webSocket is a [Conn]. Serve, in one goroutine at a time, is the only reader
// of the connection.
type webSocket struct {
	conn   *websocket.Conn
	limits Limits

	settled   atomic.Bool
	chunkSize atomic.Int64 // of ExpectChunks, 0 for none

	writeMu sync.Mutex // guards writing to conn, and writeBy. Nothing is locked under it.
	writeBy time.Time  // write deadline of conn

	// Owned by Serve.
	readBy    time.Time
	readLimit int64 // of the connection, in bytes
}

// WebSocket returns a connection over conn, whose use is its own from now on.
func WebSocket(conn *websocket.Conn, limits Limits) Conn {
	c := &webSocket{conn: conn, limits: limits}
	c.limitFrames()
	c.readBy = time.Now().Add(limits.Join)
	_ = conn.SetReadDeadline(c.readBy)
	return c
}

// Serve reads frames until the connection ends.
//
// A goroutine's stack that has grown for the work of a frame stays that large,
// twice of what waiting for one takes. So when there is nothing to do but wait,
// a new goroutine goes on.
func (c *webSocket) Serve(r Receiver) {
	goesOn, returned := false, false
	defer func() {
		if goesOn {
			return
		}
		defer r.Ended()
		_ = c.conn.Close()
		if !returned {
			r.Lost(recover(), debug.Stack())
		}
	}()
	goesOn = c.read(r)
	returned = true
}

// read takes in frames until the connection ends, or a new goroutine goes on.
func (c *webSocket) read(r Receiver) (goesOn bool) {
	for {
		c.limitFrames()
		kind, frame, err := c.conn.NextReader()
		if err != nil {
			return false
		}
		switch c.readFrame(kind, frame, r) {
		case Stop:
			return false
		case Idle:
			go c.Serve(r)
			return true
		case Continue:
		}
	}
}

// readFrame takes in one frame. Its buffer is the pool's, as an idle connection
// needs none.
func (c *webSocket) readFrame(kind int, frame io.Reader, r Receiver) Next {
	text, binary := c.frameLimits()
	pool, limit := bufpool.Frames, text
	if kind == websocket.BinaryMessage {
		pool, limit = bufpool.Chunks, binary
	}
	buf := pool.Get()
	kept := false
	defer func() {
		if !kept {
			pool.Put(buf)
		}
	}()
	var err error
	if buf.B, err = appendAll(buf.B, frame, limit); err != nil {
		if errors.Is(err, errTooLarge) {
			c.Close(websocket.CloseMessageTooBig, "")
		}
		return Stop
	}
	if c.settled.Load() {
		c.extendReadDeadline()
	}
	if kind == websocket.BinaryMessage {
		var next Next
		kept, next = r.Binary(buf)
		return next
	}
	wasSettled := c.settled.Load()
	next := r.Text(buf.B)
	if !wasSettled && c.settled.Load() {
		c.extendReadDeadline()
	}
	return next
}

// errTooLarge is returned by appendAll.
var errTooLarge = errors.New("the frame is too large")

// appendAll is io.ReadAll into a buffer of the caller's, of limit bytes at most.
func appendAll(buf []byte, r io.Reader, limit int) ([]byte, error) {
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, make([]byte, max(512, cap(buf)))...)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if len(buf) > limit {
			return buf, errTooLarge
		}
		if err == io.EOF {
			return buf, nil
		}
		if err != nil {
			return buf, err
		}
	}
}

// extendReadDeadline gives the client another time to be silent. Setting a
// deadline costs a timer operation, so it is done once a second at most.
func (c *webSocket) extendReadDeadline() {
	if now := time.Now(); c.readBy.Sub(now) < c.limits.Idle-time.Second {
		c.readBy = now.Add(c.limits.Idle)
		_ = c.conn.SetReadDeadline(c.readBy)
	}
}

// maxBinaryHeader is what a binary frame has besides its payload: kind, four
// lengths, and four strings of at most 255 bytes.
const maxBinaryHeader = 5 + 4*255

// frameLimits returns the largest text and binary frame accepted at present, in
// bytes: more than others only where files may come.
func (c *webSocket) frameLimits() (text, binary int) {
	n := int(c.chunkSize.Load())
	if n == 0 {
		return c.limits.Text, c.limits.Text
	}
	return c.limits.Files, max(n+maxBinaryHeader, c.limits.Text)
}

// limitFrames sets the connection's own limit.
//
// It already applies to the frame that we wait for, so it is set to the largest
// that could be allowed by then. A larger chunk size needs a join first, which
// is one more frame.
func (c *webSocket) limitFrames() {
	_, binary := c.frameLimits()
	if n := int64(max(binary, c.limits.Files)); n != c.readLimit {
		c.readLimit = n
		c.conn.SetReadLimit(n)
	}
}

func (c *webSocket) Write(frame []byte) {
	c.writeMu.Lock()
	defer c.writeMu.Unlock()
	// As with the read deadline, at most once a second.
	if now := time.Now(); c.writeBy.Sub(now) < c.limits.Write-time.Second {
		c.writeBy = now.Add(c.limits.Write)
		_ = c.conn.SetWriteDeadline(c.writeBy)
	}
	if err := c.conn.WriteMessage(websocket.TextMessage, frame); err != nil {
		_ = c.conn.Close() // Serve notices
	}
}

func (c *webSocket) Close(code int, reason string) {
	deadline := time.Now().Add(time.Second)
	_ = c.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), deadline)
	_ = c.conn.SetReadDeadline(deadline)
}

func (c *webSocket) Cut() { _ = c.conn.Close() }

func (c *webSocket) Settle() { c.settled.Store(true) }

func (c *webSocket) ExpectChunks(bytes int) {
	for {
		old := c.chunkSize.Load()
		if old >= int64(bytes) || c.chunkSize.CompareAndSwap(old, int64(bytes)) {
			return
		}
	}
}
