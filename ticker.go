package liveview

import (
	"sync"
	"time"
)

// ticker is one Repeat. Its timer puts a tick into the mailbox; the channel
// runs it and arms the timer again, so there is at most one on the way.
type ticker struct {
	mailbox  *mailbox
	interval time.Duration
	fn       func()

	mu    sync.Mutex // guards the fields below: stop may come from any goroutine. Nothing is locked under it.
	timer *time.Timer
	due   time.Time
	over  bool
}

func newTicker(b *mailbox, interval time.Duration, fn func()) *ticker {
	t := &ticker{mailbox: b, interval: interval, fn: fn, due: time.Now()}
	t.arm()
	return t
}

// arm sets the timer for the next multiple of the interval.
func (t *ticker) arm() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over {
		return
	}
	now := time.Now()
	if t.due = t.due.Add(t.interval); t.due.Before(now) {
		t.due = now.Add(t.interval - now.Sub(t.due)%t.interval)
	}
	if wait := t.due.Sub(now); t.timer == nil {
		t.timer = time.AfterFunc(wait, func() {
			_ = t.mailbox.post(message{kind: messageTick, info: t}) // a view that has ended needs no tick
		})
	} else {
		t.timer.Reset(wait)
	}
}

func (t *ticker) run() error {
	t.fn()
	return nil
}

func (t *ticker) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over = true
	if t.timer != nil {
		t.timer.Stop()
	}
}

func (t *ticker) stopped() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.over
}
