package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

type fragile struct{ Count int }

var fragilePage = liveview.MustParse[fragile](`<p id="count">{{.Count}}</p><button id="inc" phx-click="inc">+</button>
<button id="panic" phx-click="panic">panic</button><button id="error" phx-click="error">error</button>
<button id="info" phx-click="info">info</button><button id="render" phx-click="render">render</button>`)

func fragileView() view[fragile] {
	v := view[fragile]{page: fragilePage}
	v.event = func(s *liveview.Socket[fragile], e liveview.Event) error {
		switch e.Name {
		case "inc":
			s.Assign(func(c *fragile) { c.Count++ })
		case "panic":
			panic("on purpose")
		case "error":
			return errors.New("on purpose")
		case "info":
			return s.SendInfo(1)
		case "render":
			s.Assign(func(c *fragile) { c.Count = -1 })
		}
		return nil
	}
	v.info = func(*liveview.Socket[fragile], any) error { panic("on purpose") }
	v.rendered = func(c fragile) {
		if c.Count < 0 {
			panic("on purpose")
		}
	}
	return v
}

// A callback that fails takes down its own page, which comes back by itself.
func TestFailingCallback(t *testing.T) {
	t.Parallel()
	l := newLab(t, "", func(r *gin.Engine) { liveview.Handle(r, "/", fragileView()) })
	ada := newPerson(t)
	tb, other := ada.open(l.URL), ada.open(l.URL)
	other.click("#inc")
	other.shows("#count", "1")
	tb.mark()
	var took []time.Duration
	for i, how := range []string{"panic", "error", "info", "render"} {
		tb.click("#inc")
		tb.shows("#count", "1")
		begin := time.Now()
		tb.click("#" + how)
		tb.shows("#count", "0") // joined anew, with a fresh state
		tb.live()
		took = append(took, time.Since(begin))
		if n := strings.Count(l.log.String(), "level=ERROR"); n != i+1 {
			t.Errorf("%s: %d errors have been logged, want %d:\n%s", how, n, i+1, l.log.String())
		}
	}
	if !tb.marked() {
		t.Error("the page was loaded anew")
	}
	slices.Sort(took)
	t.Attr("figure", fmt.Sprintf("%d failures in Chromium: usable again after %v in the median, without a load", len(took), percentile(took, 50)))
	other.click("#inc")
	other.shows("#count", "2")
	for _, want := range []string{"view[", "route=/", "fault_test.go", "on purpose"} {
		if !strings.Contains(l.log.String(), want) {
			t.Errorf("the log doesn't say %q:\n%s", want, l.log.String())
		}
	}
}

