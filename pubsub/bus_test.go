package pubsub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// hub is a broker within the test, which the test takes away, slows down and
// has lose messages. It delivers in order and at once.
type hub struct {
	mu      sync.Mutex // guards the fields below
	clients []*hubClient
	away    bool
	lose    bool          // messages, without saying so
	fail    error         // of publishing
	refuse  error         // of subscribing
	slow    time.Duration // for each batch
	confirm time.Duration // for each subscription
}

type hubClient struct {
	hub      *hub
	handler  Handler
	channels map[string]func() // what confirms each
	busy     sync.WaitGroup    // with what comes
}

func (h *hub) client() *hubClient { return &hubClient{hub: h, channels: map[string]func(){}} }

func (c *hubClient) Start(h Handler) {
	c.hub.mu.Lock()
	c.handler = h
	c.hub.clients = append(c.hub.clients, c)
	away := c.hub.away
	c.hub.mu.Unlock()
	if !away {
		h.Connected()
	}
}

func (c *hubClient) Publish(ctx context.Context, messages []Message) error {
	c.hub.mu.Lock()
	away, lose, fail, slow := c.hub.away, c.hub.lose, c.hub.fail, c.hub.slow
	c.hub.mu.Unlock()
	if slow > 0 {
		select {
		case <-time.After(slow):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if away {
		return errors.New("gone")
	}
	if fail != nil {
		return fail
	}
	for _, m := range messages {
		if !lose {
			c.hub.send(m)
		}
	}
	return nil
}

func (h *hub) send(m Message) {
	h.mu.Lock()
	clients := slices.Clone(h.clients)
	h.mu.Unlock()
	for _, c := range clients {
		h.mu.Lock()
		hears := c.channels[m.Channel] != nil
		if hears {
			c.busy.Add(1)
		}
		h.mu.Unlock()
		if hears {
			c.handler.Receive(m.Channel, m.Data)
			c.busy.Done()
		}
	}
}

func (c *hubClient) Subscribe(channel string, confirmed func()) error {
	c.hub.mu.Lock()
	away, confirm, refuse := c.hub.away, c.hub.confirm, c.hub.refuse
	if refuse == nil {
		c.channels[channel] = confirmed
	}
	c.hub.mu.Unlock()
	switch {
	case refuse != nil:
		return refuse
	case away:
	case confirm > 0:
		time.AfterFunc(confirm, confirmed)
	default:
		confirmed()
	}
	return nil
}

func (c *hubClient) Unsubscribe(channel string) error {
	c.hub.mu.Lock()
	defer c.hub.mu.Unlock()
	delete(c.channels, channel)
	return nil
}

func (c *hubClient) Close() error {
	c.busy.Wait()
	return nil
}

func (h *hub) set(change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change()
}

func (h *hub) leave() {
	h.set(func() { h.away = true })
	for _, c := range h.clients {
		c.handler.Disconnected(errors.New("gone"))
	}
}

func (h *hub) comeBack() {
	h.set(func() { h.away = false })
	for _, c := range h.clients {
		c.handler.Connected()
		for _, confirmed := range c.channels {
			confirmed()
		}
	}
}

func (h *hub) bus(t *testing.T, o Options) *Bus {
	o.Logger = slog.New(slog.DiscardHandler)
	b := NewBus(h.client(), o)
	t.Cleanup(func() { _ = b.Close() })
	return b
}

type order struct{ N int }

func init() { Register[order]("pubsub.order") }

// collect subscribes and returns what has come so far.
func collect(t *testing.T, b *Bus, topic string) func() []any {
	t.Helper()
	var mu sync.Mutex
	var got []any
	unsubscribe, err := b.Subscribe(topic, func(info any) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, info)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(unsubscribe)
	return func() []any {
		mu.Lock()
		defer mu.Unlock()
		defer func() { got = nil }()
		return got
	}
}

func inBubble(t *testing.T, fn func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, fn)
}

// A broker that is slow makes no publisher wait: the queue fills, Publish says
// so, and the others are told when the broker has caught up.
func TestQueueThatRunsOver(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		h := &hub{}
		a, b := h.bus(t, Options{Queue: 10}), h.bus(t, Options{})
		here, there := collect(t, a, "t"), collect(t, b, "t")
		h.set(func() { h.slow = 4 * time.Second })
		began := time.Now()
		full := 0
		for n := range 1000 {
			if err := a.Publish("t", order{n}); errors.Is(err, ErrQueueFull) {
				full++
			} else if err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("publishing took %v", took)
		}
		if got := here(); len(got) != 1000 {
			t.Errorf("the own process got %d of 1000", len(got))
		}
		h.set(func() { h.slow = 0 })
		time.Sleep(10 * time.Second)
		got := there()
		missed := 0
		for _, info := range got {
			if info == any(Missed{"t"}) {
				missed++
			}
		}
		t.Attr("figure", fmt.Sprintf("a broker that takes 4s for each: who published 1,000 waited %v, %d were refused, and the others told", time.Since(began)-10*time.Second, full))
		// One notice for each time that the queue has run over.
		if full < 900 || missed < 1 || missed > 2 || len(got) != 1000-full+missed {
			t.Errorf("%d were refused; there came %d, %d of them notices", full, len(got), missed)
		}
		if s := a.Stats(); s.DroppedQueueFull != uint64(full) || s.Queued != 0 {
			t.Errorf("stats = %+v", s)
		}
		if s := b.Stats(); s.Missed != uint64(missed) || s.Received != uint64(1000-full) {
			t.Errorf("stats = %+v", s)
		}
	})
}

