package liveview_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/pubsub"
)

// accounts is an application's own log-in: who is logged in stands in the
// session, and who may still be in a table.
type accounts struct {
	mu     sync.Mutex // guards banned
	banned map[string]bool
}

func (a *accounts) ban(user string, banned bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.banned == nil {
		a.banned = map[string]bool{}
	}
	a.banned[user] = banned
}

// require is the middleware of an application: it knows its users by session.
func (a *accounts) require(role string) gin.HandlerFunc {
	return func(c *gin.Context) {
		user, _ := sessions.Default(c).Get("user").(string)
		a.mu.Lock()
		banned := a.banned[user]
		a.mu.Unlock()
		if user == "" || banned {
			c.Redirect(http.StatusFound, "/login")
			c.Abort()
			return
		}
		if role == "admin" && !strings.HasPrefix(user, "admin") {
			c.AbortWithStatus(http.StatusForbidden)
			return
		}
		liveview.Identify(c, user)
	}
}

func (a *accounts) routes(r *gin.Engine, view liveview.View[counter]) {
	r.POST("/login", func(c *gin.Context) {
		session := sessions.Default(c)
		session.Set("user", c.PostForm("user"))
		if err := errors.Join(session.Save(), liveview.AppOf(c).Renew(c)); err != nil {
			_ = c.AbortWithError(500, err)
			return
		}
		c.Redirect(http.StatusSeeOther, "/account")
	})
	r.POST("/logout", func(c *gin.Context) {
		session := sessions.Default(c)
		session.Clear()
		if err := errors.Join(session.Save(), liveview.AppOf(c).Renew(c)); err != nil {
			_ = c.AbortWithError(500, err)
			return
		}
		c.Redirect(http.StatusSeeOther, "/login")
	})
	r.GET("/login", func(c *gin.Context) { c.String(200, "log in") })
	liveview.Handle(r, "/public", counterView())
	members := r.Group("", a.require("user"))
	liveview.Handle(members, "/account", view)
	liveview.Handle(members, "/account2", counterView())
	admin := r.Group("/admin", a.require("admin"), liveview.LiveSession("admin"))
	liveview.Handle(admin, "/users", view)
}

func (v *visitor) login(user string) { v.post("/login", url.Values{"user": {user}}) }

// A user's page is this user's: with another user's session it is loaded anew,
// though browser and CSRF token are right.
func TestPageIsBoundToItsUser(t *testing.T) {
	a := &accounts{}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		a.routes(r, counterView())
		r.GET("/become/:user", func(c *gin.Context) { // an application that forgets to call Renew
			session := sessions.Default(c)
			session.Set("user", c.Param("user"))
			_ = session.Save()
		})
	})
	v := s.visitor()
	v.login("ann")
	p := v.get("/account")
	if status, response := p.connect().join(); status != "ok" {
		t.Fatalf("join = %s %v", status, response)
	}
	v.get("/become/bob")
	status, response := p.connect().join()
	if want := map[string]any{"reason": "stale"}; status != "error" || !reflect.DeepEqual(response, want) {
		t.Errorf("join as another user = %s %v, want stale", status, response)
	}
	status, response = p.connect().joinAs(map[string]any{"redirect": "http://" + siteHost + "/account2", "session": p.session})
	if want := map[string]any{"reason": "stale"}; status != "error" || !reflect.DeepEqual(response, want) {
		t.Errorf("navigation as another user = %s %v, want stale", status, response)
	}
	figure(t, "0 of 2 joins of another user's page accepted")
	// From a page of nobody's one may come to one's own.
	p = v.get("/public")
	if status, response = p.connect().joinAs(map[string]any{"redirect": "http://" + siteHost + "/account2", "session": p.session}); status != "ok" {
		t.Errorf("navigation from a public page = %s %v", status, response)
	}
}

