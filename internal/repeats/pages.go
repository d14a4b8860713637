package repeats

import (
	"sync"
	"sync/atomic"
	"time"
)

// leaving is how long a browser may take to put the answer in its page's place.
const leaving = time.Second

// Pages knows which events of which pages are being handled as forms that were posted: the
// browser is about to put the answer in the page's place. The zero Pages is ready for use.
type Pages struct {
	any   atomic.Bool // there may be some
	mu    sync.Mutex  // guards the field below. Nothing is locked under it.
	under map[pageEvent]*pageState
}

type pageEvent struct{ page, event string }

type pageState struct {
	posts int       // under way
	until time.Time // once there is none
}

// Begin notes that events of a page are being handled. The function that it returns says
// that they are no longer.
func (p *Pages) Begin(page string, events []string) (end func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.any.Store(true)
	if p.under == nil {
		p.under = map[pageEvent]*pageState{}
	}
	for _, event := range events {
		s := p.under[pageEvent{page, event}]
		if s == nil {
			s = &pageState{}
			p.under[pageEvent{page, event}] = s
		}
		s.posts++
	}
	return func() {
		now := time.Now()
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, event := range events {
			s := p.under[pageEvent{page, event}]
			s.posts--
			s.until = now.Add(leaving)
		}
		p.forget(now)
	}
}

// Handles reports whether an event of a page is being handled, or was a moment ago.
func (p *Pages) Handles(page, event string) bool {
	if !p.any.Load() {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget(time.Now())
	return p.under[pageEvent{page, event}] != nil
}

// forget drops what is over; mu is held.
func (p *Pages) forget(now time.Time) {
	for key, s := range p.under {
		if s.posts == 0 && !now.Before(s.until) {
			delete(p.under, key)
		}
	}
	p.any.Store(len(p.under) > 0)
}
