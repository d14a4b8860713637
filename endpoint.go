package liveview

import "sync"

// endpoint knows the open sockets of one App by whose they are, so that
// Disconnect finds them without asking all.
type endpoint struct {
	*app

	mu       sync.Mutex // guards the fields below, and all registrations. Nothing is locked under it.
	browsers roster
	users    roster
	kept     roster // of both, which count for no limit
}

// openSocket is what endpoint and server know of a connection.
type openSocket interface {
	// find returns the mailbox of its view of that id, nil for none.
	find(id string) *mailbox

	// endViews ends its views without what they have still been sent.
	endViews()

	// close says goodbye with a close code of WebSocket's, and cut doesn't.
	close(code int, reason string)
	cut()

	// closeWhenIdle has it closed when its views have answered what they have
	// been sent: with a form's, the visitor would not know whether it was taken.
	closeWhenIdle()

	// restart is closeWhenIdle for those who can't wait: what has nothing to hand on is
	// closed at once, and all after two seconds.
	restart()
}

func newEndpoint(a *app) *endpoint {
	return &endpoint{app: a, browsers: make(roster), users: make(roster), kept: make(roster)}
}

// registration is one socket's, until unregister.
type registration struct {
	socket openSocket
	listed []*listing
	over   bool
}

// register takes in a socket that a page of browser's has opened; "" is nobody.
func (e *endpoint) register(s openSocket, browser string) *registration {
	r := &registration{socket: s}
	if browser != "" {
		e.list(r, e.browsers, browser, -1)
	}
	return r
}

// registerKept takes in a page without a socket.
func (e *endpoint) registerKept(s openSocket, browser string, users []string) *registration {
	r := &registration{socket: s}
	e.list(r, e.kept, keptBrowser+browser, -1)
	for _, user := range users {
		e.list(r, e.kept, keptUser+user, -1)
	}
	return r
}

// What kept pages are listed under begins with.
const keptBrowser, keptUser = "browser ", "user "

// registerUser says that the socket is (also) a user's, unless that one has too
// many.
func (e *endpoint) registerUser(r *registration, user string) bool {
	return e.list(r, e.users, user, e.config.MaxSocketsPerUser)
}

// list lists the socket of r under name, unless as many as most are already; a
// negative most is no limit.
func (e *endpoint) list(r *registration, in roster, name string, most int) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if most >= 0 && in.count(name) >= most {
		return false
	}
	if !r.over {
		r.listed = append(r.listed, in.add(name, r.socket))
	}
	return true
}

func (e *endpoint) unregister(r *registration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	r.over = true
	for _, l := range r.listed {
		l.remove()
	}
	r.listed = nil
}

// socketsOf returns the sockets of a user and those of a browser; "" is nobody.
func (e *endpoint) socketsOf(user, browser string) []openSocket {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := append(e.users.of(user), e.browsers.of(browser)...)
	return append(append(all, e.kept.of(keptUser+user)...), e.kept.of(keptBrowser+browser)...)
}

// find returns the mailbox of the view of that id, nil for none.
func (e *endpoint) find(id string) *mailbox {
	e.mu.Lock()
	all := make([]openSocket, 0, len(e.browsers)+len(e.kept))
	for _, in := range []roster{e.browsers, e.kept} {
		for name := range in {
			all = append(all, in.of(name)...)
		}
	}
	e.mu.Unlock()
	for _, s := range all {
		if b := s.find(id); b != nil {
			return b
		}
	}
	return nil
}

// counts returns of how many browsers, and of how many users, the sockets are.
func (e *endpoint) counts() (browsers, users int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.browsers), len(e.users)
}

// roster lists sockets by name; of a name that nobody has it knows nothing.
type roster map[string]*listing

// listing is one socket under one name, in a ring with the name's others.
type listing struct {
	roster     roster
	name       string
	socket     openSocket
	prev, next *listing
	count      int // of the ring; of the first one only
}

func (r roster) add(name string, s openSocket) *listing {
	l := &listing{roster: r, name: name, socket: s}
	if first := r[name]; first != nil {
		l.prev, l.next = first.prev, first
		l.prev.next, l.next.prev = l, l
		first.count++
	} else {
		l.prev, l.next, l.count = l, l, 1
		r[name] = l
	}
	return l
}

func (l *listing) remove() {
	switch {
	case l.next == l:
		delete(l.roster, l.name)
		return
	case l.roster[l.name] == l:
		l.roster[l.name], l.next.count = l.next, l.count
	}
	l.roster[l.name].count--
	l.prev.next, l.next.prev = l.next, l.prev
}

// count returns how many sockets name has.
func (r roster) count(name string) int {
	if first := r[name]; first != nil {
		return first.count
	}
	return 0
}

func (r roster) of(name string) (all []openSocket) {
	first := r[name]
	for l := first; l != nil; {
		all = append(all, l.socket)
		if l = l.next; l == first {
			break
		}
	}
	return all
}
