package client

import "testing"

// barrier calls a function once several things are done.
type barrier struct {
	t       testing.TB
	waiting int
	then    func()
}

// newBarrier returns a barrier that calls then, after [barrier.ready] and all
// that was returned by [barrier.add] have been called.
func newBarrier(t testing.TB, then func()) *barrier { return &barrier{t, 1, then} }

// add returns what one more thing is to call when it is done.
func (b *barrier) add() func() {
	b.waiting++
	return b.ready
}

// ready says that nothing more is added.
func (b *barrier) ready() {
	b.t.Helper()
	if b.waiting--; b.waiting == 0 {
		b.then()
	}
}
