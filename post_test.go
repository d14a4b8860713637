package liveview_test

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// plain is a browser in which no script runs, as far as these tests need one.
type plain struct {
	t      *testing.T
	server *httptest.Server
	client *http.Client
	page   string
	res    *http.Response
}

func newPlain(t *testing.T, config liveview.Config, routes func(r *gin.Engine)) *plain {
	t.Helper()
	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(liveview.Middleware(config))
	routes(r)
	p := &plain{t: t, server: httptest.NewServer(r)}
	t.Cleanup(p.server.Close)
	jar, _ := cookiejar.New(nil)
	p.client = &http.Client{Jar: jar}
	return p
}

func (p *plain) do(r *http.Request) *plain {
	p.t.Helper()
	res, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // it is read below
	body, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	p.res, p.page = res, string(body)
	return p
}

func (p *plain) get(path string) *plain {
	p.t.Helper()
	r, _ := http.NewRequest(http.MethodGet, p.server.URL+path, nil)
	return p.do(r)
}

var (
	formElement  = regexp.MustCompile(`(?s)<form[^>]*>.*?</form>`)
	hiddenField  = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value='([^']*)'>`)
	actionOf     = regexp.MustCompile(`action="([^"]*)"`)
	buttonFields = regexp.MustCompile(`<button[^>]*? name="([^"]*)" value='([^']*)'>([^<]*)<`)
	ownerOf      = regexp.MustCompile(` form="([^"]*)"`)
)

// form returns the action of the form that has the given text in it, and its hidden fields.
func (p *plain) form(text string) (action string, fields url.Values) {
	p.t.Helper()
	for _, f := range formElement.FindAllString(p.page, -1) {
		if !strings.Contains(f, text) {
			continue
		}
		fields = url.Values{}
		for _, m := range hiddenField.FindAllStringSubmatch(f, -1) {
			fields.Add(m[1], html.UnescapeString(m[2]))
		}
		if m := actionOf.FindStringSubmatch(f); m != nil {
			return html.UnescapeString(m[1]), fields
		}
	}
	p.t.Fatalf("no form with %q has an action in %s", text, p.page)
	return "", nil
}

