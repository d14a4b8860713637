package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// patience is how long a client waits for one answer.
const patience = 15 * time.Second

// wire counts the bytes that a connection receives, its framing included. Only
// the goroutine that reads may look at received.
type wire struct {
	net.Conn
	received int64
	spoken   func() // is called once something was sent, or never will be
}

func (w *wire) Write(b []byte) (int, error) {
	n, err := w.Conn.Write(b)
	w.spoken()
	return n, err
}

func (w *wire) Close() error {
	w.spoken()
	return w.Conn.Close()
}

// silent has a place for each connection over which nothing was sent yet. Browsers that come at
// once, or the proxy before the server, each send as soon as they are connected; one process
// with thousands of clients would open all the connections first, and each takes what net/http
// reads and writes with, 8 KiB, while it says nothing.
var silent = make(chan struct{}, 16)

func (w *wire) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	w.received += int64(n)
	return n, err
}

// dial connects to a server on this machine. source picks one of the loopback
// network's addresses to come from: a port stays taken for a minute after its
// connection, and one address has too few for all the visits of a run.
func dial(ctx context.Context, address string, source int) (*wire, error) {
	d := net.Dialer{Timeout: patience, LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(1+source%32))}}
	silent <- struct{}{}
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		<-silent
		return nil, err
	}
	return &wire{Conn: conn, spoken: sync.OnceFunc(func() { <-silent })}, nil
}

// visitor fetches a page over and over through one connection, each time as
// someone new: without cookies. One goroutine uses it.
type visitor struct {
	address string // host and port
	path    string
	source  int
	deflate bool // its sockets offer permessage-deflate, and compress what they send

	conn   *wire // nil until the first visit
	reader *bufio.Reader
	body   bytes.Buffer
	visits int
}

// get fetches the page. The body is valid until the next call.
func (v *visitor) get(ctx context.Context) (body []byte, cookies []*http.Cookie, received int64, err error) {
	if v.conn == nil {
		if v.conn, err = dial(ctx, v.address, v.source); err != nil {
			return nil, nil, 0, err
		}
		v.reader = bufio.NewReader(v.conn)
	}
	before := v.conn.received
	if err := v.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, nil, 0, err
	}
	if _, err := fmt.Fprintf(v.conn, "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: text/html\r\n\r\n", v.path, v.address); err != nil {
		return nil, nil, 0, err
	}
	response, err := http.ReadResponse(v.reader, nil)
	if err != nil {
		return nil, nil, 0, err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	v.body.Reset()
	if _, err := v.body.ReadFrom(response.Body); err != nil {
		return nil, nil, 0, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, nil, 0, fmt.Errorf("%s answers %s", v.path, response.Status)
	}
	return v.body.Bytes(), response.Cookies(), v.conn.received - before, nil
}

// visit fetches the page, opens its socket and joins.
func (v *visitor) visit(ctx context.Context) (*view, error) {
	body, cookies, received, err := v.get(ctx)
	if err != nil {
		return nil, err
	}
	p, err := parsePage(body)
	if err != nil {
		return nil, err
	}
	joined, err := v.join(ctx, p, cookies, "")
	if err != nil {
		return nil, err
	}
	joined.visit = received + joined.wire.received
	return joined, nil
}

// join opens the page's socket and joins its view, by that name; "" for none.
func (v *visitor) join(ctx context.Context, p page, cookies []*http.Cookie, name string) (*view, error) {
	v.visits++
	return join(ctx, v.address, v.path, v.source+v.visits, p, cookies, v.deflate, name)
}

func (v *visitor) close() {
	if v.conn != nil {
		_ = v.conn.Close() // nothing is under way
	}
}

// view is a joined live view. One goroutine reads and one writes.
type view struct {
	page   page
	joined string // what the join was answered with
	conn   *websocket.Conn
	wire   *wire
	visit  int64     // bytes received for the page and the join
	ref    int       // of the last message sent; the writer's
	cid    int       // of the live component that is clicked in; 0 for none
	leaves bool      // it leaves views that stand in it
	typed  [2]string // the bodies of a form, sent in turn in place of clicks; "" for clicks
	out    []byte
	buffer bytes.Buffer // the last message received; the reader's
}

