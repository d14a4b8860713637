package wire

import (
	"errors"
	"io"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"

	"github.com/gin-liveview/liveview/internal/bufpool"
	"github.com/gin-liveview/liveview/internal/clock"
)

// Close codes (RFC 6455, section 7.4.1).
const (
	CloseGoingAway       = websocket.CloseGoingAway // the client connects again
	CloseUnsupportedData = websocket.CloseUnsupportedData
	ClosePolicyViolation = websocket.ClosePolicyViolation // the client connects again after a while
	CloseServiceRestart  = websocket.CloseServiceRestart  // the client connects again
	closeInvalidData     = websocket.CloseInvalidFramePayloadData
)

// Limits are what one connection may take.
type Limits struct {
	Text  int           // bytes of a text frame
	Drain int           // bytes of a frame that is larger than it may be and is read all the same, and dropped
	Join  time.Duration // how long it may stay without a view
	Idle  time.Duration // how long it may be silent with one
	Write time.Duration // how long the browser may take to accept a frame

	// Deflater compresses what is sent, where client and server have agreed on
	// permessage-deflate. Nil means that they haven't.
	Deflater *Deflater

	// Traffic counts what is sent and received; nil counts nothing.
	Traffic *Traffic
}

// webSocket is a [Conn]. Serve, in one goroutine at a time, is the only reader
// of the connection.
type webSocket struct {
	conn   *websocket.Conn
	limits *Limits // of many connections

	chunks
	waiter
	closing atomic.Bool             // set by Close and Cut, for good
	goodbye atomic.Pointer[goodbye] // that Close was called with; nil for none

	writeMu sync.Mutex   // guards writing to conn, and writeBy. Nothing is locked under it.
	writeBy clock.Moment // write deadline of conn; 0: none yet

	readMu  sync.Mutex   // guards the read deadline of conn, and the fields below. Nothing is locked under it.
	readBy  clock.Moment // that deadline
	settled bool         // there is a view

	// Owned by Serve.
	receiver Receiver
	kind     int // of the frame that came
	frame    io.Reader
	err      error         // that came in its place
	next     Next          // what follows it
	controls *rate.Limiter // of pings and pongs; nil until there is one
}

// WebSocket returns a connection over conn, whose use is its own from now on.
// Limits must not change; connections can share them.
func WebSocket(conn *websocket.Conn, limits *Limits) Conn {
	c := &webSocket{conn: conn, limits: limits}
	conn.EnableWriteCompression(false) // that is the Deflater's
	c.setReadDeadline(limits.Join)
	conn.SetPingHandler(c.ping)
	conn.SetPongHandler(c.pong)
	return c
}

// Serve reads frames until the connection ends.
func (c *webSocket) Serve(r Receiver) {
	c.receiver = r
	c.serve()
}

// serve is what an idle connection waits in, so its stack is the one that counts.
//
// A stack that has grown for the work of a frame stays that large, twice of what
// waiting for one takes. So when there is nothing to do but wait, a new goroutine
// goes on. The smallest stack that Go has is just enough for it: hence what comes
// is put in fields, as variables of serve's, or a call between it and the socket,
// take the bytes that are missing then.
func (c *webSocket) serve() {
	defer c.served()
	for c.next = Continue; c.next == Continue; {
		c.next = lost
		c.kind, c.frame, c.err = c.conn.NextReader()
		c.next = c.take()
	}
}

// lost is what comes next if serve ends by a panic.
const lost = ^Next(0)

// served ends serve: the connection ends, or a new goroutine goes on.
func (c *webSocket) served() {
	if c.next == Idle {
		go c.serve()
		return
	}
	defer func() { c.receiver.Ended(c.isLost(), c.why()) }()
	_ = c.conn.Close()
	if c.next == lost {
		c.receiver.Lost(recover(), debug.Stack())
	}
}

