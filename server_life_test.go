package liveview_test

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// Apps and servers that nobody has any more are gone, though they know each other: a program
// of many tests makes many.
func TestAppsAndServersAreCollected(t *testing.T) {
	var apps []weak.Pointer[liveview.App]
	t.Run("a page that goes to another node", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			l := &line{}
			node := func() *gin.Engine {
				lv := liveview.New(liveview.Config{PubSub: l.bus(t), Secret: liveview.NewSecret("0123456789abcdef0123456789abcdef")})
				apps = append(apps, weak.Make(lv))
				r := gin.New()
				r.Use(lv.Middleware())
				liveview.Handle(r, "/", counterView())
				return r
			}
			v := liveviewtest.Open(t, node(), "/")
			v.Hop(node())
		})
	})
	eventually(t, 10*time.Second, "both Apps are collected", func() bool {
		runtime.GC()
		return apps[0].Value() == nil && apps[1].Value() == nil
	})
}
