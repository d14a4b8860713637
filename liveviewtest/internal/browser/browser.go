// Package browser is what the pages of one browser share: its cookies, and the
// one server that it knows.
package browser

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview/liveviewtest/internal/buffer"
)

// Browser does requests. Its methods are for one goroutine.
type Browser struct {
	// Base is the root of the server, such as "http://example.com/".
	Base *url.URL

	header    http.Header // sent with each request
	server    *server
	before    []*server // that pages have moved away from
	client    *http.Client
	transport *http.Transport
}

// readBuffer is the size of the buffers for reading from the network, in bytes:
// pages are long.
const readBuffer = 64 << 10

// New returns a browser whose server has the host's name and handles requests
// with handler. It sends header with each request, that for the socket included,
// and has the cookies from the start.
func New(handler http.Handler, host string, header http.Header, cookies []*http.Cookie) *Browser {
	b := &Browser{Base: &url.URL{Scheme: "http", Host: host, Path: "/"}, header: header, server: serve(handler)}
	jar, _ := cookiejar.New(nil) // without options it can't fail
	jar.SetCookies(b.Base, cookies)
	b.transport = &http.Transport{DialContext: b.server.dial, ReadBufferSize: readBuffer}
	b.client = &http.Client{Jar: jar, Transport: b.transport, CheckRedirect: b.checkRedirect}
	return b
}

// checkRedirect stops at redirects to other hosts, as there is but one server.
func (b *Browser) checkRedirect(r *http.Request, via []*http.Request) error {
	if r.URL.Host != b.Base.Host || len(via) > 10 {
		return http.ErrUseLastResponse
	}
	return nil
}

// Restart has the server end as a process does that is told to stop, which hands on what
// it can, and another one take its place that handles requests with handler, or as the one
// before if that is nil. wait is to return once all sockets are closed.
func (b *Browser) Restart(handler http.Handler, wait func()) {
	b.transport.CloseIdleConnections()
	b.server.stop(wait)
	if handler == nil {
		handler = b.server.http.Config.Handler
	}
	b.server.close()
	b.server = serve(handler)
	b.transport.DialContext = b.server.dial
}

// Move has what is sent from now on go to a server of its own that handles requests with
// handler, beside the one before.
func (b *Browser) Move(handler http.Handler) {
	b.transport.CloseIdleConnections()
	b.before = append(b.before, b.server)
	b.server = serve(handler)
	b.transport.DialContext = b.server.dial
}

// Close ends the servers.
func (b *Browser) Close() {
	for _, s := range b.before {
		s.close()
	}
	b.transport.CloseIdleConnections()
	b.server.close()
}

// Underway returns what the server's view of that topic has under way, and how many
// things it has begun so far.
func (b *Browser) Underway(topic string) (works []string, begun int) { return b.server.watch.Of(topic) }

// Cookies returns those that a request for the root would carry.
func (b *Browser) Cookies() []*http.Cookie { return b.client.Jar.Cookies(b.Base) }

// SetCookie sets a cookie that lasts a minute, as the official client does for
// what the next request is to know.
func (b *Browser) SetCookie(name, value string) {
	b.client.Jar.SetCookies(b.Base, []*http.Cookie{{Name: name, Value: value, Path: "/", MaxAge: 60}})
}

// Site reports whether u is of the browser's server.
func (b *Browser) Site(u *url.URL) bool { return u.Host == b.Base.Host && u.Scheme == b.Base.Scheme }

// Form is a form as it is sent.
type Form struct {
	Type string // the content type
	Body string
}

// Do requests u and follows redirects. The form, if it isn't nil, is the body. The
// response's body may be read at any time; it is returned as text, too.
func (b *Browser) Do(method string, u *url.URL, form *Form) (res *http.Response, body string, err error) {
	var sent io.Reader
	if form != nil {
		sent = strings.NewReader(form.Body)
	}
	r, err := http.NewRequest(method, u.String(), sent)
	if err != nil {
		return nil, "", err
	}
	for name, values := range b.header {
		r.Header[name] = values
	}
	if form != nil {
		r.Header.Set("Content-Type", form.Type)
		r.Header.Set("Origin", b.origin())
	}
	if res, err = b.client.Do(r); err != nil {
		return nil, "", err
	}
	data := buffer.Get()
	defer buffer.Put(data)
	_, err = data.ReadFrom(res.Body)
	_ = res.Body.Close() // it was read to the end
	if err != nil {
		return nil, "", fmt.Errorf("reading the answer to %s %s: %w", method, u, err)
	}
	body = data.String()
	res.Body = io.NopCloser(strings.NewReader(body))
	return res, body, nil
}

func (b *Browser) origin() string { return b.Base.Scheme + "://" + b.Base.Host }

// Dial opens the socket at path, such as "/live", for a page of the browser's.
func (b *Browser) Dial(path string, query url.Values) (*websocket.Conn, error) {
	header := b.header.Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Set("Origin", b.origin())
	header.Del("Cookie")
	request := http.Request{Header: header}
	for _, cookie := range b.Cookies() {
		request.AddCookie(cookie)
	}
	d := websocket.Dialer{NetDialContext: b.server.dial, ReadBufferSize: readBuffer}
	ws, res, err := d.Dial("ws://"+b.Base.Host+path+"/websocket?"+query.Encode(), header)
	switch {
	case err != nil && res != nil:
		return nil, fmt.Errorf("opening the socket %s/websocket: the server answered %s", path, res.Status)
	case err != nil:
		return nil, fmt.Errorf("opening the socket %s/websocket: %w", path, err)
	}
	return ws, nil
}
