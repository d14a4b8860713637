package pubsub_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gin-liveview/liveview/pubsub"
)

// echo is a Broker for one process: what is published comes back.
type echo struct{ handler pubsub.Handler }

func (e *echo) Start(h pubsub.Handler) { e.handler = h; h.Connected() }

func (e *echo) Publish(_ context.Context, messages []pubsub.Message) error {
	for _, m := range messages {
		e.handler.Receive(m.Channel, m.Data)
	}
	return nil
}

func (e *echo) Subscribe(_ string, confirmed func()) error { confirmed(); return nil }
func (e *echo) Unsubscribe(string) error                   { return nil }
func (e *echo) Close() error                               { return nil }

// What an operator may ask a Bus: is the broker there, what waits, what was lost.
func ExampleBus_Stats() {
	bus := pubsub.NewBus(&echo{}, pubsub.Options{Wait: 100 * time.Millisecond})
	defer func() { _ = bus.Close() }()
	pubsub.Register[string]("example.text")

	got := make(chan any, 2)
	unsubscribe, _ := bus.Subscribe("news", func(info any) { got <- info })
	defer unsubscribe()

	bus.PublishLocal("news", struct{ Only string }{"in this process"}) // of any type
	fmt.Println(<-got)
	err := bus.Publish("news", strings.Repeat("x", pubsub.MaxMessage))
	fmt.Println(errors.Is(err, pubsub.ErrTooLarge))

	s := bus.Stats()
	fmt.Println(s.Connected, s.Topics, s.Queued, s.Published, s.Duplicates, s.Echoes)
	fmt.Println("dropped:", s.DroppedQueueFull+s.DroppedUnavailable+s.DroppedFailed+s.DroppedUnknownType+s.DroppedStale)
	// Output:
	// {in this process}
	// true
	// true 1 0 0 0 0
	// dropped: 0
}
