package liveview_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/gin-liveview/liveview"
)

const (
	pngHead  = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
	gifHead  = "GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04"
	jpegHead = "\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
	webpHead = "RIFF\x24\x00\x00\x00WEBPVP8 "
	pdfHead  = "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"
	mp4Head  = "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
	svgFile  = `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`
	htmlFile = `<!DOCTYPE html><html><body><script>alert(1)</script></body></html>`
	elfHead  = "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x3e\x00\x01\x00\x00\x00"
	exeHead  = "MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00"
	phpFile  = "<?php system($_GET['c']); ?>"
	javaHead = "\xca\xfe\xba\xbe\x00\x00\x00\x34\x00\x1d"
)

func zipWith(names ...string) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range names {
		f, _ := w.Create(name)
		_, _ = f.Write([]byte("x"))
	}
	_ = w.Close()
	return b.String()
}

// hostile are files that must not get in: what the upload accepts, what the
// browser says, what is in them. An empty content stands for the name's or
// type's alone being wrong.
var hostile = []struct{ accept, name, kind, content string }{
	// Pictures that aren't.
	{"image/*", "a.png", "image/png", htmlFile},
	{"image/*", "a.png", "image/png", svgFile},
	{"image/*", "a.jpg", "image/jpeg", phpFile},
	{"image/*", "a.gif", "image/gif", elfHead},
	{"image/*", "a.gif", "image/gif", exeHead},
	{"image/*", "a.webp", "image/webp", "#!/bin/sh\nrm -rf /\n"},
	{"image/*", "a.png", "image/png", pdfHead},
	{"image/*", "a.png", "image/png", zipWith("a")},
	{"image/*", "a.png", "image/png", "just text"},
	{"image/*", "a.png", "image/png", "\x00"},
	{"image/*", "a.png", "image/png", mp4Head},
	{"image/*", "a.png", "image/png", javaHead},
	{"image/*", "a.png", "image/png", "{\"a\":1}"},
	{"image/*", "a.png", "image/png", "\n\n   " + htmlFile},
	{"image/*", "a.png", "image/png", "\xef\xbb\xbf" + htmlFile},
	{"image/*", "a.png", "image/png", "<!-- GIF89a -->" + htmlFile},
	{"image/*", "a.png", "image/png", `<?xml version="1.0"?>` + svgFile},
	// SVG runs scripts; a wildcard doesn't ask for it.
	{"image/*", "a.svg", "image/svg+xml", svgFile},
	{"image/*", "a.svg", "image/png", svgFile},
	{"image/*", "a.png", "image/svg+xml", svgFile},
	{"image/*", "a.svgz", "image/svg+xml", "\x1f\x8b\x08"},
	{".png,.jpg", "a.svg", "image/svg+xml", svgFile},
	// Polyglots: a picture to one reader, a page to another.
	{"image/*", "a.gif", "image/gif", "GIF89a/*" + htmlFile + "*/"},
	{"image/*", "a.gif", "image/gif", gifHead + htmlFile},
	{"image/gif", "a.gif", "image/gif", "GIF89a=1;//<ScRiPt>alert(1)</script>"},
	{".gif", "a.gif", "image/gif", gifHead + "<IFRAME src=//evil>"},
	{"image/*", "a.jpg", "image/jpeg", jpegHead + "\xff\xfe\x00\x20" + phpFile},
	{".jpg", "a.jpg", "image/jpeg", jpegHead + svgFile},
	{"image/*", "a.png", "image/png", pngHead + "tEXt<body onload=alert(1)>"},
	{"image/bmp", "a.bmp", "image/bmp", "BM\x00\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00<html>"},
	{"image/*", "a.webp", "image/webp", webpHead + "<object data=x>"},
	{"video/*", "a.mp4", "video/mp4", mp4Head + htmlFile},
	{"audio/*", "a.mp3", "audio/mpeg", "ID3\x03\x00\x00\x00\x00\x00\x21" + htmlFile},
	// Names that contradict the type, which stored under that name would run.
	{"image/*", "a.html", "image/png", pngHead},
	{"image/*", "a.php", "image/png", pngHead},
	{"image/*", "a.png.html", "image/png", pngHead},
	{"image/*", "a.exe", "image/jpeg", jpegHead},
	{"image/*", "a.js", "image/gif", gifHead},
	{"image/png", "a.gif", "image/png", pngHead},
	{"image/png", "a.png", "image/png", gifHead},
	{"image/png,image/jpeg", "a.jpg", "image/png", pngHead + "<script>"},
	{".png", "a.png.exe", "image/png", pngHead},
	{".png", "png", "image/png", pngHead},
	{".png", "a.png\x00.html", "image/png", pngHead},
	{".png", "a.html%00.png ", "text/html", pngHead},
	{".png", "a.png", "text/html", pngHead},
	// Types that the browser lies about.
	{"application/pdf", "a.pdf", "application/pdf", htmlFile},
	{".pdf", "a.pdf", "application/pdf", exeHead},
	{".pdf", "a.pdf", "application/pdf", "%PD-1.7"},
	{".txt", "a.txt", "text/plain", htmlFile},
	{".txt", "a.txt", "text/plain", svgFile},
	{"text/plain", "a.txt", "text/plain", phpFile},
	{"text/*", "a.txt", "text/plain", htmlFile},
	{"text/*", "a.html", "text/html", htmlFile},
	{".csv", "a.csv", "text/csv", htmlFile},
	{".csv", "a.csv", "text/csv", elfHead},
	{".md", "a.md", "text/markdown", "<script>alert(1)</script>"},
	{".json", "a.json", "application/json", htmlFile},
	{".zip", "a.zip", "application/zip", exeHead},
	{".docx", "a.docx", "", zipWith("META-INF/MANIFEST.MF")},
	{"video/*", "a.mp4", "video/mp4", jpegHead},
	{"video/mp4", "a.mp4", "video/mp4", elfHead},
	{"audio/*", "a.mp3", "audio/mpeg", htmlFile},
	{".jpg", "a.jpg", "image/jpeg", "\xff\xd8"},
}

