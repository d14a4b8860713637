package liveview_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview"
)

// otherCounter is a view of another type.
type otherCounter struct{ *testView[counter] }

// guardedSite has an open page, a group that only lets admins in, and a page
// that aborts for those who lack a header.
func guardedSite(t *testing.T) (s *site, mounts *atomic.Int32) {
	mounts = new(atomic.Int32)
	guarded := counterView()
	guarded.onMount = func(_ *gin.Context, s *liveview.Socket[counter]) error {
		if s.Connected() {
			mounts.Add(1)
		}
		return nil
	}
	s = newSite(t, liveview.Config{JoinRate: -1}, func(r *gin.Engine) {
		liveview.Handle(r, "/open", counterView())
		liveview.Handle(r, "/other", otherCounter{counterView()})
		admin := r.Group("/admin", func(c *gin.Context) {
			if role, _ := c.Cookie("role"); role != "admin" {
				c.Redirect(http.StatusFound, "/login")
				c.Abort()
			}
		})
		liveview.Handle(admin, "/users", guarded)
		forbidden := r.Group("/forbidden", func(c *gin.Context) {
			if role, _ := c.Cookie("role"); role != "admin" {
				c.AbortWithStatus(http.StatusForbidden)
			}
		})
		liveview.Handle(forbidden, "/page", guarded)
		r.GET("/plain", func(c *gin.Context) { c.String(200, "not live") })
		r.GET("/login", func(c *gin.Context) { c.String(200, "log in") })
	})
	return s, mounts
}

