package e2e

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// inbox is the state of a page with an upload.
type inbox struct{ Saved []string }

var inboxPage = liveview.MustParse[inbox](`{{with upload "files"}}
<form id="form" phx-change="pick" phx-submit="save">
<label for="{{.Ref}}">Files</label>{{.FileInput}} <button id="save">save</button></form>
<div id="drop" phx-drop-target="{{.Ref}}">or drop them here</div>
{{range .Errors}}<p class="all">{{.}}</p>{{end}}
{{range .Entries}}<article id="entry-{{.Ref}}">{{.Preview "alt" .Name}}<b>{{.Name}}</b> <progress max="100" value="{{.Progress}}"></progress>
<button type="button" class="cancel" phx-click="cancel" phx-value-ref="{{.Ref}}">cancel {{.Name}}</button>
{{range .Errors}}<i>{{.}}</i>{{end}}</article>{{end}}
{{end}}
<a id="away" {{navigate "/other"}}>away</a>
<ul id="saved">{{range .Saved}}<li>{{.}}</li>{{end}}</ul>`)

var otherPage = liveview.MustParse[fragile](`<h1 id="other">Elsewhere</h1><a id="back" {{navigate "/"}}>back</a>`)

func inboxView(config func(s *liveview.Socket[inbox]) liveview.UploadConfig) view[inbox] {
	v := view[inbox]{page: inboxPage}
	v.mount = func(_ *gin.Context, s *liveview.Socket[inbox]) error { return s.AllowUpload("files", config(s)) }
	v.event = func(s *liveview.Socket[inbox], e liveview.Event) error {
		switch e.Name {
		case "cancel":
			return s.CancelUpload("files", e.Value("ref"))
		case "save":
			saved, err := liveview.ConsumeUploadedEntries(s, "files", describe)
			s.Assign(func(c *inbox) { c.Saved = append(c.Saved, saved...) })
			return err
		}
		return nil
	}
	return v
}

func describe(path string, e liveview.UploadEntry) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s %d of %d bytes %s", e.Name, info.Size(), e.Size, e.Type), nil
}

func fixed(c liveview.UploadConfig) func(*liveview.Socket[inbox]) liveview.UploadConfig {
	return func(*liveview.Socket[inbox]) liveview.UploadConfig { return c }
}

// uploadLab is a lab with one page of uploads, and previews allowed.
type uploadLab struct {
	*lab
	dir string // where its uploads go
}

func newUploadLab(t *testing.T, script, connect string, v view[inbox]) *uploadLab {
	t.Helper()
	dir := t.TempDir()
	l := newLabIn(t, dir, script, func(r *gin.Engine) {
		r.Use(func(c *gin.Context) {
			c.Header("Content-Security-Policy", "default-src 'self'; img-src 'self' blob:; connect-src 'self' "+connect)
		})
		liveview.Handle(r, "/", v)
		liveview.Handle(r, "/other", view[fragile]{page: otherPage})
	})
	t.Cleanup(func() {
		if strings.Contains(l.log.String(), "level=ERROR") {
			t.Errorf("the log: %s", l.log.String())
		}
	})
	return &uploadLab{l, dir}
}

// noUploads waits until no file of an upload is left.
func (l *uploadLab) noUploads(t *testing.T) {
	t.Helper()
	noUploadsIn(t, l.dir)
}

func noUploadsIn(t *testing.T, dir string) {
	t.Helper()
	eventually(t, "no file is left", func() error {
		left, err := filepath.Glob(filepath.Join(dir, "liveview-uploads-*", "upload-*"))
		if err == nil && len(left) > 0 {
			err = fmt.Errorf("left behind: %v", left)
		}
		return err
	})
}

// onDisk writes files for a browser to choose.
func onDisk(t *testing.T, files map[string][]byte) func(names ...string) []string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return func(names ...string) []string {
		paths := make([]string, len(names))
		for i, name := range names {
			paths[i] = filepath.Join(dir, name)
		}
		return paths
	}
}

