package main

import (
	"embed"
	"html/template"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strings"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/gallery"
	"github.com/gin-liveview/liveview/example/ui"
)

var (
	//go:embed layout.html index.html
	layouts embed.FS
	//go:embed static
	static embed.FS
	//go:embed account album board catalog chart chat clock counter dashboard figures form player poll products search table title ui
	sources embed.FS
)

// newGallery returns the gallery's router and what the gallery is to liveview. client holds the
// npm packages of the official client; nil has the pages load them from a CDN.
func newGallery(secret string, client fs.FS) (*gin.Engine, *liveview.App) {
	bus := liveview.NewPubSub() // for the pages that show who is there, too
	lv := liveview.New(liveview.Config{
		Secret: liveview.NewSecret(secret),
		Client: client,
		Layout: liveview.TemplateLayout("layout.html", layoutData),
		Title:  liveview.Title{Suffix: " · liveview", Default: "Gallery"},
		PubSub: bus,
	})
	r := gin.New()
	r.Use(gin.Recovery(), contentSecurityPolicy(lv))
	r.SetHTMLTemplate(template.Must(template.ParseFS(layouts, "*.html")))
	r.StaticFS("/static", http.FS(must(fs.Sub(static, "static"))))
	ui.Assets(r)

	store := cookie.NewStore([]byte(secret))
	store.Options(sessions.Options{Path: "/", MaxAge: 30 * 86400, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	r.Use(sessions.Sessions("gallery", store))
	r.Use(lv.Middleware())

	if err := gallery.Routes(r, lv, bus); err != nil {
		panic(err)
	}
	r.GET("/", func(c *gin.Context) { c.HTML(http.StatusOK, "index.html", gallery.Pages) })
	r.GET("/source/*file", func(c *gin.Context) {
		source, err := sources.ReadFile(strings.TrimPrefix(c.Param("file"), "/"))
		if err != nil {
			c.String(http.StatusNotFound, "no such file")
			return
		}
		c.String(http.StatusOK, "%s", source)
	})
	return r, lv
}

// layoutData is what layout.html shows besides the page.
func layoutData(c *gin.Context) any {
	data := struct {
		Pages   []gallery.Page
		Current gallery.Page
		Sources []string
	}{Pages: gallery.Pages}
	for _, p := range gallery.Pages {
		if strings.HasPrefix(c.FullPath()+"/", "/"+p.Name+"/") || p.Name == "account" && c.FullPath() == "/login" {
			data.Current = p
			data.Sources = filesOf(p.Name)
		}
	}
	return data
}

// filesOf returns the sources of a page, by their paths.
func filesOf(name string) []string {
	var files []string
	_ = fs.WalkDir(sources, name, func(file string, entry fs.DirEntry, err error) error { // what is embedded can be read
		if err == nil && !entry.IsDir() {
			files = append(files, file)
		}
		return err
	})
	return files
}

// contentSecurityPolicy is a strict one: no inline scripts, no styles, nothing
// of another host but the client where it comes from there. The previews of
// uploads are blobs of the browser's own.
func contentSecurityPolicy(lv *liveview.App) gin.HandlerFunc {
	policy := "default-src 'self'; img-src 'self' blob:; frame-ancestors 'none'; script-src " + lv.ScriptSources()
	return func(c *gin.Context) {
		c.Header("Content-Security-Policy", policy)
		c.Header("X-Content-Type-Options", "nosniff")
	}
}

// npmPackages finds the client that npm ci has installed, from the repository's
// root or this folder; nil if it hasn't.
func npmPackages() fs.FS {
	for _, dir := range []string{"example/node_modules", "node_modules"} {
		if _, err := os.Stat(path.Join(dir, "phoenix_live_view")); err == nil {
			return os.DirFS(dir)
		}
	}
	return nil
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