// A notice comes behind what was published before the loss, and ahead of what came after it:
// who reads again upon it is told nothing older behind that.
func TestNoticeComesInItsPlace(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		h := &hub{}
		a, b := h.bus(t, Options{Queue: 3}), h.bus(t, Options{})
		there := collect(t, b, "t")
		h.set(func() { h.slow = time.Second })
		n, lost := 0, map[int]bool{}
		for range 5 {
			for range 7 {
				n++
				if err := a.Publish("t", order{n}); errors.Is(err, ErrQueueFull) {
					lost[n] = true
				} else if err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(1500 * time.Millisecond) // of the bubble's clock: some of the queue is on its way
		}
		time.Sleep(time.Minute) // of the bubble's clock, in which all of the queue has gone
		// Where the numbers jump orders were lost, and a notice stands there.
		last, told := 0, false
		for _, info := range append(there(), order{n + 1}) {
			o, ok := info.(order)
			if !ok {
				told = true
				continue
			}
			for k := last + 1; k < o.N; k++ {
				if !lost[k] || !told {
					t.Errorf("behind %d comes %d: lost %v, told of between them %v", last, o.N, lost[k], told)
				}
			}
			last, told = o.N, false
		}
		if len(lost) < 10 {
			t.Errorf("%d are lost", len(lost))
		}
	})
}

// A message that the broker loses is noticed with the next one; one that comes
// twice is delivered once.
func TestGapsAndDuplicates(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		h := &hub{}
		a, b := h.bus(t, Options{}), h.bus(t, Options{})
		there := collect(t, b, "t")
		publish := func(n int) {
			t.Helper()
			if err := a.Publish("t", order{n}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		publish(1)
		h.set(func() { h.lose = true })
		publish(2)
		h.set(func() { h.lose = false })
		publish(3)
		if got, want := there(), []any{order{1}, Missed{"t"}, order{3}}; !reflect.DeepEqual(got, want) {
			t.Errorf("there came %v, want %v", got, want)
		}
		e := envelope{node: a.node, kind: kindInfo, epoch: 1, seq: 3, name: "pubsub.order", shape: typeNamed("pubsub.order").Hash, payload: []byte(`{"N":3}`)}
		(*handler)(b).Receive("liveview:t", e.appendTo(nil, "liveview:t", nil))
		e.seq = 2
		(*handler)(b).Receive("liveview:t", e.appendTo(nil, "liveview:t", nil))
		e.epoch, e.seq = 2, 1 // the node has begun to count anew
		(*handler)(b).Receive("liveview:t", e.appendTo(nil, "liveview:t", nil))
		if got, want := there(), []any{order{3}}; !reflect.DeepEqual(got, want) {
			t.Errorf("then came %v, want %v", got, want)
		}
		s := b.Stats()
		if s.Duplicates != 2 || s.Missed != 1 {
			t.Errorf("stats = %+v", s)
		}
		t.Attr("figure", fmt.Sprintf("of 1 that is lost %d notice came, of 2 that come twice %d were dropped", s.Missed, s.Duplicates))
	})
}

