package liveview_test

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview"
)

// renewable is a site on which POST /renew renews the browser: one process of
// those that share ps.
func renewable(t *testing.T, ps liveview.PubSub) *site {
	t.Helper()
	return newSite(t, liveview.Config{PubSub: ps, Secret: liveview.NewSecret(strings.Repeat("s", 32))}, func(r *gin.Engine) {
		liveview.Handle(r, "/", counterView())
		r.POST("/renew", func(c *gin.Context) {
			if err := liveview.AppOf(c).Renew(c); err != nil {
				c.String(http.StatusConflict, "%v", err)
			}
		})
		r.POST("/renew-and-panic", func(c *gin.Context) {
			_ = liveview.AppOf(c).Renew(c)
			panic("later")
		})
		r.POST("/late", func(c *gin.Context) {
			c.String(http.StatusOK, "written")
			if err := liveview.AppOf(c).Renew(c); err == nil {
				t.Error("Renew after the response is no error")
			}
		})
	})
}

func (p *page) joinWith(cookies string) (string, map[string]any) {
	p.visitor.site.t.Helper()
	conn, _, err := p.dial(http.Header{"Cookie": {cookies}}, nil)
	if err != nil {
		p.visitor.site.t.Fatal(err)
	}
	return p.clientOn(conn).join()
}

// What another process has ended is known here before the first socket.
func TestDisconnectIsHeardBeforeTheFirstSocket(t *testing.T) {
	ps := liveview.NewPubSub()
	one, two := renewable(t, ps), renewable(t, ps)
	v := one.visitor()
	p := v.get("/")
	old := v.cookies()
	if res := v.post("/renew", nil); res.StatusCode != http.StatusOK {
		t.Fatalf("Renew: %s", res.Status)
	}
	elsewhere := *p
	elsewhere.visitor = two.visitor()
	status, response := elsewhere.joinWith(old)
	if want := map[string]any{"reason": "stale"}; status != "error" || !reflect.DeepEqual(response, want) {
		t.Errorf("a join as the browser that was renewed elsewhere: %s %v, want stale", status, response)
	}
}

// flakyPubSub refuses the first subscriptions.
type flakyPubSub struct {
	liveview.PubSub
	refuse atomic.Int32
	tries  atomic.Int32
}

func (p *flakyPubSub) Subscribe(topic string, deliver func(any)) (func(), error) {
	p.tries.Add(1)
	if p.refuse.Add(-1) >= 0 {
		return nil, errors.New("no broker")
	}
	return p.PubSub.Subscribe(topic, deliver)
}

// A process that could not subscribe isn't deaf for ever, though no socket is
// opened any more; and what it has missed is asked about.
func TestDisconnectIsHeardAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, ps := &accounts{}, &flakyPubSub{PubSub: liveview.NewPubSub()}
		ps.refuse.Store(4)
		s := newSite(t, liveview.Config{PubSub: ps, Recheck: -1}, func(r *gin.Engine) { a.routes(r, counterView()) })
		v, w := s.visitor(), s.visitor()
		v.login("ann")
		w.login("bob")
		ann, bob := v.open("/account"), w.open("/account")
		a.ban("ann", true)
		if err := s.app.Disconnect("ann"); err != nil { // nobody hears it
			t.Fatal(err)
		}
		if diff := ann.click("inc", nil); diff["0"] != "1" {
			t.Fatalf("diff = %v", diff)
		}
		time.Sleep(20 * time.Second) // of the bubble: it is tried again after 1, 3, 7 and 15
		if n := ps.tries.Load(); n != 5 {
			t.Errorf("%d attempts to subscribe, want 5", n)
		}
		ann.push("event", map[string]any{"type": "click", "event": "inc", "value": map[string]any{}})
		if code := ann.end(); code != websocket.CloseGoingAway {
			t.Errorf("the socket of who was disconnected meanwhile is closed with %d", code)
		}
		if err := s.app.Disconnect("bob"); err != nil {
			t.Fatal(err)
		}
		if code := bob.end(); code != websocket.CloseGoingAway {
			t.Errorf("the socket of who is disconnected now is closed with %d", code)
		}
		if n := strings.Count(s.log.String(), "no broker"); n != 4 {
			t.Errorf("the log speaks of it %d times:\n%s", n, s.log)
		}
	})
}

// hijackHook runs before when a socket takes over its connection: its browser has
// been looked at by then, and the socket isn't known yet.
type hijackHook struct {
	http.ResponseWriter
	before func()
}

