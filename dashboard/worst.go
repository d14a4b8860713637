package dashboard

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/gin-liveview/liveview"
)

// How many of the worst are kept, and for how long.
const (
	maxWorst = 12
	worstAge = 15 * time.Minute
)

// worst keeps the worst of something of late, such as the slowest events: one of a route and
// a name, so that one can't push the others out.
type worst struct {
	least int64 // what is less isn't looked at

	mu  sync.Mutex // guards all. Nothing is locked under it.
	all []worstCase
}

// worstCase is one of the worst.
type worstCase struct {
	liveview.Subject
	What  string
	Value int64
	At    time.Time
}

// note takes in what may be one of the worst.
func (w *worst) note(s liveview.Subject, kind liveview.SpanKind, name string, value int64) {
	if value < w.least {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	last := len(w.all) - 1
	what := kind.String()
	if name != "" {
		what += " " + name
	}
	for i := range w.all {
		if w.all[i].Route == s.Route && w.all[i].What == what {
			if value > w.all[i].Value {
				w.all[i] = worstCase{s, what, value, time.Now()}
				w.sort()
			}
			return
		}
	}
	switch {
	case last+1 < maxWorst:
		w.all = append(w.all, worstCase{s, what, value, time.Now()})
	case value > w.all[last].Value:
		w.all[last] = worstCase{s, what, value, time.Now()}
	default:
		return
	}
	w.sort()
}

func (w *worst) sort() {
	slices.SortStableFunc(w.all, func(a, b worstCase) int { return cmp.Compare(b.Value, a.Value) })
}

// forget lets go of what is old.
func (w *worst) forget(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = slices.DeleteFunc(w.all, func(c worstCase) bool { return now.Sub(c.At) > worstAge })
}

func (w *worst) list() []worstCase {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.all)
}
