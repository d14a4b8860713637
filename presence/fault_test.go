package presence

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-liveview/liveview/pubsub"
)

// isState reports whether info is a part of all that a process has.
func isState(info any) bool { m, ok := info.(message); return ok && m.Kind == kindState }

// A part of a large state that is lost is made up for, also where the notice of
// the loss comes amid the state.
func TestLostPart(t *testing.T) {
	bubble(t, func(t *testing.T, ps *lossy, node func() *Tracker[who]) {
		a := node()
		const people = 5000
		for i := range people {
			track(a, "room", fmt.Sprint(i), who{strings.Repeat("n", 200)})
		}
		synctest.Wait()
		var states atomic.Int32
		ps.set(func(info any) bool {
			if !isState(info) {
				return false
			}
			n := states.Add(1)
			if n == 2 {
				pubsub.PublishLocal(ps, a.topic, pubsub.Missed{Topic: a.topic})
			}
			return n == 2
		})
		b := node()
		time.Sleep(10 * time.Second)
		if states.Load() < 3 {
			t.Fatalf("a state has %d parts, the second of which was to be lost", states.Load())
		}
		if n := len(b.List("room")); n != people {
			t.Errorf("of %d people the other process knows %d", people, n)
		}
	})
}

// hub is a broker of several processes, for the test to stop.
type hub struct {
	mu      sync.Mutex // guards the fields below
	clients []*client
	sent    [][]byte
}

type client struct {
	hub      *hub
	handler  pubsub.Handler
	channels map[string]func() // what confirms each
}

func (c *client) Start(h pubsub.Handler) {
	c.hub.mu.Lock()
	c.handler = h
	c.hub.clients = append(c.hub.clients, c)
	c.hub.mu.Unlock()
	h.Connected()
}

func (c *client) Publish(_ context.Context, messages []pubsub.Message) error {
	for _, m := range messages {
		c.hub.mu.Lock()
		c.hub.sent = append(c.hub.sent, m.Data)
		var to []*client
		for _, other := range c.hub.clients {
			if other.channels[m.Channel] != nil {
				to = append(to, other)
			}
		}
		c.hub.mu.Unlock()
		for _, other := range to {
			other.handler.Receive(m.Channel, m.Data)
		}
	}
	return nil
}

func (c *client) Subscribe(channel string, confirmed func()) error {
	c.hub.mu.Lock()
	c.channels[channel] = confirmed
	c.hub.mu.Unlock()
	confirmed()
	return nil
}

func (c *client) Unsubscribe(channel string) error {
	c.hub.mu.Lock()
	defer c.hub.mu.Unlock()
	delete(c.channels, channel)
	return nil
}

func (c *client) Close() error { return nil }

func (h *hub) stop() {
	for _, c := range h.clients {
		c.handler.Disconnected(errors.New("gone"))
	}
}

func (h *hub) start() {
	for _, c := range h.clients {
		c.handler.Connected()
		for _, confirmed := range c.channels {
			confirmed()
		}
	}
}

// count returns how many messages were sent since it was last called.
func (h *hub) count() int { return h.countOf("") }

// countOf is count of those that have text in them.
func (h *hub) countOf(text string) (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, data := range h.sent {
		if bytes.Contains(data, []byte(text)) {
			n++
		}
	}
	h.sent = nil
	return n
}

func (h *hub) bus(t *testing.T) *pubsub.Bus {
	b := pubsub.NewBus(&client{hub: h, channels: map[string]func(){}}, pubsub.Options{Logger: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// People of whom much is known reach the other processes: no message is larger
// than may be.
func TestLargeMetas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &hub{}
		a := New[who](h.bus(t), "test", Options{Beat: time.Second})
		t.Cleanup(a.Close)
		for i := range 500 {
			track(a, "room", fmt.Sprint(i), who{strings.Repeat("n", 2200)})
		}
		time.Sleep(5 * time.Second)
		b := New[who](h.bus(t), "test", Options{Beat: time.Second})
		t.Cleanup(b.Close)
		time.Sleep(5 * time.Second)
		if n := len(b.List("room")); n != 500 {
			t.Errorf("of 500 people with 2,200 bytes each the other process knows %d", n)
		}
	})
}

