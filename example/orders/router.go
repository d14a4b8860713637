package main

import (
	"html/template"
	"io/fs"
	"net/http"
	"os"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/orders/shop"
	"github.com/gin-liveview/liveview/example/ui"
)

// newRouter serves the shop.
func newRouter(lv *liveview.App, store *shop.Store) http.Handler {
	r := gin.New()
	_ = r.SetTrustedProxies(nil) // nil is a list that can be parsed
	r.Use(gin.Recovery(), lv.Middleware())
	r.SetHTMLTemplate(template.Must(template.ParseFS(files, "layout.html")))
	ui.Assets(r)
	r.StaticFileFS("/style.css", "style.css", http.FS(files))
	store.Routes(r)
	return r
}

// npmPackages are those of the gallery, if they are installed; nil has the page load the
// client from a CDN.
func npmPackages() fs.FS {
	const folder = "../node_modules"
	if _, err := os.Stat(folder); err != nil {
		return nil
	}
	return os.DirFS(folder)
}
