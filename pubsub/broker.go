package pubsub

import "context"

// Broker is the connection of a [Bus] to what carries messages between
// processes. Its methods are called by the Bus's own goroutines: Publish by
// one, Subscribe and Unsubscribe by another.
type Broker interface {
	// Start connects, and connects again whenever the connection is lost,
	// until Close. It doesn't wait, and tells h what happens.
	Start(h Handler)

	// Publish sends messages in their order. After an error some may have been
	// sent.
	Publish(ctx context.Context, messages []Message) error

	// Subscribe and Unsubscribe begin and end hearing a channel. The Broker
	// keeps what it is subscribed to over a lost connection.
	Subscribe(channel string) error
	Unsubscribe(channel string) error

	// Close ends the connection; h hears nothing afterwards.
	Close() error
}

// Message is one message for a channel.
type Message struct {
	Channel string
	Data    []byte
}

// Handler is what a [Broker] tells its Bus. Messages of one publisher on one
// channel must come in order.
type Handler interface {
	Connected()
	Disconnected(err error)
	Subscribed(channel string) // is heard from now on; also when it is again
	Receive(channel string, data []byte)
	Lost(channel string) // messages were, though the connection was there
}
