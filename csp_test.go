package liveview_test

import (
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// Style attributes that a page's Content-Security-Policy forbids are told of, once, as the
// browser shows the page without them and the server never hears of it.
func TestStylesThatThePolicyForbids(t *testing.T) {
	for policy, told := range map[string]bool{
		"":                   false,
		"default-src 'self'": true,
		"default-src 'self'; style-src 'self' 'unsafe-inline'": false,
		"style-src-attr 'unsafe-inline'; style-src 'self'":     false,
		"script-src 'self'": false,
		"default-src 'unsafe-inline'; style-src-attr 'none'":                 true,
		"Default-Src 'self'; STYLE-SRC 'self' 'unsafe-hashes' 'sha256-abc='": false,
	} {
		for text, styled := range map[string]bool{`<p style="display:none">x</p>`: true, `<p hidden>x</p>`: false} {
			view := liveview.ViewFuncs[string]{Template: liveview.MustParse[string](text)}
			s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
				liveview.Handle(r.Group("", func(c *gin.Context) {
					if policy != "" {
						c.Header("Content-Security-Policy", policy)
					}
				}), "/", view)
			})
			s.visitor().get("/")
			s.visitor().get("/")
			const line = "in place of display:none"
			want := 0
			if told && styled {
				want = 1
			}
			if got := strings.Count(s.log.String(), line); got != want {
				t.Errorf("with the policy %q, of %s the log tells %d times, want %d: %s", policy, text, got, want, s.log)
			}
		}
	}
}

// A policy of ScriptSources lets all scripts of a page pass, wherever they come from.
func TestScriptSources(t *testing.T) {
	packages := fstest.MapFS{
		"phoenix/priv/static/phoenix.min.js":                     {},
		"phoenix_live_view/priv/static/phoenix_live_view.min.js": {},
	}
	for name, config := range map[string]liveview.Config{"CDN": {}, "own": {Client: packages}} {
		lv := liveview.New(config)
		r := gin.New()
		r.Use(lv.Middleware())
		liveview.Handle(r, "/", counterView())
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		scripts := regexp.MustCompile(`<script[^>]* src="([^"]+)"`).FindAllStringSubmatch(w.Body.String(), -1)
		if len(scripts) != 3 {
			t.Fatalf("%s: %d scripts in %s", name, len(scripts), w.Body)
		}
		for _, script := range scripts {
			allowed := strings.HasPrefix(script[1], "/") // 'self'
			for _, source := range strings.Fields(lv.ScriptSources()) {
				allowed = allowed || strings.HasPrefix(script[1], source)
			}
			if !allowed {
				t.Errorf("%s: %s isn't among %s", name, script[1], lv.ScriptSources())
			}
		}
		if sources := lv.ScriptSources(); name == "own" && sources != "'self'" {
			t.Errorf("with a client of its own the page's sources are %s", sources)
		}
	}
}
