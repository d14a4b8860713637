package liveview_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"
	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/internal/memnet"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// site is an application under test: a real Gin engine behind a real
// http.Server, reached over in-memory connections so that it also runs inside
// a testing/synctest bubble.
type site struct {
	t      testing.TB
	app    *liveview.App
	engine *gin.Engine
	server *http.Server
	listen *memnet.Listener
	log    *logBuffer
}

const siteHost = "example.com"

// The first App of a process tells of an old Go; then no site's log has a line of it.
func init() { liveview.New(liveview.Config{Logger: slog.New(slog.DiscardHandler)}) }

func newSite(t testing.TB, config liveview.Config, routes func(r *gin.Engine)) *site {
	t.Helper()
	gin.SetMode(gin.TestMode)
	s := &site{t: t, engine: gin.New(), listen: memnet.Listen(), log: &logBuffer{}}
	_ = s.engine.SetTrustedProxies(nil) // or each site's log begins with a warning
	if config.Logger == nil {
		config.Logger = slog.New(slog.NewTextHandler(s.log, nil))
	}
	store := cookie.NewStore([]byte("0123456789abcdef0123456789abcdef"))
	store.Options(sessions.Options{Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	s.engine.Use(sessions.Sessions("app", store))
	s.app = liveview.New(config)
	s.engine.Use(s.app.Middleware())
	routes(s.engine)
	s.server = &http.Server{Handler: s.engine}
	served := make(chan struct{})
	go func() { defer close(served); _ = s.server.Serve(s.listen) }()
	t.Cleanup(func() {
		_ = s.server.Shutdown(context.Background())
		<-served
	})
	return s
}

// visitor is one browser: its cookies.
type visitor struct {
	site   *site
	client *http.Client
}

func (s *site) visitor() *visitor {
	jar, _ := cookiejar.New(nil)
	transport := &http.Transport{DialContext: s.listen.DialContext}
	s.t.Cleanup(transport.CloseIdleConnections)
	return &visitor{s, &http.Client{
		Transport: transport, Jar: jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// page is a rendered page as the client sees it before it connects.
type page struct {
	visitor *visitor
	url     string
	status  int
	header  http.Header
	body    string
	content string // inside the view's element, but for what is there for browsers without JavaScript
	csrf    string
	id      string
	session string
	static  string
}

var (
	plainForm = regexp.MustCompile(`<form id="_lv[^"]*" hidden.*?</form>| (?:form="_lv[^"]*" )?name="_lv_click" value='[^']*'`)

	noticeHTML = string(liveview.Page{}.Notice())

	csrfMeta = regexp.MustCompile(`<meta name="csrf-token" content="([^"]*)">`)
	viewTag  = regexp.MustCompile(`(?s)<[a-z]+ id="([^"]*)" data-phx-main data-phx-session="([^"]*)" data-phx-static="([^"]*)"[^>]*>(.*)</(?:div|main)>`)
)

func (v *visitor) get(path string) *page {
	v.site.t.Helper()
	u := "http://" + siteHost + path
	res, err := v.client.Get(u)
	if err != nil {
		v.site.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		v.site.t.Fatal(err)
	}
	p := &page{visitor: v, url: u, status: res.StatusCode, header: res.Header, body: string(body)}
	if m := csrfMeta.FindStringSubmatch(p.body); m != nil {
		p.csrf = html.UnescapeString(m[1])
	}
	if m := viewTag.FindStringSubmatch(strings.Replace(p.body, noticeHTML, "", 1)); m != nil {
		p.id, p.session, p.static, p.content = m[1], html.UnescapeString(m[2]), html.UnescapeString(m[3]), withoutPlain(m[4])
	}
	return p
}

func (v *visitor) cookies() string {
	u, _ := url.Parse("http://" + siteHost + "/")
	var all []string
	for _, c := range v.client.Jar.Cookies(u) {
		all = append(all, c.Name+"="+c.Value)
	}
	return strings.Join(all, "; ")
}

// post sends a form as a browser does.
func (v *visitor) post(path string, form url.Values) *http.Response {
	v.site.t.Helper()
	res, err := v.client.PostForm("http://"+siteHost+path, form)
	if err != nil {
		v.site.t.Fatal(err)
	}
	_ = res.Body.Close()
	return res
}

// client speaks the protocol as the official client does. Its reader is the
// only one to send on frames.
type client struct {
	t      testing.TB
	page   *page
	conn   *websocket.Conn
	polls  *pollConn // in place of conn
	frames chan frame
	ref    int
	closed error  // set before frames is closed
	detail string // why the last join was refused, in words
}

type frame struct {
	joinRef, ref, topic, event string
	payload                    map[string]any
	raw                        string
}

func (p *page) dial(header http.Header, query url.Values) (*websocket.Conn, *http.Response, error) {
	d := websocket.Dialer{NetDialContext: p.visitor.site.listen.DialContext}
	h := http.Header{"Origin": {"http://" + siteHost}}
	if c := p.visitor.cookies(); c != "" {
		h.Set("Cookie", c)
	}
	for k, v := range header {
		h[k] = v
	}
	q := url.Values{"vsn": {"2.0.0"}, "_csrf_token": {p.csrf}}
	for k, v := range query {
		q[k] = v
	}
	return d.Dial("ws://"+siteHost+"/live/websocket?"+q.Encode(), h)
}

func (p *page) connect() *client {
	t := p.visitor.site.t
	t.Helper()
	conn, _, err := p.dial(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p.clientOn(conn)
}

func (p *page) clientOn(conn *websocket.Conn) *client {
	t := p.visitor.site.t
	c := &client{t: t, page: p, conn: conn, frames: make(chan frame, 4096)}
	go c.read()
	t.Cleanup(c.close)
	return c
}

func (c *client) read() {
	defer close(c.frames)
	for {
		data, err := c.readMessage()
		if err != nil {
			c.closed = err
			return
		}
		var parts [5]json.RawMessage
		if err := json.Unmarshal(data, &parts); err != nil {
			c.closed = fmt.Errorf("server sent %q: %w", data, err)
			return
		}
		f := frame{raw: string(data)}
		for i, dst := range []*string{&f.joinRef, &f.ref, &f.topic, &f.event} {
			_ = json.Unmarshal(parts[i], dst)
		}
		_ = json.Unmarshal(parts[4], &f.payload)
		c.frames <- f
	}
}

func (c *client) readMessage() ([]byte, error) {
	if c.polls != nil {
		return c.polls.read()
	}
	_, data, err := c.conn.ReadMessage()
	return data, err
}

func (c *client) close() {
	if c.polls != nil {
		c.polls.close()
		return
	}
	_ = c.conn.Close()
}

// next returns the next frame from the server.
func (c *client) next() frame {
	c.t.Helper()
	select {
	case f, ok := <-c.frames:
		if !ok {
			c.t.Fatalf("the socket was closed: %v", c.closed)
		}
		return f
	case <-time.After(10 * time.Second):
		c.t.Fatal("the server sent nothing for 10 s")
	}
	panic("unreachable")
}

// end waits until the server has closed the socket and returns the close code.
func (c *client) end() int {
	c.t.Helper()
	for {
		select {
		case _, ok := <-c.frames:
			if ok {
				continue
			}
			var ce *websocket.CloseError
			if errors.As(c.closed, &ce) {
				return ce.Code
			}
			return websocket.CloseAbnormalClosure
		case <-time.After(2 * time.Minute):
			c.t.Fatal("the server didn't close the socket")
		}
	}
}

func (c *client) topic() string { return "lv:" + c.page.id }

func (c *client) write(raw string) {
	c.t.Helper()
	if c.polls != nil {
		if a := c.polls.post(raw); a.Status != http.StatusOK {
			c.t.Fatalf("%.100s: status %d", raw, a.Status)
		}
		return
	}
	if err := c.conn.WriteMessage(websocket.TextMessage, []byte(raw)); err != nil {
		c.t.Fatal(err)
	}
}

// push sends an event of the protocol and returns its ref.
func (c *client) push(event string, payload any) string {
	c.t.Helper()
	c.ref++
	ref := strconv.Itoa(c.ref)
	b, err := json.Marshal([]any{"1", ref, c.topic(), event, payload})
	if err != nil {
		c.t.Fatal(err)
	}
	c.write(string(b))
	return ref
}

// call is push, and waits for the reply; frames before it are passed over.
func (c *client) call(event string, payload any) (status string, response map[string]any) {
	c.t.Helper()
	ref := c.push(event, payload)
	for {
		f := c.next()
		if f.event == "phx_reply" && f.ref == ref {
			response, _ = f.payload["response"].(map[string]any)
			c.detail, _ = response["detail"].(string)
			delete(response, "detail")
			return f.payload["status"].(string), response
		}
		if event != "phx_join" && f.topic == c.topic() && (f.event == "phx_error" || f.event == "phx_close") {
			return f.event, f.payload
		}
	}
}

// join joins the page as the official client does on its first load.
func (c *client) join() (status string, response map[string]any) {
	c.t.Helper()
	return c.joinAs(map[string]any{"url": c.page.url, "session": c.page.session})
}

func (c *client) joinAs(change map[string]any) (status string, response map[string]any) {
	c.t.Helper()
	payload := map[string]any{
		"params": map[string]any{"_csrf_token": c.page.csrf, "_mounts": 0, "_mount_attempts": 0},
		"static": c.page.static, "sticky": false,
	}
	for k, v := range change {
		payload[k] = v
	}
	c.ref = 0
	return c.call("phx_join", payload)
}

// click sends a click and returns the diff.
func (c *client) click(event string, value map[string]any) map[string]any {
	c.t.Helper()
	if value == nil {
		value = map[string]any{}
	}
	return c.diffOf(map[string]any{"type": "click", "event": event, "value": value})
}

func (c *client) diffOf(payload map[string]any) map[string]any {
	c.t.Helper()
	status, response := c.call("event", payload)
	if status != "ok" {
		c.t.Fatalf("event %v: %s %v", payload["event"], status, response)
	}
	diff, _ := response["diff"].(map[string]any)
	return diff
}

// open renders the page at path for a new visitor, connects and joins.
func (s *site) open(path string) *client {
	s.t.Helper()
	return s.visitor().open(path)
}

func (v *visitor) open(path string) *client {
	v.site.t.Helper()
	c := v.get(path).connect()
	if status, response := c.join(); status != "ok" {
		v.site.t.Fatalf("join of %s: %s %v", path, status, response)
	}
	return c
}

// browser is a visitor whose pages behave as in a browser: for tests that what is
// on the wire doesn't matter to.
func (s *site) browser() *liveviewtest.Session {
	s.t.Helper()
	return liveviewtest.NewSession(s.t, s.engine)
}

// browse opens the page at path in a new browser.
func (s *site) browse(path string) *liveviewtest.View {
	s.t.Helper()
	return s.browser().Open(path)
}

// logBuffer is what the site's logger wrote.
type logBuffer struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newRequest(t testing.TB, url string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// withoutPlain returns a page's HTML without what makes its buttons work without JavaScript.
func withoutPlain(html string) string { return plainForm.ReplaceAllString(html, "") }
