package liveview_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview"
)

// BenchmarkCores is events of many views at once, client included, over a network within the
// process: with -cpu 1,2 it tells what a second core is worth. Where others are at work too,
// what an event takes of the processor says how much of that the cores cost each other: the
// second is worth at most twice the one's over the two's.
func BenchmarkCores(b *testing.B) {
	s := newSite(b, liveview.Config{EventRate: -1}, func(r *gin.Engine) { liveview.Handle(r, "/", counterView()) })
	const views = 64
	var conns [views]*websocket.Conn
	var clicks [views]string
	for i := range conns {
		p := s.visitor().get("/")
		conn, _, err := p.dial(nil, nil)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = conn.Close() })
		conns[i] = conn
		join := fmt.Sprintf(`["1","1","lv:%s","phx_join",{"url":%q,"session":%q,"static":%q,"params":{"_csrf_token":%q,"_mounts":0}}]`,
			p.id, p.url, p.session, p.static, p.csrf)
		clicks[i] = fmt.Sprintf(`["1","2","lv:%s","event",{"type":"click","event":"inc","value":{}}]`, p.id)
		if reply := ask(b, conn, join); !strings.Contains(reply, `"status":"ok"`) {
			b.Fatal(reply)
		}
	}
	b.ReportAllocs()
	b.ResetTimer()
	before := processorTime(b)
	var next atomic.Int64
	b.SetParallelism(views / runtime.GOMAXPROCS(0))
	b.RunParallel(func(pb *testing.PB) {
		i := next.Add(1) - 1
		for pb.Next() {
			if reply := ask(b, conns[i], clicks[i]); !strings.Contains(reply, `"diff"`) {
				b.Error(reply)
				return
			}
		}
	})
	b.ReportMetric(float64(processorTime(b)-before)/float64(b.N), "cpu-ns/op")
}

// processorTime is what the process has taken of all processors.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// ask sends a message and returns the next one that comes.
func ask(b *testing.B, conn *websocket.Conn, message string) string {
	if err := conn.WriteMessage(websocket.TextMessage, []byte(message)); err != nil {
		b.Error(err)
		return ""
	}
	_, reply, err := conn.ReadMessage()
	if err != nil {
		b.Error(err)
	}
	return string(reply)
}
