package liveview_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

func TestUploadOfOneFile(t *testing.T) {
	st := newStudio(t, liveview.UploadConfig{}, liveview.Config{})
	u := st.openUploader()
	f := textFile("0", "hello world")

	diff := fmt.Sprint(u.choose(f))
	for _, want := range []string{`data-phx-active-refs="0"`, `data-phx-preflighted-refs=""`, `data-phx-done-refs=""`, "f0.txt"} {
		if !strings.Contains(diff, want) {
			t.Errorf("after the choice the page gets %s, want %s in it", diff, want)
		}
	}
	response := u.allow(f)
	if got := fmt.Sprint(response["config"]); got != "map[chunk_size:64000 chunk_timeout:10000 max_entries:1 max_file_size:8e+06]" {
		t.Errorf("config = %s", got)
	}
	if diff := fmt.Sprint(response["diff"]); !strings.Contains(diff, `data-phx-preflighted-refs="0"`) {
		t.Errorf("after the preflight the page gets %s", diff)
	}
	if status, response := u.send(f, u.token("0", response), 5); status != "ok" {
		t.Fatalf("%s %v", status, response)
	}
	e := u.entry()
	if !e.Done || e.Progress != 100 || !e.Valid || e.Name != "f0.txt" || e.Size != 11 || e.Type != "text/plain" ||
		!e.LastModified.Equal(time.UnixMilli(1700000000000)) || e.ID == "" {
		t.Errorf("entry = %+v", e)
	}
	if n := len(st.left()); n != 1 {
		t.Errorf("%d files are there before the submit, want 1", n)
	}
	if got := u.hook("save", nil); got != `["f0.txt:hello world"]` {
		t.Errorf("consumed %s", got)
	}
	if left := st.left(); len(left) != 0 {
		t.Errorf("consumed, and left behind: %v", left)
	}
	if entries := u.look(); len(entries) != 0 {
		t.Errorf("consumed, and still there: %+v", entries)
	}
}

