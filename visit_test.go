package liveview_test

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// Only page loads reach a handler that isn't a live route's: its answer to a
// join, a patch or a navigation would be seen by nobody, and what it does be done
// in vain.
func TestVisitRunsNoOtherHandler(t *testing.T) {
	var runs, behind, unrouted atomic.Int32
	once := func(c *gin.Context) { runs.Add(1); c.String(200, "done") }
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r, "/items/:id", placeView(map[string]func(s *liveview.Socket[place]) error{
			"patch":    func(s *liveview.Socket[place]) error { return s.PushPatch("/items/once", nil) },
			"navigate": func(s *liveview.Socket[place]) error { return s.PushRedirect("/once/7", nil) },
		}))
		r.GET("/items/once", once)
		r.GET("/once/:code", once)
		r.Any("/any", once)
		r.GET("/files/*path", once)
		r.GET("/behind", func(*gin.Context) { behind.Add(1) }, once)
		liveview.HandleAction(r, "/action", func(*gin.Context, string) error { runs.Add(1); return nil })
		// It may have Gin handle another URL, so a page that says it was rendered
		// by it is believed; no link leads there without a page load.
		r.NoRoute(func(*gin.Context) { unrouted.Add(1) })
	})
	v := s.visitor()
	p := v.get("/items/1")
	visits := 0
	for _, path := range []string{"/items/once", "/once/7", "/any", "/files/a/b", "/behind", "/action", "/action?_action=x", "/nowhere", "/live/websocket?vsn=2.0.0"} {
		for _, key := range []string{"url", "redirect"} {
			status, response := p.connect().joinAs(map[string]any{key: "http://" + siteHost + path, "session": p.session})
			if status != "error" || response["reason"] != "unauthorized" {
				t.Errorf("join of %s as %s: %s %v", path, key, status, response)
			}
			visits++
		}
		c := v.open("/items/1")
		if _, response := c.call("live_patch", map[string]any{"url": "http://" + siteHost + path}); response["link_redirect"] != true {
			t.Errorf("patch to %s: %v", path, response)
		}
		visits++
	}
	c := s.browse("/items/1")
	act(c, "patch")
	c.ExpectCrash()
	visits++
	if strings.Contains(s.log.String(), "proxy") {
		t.Errorf("a visit of the socket's own path is taken for a socket:\n%s", s.log)
	}
	t.Logf("%d of %d visits ran a handler that isn't live", runs.Load()+behind.Load(), visits)
	if n := unrouted.Load(); n != 2 {
		t.Errorf("the handler for URLs without a route ran %d times, want twice, for the joins that claim it", n)
	}
	if runs.Load() != 0 || behind.Load() != 0 {
		t.Errorf("handlers ran %d times, what is in front of one of them %d times", runs.Load(), behind.Load())
	}
	b := s.browse("/items/1")
	act(b, "navigate")
	b.ExpectNavigation("/once/7")
	if runs.Load() != 1 {
		t.Errorf("the page that was navigated to was asked for %d times, want once, by HTTP", runs.Load())
	}
}

// impatient answers a visit after 60 ms, whatever the engine still does with it.
// Of a visit with "late" in its query the engine hears a second later.
type impatient struct{ engine *gin.Engine }

func (h *impatient) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if strings.Contains(r.URL.RawQuery, "late") {
			time.Sleep(time.Second) // of the bubble: long after the time-out
		}
		h.engine.ServeHTTP(w, r)
	}()
	select {
	case <-done:
	case <-time.After(60 * time.Millisecond):
		w.WriteHeader(http.StatusGatewayTimeout)
	}
}

