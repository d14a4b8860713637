package liveview_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview"
)

// album is the state of the page that these tests upload to.
type album struct{ Saved []string }

var albumTemplate = liveview.MustParse[album](`<form phx-change="pick" phx-submit="save">{{with upload "photos"}}
{{.FileInput "class" "in"}}<p phx-drop-target="{{.Ref}}">{{.Name}}</p>
{{range .Errors}}<b>{{if eq .Code "too_many_files"}}{{.}}{{end}}</b>{{end}}
<ul>{{range .Entries}}<li id="e{{.Ref}}">{{.Name}} {{.Progress}}% {{if .Done}}done{{end}}{{range .Errors}}<i>{{.}}</i>{{end}}{{.Preview}}</li>{{end}}</ul>
{{end}}</form>{{range .Saved}}<p>{{.}}</p>{{end}}`)

// studio is a site with an album page at /, and the directory of its uploads.
type studio struct {
	*site
	dir  string
	view *testView[album]
}

func newStudio(t *testing.T, upload liveview.UploadConfig, config liveview.Config) *studio {
	t.Helper()
	st := &studio{dir: t.TempDir(), view: albumView(upload)}
	if config.UploadDir == "" {
		config.UploadDir = st.dir
	}
	st.site = newSite(t, config, func(r *gin.Engine) {
		liveview.Handle(r, "/", st.view)
		liveview.Handle(r, "/plain", counterView())
	})
	return st
}

// albumView answers "look" with its entries, "save" with what it consumed and
// "cancel" by cancelling.
func albumView(upload liveview.UploadConfig) *testView[album] {
	return &testView[album]{
		template: albumTemplate,
		onMount: func(_ *gin.Context, s *liveview.Socket[album]) error {
			return s.AllowUpload("photos", upload)
		},
		onEvent: func(s *liveview.Socket[album], e liveview.Event) error {
			switch e.Name {
			case "look":
				completed, inProgress := s.UploadedEntries("photos")
				return s.Reply(append(completed, inProgress...))
			case "cancel":
				return s.CancelUpload("photos", e.Value("ref"))
			case "crash":
				panic("as asked")
			case "save":
				saved, err := liveview.ConsumeUploadedEntries(s, "photos", func(path string, e liveview.UploadEntry) (string, error) {
					content, err := os.ReadFile(path)
					return e.Name + ":" + string(content), err
				})
				if err != nil {
					return s.Reply(map[string]any{"error": err.Error()})
				}
				s.Assign(func(a *album) { a.Saved = append(a.Saved, saved...) })
				return s.Reply(saved)
			}
			return nil
		},
	}
}

// blocks has the view wait in its event "block". busy gets a value for each that
// does, and release, closed, lets all go on.
func (st *studio) blocks() (busy, release chan struct{}) {
	busy, release = make(chan struct{}, 10), make(chan struct{})
	handle := st.view.onEvent
	st.view.onEvent = func(s *liveview.Socket[album], e liveview.Event) error {
		if e.Name == "block" {
			busy <- struct{}{}
			<-release
		}
		return handle(s, e)
	}
	return busy, release
}

// left returns the files in the directory of uploads.
func (st *studio) left() []string { return filesIn(st.t, st.dir) }

