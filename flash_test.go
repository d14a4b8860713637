package liveview_test

import (
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// flashSite has a live page, a plain page that shows a flash and a plain
// handler that leaves one.
func flashSite(t *testing.T) *site {
	return newSite(t, liveview.Config{}, flashRoutes)
}

func flashRoutes(r *gin.Engine) {
	put := func(kind, text string) func(s *liveview.Socket[place]) error {
		return func(s *liveview.Socket[place]) error { s.PutFlash(kind, text); return nil }
	}
	liveview.Handle(r, "/items/:id", placeView(map[string]func(s *liveview.Socket[place]) error{
		"put":   put("info", "first"),
		"again": put("info", "second"),
		"error": put("error", "<b>bad</b>"),
		"clear": func(s *liveview.Socket[place]) error { s.ClearFlash("info"); return nil },
		"patch": func(s *liveview.Socket[place]) error {
			s.PutFlash("error", "patched")
			return s.PushPatch("/items/2", nil)
		},
		"leave": func(s *liveview.Socket[place]) error { return s.Redirect("/plain") },
		"put and leave": func(s *liveview.Socket[place]) error {
			s.PutFlash("info", "left")
			return s.Redirect("/plain")
		},
		"noop": func(*liveview.Socket[place]) error { return nil },
	}))
	r.GET("/plain", func(c *gin.Context) {
		f := liveview.Flash(c)
		c.String(http.StatusOK, "info=%s error=%s n=%d", textOf(f, "info"), textOf(f, "error"), len(f))
	})
	r.POST("/save", func(c *gin.Context) {
		if err := liveview.PutFlash(c, "info", "saved"); err != nil {
			_ = c.AbortWithError(http.StatusInternalServerError, err)
			return
		}
		c.Redirect(http.StatusSeeOther, "/items/1")
	})
}

// textOf is what the messages of a kind say.
func textOf(flash []liveview.FlashMessage, kind string) string {
	var texts []string
	for _, m := range flash {
		if m.Kind == kind {
			texts = append(texts, m.Text)
		}
	}
	return strings.Join(texts, " ")
}

// shown returns the flash that a page's diff, or its whole tree, brings: kinds
// and texts as the template writes them.
func shownIn(rendered map[string]any) (info string, there bool) {
	info, there = rendered["3"].(string)
	return info, there
}

func TestPutAndClearFlash(t *testing.T) {
	s := flashSite(t)
	c := s.open("/items/1")
	for _, step := range []struct {
		event, want string
		changed     bool
	}{
		{"put", "first", true}, {"noop", "", false}, {"again", "second", true}, {"error", "", false}, {"clear", "", true}, {"clear", "", false},
	} {
		diff := c.click(step.event, nil)
		if got, there := shownIn(diff); got != step.want || there != step.changed {
			t.Errorf("%s: diff = %v, want %q (changed: %v)", step.event, diff, step.want, step.changed)
		}
		if step.event == "error" && !strings.Contains(marshal(t, diff), `\u0026lt;b\u0026gt;bad`) {
			t.Errorf("the message is not escaped: %v", diff)
		}
	}
	c.click("put", nil)
	if diff := c.click("lv:clear-flash", map[string]any{"key": "error"}); strings.Contains(marshal(t, diff), "first") {
		t.Errorf("clearing the other kind: %v", diff)
	}
	if got, there := shownIn(c.click("lv:clear-flash", map[string]any{"key": "info"})); got != "" || !there {
		t.Error("lv:clear-flash with a key doesn't clear")
	}
	c.click("put", nil)
	if got, there := shownIn(c.click("lv:clear-flash", nil)); got != "" || !there {
		t.Error("lv:clear-flash doesn't clear")
	}
}

// A patch by the server keeps what its callback put, one by the user nothing.
func TestFlashOverPatches(t *testing.T) {
	v := flashSite(t).browse("/items/1")
	act(v, "put")
	act(v, "patch")
	v.ExpectPatch("/items/2")
	if v.Text("b") != "" || v.Text("p") != "patched" {
		t.Errorf("the page is %s, want the callback's message alone", v.HTML())
	}
	act(v, "put")
	if v.Click("Patch"); v.Text("h1") != "3" || v.Text("b") != "" || v.Has("p") {
		t.Errorf("the page is %s, want no flash", v.HTML())
	}
}

// A plain handler's message reaches the live page: on the HTTP render, and on
// the first join, which would take it off the page otherwise; then it is gone.
func TestFlashOfAPlainHandler(t *testing.T) {
	b := flashSite(t).browser()
	v := b.Open("/items/9")
	v.Click("Save")
	if body := bodyOf(v); v.URL().Path != "/items/1" || !strings.Contains(body, "<b>saved</b>") {
		t.Errorf("the page at %s is %s", v.URL(), body)
	}
	if !v.Live() || v.Text("b") != "saved" {
		t.Errorf("the join shows %s", v.HTML())
	}
	// It is there until it is cleared, whatever becomes of the connection.
	if v.Reconnect(); v.Text("b") != "saved" {
		t.Errorf("the second join shows %s", v.HTML())
	}
	v = b.Open("/items/1")
	if static := v.Find("[data-phx-static]").AttrOr("data-phx-static", ""); strings.Contains(bodyOf(v), "saved") || static != "" {
		t.Errorf("the message is shown on a second page, with static %q", static)
	}
}

// bodyOf is the HTTP response's.
func bodyOf(v *liveviewtest.View) string {
	body, _ := io.ReadAll(v.Response().Body) // it is in memory
	return string(body)
}

// A page's message can't be shown on another one.
func TestFlashIsBoundToItsPage(t *testing.T) {
	v := flashSite(t).visitor()
	v.post("/save", nil)
	p, other := v.get("/items/1"), v.get("/items/2")
	if p.static == "" {
		t.Fatal("the page has no flash")
	}
	_, response := other.connect().joinAs(map[string]any{"url": other.url, "session": other.session, "static": p.static})
	rendered, _ := response["rendered"].(map[string]any)
	if info, there := shownIn(rendered); info != "" || !there {
		t.Errorf("another page's static shows %v", rendered)
	}
}

// Only what the callback itself put leaves with the page.
func TestFlashOverPageLoads(t *testing.T) {
	v := flashSite(t).browse("/items/1")
	act(v, "put")
	act(v, "leave")
	v.ExpectRedirect("/plain")
	if body := bodyOf(v); body != "info= error= n=0" {
		t.Errorf("the plain page shows %q: it was put by an earlier callback", body)
	}
	v.Back()
	act(v, "put and leave")
	v.ExpectRedirect("/plain")
	if body := bodyOf(v); body != "info=left error= n=1" {
		t.Errorf("the plain page shows %q", body)
	}
	if v.Reload(); bodyOf(v) != "info= error= n=0" {
		t.Errorf("the plain page shows %q the second time", bodyOf(v))
	}
}

// Another browser's token, a forged one, and the CSRF token are nothing.
func TestFlashTokenIsOfItsBrowser(t *testing.T) {
	s := flashSite(t)
	v := s.visitor()
	_, response := v.open("/items/1").moves("put and leave")
	token := response["redirect"].(map[string]any)["flash"].(string)
	if strings.ContainsAny(token, "; ,\"\\\r\n\t") || len(token) > 4000 {
		t.Errorf("the token can't be a cookie as it is: %q", token)
	}
	other := s.visitor()
	p := other.get("/items/1")
	for _, bad := range []string{token, token[:len(token)-2], "x", p.csrf, p.session} {
		other.setCookie("__phoenix_flash__", bad)
		if p := other.get("/plain"); p.body != "info= error= n=0" {
			t.Errorf("token %q shows %q", bad, p.body)
		}
	}
	v.setCookie("__phoenix_flash__", token)
	if p := v.get("/plain"); p.body != "info=left error= n=1" {
		t.Errorf("in its own browser it shows %q", p.body)
	}
}

// severalRoutes has a page that lists its flash, one that puts two messages of a kind in
// one callback, and plain handlers that leave and show them.
func severalRoutes(r *gin.Engine) {
	put := func(s *liveview.Socket[place]) {
		s.PutFlash("info", "one")
		s.PutFlash("error", "two")
		s.PutFlash("info", "three")
	}
	list := liveview.MustParseSource[place](liveview.Source{
		Text: `<ul>{{range flashes}}<li>{{.Kind}} {{.Text}}</li>{{end}}</ul><b>{{flash "info"}}</b>` +
			`<button phx-click="lv:clear-flash" phx-value-key="info">clear info</button><button phx-click="lv:clear-flash">clear all</button>` +
			`{{range $act := acts}}<button phx-click="{{$act}}">{{$act}}</button>{{end}}`,
		Funcs: template.FuncMap{"acts": func() []string {
			return []string{"put", "again", "patch", "navigate", "redirect", "clear one", "clear every", "same"}
		}},
	})
	v := placeView(map[string]func(s *liveview.Socket[place]) error{
		"put":         func(s *liveview.Socket[place]) error { put(s); return nil },
		"again":       func(s *liveview.Socket[place]) error { s.PutFlash("info", "four"); return nil },
		"same":        func(s *liveview.Socket[place]) error { s.PutFlash("info", "x"); s.PutFlash("info", "x"); return nil },
		"patch":       func(s *liveview.Socket[place]) error { put(s); return s.PushPatch("/list/2", nil) },
		"navigate":    func(s *liveview.Socket[place]) error { put(s); return s.PushRedirect("/list/3", nil) },
		"redirect":    func(s *liveview.Socket[place]) error { put(s); return s.Redirect("/shown") },
		"clear one":   func(s *liveview.Socket[place]) error { s.ClearFlash("info"); return nil },
		"clear every": func(s *liveview.Socket[place]) error { s.ClearFlashes(); return nil },
	})
	v.template = list
	v.onMount = func(c *gin.Context, s *liveview.Socket[place]) error {
		switch c.Query("mount") {
		case "put":
			s.PutFlash("info", "mounted")
		case "move":
			s.PutFlash("info", "moved")
			return s.Redirect("/list/4")
		}
		return nil
	}
	liveview.Handle(r, "/list/:id", v)
	r.GET("/shown", func(c *gin.Context) {
		for _, m := range liveview.Flash(c) {
			c.String(http.StatusOK, "%s %s;", m.Kind, m.Text)
		}
	})
	r.GET("/leave", func(c *gin.Context) {
		for _, text := range []string{"a", "b", "a"} {
			if err := liveview.PutFlash(c, "info", text); err != nil {
				_ = c.AbortWithError(http.StatusInternalServerError, err)
			}
		}
		c.Redirect(http.StatusFound, c.Query("to"))
	})
}

// All that one callback puts is shown, in order and several of a kind too, whichever
// way it goes to the page; the next callback's of a kind take their place.
func TestSeveralMessagesOfAKind(t *testing.T) {
	const three = "info one error two info three"
	s := newSite(t, liveview.Config{}, severalRoutes)
	v := s.browse("/list/1")
	for _, step := range []struct{ act, want, info string }{
		{"put", three, "one three"},
		{"again", "error two info four", "four"},
		{"same", "error two info x", "x"},
		{"clear info", "error two", ""},
		{"put", "info one error two info three", "one three"},
		{"clear one", "error two", ""},
		{"put", three, "one three"},
		{"clear all", "", ""},
		{"put", three, "one three"},
		{"clear every", "", ""},
		{"again", "info four", "four"},
		{"patch", three, "one three"},
		{"navigate", three, "one three"},
	} {
		v.Click(step.act)
		if got, info := v.Text("ul"), v.Text("b"); got != step.want || info != step.info {
			t.Errorf("after %q the page shows %q, and of info %q, want %q and %q", step.act, got, info, step.want, step.info)
		}
		_ = v.Moves()
	}
	v.Click("redirect")
	if v.ExpectRedirect("/shown"); bodyOf(v) != "info one;error two;info three;" {
		t.Errorf("the plain page shows %q", bodyOf(v))
	}
}

// Messages that come to a page stay when it puts more, on both of its renders, and go
// on with it when it moves on before it has shown them.
func TestFlashIsAddedToWhatComes(t *testing.T) {
	s := newSite(t, liveview.Config{}, severalRoutes)
	for to, want := range map[string]string{
		"/list/1":            "info a info b",
		"/list/1?mount=put":  "info a info b info mounted",
		"/list/1?mount=move": "info a info b info moved",
	} {
		v := s.browser().Visit("/leave?to=" + url.QueryEscape(to))
		if !v.Live() || v.Text("ul") != want {
			t.Errorf("by way of %s the page at %s shows %q, want %q", to, v.URL(), v.Text("ul"), want)
		}
		if body := bodyOf(v); strings.Count(body, "<li>") != strings.Count(want, "info") {
			t.Errorf("by way of %s the HTTP render shows %s", to, body)
		}
		if v.Reload(); v.Has("li", "info a") {
			t.Errorf("by way of %s the page shows %q a second time", to, v.Text("ul"))
		}
	}
	if got := s.visitor().get("/shown").body; got != "" {
		t.Errorf("another visitor is shown %q", got)
	}
}

// What nobody looks at doesn't grow for ever, and the latest is kept.
func TestFlashThatNobodyShows(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		severalRoutes(r)
		r.GET("/put/:text", func(c *gin.Context) {
			if err := liveview.PutFlash(c, "info", c.Param("text")+strings.Repeat("x", 300)); err != nil {
				t.Error(err)
			}
		})
	})
	v := s.visitor()
	for i := range 20 {
		v.get(fmt.Sprintf("/put/text%d-", i))
	}
	got := v.get("/shown").body
	if !strings.Contains(got, "text19-") || strings.Contains(got, "text0-") || len(got) > 2<<10 {
		t.Errorf("%d bytes are shown: %s", len(got), got)
	}
	if !strings.Contains(s.log.String(), "the oldest was dropped") {
		t.Errorf("the log says %s", s.log)
	}
}

