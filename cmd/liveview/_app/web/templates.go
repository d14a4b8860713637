package web

import (
	"embed"
	"html/template"

	"github.com/gin-liveview/liveview"
)

//go:embed *.html components
var files embed.FS

// layout is the document around all pages. It is written with a page load, and not again.
var layout = liveview.LayoutOf(template.Must(template.New("").Funcs(template.FuncMap{"asset": asset}).ParseFS(files, "layout.html")), "layout.html", nil)

// The pages, and what is around them.
var (
	framePage    = liveview.MustParseSource[frame](source("frame.html"))
	loginPage    = liveview.MustParseSource[LoginState](source("login.html"))
	productsPage = liveview.MustParseSource[ProductsState](source("products.html"))
)

// source is a page of that file, which can call the components. While you develop, open
// pages follow what is saved in these files.
func source(page string) liveview.Source {
	return liveview.Source{
		FS:       files,
		Dir:      ".",
		Patterns: []string{page, "components/*.html"},
		Funcs:    template.FuncMap{"describe": describe, "isImage": isImage},
	}
}
