package dashboard

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-liveview/liveview"
)

func newCollector() *collector {
	c := &collector{}
	c.init()
	return c
}

// joined tells of views that join.
func joined(c *collector, from, to int, route string) {
	for i := from; i < to; i++ {
		c.End(context.Background(), liveview.Span{Kind: liveview.SpanJoin, Subject: liveview.Subject{Route: route, ID: fmt.Sprint("v", i)}}, liveview.Result{})
	}
}

// Whatever visitors do, what is kept has a bound: views, routes, incidents, their texts, and
// what is worst.
func TestBounds(t *testing.T) {
	c := newCollector()
	joined(c, 0, maxTracked+100, "/")
	if n := c.views.count.Load(); n != maxTracked {
		t.Errorf("%d views are known, want %d", n, maxTracked)
	}
	for i := range maxRoutes + 50 {
		joined(c, 0, 1, fmt.Sprint("/", i))
	}
	if n := len(c.routes.list()); n != maxRoutes+1 {
		t.Errorf("%d routes are known, want %d and the others", n, maxRoutes)
	}
	for i := range maxIncidents + 50 {
		c.Tell(context.Background(), liveview.Note{Kind: liveview.NoteCrash, Name: fmt.Sprint(i, strings.Repeat("x", 10_000)), Err: errors.New(strings.Repeat("y", 10_000))})
	}
	all := c.incidents.list(1000)
	if len(all) != maxIncidents || len(all[0].Name) > maxIncidentBytes+3 || len(all[0].Err) > maxIncidentBytes+3 {
		t.Errorf("%d incidents are known, the first with %d bytes", len(all), len(all[0].Name)+len(all[0].Err))
	}
	for i := range 100 {
		c.slow.note(liveview.Subject{}, liveview.SpanEvent, fmt.Sprint(i), int64(i)*int64(time.Second))
	}
	if worst := c.slow.list(); len(worst) != maxWorst || worst[0].Value != int64(99*time.Second) || worst[maxWorst-1].Value != int64((100-maxWorst)*time.Second) {
		t.Errorf("the slowest are %v", worst)
	}
}

// Refusals, of which anybody can cause as many as he has addresses, hide nothing else.
func TestRefusalsHideNoCrash(t *testing.T) {
	c := newCollector()
	c.Tell(context.Background(), liveview.Note{Kind: liveview.NoteCrash, Cause: "view", Err: errors.New("no such column")})
	for i := range maxIncidents + 50 {
		c.Tell(context.Background(), liveview.Note{Kind: liveview.NoteRefusal, Cause: "origin", Address: fmt.Sprint("192.0.2.", i)})
	}
	for _, most := range []int{listedIncidents, maxIncidents} {
		if all := c.incidents.list(most); len(all) != most || !slices.ContainsFunc(all, func(one incident) bool { return one.Err == "no such column" }) {
			t.Errorf("the crash isn't among %d incidents", len(all))
		}
	}
}

// Views are counted where they are, and not any more once they have ended.
func TestViewsAreCountedByRoute(t *testing.T) {
	c := newCollector()
	joined(c, 0, 3, "/a")
	joined(c, 0, 1, "/a") // again
	c.End(context.Background(), liveview.Span{Kind: liveview.SpanPatch, Subject: liveview.Subject{Route: "/b", ID: "v1"}}, liveview.Result{})
	c.Tell(context.Background(), liveview.Note{Kind: liveview.NoteViewEnded, Subject: liveview.Subject{Route: "/a", ID: "v0"}})
	c.Tell(context.Background(), liveview.Note{Kind: liveview.NoteViewEnded, Subject: liveview.Subject{Route: "/a", ID: "v0"}})
	if a, b := c.routes.of("/a").views.Load(), c.routes.of("/b").views.Load(); a != 1 || b != 1 || c.views.count.Load() != 2 {
		t.Errorf("%d views are at a, and %d at b, of %d", a, b, c.views.count.Load())
	}
}