func TestFlashTokenIsShortLived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := flashSite(t)
		v := s.visitor()
		c := v.open("/items/1")
		_, response := c.moves("put and leave")
		token := response["redirect"].(map[string]any)["flash"].(string)
		time.Sleep(59 * time.Second)
		v.setCookie("__phoenix_flash__", token)
		if p := v.get("/plain"); p.body != "info=left error= n=1" {
			t.Errorf("after 59 s the page shows %q", p.body)
		}
		time.Sleep(3 * time.Second)
		v.setCookie("__phoenix_flash__", token)
		if p := v.get("/plain"); p.body != "info= error= n=0" {
			t.Errorf("after 62 s the page shows %q", p.body)
		}
	})
}

// A page that could not be shown hasn't shown the flash.
func TestFlashSurvivesAFailedPage(t *testing.T) {
	broken := true
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		flashRoutes(r)
		v := placeView(nil)
		v.onRender = func(place) {
			if broken {
				panic("broken")
			}
		}
		liveview.Handle(r, "/broken", v)
	})
	v := s.visitor()
	v.post("/save", nil)
	if p := v.get("/broken"); p.status != 500 {
		t.Fatalf("status = %d", p.status)
	}
	broken = false
	if p := v.get("/broken"); !strings.Contains(p.content, "saved") {
		t.Errorf("the page is %q", p.content)
	}
}

