package pubsub

import (
	"maps"
	"time"
)

// topic is what a [Bus] knows of a topic that its process subscribes to. The
// Bus's lock guards it.
type topic struct {
	subscribers int
	refused     int           // how often the broker did
	active      bool          // the broker has confirmed it, and not been lost since
	ready       chan struct{} // closed when first active
	late        bool          // something may have been missed before it is active
	heard       heard
}

// maxNodes is of how many nodes a topic remembers the position.
const maxNodes = 10_000

// maxAge is how old a signed message may be, or by how much two clocks may
// differ. Numbers are remembered for twice that time, after which no message is
// good that was before them.
const maxAge = 2 * time.Minute

// heard is how far the messages of each node on a topic have been heard.
type heard map[string]position

// position is how far a node's messages on a topic have been heard. Numbers of
// different epochs can't be compared.
type position struct {
	epoch, seq uint64
	gap        uint64    // the last that the node told
	at         time.Time // of the last message
	broken     bool      // the connection was lost since: subscribers know that some may be missing
}

// breakOff notes that messages may be missing from now on.
func (h heard) breakOff() {
	for node, p := range h {
		p.broken = true
		h[node] = p
	}
}

// newTopic returns a topic of which h was heard before.
func newTopic(h heard) *topic { return &topic{ready: make(chan struct{}), heard: h} }

// confirmed notes that the broker hears the topic from now on, and reports
// whether something may have been missed until now.
func (t *topic) confirmed() (missed bool) {
	if !t.active {
		t.active = true
		select {
		case <-t.ready:
		default:
			close(t.ready)
		}
	}
	missed, t.late = t.late, false
	return missed
}

// disconnected notes that the broker is gone. What is lost meanwhile is told
// when the topic is confirmed again, so a gap in the numbers needn't be.
func (t *topic) disconnected() {
	t.active, t.late = false, true
	t.heard.breakOff()
}

// advance notes that e has come, and reports whether it is one that hasn't come
// before, and whether others before it didn't come.
func (t *topic) advance(e envelope, now time.Time) (isNew, gap bool) {
	last, known := t.heard[e.node]
	next := last
	next.at = now
	if e.kind == kindGap {
		isNew, gap = e.seq > last.gap, true
		next.gap = e.seq
	} else {
		isNew = !known || e.epoch > last.epoch || e.epoch == last.epoch && e.seq > last.seq
		gap = known && !last.broken && e.epoch == last.epoch && e.seq > last.seq+1
		next.epoch, next.seq, next.broken = e.epoch, e.seq, false
	}
	if !isNew {
		return false, false
	}
	if !known && len(t.heard) >= maxNodes {
		t.forget(now)
	}
	t.heard[e.node] = next
	return true, gap
}

// forget makes room for another node: of those whose last message can't be
// repeated any more, and if there are none, of all.
func (t *topic) forget(now time.Time) {
	maps.DeleteFunc(t.heard, func(_ string, p position) bool { return now.Sub(p.at) >= 2*maxAge })
	if len(t.heard) >= maxNodes {
		clear(t.heard)
	}
}
