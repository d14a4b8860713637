package liveview_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// contentOf returns what a file holds, with err.
func contentOf(err error) func(path string, e liveview.UploadEntry) (string, error) {
	return func(path string, _ liveview.UploadEntry) (string, error) {
		b, readErr := os.ReadFile(path)
		return string(b), errors.Join(err, readErr)
	}
}

// A file whose consumption is postponed stays, with its entry, and is consumed later.
func TestPostponedFileIsConsumedLater(t *testing.T) {
	st := newStudio(t, liveview.UploadConfig{MaxEntries: 3}, liveview.Config{})
	onEvent := st.view.onEvent
	st.view.onEvent = func(s *liveview.Socket[album], e liveview.Event) error {
		var got []string
		var err error
		switch e.Name {
		case "postpone":
			got, err = liveview.ConsumeUploadedEntries(s, "photos", func(path string, e liveview.UploadEntry) (string, error) {
				if e.Ref == "1" {
					return "later", liveview.ErrPostpone
				}
				return contentOf(nil)(path, e)
			})
		case "postpone with an error":
			got, err = liveview.ConsumeUploadedEntries(s, "photos", contentOf(errors.Join(liveview.ErrPostpone, errNoBucket)))
			if !errors.Is(err, errNoBucket) {
				t.Errorf("the error beside ErrPostpone is lost: %v", err)
			}
			err = nil
		default:
			return onEvent(s, e)
		}
		return s.Reply(fmt.Sprint(got, " ", err))
	}
	u := st.openUploader()
	u.put(textFile("0", "a"), textFile("1", "b"))
	for _, step := range []struct {
		event, want string
		left        int
	}{
		{"postpone", `"[a later] \u003cnil\u003e"`, 1},
		{"postpone with an error", `"[] \u003cnil\u003e"`, 1},
		{"save", `["f1.txt:b"]`, 0},
	} {
		if got := u.hook(step.event, nil); got != step.want {
			t.Errorf("%s: consumed %s, want %s", step.event, got, step.want)
		}
		if n, files := len(u.look()), len(st.left()); n != step.left || files != step.left {
			t.Errorf("%s: %d entries and %d files are left, want %d", step.event, n, files, step.left)
		}
	}
}

// Entries are counted over the page's life, consumed ones too; those that were
// cancelled or could not be kept aren't.
func TestEntriesCountedOverThePagesLife(t *testing.T) {
	st := newStudio(t, liveview.UploadConfig{MaxEntries: 2, MaxTotalEntries: 3}, liveview.Config{})
	onEvent := st.view.onEvent
	st.view.onEvent = func(s *liveview.Socket[album], e liveview.Event) error {
		if e.Name == "again" {
			return s.AllowUpload("photos", liveview.UploadConfig{MaxEntries: 2, MaxTotalEntries: 3})
		}
		if e.Name == "fail" {
			_, err := liveview.ConsumeUploadedEntries(s, "photos", contentOf(errNoBucket))
			return s.Reply(err.Error())
		}
		return onEvent(s, e)
	}
	u := st.openUploader()
	refused := func(files ...file) bool {
		u.choose(files...)
		return strings.Contains(fmt.Sprint(u.allow(files...)), "too_many_files")
	}
	u.put(textFile("0", "a"), textFile("1", "b"))
	u.hook("save", nil)
	u.put(textFile("2", "c"))
	u.hook("fail", nil)
	u.put(textFile("3", "d"))
	u.click("cancel", map[string]any{"ref": "3"})
	if !refused(textFile("4", "e"), textFile("5", "f")) {
		t.Error("a third and a fourth file may be sent, want three in all")
	}
	u.click("cancel", map[string]any{"ref": "4"})
	u.put(textFile("5", "f"))
	u.hook("save", nil)
	if !refused(textFile("6", "g")) {
		t.Error("a fourth file may be sent, want three in all")
	}
	u.click("cancel", map[string]any{"ref": "6"})
	u.upload = uploadRefIn(u.click("again", nil))
	if !refused(textFile("7", "h")) {
		t.Error("a fourth file may be sent as the upload has been allowed anew")
	}
}

