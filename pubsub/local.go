package pubsub

import (
	"cmp"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gin-liveview/liveview/internal/delivery"
	"github.com/gin-liveview/liveview/internal/rescue"
)

// Local is a [PubSub] within this process.
//
// Lock order: Local.mu, then localTopic.mu. Neither is held for a delivery.
type Local struct {
	mu     sync.RWMutex // guards topics
	topics map[string]*localTopic
}

// localTopic is what one topic's subscribers share. One goroutine at a time
// delivers, so that two publishers' infos reach all subscribers in one order.
type localTopic struct {
	mu          sync.Mutex // guards the fields below
	free        sync.Cond  // is signalled when delivering ends
	subscribers []*subscription
	shared      bool // a delivery goes through subscribers: who changes them copies them first
	delivering  bool
	queue       []any // published within a delivery: comes after what is being delivered
}

type subscription struct {
	deliver func(any)
	gone    atomic.Bool
	index   int // in subscribers; guarded by the topic's mu
}

// hand delivers info. A subscriber that panics harms nobody else: not the
// publisher, nor those who are next.
func (s *subscription) hand(topic string, info any) {
	defer func() {
		if v := recover(); v != nil {
			slog.Error("pubsub: a subscriber panicked", "topic", topic, "err", rescue.Text(v), "stack", string(debug.Stack()))
		}
	}()
	if !s.gone.Load() {
		s.deliver(info)
	}
}

// NewLocal returns a PubSub within this process.
func NewLocal() *Local { return &Local{topics: make(map[string]*localTopic)} }

// Publish implements [PubSub]. It returns nil, when info has been delivered; if it
// is called within a delivery, info may be delivered after that one.
func (p *Local) Publish(topic string, info any) error {
	p.mu.RLock()
	t := p.topics[topic]
	p.mu.RUnlock()
	if t == nil {
		return nil
	}
	t.mu.Lock()
	if t.delivering && delivery.Running() {
		// Who delivers may be this very goroutine, or wait for it.
		t.queue = append(t.queue, info)
		t.mu.Unlock()
		return nil
	}
	for t.delivering {
		t.free.Wait()
	}
	t.delivering = true
	t.deliver(topic, info)
	return nil
}

// deliver hands info, and what is published meanwhile within deliveries, to all
// subscribers. mu is held when it is called, and isn't afterwards.
func (t *localTopic) deliver(topic string, info any) {
	locked := true
	defer func() {
		if !locked { // a subscriber has called runtime.Goexit
			t.mu.Lock()
			t.shared = false
		}
		if len(t.queue) > 0 {
			go t.next(topic) // until the queue is empty
		} else {
			t.queue, t.delivering = nil, false
			t.free.Signal()
		}
		t.mu.Unlock()
	}()
	for {
		subscribers := t.subscribers
		t.shared = true
		t.mu.Unlock()
		locked = false
		delivery.Run(func() {
			for _, s := range subscribers {
				s.hand(topic, info)
			}
		})
		t.mu.Lock()
		locked, t.shared = true, false
		if len(t.queue) == 0 {
			return
		}
		info, t.queue = t.queue[0], t.queue[1:]
	}
}

// next goes on with the queue.
func (t *localTopic) next(topic string) {
	t.mu.Lock()
	info := t.queue[0]
	t.queue = t.queue[1:]
	t.deliver(topic, info)
}

// Subscribe implements [PubSub]. Its error is nil.
func (p *Local) Subscribe(topic string, deliver func(any)) (func(), error) {
	s := &subscription{deliver: deliver}
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.topics[topic]
	if t == nil {
		t = &localTopic{}
		t.free.L = &t.mu
		p.topics[topic] = t
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.own()
	s.index = len(t.subscribers)
	t.subscribers = append(t.subscribers, s)
	return func() { p.unsubscribe(topic, t, s) }, nil
}

// own lets subscribers be changed; mu is held.
func (t *localTopic) own() {
	if t.shared {
		t.subscribers, t.shared = append([]*subscription(nil), t.subscribers...), false
	}
}

func (p *Local) unsubscribe(topic string, t *localTopic, s *subscription) {
	if s.gone.Swap(true) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.own()
	last := len(t.subscribers) - 1
	t.subscribers[s.index] = t.subscribers[last]
	t.subscribers[s.index].index = s.index
	t.subscribers[last] = nil
	t.subscribers = t.subscribers[:last]
	if last == 0 && p.topics[topic] == t {
		delete(p.topics, topic)
	}
}

// Topics returns the topics that have subscribers, those with most of them first, at most
// so many, and how many there are in all. It is for operators: it takes as long as there
// are topics.
func (p *Local) Topics(most int) (topics []TopicStats, all int) {
	p.mu.RLock()
	topics = make([]TopicStats, 0, len(p.topics))
	for name, t := range p.topics {
		t.mu.Lock()
		topics = append(topics, TopicStats{name, len(t.subscribers)})
		t.mu.Unlock()
	}
	p.mu.RUnlock()
	slices.SortFunc(topics, func(a, b TopicStats) int {
		return cmp.Or(cmp.Compare(b.Subscribers, a.Subscribers), cmp.Compare(a.Topic, b.Topic))
	})
	all = len(topics)
	return topics[:min(all, max(most, 0))], all
}