func TestUploadOfManyFiles(t *testing.T) {
	st := newStudio(t, liveview.UploadConfig{MaxEntries: 120, ChunkSize: 1000, ChunkTimeout: time.Minute}, liveview.Config{})
	u := st.openUploader()
	var files []file
	want := make([]string, 0, 120)
	for i := range 120 {
		f := textFile(fmt.Sprint(i), strings.Repeat(fmt.Sprint(i, " "), 700))
		files = append(files, f)
		want = append(want, f.name+":"+string(f.content))
	}
	u.choose(files...)
	response := u.allow(files...)
	joins := make([]string, len(files))
	for i, f := range files { // all at once, as the client does
		var status string
		if joins[i], status, _ = u.joinFile(f.ref, u.token(f.ref, response)); status != "ok" {
			t.Fatalf("file %d: %s", i, status)
		}
	}
	for from := 0; from < 4000; from += 1000 {
		for i, f := range files {
			if from >= len(f.content) {
				continue
			}
			to := min(from+1000, len(f.content))
			if status, response := u.chunk(f.ref, joins[i], f.content[from:to]); status != "ok" {
				t.Fatalf("file %d: %s %v", i, status, response)
			}
			u.progress(f.ref, to*100/len(f.content))
		}
	}
	saved := u.hook("save", nil)
	for _, w := range want {
		if !strings.Contains(saved, w) {
			t.Errorf("%.20s… was not consumed", w)
		}
	}
	if left := st.left(); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

var twoInputs = liveview.MustParse[album](`<form phx-change="pick">{{with upload "photos"}}<p>{{.FileInput}}{{len .Entries}}</p>{{end}}` +
	`{{with upload "texts"}}<p>{{.FileInput}}{{len .Entries}}</p>{{end}}</form>`)

// Inputs of one form have nothing to do with each other.
func TestUploadOfSeveralInputs(t *testing.T) {
	st := newStudio(t, liveview.UploadConfig{}, liveview.Config{})
	st.view.template = twoInputs
	st.view.onMount = func(_ *gin.Context, s *liveview.Socket[album]) error {
		return errors.Join(s.AllowUpload("photos", liveview.UploadConfig{Accept: []string{"image/*"}}),
			s.AllowUpload("texts", liveview.UploadConfig{Accept: []string{".txt"}, MaxEntries: 2}))
	}
	st.view.onEvent = func(s *liveview.Socket[album], e liveview.Event) error {
		if e.Name == "pick" {
			return nil
		}
		again := s.AllowUpload(e.Name, liveview.UploadConfig{}) // not while it has files
		got, err := liveview.ConsumeUploadedEntries(s, e.Name, func(path string, e liveview.UploadEntry) (string, error) {
			return e.Name, nil
		})
		return s.Reply([]any{got, again != nil, err == nil})
	}
	c := st.visitor().get("/").connect()
	_, response := c.join()
	page := fmt.Sprint(response)
	var refs []string
	for _, m := range regexp.MustCompile(`data-phx-upload-ref="(phx-[\w-]+)`).FindAllStringSubmatch(page, -1) {
		refs = append(refs, m[1])
	}
	if len(refs) != 2 || refs[0] == refs[1] {
		t.Fatalf("the page has inputs %v, want two", refs)
	}
	photos, texts := &uploader{c, refs[0]}, &uploader{c, refs[1]}
	picture := file{ref: "0", name: "a.png", kind: "image/png", content: []byte(pngHead)}
	texts.put(textFile("1", "one"), textFile("2", "two"))
	photos.put(picture)
	if got := c.hook("texts", nil); got != `[["f1.txt","f2.txt"],true,true]` {
		t.Errorf("of the texts, %s", got)
	}
	if n := len(st.left()); n != 1 {
		t.Errorf("%d files are left, want the picture", n)
	}
	if got := fmt.Sprint(photos.allow(textFile("3", "three"))["error"]); !strings.Contains(got, "not_accepted") {
		t.Errorf("a text for the input of pictures: %s", got)
	}
	// It has taken the picture's place, and can't be consumed.
	if got := c.hook("photos", nil); got != `[null,true,false]` || len(st.left()) != 0 {
		t.Errorf("of the pictures, %s, and %v is left", got, st.left())
	}
}

func TestUploadIsCancelled(t *testing.T) {
	st := newStudio(t, liveview.UploadConfig{MaxEntries: 4}, liveview.Config{})
	u := st.openUploader()
	chosen, granted, half, whole := textFile("0", "chosen"), textFile("1", "granted"), textFile("2", "half way"), textFile("3", "whole")
	u.choose(granted, half, whole)
	response := u.allow(granted, half, whole)
	u.choose(granted, half, whole, chosen)
	joinRef, _, _ := u.joinFile("2", u.token("2", response))
	u.chunk("2", joinRef, []byte("half"))
	u.send(whole, u.token("3", response), 100)
	for _, ref := range []string{"0", "1", "2", "3", "3", "77"} { // twice, and one that never was
		u.click("cancel", map[string]any{"ref": ref})
	}
	eventually(t, time.Second, "all entries are gone", func() bool { return len(u.look()) == 0 })
	eventually(t, time.Second, "nothing is left behind", func() bool { return len(st.left()) == 0 })
	// The file's channel may say that it is closed before it answers.
	if status, _ := u.chunk("2", joinRef, []byte(" way")); status != "error" && status != "phx_close" {
		t.Errorf("a chunk for a cancelled file: %s", status)
	}
	if _, status, response := u.joinFile("1", u.token("1", response)); status != "error" || response["reason"] != "disallowed" {
		t.Errorf("a join of a cancelled file: %s %v", status, response)
	}
}

func TestUploadAnotherFileTakesThePlaceOfASoleOne(t *testing.T) {
	st := newStudio(t, liveview.UploadConfig{AutoUpload: true}, liveview.Config{})
	u := st.openUploader()
	first, second := textFile("0", "first"), textFile("1", "second")
	u.choose(first)
	response := u.allow(first)
	joinRef, _, _ := u.joinFile("0", u.token("0", response))
	u.chunk("0", joinRef, []byte("fir"))
	u.put(second)
	if got := u.hook("save", nil); got != `["f1.txt:second"]` {
		t.Errorf("consumed %s", got)
	}
	eventually(t, time.Second, "nothing is left", func() bool { return len(st.left()) == 0 })
}

func TestUploadRefusals(t *testing.T) {
	for name, test := range map[string]struct {
		config liveview.UploadConfig
		files  []file
		want   string // errors in the reply to allow_upload
		text   string // on the page
	}{
		"too large": {
			liveview.UploadConfig{MaxFileSize: 10},
			[]file{textFile("0", "eleven byte")},
			"error:[[0 too_large]]", "The file is too large.",
		},
		"wrong type": {
			liveview.UploadConfig{Accept: []string{".jpg", "image/png"}},
			[]file{textFile("0", "text")},
			"error:[[0 not_accepted]]", "Files of this type are not accepted.",
		},
		"too many": {
			liveview.UploadConfig{MaxEntries: 2},
			[]file{textFile("0", "a"), textFile("1", "b"), textFile("2", "c")},
			"error:[[UP too_many_files]]", "These are too many files.",
		},
		"one of two, by itself": {
			liveview.UploadConfig{MaxEntries: 2, MaxFileSize: 10, AutoUpload: true},
			[]file{textFile("0", "eleven byte"), textFile("1", "b")},
			"errors:map[0:[too_large]]", "The file is too large.",
		},
		"too many, by itself": {
			liveview.UploadConfig{MaxEntries: 1, AutoUpload: true},
			[]file{textFile("0", "a"), textFile("1", "b")},
			"entries:map[0:", "These are too many files.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			st := newStudio(t, test.config, liveview.Config{})
			u := st.openUploader()
			page := fmt.Sprint(u.choose(test.files...))
			if !strings.Contains(page, test.text) || !strings.Contains(page, "data-phx-error-refs=") {
				t.Errorf("the page gets %s, want it to say %q", page, test.text)
			}
			response := u.allow(test.files...)
			if got := strings.ReplaceAll(fmt.Sprint(response), u.upload, "UP"); !strings.Contains(got, test.want) {
				t.Errorf("allow_upload = %s, want %s", got, test.want)
			}
			if entries, _ := response["entries"].(map[string]any); len(entries) > test.config.MaxEntries {
				t.Errorf("%d files are allowed, want %d at most", len(entries), test.config.MaxEntries)
			}
			if got := u.hook("save", nil); !strings.Contains(got, "still in progress") {
				t.Errorf("consumed %s", got)
			}
			for _, f := range test.files { // the user thinks better of it
				u.click("cancel", map[string]any{"ref": f.ref})
			}
			good := textFile("9", "good")
			if test.config.Accept != nil {
				good = file{ref: "9", name: "a.PNG", kind: "image/png", content: []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")}
			}
			u.put(good)
			if e := u.entry(); !e.Done {
				t.Errorf("a good file after that: %+v", e)
			}
		})
	}
}

// An upload that starts by itself, and whose progress callback consumes each file
// when it is done.
func TestUploadConsumedByItsProgress(t *testing.T) {
	var seen []int
	st := newStudio(t, liveview.UploadConfig{}, liveview.Config{})
	st.view.onMount = func(_ *gin.Context, s *liveview.Socket[album]) error {
		return s.AllowUpload("photos", liveview.UploadConfig{AutoUpload: true, MaxEntries: 3, ChunkSize: 4})
	}
	st.view.onProgress = func(s *liveview.Socket[album], e liveview.UploadEntry) error {
		if e.Upload != "photos" {
			t.Errorf("the entry is of the upload %q", e.Upload)
		}
		seen = append(seen, e.Progress)
		if !e.Done {
			if _, err := liveview.ConsumeUploadedEntry(s, e, func(string, liveview.UploadEntry) (int, error) { return 0, nil }); !errors.Is(err, liveview.ErrUploadInProgress) {
				t.Errorf("consuming half a file: %v", err)
			}
			return nil
		}
		content, err := liveview.ConsumeUploadedEntry(s, e, func(path string, _ liveview.UploadEntry) (string, error) {
			b, err := os.ReadFile(path)
			return string(b), err
		})
		s.Assign(func(a *album) { a.Saved = append(a.Saved, content) })
		return err
	}
	u := st.openUploader()
	u.choose(textFile("0", "12345678"))
	response := u.allow(textFile("0", "12345678"))
	if status, _ := u.send(textFile("0", "12345678"), u.token("0", response), 4); status != "ok" {
		t.Fatal(status)
	}
	if !slices.Equal(seen, []int{50, 100}) {
		t.Errorf("progress = %v, want 50, 100", seen)
	}
	if n := len(st.left()) + len(u.look()); n != 0 {
		t.Errorf("%d files and entries are left", n)
	}
}

func TestUploadConsumedAlthoughTheApplicationFails(t *testing.T) {
	st := newStudio(t, liveview.UploadConfig{MaxEntries: 3}, liveview.Config{})
	var moved string
	st.view.onEvent = func(s *liveview.Socket[album], e liveview.Event) error {
		if e.Name != "save" {
			return nil
		}
		got, err := liveview.ConsumeUploadedEntries(s, "photos", func(path string, e liveview.UploadEntry) (string, error) {
			switch e.Ref {
			case "0":
				return "", errors.New("no room")
			case "1":
				moved = t.TempDir() + "/" + e.ID
				return "moved", os.Rename(path, moved)
			}
			return "read", nil
		})
		if _, other := liveview.ConsumeUploadedEntries(s, "other", func(string, liveview.UploadEntry) (int, error) { return 0, nil }); !errors.Is(other, liveview.ErrNoUpload) {
			t.Errorf("an upload that isn't: %v", other)
		}
		return s.Reply(fmt.Sprint(got, err))
	}
	u := st.openUploader()
	u.put(textFile("0", "a"), textFile("1", "b"), textFile("2", "c"))
	if got := u.hook("save", nil); got != `"[moved read] no room"` {
		t.Errorf("consumed %s", got)
	}
	if left := st.left(); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if b, err := os.ReadFile(moved); string(b) != "b" {
		t.Errorf("the file moved away: %q, %v", b, err)
	}
}

func TestUploadExternal(t *testing.T) {
	refuse := false
	st := newStudio(t, liveview.UploadConfig{MaxEntries: 2, External: func(e liveview.UploadEntry) (map[string]any, error) {
		if refuse {
			return nil, errNoBucket
		}
		return map[string]any{"uploader": "S3", "url": "https://s3.example/" + e.ID}, nil
	}}, liveview.Config{})
	st.view.onEvent = func(s *liveview.Socket[album], e liveview.Event) error {
		switch e.Name {
		case "look":
			completed, inProgress := s.UploadedEntries("photos")
			return s.Reply(append(completed, inProgress...))
		case "save":
			got, err := liveview.ConsumeUploadedEntries(s, "photos", func(path string, e liveview.UploadEntry) (string, error) {
				return path + strings.TrimSuffix(e.External["url"].(string), e.ID), nil
			})
			return s.Reply(fmt.Sprint(got, err))
		}
		return s.CancelUpload("photos", e.Value("ref"))
	}
	u := st.openUploader()
	f, g := textFile("0", "abc"), textFile("1", "def")
	u.choose(f, g)
	response := u.allow(f, g)
	if got := fmt.Sprint(response["entries"]); !strings.Contains(got, "uploader:S3 url:https://s3.example/") {
		t.Errorf("entries = %s", got)
	}
	u.progress("0", 40)
	if e := u.look()[0]; e.Progress != 40 || e.Done {
		t.Errorf("entry = %+v", e)
	}
	u.progress("0", 100)
	u.progress("1", map[string]any{"error": "403"})
	if e := u.look()[1]; !slices.Equal(e.Errors, []liveview.UploadError{{Code: liveview.UploadExternalFailed}}) {
		t.Errorf("entry = %+v", e)
	}
	u.click("cancel", map[string]any{"ref": "1"})
	if got := u.hook("save", nil); got != `"[https://s3.example/] \u003cnil\u003e"` && got != `"[https://s3.example/] <nil>"` {
		t.Errorf("consumed %s", got)
	}
	var cause error
	onEvent := st.view.onEvent
	st.view.onEvent = func(s *liveview.Socket[album], e liveview.Event) error {
		if _, inProgress := s.UploadedEntries("photos"); len(inProgress) == 1 && !inProgress[0].Valid {
			cause = inProgress[0].Errors[0]
		}
		return onEvent(s, e)
	}
	refuse = true
	u.choose(textFile("2", "x"))
	if got := fmt.Sprint(u.allow(textFile("2", "x"))); !strings.Contains(got, "error:[[2 external_client_failure]]") {
		t.Errorf("refused: %s", got)
	}
	if u.look(); !errors.Is(cause, errNoBucket) {
		t.Errorf("the view is told of %v, because of %v", cause, errors.Unwrap(cause))
	}
	if !strings.Contains(st.log.String(), "no bucket") {
		t.Error("the operator isn't told why")
	}
}

// memory is a writer of a test's own.
type memory struct {
	bytes.Buffer
	write, close    func() error
	closed, removed int
}

func (m *memory) Write(p []byte) (int, error) {
	if m.write != nil {
		if err := m.write(); err != nil {
			return 0, err
		}
	}
	return m.Buffer.Write(p)
}

func (m *memory) Close() error {
	m.closed++
	if m.close != nil {
		return m.close()
	}
	return nil
}

func (m *memory) Remove() error { m.removed++; return nil }

func TestUploadToAWriterOfTheApplication(t *testing.T) {
	var w *memory
	st := newStudio(t, liveview.UploadConfig{Writer: func(_ context.Context, e liveview.UploadEntry) (liveview.UploadWriter, error) {
		w = &memory{}
		return w, nil
	}}, liveview.Config{})
	st.view.onEvent = func(s *liveview.Socket[album], e liveview.Event) error {
		if e.Name != "save" {
			return nil
		}
		got, err := liveview.ConsumeUploadedEntries(s, "photos", func(path string, e liveview.UploadEntry) (string, error) {
			m := e.Writer.(*memory)
			return fmt.Sprintf("%q %s %d %d", path, m.String(), m.closed, m.removed), nil
		})
		return s.Reply(fmt.Sprint(got, err))
	}
	u := st.openUploader()
	u.put(textFile("0", "hello"))
	if got, want := u.hook("save", nil), `"[\"\" hello 1 0] <nil>"`; strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(got) != want {
		t.Errorf("consumed %s, want %s", got, want)
	}
	if w.removed != 1 || len(st.left()) != 0 {
		t.Errorf("removed %d times, left %v", w.removed, st.left())
	}
}

func TestUploadConfigThatCannotWork(t *testing.T) {
	external := func(liveview.UploadEntry) (map[string]any, error) { return nil, nil }
	writer := func(context.Context, liveview.UploadEntry) (liveview.UploadWriter, error) { return nil, nil }
	for want, config := range map[string]liveview.UploadConfig{
		`upload "photos": UploadConfig.MaxEntries is -1`:   {MaxEntries: -1},
		`UploadConfig.MaxTotalEntries is -1`:               {MaxTotalEntries: -1},
		`UploadConfig.MaxFileSize is -1`:                   {MaxFileSize: -1},
		`UploadConfig.ChunkSize is 9000000`:                {ChunkSize: 9_000_000},
		`UploadConfig.ChunkTimeout is -1s`:                 {ChunkTimeout: -time.Second},
		`UploadConfig.Accept holds "jpg"; an item is an`:   {Accept: []string{"jpg"}},
		`UploadConfig.Accept holds "image/*;q=1"`:          {Accept: []string{"image/*;q=1"}},
		`UploadConfig.Writer is set beside External; byte`: {External: external, Writer: writer},
		`UploadConfig.Accept holds ".jpg,.png"; an item i`: {Accept: []string{".jpg,.png"}},
	} {
		st := newStudio(t, config, liveview.Config{})
		st.visitor().get("/")
		if !strings.Contains(st.log.String(), strings.ReplaceAll(want, `"`, `\"`)) {
			t.Errorf("%+v: the log says %s, want %s", config, st.log.String(), want)
		}
	}
	st := newStudio(t, liveview.UploadConfig{}, liveview.Config{})
	st.view.onMount = nil
	st.visitor().get("/")
	if want := `has none called \"photos\"; call s.AllowUpload`; !strings.Contains(st.log.String(), strings.ReplaceAll(want, `\"`, `\\\"`)) && !strings.Contains(st.log.String(), want) {
		t.Errorf("a template with an upload that isn't allowed: %s", st.log.String())
	}
}

// A view that is busy while its client uploads isn't flooded by the progress that
// the client reports without waiting: its uploads slow down.
func TestUploadSparesABusyView(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStudio(t, liveview.UploadConfig{MaxEntries: 20, ChunkSize: 10, ChunkTimeout: time.Hour, MinRate: -1}, liveview.Config{})
		_, release := st.blocks()
		u := st.openUploader()
		files := textFiles(20, strings.Repeat("0123456789", 100))
		u.choose(files...)
		response := u.allow(files...)
		joins := map[string]string{}
		for _, f := range files {
			joins["lvu:"+f.ref], _, _ = u.joinFile(f.ref, u.token(f.ref, response))
		}
		u.pushHook("block", 0)
		sent := map[string]int{}
		send := func(topic string) {
			if sent[topic] < 100 {
				u.writeBinary(chunkFrame(joins[topic], u.nextRef(), topic, []byte("0123456789")))
				sent[topic]++
			}
		}
		for topic := range joins {
			send(topic)
		}
		var mu sync.Mutex
		acked := 0
		time.AfterFunc(30*time.Second, func() {
			mu.Lock()
			t.Logf("a view that is busy for 30 s lets %d of 2,000 chunks in", acked)
			mu.Unlock()
			close(release)
		})
		for acked < 2000 {
			f, ok := <-u.frames
			if !ok {
				t.Fatalf("the socket was closed: %v", u.closed)
			}
			switch {
			case f.topic == u.topic() && (f.event == "phx_error" || f.event == "phx_close"):
				t.Fatalf("after %d chunks: %s", acked, f.raw)
			case f.event == "phx_reply" && joins[f.topic] != "" && f.payload["status"] == "ok":
				mu.Lock()
				acked++
				mu.Unlock()
				u.push("progress", map[string]any{"event": nil, "ref": u.upload, "entry_ref": strings.TrimPrefix(f.topic, "lvu:"), "progress": sent[f.topic]})
				send(f.topic)
			}
		}
		if got := u.hook("save", nil); strings.Count(got, ":0123456789") != 20 {
			t.Errorf("consumed %.100s…", got)
		}
		u.close()
	})
}

