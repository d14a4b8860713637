package node

import (
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gin-liveview/liveview/pubsub"
)

// bus counts what is subscribed to, and has faults if they are planted.
type bus struct {
	*pubsub.Bus
	subscribed atomic.Int64
	delivered  atomic.Int64
}

// Subscribe implements [pubsub.PubSub].
func (b *bus) Subscribe(topic string, deliver func(info any)) (func(), error) {
	unsubscribe, err := b.Bus.Subscribe(topic, b.faulty(topic, deliver))
	if err != nil {
		return nil, err
	}
	b.subscribed.Add(1)
	return sync.OnceFunc(func() {
		b.subscribed.Add(-1)
		unsubscribe()
	}), nil
}

// faulty returns deliver, with the faults that are planted.
func (b *bus) faulty(topic string, deliver func(any)) func(any) {
	loses, doubles := Planted("lose"), Planted("double")
	if !strings.HasPrefix(topic, "room-") || !loses && !doubles {
		return deliver
	}
	return func(info any) {
		n := b.delivered.Add(1)
		if loses && n%41 == 0 {
			return
		}
		deliver(info)
		if doubles && n%43 == 0 {
			deliver(info)
		}
	}
}

// speaker says numbered infos on one topic.
type speaker struct {
	mu sync.Mutex // guards n, and is held while it is published: a publisher's numbers are in order
	n  int
}
