// Package redis carries liveview's infos between processes over Redis Pub/Sub,
// and over its sharded Pub/Sub where Redis is a cluster:
//
//	bus, err := redis.New("redis://:password@10.0.0.5:6379/0", pubsub.Options{Secret: pubsub.NewSecret(secret)})
//	…
//	r.Use(liveview.Middleware(liveview.Config{Secret: liveview.NewSecret(secret), PubSub: bus}))
//
// Redis keeps nothing of what it carries. What a process may have missed while
// its connection was lost, its subscribers are told by a [pubsub.Missed].
package redis

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/gin-liveview/liveview/pubsub"
)

// New returns a Bus over the Redis at url, as github.com/redis/go-redis's
// ParseURL reads it: redis://user:password@host:port/db, or rediss:// for TLS.
// It returns an error if url can't be read. It doesn't wait for Redis: until
// the connection is there the Bus serves this process only, and its log says
// why.
func New(url string, options pubsub.Options) (*pubsub.Bus, error) {
	o, err := goredis.ParseURL(url)
	if err != nil {
		return nil, fmt.Errorf("pubsub/redis: %w", err)
	}
	return newBus(goredis.NewClient(o), true, options), nil
}

// NewClient is [New] with a client of one's own: of a cluster, over sentinels,
// with settings that a URL can't say. The Bus uses it until Close and doesn't
// close it.
func NewClient(client goredis.UniversalClient, options pubsub.Options) *pubsub.Bus {
	return newBus(client, false, options)
}

func newBus(client goredis.UniversalClient, owned bool, options pubsub.Options) *pubsub.Bus {
	b := &broker{client: client, owned: owned, shards: 1, channels: make(map[string]func()), asked: make(map[string]int), leaving: make(map[string]int)}
	if cluster, ok := client.(*goredis.ClusterClient); ok {
		b.cluster, b.shards = cluster, clusterShards
	}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	return pubsub.NewBus(b, options)
}

const (
	// clusterShards is how many slots of a cluster the channels are spread
	// over, and so the most connections that hear them.
	clusterShards = 16

	// A connection that has been silent that long is asked whether it lives,
	// and lost if it doesn't answer within as long again.
	silence = 2 * time.Second

	// The pause before Redis is tried once more. Pages that come here while it isn't heard
	// have what was stored, which may be a second old: so it is short, however long Redis
	// was away.
	minBackoff, maxBackoff = 20 * time.Millisecond, time.Second / 2
)

// broker is a [pubsub.Broker].
type broker struct {
	client  goredis.UniversalClient
	cluster *goredis.ClusterClient // set: sharded Pub/Sub is used
	owned   bool
	shards  int
	handler pubsub.Handler

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	done   sync.WaitGroup // of run

	mu       sync.Mutex        // guards the fields below
	channels map[string]func() // what confirms each
	asked    map[string]int    // how often conns were asked for a channel, until Redis says so
	leaving  map[string]int    // channels that conns were asked to leave, until Redis says so
	conns    []*goredis.PubSub // one a shard while connected, else none
}

// Start implements [pubsub.Broker].
func (b *broker) Start(h pubsub.Handler) {
	b.handler = h
	b.done.Go(b.run)
}

// Close implements [pubsub.Broker].
func (b *broker) Close() error {
	b.cancel()
	b.done.Wait()
	if b.owned {
		return b.client.Close()
	}
	return nil
}

// run keeps the connections, until Close.
func (b *broker) run() {
	backoff := minBackoff
	for b.ctx.Err() == nil {
		began := time.Now()
		err := b.hear()
		if b.ctx.Err() != nil {
			return
		}
		b.handler.Disconnected(err)
		if b.cluster != nil {
			b.cluster.ReloadState(b.ctx) // another node may have the slots now
		}
		if time.Since(began) > maxBackoff {
			backoff = minBackoff
		}
		select {
		case <-time.After(backoff/2 + rand.N(backoff/2)):
		case <-b.ctx.Done():
		}
		backoff = min(2*backoff, maxBackoff)
	}
}

