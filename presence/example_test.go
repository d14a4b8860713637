package presence_test

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gin-liveview/liveview/presence"
	"github.com/gin-liveview/liveview/pubsub"
)

type Who struct {
	Name   string
	Typing bool
}

func ExampleTracker() {
	here := presence.New[Who](pubsub.NewLocal(), "rooms", presence.Options{})
	defer here.Close()

	ann, _ := here.Track("room 1", "ann", Who{Name: "Ann"}) // its error is of what is too large
	bob, _ := here.Track("room 1", "bob", Who{Name: "Bob"})
	_ = bob.Update(Who{Name: "Bob", Typing: true})
	ann.Untrack()
	for _, e := range here.List("room 1") {
		fmt.Println(e.Key, e.Meta.Name, e.Meta.Typing)
	}
	// Output: bob Bob true
}

// Who subscribes to the topic is told what has changed: in HandleInfo of a live page, or
// here.
func ExampleChange() {
	bus := pubsub.NewLocal()
	here := presence.New[Who](bus, "rooms", presence.Options{})
	defer here.Close()
	changes := make(chan presence.Change[Who], 10)
	unsubscribe, _ := bus.Subscribe("room 1", func(info any) {
		if change, ok := info.(presence.Change[Who]); ok {
			changes <- change
		}
	})
	defer unsubscribe()
	tell := func() {
		c := <-changes
		for _, e := range c.Joined {
			fmt.Println(e.Meta.Name, "comes to", c.Topic)
		}
		for _, e := range c.Updated {
			fmt.Println(e.Meta.Name, "is typing:", e.Meta.Typing)
		}
		for _, e := range c.Left {
			fmt.Println(e.Meta.Name, "leaves")
		}
	}

	ann, _ := here.Track("room 1", "ann", Who{Name: "Ann"})
	tell()
	_ = ann.Update(Who{Name: "Ann", Typing: true})
	tell()
	err := ann.Update(Who{Name: strings.Repeat("A", presence.MaxEntry)})
	fmt.Println(errors.Is(err, presence.ErrTooLarge))
	ann.Untrack()
	tell()
	// Output:
	// Ann comes to room 1
	// Ann is typing: true
	// true
	// Ann leaves
}