// Middleware that refuses a join or a navigation may say why.
func TestFlashOfMiddleware(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		flashRoutes(r)
		guarded := r.Group("/guarded", func(c *gin.Context) {
			if _, err := c.Cookie("in"); err != nil {
				_ = liveview.PutFlash(c, "error", "log in first")
				c.Redirect(http.StatusFound, "/plain")
				c.Abort()
				return
			}
			_ = liveview.PutFlash(c, "info", "hello")
		})
		liveview.Handle(guarded, "/page", placeView(nil))
		r.GET("/in", func(c *gin.Context) { c.SetCookie("in", "yes", 60, "/", "", false, true) })
	})
	b := s.browser()
	v := b.Visit("/guarded/page")
	if v.ExpectRedirect("/plain"); bodyOf(v) != "info= error=log in first n=1" {
		t.Errorf("after the HTTP visit: %q", bodyOf(v))
	}
	v = b.Open("/items/1")
	v.Follow("Navigate")
	if v.ExpectRedirect("/plain"); bodyOf(v) != "info= error=log in first n=1" {
		t.Errorf("after the navigation: %q", bodyOf(v))
	}
	b.Get("/in")
	v = b.Open("/items/1")
	v.Follow("Navigate")
	if v.ExpectNavigation("/guarded/page"); !v.Live() || v.Text("b") != "hello" {
		t.Errorf("the page shows %s", v.HTML())
	}
}

