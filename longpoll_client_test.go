package liveview_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// pollConn is a connection by long-poll, as the official client has it.
type pollConn struct {
	t       testing.TB
	visitor *visitor
	url     string
	header  http.Header // of each request
	ctx     context.Context
	close   context.CancelFunc // without a goodbye

	mu    sync.Mutex // guards token
	token string

	messages [][]byte // owned by who reads
}

// pollAnswer is what a request is answered with. Where that isn't JSON, its status is 500
// as it is for the official client.
type pollAnswer struct {
	HTTP     int `json:"-"`
	Status   int
	Token    string
	Messages []string
}

// pollGoneError says with which status a connection ended.
type pollGoneError int

func (g pollGoneError) Error() string {
	return fmt.Sprintf("a poll was answered with status %d", int(g))
}

// polling returns a connection that isn't open yet.
func (p *page) polling() *pollConn {
	q := url.Values{"vsn": {"2.0.0"}, "_csrf_token": {p.csrf}}
	c := &pollConn{t: p.visitor.site.t, visitor: p.visitor, url: "http://" + siteHost + "/live/longpoll?" + q.Encode(), header: http.Header{}}
	c.ctx, c.close = context.WithCancel(context.Background())
	c.t.Cleanup(func() { // or the server has it until it isn't polled for too long
		if token := c.now(); token != "" {
			c.request(context.Background(), http.MethodPost, token, http.NoBody)
		}
		c.close()
	})
	return c
}

// poll joins nothing: it is a client over a connection by long-poll.
func (p *page) poll() *client {
	t := p.visitor.site.t
	t.Helper()
	conn := p.polling()
	if a := conn.open(); a.Status != http.StatusGone || a.Token == "" {
		t.Fatalf("opening a connection by long-poll: %+v", a)
	}
	c := &client{t: t, page: p, polls: conn, frames: make(chan frame, 4096)}
	go c.read()
	t.Cleanup(c.close)
	return c
}

// pollPage is open, by long-poll.
func (v *visitor) pollPage(path string) *client {
	v.site.t.Helper()
	c := v.get(path).poll()
	if status, response := c.join(); status != "ok" {
		v.site.t.Fatalf("join of %s: %s %v", path, status, response)
	}
	return c
}

// request sends one, with the token that was given last unless there is another.
func (c *pollConn) request(ctx context.Context, method, token string, body io.Reader) pollAnswer {
	at := c.url
	if token != "" {
		at += "&token=" + url.QueryEscape(token)
	}
	r, err := http.NewRequestWithContext(ctx, method, at, body)
	if err != nil {
		c.t.Error(err)
		return pollAnswer{}
	}
	if method == http.MethodPost {
		r.Header.Set("Origin", "http://"+siteHost)
	}
	for k, v := range c.header {
		r.Header[k] = v
	}
	res, err := c.visitor.client.Do(r)
	if err != nil {
		return pollAnswer{Status: http.StatusInternalServerError}
	}
	defer func() { _ = res.Body.Close() }()
	a := pollAnswer{HTTP: res.StatusCode}
	if json.NewDecoder(res.Body).Decode(&a) != nil {
		a.Status = http.StatusInternalServerError
	}
	return a
}

func (c *pollConn) now() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.token
}

func (c *pollConn) take(a pollAnswer) pollAnswer {
	if a.Token != "" {
		c.mu.Lock()
		c.token = a.Token
		c.mu.Unlock()
	}
	return a
}

func (c *pollConn) open() pollAnswer { return c.take(c.request(c.ctx, http.MethodGet, "", nil)) }

func (c *pollConn) poll() pollAnswer {
	return c.take(c.request(c.ctx, http.MethodGet, c.now(), nil))
}

// post sends lines as they are.
func (c *pollConn) post(lines ...string) pollAnswer {
	return c.request(c.ctx, http.MethodPost, c.now(), strings.NewReader(strings.Join(lines, "\n")))
}

func (c *pollConn) postBinary(frame []byte) pollAnswer {
	return c.post(base64.StdEncoding.EncodeToString(frame))
}

// leave says that the page goes.
func (c *pollConn) leave() pollAnswer {
	return c.request(c.ctx, http.MethodPost, c.now(), http.NoBody)
}

// read returns the next message, and pollGoneError when the connection has ended.
func (c *pollConn) read() ([]byte, error) {
	for len(c.messages) == 0 {
		a := c.poll()
		switch a.Status {
		case http.StatusOK:
			for _, m := range a.Messages {
				c.messages = append(c.messages, []byte(m))
			}
		case http.StatusNoContent:
		default:
			return nil, pollGoneError(a.Status)
		}
	}
	m := c.messages[0]
	c.messages = c.messages[1:]
	return m, nil
}
