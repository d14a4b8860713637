package liveview_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/presence"
)

// A wrong call at request time panics nowhere: the request is answered with 500, the
// log names the remedy, and no handler runs for somebody who would be nobody.
func TestMisuseIsAnsweredAndLogged(t *testing.T) {
	for name, test := range map[string]struct {
		wrong gin.HandlerFunc
		want  string
	}{
		"Identify nobody":            {func(c *gin.Context) { liveview.Identify(c, "") }, "1 to 255 bytes, not 0"},
		"Identify by too long an id": {func(c *gin.Context) { liveview.Identify(c, strings.Repeat("x", 256)) }, "1 to 255 bytes, not 256"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var wrong atomic.Bool
				var ran atomic.Int32
				s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
					g := r.Group("", func(c *gin.Context) {
						if wrong.Load() {
							test.wrong(c)
						}
					})
					liveview.Handle(g, "/", counterView())
					g.GET("/plain", func(*gin.Context) { ran.Add(1) })
				})
				p := s.visitor().get("/")
				wrong.Store(true)
				for _, path := range []string{"/", "/plain"} {
					if got := s.visitor().get(path); got.status != http.StatusInternalServerError || ran.Load() != 0 {
						t.Errorf("%s is answered with %d, and its handler has run %d times", path, got.status, ran.Load())
					}
				}
				c := p.connect() // a join isn't refused, but comes again
				c.rejoin(1, 0)
				time.Sleep(10 * time.Second)
				wrong.Store(false)
				if status, response := p.connect().join(); status != "ok" {
					t.Errorf("a later join: %s %v", status, response)
				}
				if log := s.log.String(); !strings.Contains(log, test.want) || strings.Contains(log, "panic") {
					t.Errorf("the log says %s", log)
				}
			})
		})
	}
	t.Run("HandleAction without Middleware", func(t *testing.T) {
		gin.SetMode(gin.TestMode)
		var errs []string
		r := gin.New()
		r.Use(func(c *gin.Context) { c.Next(); errs = c.Errors.Errors() })
		liveview.HandleAction(r, "/act", func(*gin.Context, string) error { t.Error("the handler has run"); return nil })
		w := httptest.NewRecorder()
		r.ServeHTTP(w, newRequest(t, "/act"))
		if w.Code != http.StatusInternalServerError || len(errs) != 1 || !strings.Contains(errs[0], "r.Use(liveview.Middleware())") {
			t.Errorf("it is answered with %d, and the errors %q", w.Code, errs)
		}
	})
}

// Repeat of nothing, or without a pause, repeats nothing; the log says so, and the view
// lives on.
func TestRepeatThatCanNotBe(t *testing.T) {
	v := counterView()
	v.onEvent = func(s *liveview.Socket[counter], e liveview.Event) error {
		switch e.Name {
		case "zero":
			s.Repeat(0, func() { t.Error("it repeats") })()
		case "negative":
			s.Repeat(-time.Second, func() { t.Error("it repeats") })()
		case "nothing":
			s.Repeat(time.Nanosecond, nil)()
		}
		s.Assign(func(c *counter) { c.Count++ })
		return nil
	}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/count", v) })
	c := s.open("/count")
	for i, event := range []string{"zero", "negative", "nothing"} {
		if diff := c.click(event, nil); diff["0"] != fmt.Sprint(i+1) {
			t.Errorf("%s: the view says %v", event, diff)
		}
		if n := strings.Count(s.log.String(), "positive interval"); n != i+1 || !strings.Contains(s.log.String(), "route=/count") {
			t.Errorf("%s: the log says %s", event, s.log)
		}
	}
}

// A live route that no Middleware runs before stops the program as it is added, with the
// line and the remedy: Gin fixes the handlers of a route then, and those of a group when
// the group is made. What may wrap the Middleware is left to the first request.
func TestRouteWithoutMiddleware(t *testing.T) {
	add := func(r gin.IRoutes) { liveview.Handle(r, "/page", counterView()) }
	for name, test := range map[string]struct {
		add   func(r *gin.Engine)
		fails bool
	}{
		"before it":             {func(r *gin.Engine) { add(r); r.Use(liveview.Middleware()) }, true},
		"beside Gin's own":      {func(r *gin.Engine) { r.Use(gin.Recovery()); add(r) }, true},
		"a group that is older": {func(r *gin.Engine) { g := r.Group("/g"); r.Use(liveview.Middleware()); add(g) }, true},
		"an action": {func(r *gin.Engine) {
			liveview.HandleAction(r, "/page", func(*gin.Context, string) error { return nil })
		}, true},
		"behind it":       {func(r *gin.Engine) { r.Use(gin.Recovery(), liveview.Middleware()); add(r) }, false},
		"behind an App's": {func(r *gin.Engine) { r.Use(liveview.New(liveview.Config{}).Middleware()); add(r) }, false},
		"a group behind it": {func(r *gin.Engine) {
			r.Use(liveview.Middleware())
			add(r.Group("/g", func(*gin.Context) {}).Group("/h"))
		}, false},
		"a group with its own":       {func(r *gin.Engine) { add(r.Group("/g", liveview.Middleware())) }, false},
		"behind one that is wrapped": {func(r *gin.Engine) { m := liveview.Middleware(); r.Use(func(c *gin.Context) { m(c) }); add(r) }, false},
		"behind what can't be seen":  {func(r *gin.Engine) { r.Use(liveview.Middleware()); add(struct{ gin.IRoutes }{r}) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			gin.SetMode(gin.TestMode)
			defer func() {
				switch p := recover(); {
				case !test.fails && p != nil:
					t.Errorf("it panics with %v", p)
				case test.fails:
					for _, want := range []string{"/page", "r.Use(liveview.Middleware())", "misuse_test.go:"} {
						if !strings.Contains(fmt.Sprint(p), want) {
							t.Errorf("it panics with %v, want %q in it", p, want)
						}
					}
				}
			}()
			test.add(gin.New())
		})
	}
}

// What can be seen to be wrong where a route is set up is refused there.
func TestRoutesThatCanNotBe(t *testing.T) {
	for want, call := range map[string]func(r *gin.Engine){
		"Handle wants a view for /a":          func(r *gin.Engine) { liveview.Handle[counter](r, "/a", nil) },
		"HandleAction wants a handler for /b": func(r *gin.Engine) { liveview.HandleAction(r, "/b", nil) },
	} {
		func() {
			defer func() {
				if text, _ := recover().(string); !strings.Contains(text, want) || !strings.Contains(text, "misuse_test.go:") {
					t.Errorf("it panics with %q, want %q and the line", text, want)
				}
			}()
			call(prepared())
		}()
	}
}

func TestTrackWithoutATracker(t *testing.T) {
	var err error
	v := counterView()
	v.onMount = func(_ *gin.Context, s *liveview.Socket[counter]) error {
		if s.Connected() {
			_, err = liveview.Track(s, (*presence.Tracker[int])(nil), "room", "ann", 1)
		}
		return nil
	}
	newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) }).open("/")
	if err == nil || !strings.Contains(err.Error(), "presence.New") {
		t.Errorf("Track returned %v", err)
	}
}