// picture is a PNG of n × n random-looking pixels.
func picture(n int) []byte {
	img := image.NewNRGBA(image.Rect(0, 0, n, n))
	seed := uint32(n)
	for i := range n * n {
		seed = seed*1664525 + 1013904223
		img.Set(i%n, i/n, color.NRGBA{uint8(seed >> 24), uint8(seed >> 16), uint8(seed >> 8), 255})
	}
	var b bytes.Buffer
	_ = png.Encode(&b, img)
	return b.Bytes()
}

func (tb *tab) pick(files []string) {
	tb.t.Helper()
	tb.run(chromedp.SetUploadFiles(chromedp.CSS("input[type=file]"), files))
}

// drop drops files of these names and contents onto an element.
func (tb *tab) drop(selector string, files map[string]string) {
	tb.t.Helper()
	var add strings.Builder
	for name, content := range files {
		fmt.Fprintf(&add, "all.items.add(new File([%q], %q, {type: 'text/plain'}));", content, name)
	}
	tb.js(fmt.Sprintf(`(() => {
		const all = new DataTransfer();
		%s
		window.drag = kind => document.querySelector(%q).dispatchEvent(
			new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: all}));
		drag("dragenter");
	})()`, add.String(), selector))
	tb.holds(fmt.Sprintf(`document.querySelector(%q).classList.contains("phx-drop-target-active")`, selector))
	tb.js(`drag("drop")`)
	tb.holds(fmt.Sprintf(`!document.querySelector(%q).classList.contains("phx-drop-target-active")`, selector))
}

func TestUploadOneFile(t *testing.T) {
	t.Parallel()
	l := newUploadLab(t, "", "", inboxView(fixed(liveview.UploadConfig{})))
	file := onDisk(t, map[string][]byte{"a.bin": bytes.Repeat([]byte{1, 2, 3}, 100_000)})
	tb := newPerson(t).open(l.URL)
	tb.mark()
	tb.pick(file("a.bin"))
	tb.holds(`document.querySelector("article b").textContent === "a.bin"`)
	tb.click("#save")
	tb.shows("#saved", "a.bin 300000 of 300000 bytes application/octet-stream")
	tb.holds(`document.querySelector("article") === null && document.querySelector("input[type=file]").files.length === 0`)
	l.noUploads(t)
	// And another one, on the same page.
	tb.pick(file("a.bin"))
	tb.holds(`document.querySelector("article b").textContent === "a.bin"`)
	tb.click("#save")
	tb.holds(`document.querySelectorAll("#saved li").length === 2`)
	if !tb.marked() {
		t.Error("the page was loaded anew")
	}
}

func TestUploadManyFilesWithPreviews(t *testing.T) {
	t.Parallel()
	l := newUploadLab(t, "", "", inboxView(fixed(liveview.UploadConfig{MaxEntries: 8, Accept: []string{"image/*"}, ChunkSize: 5000})))
	files := map[string][]byte{}
	var names []string
	for i := range 8 {
		name := fmt.Sprintf("%d.png", i)
		files[name] = picture(20 + 10*i)
		names = append(names, name)
	}
	file := onDisk(t, files)
	tb := newPerson(t).open(l.URL)
	tb.pick(file(names[:3]...))
	tb.holds(`document.querySelectorAll("article").length === 3`)
	tb.pick(file(names[3:]...)) // those chosen before stay
	tb.holds(`document.querySelectorAll("article").length === 8`)
	tb.holds(`[...document.querySelectorAll("article img")].every((img, i) => img.src.startsWith("blob:") && img.naturalWidth === 20 + 10 * i)`)
	tb.click("#save")
	tb.holds(`document.querySelectorAll("#saved li").length === 8 && document.querySelector("article") === null`)
	for i, name := range names {
		tb.shows(fmt.Sprintf("#saved li:nth-child(%d)", i+1), fmt.Sprintf("%s %d of %d bytes image/png", name, len(files[name]), len(files[name])))
	}
	l.noUploads(t)
}

