package liveview_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// tallied is a page that loses its socket: what it shows comes of events, infos and ticks.
type tallied struct {
	Clicks, Ticks int
	Heard         string
	Path          string
	Rows          []string // that TempAssign lets go of
	List          liveview.Stream[note]
}

// talliedView has callbacks of the test's own beside what it does anyway.
type talliedView struct {
	page     *liveview.Template[tallied]
	mount    func(s *liveview.Socket[tallied]) error
	do       map[string]func(s *liveview.Socket[tallied]) error
	mounted  atomic.Int32 // joins
	shutdown atomic.Int32
}

var talliedPage = liveview.MustParse[tallied](`<p>{{.Clicks}} {{.Ticks}} {{.Heard}} {{.Path}}</p><b phx-click="inc">+</b>`)

func (v *talliedView) Mount(_ *gin.Context, s *liveview.Socket[tallied]) error {
	if !s.Connected() {
		return nil
	}
	v.mounted.Add(1)
	if _, err := s.Subscribe("news"); err != nil {
		return err
	}
	if v.mount != nil {
		return v.mount(s)
	}
	return nil
}

func (v *talliedView) HandleParams(c *gin.Context, s *liveview.Socket[tallied]) error {
	s.Assign(func(st *tallied) { st.Path = c.Param("path") })
	return nil
}

func (v *talliedView) HandleEvent(s *liveview.Socket[tallied], e liveview.Event) error {
	if do := v.do[e.Name]; do != nil {
		return do(s)
	}
	s.Assign(func(st *tallied) { st.Clicks++ })
	return nil
}

func (v *talliedView) HandleInfo(s *liveview.Socket[tallied], info any) error {
	if do := v.do[fmt.Sprint(info)]; do != nil {
		return do(s)
	}
	s.Assign(func(st *tallied) { st.Heard += fmt.Sprint(info) })
	return nil
}

func (v *talliedView) Shutdown(*liveview.Socket[tallied]) { v.shutdown.Add(1) }

func (v *talliedView) Render(st tallied) liveview.Rendered {
	if v.page != nil {
		return v.page.Render(st)
	}
	return talliedPage.Render(st)
}

// lose runs a test of a site with view at "/p/:path", in a bubble.
func lose(t *testing.T, config liveview.Config, view liveview.View[tallied], test func(t *testing.T, s *site), before ...gin.HandlerFunc) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, config, func(r *gin.Engine) { liveview.Handle(r.Group("", before...), "/p/:path", view) })
		test(t, s)
	})
}

// tell publishes infos.
func (s *site) tell(infos ...string) {
	s.t.Helper()
	for _, info := range infos {
		if err := s.app.Publish("news", info); err != nil {
			s.t.Fatal(err)
		}
	}
	synctest.Wait()
}

func (s *site) wantKept(pages, views int) {
	s.t.Helper()
	synctest.Wait()
	if got := s.app.Stats(); got.Kept != pages || got.Views != views {
		s.t.Errorf("%d pages are kept and %d views there, want %d and %d", got.Kept, got.Views, pages, views)
	}
}

func wantPage(t *testing.T, v *liveviewtest.View, want string) {
	t.Helper()
	v.WaitIdle()
	if got := v.Text("p"); got != want {
		t.Errorf("the page shows %q, want %q", got, want)
	}
}

// A page that loses its socket goes on as it was, with what its view heard meanwhile, and
// with the event that says so.
func TestLostSocket(t *testing.T) {
	view := &talliedView{mount: func(s *liveview.Socket[tallied]) error {
		s.Repeat(10*time.Second, func() { s.Assign(func(st *tallied) { st.Ticks++ }) })
		return nil
	}}
	lose(t, liveview.Config{}, view, func(t *testing.T, s *site) {
		v := s.browse("/p/a")
		v.Click("b")
		v.Click("b")
		v.Disconnect()
		s.wantKept(1, 1)
		s.tell("x", "y")
		time.Sleep(35 * time.Second) // of the bubble's clock
		v.Reconnect()
		wantPage(t, v, "2 3 xy a")
		v.ExpectEvent("liveview:restored")
		v.Click("b")
		wantPage(t, v, "3 3 xy a")
		s.wantKept(0, 1)
		time.Sleep(6 * time.Second) // of the bubble's clock, past the tick of 40 s
		wantPage(t, v, "3 4 xy a")
		if view.mounted.Load() != 1 || view.shutdown.Load() != 0 {
			t.Errorf("mounted %d times, ended %d times", view.mounted.Load(), view.shutdown.Load())
		}
	})
}