// An upload that is disallowed loses its transfers, entries and files, and what the
// page asks for is refused; its template shows nothing, and it can be allowed again.
func TestDisallowedUpload(t *testing.T) {
	config := liveview.UploadConfig{MaxEntries: 3, AutoUpload: true, ChunkSize: 4}
	st := newStudio(t, config, liveview.Config{})
	onEvent := st.view.onEvent
	st.view.onEvent = func(s *liveview.Socket[album], e liveview.Event) error {
		switch e.Name {
		case "disallow":
			if err := s.DisallowUpload("photos"); err != nil {
				return err
			}
			if err := s.DisallowUpload("photos"); !errors.Is(err, liveview.ErrNoUpload) {
				t.Errorf("disallowed again: %v", err)
			}
			if err := s.CancelUpload("photos", "0"); !errors.Is(err, liveview.ErrNoUpload) {
				t.Errorf("cancelling a file of it: %v", err)
			}
		case "allow":
			return s.AllowUpload("photos", config)
		}
		return onEvent(s, e)
	}
	u := st.openUploader()
	done, half, asked := textFile("0", "aaaa"), textFile("1", "bbbbbbbb"), textFile("2", "cccc")
	u.choose(done, half, asked)
	response := u.allow(done, half, asked)
	if status, _ := u.send(done, u.token("0", response), 4); status != "ok" {
		t.Fatal(status)
	}
	joinRef, status, _ := u.joinFile("1", u.token("1", response))
	if status != "ok" {
		t.Fatal(status)
	}
	if status, _ := u.chunk("1", joinRef, half.content[:4]); status != "ok" {
		t.Fatal(status)
	}
	u.click("disallow", nil)
	eventually(t, 5*time.Second, "no file is left", func() bool { return len(st.left()) == 0 })
	if n := len(u.look()); n != 0 {
		t.Errorf("%d entries are left", n)
	}
	if _, status, _ := u.joinFile("2", u.token("2", response)); status != "error" {
		t.Errorf("a file that was granted before can be sent: %s", status)
	}
	if got := fmt.Sprint(u.allow(asked)); !strings.Contains(got, "not_allowed") {
		t.Errorf("a preflight is answered with %s", got)
	}
	u.choose(asked) // is passed over
	u.click("allow", nil)
	if n := len(u.look()); n != 0 {
		t.Errorf("%d entries are left", n)
	}
}

// A finished file is dropped in one call; again, it does nothing.
func TestFinishedFileIsDropped(t *testing.T) {
	st := newStudio(t, liveview.UploadConfig{AutoUpload: true}, liveview.Config{})
	st.view.onProgress = func(s *liveview.Socket[album], e liveview.UploadEntry) error {
		if e.Done {
			s.CancelEntry(e)
			s.CancelEntry(e)
		}
		return nil
	}
	u := st.openUploader()
	u.put(textFile("0", "a"))
	if n, files := len(u.look()), len(st.left()); n != 0 || files != 0 {
		t.Errorf("%d entries and %d files are left", n, files)
	}
}

// An upload whose files are cancelled can be allowed anew in the same callback, while
// what is being sent still comes in.
func TestCancelledUploadIsAllowedAnew(t *testing.T) {
	config := liveview.UploadConfig{AutoUpload: true, ChunkSize: 4}
	st := newStudio(t, config, liveview.Config{})
	st.view.onEvent = func(s *liveview.Socket[album], e liveview.Event) error {
		if e.Name == "replace" {
			return errors.Join(s.CancelUploads("photos"), s.AllowUpload("photos", config))
		}
		return nil
	}
	u := st.openUploader()
	f := textFile("0", "aaaa")
	u.choose(f)
	u.allow(f)
	if diff := u.click("replace", nil); diff == nil {
		t.Fatal("the page shows nothing of the new upload")
	}
	eventually(t, 5*time.Second, "what was being sent is given up", func() bool { return st.site.app.Stats().UploadFiles == 0 })
}

// cabinet is a page with an upload of one file over its life.
type cabinet struct{ Stored int }

var cabinetTemplate = liveview.MustParse[cabinet](`<form id="f" phx-change="chosen">{{with upload "photos"}}{{.FileInput}}{{range .Entries}}` +
	`<p>{{.Name}}{{range .Errors}} {{.Code}}{{end}}</p>{{end}}{{range .Errors}}<p>{{.Code}}</p>{{end}}{{end}}</form>` +
	`<b>{{.Stored}}</b><button phx-click="take">take</button>`)

