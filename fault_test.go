package liveview_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview"
)

// A page may be joined for 14 days and not longer, whatever else is right.
func TestPageTokenExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := guardedSite(t)
		p := s.visitor().get("/open")
		began := time.Now()
		time.Sleep(14*24*time.Hour - time.Second)
		if status, response := p.connect().join(); status != "ok" {
			t.Errorf("before 14 days: %s %v", status, response)
		}
		accepted := time.Since(began)
		time.Sleep(3 * time.Second)
		if status, response := p.connect().join(); status != "error" || response["reason"] != "stale" {
			t.Errorf("after 14 days: %s %v, want stale", status, response)
		}
		figure(t, "accepted after %s, refused 3s later", accepted)
	})
}

// A patch goes through the router: whatever it names, the view stays at a URL
// of its own or the browser is told to navigate.
func TestPatchToWhereTheViewIsNot(t *testing.T) {
	const at = "http://" + siteHost
	s, mounts := guardedSite(t)
	c := s.open("/open")
	stays, elsewhere := 0, 0
	for _, test := range []struct {
		url   string
		stays bool
	}{
		{at + "/open", true},
		{at + "/open?a=b", true},
		{at + "/open#x", true},
		{at + "/open?" + strings.Repeat("a=b&", 100), true},
		{"HTTP://" + siteHost + "/open", true},
		{at + "/other", false},
		{at + "/admin/users", false},
		{at + "/forbidden/page", false},
		{at + "/plain", false},
		{at + "/nowhere", false},
		{at, false},
		{at + "/", false},
		{"http://evil.example/open", false},
		{"https://evil.example/open", false},
		{"http://" + siteHost + ".evil.example/open", false},
		{"http://" + siteHost + ":81/open", false},
		{"http://evil.example@" + siteHost + "/open", false},
		{"http://" + siteHost + "@evil.example/open", false},
		{"//" + siteHost + "/open", false},
		{"/open", false},
		{"open", false},
		{"", false},
		{"javascript:alert(1)", false},
		{"data:text/html,x", false},
		{"file:///open", false},
		{"http:/open", false},
		{"http:open", false},
		{"http://" + siteHost + `\open`, false},
		{at + "/open/", false},
		{at + "//open", false},
		{at + "/./open", false},
		{at + "/../open", false},
		{at + "/open/../admin/users", false},
		{at + "/%2e%2e/admin/users", false},
		{at + "/admin%2fusers", false},
		{at + "/open%00", false},
		{at + "/open\x00", false},
		{at + "/open%2f..%2fadmin%2fusers", false},
		{at + "/OPEN", false},
		{at + "/open;a=b", false},
		{at + "/live/websocket", false},
		{at + "/%zz", false},
		{at + "/open\r\nHost: evil", false},
	} {
		status, response := c.call("live_patch", map[string]any{"url": test.url})
		if status != "ok" || (response["link_redirect"] == nil) != test.stays {
			t.Errorf("patch to %q = %s %v, want to stay: %v", test.url, status, response, test.stays)
		}
		if test.stays {
			stays++
		} else {
			elsewhere++
			// Whether the client leaves it or not, the view is over.
			if status, _ := c.call("event", map[string]any{"type": "click", "event": "inc", "value": map[string]any{}}); status != "error" {
				t.Errorf("an event after the patch to %q: %s", test.url, status)
			}
			if status, response := c.join(); status != "ok" {
				t.Fatalf("join = %s %v", status, response)
			}
		}
	}
	if n := mounts.Load(); n != 0 {
		t.Errorf("the guarded view was mounted %d times", n)
	}
	figure(t, "%d patches stayed, %d led elsewhere and were refused", stays, elsewhere)
}

