package liveview_test

import (
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// silent is a Telemetry that adds nothing to a context and keeps nothing.
type silent struct{ liveview.NoTelemetry }

// BenchmarkTelemetry is a click with its four spans, from frame to frame: nobody is told, or
// somebody who does nothing.
func BenchmarkTelemetry(b *testing.B) {
	for name, told := range map[string]liveview.Telemetry{"unset": nil, "set": silent{}, "two": liveview.TeeTelemetry(silent{}, silent{})} {
		b.Run(name, func(b *testing.B) {
			c := tellingClient(b, told)
			b.ReportAllocs()
			for b.Loop() {
				c.blindClick()
			}
		})
	}
}

func tellingClient(t testing.TB, told liveview.Telemetry) *client {
	s := newSite(t, liveview.Config{Telemetry: told, EventRate: -1}, func(e *gin.Engine) {
		e.Use(func(c *gin.Context) { liveview.Identify(c, "anna") })
		liveview.Handle(e, "/", counterView())
	})
	c := s.open("/")
	return c
}

// blindClick sends a click and waits for what comes.
func (c *client) blindClick() {
	c.write(`["1","7","` + c.topic() + `","event",{"type":"click","event":"inc","value":{}}]`)
	c.next()
}

// To be told of a click costs no allocation.
func TestTelemetryAllocatesNothing(t *testing.T) {
	if thinned > 1 {
		t.Skip("the race detector allocates")
	}
	count := func(told liveview.Telemetry) float64 {
		c := tellingClient(t, told)
		for range 100 {
			c.blindClick()
		}
		return testing.AllocsPerRun(500, c.blindClick)
	}
	unset, set := count(nil), count(silent{})
	t.Logf("a click takes %v allocations, %v where somebody is told", unset, set)
	if set > unset+0.5 {
		t.Errorf("a click takes %v allocations, %v where nobody is told", set, unset)
	}
}
