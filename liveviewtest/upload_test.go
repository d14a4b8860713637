package liveviewtest_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// uploads is a view that takes files, and shows them.
func uploads(config liveview.UploadConfig) view[record] {
	v := view[record]{page: liveview.MustParse[record](`{{with upload "docs"}}<form id="notes" phx-change="choose" phx-submit="save"><input name="title">{{.FileInput}}<button>Save</button></form>
		<p id="errors">{{range .Errors}}{{.}} {{end}}</p><ul id="entries">{{range .Entries}}<li>{{.Name}} {{.Progress}} {{range .Errors}}{{.}}{{end}}</li>{{end}}</ul>{{end}}
		<ol id="log">{{range .Log}}<li>{{.}}</li>{{end}}</ol>`)}
	v.mount = func(_ *gin.Context, s *liveview.Socket[record]) error { return s.AllowUpload("docs", config) }
	v.event = func(s *liveview.Socket[record], e liveview.Event) error {
		if e.Name != "save" {
			return nil
		}
		saved, err := liveview.ConsumeUploadedEntries(s, "docs", func(path string, e liveview.UploadEntry) (string, error) {
			data, err := os.ReadFile(path)
			return fmt.Sprintf("%s: %d bytes from %q", e.Name, len(data), data[:min(len(data), 5)]), err
		})
		if err != nil {
			return err
		}
		s.Assign(func(c *record) { c.Log = append(c.Log, saved...) })
		return nil
	}
	return v
}

func openUploads(t *testing.T, config liveview.UploadConfig) *liveviewtest.View {
	t.Helper()
	return liveviewtest.Open(t, app(func(r *gin.Engine) { liveview.Handle(r, "/", uploads(config)) }), "/")
}

// Chosen files wait for their form, and go before it.
func TestFilesAreSentWithTheirForm(t *testing.T) {
	v := openUploads(t, liveview.UploadConfig{MaxEntries: 3, ChunkSize: 1000})
	v.Choose("[type=file]",
		liveviewtest.File{Name: "a.txt", Type: "text/plain", Content: bytes.Repeat([]byte("0123456789"), 1234)},
		liveviewtest.File{Name: "b.txt", Type: "text/plain", Content: []byte("b")})
	if got := v.Text("#entries"); got != "a.txt 0 b.txt 0" {
		t.Errorf("chosen are %q", got)
	}
	v.Submit("#notes", "title", "x")
	if got, want := v.Text("#log"), `a.txt: 12340 bytes from "01234" b.txt: 1 bytes from "b"`; got != want {
		t.Errorf("saved were %s, want %s", got, want)
	}
	if v.Text("#entries") != "" {
		t.Errorf("left are %q", v.Text("#entries"))
	}
}

// What was consumed is no longer in its input when more is chosen, though that takes several.
func TestConsumedFilesAreGone(t *testing.T) {
	for _, auto := range []bool{false, true} {
		v := openUploads(t, liveview.UploadConfig{MaxEntries: 3, AutoUpload: auto})
		for _, name := range []string{"a.txt", "b.txt"} {
			v.Choose("[type=file]", liveviewtest.File{Name: name, Type: "text/plain", Content: []byte(name)})
			if got, want := v.Text("#entries"), map[bool]string{false: name + " 0", true: name + " 100"}[auto]; got != want {
				t.Errorf("with AutoUpload %v the page shows %q, want %q", auto, got, want)
			}
			v.Submit("#notes")
		}
		if got, want := v.Text("#log"), `a.txt: 5 bytes from "a.txt" b.txt: 5 bytes from "b.txt"`; got != want {
			t.Errorf("with AutoUpload %v saved were %s, want %s", auto, got, want)
		}
	}
}

// With an auto upload they go as soon as they are chosen.
func TestFilesAreSentByThemselves(t *testing.T) {
	v := openUploads(t, liveview.UploadConfig{AutoUpload: true, ChunkSize: 10})
	v.Choose("[type=file]", liveviewtest.File{Name: "a.txt", Type: "text/plain", Content: []byte("some content")})
	if got := v.Text("#entries"); got != "a.txt 100" {
		t.Errorf("the page shows %q", got)
	}
	v.Submit("#notes")
	if got := v.Text("#log"); got != `a.txt: 12 bytes from "some "` {
		t.Errorf("saved were %s", got)
	}
}

