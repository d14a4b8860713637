package trip_test

import (
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/plug/trip"
	"github.com/gin-liveview/liveview/liveviewtest"
)

func app(process int, pull func()) *gin.Engine {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(liveview.Middleware(liveview.Config{Secret: liveview.NewSecret("one secret for all of the processes")}))
	liveview.Handle(r, "/", trip.View{Process: process, Since: time.Now(), Pull: pull})
	return r
}

// What is half done is there at the next process, and what is the process's own is that
// one's.
func TestTrip(t *testing.T) {
	v := liveviewtest.Open(t, app(1, nil), "/")
	v.Submit("#trip", "trip[name]", "Ann")
	v.Submit("#trip", "trip[from]", "Bern", "trip[to]", "Bern")
	if got := v.Text("#trip_to-error"); got == "" {
		t.Error("a trip to where it begins is taken")
	}
	v.Click("#colour-3")
	v.Click("#square-5")
	v.RestartAs(app(2, nil))
	if got := v.Text("#process"); got != "2" {
		t.Errorf("it is process %s", got)
	}
	if got := v.Value("#trip_from"); got != "Bern" || !v.Has("#square-5.c3") || v.Text("#trip_to-error") == "" {
		t.Errorf("the page is %s", v.HTML())
	}
	v.Submit("#trip", "trip[to]", "Thun")
	v.Submit("#trip", "trip[day]", "2026-12-24", "trip[bikes]", "2")
	if got := v.Text(".message"); got != "Have a good trip, Ann." {
		t.Errorf("the page says %q: %s", got, v.HTML())
	}
	v.Click("#back")
	if got := v.Value("#trip_to"); got != "Thun" {
		t.Errorf("it goes to %q", got)
	}
}