// Two processes of one application, as far as their PubSub makes them one: a
// log-out on the one closes the sockets of the other.
func TestDisconnectReachesEveryProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pubsub, secret := liveview.NewPubSub(), strings.Repeat("s", 32)
		a := &accounts{}
		node := func() *site {
			return newSite(t, liveview.Config{PubSub: pubsub, Secret: liveview.NewSecret(secret)}, func(r *gin.Engine) { a.routes(r, counterView()) })
		}
		one, two := node(), node()
		v := one.visitor()
		v.login("ann")
		there := &visitor{two, two.visitor().client}
		there.client.Jar = v.client.Jar
		open := []*client{v.open("/account"), there.open("/account")}
		began := time.Now()
		v.post("/logout", nil)
		for i, c := range open {
			if code := c.end(); code != websocket.CloseGoingAway {
				t.Errorf("socket %d ended with %d", i, code)
			}
		}
		figure(t, "%d sockets of two processes, all closed after %v", len(open), time.Since(began))
		if status, response := open[1].page.connect().join(); status != "error" || response["reason"] != "stale" {
			t.Errorf("the other process lets the page join: %s %v", status, response)
		}
	})
}

// Names that come from a client are compared, never looked up in anything.
func TestEventNamesReachNothing(t *testing.T) {
	var reached []string
	v := counterView()
	v.onEvent = func(_ *liveview.Socket[counter], e liveview.Event) error {
		reached = append(reached, e.Name)
		return nil
	}
	names := []string{
		"Mount", "Render", "Shutdown", "HandleInfo", "HandleEvent", "mount", "__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "",
		"../x", "a.b", "a[b]", "\x00", "\u202e", strings.Repeat("x", 255),
	}
	reserved := []string{"lv:", "lv:mount", "lv:__proto__", "lv:clear-flash-x"}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r, "/", v)
		liveview.Handle(r, "/deaf", deafView{})
	})
	c, deaf := s.open("/"), s.open("/deaf")
	for _, name := range append(reserved, names...) {
		for what, c := range map[string]*client{"a view": c, "a view without HandleEvent": deaf} {
			status, response := c.call("event", map[string]any{"type": "click", "event": name, "value": map[string]any{"__proto__": map[string]any{"x": 1}}})
			if status != "ok" || len(response) != 0 {
				t.Errorf("event %q of %s = %s %v", name, what, status, response)
			}
		}
	}
	if !reflect.DeepEqual(reached, names) {
		t.Errorf("HandleEvent got %q, want %q", reached, names)
	}
	if !strings.Contains(s.log.String(), "HandleEvent(s *liveview.Socket[") {
		t.Error("the log doesn't say what the view lacks")
	}
	figure(t, "%d names, %d of them kept from the application, no method called", len(names)+len(reserved), len(reserved))
}

// deafView hears no events.
type deafView struct{}

func (deafView) Render(c counter) liveview.Rendered { return counterTemplate.Render(c) }

// authorizingView lets odd numbers be deleted, and says so on the page.
type authorizingView struct{ deleted *[]int }

func (authorizingView) Render(p place) liveview.Rendered { return placeTemplate.Render(p) }

func (authorizingView) Authorize(s *liveview.Socket[place], e liveview.Event) error {
	switch {
	case e.Int("id")%2 == 1:
		return nil
	case e.Int("id") == 6:
		panic("a fault of the application")
	}
	s.PutFlash("info", "not yours")
	return fmt.Errorf("%d is not this user's", e.Int("id"))
}

func (v authorizingView) HandleEvent(_ *liveview.Socket[place], e liveview.Event) error {
	*v.deleted = append(*v.deleted, e.Int("id"))
	return nil
}

// What the page doesn't show can be sent all the same, and is refused without
// the view having to end.
func TestAuthorize(t *testing.T) {
	var deleted []int
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", authorizingView{&deleted}) })
	c := s.open("/")
	if diff := c.click("delete", map[string]any{"id": "7"}); len(diff) != 0 {
		t.Errorf("diff = %v", diff)
	}
	if info, _ := shownIn(c.click("delete", map[string]any{"id": "8"})); info != "not yours" {
		t.Errorf("the page says %q", info)
	}
	if !reflect.DeepEqual(deleted, []int{7}) {
		t.Errorf("deleted %v", deleted)
	}
	if !strings.Contains(s.log.String(), "8 is not this user's") {
		t.Errorf("the log says %s", s.log)
	}
	if status, _ := c.call("event", map[string]any{"type": "click", "event": "delete", "value": map[string]any{"id": "6"}}); status != "phx_error" {
		t.Errorf("a panic in Authorize = %s, want phx_error", status)
	}
	figure(t, "of 3 rows %d was deleted", len(deleted))
}

