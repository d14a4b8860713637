package pubsub

import (
	"log/slog"
	"runtime/debug"
	"sync"

	"github.com/gin-liveview/liveview/internal/rescue"
)

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
