package liveview

import (
	"context"
	"io"
	"net"
	"sync"
	"time"
)

// requestWait is for how long an ending server waits for the requests of connections that it
// has accepted: as long as http.Server.Shutdown does.
const requestWait = 5 * time.Second

// listener gives up accepting before its http.Server ends, and knows which of those that it
// has accepted weren't answered yet. http.Server.Shutdown closes these without an answer.
type listener struct {
	net.Listener

	stopping chan struct{} // closed when no more are to be accepted
	parked   chan struct{} // closed when whoever accepts has seen that
	closed   chan struct{} // closed by Close
	stopOnce sync.Once
	parkOnce sync.Once
	shutOnce sync.Once
	give     func() error   // closes Listener, once
	fresh    sync.WaitGroup // the connections that nothing was written to yet
}

func newListener(l net.Listener) *listener {
	return &listener{Listener: l, give: sync.OnceValue(l.Close), stopping: make(chan struct{}), parked: make(chan struct{}), closed: make(chan struct{})}
}

// Accept waits for its Close once it has given up, as http.Server takes any error before
// that for a fault.
func (l *listener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		l.fresh.Add(1)
		return &accepted{Conn: conn, answered: sync.OnceFunc(l.fresh.Done)}, nil
	}
	select {
	case <-l.stopping:
		l.parkOnce.Do(func() { close(l.parked) })
		<-l.closed
	default:
	}
	return nil, err
}

func (l *listener) Close() error {
	l.shutOnce.Do(func() { close(l.closed) })
	return l.give()
}

// stop accepts no more, and returns when what was accepted has begun to be answered, or
// after requestWait, or with ctx.
func (l *listener) stop(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, requestWait)
	defer cancel()
	l.stopOnce.Do(func() {
		close(l.stopping)
		_ = l.give()
	})
	select {
	case <-l.parked:
	case <-l.closed:
		return
	case <-ctx.Done():
		return
	}
	answered := make(chan struct{})
	go func() { // ends when the last of them is answered, or closed by the http.Server
		defer close(answered)
		l.fresh.Wait()
	}()
	select {
	case <-answered:
	case <-ctx.Done():
	}
}

// accepted is a connection of a listener's.
type accepted struct {
	net.Conn
	answered func()
}

func (c *accepted) Write(b []byte) (int, error) {
	c.answered()
	return c.Conn.Write(b)
}

// ReadFrom has files go to the connection without being copied, where it can do that.
func (c *accepted) ReadFrom(r io.Reader) (int64, error) {
	c.answered()
	return io.Copy(c.Conn, r)
}

func (c *accepted) Close() error {
	c.answered()
	return c.Conn.Close()
}
