package sign

import (
	"cmp"
	"sync"
	"time"

	"github.com/gin-liveview/liveview/internal/recent"
)

// Once remembers the ids of tokens that are good for one use, until these are
// too old anyhow. The zero Once is ready for use.
type Once struct {
	Age time.Duration // how long the tokens hold; 0 means MoveAge

	mu   sync.Mutex // guards the fields below. Nothing is locked under it.
	used recent.Map[struct{}]
}

// Take reports whether id, of a token, is used for the
// first time.
func (o *Once) Take(id string, now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	// A token may be verified with a clock that is a little behind, so each is
	// remembered for twice its age at least.
	o.used.Forget(now, 2*cmp.Or(o.Age, MoveAge))
	if _, used := o.used.Get(id); used {
		return false
	}
	o.used.Put(id, struct{}{})
	return true
}

// IsUsed reports whether Take was called for id.
func (o *Once) IsUsed(id string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, used := o.used.Get(id)
	return used
}