// A quantile is at most a quarter above what it is of.
func TestHistogram(t *testing.T) {
	for _, d := range []time.Duration{0, time.Microsecond, 3 * time.Microsecond, 4 * time.Microsecond, 999 * time.Microsecond, 17 * time.Millisecond, 3 * time.Second, time.Minute} {
		var h histogram
		for range 100 {
			h.add(d)
		}
		got := h.quantile(0.99)
		if got < d || got > d+d/4+time.Microsecond {
			t.Errorf("of %v the quantile is %v", d, got)
		}
		h.rotate()
		if h.quantile(0.5) != got {
			t.Errorf("%v is forgotten after one rotation", d)
		}
		h.rotate()
		h.rotate()
		if h.quantile(0.5) != 0 {
			t.Errorf("%v is still known after three rotations", d)
		}
	}
	var h histogram
	h.add(-1)
	h.add(time.Hour)
}

// A feed has the newest, and none twice; nothing is kept once nobody looks.
func TestFeed(t *testing.T) {
	v := &tracked{}
	f := v.watch()
	if v.watch() != f {
		t.Error("two who look have two feeds")
	}
	for range feedSize + 10 {
		f.note(liveview.Span{Kind: liveview.SpanEvent}, liveview.Result{})
	}
	if deeds := f.since(0); len(deeds) != feedSize || deeds[0].ID != 11 || deeds[feedSize-1].ID != feedSize+10 {
		t.Errorf("%d deeds", len(deeds))
	}
	if deeds := f.since(feedSize + 9); len(deeds) != 1 {
		t.Errorf("%d are new, want 1", len(deeds))
	}
	v.unwatch(f)
	if v.feed.Load() != f {
		t.Error("one has gone, and the other sees nothing more")
	}
	v.unwatch(f)
	if v.feed.Load() != nil {
		t.Error("nobody looks, and yet it is kept")
	}
	if g := v.watch(); g == f || g.watchers != 1 {
		t.Error("who looks again has the old feed")
	}
}

// A chart has a place for each sample, and keeps peaks.
func TestChart(t *testing.T) {
	values := make([]float64, historySize)
	values[100] = 50
	c := draw("Views", values, historySize, countText)
	if n := strings.Count(c.Points, ","); n != chartWidth || c.Most != "50" || c.Now != "0" || !strings.Contains(c.Points, ",2 ") {
		t.Errorf("%d points: %s", n, c.Points)
	}
	if c := draw("Views", []float64{3}, historySize, countText); c.Points != "180,2" {
		t.Errorf("one value is drawn at %s, want at the end", c.Points)
	}
	if c := draw("Views", nil, historySize, countText); c.Points != "" || c.Now != "0" {
		t.Errorf("nothing is drawn as %+v", c)
	}
}

func FuzzTexts(f *testing.F) {
	f.Add(1.5, int64(10))
	f.Fuzz(func(_ *testing.T, v float64, d int64) {
		_, _, _, _ = countText(v), bytesText(v), durationText(time.Duration(d)), percentText(v)
		_ = limitOf(bucketOf(time.Duration(d)))
	})
}

// What an event costs that is told as the library tells it, with a view among 1,000.
func BenchmarkEvent(b *testing.B) {
	for _, watched := range []bool{false, true} {
		b.Run(map[bool]string{false: "unwatched", true: "watched"}[watched], func(b *testing.B) {
			c := newCollector()
			joined(c, 0, 1000, "/orders/:id")
			subject := liveview.Subject{Route: "/orders/:id", View: "main.ordersView", ID: "v500", User: "ann"}
			if watched {
				c.views.of("v500").watch()
			}
			ctx := context.Background()
			b.ReportAllocs()
			for b.Loop() {
				event := liveview.Span{Kind: liveview.SpanEvent, Subject: subject, Name: "save"}
				ctx := c.Begin(ctx, event)
				for _, kind := range []liveview.SpanKind{liveview.SpanCallback, liveview.SpanRender, liveview.SpanWrite} {
					part := liveview.Span{Kind: kind, Subject: subject, Within: liveview.SpanEvent}
					c.End(c.Begin(ctx, part), part, liveview.Result{Duration: 50 * time.Microsecond, Bytes: 120})
				}
				c.End(ctx, event, liveview.Result{Duration: 100 * time.Microsecond})
			}
		})
	}
}

// What is done each five seconds, with 1,000 views at 20 routes.
func BenchmarkSample(b *testing.B) {
	board := New(Options{})
	for i := range 20 {
		joined(&board.collector, 50*i, 50*(i+1), fmt.Sprint("/", i))
	}
	b.ReportAllocs()
	for b.Loop() {
		board.sample(liveview.Stats{Sockets: 1000, Views: 1000})
	}
}
