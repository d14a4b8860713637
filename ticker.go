package liveview

import (
	"sync"
	"time"
)

// ticker is one Repeat. Its timer puts a tick into the mailbox; the channel
// runs it and arms the timer again, so there is at most one on the way.
type ticker struct {
	all      *tickers
	mailbox  *mailbox
	cid      int // of the live component whose it is; 0 for the view
	interval time.Duration

	mu    sync.Mutex // guards the fields below: stop may come from any goroutine. Nothing is locked under it.
	fn    func()     // nil once it is stopped, lest the timer, which the runtime may hold for a while, keep it alive
	timer *time.Timer
	due   time.Time

	prev, next *ticker // guarded by all.mu
}

// tickers are those of one view that have not been stopped. One that was is let
// go at once, as a view may start and stop many.
type tickers struct {
	mu    sync.Mutex // guards the fields below, and where tickers are in the ring. Nothing is locked under it.
	first *ticker    // of a ring
	over  bool       // the view has ended
}

// add reports whether t was added: once the view has ended, none is.
func (a *tickers) add(t *ticker) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.over:
		return false
	case a.first == nil:
		a.first, t.prev, t.next = t, t, t
	default:
		t.prev, t.next = a.first.prev, a.first
		t.prev.next, t.next.prev = t, t
	}
	return true
}

func (a *tickers) remove(t *ticker) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case t.next == nil: // it has been
		return
	case t.next == t:
		a.first = nil
	case a.first == t:
		a.first = t.next
	}
	t.prev.next, t.next.prev = t.next, t.prev
	t.prev, t.next = nil, nil
}

// stop stops all of them, and those to come.
func (a *tickers) stop() {
	for {
		a.mu.Lock()
		a.over = true
		t := a.first
		a.mu.Unlock()
		if t == nil {
			return
		}
		t.stop()
	}
}

func newTicker(all *tickers, b *mailbox, cid int, interval time.Duration, fn func()) *ticker {
	t := &ticker{all: all, mailbox: b, cid: cid, interval: interval, fn: fn, due: time.Now()}
	t.arm()
	if !all.add(t) {
		t.stop()
	}
	return t
}

// arm sets the timer for the next multiple of the interval.
func (t *ticker) arm() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.fn == nil {
		return
	}
	now := time.Now()
	if t.due = t.due.Add(t.interval); t.due.Before(now) {
		t.due = now.Add(t.interval - now.Sub(t.due)%t.interval)
	}
	if wait := t.due.Sub(now); t.timer == nil {
		t.timer = time.AfterFunc(wait, func() {
			_ = t.mailbox.post(message{kind: messageTick, cid: t.cid, info: t}) // a view that has ended needs no tick
		})
	} else {
		t.timer.Reset(wait)
	}
}

// run calls what is to be repeated, unless that has been stopped.
func (t *ticker) run() error {
	t.mu.Lock()
	fn := t.fn
	t.mu.Unlock()
	if fn != nil {
		fn()
	}
	return nil
}

func (t *ticker) stop() {
	t.mu.Lock()
	t.fn = nil
	t.timer.Stop()
	t.mu.Unlock()
	t.all.remove(t)
}

func (t *ticker) stopped() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.fn == nil
}
