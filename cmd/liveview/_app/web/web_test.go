package web_test

import (
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/liveviewtest"

	"example.com/shop/data"
	"example.com/shop/data/datatest"
	"example.com/shop/web"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	slog.SetLogLoggerLevel(slog.LevelWarn)
	os.Exit(m.Run())
}

// open returns a shop with an empty database, and a browser in it.
func open(t *testing.T) (*data.DB, *liveviewtest.Session) {
	t.Helper()
	db := datatest.Open(t)
	app, err := web.New(web.Settings{Secret: "a secret of the tests' own, long enough"}, db)
	if err != nil {
		t.Fatal(err)
	}
	return db, liveviewtest.NewSession(t, app.Handler)
}

// openAsUser returns the same with somebody logged in.
func openAsUser(t *testing.T) (*data.DB, *liveviewtest.Session) {
	t.Helper()
	db, session := open(t)
	password, err := db.Users().SetPassword(t.Context(), "ann")
	if err != nil {
		t.Fatal(err)
	}
	session.Open("/login").Submit("#login", "name", "ann", "password", password)
	return db, session
}

func TestHealth(t *testing.T) {
	_, session := open(t)
	for _, path := range []string{"/livez", "/readyz"} {
		if res := session.Get(path); res.StatusCode != http.StatusOK {
			t.Errorf("%s answers %s", path, res.Status)
		}
	}
}

func TestNotFound(t *testing.T) {
	_, session := openAsUser(t)
	for _, path := range []string{"/nothing", "/assets/nothing", "/products/1/edit", "/products/x/picture"} {
		v := session.Visit(path)
		if v.Response().StatusCode != http.StatusNotFound || v.Text("h1") != "There is no such page" {
			t.Errorf("%s answers %s with %q", path, v.Response().Status, v.Text("h1"))
		}
	}
}

func TestSecureHeaders(t *testing.T) {
	_, session := open(t)
	header := session.Get("/login").Header
	if policy := header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'self'") {
		t.Errorf("the policy is %q", policy)
	}
	if header.Get("X-Content-Type-Options") != "nosniff" {
		t.Error("browsers may guess types")
	}
}