// A broker that can't publish for a while is tried again without a further
// Publish, and the others are told.
func TestPublishThatFails(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		h := &hub{}
		a, b := h.bus(t, Options{}), h.bus(t, Options{})
		there := collect(t, b, "t")
		h.set(func() { h.fail = errors.New("read only") })
		if err := a.Publish("t", order{1}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if got := there(); len(got) != 0 {
			t.Errorf("there came %v", got)
		}
		h.set(func() { h.fail = nil })
		time.Sleep(time.Second)
		if got, want := there(), []any{Missed{"t"}}; !reflect.DeepEqual(got, want) {
			t.Errorf("there came %v, want %v", got, want)
		}
	})
}

// The broker goes and comes: everyone is told once, nobody waits, nothing that
// was said meanwhile is delivered late.
func TestBrokerThatGoes(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		h := &hub{}
		a, b := h.bus(t, Options{}), h.bus(t, Options{})
		here, there := collect(t, a, "t"), collect(t, b, "t")
		for range 3 { // flapping
			h.leave()
			if err := a.Publish("t", order{1}); !errors.Is(err, ErrUnavailable) || !errors.Is(a.Healthy(), ErrUnavailable) {
				t.Errorf("Publish = %v, Healthy = %v", err, a.Healthy())
			}
			late := collect(t, b, "late")
			time.Sleep(30 * time.Second)
			h.comeBack()
			synctest.Wait()
			if got := here(); !slices.Contains(got, any(Missed{"t"})) || got[0] != any(order{1}) {
				t.Errorf("here came %v", got)
			}
			// Once for the connection, and perhaps once for what a couldn't publish.
			if got := there(); len(got) == 0 || len(got) > 2 || got[0] != any(Missed{"t"}) {
				t.Errorf("there came %v", got)
			}
			if got := late(); !slices.Contains(got, any(Missed{"late"})) {
				t.Errorf("who subscribed meanwhile got %v", got)
			}
			if err := a.Publish("t", order{2}); err != nil {
				t.Error(err)
			}
			synctest.Wait()
			if got := there(); !reflect.DeepEqual(got, []any{order{2}}) {
				t.Errorf("afterwards came %v", got)
			}
			here()
		}
	})
}

// A subscription that the broker confirms late begins with a notice; Subscribe
// waits no longer than it should.
func TestSubscriptionThatIsLate(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		h := &hub{confirm: 3 * time.Second}
		a := h.bus(t, Options{Wait: time.Second})
		began := time.Now()
		got := collect(t, a, "t")
		if took := time.Since(began); took != time.Second {
			t.Errorf("Subscribe took %v", took)
		}
		time.Sleep(5 * time.Second)
		if got, want := got(), []any{Missed{"t"}}; !reflect.DeepEqual(got, want) {
			t.Errorf("there came %v, want %v", got, want)
		}
		h.set(func() { h.confirm = 500 * time.Millisecond })
		prompt := collect(t, a, "u")
		if time.Sleep(5 * time.Second); len(prompt()) != 0 {
			t.Error("a subscription that was confirmed in time begins with a notice")
		}
	})
}

