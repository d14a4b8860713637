package liveviewtest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-liveview/liveview/liveviewtest/internal/browser"
	"github.com/gin-liveview/liveview/liveviewtest/internal/client"
)

// Options change how pages are opened. The zero value is what a browser does.
type Options struct {
	// Host is the server's name. Empty means "example.com".
	Host string

	// Header is sent with each request, that for the socket included.
	Header http.Header

	// Cookies are in the browser from the start.
	Cookies []*http.Cookie

	// Params are further parameters of each join, as an application's own
	// script may add them to the official client's.
	Params map[string]any

	// Timeout is how long the server may take for an answer, and how long
	// [View.WaitFor] and the Expect methods wait. Zero means 5 seconds.
	Timeout time.Duration

	// Warn gets what the official client would complain about. Nil means that
	// each warning is an error of the test.
	Warn func(warning string)
}

// Session is one browser: its cookies, and the pages that are open in it. Its
// methods are for the test's goroutine.
type Session struct {
	t       testing.TB
	options Options
	browser *browser.Browser
	open    []*View // the pages that aren't closed
}

// Open loads the page at path from handler, usually a Gin engine, joins its
// live view over a WebSocket, and returns it. All of it happens in memory and
// ends with the test. At most one set of Options may be given. For several pages with
// the same cookies see [NewSession].
func Open(t testing.TB, handler http.Handler, path string, options ...Options) *View {
	t.Helper()
	return NewSession(t, handler, options...).Open(path)
}

// OpenPlain is [Open] for a browser without JavaScript; see [Session.OpenPlain].
func OpenPlain(t testing.TB, handler http.Handler, path string, options ...Options) *View {
	t.Helper()
	return NewSession(t, handler, options...).OpenPlain(path)
}

// NewSession returns a browser without cookies for a server of its own that
// handles requests with handler, usually a Gin engine. Several sessions with
// one handler are several visitors of one application. All that belongs to a
// session ends with the test.
func NewSession(t testing.TB, handler http.Handler, options ...Options) *Session {
	t.Helper()
	s := &Session{t: t}
	switch len(options) {
	case 0:
	case 1:
		s.options = options[0]
	default:
		t.Fatalf("liveviewtest: a session has one set of Options, not %d", len(options))
	}
	if s.options.Host == "" {
		s.options.Host = "example.com"
	}
	if s.options.Timeout == 0 {
		s.options.Timeout = 5 * time.Second
	}
	s.browser = browser.New(handler, s.options.Host, s.options.Header, s.options.Cookies)
	t.Cleanup(func() {
		for _, v := range slices.Clone(s.open) {
			v.atEnd()
		}
		s.browser.Close()
	})
	return s
}

// Open loads the page at path (with its query, if any), joins its view as the
// official client does, and returns it. Redirects are followed. A page without
// a live view ends the test: see [Session.Visit].
func (s *Session) Open(path string) *View {
	s.t.Helper()
	v := s.Visit(path)
	if v.page.Element() == nil {
		res, body := v.page.Response()
		if body = strings.Join(strings.Fields(body), " "); len(body) > 200 {
			body = body[:200] + "…"
		}
		s.t.Fatalf("liveviewtest: Open(%q): %s answered %s, and the page holds no live view: %s", path, res.Request.URL, res.Status, body)
	}
	return v
}

// Visit is [Session.Open] for pages that may have no live view: a form to log
// in by, an error page.
func (s *Session) Visit(path string) *View {
	s.t.Helper()
	return s.load(path, false)
}

func (s *Session) load(path string, plain bool) *View {
	s.t.Helper()
	v := &View{t: s.t, timeout: s.options.Timeout, tab: &tab{server: s.browser, pages: func() []*View { return s.open }}}
	v.page = client.NewPage(s.t, s.browser, client.Options{Params: s.options.Params, Timeout: s.options.Timeout, Warn: s.options.Warn, Plain: plain})
	v.tab.left = func() { s.open = slices.DeleteFunc(s.open, func(o *View) bool { return o == v }) }
	s.open = append(s.open, v)
	v.page.Load(s.resolve(path))
	return v
}

// OpenPlain is [Session.Open] in a tab in which no script runs: nothing is joined, and the
// page does what a browser does by itself. Links and redirects are followed, forms are
// sent as they stand in the page, with their files, and so are the buttons with phx-click
// that liveview has made submit a form; a test acts by [View.Click], [View.Submit] and
// their like, as on a live page. What needs a script, such as an element with phx-click
// that is no button, can't be clicked.
func (s *Session) OpenPlain(path string) *View {
	s.t.Helper()
	return s.load(path, true)
}

// Get requests path, follows redirects, and returns the response, whose body may
// be read at any time. It shares the cookies with the session's pages.
func (s *Session) Get(path string) *http.Response {
	s.t.Helper()
	return s.do(http.MethodGet, path, nil)
}

// PostForm is [Session.Get] for a submitted form.
func (s *Session) PostForm(path string, form url.Values) *http.Response {
	s.t.Helper()
	return s.do(http.MethodPost, path, &browser.Form{Type: "application/x-www-form-urlencoded", Body: form.Encode()})
}

func (s *Session) do(method, path string, form *browser.Form) *http.Response {
	s.t.Helper()
	res, _, err := s.browser.Do(method, s.resolve(path), form)
	if err != nil {
		s.t.Fatalf("liveviewtest: %v", err)
	}
	return res
}

// Cookies returns the cookies that the session would send.
func (s *Session) Cookies() []*http.Cookie { return s.browser.Cookies() }

func (s *Session) resolve(path string) *url.URL {
	s.t.Helper()
	u, err := s.browser.Base.Parse(path)
	if err != nil {
		s.t.Fatalf("liveviewtest: %v", err)
	}
	return u
}
