package liveview

import (
	"sync"
	"time"
)

// revoked remembers what Disconnect and Renew have ended.
//
// A user's sockets are closed once, but a join may be on its way through
// middleware that still saw the old session: for these the time of the last
// Disconnect is kept a while. A browser's former identity is refused for as
// long as it is remembered.
type revoked struct {
	mu       sync.Mutex // guards the fields below
	users    map[string]time.Time
	browsers map[string]struct{}
	order    []string // of browsers, oldest first from next on
	next     int
}

const (
	// maxRevoked bounds how many former identities of browsers are remembered,
	// some 100 bytes each.
	maxRevoked = 1 << 16

	// joinTime is longer than any join is on its way.
	joinTime = time.Minute
)

func (r *revoked) add(d disconnect, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if d.User != "" {
		for user, at := range r.users {
			if now.Sub(at) > joinTime {
				delete(r.users, user)
			}
		}
		if r.users == nil {
			r.users = make(map[string]time.Time)
		}
		r.users[d.User] = now
	}
	if d.Browser != "" {
		r.addBrowser(d.Browser)
	}
}

// addBrowser forgets the oldest for a new one where there are too many; mu is
// held.
func (r *revoked) addBrowser(id string) {
	if _, known := r.browsers[id]; known {
		return
	}
	if r.browsers == nil {
		r.browsers = make(map[string]struct{})
	}
	r.browsers[id] = struct{}{}
	if len(r.order) < maxRevoked {
		r.order = append(r.order, id)
		return
	}
	delete(r.browsers, r.order[r.next])
	r.order[r.next] = id
	r.next = (r.next + 1) % maxRevoked
}

// browser reports whether that identity is no longer good.
func (r *revoked) browser(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.browsers[id]
	return ok
}

// since reports whether the user was disconnected at or after that time.
func (r *revoked) since(user string, began time.Time) bool {
	if user == "" {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	at, ok := r.users[user]
	return ok && !at.Before(began)
}
