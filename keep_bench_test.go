package liveview_test

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/store/storetest"
)

// outliving is a view whose state outlives its process.
type outliving struct{ *talliedView }

func (v outliving) Restore(s *liveview.Socket[tallied], saved tallied) error {
	s.Assign(func(st *tallied) { *st = saved })
	return nil
}

// twoKB is a view with a state of that size, and whether it outlives its process.
func twoKB(outlives bool) (view liveview.View[tallied], plain *talliedView) {
	plain = &talliedView{mount: func(s *liveview.Socket[tallied]) error {
		s.Assign(func(st *tallied) { st.Heard = strings.Repeat("x", 2000) })
		return nil
	}}
	if outlives {
		return outliving{plain}, plain
	}
	return plain, plain
}

// BenchmarkRejoin is the join of a page that has lost its socket: to the view that was
// kept, and to a new one, which is what every join was.
func BenchmarkRejoin(b *testing.B) {
	for _, kind := range []struct {
		name string
		keep time.Duration
	}{{"kept", time.Minute}, {"new", -1}} {
		b.Run(kind.name, func(b *testing.B) {
			view, plain := twoKB(false)
			s := newSite(b, liveview.Config{KeepTime: kind.keep, JoinRate: 1e9}, func(r *gin.Engine) { liveview.Handle(r, "/p/:path", view) })
			p := s.visitor().get("/p/a")
			c := p.connect()
			c.joinAsPage("one")
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				b.StopTimer()
				_ = c.conn.NetConn().Close()
				c.end()
				c = p.connect()
				b.StartTimer()
				if status, response := c.joinAsPage("one"); status != "ok" {
					b.Fatal(status, response)
				}
			}
			b.StopTimer()
			if got := plain.mounted.Load(); kind.keep > 0 && got != 1 || kind.keep < 0 && int(got) != b.N+1 {
				b.Errorf("mounted %d times in %d joins", got, b.N)
			}
		})
	}
}

// BenchmarkEventOfAPageThatOutlives is what an event costs where pages begin anew, are
// kept, are restored, and are stored.
func BenchmarkEventOfAPageThatOutlives(b *testing.B) {
	for _, kind := range []struct {
		name     string
		keep     time.Duration
		outlives bool
		stored   bool
	}{{"begins anew", -1, false, false}, {"is kept", 0, false, false}, {"is restored", 0, true, false}, {"is stored", 0, true, true}} {
		b.Run(kind.name, func(b *testing.B) {
			config := liveview.Config{KeepTime: kind.keep, EventRate: 1e9, Secret: liveview.NewSecret("0123456789abcdef0123456789abcdef")}
			if kind.stored {
				config.Store = &storetest.Memory{}
			}
			view, _ := twoKB(kind.outlives)
			s := newSite(b, config, func(r *gin.Engine) { liveview.Handle(r, "/p/:path", view) })
			page := s.visitor().get("/p/a").connect()
			page.joinAsPage("one")
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				page.write(fmt.Sprintf(`["1","%d","%s","event",{"type":"click","event":"inc","value":{}}]`, i+10, page.topic()))
				page.next()
			}
		})
	}
}

// BenchmarkShutdown ends a process with views of 2 KB: their pages begin anew, or are handed
// their states. A hundred are ended at once; a thousand in turns, whose time is that of the
// drain.
func BenchmarkShutdown(b *testing.B) {
	for _, pages := range []int{100, 1000} {
		b.Run(fmt.Sprint(pages), func(b *testing.B) { benchmarkShutdown(b, pages) })
	}
}

func benchmarkShutdown(b *testing.B, pages int) {
	for _, kind := range []struct {
		name     string
		outlives bool
	}{{"begin anew", false}, {"are handed over", true}} {
		b.Run(kind.name, func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				view, _ := twoKB(kind.outlives)
				config := liveview.Config{Secret: liveview.NewSecret("0123456789abcdef0123456789abcdef"), Logger: slog.New(slog.DiscardHandler), MaxSocketsPerAddress: -1}
				s := newSite(b, config, func(r *gin.Engine) { liveview.Handle(r, "/p/:path", view) })
				ended := make(chan bool, pages)
				for range pages {
					c := s.visitor().get("/p/a").connect()
					c.joinAsPage("one")
					go func() {
						handed := false
						for f := range c.frames {
							switch f.event {
							case "lv:hold":
								c.write(fmt.Sprintf(`[%q,"900",%q,"lv:held",{}]`, f.joinRef, f.topic))
							case "lv:state":
								handed = true
							}
						}
						ended <- handed
					}()
				}
				b.StartTimer()
				if err := s.app.Shutdown(context.Background(), s.server); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				for range pages {
					if handed := <-ended; handed != kind.outlives {
						b.Fatalf("a page was handed its state: %v", handed)
					}
				}
				b.StartTimer()
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(pages), "µs/view")
		})
	}
}

// BenchmarkKeptMemory is what a page with a state of 2 KB takes once its socket is lost.
func BenchmarkKeptMemory(b *testing.B) {
	const pages = 500
	for range b.N {
		view, _ := twoKB(true)
		config := liveview.Config{Secret: liveview.NewSecret("0123456789abcdef0123456789abcdef"), MaxSocketsPerAddress: -1, MaxKeptPerAddress: -1, MaxKeptPerBrowser: -1, KeepTime: time.Hour}
		s := newSite(b, config, func(r *gin.Engine) { liveview.Handle(r, "/p/:path", view) })
		v := s.visitor()
		other := v.get("/p/a").connect().conn
		_ = other.Close()
		keep := func(n int) uint64 {
			for i := range n {
				c := v.get("/p/a").connect()
				c.joinAsPage(fmt.Sprint(n, "-", i))
				_ = c.conn.NetConn().Close()
				c.end()
				c.frames, c.conn, c.page = nil, other, nil // what the test holds of it
			}
			eventually(b, time.Minute, "no socket is left", func() bool { return s.app.Stats().Sockets == 0 })
			runtime.GC()
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return m.HeapAlloc
		}
		before := keep(50)
		after := keep(pages)
		b.ReportMetric(float64(after-before)/pages, "B/page")
		if kept := s.app.Stats().Kept; kept != pages+50 {
			b.Fatalf("%d pages are kept", kept)
		}
	}
}