// A middleware with a time-out may answer while the view's callback is at work
// in a goroutine of its own: the view does nothing else until it is done.
func TestVisitWaitsForItsCallbacks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var beside, mounts atomic.Int32
		var views sync.Map // how many callbacks are at work, by the view's id
		enter := func(s *liveview.Socket[place]) func() {
			v, _ := views.LoadOrStore(s.ID(), new(atomic.Int32))
			inside := v.(*atomic.Int32)
			if inside.Add(1) > 1 {
				beside.Add(1)
			}
			return func() { inside.Add(-1) }
		}
		slow := func(c *gin.Context) {
			if strings.Contains(c.Request.URL.RawQuery, "slow") {
				time.Sleep(200 * time.Millisecond)
			}
		}
		view := placeView(map[string]func(s *liveview.Socket[place]) error{
			"none":  func(s *liveview.Socket[place]) error { enter(s)(); return nil },
			"patch": func(s *liveview.Socket[place]) error { return s.PushPatch("/items/3?slow", nil) },
		})
		view.onMount = func(c *gin.Context, s *liveview.Socket[place]) error {
			if s.Connected() {
				defer enter(s)()
				mounts.Add(1)
				slow(c)
			}
			return nil
		}
		params := view.onParams
		view.onParams = func(c *gin.Context, s *liveview.Socket[place]) error {
			if s.Connected() {
				defer enter(s)()
				slow(c)
			}
			return params(c, s)
		}
		view.onShutdown = func(s *liveview.Socket[place]) { enter(s)() }
		front := &impatient{}
		s := newSite(t, liveview.Config{Handler: front}, func(r *gin.Engine) {
			front.engine = r
			liveview.Handle(r, "/items/:id", view)
		})
		at := "http://" + siteHost

		c := s.open("/items/1")
		patch := c.push("live_patch", map[string]any{"url": at + "/items/2?slow"})
		if _, response := c.call("event", map[string]any{"type": "click", "event": "none", "value": ""}); len(response) != 0 {
			t.Errorf("the event after patch %s: %v", patch, response)
		}
		pushed, response := c.moves("patch")
		if diff, _ := response["diff"].(map[string]any); len(pushed) != 1 || diff["0"] != "3" {
			t.Errorf("PushPatch: %v %v", pushed, response)
		}
		c.call("phx_leave", map[string]any{})

		c = s.open("/items/1?slow")
		c.close()
		time.Sleep(time.Second)

		p := s.visitor().get("/items/1?late")
		before := mounts.Load()
		c = p.connect()
		c.push("phx_join", map[string]any{"url": p.url, "session": p.session})
		if f := c.next(); f.event != "phx_error" && f.payload["status"] != "error" {
			t.Errorf("a join that was answered before it came: %s", f.raw)
		}
		time.Sleep(2 * time.Second)
		if n := mounts.Load() - before; n != 0 {
			t.Errorf("a visit that was over mounted a view %d times", n)
		}
		if n := beside.Load(); n != 0 {
			t.Errorf("%d callbacks ran beside another one", n)
		}
	})
}

// What such a middleware puts into the flash, however late, meets nobody.
func TestLateFlashOfAVisit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
			r.Use(func(c *gin.Context) {
				r := c.Request
				done := make(chan struct{})
				if c.Query("sort") != "" {
					go func() {
						defer close(done)
						for i := range 1000 {
							_ = liveview.PutFlash(&gin.Context{Request: r}, "kind", string(rune('a'+i%26)))
						}
					}()
				} else {
					close(done)
				}
				c.Next()
				if c.Query("sort") == "wait" {
					<-done
				}
			})
			view := placeView(nil)
			params := view.onParams
			view.onParams = func(c *gin.Context, s *liveview.Socket[place]) error {
				for range 100 {
					s.PutFlash("info", "of the view")
				}
				return params(c, s)
			}
			liveview.Handle(r, "/items/:id", view)
		})
		c := s.open("/items/1")
		at := "http://" + siteHost + "/items/1?sort="
		c.call("live_patch", map[string]any{"url": at + "late"})
		_, response := c.call("live_patch", map[string]any{"url": at + "wait"})
		if diff, _ := response["diff"].(map[string]any); diff["1"] != "wait" {
			t.Errorf("the patch is answered with %v", response)
		}
	})
}
