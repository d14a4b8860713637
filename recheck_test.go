package liveview_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview"
)

// docView is a view that doesn't follow its URL: what it works on is what its
// Mount has loaded.
type docView struct{ deleted *[]string }

func (docView) Mount(c *gin.Context, s *liveview.Socket[place]) error {
	s.Assign(func(p *place) { p.ID = c.Param("id") })
	return nil
}

func (docView) Render(p place) liveview.Rendered { return placeTemplate.Render(p) }

func (v docView) HandleEvent(s *liveview.Socket[place], e liveview.Event) error {
	switch e.Name {
	case "delete":
		*v.deleted = append(*v.deleted, s.State().ID)
	case "patch":
		return s.PushPatch("/doc/2", nil)
	}
	return nil
}

// Rights for one document are no rights for another: a view that works on what
// its Mount loaded can't be moved to a URL at which its visitor may still be.
func TestViewThatDoesNotFollowItsURL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var deleted []string
		var revoked atomic.Bool
		s := newSite(t, liveview.Config{JoinTimeout: time.Hour}, func(r *gin.Engine) {
			docs := r.Group("", func(c *gin.Context) {
				if c.Param("id") == "1" && revoked.Load() {
					c.AbortWithStatus(http.StatusForbidden)
				}
			})
			liveview.Handle(docs, "/doc/:id", docView{&deleted})
		})
		c := s.open("/doc/1")
		revoked.Store(true)
		status, response := c.call("live_patch", map[string]any{"url": "http://" + siteHost + "/doc/2"})
		if status != "ok" || response["link_redirect"] != true {
			t.Errorf("patch = %s %v, want a navigation", status, response)
		}
		for range 3 {
			time.Sleep(40 * time.Second)
			c.write(`[null,"1","phoenix","heartbeat",{}]`)
			c.push("event", map[string]any{"type": "click", "event": "delete", "value": map[string]any{}})
		}
		synctest.Wait()
		if len(deleted) != 0 {
			t.Errorf("documents %v were deleted", deleted)
		}

		v := s.browse("/doc/2")
		v.Click("a", "Patch") // of /items/3, which isn't a page
		if v.Live() {
			t.Error("a link to no page left the page live")
		}
		v = s.browse("/doc/2")
		act(v, "patch")
		v.ExpectCrash()
		if log := s.log.String(); !strings.Contains(log, "liveview_test.docView") || !strings.Contains(log, "HandleParams(c *gin.Context, s *liveview.Socket[liveview_test.place]) error") {
			t.Errorf("the log doesn't say what is missing:\n%s", log)
		}
	})
}

// Who may no longer see a page is shown no more of it either, whether or not he
// does anything himself.
func TestRecheckBeforeInfosAndTicks(t *testing.T) {
	for name, start := range map[string]func(s *liveview.Socket[counter]) error{
		"infos": func(s *liveview.Socket[counter]) error { return subscribes(s, "news") },
		"ticks": func(s *liveview.Socket[counter]) error {
			s.Repeat(15*time.Second, func() { s.Assign(func(c *counter) { c.Count++ }) })
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var revoked atomic.Bool
				var asked atomic.Int32
				bus := liveview.NewPubSub()
				view := counterView()
				view.onMount = func(_ *gin.Context, s *liveview.Socket[counter]) error { return start(s) }
				s := newSite(t, liveview.Config{PubSub: bus}, func(r *gin.Engine) {
					r.Use(func(c *gin.Context) {
						asked.Add(1)
						if revoked.Load() {
							c.AbortWithStatus(http.StatusUnauthorized)
						}
					})
					liveview.Handle(r, "/", view)
				})
				c := s.open("/")
				diffs := func(times int) (n int, open bool) {
					for range times {
						time.Sleep(15 * time.Second)
						if c.conn.WriteMessage(websocket.TextMessage, []byte(`[null,"1","phoenix","heartbeat",{}]`)) != nil {
							return n, false
						}
						if err := bus.Publish("news", 1); err != nil {
							t.Fatal(err)
						}
						synctest.Wait()
						for {
							select {
							case f, ok := <-c.frames:
								if !ok {
									return n, false
								}
								if f.event == "diff" {
									n++
								}
								continue
							default:
							}
							break
						}
					}
					return n, true
				}
				before := asked.Load()
				if n, open := diffs(40); n < 39 || !open {
					t.Fatalf("in ten minutes %d diffs came, the socket is open: %v", n, open)
				}
				if n := asked.Load() - before; n > 10 {
					t.Errorf("the middleware was asked %d times in ten minutes", n)
				}
				revoked.Store(true)
				n, open := diffs(480)
				t.Logf("%d of 480 diffs came after the rights were gone", n)
				if n > 4 || open {
					t.Errorf("after the rights were gone %d diffs came, the socket is open: %v", n, open)
				}
				if c.end() != websocket.CloseGoingAway {
					t.Errorf("the socket ended with %v", c.closed)
				}
			})
		})
	}
}

