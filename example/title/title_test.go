package title_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/title"
	"github.com/gin-liveview/liveview/liveviewtest"
)

func TestTitle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gin.SetMode(gin.TestMode)
		r := gin.New()
		r.Use(liveview.Middleware())
		liveview.Handle(r, "/", title.View)
		v := liveviewtest.Open(t, r, "/")
		v.Click("#read")
		time.Sleep(5 * time.Second) // of the bubble: two letters' time
		v.WaitFor(func() bool { return v.Title() == "(2) Title" })
	})
}
