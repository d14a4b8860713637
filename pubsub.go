package liveview

import "sync"

// PubSub carries infos from those who publish to the views that subscribe.
// The zero [Config] uses [DefaultPubSub], which serves one process.
//
// Implementations are safe for concurrent use. A publisher never waits for a
// subscriber.
type PubSub interface {
	// Publish hands info to every subscriber of topic. Infos of one publisher
	// arrive in the order published.
	Publish(topic string, info any) error

	// Subscribe has deliver called for every info published on topic until
	// unsubscribe is called. deliver must not block.
	Subscribe(topic string, deliver func(info any)) (unsubscribe func(), err error)
}

// DefaultPubSub is the process-wide PubSub that [Publish] and the zero
// [Config] use.
var DefaultPubSub = NewPubSub()

// Publish hands info to every view of this process that subscribed to topic,
// over [DefaultPubSub]. It may be called from any goroutine and any Gin
// handler, and never waits for a view.
func Publish(topic string, info any) error {
	return DefaultPubSub.Publish(topic, info)
}

// NewPubSub returns a PubSub within this process, apart from DefaultPubSub:
// for a second application in one process, or for a test.
func NewPubSub() PubSub {
	return &localPubSub{topics: make(map[string]*localTopic)}
}

// localPubSub is a map of topics. Lock order: localPubSub.mu, then
// localTopic.mu; deliver runs under the latter and takes only the mailbox lock
// of a channel, which never calls back.
type localPubSub struct {
	mu     sync.RWMutex // guards topics
	topics map[string]*localTopic
}

// localTopic is what one topic's subscribers share.
type localTopic struct {
	// mu guards subscribers. Publish holds it for writing, so that two
	// publishers' infos reach all subscribers in one order.
	mu          sync.Mutex
	subscribers map[*subscription]struct{}
}

type subscription struct{ deliver func(any) }

func (p *localPubSub) Publish(topic string, info any) error {
	p.mu.RLock()
	t := p.topics[topic]
	p.mu.RUnlock()
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for s := range t.subscribers {
		s.deliver(info)
	}
	return nil
}

func (p *localPubSub) Subscribe(topic string, deliver func(any)) (func(), error) {
	s := &subscription{deliver}
	p.mu.Lock()
	t := p.topics[topic]
	if t == nil {
		t = &localTopic{subscribers: make(map[*subscription]struct{})}
		p.topics[topic] = t
	}
	t.mu.Lock()
	t.subscribers[s] = struct{}{}
	t.mu.Unlock()
	p.mu.Unlock()
	return func() { p.unsubscribe(topic, s) }, nil
}

func (p *localPubSub) unsubscribe(topic string, s *subscription) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.topics[topic]
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.subscribers, s)
	if len(t.subscribers) == 0 {
		delete(p.topics, topic)
	}
}
