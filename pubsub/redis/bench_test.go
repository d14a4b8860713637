package redis_test

import (
	"testing"

	"github.com/gin-liveview/liveview/pubsub"
	"github.com/gin-liveview/liveview/pubsub/pubsubtest"
	"github.com/gin-liveview/liveview/pubsub/redis"
)

// From one process to a thousand subscribers in another, over a real Redis, on
// this machine.
func BenchmarkRedis(b *testing.B) {
	s := start(b)
	pubsubtest.BenchmarkFanOut(b, func() (pubsub.PubSub, error) { return redis.New(s.url(), pubsub.Options{Logger: quiet()}) })
}
