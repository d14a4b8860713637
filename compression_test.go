package liveview_test

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview"
)

// countingConn counts what the server sends.
type countingConn struct {
	net.Conn
	received *atomic.Int64
}

func (c countingConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.received.Add(int64(n))
	return n, err
}

// deflated opens the page's socket as a client that offers permessage-deflate, and returns
// how much of it has come.
func (p *page) deflated() (*client, *atomic.Int64) {
	t := p.visitor.site.t
	t.Helper()
	var received atomic.Int64
	conn, res, err := p.dialWith(websocket.Dialer{EnableCompression: true, NetDial: func(_, _ string) (net.Conn, error) {
		conn, err := p.visitor.site.listen.DialContext(t.Context(), "", "")
		return countingConn{conn, &received}, err
	}})
	if err != nil {
		t.Fatal(err)
	}
	if got := res.Header.Get("Sec-WebSocket-Extensions"); !strings.HasPrefix(got, "permessage-deflate") {
		t.Fatalf("the server agrees on %q", got)
	}
	return p.clientOn(conn), &received
}

func (p *page) dialWith(d websocket.Dialer) (*websocket.Conn, *http.Response, error) {
	header := http.Header{"Origin": {"http://" + siteHost}, "Cookie": {p.visitor.cookies()}}
	q := url.Values{"vsn": {"2.0.0"}, "_csrf_token": {p.csrf}}
	return d.Dial("ws://"+siteHost+"/live/websocket?"+q.Encode(), header)
}

// compressing is a site whose page says what it is sent.
func compressing(t *testing.T, change func(*liveview.Config)) *site {
	t.Helper()
	config := liveview.Config{CompressionThreshold: 256, EventRate: -1}
	if change != nil {
		change(&config)
	}
	return newSite(t, config, func(r *gin.Engine) { liveview.Handle(r, "/", letterView()) })
}

// What a client and a server agree to compress is what it was, both ways, and takes less;
// a message below the threshold, and one that would get no smaller, goes as it is.
func TestCompressedMessages(t *testing.T) {
	s := compressing(t, nil)
	c, received := s.visitor().get("/").deflated()
	if status, response := c.join(); status != "ok" {
		t.Fatal(status, response)
	}
	text := strings.Repeat("<the same again & again> ", 2000)
	before := received.Load()
	if diff := c.diffOf(formEvent("write", url.Values{"text": {text}}.Encode(), nil)); fmt.Sprint(diff["0"]) == "" || len(fmt.Sprint(diff["0"])) < len(text) {
		t.Errorf("of %d bytes %d came back", len(text), len(fmt.Sprint(diff["0"])))
	}
	if got := received.Load() - before; got > int64(len(text)/20) {
		t.Errorf("a diff of %d bytes took %d", len(text), got)
	}
	before = received.Load()
	if diff := c.diffOf(formEvent("write", "text=short", nil)); diff["0"] != "short" {
		t.Errorf("diff = %v", diff)
	}
	if got := received.Load() - before; got < 60 { // the frame's head alone has as many
		t.Errorf("a short diff took %d bytes: it was compressed", got)
	}
	// Views write at the same time as a ping is answered and others' frames are sent.
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 20 {
			_ = c.conn.WriteControl(websocket.PingMessage, []byte("?"), time.Now().Add(time.Second))
		}
	}()
	for i := range 50 {
		want := strings.Repeat(fmt.Sprint(i, " "), 500)
		if diff := c.diffOf(formEvent("write", url.Values{"text": {want}}.Encode(), nil)); diff["0"] != want {
			t.Fatalf("the diff %d isn't what was sent", i)
		}
	}
	<-done
}

// A client that offers nothing is sent nothing compressed, and so is every client where it
// isn't asked for, and one whose offer can't be kept.
func TestNothingIsCompressedUnlessAgreed(t *testing.T) {
	text := strings.Repeat("again and ", 5000)
	for name, test := range map[string]struct {
		threshold int
		offer     string
	}{
		"no offer": {256, ""}, "not configured": {0, "permessage-deflate; client_max_window_bits"},
		"a smaller window": {256, "permessage-deflate; server_max_window_bits=9"},
	} {
		t.Run(name, func(t *testing.T) {
			s := compressing(t, func(c *liveview.Config) { c.CompressionThreshold = test.threshold })
			p := s.visitor().get("/")
			conn, res, err := p.dialOffering(test.offer)
			if err != nil {
				t.Fatal(err)
			}
			if got := res.Header.Get("Sec-WebSocket-Extensions"); got != "" {
				t.Errorf("the server agrees on %q", got)
			}
			c := p.clientOn(conn) // which ends at a frame with a bit that it doesn't know
			if status, response := c.join(); status != "ok" {
				t.Fatal(status, response)
			}
			if diff := c.diffOf(formEvent("write", url.Values{"text": {text}}.Encode(), nil)); diff["0"] != text {
				t.Errorf("of %d bytes %d came back", len(text), len(fmt.Sprint(diff["0"])))
			}
		})
	}
}

