package redis_test

import (
	"log"

	"github.com/gin-liveview/liveview/pubsub"
	"github.com/gin-liveview/liveview/pubsub/redis"
)

// The bus of an application's processes, which share a secret.
func ExampleNew() {
	secret := "the same for all processes, from their settings"
	bus, err := redis.New("redis://:password@10.0.0.20:6379/0", pubsub.Options{Secret: pubsub.NewSecret(secret)})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = bus.Close() }() // after lv.Shutdown

	_ = bus.Publish("orders", "o-17") // as lv.Publish does, where bus is the PubSub of the Config
}