// genuine are files that must get in.
var genuine = []struct{ accept, name, kind, content string }{
	{"", "a.exe", "application/x-msdownload", exeHead},
	{"image/*", "a.png", "image/png", pngHead},
	{"image/*", "A.PNG", "image/png", pngHead},
	{"image/*", "a.jpeg", "image/jpeg", jpegHead},
	{"image/*", "blob", "image/gif", gifHead},
	{"image/*", "a.webp", "", webpHead},
	{".jpg,.jpeg", "Ferien.JPG", "image/jpeg", jpegHead},
	{".png", "a.png", "", pngHead},
	{"image/svg+xml", "a.svg", "image/svg+xml", svgFile},
	{".svg", "a.svg", "image/svg+xml", svgFile},
	{".html", "a.html", "text/html", htmlFile},
	{".pdf", "a.pdf", "application/pdf", pdfHead},
	{"application/pdf", "a.pdf", "application/pdf", pdfHead},
	{".txt", "a.txt", "text/plain", "Just text. <3"},
	{".txt,.md", "a.md", "", "# Title\n\n- one\n"},
	{".csv", "a.csv", "text/csv", "a,b\n1,2\n3,4\n"},
	{".csv", "a.csv", "application/vnd.ms-excel", "a\n1\n"},
	{"text/csv", "a.csv", "text/csv", "a\n"},
	{".json", "a.json", "application/json", `{"a": [1, 2]}`},
	{".zip", "a.zip", "application/x-zip-compressed", zipWith("a")},
	{"application/zip", "a.zip", "application/x-zip-compressed", zipWith("a")},
	{".docx", "a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", zipWith("[Content_Types].xml", "_rels/.rels", "word/document.xml")},
	{"video/*", "a.mp4", "video/mp4", mp4Head},
	{"audio/*", "a.mp3", "audio/mpeg", "ID3\x03\x00\x00\x00\x00\x00\x21TIT2"},
	{".unheardof", "a.unheardof", "", "\x01\x02\x03"},
	{"image/png,.pdf", "a.pdf", "application/pdf", pdfHead},
}

// A file of the wrong type is refused, whether its name, the browser's word or its
// content gives it away.
func TestUploadHostileFilesAreRefused(t *testing.T) {
	try := func(t *testing.T, accept, name, kind, content string, chunk int) (accepted bool) {
		config := liveview.UploadConfig{ChunkSize: chunk}
		if accept != "" {
			config.Accept = strings.Split(accept, ",")
		}
		st := newStudio(t, config, liveview.Config{})
		u := st.openUploader()
		f := file{ref: "0", name: name, kind: kind, content: []byte(content)}
		u.choose(f)
		response := u.allow(f)
		if response["error"] == nil {
			if status, response := u.send(f, u.token("0", response), chunk); status != "ok" && response["reason"] != "writer_error" {
				t.Errorf("the refusal is %v", response)
			}
		}
		e := u.entry()
		if !e.Done && fmt.Sprint(e.Errors) != "[Files of this type are not accepted.]" {
			t.Errorf("%q: entry = %+v, want it not accepted", name, e)
		}
		if e.Done != (u.hook("save", nil) != `{"error":"liveview: the upload is still in progress: \"photos\""}`) {
			t.Errorf("%q: Done = %v, and it could be consumed", name, e.Done)
		}
		if !e.Done && len(st.left()) != 0 {
			t.Errorf("%q: refused, and left behind: %v", name, st.left())
		}
		return e.Done
	}
	accepted := 0
	for i, h := range hostile {
		for _, chunk := range []int{chunkSize, 7} {
			if try(t, h.accept, h.name, h.kind, h.content, chunk) {
				t.Errorf("hostile file %d got in: %q for %q", i, h.name, h.accept)
				accepted++
			}
		}
	}
	for i, g := range genuine {
		if !try(t, g.accept, g.name, g.kind, g.content, 100) {
			t.Errorf("genuine file %d was refused: %q for %q", i, g.name, g.accept)
		}
	}
	figure(t, "%d hostile files, each in one chunk and in chunks of 7 bytes: %d accepted; and %d genuine ones", len(hostile), accepted, len(genuine))
}

// No more bytes arrive than were declared, nor than a chunk may have.
func TestUploadOfMoreThanDeclared(t *testing.T) {
	st := newStudio(t, liveview.UploadConfig{ChunkSize: 100, MaxFileSize: 1000}, liveview.Config{})
	var most, excess int64 // bytes of a file, and those of it that weren't declared
	kinds := 0
	onDisk := func() {
		for _, name := range st.left() {
			if info, err := os.Stat(name); err == nil {
				most = max(most, info.Size())
			}
		}
	}
	for name, test := range map[string]struct {
		size   int64
		chunks []int
	}{
		"one byte at the end":       {150, []int{100, 51}},
		"all at once":               {10, []int{100}},
		"after the end":             {10, []int{10, 1}},
		"chunk over the chunk size": {500, []int{100, 101}},
		"chunk of a frame's size":   {1000, []int{60_000}},
	} {
		t.Run(name, func(t *testing.T) {
			u := st.openUploader()
			f := file{ref: "0", name: "a", size: test.size}
			u.choose(f)
			joinRef, status, _ := u.joinFile("0", u.token("0", u.allow(f)))
			var response map[string]any
			for _, n := range test.chunks {
				if status != "ok" {
					t.Fatalf("refused early: %v", response)
				}
				status, response = u.chunk("0", joinRef, make([]byte, n))
				onDisk()
				if excess = max(excess, most-test.size); excess > 0 {
					t.Errorf("%d bytes are on the disk, %d were declared", most, test.size)
				}
			}
			if last := test.chunks[len(test.chunks)-1]; status != "error" && last != 1 {
				t.Errorf("the last chunk got %s", status)
			} else if limit, _ := response["limit"].(float64); response["reason"] == "file_size_limit_exceeded" && int64(limit) != test.size {
				t.Errorf("the last chunk got %v", response)
			}
			if status == "error" && response["reason"] == "file_size_limit_exceeded" && u.entry().Errors[0].Code != liveview.UploadTooLarge {
				t.Errorf("entry = %+v", u.entry())
			}
			u.close()
			eventually(t, time.Second, "nothing is left", func() bool { return len(st.left()) == 0 })
			most = 0
			kinds++
		})
	}
	// Sizes that can't be.
	for _, size := range []string{"0", "1001", "9223372036854775807", "-1", "1e99", `"1"`, "null"} {
		u := st.openUploader()
		u.write(fmt.Sprintf(`["1","%s",%q,"allow_upload",{"ref":%q,"entries":[{"ref":"0","name":"a","type":"","size":%s}]}]`,
			u.nextRef(), u.topic(), u.upload, size))
		if f := u.next(); strings.Contains(f.raw, `"entries":{"0"`) {
			t.Errorf("a file of %s bytes is allowed: %s", size, f.raw)
		}
		u.close()
		kinds++
	}
	figure(t, "%d ways to send, or to declare, too much: %d bytes on the disk that weren't declared", kinds, excess)
}