// Nobody waits for a page longer than Config.KeepTime, and its view ends as any other.
func TestLostForGood(t *testing.T) {
	view := &talliedView{}
	lose(t, liveview.Config{KeepTime: 20 * time.Second}, view, func(t *testing.T, s *site) {
		v, w := s.browse("/p/a"), s.browse("/p/b")
		v.Click("b")
		v.Disconnect()
		time.Sleep(15 * time.Second) // of the bubble's clock
		w.Disconnect()
		time.Sleep(5 * time.Second) // of the bubble's clock
		s.wantKept(1, 1)
		if view.shutdown.Load() != 1 {
			t.Errorf("ended %d times", view.shutdown.Load())
		}
		v.Reconnect()
		wantPage(t, v, "0 0 a")
		time.Sleep(14 * time.Second) // of the bubble's clock
		s.wantKept(1, 2)
		time.Sleep(time.Second) // of the bubble's clock
		s.wantKept(0, 1)
	})
}

// A page that says goodbye isn't kept: one that is closed, loaded anew, or navigated away.
func TestLeftPagesAreNotKept(t *testing.T) {
	lose(t, liveview.Config{}, &talliedView{}, func(t *testing.T, s *site) {
		s.browse("/p/a").Close()
		s.wantKept(0, 0)
		s.browse("/p/a").Reload()
		s.wantKept(0, 1)
		for i, goodbye := range []struct {
			code int
			text string
			kept int
		}{
			{websocket.CloseNormalClosure, "", 0},
			{websocket.CloseGoingAway, "", 0},
			{websocket.CloseNoStatusReceived, "", 0},
			{websocket.CloseInternalServerErr, "", 1},
			{websocket.CloseNormalClosure, "heartbeat timeout", 1}, // the client has heard nothing for long
		} {
			before := s.app.Stats().Kept
			c := s.open("/p/a")
			c.joinAsPage(fmt.Sprint(i))
			_ = c.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(goodbye.code, goodbye.text), time.Now().Add(time.Second))
			c.end()
			synctest.Wait()
			if got := s.app.Stats().Kept - before; got != goodbye.kept {
				t.Errorf("after %d %q %d pages are kept, want %d", goodbye.code, goodbye.text, got, goodbye.kept)
			}
		}
	})
}

// joinAsPage joins again as a page that calls itself name.
func (c *client) joinAsPage(name string) (status string, response map[string]any) {
	c.t.Helper()
	return c.joinAs(map[string]any{
		"url": c.page.url, "session": c.page.session,
		"params": map[string]any{"_csrf_token": c.page.csrf, "_mounts": 1, "_mount_attempts": 0, "_page": name},
	})
}

func htmlJoined(response map[string]any) string { return fmt.Sprint(response["rendered"]) }

// A socket of which nobody has noticed that it is lost loses its page to the one by which
// that joins again; a duplicate of the page, which has the same view, gets one of its own.
func TestHalfOpenSocket(t *testing.T) {
	view := &talliedView{}
	lose(t, liveview.Config{}, view, func(t *testing.T, s *site) {
		old := s.visitor().get("/p/a").connect()
		old.joinAsPage("one")
		old.click("inc", nil)

		twin := old.page.connect()
		if status, response := twin.joinAsPage("two"); status != "ok" || !strings.Contains(htmlJoined(response), "0:0") {
			t.Errorf("a duplicate joins with %s %v", status, response)
		}
		back := old.page.connect()
		if status, response := back.joinAsPage("one"); status != "ok" || !strings.Contains(htmlJoined(response), "0:1") {
			t.Errorf("the page joins again with %s %v", status, response)
		}
		old.end()
		back.click("inc", nil)
		if view.mounted.Load() != 2 || view.shutdown.Load() != 0 {
			t.Errorf("mounted %d times, ended %d times", view.mounted.Load(), view.shutdown.Load())
		}
		s.wantKept(0, 2)
		figure(t, "the page is back as it was, and the socket that nobody knew to be lost is closed: %d views of 2 pages", s.app.Stats().Views)
	})
}

