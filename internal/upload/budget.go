package upload

import "sync"

// Budget counts the bytes of uploads that are under way or wait to be
// consumed, by the size that the browser declared, which is the most that a
// file may have.
type Budget struct {
	Max int64 // negative: no limit

	mu   sync.Mutex // guards used
	used int64
}

// Reserve takes n bytes, or reports that they aren't to be had.
func (b *Budget) Reserve(n int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.Max >= 0 && n > b.Max-b.used {
		return false
	}
	b.used += n
	return true
}

// Release gives n reserved bytes back.
func (b *Budget) Release(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used -= n
}
