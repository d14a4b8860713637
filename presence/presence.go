// Package presence knows who is there: on a topic, in all processes of an
// application, with what the application says of each.
//
//	type Who struct {
//		Name   string
//		Typing bool
//	}
//
//	var here = presence.New[Who](bus, "rooms", presence.Options{})
//
//	// in Mount, of a live page
//	me, err := liveview.Track(s, here, "room 1", user.ID, Who{Name: user.Name})
//
//	// in HandleEvent, where the visitor types
//	err := me.Update(Who{Name: user.Name, Typing: e.Value("text") != ""})
//
// Whoever subscribes to the topic hears of those who come, change and go by a
// [Change].
package presence

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	mathrand "math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-liveview/liveview/internal/delivery"
	"github.com/gin-liveview/liveview/internal/rescue"
	"github.com/gin-liveview/liveview/internal/shape"
	"github.com/gin-liveview/liveview/pubsub"
)

// ErrTooLarge says that more than [MaxEntry] bytes were to be told of a presence.
// It is returned by [Tracker.Track] and [Handle.Update].
var ErrTooLarge = errors.New("presence: topic, key and meta are too large")

// Options are the settings of a [Tracker].
type Options struct {
	// Beat is how often processes show that they live. The presences of one
	// that doesn't for three beats are taken for gone. 0 means two seconds.
	Beat time.Duration
}

const (
	missedBeats = 3

	// inboxSize is how many messages of other processes may wait. If there are
	// more they are dropped, and asked for anew.
	inboxSize = 1024

	// gatherings is how many times a beat what several ask for is said at most.
	gatherings = 20
)

// Tracker keeps the presences of one kind. It is safe for concurrent use.
//
// Each process owns its presences, numbers the changes to them, and tells
// everyone. Who finds a number missing asks for all. What is asked for is said to
// everyone, so who is about to ask the same waits for it.
type Tracker[M any] struct {
	pubsub pubsub.PubSub
	topic  string // on which the processes talk
	node   string // this process: random
	beat   time.Duration
	record *shape.Type // of record[M]

	inbox  chan any      // of run: message and pubsub.Missed
	wake   chan struct{} // of run: there is something in news or changes, or lost is set
	stop   chan struct{} // closed by Close
	done   sync.WaitGroup
	lastID atomic.Uint64

	// Owned by run.
	said     map[string]bool // what the log was told
	turned   time.Time       // when run has last looked at what is due
	beatAt   time.Time
	pollAt   time.Time            // when all are to be asked for their clocks; zero for not
	answer   said                 // this process's clock
	tell     said                 // this process's state
	asks     map[string]time.Time // when a process is to be asked for its state
	telling  uint64               // of the last state
	outgoing []message            // to be published

	mu      sync.Mutex // guards the fields below; held for no delivery
	closed  bool
	lost    bool // inbox ran over
	own     map[uint64]*owned[M]
	news    map[uint64]struct{} // of own, and of those that left: what is to be told
	clock   uint64              // of own, as far as it was told
	peers   map[string]*peer[M]
	topics  map[string]map[place]*presence[M] // all of own and of the peers, by topic
	changes changes[M]                        // to be delivered by run
}

// place is where a presence is from.
type place struct {
	node   string
	number uint64
}

// owned is a presence of this process.
type owned[M any] struct {
	*presence[M]
	record json.RawMessage
	told   bool // others may know of it
}

// said is something that is said when it is asked for, at once, or if that has
// just been done, in a moment to all who have asked until then.
type said struct {
	last, due time.Time // due is zero if nobody has asked
}

func (s *said) ask(now time.Time, gather time.Duration) {
	if s.due.IsZero() {
		if s.due = s.last.Add(gather); s.due.Before(now) {
			s.due = now
		}
	}
}

// take reports whether it is to be said now.
func (s *said) take(now time.Time) bool {
	if s.due.IsZero() || s.due.After(now) {
		return false
	}
	s.last, s.due = now, time.Time{}
	return true
}

// metas are their types by tracker's name, for the whole process.
var metas struct {
	mu     sync.Mutex // guards byName
	byName map[string]reflect.Type
}

// Uses reports whether t talks over ps. Of two of one type that can't be compared it
// takes the one for the other.
func (t *Tracker[M]) Uses(ps pubsub.PubSub) bool {
	return reflect.TypeOf(ps) == reflect.TypeOf(t.pubsub) && (!reflect.TypeOf(ps).Comparable() || ps == t.pubsub)
}

