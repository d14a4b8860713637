package dashboard

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// maxRoutes is how many routes have figures of their own. Those beyond share one's.
const maxRoutes = 500

// otherRoutes is what the others are called.
const otherRoutes = "other routes"

// routePoints is how many points there are of a route's history, each of routeEvery samples.
const (
	routePoints = 120
	routeEvery  = historySize / routePoints
)

// routeFigures are those of one route since the process began.
type routeFigures struct {
	route  string
	views  atomic.Int64 // now
	events atomic.Uint64
	joins  atomic.Uint64
	fails  atomic.Uint64 // crashes
	eventT histogram
	joinT  histogram

	// Guarded by the history's lock.
	past     [routePoints]routePoint // a ring
	pastN    int                     // how many there were
	previous uint64                  // events at the newest
}

// routePoint is a route at one time.
type routePoint struct{ views, events uint32 }

// routeTable finds figures by route. It is read without a lock, and copied to be written.
type routeTable struct {
	all   atomic.Pointer[map[string]*routeFigures]
	mu    sync.Mutex // held while a route is added. Nothing is locked under it.
	other routeFigures
}

func (t *routeTable) init() {
	t.all.Store(&map[string]*routeFigures{})
	t.other.route = otherRoutes
}

// of returns the figures of a route.
func (t *routeTable) of(route string) *routeFigures {
	if f := (*t.all.Load())[route]; f != nil {
		return f
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	all := *t.all.Load()
	switch f := all[route]; {
	case f != nil:
		return f
	case len(all) >= maxRoutes:
		return &t.other
	}
	all = maps.Clone(all)
	f := &routeFigures{route: route}
	all[route] = f
	t.all.Store(&all)
	return f
}

// list returns all of them, by route.
func (t *routeTable) list() []*routeFigures {
	all := *t.all.Load()
	list := make([]*routeFigures, 0, len(all)+1)
	for _, route := range slices.Sorted(maps.Keys(all)) {
		list = append(list, all[route])
	}
	if t.other.joins.Load() > 0 {
		list = append(list, &t.other)
	}
	return list
}
