package pubsub

// topic is what a [Bus] knows of a topic that its process subscribes to. The
// Bus's lock guards it.
type topic struct {
	subscribers int
	active      bool                // the broker has confirmed it, and not been lost since
	ready       chan struct{}       // closed when first active
	late        bool                // something may have been missed before it is active
	heard       map[string]position // of each node that publishes on it
}

// maxNodes is of how many nodes a topic remembers the position.
const maxNodes = 10_000

// position is how far a node's messages on a topic have been heard. Numbers of
// different epochs can't be compared.
type position struct{ epoch, seq uint64 }

func newTopic() *topic {
	return &topic{ready: make(chan struct{}), heard: make(map[string]position)}
}

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
	clear(t.heard)
}

// advance notes that a node's message has come, and reports whether it is one
// that hasn't come before, and whether others before it didn't come.
func (t *topic) advance(node string, to position) (isNew, gap bool) {
	last, known := t.heard[node]
	if known && (to.epoch < last.epoch || to.epoch == last.epoch && to.seq <= last.seq) {
		return false, false
	}
	if len(t.heard) >= maxNodes {
		clear(t.heard)
	}
	t.heard[node] = to
	return true, known && to.epoch == last.epoch && to.seq > last.seq+1
}
