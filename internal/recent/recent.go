// Package recent remembers what is of use for a while only.
package recent

import "time"

// Map holds what was put into it of late, in two halves: what is new goes into the
// young one, and once that is old enough it takes the place of the old one, which
// is forgotten in one piece. So nobody waits for entries to be removed one by one.
//
// The zero Map is ready for use. It has no lock: its owner's guards it.
type Map[V any] struct {
	young map[string]V
	old   map[string]V
	since time.Time // when young was begun
}

// Forget keeps what was put in less than keep ago, and drops what was put in more
// than twice keep ago. It is called before each Put, always with the same keep.
func (m *Map[V]) Forget(now time.Time, keep time.Duration) {
	switch age := now.Sub(m.since); {
	case age >= 2*keep:
		m.young, m.old, m.since = nil, nil, now
	case age >= keep:
		m.young, m.old, m.since = nil, m.young, now
	}
}

// Put sets the value of key.
func (m *Map[V]) Put(key string, v V) {
	if m.young == nil {
		m.young = make(map[string]V)
	}
	m.young[key] = v
}

// Get returns the value that was last put in for key, and whether it is still
// remembered.
func (m *Map[V]) Get(key string) (v V, ok bool) {
	if v, ok = m.young[key]; !ok {
		v, ok = m.old[key]
	}
	return v, ok
}

// Len returns how many values are remembered. One that was put in again may count
// twice.
func (m *Map[V]) Len() int { return len(m.young) + len(m.old) }