// A file that is held goes as far as the test says, and no further; the page shows
// how far, and a submit waits for it.
func TestFilesOnTheirWay(t *testing.T) {
	for name, auto := range map[string]bool{"auto upload": true, "with the form": false} {
		t.Run(name, func(t *testing.T) {
			v := openUploads(t, liveview.UploadConfig{AutoUpload: auto, MaxEntries: 2, ChunkSize: 30})
			v.Choose("[type=file]",
				liveviewtest.File{Name: "a.txt", Type: "text/plain", Content: bytes.Repeat([]byte("a"), 200), Held: true},
				liveviewtest.File{Name: "b.txt", Type: "text/plain", Content: []byte("b")})
			if !auto {
				v.Submit("#notes")
			}
			shows := func(want string) {
				t.Helper()
				if got := v.Text("#entries"); got != want {
					t.Errorf("the page shows %q, want %q", got, want)
				}
			}
			shows("a.txt 0 b.txt 100")
			v.Upload("[type=file]", "a.txt", 33)
			shows("a.txt 33 b.txt 100")
			v.Upload("[type=file]", "a.txt", 66)
			shows("a.txt 99 b.txt 100")
			v.Upload("[type=file]", "a.txt", 1)
			if auto {
				shows("a.txt 100 b.txt 100")
				v.Submit("#notes")
			}
			shows("")
			if got, want := v.Text("#log"), `a.txt: 200 bytes from "aaaaa" b.txt: 1 bytes from "b"`; got != want {
				t.Errorf("saved were %s, want %s", got, want)
			}
		})
	}
}

// A file can be sent on only if it is held and its transfer has begun.
func TestUploadOfWhatIsNotOnItsWay(t *testing.T) {
	held := liveviewtest.File{Name: "a.txt", Type: "text/plain", Content: []byte("some content"), Held: true}
	for name, test := range map[string]struct {
		auto bool
		act  func(v *liveviewtest.View)
		want string
	}{
		"not chosen":    {true, func(v *liveviewtest.View) { v.Upload("[type=file]", "b.txt", 10) }, "no such file is on its way"},
		"not submitted": {false, func(v *liveviewtest.View) { v.Upload("[type=file]", "a.txt", 10) }, "Submit its form"},
		"too much": {true, func(v *liveviewtest.View) {
			v.Upload("[type=file]", "a.txt", 60)
			v.Upload("[type=file]", "a.txt", 41)
		}, "41% more can't be sent after 60%"},
		"nothing": {true, func(v *liveviewtest.View) { v.Upload("[type=file]", "a.txt", 0) }, "0% more"},
	} {
		t.Run(name, func(t *testing.T) {
			said := failures(func(t testing.TB) {
				handler := app(func(r *gin.Engine) { liveview.Handle(r, "/", uploads(liveview.UploadConfig{AutoUpload: test.auto})) }, quiet())
				v := liveviewtest.Open(t, handler, "/")
				v.Choose("[type=file]", held)
				test.act(v)
			})
			if len(said) != 1 || !strings.Contains(said[0], test.want) {
				t.Errorf("the test failed with %q, want %q", said, test.want)
			}
		})
	}
}

// A file that the server refuses, or that is longer than it said, is never saved.
func TestFilesThatAreNotTaken(t *testing.T) {
	v := openUploads(t, liveview.UploadConfig{Accept: []string{".png"}, MaxFileSize: 10})
	v.Choose("[type=file]", liveviewtest.File{Name: "a.txt", Type: "text/plain", Content: []byte("a")})
	if got := v.Text("#entries"); !strings.HasPrefix(got, "a.txt 0 ") || got == "a.txt 0" {
		t.Errorf("the page shows %q", got)
	}
	v.Submit("#notes")
	if v.Text("#log") != "" {
		t.Errorf("saved were %s", v.Text("#log"))
	}
	v = openUploads(t, liveview.UploadConfig{ChunkSize: 10})
	v.Choose("[type=file]", liveviewtest.File{Name: "a.txt", Type: "text/plain", Content: []byte("a lie about the size"), Size: 12})
	v.Submit("#notes")
	if v.Text("#log") != "" {
		t.Errorf("saved were %s", v.Text("#log"))
	}
}

// cancelling is [uploads] with buttons that cancel, beside the form.
func cancelling(config liveview.UploadConfig) view[record] {
	v := uploads(config)
	v.page = liveview.MustParse[record](`{{with upload "docs"}}<form id="notes" phx-change="choose" phx-submit="save"><input name="title">{{.FileInput}}<button id="go">Save</button></form>
		{{range .Entries}}<button type="button" phx-click="cancel" phx-value-ref="{{.Ref}}">cancel {{.Name}}</button>{{end}}{{end}}
		<button id="tick" phx-click="tick">Tick</button><ol id="log">{{range .Log}}<li>{{.}}</li>{{end}}</ol>`)
	save := v.event
	v.event = func(s *liveview.Socket[record], e liveview.Event) error {
		switch e.Name {
		case "cancel":
			return s.CancelUpload("docs", e.Value("ref"))
		case "save":
			s.Assign(func(c *record) { c.Log = append(c.Log, "saved") })
		}
		return save(s, e)
	}
	return v
}

func openCancelling(t testing.TB, config liveview.UploadConfig) *liveviewtest.View {
	t.Helper()
	return liveviewtest.Open(t, app(func(r *gin.Engine) { liveview.Handle(r, "/", cancelling(config)) }, quiet()), "/")
}