// The answer to a page's first join is lost, and the server takes its socket for open: the page
// has the view of the second one, whichever socket's loss is noticed and when, and also while the
// first view is still at work and so hasn't ended.
func TestPageWhoseAnswerWasLost(t *testing.T) {
	for _, lost := range [][]int{{}, {0}, {1}, {0, 1}, {1, 0}} {
		t.Run(fmt.Sprint(lost), func(t *testing.T) { losesFirstAnswer(t, lost, false) })
		t.Run(fmt.Sprint(lost, " at work"), func(t *testing.T) { losesFirstAnswer(t, lost, true) })
	}
}

// losesFirstAnswer has a page lose the answer to its first join, then the sockets of its two
// joins as far as lost has them, in that order, and join again. The first view may be at work
// all the while.
func losesFirstAnswer(t *testing.T, lost []int, atWork bool) {
	var done chan struct{}
	view := &talliedView{do: map[string]func(*liveview.Socket[tallied]) error{"work": func(*liveview.Socket[tallied]) error { <-done; return nil }}}
	lose(t, liveview.Config{}, view, func(t *testing.T, s *site) {
		done = make(chan struct{}) // of the bubble
		join := func(c *client) {
			t.Helper()
			params := map[string]any{"_csrf_token": c.page.csrf, "_mounts": 0, "_mount_attempts": 0, "_page": "one"}
			if status, response := c.joinAs(map[string]any{"url": c.page.url, "session": c.page.session, "params": params}); status != "ok" {
				t.Fatalf("the page joins with %s %v", status, response)
			}
		}
		first := s.visitor().get("/p/a").connect()
		join(first)
		first.click("inc", nil)
		if atWork {
			first.push("event", map[string]any{"type": "click", "event": "work", "value": map[string]any{}})
			synctest.Wait()
		}
		second := first.page.connect()
		join(second)
		if !atWork {
			s.wantKept(0, 1)
		}
		second.click("inc", nil)
		second.click("inc", nil)
		for _, i := range lost {
			_ = []*client{first, second}[i].conn.NetConn().Close()
			synctest.Wait()
		}
		third := first.page.connect()
		if status, response := third.joinAsPage("one"); status != "ok" || !strings.Contains(htmlJoined(response), "0:2") {
			t.Errorf("the page joins again with %s %v", status, response)
		}
		close(done)
		s.wantKept(0, 1)
		third.click("inc", nil)
		third.click("inc", nil)
		if got := third.click("inc", nil); !strings.Contains(fmt.Sprint(got), "0:5") {
			t.Errorf("what the page has heard last is %v", got)
		}
	})
}

// A page that was come to by live navigation, which the client says of each of its joins, goes on
// with its view as any other.
func TestKeptAfterLiveNavigation(t *testing.T) {
	for _, noticed := range []bool{true, false} {
		t.Run(fmt.Sprint(noticed), func(t *testing.T) {
			view := &talliedView{}
			lose(t, liveview.Config{}, view, func(t *testing.T, s *site) {
				page := s.visitor().get("/p/a")
				to := strings.TrimSuffix(page.url, "/p/a") + "/p/b"
				join := func(c *client, mounts int, to, want string) {
					t.Helper()
					status, response := c.joinAs(map[string]any{
						"redirect": to, "session": page.session,
						"params": map[string]any{"_csrf_token": page.csrf, "_mounts": mounts, "_mount_attempts": 0, "_page": "one"},
					})
					if status != "ok" || !strings.Contains(htmlJoined(response), want) {
						t.Errorf("the page joins with %s %v, want %s", status, response, want)
					}
				}
				before := page.connect()
				join(before, 0, to, "0:0")
				before.click("inc", nil)
				after := func(c *client) *client {
					if noticed {
						_ = c.conn.NetConn().Close()
						synctest.Wait()
					}
					return page.connect()
				}
				back := after(before)
				join(back, 1, to, "0:1")
				back.click("inc", nil)
				join(after(back), 2, strings.Replace(to, "/p/b", "/p/c", 1), "3:c") // as patched meanwhile
				if view.mounted.Load() != 1 || view.shutdown.Load() != 0 {
					t.Errorf("mounted %d times, ended %d times", view.mounted.Load(), view.shutdown.Load())
				}
			})
		})
	}
}

