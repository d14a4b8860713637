// Package pubsubtest has the tests that every [pubsub.PubSub] must pass, that
// of one process as well as those between processes.
package pubsubtest

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-liveview/liveview/pubsub"
)

// Slow is the flag -slow of the tests that import this package: more of the
// same, for longer.
var Slow = flag.Bool("slow", false, "run the slow proofs as well")

// Suite is an implementation under test.
type Suite struct {
	// Nodes returns n PubSubs that reach one another and nobody else, to be
	// closed at the end of the test. They may be one and the same.
	Nodes func(t *testing.T, n int) []pubsub.PubSub

	// Restart, if the implementation has a broker, takes that of the last
	// Nodes away and calls while before it brings it back.
	Restart func(t *testing.T, while func())
}

// Number is an info of the tests: the n-th of a publisher.
type Number struct {
	Publisher string
	N         int
	Nested    map[string][]Part
}

// Part is a part of a [Number].
type Part struct {
	Text  string
	At    time.Time
	Bytes []byte
	Maybe *int
}

type unregistered struct{ X int }

func init() { pubsub.Register[Number]("pubsubtest.Number") }

// patience is how long a delivery may take: long, as machines are busy.
const patience = 20 * time.Second

// inbox collects what one subscriber gets.
type inbox struct {
	t    *testing.T
	more chan struct{} // holds one value once got has grown

	mu  sync.Mutex // guards got
	got []any      // only ever appended to
}

func subscribe(t *testing.T, ps pubsub.PubSub, topic string) *inbox {
	t.Helper()
	in := &inbox{t: t, more: make(chan struct{}, 1)}
	unsubscribe, err := ps.Subscribe(topic, in.deliver)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(unsubscribe)
	return in
}

func (in *inbox) deliver(info any) {
	in.mu.Lock()
	in.got = append(in.got, info)
	in.mu.Unlock()
	select {
	case in.more <- struct{}{}:
	default:
	}
}

// all returns what has come so far, which stays as it is.
func (in *inbox) all() []any {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.got[:len(in.got):len(in.got)]
}

// until waits until what has come satisfies done.
func (in *inbox) until(what string, done func(got []any) bool) []any {
	in.t.Helper()
	deadline := time.After(patience)
	for {
		if got := in.all(); done(got) {
			return got
		}
		select {
		case <-in.more:
		case <-time.After(5 * time.Millisecond): // another may have taken the signal
		case <-deadline:
			got := in.all()
			in.t.Fatalf("%s doesn't come; %d infos did: %.400s", what, len(got), fmt.Sprint(got))
		}
	}
}

func numbers(got []any) []Number {
	var n []Number
	for _, info := range got {
		if number, ok := info.(Number); ok {
			n = append(n, number)
		}
	}
	return n
}

// Run runs all tests against s.
func (s Suite) Run(t *testing.T) {
	t.Run("Typed", s.typed)
	t.Run("Topics", s.topics)
	t.Run("OrderAndOnce", s.orderAndOnce)
	t.Run("SubscribeThenPublish", s.subscribeThenPublish)
	t.Run("Unsubscribe", s.unsubscribe)
	t.Run("ComeAndGo", s.comeAndGo)
	t.Run("Unregistered", s.unregistered)
	t.Run("Local", s.local)
	t.Run("Answers", s.answers)
	t.Run("Large", s.large)
	t.Run("NothingIsLeft", s.nothingIsLeft)
	if s.Restart != nil {
		t.Run("BrokerRestarts", s.brokerRestarts)
	}
}

// An info is of its type everywhere, and the very value where it was published.
func (s Suite) typed(t *testing.T) {
	nodes := s.Nodes(t, 2)
	here, there := subscribe(t, nodes[0], "typed"), subscribe(t, nodes[1], "typed")
	seven := 7
	want := Number{"p", 1, map[string][]Part{"ä\x00\u2028": {{"<b>", time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), []byte{0, 255}, &seven}, {}}, "": nil}}
	if err := nodes[0].Publish("typed", want); err != nil {
		t.Fatal(err)
	}
	one := func(got []any) bool { return len(got) == 1 }
	if got := here.until("the info, here", one)[0].(Number); got.Nested["ä\x00\u2028"][0].Maybe != &seven {
		t.Error("the publisher's own process got a copy")
	}
	got := there.until("the info, there", one)[0].(Number)
	part := got.Nested["ä\x00\u2028"][0]
	if got.Publisher != "p" || got.N != 1 || len(got.Nested) != 2 || part.Text != "<b>" || !part.At.Equal(want.Nested["ä\x00\u2028"][0].At) ||
		string(part.Bytes) != "\x00\xff" || *part.Maybe != 7 {
		t.Errorf("there came %+v", got)
	}
}

