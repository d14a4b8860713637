package nats_test

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gin-liveview/liveview/pubsub"
	"github.com/gin-liveview/liveview/pubsub/nats"
	"github.com/gin-liveview/liveview/pubsub/pubsubtest"
)

// wire is a way to the server whose connection the test has die.
type wire struct {
	net.Listener
	server    string
	swallow   atomic.Bool // what the client sends
	swallowed atomic.Bool // something was

	mu    sync.Mutex // guards conns
	conns []net.Conn
}

func newWire(t *testing.T, server string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{Listener: l, server: server}
	t.Cleanup(func() { _ = l.Close(); w.cut() })
	go w.serve() // until the listener is closed
	return w
}

func (w *wire) serve() {
	for {
		client, err := w.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", w.server)
		if err != nil {
			_ = client.Close()
			continue
		}
		w.mu.Lock()
		w.conns = append(w.conns, client, server)
		w.mu.Unlock()
		go func() { _, _ = io.Copy(client, server) }() // both until cut
		go func() { _, _ = io.Copy(sink{w, server}, client) }()
	}
}

// sink is where what a client sends goes.
type sink struct {
	w      *wire
	server net.Conn
}

func (s sink) Write(p []byte) (int, error) {
	if s.w.swallow.Load() {
		s.w.swallowed.Store(true)
		return len(p), nil
	}
	return s.server.Write(p)
}

// cut has all connections die.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.conns {
		_ = c.Close()
	}
	w.conns = nil
}

// What was published over a connection that died before the server had got it
// doesn't come; so whoever waits for it is told, though nothing else is ever
// published on the topic, and nobody else's connection was lost.
func TestMessageThatADyingConnectionSwallows(t *testing.T) {
	s := start(t, -1)
	defer func() { s.Shutdown(); s.WaitForShutdown() }()
	w := newWire(t, s.Addr().String())
	open := func(addr string) *pubsub.Bus {
		bus, err := nats.New("nats://"+addr, pubsub.Options{Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = bus.Close() })
		pubsubtest.Eventually(t, "connecting", bus.Healthy)
		return bus
	}
	publisher, subscriber := open(w.Addr().String()), open(s.Addr().String())
	got := make(chan any, 10)
	if _, err := subscriber.Subscribe("t", func(info any) { got <- info }); err != nil {
		t.Fatal(err)
	}
	w.swallow.Store(true)
	if err := publisher.Publish("t", pubsubtest.Number{N: 1}); err != nil {
		t.Fatal(err)
	}
	pubsubtest.Eventually(t, "the message on its way", func() error {
		if !w.swallowed.Load() {
			return errors.New("not yet")
		}
		return nil
	})
	w.swallow.Store(false)
	w.cut()
	pubsubtest.Eventually(t, "the notice", func() error {
		select {
		case info := <-got:
			if info != any(pubsub.Missed{Topic: "t"}) {
				t.Errorf("there came %v", info)
			}
			return nil
		default:
			return errors.New("nobody is told")
		}
	})
}
