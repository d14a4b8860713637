package liveview_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

func TestConfigThatCannotWorkNamesTheFix(t *testing.T) {
	for name, test := range map[string]struct {
		config liveview.Config
		want   string
	}{
		"weak secret":        {liveview.Config{Secret: liveview.NewSecret("short")}, "at least 32"},
		"weak old secret":    {liveview.Config{Secret: liveview.NewSecret(strings.Repeat("x", 32)), OldSecrets: []liveview.Secret{liveview.NewSecret("short")}}, "at least 32"},
		"path without slash": {liveview.Config{Path: "live"}, `like "/live"`},
		"path is the root":   {liveview.Config{Path: "/"}, `like "/live"`},
		"origin with path":   {liveview.Config{Origins: []string{"https://a.example/"}}, `"https://host"`},
		"origin with a star": {liveview.Config{Origins: []string{"https://*.a.example"}}, `"https://host"`},
		"drain too short":    {liveview.Config{DrainDelay: time.Minute, DrainTime: time.Minute}, "must be shorter"},
		"negative delay":     {liveview.Config{DrainDelay: -1}, "must be shorter"},
		"client without npm": {liveview.Config{Client: fstest.MapFS{}}, "npm install phoenix phoenix_live_view"},
	} {
		t.Run(name, func(t *testing.T) {
			gin.SetMode(gin.ReleaseMode)
			defer gin.SetMode(gin.TestMode)
			defer func() {
				if got := fmt.Sprint(recover()); !strings.HasPrefix(got, "liveview: ") || !strings.Contains(got, test.want) {
					t.Errorf("Middleware panicked with %q, want it to say %q", got, test.want)
				}
			}()
			liveview.Middleware(test.config)
		})
	}
}

func TestMissingSecretIsSaidInReleaseMode(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	defer gin.SetMode(gin.TestMode)
	var b bytes.Buffer
	liveview.Middleware(liveview.Config{Logger: slog.New(slog.NewTextHandler(&b, nil))})
	if !strings.Contains(b.String(), "Config.Secret is not set") {
		t.Errorf("log = %q", b.String())
	}
}

// A page rendered with a secret that has since been rotated can be joined
// until the secret is dropped.
func TestSecretsRotate(t *testing.T) {
	oldSecret, newSecret := strings.Repeat("a", 32), strings.Repeat("b", 32)
	config := func(c liveview.Config) *site {
		return newSite(t, c, func(r *gin.Engine) { liveview.Handle(r, "/", counterView()) })
	}
	before := config(liveview.Config{Secret: liveview.NewSecret(oldSecret)})
	rotated := config(liveview.Config{Secret: liveview.NewSecret(newSecret), OldSecrets: []liveview.Secret{liveview.NewSecret(oldSecret)}})
	dropped := config(liveview.Config{Secret: liveview.NewSecret(newSecret)})
	p := before.visitor().get("/")
	for _, test := range []struct {
		name string
		site *site
		want string
	}{{"same", before, "ok"}, {"rotated", rotated, "ok"}, {"dropped", dropped, "error"}} {
		t.Run(test.name, func(t *testing.T) {
			moved := *p
			moved.visitor = &visitor{test.site, p.visitor.client}
			if status, response := moved.connect().join(); status != test.want {
				t.Errorf("join = %s %v, want %s", status, response, test.want)
			}
		})
	}
}

func TestClientComesFromACDNByDefault(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", counterView()) })
	body := s.visitor().get("/").body
	for _, want := range []string{
		`src="https://cdn.jsdelivr.net/npm/phoenix@` + liveview.PhoenixVersion + `/priv/static/phoenix.min.js" integrity="sha384-`,
		`src="https://cdn.jsdelivr.net/npm/phoenix_live_view@` + liveview.PhoenixLiveViewVersion + `/priv/static/phoenix_live_view.min.js" integrity="sha384-`,
		`crossorigin="anonymous"`,
		`src="/live/start.js?v=`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s:\n%s", want, body)
		}
	}
}

