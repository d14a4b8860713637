package liveview_test

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// What a handler asks Signed about is what it reads: a second, unsigned value of the name
// doesn't take the signed one's place.
func TestASignedValueIsNotOutdone(t *testing.T) {
	type bound struct {
		ID string `form:"item"`
	}
	var got []string
	p := newPlain(t, liveview.Config{Logger: slog.New(slog.DiscardHandler)}, func(r *gin.Engine) {
		liveview.Handle(r, "/", liveview.ViewFuncs[repeatState]{
			Template: liveview.MustParse[repeatState](`<form phx-submit="save" phx-value-item="{{signed "item" 5}}"><input type="text" name="item" value="{{signed "item" 5}}"></form>`),
			Events: liveview.Events[repeatState]{
				"save": func(s *liveview.Socket[repeatState], e liveview.Event) error {
					if _, ok := e.Signed("item"); !ok {
						return liveview.ErrUnknownEvent
					}
					var b bound
					_ = e.Bind(&b)
					got = append(got, e.Value("item"), b.ID)
					return nil
				},
			},
		})
	})
	p.get("/")
	page := p.page
	value := html.UnescapeString(regexp.MustCompile(`name="item" value="([^"]*)"`).FindStringSubmatch(page)[1])
	for name, ids := range map[string][]string{"twice": {value, "7"}, "before": {"7", value}, "in the form alone": {"7"}, "alone": {value}} {
		got = nil
		p.page = page
		p.submit("save", url.Values{"item": ids})
		for _, id := range got {
			if id != "5" {
				t.Errorf("%s: Signed says yes, and the view reads %q", name, got)
			}
		}
		t.Log(name, p.res.Status, got)
	}
}

// Answers that are kept for repeats are small, wherever a form leads.
func TestLargeTargetsAreNotKept(t *testing.T) {
	p := newPlain(t, liveview.Config{Logger: slog.New(slog.DiscardHandler)}, func(r *gin.Engine) {
		liveview.Handle(r, "/", liveview.ViewFuncs[repeatState]{
			Template: liveview.MustParse[repeatState](`<form phx-submit="save"><input name="name"></form>`),
			Params:   func(c *gin.Context, s *liveview.Socket[repeatState]) error { return nil },
			Events: liveview.Events[repeatState]{
				"save": func(s *liveview.Socket[repeatState], e liveview.Event) error {
					return s.PushPatch("/", url.Values{"q": {e.Value("name")}})
				},
			},
		})
	})
	p.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	p.get("/")
	page := p.page
	const posts = 12
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range posts {
		p.page = page
		p.submit("save", url.Values{"name": {fmt.Sprint(i) + strings.Repeat("x", 900_000)}})
		if i == 0 {
			t.Log(p.res.Status, len(p.res.Header.Get("Location")))
		}
	}
	p.page = ""
	runtime.GC()
	runtime.ReadMemStats(&after)
	if held := int64(after.HeapAlloc) - int64(before.HeapAlloc); held > 5<<20 {
		t.Errorf("%d forms hold %d bytes", posts, held)
	}
}

// countingReader counts what is read.
type countingReader struct {
	r io.Reader
	n atomic.Int64
}

func (c *countingReader) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n.Add(int64(n))
	return n, err
}

// A body that never ends is given up: neither files that no upload takes nor empty parts
// are read for ever.
func TestEndlessMultipart(t *testing.T) {
	p := newPlain(t, liveview.Config{MaxFrame: 4096, Logger: slog.New(slog.DiscardHandler)}, func(r *gin.Engine) {
		liveview.Handle(r, "/", liveview.ViewFuncs[repeatState]{
			Mount: func(c *gin.Context, s *liveview.Socket[repeatState]) error {
				return s.AllowUpload("photo", liveview.UploadConfig{MaxFileSize: 1000, MaxEntries: 1})
			},
			Template: liveview.MustParse[repeatState](`<form phx-submit="save"><input name="name"></form>`),
			Events:   liveview.Events[repeatState]{"save": func(s *liveview.Socket[repeatState], e liveview.Event) error { return nil }},
		})
	})
	for name, part := range map[string]string{
		"unknown files": "Content-Disposition: form-data; name=\"other\"; filename=\"x\"\r\n\r\n" + strings.Repeat("x", 100_000),
		"known files":   "Content-Disposition: form-data; name=\"photo\"; filename=\"x\"\r\n\r\n" + strings.Repeat("x", 100_000),
		"empty files":   "Content-Disposition: form-data; name=\"photo\"; filename=\"\"\r\nContent-Type: application/octet-stream\r\n\r\n",
		"fields":        "Content-Disposition: form-data; name=\"\"\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			p.get("/")
			action, fields := p.form("save")
			var b bytes.Buffer
			w := multipart.NewWriter(&b)
			for name, values := range fields {
				_ = w.WriteField(name, values[0])
			}
			more := fmt.Sprintf("\r\n--%s\r\n%s", w.Boundary(), part)
			limit := int64(256 << 20)
			in, out := io.Pipe()
			go func() {
				_, _ = out.Write(b.Bytes())
				for range limit / int64(len(more)) {
					if _, err := io.WriteString(out, more); err != nil {
						return
					}
				}
				_ = out.Close()
			}()
			body := &countingReader{r: in}
			r, _ := http.NewRequest(http.MethodPost, p.server.URL+action, body)
			r.Header.Set("Content-Type", w.FormDataContentType())
			res, err := p.client.Do(r)
			if err == nil {
				_ = res.Body.Close()
				t.Log(res.Status)
			}
			_ = in.Close()
			t.Log(body.n.Load(), err)
			if body.n.Load() > 64<<20 {
				t.Errorf("%d bytes were read", body.n.Load())
			}
		})
	}
}

// Where no script runs, nobody asks what data-confirm says: a test that counts on it sees
// that the event is handled.
func TestPlainBrowserAsksNothing(t *testing.T) {
	deleted := 0
	r := gin.New()
	r.Use(liveview.Middleware())
	liveview.Handle(r, "/", liveview.ViewFuncs[string]{
		Template: liveview.MustParse[string](`<button phx-click="delete" data-confirm="Really?">x</button><form phx-submit="delete" data-confirm="Really?"><button id="s">s</button></form>`),
		Events:   liveview.Events[string]{"delete": func(*liveview.Socket[string], liveview.Event) error { deleted++; return nil }},
	})
	for i, button := range []string{"[phx-click]", "#s"} {
		v := liveviewtest.OpenPlain(t, r, "/")
		v.Confirm(false)
		v.Click(button)
		if deleted != i+1 || len(v.Asked()) != 0 {
			t.Errorf("%s: %d were deleted, and asked was %q", button, deleted, v.Asked())
		}
	}
}
