package presence

// Entry is one presence: of a tab, a phone, a process.
type Entry[M any] struct {
	// ID is the presence's own, in all processes, from Track to Untrack. It has
	// letters, digits and a hyphen.
	ID string

	// Key is who or what is present, as the application says: a user's id, say.
	// One key has as many presences as it has tabs open: a page that is loaded
	// anew is one that left and one that joined, of the same Key.
	Key string

	Meta M
}

// Change is an info that the subscribers of a topic get when its presences have
// changed, in this process only: each process finds out by itself. No presence is
// in it more than once: of one that has been updated twice there is what it has
// become, and one that came and left before anybody was told isn't in it.
type Change[M any] struct {
	Topic                 string
	Joined, Updated, Left []Entry[M]
}

// changes collects what has changed since it was last told.
type changes[M any] struct {
	topics map[string]*changed[M]
	order  []string // of topics
}

// changed is what has changed on a topic.
type changed[M any] struct {
	entries map[string]*turn[M] // by ID
	order   []string            // of entries
}

// turn is what has become of a presence.
type turn[M any] struct {
	entry   Entry[M]
	was, is bool // there
}

// note adds that an entry was or wasn't there, and that it is or isn't.
func (c *changes[M]) note(topic string, e Entry[M], was, is bool) {
	t := c.topics[topic]
	if t == nil {
		t = &changed[M]{entries: make(map[string]*turn[M])}
		if c.topics == nil {
			c.topics = make(map[string]*changed[M])
		}
		c.topics[topic] = t
		c.order = append(c.order, topic)
	}
	if known := t.entries[e.ID]; known != nil {
		known.entry, known.is = e, is
		return
	}
	t.entries[e.ID] = &turn[M]{e, was, is}
	t.order = append(t.order, e.ID)
}

// take returns what has changed, one for each topic, and begins anew.
func (c *changes[M]) take() []Change[M] {
	all := make([]Change[M], 0, len(c.order))
	for _, topic := range c.order {
		change, t := Change[M]{Topic: topic}, c.topics[topic]
		for _, id := range t.order {
			switch turn := t.entries[id]; {
			case turn.was && turn.is:
				change.Updated = append(change.Updated, turn.entry)
			case turn.is:
				change.Joined = append(change.Joined, turn.entry)
			case turn.was:
				change.Left = append(change.Left, turn.entry)
			}
		}
		if len(change.Joined)+len(change.Updated)+len(change.Left) > 0 {
			all = append(all, change)
		}
	}
	c.topics, c.order = nil, nil
	return all
}
