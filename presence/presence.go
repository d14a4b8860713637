// Package presence knows who is there: on a topic, in all processes of an
// application, with what the application says of each.
//
//	type Who struct{ Name, Color string }
//
//	var here = presence.New[Who](bus, "rooms", presence.Options{})
//
//	// in Mount, of a live page
//	err := liveview.Track(s, here, "room 1", user.ID, Who{user.Name, "teal"})
//
// Whoever subscribes to the topic hears of those who come and go by a [Change].
package presence

import (
	"cmp"
	"crypto/rand"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/gin-liveview/liveview/internal/rescue"
	"github.com/gin-liveview/liveview/pubsub"
)

// Entry is one presence: of a tab, a phone, a process. One key may have
// several.
type Entry[M any] struct {
	Key  string
	Meta M
}

// Change is an info that the subscribers of a topic get when its presences have
// changed, in this process only: each process finds out by itself.
type Change[M any] struct {
	Topic        string
	Joined, Left []Entry[M]
}

// Options are the settings of a [Tracker].
type Options struct {
	// Beat is how often processes show that they live. The presences of one
	// that doesn't for three beats are taken for gone. 0 means two seconds.
	Beat time.Duration
}

const (
	missedBeats = 3

	// statePart is how many presences travel in one message.
	statePart = 500

	// inboxSize is how many messages of other processes may wait. If there are
	// more they are dropped, and everything is asked for anew.
	inboxSize = 1024
)

// Tracker keeps the presences of one kind. It is safe for concurrent use.
//
// Each process owns its presences, numbers the changes to them, and tells
// everyone. Who finds a number missing asks for all.
type Tracker[M any] struct {
	pubsub pubsub.PubSub
	topic  string // on which the processes talk
	node   string // this process: random
	beat   time.Duration

	inbox chan any      // of run: wire[M] and pubsub.Missed
	wake  chan struct{} // of run: there is something in out or changes, or lost is set
	stop  chan struct{} // closed by Close
	done  sync.WaitGroup
	said  bool // that the PubSub panics; owned by run

	mu      sync.Mutex // guards the fields below; held for no delivery
	closed  bool
	lost    bool // inbox ran over
	own     map[uint64]record[M]
	nextID  uint64
	clock   uint64 // of changes to own
	peers   map[string]*peer[M]
	topics  map[string]map[place]record[M] // all of own and of the peers' records, by topic
	out     []wire[M]                      // to be published by run
	changes []Change[M]                    // to be delivered by run
}

// place is where a record is from.
type place struct {
	node string
	id   uint64
}

// peer is another process.
type peer[M any] struct {
	clock   uint64
	seen    time.Time
	synced  bool // records are those of clock
	asked   time.Time
	records map[uint64]record[M]
	coming  map[uint64]record[M] // of a state whose last part isn't there yet
}

// record is a presence as its process knows it.
type record[M any] struct {
	ID         uint64
	Topic, Key string
	Meta       M
}

// wire is what processes tell each other.
type wire[M any] struct {
	Node   string
	Kind   wireKind
	Clock  uint64      // of Node's presences, after what Joined and Left say
	To     string      // of an ask: one process, "" for all
	Joined []record[M] // of a change, or of a state
	Left   []uint64    // of a change
	First  bool        // part of a state
	Last   bool        // part of a state
}

type wireKind string

const (
	kindBeat   wireKind = "beat"
	kindChange wireKind = "change"
	kindState  wireKind = "state"
	kindAsk    wireKind = "ask"
	kindBye    wireKind = "bye"
)

// New returns a Tracker that talks to those of the same name in other
// processes over ps. M must be fit for [pubsub.Register]; New panics if it
// isn't, or if name is in use for another M. Close it at the end.
func New[M any](ps pubsub.PubSub, name string, options Options) *Tracker[M] {
	pubsub.Register[wire[M]]("liveview.presence." + name)
	if options.Beat <= 0 {
		options.Beat = 2 * time.Second
	}
	t := &Tracker[M]{
		pubsub: ps, topic: "liveview:presence:" + name, node: rand.Text(), beat: options.Beat,
		inbox: make(chan any, inboxSize), wake: make(chan struct{}, 1), stop: make(chan struct{}),
		own: make(map[uint64]record[M]), peers: make(map[string]*peer[M]),
		topics: make(map[string]map[place]record[M]),
	}
	t.out = append(t.out, wire[M]{Kind: kindAsk})
	t.done.Go(t.run)
	return t
}