// New returns a Tracker that talks to those of the same name in other
// processes over ps. M must be fit for [pubsub.Register]; New panics if it
// isn't, or if name is in use for another M. Close it at the end.
func New[M any](ps pubsub.PubSub, name string, options Options) *Tracker[M] {
	meta := reflect.TypeFor[M]()
	if _, err := shape.Of(meta); err != nil {
		panic(fmt.Sprintf("presence: New[%s](%q): %s", meta, name, err))
	}
	s, err := shape.Of(reflect.TypeFor[record[M]]())
	if err != nil {
		panic(fmt.Sprintf("presence: New[%s](%q): %s", meta, name, err))
	}
	metas.mu.Lock()
	if metas.byName == nil {
		metas.byName = make(map[string]reflect.Type)
	}
	taken := metas.byName[name]
	if taken == nil {
		metas.byName[name] = meta
	}
	metas.mu.Unlock()
	if taken != nil && taken != meta {
		panic(fmt.Sprintf("presence: New[%s](%q): the name is taken by a Tracker of %s", meta, name, taken))
	}
	if options.Beat <= 0 {
		options.Beat = 2 * time.Second
	}
	t := &Tracker[M]{
		pubsub: ps, topic: "liveview:presence:" + name, node: rand.Text(), beat: options.Beat, record: s,
		inbox: make(chan any, inboxSize), wake: make(chan struct{}, 1), stop: make(chan struct{}),
		said: make(map[string]bool), asks: make(map[string]time.Time),
		own: make(map[uint64]*owned[M]), news: make(map[uint64]struct{}), peers: make(map[string]*peer[M]),
		topics: make(map[string]map[place]*presence[M]),
	}
	t.done.Go(t.run)
	return t
}

// Close says good-bye for all presences of this process. Called by a subscriber
// that is being told something, it returns before that is done.
func (t *Tracker[M]) Close() {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return
	}
	t.closed = true
	for _, o := range t.own {
		t.note(o.presence, nil)
	}
	clear(t.own)
	clear(t.news)
	t.mu.Unlock()
	close(t.stop)
	if !delivery.Running() {
		t.done.Wait()
	}
}

// Handle is a presence of this process. Its methods may be called from any
// goroutine. Those of a nil Handle do nothing: liveview.Track returns one during
// the HTTP render.
type Handle[M any] struct {
	tracker *Tracker[M]
	number  uint64
	id      string
	topic   string
	key     string
	ended   atomic.Bool // by Untrack
}

// Track makes a presence of key on topic, until [Handle.Untrack]. A live page uses
// liveview.Track, which does that when its view ends. meta is shared with those who
// are told of it in this process: what it points to may not be changed.
//
// It returns [ErrTooLarge] if more than [MaxEntry] bytes were to be told of it, and
// the error of a MarshalJSON; nobody is present then. After Close nobody is either.
func (t *Tracker[M]) Track(topic, key string, meta M) (*Handle[M], error) {
	number := t.lastID.Add(1)
	h := &Handle[M]{tracker: t, number: number, id: t.id(t.node, number), topic: topic, key: key}
	record, err := h.encode(meta)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return h, nil
	}
	o := &owned[M]{presence: h.presence(meta), record: record}
	t.own[number] = o
	t.news[number] = struct{}{}
	t.note(nil, o.presence)
	return h, nil
}

func (t *Tracker[M]) id(node string, number uint64) string {
	return node + "-" + strconv.FormatUint(number, 10)
}

// ID returns the [Entry].ID of the presence.
func (h *Handle[M]) ID() string {
	if h == nil {
		return ""
	}
	return h.id
}

// Update says something else of the presence. If it is the same, nobody is told, so
// it may be called with each key that is pressed. After Untrack it does nothing.
// Its errors are those of [Tracker.Track]; the presence then stays as it is.
func (h *Handle[M]) Update(meta M) error {
	if h == nil {
		return nil
	}
	record, err := h.encode(meta)
	if err != nil {
		return err
	}
	t := h.tracker
	t.mu.Lock()
	defer t.mu.Unlock()
	o := t.own[h.number]
	if o == nil || bytes.Equal(o.record, record) {
		return nil
	}
	before := o.presence
	o.presence, o.record = h.presence(meta), record
	t.news[h.number] = struct{}{}
	t.note(before, o.presence)
	return nil
}

// Untracked reports whether the presence has been ended by Untrack. It doesn't wait.
func (h *Handle[M]) Untracked() bool { return h != nil && h.ended.Load() }