// Any text is a topic, and none is a pattern.
func (s Suite) topics(t *testing.T) {
	nodes := s.Nodes(t, 2)
	topics := []string{
		"a", "A", "a ", " a", "a.b", "a.*", "*", ">", "a.>", "a:b", "[ab]", "?", "a\nb", "a\x00b", "ä", "\u202e", "{a}", "{a}b", "$SYS.>", "_INBOX.x",
		"", ".", "..", "a..b", strings.Repeat("long", 250),
	}
	inboxes := make([]*inbox, len(topics))
	for i, topic := range topics {
		inboxes[i] = subscribe(t, nodes[1], topic)
	}
	for i, topic := range topics {
		if err := nodes[0].Publish(topic, Number{Publisher: topic, N: i}); err != nil {
			t.Errorf("Publish on %q: %v", topic, err)
		}
	}
	for i, topic := range topics {
		got := inboxes[i].until(fmt.Sprintf("the info on %.20q", topic), func(got []any) bool { return len(got) >= 1 })
		if n := got[0].(Number); len(got) != 1 || n.N != i {
			t.Errorf("on %.20q came %v", topic, got)
		}
	}
}

// What a publisher publishes comes in its order, each info once, to each
// subscriber of each node, its own included.
func (s Suite) orderAndOnce(t *testing.T) {
	const publishers, subscribers, atOnce = 2, 14, 250
	each := 500
	if *Slow {
		each = 4000 // a million deliveries in all
	}
	nodes := s.Nodes(t, 3)
	var inboxes []*inbox
	for _, node := range nodes {
		for range subscribers {
			inboxes = append(inboxes, subscribe(t, node, "order"))
		}
	}
	var busy sync.WaitGroup
	for i, node := range nodes {
		for p := range publishers {
			busy.Go(func() {
				name := fmt.Sprintf("node %d, publisher %d", i, p)
				for n := range each {
					if err := node.Publish("order", Number{Publisher: name, N: n}); err != nil {
						t.Errorf("%s: %v", name, err)
						return
					}
					if n%atOnce == atOnce-1 {
						// The queue to the broker is bounded, so wait for it.
						inboxes[(i+1)%len(nodes)*subscribers].until(name, func(got []any) bool {
							recent := got[max(0, len(got)-publishers*len(nodes)*atOnce):]
							return slices.ContainsFunc(numbers(recent), func(x Number) bool { return x.Publisher == name && x.N >= n })
						})
					}
				}
			})
		}
	}
	busy.Wait()
	if t.Failed() {
		return
	}
	all := publishers * each * len(nodes)
	deliveries := 0
	for i, in := range inboxes {
		got := in.until("all infos", func(got []any) bool { return len(got) >= all })
		next := map[string]int{}
		for _, info := range got {
			n, ok := info.(Number)
			if !ok || n.N != next[n.Publisher] {
				t.Fatalf("subscriber %d got %+v, want number %d", i, info, next[n.Publisher])
			}
			next[n.Publisher]++
		}
		if len(got) != all {
			t.Errorf("subscriber %d got %d infos, want %d", i, len(got), all)
		}
		deliveries += len(got)
	}
	t.Logf("%d deliveries, none lost, doubled or out of order", deliveries)
}

// When Subscribe has returned, nothing is missed.
func (s Suite) subscribeThenPublish(t *testing.T) {
	nodes := s.Nodes(t, 2)
	for i := range 300 {
		topic := fmt.Sprint("room ", i%100) // the later ones were subscribed before
		in := &inbox{t: t, more: make(chan struct{}, 1)}
		unsubscribe, err := nodes[1].Subscribe(topic, in.deliver)
		if err != nil {
			t.Fatal(err)
		}
		if err := nodes[0].Publish(topic, Number{N: i}); err != nil {
			t.Fatal(err)
		}
		in.until("the info", func(got []any) bool { return len(got) == 1 && got[0].(Number).N == i })
		unsubscribe()
	}
}

