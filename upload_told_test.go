package liveview_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// All that a user has chosen can be dropped at once, whatever is under way.
func TestUploadsAreCancelled(t *testing.T) {
	st := newStudio(t, liveview.UploadConfig{MaxEntries: 3}, liveview.Config{})
	onEvent := st.view.onEvent
	st.view.onEvent = func(s *liveview.Socket[album], e liveview.Event) error {
		if e.Name != "close" {
			return onEvent(s, e)
		}
		if err := s.CancelUploads("nothing"); err == nil {
			t.Error("an upload that isn't allowed is cancelled")
		}
		return s.CancelUploads("photos")
	}
	u := st.openUploader()
	done, begun, chosen := textFile("0", "abc"), textFile("1", "defghi"), textFile("2", "x")
	u.put(done)
	u.choose(begun)
	join, status, response := u.joinFile("1", u.token("1", u.allow(begun)))
	if status != "ok" {
		t.Fatalf("%s %v", status, response)
	}
	u.chunk("1", join, []byte("def"))
	u.choose(chosen)
	if got := len(u.look()); got != 3 {
		t.Fatalf("%d entries, want 3", got)
	}
	u.click("close", nil)
	eventually(t, 5*time.Second, "nothing is left", func() bool { return len(u.look()) == 0 && len(st.left()) == 0 })
	u.put(textFile("3", "new"))
	if got := u.hook("save", nil); got != `["f3.txt:new"]` {
		t.Errorf("consumed %s", got)
	}
}

// A view that takes the place of one that has crashed can know, and its page tells, that
// files had been chosen; until others are. So it is where the page has no input for them any
// more, after a lost connection; else they come again.
func TestFilesAreLostWithTheirView(t *testing.T) {
	var errs []liveview.UploadError
	st := newStudio(t, liveview.UploadConfig{MaxEntries: 2}, liveview.Config{})
	st.view.template = toldAlbum
	onEvent := st.view.onEvent
	st.view.onEvent = func(s *liveview.Socket[album], e liveview.Event) error {
		errs = s.UploadErrors("photos")
		if e.Name == "crash" {
			return errors.New("on purpose")
		}
		return onEvent(s, e)
	}
	v := st.browse("/")
	v.Reconnect()
	if v.Has("i") {
		t.Errorf("files are lost that were never chosen: %s", v.Text("body"))
	}
	v.Choose("[type=file]", liveviewtest.File{Name: "a.txt", Content: []byte("x")})
	v.Reconnect()
	if v.Has("i") || v.Text("p") != "a.txt" {
		t.Errorf("after a lost connection the page shows %s", v.Text("body"))
	}
	v.Click("#crash")
	v.Reconnect()
	v.WaitForText("i", "The files are no longer here. Please choose them again.")
	if v.Click("b"); fmt.Sprint(errs) != "[The files are no longer here. Please choose them again.]" {
		t.Errorf("the view knows of %v", errs)
	}
	v.Choose("[type=file]", liveviewtest.File{Name: "b.txt", Content: []byte("x")})
	if v.Has("i") {
		t.Errorf("files are chosen again: %s", v.Text("body"))
	}
	v.Disconnect()
	st.view.template = liveview.MustParse[album](`{{with upload "photos"}}{{range .Errors}}<i>{{.}}</i>{{end}}{{range .Entries}}<p>{{.Name}}</p>{{end}}{{end}}`)
	v.Reconnect()
	v.WaitForText("i", "The files are no longer here. Please choose them again.")
	if v.Has("p") {
		t.Errorf("the page shows %s", v.Text("body"))
	}
}

var toldAlbum = liveview.MustParse[album](`<form id="f" phx-change="pick" phx-submit="save">{{with upload "photos"}}{{.FileInput}}` +
	`{{range .Errors}}<i>{{.}}</i>{{end}}{{range .Entries}}<p>{{.Name}}{{range .Errors}}: {{.}}{{end}}</p>{{.Preview}}{{end}}{{end}}</form><b phx-click="look"></b><button id="crash" phx-click="crash"></button>`)

// An empty file, of which the client says nothing, is told beside the others, and can
// be cancelled.
func TestEmptyFilesAreTold(t *testing.T) {
	for _, most := range []int{1, 3} {
		st := newStudio(t, liveview.UploadConfig{MaxEntries: most}, liveview.Config{})
		st.view.template = toldAlbum
		v := st.browse("/")
		empty := liveviewtest.File{Name: "empty.txt"}
		if most == 1 {
			v.Choose("[type=file]", liveviewtest.File{Name: "old.txt", Content: []byte("x")})
			v.Choose("[type=file]", empty)
		} else {
			v.Choose("[type=file]", liveviewtest.File{Name: "a.txt", Content: []byte("x")}, empty, liveviewtest.File{Name: "b.txt", Content: []byte("x")})
		}
		page := v.Text("body")
		if !strings.Contains(page, "empty.txt: The file is empty.") || strings.Contains(page, "old.txt") || most == 3 && !strings.Contains(page, "b.txt") {
			t.Errorf("of %d: the page shows %s", most, page)
		}
	}
	u := newStudio(t, liveview.UploadConfig{}, liveview.Config{}).openUploader()
	for _, value := range []any{map[string]any{"ref": "other", "names": []string{"x"}}, map[string]any{"ref": u.upload, "names": []string{}}} {
		if status, _ := u.call("event", map[string]any{"type": "js", "event": "lv:empty-files", "value": value}); status != "ok" {
			t.Errorf("%v: %s", value, status)
		}
	}
	if got := u.look(); len(got) != 0 {
		t.Errorf("entries %v", got)
	}
}

// A file that fails has its form unlocked: whether its content isn't what was asked
// for, it is too slow, or its uploader somewhere else says so.
func TestFileThatFailsUnlocksItsForm(t *testing.T) {
	st := newStudio(t, liveview.UploadConfig{Accept: []string{".png"}}, liveview.Config{})
	u := st.openUploader()
	f := file{ref: "0", name: "a.png", kind: "image/png", content: []byte("no picture at all")}
	u.choose(f)
	join, _, _ := u.joinFile("0", u.token("0", u.allow(f)))
	u.writeBinary(chunkFrame(join, u.nextRef(), "lvu:0", f.content))
	want := fmt.Sprintf(`"e":[["liveview:unlock",{"id":%q}]]`, u.upload)
	for f := u.next(); !strings.Contains(f.raw, want); f = u.next() {
		if f.event == "phx_error" {
			t.Fatal(f.raw)
		}
	}
	if status, _ := u.call("event", map[string]any{"type": "js", "event": "lv:unlock", "value": map[string]any{}}); status != "ok" {
		t.Errorf("the page's push is answered by %s", status)
	}
	external := newStudio(t, liveview.UploadConfig{External: func(liveview.UploadEntry) (map[string]any, error) {
		return map[string]any{"uploader": "X"}, nil
	}}, liveview.Config{}).openUploader()
	external.choose(textFile("0", "x"))
	external.allow(textFile("0", "x"))
	_, response := external.call("progress", map[string]any{"ref": external.upload, "entry_ref": "0", "progress": map[string]any{"error": "gone"}})
	if got := fmt.Sprint(response); !strings.Contains(got, "liveview:unlock") {
		t.Errorf("an uploader that fails: %s", got)
	}
}
