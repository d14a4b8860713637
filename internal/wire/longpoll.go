package wire

import (
	"context"
	"errors"
	"hash/maphash"
	"io"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-liveview/liveview/internal/bufpool"
)

const (
	// PollWindow is how long a poll waits for something to send. The client gives up after
	// twice as long (longpollerTimeout of phoenix/assets/js/phoenix/socket.js).
	PollWindow = 10 * time.Second

	// unpolledFor is how long a client may leave out its next poll.
	unpolledFor = PollWindow * 3 / 2

	// farewell is how long a connection that was closed waits for a client to hear of it:
	// that takes it the answer to one poll, and another poll.
	farewell = 3 * time.Second

	// lastWords is how long a client has for what it was sent last before it is told of the
	// end: it acts on messages one by one, and drops those that are left then.
	lastWords = 200 * time.Millisecond

	// maxQueued is how many bytes may wait for the next poll; a frame that is larger waits
	// alone. queuedCost is what one of them takes besides its own.
	maxQueued  = 256 << 10
	queuedCost = 64

	// maxPolled is how many frames a poll is answered with.
	maxPolled = 100
)

// LongPoll is a [Conn] for clients that have no WebSocket: what it sends waits for a poll,
// and what arrives comes by Post. The requests themselves are its owner's affair.
//
// Serve, in one goroutine, acts on what arrives, as that of a WebSocket does.
type LongPoll struct {
	chunks
	waiter
	limits  *Limits
	closing atomic.Bool             // set by Close, Cut and Leave, for good
	goodbye atomic.Pointer[goodbye] // that Close was called with; nil for none
	left    atomic.Bool             // the page goes, or begins anew

	turn    chan struct{} // of the Post that Serve is at
	batches chan *batch   // what it brings
	over    chan struct{} // closed when the connection has ended

	mu       sync.Mutex // guards the fields below. Nothing is locked under it.
	ended    bool       // over is closed
	queue    [][]byte
	queued   int           // what it takes, in bytes
	room     chan struct{} // closed when there is room in it; nil while nobody waits for that
	polling  *polling      // the poll that waits; nil for none
	answered uint64        // how many polls were given frames
	watch    *time.Timer   // of ended
	toldBy   time.Time     // when the client has acted on what it was sent last
	unjoined bool          // see Unjoined
	pollBy   time.Time     // when the next poll must have come
	viewBy   time.Time     // when there must be a view; zero while there is one

	// Owned by Serve.
	receiver Receiver
	begins   uint64 // the hash of the first frame of the request before; see isAgain
}

// hashing is that of all connections: clients don't know what frames have the same hash.
var hashing = maphash.MakeSeed()

// errAgain is returned by takeFrame for the first frame of a request that has come before.
var errAgain = errors.New("the request has come before")

// batch is what one Post brings.
type batch struct {
	body io.Reader
	err  error
	done chan struct{} // closed when Serve has acted on it
}

// polling is a poll that waits.
type polling struct{ wake chan struct{} }

// NewLongPoll returns a connection that has been opened now. Limits must not change;
// connections can share them.
func NewLongPoll(limits *Limits) *LongPoll {
	c := &LongPoll{limits: limits, turn: make(chan struct{}, 1), batches: make(chan *batch), over: make(chan struct{})}
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pollBy, c.viewBy = now.Add(unpolledFor), now.Add(limits.Join)
	c.watch = time.AfterFunc(min(unpolledFor, limits.Join), c.look)
	return c
}

// Errors of Post.
var (
	// ErrGone is returned where the connection has ended, or is about to.
	ErrGone = errors.New("the long-poll connection has ended")

	// ErrTooLarge is returned for a frame of which not even the rest was read. The connection
	// ends.
	ErrTooLarge = errors.New(tooLarge)
)

// Post hands the frames in the body of a request to Serve, after those of requests that
// came before, and returns when it has acted on them. So who sends more than its share
// waits. interrupt has reading the body fail, in this goroutine or any other: it is called
// where the connection ends meanwhile, which a body that trickles in is not to hold up.
func (c *LongPoll) Post(ctx context.Context, body io.Reader, interrupt func()) error {
	select {
	case c.turn <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-c.over:
		return ErrGone
	}
	defer func() { <-c.turn }()
	b := &batch{body: body, done: make(chan struct{})}
	select {
	case c.batches <- b:
	case <-c.over:
		return ErrGone
	}
	select {
	case <-b.done:
	case <-c.over:
		interrupt()
		<-b.done
	}
	return b.err
}

// Leave says that the client has: its page goes.
func (c *LongPoll) Leave() {
	c.left.Store(true)
	c.Cut()
}

// Polled is how a poll is answered.
type Polled struct {
	Frames [][]byte // what to send; none if nothing came
	Nth    uint64   // to be given to the next Poll
	Code   int      // the close code, once all has been sent; 0 for none
	Gone   bool     // the connection has ended; Code may say why
}

