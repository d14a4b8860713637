package liveview

import (
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/gin-liveview/liveview/pubsub"
)

// PubSub carries infos from those who publish to the views that subscribe. By the
// zero [Config] an App has one of its own, which serves one process; for several
// there are the packages pubsub/redis and pubsub/nats.
type PubSub = pubsub.PubSub

// Missed is an info that a view gets for a topic it subscribed to when infos of
// other processes may have been lost: it should read again what it shows. In
// one process there is none.
type Missed = pubsub.Missed

// Secret is a text that isn't printed, nor logged, nor written as JSON, wherever in other
// values it stands. The zero value is no secret. Its Reveal returns the text, and its
// UnmarshalText reads it from settings.
type Secret = pubsub.Secret

// NewSecret returns text as a [Secret], the zero one for "".
func NewSecret(text string) Secret { return pubsub.NewSecret(text) }

// ownTopics starts the names of topics that the library itself uses, over the
// PubSub directly. An application may let visitors name topics; these they don't
// get at.
const ownTopics = "liveview:"

func refuseOwnTopic(topic string) error {
	if strings.HasPrefix(topic, ownTopics) {
		return fmt.Errorf("liveview: topic %q: names that start with %q are the library's own", topic, ownTopics)
	}
	return nil
}

// NewPubSub returns a PubSub within this process: for what several have to share,
// such as two Apps, or an App and a Tracker of package presence. It carries infos; the
// states of pages go from one App to another by Config.Store, or by a PubSub between
// processes.
func NewPubSub() PubSub { return pubsub.NewLocal() }

// subscription is one Subscribe of a view. It is an ender.
type subscription struct {
	topic       string
	unsubscribe func()
	ended       atomic.Bool // what still comes, or waits in the view's mailbox, isn't handled
}

func (s *subscription) end() {
	if s.ended.CompareAndSwap(false, true) {
		s.unsubscribe()
	}
}

func (s *subscription) isOver() bool { return s.ended.Load() }

// subscribe is a Subscribe that doesn't panic, whosever it is. unsubscribe is nil
// only with an error.
func subscribe(ps PubSub, topic string, deliver func(info any)) (unsubscribe func(), err error) {
	err = guard("PubSub.Subscribe", func() (err error) { unsubscribe, err = ps.Subscribe(topic, deliver); return err })
	if err == nil && unsubscribe == nil {
		unsubscribe = func() {}
	}
	return unsubscribe, err
}

// publish is a Publish that doesn't panic: it may be called from any goroutine.
func publish(ps PubSub, topic string, info any) error {
	if err := guard("PubSub.Publish", func() error { return ps.Publish(topic, info) }); err != nil {
		return fmt.Errorf("liveview: %w", err)
	}
	return nil
}
