package pubsub

import (
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// recorder is a hub's client that keeps what it hears, as whoever can read and
// write at the broker may.
type recorder struct {
	*hub
	mu   sync.Mutex // guards seen
	seen []Message
}

func (r *recorder) Receive(channel string, data []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, Message{channel, append([]byte(nil), data...)})
}
func (*recorder) Connected()         {}
func (*recorder) Disconnected(error) {}
func (*recorder) Lost(string)        {}

// replay sends all that was heard again, and returns how much that is.
func (r *recorder) replay() int {
	r.mu.Lock()
	seen := r.seen
	r.mu.Unlock()
	for _, m := range seen {
		r.hub.send(m)
	}
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = r.seen[:len(seen)]
	return len(seen)
}

// Who can write at the broker can't repeat what was signed: not after the
// connection was lost, not to a topic that was left meanwhile, and not later.
func TestSignedMessagesAreTakenOnce(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		h := &hub{}
		tap := &recorder{hub: h}
		c := h.client()
		c.Start(tap)
		_ = c.Subscribe("liveview:t", func() {})
		_ = c.Subscribe("liveview:u", func() {})
		options := Options{Secret: NewSecret(strings.Repeat("s", 32))}
		a, b := h.bus(t, options), h.bus(t, options)
		got := collect(t, b, "u")
		var mu sync.Mutex
		var onT []any
		subscribe := func() func() {
			unsubscribe, err := b.Subscribe("t", func(info any) { mu.Lock(); defer mu.Unlock(); onT = append(onT, info) })
			if err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			return unsubscribe
		}
		take := func() []any {
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			defer func() { onT = nil }()
			return onT
		}
		unsubscribe := subscribe()
		for i := range 6 {
			if err := a.Publish("t", order{i}); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(take()); n != 6 {
			t.Fatalf("%d messages came", n)
		}
		refused := func(when string, want ...any) {
			t.Helper()
			n := tap.replay()
			if got := take(); len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
				t.Errorf("%s: of %d repeated messages %v were taken, want %v", when, n, got, want)
			}
		}
		refused("at once")
		h.leave()
		h.comeBack()
		refused("after the connection was lost", Missed{"t"}) // of the connection
		if err := a.Publish("t", order{6}); err != nil {
			t.Fatal(err)
		}
		if got := take(); !reflect.DeepEqual(got, []any{order{6}}) {
			t.Errorf("after that came %v", got)
		}
		unsubscribe()
		synctest.Wait()
		unsubscribe = subscribe()
		refused("after the topic was left")
		_ = a.Publish("t", order{7})
		synctest.Wait()
		h.set(func() { h.lose = true })
		_ = a.Publish("t", order{8})
		synctest.Wait()
		h.set(func() { h.lose = false })
		_ = a.Publish("t", order{9})
		if got := take(); !reflect.DeepEqual(got, []any{order{7}, Missed{"t"}, order{9}}) {
			t.Errorf("a lost message is noticed as %v", got)
		}

		// A gap is told once as well.
		h.set(func() { h.fail = fmt.Errorf("busy") })
		_ = a.Publish("t", order{10})
		time.Sleep(time.Second)
		h.set(func() { h.fail = nil })
		time.Sleep(time.Second)
		if got := take(); !reflect.DeepEqual(got, []any{Missed{"t"}}) {
			t.Errorf("what couldn't be published is noticed as %v", got)
		}
		refused("a gap")

		// Numbers may be forgotten when what they count is too old.
		unsubscribe()
		synctest.Wait()
		time.Sleep(2*maxAge + time.Second)
		for i := range 10 { // pushes out what is remembered of t
			leave, err := b.Subscribe(fmt.Sprint("other", i), func(any) {})
			if err != nil {
				t.Fatal(err)
			}
			_ = a.Publish(fmt.Sprint("other", i), order{1})
			synctest.Wait()
			leave()
			time.Sleep(maxAge)
		}
		b.mu.Lock()
		for _, past := range b.past {
			if _, ok := past["t"]; ok {
				t.Error("a topic that was left long ago is remembered")
			}
		}
		b.mu.Unlock()
		unsubscribe = subscribe()
		defer unsubscribe()
		refused("long after")
		if s := b.Stats(); s.DroppedStale == 0 {
			t.Errorf("stats = %+v", s)
		}
		if got := got(); len(got) != 1 { // of the lost connection
			t.Errorf("on another topic came %v", got)
		}
	})
}

// A process whose clock is wrong is not listened to, and an operator is told.
func TestClocksThatDiffer(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		h := &hub{}
		var log strings.Builder
		b := NewBus(h.client(), Options{Secret: NewSecret(strings.Repeat("s", 32)), Logger: slog.New(slog.NewTextHandler(&log, nil))})
		defer func() { _ = b.Close() }()
		got := collect(t, b, "t")
		it := typeNamed("pubsub.order")
		for i, off := range []time.Duration{0, time.Minute, -time.Minute, maxAge, -maxAge, time.Hour, -time.Hour} {
			e := envelope{node: strings.Repeat("n", nodeBytes), epoch: 1, seq: uint64(i + 1), sent: now() + uint64(off.Milliseconds()), name: it.name, shape: it.Hash, payload: []byte(`{"N":1}`)}
			(*handler)(b).Receive("liveview:t", e.appendTo(nil, "liveview:t", b.key))
		}
		if got := got(); len(got) != 3 {
			t.Errorf("there came %v, want the first three", got)
		}
		if n := strings.Count(log.String(), "do their clocks agree?"); n != 1 || b.Stats().DroppedStale != 4 {
			t.Errorf("the log says so %d times, stats = %+v", n, b.Stats())
		}
		t.Attr("figure", fmt.Sprintf("of 7 clocks, a minute to an hour off, %d are taken for wrong: those by more than %v", b.Stats().DroppedStale, maxAge))
	})
}
