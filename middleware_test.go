package liveview_test

import (
	"context"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// noHijack is a writer as handlers around the engine have it that only log.
type noHijack struct{ w http.ResponseWriter }

func (n noHijack) Header() http.Header         { return n.w.Header() }
func (n noHijack) Write(b []byte) (int, error) { return n.w.Write(b) }
func (n noHijack) WriteHeader(status int)      { n.w.WriteHeader(status) }

type unwrapping struct{ noHijack }

func (u unwrapping) Unwrap() http.ResponseWriter { return u.w }

// ginWriter is one as Gin's middleware has it.
type ginWriter struct{ gin.ResponseWriter }

func TestSocketThroughWritersOfOthers(t *testing.T) {
	for name, test := range map[string]struct {
		wrap   func(w http.ResponseWriter) http.ResponseWriter
		inside bool   // a middleware's writer is around Gin's
		want   string // in the log; "" if the socket opens
	}{
		"only Unwrap":                    {func(w http.ResponseWriter) http.ResponseWriter { return unwrapping{noHijack{w}} }, false, ""},
		"only Unwrap, and a Gin writer":  {func(w http.ResponseWriter) http.ResponseWriter { return unwrapping{noHijack{w}} }, true, ""},
		"neither":                        {func(w http.ResponseWriter) http.ResponseWriter { return noHijack{w} }, false, "liveview_test.noHijack has neither Hijack nor Unwrap"},
		"neither, and a Gin writer":      {func(w http.ResponseWriter) http.ResponseWriter { return noHijack{w} }, true, "liveview_test.noHijack has neither Hijack nor Unwrap"},
		"neither, below one with Unwrap": {func(w http.ResponseWriter) http.ResponseWriter { return unwrapping{noHijack{noHijack{w}}} }, false, "liveview_test.noHijack has neither"},
		"the server's own, and Gin's":    {func(w http.ResponseWriter) http.ResponseWriter { return w }, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", counterView()) })
				status := 0
				outer := gin.New()
				outer.Use(func(c *gin.Context) {
					if test.inside {
						c.Writer = &ginWriter{c.Writer}
					}
					c.Next()
					if c.Request.URL.Path == "/live/websocket" {
						status = c.Writer.Status()
					}
				})
				outer.Use(liveview.Middleware(liveview.Config{Logger: slog.New(slog.NewTextHandler(s.log, nil))}))
				liveview.Handle(outer, "/", counterView())
				s.server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { outer.ServeHTTP(test.wrap(w), r) })
				p := s.visitor().get("/")
				conn, res, err := p.dial(nil, nil)
				if test.want == "" {
					if err != nil {
						t.Fatalf("the socket isn't opened: %v\n%s", err, s.log)
					}
					c := p.clientOn(conn)
					if got, response := c.join(); got != "ok" {
						t.Errorf("join: %s %v", got, response)
					}
					synctest.Wait()
					if status != http.StatusSwitchingProtocols {
						t.Errorf("the socket's status is %d for middleware", status)
					}
					c.close()
				} else {
					if err == nil || res == nil || res.StatusCode != http.StatusInternalServerError || !strings.Contains(s.log.String(), test.want) {
						t.Errorf("dial: %v %v; the log: %s", err, res, s.log)
					}
					synctest.Wait()
					if status != http.StatusInternalServerError {
						t.Errorf("the socket's status is %d for middleware", status)
					}
				}
				// What was not opened isn't waited for.
				if err := s.app.Shutdown(context.Background(), s.server); err != nil {
					t.Errorf("Shutdown: %v", err)
				}
			})
		})
	}
}

func TestSocketOverHTTP2SaysSo(t *testing.T) {
	var log logBuffer
	r := gin.New()
	r.Use(liveview.Middleware(liveview.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}))
	req := httptest.NewRequest(http.MethodConnect, "https://example.com/live/websocket?vsn=2.0.0", nil)
	req.URL.Path = "/live/websocket"
	req.Proto, req.ProtoMajor, req.ProtoMinor = "HTTP/2.0", 2, 0
	req.Header.Set(":protocol", "websocket")
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	said := 0
	for _, text := range []string{w.Body.String(), log.String()} {
		if !strings.Contains(text, "came over HTTP/2") || strings.Contains(text, "proxy_set_header") {
			t.Errorf("it says %q", text)
			continue
		}
		said++
	}
	figure(t, "HTTP/2 alone: said in %d places, the answer and the log", said)
}