// A file of which bytes are missing isn't complete, whatever the client says.
func TestUploadThatIsNotCompleteIsNotConsumed(t *testing.T) {
	st := newStudio(t, liveview.UploadConfig{MaxEntries: 3}, liveview.Config{})
	u := st.openUploader()
	part, none, unasked := textFile("0", "0123456789"), textFile("1", "0123456789"), textFile("2", "0123456789")
	u.choose(part, none, unasked)
	response := u.allow(part, none)
	joinRef, _, _ := u.joinFile("0", u.token("0", response))
	u.chunk("0", joinRef, []byte("012345678"))
	for _, ref := range []string{"0", "1", "2", "3"} {
		u.progress(ref, 100)
	}
	entries := u.look()
	for _, e := range entries {
		if e.Done || e.Progress > 90 {
			t.Errorf("entry = %+v, want it in progress", e)
		}
	}
	if entries[0].Progress != 90 {
		t.Errorf("progress = %d, want 90: what has arrived", entries[0].Progress)
	}
	consumed := 0
	if got := u.hook("save", nil); !strings.Contains(got, "still in progress") {
		t.Errorf("consumed %s", got)
		consumed++
	}
	figure(t, "%d of %d files consumed", consumed, len(entries))
	u.chunk("0", joinRef, []byte("9"))
	u.progress("0", 100)
	u.click("cancel", map[string]any{"ref": "1"})
	u.click("cancel", map[string]any{"ref": "2"})
	eventually(t, time.Second, "one entry is left", func() bool { return len(u.look()) == 1 })
	if got := u.hook("save", nil); got != `["f0.txt:0123456789"]` {
		t.Errorf("consumed %s", got)
	}
}

// No more entries are allowed than configured: of 1,000 files, of one asked for
// twice, of refs that can't be, and by progress without an upload.
func TestUploadOfTooManyEntries(t *testing.T) {
	for _, auto := range []bool{false, true} {
		t.Run(fmt.Sprintf("auto upload %v", auto), func(t *testing.T) {
			st := newStudio(t, liveview.UploadConfig{MaxEntries: 10, AutoUpload: auto}, liveview.Config{})
			u := st.openUploader()
			var files []file
			for i := range 1000 {
				files = append(files, file{ref: fmt.Sprint(i), name: fmt.Sprintf("holiday picture number %d.jpeg", i), kind: "image/jpeg", size: 5})
			}
			start := time.Now()
			response := u.allow(files...)
			d := time.Since(start)
			entries, _ := response["entries"].(map[string]any)
			if len(entries) > 10 || d > time.Second {
				t.Errorf("1,000 files: %d allowed after %s, want at most 10 within 1 s", len(entries), d)
			}
			kept := len(u.look())
			if kept > 110 {
				t.Errorf("the view keeps %d entries", kept)
			}
			u.choose(files...)
			u.choose(append(files[500:], files[:500]...)...)
			if got := len(u.look()); got != kept {
				t.Errorf("chosen again, %d entries became %d", kept, got)
			}
			figure(t, "of 1,000 files %d are allowed, after %s (auto upload %v)", len(entries), d, auto)

			u = st.openUploader() // the same ref twice in one message, and again
			f := textFile("0", "abc")
			response = u.allow(f, f)
			u.token("0", response)
			if entries, _ := u.allow(f)["entries"].(map[string]any); len(u.look()) != 1 || len(entries) != 0 {
				t.Errorf("one file asked for thrice: entries %+v, tokens %v", u.look(), entries)
			}
			for _, ref := range []string{"", "a", "1,2", "-1", `"><script>`, strings.Repeat("9", 21), "0\n"} {
				u.allow(file{ref: ref, name: "x", size: 1})
				u.progress(ref, 50)
			}
			u.progress("0", 50)
			if e := u.entry(); e.Progress != 0 {
				t.Errorf("progress without an upload: %+v", e)
			}
		})
	}
}

// hostileNames are file names that mean harm wherever they are taken for more than
// text.
var hostileNames = []string{
	"../../etc/passwd", "..\\..\\windows\\system32\\x.dll", "/etc/cron.d/x", "C:\\autoexec.bat", "\\\\host\\share\\x",
	"..", ".", "", "./x", "a/../../b", "a\x00.txt", "\x00", "x\r\nSet-Cookie: a=b", "x\nContent-Type: text/html",
	"\u202egpj.exe", "a\u200b.png", "\u2066x\u2069", "\ufeffx", "con", "nul.txt", "aux", "lpt1", "%2e%2e%2fx", "..%2f..%2fx", "%00x",
	"..%c0%afx", "\xff\xfe", "a\xc3(", "~root", "$HOME", "`id`", "$(id)", "; rm -rf /", "| cat", "-rf", "--help", "x'y\"z",
	`"><script>alert(1)</script>`, `x" onerror="alert(1)`, "{{.}}", "${jndi:ldap://x}", "file:///etc/passwd", "http://evil/x",
	strings.Repeat("a", 10<<10), strings.Repeat("a", 10<<10) + ".png", strings.Repeat("ü", 300) + ".jpg", strings.Repeat("../", 3000),
	"x.", "x ", " x", "x\t", "*?<>|:", "upload-1", "lock", "🦊.png",
}

// Names never become paths, and are fit to be shown.
func TestUploadHostileNames(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "a", "b", "uploads")
	st := newStudio(t, liveview.UploadConfig{}, liveview.Config{UploadDir: dir})
	st.dir = dir
	u := st.openUploader()
	outside := 0
	for i, name := range hostileNames {
		f := file{ref: fmt.Sprint(i), name: name, content: []byte("x")}
		diff := fmt.Sprint(u.choose(f))
		if strings.Contains(diff, "<script>") || strings.Contains(diff, `" onerror`) || strings.Contains(diff, "\u202e") || strings.Contains(diff, "\x00") {
			t.Errorf("%.40q is on the page: %s", name, diff)
		}
		if status, response := u.send(f, u.token(f.ref, u.allow(f)), 10); status != "ok" {
			t.Fatalf("%.40q: %s %v", name, status, response)
		}
		e := u.entry()
		if strings.ContainsAny(e.Name, "/\\\x00\r\n\t\u202e\u200b") || len(e.Name) > 255 || !utf8.ValidString(e.Name) || e.Name == ".." || e.Name == "." {
			t.Errorf("%.40q is shown as %.40q", name, e.Name)
		}
		if strings.HasSuffix(name, ".png") && !strings.HasSuffix(e.Name, ".png") {
			t.Errorf("%.40q lost its extension: %.40q", name, e.Name)
		}
		inside := st.left()
		_ = filepath.WalkDir(parent, func(path string, d fs.DirEntry, _ error) error {
			if !d.IsDir() && (len(inside) != 1 || path != inside[0]) {
				t.Errorf("%.40q made %s", name, path)
				outside++
			}
			return nil
		})
		if info, err := os.Stat(inside[0]); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the file is %v, %v, want it to be for us alone", info.Mode(), err)
		}
		u.hook("save", nil)
	}
	figure(t, "%d hostile names: %d files outside of the directory", len(hostileNames), outside)
}