func (s Suite) unsubscribe(t *testing.T) {
	nodes := s.Nodes(t, 2)
	gone := &inbox{t: t, more: make(chan struct{}, 1)}
	unsubscribe, err := nodes[1].Subscribe("topic", gone.deliver)
	if err != nil {
		t.Fatal(err)
	}
	stays := subscribe(t, nodes[1], "topic")
	unsubscribe()
	unsubscribe() // harmless
	if err := nodes[0].Publish("topic", Number{N: 1}); err != nil {
		t.Fatal(err)
	}
	stays.until("the info", func(got []any) bool { return len(got) == 1 })
	if got := gone.all(); len(got) != 0 {
		t.Errorf("who has unsubscribed gets %v", got)
	}
}

// Subscribers of one topic that come and go quickly are no reason to tell
// anyone that something was missed, or to miss something.
func (s Suite) comeAndGo(t *testing.T) {
	nodes := s.Nodes(t, 2)
	witness := subscribe(t, nodes[1], "quiet")
	for i := range 300 {
		in := &inbox{t: t, more: make(chan struct{}, 1)}
		unsubscribe, err := nodes[1].Subscribe("busy", in.deliver)
		if err != nil {
			t.Fatal(err)
		}
		if i%10 == 0 {
			if err := nodes[0].Publish("busy", Number{N: i}); err != nil {
				t.Fatal(err)
			}
			in.until("the info", func(got []any) bool { return len(got) > 0 })
		}
		unsubscribe()
		time.Sleep(time.Duration(i%7) * 40 * time.Microsecond) // so that the broker is asked now and then
		for _, info := range in.all() {
			if n, ok := info.(Number); !ok || n.N != i {
				t.Fatalf("subscriber %d got %#v", i, info)
			}
		}
	}
	if got := witness.all(); len(got) != 0 {
		t.Errorf("on a topic that nobody publishes on came %v", got)
	}
}

// An info of a type that isn't registered stays in its process, with an error
// that says so, unless there is only one.
func (s Suite) unregistered(t *testing.T) {
	nodes := s.Nodes(t, 2)
	here, there := subscribe(t, nodes[0], "topic"), subscribe(t, nodes[1], "topic")
	err := nodes[0].Publish("topic", unregistered{1})
	here.until("the info, here", func(got []any) bool { return len(got) == 1 })
	if nodes[0] == nodes[1] {
		return
	}
	if err == nil || !strings.Contains(err.Error(), "pubsub.Register[pubsubtest.unregistered]") {
		t.Errorf("Publish = %v, want the remedy", err)
	}
	if err := nodes[0].Publish("topic", Number{N: 2}); err != nil {
		t.Fatal(err)
	}
	if got := there.until("the next info", func(got []any) bool { return len(got) > 0 }); len(got) != 1 || got[0].(Number).N != 2 {
		t.Errorf("there came %v", got)
	}
}

// What is published for one process alone stays there, of whatever type it is.
func (s Suite) local(t *testing.T) {
	nodes := s.Nodes(t, 2)
	here, there := subscribe(t, nodes[0], "topic"), subscribe(t, nodes[1], "topic")
	pubsub.PublishLocal(nodes[0], "topic", unregistered{1})
	here.until("the info, here", func(got []any) bool { return len(got) == 1 && got[0] == unregistered{1} })
	if nodes[0] == nodes[1] {
		return
	}
	if err := nodes[0].Publish("topic", Number{N: 2}); err != nil {
		t.Fatal(err)
	}
	if got := there.until("the next info", func(got []any) bool { return len(got) > 0 }); len(got) != 1 || got[0].(Number).N != 2 {
		t.Errorf("there came %v", got)
	}
}