// A middleware that is in the way of joins is named, in the log and to the
// browser.
func TestRefusedJoinSaysWhy(t *testing.T) {
	visits := func(answer gin.HandlerFunc) gin.HandlerFunc {
		return func(c *gin.Context) {
			if liveview.IsVisit(c) {
				answer(c)
			}
		}
	}
	for name, test := range map[string]struct {
		guard  gin.HandlerFunc
		change map[string]any
		want   []string // in the log
		detail string   // for the browser
	}{
		"a status and a text": {visits(func(c *gin.Context) {
			c.Abort()
			c.String(http.StatusForbidden, "no beer\nbefore four, "+strings.Repeat("x", 10_000))
		}), nil, []string{"status=403", `answer="no beer before four, xx`, "route=/", "path=/"}, "status 403"},
		"a status alone": {visits(func(c *gin.Context) { c.AbortWithStatus(http.StatusTeapot) }), nil, []string{"status=418"}, "status 418"},
		"a replaced context": {
			visits(func(c *gin.Context) { c.Request = c.Request.WithContext(context.Background()) }), nil,
			[]string{"status=501", "must derive its own from c.Request.Context()"},
			"status 501",
		},
		"a replaced context, copied": {
			visits(func(c *gin.Context) { c.Request = c.Request.Clone(context.Background()) }), nil,
			[]string{"must derive its own from c.Request.Context()"},
			"status 501",
		},
		"a URL of another host": {nil, map[string]any{"url": "http://evil.example/"}, []string{"reason=unauthorized", "host that its socket was opened on"}, "host"},
		"another page's token":  {nil, map[string]any{"session": "forged"}, []string{"reason=stale", "another browser"}, "another browser"},
		"another user by now":   {visits(func(c *gin.Context) { liveview.Identify(c, "bob") }), nil, []string{"reason=stale", "the user isn't"}, "the user isn't"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
				if test.guard != nil {
					r.Use(test.guard)
				}
				liveview.Handle(r, "/", counterView())
			})
			c := s.visitor().get("/").connect()
			change := map[string]any{"url": c.page.url, "session": c.page.session}
			for k, v := range test.change {
				change[k] = v
			}
			c.joinAs(change)
			if !strings.Contains(c.detail, test.detail) {
				t.Errorf("the browser learns %q, want something with %q", c.detail, test.detail)
			}
			log := s.log.String()
			for _, want := range test.want {
				if !strings.Contains(log, want) {
					t.Errorf("the log lacks %q:\n%.2000s", want, log)
				}
			}
			if strings.Contains(log, c.page.csrf) || strings.Contains(log, c.page.session) || len(log) > 2000 {
				t.Errorf("the log says too much:\n%.4000s", log)
			}
		})
	}
}

// Without the browser's cookie, or without the token, the socket is nobody's.
func TestRefusedJoinWithoutCookieSaysWhy(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", counterView()) })
	p := s.visitor().get("/")
	conn, _, err := p.dial(http.Header{"Cookie": nil}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := p.clientOn(conn)
	if _, response := c.join(); response["reason"] != "stale" || !strings.Contains(c.detail, "does the browser keep the cookie") {
		t.Errorf("the browser learns %v %s", response, c.detail)
	}
	if log := s.log.String(); strings.Count(log, "join refused") != 1 {
		t.Errorf("the log: %s", log)
	}
}

// The socket's own request has lost the server that accepted it.
func TestContextReplacedAheadOfMiddlewareIsNamed(t *testing.T) {
	var log logBuffer
	r := gin.New()
	r.Use(func(c *gin.Context) { c.Request = c.Request.WithContext(context.Background()) })
	r.Use(liveview.Middleware(liveview.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}))
	liveview.Handle(r, "/", counterView())
	s := liveviewtest.NewSession(t, r, liveviewtest.Options{Warn: func(string) {}})
	v := s.Visit("/")
	v.ExpectCrash()
	if !strings.Contains(log.String(), "derive its own from c.Request.Context()") {
		t.Errorf("the log: %s", log.String())
	}
}

