package wire

import (
	"errors"
	"io"
	"slices"

	"github.com/gin-liveview/liveview/internal/bufpool"
)

// Excess is a frame that is larger than allowed.
type Excess struct {
	Binary bool
	Head   []byte // its first bytes
	Size   int    // bytes that came of it
	Limit  int    // bytes that it may have
	Cut    bool   // it was more than can be read for nothing, so the connection is being closed
}

// headBytes is how much of a frame that is too large is kept, in bytes: enough to
// say what it was.
const headBytes = 4 << 10

// readRest reads what is left of a frame that is too large, of which buf has the
// beginning, and drops it. It stops, and sets Cut, at more than most bytes.
func (e *Excess) readRest(frame io.Reader, buf *bufpool.Buffer, most int) error {
	e.Size = len(buf.B)
	e.Head = buf.B[:min(len(buf.B), headBytes)]
	buf.B = slices.Grow(e.Head, headBytes)
	e.Head = buf.B
	scratch := buf.B[len(buf.B):cap(buf.B)]
	for {
		n, err := frame.Read(scratch)
		e.Size += n
		if e.Size > most {
			e.Cut = true
			return nil
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// errTooLarge is returned by appendAll.
var errTooLarge = errors.New("the frame is too large")

// appendAll is io.ReadAll into a buffer of the caller's, of limit bytes at most.
func appendAll(buf []byte, r io.Reader, limit int) ([]byte, error) {
	for {
		if len(buf) == cap(buf) {
			more := min(max(512, cap(buf)), limit+1-len(buf)) // one byte more than allowed is enough to know
			buf = append(buf, make([]byte, more)...)[:len(buf)]
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