// Without sessions there are live pages, and no flash by HTTP: the error names
// the remedy.
func TestFlashWithoutSessions(t *testing.T) {
	gin.SetMode(gin.TestMode)
	var err error
	r := gin.New()
	r.Use(liveview.Middleware())
	r.GET("/put", func(c *gin.Context) { err = liveview.PutFlash(c, "info", "x") })
	flashRoutes(r)
	r.ServeHTTP(httptest.NewRecorder(), newRequest(t, "/put"))
	if err == nil || !strings.Contains(err.Error(), "sessions.Sessions(") {
		t.Errorf("PutFlash = %v", err)
	}
	w := httptest.NewRecorder()
	if r.ServeHTTP(w, newRequest(t, "/items/1")); w.Code != http.StatusOK {
		t.Errorf("a live page without sessions: %d", w.Code)
	}
}

// A flash that no cookie could hold is dropped, and the operator told.
func TestFlashThatIsTooLong(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		flashRoutes(r)
		liveview.Handle(r, "/", placeView(map[string]func(s *liveview.Socket[place]) error{
			"go": func(s *liveview.Socket[place]) error {
				s.PutFlash("info", strings.Repeat("x", 3000))
				return s.Redirect("/plain")
			},
		}))
	})
	v := s.browse("/")
	act(v, "go")
	if v.ExpectRedirect("/plain"); bodyOf(v) != "info= error= n=0" {
		t.Errorf("the plain page shows %q", bodyOf(v))
	}
	if !strings.Contains(s.log.String(), "too long") {
		t.Errorf("the log says %s", s.log)
	}
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A flash that the session's store doesn't take is an error, and spoils nothing else
// that is kept in the session, nor the way to another page.
func TestFlashThatTheStoreRefuses(t *testing.T) {
	long := strings.Repeat("x", 5000)
	mover := counterView()
	mover.onMount = func(_ *gin.Context, s *liveview.Socket[counter]) error {
		s.PutFlash("info", long)
		return s.Redirect("/who")
	}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		r.GET("/login", func(c *gin.Context) {
			if err := liveview.PutFlash(c, "info", long); err == nil {
				t.Error("a flash of 5,000 bytes is taken")
			}
			session := sessions.Default(c)
			session.Set("user", "ann")
			if err := session.Save(); err != nil {
				t.Errorf("the log-in after it: %v", err)
			}
		})
		r.GET("/who", func(c *gin.Context) { c.String(http.StatusOK, "%v", sessions.Default(c).Get("user")) })
		liveview.Handle(r, "/mover", mover)
	})
	v := s.visitor()
	v.get("/login")
	if p := v.get("/who"); p.body != "ann" {
		t.Errorf("logged in is %s, want ann", p.body)
	}
	if p := v.get("/mover"); p.status != http.StatusFound || p.header.Get("Location") != "/who" {
		t.Errorf("a move with a flash that is too long: status %d to %q", p.status, p.header.Get("Location"))
	}
	if p := v.get("/who"); p.body != "ann" {
		t.Errorf("after the move logged in is %s, want ann", p.body)
	}
}