// hear connects all shards and hears them until one is lost: then all begin
// anew, so that there is one answer to whether something may have been missed.
func (b *broker) hear() error {
	ctx, cancel := context.WithCancel(b.ctx)
	conns := make([]*goredis.PubSub, b.shards)
	for i := range conns {
		conns[i] = b.open(ctx, i)
	}
	lost := make(chan error, len(conns))
	up := make(chan struct{}, len(conns))
	var receivers sync.WaitGroup
	for i, conn := range conns {
		receivers.Go(func() { lost <- b.receive(ctx, conn, b.control(i), up) })
	}
	defer receivers.Wait()
	defer func() {
		b.mu.Lock()
		b.conns = nil
		b.mu.Unlock()
		cancel()
		for _, conn := range conns {
			_ = conn.Close()
		}
	}()
	for range conns {
		select {
		case <-up:
		case err := <-lost:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	b.mu.Lock()
	b.conns = conns
	clear(b.leaving)
	clear(b.asked)
	channels := slices.Collect(maps.Keys(b.channels))
	for _, channel := range channels {
		b.asked[channel] = 1
	}
	b.mu.Unlock()
	b.handler.Connected()
	if err := b.ask(ctx, conns, channels, true); err != nil {
		return err
	}
	select {
	case err := <-lost:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// open begins to hear a shard's own channel, which tells when the connection is
// there and keeps it: one without a channel would not be made.
func (b *broker) open(ctx context.Context, shard int) *goredis.PubSub {
	if b.cluster != nil {
		return b.cluster.SSubscribe(ctx, b.control(shard))
	}
	return b.client.Subscribe(ctx, b.control(shard))
}

// receive hears one connection until it is lost, and says so once it is up.
func (b *broker) receive(ctx context.Context, conn *goredis.PubSub, control string, up chan<- struct{}) error {
	asked, isUp := false, false
	for {
		m, err := conn.ReceiveTimeout(ctx, silence)
		var timeout net.Error
		switch {
		case errors.As(err, &timeout) && timeout.Timeout() && !asked && isUp:
			if err := conn.Ping(ctx); err != nil {
				return err
			}
			asked = true
			continue
		case err != nil:
			return err
		}
		asked = false
		switch m := m.(type) {
		case *goredis.Subscription:
			switch {
			case m.Kind != "subscribe" && m.Kind != "ssubscribe":
				if !b.left(m.Channel) {
					return errMoved // the slot has gone to another node of the cluster
				}
			case m.Channel != control:
				b.joined(m.Channel)
			case !isUp:
				isUp = true
				up <- struct{}{}
			}
		case *goredis.Message:
			b.handler.Receive(b.fromWire(m.Channel), []byte(m.Payload))
		}
	}
}

// joined confirms a channel, by its name at Redis, if what Redis has answered is
// what it was asked last.
func (b *broker) joined(wire string) {
	channel := b.fromWire(wire)
	b.mu.Lock()
	confirmed := b.channels[channel]
	if b.asked[channel]--; b.asked[channel] > 0 {
		confirmed = nil
	} else {
		delete(b.asked, channel)
	}
	b.mu.Unlock()
	if confirmed != nil {
		confirmed()
	}
}

var errMoved = errors.New("the cluster has moved a channel to another node")

// left reports whether it was this process that asked not to hear a channel,
// by its name at Redis, any more.
func (b *broker) left(wire string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	channel := b.fromWire(wire)
	if b.leaving[channel] == 0 {
		return false
	}
	if b.leaving[channel]--; b.leaving[channel] == 0 {
		delete(b.leaving, channel)
	}
	return true
}

// Subscribe implements [pubsub.Broker].
func (b *broker) Subscribe(channel string, confirmed func()) error {
	b.mu.Lock()
	b.channels[channel] = confirmed
	conns := b.conns
	if conns != nil {
		b.asked[channel]++
	}
	b.mu.Unlock()
	if conns == nil {
		return nil // hear does it once it is connected
	}
	return b.ask(b.ctx, conns, []string{channel}, true)
}

// Unsubscribe implements [pubsub.Broker].
func (b *broker) Unsubscribe(channel string) error {
	b.mu.Lock()
	delete(b.channels, channel)
	conns := b.conns
	if conns != nil {
		b.leaving[channel]++
	}
	b.mu.Unlock()
	if conns == nil {
		return nil
	}
	return b.ask(b.ctx, conns, []string{channel}, false)
}

// ask begins or ends hearing channels, each over the connection of its shard.
func (b *broker) ask(ctx context.Context, conns []*goredis.PubSub, channels []string, wanted bool) error {
	byShard := make([][]string, len(conns))
	for _, channel := range channels {
		i := b.shard(channel)
		byShard[i] = append(byShard[i], b.toWire(channel))
	}
	for i, names := range byShard {
		if len(names) == 0 {
			continue
		}
		var err error
		switch {
		case b.cluster != nil && wanted:
			err = conns[i].SSubscribe(ctx, names...)
		case b.cluster != nil:
			err = conns[i].SUnsubscribe(ctx, names...)
		case wanted:
			err = conns[i].Subscribe(ctx, names...)
		default:
			err = conns[i].Unsubscribe(ctx, names...)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Publish implements [pubsub.Broker], by a pipeline.
func (b *broker) Publish(ctx context.Context, messages []pubsub.Message) error {
	pipe := b.client.Pipeline()
	for _, m := range messages {
		if b.cluster != nil {
			pipe.SPublish(ctx, b.toWire(m.Channel), m.Data)
		} else {
			pipe.Publish(ctx, m.Channel, m.Data)
		}
	}
	_, err := pipe.Exec(ctx)
	return err
}

// shard returns which connection a channel is heard over.
func (b *broker) shard(channel string) int {
	if b.shards == 1 {
		return 0
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(channel))
	return int(h.Sum32() % uint32(b.shards)) //nolint:gosec // there are few
}

// control is the channel that a shard's connection hears from the beginning.
func (b *broker) control(shard int) string { return b.tag(shard) + "liveview" }

// tag begins the names of a shard's channels in a cluster: what is between the
// braces decides about the slot.
func (b *broker) tag(shard int) string {
	if b.cluster == nil {
		return ""
	}
	return "{liveview " + strconv.Itoa(shard) + "}"
}

func (b *broker) toWire(channel string) string { return b.tag(b.shard(channel)) + channel }

func (b *broker) fromWire(name string) string {
	if b.cluster != nil {
		if _, channel, ok := strings.Cut(name, "}"); ok {
			return channel
		}
	}
	return name
}