// What was known of a browser before its log-in is worth nothing after it, nor
// after the log-out what was known in between.
func TestLoginAndLogoutRenewTheBrowser(t *testing.T) {
	a := &accounts{}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { a.routes(r, counterView()) })
	v := s.visitor()
	before := v.get("/public")
	fixed := v.cookies()
	open := before.connect()
	if status, _ := open.join(); status != "ok" {
		t.Fatal("the page can't join")
	}
	v.login("ann")
	if code := open.end(); code != websocket.CloseGoingAway {
		t.Errorf("the socket from before the log-in ended with %d, want %d", code, websocket.CloseGoingAway)
	}
	if slices.Contains(strings.Split(v.cookies(), "; "), fixed) {
		t.Error("the browser's cookie is the same after the log-in")
	}
	account := v.get("/account")
	if status, _ := account.connect().join(); status != "ok" {
		t.Error("the page after the log-in can't join")
	}
	accepted, tried := 0, 0
	refused := func(what string, p *page, header http.Header) {
		t.Helper()
		tried++
		conn, _, err := p.dial(header, nil)
		if err != nil {
			t.Fatal(err)
		}
		status, response := p.clientOn(conn).join()
		if want := map[string]any{"reason": "stale"}; status != "error" || !reflect.DeepEqual(response, want) {
			accepted++
			t.Errorf("%s: %s %v, want stale", what, status, response)
		}
	}
	refused("the page from before, with the new cookies", before, nil)
	refused("the page from before, with the old cookies", before, http.Header{"Cookie": {fixed}})
	during := v.cookies()
	v.post("/logout", nil)
	refused("the page from before the log-out, with the new cookies", account, nil)
	refused("the page from before the log-out, with the old cookies", account, http.Header{"Cookie": {during}})
	if p := v.get("/account"); p.status != http.StatusFound {
		t.Errorf("after the log-out: %d", p.status)
	}
	if p := v.get("/public"); p.session == "" {
		t.Error("no page after the log-out")
	} else if status, _ := p.connect().join(); status != "ok" {
		t.Error("the page after the log-out can't join")
	}
	figure(t, "%d of %d former identities accepted", accepted, tried)
}

// Disconnect ends all of a user's sockets at once, nobody else's, and no event
// of theirs is handled afterwards, however many are on their way.
func TestDisconnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &accounts{}
		var disconnected atomic.Bool
		var late, handled atomic.Int32
		enough := make(chan struct{})
		view := counterView()
		view.onEvent = func(s *liveview.Socket[counter], _ liveview.Event) error {
			if handled.Add(1) == 50 {
				close(enough)
			}
			if disconnected.Load() {
				late.Add(1)
			}
			s.Assign(func(c *counter) { c.Count++ })
			return nil
		}
		s := newSite(t, liveview.Config{}, func(r *gin.Engine) { a.routes(r, view) })
		var anns []*client
		for range 2 {
			v := s.visitor()
			v.login("ann")
			anns = append(anns, v.open("/account"), v.open("/account"))
		}
		bob := s.visitor()
		bob.login("bob")
		other := bob.open("/account")

		var writers sync.WaitGroup
		for _, c := range anns {
			// A hundred events are always on their way.
			writers.Go(func() {
				for i := 0; ; i++ {
					if i >= 100 {
						if _, ok := <-c.frames; !ok {
							return
						}
					}
					raw := fmt.Sprintf(`["1","%d",%q,"event",{"type":"click","event":"inc","value":{}}]`, i+100, c.topic())
					if c.conn.WriteMessage(websocket.TextMessage, []byte(raw)) != nil {
						return
					}
				}
			})
		}
		<-enough
		a.ban("ann", true)
		began := time.Now()
		if err := s.app.Disconnect("ann"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // for callbacks that were at work
		disconnected.Store(true)
		writers.Wait()
		figure(t, "%d events after the call, of 400 always on their way; all sockets closed after %v", late.Load(), time.Since(began))
		if late.Load() != 0 {
			t.Errorf("%d events were handled after Disconnect", late.Load())
		}
		disconnected.Store(false)
		if diff := other.click("inc", nil); diff["0"] != "1" {
			t.Errorf("another user's view: %v", diff)
		}
		status, response := anns[0].page.connect().join()
		if status != "error" || !reflect.DeepEqual(response["redirect"], map[string]any{"to": "/login", "status": 302.0}) {
			t.Errorf("the banned user joins: %s %v, want the log-in", status, response)
		}
	})
}

