package liveview_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// BenchmarkRejoin is the join of a page that has lost its socket: to the view that was
// kept, and to a new one, which is what every join was.
func BenchmarkRejoin(b *testing.B) {
	for name, keep := range map[string]time.Duration{"kept": time.Minute, "new": -1} {
		b.Run(name, func(b *testing.B) {
			view := &talliedView{mount: func(s *liveview.Socket[tallied]) error {
				s.Assign(func(st *tallied) { st.Heard = strings.Repeat("x", 2000) })
				return nil
			}}
			s := newSite(b, liveview.Config{KeepTime: keep}, func(r *gin.Engine) { liveview.Handle(r, "/p/:path", view) })
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
			if got := view.mounted.Load(); keep > 0 && got != 1 || keep < 0 && int(got) != b.N+1 {
				b.Errorf("mounted %d times in %d joins", got, b.N)
			}
		})
	}
}
