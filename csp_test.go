package liveview_test

import (
	"strings"
	"testing"

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
