package presence_test

import (
	"fmt"

	"github.com/gin-liveview/liveview/presence"
	"github.com/gin-liveview/liveview/pubsub"
)

type Who struct{ Name string }

func ExampleTracker() {
	here := presence.New[Who](pubsub.NewLocal(), "rooms", presence.Options{})
	defer here.Close()

	leave := here.Track("room 1", "ann", Who{"Ann"})
	here.Track("room 1", "bob", Who{"Bob"})
	leave()
	for _, e := range here.List("room 1") {
		fmt.Println(e.Key, e.Meta.Name)
	}
	// Output: bob Bob
}
