package liveview

import (
	"context"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"time"
	"weak"
)

// server is what there is to know of an http.Server, which itself has no room
// for it.
type server struct {
	of weak.Pointer[http.Server]

	mu        sync.Mutex          // guards the fields below. Nothing is locked under it.
	apps      []weak.Pointer[app] // those it serves, which know servers: with more than weak pointers neither would ever go
	listeners []*listener         // those of App.Listener
	admitted  int                 // sockets that are open, or being opened
	sockets   map[openSocket]struct{}
	empty     chan struct{} // nil until the drain; closed when no socket is left
	patient   bool          // Shutdown waits for that
}

// servers knows those that have served one of our requests, for as long as
// they exist.
var servers = serverTable{known: make(map[weak.Pointer[http.Server]]*server)}

type serverTable struct {
	mu    sync.Mutex // guards known. The lock of a server may be taken under it.
	known map[weak.Pointer[http.Server]]*server
}

// of returns what is known of srv, which serves a.
func (t *serverTable) of(srv *http.Server, a *app) *server {
	t.mu.Lock()
	defer t.mu.Unlock()
	ptr := weak.Make(srv)
	s := t.known[ptr]
	if s == nil {
		s = &server{of: ptr}
		t.known[ptr] = s
		runtime.AddCleanup(srv, t.forget, ptr)
		// Not everybody calls our Shutdown, and http.Server's own forgets
		// connections that were upgraded.
		srv.RegisterOnShutdown(s.closeAll)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if ptr := weak.Make(a); !slices.Contains(s.apps, ptr) {
		s.apps = append(s.apps, ptr)
	}
	return s
}

// stateOf reports whether srv is about to end, and whether it has served a request of
// a's.
func (t *serverTable) stateOf(srv *http.Server, a *app) (draining, serves bool) {
	t.mu.Lock()
	s := t.known[weak.Make(srv)]
	t.mu.Unlock()
	if s == nil {
		return false, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.empty != nil, slices.Contains(s.apps, weak.Make(a))
}

func (t *serverTable) forget(ptr weak.Pointer[http.Server]) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.known, ptr)
}

// admit reports whether a new socket may be opened; leave is then to be called
// at its end.
func (s *server) admit() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.empty != nil {
		return false
	}
	s.admitted++
	return true
}

// admitLost is admit for the page of a socket that was lost, and is still admitted: also
// while Shutdown waits for pages, as that page is to be handed on.
func (s *server) admitLost() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.empty != nil && (!s.patient || s.admitted == 0) {
		return false
	}
	s.admitted++
	return true
}

// waitsForPages reports whether the server is about to end, and whoever ends it waits for
// its pages to be handed on.
func (s *server) waitsForPages() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.patient
}

// add takes in a socket that was admitted and is open.
func (s *server) add(o openSocket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sockets == nil {
		s.sockets = make(map[openSocket]struct{})
	}
	s.sockets[o] = struct{}{}
}

// leave undoes an admit, and an add unless o is nil.
func (s *server) leave(o openSocket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sockets, o)
	if s.admitted--; s.admitted == 0 && s.empty != nil {
		close(s.empty)
	}
}

func (s *server) isDraining() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.empty != nil
}

// beginDrain has no more sockets admitted. It returns what is closed when the
// last one has ended, and whether it is the first to ask. patient says that it is waited for.
func (s *server) beginDrain(patient bool) (empty <-chan struct{}, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.patient = s.patient || patient
	if first = s.empty == nil; first {
		s.empty = make(chan struct{})
		if s.admitted == 0 {
			close(s.empty)
		}
	}
	return s.empty, first
}

// serves returns the Apps that it serves and that there still are.
func (s *server) serves() (all []*app) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ptr := range s.apps {
		if a := ptr.Value(); a != nil {
			all = append(all, a)
		}
	}
	return all
}

// drainConfig returns the longest of the settings of what it serves.
func (s *server) drainConfig() (delay, limit time.Duration) {
	for _, a := range s.serves() {
		delay, limit = max(delay, a.config.DrainDelay), max(limit, a.config.DrainTime)
	}
	return delay, limit
}

// openSockets returns those that are open.
func (s *server) openSockets() []openSocket {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.sockets))
}

// cut ends the connections that are left and returns how many sockets there
// are.
func (s *server) cut() int {
	for _, o := range s.openSockets() {
		o.cut()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.admitted
}

// closeAll closes every socket at once, once it has handed on what is to be, so that the
// clients connect again.
func (s *server) closeAll() {
	s.beginDrain(false)
	s.closeUploads()
	for _, o := range s.openSockets() {
		go o.restart() // ends after some seconds at most
	}
}

// restarting is the reason that browsers are given.
const restarting = "server restarts"

// closeUploads has the directories for uploads removed, once they are empty.
func (s *server) closeUploads() {
	for _, a := range s.serves() {
		a.uploads.Dir.Close()
	}
}

// listen has the server stop accepting from l before it ends.
func (s *server) listen(l *listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listeners = append(s.listeners, l)
}

// stopAccepting has its listeners accept nobody, and who was accepted be answered.
func (s *server) stopAccepting(ctx context.Context) {
	s.mu.Lock()
	listeners := slices.Clone(s.listeners)
	s.mu.Unlock()
	var all sync.WaitGroup
	for _, l := range listeners {
		all.Go(func() { l.stop(ctx) })
	}
	all.Wait()
}

// flushStates has what is to be saved of views written.
func (s *server) flushStates() {
	for _, a := range s.serves() {
		a.saver.flush()
	}
}
