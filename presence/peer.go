package presence

import (
	"encoding/json"
	"time"
)

// presence is one as a process knows it. It doesn't change: what has been updated
// is another.
type presence[M any] struct {
	Entry[M]
	topic  string
	node   string // whose it is
	number uint64 // among those of its node
}

// peer is another process. Of one that nothing is known of yet the clock is 0,
// with which nobody is there.
type peer[M any] struct {
	clock    uint64
	presents map[uint64]*presence[M] // as of clock
	seen     time.Time
	asked    time.Time // last, by whomever
	coming   *coming   // a state that isn't complete
}

// coming is a state of which some parts have come.
type coming struct {
	telling uint64
	clock   uint64
	parts   map[int][]json.RawMessage
}

// take adds a part of a state, and returns all once it is complete. What is left of
// another telling doesn't count: that has been cut otherwise.
func (p *peer[M]) take(m message) (all []json.RawMessage, complete bool) {
	if m.Parts < 1 || m.Part < 0 || m.Part >= m.Parts {
		return nil, false
	}
	c := p.coming
	if c == nil || c.telling < m.Telling {
		c = &coming{m.Telling, m.Clock, make(map[int][]json.RawMessage)}
		p.coming = c
	}
	if c.telling != m.Telling {
		return nil, false
	}
	c.parts[m.Part] = m.Joined
	if len(c.parts) < m.Parts {
		return nil, false
	}
	p.coming = nil
	for i := range m.Parts {
		all = append(all, c.parts[i]...)
	}
	return all, true
}
