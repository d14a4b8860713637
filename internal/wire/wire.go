// Package wire takes the protocol's frames in and out, over a WebSocket. It
// knows bytes: what a frame says is its [Receiver]'s affair.
package wire

import (
	"sync/atomic"
	"time"

	"github.com/gin-liveview/liveview/internal/bufpool"
)

// Conn carries the frames of one browser.
type Conn interface {
	// Serve hands what arrives to r, one frame at a time, until the connection
	// ends, and then calls r.Ended. It is called once, and blocks.
	Serve(r Receiver)

	// Write sends one text frame and doesn't keep it. Any goroutine may call
	// it. It waits no longer than Limits.Write; a browser that is slower loses
	// its connection.
	Write(frame []byte)

	// Close says goodbye with one of WebSocket's close codes and a reason. From
	// then on nothing that arrives is handed on and nothing more is sent. The
	// connection ends once the client answers, or a second later, whatever it
	// sends. Close may block for as long.
	Close(code int, reason string)

	// Cut ends the connection at once.
	Cut()

	// Settle says that the browser has a view, or that one is on its way: from
	// now on it may stay silent for Limits.Idle. Unsettle says that it has none
	// any more: unless there is one within Limits.Join the connection ends,
	// whatever the browser sends.
	Settle()
	Unsettle()

	// Wait is for the Receiver that can't take a frame yet: nothing more is read
	// until ready reports true, and that is what Wait then reports. It asks again
	// at each Wake, and gives up after that time, or when the connection is
	// closed.
	Wait(atMost time.Duration, ready func() bool) bool

	// Open reports whether the connection is neither closed nor cut.
	Open() bool

	// Wake has a Receiver that waits look again.
	Wake()

	// ExpectChunks has binary frames of that many bytes accepted.
	ExpectChunks(bytes int)
}

// Traffic counts the bytes of the frames of many connections, as they are before they are
// compressed.
type Traffic struct{ Sent, Received atomic.Uint64 }

func (t *Traffic) sent(bytes int) {
	if t != nil {
		t.Sent.Add(uint64(bytes)) //nolint:gosec // it isn't negative
	}
}

func (t *Traffic) received(bytes int) {
	if t != nil {
		t.Received.Add(uint64(bytes)) //nolint:gosec // as sent
	}
}

// Receiver acts on what a browser sends. Its methods are called by Serve.
type Receiver interface {
	// Text acts on a text frame, which is valid until it returns.
	Text(frame []byte) Next

	// Binary acts on a binary frame, and reports whether it keeps the buffer,
	// which is one of [bufpool.Chunks].
	Binary(frame *bufpool.Buffer) (kept bool, next Next)

	// TooLarge acts on a frame that is larger than allowed. What is known of it is
	// valid until TooLarge returns.
	TooLarge(e Excess) Next

	// Lost is called when a method has panicked with value, or has called
	// runtime.Goexit, which value nil stands for; stack is where. The connection
	// then ends.
	Lost(value any, stack []byte)

	// Ended is called last, once. lost says that nobody has said goodbye: the browser
	// may come back. why says in a word what ended it: "left", "lost", "silent", or the reason
	// that the browser was given.
	Ended(lost bool, why string)
}

// Excess is a frame that is larger than allowed.
type Excess struct {
	Binary bool
	Head   []byte // its first bytes
	Size   int    // bytes that came of it
	Limit  int    // bytes that it may have
	Cut    bool   // it was more than can be read for nothing, so the connection is being closed
}

// Next is how reading goes on after a frame.
type Next uint8

// The ways to go on.
const (
	Continue Next = iota
	Idle          // nothing is known to follow soon
	Stop          // what follows isn't read
)
