package dashboard

import (
	"sync"
	"time"

	"github.com/gin-liveview/liveview"
)

// The last hour is kept, by a sample each five seconds.
const (
	sampleEvery = 5 * time.Second
	historySize = 720
	rotateEvery = 12 // samples: the latencies of routes are those of the last minute or two
)

// sample is how things are at a moment, and what there was since the one before.
type sample struct {
	At                          time.Time
	Sockets, Views, Users, Kept int
	Opened, Closed              int
	Events, Joins               int
	Crashes, Refused, Gaps      int
	DiffBytes                   int64
	P50, P99                    time.Duration // of events
	runtime                     runtimeSample
	MountsWaiting, LoadsWaiting int
	UploadFiles                 int
	UploadBytes                 int64
}

// history is the last hour.
type history struct {
	mu   sync.Mutex // guards all below, and the pasts of routes. Nothing is locked under it.
	ring [historySize]sample
	n    int // how many there were
}

// totals are counts since the process began, at the newest sample.
type totals struct{ opened, closed, events, joins, crashes, refused, gaps, diffs uint64 }

func (c *collector) totals() totals {
	return totals{
		c.opened.Load(), c.closed.Load(), c.events.Load(), c.joins.Load(), c.crashes.Load(), c.refused.Load(), c.gaps.Load(), c.diffs.Load(),
	}
}

// take returns a sample of now, where before is what was counted at the last.
func (c *collector) take(stats liveview.Stats, before, now totals, r runtimeSample) sample {
	return sample{
		At: time.Now(), Sockets: stats.Sockets, Views: stats.Views, Users: stats.Users, Kept: stats.Kept,
		Opened: int(now.opened - before.opened), Closed: int(now.closed - before.closed),
		Events: int(now.events - before.events), Joins: int(now.joins - before.joins),
		Crashes: int(now.crashes - before.crashes), Refused: int(now.refused - before.refused), Gaps: int(now.gaps - before.gaps),
		DiffBytes: int64(now.diffs - before.diffs),
		P50:       c.all.quantile(0.5), P99: c.all.quantile(0.99),
		runtime: r, MountsWaiting: stats.MountsWaiting, LoadsWaiting: stats.LoadsWaiting,
	}
}

// add takes in a sample, and what the routes are at.
func (h *history) add(s sample, routes []*routeFigures) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ring[h.n%historySize] = s
	h.n++
	if h.n%routeEvery != 0 {
		return
	}
	for _, f := range routes {
		events := f.events.Load()
		f.past[f.pastN%routePoints] = routePoint{uint32(max(f.views.Load(), 0)), uint32(events - f.previous)}
		f.pastN++
		f.previous = events
	}
}

// newest returns the newest sample, the zero one for none.
func (h *history) newest() sample {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.n == 0 {
		return sample{}
	}
	return h.ring[(h.n-1)%historySize]
}

// all returns the samples, the oldest first.
func (h *history) all() []sample {
	h.mu.Lock()
	defer h.mu.Unlock()
	from := max(h.n-historySize, 0)
	samples := make([]sample, 0, h.n-from)
	for i := from; i < h.n; i++ {
		samples = append(samples, h.ring[i%historySize])
	}
	return samples
}

// pastOf returns a route's views and events, the oldest first.
func (h *history) pastOf(f *routeFigures) []routePoint {
	h.mu.Lock()
	defer h.mu.Unlock()
	from := max(f.pastN-routePoints, 0)
	points := make([]routePoint, 0, f.pastN-from)
	for i := from; i < f.pastN; i++ {
		points = append(points, f.past[i%routePoints])
	}
	return points
}
