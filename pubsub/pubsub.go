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

import (
	"log/slog"
	"runtime/debug"
	"sync"

	"github.com/gin-liveview/liveview/internal/rescue"
)

// PubSub is what liveview needs of a publisher: implementations are safe for
// concurrent use, and a publisher never waits for a subscriber.
type PubSub interface {
	// Publish hands info to every subscriber of topic. Infos of one publisher
	// arrive in the order published.
	Publish(topic string, info any) error

	// Subscribe has deliver called for every info published on topic until
	// unsubscribe is called. deliver must not block.
	Subscribe(topic string, deliver func(info any)) (unsubscribe func(), err error)
}

// Missed is delivered to a topic's subscribers, as an info like any other,
// when infos of other processes may have been lost: the broker was away, or a
// queue ran over. What they show should then be read anew.
type Missed struct{ Topic string }

// PublishLocal hands info to the subscribers of this process alone, of whatever
// type it is: for what each process finds out by itself.
func PublishLocal(ps PubSub, topic string, info any) {
	if bus, ok := ps.(*Bus); ok {
		ps = bus.local
	}
	if local, ok := ps.(*Local); ok {
		_ = local.Publish(topic, info) // never fails
		return
	}
	if own, ok := ps.(interface{ PublishLocal(topic string, info any) }); ok {
		own.PublishLocal(topic, info)
		return
	}
	_ = ps.Publish(topic, info)
}

// Local is a [PubSub] within this process.
//
// Lock order: Local.mu, then localTopic.mu. deliver runs under the latter.
type Local struct {
	mu     sync.RWMutex // guards topics
	topics map[string]*localTopic
}

// localTopic is what one topic's subscribers share.
type localTopic struct {
	// mu guards subscribers. Publish holds it while it delivers, so that two
	// publishers' infos reach all subscribers in one order.
	mu          sync.Mutex
	subscribers map[*subscription]struct{}
}

type subscription struct{ deliver func(any) }

// hand delivers info. A subscriber that panics harms nobody else: not the
// publisher, nor those who are next.
func (s *subscription) hand(topic string, info any) {
	defer func() {
		if v := recover(); v != nil {
			slog.Error("pubsub: a subscriber panicked", "topic", topic, "err", rescue.Text(v), "stack", string(debug.Stack()))
		}
	}()
	s.deliver(info)
}

// NewLocal returns a PubSub within this process.
func NewLocal() *Local { return &Local{topics: make(map[string]*localTopic)} }

// Publish implements [PubSub]. It returns nil.
func (p *Local) Publish(topic string, info any) error {
	p.mu.RLock()
	t := p.topics[topic]
	p.mu.RUnlock()
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for s := range t.subscribers {
		s.hand(topic, info)
	}
	return nil
}

// Subscribe implements [PubSub]. Its error is nil.
func (p *Local) Subscribe(topic string, deliver func(any)) (func(), error) {
	s := &subscription{deliver}
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.topics[topic]
	if t == nil {
		t = &localTopic{subscribers: make(map[*subscription]struct{})}
		p.topics[topic] = t
	}
	t.mu.Lock()
	t.subscribers[s] = struct{}{}
	t.mu.Unlock()
	return func() { p.unsubscribe(topic, t, s) }, nil
}

func (p *Local) unsubscribe(topic string, t *localTopic, s *subscription) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.subscribers, s)
	if len(t.subscribers) == 0 && p.topics[topic] == t {
		delete(p.topics, topic)
	}
}
