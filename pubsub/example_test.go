package pubsub_test

import (
	"fmt"

	"github.com/gin-liveview/liveview/pubsub"
)

type OrderPlaced struct {
	Number int
	Total  float64
}

// A type that may leave the process has a name, the same in all of them.
func ExampleRegister() {
	pubsub.Register[OrderPlaced]("shop.OrderPlaced")

	ps := pubsub.NewLocal() // or redis.New, nats.New
	unsubscribe, _ := ps.Subscribe("orders", func(info any) {
		switch info := info.(type) {
		case OrderPlaced:
			fmt.Println("order", info.Number)
		case pubsub.Missed:
			fmt.Println("read again what there is on", info.Topic)
		}
	})
	defer unsubscribe()
	_ = ps.Publish("orders", OrderPlaced{4711, 9.90})
	// Output: order 4711
}