// A middleware that can't tell at present refuses nobody: the event isn't run,
// the page stays and joins again. So does a join, which isn't to have the browser
// load the page at once.
func TestPassingFailureOfTheMiddleware(t *testing.T) {
	for _, status := range []int{408, 429, 500, 502, 503, 504} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var down atomic.Bool
				var loads, events atomic.Int32
				view := counterView()
				inc := view.onEvent
				view.onEvent = func(s *liveview.Socket[counter], e liveview.Event) error { events.Add(1); return inc(s, e) }
				s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
					r.Use(func(c *gin.Context) {
						if c.GetHeader("Accept-Encoding") != "" {
							loads.Add(1) // an HTTP client's
						}
						if down.Load() {
							c.AbortWithStatus(status)
						}
					})
					liveview.Handle(r, "/", view)
				})
				v := s.browse("/")
				v.Click("button")
				down.Store(true)
				time.Sleep(time.Minute)
				v.Click("button")
				v.ExpectCrash()
				for range 3 {
					v.Reconnect()
					v.ExpectCrash()
				}
				down.Store(false)
				if v.Reconnect(); !v.Live() || v.Text("button") != "0" {
					t.Errorf("live: %v, the page shows %s", v.Live(), v.HTML())
				}
				if events.Load() != 1 {
					t.Errorf("%d events were handled, want the first alone", events.Load())
				}

				c := s.open("/")
				down.Store(true)
				if status, response := c.call("live_patch", map[string]any{"url": c.page.url + "?x=y"}); status != "ok" || len(response) != 0 {
					t.Errorf("patch = %s %v", status, response)
				}
				if f := c.next(); f.event != "phx_error" || f.joinRef != "1" {
					t.Errorf("after the patch came %s, want phx_error", f.raw)
				}
				c.push("phx_join", map[string]any{"url": c.page.url, "session": c.page.session})
				if f := c.next(); f.event != "phx_error" {
					t.Errorf("the join is answered with %s, want phx_error", f.raw)
				}
				if !strings.Contains(s.log.String(), fmt.Sprintf("status=%d", status)) {
					t.Errorf("the log doesn't name the status:\n%s", s.log)
				}
			})
		})
	}
}

// A cookie may be renewed while a page is open, as a token that lives for some
// minutes is. Its socket then is asked about with the old one: it is closed, once,
// and the client comes back with the new one.
func TestSocketWithOldCookies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var today atomic.Value
		today.Store("1")
		s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
			r.GET("/login", func(c *gin.Context) { c.String(200, "log in") })
			members := r.Group("", func(c *gin.Context) {
				if token, _ := c.Cookie("token"); token != today.Load() {
					c.Redirect(http.StatusFound, "/login")
					c.Abort()
				}
			})
			liveview.Handle(members, "/", counterView())
		})
		v := s.visitor()
		v.setCookie("token", "1")
		c := v.open("/")
		for token := 2; token < 5; token++ {
			today.Store(strconv.Itoa(token))
			v.setCookie("token", strconv.Itoa(token))
			time.Sleep(50 * time.Second)
			c.write(`[null,"1","phoenix","heartbeat",{}]`)
			time.Sleep(10 * time.Second)
			c.push("event", map[string]any{"type": "click", "event": "inc", "value": map[string]any{}})
			if code := c.end(); code != websocket.CloseGoingAway {
				t.Fatalf("the socket is closed with %d, want %d", code, websocket.CloseGoingAway)
			}
			c = c.page.connect()
			if status, response := c.join(); status != "ok" {
				t.Fatalf("the page joins with the new token: %s %v", status, response)
			}
			if diff := c.click("inc", nil); diff["0"] != "1" {
				t.Errorf("diff = %v", diff)
			}
		}
		// A log-out looks the same, up to the join.
		today.Store("none")
		time.Sleep(50 * time.Second)
		c.write(`[null,"1","phoenix","heartbeat",{}]`)
		time.Sleep(10 * time.Second)
		c.push("event", map[string]any{"type": "click", "event": "inc", "value": map[string]any{}})
		c.end()
		status, response := c.page.connect().join()
		if move, _ := response["redirect"].(map[string]any); status != "error" || move["to"] != "/login" {
			t.Errorf("the page joins without a good token: %s %v", status, response)
		}
	})
}