// The host that a client states is never believed: it is compared with the
// one that the socket's own request was sent to, smuggled headers or not.
func TestHostIsTheSockets(t *testing.T) {
	s, mounts := guardedSite(t)
	p := s.visitor().get("/open")
	for name, header := range map[string]http.Header{
		"forwarded host":   {"X-Forwarded-Host": {"evil.example"}},
		"forwarded":        {"Forwarded": {"host=evil.example;proto=https"}},
		"original URL":     {"X-Original-Url": {"/admin/users"}, "X-Rewrite-Url": {"/admin/users"}},
		"method override":  {"X-Http-Method-Override": {"POST"}},
		"length and chunk": {"X-Content-Length": {"5"}, "Te": {"trailers, chunked"}},
	} {
		t.Run(name, func(t *testing.T) {
			conn, _, err := p.dial(header, nil)
			if err != nil {
				t.Fatal(err)
			}
			c := p.clientOn(conn)
			if status, _ := c.joinAs(map[string]any{"url": "http://evil.example/open", "session": p.session}); status != "error" {
				t.Error("a URL of another host is joined")
			}
			if status, response := c.join(); status != "ok" {
				t.Errorf("join = %s %v", status, response)
			}
		})
	}
	for _, header := range []http.Header{{"Transfer-Encoding": {"chunked"}}, {"Content-Length": {"5", "6"}}} {
		// net/http refuses or ignores these; what must not be is a second request.
		if conn, _, err := p.dial(header, nil); err == nil {
			_ = conn.Close()
		}
	}
	if n := mounts.Load(); n != 0 {
		t.Errorf("the guarded view was mounted %d times", n)
	}
}

// What a visitor types, and what the application holds secret, stays out of
// answers and logs, whatever goes wrong.
func TestSecretsStayOutOfAnswersAndLogs(t *testing.T) {
	const typed, query, secret = "hunter2-typed", "hunter2-query", "hunter2-secret-hunter2-secret-hunter2"
	gin.SetMode(gin.ReleaseMode)
	defer gin.SetMode(gin.TestMode)
	var log bytes.Buffer
	var mu sync.Mutex
	config := liveview.Config{Secret: liveview.NewSecret(secret), Logger: slog.New(slog.NewTextHandler(lockedWriter{&mu, &log}, nil))}
	var seen strings.Builder
	gin.SetMode(gin.TestMode)
	s := newSite(t, config, func(r *gin.Engine) {
		v := counterView()
		v.onMount = func(c *gin.Context, _ *liveview.Socket[counter]) error {
			if c.Query("fail") != "" {
				return errors.New("mount failed")
			}
			return nil
		}
		v.onEvent = func(_ *liveview.Socket[counter], e liveview.Event) error {
			if e.Name == "panic" {
				panic("no secret in here")
			}
			return errors.New("event failed")
		}
		liveview.Handle(r, "/", v)
	})
	gin.SetMode(gin.ReleaseMode)
	v := s.visitor()
	p := v.get("/?fail=1&token=" + query)
	seen.WriteString(p.body)
	if p.status != 500 || strings.Contains(p.body, "mount failed") {
		t.Errorf("the visitor is told %q", p.body)
	}
	for _, name := range []string{"panic", "fail", "lv:x"} {
		c := v.open("/?token=" + query)
		c.push("event", map[string]any{"type": "form", "event": name, "value": "password=" + typed})
		c.push("phx_leave", map[string]any{})
		for f := c.next(); f.ref != "3"; f = c.next() {
			seen.WriteString(f.raw)
		}
	}
	c := v.open("/?token=" + query)
	c.write(`["1","7",` + fmt.Sprintf("%q", c.topic()) + `,"event",{"type":"form","event":"x","value":"password=` + typed + `%zz"}]`)
	seen.WriteString(c.next().raw)
	c.write(`not JSON ` + typed)
	mu.Lock()
	defer mu.Unlock()
	found := 0
	defer func() { figure(t, "%d of 3 secrets found in answers and the log", found) }()
	for where, text := range map[string]string{"an answer": seen.String(), "the log": log.String()} {
		for _, s := range []string{typed, query, secret} {
			if n := strings.Count(text, s); n != 0 {
				found++
				t.Errorf("%s holds %q %d times:\n%s", where, s, n, text)
			}
		}
	}
	if !strings.Contains(log.String(), "no secret in here") {
		t.Error("the log misses the panic")
	}
}