// request is the post of the form that has text in it, with further fields.
func (p *plain) request(text string, more url.Values) *http.Request {
	p.t.Helper()
	action, fields := p.form(text)
	for name, values := range more {
		fields[name] = values
	}
	r, err := http.NewRequest(http.MethodPost, p.server.URL+action, strings.NewReader(fields.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

func (p *plain) submit(text string, more url.Values) *plain {
	p.t.Helper()
	return p.do(p.request(text, more))
}

// click presses the button of that text.
func (p *plain) click(text string, more url.Values) *plain {
	p.t.Helper()
	for _, m := range buttonFields.FindAllStringSubmatch(p.page, -1) {
		if m[3] != text {
			continue
		}
		fields := url.Values{m[1]: {html.UnescapeString(m[2])}}
		for name, values := range more {
			fields[name] = values
		}
		in := m[0]
		if owner := ownerOf.FindStringSubmatch(in); owner != nil {
			in = `<form id="` + owner[1] + `"`
		}
		return p.submit(in, fields)
	}
	p.t.Fatalf("no button %q in %s", text, p.page)
	return nil
}

func (p *plain) shows(want ...string) {
	p.t.Helper()
	for _, w := range want {
		if !strings.Contains(p.page, w) {
			p.t.Errorf("%s %s: the page lacks %q: %s", p.res.Request.Method, p.res.Status, w, p.page)
		}
	}
}

// order is the state of a page with a form.
type posted struct{ Name, Error, Log string }

var postedPage = liveview.MustParse[posted](`<p id="log">{{.Log}}</p><p>{{flash "info"}}</p>
<form id="order" phx-change="check" phx-submit="save" phx-value-kind="new"><input name="name" value="{{.Name}}"><textarea name="note"></textarea><i>{{.Error}}</i>
<button type="button" phx-click="clear">clear</button><button>send</button></form>
<button phx-click="count" phx-value-by="2" class="c">two</button>
<button phx-click='[["hide",{"to":"#log"}],["push",{"event":"count","value":{"by":3}}]]'>three</button>
<button phx-click='[["navigate",{"href":"/elsewhere?a=1"}]]'>away</button>
<button phx-click='[["hide",{"to":"#log"}]]'>hide</button>
<form phx-submit="sought"><input type="password" name="secret"><b>search</b></form>`)

type postedView struct{ events *[]string }

func (v postedView) Mount(c *gin.Context, s *liveview.Socket[posted]) error { return nil }

func (v postedView) HandleParams(c *gin.Context, s *liveview.Socket[posted]) error {
	s.Assign(func(o *posted) { o.Log = c.Query("log") })
	return nil
}

func (v postedView) Authorize(_ *liveview.Socket[posted], e liveview.Event) error {
	if e.Value("name") == "forbidden" {
		return errors.New("not for you")
	}
	return nil
}

func (v postedView) HandleInfo(s *liveview.Socket[posted], info any) error {
	s.Assign(func(o *posted) { o.Log += fmt.Sprint(" info ", info) })
	return nil
}

func (v postedView) HandleEvent(s *liveview.Socket[posted], e liveview.Event) error {
	*v.events = append(*v.events, fmt.Sprintf("%s %s %s used=%v", e.Type, e.Name, e.Values().Encode(), e.Used("name")))
	switch e.Name {
	case "check":
		s.Assign(func(o *posted) { o.Name = e.Value("name") })
	case "clear":
		s.Assign(func(o *posted) { o.Log = "cleared" })
	case "save":
		name := e.Value("name")
		s.Assign(func(o *posted) { o.Name = name })
		if name == "" {
			s.Assign(func(o *posted) { o.Error = "is required" })
			return nil
		}
		s.PutFlash("info", "saved "+name)
		return s.PushPatch("/orders", url.Values{"log": {name}})
	case "count":
		s.Assign(func(o *posted) { o.Log = "by " + e.Value("by") })
		return s.SendInfo(e.Value("by"))
	case "sought":
		return s.PushRedirect("/found", nil)
	default:
		return liveview.ErrUnknownEvent
	}
	return nil
}

func (postedView) Render(o posted) liveview.Rendered { return postedPage.Render(o) }

func postedPages(t *testing.T) (*plain, *[]string) {
	t.Helper()
	var events []string
	p := newPlain(t, liveview.Config{MaxFrame: 4096, Logger: slog.New(slog.DiscardHandler)}, func(r *gin.Engine) {
		liveview.Handle(r, "/orders", postedView{&events})
		for _, path := range []string{"/found", "/elsewhere"} {
			r.GET(path, func(c *gin.Context) { c.String(http.StatusOK, "at "+c.Request.URL.String()) })
		}
	})
	return p, &events
}

// A form of a page is posted to its URL, where the same HandleEvent gets it, and what that
// asks for is done: a page with errors, a redirect with the flash.
func TestFormsArePosted(t *testing.T) {
	p, events := postedPages(t)
	p.get("/orders?log=a%26b")
	if strings.Contains(p.page, `phx-submit="save" method="get"`) || strings.Count(p.page, `method="post" action="/orders?log=a%26b"`) != 3 {
		t.Errorf("the page is %s", p.page)
	}
	p.submit("order", url.Values{"name": {""}, "note": {"one\r\ntwo"}})
	if p.res.StatusCode != 200 || p.res.Request.Method != http.MethodPost {
		t.Errorf("a form with errors is answered with %s", p.res.Status)
	}
	p.shows("<i>is required</i>")
	p.submit("order", url.Values{"name": {"Ada <3"}, "note": {""}})
	p.shows("<p>saved Ada &lt;3</p>", `<p id="log">Ada &lt;3</p>`)
	if got := p.res.Request.URL.RequestURI(); p.res.Request.Method != http.MethodGet || got != "/orders?log=Ada+%3C3" {
		t.Errorf("a saved form leads to %s %s", p.res.Request.Method, got)
	}
	p.submit("search", url.Values{"secret": {"hush"}})
	p.shows("at /found")
	if got := strings.Join(*events, "\n"); got != "form save kind=new&name=&note=one%0Atwo used=true\n"+
		"form save kind=new&name=Ada+%3C3&note= used=true\nform sought secret=hush used=true" {
		t.Errorf("the events were %s", got)
	}
}

// A button with phx-click submits a form of its own, with its values; within a form it
// takes along what was entered, as a change.
func TestButtonsArePosted(t *testing.T) {
	p, events := postedPages(t)
	p.get("/orders").click("two", nil).shows(`<p id="log">by 2 info 2</p>`)
	p.click("three", nil).shows(`<p id="log">by 3 info 3</p>`)
	p.click("clear", url.Values{"name": {"typed"}, "note": {""}}).shows(`value="typed"`, `<p id="log">cleared</p>`)
	p.click("away", nil).shows("at /elsewhere?a=1")
	if got := strings.Join(*events, "\n"); got != "click count by=2&value= used=true\nclick count by=3&value= used=true\n"+
		"form check kind=new&name=typed&note= used=true\nclick clear value= used=true" {
		t.Errorf("the events were %s", got)
	}
	if p.get("/orders"); strings.Contains(p.page, `<button phx-click='[["hide",{"to":"#log"}]]' form=`) {
		t.Errorf("a button that changes the page in the browser alone is posted: %s", p.page)
	}
}

// What isn't a form of the visitor's own page changes nothing: with no token, another
// browser's, from another site, or too large.
func TestForeignPostsAreRefused(t *testing.T) {
	p, events := postedPages(t)
	p.get("/orders")
	good := url.Values{"name": {"Ada"}}
	for name, test := range map[string]struct {
		change func(r *http.Request)
		fields url.Values
		status int
		want   string
	}{
		"no token":           {nil, url.Values{"name": {"Ada"}, "_csrf_token": {""}}, 403, "no longer valid"},
		"another token":      {nil, url.Values{"name": {"Ada"}, "_csrf_token": {"AAAA"}}, 403, "no longer valid"},
		"another browser":    {func(r *http.Request) { r.Header.Set("Cookie", "liveview=AAAAAAAAAAAAAAA"); r.AddCookie(&http.Cookie{}) }, good, 403, "no longer valid"},
		"another site":       {func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, good, 403, "no longer valid"},
		"a foreign origin":   {func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "https://evil.example") }, good, 403, "no longer valid"},
		"another type":       {func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, good, 415, "no form of this page"},
		"a large value":      {nil, url.Values{"name": {strings.Repeat("x", 5000)}}, 413, "larger"},
		"far too large":      {nil, url.Values{"name": {strings.Repeat("x", 500_000)}}, 413, "larger"},
		"a mended event":     {nil, url.Values{"_lv_event": {"[1]"}}, 400, "no form of this page"},
		"nothing to be done": {nil, url.Values{"_lv_event": {""}}, 422, "JavaScript"},
		"refused":            {nil, url.Values{"name": {"forbidden"}}, 403, `value=""`},
		"unknown":            {nil, url.Values{"_lv_event": {`[["other"]]`}}, 422, `<form id="order"`},
	} {
		t.Run(name, func(t *testing.T) {
			*events = nil
			client := p.client
			if name == "another browser" {
				client = &http.Client{}
			}
			o := &plain{t: t, server: p.server, client: client}
			r := p.request("order", test.fields)
			if test.change != nil {
				test.change(r)
			}
			if o.do(r); o.res.StatusCode != test.status || !strings.Contains(o.page, test.want) {
				t.Errorf("answered with %s: %s", o.res.Status, o.page)
			}
			if len(*events) > 0 && name != "unknown" {
				t.Errorf("the events were %q", *events)
			}
		})
	}
	*events = nil
	if p.submit("order", good); len(*events) != 1 {
		t.Errorf("after that the events were %q", *events)
	}
}

// A form that is sent twice is handled once, and both get one answer; with other values
// it is another one.
func TestRepeatedPostsRunOnce(t *testing.T) {
	var mu sync.Mutex
	runs, proceed, begun := 0, make(chan struct{}), make(chan struct{}, 10)
	page := liveview.MustParse[posted](`<form phx-submit="save"><input name="name"></form><p>{{.Log}}</p>`)
	p := newPlain(t, liveview.Config{Logger: slog.New(slog.DiscardHandler)}, func(r *gin.Engine) {
		liveview.Handle(r, "/", liveview.ViewFuncs[posted]{Template: page, Events: liveview.Events[posted]{
			"save": func(s *liveview.Socket[posted], e liveview.Event) error {
				mu.Lock()
				runs++
				n := runs
				mu.Unlock()
				begun <- struct{}{}
				<-proceed
				s.Assign(func(o *posted) { o.Log = fmt.Sprintf("run %d", n) })
				if e.Value("name") == "go" {
					return s.Redirect("/there")
				}
				return nil
			},
		}})
		r.GET("/there", func(c *gin.Context) { c.String(http.StatusOK, "there") })
	})
	p.get("/")
	for i, name := range []string{"stay", "go"} {
		want := fmt.Sprintf("run %d", i+1)
		if name == "go" {
			want = "there"
		}
		var wg sync.WaitGroup
		for n := range 2 {
			r := p.request("save", url.Values{"name": {name}})
			wg.Go(func() {
				o := &plain{t: t, server: p.server, client: p.client}
				o.do(r).shows(want)
			})
			if n == 0 {
				<-begun
			}
		}
		proceed <- struct{}{}
		wg.Wait()
		o := &plain{t: t, server: p.server, client: p.client}
		o.do(p.request("save", url.Values{"name": {name}})).shows(want)
	}
	if runs != 2 {
		t.Errorf("it has run %d times, want 2", runs)
	}
	close(proceed)
}

// An own POST route on the page's path panics with the remedy; with OwnPost it gets what
// is posted, by forms that put nothing into the URL.
func TestOwnPostRoutes(t *testing.T) {
	page := liveview.MustParse[posted](`<form phx-submit="save"><input name="name"><button phx-click="x">x</button></form>`)
	view := liveview.ViewFuncs[posted]{Template: page}
	own := func(c *gin.Context) { c.String(http.StatusOK, "own "+c.PostForm("name")) }
	p := newPlain(t, liveview.Config{Logger: slog.New(slog.DiscardHandler)}, func(r *gin.Engine) {
		r.POST("/login", own)
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, "liveview.OwnPost") || !strings.Contains(got, "/login") || !strings.Contains(got, "ViewFuncs") {
					t.Errorf("the panic says %s", got)
				}
			}()
			liveview.Handle(r, "/login", view)
		}()
		r.POST("/own", own)
		liveview.Handle(r, "/own", view, liveview.OwnPost)
	})
	if p.get("/own"); !strings.Contains(p.page, `<form phx-submit="save" method="post"><input name="name"><button phx-click="x">x</button></form>`) {
		t.Errorf("the page is %s", p.page)
	}
	r, _ := http.NewRequest(http.MethodPost, p.server.URL+"/own", strings.NewReader("name=Ada"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	p.do(r).shows("own Ada")
}

// Files of a form come into the same uploads, within their limits.
func TestPostedFiles(t *testing.T) {
	page := liveview.MustParse[posted](`<form phx-change="check" phx-submit="save"><input name="name" value="{{.Name}}">{{with upload "photos"}}{{.FileInput}}
{{range .Entries}}<i>{{.Name}} {{range .Errors}}{{.Code}}{{end}}</i>{{end}}{{range .Errors}}<b>{{.Code}}</b>{{end}}{{end}}</form><p>{{.Log}}</p>`)
	var saved []string
	p := newPlain(t, liveview.Config{Logger: slog.New(slog.DiscardHandler), UploadDir: t.TempDir()}, func(r *gin.Engine) {
		liveview.Handle(r, "/", liveview.ViewFuncs[posted]{
			Template: page,
			Mount: func(_ *gin.Context, s *liveview.Socket[posted]) error {
				return s.AllowUpload("photos", liveview.UploadConfig{Accept: []string{".png"}, MaxEntries: 2, MaxFileSize: 1000})
			},
			Events: liveview.Events[posted]{
				"check": func(s *liveview.Socket[posted], e liveview.Event) error {
					s.Assign(func(o *posted) { o.Name = e.Value("name") })
					return nil
				},
				"save": func(s *liveview.Socket[posted], e liveview.Event) error {
					names, err := liveview.ConsumeUploadedEntries(s, "photos", func(path string, entry liveview.UploadEntry) (string, error) {
						data, err := os.ReadFile(path)
						saved = append(saved, path)
						return fmt.Sprintf("%s %s %d=%d;", entry.Name, entry.Type, entry.Size, len(data)), err
					})
					s.Assign(func(o *posted) { o.Log = e.Value("name") + ":" + strings.Join(names, "") })
					return err
				},
			},
		})
	})
	png := append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 100)...)
	send := func(files map[string][]byte, order ...string) *plain {
		t.Helper()
		p.get("/")
		if !strings.Contains(p.page, `enctype="multipart/form-data"`) {
			t.Fatalf("the form is %s", p.page)
		}
		action, fields := p.form("photos")
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		for name, values := range fields {
			_ = w.WriteField(name, values[0])
		}
		for _, name := range order {
			f, _ := w.CreateFormFile("photos", name)
			_, _ = f.Write(files[name])
		}
		_ = w.WriteField("name", "Ada")
		_ = w.Close()
		r, _ := http.NewRequest(http.MethodPost, p.server.URL+action, &body)
		r.Header.Set("Content-Type", w.FormDataContentType())
		return p.do(r)
	}
	files := map[string][]byte{"a.png": png, "b.png": png, "c.png": png, "large.png": append(png, make([]byte, 1000)...), "text.png": []byte("no picture at all"), "d.txt": png, "empty.png": nil}
	send(files, "a.png", "b.png").shows("<p>Ada:a.png image/png 108=108;b.png image/png 108=108;</p>")
	for _, path := range saved {
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("the file %s is still there: %v", path, err)
		}
	}
	send(files, "a.png", "large.png").shows("<i>large.png too_large</i>", `value="Ada"`, "<p></p>")
	send(files, "text.png").shows("<i>text.png not_accepted</i>")
	send(files, "d.txt").shows("<i>d.txt not_accepted</i>")
	send(files, "empty.png").shows("<i>empty.png empty</i>")
	send(files, "a.png", "b.png", "c.png").shows("<b>too_many_files</b>", `value="Ada"`)
	send(files).shows("<p>Ada:</p>")
}