// Untrack ends the presence. Further calls do nothing.
func (h *Handle[M]) Untrack() {
	if h == nil {
		return
	}
	h.ended.Store(true)
	t := h.tracker
	t.mu.Lock()
	defer t.mu.Unlock()
	o := t.own[h.number]
	if o == nil {
		return
	}
	delete(t.own, h.number)
	if o.told {
		t.news[h.number] = struct{}{}
	} else {
		delete(t.news, h.number)
	}
	t.note(o.presence, nil)
}

// encode returns what travels.
func (h *Handle[M]) encode(meta M) (json.RawMessage, error) {
	data, err := h.tracker.record.Marshal(record[M]{h.number, h.topic, h.key, meta})
	if err != nil {
		return nil, fmt.Errorf("presence: of %q on %q: %w", h.key, h.topic, err)
	}
	if len(data) > MaxEntry {
		return nil, fmt.Errorf("%w: %d bytes of %.100q, more than %d", ErrTooLarge, len(data), h.key, MaxEntry)
	}
	return data, nil
}

func (h *Handle[M]) presence(meta M) *presence[M] {
	return &presence[M]{Entry[M]{h.id, h.key, meta}, h.topic, h.tracker.node, h.number}
}

// List returns who is on topic, by key; several of one key in the order of
// their processes and of their coming. It takes as long as there are presences on
// topic; others cost nothing.
func (t *Tracker[M]) List(topic string) []Entry[M] {
	t.mu.Lock()
	all := slices.AppendSeq(make([]*presence[M], 0, len(t.topics[topic])), maps.Values(t.topics[topic]))
	t.mu.Unlock()
	slices.SortFunc(all, func(a, b *presence[M]) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.node, b.node), cmp.Compare(a.number, b.number))
	})
	entries := make([]Entry[M], len(all))
	for i, p := range all {
		entries[i] = p.Entry
	}
	return entries
}

// Topics returns the topics that somebody is on, with how many they are, at most so many:
// those with most of them first. It is for operators, and takes as long as there are topics.
func (t *Tracker[M]) Topics(most int) []TopicCount {
	t.mu.Lock()
	topics := make([]TopicCount, 0, len(t.topics))
	for topic, there := range t.topics {
		topics = append(topics, TopicCount{topic, len(there)})
	}
	t.mu.Unlock()
	slices.SortFunc(topics, func(a, b TopicCount) int {
		return cmp.Or(cmp.Compare(b.Presences, a.Presences), cmp.Compare(a.Topic, b.Topic))
	})
	return topics[:min(len(topics), max(most, 0))]
}

// TopicCount is how many presences a topic has.
type TopicCount struct {
	Topic     string
	Presences int
}

