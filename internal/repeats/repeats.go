// Package repeats answers what is sent a second time as it was answered the first time.
package repeats

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gin-liveview/liveview/internal/recent"
)

const (
	keep       = 10 * time.Minute // how long a request is known at least
	most       = 20_000           // that are known at a time, about
	keepBodies = time.Minute
	bodies     = 32        // that are kept at a time
	maxBody    = 256 << 10 // bytes of one
)

// List knows the requests of late by their keys. The zero List is ready for use.
type List struct {
	mu     sync.Mutex // guards the fields below, and what is below it in an Answer. Nothing is locked under it.
	known  recent.Map[*Answer]
	bodies []*Answer // those that have one, the oldest first
}

// Answer is what a request is, or is about to be, answered with.
type Answer struct {
	list *List
	key  string
	over chan struct{} // closed when the answer is there, or given up

	given  bool
	Status int
	Header http.Header
	Body   []byte // nil for one that isn't kept any more
	at     time.Time
}

// Begin notes a request. For the first one of its key it returns an Answer to be given,
// by Give or GiveUp, and true. For another it waits until the first has its answer, and
// returns a copy of that; if it is given up, this one becomes the first. It returns nil,
// and the error of ctx, if ctx ends meanwhile.
func (l *List) Begin(ctx context.Context, key string, now time.Time) (a *Answer, first bool, err error) {
	for {
		l.mu.Lock()
		l.forget(now)
		before, known := l.known.Get(key)
		if !known || before == nil {
			a = &Answer{list: l, key: key, over: make(chan struct{})}
			l.known.Put(key, a)
			l.mu.Unlock()
			return a, true, nil
		}
		l.mu.Unlock()
		select {
		case <-before.over:
		case <-ctx.Done():
			return nil, false, ctx.Err()
		}
		l.mu.Lock()
		given := *before
		l.mu.Unlock()
		if given.given {
			return &given, false, nil
		}
	}
}

// forget drops what is too old, or too much; mu is held.
func (l *List) forget(now time.Time) {
	l.known.Forget(now, keep)
	if l.known.Len() >= most {
		l.known = recent.Map[*Answer]{} // rather a repeat that is run than memory without an end
	}
	for len(l.bodies) > 0 && (len(l.bodies) > bodies || now.Sub(l.bodies[0].at) >= keepBodies) {
		l.bodies[0].Body = nil
		l.bodies = slices.Delete(l.bodies, 0, 1)
	}
}

// Give is called once with what the request was answered with. The header and the body
// are a's own from then on.
func (a *Answer) Give(status int, header http.Header, body []byte, now time.Time) {
	l := a.list
	l.mu.Lock()
	a.given, a.Status, a.Header, a.at = true, status, header, now
	if len(body) > 0 && len(body) <= maxBody {
		a.Body = body
		l.bodies = append(l.bodies, a)
		l.forget(now)
	}
	l.mu.Unlock()
	close(a.over)
}

// GiveUp says that the request came to nothing: the next one of its key is a first one.
func (a *Answer) GiveUp() {
	l := a.list
	l.mu.Lock()
	if current, _ := l.known.Get(a.key); current == a {
		l.known.Put(a.key, nil)
	}
	l.mu.Unlock()
	close(a.over)
}
