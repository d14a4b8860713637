package liveview

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview/protocol"
)

// maxBadFrames is how many undecodable frames a socket may send. The official
// client sends none, so this is about not closing on the first.
const maxBadFrames = 10

// transport is one WebSocket: frames in, frames out. It knows topics, not
// views. read, one goroutine at a time, is the only reader of the connection;
// any goroutine may write.
type transport struct {
	endpoint *endpoint
	server   *server // that accepted it
	conn     *websocket.Conn
	browser  string // whose page opened the socket, by CSRF token and cookie; "" for nobody
	upgrade  upgradeRequest

	writeMu sync.Mutex // guards writing to conn, and writeBy
	writeBy time.Time  // write deadline of conn

	mu        sync.Mutex  // guards the fields below
	channels  []*channel  // one a topic; nearly always there is one
	transfers []*transfer // of files that views have granted
	users     []string    // whom Identify named for requests of this socket
	parts     int         // once the connection has ended: what hasn't yet

	moves   atomic.Int32 // live redirects followed since a page stayed
	leaving atomic.Bool  // to be closed as soon as no channel is at work

	chunkSize atomic.Int64 // largest that a view of this socket allows; 0 for none

	// Owned by read.
	joined    bool // a view was asked for at least once
	readBy    time.Time
	badFrames int
	readLimit int64 // of the connection, in bytes
}

func newTransport(e *endpoint, s *server, conn *websocket.Conn, r *http.Request, browser string) *transport {
	t := &transport{endpoint: e, server: s, conn: conn, browser: browser, upgrade: newUpgradeRequest(r)}
	t.limitFrames()
	t.readBy = time.Now().Add(JoinTimeout)
	_ = conn.SetReadDeadline(t.readBy)
	return t
}

// read takes in frames until the connection ends, then ends the channels.
//
// A goroutine's stack that has grown for the work of a frame stays that large,
// twice of what waiting for one takes. So once there is nothing to do but wait,
// after a join and after each heartbeat, a new goroutine goes on.
func (t *transport) read() {
	for {
		t.limitFrames()
		kind, r, err := t.conn.NextReader()
		if err != nil {
			t.end()
			return
		}
		switch t.readFrame(kind, r) {
		case readOn:
		case readAnew:
			go t.read()
			return
		case readEnd:
			t.end()
			return
		}
	}
}

// nextRead is how reading goes on after a frame.
type nextRead uint8

const (
	readOn   nextRead = iota
	readAnew          // in a new goroutine
	readEnd
)

// readFrame takes in one frame. Its buffer is the pool's, as an idle socket
// needs none.
func (t *transport) readFrame(kind int, r io.Reader) nextRead {
	if kind == websocket.BinaryMessage {
		return t.readChunk(r)
	}
	buf := getBuffer()
	defer putBuffer(buf)
	text, _ := t.frameLimits()
	var err error
	if buf.b, err = appendAll(buf.b, r, text); err != nil {
		return t.unread(err)
	}
	if t.joined {
		t.extendReadDeadline()
	}
	frame, err := protocol.Limits{}.DecodeText(buf.b)
	if err != nil {
		return t.badFrame(err)
	}
	t.receive(frame)
	if frame.Event == protocol.EventJoin || frame.Event == protocol.EventHeartbeat {
		return readAnew
	}
	return readOn
}

// badFrame is for a frame that can't be decoded.
func (t *transport) badFrame(err error) nextRead {
	t.badFrames++
	t.endpoint.config.Logger.Warn("liveview: bad frame", "err", err, "remote", t.upgrade.remoteAddr)
	if t.badFrames >= maxBadFrames {
		t.close(websocket.CloseUnsupportedData, "bad frames")
		return readEnd
	}
	return readOn
}

// errTooLarge is returned by appendAll.
var errTooLarge = errors.New("the frame is too large")

// unread is for a frame that could not be read.
func (t *transport) unread(err error) nextRead {
	if errors.Is(err, errTooLarge) {
		t.close(websocket.CloseMessageTooBig, "")
	}
	return readEnd
}

// appendAll is io.ReadAll into a buffer of the caller's, of limit bytes at most.
func appendAll(buf []byte, r io.Reader, limit int) ([]byte, error) {
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, make([]byte, max(512, cap(buf)))...)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if len(buf) > limit {
			return buf, errTooLarge
		}
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
	case strings.HasPrefix(f.Topic, protocol.TopicUpload):
		t.receiveUpload(f)
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
	var old *channel
	switch i := t.indexOf(f.Topic); {
	case i >= 0:
		old, t.channels[i] = t.channels[i], ch
	case len(t.channels) >= MaxChannels:
		t.mu.Unlock()
		t.reply(f, false, protocol.AppendReason(nil, protocol.ReasonTooManyChannels))
		return
	default:
		t.channels = append(t.channels, ch)
	}
	t.mu.Unlock()

	if old == nil {
		ch.release()
		return
	}
	old.end(ending{cause: endReplaced, then: ch.release})
}

// indexOf finds the channel of topic, -1 for none; mu is held.
func (t *transport) indexOf(topic string) int {
	return slices.IndexFunc(t.channels, func(ch *channel) bool { return ch.topic == topic })
}

func (t *transport) channel(topic string) *channel {
	t.mu.Lock()
	defer t.mu.Unlock()
	if i := t.indexOf(topic); i >= 0 {
		return t.channels[i]
	}
	return nil
}

// drop removes a channel that has ended.
func (t *transport) drop(ch *channel) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if i := slices.Index(t.channels, ch); i >= 0 {
		t.channels = slices.Delete(t.channels, i, i+1)
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
	open, transfers := slices.Clone(t.channels), slices.Clone(t.transfers)
	t.parts = 1 + len(open) + len(transfers)
	t.mu.Unlock()
	for _, tr := range transfers {
		tr.stop(stopCut)
	}
	for _, ch := range open {
		ch.end(ending{cause: endTransport, then: t.partEnded})
	}
	t.partEnded()
}

// partEnded has the socket forgotten when all of its views have ended, with
// their Shutdown, and their files are removed.
func (t *transport) partEnded() {
	t.mu.Lock()
	t.parts--
	last := t.parts == 0
	t.mu.Unlock()
	if last {
		t.endpoint.forget(t)
	}
}

// endChannels ends them all, those that are being joined included; with drop,
// what waits in their mailboxes is never handled.
func (t *transport) endChannels(e ending, drop bool) {
	t.mu.Lock()
	open, transfers := slices.Clone(t.channels), slices.Clone(t.transfers)
	t.mu.Unlock()
	for _, tr := range transfers {
		tr.stop(stopCut)
	}
	for _, ch := range open {
		ch.endWith(e, drop)
	}
}
