package pubsub

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/gin-liveview/liveview/internal/delivery"
	"github.com/gin-liveview/liveview/internal/rescue"
)

// Errors of publishing beyond this process. Subscribers of this process have
// got the info all the same.
var (
	// ErrUnavailable says that the broker can't be reached.
	ErrUnavailable = errors.New("pubsub: the broker is not available")

	// ErrQueueFull says that more waits for the broker than [Options] allow.
	ErrQueueFull = errors.New("pubsub: the broker is too slow, the queue is full")

	// ErrTooLarge says that an info has more than [MaxMessage] bytes.
	ErrTooLarge = errors.New("pubsub: the info is too large")

	// ErrClosed says that the Bus has been closed.
	ErrClosed = errors.New("pubsub: closed")
)

// Options are the settings of a [Bus]. The zero value is ready for use.
type Options struct {
	// Prefix starts the names of all channels at the broker, so that several
	// applications can share it. Empty means "liveview".
	Prefix string

	// Secret signs the messages, at least 32 bytes, the same in all processes:
	// then whoever else can publish at the broker can't speak to the
	// application, nor repeat what was said: a process takes each message once,
	// and none that is two minutes old or more. One that has just started can be
	// told again what was said in the two minutes before. The clocks of all
	// processes must agree within that time. Empty means that messages aren't
	// signed.
	Secret Secret

	// Queue is how many messages may wait for the broker. Further ones are
	// dropped, Publish returns [ErrQueueFull], and the subscribers of other
	// processes get a [Missed] in their place. 0 means 4,096.
	Queue int

	// Wait is how long Subscribe waits until the broker confirms. A
	// subscription that takes longer, or begins while the broker is away,
	// starts with a [Missed]. 0 means one second.
	Wait time.Duration

	// Logger gets what the operator should know. Nil means slog.Default().
	Logger *slog.Logger
}

const (
	retryAfter     = 200 * time.Millisecond
	maxRetryAfter  = 30 * time.Second
	maxBatch       = 256 // messages handed to the broker at once
	publishTimeout = 5 * time.Second
	maxTopics      = 100_000 // whose numbering is remembered
)

// Bus is a [PubSub] between processes. One connection and one subscription for
// each topic serve all subscribers of the process, however many there are.
//
// Infos reach the subscribers of this process at once and as they are, whatever
// becomes of the broker.
type Bus struct {
	broker  Broker
	options Options
	node    string // of this Bus: random
	key     []byte // that signs messages; nil if they aren't signed
	local   *Local
	counts  counts

	saidStale sync.Once // that clocks may differ

	wakePublisher  chan struct{}   // has publish look at queue and gaps
	wakeSubscriber chan struct{}   // has subscribe look at changed
	ctx            context.Context // ends with Close
	cancel         context.CancelFunc
	done           sync.WaitGroup // of the two goroutines that NewBus starts: publish and subscribe

	mu      sync.Mutex // guards the fields below; held for no I/O and no delivery
	closed  bool
	up      bool // the broker is there
	warned  bool // that it is gone, since it was last there
	queue   []queued
	noticed map[string]struct{} // topics whose last in the queue is a notice
	gaps    map[string]struct{} // topics of which something was dropped that was published before all that is in the queue
	gapSeq  uint64              // of the last gap told
	numbers map[string]uint64   // of the last message published on a topic
	epoch   uint64              // of numbers
	topics  map[string]*topic
	heard   map[string]*hearing // what the broker was asked to carry, by topic
	past    [2]map[string]heard // of topics subscribed to no more; the second is the older
	pastAt  time.Time           // when the first was begun
	changed map[string]struct{} // topics whose subscription may have to begin or end
}

// hearing is a subscription at the broker. It may outlive the topic that it was
// begun for, and serve the next of that name.
type hearing struct {
	confirmed bool // the broker has said so, and not been lost since; guarded by the Bus's mu
}

// queued is a message that waits for the broker, or a notice that something of the topic
// is lost: it stands where that would have stood, so that who reads again upon it is told
// nothing older behind it. If it is dropped, its topic goes to gaps.
type queued struct {
	topic   string
	message Message // the zero value for a notice
}

func (q queued) isNotice() bool { return q.message.Channel == "" }