// One client can't fill the log.
func TestClientFaultsAreLoggedSparingly(t *testing.T) {
	s := newSite(t, liveview.Config{EventRate: -1}, func(r *gin.Engine) { liveview.Handle(r, "/", counterView()) })
	c := s.open("/")
	for range 1000 {
		c.click("lv:mine", nil)
	}
	for range 9 {
		c.write("not a frame")
	}
	c.click("inc", nil)
	if n := strings.Count(s.log.String(), "\n"); n < 1 || n > 30 {
		t.Errorf("%d lines are in the log, want a few", n)
	}
}

func TestVisitIsToldFromAPageLoad(t *testing.T) {
	var loads, visits int
	s := newSite(t, liveview.Config{Recheck: 1}, func(r *gin.Engine) {
		r.Use(func(c *gin.Context) {
			c.Next()
			if c.Request.Header.Get("X-Load") != "" && liveview.IsVisit(c) {
				t.Error("a browser can have its request taken for a visit")
			}
			if liveview.IsVisit(c) {
				visits++
			} else if c.FullPath() != "" {
				loads++
			}
		})
		liveview.Handle(r, "/", counterView())
	})
	v := s.browse("/")
	v.Click("button")
	if loads != 1 || visits != 2 { // the join, and the click's recheck
		t.Errorf("%d page loads and %d visits are counted, want 1 and 2", loads, visits)
	}
	req := newRequest(t, "http://"+siteHost+"/")
	req.Header.Set("X-Load", "1")
	req.Header.Set("Liveview-Visit", "1")
	res, err := s.visitor().client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("a page load with the header of visits: %s", res.Status)
	}
}

// Each mistake in setting up is named once, with what to do about it.
func TestMistakesInTheSetUpAreNamed(t *testing.T) {
	logger := func(b *logBuffer) liveview.Config {
		return liveview.Config{Logger: slog.New(slog.NewTextHandler(b, nil))}
	}
	templated := func(text string) func(r *gin.Engine, b *logBuffer) {
		return func(r *gin.Engine, b *logBuffer) {
			if text != "" {
				r.SetHTMLTemplate(template.Must(template.New("page").Parse(text)))
			}
			c := logger(b)
			c.Layout = liveview.TemplateLayout("page", nil)
			r.Use(liveview.Middleware(c))
			liveview.Handle(r, "/", counterView())
		}
	}
	for name, test := range map[string]struct {
		setUp  func(r *gin.Engine, b *logBuffer)
		status int
		want   string
	}{
		"Middleware on a group": {func(r *gin.Engine, b *logBuffer) {
			g := r.Group("/", liveview.Middleware(logger(b)))
			liveview.Handle(g, "/", counterView())
		}, 200, "use liveview.Middleware on the engine"},
		"scripts behind a log-in": {func(r *gin.Engine, b *logBuffer) {
			r.Use(func(c *gin.Context) {
				if c.Request.URL.Path != "/" {
					c.AbortWithStatus(http.StatusUnauthorized)
				}
			})
			r.Use(liveview.Middleware(logger(b)))
			liveview.Handle(r, "/", counterView())
		}, 200, "ahead of what refuses visitors"},
		"two Middleware": {func(r *gin.Engine, b *logBuffer) {
			r.Use(liveview.Middleware(logger(b)), liveview.Middleware(logger(b)))
			liveview.Handle(r, "/", counterView())
		}, 200, "two liveview.Middleware run before one route"},
		"no templates":               {templated(""), 500, "LoadHTMLGlob"},
		"an unknown field":           {templated(`<p>{{.CSRFMeta}}{{.Scripts}}{{.Nothing}}</p>`), 500, "Nothing"},
		"a layout without scripts":   {templated(`{{.CSRFMeta}}{{.LiveTitle}}{{.Content}}`), 200, "missing={{.Scripts}}"},
		"a layout without the token": {templated(`{{.LiveTitle}}{{.Scripts}}{{.Content}}`), 200, "missing={{.CSRFMeta}}"},
		"a layout without a title":   {templated(`{{.CSRFMeta}}{{.Scripts}}{{.Content}}`), 200, "missing={{.LiveTitle}}"},
		"a layout without anything":  {templated(`<p>later</p>`), 200, `missing="{{.Content}}, {{.CSRFMeta}}, {{.Scripts}}, {{.LiveTitle}}"`},
		"a cookie set in a visit": {func(r *gin.Engine, b *logBuffer) {
			r.Use(liveview.Middleware(logger(b)), func(c *gin.Context) { c.SetCookie("seen", "secret", 0, "/", "", false, true) })
			liveview.Handle(r, "/", counterView())
		}, 200, "cookie=seen"},
	} {
		t.Run(name, func(t *testing.T) {
			gin.SetMode(gin.ReleaseMode)
			defer gin.SetMode(gin.TestMode)
			var log logBuffer
			r := gin.New()
			test.setUp(r, &log)
			srv := httptest.NewServer(r)
			defer srv.Close()
			for range 3 {
				res, err := http.Get(srv.URL)
				if err != nil {
					t.Fatal(err)
				}
				body, _ := io.ReadAll(res.Body)
				_ = res.Body.Close()
				if res.StatusCode != test.status || test.status == 500 && strings.Contains(string(body), "<p>") {
					t.Errorf("answered with %s: %s", res.Status, body)
				}
			}
			if name == "a cookie set in a visit" {
				s := liveviewtest.NewSession(t, r)
				for range 3 {
					s.Open("/")
				}
			}
			text := log.String()
			if !strings.Contains(text, test.want) || strings.Contains(text, "secret") && !strings.Contains(text, "Config.Secret") {
				t.Errorf("the log lacks %q:\n%s", test.want, text)
			}
			if test.status == 200 && strings.Count(text, test.want) != 1 {
				t.Errorf("it is said %d times, want once", strings.Count(text, test.want))
			}
		})
	}
}