func TestUploadDroppedFiles(t *testing.T) {
	t.Parallel()
	l := newUploadLab(t, "", "", inboxView(fixed(liveview.UploadConfig{MaxEntries: 3})))
	tb := newPerson(t).open(l.URL)
	tb.drop("#drop", map[string]string{"one.txt": "1", "two.txt": "22"})
	tb.holds(`document.querySelectorAll("article").length === 2`)
	tb.click("#save")
	tb.holds(`document.querySelector("#saved").textContent.includes("one.txt 1 of 1 bytes") && document.querySelector("#saved").textContent.includes("two.txt 2 of 2 bytes")`)
	l.noUploads(t)
}

func TestUploadCancelled(t *testing.T) {
	t.Parallel()
	gate := newGate(3)
	l := newUploadLab(t, "", "", inboxView(func(*liveview.Socket[inbox]) liveview.UploadConfig {
		return liveview.UploadConfig{MaxEntries: 3, ChunkSize: 1000, AutoUpload: true, Writer: gate.writer}
	}))
	file := onDisk(t, map[string][]byte{"a.bin": make([]byte, 10_000), "b.bin": make([]byte, 2000)})
	tb := newPerson(t).open(l.URL)
	tb.pick(file("a.bin"))
	tb.holds(`document.querySelector("progress").value === 30`) // and there it stays
	tb.click("article .cancel")
	tb.holds(`document.querySelector("article") === null`)
	gate.removed(t, 1)
	tb.pick(file("b.bin"))
	tb.holds(`document.querySelector("progress").value === 100`)
	tb.click("article .cancel") // complete, and not wanted after all
	tb.holds(`document.querySelector("article") === null`)
	gate.removed(t, 2)
}

func TestUploadRefused(t *testing.T) {
	t.Parallel()
	l := newUploadLab(t, "", "", inboxView(fixed(liveview.UploadConfig{MaxEntries: 2, MaxFileSize: 20_000, Accept: []string{".png"}})))
	file := onDisk(t, map[string][]byte{
		"large.png": picture(200), "type.txt": []byte("text"), "false.png": []byte("<script>alert(1)</script>"),
		"1.png": picture(10), "2.png": picture(11), "3.png": picture(12),
	})
	tb := newPerson(t).open(l.URL)
	tb.pick(file("large.png"))
	tb.shows("article i", "The file is too large.")
	tb.click("#save") // which the client doesn't even send
	tb.click("article .cancel")
	tb.holds(`document.querySelector("article") === null`)

	tb.pick(file("type.txt"))
	tb.shows("article i", "Files of this type are not accepted.")
	tb.click("article .cancel")
	tb.holds(`document.querySelector("article") === null`)

	tb.pick(file("1.png", "2.png", "3.png"))
	tb.shows(".all", "These are too many files.")
	tb.click("article:last-of-type .cancel")
	tb.holds(`document.querySelector(".all") === null && document.querySelectorAll("article").length === 2`)
	tb.click("#save")
	tb.holds(`document.querySelectorAll("#saved li").length === 2`)

	// A name that promises what the content isn't is found out on the way.
	tb.pick(file("false.png"))
	tb.holds(`document.querySelectorAll("article").length === 1`)
	tb.click("#save")
	tb.shows("article i", "Files of this type are not accepted.")
	l.noUploads(t)
	tb.click("article .cancel")
	tb.holds(`document.querySelector("article") === null`)
	tb.pick(file("3.png"))
	tb.holds(`document.querySelectorAll("article").length === 1`)
	tb.click("#save")
	tb.holds(`document.querySelectorAll("#saved li").length === 3`)
	l.noUploads(t)
}

