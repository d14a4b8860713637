package liveview

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"
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
//	err := lv.Shutdown(context.Background(), srv)
//
// At once [App.Ready] turns to 503 and new sockets are refused with 503, so that a
// proxy takes them to another process. After [Config].DrainDelay the open
// sockets are closed with code 1012, upon which the client connects again and
// joins, to whichever process then answers; forms keep their text, and the states
// of views that have a [Restorer] go with their pages. Those of pages that have no
// connection just then go to another process, over [Config].PubSub, which has them
// until they are back. Up to a
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
// It is about the sockets that came to srv. Those that came to another server of the
// same App stay. Where srv serves several Apps it ends for all of them: their sockets
// are drained in the same way, whichever App's Shutdown is called, with the longest of
// their DrainDelays and DrainTimes, and a Shutdown of the next App waits for the first.
//
// Phoenix has a process for it (phoenix/lib/phoenix/socket/pool_supervisor.ex
// and the option :drainer of phoenix/lib/phoenix/endpoint.ex).
func (lv *App) Shutdown(ctx context.Context, srv *http.Server) error {
	switch {
	case lv == nil:
		return errNoApp
	case srv == nil:
		return errors.New("liveview: Shutdown wants the http.Server that the App's router is the handler of, and that is nil")
	}
	lv.ending.Store(true)
	s := servers.of(srv, lv.app)
	delay, limit := s.drainConfig()
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()

	empty, first := s.beginDrain(true)
	cut := 0
	if first && lv.teller != nil {
		span, began := Span{Kind: SpanDrain}, time.Now()
		within := lv.teller.begin(ctx, &span)
		defer func() { lv.teller.end(within, &span, &Result{Left: cut, Duration: time.Since(began)}) }()
	}
	if first {
		s.drain(limited, delay)
	}
	select {
	case <-empty:
	case <-limited.Done():
		n := s.cut()
		cut = n
		s.closeUploads()
		s.flushStates()
		_ = srv.Shutdown(limited) // for its listeners
		if err := ctx.Err(); err != nil {
			return err
		}
		return fmt.Errorf("liveview: %d sockets were still open after Config.DrainTime, %v: %w", n, limit, limited.Err())
	}
	s.closeUploads()
	s.stopAccepting(limited)
	s.flushStates()
	return srv.Shutdown(limited)
}

// Listener returns l for srv, in a process whose successor accepts from the same socket, as
// with a systemd socket unit:
//
//	err := srv.Serve(lv.Listener(srv, l))
//
// [App.Shutdown] of srv then accepts no more, answers whom it has accepted, which takes up to
// five seconds where one of them sends no request, and ends: who comes meanwhile waits in the
// socket for the next process. Without it some are closed without an answer, as
// http.Server.Shutdown drops the requests of connections that it accepted just before.
//
// Behind TLS that srv ends itself (srv.ServeTLS), a request that comes right behind its
// handshake may still be dropped. A nil App or srv returns l as it is.
func (lv *App) Listener(srv *http.Server, l net.Listener) net.Listener {
	if lv == nil || srv == nil {
		return l
	}
	wrapped := newListener(l)
	servers.of(srv, lv.app).listen(wrapped)
	return wrapped
}

// Ready is a Gin handler that tells whether this process wants visitors: 200,
// or 503 from the moment that [App.Shutdown] is called.
//
//	r.GET("/readyz", lv.Ready)
//
// That is said of the http.Server that is asked; one that serves none of the App's
// pages, such as an internal one for probes, answers for all.
//
// A [Config].PubSub that has a method Healthy() error is asked too, but only
// the text tells what it said: without its broker a process still serves its
// pages, and if all processes share that broker, none would be left to.
func (lv *App) Ready(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	switch {
	case lv == nil:
		_ = c.Error(errNoApp)
		c.String(http.StatusInternalServerError, "%v", errNoApp)
		return
	case lv.isDraining(c.Request):
		c.String(http.StatusServiceUnavailable, "draining\n")
		return
	}
	if p, ok := lv.config.PubSub.(interface{ Healthy() error }); ok && p.Healthy() != nil {
		c.String(http.StatusOK, "ready, but the PubSub has no connection\n") // its error may name hosts
		return
	}
	c.String(http.StatusOK, "ready\n")
}

// isDraining reports whether the server that r came to is about to end, or, if that
// serves none of the App's pages, any that does.
func (lv *App) isDraining(r *http.Request) bool {
	srv, ok := r.Context().Value(http.ServerContextKey).(*http.Server)
	if !ok {
		return lv.ending.Load()
	}
	draining, serves := servers.stateOf(srv, lv.app)
	if serves {
		return draining
	}
	return draining || lv.ending.Load()
}

// Healthy is a Gin handler that answers 200 for as long as the process answers
// at all, also while [App.Shutdown] is at work: what restarts a process that hangs
// must not end one that drains.
//
//	r.GET("/livez", lv.Healthy)
func (lv *App) Healthy(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	c.String(http.StatusOK, "alive\n")
}

// drain has the open sockets closed, batch by batch, and returns when it is
// each one's turn or ctx has ended, which has a deadline.
func (s *server) drain(ctx context.Context, delay time.Duration) {
	if !wait(ctx, delay) {
		return
	}
	open := s.openSockets()
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
		for i, o := range batch {
			if !wait(ctx, time.Until(begin.Add(moments[i]))) {
				return
			}
			o.closeWhenIdle()
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