// When a broker is back, all processes ask each other what they have missed:
// with few messages, and what hasn't changed isn't told again.
func TestBrokerRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const nodes = 20
		h := &hub{}
		var all []*Tracker[who]
		for i := range nodes {
			n := New[who](h.bus(t), "test", Options{Beat: 2 * time.Second})
			t.Cleanup(n.Close)
			track(n, "room", fmt.Sprint(i), who{})
			all = append(all, n)
		}
		time.Sleep(10 * time.Second)
		h.stop()
		time.Sleep(3 * time.Second) // each has tried to say that it lives
		track(all[0], "room", "late", who{})
		time.Sleep(time.Second / 2)
		h.count()
		h.start()
		time.Sleep(1900 * time.Millisecond)
		sent := h.count()
		t.Logf("%d processes send %d messages", nodes, sent)
		if sent > 5*nodes {
			t.Errorf("%d processes send %d messages, want at most %d", nodes, sent, 5*nodes)
		}
		for i, n := range all {
			if got := len(n.List("room")); got != nodes+1 {
				t.Errorf("process %d knows of %d people, want %d", i, got, nodes+1)
			}
		}
	})
}

// Two kinds of presences may say the same of each.
func TestTwoTrackersOfOneMeta(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ps := pubsub.NewLocal()
		for _, name := range []string{"houses", "documents"} {
			a, b := New[who](ps, name, Options{}), New[who](ps, name, Options{})
			t.Cleanup(a.Close)
			t.Cleanup(b.Close)
			track(a, "topic", name, who{})
			time.Sleep(time.Second)
			if got := names(b, "topic"); got != name+":" {
				t.Errorf("of %s the other process knows %q", name, got)
			}
		}
	})
}

// A process that has stood still for a while, and then finds all at once what the
// others said meanwhile, doesn't take them for gone.
func TestStall(t *testing.T) {
	bubble(t, func(t *testing.T, ps *lossy, node func() *Tracker[who]) {
		a, b := node(), node()
		track(a, "room", "ann", who{})
		synctest.Wait()
		var left int
		_, _ = ps.Subscribe("room", func(info any) { left += len(info.(Change[who]).Left) })
		ps.set(func(info any) bool {
			if m, ok := info.(message); ok && m.Node == b.node && m.Kind == kindBeat {
				time.Sleep(10 * time.Second) // b does nothing, while messages come in
			}
			return false
		})
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if left != 0 {
			t.Errorf("the one who is there was taken for gone %d times", left)
		}
	})
}

