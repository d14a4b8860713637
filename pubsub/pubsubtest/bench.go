package pubsubtest

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-liveview/liveview/pubsub"
)

const fanOut = 1000

// BenchmarkFanOut publishes at one node for 1,000 subscribers of one topic at
// another, and beside it for as many in one process. An operation is one
// publication; the metric deliveries/s is what counts.
func BenchmarkFanOut(b *testing.B, node func() (pubsub.PubSub, error)) {
	local := pubsub.NewLocal()
	b.Run("in process", func(b *testing.B) { benchmarkFanOut(b, local, local) })
	publisher, err := node()
	if err != nil {
		b.Fatal(err)
	}
	subscriber, err := node()
	if err != nil {
		b.Fatal(err)
	}
	b.Run("between processes", func(b *testing.B) { benchmarkFanOut(b, publisher, subscriber) })
}

func benchmarkFanOut(b *testing.B, publisher, subscriber pubsub.PubSub) {
	for _, ps := range []pubsub.PubSub{publisher, subscriber} {
		if bus, ok := ps.(*pubsub.Bus); ok {
			for began := time.Now(); bus.Healthy() != nil; time.Sleep(time.Millisecond) {
				if time.Since(began) > patience {
					b.Fatal("the broker isn't there")
				}
			}
		}
	}
	var delivered atomic.Int64
	for range fanOut {
		unsubscribe, err := subscriber.Subscribe("fan out", func(any) { delivered.Add(1) })
		if err != nil {
			b.Fatal(err)
		}
		defer unsubscribe()
	}
	published := int64(0)
	for b.Loop() {
		// As fast as it goes without the queue running over.
		for published-delivered.Load()/fanOut > 1000 {
			time.Sleep(50 * time.Microsecond)
		}
		if err := publisher.Publish("fan out", Number{N: int(published)}); err != nil {
			b.Fatal(err)
		}
		published++
	}
	for delivered.Load() < published*fanOut {
		time.Sleep(50 * time.Microsecond)
	}
	b.ReportMetric(float64(delivered.Load())/b.Elapsed().Seconds(), "deliveries/s")
}
