package e2e

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/e2e/templpage"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// deskView is a page of templ with all that one is made of.
func deskView() liveview.ViewFuncs[templpage.Desk] {
	type socket = *liveview.Socket[templpage.Desk]
	change := func(fn func(d *templpage.Desk)) func(socket, liveview.Event) error {
		return func(s socket, _ liveview.Event) error {
			s.Assign(func(d *templpage.Desk) {
				d.Rows = slices.Clone(d.Rows)
				fn(d)
			})
			return nil
		}
	}
	return liveview.ViewFuncs[templpage.Desk]{
		Component: func(d templpage.Desk) liveview.Component { return templpage.DeskPage(d) },
		Mount: func(_ *gin.Context, s socket) error {
			s.Assign(func(d *templpage.Desk) {
				d.Title, d.Rows = "Desk", []templpage.Todo{{ID: 1, Name: "pen"}, {ID: 2, Name: "ink"}}
				d.Form = liveview.FormOf(templpage.Note{}, liveview.As("note"))
			})
			return s.AllowUpload("papers", liveview.UploadConfig{Accept: []string{".txt"}, MaxEntries: 2})
		},
		Events: liveview.Events[templpage.Desk]{
			"retitle": change(func(d *templpage.Desk) { d.Title += "!" }),
			"rename":  change(func(d *templpage.Desk) { d.Rows[1].Name = "red ink" }),
			"compact": change(func(d *templpage.Desk) { d.Compact = !d.Compact }),
			"check": func(s socket, e liveview.Event) error {
				s.Assign(func(d *templpage.Desk) { d.Form = d.Form.Apply(e) })
				return nil
			},
			"save": func(s socket, e liveview.Event) error {
				s.Assign(func(d *templpage.Desk) { d.Form = d.Form.Apply(e) })
				if s.State().Form.Valid() {
					s.PutFlash("info", "noted: "+s.State().Form.Value.Text)
				}
				return nil
			},
			"choose": func(socket, liveview.Event) error { return nil },
			"keep": func(s socket, _ liveview.Event) error {
				names, err := liveview.ConsumeUploadedEntries(s, "papers", func(_ string, e liveview.UploadEntry) (string, error) { return e.Name, nil })
				s.Assign(func(d *templpage.Desk) { d.Papers = append(slices.Clip(d.Papers), names...) })
				return err
			},
		},
	}
}

// openDesk opens it behind middleware that puts a visitor into the request's context, within an
// inner layout. html is what the page is without a socket.
func openDesk(t *testing.T) (v *liveviewtest.View, html *liveviewtest.View) {
	t.Helper()
	type frame struct{ Title string }
	inner := liveview.MustParse[frame](`<header id="frame">{{.Title}} {{currentURL}}</header><div id="within">{{content}}</div>`)
	l := newLab(t, "", func(r *gin.Engine) {
		liveview.Handle(r.Group("", func(c *gin.Context) {
			c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), templpage.Visitor{}, "Ann"))
		}, liveview.UseInnerLayout(inner, func(_ *liveview.Meta, state any) frame {
			d, _ := state.(templpage.Desk)
			return frame{d.Title}
		})), "/desk", deskView())
	})
	return liveviewtest.Open(t, l.Config.Handler, "/desk"), liveviewtest.OpenPlain(t, l.Config.Handler, "/desk")
}

func expectText(t *testing.T, v *liveviewtest.View, selector, want string) {
	t.Helper()
	if got := strings.Join(strings.Fields(v.Text(selector)), " "); got != want {
		t.Errorf("%s shows %q, want %q", selector, got, want)
	}
}

// What middleware has put into the request's context is found by each component of templ: below
// others, in rows and in a live component, on the HTTP render, on the live page and after events.
func TestTemplFindsTheContextsValues(t *testing.T) {
	v, html := openDesk(t)
	for _, page := range []*liveviewtest.View{html, v} {
		expectText(t, page, "#nested", "Ann")
		expectText(t, page, "#rows", "pen of Ann ink of Ann")
		expectText(t, page, "#lit", "Ann")
	}
	v.Click("#retitle")
	v.Click("#rename")
	v.Click("#lamp button")
	expectText(t, v, "h1", "Desk!")
	expectText(t, v, "#nested", "Ann")
	expectText(t, v, "#rows", "pen of Ann red ink of Ann")
	expectText(t, v, "#lamp", "trueAnnturn")
	v.Drop()
	v.Reconnect()
	expectText(t, v, "#rows li:first-child", "pen of Ann")
	expectText(t, v, "#lit", "Ann")
}

// Rows that are shown by another component are rendered, though none has changed.
func TestTemplRowsByAnotherComponent(t *testing.T) {
	v, _ := openDesk(t)
	v.Click("#compact")
	expectText(t, v, "#rows", "pen ink")
	v.Click("#rename")
	expectText(t, v, "#rows", "pen red ink")
	v.Click("#compact")
	expectText(t, v, "#rows", "pen of Ann red ink of Ann")
}

// An inner layout around a page of templ follows its state.
func TestTemplInAnInnerLayout(t *testing.T) {
	v, html := openDesk(t)
	for _, page := range []*liveviewtest.View{html, v} {
		expectText(t, page, "#frame", "Desk /desk")
		expectText(t, page, "#within h1", "Desk")
	}
	v.Click("#retitle")
	expectText(t, v, "#frame", "Desk! /desk")
	expectText(t, v, "#within h1", "Desk!")
}

// A form in templ is checked as it is typed and keeps what was, and a message shows what came
// of it until it is dismissed.
func TestTemplFormAndFlash(t *testing.T) {
	v, _ := openDesk(t)
	v.Change("#note", "note[text]", "ab")
	expectText(t, v, "#note_text-error", "must be at least 3 characters")
	if got := v.Value("#note_text"); got != "ab" {
		t.Errorf("the field has %q in it", got)
	}
	v.Submit("#note")
	if v.Has("#flash p") {
		t.Error("a form with a mistake was saved")
	}
	v.Submit("#note", "note[text]", "<milk>")
	expectText(t, v, "#flash .info", "noted: <milk>")
	if v.Has("#note_text-error") {
		t.Error("what was wrong is still told")
	}
	v.ClearFlash("info")
	if v.Has("#flash p") {
		t.Error("a message that was dismissed is still there")
	}
}

// Files chosen in templ show their progress and are the view's when they are here.
func TestTemplUpload(t *testing.T) {
	v, _ := openDesk(t)
	v.Choose("#papers input[type=file]", liveviewtest.File{Name: "a.txt", Type: "text/plain", Content: []byte("some texts"), Held: true},
		liveviewtest.File{Name: "b.txt", Type: "text/plain", Content: []byte("more text")})
	expectText(t, v, "#papers p:nth-of-type(1)", "a.txt 0 %")
	v.Submit("#papers")
	v.Upload("#papers input[type=file]", "a.txt", 50)
	expectText(t, v, "#papers p:nth-of-type(1)", "a.txt 50 %")
	v.Upload("#papers input[type=file]", "a.txt", 50)
	v.WaitForText("#kept li", "a.txt b.txt")
	if v.Has(".paper") {
		t.Error("files that were taken are still shown")
	}
}
