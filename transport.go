package liveview

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview/protocol"
)

// maxBadFrames is how many undecodable frames a socket may send. The official
// client sends none, so this is about not closing on the first.
const maxBadFrames = 10

// transport is one WebSocket: frames in, frames out. It knows topics, not
// views. Its goroutine, read, is the only reader of the connection; any
// goroutine may write.
type transport struct {
	endpoint *endpoint
	conn     *websocket.Conn
	browser  string // whose page opened the socket, by CSRF token and cookie; "" for nobody
	upgrade  upgradeRequest

	values context.Context // of the request that opened the socket; never ends

	writeMu sync.Mutex // guards writing to conn, and writeBy
	writeBy time.Time  // write deadline of conn

	mu       sync.Mutex // guards channels
	channels map[string]*channel

	// Owned by read.
	joined    bool // a view was asked for at least once
	readBy    time.Time
	badFrames int
}

// upgradeRequest is what every join's request repeats of the request that
// opened the socket: what a browser would send again, with its cookies.
type upgradeRequest struct {
	header     http.Header
	host       string
	remoteAddr string
	tls        *tls.ConnectionState
}

func newTransport(e *endpoint, conn *websocket.Conn, r *http.Request, browser string) *transport {
	header := r.Header.Clone()
	for _, name := range []string{"Upgrade", "Connection", "Sec-Websocket-Key", "Sec-Websocket-Version",
		"Sec-Websocket-Extensions", "Sec-Websocket-Protocol", "Origin"} {
		header.Del(name)
	}
	t := &transport{
		endpoint: e,
		conn:     conn,
		browser:  browser,
		upgrade:  upgradeRequest{header: header, host: r.Host, remoteAddr: r.RemoteAddr, tls: r.TLS},
		channels: make(map[string]*channel, 1),
	}
	t.values = context.WithoutCancel(r.Context()) // which ends with the upgrade's handler
	conn.SetReadLimit(MaxFrame)
	return t
}

// read takes in frames until the connection ends, then ends the channels.
func (t *transport) read() {
	defer t.end()
	t.readBy = time.Now().Add(JoinTimeout)
	_ = t.conn.SetReadDeadline(t.readBy)
	for {
		kind, r, err := t.conn.NextReader()
		if err != nil || !t.readFrame(kind, r) {
			return
		}
	}
}

// readFrame takes in one frame, and reports whether to read on. Its buffer is
// the pool's, as an idle socket needs none.
func (t *transport) readFrame(kind int, r io.Reader) bool {
	buf := getBuffer()
	defer putBuffer(buf)
	var err error
	if buf.b, err = appendAll(buf.b, r); err != nil {
		return false
	}
	if t.joined {
		t.extendReadDeadline()
	}
	var frame protocol.Frame
	if kind == websocket.TextMessage {
		frame, err = protocol.Limits{}.DecodeText(buf.b)
	} else {
		frame, err = protocol.Limits{}.DecodeBinary(buf.b)
	}
	if err == nil {
		t.receive(frame)
		return true
	}
	t.badFrames++
	t.endpoint.config.Logger.Warn("liveview: bad frame", "err", err, "remote", t.upgrade.remoteAddr)
	if t.badFrames >= maxBadFrames {
		t.close(websocket.CloseUnsupportedData, "bad frames")
		return false
	}
	return true
}

// appendAll is io.ReadAll into a buffer of the caller's.
func appendAll(buf []byte, r io.Reader) ([]byte, error) {
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, make([]byte, max(512, cap(buf)))...)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err == io.EOF {
			return buf, nil
		}
		if err != nil {
			return buf, err
		}
	}
}

// extendReadDeadline gives the client another IdleTimeout. Setting a deadline
// costs a timer operation, so it is done once a second at most.
func (t *transport) extendReadDeadline() {
	if now := time.Now(); t.readBy.Sub(now) < IdleTimeout-time.Second {
		t.readBy = now.Add(IdleTimeout)
		_ = t.conn.SetReadDeadline(t.readBy)
	}
}

// receive acts on one frame; f.Payload is valid until it returns.
func (t *transport) receive(f protocol.Frame) {
	switch {
	case f.Topic == protocol.TopicPhoenix:
		// Answered here and never behind a view: it also is the client's
		// check that the connection lives.
		if f.Event == protocol.EventHeartbeat {
			t.reply(f, true, nil)
		}
	case f.Event == protocol.EventJoin:
		t.joined = true
		t.extendReadDeadline()
		t.join(f)
	default:
		ch := t.channel(f.Topic)
		switch {
		case ch != nil && f.JoinRef == ch.joinRef:
			if !ch.receive(f) {
				t.reply(f, false, protocol.AppendReason(nil, protocol.ReasonUnmatchedTopic))
			}
		case f.Event == protocol.EventLeave:
			// Also sent for views that this socket never had, when the page
			// unloads.
			t.reply(f, true, nil)
		case ch == nil:
			t.reply(f, false, protocol.AppendReason(nil, protocol.ReasonUnmatchedTopic))
		}
	}
}

// join opens a channel for f's topic. One that is there already ends first, so
// that there are never two.
func (t *transport) join(f protocol.Frame) {
	ch := newChannel(t, f)
	t.mu.Lock()
	old := t.channels[f.Topic]
	if old == nil && len(t.channels) >= MaxChannels {
		t.mu.Unlock()
		t.reply(f, false, protocol.AppendReason(nil, protocol.ReasonTooManyChannels))
		return
	}
	t.channels[f.Topic] = ch
	t.mu.Unlock()

	if old == nil {
		ch.release()
		return
	}
	old.end(ending{cause: endReplaced, then: ch.release})
}

func (t *transport) channel(topic string) *channel {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.channels[topic]
}

// drop takes a channel that has ended out of the map.
func (t *transport) drop(ch *channel) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.channels[ch.topic] == ch {
		delete(t.channels, ch.topic)
	}
}

func (t *transport) reply(f protocol.Frame, ok bool, response []byte) {
	t.write(protocol.AppendReply(nil, f.JoinRef, f.Ref, f.Topic, ok, response))
}

// write sends one text frame and doesn't keep it. It waits no longer than
// WriteTimeout; a browser that is slower loses its socket.
func (t *transport) write(frame []byte) {
	t.writeMu.Lock()
	defer t.writeMu.Unlock()
	// As with the read deadline, at most once a second.
	if now := time.Now(); t.writeBy.Sub(now) < WriteTimeout-time.Second {
		t.writeBy = now.Add(WriteTimeout)
		_ = t.conn.SetWriteDeadline(t.writeBy)
	}
	if err := t.conn.WriteMessage(websocket.TextMessage, frame); err != nil {
		_ = t.conn.Close() // read notices and ends the transport
	}
}

// close says goodbye with a close code. The reader ends once the client
// answers, or a second later.
func (t *transport) close(code int, reason string) {
	deadline := time.Now().Add(time.Second)
	_ = t.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), deadline)
	_ = t.conn.SetReadDeadline(deadline)
}

// end runs once, when read returns: the client never says goodbye to its
// channels when its connection is lost.
func (t *transport) end() {
	_ = t.conn.Close()
	t.mu.Lock()
	open := make([]*channel, 0, len(t.channels))
	for _, ch := range t.channels {
		open = append(open, ch)
	}
	t.mu.Unlock()
	for _, ch := range open {
		ch.end(ending{cause: endTransport})
	}
	t.endpoint.forget(t)
}