func TestSelfHostedClientIsServedForGood(t *testing.T) {
	files := fstest.MapFS{
		"phoenix/priv/static/phoenix.min.js":                     {Data: []byte(strings.Repeat("phoenix ", 100))},
		"phoenix_live_view/priv/static/phoenix_live_view.min.js": {Data: []byte("live view")},
		"phoenix_live_view/package.json":                         {Data: []byte(`{"version":"1.2.99"}`)},
	}
	s := newSite(t, liveview.Config{Client: files, Path: "/l"}, func(r *gin.Engine) {
		liveview.Handle(r, "/", counterView())
		r.GET("/l/own", func(c *gin.Context) { c.String(200, "mine") })
	})
	v := s.visitor()
	page := v.get("/")
	_, url, _ := strings.Cut(page.body, `src="/l/phoenix.min.js`)
	url, _, _ = strings.Cut(url, `"`)
	if !strings.HasPrefix(url, "?v=") || strings.Contains(page.body, "cdn.") {
		t.Fatalf("page = %s", page.body)
	}
	js := v.get("/l/phoenix.min.js" + url)
	if js.body != strings.Repeat("phoenix ", 100) || !strings.Contains(js.header.Get("Cache-Control"), "immutable") {
		t.Errorf("script = %q, %v", js.body, js.header)
	}
	for _, test := range []struct {
		name, header, value string
		status              int
	}{
		{"compressed", "Accept-Encoding", "br, gzip", 200},
		{"known already", "If-None-Match", js.header.Get("Etag"), 304},
	} {
		r := newRequest(t, "http://"+siteHost+"/l/phoenix.min.js"+url)
		r.Header.Set(test.header, test.value)
		res, err := v.client.Transport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != test.status {
			t.Errorf("%s: status %d, want %d", test.name, res.StatusCode, test.status)
		}
		if test.name == "compressed" {
			z, err := gzip.NewReader(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			if b, err := io.ReadAll(z); err != nil || string(b) != js.body {
				t.Errorf("unzipped %q, %v", b, err)
			}
		}
		_ = res.Body.Close()
	}
	if p := v.get("/l/own"); p.body != "mine" {
		t.Errorf("a route of the application's below Path = %d %q", p.status, p.body)
	}
	if p := v.get("/l/nothing.js"); p.status != 404 {
		t.Errorf("no such script = %d", p.status)
	}
}

func TestLayoutOfTheApplication(t *testing.T) {
	config := liveview.Config{Layout: liveview.TemplateLayout("page.html", func(c *gin.Context) any { return c.Query("q") })}
	s := newSite(t, config, func(r *gin.Engine) {
		r.SetHTMLTemplate(template.Must(template.New("page.html").Parse(
			`<head>{{.CSRFMeta}}{{.LiveTitle}}{{.Scripts}}</head><main>{{.Content}}</main><footer>{{.Data}} {{.Meta.CurrentURL}}</footer>`)))
		liveview.Handle(r, "/", counterView())
	})
	c := s.open("/?q=%3Cb%3E")
	for _, want := range []string{`<main><div id="` + c.page.id, `<footer>&lt;b&gt; /?q=%3Cb%3E</footer>`, `<title data-default=""></title>`, "start.js"} {
		if !strings.Contains(c.page.body, want) {
			t.Errorf("the page lacks %s:\n%s", want, c.page.body)
		}
	}
	if diff := c.click("inc", nil); diff["0"] != "1" {
		t.Errorf("diff = %v", diff)
	}
}

// A template that is shown already serves another layout, too.
func TestLayoutOfTemplateInUse(t *testing.T) {
	templates := template.Must(template.New("").Parse(`<p>{{.}}</p>`))
	shown := make(chan error)
	go func() { shown <- templates.Execute(io.Discard, "<first>") }()
	if liveview.LayoutOf(templates, "", nil) == nil {
		t.Error("no layout")
	}
	if err := <-shown; err != nil {
		t.Error(err)
	}
}

// A layout is a template of the application's own, by its name, with its data; what goes
// wrong in it is told to the operator, and nothing of the page goes out.
func TestLayoutOf(t *testing.T) {
	templates := template.Must(template.New("base").Funcs(template.FuncMap{"boom": func() string { panic("as asked") }}).Parse(
		`{{define "page"}}<head>{{.CSRFMeta}}{{.LiveTitle}}{{.Scripts}}</head><main>{{.Content}}</main>{{.Data}}{{end}}` +
			`{{define "late"}}<main>{{.Content}}</main>{{.Data.Nothing}}{{end}}{{define "panics"}}<main>{{.Content}}{{boom}}</main>{{end}}`))
	data := func(c *gin.Context) any { return c.GetString("user") + c.Query("q") }
	s := newSite(t, liveview.Config{Layout: liveview.LayoutOf(templates, "page", data)}, func(r *gin.Engine) {
		r.Use(func(c *gin.Context) { c.Set("user", "ann"); c.Status(http.StatusNotFound) })
		liveview.Handle(r, "/", counterView())
		liveview.Handle(r.Group("", liveview.UseLayout(liveview.LayoutOf(templates, "late", data))), "/late", counterView())
		liveview.Handle(r.Group("", liveview.UseLayout(liveview.LayoutOf(templates, "panics", nil))), "/panics", counterView())
	})
	c := s.open("/?q=%3Cb%3E")
	if p := c.page; p.status != 404 || p.header.Get("Content-Type") != "text/html; charset=utf-8" || !strings.HasSuffix(p.body, "</main>ann&lt;b&gt;") {
		t.Errorf("the page is %d %v %s", p.status, p.header, p.body)
	}
	if diff := c.click("inc", nil); diff["0"] != "1" {
		t.Errorf("diff = %v", diff)
	}
	for path, want := range map[string]string{"/late": "can't evaluate field Nothing", "/panics": "as asked"} {
		if p := s.visitor().get(path); p.status != 500 || strings.Contains(p.body, "main") || !strings.Contains(s.log.String(), want) {
			t.Errorf("the page at %s is %d %s, and the log says %s", path, p.status, p.body, s.log)
		}
	}
	for want, call := range map[string]func(){
		"not nil": func() { liveview.LayoutOf(nil, "page", nil) },
		`the template "pgae", which isn't there; defined templates are: `: func() { liveview.LayoutOf(templates, "pgae", nil) },
		`the template "base"`: func() { liveview.LayoutOf(template.New("base"), "base", nil) },
	} {
		func() {
			defer func() {
				if text, _ := recover().(string); !strings.Contains(text, want) || !strings.Contains(text, "config_test.go:") {
					t.Errorf("it panics with %q, want %q and the line", text, want)
				}
			}()
			call()
		}()
	}
}

// A plain handler's page stands in the layout of its route, with its status and title,
// and shows the flash once, however often the layout asks for it.
func TestRenderInLayout(t *testing.T) {
	flashes := template.Must(template.New("flashes").Parse(
		`{{.LiveTitle}}{{.CSRFMeta}}{{.Meta.CurrentURL}} {{.Meta.Connected}} {{.Meta.Flash "info"}} {{.Meta.Flashes}} {{.Content}}`))
	failing := func(*gin.Context, liveview.Page) error { return errors.New("as asked") }
	show := func(c *gin.Context) {
		c.Status(http.StatusTeapot)
		if err := liveview.RenderInLayout(c, "A & B", `<h1>plain</h1>`); err != nil {
			c.String(http.StatusInternalServerError, "%v", err)
		}
	}
	s := newSite(t, liveview.Config{Title: liveview.Title{Suffix: "!"}, Scripts: `<script src="/mine.js"></script>`}, func(r *gin.Engine) {
		store := cookie.NewStore([]byte("0123456789abcdef0123456789abcdef"))
		store.Options(sessions.Options{Path: "/"})
		r.Use(sessions.Sessions("app", store))
		r.GET("/put", func(c *gin.Context) {
			if err := liveview.PutFlash(c, "info", "saved"); err != nil {
				t.Error(err)
			}
		})
		r.GET("/default", show)
		r.Group("", liveview.UseLayout(liveview.LayoutOf(flashes, "flashes", nil))).GET("/flashes", show)
		r.Group("", liveview.UseLayout(failing)).GET("/failing", show)
		liveview.Handle(r, "/live", counterView())
	})
	v := s.visitor()
	v.get("/put")
	p := v.get("/default")
	for _, want := range []string{"<!DOCTYPE html>", "<body>\n<h1>plain</h1>\n<div class=\"liveview-notice\" role=\"status\"></div>\n</body>", ">A &amp; B!</title>", "\n<script src=\"/mine.js\"></script>\n</head>"} {
		if p.status != http.StatusTeapot || p.header.Get("Cache-Control") != "no-store" || !strings.Contains(p.body, want) {
			t.Errorf("the page is %d %v %s, want %s in it", p.status, p.header, p.body, want)
		}
	}
	if p := v.get("/flashes?a=b"); !strings.HasSuffix(p.body, "/flashes?a=b false saved [{info saved}] <h1>plain</h1>") || p.csrf == "" {
		t.Errorf("the page is %s", p.body)
	}
	if p := v.get("/flashes"); !strings.HasSuffix(p.body, "/flashes false  [] <h1>plain</h1>") {
		t.Errorf("the next page is %s", p.body)
	}
	if p := v.get("/failing"); p.status != 500 || p.body != "liveview: the page at /failing: layout: as asked" {
		t.Errorf("with a layout that fails the page is %d %s", p.status, p.body)
	}
	if p := v.get("/live"); !strings.Contains(p.body, `<script src="/mine.js"></script>`) || strings.Contains(p.body, "start.js") {
		t.Errorf("the live page is %s", p.body)
	}
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = newRequest(t, "/")
	if err := liveview.RenderInLayout(c, "", ""); err == nil || !strings.Contains(err.Error(), "r.Use(liveview.Middleware())") {
		t.Errorf("without a Middleware: %v", err)
	}
}
