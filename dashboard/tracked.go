package dashboard

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-liveview/liveview"
)

// maxTracked is how many views are known one by one.
const maxTracked = 10_000

// tracked is what is known of one view. All of it may be read and written by any goroutine.
type tracked struct {
	subject atomic.Pointer[liveview.Subject]
	route   atomic.Pointer[routeFigures]
	since   time.Time
	kept    atomic.Bool // its socket is lost

	events  atomic.Uint64
	work    atomic.Int64  // nanoseconds
	bytes   atomic.Uint64 // of diffs
	waiting atomic.Int32  // when it last began something
	rate    atomic.Uint32 // events between the newest two samples
	counted uint64        // events at the newest sample; the sampler's own

	feed atomic.Pointer[feed] // nil unless somebody looks
}

// trackedViews are the views that are open, by the ids of their elements.
type trackedViews struct {
	all   sync.Map // of *tracked
	count atomic.Int64
}

func (t *trackedViews) of(id string) *tracked {
	v, _ := t.all.Load(id)
	one, _ := v.(*tracked)
	return one
}

// join takes in a view that has joined, or has again; nil if there are too many.
func (t *trackedViews) join(s liveview.Subject, route *routeFigures, now time.Time) *tracked {
	v := t.of(s.ID)
	if v == nil {
		if t.count.Load() >= maxTracked {
			return nil
		}
		v = &tracked{since: now}
		v.subject.Store(&s)
		v.route.Store(route)
		other, there := t.all.LoadOrStore(s.ID, v)
		if !there {
			t.count.Add(1)
			route.views.Add(1)
			return v
		}
		v = other.(*tracked)
	}
	v.kept.Store(false)
	v.at(s, route)
	return v
}

// at notes where the view is now, and counts it there.
func (v *tracked) at(s liveview.Subject, route *routeFigures) {
	if old := v.subject.Load(); old == nil || *old != s {
		v.subject.Store(&s)
	}
	if old := v.route.Swap(route); old != route {
		route.views.Add(1)
		if old != nil {
			old.views.Add(-1)
		}
	}
}

// end forgets a view.
func (t *trackedViews) end(id string) {
	v, there := t.all.LoadAndDelete(id)
	if !there {
		return
	}
	t.count.Add(-1)
	if route := v.(*tracked).route.Load(); route != nil {
		route.views.Add(-1)
	}
}

// each calls do for all of them.
func (t *trackedViews) each(do func(v *tracked)) {
	t.all.Range(func(_, v any) bool { do(v.(*tracked)); return true })
}

// viewFilter says which views are listed, and in which order.
type viewFilter struct{ Route, User, Sort string }

// viewRow is a view in a list.
type viewRow struct {
	liveview.Subject
	Kept    bool
	Since   time.Time
	Rate    float64 // events a second
	Events  uint64
	Work    time.Duration
	Bytes   uint64
	Waiting int
}

func (v *tracked) row() viewRow {
	return viewRow{
		Subject: *v.subject.Load(), Kept: v.kept.Load(), Since: v.since, Rate: float64(v.rate.Load()) / sampleEvery.Seconds(),
		Events: v.events.Load(), Work: time.Duration(v.work.Load()), Bytes: v.bytes.Load(), Waiting: int(v.waiting.Load()),
	}
}

// list returns views that fit, at most so many, and how many fit.
func (t *trackedViews) list(f viewFilter, most int) (rows []viewRow, all int) {
	route, user := strings.ToLower(f.Route), strings.ToLower(f.User)
	t.each(func(v *tracked) {
		s := v.subject.Load()
		if s != nil && strings.Contains(strings.ToLower(s.Route+" "+s.View), route) && strings.Contains(strings.ToLower(s.User), user) {
			rows = append(rows, v.row())
		}
	})
	slices.SortFunc(rows, func(a, b viewRow) int {
		order := 0
		switch f.Sort {
		case "events":
			order = cmp.Compare(b.Events, a.Events)
		case "work":
			order = cmp.Compare(b.Work, a.Work)
		case "bytes":
			order = cmp.Compare(b.Bytes, a.Bytes)
		case "waiting":
			order = cmp.Compare(b.Waiting, a.Waiting)
		case "since":
			order = a.Since.Compare(b.Since)
		case "rate":
			order = cmp.Compare(b.Rate, a.Rate)
		}
		return cmp.Or(order, cmp.Compare(a.Route, b.Route), cmp.Compare(a.ID, b.ID))
	})
	return rows[:min(len(rows), most)], len(rows)
}
