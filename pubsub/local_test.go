package pubsub_test

import (
	"testing"

	"github.com/gin-liveview/liveview/pubsub"
	"github.com/gin-liveview/liveview/pubsub/pubsubtest"
)

func TestLocal(t *testing.T) {
	pubsubtest.Suite{Nodes: func(_ *testing.T, n int) []pubsub.PubSub {
		nodes := make([]pubsub.PubSub, n)
		local := pubsub.NewLocal()
		for i := range nodes {
			nodes[i] = local
		}
		return nodes
	}}.Run(t)
}
