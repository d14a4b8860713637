package matrix

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// jwtStack lets nobody to the shop but who has logged in at /login, which gives a
// JSON web token in a cookie.
func jwtStack(t *testing.T, secure bool) stack {
	t.Helper()
	m, err := jwt.New(&jwt.GinJWTMiddleware{
		Realm: "shop", Key: []byte("a key of the application's"), Timeout: time.Hour, IdentityKey: "user",
		PayloadFunc:     func(data any) jwt.MapClaims { return jwt.MapClaims{"user": data} },
		IdentityHandler: func(c *gin.Context) any { return jwt.ExtractClaims(c)["user"] },
		Authenticator:   func(c *gin.Context) (any, error) { return c.PostForm("name"), nil },
		LoginResponse: func(c *gin.Context, _ int, _ string, _ time.Time) {
			if err := liveview.AppOf(c).Renew(c); err != nil {
				_ = c.Error(err)
			}
			c.Redirect(http.StatusSeeOther, "/")
		},
		Unauthorized: func(c *gin.Context, code int, message string) { c.String(code, message) },
		TokenLookup:  "cookie: jwt", TokenHeadName: "Bearer",
		SendCookie: true, CookieHTTPOnly: true, SecureCookie: secure, CookieSameSite: http.SameSiteLaxMode,
	})
	if err != nil {
		t.Fatal(err)
	}
	guard := m.MiddlewareFunc()
	return stack{
		last: []gin.HandlerFunc{func(c *gin.Context) {
			if c.Request.URL.Path == "/login" {
				if c.Request.Method == http.MethodGet {
					c.Data(http.StatusOK, "text/html", []byte(`<form method="post"><input name="name"><button>log in</button></form>`))
					c.Abort()
					return
				}
				m.LoginHandler(c)
				c.Abort()
				return
			}
			guard(c)
			if user, ok := c.Get("user"); ok && !c.IsAborted() {
				liveview.Identify(c, user.(string))
			}
		}},
	}
}

func TestJWTInACookie(t *testing.T) {
	t.Parallel()
	s := jwtStack(t, false)
	o := s.open(t)
	if res := liveviewtest.NewSession(t, o.handler).Get("/"); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a token: %s", res.Status)
	}
	s.open(t).tour(func(s *liveviewtest.Session) {
		if res := s.PostForm("/login", url.Values{"name": {"ann"}}); res.StatusCode != http.StatusOK {
			t.Fatalf("the log-in: %s", res.Status)
		}
	})
}