func TestMissingMiddlewareIsLoggedInReleaseMode(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	defer gin.SetMode(gin.TestMode)
	var log logBuffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)
	r := gin.New()
	r.Use(func(*gin.Context) {}) // which may have called Middleware's
	liveview.Handle(r, "/", counterView())
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != 500 || !strings.Contains(log.String(), "add r.Use(liveview.Middleware())") {
		t.Errorf("status %d, the log: %s", w.Code, log.String())
	}
}

// The status that was set before the view, or by it, goes out with the page, which
// joins.
func TestStatusBesideAView(t *testing.T) {
	gone := counterView()
	gone.onMount = func(c *gin.Context, s *liveview.Socket[counter]) error { c.Status(http.StatusNotFound); return nil }
	for name, test := range map[string]struct {
		routes func(r *gin.Engine)
		path   string
		status int
	}{
		"by a middleware": {func(r *gin.Engine) {
			r.Use(func(c *gin.Context) { c.Status(http.StatusAccepted) })
			liveview.Handle(r, "/", counterView())
		}, "/", http.StatusAccepted},
		"by Mount": {func(r *gin.Engine) { liveview.Handle(r, "/", gone) }, "/", http.StatusNotFound},
		"by NoRoute": {func(r *gin.Engine) {
			liveview.Handle(r, "/", counterView())
			r.NoRoute(func(c *gin.Context) { c.Request.URL.Path = "/"; r.HandleContext(c) })
		}, "/nowhere", http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, liveview.Config{}, test.routes)
			v := s.browse(test.path)
			if v.Response().StatusCode != test.status {
				t.Errorf("answered with %s, want %d", v.Response().Status, test.status)
			}
			v.Click("button")
			if got := v.Text("button"); got != "1" {
				t.Errorf("the page shows %s", got)
			}
		})
	}
}