// A presence has an id from its beginning to its end, in all processes, and what is
// said of it can be changed: who hears of it can tell a page that was loaded anew
// from two people, and from one who has changed.
func TestUpdate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &hub{}
		busA, busB := h.bus(t), h.bus(t)
		a, b := New[who](busA, "test", Options{}), New[who](busB, "test", Options{})
		t.Cleanup(a.Close)
		t.Cleanup(b.Close)
		var heard []Change[who]
		if _, err := busB.Subscribe("room", func(info any) { heard = append(heard, info.(Change[who])) }); err != nil {
			t.Fatal(err)
		}
		expect := func(what string, want ...Change[who]) {
			t.Helper()
			time.Sleep(time.Second)
			synctest.Wait()
			if !reflect.DeepEqual(heard, want) {
				t.Errorf("%s: heard %v, want %v", what, heard, want)
			}
			heard = nil
		}
		// While a tells its own process of a change of another topic, it says nothing:
		// what is done then is done at a time.
		begun, goOn := make(chan struct{}), make(chan struct{})
		elsewhere, err := busA.Subscribe("elsewhere", func(any) { begun <- struct{}{}; <-goOn })
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(elsewhere)
		atATime := func(do func()) {
			track(a, "elsewhere", "x", who{})
			<-begun
			do()
			goOn <- struct{}{}
		}
		ann := track(a, "room", "ann", who{"Ann"})
		entry := func(h *Handle[who], name string) []Entry[who] {
			return []Entry[who]{{h.ID(), "ann", who{name}}}
		}
		expect("one comes", Change[who]{Topic: "room", Joined: entry(ann, "Ann")})
		atATime(func() {
			h.count()
			for _, name := range []string{"Anna", "Anne", "Anna"} {
				if err := ann.Update(who{name}); err != nil {
					t.Error(err)
				}
			}
		})
		expect("and changes", Change[who]{Topic: "room", Updated: entry(ann, "Anna")})
		if got, want := b.List("room"), entry(ann, "Anna"); !reflect.DeepEqual(got, want) {
			t.Errorf("there are %v, want %v", got, want)
		}
		if err := ann.Update(who{"Anna"}); err != nil {
			t.Error(err)
		}
		expect("and is as before")
		if sent := h.count(); sent > 4 {
			t.Errorf("%d messages for three updates at a time, besides beats", sent)
		}
		var anew *Handle[who]
		atATime(func() {
			h.count()
			anew = track(a, "room", "ann", who{"Anna"})
			ann.Untrack()
		})
		expect("the page is loaded anew", Change[who]{Topic: "room", Joined: entry(anew, "Anna"), Left: entry(ann, "Anna")})
		if sent := h.countOf(string(kindChange)); sent > 2 { // that of "elsewhere" may be one; or somebody sees the moment between
			t.Errorf("%d changes are told of who comes and goes at a time, and elsewhere, want 2 at most", sent)
		}
		if ann.ID() == anew.ID() {
			t.Error("two presences have one id")
		}
		if err := ann.Update(who{"late"}); err != nil {
			t.Error(err)
		}
		expect("one who has gone")
		atATime(func() { track(a, "room", "bob", who{}).Untrack() })
		expect("one who came and went before anybody was told")
		anew.Untrack()
		expect("the last goes", Change[who]{Topic: "room", Left: entry(anew, "Anna")})
		var nobody *Handle[who]
		nobody.Untrack()
		if err := nobody.Update(who{}); err != nil || nobody.ID() != "" {
			t.Errorf("a Handle of nobody: %v, %q", err, nobody.ID())
		}
	})
}

// What is too large for a message isn't lost in silence.
func TestMetaThatIsTooLarge(t *testing.T) {
	bubble(t, func(t *testing.T, _ *lossy, node func() *Tracker[who]) {
		a := node()
		if _, err := a.Track("room", "ann", who{strings.Repeat("n", MaxEntry)}); !errors.Is(err, ErrTooLarge) {
			t.Errorf("Track = %v", err)
		}
		ann := track(a, "room", "ann", who{"Ann"})
		if err := ann.Update(who{strings.Repeat("n", MaxEntry)}); !errors.Is(err, ErrTooLarge) {
			t.Errorf("Update = %v", err)
		}
		if got := names(a, "room"); got != "ann:Ann" {
			t.Errorf("there are %q", got)
		}
	})
}

// A Tracker may be closed, and presences come and go, by who is told of them.
func TestTrackerWithinDeliver(t *testing.T) {
	bubble(t, func(t *testing.T, ps *lossy, node func() *Tracker[who]) {
		a := node()
		told := 0
		_, _ = ps.Subscribe("room", func(info any) {
			told++
			for _, e := range info.(Change[who]).Joined {
				if e.Key == "ann" {
					track(a, "room", "bob", who{}).Untrack()
					track(a, "room", "bob", who{})
				} else {
					a.Close()
				}
			}
		})
		track(a, "room", "ann", who{})
		time.Sleep(time.Second)
		synctest.Wait()
		if got := names(a, "room"); got != "" || told != 3 {
			t.Errorf("a closed Tracker knows %q; it told of %d changes, want 3", got, told)
		}
	})
}

// Two processes that name one Tracker and say different things are told apart, and
// within a process there is no such name.
func TestTrackersOfDifferentMetas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ps := pubsub.NewLocal()
		a := New[who](ps, "different", Options{})
		t.Cleanup(a.Close)
		defer func() {
			if got := fmt.Sprint(recover()); !strings.Contains(got, `New[int]("different"): the name is taken by a Tracker of presence.who`) {
				t.Errorf("New panics with %q", got)
			}
		}()
		New[int](ps, "different", Options{})
	})
}