// A join that the server comes to late, over a socket that its page has left, takes nothing from
// the one that the page has come by since.
func TestLateJoinOfALeftSocket(t *testing.T) {
	for _, mounts := range []int{0, 1} {
		t.Run(fmt.Sprint(mounts), func(t *testing.T) {
			lose(t, liveview.Config{}, &talliedView{}, func(t *testing.T, s *site) {
				page := s.visitor().get("/p/a")
				left, now := page.connect(), page.connect()
				params := map[string]any{"_csrf_token": page.csrf, "_mounts": 0, "_mount_attempts": 0, "_page": "one"}
				if status, response := now.joinAs(map[string]any{"url": page.url, "session": page.session, "params": params}); status != "ok" {
					t.Fatalf("the page joins with %s %v", status, response)
				}
				left.write(fmt.Sprintf(`["1","1",%q,"phx_join",{"url":%q,"session":%q,"static":%q,"params":{"_csrf_token":%q,"_mounts":%d,"_mount_attempts":0,"_page":"one"}}]`,
					left.topic(), page.url, page.session, page.static, page.csrf, mounts))
				s.wantKept(0, 1)
				now.click("inc", nil)
				_ = left.conn.NetConn().Close()
				_ = now.conn.NetConn().Close()
				synctest.Wait()
				if status, response := page.connect().joinAsPage("one"); status != "ok" || !strings.Contains(htmlJoined(response), "0:1") {
					t.Errorf("the page joins again with %s %v", status, response)
				}
			})
		})
	}
}

// Where nothing is kept, a page that joins again has a new view, whether or not the loss of
// its socket has been noticed.
func TestHalfOpenSocketWithoutKeeping(t *testing.T) {
	lose(t, liveview.Config{KeepTime: -1}, &talliedView{}, func(t *testing.T, s *site) {
		old := s.visitor().get("/p/a").connect()
		old.joinAsPage("one")
		old.click("inc", nil)
		if status, response := old.page.connect().joinAsPage("one"); status != "ok" || !strings.Contains(htmlJoined(response), "0:0") {
			t.Errorf("the page joins again with %s %v", status, response)
		}
	})
}

// Who has no right to a page that is kept gets nothing of it: another browser, one whose
// identity has ended, another user, one whom the route's middleware refuses. The view ends.
func TestKeptPagesAreForTheirVisitor(t *testing.T) {
	user := "ann"
	open := true
	guard := func(c *gin.Context) {
		if !open {
			c.AbortWithStatus(http.StatusForbidden)
			return
		}
		if user != "" {
			liveview.Identify(c, user)
		}
	}
	for name, test := range map[string]struct {
		change func(s *site, c *client)
		other  bool // another browser
		want   string
		views  int
	}{
		"the same":        {change: func(*site, *client) {}, want: "ok 1", views: 1},
		"another browser": {change: func(*site, *client) {}, other: true, want: "error", views: 1},
		"disconnected":    {change: func(s *site, _ *client) { _ = s.app.Disconnect("ann") }, want: "error", views: 0},
		"another user":    {change: func(*site, *client) { user = "bob" }, want: "error", views: 0},
		"nobody":          {change: func(*site, *client) { user = "" }, want: "error", views: 0},
		"refused":         {change: func(*site, *client) { open = false }, want: "error", views: 0},
		"renewed":         {change: func(_ *site, c *client) { c.page.visitor.get("/renew") }, want: "error", views: 0},
		"another route": {change: func(_ *site, c *client) { // of the same view, by the token of the page that was lost
			c.page.url = strings.Replace(c.page.url, "/p/a", "/renew", 1)
		}, want: "error", views: 0},
	} {
		t.Run(name, func(t *testing.T) {
			user, open = "ann", true
			lose(t, liveview.Config{}, &talliedView{}, func(t *testing.T, s *site) {
				s.engine.GET("/renew", func(c *gin.Context) { _ = liveview.AppOf(c).Renew(c) })
				c := s.open("/p/a")
				c.joinAsPage("one")
				c.click("inc", nil)
				_ = c.conn.NetConn().Close()
				synctest.Wait()
				test.change(s, c)
				back := c.page
				if test.other {
					other := *c.page
					p := s.visitor().get("/p/a")
					other.visitor, other.csrf = p.visitor, p.csrf
					back = &other
				}
				status, response := back.connect().joinAsPage("one")
				got := status
				if strings.Contains(htmlJoined(response), "0:1") {
					got += " 1"
				}
				if got != test.want {
					t.Errorf("it joins with %s %v, want %s", status, response, test.want)
				}
				synctest.Wait()
				if views := s.app.Stats().Views; views != test.views {
					t.Errorf("%d views are there, want %d", views, test.views)
				}
			}, guard)
		})
	}
}

