package dashboard

import (
	"cmp"
	"context"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gin-liveview/liveview"
)

// collector is told what the App does, and keeps figures of it: of bounded size, in atomics
// mostly, as many goroutines tell.
type collector struct {
	liveview.NoTelemetry
	own    atomic.Pointer[string] // what the routes of the dashboard's own pages begin with, which aren't counted; nil before Mount
	routes routeTable
	views  trackedViews
	all    histogram // of events, since the sample before the newest

	slow, large, full worst
	incidents         incidents

	// Since the process began.
	opened, closed, events, joins, crashes, refused, gaps atomic.Uint64
	diffs                                                 atomic.Uint64 // bytes
}

// The least that is worth a place among the worst.
const (
	slowFrom  = time.Millisecond
	largeFrom = 1024 // bytes
	fullFrom  = 2    // messages
)

func (c *collector) init() {
	c.routes.init()
	c.incidents.all = make(map[incidentKey]*incident)
	c.slow.least, c.large.least, c.full.least = int64(slowFrom), largeFrom, fullFrom
}

func (c *collector) isOwn(route string) bool {
	own := c.own.Load()
	return own != nil && strings.HasPrefix(route, *own) && (len(route) == len(*own) || route[len(*own)] == '/')
}

// Begin returns ctx.
func (c *collector) Begin(ctx context.Context, s liveview.Span) context.Context {
	if s.Kind == liveview.SpanSocket {
		c.opened.Add(1)
	}
	return ctx
}

// End takes in what has ended.
func (c *collector) End(_ context.Context, s liveview.Span, r liveview.Result) {
	switch s.Kind {
	case liveview.SpanSocket:
		c.closed.Add(1)
		return
	case liveview.SpanDrain, liveview.SpanWrite, liveview.SpanRouter:
		return
	}
	if c.isOwn(s.Route) {
		return
	}
	v := c.views.of(s.ID)
	switch s.Kind {
	case liveview.SpanRender:
		c.rendered(v, s, r)
		return
	case liveview.SpanCallback:
		if v != nil {
			if f := v.feed.Load(); f != nil {
				f.notePart(s.Kind, r)
			}
		}
		return
	}
	if s.Within == 0 {
		c.did(v, s, r)
	}
}

func (c *collector) rendered(v *tracked, s liveview.Span, r liveview.Result) {
	c.diffs.Add(uint64(r.Bytes))
	c.large.note(s.Subject, cmp.Or(s.Within, s.Kind), s.Name, r.Bytes)
	if v == nil {
		return
	}
	v.bytes.Add(uint64(r.Bytes))
	if f := v.feed.Load(); f != nil {
		f.notePart(s.Kind, r)
	}
}

// did takes in something that a view has done, or a join that has come to nothing.
func (c *collector) did(v *tracked, s liveview.Span, r liveview.Result) {
	if kind, ok := incidentOf(s, r); ok {
		c.refused.Add(1)
		c.incidents.note(incidentKey{Kind: kind, Cause: r.Cause, Route: s.Route, Name: s.Name, User: s.User}, s.View, s.ID, r.Err, time.Now())
	}
	if s.Route == "" {
		return
	}
	route := (*routeFigures)(nil)
	if v != nil && v.subject.Load().Route == s.Route {
		route = v.route.Load()
	} else {
		route = c.routes.of(s.Route)
	}
	switch s.Kind {
	case liveview.SpanJoin:
		c.joins.Add(1)
		route.joins.Add(1)
		route.joinT.add(r.Duration)
		if r.Outcome == liveview.OutcomeOK && s.ID != "" {
			v = c.views.join(s.Subject, route, time.Now())
		}
	case liveview.SpanEvent:
		c.events.Add(1)
		c.all.add(r.Duration)
		route.events.Add(1)
		route.eventT.add(r.Duration)
		if v != nil {
			v.events.Add(1)
		}
	}
	c.slow.note(s.Subject, s.Kind, s.Name, int64(r.Duration))
	c.full.note(s.Subject, s.Kind, s.Name, int64(s.Waiting))
	if v == nil {
		return
	}
	v.work.Add(int64(r.Duration))
	if w := int32(s.Waiting); v.waiting.Load() != w {
		v.waiting.Store(w)
	}
	if s.Kind == liveview.SpanPatch || v.route.Load() != route {
		v.at(s.Subject, route)
	}
	if f := v.feed.Load(); f != nil {
		f.note(s, r)
	}
}

// Tell takes in what has happened.
func (c *collector) Tell(_ context.Context, n liveview.Note) {
	v := c.views.of(n.ID)
	if v != nil && n.Route == "" { // it is told by the view's id alone
		n.Subject = *v.subject.Load()
	}
	if c.isOwn(n.Route) {
		if n.Kind == liveview.NoteViewEnded {
			c.views.end(n.ID)
		}
		return
	}
	switch n.Kind {
	case liveview.NoteViewEnded:
		c.views.end(n.ID)
		return
	case liveview.NoteViewLost:
		if v != nil {
			v.kept.Store(true)
		}
	case liveview.NoteRestore:
		if v != nil {
			v.kept.Store(false)
		}
		if n.Cause != "dropped" {
			return
		}
	case liveview.NoteCrash:
		c.crashes.Add(1)
		if n.Route != "" {
			c.routes.of(n.Route).fails.Add(1)
		}
	case liveview.NoteRefusal, liveview.NoteLimit:
		c.refused.Add(1)
	case liveview.NoteMissed:
		c.gaps.Add(1)
		n.User, n.View, n.ID = "", "", "" // of all views that hear of the topic
	}
	if v != nil {
		if f := v.feed.Load(); f != nil && n.Kind != liveview.NoteUploadProgressed {
			f.add(deed{Kind: n.Kind.String(), Name: n.Name, Outcome: n.Cause})
		}
	}
	switch n.Kind {
	case liveview.NoteCrash, liveview.NoteRefusal, liveview.NoteLimit, liveview.NoteMissed, liveview.NoteRestore, liveview.NoteUploadFailed:
		if n.User != "" {
			n.Address = ""
		}
		c.incidents.note(incidentKey{Kind: n.Kind.String(), Cause: n.Cause, Route: n.Route, Name: n.Name, User: n.User, Address: n.Address}, n.View, n.ID, n.Err, time.Now())
	}
}
