package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync/atomic"
)

// longPoll is a connection for those who can't have a WebSocket: one request after the other
// waits for messages, and what is sent goes in requests of its own, several messages in one
// where the one before is still under way.
//
// Source: phoenix/assets/js/phoenix/longpoll.js.
type longPoll struct {
	client *http.Client
	url    string
	origin string
	ctx    context.Context // ends with the connection
	end    context.CancelCauseFunc
	token  atomic.Pointer[string]
	came   [][]byte // owned by the reader: what came with the last answer, and isn't received yet
	going  chan []byte
	gone   chan struct{} // closed when the sender has ended
}

// polled is the answer to a request.
type polled struct {
	Status   int
	Token    string
	Messages []string
}

// poll opens a connection by long-poll, once.
func (b browser) poll(ctx context.Context, csrf string) (*wire, error) {
	query := url.Values{"vsn": {"2.0.0"}, "_csrf_token": {csrf}}
	c := &longPoll{client: b.client, url: b.site + longPollPath + "?" + query.Encode(), origin: b.site, going: make(chan []byte, 256), gone: make(chan struct{})}
	c.ctx, c.end = context.WithCancelCause(context.WithoutCancel(ctx))
	opening, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	a, err := c.request(opening, http.MethodGet, "", nil)
	if err == nil && (a.Status != http.StatusGone || a.Token == "") {
		err = fmt.Errorf("a connection by long-poll is answered with %d", a.Status)
	}
	if err != nil {
		c.end(err)
		return nil, err
	}
	c.token.Store(&a.Token)
	go c.post() // ends with the connection
	return newWire(c, b.record), nil
}

// request makes one request.
func (c *longPoll) request(ctx context.Context, method, token string, body io.Reader) (a polled, err error) {
	to := c.url
	if token != "" {
		to += "&token=" + url.QueryEscape(token)
	}
	req, err := http.NewRequestWithContext(ctx, method, to, body)
	if err != nil {
		return a, err
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-ndjson")
		req.Header.Set("Origin", c.origin)
	}
	res, err := c.client.Do(req)
	if err != nil {
		return a, err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return a, fmt.Errorf("long-poll: %s", res.Status)
	}
	return a, json.NewDecoder(res.Body).Decode(&a)
}

func (c *longPoll) receive() ([]byte, error) {
	for len(c.came) == 0 {
		if c.ctx.Err() != nil {
			return nil, context.Cause(c.ctx)
		}
		a, err := c.request(c.ctx, http.MethodGet, *c.token.Load(), nil)
		switch {
		case err != nil:
			c.end(err)
			continue
		case a.Status == http.StatusOK:
			for _, m := range a.Messages {
				c.came = append(c.came, []byte(m))
			}
		case a.Status != http.StatusNoContent:
			c.end(fmt.Errorf("a poll is answered with %d", a.Status))
			continue
		}
		if a.Token != "" {
			c.token.Store(&a.Token)
		}
	}
	next := c.came[0]
	c.came = c.came[1:]
	return next, nil
}

func (c *longPoll) send(_ int, data []byte) error {
	select {
	case c.going <- data:
		return nil
	case <-c.ctx.Done():
		return context.Cause(c.ctx)
	}
}

// post sends what is to be sent, until the connection ends.
func (c *longPoll) post() {
	defer close(c.gone)
	for {
		var batch [][]byte
		select {
		case first := <-c.going:
			batch = append(batch, first)
		case <-c.ctx.Done():
			return
		}
		for more := true; more; {
			select {
			case next := <-c.going:
				batch = append(batch, next)
			default:
				more = false
			}
		}
		a, err := c.request(c.ctx, http.MethodPost, *c.token.Load(), bytes.NewReader(bytes.Join(batch, []byte("\n"))))
		if err == nil && a.Status != http.StatusOK {
			err = fmt.Errorf("messages are answered with %d", a.Status)
		}
		if err != nil {
			c.end(err)
		}
	}
}

func (c *longPoll) cut() { c.end(fmt.Errorf("cut by the client: %w", context.Canceled)) }

// leave says goodbye by a request without a body, as the start script does.
func (c *longPoll) leave() {
	c.cut()
	<-c.gone
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, _ = c.request(ctx, http.MethodPost, *c.token.Load(), nil) // or the server finds out
}
