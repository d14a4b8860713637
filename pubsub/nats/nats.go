// Package nats carries liveview's infos between processes over NATS:
//
//	bus, err := nats.New("nats://10.0.0.5:4222", pubsub.Options{Secret: secret})
//	…
//	r.Use(liveview.Middleware(liveview.Config{Secret: secret, PubSub: bus}))
//
// It uses core NATS, which keeps nothing of what it carries. What a process may
// have missed while its connection was lost, its subscribers are told by a
// [pubsub.Missed].
package nats

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/gin-liveview/liveview/pubsub"
)

// New returns a Bus over the NATS servers at url, several divided by commas,
// with further options of github.com/nats-io/nats.go for credentials and TLS.
// It returns an error if these can't be read. It doesn't wait for a server:
// until the connection is there the Bus serves this process only.
func New(url string, options pubsub.Options, more ...nats.Option) (*pubsub.Bus, error) {
	b := &broker{subscriptions: make(map[string]*nats.Subscription), up: make(chan struct{}, 1)}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	nc, err := nats.Connect(url, append(append([]nats.Option{
		nats.Name("liveview"),
		nats.PingInterval(2 * time.Second), nats.MaxPingsOutstanding(2),
		nats.CustomReconnectDelay(reconnectDelay),
	}, more...),
		// What the Bus relies on.
		nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1),
		nats.NoEcho(), nats.ReconnectBufSize(-1), nats.IgnoreAuthErrorAbort(),
		nats.ConnectHandler(b.connected), nats.ReconnectHandler(b.connected),
		nats.DisconnectErrHandler(b.disconnected), nats.ErrorHandler(b.failed),
	)...)
	if err != nil {
		b.cancel()
		return nil, fmt.Errorf("pubsub/nats: %w", err)
	}
	b.nc = nc
	return pubsub.NewBus(b, options), nil
}

// reconnectDelay is the pause before all servers are tried once more.
func reconnectDelay(tries int) time.Duration {
	d := min(20*time.Millisecond<<min(tries, 10), 2*time.Second)
	return d/2 + rand.N(d)
}

// broker is a [pubsub.Broker]. The library connects again by itself and renews
// its subscriptions then.
type broker struct {
	nc      *nats.Conn
	handler pubsub.Handler
	up      chan struct{} // the connection came, or came back

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	done   sync.WaitGroup // of run

	mu            sync.Mutex // guards subscriptions
	subscriptions map[string]*nats.Subscription
}

// Start implements [pubsub.Broker].
func (b *broker) Start(h pubsub.Handler) {
	b.handler = h
	b.done.Go(b.run)
	if b.nc.IsConnected() {
		b.connected(b.nc)
	}
}

// Close implements [pubsub.Broker].
func (b *broker) Close() error {
	b.cancel()
	b.nc.Close()
	b.done.Wait()
	return nil
}

func (b *broker) connected(*nats.Conn) {
	select {
	case b.up <- struct{}{}:
	default:
	}
}

// run confirms, after each connection, what is heard over it: the library has
// asked for it again by then, and the server's answer to a ping comes after it
// has done so.
func (b *broker) run() {
	for {
		select {
		case <-b.up:
		case <-b.ctx.Done():
			return
		}
		b.mu.Lock()
		channels := make([]string, 0, len(b.subscriptions))
		for channel := range b.subscriptions {
			channels = append(channels, channel)
		}
		b.mu.Unlock()
		if b.flush() != nil {
			continue // lost again; up will tell
		}
		b.handler.Connected()
		for _, channel := range channels {
			b.handler.Subscribed(channel)
		}
	}
}

func (b *broker) flush() error {
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	return b.nc.FlushWithContext(ctx)
}

func (b *broker) disconnected(_ *nats.Conn, err error) {
	if b.handler == nil {
		return // before Start
	}
	if err == nil {
		err = errors.New("the connection was closed")
	}
	b.handler.Disconnected(err)
}

// failed hears of messages that were dropped because this process didn't take
// them in fast enough.
func (b *broker) failed(_ *nats.Conn, s *nats.Subscription, err error) {
	if b.handler == nil || s == nil || !errors.Is(err, nats.ErrSlowConsumer) {
		return
	}
	b.mu.Lock()
	lost := ""
	for channel, known := range b.subscriptions {
		if known == s {
			lost = channel
		}
	}
	b.mu.Unlock()
	if lost != "" {
		b.handler.Lost(lost)
	}
}

// Publish implements [pubsub.Broker].
func (b *broker) Publish(_ context.Context, messages []pubsub.Message) error {
	for _, m := range messages {
		if err := b.nc.Publish(subject(m.Channel), m.Data); err != nil {
			return err
		}
	}
	return nil
}

// Subscribe implements [pubsub.Broker].
func (b *broker) Subscribe(channel string) error {
	s, err := b.nc.Subscribe(subject(channel), func(m *nats.Msg) { b.handler.Receive(channel, m.Data) })
	if err != nil {
		return err
	}
	b.mu.Lock()
	b.subscriptions[channel] = s
	b.mu.Unlock()
	if !b.nc.IsConnected() || b.flush() != nil {
		return nil //nolint:nilerr // run confirms it
	}
	b.handler.Subscribed(channel)
	return nil
}

// Unsubscribe implements [pubsub.Broker].
func (b *broker) Unsubscribe(channel string) error {
	b.mu.Lock()
	s := b.subscriptions[channel]
	delete(b.subscriptions, channel)
	b.mu.Unlock()
	if s == nil {
		return nil
	}
	return s.Unsubscribe()
}

// subject is a channel's name at NATS, which reads dots, stars and spaces in
// its own way.
func subject(channel string) string {
	return "liveview." + base64.RawURLEncoding.EncodeToString([]byte(channel))
}
