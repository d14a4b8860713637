package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// browser is what all clients have: cookies, and a way to the site.
type browser struct {
	*run
	number int
	who    string
	rnd    *rand.Rand
	client *http.Client
	record *record
}

func newBrowser(r *run, kind string, number int) browser {
	jar, _ := cookiejar.New(nil)
	return browser{
		run: r, number: number, who: fmt.Sprint(kind, number), rnd: rand.New(rand.NewPCG(r.seed, uint64(number+1))), record: new(record),
		client: &http.Client{Timeout: patience, Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}},
	}
}

// another returns a browser with cookies of its own, and the same of all else.
func (b browser) another() browser {
	jar, _ := cookiejar.New(nil)
	client := *b.client
	client.Jar = jar
	b.client = &client
	return b
}

func (b browser) pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// upTo is a random while.
func (b browser) upTo(d time.Duration) time.Duration { return time.Duration(b.rnd.Int64N(int64(d))) }

// load loads a page, until that succeeds. It reports false when ctx has ended.
func (b browser) load(ctx context.Context, path string) (page, bool) {
	for ctx.Err() == nil {
		p, err := load(b.client, b.site+path)
		if err == nil {
			b.journal.count("pages loaded", 1)
			return p, true
		}
		b.pause(ctx, 300*time.Millisecond)
	}
	return page{}, false
}

// Where sockets are opened.
const (
	webSocketPath = "/live/websocket"
	longPollPath  = "/live/longpoll"
)

// dial opens a socket, once.
func (b browser) dial(ctx context.Context, csrf string) (*wire, error) {
	site, _ := url.Parse(b.site)
	header := http.Header{"Origin": {b.site}}
	for _, cookie := range b.client.Jar.Cookies(site) {
		header.Add("Cookie", cookie.Name+"="+cookie.Value)
	}
	dialing, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	dialer := websocket.Dialer{ReadBufferSize: 1024, WriteBufferSize: 1024, NetDialContext: (&net.Dialer{}).DialContext}
	query := url.Values{"vsn": {"2.0.0"}, "_csrf_token": {csrf}}
	conn, res, err := dialer.DialContext(dialing, "ws"+strings.TrimPrefix(b.site, "http")+webSocketPath+"?"+query.Encode(), header)
	if err != nil {
		if res != nil {
			err = fmt.Errorf("%w: %s", err, res.Status)
		}
		return nil, err
	}
	return newWire(webSocket{conn}, b.record), nil
}

var (
	errRefused = errors.New("a message is refused")
	errOver    = errors.New("the view is over")
)

// join joins a page over a socket, and returns the join's ref and what the server answers. A
// join that is refused is an errRefused.
func (b browser) join(ctx context.Context, w *wire, p page, path string, params map[string]any) (ref string, response json.RawMessage, err error) {
	all := map[string]any{"_csrf_token": p.csrf, "_mounts": 0, "_mount_attempts": 0}
	for name, value := range params {
		all[name] = value
	}
	how := "url"
	if p.navigated {
		how = "redirect"
	}
	ref, err = w.push("", "lv:"+p.id, "phx_join", map[string]any{how: b.site + path, "session": p.session, "static": p.static, "sticky": false, "params": all})
	if err != nil {
		return "", nil, err
	}
	response, err = w.answer(ctx, "lv:"+p.id, ref)
	return ref, response, err
}

// answer waits for the reply to a message, and drops what else comes of its topic. One that isn't "ok" is
// an errRefused, and a topic that ends an errOver.
func (w *wire) answer(ctx context.Context, topic, ref string) (json.RawMessage, error) {
	late := time.After(patience)
	for {
		select {
		case f := <-w.frames:
			if f.lost != nil {
				return nil, f.lost
			}
			if f.topic != topic && w.others != nil {
				w.others(f)
				continue
			}
			if f.topic == topic && f.join == w.joins[topic] && (f.event == "phx_close" || f.event == "phx_error") {
				return nil, errOver
			}
			if f.event != "phx_reply" || f.ref != ref {
				continue
			}
			var r reply
			if err := json.Unmarshal(f.payload, &r); err != nil {
				return nil, err
			}
			if r.Status != "ok" {
				return nil, fmt.Errorf("%w: %s", errRefused, r.Response)
			}
			return r.Response, nil
		case <-late:
			return nil, errors.New("a message isn't answered")
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
