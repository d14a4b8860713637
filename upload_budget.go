package liveview

import "sync"

// uploadBudget counts the bytes of uploads that are under way or wait to be
// consumed, by the size that the browser declared, which is the most that a
// file may have.
type uploadBudget struct {
	max int64 // negative: no limit

	mu   sync.Mutex // guards used
	used int64
}

// reserve takes n bytes, or reports that they aren't to be had.
func (b *uploadBudget) reserve(n int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.max >= 0 && n > b.max-b.used {
		return false
	}
	b.used += n
	return true
}

func (b *uploadBudget) release(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used -= n
}