func TestUploadByItself(t *testing.T) {
	t.Parallel()
	v := inboxView(fixed(liveview.UploadConfig{MaxEntries: 5, ChunkSize: 1000, AutoUpload: true}))
	v.progress = func(s *liveview.Socket[inbox], e liveview.UploadEntry) error {
		if !e.Done {
			return nil
		}
		saved, err := liveview.ConsumeUploadedEntry(s, e, describe)
		s.Assign(func(c *inbox) { c.Saved = append(c.Saved, saved) })
		return err
	}
	l := newUploadLab(t, "", "", v)
	file := onDisk(t, map[string][]byte{"a.bin": make([]byte, 20_000), "b.bin": make([]byte, 5000), "c.bin": make([]byte, 1)})
	tb := newPerson(t).open(l.URL)
	tb.pick(file("a.bin", "b.bin"))
	tb.holds(`document.querySelectorAll("#saved li").length === 2 && document.querySelector("article") === null`)
	tb.pick(file("c.bin"))
	tb.holds(`document.querySelectorAll("#saved li").length === 3 && document.querySelector("article") === null`)
	l.noUploads(t)
}

// Files go to another server, a plain one that takes PUT requests.
func TestUploadExternal(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex // guards stored
	stored := map[string]int{}
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Access-Control-Allow-Methods", "PUT")
		w.Header().Set("Access-Control-Allow-Headers", "Content-Type")
		if r.Method != http.MethodPut {
			return
		}
		if r.URL.Query().Get("signature") != "good" {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		b, _ := io.ReadAll(r.Body)
		mu.Lock()
		stored[r.URL.Path] += len(b)
		mu.Unlock()
	}))
	defer store.Close()
	const uploader = `window.liveview = {uploaders: {PUT(entries, onViewError) {
		entries.forEach(entry => {
			const xhr = new XMLHttpRequest();
			onViewError(() => xhr.abort());
			xhr.onload = () => xhr.status === 200 ? entry.progress(100) : entry.error();
			xhr.onerror = () => entry.error();
			xhr.upload.onprogress = e => {
				const percent = Math.round(e.loaded / e.total * 100);
				if (percent < 100) entry.progress(percent);
			};
			xhr.open("PUT", entry.meta.url, true);
			xhr.send(entry.file);
		});
	}}};`
	v := inboxView(func(*liveview.Socket[inbox]) liveview.UploadConfig {
		return liveview.UploadConfig{MaxEntries: 2, External: func(e liveview.UploadEntry) (map[string]any, error) {
			signature := "good"
			if e.Name == "bad.bin" {
				signature = "forged"
			}
			return map[string]any{"uploader": "PUT", "url": store.URL + "/" + e.Name + "?signature=" + signature}, nil
		}}
	})
	consume := v.event
	v.event = func(s *liveview.Socket[inbox], e liveview.Event) error {
		if e.Name != "save" {
			return consume(s, e)
		}
		saved, err := liveview.ConsumeUploadedEntries(s, "files", func(path string, e liveview.UploadEntry) (string, error) {
			return fmt.Sprintf("%q %s", path, strings.TrimPrefix(e.External["url"].(string), store.URL)), nil
		})
		s.Assign(func(c *inbox) { c.Saved = append(c.Saved, saved...) })
		return err
	}
	l := newUploadLab(t, uploader, store.URL, v)
	file := onDisk(t, map[string][]byte{"a.bin": make([]byte, 100_000), "bad.bin": make([]byte, 10)})
	tb := newPerson(t).open(l.URL)
	tb.pick(file("a.bin"))
	tb.holds(`document.querySelectorAll("article").length === 1`)
	tb.click("#save")
	tb.shows("#saved", `"" /a.bin?signature=good`)
	mu.Lock()
	if stored["/a.bin"] != 100_000 {
		t.Errorf("the other server has %v", stored)
	}
	mu.Unlock()

	tb.expect("403")
	tb.pick(file("bad.bin"))
	tb.holds(`document.querySelectorAll("article").length === 1`)
	tb.click("#save")
	tb.shows("article i", "The file could not be stored.")
	tb.click("article .cancel")
	tb.holds(`document.querySelector("article") === null`)
	l.noUploads(t)
}