// NewBus returns a Bus over broker, which it starts and owns. Close it at the
// end.
func NewBus(broker Broker, options Options) *Bus {
	if options.Prefix == "" {
		options.Prefix = "liveview"
	}
	if options.Queue <= 0 {
		options.Queue = 4096
	}
	if options.Wait <= 0 {
		options.Wait = time.Second
	}
	if options.Logger == nil {
		options.Logger = slog.Default()
	}
	options.Logger = rescue.Logger(options.Logger)
	b := &Bus{
		broker: broker, options: options, local: NewLocal(),
		node: rand.Text()[:nodeBytes], key: signingKey(options.Secret.Reveal()), epoch: 1,
		gaps: make(map[string]struct{}), noticed: make(map[string]struct{}), numbers: make(map[string]uint64),
		topics: make(map[string]*topic), heard: make(map[string]*hearing), changed: make(map[string]struct{}),
		wakePublisher: make(chan struct{}, 1), wakeSubscriber: make(chan struct{}, 1),
	}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	b.done.Go(b.publish)
	b.done.Go(b.subscribe)
	broker.Start((*handler)(b))
	return b
}

// Close ends the connection to the broker. Subscribers of this process go on
// hearing its publishers. Called by one that is being told something, Close
// returns before the connection has ended, and nil.
func (b *Bus) Close() error {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return nil
	}
	b.closed, b.up = true, false
	b.mu.Unlock()
	b.cancel()
	end := func() error { b.done.Wait(); return b.broker.Close() }
	if delivery.Running() {
		go func() { _ = end() }() // which waits until the delivery has ended
		return nil
	}
	return end()
}

// Healthy returns nil while the broker is there, [ErrUnavailable] while it
// isn't, and [ErrClosed] after Close.
func (b *Bus) Healthy() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		return ErrClosed
	case !b.up:
		return ErrUnavailable
	}
	return nil
}

// Stats returns what has happened so far.
func (b *Bus) Stats() Stats {
	s := b.counts.stats()
	b.mu.Lock()
	defer b.mu.Unlock()
	s.Connected, s.Queued, s.Topics = b.up, len(b.queue), len(b.topics)
	return s
}

// Topics is [Local.Topics] of the topics that this process subscribes to.
func (b *Bus) Topics(most int) (topics []TopicStats, all int) { return b.local.Topics(most) }

// Publish hands info to the subscribers of this process and then to those of
// all others. It never waits for the broker. Its error says that other
// processes don't get info: one of those above, or that info's type isn't
// registered.
func (b *Bus) Publish(topic string, info any) error {
	_ = b.local.Publish(topic, info) // never fails
	it := typeOf(info)
	if it == nil {
		return fmt.Errorf("pubsub: %T is not registered and stays in this process; "+
			`add pubsub.Register[%T]("a name for it") where the program starts`, info, info)
	}
	payload, err := it.Marshal(info)
	if err != nil {
		return fmt.Errorf("pubsub: publishing a %T: %w", info, err)
	}
	if len(payload)+maxName+64 > MaxMessage {
		return fmt.Errorf("%w: a %T of %d bytes", ErrTooLarge, info, len(payload))
	}
	channel := b.channel(topic)

	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		return ErrClosed
	case !b.up:
		b.dropQueue()
		b.counts.unavailable.Add(1)
		b.gaps[topic] = struct{}{}
		return ErrUnavailable
	case len(b.queue) >= b.options.Queue:
		b.counts.queueFull.Add(1)
		b.notice(topic)
		return ErrQueueFull
	}
	delete(b.noticed, topic)
	e := envelope{node: b.node, kind: kindInfo, epoch: b.epoch, seq: b.number(topic), sent: now(), name: it.name, shape: it.Hash, payload: payload}
	b.queue = append(b.queue, queued{topic, Message{channel, e.appendTo(nil, channel, b.key)}})
	wake(b.wakePublisher)
	return nil
}

// notice puts one into the queue, unless one is the topic's last there; mu is held.
func (b *Bus) notice(topic string) {
	if _, ok := b.noticed[topic]; ok {
		return
	}
	b.noticed[topic] = struct{}{}
	b.queue = append(b.queue, queued{topic: topic})
}

