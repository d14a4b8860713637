package liveview

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"time"
	"weak"

	"github.com/gin-gonic/gin"
	"github.com/gorilla/websocket"
)

const (
	// drainBatch is how many sockets may be closed at once: so many joins at a
	// time are nothing to the processes that get them.
	drainBatch = 100

	// drainBatches is in how many batches the sockets are closed where they are
	// more than a few.
	drainBatches = 10
)

// Shutdown ends srv without its visitors losing anything. A program calls it in
// place of srv.Shutdown when it is told to stop:
//
//	<-ctx.Done() // of signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
//	err := liveview.Shutdown(context.Background(), srv)
//
// At once [Ready] turns false and new sockets are refused with 503, so that a
// proxy takes them to another process. After [Config].DrainDelay the open
// sockets are closed with code 1012, upon which the client connects again and
// joins, to whichever process then answers; forms keep their text. Up to a
// hundred sockets are closed at once, more in ten batches over half of the
// time that is left, each socket at a random moment. A socket is closed when
// its views have answered what they have been sent, and each view's Shutdown
// callback is waited for. Pages are served meanwhile. Then srv.Shutdown runs.
//
// All of it takes no longer than [Config].DrainTime, or until ctx ends: the
// connections that are left are then cut, and the error is ctx's, or says how
// many sockets it was and is a [context.DeadlineExceeded]. A second call waits
// for the first.
//
// Phoenix has a process for it (phoenix/lib/phoenix/socket/pool_supervisor.ex
// and the option :drainer of phoenix/lib/phoenix/endpoint.ex).
func Shutdown(ctx context.Context, srv *http.Server) error {
	s := servers.of(srv, nil)
	delay, limit := s.drainConfig()
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()

	empty, first := s.beginDrain()
	if first {
		s.drain(limited, delay)
	}
	select {
	case <-empty:
	case <-limited.Done():
		n := s.cut()
		s.closeUploads()
		_ = srv.Shutdown(limited) // for its listeners
		if err := ctx.Err(); err != nil {
			return err
		}
		return fmt.Errorf("liveview: %d sockets were still open after Config.DrainTime, %v: %w", n, limit, limited.Err())
	}
	s.closeUploads()
	return srv.Shutdown(limited)
}

// Ready is a Gin handler that tells whether this process wants visitors: 200,
// or 503 from the moment that [Shutdown] is called.
//
//	r.GET("/readyz", liveview.Ready)
//
// A [Config].PubSub that has a method Healthy() error is asked too, but only
// the text tells what it said: without its broker a process still serves its
// pages, and if all processes share that broker, none would be left to.
func Ready(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	if srv, ok := c.Request.Context().Value(http.ServerContextKey).(*http.Server); ok && servers.of(srv, nil).isDraining() {
		c.String(http.StatusServiceUnavailable, "draining\n")
		return
	}
	if e := endpointOf(c); e != nil {
		if p, ok := e.config.PubSub.(interface{ Healthy() error }); ok && p.Healthy() != nil {
			c.String(http.StatusOK, "ready, but the PubSub has no connection\n") // its error may name hosts
			return
		}
	}
	c.String(http.StatusOK, "ready\n")
}

// Healthy is a Gin handler that answers 200 for as long as the process answers
// at all, also while [Shutdown] is at work: what restarts a process that hangs
// must not end one that drains.
//
//	r.GET("/livez", liveview.Healthy)
func Healthy(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	c.String(http.StatusOK, "alive\n")
}

// server is what there is to know of an http.Server, which itself has no room
// for it.
type server struct {
	of weak.Pointer[http.Server]

	mu        sync.Mutex    // guards the fields below
	endpoints []*endpoint   // those it has served a request of
	sockets   int           // open, or being opened
	empty     chan struct{} // nil until the drain; closed when no socket is left
}

// servers knows those that have served one of our requests, for as long as
// they exist.
var servers = serverTable{known: make(map[weak.Pointer[http.Server]]*server)}

type serverTable struct {
	mu    sync.Mutex // guards known; the lock of a server may be taken under it
	known map[weak.Pointer[http.Server]]*server
}

