package figures_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/figures"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// Each figure comes when it is there; one fails and comes at the second attempt, one is
// cancelled.
func TestDashboard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gin.SetMode(gin.TestMode)
		r := gin.New()
		_ = r.SetTrustedProxies(nil) // nil is a list that can be parsed
		r.Use(liveview.Middleware())
		liveview.Handle(r, "/", figures.View{})
		v := liveviewtest.Open(t, r, "/", liveviewtest.Options{Timeout: 10 * time.Second})
		shows := func(panel, value, state string) {
			t.Helper()
			if got := v.Text("#" + panel + " .value"); got != value {
				t.Errorf("%s is %q, want %q", panel, got, value)
			}
			if got := v.Text("#" + panel + " .state"); !strings.HasPrefix(got, state) {
				t.Errorf("%s says %q, want %q", panel, got, state)
			}
		}
		shows("visitors", "247", "As of")
		shows("orders", "–", "One moment")
		time.Sleep(3 * time.Second) // of the bubble
		v.WaitIdle()
		shows("orders", "1312", "As of")
		shows("supplies", "–", "The supplier")
		shows("revenue", "–", "One moment")
		v.Within("#revenue").Click("Cancel")
		shows("revenue", "–", "Not asked for")

		v.Within("#supplies").Click("Try again")
		v.Within("#revenue").Click("Ask again")
		v.Await()
		shows("supplies", "30 pallets", "As of")
		shows("revenue", "4.2 M", "As of")
		if v.Clickable("#cancel") {
			t.Error("there is something to cancel")
		}

		v.Click("#load")
		shows("revenue", "4.2 M", "One moment") // the old one stays
		v.Click("#cancel")
		v.Await()
		shows("revenue", "4.2 M", "As of")
	})
}