// The connection is lost in the middle of an upload: the page comes back by
// itself, the file is sent anew, and the user can still cancel it and choose another.
func TestUploadReconnectInTheMiddle(t *testing.T) {
	t.Parallel()
	gate := newGate(3)
	for _, auto := range []bool{true, false} {
		l := newUploadLab(t, "", "", inboxView(func(*liveview.Socket[inbox]) liveview.UploadConfig {
			return liveview.UploadConfig{MaxEntries: 3, ChunkSize: 1000, AutoUpload: auto, Writer: gate.writer}
		}))
		file := onDisk(t, map[string][]byte{"a.bin": make([]byte, 10_000), "b.bin": make([]byte, 2000)})
		tb := newPerson(t).open(l.URL)
		tb.expect("Failed to push file progress") // as the client puts it
		tb.mark()
		tb.pick(file("a.bin"))
		tb.holds(`document.querySelectorAll("article").length === 1`)
		if !auto {
			tb.click("#save")
		}
		tb.holds(`document.querySelector("progress").value === 30`)
		before := gate.count()
		tb.js(`liveSocket.socket.conn.close(4000, "cut")`)
		gate.removed(t, before+1)
		tb.holds(`liveSocket.main.joinCount === 2 && document.querySelector("progress").value === 30 && document.querySelector(".all") === null`)
		tb.click(".cancel")
		tb.holds(`document.querySelector("article") === null`)
		gate.removed(t, before+2)
		tb.pick(file("b.bin"))
		tb.holds(`document.querySelector("article b").textContent === "b.bin"`)
		if auto {
			tb.holds(`document.querySelector("progress").value === 100`)
		}
		if !tb.marked() {
			t.Error("the page was loaded anew")
		}
	}
}

// The user goes to another page in the middle of an upload, and comes back.
func TestUploadNavigateInTheMiddle(t *testing.T) {
	t.Parallel()
	gate := newGate(3)
	l := newUploadLab(t, "", "", inboxView(func(*liveview.Socket[inbox]) liveview.UploadConfig {
		return liveview.UploadConfig{MaxEntries: 3, ChunkSize: 1000, AutoUpload: true, Writer: gate.writer}
	}))
	file := onDisk(t, map[string][]byte{"a.bin": make([]byte, 10_000), "b.bin": make([]byte, 2000)})
	tb := newPerson(t).open(l.URL)
	tb.mark()
	tb.pick(file("a.bin"))
	tb.holds(`document.querySelector("progress").value === 30`)
	tb.click("#away")
	tb.shows("#other", "Elsewhere")
	gate.removed(t, 1)
	tb.click("#back")
	tb.holds(`document.querySelector("input[type=file]") !== null && document.querySelector("article") === null`)
	tb.live()
	tb.pick(file("b.bin"))
	tb.holds(`document.querySelector("progress").value === 100`)
	if !tb.marked() {
		t.Error("the page was loaded anew")
	}
	t.Attr("figure", fmt.Sprintf("1 file of a page that was left is removed; the next is complete, after %d load", tb.loaded()))
}

