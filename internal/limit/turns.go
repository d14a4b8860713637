package limit

import (
	"container/list"
	"sync"
)

// Turns lets so many at a time do something; the others wait in line without a
// goroutine. The zero Turns is ready for use.
type Turns struct {
	mu    sync.Mutex // guards the fields below, and each Turn. Nothing is called under it.
	taken int
	line  list.List // of *Turn
}

// Turn is the turn of one, or its place in the line.
type Turn struct {
	of    *Turns
	begin func()
	place *list.Element // nil once it has begun
	over  bool
}

// Take returns a turn, and whether it has begun: if limit are taken, begin is
// called when it does, by the goroutine that gives its own back. A limit that
// isn't positive is none. Every turn must be given back by Done.
func (t *Turns) Take(limit int, begin func()) (turn *Turn, begun bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	turn = &Turn{of: t}
	if limit <= 0 || t.taken < limit {
		t.taken++
		return turn, true
	}
	turn.begin = begin
	turn.place = t.line.PushBack(turn)
	return turn, false
}

// Done gives a turn back, or leaves the line. Further calls do nothing, nor
// does one on nil.
func (t *Turn) Done() {
	if t == nil {
		return
	}
	if next := t.of.done(t); next != nil {
		next.begin()
	}
}

func (t *Turns) done(turn *Turn) (next *Turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if turn.over {
		return nil
	}
	turn.over = true
	if turn.place != nil {
		t.line.Remove(turn.place)
		turn.place = nil
		return nil
	}
	t.taken--
	first := t.line.Front()
	if first == nil {
		return nil
	}
	next = t.line.Remove(first).(*Turn)
	next.place = nil
	t.taken++
	return next
}

// Counts returns how many turns have begun and aren't over, and how many are in
// line.
func (t *Turns) Counts() (begun, waiting int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.taken, t.line.Len()
}
