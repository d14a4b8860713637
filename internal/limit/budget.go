package limit

import "sync/atomic"

// Budget bounds the bytes that wait at a time. In the zero Budget none
// waits. Any goroutine may call its methods.
type Budget struct{ used atomic.Int64 }

// Take reports whether n bytes more may wait, of limit in all; a limit that
// isn't positive is none. What is larger than the limit may wait alone.
func (b *Budget) Take(n, limit int64) bool {
	if used := b.used.Add(n); limit <= 0 || used <= limit || used == n {
		return true
	}
	b.used.Add(-n)
	return false
}

// Release undoes a Take of n bytes.
func (b *Budget) Release(n int64) { b.used.Add(-n) }

// Used returns how many bytes wait.
func (b *Budget) Used() int64 { return b.used.Load() }
