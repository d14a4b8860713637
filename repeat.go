package liveview

import (
	"sync"
	"time"
)

// Repeat runs fn in the view every interval, each time followed by a render,
// until the view ends or stop is called. Ticks don't pile up: one that falls
// due while the view is busy is run when it is free, and those it was too busy
// for altogether are left out. During the HTTP render nothing is done. A panic
// of fn ends the view. An interval that isn't positive panics.
func (s *Socket[C]) Repeat(interval time.Duration, fn func()) (stop func()) {
	if interval <= 0 {
		misuse("Repeat needs a positive interval, not %s", interval)
	}
	if s.channel == nil {
		return func() {}
	}
	t := &ticker{channel: s.channel, interval: interval, fn: fn, due: time.Now()}
	s.tickers = append(s.tickers, t)
	t.arm()
	return t.stop
}

// ticker is one Repeat. Its timer puts a tick into the channel's mailbox; the
// channel runs it and arms the timer again, so there is at most one on the way.
type ticker struct {
	channel  *channel
	interval time.Duration
	fn       func()

	mu    sync.Mutex // guards the fields below: stop may come from any goroutine
	timer *time.Timer
	due   time.Time
	over  bool
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
			_ = t.channel.post(message{kind: messageTick, ticker: t})
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
