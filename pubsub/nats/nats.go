// Package nats carries liveview's infos between processes over NATS:
//
//	bus, err := nats.New("nats://10.0.0.5:4222", pubsub.Options{Secret: pubsub.NewSecret(secret)})
//	…
//	r.Use(liveview.Middleware(liveview.Config{Secret: liveview.NewSecret(secret), PubSub: bus}))
//
// It uses core NATS, which keeps nothing of what it carries. What a process may
// have missed while its connection was lost, its subscribers are told by a
// [pubsub.Missed].
package nats

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
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
	b := &broker{
		logger: cmp.Or(options.Logger, slog.Default()), wake: make(chan struct{}, 1),
		subscriptions: make(map[string]subscription),
	}
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

// reconnectDelay is the pause before all servers are tried once more. Pages that come to a
// process which isn't connected have what was stored, which may be a second old: so it is
// short, however long the servers were away.
func reconnectDelay(tries int) time.Duration {
	d := min(20*time.Millisecond<<min(tries, 10), time.Second/2)
	return d/2 + rand.N(d/2)
}

// answerTimeout is how long the server is waited for.
const answerTimeout = 5 * time.Second

// broker is a [pubsub.Broker]. The library connects again by itself and renews
// its subscriptions then.
type broker struct {
	nc      *nats.Conn
	handler pubsub.Handler
	logger  *slog.Logger
	wake    chan struct{} // there is something in events

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	done   sync.WaitGroup // of run

	mu            sync.Mutex // guards the fields below
	events        []func()   // of run, in the order in which things have happened
	losses        int        // of the connection, as far as events tell
	subscriptions map[string]subscription
	said          string // the last error of the server in the log
}

// subscription is one at NATS.
type subscription struct {
	*nats.Subscription
	confirmed func()
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

// run is the goroutine that tells the Bus what has happened to the connection and
// the subscriptions. As there is one, nothing is called confirmed after the loss
// of the connection that it was confirmed over.
func (b *broker) run() {
	for {
		select {
		case <-b.wake:
		case <-b.ctx.Done():
			return
		}
		b.mu.Lock()
		events := b.events
		b.events = nil
		b.mu.Unlock()
		for _, event := range events {
			event()
		}
	}
}

// tell has run call event; mu is held.
func (b *broker) tell(event func()) {
	b.events = append(b.events, event)
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

func (b *broker) connected(*nats.Conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tell(b.confirmAll)
}

// confirmAll is run's, after each connection. The library has asked for all
// subscriptions again by then, and the server's answer to a ping comes after it
// has taken them.
func (b *broker) confirmAll() {
	b.mu.Lock()
	losses := b.losses
	all := make([]subscription, 0, len(b.subscriptions))
	for _, s := range b.subscriptions {
		all = append(all, s)
	}
	b.mu.Unlock()
	for {
		err := b.flush()
		b.mu.Lock()
		lost := b.losses != losses
		b.mu.Unlock()
		if lost || b.ctx.Err() != nil {
			return // which is told next
		}
		if err == nil {
			break
		}
		if !errors.Is(err, context.DeadlineExceeded) && !b.pause() {
			return
		}
	}
	b.handler.Connected()
	for _, s := range all {
		s.confirmed()
	}
}

// pause waits a moment, and reports whether the broker is still open.
func (b *broker) pause() bool {
	select {
	case <-time.After(reconnectDelay(1)):
		return true
	case <-b.ctx.Done():
		return false
	}
}

// flush returns nil when the server has taken all that was sent to it so far, or
// was sent again after a lost connection.
func (b *broker) flush() error {
	ctx, cancel := context.WithTimeout(b.ctx, answerTimeout)
	defer cancel()
	return b.nc.FlushWithContext(ctx)
}

func (b *broker) disconnected(_ *nats.Conn, err error) {
	if err == nil {
		err = errors.New("the connection was closed")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.losses++
	b.tell(func() { b.handler.Disconnected(err) })
}

// failed hears of messages that were dropped because this process didn't take
// them in fast enough, and of what the server refuses.
func (b *broker) failed(_ *nats.Conn, s *nats.Subscription, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s == nil || !errors.Is(err, nats.ErrSlowConsumer) {
		if err != nil && err.Error() != b.said {
			b.said = err.Error()
			b.logger.Warn("pubsub/nats: the server refuses", "err", err)
		}
		return
	}
	for channel, known := range b.subscriptions {
		if known.Subscription == s {
			b.tell(func() { b.handler.Lost(channel) })
		}
	}
}

// errDied says that a connection was lost between a message and the server's
// answer: what it has swallowed nobody can tell.
var errDied = errors.New("the connection was lost meanwhile")

// Publish implements [pubsub.Broker]. The library writes to the connection later,
// so it is the server's answer to a ping, over the same connection, that says
// that it has got all.
func (b *broker) Publish(ctx context.Context, messages []pubsub.Message) error {
	connection := b.nc.Stats().Reconnects
	var refused error
	for _, m := range messages {
		err := b.nc.Publish(subject(m.Channel), m.Data)
		switch {
		case errors.Is(err, nats.ErrMaxPayload): // the others can go
			refused = fmt.Errorf("a message of %d bytes: %w", len(m.Data), err)
		case err != nil:
			return err
		}
	}
	if err := b.nc.FlushWithContext(ctx); err != nil {
		return err
	}
	if b.nc.Stats().Reconnects != connection {
		return errDied
	}
	return refused
}

// Subscribe implements [pubsub.Broker].
func (b *broker) Subscribe(channel string, confirmed func()) error {
	s, err := b.nc.Subscribe(subject(channel), func(m *nats.Msg) { b.handler.Receive(channel, m.Data) })
	if err != nil {
		return err
	}
	b.mu.Lock()
	b.subscriptions[channel] = subscription{s, confirmed}
	losses := b.losses
	b.mu.Unlock()
	if !b.nc.IsConnected() {
		return nil // connected will tell
	}
	err = b.flush()
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.losses != losses: // as above
	case err != nil:
		b.tell(b.confirmAll)
	default:
		b.tell(confirmed)
	}
	return nil
}

// Unsubscribe implements [pubsub.Broker].
func (b *broker) Unsubscribe(channel string) error {
	b.mu.Lock()
	s, ok := b.subscriptions[channel]
	delete(b.subscriptions, channel)
	b.mu.Unlock()
	if !ok {
		return nil
	}
	return s.Unsubscribe()
}

// subject is a channel's name at NATS, which reads dots, stars and spaces in
// its own way.
func subject(channel string) string {
	return "liveview." + base64.RawURLEncoding.EncodeToString([]byte(channel))
}