// What is kept is bounded: in all, of a browser, of an address, and in bytes. The oldest
// pages go first.
func TestKeptPagesAreBounded(t *testing.T) {
	for name, config := range map[string]liveview.Config{
		"in all":    {MaxKept: 2},
		"a browser": {MaxKeptPerBrowser: 2},
		"address":   {MaxKeptPerAddress: 2},
		"bytes":     {MaxKeptBytes: 250_000},
	} {
		t.Run(name, func(t *testing.T) {
			view := &talliedView{mount: func(s *liveview.Socket[tallied]) error {
				s.Assign(func(st *tallied) { st.Heard = strings.Repeat("x", 100_000) })
				return nil
			}}
			lose(t, config, view, func(t *testing.T, s *site) {
				s.engine.TrustedPlatform = "X-Address"
				b := liveviewtest.NewSession(t, s.engine, liveviewtest.Options{Header: http.Header{"X-Address": {"192.0.2.1"}}})
				var all []*liveviewtest.View
				for range 4 {
					v := b.Open("/p/a")
					v.Click("b")
					v.Disconnect()
					synctest.Wait()
					all = append(all, v)
				}
				s.wantKept(2, 2)
				for i, v := range all {
					v.Reconnect()
					if got, want := v.Text("p")[:1], []string{"0", "0", "1", "1"}[i]; got != want {
						t.Errorf("page %d shows %s, want %s", i, got, want)
					}
				}
				s.wantKept(0, 4)
			})
		})
	}
	t.Run("users only", func(t *testing.T) {
		user := ""
		guard := func(c *gin.Context) {
			if user != "" {
				liveview.Identify(c, user)
			}
		}
		lose(t, liveview.Config{KeepUsersOnly: true}, &talliedView{}, func(t *testing.T, s *site) {
			s.browse("/p/a").Disconnect()
			s.wantKept(0, 0)
			user = "ann"
			s.browse("/p/a").Disconnect()
			s.wantKept(1, 1)
		}, guard)
	})
}

// reloading is a talliedView that loads again what it lacks.
type reloading struct{ talliedView }

func (v *reloading) Reload(s *liveview.Socket[tallied]) error {
	s.Assign(func(st *tallied) {
		st.Rows = []string{"a", "b"}
		st.List.Reset([]note{{ID: 1, Text: "one"}})
	})
	s.TempAssign(func(st *tallied) { st.Rows = nil })
	return nil
}

var (
	rowsPage = liveview.MustParse[tallied](`<p>{{.Clicks}}: {{range .Rows}}{{.}}{{end}}</p><i></i><b phx-click="inc">+</b>`)
	listPage = liveview.MustParse[tallied](`<p>{{.Clicks}}:</p><ul id="list" phx-update="stream">{{range $id, $n := .List.All}}<li id="{{$id}}">{{$n.Text}}</li>{{end}}</ul><b phx-click="inc">+</b>`)
)

// A page that shows what the server hasn't got any more comes back with it, or afresh, and
// never without.
func TestKeptPagesLackNothing(t *testing.T) {
	load := func(s *liveview.Socket[tallied]) error { return (&reloading{}).Reload(s) }
	for name, test := range map[string]struct {
		page *liveview.Template[tallied]
		want string
	}{
		"TempAssign": {rowsPage, "%s: ab"},
		"streams":    {listPage, "%s: one"},
	} {
		for _, reloads := range []bool{false, true} {
			t.Run(fmt.Sprint(name, reloads), func(t *testing.T) {
				clicks := "0"
				view := liveview.View[tallied](&talliedView{page: test.page, mount: load})
				if reloads {
					view, clicks = &reloading{talliedView{page: test.page, mount: load}}, "1"
				}
				lose(t, liveview.Config{}, view, func(t *testing.T, s *site) {
					v := s.browse("/p/a")
					v.Click("b")
					v.Disconnect()
					v.Reconnect()
					got := strings.Join(strings.Fields(v.Text("p")+" "+v.Text("#list, i")), " ")
					if name == "TempAssign" {
						got = v.Text("p")
					}
					if want := fmt.Sprintf(test.want, clicks); got != want {
						t.Errorf("the page shows %q, want %q", got, want)
					}
				})
			})
		}
	}
}

