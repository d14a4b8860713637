package liveview_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

type repeatState struct{ Log string }

// A second click on a submit button has the browser give up the first request. What the
// first has done isn't done again, whatever its answer was to be.
func TestDoubleClickWhoseFirstRequestWasGivenUpRunsOnce(t *testing.T) {
	page := liveview.MustParse[repeatState](`<form phx-submit="save"><input name="name"></form><p>{{.Log}}</p>`)
	for _, answer := range []string{"redirect", "page"} {
		t.Run(answer, func(t *testing.T) {
			var runs atomic.Int32
			begun, proceed := make(chan struct{}, 9), make(chan struct{})
			asked, answered := make(chan context.Context, 9), make(chan struct{}, 9)
			p := newPlain(t, liveview.Config{Logger: slog.New(slog.DiscardHandler)}, func(r *gin.Engine) {
				r.Use(func(c *gin.Context) {
					c.Next()
					if c.Request.Method == http.MethodPost {
						answered <- struct{}{}
					}
				})
				r.Use(func(c *gin.Context) {
					if c.Request.Method == http.MethodPost {
						asked <- c.Request.Context()
					}
				})
				r.GET("/done", func(c *gin.Context) { c.String(200, "done") })
				liveview.Handle(r, "/", liveview.ViewFuncs[repeatState]{
					Template: page,
					Events: liveview.Events[repeatState]{
						"save": func(s *liveview.Socket[repeatState], e liveview.Event) error {
							n := runs.Add(1)
							begun <- struct{}{}
							if n == 1 {
								<-proceed
							}
							if answer == "redirect" {
								return s.PushRedirect("/done", nil)
							}
							return nil
						},
					},
				})
			})
			p.get("/")
			first, second := p.request("save", url.Values{"name": {"x"}}), p.request("save", url.Values{"name": {"x"}})
			ctx, cancel := context.WithCancel(t.Context())
			over := make(chan struct{})
			go func() {
				defer close(over)
				res, err := p.client.Do(first.WithContext(ctx))
				if err == nil {
					_ = res.Body.Close()
				}
			}()
			<-begun
			cancel()
			<-over
			<-(<-asked).Done() // the server sees that the connection has gone
			close(proceed)
			<-answered
			p.do(second)
			if n := runs.Load(); n != 1 {
				t.Errorf("HandleEvent ran %d times", n)
			}
		})
	}
}

