package liveview

import "sync"

// maxPooledBuffer is the largest buffer kept for reuse, in bytes: one large
// page must not keep its size for good.
const maxPooledBuffer = 64 << 10

// buffer is a byte slice that is used again, for frames and pages.
type buffer struct{ b []byte }

var bufferPool = sync.Pool{New: func() any { return &buffer{b: make([]byte, 0, 1024)} }}

func getBuffer() *buffer {
	b := bufferPool.Get().(*buffer)
	b.b = b.b[:0]
	return b
}

// getBufferFor is getBuffer for about n bytes. What is too large to be kept for
// reuse is made in one piece, as growing it would cost its size again.
func getBufferFor(n int) *buffer {
	if n > maxPooledBuffer {
		return &buffer{b: make([]byte, 0, n)}
	}
	return getBuffer()
}

func putBuffer(b *buffer) {
	if cap(b.b) <= maxPooledBuffer {
		bufferPool.Put(b)
	}
}
