package dashboard

import (
	"sync"
	"time"

	"github.com/gin-liveview/liveview"
)

// feedSize is how much of what a view did is kept while somebody looks at it.
const feedSize = 100

// feed is what a view does, while somebody looks.
type feed struct {
	mu       sync.Mutex // guards all below. Nothing is locked under it.
	watchers int
	ring     [feedSize]deed
	n        uint64 // how many there were
	part     deed   // what is known of the one that is under way
}

// deed is something that a view has done.
type deed struct {
	ID       uint64
	At       time.Time
	Kind     string
	Name     string
	Outcome  string
	Took     time.Duration
	Callback time.Duration // in the application's code
	Render   time.Duration
	Bytes    int64 // of the diff
	Waiting  int
}

// notePart takes in a span that is a part of what is under way.
func (f *feed) notePart(kind liveview.SpanKind, r liveview.Result) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch kind {
	case liveview.SpanCallback:
		f.part.Callback += r.Duration
	case liveview.SpanRender:
		f.part.Render += r.Duration
		f.part.Bytes += r.Bytes
	}
}

// note takes in what has been done.
func (f *feed) note(s liveview.Span, r liveview.Result) {
	outcome := r.Outcome.String()
	if r.Cause != "" {
		outcome += ": " + r.Cause
	}
	f.add(deed{Kind: s.Kind.String(), Name: s.Name, Outcome: outcome, Took: r.Duration, Waiting: s.Waiting})
}

func (f *feed) add(d deed) {
	f.mu.Lock()
	defer f.mu.Unlock()
	d.Callback, d.Render, d.Bytes = f.part.Callback, f.part.Render, f.part.Bytes
	f.part = deed{}
	f.n++
	d.ID, d.At = f.n, time.Now()
	f.ring[f.n%feedSize] = d
}

// since returns what was done after the nth, the oldest first.
func (f *feed) since(n uint64) []deed {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.n > feedSize {
		n = max(n, f.n-feedSize)
	}
	var deeds []deed
	for n < f.n {
		n++
		deeds = append(deeds, f.ring[n%feedSize])
	}
	return deeds
}

// watch has what v does kept until unwatch.
func (v *tracked) watch() *feed {
	for {
		f := v.feed.Load()
		if f == nil {
			f = &feed{watchers: 1}
			if v.feed.CompareAndSwap(nil, f) {
				return f
			}
			continue
		}
		f.mu.Lock()
		if f.watchers > 0 {
			f.watchers++
			f.mu.Unlock()
			return f
		}
		f.mu.Unlock() // the last one is about to take it away
		v.feed.CompareAndSwap(f, nil)
	}
}

func (v *tracked) unwatch(f *feed) {
	f.mu.Lock()
	f.watchers--
	last := f.watchers == 0
	f.mu.Unlock()
	if last {
		v.feed.CompareAndSwap(f, nil)
	}
}