// PublishLocal hands info, of whatever type, to the subscribers of this process
// alone.
func (b *Bus) PublishLocal(topic string, info any) { _ = b.local.Publish(topic, info) } // never fails

// number is that of the next message on topic; mu is held.
func (b *Bus) number(topic string) uint64 {
	if len(b.numbers) >= maxTopics {
		clear(b.numbers)
		b.epoch++
	}
	b.numbers[topic]++
	return b.numbers[topic]
}

// now is a message's time.
func now() uint64 { return uint64(max(0, time.Now().UnixMilli())) }

func (b *Bus) channel(topic string) string { return b.options.Prefix + ":" + topic }

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it is awake, or will be
	}
}

// publish is the goroutine that hands the queue to the broker.
func (b *Bus) publish() {
	for {
		select {
		case <-b.wakePublisher:
		case <-b.ctx.Done():
			return
		}
		for {
			sent, err := b.publishBatch()
			if err == nil && !sent {
				break
			}
			if err != nil && !b.pause(retryAfter) {
				return
			}
		}
	}
}

// pause waits, and reports whether the Bus is still open.
func (b *Bus) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-b.ctx.Done():
		return false
	}
}

// publishBatch sends some of the queue, and reports whether there was anything.
func (b *Bus) publishBatch() (sent bool, err error) {
	b.mu.Lock()
	if !b.up {
		b.dropQueue()
		b.mu.Unlock()
		return false, nil
	}
	var batch []queued
	for topic := range b.gaps {
		batch = append(batch, queued{topic, b.noticeOf(topic)})
		if delete(b.gaps, topic); len(batch) >= maxBatch {
			break
		}
	}
	n := 0
	if len(b.gaps) == 0 { // or what is in the queue isn't behind all of them
		n = min(len(b.queue), maxBatch)
	}
	for _, q := range b.queue[:n] {
		if q.isNotice() {
			q.message = b.noticeOf(q.topic)
			delete(b.noticed, q.topic) // where a later one waits as well, the next loss adds one too many
		}
		batch = append(batch, q)
	}
	b.queue = append([]queued(nil), b.queue[n:]...)
	b.mu.Unlock()
	if len(batch) == 0 {
		return false, nil
	}
	messages := make([]Message, len(batch))
	for i, q := range batch {
		messages[i] = q.message
	}
	ctx, cancel := context.WithTimeout(b.ctx, publishTimeout)
	err = rescue.Run("the broker's Publish", func() error { return b.broker.Publish(ctx, messages) })
	cancel()
	if err == nil {
		b.counts.published.Add(uint64(len(batch)))
		return true, nil
	}
	if b.ctx.Err() == nil {
		b.options.Logger.Warn("pubsub: messages not published", "count", len(batch), "err", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.counts.failed.Add(uint64(len(batch)))
	for _, q := range batch {
		b.gaps[q.topic] = struct{}{}
	}
	return false, err
}

// noticeOf says that something of a topic is lost; mu is held.
func (b *Bus) noticeOf(topic string) Message {
	channel := b.channel(topic)
	b.gapSeq++
	e := envelope{node: b.node, kind: kindGap, epoch: b.epoch, seq: b.gapSeq, sent: now()}
	return Message{channel, e.appendTo(nil, channel, b.key)}
}

// dropQueue gives up what waits for a broker that is gone; mu is held.
func (b *Bus) dropQueue() {
	for _, q := range b.queue {
		if b.gaps[q.topic] = struct{}{}; !q.isNotice() {
			b.counts.unavailable.Add(1)
		}
	}
	b.queue = nil
	clear(b.noticed)
}

// Subscribe implements [PubSub]. It returns when the broker has confirmed that
// the topic is heard, so that nothing is missed that is published from then
// on, or after [Options].Wait: what may have been missed is then said by a
// [Missed] later. Called by a subscriber that is being told something, it doesn't
// wait at all. It returns [ErrClosed] after Close.
func (b *Bus) Subscribe(name string, deliver func(any)) (func(), error) {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return nil, ErrClosed
	}
	t := b.topics[name]
	if t == nil {
		t = newTopic(b.recall(name))
		b.topics[name] = t
		if h := b.heard[name]; h != nil && h.confirmed {
			t.confirmed() // that for the last topic of this name stands
		}
		b.change(name)
	}
	t.subscribers++
	up := b.up
	if !up && !t.active {
		t.late = true
	}
	b.mu.Unlock()

	// Before the broker confirms: what comes the moment after must arrive.
	unsubscribe, _ := b.local.Subscribe(name, deliver) // never fails
	if up {
		b.await(t)
	}
	return sync.OnceFunc(func() {
		unsubscribe()
		b.mu.Lock()
		defer b.mu.Unlock()
		if t.subscribers--; t.subscribers == 0 && b.topics[name] == t {
			delete(b.topics, name)
			b.keep(name, t.heard)
			b.change(name)
		}
	}), nil
}

// change has the broker told whether a topic is subscribed to; mu is held.
func (b *Bus) change(name string) {
	b.changed[name] = struct{}{}
	wake(b.wakeSubscriber)
}

// keep remembers how far a topic was heard that nobody subscribes to any more,
// for as long as what came on it could be repeated; mu is held. It is kept in two
// halves, so that nobody waits for others to be forgotten.
func (b *Bus) keep(name string, h heard) {
	if b.key == nil || len(h) == 0 {
		return
	}
	now := time.Now()
	if age := now.Sub(b.pastAt); b.past[0] == nil || age >= 2*maxAge || len(b.past[0]) >= maxTopics {
		b.past[1] = b.past[0]
		if age >= 4*maxAge {
			b.past[1] = nil
		}
		b.past[0], b.pastAt = make(map[string]heard), now
	}
	b.past[0][name] = h
}

// recall returns how far a topic was heard before, as far as it is known; mu is
// held.
func (b *Bus) recall(name string) heard {
	for _, past := range b.past {
		if h, ok := past[name]; ok {
			delete(past, name)
			h.breakOff()
			return h
		}
	}
	return make(heard)
}

// await waits until t is active, Options.Wait at most.
func (b *Bus) await(t *topic) {
	select {
	case <-t.ready:
		return
	default:
	}
	if !delivery.Running() { // else what it would wait for may be behind that
		timer := time.NewTimer(b.options.Wait)
		defer timer.Stop()
		select {
		case <-t.ready:
			return
		case <-b.ctx.Done():
			return
		case <-timer.C:
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	t.late = t.late || !t.active
}

// subscribe is the goroutine that tells the broker what is subscribed.
func (b *Bus) subscribe() {
	for {
		select {
		case <-b.wakeSubscriber:
		case <-b.ctx.Done():
			return
		}
		b.mu.Lock()
		changed := b.changed
		b.changed = make(map[string]struct{})
		b.mu.Unlock()
		for name := range changed {
			b.tellBroker(name)
		}
	}
}

// tellBroker has the broker carry a topic that is subscribed to, and no other.
func (b *Bus) tellBroker(name string) {
	channel := b.channel(name)
	b.mu.Lock()
	t, h := b.topics[name], b.heard[name]
	switch {
	case t != nil && h == nil:
		h = &hearing{}
		b.heard[name] = h
		b.mu.Unlock()
		err := rescue.Run("the broker's Subscribe", func() error {
			return b.broker.Subscribe(channel, func() { b.confirmed(name, h) })
		})
		if err != nil {
			b.refused(name, t, h, err)
		}
	case t == nil && h != nil:
		delete(b.heard, name)
		b.mu.Unlock()
		err := rescue.Run("the broker's Unsubscribe", func() error { return b.broker.Unsubscribe(channel) })
		if err != nil && b.ctx.Err() == nil {
			b.options.Logger.Warn("pubsub: a subscription may be left at the broker", "topic", name, "err", err)
		}
	default: // it ended and began again meanwhile, or the other way round
		b.mu.Unlock()
	}
}

// confirmed notes that the broker carries a topic from now on.
func (b *Bus) confirmed(name string, h *hearing) {
	b.mu.Lock()
	if b.heard[name] != h {
		b.mu.Unlock()
		return // it has ended
	}
	h.confirmed = true
	t := b.topics[name]
	late := t != nil && t.confirmed()
	b.mu.Unlock()
	if late {
		b.missed(name)
	}
}

// refused has the broker asked again for a topic, later each time.
func (b *Bus) refused(name string, t *topic, h *hearing, err error) {
	if b.ctx.Err() != nil {
		return
	}
	b.options.Logger.Warn("pubsub: the broker refuses a subscription; it is asked again", "topic", name, "err", err)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.heard[name] == h {
		delete(b.heard, name)
	}
	t.late = true
	wait := min(retryAfter<<min(t.refused, 10), maxRetryAfter)
	t.refused++
	time.AfterFunc(wait, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.change(name)
	})
}

// handler is what the Bus shows its Broker.
type handler Bus

func (h *handler) Connected() {
	b := (*Bus)(h)
	b.mu.Lock()
	was := b.up
	b.up, b.warned = !b.closed, false
	b.mu.Unlock()
	if !was {
		b.options.Logger.Info("pubsub: connected to the broker")
		wake(b.wakePublisher) // gaps are told
	}
}

func (h *handler) Disconnected(err error) {
	b := (*Bus)(h)
	b.mu.Lock()
	warned := b.warned
	b.up, b.warned = false, true
	for _, h := range b.heard {
		h.confirmed = false
	}
	for _, t := range b.topics {
		t.disconnected()
	}
	b.dropQueue()
	b.mu.Unlock()
	if !warned && b.ctx.Err() == nil {
		b.options.Logger.Warn("pubsub: the broker isn't there; this process goes on by itself and tries again", "broker", fmt.Sprintf("%T", b.broker), "err", err)
	}
}

func (h *handler) Lost(channel string) {
	b := (*Bus)(h)
	if name, ok := b.topicOf(channel); ok {
		b.missed(name)
	}
}

func (b *Bus) missed(topic string) {
	b.counts.missed.Add(1)
	_ = b.local.Publish(topic, Missed{Topic: topic}) // never fails
}

func (b *Bus) topicOf(channel string) (string, bool) {
	n := len(b.options.Prefix)
	if len(channel) <= n || channel[:n] != b.options.Prefix || channel[n] != ':' {
		return "", false
	}
	return channel[n+1:], true
}

func (h *handler) Receive(channel string, data []byte) {
	b := (*Bus)(h)
	name, ok := b.topicOf(channel)
	if !ok {
		return
	}
	if len(data) > MaxMessage {
		b.counts.tooLarge.Add(1)
		return
	}
	e, err := parseEnvelope(data, channel, b.key)
	switch {
	case errors.Is(err, errVersion):
		b.counts.version.Add(1)
		return
	case errors.Is(err, errSignature):
		b.counts.signature.Add(1)
		return
	case err != nil:
		b.counts.garbled.Add(1)
		return
	case e.node == b.node:
		b.counts.echoes.Add(1)
		return
	case b.key != nil && isStale(e):
		b.counts.stale.Add(1)
		b.saidStale.Do(func() {
			b.options.Logger.Warn("pubsub: a message of another process is older, or newer, than two minutes and was dropped; do their clocks agree?",
				"topic", name, "sent", time.UnixMilli(int64(e.sent)))
		})
		return
	}
	isNew, gap := b.advance(name, e)
	if !isNew {
		return
	}
	if gap {
		b.missed(name)
	}
	if e.kind == kindGap {
		return
	}
	it := typeNamed(e.name)
	if it == nil || it.Hash != e.shape {
		b.counts.unknownType.Add(1)
		return
	}
	info, err := it.Unmarshal(e.payload)
	if err != nil {
		b.counts.garbled.Add(1)
		return
	}
	b.counts.received.Add(1)
	_ = b.local.Publish(name, info) // never fails
}

// isStale reports whether e was sent so long ago that its number may have been
// forgotten.
func isStale(e envelope) bool {
	sent, now := e.sent, now()
	age := max(sent, now) - min(sent, now)
	return age >= uint64(maxAge.Milliseconds())
}

// advance notes that e has come, and reports whether it is one that hasn't come
// before, and whether others before it didn't come.
func (b *Bus) advance(name string, e envelope) (isNew, gap bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := b.topics[name]
	if t == nil {
		return false, false // nobody listens any more
	}
	isNew, gap = t.advance(e, time.Now())
	if !isNew {
		b.counts.duplicates.Add(1)
	}
	return isNew, gap
}
