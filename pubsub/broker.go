package pubsub

import "context"

// Broker is the connection of a [Bus] to what carries messages between
// processes. Its methods are called by the Bus's own goroutines: Publish by
// one, Subscribe and Unsubscribe by another.
type Broker interface {
	// Start connects, and connects again whenever the connection is lost,
	// until Close. It doesn't wait, and tells h what happens.
	Start(h Handler)

	// Publish sends messages in their order, and returns nil when what carries
	// them has them all. After an error some may have been sent.
	Publish(ctx context.Context, messages []Message) error

	// Subscribe begins hearing a channel. The Broker calls confirmed once what
	// carries the messages has said that it hands over those on channel from
	// then on, and again whenever that is so after a lost connection, which it
	// tells by Disconnected first: it keeps what it is subscribed to. After an
	// error the Bus tries again.
	Subscribe(channel string, confirmed func()) error

	// Unsubscribe ends hearing a channel. What confirms the subscription may
	// still be called afterwards.
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
	Receive(channel string, data []byte)
	Lost(channel string) // messages were, though the connection was there
}