// multipartRequest is the post of the form with text in it, with a file.
func (p *plain) multipartRequest(text string, more url.Values, field, file, content string) *http.Request {
	p.t.Helper()
	action, fields := p.form(text)
	for name, values := range more {
		fields[name] = values
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, values := range fields {
		for _, value := range values {
			_ = w.WriteField(name, value)
		}
	}
	part, _ := w.CreateFormFile(field, file)
	_, _ = io.WriteString(part, content)
	_ = w.Close()
	r, err := http.NewRequest(http.MethodPost, p.server.URL+action, &b)
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

// Two files that are sent from one page (back, another file, send) are two.
func TestAnotherFileIsNoRepeat(t *testing.T) {
	var got []string
	progress := 0
	p := newPlain(t, liveview.Config{Logger: slog.New(slog.DiscardHandler)}, func(r *gin.Engine) {
		liveview.Handle(r, "/", liveview.ViewFuncs[repeatState]{
			Mount: func(c *gin.Context, s *liveview.Socket[repeatState]) error {
				return s.AllowUpload("photo", liveview.UploadConfig{MaxFileSize: 1000})
			},
			Progress: func(s *liveview.Socket[repeatState], entry liveview.UploadEntry) error { progress++; return nil },
			Template: liveview.MustParse[repeatState](`<form phx-submit="save"><input name="name"></form><p>{{.Log}}</p>`),
			Events: liveview.Events[repeatState]{
				"save": func(s *liveview.Socket[repeatState], e liveview.Event) error {
					_, err := liveview.ConsumeUploadedEntries(s, "photo", func(_ string, entry liveview.UploadEntry) (string, error) {
						got = append(got, entry.Name)
						return "", nil
					})
					return err
				},
			},
		})
	})
	p.get("/")
	// The very same file is a repeat.
	same := p.multipartRequest("save", url.Values{"name": {""}}, "photo", "one.txt", "1")
	one, two := p.multipartRequest("save", url.Values{"name": {""}}, "photo", "one.txt", "1"), p.multipartRequest("save", url.Values{"name": {""}}, "photo", "two.txt", "2")
	p.do(one)
	p.do(two)
	p.do(same)
	if strings.Join(got, " ") != "one.txt two.txt" {
		t.Errorf("the view got %q", got)
	}
	if progress != 2 {
		t.Errorf("HandleProgress ran %d times for two files, one of which was sent twice", progress)
	}
}

// A middleware that has read the form (a CSRF check, an audit) changes nothing: neither
// which of two posts is a repeat, nor the order of rows.
func TestFormsThatAMiddlewareHasReadAreTheSame(t *testing.T) {
	var runs int
	var last string
	p := newPlain(t, liveview.Config{Logger: slog.New(slog.DiscardHandler)}, func(r *gin.Engine) {
		r.Use(func(c *gin.Context) { _ = c.PostForm("x") })
		liveview.Handle(r, "/", liveview.ViewFuncs[repeatState]{
			Template: liveview.MustParse[repeatState](`<form phx-submit="save"><input name="name"></form><p>{{.Log}}</p>`),
			Events: liveview.Events[repeatState]{
				"save": func(s *liveview.Socket[repeatState], e liveview.Event) error {
					runs++
					var in struct {
						Rows []struct {
							Sku string `form:"sku"`
						} `form:"rows"`
					}
					if err := e.Bind(&in); err != nil {
						return err
					}
					last = fmt.Sprint(in.Rows)
					return nil
				},
			},
		})
	})
	p.get("/")
	page := p.page
	fields := url.Values{}
	for i := range 9 {
		fields.Set(fmt.Sprintf("rows[%d][sku]", i), fmt.Sprint(i))
	}
	for range 4 {
		p.page = page
		p.submit("save", fields)
		if p.res.StatusCode != 200 {
			t.Fatal(p.res.Status)
		}
	}
	if runs != 1 {
		t.Errorf("one form, sent four times, ran %d times", runs)
	}
	if last != "[{0} {1} {2} {3} {4} {5} {6} {7} {8}]" {
		t.Errorf("the rows are %s", last)
	}
}

// A middleware that calls ParseForm leaves a multipart body alone, and so it is read.
func TestMultipartAfterParseForm(t *testing.T) {
	ran := false
	p := newPlain(t, liveview.Config{Logger: slog.New(slog.DiscardHandler)}, func(r *gin.Engine) {
		r.Use(func(c *gin.Context) { _ = c.Request.ParseForm() })
		liveview.Handle(r, "/", liveview.ViewFuncs[repeatState]{
			Template: liveview.MustParse[repeatState](`<form phx-submit="save"><input name="name"></form><p>{{.Log}}</p>`),
			Events: liveview.Events[repeatState]{
				"save": func(s *liveview.Socket[repeatState], e liveview.Event) error { ran = true; return nil },
			},
		})
	})
	p.get("/").do(p.multipartRequest("save", url.Values{"name": {"x"}}, "photo", "one.txt", "1"))
	if !ran || p.res.StatusCode != 200 {
		t.Errorf("answered with %s", p.res.Status)
	}
}

// A page at a path that a browser would take for another host posts to itself.
func TestFormsNeverLeadToAnotherHost(t *testing.T) {
	p := newPlain(t, liveview.Config{Logger: slog.New(slog.DiscardHandler)}, func(r *gin.Engine) {
		r.RedirectTrailingSlash, r.RedirectFixedPath = false, false
		liveview.Handle(r, "/*any", liveview.ViewFuncs[repeatState]{
			Template: liveview.MustParse[repeatState](`<form phx-submit="save"><input name="name"></form>`),
			Events:   liveview.Events[repeatState]{"save": func(s *liveview.Socket[repeatState], e liveview.Event) error { return nil }},
		})
	})
	for _, path := range []string{"//evil.example/x", "/%5Cevil.example/x", "/\\evil.example", "///evil.example"} {
		r, _ := http.NewRequest(http.MethodGet, p.server.URL+"/", nil)
		r.URL.Opaque = path
		p.do(r)
		if p.res.StatusCode != 200 {
			t.Log(path, p.res.Status)
			continue
		}
		action, _ := p.form("save")
		t.Logf("%s: action %q", path, action)
		base, _ := url.Parse(p.server.URL + "/")
		to, err := base.Parse(strings.ReplaceAll(action, `\`, "/"))
		if err != nil || to.Host != base.Host {
			t.Errorf("at %q the form is sent to %v, %v", path, to, err)
		}
	}
}

// What an event has done isn't done again because the page that was to answer it failed: the
// form that is sent once more leads to the page as it is then. An event that failed itself is
// tried again.
func TestEventIsNotRunAgainAfterAFailedAnswer(t *testing.T) {
	for name, test := range map[string]struct {
		fails string
		runs  int
	}{
		"the render": {"render", 1}, "an info": {"info", 1}, "the layout": {"layout", 1}, "the event": {"event", 2},
	} {
		t.Run(name, func(t *testing.T) {
			runs, failing := 0, false
			fault := func(in string) error {
				if failing && test.fails == in {
					return errors.New("a fault of the " + in)
				}
				return nil
			}
			config := liveview.Config{Logger: slog.New(slog.DiscardHandler), Layout: func(c *gin.Context, p liveview.Page) error {
				if err := fault("layout"); err != nil {
					return err
				}
				_, err := c.Writer.WriteString(string(p.Content()))
				return err
			}}
			p := newPlain(t, config, func(r *gin.Engine) {
				liveview.Handle(r, "/", liveview.ViewFuncs[repeatState]{
					Template: liveview.MustParseSource[repeatState](liveview.Source{
						Text:  `<form phx-submit="save"><input name="name"></form><p>{{ok .Log}}</p>`,
						Funcs: map[string]any{"ok": func(s string) (string, error) { return s, fault("render") }},
					}),
					Info: func(s *liveview.Socket[repeatState], info any) error { return fault("info") },
					Events: liveview.Events[repeatState]{
						"save": func(s *liveview.Socket[repeatState], e liveview.Event) error {
							runs++
							if err := fault("event"); err != nil {
								return err
							}
							return s.SendInfo("x")
						},
					},
				})
			})
			p.get("/")
			first, second := p.request("save", url.Values{"name": {"x"}}), p.request("save", url.Values{"name": {"x"}})
			failing = true
			if p.do(first); p.res.StatusCode != http.StatusInternalServerError {
				t.Errorf("the first is answered with %s", p.res.Status)
			}
			failing = false
			if p.do(second); p.res.StatusCode != http.StatusOK || runs != test.runs || !strings.Contains(p.page, "<form") {
				t.Errorf("the second is answered with %s; the event ran %d times, want %d", p.res.Status, runs, test.runs)
			}
		})
	}
}

// A form that was posted before the scripts had come is under way when its page comes to be
// live: a click on the same button isn't a second one, and others are heard.
func TestClickWhileTheSameEventIsPosted(t *testing.T) {
	var runs, others atomic.Int32
	begun, proceed := make(chan struct{}, 9), make(chan struct{})
	s := newSite(t, liveview.Config{Logger: slog.New(slog.DiscardHandler)}, func(r *gin.Engine) {
		liveview.Handle(r, "/", liveview.ViewFuncs[repeatState]{
			Template: liveview.MustParse[repeatState](`<button id="pay" phx-click="pay">pay</button><button id="other" phx-click="other">other</button><p>{{.Log}}</p>`),
			Events: liveview.Events[repeatState]{
				"pay": func(s *liveview.Socket[repeatState], _ liveview.Event) error {
					runs.Add(1)
					if !s.Connected() {
						begun <- struct{}{}
						<-proceed
					}
					return nil
				},
				"other": func(s *liveview.Socket[repeatState], _ liveview.Event) error { others.Add(1); return nil },
			},
		})
	})
	page := s.visitor().get("/")
	token := regexp.MustCompile(`name="_csrf_token" value='([^']*)'`).FindStringSubmatch(page.body)[1]
	answered := make(chan int)
	go func() {
		answered <- page.visitor.post("/", url.Values{"_csrf_token": {html.UnescapeString(token)}, "_lv_click": {`[["pay"]]`}}).StatusCode
	}()
	<-begun
	c := page.connect()
	c.join()
	c.click("pay", nil)
	c.click("other", nil)
	if runs.Load() != 1 || others.Load() != 1 {
		t.Errorf("pay ran %d times and the other event %d times, want once each", runs.Load(), others.Load())
	}
	close(proceed)
	if status := <-answered; status != http.StatusOK {
		t.Errorf("the form is answered with %d", status)
	}
}