// Poll waits for frames until ctx ends, for PollWindow at most. nth is that of the answer
// before, 0 at first: if it is an earlier one, an answer has been lost, and what was in it is
// known to nobody, so the connection ends. One poll at a time waits; the latest has the
// former answered with nothing.
func (c *LongPoll) Poll(ctx context.Context, nth uint64) Polled {
	timer := time.NewTimer(PollWindow)
	defer timer.Stop()
	p := &polling{wake: make(chan struct{}, 1)}
	c.mu.Lock()
	if !c.ended && nth != c.answered {
		c.mu.Unlock()
		c.Cut()
		return Polled{Gone: true}
	}
	c.wakePoll() // the former
	c.polling = p
	for over := false; ; {
		switch {
		case c.ended:
			c.mu.Unlock()
			return Polled{Gone: true, Code: c.goodbye.Load().closeCode()}
		case c.polling != p:
			defer c.mu.Unlock()
			return Polled{Nth: nth}
		case len(c.queue) > 0:
			defer c.mu.Unlock()
			return c.take()
		case c.goodbye.Load() != nil && !over && time.Now().Before(c.toldBy):
			timer.Reset(time.Until(c.toldBy))
		case c.goodbye.Load() != nil:
			c.mu.Unlock()
			c.Cut() // the client knows now
			return Polled{Gone: true, Code: c.goodbye.Load().closeCode()}
		case over:
			defer c.mu.Unlock()
			c.pollEnds()
			return Polled{Nth: nth}
		}
		c.mu.Unlock()
		select {
		case <-p.wake:
		case <-timer.C:
			over = true
		case <-ctx.Done():
			over = true
		}
		c.mu.Lock()
	}
}

// take returns what is in the queue, as far as one answer may hold it; mu is held.
func (c *LongPoll) take() Polled {
	n, size := 0, 0
	for n < len(c.queue) && n < maxPolled && (n == 0 || size+len(c.queue[n]) <= maxQueued) {
		size += len(c.queue[n])
		n++
	}
	frames := c.queue[:n:n]
	c.queue = c.queue[n:]
	c.queued -= size + n*queuedCost
	if len(c.queue) == 0 {
		c.queue = nil
	}
	if c.room != nil {
		close(c.room)
		c.room = nil
	}
	c.answered++
	c.toldBy = time.Now().Add(lastWords)
	c.pollEnds()
	return Polled{Frames: frames, Nth: c.answered}
}

// pollEnds says that the poll which waited doesn't any more; mu is held.
func (c *LongPoll) pollEnds() {
	c.polling = nil
	c.pollBy = time.Now().Add(unpolledFor)
	c.rewind()
}

// wakePoll has the poll that waits look again; mu is held.
func (c *LongPoll) wakePoll() {
	if c.polling != nil {
		select {
		case c.polling.wake <- struct{}{}:
		default: // it has been woken and hasn't looked yet
		}
	}
}

// look ends a connection that is silent for too long, or has had no view for too long. It
// is what watch calls.
func (c *LongPoll) look() {
	c.mu.Lock()
	now := time.Now()
	unpolled := c.polling == nil && !now.Before(c.pollBy)
	overdue := unpolled || !c.viewBy.IsZero() && !now.Before(c.viewBy)
	if !overdue {
		c.rewind()
	}
	c.unjoined = overdue && !unpolled
	c.mu.Unlock()
	if overdue {
		c.Cut()
	}
}

// Unjoined reports whether the connection ended as it had no view for too long, although
// it was polled.
func (c *LongPoll) Unjoined() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.unjoined
}

// rewind sets watch to when there may be something to see; mu is held.
func (c *LongPoll) rewind() {
	if c.ended {
		return
	}
	in := unpolledFor
	if c.polling == nil {
		in = time.Until(c.pollBy)
	}
	if !c.viewBy.IsZero() {
		in = min(in, time.Until(c.viewBy))
	}
	c.watch.Reset(max(in, 0))
}

// Serve makes LongPoll a [Conn], with the methods below.
func (c *LongPoll) Serve(r Receiver) {
	c.receiver = r
	next := lost
	defer func() {
		c.Cut()
		defer func() { r.Ended(c.isLost(), c.why()) }()
		if next == lost {
			r.Lost(recover(), debug.Stack())
		}
	}()
	for {
		select {
		case b := <-c.batches:
			c.takeBatch(b)
		case <-c.over:
			next = Stop
			return
		}
	}
}

// isLost reports whether the connection ended without a goodbye. A client that has no
// more network is silent; one whose page goes says so, where it can; and it comes back
// where a server restarts.
func (c *LongPoll) isLost() bool {
	if said := c.goodbye.Load(); said != nil {
		return said.code == CloseServiceRestart
	}
	return !c.left.Load()
}

// why is that of a WebSocket.
func (c *LongPoll) why() string {
	switch said := c.goodbye.Load(); {
	case said != nil:
		return said.reason
	case c.left.Load():
		return Left
	case c.Unjoined():
		return "silent"
	}
	return "lost"
}

