package matrix

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/security"
	"github.com/chromedp/chromedp"
	"github.com/gin-contrib/gzip"
	"github.com/gin-contrib/secure"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// patience is how long something may take to show in a page: long, as the
// machine may be busy, and never waited for in full when all is well.
const patience = 20 * time.Second

// chromium is the one of all tests, started by the first that needs it.
var chromium = sync.OnceValues(func() (context.Context, error) {
	path := findChromium()
	if path == "" {
		return nil, errors.New("these tests need Chromium: apt-get install chromium-headless-shell")
	}
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true))...)
	closeChromium = append(closeChromium, cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	closeChromium = append(closeChromium, cancel)
	return ctx, chromedp.Do(ctx)
})

// findChromium returns a browser's program, "" for none.
func findChromium() string {
	for _, name := range []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

var closeChromium []context.CancelFunc

func TestMain(m *testing.M) {
	code := m.Run()
	for i := len(closeChromium) - 1; i >= 0; i-- {
		closeChromium[i]()
	}
	os.Exit(code)
}

// tab is a tab in a browser profile of its own.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu       sync.Mutex // guards said
	problems []string   // errors and warnings on the console
}

func newTab(t *testing.T) *tab {
	t.Helper()
	browser, err := chromium()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, b.note); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, log.Enable, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, security.SetIgnoreCertificateErrors, security.SetIgnoreCertificateErrorsParams{Ignore: true}); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *tab) note(event any) {
	text := ""
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text = e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			for _, arg := range e.Args {
				text += string(arg.Value) + arg.Description + " "
			}
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && !strings.Contains(e.Entry.URL, "favicon") {
			text = e.Entry.Text + " " + e.Entry.URL
		}
	}
	if text != "" {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.problems = append(b.problems, text)
	}
}

// console returns what the browser complained about.
func (b *tab) console() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Join(b.problems, "\n")
}

func (b *tab) run(action chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, action); err != nil {
		b.t.Fatalf("in the browser: %v\n%s", err, b.console())
	}
}

func (b *tab) visit(url string)      { b.t.Helper(); b.run(chromedp.Navigate(url)) }
func (b *tab) click(selector string) { b.t.Helper(); b.run(chromedp.Click(chromedp.CSS(selector))) }

