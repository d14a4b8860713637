package liveview

import (
	"bytes"
	"runtime"
	"strconv"
	"sync/atomic"
)

// owner knows which goroutine runs a view's callback, and may so use its socket. Only
// in development a page has one, as it takes a microsecond to ask for a goroutine.
type owner struct{ goroutine atomic.Uint64 } // 0 while no callback runs

// enter says that a callback runs in this goroutine until leave is called. A visit may
// be run by a goroutine of a middleware's, so this is said anew for each callback.
func (o *owner) enter() (leave func()) {
	before := o.goroutine.Swap(goroutineID())
	return func() { o.goroutine.Store(before) }
}

func (o *owner) isHere() bool { return o.goroutine.Load() == goroutineID() }

// goroutineID returns the number by which the runtime tells this goroutine from
// others. It is only in the first line of a stack: "goroutine 7 [running]:".
func goroutineID() uint64 {
	var buf [64]byte
	line := bytes.TrimPrefix(buf[:runtime.Stack(buf[:], false)], []byte("goroutine "))
	number, _, _ := bytes.Cut(line, []byte(" "))
	id, _ := strconv.ParseUint(string(number), 10, 64) // 0, which is none, if the runtime comes to write it in another way
	return id
}
