package nats_test

import (
	"log/slog"
	"testing"

	"github.com/gin-liveview/liveview/pubsub"
	"github.com/gin-liveview/liveview/pubsub/nats"
	"github.com/gin-liveview/liveview/pubsub/pubsubtest"
)

// From one process to a thousand subscribers in another, over a real NATS
// server, on this machine.
func BenchmarkNATS(b *testing.B) {
	s := start(b, -1)
	defer s.Shutdown()
	pubsubtest.BenchmarkFanOut(b, func() (pubsub.PubSub, error) {
		return nats.New(s.ClientURL(), pubsub.Options{Logger: slog.New(slog.DiscardHandler)})
	})
}