// A socket that is cut, at whatever position of an upload, leaves no file.
func TestUploadCutAnywhereLeavesNothing(t *testing.T) {
	cuts := outOf(1000)
	st := newStudio(t, liveview.UploadConfig{MaxEntries: 2, ChunkSize: 100}, liveview.Config{})
	goroutines := runtime.NumGoroutine()
	v := st.visitor()
	page := v.get("/")
	rnd := rand.New(rand.NewPCG(6, 6))
	var slowest time.Duration
	most := 0
	for range cuts {
		u := page.connect().uploader()
		a, b := textFile("0", strings.Repeat("a", 300)), textFile("1", strings.Repeat("b", 100))
		cut := rnd.IntN(14)
		step := func(do func()) {
			if cut--; cut >= 0 {
				do()
			}
		}
		var response map[string]any
		var joinA, joinB string
		step(func() { u.choose(a, b) })
		step(func() { response = u.allow(a, b) })
		step(func() { joinA, _, _ = u.joinFile("0", u.token("0", response)) })
		step(func() { joinB, _, _ = u.joinFile("1", u.token("1", response)) })
		for from := 0; from < 300; from += 100 {
			step(func() { u.chunk("0", joinA, a.content[from:from+100]) })
			step(func() { u.progress("0", from/3+33) })
		}
		step(func() { u.chunk("1", joinB, b.content) })
		step(func() { u.progress("1", 100) })
		step(func() { u.push("event", map[string]any{"type": "click", "event": "crash", "value": map[string]any{}}) })
		if joinB != "" && rnd.IntN(2) == 0 { // with a chunk on its way
			u.writeBinary(chunkFrame(joinA, u.nextRef(), "lvu:0", make([]byte, 100)))
		}
		most = max(most, len(st.left()))
		u.close()
		slowest = max(slowest, eventually(t, time.Second, "nothing is left", func() bool { return len(st.left()) == 0 }))
	}
	eventually(t, 5*time.Second, "all goroutines have ended", func() bool { return runtime.NumGoroutine() <= goroutines+3 })
	if most == 0 {
		t.Error("there never was a file")
	}
	figure(t, "%d cuts: %d files left, removed after %s at most", cuts, len(st.left()), slowest)
}

// Whatever else ends a view, its files go, the complete ones too.
func TestUploadEndsWithItsView(t *testing.T) {
	for name, end := range map[string]func(u *uploader){
		"crash": func(u *uploader) {
			u.push("event", map[string]any{"type": "click", "event": "crash", "value": map[string]any{}})
		},
		"leave":      func(u *uploader) { u.push("phx_leave", map[string]any{}) },
		"navigation": func(u *uploader) { u.joinAs(map[string]any{"url": u.page.url, "session": u.page.session}) },
		"shutdown":   func(u *uploader) { go func() { _ = u.page.visitor.site.server.Shutdown(context.Background()) }() },
		"tab closed": func(u *uploader) { u.close() },
	} {
		t.Run(name, func(t *testing.T) {
			st := newStudio(t, liveview.UploadConfig{MaxEntries: 3}, liveview.Config{})
			u := st.openUploader()
			whole, half, granted := textFile("0", "whole"), textFile("1", "half way"), textFile("2", "granted")
			u.choose(whole, half, granted)
			response := u.allow(whole, half, granted)
			u.send(whole, u.token("0", response), 10)
			joinRef, _, _ := u.joinFile("1", u.token("1", response))
			u.chunk("1", joinRef, []byte("half"))
			if n := len(st.left()); n != 2 {
				t.Fatalf("%d files are there, want 2", n)
			}
			end(u)
			d := eventually(t, time.Second, "nothing is left", func() bool { return len(st.left()) == 0 })
			t.Logf("removed after %s", d)
			if name == "shutdown" {
				eventually(t, time.Second, "the process's directory is gone too", func() bool {
					entries, _ := os.ReadDir(st.dir)
					return len(entries) == 0
				})
				return
			}
			if name == "tab closed" {
				return
			}
			// The tokens of a view that has ended are good for nothing.
			for _, ref := range []string{"1", "2"} {
				if _, status, response := u.joinFile(ref, u.token(ref, response)); status != "error" {
					t.Errorf("a token of the view that ended: %s %v", status, response)
				}
			}
		})
	}
}

// What isn't complete goes at once, even if the view is busy and doesn't learn
// of its end for a while.
func TestUploadCutWhileItsViewIsBusy(t *testing.T) {
	st := newStudio(t, liveview.UploadConfig{}, liveview.Config{})
	busy, release := st.blocks()
	defer close(release)
	u := st.openUploader()
	f := textFile("0", "half way")
	u.choose(f)
	joinRef, _, _ := u.joinFile("0", u.token("0", u.allow(f)))
	u.chunk("0", joinRef, []byte("half"))
	u.pushHook("block", 0)
	<-busy
	u.close()
	eventually(t, time.Second, "nothing is left", func() bool { return len(st.left()) == 0 })
}