// Close says good-bye for all presences of this process.
func (t *Tracker[M]) Close() {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return
	}
	t.closed = true
	for _, r := range t.own {
		t.note(t.node, r, false)
	}
	clear(t.own)
	t.out = append(t.out, wire[M]{Kind: kindBye})
	t.mu.Unlock()
	close(t.stop)
	t.done.Wait()
}

// Track makes a presence of key on topic, until untrack is called. A live page
// uses liveview.Track, which does that when its view ends.
func (t *Tracker[M]) Track(topic, key string, meta M) (untrack func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return func() {}
	}
	t.nextID++
	r := record[M]{ID: t.nextID, Topic: topic, Key: key, Meta: meta}
	t.own[r.ID] = r
	t.changed([]record[M]{r}, nil)
	t.note(t.node, r, true)
	return func() { t.untrack(r.ID) }
}

func (t *Tracker[M]) untrack(id uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if r, ok := t.own[id]; ok {
		delete(t.own, id)
		t.changed(nil, []uint64{id})
		t.note(t.node, r, false)
	}
}

// List returns who is on topic, by key; several of one key in the order of
// their processes and of their coming.
func (t *Tracker[M]) List(topic string) []Entry[M] {
	type found struct {
		record[M]
		node string
	}
	t.mu.Lock()
	all := make([]found, 0, len(t.topics[topic]))
	for k, r := range t.topics[topic] {
		all = append(all, found{r, k.node})
	}
	t.mu.Unlock()
	slices.SortFunc(all, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.node, b.node), cmp.Compare(a.ID, b.ID))
	})
	entries := make([]Entry[M], len(all))
	for i, f := range all {
		entries[i] = Entry[M]{f.Key, f.Meta}
	}
	return entries
}

// changed has a change to own told to the others; mu is held.
func (t *Tracker[M]) changed(joined []record[M], left []uint64) {
	t.clock++
	t.out = append(t.out, wire[M]{Kind: kindChange, Clock: t.clock, Joined: joined, Left: left})
	t.poke()
}

// note has List know of a record of node's, and the subscribers of its topic
// hear of it; mu is held.
func (t *Tracker[M]) note(node string, r record[M], joined bool) {
	there, k := t.topics[r.Topic], place{node, r.ID}
	switch {
	case !joined:
		if delete(there, k); len(there) == 0 {
			delete(t.topics, r.Topic)
		}
	case there == nil:
		t.topics[r.Topic] = map[place]record[M]{k: r}
	default:
		there[k] = r
	}
	n := len(t.changes)
	if n == 0 || t.changes[n-1].Topic != r.Topic {
		t.changes = append(t.changes, Change[M]{Topic: r.Topic})
		n++
	}
	c, e := &t.changes[n-1], Entry[M]{r.Key, r.Meta}
	if joined {
		c.Joined = append(c.Joined, e)
	} else {
		c.Left = append(c.Left, e)
	}
	t.poke()
}

func (t *Tracker[M]) poke() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// hear takes in what comes over the PubSub, which mustn't be made to wait. What
// this process has said itself is left out: of much at a time it would take the
// room of what others ask.
func (t *Tracker[M]) hear(info any) {
	if m, ok := info.(wire[M]); ok && m.Node == t.node {
		return
	}
	select {
	case t.inbox <- info:
	default:
		t.mu.Lock()
		t.lost = true
		t.mu.Unlock()
		t.poke()
	}
}

// run is the Tracker's goroutine: the only one that publishes, delivers and
// acts on what others tell. It ends with Close.
func (t *Tracker[M]) run() {
	var unsubscribe func()
	t.try("Subscribe", func() (err error) { unsubscribe, err = t.pubsub.Subscribe(t.topic, t.hear); return err })
	if unsubscribe != nil {
		defer t.try("unsubscribe", func() error { unsubscribe(); return nil })
	}
	ticker := time.NewTicker(t.beat)
	defer ticker.Stop()
	t.flush()
	for {
		select {
		case info := <-t.inbox:
			t.mu.Lock()
			switch info := info.(type) {
			case wire[M]:
				t.receive(info)
			case pubsub.Missed:
				t.askAll()
			}
			t.mu.Unlock()
		case <-t.wake:
		case <-ticker.C:
			t.mu.Lock()
			t.out = append(t.out, wire[M]{Kind: kindBeat, Clock: t.clock})
			t.expire()
			t.mu.Unlock()
		case <-t.stop:
			t.flush()
			return
		}
		t.flush()
	}
}

