package liveviewtest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-liveview/liveview/internal/memnet"
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
	t        testing.TB
	options  Options
	base     *url.URL
	listener *memnet.Listener
	client   *http.Client
	views    []*View // those not closed
}

// NewSession returns a browser without cookies for a server of its own that
// handles requests with handler, usually a Gin engine. Several sessions with
// one handler are several visitors of one application. All that belongs to a
// session ends with the test.
func NewSession(t testing.TB, handler http.Handler, options ...Options) *Session {
	t.Helper()
	s := &Session{t: t, listener: memnet.Listen()}
	if len(options) > 0 {
		s.options = options[0]
	}
	if s.options.Host == "" {
		s.options.Host = "example.com"
	}
	if s.options.Timeout == 0 {
		s.options.Timeout = 5 * time.Second
	}
	s.base = &url.URL{Scheme: "http", Host: s.options.Host, Path: "/"}
	jar, _ := cookiejar.New(nil) // without options it can't fail
	jar.SetCookies(s.base, s.options.Cookies)
	transport := &http.Transport{DialContext: s.listener.DialContext, ReadBufferSize: 64 << 10}
	s.client = &http.Client{Jar: jar, Transport: transport, CheckRedirect: s.checkRedirect}

	// A literal, as httptest.NewUnstartedServer would open a port.
	server := &httptest.Server{Listener: s.listener, Config: &http.Server{Handler: handler}}
	server.Start()
	t.Cleanup(func() {
		for _, v := range slices.Clone(s.views) {
			v.atEnd()
		}
		transport.CloseIdleConnections()
		server.Close()
	})
	return s
}

// checkRedirect stops at redirects to other hosts: the session knows only one.
func (s *Session) checkRedirect(r *http.Request, via []*http.Request) error {
	if r.URL.Host != s.base.Host || len(via) > 10 {
		return http.ErrUseLastResponse
	}
	return nil
}

// Open loads the page at path (with its query, if any), joins its view as the
// official client does, and returns it. Redirects are followed. A page without
// a live view ends the test: see [Session.Visit].
func (s *Session) Open(path string) *View {
	s.t.Helper()
	v := s.Visit(path)
	if v.main == nil {
		body := strings.Join(strings.Fields(v.body), " ")
		if len(body) > 200 {
			body = body[:200] + "…"
		}
		s.t.Fatalf("liveviewtest: Open(%q): %s answered %s, and the page holds no live view: %s", path, v.url, v.response.Status, body)
	}
	return v
}

// Visit is [Session.Open] for pages that may have no live view: a form to log
// in by, an error page.
func (s *Session) Visit(path string) *View {
	s.t.Helper()
	v := newView(s)
	s.views = append(s.views, v)
	v.load(http.MethodGet, s.resolve(path), nil, true)
	v.arrived()
	return v
}

// Get requests path and returns the response, whose body may be read at any
// time. It shares the cookies with the session's pages.
func (s *Session) Get(path string) *http.Response {
	s.t.Helper()
	res, _ := s.request(http.MethodGet, s.resolve(path), nil)
	return res
}

// PostForm is [Session.Get] for a submitted form.
func (s *Session) PostForm(path string, form url.Values) *http.Response {
	s.t.Helper()
	res, _ := s.request(http.MethodPost, s.resolve(path), strings.NewReader(form.Encode()))
	return res
}

// Cookies returns the cookies that the session would send.
func (s *Session) Cookies() []*http.Cookie { return s.client.Jar.Cookies(s.base) }

func (s *Session) resolve(path string) *url.URL {
	s.t.Helper()
	u, err := s.base.Parse(path)
	if err != nil {
		s.t.Fatalf("liveviewtest: %v", err)
	}
	return u
}

// request does a request whose form is the body, if there is one.
func (s *Session) request(method string, u *url.URL, form io.Reader) (res *http.Response, body string) {
	s.t.Helper()
	r, err := http.NewRequest(method, u.String(), form)
	if err != nil {
		s.t.Fatalf("liveviewtest: %v", err)
	}
	for name, values := range s.options.Header {
		r.Header[name] = values
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", s.base.Scheme+"://"+s.base.Host)
	}
	res, err = s.client.Do(r)
	if err != nil {
		s.t.Fatalf("liveviewtest: %v", err)
	}
	data := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(data)
	data.Reset()
	_, err = data.ReadFrom(res.Body)
	_ = res.Body.Close() // it was read to the end
	if err != nil {
		s.t.Fatalf("liveviewtest: reading the answer to %s %s: %v", method, u, err)
	}
	body = data.String()
	res.Body = readCloser(body)
	return res, body
}