// Where a view wants its page to go while that is away, it goes when it is back; what it
// pushes reaches it then, as far as that is little.
func TestWhatAViewDoesWithoutItsPage(t *testing.T) {
	view := &talliedView{do: map[string]func(s *liveview.Socket[tallied]) error{
		"move":  func(s *liveview.Socket[tallied]) error { return s.PushRedirect("/p/moved", nil) },
		"patch": func(s *liveview.Socket[tallied]) error { return s.PushPatch("/p/patched", nil) },
		"push":  func(s *liveview.Socket[tallied]) error { return s.PushEvent("hello", "you") },
		"flood": func(s *liveview.Socket[tallied]) error { return s.PushEvent("hello", strings.Repeat("x", 100_000)) },
		"title": func(s *liveview.Socket[tallied]) error { s.PageTitle("news"); return nil },
		"flash": func(s *liveview.Socket[tallied]) error { s.PutFlash("info", "said"); return nil },
		"fail":  func(*liveview.Socket[tallied]) error { return fmt.Errorf("as asked") },
	}}
	view.page = liveview.MustParse[tallied](`<p>{{.Clicks}} {{.Ticks}} {{.Heard}} {{.Path}} {{flash "info"}}</p><b phx-click="inc">+</b>`)
	for name, test := range map[string]struct {
		infos []string
		want  string
		then  func(v *liveviewtest.View)
	}{
		"move":  {[]string{"move"}, "0 0 moved", func(v *liveviewtest.View) { v.ExpectNavigation("/p/moved") }},
		"patch": {[]string{"x", "patch", "y"}, "1 0 xy patched", func(v *liveviewtest.View) { v.ExpectPatch("/p/patched") }},
		"two":   {[]string{"move", "patch"}, "1 0 patched", func(v *liveviewtest.View) { v.ExpectPatch("/p/patched") }},
		"push":  {[]string{"push"}, "1 0 a", func(v *liveviewtest.View) { v.ExpectEvent("hello") }},
		"flood": {[]string{"flood"}, "0 0 a", nil},
		"title": {[]string{"title"}, "1 0 a", nil},
		"flash": {[]string{"flash"}, "1 0 a said", nil},
		"fail":  {[]string{"fail"}, "0 0 a", nil},
	} {
		t.Run(name, func(t *testing.T) {
			lose(t, liveview.Config{}, view, func(t *testing.T, s *site) {
				v := s.browse("/p/a")
				v.Click("b")
				v.Disconnect()
				synctest.Wait()
				s.tell(test.infos...)
				v.Reconnect()
				if test.then != nil {
					test.then(v)
				}
				wantPage(t, v, test.want)
				if name == "title" && v.Title() != "news" {
					t.Errorf("the title is %q", v.Title())
				}
			})
		})
	}
}

// A server that ends lets go of the pages that it keeps, with their Shutdown.
func TestShutdownEndsKeptPages(t *testing.T) {
	view := &talliedView{}
	lose(t, liveview.Config{}, view, func(t *testing.T, s *site) {
		c := s.visitor().get("/p/a").connect()
		c.joinAsPage("one")
		_ = c.conn.NetConn().Close()
		s.wantKept(1, 1)
		if err := s.app.Shutdown(context.Background(), s.server); err != nil {
			t.Fatal(err)
		}
		if view.shutdown.Load() != 1 {
			t.Errorf("ended %d times", view.shutdown.Load())
		}
		s.wantKept(0, 0)
	})
}

// busyPage runs a test with a page whose view is in a callback, which it leaves with err once
// the test says so.
func busyPage(t *testing.T, err error, test func(t *testing.T, s *site, c *client, leave func())) *talliedView {
	t.Helper()
	var leave chan struct{}
	view := &talliedView{do: map[string]func(s *liveview.Socket[tallied]) error{
		"work": func(*liveview.Socket[tallied]) error { <-leave; return err },
	}}
	lose(t, liveview.Config{}, view, func(t *testing.T, s *site) {
		leave = make(chan struct{})
		c := s.visitor().get("/p/a").connect()
		c.joinAsPage("one")
		c.click("inc", nil)
		c.push("event", map[string]any{"type": "click", "event": "work", "value": map[string]any{}})
		synctest.Wait()
		test(t, s, c, func() { close(leave); synctest.Wait() })
	}, func(c *gin.Context) { liveview.Identify(c, "ann") })
	return view
}

