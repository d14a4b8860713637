package pubsub

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// brittle panics where it is read.
type brittle struct{ N int }

func (brittle) MarshalJSON() ([]byte, error) { return []byte(`{"N":1}`), nil }
func (*brittle) UnmarshalJSON([]byte) error  { panic("as asked") }

// fickle panics where it is written.
type fickle struct{ N int }

func (fickle) MarshalJSON() ([]byte, error) { panic("as asked") }
func (*fickle) UnmarshalJSON([]byte) error  { return nil }

func init() {
	Register[brittle]("pubsub.brittle")
	Register[fickle]("pubsub.fickle")
}

// A type of the application's that panics, or a subscriber, costs its own
// message and no more: the goroutine is the broker's.
func TestInfosAndSubscribersThatPanic(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		h := &hub{}
		a, b := h.bus(t, Options{}), h.bus(t, Options{})
		if _, err := b.Subscribe("news", func(any) { panic("as asked") }); err != nil {
			t.Fatal(err)
		}
		got := collect(t, b, "news")
		if err := a.Publish("news", brittle{}); err != nil {
			t.Error(err)
		}
		if err := a.Publish("news", fickle{}); err == nil {
			t.Error("what can't be marshalled was published")
		}
		if err := a.Publish("news", order{}); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second) // of the bubble
		synctest.Wait()
		if got := got(); !slices.Equal(got, []any{order{}}) {
			t.Errorf("the other subscriber got %v", got)
		}
		if n := b.Stats().DroppedGarbled; n != 1 {
			t.Errorf("%d messages were garbled, want the one", n)
		}
	})
}

// panickingBroker is one whose client library has a fault.
type panickingBroker struct{}

func (panickingBroker) Start(h Handler)                          { h.Connected() }
func (panickingBroker) Publish(context.Context, []Message) error { panic("as asked") }
func (panickingBroker) Subscribe(string, func()) error           { panic("as asked") }
func (panickingBroker) Unsubscribe(string) error                 { panic("as asked") }
func (panickingBroker) Close() error                             { return nil }

func TestBrokerThatPanics(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := NewBus(panickingBroker{}, Options{Logger: slog.New(slog.DiscardHandler)})
		defer func() { _ = b.Close() }()
		heard := 0
		unsubscribe, err := b.Subscribe("news", func(any) { heard++ })
		if err != nil {
			t.Fatal(err)
		}
		_ = b.Publish("news", order{})
		unsubscribe()
		time.Sleep(time.Minute) // of the bubble
		if heard != 1 {
			t.Errorf("the process's own subscriber heard %d infos", heard)
		}
		if b.Stats().Published != 0 {
			t.Error("it counts as published")
		}
	})
}
