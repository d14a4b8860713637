package nats_test

import (
	"context"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gin-liveview/liveview/store"
	"github.com/gin-liveview/liveview/store/nats"
)

func Example() {
	nc, err := natsgo.Connect("nats://10.0.0.5:4222")
	if err != nil {
		panic(err)
	}
	js, err := jetstream.New(nc)
	if err != nil {
		panic(err)
	}

	var states store.Store
	states, err = nats.New(context.Background(), js, nats.Options{Replicas: 3})
	if err != nil {
		panic(err)
	}
	_ = states // Config.Store of every process
}
