package liveviewtest_test

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// wizard is a state of which some is the visitor's.
type wizard struct {
	Step  int
	Note  string
	Stock int // loaded by Mount
}

func (w wizard) app(t *testing.T, stock int, restore func(s *liveview.Socket[wizard], saved wizard) error) http.Handler {
	t.Helper()
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(liveview.Middleware(liveview.Config{Secret: liveview.NewSecret("0123456789abcdef0123456789abcdef")}))
	liveview.Handle(r, "/", liveview.ViewFuncs[wizard]{
		Template: liveview.MustParse[wizard](`<p id="step">{{.Step}}</p><p id="note">{{.Note}}</p><p id="stock">{{.Stock}}</p><p id="flash">{{flash "info"}}</p>
			<button id="next" phx-click="next">Next</button><form id="f" phx-change="note"><input name="note" value="{{.Note}}"></form>`),
		Mount: func(_ *gin.Context, s *liveview.Socket[wizard]) error {
			s.Assign(func(w *wizard) { w.Stock = stock })
			return nil
		},
		Events: liveview.Events[wizard]{
			"next": func(s *liveview.Socket[wizard], _ liveview.Event) error {
				s.Assign(func(w *wizard) { w.Step++ })
				s.PutFlash("info", "on we go")
				s.PageTitle("Step")
				return nil
			},
			"note": func(s *liveview.Socket[wizard], e liveview.Event) error {
				s.Assign(func(w *wizard) { w.Note = e.Value("note") })
				return nil
			},
		},
		Restore: restore,
	})
	return r
}

func takeBack(s *liveview.Socket[wizard], saved wizard) error {
	s.Assign(func(w *wizard) { w.Step, w.Note = saved.Step, saved.Note })
	return nil
}

func TestRestart(t *testing.T) {
	v := liveviewtest.Open(t, wizard{}.app(t, 1, takeBack), "/")
	v.Click("#next")
	v.Click("#next")
	v.Change("#f", "note", "half a word")
	v.RestartAs(wizard{}.app(t, 2, takeBack))
	if got := v.Text("#step"); got != "2" {
		t.Errorf("#step is %q, want 2", got)
	}
	if got := v.Text("#note"); got != "half a word" {
		t.Errorf("#note is %q, want half a word", got)
	}
	if got := v.Text("#stock"); got != "2" {
		t.Errorf("#stock is %q, want 2", got)
	}
	if got := v.Text("#flash"); got != "on we go" {
		t.Errorf("#flash is %q, want on we go", got)
	}
	v.Click("#next")
	v.Drop()
	if got := v.Text("#step"); got != "3" {
		t.Errorf("#step is %q, want 3", got)
	}
	v.Restart()
	if got := v.Text("#step"); got != "3" {
		t.Errorf("#step is %q, want 3", got)
	}
}

// Files that were chosen when the connection was lost, or the server restarted, come again by
// themselves: each once, in their order, and with the submit that waited for them.
func TestFilesComeAgain(t *testing.T) {
	a := liveviewtest.File{Name: "a.txt", Type: "text/plain", Content: bytes.Repeat([]byte("a"), 100), Held: true}
	b := liveviewtest.File{Name: "b.txt", Type: "text/plain", Content: []byte("bb")}
	for name, lose := range map[string]func(v *liveviewtest.View){
		"drop": func(v *liveviewtest.View) { v.Drop() }, "restart": func(v *liveviewtest.View) { v.Restart() },
		"twice": func(v *liveviewtest.View) { v.Drop(); v.Restart(); v.Drop() },
	} {
		for _, auto := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, auto %v", name, auto), func(t *testing.T) {
				v := openUploads(t, liveview.UploadConfig{AutoUpload: auto, MaxEntries: 3, ChunkSize: 30})
				v.Choose("[type=file]", a, b)
				if auto {
					lose(v)
					if got := v.Text("#entries"); got != "a.txt 0 b.txt 100" {
						t.Errorf("the page shows %q", got)
					}
				}
				v.Change("[name=title]", "x")
				v.Submit("#notes")
				v.Upload("[type=file]", "a.txt", 60)
				lose(v)
				if got := v.Text("#entries"); got != "a.txt 0 b.txt 100" {
					t.Errorf("the page shows %q", got)
				}
				v.Upload("[type=file]", "a.txt", 100)
				if got, want := v.Text("#log"), `a.txt: 100 bytes from "aaaaa" b.txt: 2 bytes from "bb"`; got != want {
					t.Errorf("saved were %q, want %q", got, want)
				}
				lose(v)
				if v.Text("#entries") != "" || v.Text("#errors") != "" {
					t.Errorf("after they were made use of the page shows %q, and %q", v.Text("#entries"), v.Text("#errors"))
				}
			})
		}
	}
}
