package wire

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"io"
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

// A frame's first byte, when it is all of a compressed text message, and its longest head (RFC
// 6455, section 5.2; RFC 7692, section 6).
const (
	compressedText = 0x80 | 0x40 | 0x1
	maxHead        = 10
)

// deflate returns message as a frame of its own, in buf's bytes: the package below can't send
// what it hasn't compressed itself, and its own writer would be kept for as long as a browser
// takes to accept a message. It returns nil if the message gets no smaller.
func (d *Deflater) deflate(buf *bufpool.Buffer, message []byte) (frame []byte) {
	d.turns <- struct{}{}
	defer func() { <-d.turns }()
	out := bytes.NewBuffer(append(buf.B[:0], make([]byte, maxHead)...))
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
	payload := len(buf.B) - maxHead
	if payload >= len(message) {
		return nil
	}
	head := append(make([]byte, 0, maxHead), compressedText)
	switch {
	case payload < 126:
		head = append(head, byte(payload))
	case payload < 1<<16:
		head = binary.BigEndian.AppendUint16(append(head, 126), uint16(payload))
	default:
		head = binary.BigEndian.AppendUint64(append(head, 127), uint64(payload))
	}
	frame = buf.B[maxHead-len(head):]
	copy(frame, head)
	return frame
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

// isCorrupt reports whether err says of a message that it is compressed and can't be
// inflated. Where the connection ends within it the package below has an error of its own.
func isCorrupt(err error) bool {
	var corrupt flate.CorruptInputError
	return errors.As(err, &corrupt) || errors.Is(err, io.ErrUnexpectedEOF)
}