func filesIn(t testing.TB, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*", "upload-*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// eventually waits for a condition, at most limit, and returns how long it took.
func eventually(t testing.TB, limit time.Duration, what string, holds func() bool) time.Duration {
	t.Helper()
	start := time.Now()
	for !holds() {
		if time.Since(start) > limit {
			t.Fatalf("after %s it isn't so that %s", limit, what)
		}
		<-time.After(time.Millisecond)
	}
	return time.Since(start)
}

// uploader is a client that uploads as the official one does.
// What [liveview.UploadConfig] means by zero.
const (
	chunkSize    = 64_000
	chunkTimeout = 10 * time.Second
)

type uploader struct {
	*client
	upload string // ref of the upload
}

type file struct {
	ref, name, kind string
	content         []byte
	size            int64 // declared, if not that of the content
}

func textFile(ref, content string) file {
	return file{ref: ref, name: "f" + ref + ".txt", kind: "text/plain", content: []byte(content)}
}

// textFiles returns n files of the same content.
func textFiles(n int, content string) []file {
	files := make([]file, n)
	for i := range files {
		files[i] = textFile(fmt.Sprint(i), content)
	}
	return files
}

func (f file) wire() map[string]any {
	size := f.size
	if size == 0 {
		size = int64(len(f.content))
	}
	return map[string]any{
		"path": "photos", "ref": f.ref, "name": f.name, "type": f.kind, "size": size,
		"relative_path": "", "last_modified": int64(1700000000000),
	}
}

func wires(files []file) []map[string]any {
	all := make([]map[string]any, len(files))
	for i, f := range files {
		all[i] = f.wire()
	}
	return all
}

var uploadRef = regexp.MustCompile(`data-phx-upload-ref=\\"(phx-[\w-]+)`)

func (v *visitor) openUploader(path string) *uploader {
	v.site.t.Helper()
	c := v.get(path).connect()
	return c.uploader()
}

// uploader joins the page.
func (c *client) uploader() *uploader {
	c.t.Helper()
	status, response := c.join()
	if status != "ok" {
		c.t.Fatalf("join: %s %v", status, response)
	}
	return &uploader{client: c, upload: uploadRefIn(response)}
}

// uploadRefIn returns the ref of the file input that a page or a diff shows.
func uploadRefIn(shown any) string {
	page, _ := json.Marshal(shown)
	page = regexp.MustCompile(`\\u003[ce]`).ReplaceAll(page, nil)
	if m := uploadRef.FindSubmatch(page); m != nil {
		return string(m[1])
	}
	return ""
}

func (st *studio) openUploader() *uploader {
	st.t.Helper()
	return st.visitor().openUploader("/")
}

// choose says that files were chosen, and returns the diff.
func (u *uploader) choose(files ...file) map[string]any {
	u.t.Helper()
	return u.diffOf(map[string]any{
		"type": "form", "event": "pick", "value": "_target=photos",
		"uploads": map[string]any{u.upload: wires(files)},
	})
}

// allow asks for tokens.
func (u *uploader) allow(files ...file) map[string]any {
	u.t.Helper()
	status, response := u.call("allow_upload", map[string]any{"ref": u.upload, "entries": wires(files)})
	if status != "ok" {
		u.t.Fatalf("allow_upload: %s %v", status, response)
	}
	return response
}

func (u *uploader) token(ref string, response map[string]any) string {
	u.t.Helper()
	entries, _ := response["entries"].(map[string]any)
	token, _ := entries[ref].(string)
	if token == "" {
		u.t.Fatalf("no token for entry %s in %v", ref, response)
	}
	return token
}

// ask sends a frame and waits for its reply, or for the topic to be closed.
func (c *client) ask(send func(ref string), joinRef, ref, topic string) (status string, response map[string]any) {
	c.t.Helper()
	send(ref)
	for {
		f := c.next()
		if f.event == "phx_reply" && f.ref == ref && f.topic == topic {
			response, _ = f.payload["response"].(map[string]any)
			return f.payload["status"].(string), response
		}
		if f.event == "phx_close" && f.topic == topic && f.joinRef == joinRef {
			return f.event, nil
		}
	}
}

func (c *client) nextRef() string {
	c.ref++
	return strconv.Itoa(c.ref)
}

// joinFile opens the topic of a file and returns its join ref.
func (c *client) joinFile(ref, token string) (joinRef, status string, response map[string]any) {
	c.t.Helper()
	joinRef, topic := c.nextRef(), "lvu:"+ref
	status, response = c.ask(func(ref string) {
		c.write(fmt.Sprintf(`[%q,%q,%q,"phx_join",{"token":%q}]`, joinRef, ref, topic, token))
	}, joinRef, joinRef, topic)
	return joinRef, status, response
}

func chunkFrame(joinRef, ref, topic string, data []byte) []byte {
	frame := []byte{0, byte(len(joinRef)), byte(len(ref)), byte(len(topic)), byte(len("chunk"))}
	frame = append(frame, joinRef+ref+topic+"chunk"...)
	return append(frame, data...)
}

func (c *client) writeBinary(frame []byte) {
	c.t.Helper()
	if c.polls != nil {
		if a := c.polls.postBinary(frame); a.Status != http.StatusOK {
			c.t.Fatalf("a chunk: status %d", a.Status)
		}
		return
	}
	if err := c.conn.WriteMessage(websocket.BinaryMessage, frame); err != nil {
		c.t.Fatal(err)
	}
}

// chunk sends bytes of a file.
func (c *client) chunk(ref, joinRef string, data []byte) (status string, response map[string]any) {
	c.t.Helper()
	topic := "lvu:" + ref
	return c.ask(func(ref string) { c.writeBinary(chunkFrame(joinRef, ref, topic, data)) }, joinRef, c.nextRef(), topic)
}

// progress reports how far a file is.
func (u *uploader) progress(ref string, progress any) {
	u.t.Helper()
	status, response := u.call("progress", map[string]any{"event": nil, "ref": u.upload, "entry_ref": ref, "progress": progress})
	if status != "ok" {
		u.t.Fatalf("progress: %s %v", status, response)
	}
}

// send sends the content of a file that is allowed, in chunks, and reports
// progress as it goes.
func (u *uploader) send(f file, token string, chunkSize int) (status string, response map[string]any) {
	u.t.Helper()
	joinRef, status, response := u.joinFile(f.ref, token)
	for sent := 0; status == "ok" && sent < len(f.content); {
		n := min(chunkSize, len(f.content)-sent)
		if status, response = u.chunk(f.ref, joinRef, f.content[sent:sent+n]); status == "ok" {
			sent += n
			u.progress(f.ref, sent*100/len(f.content))
		}
	}
	return status, response
}

// put chooses and sends files.
func (u *uploader) put(files ...file) {
	u.t.Helper()
	u.choose(files...)
	response := u.allow(files...)
	for _, f := range files {
		if status, response := u.send(f, u.token(f.ref, response), chunkSize); status != "ok" {
			u.t.Fatalf("sending %s: %s %v", f.name, status, response)
		}
	}
}

// hook pushes an event as a hook does, and returns the reply, as JSON.
func (c *client) hook(event string, value map[string]any) string {
	c.t.Helper()
	if value == nil {
		value = map[string]any{}
	}
	diff := c.diffOf(map[string]any{"type": "hook", "event": event, "value": value})
	b, err := json.Marshal(diff["r"])
	if err != nil {
		c.t.Fatal(err)
	}
	return string(b)
}

// look returns the entries that the view has.
func (u *uploader) look() []liveview.UploadEntry {
	u.t.Helper()
	var entries []liveview.UploadEntry
	if err := json.Unmarshal([]byte(u.hook("look", nil)), &entries); err != nil {
		u.t.Fatal(err)
	}
	return entries
}

// entry returns the one entry that the view has.
func (u *uploader) entry() liveview.UploadEntry {
	u.t.Helper()
	entries := u.look()
	if len(entries) != 1 {
		u.t.Fatalf("the view has entries %+v, want one", entries)
	}
	return entries[0]
}