type lockedWriter struct {
	mu *sync.Mutex // guards b
	b  *bytes.Buffer
}

func (w lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

// A page holds its visitor's tokens: no cache may keep it, nor what leads to
// it.
func TestPagesAreNotCached(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r, "/", counterView())
		liveview.Handle(r, "/moved", &testView[place]{template: placeTemplate, onMount: func(_ *gin.Context, s *liveview.Socket[place]) error {
			return s.Redirect("/")
		}})
	})
	v := s.visitor()
	said := 0
	for _, path := range []string{"/", "/moved"} {
		if got := v.get(path).header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("Cache-Control of %s = %q", path, got)
			continue
		}
		said++
	}
	figure(t, "%d kinds of answers say no-store", said)
}

// A client that comes out at another process at each reconnect is served by
// each of them: the page's token says all there is to know.
func TestClientHopsBetweenProcesses(t *testing.T) {
	secret := strings.Repeat("s", 32)
	nodes := make([]*site, 3)
	for i := range nodes {
		nodes[i] = newSite(t, liveview.Config{Secret: liveview.NewSecret(secret)}, func(r *gin.Engine) { liveview.Handle(r, "/", counterView()) })
	}
	v := nodes[0].visitor()
	p := v.get("/")
	failures := 0
	const hops = 1000
	for i := range hops {
		moved := *p
		moved.visitor = &visitor{nodes[i%len(nodes)], v.client}
		c := moved.connect()
		status, _ := c.joinAs(map[string]any{"url": p.url, "session": p.session, "params": map[string]any{"_mounts": i}})
		if status != "ok" || c.click("inc", nil)["0"] != "1" {
			failures++
		}
		c.close()
	}
	if failures != 0 {
		t.Errorf("%d of %d hops failed", failures, hops)
	}
	figure(t, "%d hops, %d failures", hops, failures)
}

// During a deployment an old page meets a new template: its join brings the
// whole new page, with statics, over the old HTML, and no reload. A route that
// is gone costs one.
func TestPageOfAnOlderVersion(t *testing.T) {
	secret := strings.Repeat("s", 32)
	older := newSite(t, liveview.Config{Secret: liveview.NewSecret(secret)}, func(r *gin.Engine) {
		liveview.Handle(r, "/", counterView())
		liveview.Handle(r, "/old", counterView())
	})
	changed := counterView()
	changed.template = liveview.MustParse[counter](`<h1>new</h1><p>{{.Count}}</p>`)
	newer := newSite(t, liveview.Config{Secret: liveview.NewSecret(secret)}, func(r *gin.Engine) { liveview.Handle(r, "/", changed) })
	v := older.visitor()
	loads := 0
	for path, want := range map[string]string{"/": "ok", "/old": "error"} {
		p := v.get(path)
		p.visitor = &visitor{newer, v.client}
		status, response := p.connect().join()
		if status != want {
			t.Errorf("join of %s = %s %v, want %s", path, status, response, want)
		}
		if rendered, _ := response["rendered"].(map[string]any); status == "ok" &&
			!reflect.DeepEqual(rendered["s"], []any{"<h1>new</h1><p>", "</p>"}) {
			t.Errorf("the join brings %v", response)
		}
		if status == "error" && response["reason"] != "unauthorized" {
			t.Errorf("join = %v, want the reason upon which the client loads the page", response)
		}
		if status == "error" {
			loads++
		}
	}
	figure(t, "a changed page joins without a load; one that is gone costs %d", loads)
}

