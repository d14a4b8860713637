package wire

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"

	"github.com/gin-liveview/liveview/internal/bufpool"
)

// Deflater compresses the messages of many connections, each by itself (RFC 7692,
// permessage-deflate without context takeover): so a connection that is idle holds
// nothing for it, and what an earlier message said is no hint at what a later one says.
type Deflater struct {
	threshold int
	turns     chan struct{} // one for each writer at work
	writers   sync.Pool     // of *flate.Writer
}

// level is flate.BestSpeed. A writer's next message costs the levels above it 640 KiB to be
// cleared first, which is many times what a diff costs; BenchmarkDeflate has the figures.
const level = flate.BestSpeed

// NewDeflater returns one that compresses messages of at least that many bytes. A writer
// takes most of a megabyte, so no more are at work than there are cores; who waits for one
// waits for the processor, not for a network.
func NewDeflater(threshold int) *Deflater {
	return &Deflater{threshold: threshold, turns: make(chan struct{}, runtime.GOMAXPROCS(0))}
}

// deflate puts message into buf, compressed. It reports false if it isn't smaller so.
func (d *Deflater) deflate(buf *bufpool.Buffer, message []byte) bool {
	d.turns <- struct{}{}
	defer func() { <-d.turns }()
	out := bytes.NewBuffer(buf.B)
	w, _ := d.writers.Get().(*flate.Writer)
	if w == nil {
		w, _ = flate.NewWriter(out, level) // an error is about the level
	} else {
		w.Reset(out)
	}
	_, _ = w.Write(message) // to a bytes.Buffer
	_ = w.Flush()
	d.writers.Put(w)
	buf.B = bytes.TrimSuffix(out.Bytes(), []byte("\x00\x00\xff\xff")) // which the reader adds
	return len(buf.B) < len(message)
}

// Deflates reports whether a request's header offers permessage-deflate in a way that is
// supported here. What the server would have to confirm, and can't do, isn't: a window
// smaller than all of it.
func Deflates(header http.Header) bool {
	for _, line := range header.Values("Sec-Websocket-Extensions") {
		for offer := range strings.SplitSeq(line, ",") {
			if supported(offer) {
				return true
			}
		}
	}
	return false
}

// supported reports whether one offer of an extension can be accepted as it is.
func supported(offer string) bool {
	name, params, _ := strings.Cut(offer, ";")
	if strings.TrimSpace(name) != "permessage-deflate" {
		return false
	}
	for param := range strings.SplitSeq(params, ";") {
		name, _, _ := strings.Cut(param, "=")
		switch strings.TrimSpace(name) {
		case "", "server_no_context_takeover", "client_no_context_takeover", "client_max_window_bits":
		default:
			return false
		}
	}
	return true
}

// Deflating returns conn as the connection of a WebSocket whose client and server have
// agreed on permessage-deflate: what [WebSocket] writes to it is compressed by d.
func (d *Deflater) Deflating(conn net.Conn) net.Conn { return &deflating{Conn: conn, deflater: d} }

// deflating marks frames as compressed, which the package below has no way to do for
// those that it hasn't compressed itself. Its own writer would keep a megabyte for as long
// as a browser takes to accept a message.
type deflating struct {
	net.Conn
	deflater *Deflater

	marks bool // the next text frame is compressed; guarded by the WebSocket's lock for writing
}

// drainInflated is how much of a message is inflated that is too large to be handled, as a
// multiple of what it may have: a thousandth of it is what it costs the client.
const drainInflated = 8

// isCorrupt reports whether err says of a message that it is compressed and can't be
// inflated. Where the connection ends within it the package below has an error of its own.
func isCorrupt(err error) bool {
	var corrupt flate.CorruptInputError
	return errors.As(err, &corrupt) || errors.Is(err, io.ErrUnexpectedEOF)
}

// The first byte of a frame (RFC 6455, section 5.2; RFC 7692, section 6).
const (
	finalText  = 0x81 // a whole text message
	compressed = 0x40
)

// Write writes what the package below has framed, in the buffer in which it has done so.
// Pings' answers and the goodbye come from other goroutines, and are no text.
func (c *deflating) Write(b []byte) (int, error) {
	if len(b) > 0 && b[0] == finalText && c.marks {
		c.marks = false
		b[0] |= compressed
	}
	return c.Conn.Write(b)
}
