package liveview_test

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// Another user of the same browser isn't shown the answer to the form of the one before,
// nor given its cookies.
func TestRepeatsAreForOneUser(t *testing.T) {
	runs := 0
	p := newPlain(t, liveview.Config{Logger: slog.New(slog.DiscardHandler)}, func(r *gin.Engine) {
		r.Use(func(c *gin.Context) {
			if user, err := c.Cookie("user"); err == nil && user != "" {
				liveview.Identify(c, user)
			}
		})
		liveview.Handle(r, "/", liveview.ViewFuncs[repeatState]{
			Mount: func(c *gin.Context, s *liveview.Socket[repeatState]) error {
				user, _ := c.Cookie("user")
				if c.Request.Method == http.MethodPost {
					c.SetCookie("secret", "of "+user, 100, "/", "", false, true)
				}
				s.Assign(func(a *repeatState) { a.Log = "secrets of " + user })
				return nil
			},
			Template: liveview.MustParse[repeatState](`<form phx-submit="save"><input name="name"></form><p>{{.Log}}</p>`),
			Events:   liveview.Events[repeatState]{"save": func(s *liveview.Socket[repeatState], e liveview.Event) error { runs++; return nil }},
		})
	})
	u, _ := url.Parse(p.server.URL)
	p.client.Jar.SetCookies(u, []*http.Cookie{{Name: "user", Value: "ada", Path: "/"}})
	p.get("/")
	one, two := p.request("save", url.Values{"name": {"x"}}), p.request("save", url.Values{"name": {"x"}})
	p.do(one).shows("secrets of ada")
	p.client.Jar.SetCookies(u, []*http.Cookie{{Name: "user", Value: "bob", Path: "/"}})
	p.do(two)
	if strings.Contains(p.page, "secrets of ada") {
		t.Errorf("bob is shown %s; cookies %v", p.page, p.res.Header["Set-Cookie"])
	}
}
