package player_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/player"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// What plays goes on while one looks at other pages.
func TestPlayer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gin.SetMode(gin.TestMode)
		r := gin.New()
		r.Use(sessions.Sessions("app", cookie.NewStore([]byte("0123456789abcdef0123456789abcdef"))))
		r.Use(liveview.Middleware())
		player.Routes(r)
		s := liveviewtest.NewSession(t, r)
		v := s.Open("/player")
		bar := v.Child("#player")
		v.Click("#records strong", "Night train")
		v.ExpectNavigation("/player/train")
		v.Click("Points")
		bar.WaitForText("#playing", "Points")
		time.Sleep(3 * time.Second) // of the bubble's clock
		bar.WaitForText("#at", "3 of 120 s")
		v.Click("All records")
		v.ExpectNavigation("/player")
		time.Sleep(2 * time.Second) // of the bubble's clock
		bar.WaitForText("#at", "5 of 120 s")
		bar.Click("Show its record")
		v.ExpectNavigation("/player/train")
		bar.Click("pause")
		time.Sleep(2 * time.Second) // of the bubble's clock
		if got := bar.Text("#at"); got != "5 of 120 s" || v.Text("h1") != "Night train" {
			t.Errorf("paused, it is at %s, and the page shows %s", got, v.Text("h1"))
		}
	})
}
