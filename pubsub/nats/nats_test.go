package nats_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

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
