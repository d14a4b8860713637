package liveview

import (
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/gin-liveview/liveview/pubsub"
)

// PubSub carries infos from those who publish to the views that subscribe. The
// zero [Config] uses [DefaultPubSub], which serves one process; for several
// there are the packages pubsub/redis and pubsub/nats.
type PubSub = pubsub.PubSub

// Missed is an info that a view gets for a topic it subscribed to when infos of
// other processes may have been lost: it should read again what it shows. In
// one process there is none.
type Missed = pubsub.Missed

// DefaultPubSub is the process-wide PubSub that [Publish] and the zero
// [Config] use.
var DefaultPubSub = NewPubSub()

// Publish hands info to every view of this process that subscribed to topic,
// over [DefaultPubSub]. Views of a Middleware with a [Config].PubSub don't hear it:
// call that one's Publish. It may be called from any goroutine and any Gin
// handler, and never waits for a view. It returns an error for a topic whose name
// starts with "liveview:".
func Publish(topic string, info any) error {
	if err := refuseOwnTopic(topic); err != nil {
		return err
	}
	return publish(DefaultPubSub, topic, info)
}

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

// NewPubSub returns a PubSub within this process, apart from DefaultPubSub:
// for a second application in one process, or for a test.
func NewPubSub() PubSub { return pubsub.NewLocal() }

// subscription is one Subscribe of a view. It is an ender.
type subscription struct {
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
