// Package revoked remembers which users and browsers were told to go.
package revoked

import (
	"sync"
	"time"

	"github.com/gin-liveview/liveview/internal/recent"
)

// List is what one process remembers.
//
// A user's sockets are closed once, but a join may be on its way through
// middleware that still saw the old session, and a page may have sealed what was the
// user's: for these the time of the last disconnect is kept a while. A browser's former identity is refused for as
// long as it is remembered. The zero List is ready for use.
type List struct {
	mu       sync.Mutex            // guards the fields below. Nothing is locked under it.
	users    recent.Map[time.Time] // and when they were told to go
	browsers map[string]struct{}
	order    []string // of browsers, oldest first from next on
	next     int
}

const (
	// maxBrowsers bounds how many former identities of browsers are remembered,
	// some 100 bytes each.
	maxBrowsers = 1 << 16

	// userTime is longer than any join is on its way, and than a page may bring along
	// what was sealed before.
	userTime = 10 * time.Minute
)

// AddUser says that the user was told to go now.
func (l *List) AddUser(user string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.users.Forget(now, userTime)
	l.users.Put(user, now)
}

// AddBrowser says that a browser's identity is good for nothing from now on.
// The oldest is forgotten where there are too many.
func (l *List) AddBrowser(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.browsers[id]; known {
		return
	}
	if l.browsers == nil {
		l.browsers = make(map[string]struct{})
	}
	l.browsers[id] = struct{}{}
	if len(l.order) < maxBrowsers {
		l.order = append(l.order, id)
		return
	}
	delete(l.browsers, l.order[l.next])
	l.order[l.next] = id
	l.next = (l.next + 1) % maxBrowsers
}

// Browser reports whether that identity is no longer good.
func (l *List) Browser(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.browsers[id]
	return ok
}

// UserSince reports whether the user was told to go at or after that time,
// which is less than ten minutes ago.
func (l *List) UserSince(user string, began time.Time) bool {
	if user == "" {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	at, ok := l.users.Get(user)
	return ok && !at.Before(began)
}
