package dashboard

import (
	"embed"
	"fmt"
	"hash/fnv"
	"html/template"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

//go:embed style.css
var style []byte

//go:embed icon.svg
var icon []byte

//go:embed *.html
var templates embed.FS

// styleTag is in the style sheet's URL, so that browsers may keep it.
var styleTag = func() string {
	h := fnv.New64a()
	_, _ = h.Write(style) // never fails, nor does the next
	_, _ = h.Write(icon)
	return fmt.Sprintf("%x", h.Sum64())
}()

// serve returns a handler of a file that browsers may keep, as its URL has its styleTag.
func serve(kind string, file []byte) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Header("Cache-Control", "private, max-age=31536000")
		c.Data(http.StatusOK, kind, file)
	}
}

var document = template.Must(template.New("").Parse(`<!DOCTYPE html>
<html lang="en" class="liveview-dashboard">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
{{.CSRFMeta}}
{{.LiveTitle}}
<link rel="stylesheet" href="{{.Data.Base}}/style.css?{{.Data.Tag}}">
<link rel="icon" href="{{.Data.Base}}/icon.svg?{{.Data.Tag}}">
{{.Scripts}}
</head>
<body>{{.Content}}</body>
</html>
`))

// baseKey is where a page leaves for its document where the pages are.
const baseKey = "github.com/gin-liveview/liveview/dashboard.base"

// layout is the document around the pages.
func layout() liveview.Layout {
	return liveview.LayoutOf(document, "", func(c *gin.Context) any {
		return struct{ Base, Tag string }{c.GetString(baseKey), styleTag}
	})
}

// browserBase is base as browsers know it, where shown is the URL's path in the browser. It
// differs from that of the router by what a proxy takes off.
func browserBase(c *gin.Context, base, shown string) string {
	return strings.TrimSuffix(shown, c.Request.URL.Path) + base
}

// place is where a page is; it is in the state of each.
type place struct {
	Base string // of all pages, as browsers know it
	Tab  string // which of them it is in the menu
	Name string // the process's

	Operator string // who looks
}

func (p place) at() place { return p }

// open begins a page.
func open[C any](c *gin.Context, s *liveview.Socket[C], b *Board, tab, title string) place {
	s.PageTitle(title)
	base := browserBase(c, *b.own.Load(), s.URL().Path)
	c.Set(baseKey, base)
	return place{Base: base, Tab: tab, Name: b.options.Name, Operator: b.options.Operator(c)}
}

// tab is an entry of the menu.
type tab struct {
	Href, Title string
	Here        bool
}

// frame is what stands around the pages.
type frame struct {
	Home, Name string
	Tabs       []tab
}

var frameTemplate = liveview.MustParseSource[frame](liveview.Source{FS: templates, Patterns: []string{"frame.html"}})

func frameOf(_ *liveview.Meta, state any) frame {
	p := state.(interface{ at() place }).at()
	f := frame{Home: p.Base, Name: p.Name}
	for _, t := range []struct{ path, title string }{
		{"", "Overview"}, {"/views", "Views"}, {"/topics", "Topics"}, {"/cluster", "Cluster"}, {"/runtime", "Runtime"},
	} {
		f.Tabs = append(f.Tabs, tab{p.Base + t.path, t.title, t.path == p.Tab})
	}
	return f
}

// source returns the template of a page.
func source(name string) liveview.Source {
	return liveview.Source{FS: templates, Patterns: []string{name, "parts.html"}}
}
