package account_test

import (
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/account"
	"github.com/gin-liveview/liveview/liveviewtest"
)

func TestAccount(t *testing.T) {
	gin.SetMode(gin.TestMode)
	r, users, store := gin.New(), &account.Users{}, cookie.NewStore([]byte("a key of the test's own"))
	store.Options(sessions.Options{Path: "/"})
	users.Add("ann", "secret")
	r.Use(sessions.Sessions("test", store), liveview.Middleware())
	account.Routes(r, users)
	v := liveviewtest.Open(t, r, "/account")
	v.ExpectRedirect("/login")
	v.Submit("#login", "name", "ann", "password", "secret")
	if v.URL().Path != "/account" || v.Flash("info") != "Welcome, ann." {
		t.Errorf("after the log-in: %s, %q", v.URL(), v.Flash("info"))
	}
	v.ClearFlash("info")
	v.Click("Log out")
	v.ExpectRedirect("/login")
}
