package liveview_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gin-liveview/liveview"
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

// What the callbacks of an upload do to the upload itself holds: an Authorize that
// disallows it grants nothing, one in place of another has no files of the former's, and
// what a function cancels while it consumes isn't counted.
func TestUploadChangedByItsOwnCallbacks(t *testing.T) {
	config := liveview.UploadConfig{MaxEntries: 1, MaxTotalEntries: 1, AutoUpload: true, ChunkSize: 4}
	st := newStudio(t, config, liveview.Config{})
	onEvent := st.view.onEvent
	st.view.onEvent = func(s *liveview.Socket[album], e liveview.Event) error {
		switch e.Name {
		case "replace":
			return errors.Join(s.CancelUploads("photos"), s.AllowUpload("photos", config))
		case "consume":
			_, err := liveview.ConsumeUploadedEntries(s, "photos", func(string, liveview.UploadEntry) (int, error) {
				return 1, s.DisallowUpload("photos")
			})
			return errors.Join(err, s.AllowUpload("photos", config))
		}
		return onEvent(s, e)
	}
	u := st.openUploader()
	f := textFile("0", "aaaa")
	u.choose(f)
	u.allow(f) // is being sent
	if diff := u.click("replace", nil); diff == nil {
		t.Fatal("an upload whose only file is cancelled can't be allowed anew")
	}
}