// A join on its way through middleware that saw the session just before it
// ended doesn't slip past Disconnect.
func TestDisconnectDuringAJoin(t *testing.T) {
	inside, goOn := make(chan bool), make(chan bool)
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		slow := r.Group("", func(c *gin.Context) {
			if c.Query("slow") != "" && c.GetHeader("Slow") != "" {
				inside <- true
				<-goOn
			}
			liveview.Identify(c, "ann")
		})
		liveview.Handle(slow, "/page", counterView())
	})
	p := s.visitor().get("/page?slow=1")
	conn, _, err := p.dial(http.Header{"Slow": {"yes"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := p.clientOn(conn)
	c.push("phx_join", map[string]any{"url": p.url, "session": p.session})
	<-inside
	if err := s.app.Disconnect("ann"); err != nil {
		t.Fatal(err)
	}
	goOn <- true
	if f := c.next(); f.event != "phx_reply" || f.payload["status"] != "error" {
		t.Errorf("the join is answered with %v", f)
	}
}

// An open page acts no longer than Config.Recheck after its session has ended.
func TestRecheck(t *testing.T) {
	for name, test := range map[string]struct {
		recheck time.Duration
		overrun time.Duration // how long after the end an event may still be handled
		never   bool
	}{
		"default": {0, time.Minute, false}, "own": {10 * time.Second, 10 * time.Second, false}, "never": {-1, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := &accounts{}
				s := newSite(t, liveview.Config{Recheck: test.recheck}, func(r *gin.Engine) { a.routes(r, counterView()) })
				b := s.browser()
				b.PostForm("/login", url.Values{"user": {"ann"}})
				v := b.Open("/account")
				a.ban("ann", true)
				ended := time.Now()
				var last time.Duration
				for n := 1; last <= 5*time.Minute; n++ {
					time.Sleep(time.Second)
					if v.Click("button"); !v.Live() {
						if code := v.ExpectDisconnect(); code != websocket.CloseGoingAway {
							t.Errorf("the socket is closed with %d, want %d", code, websocket.CloseGoingAway)
						}
						v.Reconnect() // with the cookies of today, as the official client does by itself
						v.ExpectRedirect("/login")
						break
					}
					if v.Text("button") != fmt.Sprint(n) {
						t.Fatalf("after event %d the page shows %s", n, v.HTML())
					}
					last = time.Since(ended)
				}
				if test.never != (last > 5*time.Minute) || !test.never && last > test.overrun {
					t.Errorf("events were handled for %v after the end of the session", last)
				}
				if !test.never {
					figure(t, "handled for %v after the end, with a recheck each %v", last, test.overrun)
				}
			})
		})
	}
}

// If a Disconnect may have been missed, as the broker was away, nobody knows
// whose it was: every page is asked again before it acts.
func TestMissedDisconnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, bus := &accounts{}, liveview.NewPubSub()
		s := newSite(t, liveview.Config{PubSub: bus, Recheck: -1}, func(r *gin.Engine) { a.routes(r, counterView()) })
		ann, bob := s.visitor(), s.visitor()
		ann.login("ann")
		bob.login("bob")
		banned, welcome := ann.open("/account"), bob.open("/account")
		a.ban("ann", true)
		time.Sleep(time.Second)
		if diff := banned.click("inc", nil); diff["0"] != "1" {
			t.Fatalf("before the notice: %v", diff)
		}
		pubsub.PublishLocal(bus, "liveview:disconnect", liveview.Missed{Topic: "liveview:disconnect"})
		banned.push("event", map[string]any{"type": "click", "event": "inc", "value": map[string]any{}})
		if code := banned.end(); code != websocket.CloseGoingAway {
			t.Errorf("after the notice the socket is closed with %d, want %d", code, websocket.CloseGoingAway)
		}
		if diff := welcome.click("inc", nil); diff["0"] != "1" {
			t.Errorf("another user's page: %v", diff)
		}
	})
}

// No upload begins either once the session has ended.
func TestRecheckBeforeAnUpload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &accounts{}
		v := counterView()
		v.onMount = func(_ *gin.Context, s *liveview.Socket[counter]) error {
			return s.AllowUpload("file", liveview.UploadConfig{})
		}
		s := newSite(t, liveview.Config{}, func(r *gin.Engine) { a.routes(r, v) })
		browser := s.visitor()
		browser.login("ann")
		c := browser.open("/account")
		a.ban("ann", true)
		time.Sleep(30 * time.Second)
		c.write(`[null,"1","phoenix","heartbeat",{}]`)
		time.Sleep(30 * time.Second)
		c.push("allow_upload", map[string]any{"ref": "x", "entries": []any{}, "cid": nil})
		if code := c.end(); code != websocket.CloseGoingAway {
			t.Errorf("after allow_upload the socket is closed with %d, want %d", code, websocket.CloseGoingAway)
		}
	})
}

