package main

import (
	"bytes"
	"crypto/rand"
	_ "embed"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/docs/site/book"
	"github.com/gin-liveview/liveview/example/gallery"
	"github.com/gin-liveview/liveview/example/ui"
)

//go:embed live.html
var liveLayout string

// examples are what pages can show at work: those of the gallery.
func examples() []book.Example {
	var all []book.Example
	for _, p := range gallery.Pages {
		all = append(all, book.Example{Name: p.Name, Title: p.Title, Path: "/" + p.Name, Dir: "example/" + p.Name})
	}
	return all
}

// newSite returns the router of the site: the book's pages, and the examples that stand in
// them.
func newSite(root fs.FS, b *book.Book) (*gin.Engine, *liveview.App, error) {
	layout, err := template.New("live").Parse(liveLayout)
	if err != nil {
		return nil, nil, err
	}
	static, err := fs.Sub(root, "example/static")
	if err != nil {
		return nil, nil, err
	}
	client := npmPackages(root)
	bus := liveview.NewPubSub()
	secret := rand.Text() + rand.Text()
	lv := liveview.New(liveview.Config{
		Secret: liveview.NewSecret(secret),
		Client: client,
		Layout: liveview.LayoutOf(layout, "live", nil),
		PubSub: bus,
	})
	r := gin.New()
	if err := r.SetTrustedProxies(nil); err != nil {
		return nil, nil, err
	}
	r.Use(gin.Recovery(), contentSecurityPolicy(lv))
	r.StaticFS("/static", http.FS(static))
	ui.Assets(r)
	store := cookie.NewStore([]byte(secret))
	store.Options(sessions.Options{Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	r.Use(sessions.Sessions("docs", store), lv.Middleware())
	started := time.Now()
	r.NoRoute(func(c *gin.Context) {
		name := strings.TrimPrefix(path.Clean(c.Request.URL.Path), "/")
		if name == "" {
			name = "index.html"
		}
		content, ok := b.Files[name]
		if !ok {
			c.String(http.StatusNotFound, "There is no such page.")
			return
		}
		// Examples on one page are asked for at the same time. Each would make the browser another
		// one; so it is known from the page on.
		if _, err := c.Cookie("liveview"); err != nil && path.Ext(name) == ".html" {
			if err := lv.Renew(c); err != nil {
				_ = c.AbortWithError(http.StatusInternalServerError, err)
				return
			}
		}
		http.ServeContent(c.Writer, c.Request, name, started, bytes.NewReader(content))
	})
	return r, lv, gallery.Routes(r, lv, bus)
}

// contentSecurityPolicy is as strict as the gallery's, but lets the site's own pages have
// examples in them.
func contentSecurityPolicy(lv *liveview.App) gin.HandlerFunc {
	policy := "default-src 'self'; img-src 'self' blob:; frame-ancestors 'self'; script-src " + lv.ScriptSources()
	return func(c *gin.Context) {
		c.Header("Content-Security-Policy", policy)
		c.Header("X-Content-Type-Options", "nosniff")
	}
}

// npmPackages finds the client that npm ci has installed; nil if it hasn't.
func npmPackages(root fs.FS) fs.FS {
	if _, err := fs.Stat(root, "example/node_modules/phoenix_live_view"); err != nil {
		return nil
	}
	packages, err := fs.Sub(root, "example/node_modules")
	if err != nil {
		return nil
	}
	return packages
}
