package presence_test

import (
	"fmt"

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