func (w *hijackHook) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.before()
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// A Renew while a socket is being opened isn't missed by it.
func TestRenewWhileASocketOpens(t *testing.T) {
	s := renewable(t, nil)
	v := s.visitor()
	p := v.get("/")
	old := v.cookies()
	var inside atomic.Bool
	handler := s.server.Handler
	s.server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/websocket") && inside.CompareAndSwap(false, true) {
			w = &hijackHook{w, func() { v.post("/renew", nil) }}
		}
		handler.ServeHTTP(w, r)
	})
	status, response := p.joinWith(old)
	if want := map[string]any{"reason": "stale"}; status != "error" || !reflect.DeepEqual(response, want) {
		t.Errorf("join = %s %v, want stale", status, response)
	}
}

func TestRenewWhereItCanNot(t *testing.T) {
	t.Run("in a live page's request", func(t *testing.T) {
		var renewed []error
		s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
			r.Use(func(c *gin.Context) {
				if c.Query("renew") != "" && len(renewed) < 10 {
					renewed = append(renewed, liveview.AppOf(c).Renew(c))
				}
			})
			liveview.Handle(r, "/", counterView())
		})
		v := s.visitor()
		p := v.get("/?renew=1")
		cookies := v.cookies()
		c := p.connect()
		if status, response := c.join(); status != "ok" {
			t.Fatalf("join = %s %v", status, response)
		}
		if diff := c.click("inc", nil); diff["0"] != "1" {
			t.Errorf("diff = %v", diff)
		}
		if len(renewed) != 2 || renewed[0] != nil || renewed[1] == nil || !strings.Contains(renewed[1].Error(), "HandleAction") {
			t.Errorf("Renew returned %v, want nil for the page load and an error for the join", renewed)
		}
		if v.cookies() != cookies {
			t.Error("the browser has another cookie")
		}
	})
	t.Run("after the response", func(t *testing.T) { renewable(t, nil).visitor().post("/late", nil) })
	t.Run("before a panic", func(t *testing.T) {
		s := renewable(t, nil)
		handler := s.server.Handler
		s.server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() { _ = recover() }()
			handler.ServeHTTP(w, r)
		})
		v := s.visitor()
		p := v.get("/")
		old := v.cookies()
		v.post("/renew-and-panic", nil)
		if status, response := p.joinWith(old); status != "error" || response["reason"] != "stale" {
			t.Errorf("join as the browser that was renewed: %s %v, want stale", status, response)
		}
	})
	t.Run("Disconnect of nobody", func(t *testing.T) {
		if err := renewable(t, nil).app.Disconnect(""); err == nil {
			t.Error(`Disconnect("") is no error`)
		}
	})
}

// A page that is rendered by the request that renews its browser is the new
// identity's, whoever calls Renew, and joins; what the browser's other tabs show is
// stale, which is what Renew is for and no line in the log.
func TestRenewBeforeAPage(t *testing.T) {
	for name, inMount := range map[string]bool{"in a middleware": false, "in Mount": true} {
		t.Run(name, func(t *testing.T) {
			renew := func(c *gin.Context) error {
				if c.Query("renew") == "" || liveview.IsVisit(c) {
					return nil
				}
				return liveview.AppOf(c).Renew(c)
			}
			s := newSite(t, liveview.Config{PubSub: liveview.NewPubSub()}, func(r *gin.Engine) {
				view := &testView[counter]{template: counterTemplate, onMount: func(c *gin.Context, _ *liveview.Socket[counter]) error {
					if inMount {
						return renew(c)
					}
					return nil
				}}
				liveview.Handle(r.Group("", func(c *gin.Context) {
					if !inMount && renew(c) != nil {
						t.Error("Renew failed")
					}
				}), "/", view)
			})
			v := s.visitor()
			other := v.get("/")
			before := v.cookies()
			p := v.get("/?renew=1")
			if v.cookies() == before || len(p.header.Values("Set-Cookie")) != 1 {
				t.Errorf("the browser has %s, and had %s; set: %v", v.cookies(), before, p.header.Values("Set-Cookie"))
			}
			if status, response := p.connect().join(); status != "ok" {
				t.Errorf("the page's join = %s %v", status, response)
			}
			if status, _ := other.connect().join(); status != "error" {
				t.Errorf("the other tab's join = %s", status)
			}
			if log := s.log.String(); log != "" {
				t.Errorf("the log says:\n%s", log)
			}
		})
	}
}