// One node asks all, on a topic that all hear, and gets answers on a topic of its own, each
// of them once and those of one node in its order; who answers does so while it is told of
// the question.
func (s Suite) answers(t *testing.T) {
	const questions, each = 100, 3
	nodes := s.Nodes(t, 3)
	for i, node := range nodes {
		unsubscribe, err := node.Subscribe("questions", func(info any) {
			q, ok := info.(Number)
			if !ok {
				return
			}
			for n := range each {
				if err := node.Publish(q.Publisher, Number{Publisher: fmt.Sprint("node ", i), N: q.N*each + n}); err != nil {
					t.Error(err)
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(unsubscribe)
	}
	asker := nodes[1]
	reply := subscribe(t, asker, "answers for one alone")
	others := subscribe(t, nodes[2], "answers for another")
	for n := range questions {
		if err := asker.Publish("questions", Number{Publisher: "answers for one alone", N: n}); err != nil {
			t.Fatal(err)
		}
		reply.until("the answers", func(got []any) bool { return len(got) >= (n+1)*each*len(nodes) })
	}
	next := map[string]int{}
	for _, n := range numbers(reply.all()) {
		if n.N != next[n.Publisher] {
			t.Fatalf("%s answers with %d, want %d", n.Publisher, n.N, next[n.Publisher])
		}
		next[n.Publisher]++
	}
	if got := others.all(); len(got) != 0 {
		t.Errorf("another gets %d answers", len(got))
	}
}

// An info may be large: as the states of a page's views, of which Config.MaxStateBytes of
// package liveview allows 256 KiB each.
func (s Suite) large(t *testing.T) {
	nodes := s.Nodes(t, 2)
	there := subscribe(t, nodes[1], "large")
	const states = 3
	for n, size := range []int{1, 64 << 10, 256 << 10, states * 256 << 10, 1} {
		if err := nodes[0].Publish("large", Number{Publisher: strings.Repeat("s", size), N: n}); err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
		got := there.until(fmt.Sprintf("an info of %d bytes", size), func(got []any) bool { return len(got) > n })
		if number, ok := got[n].(Number); !ok || number.N != n || len(number.Publisher) != size {
			t.Fatalf("instead of %d bytes came %.100v", size, got[n])
		}
	}
}

// A topic that nobody subscribes to any more is none of the broker's, however many there
// were, each for one answer.
func (s Suite) nothingIsLeft(t *testing.T) {
	const topics = 200
	nodes := s.Nodes(t, 2)
	count := func() int {
		if counting, ok := nodes[1].(interface{ Stats() pubsub.Stats }); ok {
			return counting.Stats().Topics
		}
		return 0
	}
	before := count()
	for n := range topics {
		topic := fmt.Sprint("an answer ", n)
		in := &inbox{t: t, more: make(chan struct{}, 1)}
		unsubscribe, err := nodes[1].Subscribe(topic, in.deliver)
		if err != nil {
			t.Fatal(err)
		}
		if err := nodes[0].Publish(topic, Number{N: n}); err != nil {
			t.Fatal(err)
		}
		in.until("the answer", func(got []any) bool { return len(got) == 1 })
		unsubscribe()
		if err := nodes[0].Publish(topic, Number{N: n}); err != nil { // late
			t.Fatal(err)
		}
	}
	if after := count(); after != before {
		t.Errorf("%d topics are left of %d", after-before, topics)
	}
}

// While the broker is away each process serves itself, and says at once that
// others aren't reached; afterwards every subscriber is told, and all is well.
func (s Suite) brokerRestarts(t *testing.T) {
	nodes := s.Nodes(t, 2)
	ins := []*inbox{subscribe(t, nodes[0], "topic"), subscribe(t, nodes[1], "topic"), subscribe(t, nodes[1], "quiet")}
	var late *inbox
	s.Restart(t, func() {
		deadline := time.Now().Add(patience)
		for n := 0; ; n++ {
			began := time.Now()
			err := nodes[0].Publish("topic", Number{N: n})
			if took := time.Since(began); took > time.Second {
				t.Errorf("Publish took %v", took)
			}
			if errors.Is(err, pubsub.ErrUnavailable) {
				ins[0].until("one's own info", func(got []any) bool { return len(numbers(got)) == n+1 })
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("nobody says that the broker is away: %v", err)
			}
			time.Sleep(10 * time.Millisecond) // publishing as an application does, not waiting for it
		}
		began := time.Now()
		late = subscribe(t, nodes[1], "subscribed meanwhile")
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("Subscribe took %v", took)
		}
	})
	began := time.Now()
	for i, in := range append(ins, late) {
		in.until(fmt.Sprintf("the notice to subscriber %d", i), func(got []any) bool {
			return slices.ContainsFunc(got, func(info any) bool { _, missed := info.(pubsub.Missed); return missed })
		})
	}
	t.Logf("all told %v after the broker's return", time.Since(began).Round(time.Millisecond))
	for i, node := range nodes {
		for {
			if err := node.Publish("topic", Number{Publisher: "after", N: i}); err == nil {
				break
			} else if time.Since(began) > patience {
				t.Fatalf("node %d doesn't reach the broker again: %v", i, err)
			}
			time.Sleep(10 * time.Millisecond) // as above
		}
		for _, in := range ins[:2] {
			in.until("an info afterwards", func(got []any) bool {
				return slices.ContainsFunc(got, func(info any) bool { n, ok := info.(Number); return ok && n.Publisher == "after" && n.N == i })
			})
		}
	}
}