// A submit waits for its files, whether they began with it or by themselves, and no
// longer for one that is cancelled on its way.
func TestFileCancelledOnItsWay(t *testing.T) {
	a := liveviewtest.File{Name: "a.txt", Type: "text/plain", Content: []byte("some content"), Held: true}
	b := liveviewtest.File{Name: "b.txt", Type: "text/plain", Content: []byte("b")}
	c := liveviewtest.File{Name: "c.txt", Type: "text/plain", Content: []byte("cc"), Held: true}
	for name, auto := range map[string]bool{"auto upload": true, "with the form": false} {
		t.Run(name, func(t *testing.T) {
			config := liveview.UploadConfig{MaxEntries: 3, AutoUpload: auto}
			v := openCancelling(t, config)
			v.Choose("[type=file]", a, b)
			v.Click("Save")
			if got := v.Text("#log"); got != "" {
				t.Errorf("on the way of a file the form was sent: %s", got)
			}
			v.Click("cancel a.txt")
			if got, want := v.Text("#log"), `saved b.txt: 1 bytes from "b"`; got != want {
				t.Errorf("saved were %s, want %s", got, want)
			}

			v = openCancelling(t, config)
			v.Choose("[type=file]", a, b, c)
			v.Click("Save")
			v.Upload("[type=file]", "a.txt", 50)
			v.Click("cancel a.txt")
			if got := v.Text("#log"); got != "" {
				t.Errorf("on the way of another file the form was sent: %s", got)
			}
			v.Upload("[type=file]", "c.txt", 100)
			if got, want := v.Text("#log"), `saved b.txt: 1 bytes from "b" c.txt: 2 bytes from "cc"`; got != want {
				t.Errorf("saved were %s, want %s", got, want)
			}

			v = openCancelling(t, config)
			v.Choose("[type=file]", a)
			v.Click("Save")
			v.Click("cancel a.txt")
			if got := v.Text("#log"); got != "saved" {
				t.Errorf("without its only file the form's submit came to %q", got)
			}
		})
	}
}

// While its files are sent a form's buttons and fields can't be used, until the answer
// to something else has come, as the client has it.
func TestFormIsLockedWhileItsFilesAreSent(t *testing.T) {
	held := liveviewtest.File{Name: "a.txt", Type: "text/plain", Content: []byte("some content"), Held: true}
	for _, auto := range []bool{false, true} {
		open := func(t testing.TB) *liveviewtest.View {
			v := openCancelling(t, liveview.UploadConfig{AutoUpload: auto})
			v.Choose("[type=file]", held)
			if !v.Clickable("#go") {
				t.Fatal("the form can't be submitted")
			}
			v.Click("#go")
			return v
		}
		v := open(t)
		if v.Clickable("#go") {
			t.Error("the button can be clicked on though the form's files are on their way")
		}
		for name, act := range map[string]func(v *liveviewtest.View){
			"Click":  func(v *liveviewtest.View) { v.Click("#go") },
			"Submit": func(v *liveviewtest.View) { v.Submit("#notes") },
			"Change": func(v *liveviewtest.View) { v.Change("[name=title]", "x") },
			"Choose": func(v *liveviewtest.View) { v.Choose("[type=file]", held) },
		} {
			said := failures(func(t testing.TB) { act(open(t)) })
			if len(said) != 1 || !strings.Contains(said[0], name) || !strings.Contains(said[0], "files are sent") {
				t.Errorf("%s failed with %q, want one that says that the form's files are sent", name, said)
			}
		}
		v.Upload("[type=file]", "a.txt", 100)
		if got, want := v.Text("#log"), `saved a.txt: 12 bytes from "some "`; got != want {
			t.Errorf("saved were %s, want %s", got, want)
		}
		if !v.Clickable("#go") {
			t.Error("the form stays locked after its submit was answered")
		}
		v = open(t)
		v.Click("#tick")
		if !v.Clickable("#go") {
			t.Error("the form stays locked though a later event was answered")
		}
	}
}

// A file that fails leaves its form usable.
func TestFormIsUnlockedWhenAFileFails(t *testing.T) {
	v := openCancelling(t, liveview.UploadConfig{ChunkSize: 10})
	v.Choose("[type=file]", liveviewtest.File{Name: "a.txt", Type: "text/plain", Content: []byte("a lie about the size"), Size: 12})
	v.Click("#go")
	v.WaitFor(func() bool { return v.Clickable("#go") })
}

// What the server finds wrong with a file's content is on the page when Submit, or the Choose
// of an auto upload, returns: there is nothing to wait for.
func TestFileOfWrongContentIsShownAtOnce(t *testing.T) {
	for name, auto := range map[string]bool{"with the form": false, "auto upload": true} {
		t.Run(name, func(t *testing.T) {
			for range 30 {
				v := liveviewtest.Open(t, app(func(r *gin.Engine) {
					liveview.Handle(r, "/", uploads(liveview.UploadConfig{Accept: []string{".png"}, AutoUpload: auto, ChunkSize: 8}))
				}, quiet()), "/")
				v.Choose("[type=file]", liveviewtest.File{Name: "a.png", Type: "image/png", Content: []byte("no picture at all, but a text")})
				if !auto {
					v.Submit("#notes")
				}
				if got := v.Text("#entries"); !strings.Contains(got, "Files of this type are not accepted.") {
					t.Fatalf("the page shows %q", got)
				}
			}
		})
	}
}
