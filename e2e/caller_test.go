package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// caller is a client without a browser, with the page that it was served once.
type caller struct {
	c                         *cluster
	client                    *http.Client
	path                      string
	csrf, id, session, static string
}

var callerPage = regexp.MustCompile(`(?s)<meta name="csrf-token" content="([^"]*)">.*<div id="([^"]*)" data-phx-main data-phx-session="([^"]*)" data-phx-static="([^"]*)">`)

func (c *cluster) newCaller(path string) (*caller, error) {
	p := &caller{c: c, client: c.newClient(), path: path}
	res, err := p.client.Get("https://" + c.addr + path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	m := callerPage.FindSubmatch(body)
	if m == nil {
		return nil, fmt.Errorf("%s isn't a live page: %.300s", path, body)
	}
	for i, dst := range []*string{&p.csrf, &p.id, &p.session, &p.static} {
		*dst = html.UnescapeString(string(m[i+1]))
	}
	return p, nil
}

var nodeName = regexp.MustCompile(`node-\d`)

// percentile returns the value that p of a hundred of sorted don't exceed.
func percentile[T any](sorted []T, p int) T { return sorted[(len(sorted)*p+99)/100-1] }

// milliseconds is a time as a browser has it.
func milliseconds(n float64) time.Duration { return time.Duration(n * float64(time.Millisecond)) }

// connect opens a socket and joins. It returns the node that it came to.
func (p *caller) connect() (conn *websocket.Conn, node string, err error) {
	site, _ := url.Parse("https://" + p.c.addr + "/")
	header := http.Header{"Origin": {"https://" + p.c.addr}}
	for _, cookie := range p.client.Jar.Cookies(site) {
		header.Add("Cookie", cookie.Name+"="+cookie.Value)
	}
	ctx, cancel := context.WithTimeout(p.c.t.Context(), patience)
	defer cancel()
	dialer := websocket.Dialer{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	query := url.Values{"vsn": {"2.0.0"}, "_csrf_token": {p.csrf}}
	var res *http.Response
	conn, res, err = dialer.DialContext(ctx, "wss://"+p.c.addr+"/live/websocket?"+query.Encode(), header)
	if err != nil {
		if res != nil {
			err = fmt.Errorf("%w: %s", err, res.Status)
		}
		return nil, "", err
	}
	opened := conn // which returning an error makes nil
	defer func() {
		if err != nil {
			_ = opened.Close()
		}
	}()
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	join := map[string]any{
		"url": "https://" + p.c.addr + p.path, "session": p.session, "static": p.static,
		"params": map[string]any{"_csrf_token": p.csrf, "_mounts": 0, "_mount_attempts": 0},
	}
	reply, err := p.call(conn, 1, "phx_join", join)
	if err != nil {
		return nil, "", err
	}
	if node = nodeName.FindString(reply); node == "" {
		return nil, "", fmt.Errorf("the join names no node: %s", reply)
	}
	return conn, node, nil
}

// hop connects, clicks once and hangs up. It returns the node that it was at.
func (p *caller) hop() (node string, err error) {
	conn, node, err := p.connect()
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	reply, err := p.call(conn, 2, "event", map[string]any{"type": "click", "event": "inc", "value": map[string]any{}})
	if err == nil && !strings.Contains(reply, `"1"`) {
		err = fmt.Errorf("the click on a fresh page is answered with %s", reply)
	}
	return node, err
}

// call pushes and returns the reply, which must be ok.
func (p *caller) call(conn *websocket.Conn, ref int, event string, payload any) (string, error) {
	push, err := json.Marshal([]any{"1", strconv.Itoa(ref), "lv:" + p.id, event, payload})
	if err != nil {
		return "", err
	}
	if err := conn.WriteMessage(websocket.TextMessage, push); err != nil {
		return "", err
	}
	for {
		_, data, err := conn.ReadMessage()
		if err != nil {
			return "", fmt.Errorf("waiting for the reply to %s: %w", event, err)
		}
		if bytes.Contains(data, fmt.Appendf(nil, `"%d","lv:%s","phx_reply"`, ref, p.id)) {
			if !bytes.Contains(data, []byte(`"status":"ok"`)) {
				return "", fmt.Errorf("%s is refused: %s", event, data)
			}
			return string(data), nil
		}
	}
}
