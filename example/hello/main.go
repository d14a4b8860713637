package main

import (
	"net/http"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

type Counter struct{ Count int } // the state of one live page

type counterView struct{}

func (counterView) HandleEvent(s *liveview.Socket[Counter], e liveview.Event) error {
	if e.Name == "inc" {
		s.Assign(func(st *Counter) { st.Count++ })
	}
	return nil
}

var page = liveview.MustParse[Counter](`<h1>{{.Count}}</h1><button phx-click="inc">one more</button>`)

func (counterView) Render(st Counter) liveview.Rendered { return page.Render(st) }

func main() {
	r := gin.Default()
	store := cookie.NewStore([]byte("a key of 32 bytes from your settings"))
	store.Options(sessions.Options{Path: "/", MaxAge: 30 * 86400, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	r.Use(sessions.Sessions("app", store))
	r.Use(liveview.Middleware())
	liveview.Handle(r, "/", counterView{})
	_ = r.Run("127.0.0.1:8080")
}