// One subscription at the broker serves all subscribers, and ends with the
// last, also when they come and go quickly.
func TestOneSubscriptionForAll(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		h := &hub{}
		a, b := h.bus(t, Options{}), h.bus(t, Options{})
		client := h.clients[1]
		var ends []func()
		n := 0
		for range 1000 {
			end, err := b.Subscribe("t", func(any) { n++ })
			if err != nil {
				t.Fatal(err)
			}
			ends = append(ends, end)
		}
		if err := a.Publish("t", order{1}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if s := b.Stats(); n != 1000 || s.Received != 1 || s.Topics != 1 || len(client.channels) != 1 {
			t.Errorf("%d deliveries, stats %+v, %d channels", n, s, len(client.channels))
		}
		for _, end := range ends {
			end()
		}
		synctest.Wait()
		if s := b.Stats(); s.Topics != 0 || len(client.channels) != 0 {
			t.Errorf("afterwards: stats %+v, %d channels", s, len(client.channels))
		}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 200 {
					end, err := b.Subscribe("t", func(any) {})
					if err != nil {
						t.Error(err)
					}
					end()
				}
			})
		}
		wg.Wait()
		got := collect(t, b, "t")
		if err := a.Publish("t", order{2}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if !slices.Contains(got(), any(order{2})) {
			t.Error("after many came and went, nothing is heard")
		}
	})
}

// PublishLocal reaches the subscribers of its process, whatever the info's type,
// and no others.
func TestPublishLocal(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		h := &hub{}
		a, b := h.bus(t, Options{}), h.bus(t, Options{})
		here, there := collect(t, a, "t"), collect(t, b, "t")
		type unregistered struct{ X int }
		PublishLocal(a, "t", unregistered{1})
		PublishLocal(a, "t", order{2})
		synctest.Wait()
		if got, want := here(), []any{unregistered{1}, order{2}}; !reflect.DeepEqual(got, want) {
			t.Errorf("here came %v, want %v", got, want)
		}
		if got := there(); len(got) != 0 {
			t.Errorf("there came %v", got)
		}
	})
}

// Messages of other versions, other programs and other shapes are counted and
// dropped.
func TestMessagesOfOthers(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		h := &hub{}
		b := h.bus(t, Options{})
		got := collect(t, b, "t")
		it := typeNamed("pubsub.order")
		good := envelope{node: strings.Repeat("n", nodeBytes), epoch: 1, seq: 1, name: it.name, shape: it.Hash, payload: []byte(`{"N":1}`)}
		receive := func(change func(*envelope)) {
			good.seq++
			e := good
			change(&e)
			(*handler)(b).Receive("liveview:t", e.appendTo(nil, "liveview:t", nil))
		}
		receive(func(*envelope) {})
		receive(func(e *envelope) { e.name = "pubsub.unknown" })
		receive(func(e *envelope) { e.name = "" })
		receive(func(e *envelope) { e.shape[0]++ })
		receive(func(e *envelope) { e.payload = []byte(`{"N":"one"}`) })
		receive(func(e *envelope) { e.payload = []byte(`{"N":1,"M":2}`) })
		receive(func(e *envelope) { e.payload = []byte(`{"N":1} {}`) })
		receive(func(e *envelope) { e.payload = []byte(`[]`) })
		receive(func(e *envelope) { e.payload = nil })
		receive(func(e *envelope) { e.kind = 7 })
		(*handler)(b).Receive("other:t", good.appendTo(nil, "other:t", nil))
		(*handler)(b).Receive("liveview", nil)
		(*handler)(b).Receive("liveview:t", make([]byte, MaxMessage+1))
		(*handler)(b).Receive("liveview:t", []byte("hello"))
		if got := got(); !reflect.DeepEqual(got, []any{order{1}}) {
			t.Errorf("there came %v", got)
		}
		s := b.Stats()
		if s.Received != 1 || s.DroppedUnknownType != 3 || s.DroppedGarbled != 6 || s.DroppedTooLarge != 1 || s.DroppedVersion != 1 {
			t.Errorf("stats = %+v", s)
		}
	})
}