// Whatever a page is tampered with, the browser ends up on a working one after
// a load or none.
func TestTamperedPage(t *testing.T) {
	t.Parallel()
	for name, tamper := range map[string]string{
		"session token": `const el = document.querySelector("[data-phx-main]"); el.dataset.phxSession = el.dataset.phxSession.slice(0, -6) + "AAAAAA"`,
		"no token":      `document.querySelector("[data-phx-main]").dataset.phxSession = "x"`,
		"view's id":     `document.querySelector("[data-phx-main]").id = "phx-mine"`,
		"CSRF token":    `document.querySelector("meta[name=csrf-token]").content = "forged"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// The page is tampered with on its first load, before it connects.
			script := `if (!sessionStorage.getItem("done")) { sessionStorage.setItem("done", 1); ` + tamper + ` }`
			l := newLab(t, script, func(r *gin.Engine) { liveview.Handle(r, "/", fragileView()) })
			tb := newPerson(t).visit(l.URL)
			tb.holds(`sessionStorage.getItem("done") !== null`)
			tb.live()
			tb.click("#inc")
			tb.shows("#count", "1")
			if n := tb.loaded(); n != 2 {
				t.Errorf("the page was loaded %d times, want twice", n)
			}
		})
	}
}

// A browser that keeps no cookies can't join. It is left with the page as it
// was rendered, not loading it for ever.
func TestBrowserWithoutCookies(t *testing.T) {
	t.Parallel()
	var loads atomic.Int32
	l := newLab(t, "", func(r *gin.Engine) {
		g := r.Group("/", func(c *gin.Context) {
			loads.Add(1)
			c.Next()
			c.Writer.Header().Del("Set-Cookie") // too late: so below
		})
		g.Use(func(c *gin.Context) { c.Writer = noCookies{c.Writer} })
		liveview.Handle(g, "/", fragileView())
	})
	tb := newPerson(t).visit(l.URL)
	tb.expect("refused to join this page")
	tb.holds(`document.documentElement.classList.contains("liveview-refused")`)
	tb.shows("#count", "0")
	n := loads.Load()
	if n > 9 { // four that try to join, each with its join's request, and one that no longer does
		t.Errorf("the page was asked for %d times", n)
	}
	// A click is told why nothing comes of it, and leads to no further load.
	tb.expect("403")
	tb.click("#inc")
	tb.shows("h1", "Not sent")
	if got := loads.Load(); got != n+1 {
		t.Errorf("the page was asked for %d times, want %d", got, n+1)
	}
}

// A view that is shown by HTTP and fails whenever it is joined is left as it was
// rendered, however much time there is between the loads. Who loads it then has
// it try anew, and a join that succeeds is no further one of those in a row.
func TestJoinFailsForEver(t *testing.T) {
	t.Parallel()
	var loads, fails atomic.Int32
	fails.Store(1 << 20)
	v := fragileView()
	v.mount = func(c *gin.Context, s *liveview.Socket[fragile]) error {
		if !s.Connected() {
			loads.Add(1)
		} else if fails.Add(-1) >= 0 {
			return errors.New("on purpose")
		}
		return nil
	}
	// The client waits some seconds before it loads the page after such a failure;
	// the guard is to count failures, whatever the clock says.
	script := `window.liveview = {options: {reloadJitterMin: 1, reloadJitterMax: 2}};
		let years = Number(sessionStorage.getItem("years") || 0) + 1;
		sessionStorage.setItem("years", years);
		let now = Date.now; Date.now = () => now() + years * 31536000000;`
	l := newLab(t, script, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	tb := newPerson(t).visit(l.URL)
	tb.expect("refused to join this page 4 times in a row")
	tb.holds(`document.documentElement.classList.contains("liveview-refused")`)
	tb.shows("#count", "0")
	if n := loads.Load(); n != 5 { // four that try to join, and one that no longer does
		t.Errorf("the page was loaded %d times, want 5", n)
	}
	fails.Store(3)
	tb.run(chromedp.Reload())
	tb.holds(`!document.documentElement.classList.contains("liveview-refused")`)
	tb.live()
	tb.click("#inc")
	tb.shows("#count", "1")
}

type noCookies struct{ gin.ResponseWriter }

func (w noCookies) WriteHeader(code int) {
	w.Header().Del("Set-Cookie")
	w.ResponseWriter.WriteHeader(code)
}

func (w noCookies) Write(b []byte) (int, error) {
	w.Header().Del("Set-Cookie")
	return w.ResponseWriter.Write(b)
}

// A page of a guarded group can't be joined without its cookie: the browser
// goes where the middleware sends it.
func TestGuardedPageWithoutItsCookie(t *testing.T) {
	t.Parallel()
	var mounts atomic.Int32
	guarded := fragileView()
	guarded.mount = func(_ *gin.Context, s *liveview.Socket[fragile]) error {
		if s.Connected() {
			mounts.Add(1)
		}
		return nil
	}
	l := newLab(t, "", func(r *gin.Engine) {
		r.GET("/login", func(c *gin.Context) {
			c.SetCookie("user", "ada", 0, "/", "", false, true)
			c.Data(http.StatusOK, "text/html", []byte(`<title>log in</title><h1>log in</h1>`))
		})
		g := r.Group("/admin", func(c *gin.Context) {
			if user, _ := c.Cookie("user"); user == "" {
				c.Redirect(http.StatusFound, "/login")
				c.Abort()
			}
		})
		liveview.Handle(g, "/", guarded)
	})
	tb := newPerson(t).visit(l.URL + "/login")
	tb.expect("WebSocket")
	tb.run(chromedp.Navigate(l.URL + "/admin/"))
	tb.live()
	if n := mounts.Load(); n != 1 {
		t.Fatalf("the view was mounted %d times", n)
	}
	// Logged out elsewhere: the cookie is gone, and the connection lost.
	cookies, err := chromedp.Call(tb.ctx, network.GetCookies, network.GetCookiesParams{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cookies.Cookies {
		if c.Name == "user" {
			if _, err := chromedp.Call(tb.ctx, network.DeleteCookies, network.DeleteCookiesParams{Name: "user", URL: l.URL}); err != nil {
				t.Fatal(err)
			}
		}
	}
	tb.js(`liveSocket.disconnect(() => liveSocket.connect())`)
	tb.shows("h1", "log in")
	if n := mounts.Load(); n != 1 {
		t.Errorf("the view was mounted %d times, want no more than before", n)
	}
}

// Nothing on a page asks for more than default-src 'self' allows.
func TestStrictContentSecurityPolicy(t *testing.T) {
	t.Parallel()
	l := newLab(t, `window.violations = []; document.addEventListener("securitypolicyviolation", (e) => violations.push(e.blockedURI))`,
		func(r *gin.Engine) { liveview.Handle(r, "/", fragileView()) })
	tb := newPerson(t).open(l.URL)
	tb.click("#inc")
	tb.shows("#count", "1")
	if n := eval[int](tb, `violations.length`); n != 0 {
		t.Errorf("%d violations: %v", n, eval[[]string](tb, "violations"))
	} else {
		t.Attr("figure", fmt.Sprintf("%d violations; and all other pages of these tests have that policy too", n))
	}
}
