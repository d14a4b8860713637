package liveview_test

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// HandleParams can tell by which way the page came, and do what belongs to it: count a
// page load, say, or load nothing again after a patch.
func TestNavigationIsTold(t *testing.T) {
	var ways []liveview.Navigation
	view := counterView()
	view.onParams = func(_ *gin.Context, s *liveview.Socket[counter]) error {
		ways = append(ways, s.Navigation())
		return nil
	}
	view.onEvent = func(s *liveview.Socket[counter], e liveview.Event) error {
		if e.Name == "patch" {
			return s.PushPatch("/a/pushed", nil)
		}
		return s.PushRedirect("/a/moved", nil)
	}
	view.template = liveview.MustParse[counter](`{{currentURL}}<a {{patch "/a/patched"}}>link</a><button phx-click="patch">patch</button><button phx-click="move">move</button>`)
	r := gin.New()
	r.Use(liveview.Middleware(liveview.Config{KeepTime: -1}))
	liveview.Handle(r, "/a/:b", view)
	v := liveviewtest.Open(t, r, "/a/b")
	v.Click("link")
	v.Click("patch")
	v.ExpectPatch("/a/pushed")
	v.Disconnect()
	v.Reconnect()
	v.Click("move")
	v.ExpectNavigation("/a/moved")
	want := []liveview.Navigation{
		liveview.NavigationHTTP, liveview.NavigationJoin, liveview.NavigationPatch, liveview.NavigationPushPatch,
		liveview.NavigationRejoin, liveview.NavigationLive,
	}
	if !slices.Equal(ways, want) {
		t.Errorf("the ways were %v, want %v", ways, want)
	}
}

// A page says in its own words what is wrong with a file, by the error's code, and shows
// what it allows and where in a folder a file lies.
func TestUploadInOnesOwnWords(t *testing.T) {
	words := map[liveview.UploadErrorCode]string{
		liveview.UploadTooLarge: "Datei zu groß", liveview.UploadNotAccepted: "Falsche Art von Datei",
		liveview.UploadTooManyFiles: "Zu viele Dateien", liveview.UploadEmpty: "Leere Datei", liveview.UploadLost: "Verbindung verloren",
	}
	say := func(e liveview.UploadError) string { return words[e.Code] }
	view := &testView[counter]{
		onMount: func(_ *gin.Context, s *liveview.Socket[counter]) error {
			return s.AllowUpload("letters", liveview.UploadConfig{Accept: []string{".txt"}, MaxEntries: 2, MaxFileSize: 10})
		},
		template: liveview.MustParseSource[counter](liveview.Source{
			Funcs: map[string]any{"say": say},
			Text: `<form id="f" phx-change="pick">{{with upload "letters"}}{{.FileInput}}<p>{{.MaxEntries}} of {{.MaxFileSize}} bytes</p>
{{range .Errors}}<b>{{say .}}</b>{{end}}{{range .Entries}}<li>{{if .Cancelled}}gone{{else}}{{.RelativePath}}{{end}} {{range .Errors}}{{say .}}{{end}}</li>{{end}}{{end}}</form>`,
		}),
	}
	r := prepared()
	_ = r.SetTrustedProxies(nil)
	liveview.Handle(r, "/", view)
	choose := func(files ...liveviewtest.File) *liveviewtest.View {
		v := liveviewtest.Open(t, r, "/")
		v.Choose("#f input", files...)
		return v
	}
	letter := func(name string, size int) liveviewtest.File {
		return liveviewtest.File{
			Name: name, Content: []byte(strings.Repeat("x", size)),
			RelativePath: "letters/" + name, LastModified: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		}
	}
	if v := choose(letter("a.txt", 5)); v.Text("p") != "2 of 10 bytes" || v.Text("li") != "letters/a.txt" {
		t.Errorf("a good file shows %s", v.HTML())
	}
	for want, files := range map[string][]liveviewtest.File{
		"Datei zu groß": {letter("a.txt", 11)}, "Falsche Art von Datei": {letter("a.exe", 5)},
		"Zu viele Dateien": {letter("a.txt", 1), letter("b.txt", 1), letter("c.txt", 1)}, "Leere Datei": {letter("a.txt", 0)},
	} {
		if v := choose(files...); !strings.Contains(v.HTML(), want) {
			t.Errorf("the page lacks %q: %s", want, v.HTML())
		}
	}
}

// documentPart is a layout's HTML as a component of templ's would write it.
type documentPart struct{ page liveview.Page }

func (d documentPart) Render(ctx context.Context, w io.Writer) error {
	meta := liveview.MetaFrom(ctx)
	_, err := fmt.Fprintf(w, `<!DOCTYPE html><html><head><meta name="csrf-token" content=%q>%s%s</head><body>%s</body></html>`,
		meta.CSRFToken(), d.page.LiveTitle(), d.page.Scripts(), d.page.Content())
	return err
}

// A component is a layout as it is: rendered with the page's own context, in which it
// finds the Meta.
func TestComponentIsALayout(t *testing.T) {
	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(liveview.Middleware(liveview.Config{Layout: func(c *gin.Context, p liveview.Page) error {
		c.Header("Content-Type", "text/html; charset=utf-8")
		return documentPart{p}.Render(p.Meta().Context(), c.Writer)
	}}))
	liveview.Handle(r, "/", counterFuncs())
	if v := liveviewtest.Open(t, r, "/"); !v.Live() {
		t.Errorf("the page isn't live: %s", v.HTML())
	}
}
