package guide_test

import (
	"bytes"
	"html/template"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// What docs/navigation.md shows: a list whose dialogs and filters are in the URL.

type Product struct {
	ID   string `form:"-"`
	Name string `form:"name" binding:"required"`
}

type Catalogue struct {
	Query    string // of the URL
	Products []Product
	Dialog   bool
	Form     liveview.Form[Product]
}

// products is a database.
type products struct{ all []Product }

type productsView struct{ store *products }

// HandleParams shows what the URL says: on the first page load, on each patch, when the
// page goes back, and when it joins again.
func (v productsView) HandleParams(c *gin.Context, s *liveview.Socket[Catalogue]) error {
	dialog, product := false, Product{}
	switch c.FullPath() {
	case "/products/new":
		dialog = true
	case "/products/:id/edit":
		p, ok := v.store.find(c.Param("id"))
		if !ok {
			c.String(http.StatusNotFound, "There is no such product.")
			return nil
		}
		dialog, product = true, p
	}
	s.Assign(func(st *Catalogue) {
		st.Query = c.Query("q")
		st.Products = v.store.search(st.Query)
		st.Dialog, st.Form = dialog, liveview.FormOf(product)
	})
	return nil
}

func (v productsView) HandleEvent(s *liveview.Socket[Catalogue], e liveview.Event) error {
	switch e.Name {
	case "search":
		return s.PushPatch("/products", url.Values{"q": {e.Value("q")}}, liveview.HistoryReplace)
	case "change", "save":
		f := s.State().Form.Apply(e)
		if e.Name == "save" && f.Valid() {
			v.store.save(f.Value)
			s.PutFlash("info", f.Value.Name+" is saved.")
			return s.PushPatch("/products", nil) // closes the dialog
		}
		s.Assign(func(st *Catalogue) { st.Form = f })
		return nil
	}
	return liveview.ErrUnknownEvent
}

var productsPage = liveview.MustParse[Catalogue](`
<form id="search" phx-change="search" phx-submit="search" role="search"><input name="q" value="{{.Query}}" aria-label="Search" phx-debounce="200"></form>
<a {{patch "/products/new"}}>New product</a>
<ul>{{range .Products | keyed "ID"}}<li id="product-{{.ID}}"><a {{patch (printf "/products/%s/edit" .ID)}}>{{.Name}}</a></li>{{end}}</ul>
<p role="status">{{flash "info"}}</p>
{{if .Dialog}}
<section role="dialog" aria-modal="true" aria-labelledby="title" {{focusWrap "dialog"}}>{{focusEdge}}
  <h2 id="title">Product</h2>
  <form id="product" phx-change="change" phx-submit="save">
    {{with .Form.Field "name"}}<label for="{{.ID}}">Name</label> <input {{attrs .Attrs}}> {{.Error}}{{end}}
    <button>Save</button> <a {{patch "/products"}}>Cancel</a>
  </form>
{{focusEdge}}</section>
{{end}}`)

func (productsView) Render(st Catalogue) liveview.Rendered { return productsPage.Render(st) }

func (p *products) search(query string) (found []Product) {
	for _, one := range p.all {
		if strings.Contains(one.Name, query) {
			found = append(found, one)
		}
	}
	return found
}

func (p *products) find(id string) (Product, bool) {
	for _, one := range p.all {
		if one.ID == id {
			return one, true
		}
	}
	return Product{}, false
}

func (p *products) save(one Product) {
	for i := range p.all {
		if p.all[i].ID == one.ID {
			p.all[i] = one
			return
		}
	}
	one.ID = strconv.Itoa(len(p.all) + 1)
	p.all = append(p.all, one)
}

func TestDialogsOfTheGuide(t *testing.T) {
	store := &products{all: []Product{{"1", "Apple"}, {"2", "Pear"}}}
	r := gin.New()
	r.Use(liveview.Middleware())
	editors := r.Group("/", requireUser)

	products := productsView{store}
	liveview.Handle(r, "/products", products)
	liveview.Handle(editors, "/products/new", products)
	liveview.Handle(editors, "/products/:id/edit", products)

	v := liveviewtest.Open(t, r, "/products")
	v.Change("#search", "q", "Pea")
	v.ExpectPatch("/products?q=Pea")
	v.Click("New product")
	v.ExpectPatch("/products/new")
	v.Submit("#product", "name", "Plum")
	v.ExpectPatch("/products")
	if v.Has("#product") || strings.TrimSpace(v.Text("p[role=status]")) != "Plum is saved." || v.Count("li") != 3 {
		t.Errorf("after saving the page shows %s", v.HTML())
	}
	v.Back()
	if !v.Has("#product") {
		t.Error("the dialog isn't open after going back")
	}
	if v := liveviewtest.Open(t, r, "/products/2/edit"); v.Value("#name") != "Pear" {
		t.Error("a bookmark doesn't open the dialog")
	}
}

// What docs/sessions.md shows of scripts that change, and docs/theme.md of a layout for
// light and dark.
const themeLayout = `{{define "layout"}}<!DOCTYPE html>
<html lang="{{.Data.Lang}}"{{with .Data.Theme}} class="{{.}}"{{end}}>
<head>
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
{{.CSRFMeta}}
{{.LiveTitle}}
<link rel="stylesheet" phx-track-static href="/app.css?v={{.Data.Version}}">
<script defer phx-track-static src="/app.js?v={{.Data.Version}}"></script>
{{.Scripts}}
</head>
<body>{{.Content}}{{.Notice}}</body>
</html>{{end}}`

// look is what the layout shows of the visitor.
type look struct{ Lang, Theme, Version string }

func lookOf(c *gin.Context) any {
	theme, _ := c.Cookie("theme")
	if theme != "dark" && theme != "light" {
		theme = "" // as the browser has it
	}
	return look{Lang: langOf(c), Theme: theme, Version: "7"}
}

// setTheme keeps the choice in a cookie, which a live event can't set.
func setTheme(c *gin.Context, theme string) error {
	c.SetSameSite(http.SameSiteLaxMode)
	c.SetCookie("theme", theme, 365*86400, "/", "", false, true)
	return nil
}

// What docs/languages.md shows.

// langOf is the visitor's language: the one chosen, or what the browser asks for first.
func langOf(c *gin.Context) string {
	if lang, err := c.Cookie("lang"); err == nil && texts[lang] != nil {
		return lang
	}
	for part := range strings.SplitSeq(c.GetHeader("Accept-Language"), ",") {
		lang, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		lang, _, _ = strings.Cut(lang, "-")
		if texts[lang] != nil {
			return lang
		}
	}
	return "en"
}

var texts = map[string]map[string]string{
	"en": {"greeting": "Good day", "switch": "Deutsch"},
	"de": {"greeting": "Guten Tag", "switch": "English"},
}

// Words are the texts of one language. A state has them, so that templates do.
type Words string

func (w Words) T(key string) string { return texts[string(w)][key] }

type Welcome struct{ Words Words }

type welcomeView struct{}

func (welcomeView) Mount(c *gin.Context, s *liveview.Socket[Welcome]) error {
	s.Assign(func(st *Welcome) { st.Words = Words(langOf(c)) })
	return nil
}

func (welcomeView) HandleEvent(s *liveview.Socket[Welcome], e liveview.Event) error {
	switch e.Name {
	case "theme":
		return s.RedirectAction("/theme", e.Value("theme"), "/")
	case "lang":
		return s.RedirectAction("/lang", e.Value("lang"), "/")
	}
	return liveview.ErrUnknownEvent
}

var welcomePage = liveview.MustParse[Welcome](`<h1>{{.Words.T "greeting"}}</h1>
<button phx-click="lang" phx-value-lang="de">{{.Words.T "switch"}}</button>
<button phx-click="theme" phx-value-theme="dark">Dark</button>`)

func (welcomeView) Render(st Welcome) liveview.Rendered { return welcomePage.Render(st) }

func TestLookOfTheGuide(t *testing.T) {
	r := gin.New()
	layout := liveview.LayoutOf(template.Must(template.New("layout").Parse(themeLayout)), "layout", lookOf)
	r.Use(liveview.Middleware(liveview.Config{Layout: layout, Locale: langOf}))
	liveview.Handle(r, "/", welcomeView{})
	liveview.HandleAction(r, "/theme", setTheme)
	liveview.HandleAction(r, "/lang", func(c *gin.Context, lang string) error {
		c.SetCookie("lang", lang, 365*86400, "/", "", false, true)
		return nil
	})

	v := liveviewtest.Open(t, r, "/")
	v.Click("Dark")
	v.ExpectRedirect("/")
	v.Click("Deutsch")
	v.ExpectRedirect("/")
	if got := v.Text("h1"); got != "Guten Tag" {
		t.Errorf("the page greets by %q", got)
	}
	w := httptest.NewRecorder()
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	req.AddCookie(&http.Cookie{Name: "theme", Value: "dark"})
	req.Header.Set("Accept-Language", "fr-CH, de;q=0.8")
	r.ServeHTTP(w, req)
	if !bytes.Contains(w.Body.Bytes(), []byte(`<html lang="de" class="dark">`)) {
		t.Errorf("the document is %s", w.Body)
	}
}