// A page that is kept goes with its view also if that hasn't heard yet that its socket is
// lost, as it is at work: nothing is kept of it.
func TestKeptPageEndsWhileItsViewIsAtWork(t *testing.T) {
	for name, test := range map[string]struct {
		err error
		end func(s *site)
	}{
		"disconnected":  {nil, func(s *site) { _ = s.app.Disconnect("ann") }},
		"shut down":     {nil, func(s *site) { go s.app.Shutdown(context.Background(), s.server) }}, //nolint:errcheck // the test waits for what it does
		"its time over": {nil, func(*site) { time.Sleep(2 * time.Minute) }},                         // of the bubble's clock
		"failed":        {fmt.Errorf("as asked"), func(*site) {}},
	} {
		t.Run(name, func(t *testing.T) {
			view := busyPage(t, test.err, func(t *testing.T, s *site, c *client, leave func()) {
				_ = c.conn.NetConn().Close()
				synctest.Wait()
				test.end(s)
				synctest.Wait()
				leave()
				s.wantKept(0, 0)
			})
			if view.shutdown.Load() != 1 {
				t.Errorf("ended %d times", view.shutdown.Load())
			}
		})
	}
}

// A page that is back while its view is still at work is answered when that is done: with
// the view, or with a new one if it failed. One that loses its next socket before, or that
// joins twice, has its view all the same.
func TestPageComesBackWhileItsViewIsAtWork(t *testing.T) {
	const join = `["%d","%d",%q,"phx_join",{"url":%q,"session":%q,"static":%q,"params":{"_csrf_token":%q,"_mounts":1,"_mount_attempts":0,"_page":"one"}}]`
	send := func(c *client, ref int) {
		c.write(fmt.Sprintf(join, ref, ref, c.topic(), c.page.url, c.page.session, c.page.static, c.page.csrf))
		synctest.Wait()
	}
	answer := func(c *client, ref int) (status string, response any) {
		for {
			if f := c.next(); f.event == "phx_reply" && f.ref == fmt.Sprint(ref) {
				return fmt.Sprint(f.payload["status"]), f.payload["response"]
			}
		}
	}
	for name, test := range map[string]struct {
		err    error
		again  bool // joins twice over the socket
		twice  bool // loses its socket twice
		clicks string
	}{
		"once":              {clicks: "0:1"},
		"failed":            {err: fmt.Errorf("as asked"), clicks: "0:0"},
		"joins twice":       {again: true, clicks: "0:1"},
		"lost twice":        {twice: true, clicks: "0:1"},
		"lost twice failed": {err: fmt.Errorf("as asked"), twice: true, clicks: "0:0"},
		"all of it":         {again: true, twice: true, clicks: "0:1"},
		"all of it failed":  {err: fmt.Errorf("as asked"), again: true, twice: true, clicks: "0:0"},
	} {
		t.Run(name, func(t *testing.T) {
			busyPage(t, test.err, func(t *testing.T, s *site, c *client, leave func()) {
				_ = c.conn.NetConn().Close()
				synctest.Wait()
				back, ref := c.page.connect(), 1
				send(back, ref)
				if test.twice {
					_ = back.conn.NetConn().Close()
					synctest.Wait()
					back = c.page.connect()
					send(back, ref)
				}
				if test.again {
					ref++
					send(back, ref)
				}
				leave()
				if status, response := answer(back, ref); status != "ok" || !strings.Contains(fmt.Sprint(response), test.clicks) {
					t.Errorf("it joins with %s %v, want %s", status, response, test.clicks)
				}
				s.wantKept(0, 1)
				back.write(fmt.Sprintf(`["%d","9",%q,"event",{"type":"click","event":"inc","value":{}}]`, ref, back.topic()))
				if status, response := answer(back, 9); status != "ok" {
					t.Errorf("a click is answered with %s %v", status, response)
				}
				back.close()
				time.Sleep(2 * time.Minute) // of the bubble's clock
				s.wantKept(0, 0)
			})
		})
	}
}