// isLost reports whether the connection ended without a goodbye, by which the client
// says that its page goes: it is silent where a network fails, says 1000 where it has
// heard nothing for too long (phoenix/assets/js/phoenix/socket.js, heartbeatTimeout), and
// comes back where a server restarts.
func (c *webSocket) isLost() bool {
	if said := c.goodbye.Load(); said != nil {
		return said.code == CloseServiceRestart
	}
	var said *websocket.CloseError
	if !errors.As(c.err, &said) {
		return true
	}
	switch said.Code {
	case websocket.CloseNormalClosure:
		return said.Text == "heartbeat timeout"
	case websocket.CloseGoingAway, websocket.CloseNoStatusReceived:
		return false
	}
	return true
}

// goodbye is what a browser is told as its connection is closed.
type goodbye struct {
	code   int
	reason string
}

// closeCode is the code of a goodbye, 0 for none.
func (g *goodbye) closeCode() int {
	if g == nil {
		return 0
	}
	return g.code
}

// why says in a word what has ended the connection.
func (c *webSocket) why() string {
	if said := c.goodbye.Load(); said != nil {
		return said.reason
	}
	var timeout net.Error
	switch {
	case !c.isLost():
		return Left
	case websocket.IsCloseError(c.err, websocket.CloseNormalClosure), errors.As(c.err, &timeout) && timeout.Timeout():
		return "silent"
	}
	return "lost"
}

// take takes in what came.
func (c *webSocket) take() Next {
	switch {
	case c.err != nil:
		return Stop
	case c.closing.Load():
		return Continue // until the client answers the goodbye, or its second is over
	default:
		return c.readFrame()
	}
}

// readFrame takes in one frame. Its buffer is the pool's, as an idle connection
// needs none.
func (c *webSocket) readFrame() Next {
	pool, limit := bufpool.Frames, c.limits.Text
	if c.kind == websocket.BinaryMessage {
		pool, limit = bufpool.Chunks, c.limit(c.limits.Text)
	}
	buf := pool.Get()
	kept := false
	defer func() {
		if !kept {
			pool.Put(buf)
		}
	}()
	var err error
	buf.B, err = appendAll(buf.B, c.frame, limit)
	if errors.Is(err, errTooLarge) {
		return c.drain(buf, limit)
	}
	if err != nil {
		return c.unreadable(err)
	}
	c.limits.Traffic.received(len(buf.B))
	c.extendReadDeadline()
	if c.kind == websocket.BinaryMessage {
		var next Next
		kept, next = c.receiver.Binary(buf)
		return next
	}
	return c.receiver.Text(buf.B)
}

// drain reads what is left of a frame that is too large, of which buf has the
// beginning, and tells the receiver. What must not be read any more of is closed: the client
// then never learns what became of its message, and may send it again.
func (c *webSocket) drain(buf *bufpool.Buffer, limit int) Next {
	e := Excess{Binary: c.kind == websocket.BinaryMessage, Limit: limit}
	err := e.readRest(c.frame, buf, c.limits.Drain)
	c.limits.Traffic.received(e.Size)
	switch {
	case err != nil:
		return c.unreadable(err)
	case e.Cut:
		c.Close(websocket.CloseMessageTooBig, tooLarge)
		c.receiver.TooLarge(e)
		return Continue // until the client has seen why, or its second is over
	default:
		c.extendReadDeadline()
		return c.receiver.TooLarge(e)
	}
}

// tooLarge is the reason that browsers are given for a frame of which no more is read.
const tooLarge = "the message is larger than Config.MaxFrame allows"

// unreadable is for a frame that couldn't be read to its end: the connection is lost, or
// was never one for what came.
func (c *webSocket) unreadable(err error) Next {
	if !isCorrupt(err) {
		return Stop
	}
	c.Close(websocket.CloseInvalidFramePayloadData, "a compressed message can't be read")
	return Continue // until the client has seen why, or its second is over
}

// extendReadDeadline gives a client with a view another time to be silent.
// Setting a deadline costs a timer operation, so it is done once a second at
// most.
func (c *webSocket) extendReadDeadline() {
	c.readMu.Lock()
	defer c.readMu.Unlock()
	if c.settled && c.readBy.In() < c.limits.Idle-slack(c.limits.Idle) {
		c.setReadDeadline(c.limits.Idle)
	}
}