// A process that is killed leaves its files; the next one to start removes
// them, and never those of one that lives.
func TestUploadLeftoversOfAKilledProcess(t *testing.T) {
	if dir := os.Getenv("UPLOAD_AND_WAIT"); dir != "" {
		st := newStudio(t, liveview.UploadConfig{}, liveview.Config{UploadDir: dir})
		u := st.openUploader()
		u.put(textFile("0", "abandoned"))
		fmt.Println("there it is")
		select {} // to be killed
	}
	dir := t.TempDir()
	start := func() *exec.Cmd {
		cmd := exec.Command(os.Args[0], "-test.run", "^TestUploadLeftoversOfAKilledProcess$")
		cmd.Env = append(os.Environ(), "UPLOAD_AND_WAIT="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
		if _, err := out.Read(make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	killed := start()
	if n := len(filesIn(t, dir)); n != 1 {
		t.Fatalf("%d files are there, want 1", n)
	}
	_ = killed.Process.Kill()
	_ = killed.Wait()
	if n := len(filesIn(t, dir)); n != 1 {
		t.Fatalf("%d files are there after the kill, want 1", n)
	}
	// What isn't ours.
	if err := os.MkdirAll(filepath.Join(dir, "uploads-of-somebody"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"liveview-uploads-note", "upload-of-somebody", "uploads-of-somebody/upload-1"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	start() // sweeps as it starts
	if files := filesIn(t, dir); len(files) != 2 {
		t.Fatalf("after the next start there are %v, want that process's own file and somebody else's", files)
	}
	figure(t, "of 1 file left by a kill %d is there after the next start", len(filesIn(t, dir))-2)
	start()
	if files := filesIn(t, dir); len(files) != 3 {
		t.Errorf("a third process left %v, want the second's file untouched", files)
	}
	for _, name := range []string{"liveview-uploads-note", "upload-of-somebody", "uploads-of-somebody/upload-1"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Errorf("%s is gone", name)
		}
	}
}

// A browser that is too slow, at whatever stage, loses its file.
func TestUploadThatIsTooSlow(t *testing.T) {
	kinds, longest := 0, time.Duration(0)
	defer func() { figure(t, "%d ways to be slow, held for %s at most", kinds, longest) }()
	for name, test := range map[string]struct {
		config liveview.UploadConfig
		send   func(u *uploader, token string)
		limit  time.Duration
	}{
		"never joins": {liveview.UploadConfig{}, func(*uploader, string) {}, 10 * time.Second},
		"joins and sends nothing": {liveview.UploadConfig{}, func(u *uploader, token string) {
			u.joinFile("0", token)
		}, 10 * time.Second},
		"stops half way": {liveview.UploadConfig{ChunkTimeout: 3 * time.Second}, func(u *uploader, token string) {
			joinRef, _, _ := u.joinFile("0", token)
			u.chunk("0", joinRef, make([]byte, 60_000))
		}, 3 * time.Second},
		"one byte in 9 s": {liveview.UploadConfig{}, func(u *uploader, token string) {
			joinRef, status, _ := u.joinFile("0", token)
			for status == "ok" {
				status, _ = u.chunk("0", joinRef, []byte{0})
				for range 90 { // the bubble's clock: this is the attack
					time.Sleep(100 * time.Millisecond)
					if len(u.entry().Errors) > 0 {
						return
					}
				}
			}
		}, 20 * time.Second},
		"never says that it is done": {liveview.UploadConfig{}, func(u *uploader, token string) {
			joinRef, _, _ := u.joinFile("0", token)
			for range 2 {
				u.chunk("0", joinRef, make([]byte, 50_000))
			}
		}, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := newStudio(t, test.config, liveview.Config{})
				u := st.openUploader()
				f := file{ref: "0", name: "a", size: 100_000}
				u.choose(f)
				token := u.token("0", u.allow(f))
				start := time.Now()
				test.send(u, token)
				var e liveview.UploadEntry
				for e = u.entry(); len(e.Errors) == 0; e = u.entry() {
					if time.Since(start) > time.Minute {
						t.Fatalf("after a minute it is still held: %+v", e)
					}
					time.Sleep(100 * time.Millisecond)
				}
				if held := time.Since(start); held > test.limit+time.Second {
					t.Errorf("held for %s, want %s at most", held, test.limit)
				} else {
					kinds, longest = kinds+1, max(longest, held)
				}
				if e.Errors[0].Code != liveview.UploadTooSlow {
					t.Errorf("entry = %+v", e)
				}
				synctest.Wait()
				if left := st.left(); len(left) != 0 {
					t.Errorf("left behind: %v", left)
				}
				u.click("cancel", map[string]any{"ref": "0"})
				u.put(textFile("1", "another")) // the view lives
				u.close()
			})
		})
	}
}

var errNoBucket = errors.New("no bucket")

// A file that can't be stored, as the disk is full or can't be written or the
// application's writer fails, has an error, and the view lives.
func TestUploadThatCannotBeStored(t *testing.T) {
	failing := func(m *memory, err error) liveview.UploadConfig {
		return liveview.UploadConfig{Writer: func(context.Context, liveview.UploadEntry) (liveview.UploadWriter, error) {
			if m == nil {
				return nil, err
			}
			return m, err
		}}
	}
	full := func() error { return syscall.ENOSPC }
	type fault struct {
		config liveview.UploadConfig
		dir    string
		cause  error // that the view finds
	}
	noDir := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(noDir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	faults := map[string]fault{
		"write fails":               {config: failing(&memory{write: full}, nil), cause: syscall.ENOSPC},
		"close fails":               {config: failing(&memory{close: full}, nil), cause: syscall.ENOSPC},
		"write panics":              {config: failing(&memory{write: func() error { panic("oh") }}, nil)},
		"write never returns to us": {config: failing(&memory{write: func() error { runtime.Goexit(); return nil }}, nil)},
		"short write": {config: liveview.UploadConfig{Writer: func(context.Context, liveview.UploadEntry) (liveview.UploadWriter, error) {
			return short{}, nil
		}}, cause: io.ErrShortWrite},
		"no writer":                    {config: failing(nil, nil)},
		"no writer, and an error":      {config: failing(nil, errNoBucket), cause: errNoBucket},
		"directory that can't be made": {dir: filepath.Join(noDir, "dir"), cause: syscall.ENOTDIR},
	}
	if dir, ok := smallDisk(t); ok {
		faults["disk full"] = fault{dir: dir, cause: syscall.ENOSPC}
	} else {
		t.Log("no file system can be mounted here: a full disk is a writer's error only")
	}
	for name, test := range faults {
		t.Run(name, func(t *testing.T) {
			dir := test.dir
			test.config.MaxEntries = 2
			st := newStudio(t, test.config, liveview.Config{UploadDir: dir})
			told := make(chan error, 10)
			st.view.onProgress = func(_ *liveview.Socket[album], e liveview.UploadEntry) error {
				if len(e.Errors) > 0 {
					told <- e.Errors[0]
				}
				return nil
			}
			u := st.openUploader()
			f := file{ref: "0", name: "a", content: make([]byte, 2<<20)}
			u.choose(f)
			status, response := u.send(f, u.token("0", u.allow(f)), chunkSize)
			want := "error writer_error"
			if name == "write never returns to us" {
				want = "phx_close <nil>" // nobody is left to say more
			}
			if got := fmt.Sprint(status, " ", response["reason"]); got != want {
				t.Errorf("the last chunk got %s, want %s", got, want)
			}
			eventually(t, time.Second, "the entry says so", func() bool {
				return fmt.Sprint(u.entry().Errors) == "[The file could not be stored.]"
			})
			switch err := <-told; {
			case test.cause != nil && !errors.Is(err, test.cause):
				t.Errorf("the view is told of %v, because of %v; want %v", err, errors.Unwrap(err), test.cause)
			case errors.Unwrap(err) == nil:
				t.Errorf("the view is told of %v without a cause", err)
			}
			if e := u.entry(); e.Errors[0].Code != liveview.UploadWriterFailed || e.Done {
				t.Errorf("entry = %+v", e)
			}
			if dir != "" && len(filesIn(t, dir)) != 0 {
				t.Errorf("left behind: %v", filesIn(t, dir))
			}
			u.click("cancel", map[string]any{"ref": "0"})
			if n := len(u.look()); n != 0 {
				t.Errorf("%d entries are left", n)
			}
			if name == "disk full" { // and with room again all is well
				u.put(textFile("1", "small"))
				if got := u.hook("save", nil); got != `["f1.txt:small"]` {
					t.Errorf("consumed %s", got)
				}
			}
		})
	}
}

type short struct{}

func (short) Write(p []byte) (int, error) { return len(p) - 1, nil }
func (short) Close() error                { return nil }
func (short) Remove() error               { return nil }

// A token opens the topic of its own file, once, on its own socket, and nothing
// else does.
func TestUploadTokensThatAreNotGood(t *testing.T) {
	st := newStudio(t, liveview.UploadConfig{MaxEntries: 2}, liveview.Config{Secret: liveview.NewSecret("0123456789abcdef0123456789abcdef"), EventRate: -1})
	other := newStudio(t, liveview.UploadConfig{}, liveview.Config{Secret: liveview.NewSecret("fedcba9876543210fedcba9876543210")})
	accepted, tried := 0, 0
	v := st.visitor()
	u := v.openUploader("/")
	f, g := textFile("0", "abc"), textFile("1", "def")
	u.choose(f, g)
	response := u.allow(f, g)
	token, second := u.token("0", response), u.token("1", response)
	refuse := func(what string, c *client, ref, token string, reasons ...string) {
		t.Helper()
		tried++
		_, status, response := c.joinFile(ref, token)
		if status == "ok" {
			accepted++
			t.Errorf("%s: accepted", what)
			return
		}
		for _, reason := range reasons {
			if response["reason"] == reason {
				return
			}
		}
		t.Errorf("%s: %v, want %v", what, response, reasons)
	}

	// Forged.
	raw, err := base64.URLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	for bit := range len(raw) * 8 {
		b := bytes.Clone(raw)
		b[bit/8] ^= 1 << (bit % 8)
		refuse("bit flipped", u.client, "0", base64.URLEncoding.EncodeToString(b), "invalid_token")
	}
	for n := range len(token) {
		refuse("truncated", u.client, "0", token[:n], "invalid_token")
	}
	for _, forged := range []string{token + "=", token + "AAAA", "\n" + token, "", "null", u.page.session, u.page.csrf, strings.Repeat("A", 5000)} {
		refuse("forged", u.client, "0", forged, "invalid_token")
	}
	x := other.openUploader()
	x.choose(f)
	refuse("of another secret", u.client, "0", x.token("0", x.allow(f)), "invalid_token")

	// Of another entry, input, view, socket, browser.
	refuse("of another entry", u.client, "0", second, "disallowed")
	refuse("for a topic of no entry", u.client, "7", token, "disallowed")
	tab := v.openUploader("/")
	refuse("in another tab of the browser", tab.client, "0", token, "disallowed")
	tab.choose(f)
	tab.allow(f)
	refuse("of another view with an entry of that ref", tab.client, "0", token, "disallowed")
	same := u.page.connect().uploader() // the same page, joined on a second socket
	refuse("on a second socket that has the same view", same.client, "0", token, "disallowed")
	stranger := st.openUploader()
	refuse("in another browser", stranger.client, "0", token, "invalid_token")
	bare := u.page.connect()
	refuse("on a socket without the view", bare, "0", token, "disallowed")

	// Twice.
	joinRef, status, _ := u.joinFile("0", token)
	if status != "ok" {
		t.Fatalf("the good token: %s", status)
	}
	refuse("twice", u.client, "0", token, "already_registered")
	u.chunk("0", joinRef, []byte("abc"))
	u.progress("0", 100)
	refuse("after the file is complete", u.client, "0", token, "already_registered")
	u.click("cancel", map[string]any{"ref": "1"})
	eventually(t, time.Second, "the other entry is gone", func() bool { return len(u.look()) == 1 })
	refuse("after it was cancelled", u.client, "1", second, "disallowed")
	u.hook("save", nil)
	refuse("after it was consumed", u.client, "0", token, "disallowed")
	u.choose(f) // the same ref once more
	fresh := u.token("0", u.allow(f))
	refuse("of an earlier grant", u.client, "0", token, "disallowed")
	joinRef, status, _ = u.joinFile("0", fresh)
	if status != "ok" {
		t.Fatalf("the fresh token: %s", status)
	}
	u.chunk("0", joinRef, []byte("a"))
	u.ask(func(ref string) { u.write(fmt.Sprintf(`[%q,%q,"lvu:0","phx_leave",{}]`, joinRef, ref)) }, "none", u.nextRef(), "lvu:0")
	eventually(t, time.Second, "the entry that the client left is gone", func() bool { return len(u.look()) == 0 && len(st.left()) == 0 })
	refuse("after it was left", u.client, "0", fresh, "disallowed")
	figure(t, "%d of %d forged, foreign and used tokens accepted", accepted, tried)
}

// A page that allows no upload gets none.
func TestUploadToAPageThatAllowsNone(t *testing.T) {
	st := newStudio(t, liveview.UploadConfig{}, liveview.Config{})
	u := st.visitor().openUploader("/plain")
	u.upload = "phx-guessed"
	f := textFile("0", "abc")
	u.choose(f)
	response := u.allow(f)
	if got := fmt.Sprint(response); got != "map[error:[[phx-guessed not_allowed]] ref:phx-guessed]" {
		t.Errorf("allow_upload = %s", got)
	}
	u.progress("0", 100)
	if status, _ := u.chunk("0", "1", []byte("abc")); status != "error" {
		t.Errorf("a chunk got %s", status)
	}
	if diff := u.click("inc", nil); fmt.Sprint(diff) != "map[0:1]" {
		t.Errorf("the view answers %v", diff)
	}
	var written int64
	_ = filepath.WalkDir(st.dir, func(path string, d fs.DirEntry, _ error) error {
		if info, err := d.Info(); err == nil && !d.IsDir() {
			written += info.Size()
		}
		return nil
	})
	if written != 0 || len(st.left()) != 0 {
		t.Errorf("%d bytes were written", written)
	}
	figure(t, "%d bytes written", written)
	// Frames of uploads out of place.
	for _, frame := range []string{
		`["9","90","lvu:0","chunk",{}]`, `["9","91","lvu:","phx_join",{"token":""}]`, `["9","92","lvu:0","phx_join",{}]`,
		`["9","93","lvu:0","phx_leave",{}]`, `["9","94","lvu:0","progress",{}]`, `[null,"95","lvu:0","phx_join",{"token":1}]`,
	} {
		u.write(frame)
		if f := u.next(); f.event != "phx_reply" {
			t.Errorf("%s: %s", frame, f.raw)
		}
	}
	u.writeBinary([]byte{0, 255, 255, 255, 255, 1})
	u.writeBinary(chunkFrame("1", "99", u.topic(), []byte("{}")))
	if diff := u.click("inc", nil); fmt.Sprint(diff) != "map[0:2]" {
		t.Errorf("after that the view answers %v", diff)
	}
}

// A client that connects again in the middle of an upload begins anew.
func TestUploadReconnectInTheMiddle(t *testing.T) {
	st := newStudio(t, liveview.UploadConfig{}, liveview.Config{})
	v := st.visitor()
	page := v.get("/")
	const times = 20
	for range times {
		u := page.connect().uploader()
		f := textFile("0", "0123456789")
		u.choose(f)
		token := u.token("0", u.allow(f))
		joinRef, _, _ := u.joinFile("0", token)
		u.chunk("0", joinRef, []byte("01234"))
		u.close()

		again := page.connect().uploader()
		if again.upload == u.upload {
			t.Error("the input has the same ref, so the client would take its old files for known")
		}
		if n := len(again.look()); n != 0 {
			t.Errorf("the new view has %d entries", n)
		}
		if status, _ := again.chunk("0", joinRef, []byte("56789")); status != "error" {
			t.Errorf("the rest of the file: %s", status)
		}
		again.put(f)
		if got := again.hook("save", nil); got != `["f0.txt:0123456789"]` {
			t.Errorf("consumed %s", got)
		}
		again.close()
	}
	eventually(t, time.Second, "nothing is left", func() bool { return len(st.left()) == 0 })
	crashes := strings.Count(st.log.String(), "ended by an error")
	if crashes != 0 {
		t.Errorf("a view crashed: %s", st.log.String())
	}
	figure(t, "%d times: %d files left, %d views crashed", times, len(st.left()), crashes)
}

// A hundred users at once don't get more than the process has to give.
func TestUploadBudget(t *testing.T) {
	const users, size, budget = 100, 10_000, 250_000
	st := newStudio(t, liveview.UploadConfig{MaxFileSize: size}, liveview.Config{MaxUploadBytes: budget})
	var peak, refused atomic.Int64
	var all sync.WaitGroup
	stop := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		for {
			select {
			case <-stop:
				return
			default:
			}
			sizes := make(map[string]int64)
			for _, name := range st.left() {
				if info, err := os.Stat(name); err == nil {
					sizes[name] = info.Size()
				}
			}
			var sum int64
			for name, size := range sizes {
				if _, err := os.Stat(name); err == nil { // or others may have its bytes by now
					sum += size
				}
			}
			peak.Store(max(peak.Load(), sum))
		}
	}()
	clients := make([]*uploader, users)
	for i := range clients {
		clients[i] = st.openUploader()
	}
	var complete atomic.Int64
	for _, u := range clients {
		all.Go(func() {
			f := file{ref: "0", name: "a", content: make([]byte, size)}
			u.choose(f)
			status, response := "ok", u.allow(f)
			if response["error"] == nil {
				status, _ = u.send(f, u.token("0", response), 1000)
			}
			if response["error"] == nil && status == "ok" {
				complete.Add(1)
				return
			}
			refused.Add(1)
			// It says so, and the view lives.
			eventually(t, 5*time.Second, "the entry is told why", func() bool { return len(u.entry().Errors) == 1 })
			if e := u.entry(); e.Errors[0].Code != liveview.UploadBusy {
				t.Errorf("refused with %+v", e)
			}
		})
	}
	all.Wait()
	close(stop)
	<-watched
	if n := complete.Load(); n == 0 || n > budget/size || peak.Load() > budget {
		t.Errorf("%d were complete, and at most %d bytes were on the disk; want 1 to %d, and %d bytes", n, peak.Load(), budget/size, budget)
	}
	figure(t, "%d users with %d bytes each, where %d may be: %d files complete, %d told to wait, %d bytes at most on the disk", users, size, budget, complete.Load(), refused.Load(), peak.Load())
	for _, u := range clients { // consumed or gone, it is there for others
		u.close()
	}
	eventually(t, 5*time.Second, "the budget is free", func() bool { return len(st.left()) == 0 })
	var u *uploader
	eventually(t, 5*time.Second, "others get in", func() bool {
		u = st.openUploader()
		f := file{ref: "0", name: "a", size: size}
		return u.allow(f)["error"] == nil
	})
}

// What a browser says that it will send holds nothing: others can go on.
func TestUploadPromisesHoldNothing(t *testing.T) {
	const size = 8_000_000
	st := newStudio(t, liveview.UploadConfig{MaxEntries: 100, MaxFileSize: size}, liveview.Config{MaxUploadBytes: 12 * size})
	hostile := st.openUploader()
	var files []file
	for i := range 100 {
		files = append(files, file{ref: fmt.Sprint(i), name: "a", size: size})
	}
	entries, _ := hostile.allow(files...)["entries"].(map[string]any)
	if len(entries) != 100 {
		t.Errorf("%d files are allowed, which hold nothing yet", len(entries))
	}
	honest := st.openUploader()
	honest.put(textFile("0", "a file"))
	if got := honest.hook("save", nil); got != `["f0.txt:a file"]` {
		t.Errorf("consumed %s", got)
	}
}

// One browser has its share of bytes and files, however many tabs it has, and
// leaves the rest to others.
func TestUploadShareOfABrowser(t *testing.T) {
	const size = 10_000
	st := newStudio(t, liveview.UploadConfig{MaxEntries: 6, MaxFileSize: size}, liveview.Config{
		MaxUploadBytes: 100 * size, MaxBrowserUploadBytes: 3 * size, MaxBrowserUploads: 6,
	})
	v := st.visitor()
	tabs := []*uploader{v.openUploader("/"), v.openUploader("/")}
	content := make([]byte, size)
	var files []file
	for i := range 3 {
		files = append(files, file{ref: fmt.Sprint(i), name: "a", content: content})
	}
	responses := []map[string]any{tabs[0].allow(files...), tabs[1].allow(files...)}
	if got := fmt.Sprint(tabs[0].allow(append(files, file{ref: "3", name: "a", size: 1})...)["error"]); got != "[[3 busy]]" {
		t.Errorf("a seventh file of the browser: %s", got)
	}
	tabs[0].click("cancel", map[string]any{"ref": "3"})
	complete, failed := 0, 0
	for _, f := range files {
		for i, u := range tabs {
			if status, _ := u.send(f, u.token(f.ref, responses[i]), 1000); status == "ok" {
				complete++
			} else {
				failed++
			}
		}
	}
	if complete != 3 || failed != 3 {
		t.Errorf("%d files of a browser are complete and %d failed, want 3 of each", complete, failed)
	}
	for _, e := range tabs[1].look() {
		if !e.Done && (len(e.Errors) != 1 || e.Errors[0].Code != liveview.UploadBusy) {
			t.Errorf("entry = %+v", e)
		}
	}
	other := st.openUploader()
	other.put(files[0])
	// Consumed, there is room again.
	for _, u := range tabs {
		for _, e := range u.look() {
			if !e.Done {
				u.click("cancel", map[string]any{"ref": e.Ref})
			}
		}
		u.hook("save", nil)
	}
	tabs[0].put(file{ref: "9", name: "a", content: content})
}

// What could never be sent is refused where it is written.
func TestUploadThatCouldNeverBeSent(t *testing.T) {
	for _, test := range []struct {
		upload liveview.UploadConfig
		want   string
	}{
		{liveview.UploadConfig{MaxFileSize: 26}, "MaxBrowserUploadBytes is 25"},
		{liveview.UploadConfig{MaxFileSize: 1, MaxEntries: 4}, "MaxBrowserUploads is 3"},
	} {
		t.Run(test.want, func(t *testing.T) {
			st := newStudio(t, test.upload, liveview.Config{MaxUploadBytes: 100, MaxBrowserUploads: 3})
			if p := st.visitor().get("/"); p.status != 500 || !strings.Contains(st.log.String(), test.want) {
				t.Errorf("%+v: status %d, and the log says %s", test.upload, p.status, st.log)
			}
		})
	}
	external := liveview.UploadConfig{MaxFileSize: 1 << 40, MaxEntries: 1000, External: func(liveview.UploadEntry) (map[string]any, error) { return nil, nil }}
	if p := newStudio(t, external, liveview.Config{}).visitor().get("/"); p.status != 200 {
		t.Errorf("files that don't come here: status %d", p.status)
	}
}

// A client that doesn't wait for answers.
func TestUploadFloodOfChunks(t *testing.T) {
	release := make(chan struct{})
	var blocked sync.Once
	st := newStudio(t, liveview.UploadConfig{Writer: func(ctx context.Context, _ liveview.UploadEntry) (liveview.UploadWriter, error) {
		return &memory{write: func() error {
			blocked.Do(func() {
				select {
				case <-ctx.Done():
				case <-release:
				}
			})
			return ctx.Err()
		}}, nil
	}}, liveview.Config{})
	defer close(release)
	u := st.openUploader()
	f := file{ref: "0", name: "a", size: 1 << 20}
	u.choose(f)
	joinRef, _, _ := u.joinFile("0", u.token("0", u.allow(f)))
	for range 10 {
		u.writeBinary(chunkFrame(joinRef, u.nextRef(), "lvu:0", make([]byte, 60_000)))
	}
	eventually(t, time.Second, "the upload fails", func() bool { return len(u.entry().Errors) == 1 })
}

// What is sent to the topic of a file that is complete costs a client its share,
// and does nothing more to the view.
func TestUploadFloodAfterTheFile(t *testing.T) {
	for name, send := range map[string]func(u *uploader, joinRef string){
		"chunks": func(u *uploader, joinRef string) {
			u.writeBinary(chunkFrame(joinRef, u.nextRef(), "lvu:0", []byte("x")))
		},
		"leaves": func(u *uploader, joinRef string) {
			u.write(fmt.Sprintf(`[%q,%q,"lvu:0","phx_leave",{}]`, joinRef, u.nextRef()))
		},
	} {
		t.Run(name, func(t *testing.T) {
			st := newStudio(t, liveview.UploadConfig{}, liveview.Config{EventRate: 100, MailboxSize: 32})
			busy, release := st.blocks()
			u := st.openUploader()
			f := textFile("0", "all of it")
			u.choose(f)
			joinRef, _, _ := u.joinFile("0", u.token("0", u.allow(f)))
			if status, _ := u.chunk("0", joinRef, f.content); status != "ok" {
				t.Fatalf("the chunk: %s", status)
			}
			u.pushHook("block", 0)
			<-busy
			start := time.Now()
			for range 300 {
				send(u, joinRef)
			}
			u.write(`[null,"99999","phoenix","heartbeat",{}]`)
			for u.next().ref != "99999" {
			}
			close(release)
			if took := time.Since(start); took < 500*time.Millisecond {
				t.Errorf("300 of them were taken in within %v, at a rate of 100 a second", took)
			}
			u.look() // or the view has ended
		})
	}
}

// Binary frames are larger than text only where a view allows it.
func TestUploadLimitsOfFrames(t *testing.T) {
	st := newStudio(t, liveview.UploadConfig{ChunkSize: 1 << 20, MaxFileSize: 1 << 20}, liveview.Config{})
	u := st.openUploader()
	f := file{ref: "0", name: "a", content: bytes.Repeat([]byte("x"), 1<<20)}
	u.choose(f)
	if status, _ := u.send(f, u.token("0", u.allow(f)), 1<<20); status != "ok" {
		t.Errorf("a chunk of 1 MiB: %s", status)
	}
	plain := st.visitor().openUploader("/plain")
	ref := plain.nextRef()
	frame := chunkFrame("1", ref, "lvu:0", make([]byte, 64<<10+1))
	if status, response := plain.ask(func(string) { plain.writeBinary(frame) }, "1", ref, "lvu:0"); response["reason"] != "too large" {
		t.Errorf("a binary frame of 64 KiB on a page without uploads: %s %v", status, response)
	}
}
