package liveview_test

import (
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// At debug level the log has a line for each thing that a view does, with whose it was, and
// no value of a field; at other levels it has none.
func TestEventLog(t *testing.T) {
	for name, level := range map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log := &logBuffer{}
				logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: level}))
				s := newSite(t, liveview.Config{Logger: logger}, func(e *gin.Engine) {
					e.Use(func(c *gin.Context) { liveview.Identify(c, "anna"); c.Request.Header.Set("X-Request-Id", "r1") })
					liveview.Handle(e, "/told/:n", toldView(func(*liveview.Socket[told]) {}))
				})
				c := s.open("/told/1?password=hunter2")
				c.click("inc", map[string]any{"value": "hunter2"})
				c.call("event", map[string]any{"type": "click", "event": "crash", "value": map[string]any{"value": "hunter2"}})
				synctest.Wait()
				lines := strings.Split(log.String(), "\n")
				find := func(parts ...string) (n int) {
					for _, line := range lines {
						all := true
						for _, part := range parts {
							all = all && strings.Contains(line, part)
						}
						if all {
							n++
						}
					}
					return n
				}
				want := 0
				if level == slog.LevelDebug {
					want = 1
				}
				who := []string{"route=/told/:n", "view=", "user=anna", "request_id=r1"}
				if n := find(append(who, `level=DEBUG msg="liveview: event" event=inc`, "duration=3ms", "outcome=ok")...); n != want {
					t.Errorf("%d lines of the event, want %d", n, want)
				}
				if n := find(append(who, `level=DEBUG msg="liveview: join"`, "navigation=join")...); n != want {
					t.Errorf("%d lines of the join, want %d", n, want)
				}
				if n := find(append(who, "level=ERROR", "as asked", "event=", "crash", "path=/told/1 ", "duration=5ms")...); n != 1 {
					t.Errorf("%d lines of the crash, want 1", n)
				}
				id := "id=" + c.page.id + " " // by which the lines of one view are found
				if n := find(id); n != 1+3*want {
					t.Errorf("%d lines with %s, want %d", n, id, 1+3*want)
				}
				if n := find("hunter2"); n != 0 {
					t.Errorf("a value is in the log")
				}
				if t.Failed() {
					t.Log(log)
				}
			})
		})
	}
}

// Stats count what has happened, whether or not anybody is told.
func TestStatsSinceNew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, liveview.Config{MaxFrame: 4096}, func(e *gin.Engine) {
			liveview.Handle(e, "/told/:n", toldView(func(*liveview.Socket[told]) {}))
		})
		c := s.open("/told/1")
		c.click("inc", nil)
		c.click("info", nil)
		c.write("{")
		c.call("event", map[string]any{"type": "click", "event": strings.Repeat("x", 5000), "value": map[string]any{}})
		c.call("event", map[string]any{"type": "click", "event": "crash", "value": map[string]any{}})
		p := s.visitor().get("/told/1")
		p.session = "made up"
		p.connect().join()
		synctest.Wait()
		got := s.app.Stats()
		if got.OpenedSockets != 2 || got.Joins != (liveview.JoinStats{OK: 1, Refused: 1, Redirected: 0, Postponed: 0, Crashed: 0, Gone: 0}) || got.Events != 4 || got.Infos != 1 ||
			got.Crashes != 1 || got.Refusals != 1 || got.LimitHits != 1 || got.BytesSent < 500 || got.BytesReceived < 5000 {
			t.Errorf("the figures are %+v", got)
		}
	})
}