func (v *visitor) setCookie(name, value string) {
	u, _ := url.Parse("http://" + siteHost + "/")
	v.client.Jar.SetCookies(u, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

// What guards the page guards its socket: no join gets past the middleware of
// the route it leads to.
func TestJoinRunsTheRoutesMiddleware(t *testing.T) {
	const at = "http://" + siteHost
	refused := func(reason string) map[string]any { return map[string]any{"reason": reason} }
	login := map[string]any{"redirect": map[string]any{"to": "/login", "status": 302.0}}
	for name, test := range map[string]struct {
		url, redirect string
		want          map[string]any
	}{
		"own page":                       {url: at + "/open"},
		"own page with query":            {url: at + "/open?a=b#c"},
		"live navigation to open page":   {redirect: at + "/other"},
		"another page as if by url":      {url: at + "/other", want: refused("unauthorized")},
		"guarded, forged url":            {url: at + "/admin/users", want: login},
		"guarded, forged redirect":       {redirect: at + "/admin/users", want: login},
		"forbidden, forged url":          {url: at + "/forbidden/page", want: refused("unauthorized")},
		"forbidden, forged redirect":     {redirect: at + "/forbidden/page", want: refused("unauthorized")},
		"not a live page":                {redirect: at + "/plain", want: refused("unauthorized")},
		"no route":                       {redirect: at + "/nowhere", want: refused("unauthorized")},
		"other host":                     {url: "http://evil.example/open", want: refused("unauthorized")},
		"other host, redirect":           {redirect: "http://evil.example/open", want: refused("unauthorized")},
		"host with user":                 {url: "http://me@" + siteHost + "/open", want: refused("unauthorized")},
		"no host":                        {url: "/open", want: refused("unauthorized")},
		"no scheme":                      {url: "//" + siteHost + "/open", want: refused("unauthorized")},
		"javascript":                     {url: "javascript:alert(1)", want: refused("unauthorized")},
		"both url and redirect":          {url: at + "/open", redirect: "/other", want: refused("unauthorized")},
		"neither":                        {want: refused("unauthorized")},
		"dots":                           {url: at + "/open/../admin/users", want: refused("unauthorized")},
		"encoded slash":                  {redirect: at + "/admin%2fusers", want: login},
		"encoded dots":                   {redirect: at + "/%2e%2e/admin/users", want: refused("unauthorized")},
		"NUL":                            {redirect: at + "/admin/users\x00", want: refused("unauthorized")},
		"encoded NUL":                    {redirect: at + "/admin/users%00", want: refused("unauthorized")},
		"double slash":                   {redirect: at + "//admin/users", want: refused("unauthorized")},
		"the socket itself":              {redirect: at + "/live/websocket?vsn=2.0.0", want: refused("unauthorized")},
		"trailing slash, redirected":     {redirect: at + "/admin/users/", want: map[string]any{"redirect": map[string]any{"to": "/admin/users", "status": 301.0}}},
		"upper case, another route":      {redirect: at + "/ADMIN/users", want: refused("unauthorized")},
		"a proxy's absolute-form target": {redirect: at + "/http://" + siteHost + "/admin/users", want: refused("unauthorized")},
	} {
		t.Run(name, func(t *testing.T) {
			s, mounts := guardedSite(t)
			p := s.visitor().get("/open")
			c := p.connect()
			join := map[string]any{"session": p.session}
			if test.url != "" {
				join["url"] = test.url
			}
			if test.redirect != "" {
				join["redirect"] = test.redirect
			}
			status, response := c.joinAs(join)
			if test.want == nil {
				if status != "ok" {
					t.Errorf("join = %s %v, want ok", status, response)
				}
				return
			}
			if status != "error" || !reflect.DeepEqual(response, test.want) {
				t.Errorf("join = %s %v, want error %v", status, response, test.want)
			}
			if n := mounts.Load(); n != 0 {
				t.Errorf("the guarded view was mounted %d times", n)
			}
		})
	}
}

// Rights that a browser has lost since the page was rendered are gone for the
// join too, and those it has are enough.
func TestJoinSeesTheCookiesOfTheSocket(t *testing.T) {
	s, mounts := guardedSite(t)
	v := s.visitor()
	v.setCookie("role", "admin")
	p := v.get("/admin/users")
	if status, response := p.connect().join(); status != "ok" {
		t.Fatalf("join = %s %v", status, response)
	}
	v.setCookie("role", "nobody")
	status, response := p.connect().join()
	if status != "error" || response["redirect"] == nil {
		t.Errorf("join without the cookie = %s %v, want a redirect", status, response)
	}
	if n := mounts.Load(); n != 1 {
		t.Errorf("the guarded view was mounted %d times, want once", n)
	}
}

// Every cause has the same answer, upon which the browser loads the page anew.
func TestJoinThatIsNotEntitledIsStale(t *testing.T) {
	s, _ := guardedSite(t)
	me, other := s.visitor(), s.visitor()
	mine, theirs := me.get("/open"), other.get("/open")
	second := me.get("/open")
	cases := map[string]func() (*client, map[string]any){
		"no token":          func() (*client, map[string]any) { return mine.connect(), map[string]any{"session": ""} },
		"token missing":     func() (*client, map[string]any) { return mine.connect(), map[string]any{} },
		"another browser's": func() (*client, map[string]any) { return mine.connect(), map[string]any{"session": theirs.session} },
		"another page's":    func() (*client, map[string]any) { return mine.connect(), map[string]any{"session": second.session} },
		"the CSRF token":    func() (*client, map[string]any) { return mine.connect(), map[string]any{"session": mine.csrf} },
		"cut short": func() (*client, map[string]any) {
			return mine.connect(), map[string]any{"session": mine.session[:len(mine.session)-4]}
		},
		"of another secret":   nil,
		"no CSRF token":       nil,
		"wrong CSRF token":    nil,
		"other's CSRF token":  nil,
		"session token there": nil,
		"no cookie":           nil,
		"no origin":           nil,
	}
	dial := func(header http.Header, query url.Values) func() (*client, map[string]any) {
		return func() (*client, map[string]any) {
			conn, _, err := mine.dial(header, query)
			if err != nil {
				t.Fatal(err)
			}
			return mine.clientOn(conn), map[string]any{"session": mine.session}
		}
	}
	cases["no CSRF token"] = dial(nil, url.Values{"_csrf_token": nil})
	cases["wrong CSRF token"] = dial(nil, url.Values{"_csrf_token": {"x"}})
	cases["other's CSRF token"] = dial(nil, url.Values{"_csrf_token": {theirs.csrf}})
	cases["session token there"] = dial(nil, url.Values{"_csrf_token": {mine.session}})
	cases["no cookie"] = dial(http.Header{"Cookie": nil}, nil)
	cases["no origin"] = dial(http.Header{"Origin": nil}, nil)
	foreign, _ := guardedSite(t)
	alien := foreign.visitor().get("/open")
	cases["of another secret"] = func() (*client, map[string]any) { return mine.connect(), map[string]any{"session": alien.session} }

	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			c, join := test()
			join["url"] = mine.url
			status, response := c.joinAs(join)
			if status != "error" || !reflect.DeepEqual(response, map[string]any{"reason": "stale"}) {
				t.Errorf("join = %s %v, want stale", status, response)
			}
		})
	}
	if status, _ := mine.connect().join(); status != "ok" {
		t.Error("the entitled join was refused")
	}
}