// A view that subscribes before it reads misses nothing, whenever others write:
// what is published from the subscription on is delivered, in order.
func TestSubscribeThenReadMissesNothing(t *testing.T) {
	pubsub := liveview.NewPubSub()
	var mu sync.Mutex // guards stored
	stored := 0
	v := counterView()
	v.onMount = func(_ *gin.Context, s *liveview.Socket[counter]) error {
		if err := subscribes(s, "numbers"); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		s.Assign(func(c *counter) { c.Count = stored })
		return nil
	}
	var gaps atomic.Int32
	v.onInfo = func(s *liveview.Socket[counter], info any) error {
		if n := info.(int); n > s.State().Count+1 {
			gaps.Add(1)
		} else if n == s.State().Count+1 {
			s.Assign(func(c *counter) { c.Count = n })
		}
		return nil
	}
	s := newSite(t, liveview.Config{PubSub: pubsub, EventRate: -1, JoinRate: -1}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	const atLeast, joins = 10_000, 200
	var enough atomic.Bool
	var writer sync.WaitGroup
	writer.Go(func() {
		for n := 1; n <= atLeast || !enough.Load(); n++ {
			mu.Lock()
			stored = n
			mu.Unlock()
			_ = pubsub.Publish("numbers", n)
			runtime.Gosched() // the views are to be met in the middle of it, not drowned
		}
	})
	p := s.visitor().get("/")
	c := p.connect()
	for range joins {
		if status, response := c.join(); status != "ok" {
			t.Fatalf("join = %s %v", status, response)
		}
	}
	enough.Store(true)
	writer.Wait()
	status, response := c.join()
	rendered, _ := response["rendered"].(map[string]any)
	if status != "ok" || rendered["0"] != fmt.Sprint(stored) || gaps.Load() != 0 {
		t.Errorf("the page shows %v after %d writes and %d gaps", rendered["0"], stored, gaps.Load())
	}
	figure(t, "%d writes met by %d joins, %d missed", stored, joins, gaps.Load())
}

// Clocks of nodes differ, and steps of a clock are no reason to lose a page:
// what one node signs holds at another whose clock is a day off, as long as it
// lives longer than that.
func TestClocksThatDiffer(t *testing.T) {
	secret := strings.Repeat("s", 32)
	var pages []*page // of a node whose clock is late, right, early
	for i := range 3 {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(time.Duration(i) * 24 * time.Hour)
			s := newSite(t, liveview.Config{Secret: liveview.NewSecret(secret)}, flashRoutes)
			v := s.visitor()
			p := v.get("/items/1")
			_, response := v.open("/items/1").moves("put and leave")
			v.setCookie("__phoenix_flash__", response["redirect"].(map[string]any)["flash"].(string))
			v.client.CloseIdleConnections()
			pages = append(pages, p)
		})
	}
	joined := 0
	defer func() { figure(t, "%d of %d pages of clocks that are a day apart join", joined, len(pages)) }()
	for i, want := range []struct {
		clock string
		flash string
	}{
		{"a day late", "info= error= n=0"}, // a flash lives for a minute
		{"right", "info=left error= n=1"},
		{"a day early", "info=left error= n=1"},
	} {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(24 * time.Hour)
			s := newSite(t, liveview.Config{Secret: liveview.NewSecret(secret)}, flashRoutes)
			v := s.visitor()
			v.client.Jar = pages[i].visitor.client.Jar
			p := *pages[i]
			p.visitor = v
			if status, response := p.connect().join(); status != "ok" {
				t.Errorf("clock %s: join = %s %v", want.clock, status, response)
			} else {
				joined++
			}
			if body := v.get("/plain").body; body != want.flash {
				t.Errorf("clock %s: the flash is %q, want %q", want.clock, body, want.flash)
			}
		})
	}
}

// Nothing of a redirect's target can become another header or another cookie.
func TestRedirectIsOneHeader(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r, "/", &testView[place]{template: placeTemplate, onMount: func(c *gin.Context, s *liveview.Socket[place]) error {
			return s.PushRedirect("/x", url.Values{"q": {c.Query("q")}})
		}})
	})
	tried, kept := 0, 0
	for _, q := range []string{"a\r\nSet-Cookie: x=y", "a\nb", "a\x00b", "\u2028", "a b&c=d#e"} {
		tried++
		p := s.visitor().get("/?q=" + url.QueryEscape(q))
		if p.status != http.StatusFound || strings.Contains(p.header.Get("Set-Cookie"), "x=y") {
			t.Errorf("%q: %d %v", q, p.status, p.header)
		}
		if u, err := url.Parse(p.header.Get("Location")); err != nil || u.Query().Get("q") != q {
			t.Errorf("%q: Location %q", q, p.header.Get("Location"))
			continue
		}
		kept++
	}
	figure(t, "%d of %d values stay in their header", kept, tried)
}