// No page becomes one of another live session over its socket.
func TestLiveSessionsAreApart(t *testing.T) {
	a := &accounts{}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { a.routes(r, counterView()) })
	v := s.visitor()
	v.login("admin")
	at := func(path string) string { return "http://" + siteHost + path }
	tried := 0
	defer func() { figure(t, "0 of %d crossings", tried) }()
	for _, test := range []struct{ from, to string }{{"/account", "/admin/users"}, {"/admin/users", "/account"}, {"/public", "/admin/users"}} {
		tried += 2 // by a patch, and by a navigation
		p := v.get(test.from)
		c := p.connect()
		if status, response := c.join(); status != "ok" {
			t.Fatalf("join of %s: %s %v", test.from, status, response)
		}
		if _, response := c.call("live_patch", map[string]any{"url": at(test.to)}); response["link_redirect"] != true {
			t.Errorf("patch from %s to %s = %v", test.from, test.to, response)
		}
		status, response := c.joinAs(map[string]any{"redirect": at(test.to), "session": p.session})
		if want := map[string]any{"reason": "unauthorized"}; status != "error" || !reflect.DeepEqual(response, want) {
			t.Errorf("navigation from %s to %s = %s %v, want unauthorized", test.from, test.to, status, response)
		}
	}
}

// A group has its layout beside its LiveSession, or without one; the innermost counts.
func TestUseLayout(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r, "/plain", counterView())
		layout := func(name string) gin.HandlerFunc {
			return liveview.UseLayout(func(c *gin.Context, p liveview.Page) error {
				c.String(200, "%s: %s", name, p.Content())
				return nil
			})
		}
		liveview.Handle(r.Group("", layout("wide")), "/alone", counterView())
		session := r.Group("", liveview.LiveSession("other"), layout("wide"))
		liveview.Handle(session, "/wide", counterView())
		liveview.Handle(session.Group("", layout("narrow")), "/narrow", counterView())
	})
	v := s.visitor()
	for path, want := range map[string]string{
		"/alone": "wide: <div id=", "/wide": "wide: <div id=", "/narrow": "narrow: <div id=", "/plain": "<!DOCTYPE html>",
	} {
		if body := v.get(path).body; !strings.HasPrefix(body, want) {
			t.Errorf("the page at %s begins with %.40q, want %q", path, body, want)
		}
	}
}

// What sets routes apart is refused when it is set up, not when a page is asked for.
func TestGroupsThatCanNotBe(t *testing.T) {
	for name, call := range map[string]func(){
		"1 to 255 bytes, not 0":   func() { liveview.LiveSession("") },
		"1 to 255 bytes, not 256": func() { liveview.LiveSession(strings.Repeat("x", 256)) },
		"not nil":                 func() { liveview.UseLayout(nil) },
	} {
		func() {
			defer func() {
				if text, _ := recover().(string); !strings.Contains(text, name) || !strings.Contains(text, "session_test.go:") {
					t.Errorf("it panics with %q, want %q and the line", text, name)
				}
			}()
			call()
		}()
	}
}

