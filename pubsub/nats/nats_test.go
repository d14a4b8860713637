package nats_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"

	"github.com/gin-liveview/liveview/pubsub"
	"github.com/gin-liveview/liveview/pubsub/nats"
	"github.com/gin-liveview/liveview/pubsub/pubsubtest"
)

// start runs a NATS server within the test, at port, -1 for a free one.
func start(t testing.TB, port int) *server.Server {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: port, NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		t.Fatal("the NATS server doesn't start")
	}
	return s
}

func TestNATS(t *testing.T) {
	s := start(t, -1)
	port := s.Addr().String()[len("127.0.0.1:"):]
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	pubsubtest.Suite{
		Nodes: func(t *testing.T, n int) []pubsub.PubSub {
			nodes := make([]pubsub.PubSub, n)
			for i := range nodes {
				bus, err := nats.New("nats://127.0.0.1:"+port, pubsub.Options{Prefix: t.Name(), Logger: slog.New(slog.DiscardHandler)})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = bus.Close() })
				pubsubtest.Eventually(t, "connecting", bus.Healthy)
				nodes[i] = bus
			}
			return nodes
		},
		Restart: func(t *testing.T, while func()) {
			s.Shutdown()
			s.WaitForShutdown()
			while()
			var p int
			_, _ = fmt.Sscan(port, &p)
			s = start(t, p)
		},
	}.Run(t)
}

// dialer is whom a client connects by.
type dialer func() (net.Conn, error)

func (d dialer) Dial(string, string) (net.Conn, error) { return d() }

// However long the server was away, a process tries again within half a second.
func TestServerIsFoundSoonAfterItsReturn(t *testing.T) {
	var slowest time.Duration
	for n := range 20 {
		synctest.Test(t, func(t *testing.T) {
			away := time.Duration(n+1) * 700 * time.Millisecond
			began, found := time.Now(), make(chan struct{})
			var once sync.Once
			bus, err := nats.New("nats://127.0.0.1:4222", pubsub.Options{Logger: slog.New(slog.DiscardHandler)},
				natsgo.SetCustomDialer(dialer(func() (net.Conn, error) {
					if time.Since(began) >= away {
						once.Do(func() { close(found) })
					}
					return nil, errors.New("nobody is there")
				})))
			if err != nil {
				t.Fatal(err)
			}
			<-found
			slowest = max(slowest, time.Since(began)-away)
			if err := bus.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	t.Attr("figure", fmt.Sprintf("away for 0.7 to 14 s: tried again at most %v after its return", slowest))
	if slowest > time.Second/2 {
		t.Errorf("it was tried %v after its return", slowest)
	}
}
