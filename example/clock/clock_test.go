package clock_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/clock"
	"github.com/gin-liveview/liveview/liveviewtest"
)

func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gin.SetMode(gin.TestMode)
		r := gin.New()
		r.Use(liveview.Middleware())
		liveview.Handle(r, "/", clock.View{})
		v := liveviewtest.Open(t, r, "/")
		v.Change("#zone", "Asia/Tokyo")
		time.Sleep(90 * time.Second) // of the bubble, in which the clock ticks
		v.WaitFor(func() bool { return v.Text("#ticks") == "90" })
		if at := v.Find("#clock time").AttrOr("datetime", ""); !strings.HasSuffix(at, "+09:00") {
			t.Errorf("the clock shows %s", at)
		}
	})
}

// The clock is set to where the browser says it is, unless there is no such place.
func TestClockIsTheVisitors(t *testing.T) {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(liveview.Middleware())
	liveview.Handle(r, "/", clock.View{})
	for says, want := range map[any]string{
		"Africa/Lagos": "Africa/Lagos", "Asia/Tokyo": "Asia/Tokyo", "../../etc/passwd": "UTC", "Local": "UTC", 7: "UTC", "": "UTC",
	} {
		v := liveviewtest.Open(t, r, "/", liveviewtest.Options{Params: map[string]any{"time_zone": says}})
		if got := v.Value("#zone"); got != want {
			t.Errorf("for %v the clock is set to %s, want %s", says, got, want)
		}
	}
}