// note has List know what a presence was and is, nil for not there, and the
// subscribers of its topic hear of it; mu is held.
func (t *Tracker[M]) note(was, is *presence[M]) {
	p := cmp.Or(is, was)
	there, k := t.topics[p.topic], place{p.node, p.number}
	switch {
	case is == nil:
		if delete(there, k); len(there) == 0 {
			delete(t.topics, p.topic)
		}
	case there == nil:
		t.topics[p.topic] = map[place]*presence[M]{k: p}
	default:
		there[k] = p
	}
	t.changes.note(p.topic, p.Entry, was != nil, is != nil)
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
	if m, ok := info.(message); ok && m.Node == t.node {
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
	now := time.Now()
	t.turned, t.beatAt = now, now.Add(t.beat)
	t.say(message{Kind: kindAsk})
	t.flush(now)
	timer := time.NewTimer(t.beat)
	defer timer.Stop()
	for {
		timer.Reset(time.Until(t.nextDue()))
		select {
		case info := <-t.inbox:
			t.receive(info, time.Now())
		case <-t.wake:
		case <-timer.C:
		case <-t.stop:
			t.say(message{Kind: kindBye})
			t.flush(time.Now())
			return
		}
		// All that has come, before anything is said or anybody given up.
		for range len(t.inbox) {
			t.receive(<-t.inbox, time.Now())
		}
		now := time.Now()
		t.due(now)
		t.flush(now)
	}
}

// try calls the PubSub. What goes wrong is said once: it may do so each beat. What
// a broker that is away has cost others notice by the next beat.
func (t *Tracker[M]) try(what string, fn func() error) {
	err := rescue.Run("the PubSub's "+what, fn)
	if err == nil || errors.Is(err, pubsub.ErrUnavailable) || errors.Is(err, pubsub.ErrQueueFull) || errors.Is(err, pubsub.ErrClosed) {
		return
	}
	var stack string
	if p, ok := rescue.Find[*rescue.Panic](err); ok {
		stack = string(p.Stack)
	}
	t.warn(what, "presence: other processes may not hear of who is here", "err", err, "stack", stack)
}

// warn logs what is of one kind once.
func (t *Tracker[M]) warn(kind, text string, args ...any) {
	if !t.said[kind] {
		t.said[kind] = true
		slog.Error(text, append([]any{"topic", t.topic}, args...)...)
	}
}

func (t *Tracker[M]) gather() time.Duration { return t.beat / gatherings }

// soon is a moment within gather. Who is to ask the same as others does so at
// another moment than they, and not at all if one of them has.
func (t *Tracker[M]) soon(now time.Time) time.Time {
	return now.Add(time.Duration(mathrand.Int64N(int64(t.gather()) + 1)))
}

// poll has everybody say their clocks, soon.
func (t *Tracker[M]) poll(now time.Time) {
	if t.pollAt.IsZero() {
		t.pollAt = t.soon(now)
	}
}

// ask has one process say all there is, soon, and twice a beat at most.
func (t *Tracker[M]) ask(node string, p *peer[M], now time.Time) {
	if t.asks[node].IsZero() && now.Sub(p.asked) >= t.beat/2 {
		t.asks[node] = t.soon(now)
	}
}

// nextDue is when due has something to do.
func (t *Tracker[M]) nextDue() time.Time {
	next := t.beatAt
	sooner := func(at time.Time) {
		if !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	sooner(t.pollAt)
	sooner(t.answer.due)
	sooner(t.tell.due)
	for _, at := range t.asks {
		sooner(at)
	}
	return next
}

// due says what is to be said by now, and gives up processes that have been
// silent.
func (t *Tracker[M]) due(now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lost {
		t.lost = false
		t.poll(now)
	}
	if stood := now.Sub(t.turned); stood > t.beat+t.beat/2 {
		// It is this process that hasn't listened: what the others have said
		// may be on its way still.
		for _, p := range t.peers {
			p.seen = p.seen.Add(stood)
		}
	}
	t.turned = now
	if !t.pollAt.IsZero() && !t.pollAt.After(now) {
		t.pollAt = time.Time{}
		t.say(message{Kind: kindPoll})
		t.answer.ask(now, t.gather()) // who was about to poll waits for that as well
	}
	for node, at := range t.asks {
		if p := t.peers[node]; p == nil {
			delete(t.asks, node)
		} else if !at.After(now) {
			delete(t.asks, node)
			p.asked = now
			t.say(message{Kind: kindAsk, To: node})
		}
	}
	if !t.beatAt.After(now) {
		t.beatAt = now.Add(t.beat)
		t.answer.due = now
		for node, p := range t.peers {
			if now.Sub(p.seen) > missedBeats*t.beat {
				t.forget(node, p)
			}
		}
	}
}

// say has flush publish m.
func (t *Tracker[M]) say(m message) {
	m.Node, m.Shape = t.node, t.record.Hash
	t.outgoing = append(t.outgoing, m)
}

// flush publishes and delivers what has come together.
func (t *Tracker[M]) flush(now time.Time) {
	t.mu.Lock()
	t.sayNews()
	if t.tell.take(now) {
		t.sayState()
	}
	if t.answer.take(now) {
		t.say(message{Kind: kindBeat, Clock: t.clock})
	}
	changes := t.changes.take()
	t.mu.Unlock()
	outgoing := t.outgoing
	t.outgoing = nil
	for _, m := range outgoing {
		t.try("Publish", func() error { return t.pubsub.Publish(t.topic, m) })
	}
	for _, c := range changes {
		t.try("PublishLocal", func() error {
			delivery.Run(func() { pubsub.PublishLocal(t.pubsub, c.Topic, c) })
			return nil
		})
	}
}

// sayNews says what has changed of this process's presences; mu is held.
func (t *Tracker[M]) sayNews() {
	if len(t.news) == 0 {
		return
	}
	var joined []json.RawMessage
	var left []uint64
	for _, number := range slices.Sorted(maps.Keys(t.news)) {
		if o := t.own[number]; o != nil {
			o.told = true
			joined = append(joined, o.record)
		} else {
			left = append(left, number)
		}
	}
	clear(t.news)
	// Who comes is told before who goes, and the last of them with the first of those:
	// of a page that is loaded anew nobody sees the moment between.
	var changes []message
	if len(joined) > 0 {
		for _, part := range cut(joined) {
			changes = append(changes, message{Joined: part})
		}
	}
	for numbers := range slices.Chunk(left, partBytes/20) { // of 20 digits at most
		if last := len(changes) - 1; last >= 0 && changes[last].Left == nil {
			changes[last].Left = numbers
		} else {
			changes = append(changes, message{Left: numbers})
		}
	}
	for _, m := range changes {
		m.Kind, m.From, m.Clock = kindChange, t.clock, t.clock+1
		t.clock++
		t.say(m)
	}
}

// sayState says all presences of this process; mu is held.
func (t *Tracker[M]) sayState() {
	records := make([]json.RawMessage, 0, len(t.own))
	for _, number := range slices.Sorted(maps.Keys(t.own)) {
		records = append(records, t.own[number].record)
	}
	t.telling++
	parts := cut(records)
	for i, part := range parts {
		t.say(message{Kind: kindState, Clock: t.clock, Joined: part, Telling: t.telling, Part: i, Parts: len(parts)})
	}
}

// receive acts on what has come.
func (t *Tracker[M]) receive(info any, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch m := info.(type) {
	case pubsub.Missed:
		t.poll(now)
	case message:
		if m.Shape != t.record.Hash {
			t.warn("shape", "presence: a process of another version says other things of who is there; they aren't shown here")
			return
		}
		t.hearOf(m, now)
	}
}

// hearOf acts on what another process tells; mu is held.
func (t *Tracker[M]) hearOf(m message, now time.Time) {
	p := t.peers[m.Node]
	if m.Kind == kindBye {
		if p != nil {
			t.forget(m.Node, p)
		}
		return
	}
	if p == nil {
		p = &peer[M]{presents: make(map[uint64]*presence[M])}
		t.peers[m.Node] = p
	}
	p.seen = now
	switch m.Kind {
	case kindPoll:
		t.pollAt = time.Time{} // all answer to everybody
		t.answer.ask(now, t.gather())
	case kindAsk:
		if m.To == "" || m.To == t.node {
			t.tell.ask(now, t.gather())
		}
		for node := range t.asks {
			if m.To == "" || m.To == node {
				delete(t.asks, node)
				if asked := t.peers[node]; asked != nil {
					asked.asked = now
				}
			}
		}
	case kindState:
		t.takeState(m, p)
	case kindChange:
		switch {
		case m.From == p.clock:
			p.clock = m.Clock
			t.apply(m, p)
		case m.Clock > p.clock:
			t.ask(m.Node, p, now)
		}
	case kindBeat:
		if m.Clock > p.clock {
			t.ask(m.Node, p, now)
		}
	}
}

// apply has p's presences change; mu is held.
func (t *Tracker[M]) apply(m message, p *peer[M]) {
	for _, data := range m.Joined {
		if is := t.decode(m.Node, data); is != nil {
			was := p.presents[is.number]
			p.presents[is.number] = is
			t.note(was, is)
		}
	}
	for _, number := range m.Left {
		if was := p.presents[number]; was != nil {
			delete(p.presents, number)
			t.note(was, nil)
		}
	}
}

// takeState replaces what is known of p once all parts are there; mu is held.
func (t *Tracker[M]) takeState(m message, p *peer[M]) {
	if m.Clock <= p.clock {
		return // somebody else had asked
	}
	all, complete := p.take(m)
	if !complete {
		return
	}
	before := p.presents
	p.clock, p.presents = m.Clock, make(map[uint64]*presence[M], len(all))
	for _, data := range all {
		if is := t.decode(m.Node, data); is != nil {
			p.presents[is.number] = is
		}
	}
	for number, was := range before {
		if p.presents[number] == nil {
			t.note(was, nil)
		}
	}
	for number, is := range p.presents {
		if was := before[number]; was == nil || !reflect.DeepEqual(was.Meta, is.Meta) {
			t.note(was, is)
		}
	}
}

// decode reads a presence of node's; nil if it can't be read. mu is held.
func (t *Tracker[M]) decode(node string, data json.RawMessage) *presence[M] {
	v, err := t.record.Unmarshal(data)
	r, ok := v.(record[M])
	if err != nil || !ok {
		t.warn("record", "presence: what another process says of one who is there can't be read; it isn't shown here", "err", err)
		return nil
	}
	return &presence[M]{Entry[M]{t.id(node, r.ID), r.Key, r.Meta}, r.Topic, node, r.ID}
}

// forget gives a process up; mu is held.
func (t *Tracker[M]) forget(node string, p *peer[M]) {
	delete(t.peers, node)
	delete(t.asks, node)
	for _, was := range p.presents {
		t.note(was, nil)
	}
}