// A redirect of middleware that asks for https, and a scheme as proxies say it of
// sockets.
func TestSchemeOfSocketsIsThePages(t *testing.T) {
	for _, header := range []http.Header{
		{"X-Forwarded-Proto": {"wss"}},
		{"X-Forwarded-Proto": {"WSS"}},
		{"X-Forwarded-Proto": {"https, http"}},
		{"X-Forwarded-Proto": {"wss"}, "Forwarded": {`for=192.0.2.1;proto=wss;host=example.com`}},
	} {
		t.Run(fmt.Sprint(header), func(t *testing.T) {
			var seen []string
			s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
				r.Use(func(c *gin.Context) {
					if liveview.IsVisit(c) {
						seen = append(seen, strings.Join(c.Request.Header["X-Forwarded-Proto"], "")+strings.Join(c.Request.Header["Forwarded"], ""))
					}
				})
				liveview.Handle(r, "/", counterView())
			})
			v := s.visitor()
			req := newRequest(t, "http://"+siteHost+"/")
			req.Header.Set("X-Forwarded-Proto", "https")
			res, err := v.client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(res.Body)
			_ = res.Body.Close()
			if !strings.Contains(res.Header.Get("Set-Cookie"), "__Host-liveview") {
				t.Fatalf("the cookies are %v", res.Header["Set-Cookie"])
			}
			p := &page{visitor: v, url: "https://" + siteHost + "/", body: string(body)}
			p.csrf = csrfMeta.FindStringSubmatch(p.body)[1]
			m := viewTag.FindStringSubmatch(p.body)
			p.id, p.session = m[1], m[2]
			h := header.Clone()
			h.Set("Origin", "https://"+siteHost)
			h.Set("Cookie", strings.Split(res.Header.Get("Set-Cookie"), ";")[0])
			conn, answer, err := p.dial(h, nil)
			if err != nil {
				t.Fatalf("%v %v\n%s", err, answer, s.log)
			}
			if status, response := p.clientOn(conn).join(); status != "ok" {
				t.Errorf("join: %v", response)
			}
			if all := strings.ToLower(strings.Join(seen, " ")); strings.Contains(all, "wss") || !strings.Contains(all, "https") {
				t.Errorf("middleware sees %q at the join", seen)
			}
		})
	}
}

func TestSeveralSessions(t *testing.T) {
	for _, test := range []struct {
		names []string
		want  string
	}{{[]string{"user", "flash"}, "Hello"}, {[]string{"user"}, `session of the name flash`}} {
		t.Run(strings.Join(test.names, " and "), func(t *testing.T) {
			store := cookie.NewStore([]byte("0123456789abcdef0123456789abcdef"))
			store.Options(sessions.Options{Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
			r := gin.New()
			r.Use(sessions.SessionsMany(test.names, store), liveview.Middleware())
			var failed error
			r.GET("/put", func(c *gin.Context) { failed = liveview.PutFlash(c, "info", "Hello"); c.Redirect(303, "/") })
			r.GET("/", func(c *gin.Context) { c.String(200, "%s %v", textOf(liveview.Flash(c), "info"), failed) })
			res := liveviewtest.NewSession(t, r).Get("/put")
			if body, _ := io.ReadAll(res.Body); !strings.Contains(string(body), test.want) {
				t.Errorf("with sessions %q: %s", test.names, body)
			}
		})
	}
}

func textLogger(b *logBuffer) *slog.Logger { return slog.New(slog.NewTextHandler(b, nil)) }

// The formatter that the docs have for access logs leaves out what signs.
func TestAccessLogOfTheDocsHasNoSecrets(t *testing.T) {
	page, err := os.ReadFile("docs/deployment.md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("secrets := regexp.MustCompile\\(`(.*)`\\)").FindSubmatch(page)
	if m == nil {
		t.Fatal("docs/deployment.md has no formatter")
	}
	secrets := regexp.MustCompile(string(m[1]))
	var log strings.Builder
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		r.Use(gin.LoggerWithConfig(gin.LoggerConfig{Output: &log, Formatter: func(p gin.LogFormatterParams) string {
			return secrets.ReplaceAllString(p.Path, "${1}…") + "\n"
		}}))
		r.GET("/live/x", func(c *gin.Context) {})
	})
	s.visitor().get("/live/x?vsn=2.0.0&_csrf_token=SECRET%3D%3D&a=1")
	s.visitor().get("/live/x?_action=SECRET")
	if want := "/live/x?vsn=2.0.0&_csrf_token=…&a=1\n/live/x?_action=…\n"; log.String() != want {
		t.Errorf("the access log is %q, want %q", log.String(), want)
	}
}

// A live page that nobody can reach, as Middleware answers its path, is told.
func TestHiddenPageIsTold(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r, "/live/start.js", counterView())
		liveview.Handle(r, "/live/other", counterView())
	})
	v := s.visitor()
	for range 2 {
		v.get("/live/start.js")
		if p := v.get("/live/other"); p.session == "" {
			t.Errorf("the other page: %d %s", p.status, p.body)
		}
	}
	if log := s.log.String(); strings.Count(log, "level=ERROR") != 1 || !strings.Contains(log, "route=/live/start.js") || !strings.Contains(log, "Config.Path") {
		t.Errorf("the log says:\n%s", log)
	}
}
