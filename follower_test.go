package liveview_test

import (
	"html/template"
	"os"
	"path/filepath"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

type followed struct{ Count int }

// Open pages follow the files of their templates, nested ones too, with the state that they
// have. A file that can't be parsed changes nothing, until it can again.
func TestTemplatesFollow(t *testing.T) {
	dir := t.TempDir()
	save := func(name, text string) {
		t.Helper()
		// Aside and then in one step, as editors do: half a file would be another one.
		aside := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(aside, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(aside, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	save("page.html", `<p>one {{.Count}}</p>{{template "part.html" .}}<button phx-click="inc">+</button>`)
	save("part.html", `<b>part {{.Count}}</b>`)
	save("frame.html", `<i>frame</i>{{content}}`)
	parse := func(patterns ...string) liveview.Source {
		return liveview.Source{FS: os.DirFS(dir), Dir: dir, Patterns: patterns}
	}
	view := liveview.ViewFuncs[followed]{
		Template: liveview.MustParseSource[followed](parse("page.html", "part.html")),
		Events: liveview.Events[followed]{"inc": func(s *liveview.Socket[followed], _ liveview.Event) error {
			s.Assign(func(st *followed) { st.Count++ })
			return nil
		}},
	}
	frame := liveview.MustParseSource[struct{}](parse("frame.html"))
	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(liveview.Middleware(liveview.Config{Dev: liveview.DevOn}))
	liveview.Handle(r.Group("", liveview.UseInnerLayout[struct{}](frame, nil)), "/", view)
	v, other := liveviewtest.Open(t, r, "/"), liveviewtest.Open(t, r, "/")
	v.Click("+")
	v.WaitForText("p", "one 1")

	save("page.html", `<p>two {{.Count}}</p>{{template "part.html" .}}<button phx-click="inc">+</button>`)
	v.WaitForText("p", "two 1")
	other.WaitForText("p", "two 0")
	save("part.html", `<b>section {{.Count}}</b>`)
	v.WaitForText("b", "section 1")
	save("frame.html", `<i>another frame</i>{{content}}`)
	v.WaitForText("i", "another frame")

	save("part.html", `<b>{{.Misspelt}}</b>`)
	save("frame.html", `<i>a third frame</i>{{content}}`) // which is seen no earlier than the other one
	v.WaitForText("i", "a third frame")
	if got := v.Text("b"); got != "section 1" {
		t.Errorf("with a template that can't be parsed the page shows %q", got)
	}
	v.Click("+")
	v.WaitForText("p", "two 2")
	if late := liveviewtest.Open(t, r, "/").Text("b"); late != "section 0" {
		t.Errorf("a page that is opened then shows %q", late)
	}
	save("part.html", `<b>mended {{.Count}}</b>`)
	v.WaitForText("b", "mended 2")
	other.WaitForText("b", "mended 0")
}

// Templates of others, which a page calls as its own, are followed in their own folder. What
// the page has of a name counts, and their functions are the page's.
func TestPartsFollow(t *testing.T) {
	pages, parts := t.TempDir(), t.TempDir()
	save := func(dir, name, text string) {
		t.Helper()
		aside := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(aside, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(aside, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	save(pages, "page.html", `{{define "mine"}}<i>mine</i>{{end}}<p>{{template "count" .Count}}{{template "mine"}}</p>`)
	save(parts, "parts.html", `{{define "count"}}<b>{{twice .}}</b>{{end}}{{define "mine"}}theirs{{end}}`)
	part := liveview.Source{
		FS: os.DirFS(parts), Dir: parts, Patterns: []string{"*.html"},
		Funcs: template.FuncMap{"twice": func(n int) int { return 2 * n }, "other": func() string { return "theirs" }},
	}
	page, err := liveview.ParseSource[followed](liveview.Source{
		FS: os.DirFS(pages), Dir: pages, Patterns: []string{"page.html"}, Parts: []liveview.Source{{Parts: []liveview.Source{part}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(liveview.Middleware(liveview.Config{Dev: liveview.DevOn}))
	liveview.Handle(r, "/", liveview.ViewFuncs[followed]{Template: page, Mount: func(_ *gin.Context, s *liveview.Socket[followed]) error {
		s.Assign(func(st *followed) { st.Count = 4 })
		return nil
	}})
	v := liveviewtest.Open(t, r, "/")
	v.WaitForText("p", "8mine")
	save(parts, "parts.html", `{{define "count"}}<b>{{twice .}}!</b>{{end}}`)
	v.WaitForText("p", "8!mine")
	save(parts, "parts.html", `{{define "count"}}<b>{{.Wrong}}</b>{{end}}`)
	save(pages, "page.html", `<p>{{template "count" .Count}}</p><hr>`)
	v.WaitIdle()
	save(parts, "parts.html", `{{define "count"}}<b>{{twice .}}?</b>{{end}}`)
	v.WaitForText("p", "8?")
	if !v.Has("hr") {
		t.Error("the page isn't that of its file")
	}

	if _, err := liveview.ParseSource[followed](liveview.Source{Text: "<p></p>", Parts: []liveview.Source{{Text: "<p></p>"}}}); err == nil {
		t.Error("a part with a Text, which nothing shows, is taken")
	}
}