// A button in a form that brings files, before its file input or behind it, does what it
// says and submits nothing; and a file that nobody has taken is lost with the answer, which
// says so.
func TestPostedFilesBesideAButton(t *testing.T) {
	type state struct{ Name, Did string }
	page := liveview.MustParse[state](`<p id="did">{{.Did}}</p><form id="f" phx-change="check" phx-submit="save"><button type="button" id="before" phx-click="cancel">x</button>
<input name="name" value="{{.Name}}">{{with upload "photo"}}{{.FileInput}}{{range .Errors}}<p id="lost">{{.}}</p>{{end}}<i>{{len .Entries}}</i>{{end}}
<button type="button" id="behind" phx-click="cancel">x</button><button id="save">s</button></form>`)
	view := &testView[state]{template: page}
	view.onMount = func(_ *gin.Context, s *liveview.Socket[state]) error {
		return s.AllowUpload("photo", liveview.UploadConfig{})
	}
	view.onEvent = func(s *liveview.Socket[state], e liveview.Event) error {
		s.Assign(func(st *state) { st.Name, st.Did = e.Value("name"), st.Did+e.Name+" " })
		return nil
	}
	r := gin.New()
	r.Use(liveview.Middleware())
	liveview.Handle(r, "/", view)
	for button, did := range map[string]string{"#before": "check cancel", "#behind": "check cancel", "#save": "save"} {
		v := liveviewtest.OpenPlain(t, r, "/")
		v.Change("#f", "name", "Ada")
		v.Choose("[type=file]", liveviewtest.File{Name: "a.txt", Content: []byte("x")})
		v.Click(button)
		if got := v.Text("#did"); got != did {
			t.Errorf("%s did %q, want %q", button, got, did)
		}
		if v.Text("i") != "0" || !v.Has("#lost", "choose them again") {
			t.Errorf("after %s the form shows %s", button, v.HTML())
		}
	}
}