// takeBatch acts on the frames of one request.
func (c *LongPoll) takeBatch(b *batch) {
	defer close(b.done)
	body := newLines(b.body)
	for !c.closing.Load() {
		binary, text, ok := body.next()
		switch {
		case !ok:
		case body.count > maxLines:
			c.Close(CloseUnsupportedData, "too many messages in a request")
		case binary != nil:
			b.err = c.takeFrame(binary, true, c.limit(c.limits.Text), body.count == 1)
		default:
			b.err = c.takeFrame(text, false, c.limits.Text, body.count == 1)
		}
		if errors.Is(b.err, errAgain) {
			_, b.err = io.CopyN(io.Discard, body.from, int64(c.limits.Drain)) // or the answer may not be heard
			if errors.Is(b.err, io.EOF) {
				b.err = nil
			}
			return
		}
		if body.err != nil {
			// The client has sent half of something, and takes all of it for lost.
			b.err = body.err
			c.Cut()
		}
		if !ok {
			return
		}
	}
	// What follows is dropped. The client isn't told by this request, as it would give up its
	// poll, and what that brings it yet.
}

// isAgain reports whether a request that begins with this frame is the one before, once more. A
// browser sends it again by itself where a connection that it had used before is cut; and of what
// the client sends, each frame has a ref of its own.
func (c *LongPoll) isAgain(first []byte) bool {
	before := c.begins
	c.begins = maphash.Bytes(hashing, first)
	return c.begins == before
}

// takeFrame acts on one frame; first says that a request begins with it.
func (c *LongPoll) takeFrame(frame io.Reader, binary bool, limit int, first bool) error {
	pool := bufpool.Frames
	if binary {
		pool = bufpool.Chunks
	}
	buf := pool.Get()
	kept := false
	defer func() {
		if !kept {
			pool.Put(buf)
		}
	}()
	var err error
	buf.B, err = appendAll(buf.B, frame, limit)
	next := Continue
	switch {
	case errors.Is(err, errTooLarge):
		e := Excess{Binary: binary, Limit: limit}
		err = e.readRest(frame, buf, c.limits.Drain)
		c.limits.Traffic.received(e.Size)
		if err != nil {
			break
		}
		if e.Cut {
			// A poll that were told would have the client give up this request, and with it the
			// answer that says why.
			c.closing.Store(true)
			c.left.Store(true) // what it has sent would be sent again, so it begins anew
			time.AfterFunc(farewell, c.Cut)
			err = ErrTooLarge
		}
		next = c.receiver.TooLarge(e)
	case err != nil:
	case first && c.isAgain(buf.B):
		return errAgain
	case binary:
		c.limits.Traffic.received(len(buf.B))
		kept, next = c.receiver.Binary(buf)
	default:
		c.limits.Traffic.received(len(buf.B))
		next = c.receiver.Text(buf.B)
	}
	if err != nil && !errors.Is(err, ErrTooLarge) { // it isn't base64, or the body has ended
		c.Close(closeInvalidData, "a binary message can't be read")
	}
	if next == Stop {
		c.Cut()
	}
	return err
}

func (c *LongPoll) Write(frame []byte) {
	deadline := time.NewTimer(c.limits.Write)
	defer deadline.Stop()
	cost := len(frame) + queuedCost
	c.mu.Lock()
	for !c.closing.Load() && len(c.queue) > 0 && c.queued+cost > maxQueued {
		if c.room == nil {
			c.room = make(chan struct{})
		}
		room := c.room
		c.mu.Unlock()
		select {
		case <-room:
		case <-c.over:
		case <-deadline.C:
			c.Cut()
		}
		c.mu.Lock()
	}
	defer c.mu.Unlock()
	if c.closing.Load() {
		return
	}
	c.limits.Traffic.sent(len(frame))
	c.queue = append(c.queue, slices.Clone(frame))
	c.queued += cost
	c.wakePoll()
}

// Close is Conn.Close.
func (c *LongPoll) Close(code int, reason string) {
	if c.closing.Swap(true) {
		return
	}
	c.goodbye.Store(&goodbye{code, reason})
	c.Wake()
	time.AfterFunc(farewell, c.Cut)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wakePoll()
	if c.room != nil {
		close(c.room)
		c.room = nil
	}
}

// Cut is Conn.Cut.
func (c *LongPoll) Cut() {
	c.closing.Store(true)
	c.mu.Lock()
	if !c.ended {
		c.ended = true
		c.watch.Stop()
		c.queue, c.queued = nil, 0
		close(c.over)
		c.wakePoll()
	}
	c.mu.Unlock()
	c.Wake()
}

// Settle is Conn.Settle.
func (c *LongPoll) Settle() { c.settle(time.Time{}) }

// Unsettle is Conn.Unsettle.
func (c *LongPoll) Unsettle() { c.settle(time.Now().Add(c.limits.Join)) }

func (c *LongPoll) settle(viewBy time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.viewBy = viewBy
	c.rewind()
}

// Wait is Conn.Wait.
func (c *LongPoll) Wait(atMost time.Duration, ready func() bool) bool {
	return c.wait(atMost, c.Open, ready)
}

// Open is Conn.Open.
func (c *LongPoll) Open() bool { return !c.closing.Load() }

// Transport is Conn.Transport.
func (c *LongPoll) Transport() string { return TransportLongPoll }