func TestPublishRefuses(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		h := &hub{}
		b := h.bus(t, Options{})
		if err := b.Publish("t", struct{ X int }{}); err == nil || !strings.Contains(err.Error(), "pubsub.Register[") {
			t.Errorf("of a type that isn't registered: %v", err)
		}
		if err := b.Publish("t", huge{strings.Repeat("x", MaxMessage)}); !errors.Is(err, ErrTooLarge) {
			t.Errorf("of 1 MiB: %v", err)
		}
		if err := b.Publish("t", nil); err == nil {
			t.Error("nil is published")
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		if err := b.Publish("t", order{1}); !errors.Is(err, ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
		if _, err := b.Subscribe("t", func(any) {}); !errors.Is(err, ErrClosed) || !errors.Is(b.Healthy(), ErrClosed) {
			t.Errorf("Subscribe after Close: %v", err)
		}
		if err := b.Close(); err != nil {
			t.Errorf("a second Close: %v", err)
		}
	})
}

type huge struct{ Text string }

func init() { Register[huge]("pubsub.huge") }

type recursive struct {
	Children []recursive
	At       time.Time
}

type (
	withInterface  struct{ X any }
	withUnexported struct{ x int }
	withFunc       struct{ F []func() }
	withIgnored    struct {
		X int `json:"-"`
	}
	deep struct {
		A map[string][]struct{ C chan int }
	}
)

// What can't arrive as it was sent can't be registered; the path says where.
func TestRegisterRefuses(t *testing.T) {
	_ = withUnexported{}.x
	Register[recursive]("pubsub.recursive")
	Register[recursive]("pubsub.recursive") // again is harmless
	for want, register := range map[string]func(){
		"pubsub.withInterface.X is a interface {}": func() { Register[withInterface]("a") },
		"pubsub.withUnexported.x would be lost":    func() { Register[withUnexported]("a") },
		"pubsub.withFunc.F[] is a func()":          func() { Register[withFunc]("a") },
		"pubsub.withIgnored.X would be lost":       func() { Register[withIgnored]("a") },
		"pubsub.deep.A[][].C is a chan int":        func() { Register[deep]("a") },
		"a name has 1 to 100 bytes":                func() { Register[order]("") },
		"the name is taken by pubsub.order":        func() { Register[huge]("pubsub.order") },
		`the type is registered as "pubsub.order"`: func() { Register[order]("pubsub.other") },
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, want) {
					t.Errorf("Register panics with %q, want %q", got, want)
				}
			}()
			register()
		}()
	}
}

// Whatever a broker carries, reading it neither panics nor takes long, and what
// is read is what would be written.
func FuzzEnvelope(f *testing.F) {
	key := signingKey("a secret of 32 bytes, or somewhat more")
	e := envelope{node: strings.Repeat("n", nodeBytes), epoch: 1, seq: 300, name: "pubsub.order", payload: []byte(`{"N":1}`)}
	f.Add(e.appendTo(nil, "liveview:t", nil), false)
	f.Add(e.appendTo(nil, "liveview:t", key), true)
	f.Add([]byte(magic), true)
	f.Fuzz(func(t *testing.T, data []byte, signed bool) {
		k := key
		if !signed {
			k = nil
		}
		e, err := parseEnvelope(data, "liveview:t", k)
		if err != nil {
			return
		}
		if signed {
			if _, err := parseEnvelope(data, "liveview:u", k); err == nil {
				t.Error("a signature holds for another channel")
			}
		}
		again, err := parseEnvelope(e.appendTo(nil, "liveview:t", k), "liveview:t", k)
		if err != nil || !reflect.DeepEqual(again, e) {
			t.Errorf("%+v is written and read as %+v, %v", e, again, err)
		}
		if it := typeNamed(e.name); it != nil {
			_, _ = it.Unmarshal(e.payload)
		}
	})
}