// An action writes the session from a live event: once, soon, in this browser,
// at its own route.
func TestAction(t *testing.T) {
	var got []string
	var fail error
	routes := func(r *gin.Engine) {
		liveview.HandleAction(r, "/actions/login", func(c *gin.Context, value string) error {
			got = append(got, value)
			if fail != nil {
				return fail
			}
			session := sessions.Default(c)
			session.Set("user", value)
			return errors.Join(session.Save(), liveview.PutFlash(c, "info", "hello"))
		})
		liveview.HandleAction(r, "/actions/other", func(*gin.Context, string) error { got = append(got, "other"); return nil })
		r.GET("/whoami", func(c *gin.Context) {
			c.String(200, "%v %s", sessions.Default(c).Get("user"), textOf(liveview.Flash(c), "info"))
		})
		liveview.Handle(r, "/", placeView(map[string]func(s *liveview.Socket[place]) error{
			"login": func(s *liveview.Socket[place]) error {
				return s.RedirectAction("/actions/login", "ann & \"bob\"\n", "/whoami?x=1")
			},
		}))
	}
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, liveview.Config{}, routes)
		v := s.visitor()
		ask := func() string {
			_, response := v.open("/").moves("login")
			return response["redirect"].(map[string]any)["to"].(string)
		}
		to := ask()
		if strings.Contains(to, "ann") {
			t.Errorf("the value can be read in the URL %q", to)
		}
		p := v.get(to)
		if p.status != http.StatusSeeOther || p.header.Get("Location") != "/whoami?x=1" || p.header.Get("Cache-Control") != "no-store" {
			t.Errorf("answer = %d %v", p.status, p.header)
		}
		if p := v.get("/whoami"); p.body != "ann & \"bob\"\n hello" {
			t.Errorf("the session says %q", p.body)
		}
		if !reflect.DeepEqual(got, []string{"ann & \"bob\"\n"}) {
			t.Errorf("the handler got %q", got)
		}

		got = nil
		stranger := s.visitor()
		stranger.get("/")
		fresh := ask()
		token := fresh[strings.Index(fresh, "=")+1:]
		for what, p := range map[string]*page{
			"used twice":        v.get(to),
			"another browser":   stranger.get(fresh),
			"another action":    v.get("/actions/other?_action=" + token),
			"no token":          v.get("/actions/login"),
			"changed":           v.get(fresh[:len(fresh)-3] + "abc"),
			"a token of a page": v.get("/actions/login?_action=" + url.QueryEscape(v.get("/").session)),
		} {
			if p.status != http.StatusForbidden {
				t.Errorf("%s: status %d", what, p.status)
			}
		}
		time.Sleep(61 * time.Second)
		if p := v.get(fresh); p.status != http.StatusForbidden {
			t.Errorf("after a minute: status %d", p.status)
		}
		if got != nil {
			t.Errorf("the handler was reached with %q", got)
		}
		fail = errors.New("database down, password hunter2")
		if p := v.get(ask()); p.status != 500 || strings.Contains(p.body, "hunter2") {
			t.Errorf("a failing action: %d %q", p.status, p.body)
		}
	})
}

// The cookie that knows a browser can't be set by another host, and what isn't
// of our making isn't taken.
func TestBrowserCookie(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", counterView()) })
	get := func(header http.Header) *http.Cookie {
		r := newRequest(t, "http://"+siteHost+"/")
		r.Header = header
		res, err := s.visitor().client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		for _, c := range res.Cookies() {
			if strings.HasSuffix(c.Name, "liveview") {
				return c
			}
		}
		return nil
	}
	plain := get(nil)
	if plain == nil || plain.Name != "liveview" || !plain.HttpOnly || plain.Secure || plain.SameSite != http.SameSiteLaxMode || plain.Path != "/" {
		t.Fatalf("over http the cookie is %v", plain)
	}
	https := http.Header{"X-Forwarded-Proto": {"https"}}
	secure := get(https)
	if secure == nil || secure.Name != "__Host-liveview" || !secure.HttpOnly || !secure.Secure || secure.Domain != "" || secure.Path != "/" {
		t.Fatalf("over https the cookie is %v", secure)
	}
	if c := get(http.Header{"Cookie": {"liveview=" + plain.Value}}); c != nil {
		t.Errorf("a known browser gets a new cookie %v", c)
	}
	if c := get(http.Header{"X-Forwarded-Proto": {"https"}, "Cookie": {"liveview=" + plain.Value}}); c == nil {
		t.Error("over https the cookie of http is good enough")
	}
	for _, bad := range []string{"", "x", strings.Repeat("a", 14), strings.Repeat("a", 16), "aaaaaaaaaaaaa\"a", "..............."} {
		if c := get(http.Header{"Cookie": {"liveview=" + bad}}); c == nil {
			t.Errorf("the cookie %q is taken", bad)
		}
	}
}

// A session store's default is named together with its remedy, once.
func TestCrossSiteCookieIsNamed(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		r.GET("/", func(c *gin.Context) {
			http.SetCookie(c.Writer, &http.Cookie{Name: "app", Value: "x", SameSite: http.SameSiteNoneMode, Secure: true})
		})
	})
	v := s.visitor()
	v.get("/")
	v.get("/")
	if n := strings.Count(s.log.String(), "SameSiteLaxMode"); n != 1 || !strings.Contains(s.log.String(), "cookie=app") {
		t.Errorf("%d sentences in the log:\n%s", n, s.log)
	}
}