// The gallery's page, seen by two.
func TestGalleryAlbum(t *testing.T) {
	t.Parallel()
	uploads := t.TempDir()
	g := startGallery(t, "ALBUM="+t.TempDir(), "TMPDIR="+uploads)
	files := map[string][]byte{"not a photo.png": []byte("<html>"), "large.png": append(picture(10), make([]byte, 10_000_000)...)}
	for i, name := range []string{"Sunrise over the ridge.png", "The old pier.png", "Cloud study.png", "Dunes.png"} {
		files[name] = painting(i)
	}
	file := onDisk(t, files)
	ada, bob := newPerson(t).open(g.site+"/album"), newPerson(t).open(g.site+"/album")
	ada.shows("#album .empty", "No photo yet. Yours will be the first.")
	ada.pick(file("Sunrise over the ridge.png", "The old pier.png", "Cloud study.png"))
	for _, tb := range []*tab{ada, bob} {
		tb.holds(`document.querySelectorAll("#album img").length === 3 && [...document.querySelectorAll("#album img")].every(img => img.naturalWidth === 640)`)
	}
	ada.holds(`document.querySelector("#incoming li") === null && document.querySelectorAll("#album button").length === 3`)
	noUploadsIn(t, uploads)
	if n := eval[int](bob, `document.querySelectorAll("#album button").length`); n != 0 {
		t.Errorf("somebody else may remove %d photos", n)
	}
	bob.js(`liveSocket.main.pushHookEvent(liveSocket.main.el, null, "remove", {id: document.querySelector("#album li").id.slice(6)})`)
	ada.pick(file("not a photo.png", "large.png"))
	ada.holds(`[...document.querySelectorAll("#incoming .error")].map(e => e.textContent).join() === "Files of this type are not accepted.,The file is too large."`)
	if dir := os.Getenv("SCREENSHOTS"); dir != "" {
		bob.screenshot(filepath.Join(dir, "album.png"))
		ada.screenshot(filepath.Join(dir, "album-errors.png"))
		ada.run(chromedp.EmulateViewport(390, 844))
		ada.screenshot(filepath.Join(dir, "album-phone.png"))
	}
	ada.click("#incoming button")
	ada.holds(`document.querySelectorAll("#incoming li").length === 1`)
	ada.click("#incoming button")
	ada.holds(`document.querySelector("#incoming li") === null`)
	ada.click("#album button")
	for _, tb := range []*tab{ada, bob} {
		tb.holds(`document.querySelectorAll("#album img").length === 2`)
	}
	// The album outlives its server.
	ada.expect("WebSocket connection to", "ERR_CONNECTION_REFUSED")
	bob.expect("WebSocket connection to", "ERR_CONNECTION_REFUSED")
	g.kill()
	if err := g.start(); err != nil {
		t.Fatal(err)
	}
	late := newPerson(t).open(g.site + "/album")
	late.holds(`document.querySelectorAll("#album img").length === 2`)
}

