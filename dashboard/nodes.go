package dashboard

import (
	"cmp"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/gin-liveview/liveview/pubsub"
)

// Processes tell of themselves while somebody looks at the list of them, who asks.
const (
	nodesTopic = "liveview:dashboard" // no application can publish there
	askEvery   = 3 * time.Second
	nodeAge    = 4 * askEvery // when one that says nothing is left out
	maxNodes   = 200
)

func init() {
	pubsub.Register[nodeAsk]("liveview.dashboard.ask")
	pubsub.Register[nodeSummary]("liveview.dashboard.node")
}

// nodeAsk asks every process to tell of itself.
type nodeAsk struct{}

// nodeSummary is what a process tells of itself.
type nodeSummary struct {
	Name                  string
	Started               int64 // Unix seconds
	Go                    string
	Sockets, Views, Users int
	Events                int   // in the last five seconds
	P99                   int64 // of these, in microseconds
	Heap                  int64 // bytes
	Goroutines            int
	Crashes               int // within the last hour
	Gone                  bool
}

// heardNode is what was heard of a process last, and when.
type heardNode struct {
	nodeSummary
	at time.Time
}

// nodes are the processes that have told of themselves.
type nodes struct {
	mu       sync.Mutex // guards the fields below. Nothing is locked under it.
	heard    map[string]heardNode
	asked    time.Time
	answered time.Time
	leave    func() // ends the subscription; nil before there is one
	joining  bool
	closed   bool
	goodbye  func()
}

// joinCluster has this process hear who asks, if it doesn't yet.
func (b *Board) joinCluster() {
	n := &b.nodes
	n.mu.Lock()
	if n.joining || n.leave != nil || n.closed {
		n.mu.Unlock()
		return
	}
	n.joining = true
	n.mu.Unlock()
	leave, err := b.lv.PubSub().Subscribe(nodesTopic, b.hear)
	n.mu.Lock()
	n.joining = false
	if err == nil && !n.closed {
		n.leave, leave = leave, nil
		n.goodbye = func() { b.tellNode(nodeSummary{Name: b.options.Name, Gone: true}) }
	}
	n.mu.Unlock()
	if err == nil && leave != nil {
		leave()
	}
}

func (n *nodes) close() {
	n.mu.Lock()
	leave, goodbye := n.leave, n.goodbye
	n.leave, n.closed = nil, true
	n.mu.Unlock()
	if leave != nil {
		leave()
		goodbye()
	}
}

// hear takes in what comes over the PubSub.
func (b *Board) hear(info any) {
	n, now := &b.nodes, time.Now()
	switch info := info.(type) {
	case nodeAsk:
		n.mu.Lock()
		late := now.Sub(n.answered) >= askEvery/2
		if late {
			n.answered = now
		}
		n.mu.Unlock()
		if late {
			b.tellNode(b.summary())
		}
	case nodeSummary:
		info.Name = cut(info.Name)
		n.mu.Lock()
		if _, known := n.heard[info.Name]; info.Gone {
			delete(n.heard, info.Name)
		} else if known || len(n.heard) < maxNodes {
			n.heard[info.Name] = heardNode{info, now}
		}
		n.mu.Unlock()
	}
}

// tellNode publishes what a process is. That it can't is told by the list, where it is missing.
func (b *Board) tellNode(s nodeSummary) { _ = b.lv.PubSub().Publish(nodesTopic, s) }

// askNodes asks the processes to tell of themselves, unless that was done just now.
func (b *Board) askNodes() {
	n, now := &b.nodes, time.Now()
	n.mu.Lock()
	late := now.Sub(n.asked) >= askEvery/2
	if late {
		n.asked = now
	}
	n.mu.Unlock()
	if late {
		_ = b.lv.PubSub().Publish(nodesTopic, nodeAsk{}) // as for tellNode
	}
}

func (b *Board) summary() nodeSummary {
	s, stats := b.history.newest(), b.lv.Stats()
	crashes := 0
	for _, old := range b.history.all() {
		crashes += old.Crashes
	}
	return nodeSummary{
		Name: b.options.Name, Started: b.started.Unix(), Go: runtime.Version(),
		Sockets: stats.Sockets, Views: stats.Views, Users: stats.Users, Events: s.Events, P99: s.P99.Microseconds(),
		Heap: s.runtime.Heap, Goroutines: s.runtime.Goroutines, Crashes: crashes,
	}
}

// list returns the processes that were heard of late, by name.
func (n *nodes) list() []nodeSummary {
	oldest := time.Now().Add(-nodeAge)
	n.mu.Lock()
	defer n.mu.Unlock()
	all := make([]nodeSummary, 0, len(n.heard))
	for name, s := range n.heard {
		if s.at.Before(oldest) {
			delete(n.heard, name)
			continue
		}
		all = append(all, s.nodeSummary)
	}
	slices.SortFunc(all, func(a, b nodeSummary) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// nodeRow is a process in the list.
type nodeRow struct {
	Name, Up, Go, Rate, P99, Heap  string
	Sockets, Views, Users, Crashes int
	Goroutines                     int
	Here                           bool
}

func (s nodeSummary) row(here string) nodeRow {
	return nodeRow{
		Name: s.Name, Up: agoText(time.Unix(s.Started, 0)), Go: s.Go, Rate: countText(float64(s.Events) / sampleEvery.Seconds()),
		P99: durationText(time.Duration(s.P99) * time.Microsecond), Heap: bytesText(float64(s.Heap)),
		Sockets: s.Sockets, Views: s.Views, Users: s.Users, Crashes: s.Crashes, Goroutines: s.Goroutines, Here: s.Name == here,
	}
}

// brokerRow is a figure of the broker's.
type brokerRow struct {
	Name, Value string
	Bad         bool
}

// broker returns what is known of the broker, nothing where infos stay in this process.
func (b *Board) broker() (state string, bad bool, rows []brokerRow) {
	bus, ok := b.lv.PubSub().(interface{ Stats() pubsub.Stats })
	if !ok {
		return "", false, nil
	}
	s := bus.Stats()
	if state = "connected"; !s.Connected {
		state, bad = "not connected", true
	}
	add := func(name string, n uint64, harm bool) {
		rows = append(rows, brokerRow{name, strconv.FormatUint(n, 10), harm && n > 0})
	}
	add("published", s.Published, false)
	add("received", s.Received, false)
	add("waiting for the broker", uint64(s.Queued), true)
	add("topics subscribed", uint64(s.Topics), false)
	add("gaps told to subscribers", s.Missed, true)
	add("duplicates", s.Duplicates, false)
	add("dropped: queue full", s.DroppedQueueFull, true)
	add("dropped: broker away", s.DroppedUnavailable, true)
	add("dropped: failed", s.DroppedFailed, true)
	add("dropped: wrong signature", s.DroppedSignature, true)
	add("dropped: unknown type", s.DroppedUnknownType, true)
	add("dropped: too large", s.DroppedTooLarge, true)
	add("dropped: stale", s.DroppedStale, true)
	add("dropped: version, garbled", s.DroppedVersion+s.DroppedGarbled, true)
	return state, bad, rows
}