// offering writes a handshake's header itself, as the client's package has an offer of its own.
type offering struct {
	net.Conn
	offer string
}

func (o *offering) Write(b []byte) (int, error) {
	if o.offer != "" && bytes.HasPrefix(b, []byte("GET ")) {
		head := "\r\nSec-WebSocket-Extensions: " + o.offer + "\r\n"
		_, err := o.Conn.Write(bytes.Replace(b, []byte("\r\n"), []byte(head), 1))
		return len(b), err
	}
	return o.Conn.Write(b)
}

func (p *page) dialOffering(offer string) (*websocket.Conn, *http.Response, error) {
	t := p.visitor.site.t
	return p.dialWith(websocket.Dialer{NetDial: func(_, _ string) (net.Conn, error) {
		conn, err := p.visitor.site.listen.DialContext(t.Context(), "", "")
		return &offering{conn, offer}, err
	}})
}

// Bits of a frame's first byte, and opcodes (RFC 6455, section 5.2).
const (
	final, rsv1    = 0x80, 0x40
	more, textKind = 0x0, 0x1
	pingKind       = 0x9
)

// rawFrame writes a frame of a client's.
func (c *client) rawFrame(first byte, payload []byte) error {
	_, err := c.conn.NetConn().Write(masked(first, payload))
	return err
}

// masked returns a frame of a client's, masked by zeros.
func masked(first byte, payload []byte) []byte {
	frame := []byte{first}
	switch {
	case len(payload) < 126:
		frame = append(frame, 0x80|byte(len(payload)))
	case len(payload) < 1<<16:
		frame = binary.BigEndian.AppendUint16(append(frame, 0x80|126), uint16(len(payload)))
	default:
		frame = binary.BigEndian.AppendUint64(append(frame, 0x80|127), uint64(len(payload)))
	}
	frame = append(frame, 0, 0, 0, 0)
	return append(frame, payload...)
}

// deflate compresses a message as RFC 7692, section 7.2.1, has it.
func deflate(message string) []byte {
	var out bytes.Buffer
	w, _ := flate.NewWriter(&out, flate.DefaultCompression)
	_, _ = w.Write([]byte(message))
	_ = w.Flush()
	return bytes.TrimSuffix(out.Bytes(), []byte("\x00\x00\xff\xff"))
}

// A compressed message may come in any fragments, empty ones too, with pings between them.
func TestFragmentsOfACompressedMessage(t *testing.T) {
	s := compressing(t, nil)
	c, _ := s.visitor().get("/").deflated()
	if status, response := c.join(); status != "ok" {
		t.Fatal(status, response)
	}
	var pongs atomic.Int32
	c.conn.SetPongHandler(func(string) error { pongs.Add(1); return nil })
	message := func(ref, text string) []byte {
		return deflate(fmt.Sprintf(`["1",%q,%q,"event",{"type":"form","event":"write","value":%q}]`, ref, c.topic(), "text="+text))
	}
	text := strings.Repeat("abc", 1000)
	for ref, size := range map[string]int{"41": 1, "42": 7, "43": 1000} {
		payload := message(ref, text+ref)
		first := byte(textKind | rsv1)
		for len(payload) > size {
			for _, frame := range []struct {
				first   byte
				payload []byte
			}{{first, payload[:size]}, {more, nil}} {
				if err := c.rawFrame(frame.first, frame.payload); err != nil {
					t.Fatal(err, c.closed, s.log.String())
				}
			}
			if first = more; len(payload)%16 == 0 {
				_ = c.rawFrame(final|pingKind, []byte("?"))
			}
			payload = payload[size:]
		}
		if err := c.rawFrame(final|first, payload); err != nil {
			t.Fatal(err)
		}
		if f := c.next(); f.ref != ref || !strings.Contains(f.raw, text+ref) {
			t.Errorf("in fragments of %d bytes: %.100s", size, f.raw)
		}
	}
	if pongs.Load() == 0 {
		t.Error("no ping between fragments was answered")
	}
	// An empty message is none of the protocol, and ends nothing.
	if err := c.rawFrame(final|textKind|rsv1, []byte{0}); err != nil {
		t.Fatal(err)
	}
	// A message whose last block says so is one, too.
	var out bytes.Buffer
	w, _ := flate.NewWriter(&out, flate.DefaultCompression)
	_, _ = fmt.Fprintf(w, `[null,"50","phoenix","heartbeat",{}]`)
	_ = w.Close()
	if err := c.rawFrame(final|textKind|rsv1, append(out.Bytes(), 0)); err != nil {
		t.Fatal(err)
	}
	if f := c.next(); f.ref != "50" {
		t.Errorf("then came %s", f.raw)
	}
	if diff := c.diffOf(formEvent("write", "text=still+here", nil)); diff["0"] != "still here" {
		t.Errorf("diff = %v", diff)
	}
	if log := s.log.String(); strings.Count(log, "bad frame") == 0 {
		t.Errorf("the log says nothing of an empty message: %s", log)
	}
}

