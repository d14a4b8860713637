package dashboard_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/dashboard"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// A panel that crashes begins anew, and the others go on.
func TestDashboard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gin.SetMode(gin.TestMode)
		r := gin.New()
		r.Use(liveview.Middleware())
		liveview.Handle(r, "/", dashboard.View{})
		v := liveviewtest.Open(t, r, "/")
		rolls, coffee := v.Child("#rolls"), v.Child("#coffee")
		time.Sleep(3 * time.Second) // of the bubble
		rolls.Click("one more")
		coffee.Click("one more")
		v.WaitForText("#news", "Coffee: 1 sold.")
		rolls.Click("crash")
		rolls.ExpectCrash()
		rolls.Reconnect()
		if rolls.Text(".sum") != "0" || rolls.Text(".up") != "0" || coffee.Text(".sum") != "1" || coffee.Text(".up") != "3" {
			t.Errorf("after the crash: %s and %s", rolls.HTML(), coffee.HTML())
		}
		rolls.Click("one more")
		v.Click("Two panels")
		v.Click("Count from zero")
		v.WaitFor(func() bool { return rolls.Text(".sum") == "0" && v.Count(".panels li") == 2 })
	})
}