// A page that is back while its route can't answer waits for it, with its view.
func TestKeptPageWaitsForItsRoute(t *testing.T) {
	down := false
	lose(t, liveview.Config{}, &talliedView{}, func(t *testing.T, s *site) {
		v := s.browse("/p/a")
		v.Click("b")
		v.Disconnect()
		synctest.Wait()
		down = true
		v.Reconnect()
		time.Sleep(20 * time.Second) // of the bubble's clock
		down = false
		s.tell("x")
		v.Reconnect()
		wantPage(t, v, "1 0 x a")
		s.wantKept(0, 1)
	}, func(c *gin.Context) {
		if down {
			c.AbortWithStatus(http.StatusServiceUnavailable)
		}
	})
}

// Live components keep what they are at, with their callbacks; those that the page shows
// no more, as it changed meanwhile, end.
func TestKeptComponents(t *testing.T) {
	v := newBoard(boardList, cardItem{1, "one"}, cardItem{2, "two"})
	v.onEvent = func(s *liveview.Socket[board], _ liveview.Event) error { return s.SendInfo("drop") }
	v.onMount = func(_ *gin.Context, s *liveview.Socket[board]) error {
		s.Assign(func(b *board) { b.Items = []cardItem{{1, "one"}, {2, "two"}} })
		if !s.Connected() {
			return nil
		}
		_, err := s.Subscribe("news")
		return err
	}
	v.onInfo = func(s *liveview.Socket[board], _ any) error {
		s.Assign(func(b *board) { b.Items = b.Items[1:] })
		return nil
	}
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
		p := s.browse("/")
		p.Click("b", "two")
		p.Click("b", "two")
		p.Disconnect()
		synctest.Wait()
		s.tell("drop")
		p.Reconnect()
		p.WaitIdle()
		if got := p.Text("ul"); got != "two 22" {
			t.Errorf("the cards are %q", got)
		}
		if !slices.Equal(v.rec.shutdowns, []string{"1"}) {
			t.Errorf("ended are %v", v.rec.shutdowns)
		}
		p.Click("b", "two")
		if got := p.Text("ul"); got != "two 32" {
			t.Errorf("the cards are %q", got)
		}
	})
}

// Whatever happens to a page and its socket, it shows what its view has come to.
func TestLostAtRandom(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a test's
	for range outOf(200) {
		lose(t, liveview.Config{}, &talliedView{}, func(t *testing.T, s *site) {
			type model struct {
				v           *liveviewtest.View
				clicks      int
				heard, path string
				lost        bool
			}
			var pages []*model
			for range 1 + random.IntN(3) {
				pages = append(pages, &model{v: s.browse("/p/a"), path: "a"})
			}
			var steps []string
			for range 30 {
				i := random.IntN(len(pages))
				p := pages[i]
				step := random.IntN(6)
				steps = append(steps, fmt.Sprint(i, ":", step))
				switch {
				case step == 0:
					info := string(rune('a' + random.IntN(26)))
					s.tell(info)
					for _, p := range pages {
						p.heard += info
					}
				case step == 1 && !p.lost:
					p.v.Disconnect()
					p.lost = true
				case step == 1, step == 2 && p.lost:
					p.v.Reconnect()
					p.lost = false
				case step == 2:
					p.v.Reconnect() // over a socket that was there
				case step == 3:
					time.Sleep(time.Duration(random.IntN(20)) * time.Second) // of the bubble's clock
					if slices.ContainsFunc(pages, func(p *model) bool { return p.lost }) {
						for _, p := range pages { // or their time may be over
							if p.lost {
								p.v.Reconnect()
								p.lost = false
							}
						}
					}
				case p.lost:
				default:
					p.v.Click("b")
					p.clicks++
				}
			}
			for i, p := range pages {
				if p.lost {
					p.v.Reconnect()
				}
				p.v.WaitIdle()
				if got, want := p.v.Text("p"), strings.Join(strings.Fields(fmt.Sprintf("%d 0 %s %s", p.clicks, p.heard, p.path)), " "); got != want {
					t.Fatalf("seed %d, %v: page %d shows %q, want %q", seed, steps, i, got, want)
				}
			}
		})
	}
}