// What happens to files is handled in its order, however much of it waits: a file
// that was complete before its time was over stays so.
func TestUploadsOfABusyViewAreHandledInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStudio(t, liveview.UploadConfig{MaxEntries: 2}, liveview.Config{})
		_, release := st.blocks()
		u := st.openUploader()
		files := textFiles(2, "0123456789")
		u.choose(files...)
		response := u.allow(files...)
		left, _, _ := u.joinFile("0", u.token("0", response))
		joinRef, _, _ := u.joinFile("1", u.token("1", response))
		u.pushHook("block", 0)
		u.write(fmt.Sprintf(`[%q,%q,"lvu:0","phx_leave",{}]`, left, u.nextRef()))
		if status, _ := u.chunk("1", joinRef, files[1].content); status != "ok" {
			t.Fatalf("the chunk: %s", status)
		}
		progress := u.push("progress", map[string]any{"event": nil, "ref": u.upload, "entry_ref": "1", "progress": 100})
		time.Sleep(chunkTimeout + time.Second) // of the bubble: the second file's time is over
		close(release)
		for f := u.next(); f.ref != progress; f = u.next() {
		}
		for _, e := range u.look() {
			if e.Name == "f1.txt" && (!e.Done || len(e.Errors) > 0) {
				t.Errorf("the complete file is %+v", e)
			}
		}
		u.close()
	})
}

// A busy view doesn't hold up the files that it has granted.
func TestUploadGoesOnWhileItsViewIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStudio(t, liveview.UploadConfig{}, liveview.Config{})
		_, release := st.blocks()
		u := st.openUploader()
		f := textFile("0", "0123456789")
		u.choose(f)
		token := u.token("0", u.allow(f))
		u.pushHook("block", 0)
		joinRef, status, _ := u.joinFile("0", token)
		for i := 0; status == "ok" && i < 10; i += 5 {
			status, _ = u.chunk("0", joinRef, f.content[i:i+5])
		}
		if status != "ok" {
			t.Fatalf("while its view is busy, the file gets %s", status)
		}
		progress := u.push("progress", map[string]any{"event": nil, "ref": u.upload, "entry_ref": "0", "progress": 100})
		time.Sleep(chunkTimeout + time.Second) // which isn't the client's fault
		close(release)
		for f := u.next(); f.ref != progress; f = u.next() {
		}
		if got := u.hook("save", nil); got != `["f0.txt:0123456789"]` {
			t.Errorf("consumed %s", got)
		}
		u.close()
	})
}