// cabinetView embeds functions, and has methods of its own beside them.
type cabinetView struct {
	liveview.ViewFuncs[cabinet]
	authorize func(s *liveview.Socket[cabinet], e liveview.Event) error
}

func (cabinetView) Mount(_ *gin.Context, s *liveview.Socket[cabinet]) error { return allowOne(s) }

func (v cabinetView) Authorize(s *liveview.Socket[cabinet], e liveview.Event) error {
	return v.authorize(s, e)
}

func allowOne(s *liveview.Socket[cabinet]) error {
	return s.AllowUpload("photos", liveview.UploadConfig{AutoUpload: true, MaxTotalEntries: 1})
}

// What a callback of an upload's does to that upload holds: an Authorize that disallows
// it grants nothing, and a file that is cancelled while it is consumed isn't counted.
func TestUploadChangedByItsOwnCallbacks(t *testing.T) {
	v := cabinetView{liveview.ViewFuncs[cabinet]{Template: cabinetTemplate, Events: liveview.Events[cabinet]{
		"chosen": func(*liveview.Socket[cabinet], liveview.Event) error { return nil },
		"take": func(s *liveview.Socket[cabinet], _ liveview.Event) error {
			stored, err := liveview.ConsumeUploadedEntries(s, "photos", func(string, liveview.UploadEntry) (int, error) {
				return 1, s.DisallowUpload("photos")
			})
			s.Assign(func(st *cabinet) { st.Stored += len(stored) })
			return errors.Join(err, allowOne(s))
		},
	}}, func(s *liveview.Socket[cabinet], e liveview.Event) error {
		if e.Type == "upload" && e.Name == "photos" && s.State().Stored == 2 {
			return errors.Join(s.DisallowUpload("photos"), allowOne(s)) // nil: it refuses nothing itself
		}
		return nil
	}}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	b := s.browse("/")
	for stored := 1; stored <= 2; stored++ {
		b.Choose("[type=file]", liveviewtest.File{Name: "a.txt", Type: "text/plain", Content: []byte("aaaa")})
		b.Click("button")
		if got := b.Text("b"); got != fmt.Sprint(stored) {
			t.Fatalf("%s files are stored, want %d: %s", got, stored, b.HTML())
		}
	}
	b.Choose("[type=file]", liveviewtest.File{Name: "b.txt", Type: "text/plain", Content: []byte("bbbb")})
	if n := s.app.Stats().UploadFiles; n != 0 {
		t.Errorf("%d files of an upload that Authorize has disallowed are taken in", n)
	}
	b.Click("button")
	if got := b.Text("b"); got != "2" {
		t.Errorf("%s files are stored, want 2", got)
	}
}

// A file that External cancels isn't sent, and the others are.
func TestExternalCancelsAFile(t *testing.T) {
	var s *liveview.Socket[cabinet]
	v := liveview.ViewFuncs[cabinet]{
		Template: cabinetTemplate,
		Mount: func(_ *gin.Context, of *liveview.Socket[cabinet]) error {
			s = of
			return s.AllowUpload("photos", liveview.UploadConfig{MaxEntries: 2, AutoUpload: true, External: func(e liveview.UploadEntry) (map[string]any, error) {
				if e.Name == "no.txt" {
					s.CancelEntry(e)
				}
				return map[string]any{"uploader": "S3"}, nil
			}})
		},
		Events: liveview.Events[cabinet]{"chosen": func(*liveview.Socket[cabinet], liveview.Event) error { return nil }},
	}
	site := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	c := site.visitor().openUploader("/")
	ref := c.upload
	files := []any{
		map[string]any{"ref": "0", "name": "no.txt", "size": 3, "type": "text/plain", "last_modified": 1},
		map[string]any{"ref": "1", "name": "yes.txt", "size": 3, "type": "text/plain", "last_modified": 1},
	}
	c.call("event", map[string]any{
		"type": "form", "event": "chosen", "value": "_target=photos", "uploads": map[string]any{ref: files},
	})
	_, response := c.call("allow_upload", map[string]any{"ref": ref, "cid": nil, "entries": files})
	entries, _ := response["entries"].(map[string]any)
	if entries["0"] != nil || entries["1"] == nil {
		t.Errorf("granted are %v, want the second alone: %v", entries, response)
	}
}
