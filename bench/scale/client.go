package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"github.com/gorilla/websocket"
)

// tab is a page in a browser of its own. One goroutine uses it.
type tab struct {
	path   string
	client *http.Client

	csrf, id, session, static string // what the page says

	node  string // where its socket leads
	conn  *websocket.Conn
	topic string
	ref   int
	joins int    // so far
	state string // what it was given to bring along
}

var inPage = regexp.MustCompile(`<meta name="csrf-token" content="([^"]*)"|<div id="(phx-[^"]*)"[^>]* data-phx-main[^>]* data-phx-session="([^"]*)" data-phx-static="([^"]*)"`)

// open gets a page of a node, and joins it.
func open(node, path string) (*tab, error) {
	jar, _ := cookiejar.New(nil) // never fails
	t := &tab{path: path, client: &http.Client{Jar: jar, Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}}
	res, err := t.client.Get("http://" + node + path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	for _, found := range inPage.FindAllSubmatch(body, -1) {
		part := func(i int) string { return html.UnescapeString(string(found[i])) }
		if len(found[1]) > 0 {
			t.csrf = part(1)
		} else {
			t.id, t.session, t.static = part(2), part(3), part(4)
		}
	}
	if t.csrf == "" || t.id == "" {
		return nil, fmt.Errorf("%s isn't a live page: %.300s", path, body)
	}
	t.topic = "lv:" + t.id
	return t, t.join(node)
}

// join opens a socket to a node, and joins over it, for the first time or once more.
func (t *tab) join(node string) error {
	site := "http://" + node
	u, err := url.Parse(site)
	if err != nil {
		return err
	}
	header := http.Header{"Origin": {site}}
	for _, c := range t.client.Jar.Cookies(u) { // which hold for all ports of a host
		header.Add("Cookie", c.Name+"="+c.Value)
	}
	dialer := websocket.Dialer{HandshakeTimeout: patience, ReadBufferSize: 1024, WriteBufferSize: 1024}
	query := url.Values{"vsn": {"2.0.0"}, "_csrf_token": {t.csrf}}
	conn, res, err := dialer.Dial("ws://"+node+"/live/websocket?"+query.Encode(), header)
	if err != nil {
		if res != nil {
			err = fmt.Errorf("the socket is refused: %s", res.Status)
		}
		return err
	}
	t.conn, t.node = conn, node
	params := map[string]any{"_csrf_token": t.csrf, "_mounts": t.joins, "_joins": t.joins, "_mount_attempts": 0, "_page": t.id}
	if t.state != "" {
		params["_state"] = t.state
	}
	t.ref = 0
	err = t.ask("phx_join", map[string]any{"url": site + t.path, "session": t.session, "static": t.static, "sticky": false, "params": params})
	if err != nil {
		t.cut()
		return fmt.Errorf("join of %s: %w", t.path, err)
	}
	t.joins++
	t.state = ""
	return nil
}

// click clicks, and waits for the answer.
func (t *tab) click(event string) error {
	return t.ask("event", map[string]any{"type": "click", "event": event, "value": map[string]any{}})
}

// ask sends a message, and waits for the answer.
func (t *tab) ask(event string, payload any) error {
	ref, err := t.push(event, payload)
	if err != nil {
		return err
	}
	for {
		f, err := t.read()
		if err != nil {
			return err
		}
		if f.event == "phx_reply" && f.ref == ref {
			if f.status() != "ok" {
				return fmt.Errorf("%s is refused: %.300s", event, f.payload)
			}
			return nil
		}
	}
}

func (t *tab) push(event string, payload any) (ref string, err error) {
	t.ref++
	ref = strconv.Itoa(t.ref)
	data, err := json.Marshal([]any{"1", ref, t.topic, event, payload})
	if err != nil {
		return "", err
	}
	return ref, t.conn.WriteMessage(websocket.TextMessage, data)
}

// frame is a message of the protocol: [join_ref, ref, topic, event, payload].
//
// Source: phoenix/assets/js/phoenix/serializer.js.
type frame struct {
	ref, event string
	payload    json.RawMessage
}

// status is that of a reply.
func (f frame) status() string {
	var reply struct{ Status string }
	_ = json.Unmarshal(f.payload, &reply) // then it is ""
	return reply.Status
}

// read returns the next message. That the view ends is an error.
func (t *tab) read() (f frame, err error) {
	if err := t.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return f, err
	}
	_, data, err := t.conn.ReadMessage()
	if err != nil {
		return f, err
	}
	var ref *string
	if err := json.Unmarshal(data, &[]any{new(any), &ref, new(any), &f.event, &f.payload}); err != nil {
		return f, err
	}
	if ref != nil {
		f.ref = *ref
	}
	if f.event == "phx_error" || f.event == "phx_close" {
		return f, fmt.Errorf("the view has ended: %s", f.event)
	}
	return f, nil
}

// hear waits until what was told to all changes the page.
func (t *tab) hear() error {
	for {
		f, err := t.read()
		if err != nil || f.event == "diff" {
			return err
		}
	}
}

// leave does, until its node ends the socket, what a page does whose node ends: it sends
// nothing more, says so, and keeps what it is given.
func (t *tab) leave() error {
	for {
		f, err := t.read()
		if late, ok := errors.AsType[net.Error](err); ok && late.Timeout() {
			return errors.New("a page of a process that ends stays there")
		}
		if err != nil { // the process has ended the view, or itself
			t.cut()
			return nil //nolint:nilerr // it is what is waited for
		}
		switch f.event {
		case "lv:hold":
			if _, err := t.push("lv:held", map[string]any{}); err != nil {
				return err
			}
		case "lv:state":
			var given struct{ State string }
			if err := json.Unmarshal(f.payload, &given); err != nil {
				return err
			}
			t.state = given.State
		}
	}
}

// cut loses the connection, as a network that fails.
func (t *tab) cut() { _ = t.conn.Close() }
