package counter_test

import (
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/counter"
	"github.com/gin-liveview/liveview/liveviewtest"
)

func TestCounter(t *testing.T) {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(liveview.Middleware())
	liveview.Handle(r, "/", counter.View{})
	v := liveviewtest.Open(t, r, "/")
	v.Click("#inc")
	v.Click("#dec")
	v.Click("− 1")
	if v.Text("#count") != "-1" || !v.Has(".note", "Below zero") {
		t.Errorf("the page shows %s", v.HTML())
	}
}
