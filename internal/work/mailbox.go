package work

import (
	"errors"
	"runtime/debug"
	"sync"
)

// Errors of [Mailbox.Post].
var (
	ErrClosed = errors.New("the mailbox is closed")
	ErrFull   = errors.New("the mailbox is full")
)

// Mailbox is the queue of an actor, first in first out. While there is
// something in it, one goroutine of a [Pool] works it off, by the actor's
// Handle; an idle actor has no goroutine. So Handle never runs twice at a time,
// and what only Handle touches needs no lock.
//
// A Mailbox must be given its actor by Init before it is used. Any goroutine
// may call its methods; none of them blocks.
type Mailbox[M any] struct {
	pool  *Pool
	actor Actor[M]

	mu      sync.Mutex // guards the fields below; held for no work of the actor's. The pool's lock may be taken under it.
	queue   []M
	held    bool // nothing is worked off before Release
	running bool // a goroutine is at work, or on its way
	closed  bool // nothing more is taken
}

// Actor works off a [Mailbox].
type Actor[M any] interface {
	// Handle acts on one message. Its goroutine is the pool's.
	Handle(M)

	// Lost is called when a Handle has panicked with value, or has called
	// runtime.Goexit, which value nil stands for; stack is where. Neither ends
	// the process or the actor, which goes on with what is left in the mailbox.
	Lost(value any, stack []byte)

	// Rest is called each time the mailbox has been worked off. A Handle for
	// what came meanwhile may run beside it.
	Rest()
}

// Init says who works the mailbox off, and on whose goroutines. A held mailbox
// keeps what it gets until Release.
func (b *Mailbox[M]) Init(pool *Pool, actor Actor[M], held bool) {
	b.pool, b.actor, b.held = pool, actor, held
}

// Post adds a message. It returns ErrClosed after [Mailbox.Close] and ErrFull
// if there are limit messages already; 0 is no limit.
func (b *Mailbox[M]) Post(m M, limit int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		return ErrClosed
	case limit > 0 && len(b.queue) >= limit:
		return ErrFull
	}
	if b.queue == nil {
		b.queue = b.room()
	}
	b.queue = append(b.queue, m)
	b.wake()
	return nil
}

// room returns an empty queue with room for one message, which is what most mailboxes ever
// need: of the pool, as an idle mailbox keeps none.
func (b *Mailbox[M]) room() []M {
	if one, ok := b.pool.rooms.Get().(*[1]M); ok {
		return one[:0]
	}
	return make([]M, 0, 1)
}

// leaveRoom gives the empty queue back, unless it is for many, in which case it is kept:
// its actor is busier than most; mu is held.
func (b *Mailbox[M]) leaveRoom() {
	switch n := cap(b.queue); {
	case n == 1:
		b.pool.rooms.Put((*[1]M)(b.queue[:1]))
		b.queue = nil
	case n > 8:
		b.queue = nil
	}
}

// Close adds a last message, unless the mailbox is closed already: what came
// before it is still worked off.
func (b *Mailbox[M]) Close(last M) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return
	}
	b.closed = true
	b.queue = append(b.queue, last)
	b.wake()
}

// CloseNow puts last in place of all that waits, which it returns. The mailbox
// may be closed already: its last message then is among what is returned,
// unless the actor has got to it. What stays reports true of is worked off all
// the same, before last; nil stands for nothing.
func (b *Mailbox[M]) CloseNow(last M, stays func(M) bool) (waited []M) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	waited, b.queue = b.queue, nil
	if stays != nil {
		for _, m := range waited {
			if stays(m) {
				b.queue = append(b.queue, m)
			}
		}
	}
	b.queue = append(b.queue, last)
	b.wake()
	return waited
}

// Discard closes the mailbox and returns what waits in it, which the actor then
// doesn't get.
func (b *Mailbox[M]) Discard() (dropped []M) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	dropped, b.queue = b.queue, nil
	return dropped
}

// Release lets the actor of a held mailbox begin.
func (b *Mailbox[M]) Release() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held = false
	b.wake()
}

// Len returns how many messages wait.
func (b *Mailbox[M]) Len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.queue)
}

// Idle reports whether nothing waits and the actor isn't at work.
func (b *Mailbox[M]) Idle() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.running && len(b.queue) == 0
}

// wake has run started if it isn't at work; mu is held. Nobody waits for run:
// it ends when the mailbox is empty.
func (b *Mailbox[M]) wake() {
	if !b.running && !b.held && len(b.queue) > 0 {
		b.running = true
		b.pool.run(b)
	}
}

// run works off the mailbox.
func (b *Mailbox[M]) run() {
	returned := false
	defer func() {
		if !returned { // Handle panicked, or called runtime.Goexit, as t.FailNow does
			defer b.pool.run(b)          // whatever Lost does
			defer func() { recover() }() //nolint:errcheck // Lost's own panic: it would end the process
			b.actor.Lost(recover(), debug.Stack())
		}
	}()
	for {
		m, ok := b.next()
		if !ok {
			break
		}
		b.actor.Handle(m)
	}
	b.actor.Rest()
	returned = true
}

// next takes the first message out; without one, run is over.
func (b *Mailbox[M]) next() (m M, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.queue) == 0 {
		b.leaveRoom()
		b.running = false
		return m, false
	}
	m = b.queue[0]
	// The queue is short nearly always, so moving it up is cheaper than a
	// ring, and keeps nothing alive.
	n := copy(b.queue, b.queue[1:])
	var none M
	b.queue[n] = none
	b.queue = b.queue[:n]
	return m, true
}
