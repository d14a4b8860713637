package wire

import (
	"sync/atomic"
	"time"
)

// waiter is where a connection's Serve waits for its [Receiver]; see Conn.Wait.
type waiter struct {
	at atomic.Pointer[chan struct{}] // wakes who waits; nil while nobody does
}

// wait is Conn.Wait; isOpen reports whether the connection still is.
func (w *waiter) wait(atMost time.Duration, isOpen, ready func() bool) bool {
	// at is stored before ready is first asked: so whoever makes it ready after
	// that finds whom to wake.
	wake := make(chan struct{}, 1)
	w.at.Store(&wake)
	defer w.at.Store(nil)
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	for isOpen() {
		if ready() {
			return true
		}
		select {
		case <-wake:
		case <-timer.C:
			return isOpen() && ready()
		}
	}
	return false
}

// Wake is Conn.Wake.
func (w *waiter) Wake() {
	if wake := w.at.Load(); wake != nil {
		select {
		case *wake <- struct{}{}:
		default: // it has been woken and hasn't looked yet
		}
	}
}
