package presence_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gin-liveview/liveview/presence"
	"github.com/gin-liveview/liveview/pubsub"
)

// Topics are listed by how many are on them, and not any more once nobody is.
func TestTopics(t *testing.T) {
	tr := presence.New[Who](pubsub.NewLocal(), "topics", presence.Options{})
	defer tr.Close()
	var there []*presence.Handle[Who]
	for i := range 3 {
		for range i + 1 {
			h, err := tr.Track(fmt.Sprint("room", i), "ann", Who{})
			if err != nil {
				t.Fatal(err)
			}
			there = append(there, h)
		}
	}
	if got, want := tr.Topics(2), []presence.TopicCount{{Topic: "room2", Presences: 3}, {Topic: "room1", Presences: 2}}; !slices.Equal(got, want) {
		t.Errorf("the topics are %v, want %v", got, want)
	}
	for _, h := range there {
		h.Untrack()
	}
	if got := tr.Topics(10); len(got) != 0 {
		t.Errorf("once nobody is there, the topics are %v", got)
	}
}