// join opens the page's socket and joins its view.
func join(ctx context.Context, address, path string, source int, p page, cookies []*http.Cookie, deflate bool, name string) (*view, error) {
	wire, err := dial(ctx, address, source)
	if err != nil {
		return nil, err
	}
	v := &view{page: p, wire: wire, ref: 1}
	dialer := websocket.Dialer{
		HandshakeTimeout: patience,
		WriteBufferSize:  1024, // of thousands of clients in one process

		EnableCompression: deflate,
		NetDialContext:    func(context.Context, string, string) (net.Conn, error) { return wire, nil },
	}
	header := http.Header{"Origin": {"http://" + address}}
	var pairs []string
	for _, c := range cookies {
		pairs = append(pairs, c.Name+"="+c.Value)
	}
	if pairs != nil {
		header.Set("Cookie", strings.Join(pairs, "; "))
	}
	query := url.Values{"_csrf_token": {p.csrf}, "_mounts": {"0"}, "vsn": {"2.0.0"}}
	conn, response, err := dialer.DialContext(ctx, "ws://"+address+"/live/websocket?"+query.Encode(), header)
	if err != nil {
		if response != nil {
			err = fmt.Errorf("the socket is refused: %s", response.Status)
		}
		return nil, err
	}
	v.conn = conn
	if err := conn.SetCompressionLevel(1); err != nil {
		return nil, err
	}
	request, err := joinFrame(p, "http://"+address+path, name)
	if err == nil {
		err = conn.WriteMessage(websocket.TextMessage, request)
	}
	if err == nil {
		v.joined, err = v.await(1)
	}
	if err != nil {
		v.close()
		return nil, fmt.Errorf("join of %s: %w", path, err)
	}
	return v, nil
}

// send clicks, without waiting for the reply, and returns the click's ref.
func (v *view) send(event string) (int, error) {
	v.ref++
	if body := v.typed[v.ref%2]; body != "" {
		v.out = appendChange(v.out[:0], v.page, v.ref, event, body)
	} else {
		v.out = appendClick(v.out[:0], v.page, v.ref, event, v.cid)
	}
	return v.ref, v.conn.WriteMessage(websocket.TextMessage, v.out)
}

// heartbeat says that the page is there.
func (v *view) heartbeat() error {
	v.ref++
	v.out = fmt.Appendf(v.out[:0], `[null,"%d","phoenix","heartbeat",{}]`, v.ref)
	return v.conn.WriteMessage(websocket.TextMessage, v.out)
}

// click clicks and waits for the reply.
func (v *view) click(event string) (received int64, err error) {
	before := v.wire.received
	ref, err := v.send(event)
	if err == nil {
		_, err = v.await(ref)
	}
	return v.wire.received - before, err
}

// await reads until the message with that ref is replied to, and returns the reply to a
// join: others are as they are expected.
func (v *view) await(ref int) (joined string, err error) {
	if err := v.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}
	for {
		f, err := v.read()
		if err != nil {
			return "", err
		}
		if f.event == "phx_reply" && f.ref == strconv.Itoa(ref) {
			if !f.accepted() {
				return "", fmt.Errorf("the server refuses: %.200s", f.payload)
			}
			if ref == 1 {
				joined = string(f.payload)
			}
			return joined, nil
		}
	}
}

// read returns the next message, valid until the next call. That the view has
// failed or is closed is an error.
func (v *view) read() (frame, error) {
	_, message, err := v.conn.NextReader()
	if err != nil {
		return frame{}, err
	}
	v.buffer.Reset()
	if _, err := v.buffer.ReadFrom(message); err != nil {
		return frame{}, err
	}
	f, err := parseFrame(v.buffer.Bytes())
	if err == nil && (f.event == "phx_error" || f.event == "phx_close" && !v.leaves) {
		err = fmt.Errorf("the server ends the view: %s %.200s", f.event, f.payload)
	}
	return f, err
}

// nested joins the view of that id and session that stands in the page, and leaves it.
func (v *view) nested(id, session string) (received int64, err error) {
	before := v.wire.received
	v.leaves = true
	v.ref++
	joinRef := v.ref
	for _, part := range []string{
		`"phx_join",{"params":{"_mounts":0},"session":"` + session + `","static":null,"sticky":false}]`,
		`"phx_leave",{}]`,
	} {
		v.out = fmt.Appendf(v.out[:0], `["%d","%d","lv:%s",%s`, joinRef, v.ref, id, part)
		if err := v.conn.WriteMessage(websocket.TextMessage, v.out); err != nil {
			return 0, err
		}
		if _, err := v.await(v.ref); err != nil {
			return 0, err
		}
		v.ref++
	}
	return v.wire.received - before, nil
}

// cut loses the connection, as a network that fails.
func (v *view) cut() { _ = v.wire.Close() }

// close says goodbye, as a browser does, and hangs up.
func (v *view) close() {
	bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	_ = v.conn.WriteControl(websocket.CloseMessage, bye, time.Now().Add(time.Second)) // the server may be gone
	_ = v.conn.Close()
}
