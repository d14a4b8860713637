package sign

import (
	"sync"
	"time"
)

// Once remembers the ids of tokens that are good for one use, until these are
// too old anyhow. The zero Once is ready for use.
//
// They are kept in two halves: what is new goes into the young one, and once
// that is as old as a token may get, it takes the place of the old one. So no
// use waits for others to be forgotten.
type Once struct {
	mu    sync.Mutex // guards the fields below
	young map[string]struct{}
	old   map[string]struct{}
	since time.Time // when young was begun
}

// Take reports whether id, of a token for Action or Flash, is used for the
// first time.
func (o *Once) Take(id string, now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	// A token may be verified with a clock that is a little behind, so each is
	// remembered for twice its age at least.
	const keep = 2 * MoveAge
	switch age := now.Sub(o.since); {
	case age >= 2*keep:
		o.young, o.old, o.since = nil, nil, now
	case age >= keep:
		o.young, o.old, o.since = nil, o.young, now
	}
	if _, used := o.young[id]; used {
		return false
	}
	if _, used := o.old[id]; used {
		return false
	}
	if o.young == nil {
		o.young = make(map[string]struct{})
	}
	o.young[id] = struct{}{}
	return true
}
