// Package bufpool has byte slices that are used again, for frames, pages and
// chunks of files.
package bufpool

import "sync"

// Pool keeps buffers of about one size.
type Pool struct {
	largest int // that is kept for reuse, in bytes: a large one must not keep its size for good
	pool    sync.Pool
}

// The pools there are: chunks are apart from the rest, so that each finds a
// buffer of its size.
var (
	Frames = newPool(1<<10, 64<<10)
	Chunks = newPool(65<<10, 1<<20)
)

func newPool(size, largest int) *Pool {
	p := &Pool{largest: largest}
	p.pool.New = func() any { return &Buffer{B: make([]byte, 0, size)} }
	return p
}

// Buffer is a byte slice that goes back to its pool by [Pool.Put].
type Buffer struct{ B []byte }

// Get returns an empty buffer.
func (p *Pool) Get() *Buffer {
	b := p.pool.Get().(*Buffer)
	b.B = b.B[:0]
	return b
}

// GetFor is Get for about n bytes. What is too large to be kept for reuse is
// made in one piece, as growing it would cost its size again.
func (p *Pool) GetFor(n int) *Buffer {
	if n > p.largest {
		return &Buffer{B: make([]byte, 0, n)}
	}
	return p.Get()
}

// Put gives a buffer back, whose bytes nobody may use from then on.
func (p *Pool) Put(b *Buffer) {
	if cap(b.B) <= p.largest {
		p.pool.Put(b)
	}
}
