// Package pubsub carries values from those who publish to those who subscribe:
// within a process by [Local], and between the processes of an application by a
// [Bus] over a broker that operators already run (packages pubsub/redis and
// pubsub/nats).
//
// What travels is typed. An application names the types that may leave the
// process once, at its start:
//
//	func init() { pubsub.Register[OrderPlaced]("shop.OrderPlaced") }
//
// Subscribers of the same process get the very value that was published.
package pubsub

// PubSub is what liveview needs of a publisher: implementations are safe for
// concurrent use, and a publisher never waits for a subscriber.
type PubSub interface {
	// Publish hands info to every subscriber of topic. Infos of one publisher
	// arrive in the order published.
	Publish(topic string, info any) error

	// Subscribe has deliver called for every info published on topic until
	// unsubscribe is called; a call that is under way then may still end.
	// deliver must not block. It may call Publish, Subscribe and unsubscribe:
	// an info that it publishes on its own topic is delivered after the one it
	// was given.
	Subscribe(topic string, deliver func(info any)) (unsubscribe func(), err error)
}

// Missed is delivered to a topic's subscribers, as an info like any other,
// when infos of other processes may have been lost: the broker was away, or a
// queue ran over. What they show should then be read anew.
type Missed struct{ Topic string }

// PublishLocal hands info to the subscribers of this process alone, of whatever
// type it is: for what each process finds out by itself. A PubSub between
// processes has a method of that name for it, as [Bus.PublishLocal]; any other
// is taken to be within one process, and gets a Publish.
func PublishLocal(ps PubSub, topic string, info any) {
	if between, ok := ps.(interface{ PublishLocal(topic string, info any) }); ok {
		between.PublishLocal(topic, info)
		return
	}
	_ = ps.Publish(topic, info) // within a process it has no reason to fail
}
