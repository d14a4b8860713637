package wire

import "sync/atomic"

// chunks is how large the binary frames are that a connection takes.
type chunks struct {
	size atomic.Int64 // of ExpectChunks, 0 for none
}

// ExpectChunks is Conn.ExpectChunks.
func (c *chunks) ExpectChunks(bytes int) {
	for {
		old := c.size.Load()
		if old >= int64(bytes) || c.size.CompareAndSwap(old, int64(bytes)) {
			return
		}
	}
}

// maxBinaryHeader is what a binary frame has besides its payload: kind, four
// lengths, and four strings of at most 255 bytes.
const maxBinaryHeader = 5 + 4*255

// strayBytes is how large a binary frame may be where no chunks are expected.
const strayBytes = 64 << 10

// limit returns the largest binary frame accepted at present, in bytes; text is that of
// a text frame.
func (c *chunks) limit(text int) int {
	if n := int(c.size.Load()); n > 0 {
		return n + maxBinaryHeader
	}
	return min(strayBytes, text)
}