// What says that it is compressed and can't be inflated ends the socket, with WebSocket's
// code for it, and so does a compressed frame where that wasn't agreed on.
func TestCompressedMessageThatIsNone(t *testing.T) {
	for name, test := range map[string]struct {
		threshold int
		payload   []byte
		want      int
	}{
		"nothing at all": {256, nil, websocket.CloseInvalidFramePayloadData}, // an empty message has a byte
		"garbage":        {256, []byte{0xff, 0xff, 0xff}, websocket.CloseInvalidFramePayloadData},
		"its beginning":  {256, deflate(strings.Repeat("abcdefgh", 10))[:10], websocket.CloseInvalidFramePayloadData},
		"not agreed on":  {0, deflate(`[null,"50","phoenix","heartbeat",{}]`), websocket.CloseProtocolError},
	} {
		t.Run(name, func(t *testing.T) {
			s := compressing(t, func(c *liveview.Config) { c.CompressionThreshold = test.threshold })
			p := s.visitor().get("/")
			conn, _, err := p.dialWith(websocket.Dialer{EnableCompression: true, NetDialContext: s.listen.DialContext})
			if err != nil {
				t.Fatal(err)
			}
			c := p.clientOn(conn)
			c.join()
			if err := c.rawFrame(final|textKind|rsv1, test.payload); err != nil {
				t.Fatal(err)
			}
			if code := c.end(); code != test.want {
				t.Errorf("closed with %d, want %d", code, test.want)
			}
		})
	}
}

// bomb returns a compressed message of that many MB of one letter.
func bomb(megabytes int) []byte {
	var out bytes.Buffer
	w, _ := flate.NewWriter(&out, flate.BestCompression)
	letters := bytes.Repeat([]byte("x"), 1<<20)
	_, _ = w.Write(letters)
	_ = w.Flush()
	first := out.Len()
	_, _ = w.Write(letters)
	_ = w.Flush()
	again := out.Bytes()[first:]
	all := bytes.Clone(out.Bytes()[:first])
	for range megabytes - 1 {
		all = append(all, again...)
	}
	return all
}

// A message that inflates to a gigabyte ends its socket, which has held no more of it than
// a message may have, and the log says which limit; other sockets go on.
func TestInflateBomb(t *testing.T) {
	const limit = 1 << 20
	s := compressing(t, func(c *liveview.Config) { c.MaxFrame = limit })
	neighbour := s.open("/")
	bomb := masked(final|textKind|rsv1, bomb(1024))
	c, _ := s.visitor().get("/").deflated()
	c.join()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	sent := make(chan error, 1)
	go func() {
		_, err := c.conn.NetConn().Write(bomb)
		sent <- err
	}()
	if diff := neighbour.diffOf(formEvent("write", "text=mine", nil)); diff["0"] != "mine" {
		t.Errorf("another view's diff = %v", diff)
	}
	if code := c.end(); code != websocket.CloseMessageTooBig {
		t.Errorf("closed with %d, want 1009", code)
	}
	runtime.ReadMemStats(&after)
	<-sent //nolint:errcheck // the server hangs up in the middle of it
	// It is the whole process's, with what tests before have left running: that a buffer grows
	// to the limit and no further is held by the tests of package wire. The bomb is 1,024 limits.
	took := after.TotalAlloc - before.TotalAlloc
	if took > 8*limit {
		t.Errorf("a bomb of %d KiB took %d KiB in all", len(bomb)>>10, took>>10)
	}
	figure(t, "a gigabyte, where a message may have %d KiB, took %d KiB in all", limit>>10, took>>10)
	if log := s.log.String(); !strings.Contains(log, "Config.MaxFrame") || !strings.Contains(log, fmt.Sprint("limit=", limit)) {
		t.Errorf("log = %s", log)
	}
	if diff := neighbour.diffOf(formEvent("write", "text=yours", nil)); diff["0"] != "yours" {
		t.Errorf("another view's diff = %v", diff)
	}
}

// One that is only somewhat too large is answered, as it is uncompressed: what the user has
// typed stays on the page, and the page where it is.
func TestCompressedMessageThatIsTooLarge(t *testing.T) {
	const limit = 10_000
	s := compressing(t, func(c *liveview.Config) { c.MaxFrame = limit })
	c, _ := s.visitor().get("/").deflated()
	c.join()
	form := fmt.Sprintf(`["1","44",%q,"event",{"type":"form","event":"write","value":"text=%s"}]`, c.topic(), strings.Repeat("x", 7*limit))
	if err := c.rawFrame(final|textKind|rsv1, deflate(form)); err != nil {
		t.Fatal(err)
	}
	if f := c.next(); f.ref != "44" || f.event != "phx_reply" {
		t.Errorf("the answer is %s", f.raw)
	}
	if err := c.rawFrame(final|textKind|rsv1, deflate(form+strings.Repeat(" ", limit))); err != nil {
		t.Fatal(err)
	}
	if code := c.end(); code != websocket.CloseMessageTooBig {
		t.Errorf("more than eight times as much: closed with %d, want 1009", code)
	}
}
