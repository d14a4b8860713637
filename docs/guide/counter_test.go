package guide_test

import (
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// The page of README.md and docs/first-page.md, as a test has it.

type Counter struct{ Count int } // the state of one live page

type counterView struct{}

func (counterView) HandleEvent(s *liveview.Socket[Counter], e liveview.Event) error {
	if e.Name == "inc" {
		s.Assign(func(st *Counter) { st.Count++ })
	}
	return nil
}

var counterPage = liveview.MustParse[Counter](`<h1>{{.Count}}</h1><button phx-click="inc">one more</button>`)

func (counterView) Render(st Counter) liveview.Rendered { return counterPage.Render(st) }

var router = func() *gin.Engine {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(liveview.Middleware())
	liveview.Handle(r, "/", counterView{})
	return r
}()

func TestCounter(t *testing.T) {
	v := liveviewtest.Open(t, router, "/") // router is your Gin engine; first the HTTP render, then a join over a real WebSocket
	v.Click("one more")
	if got := v.Text("h1"); got != "1" {
		t.Errorf("the page shows %s, want 1", got)
	}
}