// Every route x every role x every way to get there: what the middleware of the
// route says is what happens.
func TestMatrixOfRoutesAndRoles(t *testing.T) {
	a := &accounts{}
	var mounted atomic.Int32
	view := func() *testView[counter] {
		v := counterView()
		v.onMount = func(*gin.Context, *liveview.Socket[counter]) error { mounted.Add(1); return nil }
		return v
	}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		a.routes(r, view())
		liveview.Handle(r, "/open", view())
		liveview.Handle(r.Group("", a.require("user")), "/members/:id", view())
		liveview.Handle(r.Group("/admin", a.require("admin"), liveview.LiveSession("admin")), "/logs", view())
	})
	at := func(path string) string { return "http://" + siteHost + path }
	routes := []struct{ path, need, group string }{
		{"/open", "", ""}, {"/account", "user", ""}, {"/members/1", "user", ""}, {"/admin/users", "admin", "admin"}, {"/admin/logs", "admin", "admin"},
	}
	roles := []struct {
		user string
		may  map[string]bool
	}{
		{"", map[string]bool{"": true}},
		{"ann", map[string]bool{"": true, "user": true}},
		{"admin", map[string]bool{"": true, "user": true, "admin": true}},
	}
	tried, passed := 0, 0
	for _, role := range roles {
		v := s.visitor()
		if role.user != "" {
			v.login(role.user)
		}
		stolen := s.visitor() // an administrator's pages, for the tokens in them
		stolen.login("admin2")
		for _, to := range routes {
			allowed := role.may[to.need]
			check := func(how string, got, want bool) {
				t.Helper()
				tried++
				if got {
					passed++
				}
				if got != want {
					t.Errorf("%q comes to %s by %s: %v, want %v", role.user, to.path, how, got, want)
				}
				if n := mounted.Swap(0); !allowed && n != 0 {
					t.Errorf("%q had %s mounted by %s", role.user, to.path, how)
				}
			}
			p := v.get(to.path)
			check("HTTP", p.status == 200, allowed)
			if allowed {
				status, _ := p.connect().join()
				check("join", status == "ok", true)
			}
			theirs := stolen.get(to.path)
			mounted.Store(0)
			for _, from := range routes {
				if !role.may[from.need] {
					continue
				}
				p := v.get(from.path)
				mounted.Store(0)
				join := func(change map[string]any) bool {
					if change["session"] == nil {
						change["session"] = p.session
					}
					status, _ := p.connect().joinAs(change)
					return status == "ok"
				}
				same := from.path == to.path
				check("forged url from "+from.path, join(map[string]any{"url": at(to.path)}), allowed && from.group == to.group)
				check("navigation from "+from.path, join(map[string]any{"redirect": at(to.path)}), allowed && from.group == to.group)
				check("url with the page's own token for another id", join(map[string]any{"url": at(to.path), "session": theirs.session}), false)
				check("redirect with another's token", join(map[string]any{"redirect": at(to.path), "session": theirs.session}), false)
				c := p.connect()
				if status, _ := c.join(); status == "ok" {
					mounted.Store(0)
					_, response := c.call("live_patch", map[string]any{"url": at(to.path)})
					check("patch from "+from.path, response["link_redirect"] == nil, allowed && same)
				}
			}
		}
	}
	figure(t, "%d ways of visitors, users and administrators to a page: %d lead there, as they may, and 0 past a guard", tried, passed)
}

// Over https only the cookie counts that no other host can have set: one tossed
// in by a subdomain has nobody run what somebody else began.
func TestTossedCookieIsNoBrowser(t *testing.T) {
	ran := 0
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		v := counterView()
		v.onEvent = func(s *liveview.Socket[counter], _ liveview.Event) error {
			return s.RedirectAction("/login", "attacker", "/")
		}
		liveview.Handle(r, "/", v)
		liveview.HandleAction(r, "/login", func(*gin.Context, string) error { ran++; return nil })
	})
	attacker := s.visitor()
	c := attacker.open("/")
	_, response := c.call("event", map[string]any{"type": "click", "event": "x", "value": map[string]any{}})
	move, _ := response["redirect"].(map[string]any)
	to, _ := move["to"].(string)
	victim := func(scheme string) int {
		r := newRequest(t, "http://"+siteHost+to)
		r.Header.Set("X-Forwarded-Proto", scheme)
		r.Header.Set("Cookie", attacker.cookies())
		res, err := s.visitor().client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res.StatusCode
	}
	if status := victim("https"); status != http.StatusForbidden || ran != 0 {
		t.Errorf("with the attacker's plain cookie over https: status %d, the action ran %d times", status, ran)
	}
	if status := victim("http"); status != http.StatusSeeOther || ran != 1 {
		t.Errorf("over http: status %d, the action ran %d times", status, ran)
	}
	figure(t, "over https a cookie tossed in is passed over; over http, where any is as good, the action ran %d time", ran)
}
