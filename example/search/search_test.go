package search_test

import (
	"testing"
	"testing/synctest"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/search"
	"github.com/gin-liveview/liveview/liveviewtest"
)

func TestSearch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gin.SetMode(gin.TestMode)
		r := gin.New()
		r.Use(liveview.Middleware())
		liveview.Handle(r, "/", search.View{})
		v := liveviewtest.Open(t, r, "/")
		v.Change("#q", "switz")
		v.WaitForText("#status", "Looking for “switz”…")
		v.WaitForText("#status", "4 found for “switz”.")
		if !v.Has("#results li", "Basel") {
			t.Errorf("found were %s", v.Text("#results"))
		}
	})
}
