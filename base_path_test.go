package liveview_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

type placed struct{ Page, URL string }

// A page below a base path, whoever takes that off: links, moves, actions and
// rechecks are as browsers know them, routes and requests as the router does.
func TestBasePath(t *testing.T) {
	template := liveview.MustParse[placed](`<h1>{{.Page}}</h1><p id="socket">{{.URL}}</p><p id="template">{{currentURL}}</p>
		<a id="link" {{patch "/shop/a b" "page" "2"}}>2</a><a id="out" {{patch "/other"}}>out</a>
		<button id="push" phx-click="push">3</button><button id="wrong" phx-click="wrong">wrong</button><button id="act" phx-click="act">act</button>`)
	for name, handler := range map[string]func(r *gin.Engine) (own http.Handler, config http.Handler){
		"http.StripPrefix": func(r *gin.Engine) (http.Handler, http.Handler) {
			mux := http.NewServeMux()
			mux.Handle("/shop/", http.StripPrefix("/shop", r))
			mux.HandleFunc("/other", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("another site")) })
			return mux, nil
		},
		"a proxy": func(r *gin.Engine) (http.Handler, http.Handler) {
			return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
				if rest, ok := strings.CutPrefix(q.RequestURI, "/shop"); ok { // as on another machine
					q.RequestURI = rest
					q.URL, _ = url.ParseRequestURI(rest)
					r.ServeHTTP(w, q)
					return
				}
				if strings.HasPrefix(q.RequestURI, "/other") {
					_, _ = w.Write([]byte("another site"))
					return
				}
				r.ServeHTTP(w, q) // a visit
			}), nil
		},
		"Config.Handler": func(r *gin.Engine) (http.Handler, http.Handler) {
			mux := http.NewServeMux()
			mux.Handle("/shop/", http.StripPrefix("/shop", r))
			mux.HandleFunc("/other", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("another site")) })
			return mux, r
		},
	} {
		t.Run(name, func(t *testing.T) {
			gin.SetMode(gin.TestMode)
			var log logBuffer
			r := gin.New()
			own, config := handler(r)
			r.Use(func(c *gin.Context) {
				if strings.HasPrefix(c.Request.URL.Path, "/shop") {
					t.Errorf("the router sees %s", c.Request.URL.Path)
				}
			})
			r.Use(liveview.Middleware(liveview.Config{BasePath: "/shop", Handler: config, Recheck: 1, Logger: textLogger(&log)}))
			var pushed error
			view := &testView[placed]{template: template}
			view.onParams = func(c *gin.Context, s *liveview.Socket[placed]) error {
				s.Assign(func(p *placed) { p.Page, p.URL = c.Request.URL.Path+" "+c.Query("page"), s.URL().String() })
				return nil
			}
			view.onEvent = func(s *liveview.Socket[placed], e liveview.Event) error {
				switch e.Name {
				case "push":
					return s.PushPatch("/shop/a%20b?page=3", nil)
				case "wrong":
					pushed = s.PushPatch("/a%20b?page=4", nil)
				case "act":
					return s.RedirectAction("/shop/act", "v", "/shop/a%20b?page=5")
				}
				return nil
			}
			liveview.Handle(r, "/a b", view)
			acted := ""
			liveview.HandleAction(r, "/act", func(c *gin.Context, value string) error { acted = value; return nil })

			v := liveviewtest.Open(t, own, "/shop/a%20b?page=1")
			shows := func(page, url string) {
				t.Helper()
				if got := v.Text("h1"); got != page {
					t.Errorf("the view is at %q, want %q", got, page)
				}
				if s, tmpl := v.Text("#socket"), v.Text("#template"); s != url || tmpl != url {
					t.Errorf("the URL is %q for the view and %q for the template, want %q", s, tmpl, url)
				}
			}
			shows("/a b 1", "/shop/a%20b?page=1")
			v.Click("#link")
			v.ExpectPatch("/shop/a%20b?page=2")
			shows("/a b 2", "/shop/a%20b?page=2")
			v.Click("#push")
			v.ExpectPatch("/shop/a%20b?page=3")
			shows("/a b 3", "/shop/a%20b?page=3")
			v.Click("#act")
			v.ExpectRedirect("/shop/a%20b?page=5")
			shows("/a b 5", "/shop/a%20b?page=5")
			if acted != "v" {
				t.Errorf("the action got %q", acted)
			}
			v.Click("#out")
			if got := v.HTML(); got != "another site" {
				t.Errorf("out of the base path there is %q", got)
			}
			v = liveviewtest.Open(t, own, "/shop/a%20b?page=1")
			v.Click("#wrong")
			v.ExpectCrash()
			if pushed != nil || !strings.Contains(log.String(), "isn't below Config.BasePath, which is /shop") {
				t.Errorf("a path without the base path: %v, %s", pushed, log.String())
			}
		})
	}
}

func TestBasePathThatCannotWork(t *testing.T) {
	for _, path := range []string{"shop", "/shop/", "/", "//evil.example", "/a b", "/a%20b", "/a?b", "/a#b", "/a/../b", "/a//b", "/ü", `/\evil`, "/\n"} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, "Config.BasePath") {
					t.Errorf("Middleware takes the BasePath %q: %s", path, got)
				}
			}()
			liveview.Middleware(liveview.Config{BasePath: path})
		}()
	}
}
