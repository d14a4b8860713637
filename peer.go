package liveview

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gin-liveview/liveview/internal/limit"
	"github.com/gin-liveview/liveview/internal/wire"
)

// peer is who is at the other end of a socket, and the way there.
type peer struct {
	*app
	conn    wire.Conn
	browser string // whose page opened the socket, by CSRF token and cookie; "" for nobody
	upgrade upgradeRequest

	moves   atomic.Int32 // live redirects followed since a page stayed
	shows   bool         // problems, as there is a developer
	waiting limit.Budget // bytes that the client has sent and nobody has handled yet

	account *socketAccount // what is told of the socket; nil where nobody wants to know

	socket peerSocket // nil while a page is kept without one

	mu    sync.Mutex // guards users. Nothing is locked under it.
	users []string   // whom Identify named for requests of this socket
}

// peerSocket is what a peer tells of itself, from any goroutine.
type peerSocket interface {
	// rested is called each time that a view of the socket has nothing left to do.
	rested()

	// named is called with each user whom Identify names for the first time.
	named(user string)
}

// without returns p as it is without its socket, for as long as a page is kept.
func (p *peer) without() *peer {
	q := &peer{app: p.app, conn: wire.Nowhere(), browser: p.browser, upgrade: p.upgrade}
	q.users = p.allUsers()
	return q
}

// allUsers returns whom Identify named for requests of the socket.
func (p *peer) allUsers() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.users)
}

// user returns whom Identify named last; "" for nobody.
func (p *peer) user() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.users) == 0 {
		return ""
	}
	return p.users[len(p.users)-1]
}

// visitorAttrs are the attributes of a log line about what the client does.
func (p *peer) visitorAttrs() []any {
	return append(visitorAttrs(p.user(), ""), "address", p.upgrade.address(), "remote", p.upgrade.remoteAddr)
}

// release gives back what a message took of the bytes that may wait, and has the
// reader see whether there is room now.
func (p *peer) release(cost int) {
	if cost > 0 {
		p.waiting.Release(int64(cost))
		p.conn.Wake()
	}
}

// note tells of something that happens to the socket.
func (p *peer) note(n Note) {
	p.counts.note(n.Kind)
	if p.account != nil {
		n.RequestID = p.account.span.RequestID
		if n.User == "" {
			n.User = p.user() // so that it is known who it is that floods
		}
		if n.Kind == NoteLimit || n.Kind == NoteRefusal {
			n.Address = p.upgrade.address()
		}
		p.teller.tell(p.account.ctx, n)
	}
}

// travellingPeer is where the request of a visit carries the peer that it is
// for; see peerOf.
type travellingPeer struct{}

// peerOf returns the peer of the visit that ctx is of, nil for a request that
// came by HTTP.
func peerOf(ctx context.Context) *peer {
	p, _ := ctx.Value(travellingPeer{}).(*peer)
	return p
}

// addUser notes that a request of the peer's was one of user's.
func (p *peer) addUser(user string) {
	p.mu.Lock()
	known := slices.Contains(p.users, user)
	if !known {
		p.users = append(p.users, user)
	}
	p.mu.Unlock()
	if !known && p.socket != nil {
		p.socket.named(user)
	}
}