// painting is a picture that is pleasant to look at.
func painting(n int) []byte {
	img := image.NewNRGBA(image.Rect(0, 0, 640, 480))
	skies := [][2]color.NRGBA{
		{{252, 196, 120, 255}, {120, 92, 140, 255}},
		{{190, 214, 224, 255}, {70, 110, 130, 255}},
		{{232, 236, 240, 255}, {120, 160, 200, 255}},
		{{250, 226, 180, 255}, {200, 140, 90, 255}},
	}
	low, high := skies[n%4][0], skies[n%4][1]
	mix := func(a, b uint8, f float64) uint8 { return uint8(float64(a)*f + float64(b)*(1-f)) }
	for y := range 480 {
		f := float64(y) / 480
		for x := range 640 {
			c := color.NRGBA{mix(low.R, high.R, f), mix(low.G, high.G, f), mix(low.B, high.B, f), 255}
			for ridge := range 3 {
				top := 300 + 60*float64(ridge) + 40*math.Sin(float64(x)/(60+30*float64(n+ridge))+float64(ridge*2+n)) + 12*math.Sin(float64(x)/17+float64(ridge))
				if float64(y) > top {
					c = color.NRGBA{mix(c.R, 20, .65), mix(c.G, 40, .65), mix(c.B, 50, .65), 255}
				}
			}
			if dx, dy := float64(x-470+60*n), float64(y-150); dx*dx+dy*dy < 45*45 {
				c = color.NRGBA{255, 246, 220, 255}
			}
			img.SetNRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	_ = png.Encode(&b, img)
	return b.Bytes()
}

// gate makes writers that stop in the middle of files of more than their share.
type gate struct {
	chunks   int
	disposed atomic.Int32
}

func newGate(chunks int) *gate { return &gate{chunks: chunks} }

type gatedWriter struct {
	gate *gate
	ctx  context.Context
	left int
}

func (g *gate) writer(ctx context.Context, _ liveview.UploadEntry) (liveview.UploadWriter, error) {
	return &gatedWriter{g, ctx, g.chunks}, nil
}

func (w *gatedWriter) Write(p []byte) (int, error) {
	if w.left--; w.left < 0 {
		<-w.ctx.Done()
		return 0, nil // too late for an error: it is cancelled
	}
	return len(p), nil
}

func (w *gatedWriter) Close() error  { return nil }
func (w *gatedWriter) Remove() error { w.gate.disposed.Add(1); return nil }

func (g *gate) count() int { return int(g.disposed.Load()) }

// removed waits until n writers have been told to remove what they have.
func (g *gate) removed(t *testing.T, n int) {
	t.Helper()
	eventually(t, "files are removed", func() error {
		if g.count() != n {
			return fmt.Errorf("%d writers have removed theirs, want %d", g.count(), n)
		}
		return nil
	})
}

// A submit locks its form while it waits for files, and goes on without one that is
// cancelled on its way: in Chromium as in liveviewtest.
func TestSubmitGoesOnWithoutACancelledFile(t *testing.T) {
	t.Parallel()
	for name, auto := range map[string]bool{"auto upload": true, "with the form": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gate := newGate(3)
			v := inboxView(func(*liveview.Socket[inbox]) liveview.UploadConfig {
				return liveview.UploadConfig{MaxEntries: 3, ChunkSize: 1000, AutoUpload: auto, Writer: gate.writer}
			})
			cancel := v.event
			v.event = func(s *liveview.Socket[inbox], e liveview.Event) error {
				if e.Name != "save" {
					return cancel(s, e)
				}
				saved, err := liveview.ConsumeUploadedEntries(s, "files", func(_ string, e liveview.UploadEntry) (string, error) { return e.Name, nil })
				s.Assign(func(c *inbox) { c.Saved = append(c.Saved, "saved "+strings.Join(saved, " ")) })
				return err
			}
			l := newUploadLab(t, "", "", v)

			file := onDisk(t, map[string][]byte{"a.bin": make([]byte, 10_000), "b.bin": make([]byte, 2000)})
			tb := newPerson(t).open(l.URL)
			tb.pick(file("a.bin", "b.bin"))
			tb.holds(`document.querySelectorAll("article").length === 2`)
			if auto {
				tb.holds(`document.querySelectorAll("progress")[0].value === 30 && document.querySelectorAll("progress")[1].value === 100`)
			}
			tb.click("#save")
			tb.holds(`document.querySelectorAll("progress")[0].value === 30 && document.querySelectorAll("progress")[1].value === 100`)
			tb.holds(`document.querySelector("#save").disabled && document.querySelector("input[type=file]").disabled`)
			tb.click("article .cancel")
			tb.shows("#saved", "saved b.bin")
			tb.holds(`!document.querySelector("#save").disabled`)

			here := liveviewtest.Open(t, l.Config.Handler, "/")
			here.Choose("Files",
				liveviewtest.File{Name: "a.bin", Content: make([]byte, 10_000), Held: true},
				liveviewtest.File{Name: "b.bin", Content: make([]byte, 2000)})
			here.Click("#save")
			here.Upload("Files", "a.bin", 30)
			if here.Clickable("#save") {
				t.Error("the button can be clicked on in liveviewtest")
			}
			here.Click("cancel a.bin")
			if got := here.Text("#saved"); got != "saved b.bin" || !here.Clickable("#save") {
				t.Errorf("liveviewtest shows %q, and the button can be clicked on: %v", got, here.Clickable("#save"))
			}
		})
	}
}