// No changed token is accepted. The count is small here; the tokens' own test
// has a million.
func TestMutatedTokenIsRefused(t *testing.T) {
	s, _ := guardedSite(t)
	p := s.visitor().get("/open")
	c := p.connect()
	const mutations = 200
	for range mutations {
		b := []byte(p.session)
		i := rand.IntN(len(b) - 1) // the last character of base64 has spare bits
		old := b[i]
		for b[i] == old {
			b[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[rand.IntN(64)]
		}
		if status, response := c.joinAs(map[string]any{"url": p.url, "session": string(b)}); status != "error" || response["reason"] != "stale" {
			t.Fatalf("join with a token changed at %d = %s %v", i, status, response)
		}
	}
	figure(t, "0 of %d joins with a changed token accepted", mutations)
}

func TestSecondJoinEndsTheFirst(t *testing.T) {
	var live, most atomic.Int32
	v := counterView()
	v.onMount = func(_ *gin.Context, s *liveview.Socket[counter]) error {
		if s.Connected() {
			if n := live.Add(1); n > most.Load() {
				most.Store(n)
			}
		}
		return nil
	}
	v.onShutdown = func(*liveview.Socket[counter]) { live.Add(-1) }
	s := newSite(t, unlimited, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	p := s.visitor().get("/")
	c := p.connect()
	const joins = 1000
	defer func() { figure(t, "%d joins at once: %d view at a time", joins, most.Load()) }()
	for i := range joins {
		c.write(fmt.Sprintf(`["%d","%d","lv:%s","phx_join",{"url":%q,"session":%q,"params":{}}]`, i, i, p.id, p.url, p.session))
	}
	closed := make(map[string]bool)
	for answered := false; !answered || len(closed) < joins-1; {
		f := c.next()
		switch {
		case f.event == "phx_close" && !closed[f.joinRef]:
			closed[f.joinRef] = true
		case f.event == "phx_reply" && f.payload["status"] == "ok":
			answered = answered || f.joinRef == fmt.Sprint(joins-1)
		default:
			t.Fatalf("the server sent %s", f.raw)
		}
	}
	if closed[fmt.Sprint(joins-1)] {
		t.Error("the last view was closed")
	}
	if most.Load() != 1 {
		t.Errorf("%d views of one topic were alive at once, want 1", most.Load())
	}
}

// Sequences of frames and their documented replies.
func TestFramesOutOfPlace(t *testing.T) {
	s, _ := guardedSite(t)
	p := s.visitor().get("/open")
	topic := "lv:" + p.id
	join := fmt.Sprintf(`["1","1",%q,"phx_join",{"url":%q,"session":%q,"params":{}}]`, topic, p.url, p.session)
	event := func(joinRef, ref string) string {
		return fmt.Sprintf(`[%s,%q,%q,"event",{"type":"click","event":"inc","value":{}}]`, joinRef, ref, topic)
	}
	const heartbeat = `[null,"99","phoenix","heartbeat",{}]`
	const unmatched = `"phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}]`
	leave := func(ref string) string { return fmt.Sprintf(`["1",%q,%q,"phx_leave",{}]`, ref, topic) }
	const okReply = `"phx_reply",{"status":"ok","response":{}}]`
	sequences := 0
	defer func() { t.Logf("%d sequences", sequences) }()
	// "<" lines are what the frame that comes then ends in; the heartbeat
	// after each script shows that nothing else came.
	for name, script := range map[string][]string{
		"heartbeat":                  nil,
		"event before join":          {event(`"1"`, "2"), "<" + unmatched},
		"event after leave":          {join, "<joined", leave("2"), `<"phx_close",{}]`, "<" + okReply, event(`"1"`, "3"), "<" + unmatched},
		"leave twice":                {join, "<joined", leave("2"), `<"phx_close",{}]`, "<" + okReply, leave("3"), `<["1","3","` + topic + `",` + okReply},
		"leave of the unloaded page": {`[null,"9","lv:","phx_leave",{}]`, `<[null,"9","lv:",` + okReply},
		"stale join_ref":             {join, "<joined", event(`"0"`, "2"), event(`"7"`, "3")},
		"null join_ref":              {join, "<joined", event(`null`, "2")},
		"unknown topic":              {`["1","2","room:1","event",{}]`, "<" + unmatched},
		"join of an unknown topic":   {`["1","1","room:1","phx_join",{}]`, "<" + unmatched},
		"join of an upload":          {`["1","1","lvu:0","phx_join",{"token":"x"}]`, `<{"reason":"invalid_token"}}]`},
		"join with a wrong payload":  {fmt.Sprintf(`["1","1",%q,"phx_join",[]]`, topic), `<{"reason":"join crashed"}}]`},
		"phoenix, not a heartbeat":   {`[null,"2","phoenix","other",{}]`},
		"frame with an empty topic":  {`["1","2","","event",{}]`, "<" + unmatched},
		"topic of 255 bytes":         {`["1","2","` + strings.Repeat("t", 255) + `","event",{}]`, "<" + unmatched},
		"topic of 256 bytes":         {`["1","2","` + strings.Repeat("t", 256) + `","event",{}]`},
		"patch before join":          {fmt.Sprintf(`["1","2",%q,"live_patch",{"url":%q}]`, topic, p.url), "<" + unmatched},
		"upload before join":         {fmt.Sprintf(`["1","2",%q,"allow_upload",{}]`, topic), "<" + unmatched},
		"leave before join":          {leave("2"), `<["1","2","` + topic + `",` + okReply},
		"leave with another ref":     {join, "<joined", fmt.Sprintf(`["0","2",%q,"phx_leave",{}]`, topic), `<["0","2","` + topic + `",` + okReply, event(`"1"`, "3"), `<{"diff":{"0":"1"}}}]`},
		"leave without a ref":        {join, "<joined", fmt.Sprintf(`["1",null,%q,"phx_leave",{}]`, topic), `<"phx_close",{}]`, `<["1",null,"` + topic + `",` + okReply},
		"event without a ref":        {join, "<joined", fmt.Sprintf(`["1",null,%q,"event",{"type":"click","event":"inc","value":{}}]`, topic), `<"diff",{"0":"1"}]`},
		"event twice":                {join, "<joined", event(`"1"`, "2"), `<{"diff":{"0":"1"}}}]`, event(`"1"`, "2"), `<{"diff":{"0":"2"}}}]`},
		"event after the refs go on": {join, "<joined", event(`"1"`, "9999999"), `<{"diff":{"0":"1"}}}]`},
		"join twice":                 {join, "<joined", join, `<"phx_close",{}]`, "<joined", event(`"1"`, "2"), `<{"diff":{"0":"1"}}}]`},
		"join and leave at once":     {join, leave("2"), "<joined", `<"phx_close",{}]`, "<" + okReply},
		"join after leave":           {join, "<joined", leave("2"), `<"phx_close",{}]`, "<" + okReply, join, "<joined"},
		"join without a session":     {fmt.Sprintf(`["1","1",%q,"phx_join",{"url":%q}]`, topic, p.url), `<{"reason":"stale"}}]`},
		"join of another view's id":  {fmt.Sprintf(`["1","1","lv:phx-other","phx_join",{"url":%q,"session":%q}]`, p.url, p.session), `<{"reason":"stale"}}]`},
		"join of a child":            {fmt.Sprintf(`["1","1",%q,"phx_join",{"session":%q,"params":{}}]`, topic, p.session), `<{"reason":"unauthorized"}}]`},
		"join of a sticky view":      {fmt.Sprintf(`["1","1",%q,"phx_join",{"session":%q,"sticky":true}]`, topic, p.session), `<{"reason":"unauthorized"}}]`},
		"children's views destroyed": {join, "<joined", fmt.Sprintf(`["1","2",%q,"cids_will_destroy",{"cids":[1]}]`, topic), "<" + okReply, fmt.Sprintf(`["1","3",%q,"cids_destroyed",{"cids":[1]}]`, topic), `<{"cids":[]}}]`},
		"an event of the server's":   {`["1","2","room:1","phx_close",{}]`, "<" + unmatched},
		"an event nobody knows":      {join, "<joined", fmt.Sprintf(`["1","2",%q,"phx_reply",{}]`, topic), `<"phx_error",{"reason":"channel_crash"}]`},
		"bad frames are passed over": {`x`, `[]`, `{"a":1}`, `[1,2,3,4,5]`, `["1","2","t","e"]`},
	} {
		sequences++
		t.Run(name, func(t *testing.T) {
			c := p.connect()
			for _, line := range append(script, heartbeat, `<[null,"99","phoenix",`+okReply) {
				want, expected := strings.CutPrefix(line, "<")
				if !expected {
					c.write(line)
					continue
				}
				f := c.next()
				if strings.Contains(f.raw, `"rendered"`) {
					f.raw = "joined"
				}
				f.raw = refusalDetail.ReplaceAllString(f.raw, "")
				if !strings.HasSuffix(f.raw, want) {
					t.Fatalf("then came %s, want …%s", f.raw, want)
				}
			}
		})
	}
}

func TestLimitsOfASocket(t *testing.T) {
	s, _ := guardedSite(t)
	p := s.visitor().get("/open")
	t.Run("channels", func(t *testing.T) {
		c := p.connect()
		goroutines := runtime.NumGoroutine()
		pages := make([]*page, 100+1)
		for i := range pages {
			pages[i] = p.visitor.get("/open")
			c.write(fmt.Sprintf(`["1","%d","lv:%s","phx_join",{"url":%q,"session":%q,"params":{}}]`, i, pages[i].id, p.url, pages[i].session))
		}
		joined, refused := 0, 0
		for range pages {
			switch f := c.next(); {
			case strings.Contains(f.raw, `"status":"ok"`):
				joined++
			case strings.Contains(f.raw, "too many channels joined"):
				refused++
			}
		}
		if joined != 100 || refused != 1 {
			t.Errorf("%d joined, %d refused, want %d and 1", joined, refused, 100)
		}
		more := runtime.NumGoroutine() - goroutines
		if more > 100 {
			t.Errorf("they took %d goroutines", more)
		}
		figure(t, "%d joined, %d refused, by %d goroutines more", joined, refused, max(0, more))
	})
	t.Run("message size", func(t *testing.T) {
		c := p.connect()
		go func() { // the server hangs up in the middle of it
			_ = c.conn.WriteMessage(websocket.TextMessage, []byte(`[null,"1","phoenix","`+strings.Repeat("x", 17<<20)+`",{}]`))
		}()
		if code := c.end(); code != websocket.CloseMessageTooBig {
			t.Errorf("closed with %d, want 1009", code)
		}
	})
	t.Run("bad frames", func(t *testing.T) {
		c := p.connect()
		for range 10 {
			c.write("not JSON")
		}
		if code := c.end(); code != websocket.CloseUnsupportedData {
			t.Errorf("closed with %d, want 1003", code)
		}
	})
	t.Run("nesting", func(t *testing.T) {
		c := p.connect()
		c.write(`["1","1","lv:x","event",` + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + `]`)
		if f := c.next(); f.ref != "1" || f.payload["status"] != "error" {
			t.Errorf("the server answered %s", f.raw)
		}
		c.write(`[null,"2","phoenix","heartbeat",{}]`)
		if f := c.next(); f.ref != "2" {
			t.Errorf("the server answered %s", f.raw)
		}
	})
}

// A socket that does nothing is closed, and one that beats is not.
func TestIdleSocketIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := guardedSite(t)
		p := s.visitor().get("/open")

		start := time.Now()
		p.connect().end()
		unjoined := time.Since(start)
		if unjoined != 15*time.Second {
			t.Errorf("a socket without a join was closed after %s, want %s", unjoined, 15*time.Second)
		}
		c := p.connect()
		c.join()
		for range 10 {
			time.Sleep(time.Minute / 2)
			c.write(`[null,"2","phoenix","heartbeat",{}]`)
			if f := c.next(); f.topic != "phoenix" {
				t.Fatalf("the server sent %s", f.raw)
			}
		}
		start = time.Now()
		c.end()
		silent := time.Since(start)
		if silent > time.Minute || silent < time.Minute-2*time.Second {
			t.Errorf("a silent socket was closed after %s, want %s", silent, time.Minute)
		}
		figure(t, "closed after %s without a join, and after %s of silence", unjoined, silent)
	})
}

// refusalDetail is the text that a refusal has besides its reason.
var refusalDetail = regexp.MustCompile(`,"detail":"(?:[^"\\]|\\.)*"`)