// of returns what is known of srv, which has served a request of e's; e may be
// nil.
func (t *serverTable) of(srv *http.Server, e *endpoint) *server {
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
	if e != nil && !slices.Contains(s.endpoints, e) {
		s.endpoints = append(s.endpoints, e)
	}
	return s
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
	s.sockets++
	return true
}

func (s *server) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sockets--; s.sockets == 0 && s.empty != nil {
		close(s.empty)
	}
}

func (s *server) isDraining() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.empty != nil
}

// beginDrain has no more sockets admitted. It returns what is closed when the
// last one has ended, and whether it is the first to ask.
func (s *server) beginDrain() (empty <-chan struct{}, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if first = s.empty == nil; first {
		s.empty = make(chan struct{})
		if s.sockets == 0 {
			close(s.empty)
		}
	}
	return s.empty, first
}

// drainConfig returns the longest of the endpoints' settings.
func (s *server) drainConfig() (delay, limit time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.endpoints {
		delay, limit = max(delay, e.config.DrainDelay), max(limit, e.config.DrainTime)
	}
	if len(s.endpoints) == 0 {
		limit = defaultDrainTime
	}
	return delay, limit
}

func (s *server) allEndpoints() []*endpoint {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.endpoints)
}

// transports returns the open sockets.
func (s *server) transports() []*transport {
	var open []*transport
	for _, e := range s.allEndpoints() {
		e.mu.Lock()
		for t := range e.transports {
			if t.server == s {
				open = append(open, t)
			}
		}
		e.mu.Unlock()
	}
	return open
}

// drain has the open sockets closed, batch by batch, and returns when it is
// each one's turn or ctx has ended, which has a deadline.
func (s *server) drain(ctx context.Context, delay time.Duration) {
	if !wait(ctx, delay) {
		return
	}
	open := s.transports()
	rand.Shuffle(len(open), func(i, j int) { open[i], open[j] = open[j], open[i] })
	deadline, _ := ctx.Deadline()
	span := time.Until(deadline) / 2 / drainBatches // of a batch
	size := max(drainBatch, (len(open)+drainBatches-1)/drainBatches)
	if len(open) <= size {
		span = 0
	}
	begin := time.Now() // of the batch
	for batch := range slices.Chunk(open, size) {
		// Within a batch, too, each one has its moment: the first attempt to
		// connect again follows the close by less than 0.1 s.
		moments := make([]time.Duration, len(batch))
		for i := range moments {
			moments[i] = time.Duration(rand.Int64N(int64(span) + 1))
		}
		slices.Sort(moments)
		for i, t := range batch {
			if !wait(ctx, time.Until(begin.Add(moments[i]))) {
				return
			}
			t.closeWhenIdle()
		}
		begin = begin.Add(span)
	}
}

// wait returns after d, or with false when ctx ends.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// cut ends the connections that are left and returns how many sockets there
// are.
func (s *server) cut() int {
	for _, t := range s.transports() {
		_ = t.conn.Close() // read notices and ends the transport
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sockets
}

// closeAll closes every socket with 1012 at once.
func (s *server) closeAll() {
	s.beginDrain()
	s.closeUploads()
	for _, t := range s.transports() {
		go t.close(websocket.CloseServiceRestart, restarting) // ends after a second at most
	}
}

// closeUploads has the directories for uploads removed, once they are empty.
func (s *server) closeUploads() {
	for _, e := range s.allEndpoints() {
		e.uploads.dir.close()
	}
}

const restarting = "server restarts"

// closeWhenIdle has t closed when its views have answered what they have been
// sent: with a form's, the visitor would not know whether it was taken.
func (t *transport) closeWhenIdle() {
	t.leaving.Store(true)
	t.leaveIfIdle()
}

// leaveIfIdle closes a socket that is leaving, unless one of its channels is at
// work. Each channel calls it when it is not any more.
func (t *transport) leaveIfIdle() {
	t.mu.Lock()
	open := slices.Clone(t.channels)
	t.mu.Unlock()
	for _, ch := range open {
		if !ch.idle() {
			return
		}
	}
	if t.leaving.CompareAndSwap(true, false) {
		go t.close(websocket.CloseServiceRestart, restarting) // ends after a second at most
	}
}

// idle reports whether nothing waits for the view, nor is at work in it.
func (ch *channel) idle() bool {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	return !ch.running && len(ch.mailbox) == 0
}