// A join that is sent elsewhere takes along what was brought to its page, and not what
// the page has put itself and shown.
func TestFlashOfARefusedJoin(t *testing.T) {
	var loggedOut atomic.Bool
	v := counterView()
	v.onMount = func(_ *gin.Context, s *liveview.Socket[counter]) error { s.PutFlash("info", "shown"); return nil }
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		r.GET("/bring", func(c *gin.Context) {
			if err := liveview.PutFlash(c, "info", "brought"); err != nil {
				t.Error(err)
			}
		})
		liveview.Handle(r.Group("", func(c *gin.Context) {
			if loggedOut.Load() {
				c.Redirect(http.StatusFound, "/login")
				c.Abort()
			}
		}), "/", v)
		r.GET("/login", func(c *gin.Context) { c.String(http.StatusOK, "%v", liveview.Flash(c)) })
	})
	visitor := s.visitor()
	visitor.get("/bring")
	p := visitor.get("/")
	loggedOut.Store(true)
	status, response := p.connect().join()
	redirect, _ := response["redirect"].(map[string]any)
	flash, _ := redirect["flash"].(string)
	if status != "error" || redirect["to"] != "/login" || flash == "" {
		t.Fatalf("the join is answered with %s %v", status, response)
	}
	visitor.setCookie("__phoenix_flash__", flash)
	if got := visitor.get("/login").body; !strings.Contains(got, "brought") || strings.Contains(got, "shown") {
		t.Errorf("the page that it leads to shows %s", got)
	}
}
