// Package wire takes the protocol's frames in and out, over a WebSocket or by long-poll.
// It knows bytes: what a frame says is its [Receiver]'s affair.
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
	// sends; by long-poll, where two requests of the client's may be needed to tell
	// it, three seconds later. Close may block for a second.
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

	// Transport names what carries the frames: one of the constants below, "" for
	// nothing.
	Transport() string
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

// What carries frames, as [Conn.Transport] names it.
const (
	TransportWebSocket = "websocket"
	TransportLongPoll  = "longpoll"
)

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
	// may come back. why says in a word what ended it: Left, "lost", "silent", or the reason
	// that the browser was given.
	Ended(lost bool, why string)
}

// Left is what ended a connection whose page has said goodbye.
const Left = "left"

// Next is how reading goes on after a frame.
type Next uint8

// The ways to go on.
const (
	Continue Next = iota
	Idle          // nothing is known to follow soon
	Stop          // what follows isn't read
)
