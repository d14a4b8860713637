// Package buffer lends buffers for pages, as HTML or as messages: they are long,
// and a test opens many.
package buffer

import (
	"bytes"
	"sync"
)

var pool = sync.Pool{New: func() any { return &bytes.Buffer{} }}

// Get returns an empty buffer, to be given back with [Put].
func Get() *bytes.Buffer {
	b := pool.Get().(*bytes.Buffer)
	b.Reset()
	return b
}

// Put takes a buffer back. Its bytes mustn't be used any more.
func Put(b *bytes.Buffer) { pool.Put(b) }