// setReadDeadline has the connection end after that time; readMu is held, or
// nobody else knows of c yet.
func (c *webSocket) setReadDeadline(in time.Duration) {
	now := time.Now()
	c.readBy = clock.At(now).Add(in)
	_ = c.conn.SetReadDeadline(now.Add(in))
}

// slack is by how much a deadline of that length may be early.
func slack(d time.Duration) time.Duration { return min(time.Second, d/4) }

func (c *webSocket) Settle() { c.settle(true, c.limits.Idle) }

func (c *webSocket) Unsettle() { c.settle(false, c.limits.Join) }

func (c *webSocket) settle(settled bool, in time.Duration) {
	c.readMu.Lock()
	defer c.readMu.Unlock()
	c.settled = settled
	c.setReadDeadline(in)
}

// Pings and pongs come from whoever wants to keep the server busy: browsers
// send none by themselves, and proxies few.
const (
	controlsPerSecond = 1
	maxControls       = 20 // at once
)

// control takes in a ping or pong, and reports whether it may be answered.
func (c *webSocket) control() bool {
	if c.controls == nil {
		c.controls = rate.NewLimiter(controlsPerSecond, maxControls)
	}
	if c.controls.Allow() {
		return !c.closing.Load()
	}
	c.Close(ClosePolicyViolation, "too many pings")
	return false
}

func (c *webSocket) ping(data string) error {
	if c.control() {
		// A write that fails is noticed elsewhere.
		_ = c.conn.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(c.limits.Write))
	}
	return nil
}

func (c *webSocket) pong(string) error {
	c.control()
	return nil
}

func (c *webSocket) Wait(atMost time.Duration, ready func() bool) bool {
	defer c.extendReadDeadline() // a client that is kept waiting isn't silent
	return c.wait(atMost, c.Open, ready)
}

func (c *webSocket) Open() bool { return !c.closing.Load() }

func (c *webSocket) Transport() string { return TransportWebSocket }

func (c *webSocket) Write(frame []byte) {
	c.limits.Traffic.sent(len(frame))
	d := c.limits.Deflater
	if d == nil || len(frame) < d.threshold || c.closing.Load() {
		c.write(frame, false)
		return
	}
	buf := bufpool.Frames.Get()
	defer bufpool.Frames.Put(buf)
	if deflated := d.deflate(buf, frame); deflated != nil {
		c.write(deflated, true)
	} else {
		c.write(frame, false)
	}
}

// write writes a text frame. One that is framed already goes out in one piece, as an answer to
// a ping may be written at the same time.
func (c *webSocket) write(frame []byte, framed bool) {
	c.writeMu.Lock()
	defer c.writeMu.Unlock()
	if c.closing.Load() {
		return
	}
	// As with the read deadline, at most once a second.
	if c.writeBy == 0 || c.writeBy.In() < c.limits.Write-slack(c.limits.Write) {
		now := time.Now()
		c.writeBy = clock.At(now).Add(c.limits.Write)
		_ = c.conn.SetWriteDeadline(now.Add(c.limits.Write))
	}
	var err error
	if framed {
		_ = c.conn.NetConn().SetWriteDeadline(time.Now().Add(c.writeBy.In()))
		_, err = c.conn.NetConn().Write(frame)
	} else {
		err = c.conn.WriteMessage(websocket.TextMessage, frame)
	}
	if err != nil {
		c.Cut() // Serve notices
	}
}

// closeWithin is how long a connection that is closed may still stay open.
const closeWithin = time.Second

func (c *webSocket) Close(code int, reason string) {
	if c.closing.Swap(true) {
		return
	}
	c.goodbye.Store(&goodbye{code, reason})
	c.Wake()
	// Not by a deadline, as a frame that arrives, or a write that is under way, may
	// set a later one.
	time.AfterFunc(closeWithin, c.Cut)
	c.writeMu.Lock()   // what is being written precedes the goodbye, and nothing follows it
	c.writeMu.Unlock() //nolint:staticcheck // it is only waited for
	_ = c.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), time.Now().Add(closeWithin))
}

func (c *webSocket) Cut() {
	c.closing.Store(true)
	_ = c.conn.Close()
	c.Wake()
}
