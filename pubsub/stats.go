package pubsub

import "sync/atomic"

// TopicStats is a topic that this process subscribes to.
type TopicStats struct {
	Topic       string
	Subscribers int
}

// Stats counts what has happened to a [Bus] since it began.
type Stats struct {
	Connected bool // now
	Queued    int  // messages that wait for the broker, now
	Topics    int  // subscribed at the broker, now

	Published  uint64 // messages handed to the broker
	Received   uint64 // messages of other processes, delivered
	Echoes     uint64 // own messages, which came back and were left out
	Duplicates uint64
	Missed     uint64 // notices to subscribers that something may have been lost

	// Dropped messages of this process: not sent, or of unknown fate.
	DroppedQueueFull, DroppedUnavailable, DroppedFailed uint64

	// Dropped messages of others.
	DroppedVersion, DroppedSignature, DroppedGarbled, DroppedUnknownType, DroppedTooLarge uint64
	DroppedStale                                                                          uint64 // two minutes old or more
}

type counts struct {
	published, received, echoes, duplicates, missed    atomic.Uint64
	queueFull, unavailable, failed                     atomic.Uint64
	version, signature, garbled, unknownType, tooLarge atomic.Uint64
	stale                                              atomic.Uint64
}

// stats returns the counts so far; what is so just now is left out.
func (c *counts) stats() Stats {
	return Stats{
		Published: c.published.Load(), Received: c.received.Load(), Echoes: c.echoes.Load(),
		Duplicates: c.duplicates.Load(), Missed: c.missed.Load(),
		DroppedQueueFull: c.queueFull.Load(), DroppedUnavailable: c.unavailable.Load(), DroppedFailed: c.failed.Load(),
		DroppedVersion: c.version.Load(), DroppedSignature: c.signature.Load(), DroppedGarbled: c.garbled.Load(),
		DroppedUnknownType: c.unknownType.Load(), DroppedTooLarge: c.tooLarge.Load(), DroppedStale: c.stale.Load(),
	}
}