// holds waits until a JavaScript condition does, over page loads too.
func (b *tab) holds(condition string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	for {
		ok, _ := chromedp.Run(ctx, chromedp.Evaluate[bool]("(() => { try { return !!("+condition+") } catch { return false } })()"))
		if ok {
			return
		}
		select {
		case <-ctx.Done():
			body, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`location.href + document.documentElement.outerHTML.slice(0, 3000)`))
			b.t.Fatalf("%s doesn't come to hold\n%s\n%s", condition, b.console(), body)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (b *tab) live() {
	b.t.Helper()
	b.holds(`document.querySelector("[data-phx-main].phx-connected") && !document.querySelector(".phx-click-loading")`)
}

func (b *tab) shows(selector, want string) {
	b.t.Helper()
	b.holds(fmt.Sprintf(`document.querySelector(%q).textContent.trim() === %q`, selector, want))
}

func (b *tab) at(path string) {
	b.t.Helper()
	b.holds(fmt.Sprintf(`location.pathname + location.search === %q`, path))
}

// browse is tour in Chromium, at a server's address.
func (o *shop) browse(address string, enter func(b *tab)) {
	t := o.t
	t.Helper()
	b := newTab(t)
	if enter != nil {
		enter(b)
	}
	b.visit(address + o.public + "/")
	b.live()
	b.click("#add")
	b.shows("h1", "1")
	b.click("#two")
	b.at(o.public + "/?step=2")
	b.shows("#step", "2")
	b.click("#add")
	b.shows("h1", "3")
	b.click("#five")
	b.at(o.public + "/?step=5")
	b.shows("#step", "5")
	b.click("#add")
	b.shows("h1", "8")
	b.click("#item")
	b.at(o.public + "/items/7")
	b.shows("h1", "Item 7")
	b.live()
	b.click("#see")
	b.shows("#seen", "1")
	b.click("#back")
	b.at(o.public + "/?from=item")
	b.shows("#flash-info", "Seen")
	b.live()
	b.click("#leave")
	b.at(o.public + "/?from=view")
	b.shows("#flash-info", "Left")
	b.live()
	b.click("#mark-it")
	b.at(o.public + "/?from=action")
	b.shows("#mark", "red")
	b.live()
	b.click("#save")
	b.at(o.public + "/?from=form")
	b.shows("#flash-info", "Saved")
	b.live()
	b.run(chromedp.Reload())
	b.live()
	b.shows("#flash-info", "")
	if text := b.console(); text != "" {
		t.Errorf("the browser complained:\n%s", text)
	}
	if text := o.log.String(); text != "" {
		t.Errorf("liveview complained:\n%s", text)
	}
	if text := o.access.String(); !strings.Contains(text, "101 /live/websocket") {
		t.Errorf("the socket's status in the access log:\n%s", text)
	}
}

// listen has the shop served at an address of this machine.
func (o *shop) listen() string {
	srv := httptest.NewServer(o.handler)
	o.t.Cleanup(srv.Close)
	return srv.URL
}

func TestChromiumGzip(t *testing.T) {
	t.Parallel()
	o := stack{before: []gin.HandlerFunc{gzip.Gzip(gzip.DefaultCompression)}}.open(t)
	o.browse(o.listen(), nil)
}

func TestChromiumSecure(t *testing.T) {
	t.Parallel()
	o := stack{before: []gin.HandlerFunc{secure.New(secure.Config{
		FrameDeny: true, ContentTypeNosniff: true, BrowserXssFilter: true, IENoOpen: true,
		ReferrerPolicy: "strict-origin-when-cross-origin", ContentSecurityPolicy: "default-src 'self'",
	})}}.open(t)
	o.browse(o.listen(), nil)
}

func TestChromiumBasePath(t *testing.T) {
	t.Parallel()
	o := stack{public: "/shop", config: liveview.Config{BasePath: "/shop"}, around: func(h http.Handler) http.Handler {
		mux := http.NewServeMux()
		mux.Handle("/shop/", http.StripPrefix("/shop", h))
		return mux
	}}.open(t)
	o.browse(o.listen(), nil)
}

func TestChromiumBasePathBehindNginx(t *testing.T) {
	t.Parallel()
	o := stack{public: "/shop", config: liveview.Config{BasePath: "/shop"}}.open(t)
	o.browse("http://"+o.behindNginx("nginx-base-path-stripped"), nil)
}

func TestChromiumTLS(t *testing.T) {
	t.Parallel()
	o := stack{before: []gin.HandlerFunc{secure.New(secure.Config{SSLRedirect: true, STSSeconds: 60, ContentSecurityPolicy: "default-src 'self'"})}}.open(t)
	srv := httptest.NewUnstartedServer(o.handler)
	srv.EnableHTTP2 = true
	srv.StartTLS()
	t.Cleanup(srv.Close)
	o.browse(srv.URL, nil)
}

func TestChromiumJWT(t *testing.T) {
	t.Parallel()
	o := jwtStack(t, false).open(t)
	address := o.listen()
	o.browse(address, func(b *tab) {
		b.visit(address + "/login")
		b.run(chromedp.SetValue(chromedp.CSS("[name=name]"), "ann"))
		b.click("button")
		b.at("/")
		b.live()
	})
}

// A page that can't be joined says on the console why, after it was loaded a few
// times; one that is merely loaded often goes on.
func TestChromiumRefusedJoin(t *testing.T) {
	t.Parallel()
	refuse := func(c *gin.Context) {
		if liveview.IsVisit(c) {
			c.AbortWithStatus(http.StatusTeapot)
		}
	}
	o := stack{after: []gin.HandlerFunc{refuse}}.open(t)
	b := newTab(t)
	b.visit(o.listen() + "/")
	b.holds(`document.documentElement.classList.contains("liveview-refused")`)
	if text := b.console(); !strings.Contains(text, "4 times in a row") || !strings.Contains(text, "status 418") {
		t.Errorf("the console says:\n%s", text)
	}
	if n := strings.Count(o.access.String(), "200 /\n"); n > 6 {
		t.Errorf("the page was loaded %d times", n)
	}
}

func TestChromiumManyQuickLoads(t *testing.T) {
	t.Parallel()
	// Each of the first six loads is left before its join is done.
	layout := func(c *gin.Context, p liveview.Page) error {
		c.Header("Content-Type", "text/html; charset=utf-8")
		_, err := fmt.Fprintf(c.Writer, `<!DOCTYPE html><head>%s%s%s<script>addEventListener("DOMContentLoaded", () => {
			const n = Number(sessionStorage.getItem("loads"))
			if (n < 6) { sessionStorage.setItem("loads", n + 1); location.reload() }
		})</script></head><body>%s</body>`, p.CSRFMeta(), p.LiveTitle(), p.Scripts(), p.Content())
		return err
	}
	o := stack{config: liveview.Config{Layout: layout}}.open(t)
	b := newTab(t)
	b.visit(o.listen() + "/")
	b.holds(`sessionStorage.getItem("loads") === "6"`)
	b.live()
	b.click("#add")
	b.shows("h1", "1")
}

// What an application's own script adds keeps the token.
func TestChromiumOwnParams(t *testing.T) {
	t.Parallel()
	for name, params := range map[string]string{"an object": `{tz: "UTC"}`, "a function": `function (el) { return {tz: el ? el.id : "UTC"} }`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			layout := func(c *gin.Context, p liveview.Page) error {
				c.Header("Content-Type", "text/html; charset=utf-8")
				_, err := fmt.Fprintf(c.Writer, `<!DOCTYPE html><head>%s%s%s<script>window.liveview = {options: {params: %s}}</script></head><body>%s</body>`,
					p.CSRFMeta(), p.LiveTitle(), p.Scripts(), params, p.Content())
				return err
			}
			o := stack{config: liveview.Config{Layout: layout}}.open(t)
			o.browse(o.listen(), nil)
		})
	}
}

func TestChromiumLayoutWithoutToken(t *testing.T) {
	t.Parallel()
	layout := func(c *gin.Context, p liveview.Page) error {
		c.Header("Content-Type", "text/html; charset=utf-8")
		_, err := fmt.Fprintf(c.Writer, `<!DOCTYPE html><head>%s%s</head><body>%s</body>`, p.LiveTitle(), p.Scripts(), p.Content())
		return err
	}
	o := stack{config: liveview.Config{Layout: layout}}.open(t)
	b := newTab(t)
	b.visit(o.listen() + "/")
	// Chromium is another process: its console is looked at until it says so.
	for end := time.Now().Add(patience); !strings.Contains(b.console(), "its layout lacks {{.CSRFMeta}}"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the console says %q", b.console())
		}
	}
}