// A button that stands outside of its form takes along what was typed there, as it does in
// the form.
func TestButtonOutsideOfItsFormKeepsWhatWasTyped(t *testing.T) {
	r := gin.New()
	r.Use(liveview.Middleware())
	liveview.Handle(r, "/", liveview.ViewFuncs[posted]{
		Template: liveview.MustParse[posted](`<form id="order" phx-change="check" phx-submit="save"><input name="name" value="{{.Name}}"></form>
			<button type="button" form="order" phx-click="add">Add a row</button><p>{{.Log}}</p>`),
		Events: liveview.Events[posted]{
			"check": func(s *liveview.Socket[posted], e liveview.Event) error {
				s.Assign(func(st *posted) { st.Name = e.Value("name"); st.Log += "check " })
				return nil
			},
			"add": func(s *liveview.Socket[posted], e liveview.Event) error {
				s.Assign(func(st *posted) { st.Log += "add" })
				return nil
			},
			"save": func(s *liveview.Socket[posted], e liveview.Event) error { return nil },
		},
	})
	v := liveviewtest.OpenPlain(t, r, "/")
	v.Change("#order", "name", "Ada")
	v.Click("Add a row")
	if name, log := v.Value("[name=name]"), v.Text("p"); name != "Ada" || log != "check add" {
		t.Errorf("the name is %q, and %q ran", name, log)
	}
}