// try calls the PubSub. A panic of its is said once: there may be one a beat.
func (t *Tracker[M]) try(what string, fn func() error) {
	err := rescue.Run("the PubSub's "+what, fn)
	if p, ok := rescue.Find[*rescue.Panic](err); ok && !t.said {
		t.said = true
		slog.Error("presence: other processes may not hear of who is here", "err", err, "stack", string(p.Stack))
	}
}

// flush publishes and delivers what has come together.
func (t *Tracker[M]) flush() {
	t.mu.Lock()
	if t.lost {
		t.lost = false
		t.askAll()
	}
	out, changes := t.out, t.changes
	t.out, t.changes = nil, nil
	t.mu.Unlock()
	for _, m := range out {
		m.Node = t.node
		t.try("Publish", func() error { return t.pubsub.Publish(t.topic, m) }) // who misses it will notice by the next beat
	}
	for _, c := range changes {
		t.try("PublishLocal", func() error { pubsub.PublishLocal(t.pubsub, c.Topic, c); return nil })
	}
}

// askAll has everybody say all there is; mu is held.
func (t *Tracker[M]) askAll() {
	for _, p := range t.peers {
		p.synced = false
	}
	t.out = append(t.out, wire[M]{Kind: kindAsk})
}

// receive acts on what another process tells; mu is held.
func (t *Tracker[M]) receive(m wire[M]) {
	if m.Kind == kindAsk {
		if m.To == "" || m.To == t.node {
			t.tellAll()
		}
		if t.peers[m.Node] != nil {
			t.peers[m.Node].seen = time.Now()
		}
		return
	}
	p := t.peers[m.Node]
	if m.Kind == kindBye {
		if p != nil {
			t.forget(m.Node, p)
		}
		return
	}
	if p == nil {
		p = &peer[M]{records: make(map[uint64]record[M])}
		t.peers[m.Node] = p
	}
	p.seen = time.Now()
	switch {
	case m.Kind == kindState:
		t.takeState(p, m)
	case m.Kind == kindChange && p.synced && m.Clock == p.clock+1:
		p.clock = m.Clock
		for _, r := range m.Joined {
			p.records[r.ID] = r
			t.note(m.Node, r, true)
		}
		for _, id := range m.Left {
			if r, ok := p.records[id]; ok {
				delete(p.records, id)
				t.note(m.Node, r, false)
			}
		}
	case m.Kind == kindBeat && p.synced && m.Clock == p.clock:
	case p.synced && m.Clock < p.clock: // told before the state that came meanwhile
	default:
		t.ask(m.Node, p)
	}
}

// ask has one process say all there is, once a beat at most; mu is held.
func (t *Tracker[M]) ask(node string, p *peer[M]) {
	p.synced = false
	if now := time.Now(); now.Sub(p.asked) >= t.beat/2 {
		p.asked = now
		t.out = append(t.out, wire[M]{Kind: kindAsk, To: node})
	}
}

// tellAll says all presences of this process; mu is held.
func (t *Tracker[M]) tellAll() {
	records := make([]record[M], 0, len(t.own))
	for _, r := range t.own {
		records = append(records, r)
	}
	for i := 0; i == 0 || i < len(records); i += statePart {
		end := min(i+statePart, len(records))
		t.out = append(t.out, wire[M]{Kind: kindState, Clock: t.clock, Joined: records[i:end], First: i == 0, Last: end == len(records)})
	}
}

// takeState replaces what is known of p once the last part is there; mu is
// held.
func (t *Tracker[M]) takeState(p *peer[M], m wire[M]) {
	if p.synced && m.Clock <= p.clock {
		return // somebody else had asked
	}
	if m.First {
		p.coming = make(map[uint64]record[M], len(m.Joined))
	}
	if p.coming == nil {
		return // its beginning was lost
	}
	for _, r := range m.Joined {
		p.coming[r.ID] = r
	}
	if !m.Last {
		return
	}
	before := p.records
	p.records, p.coming, p.clock, p.synced = p.coming, nil, m.Clock, true
	for id, r := range before {
		if _, ok := p.records[id]; !ok {
			t.note(m.Node, r, false)
		}
	}
	for id, r := range p.records {
		if _, ok := before[id]; !ok {
			t.note(m.Node, r, true)
		}
	}
}

// expire gives up processes that have been silent; mu is held.
func (t *Tracker[M]) expire() {
	for node, p := range t.peers {
		if time.Since(p.seen) > missedBeats*t.beat {
			t.forget(node, p)
		}
	}
}

func (t *Tracker[M]) forget(node string, p *peer[M]) {
	delete(t.peers, node)
	for _, r := range p.records {
		t.note(node, r, false)
	}
}
