package liveviewtest_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	m.Run()
}

// app returns a router with sessions and live views.
func app(routes func(r *gin.Engine), config ...liveview.Config) http.Handler {
	r := gin.New()
	store := cookie.NewStore([]byte("0123456789abcdef0123456789abcdef"))
	store.Options(sessions.Options{Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	r.Use(sessions.Sessions("app", store))
	c := liveview.Config{Title: liveview.Title{Prefix: "App: "}}
	if len(config) > 0 {
		c = config[0]
	}
	r.Use(liveview.Middleware(c))
	routes(r)
	return r
}

// view is a view of functions.
type view[C any] struct {
	page   *liveview.Template[C]
	mount  func(c *gin.Context, s *liveview.Socket[C]) error
	params func(c *gin.Context, s *liveview.Socket[C]) error
	event  func(s *liveview.Socket[C], e liveview.Event) error
	info   func(s *liveview.Socket[C], info any) error
}

func (v view[C]) Mount(c *gin.Context, s *liveview.Socket[C]) error {
	if v.mount == nil {
		return nil
	}
	return v.mount(c, s)
}

func (v view[C]) HandleParams(c *gin.Context, s *liveview.Socket[C]) error {
	if v.params == nil {
		return nil
	}
	return v.params(c, s)
}

func (v view[C]) HandleEvent(s *liveview.Socket[C], e liveview.Event) error {
	if v.event == nil {
		return errors.New("no event was expected")
	}
	return v.event(s, e)
}

func (v view[C]) HandleInfo(s *liveview.Socket[C], info any) error {
	if v.info == nil {
		return nil
	}
	return v.info(s, info)
}

func (v view[C]) Render(c C) liveview.Rendered { return v.page.Render(c) }
