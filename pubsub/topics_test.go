package pubsub_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gin-liveview/liveview/pubsub"
)

// Topics are listed by how many subscribe to them, within the process and between several,
// and not any more once nobody does.
func TestTopics(t *testing.T) {
	local, bus := pubsub.NewLocal(), pubsub.NewBus(&echo{}, pubsub.Options{})
	defer func() { _ = bus.Close() }()
	for name, ps := range map[string]interface {
		pubsub.PubSub
		Topics(most int) ([]pubsub.TopicStats, int)
	}{"Local": local, "Bus": bus} {
		var ends []func()
		for i := range 3 {
			for range i + 1 {
				end, err := ps.Subscribe(fmt.Sprint("room", i), func(any) {})
				if err != nil {
					t.Fatal(err)
				}
				ends = append(ends, end)
			}
		}
		topics, all := ps.Topics(2)
		if want := []pubsub.TopicStats{{Topic: "room2", Subscribers: 3}, {Topic: "room1", Subscribers: 2}}; !slices.Equal(topics, want) || all != 3 {
			t.Errorf("%s: the topics are %v of %d, want %v of 3", name, topics, all, want)
		}
		for _, end := range ends {
			end()
		}
		if topics, all := ps.Topics(-1); len(topics)+all != 0 {
			t.Errorf("%s: once nobody subscribes, the topics are %v of %d", name, topics, all)
		}
	}
	if n, _ := local.Topics(1); len(n) != 0 {
		t.Error("the Local has topics")
	}
	if n, _ := bus.Topics(1); len(n) != 0 {
		t.Error("the Bus has topics")
	}
}
