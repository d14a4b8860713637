package liveview

import "sync"

// maxIdleWorkers is how many goroutines wait for work while sockets are open.
// Their stacks have grown to what callbacks need, so that growing one isn't
// paid for with each event.
const maxIdleWorkers = 16

// runner is something with a queue of its own to work off: a channel or a
// transfer.
type runner interface{ run() }

// workers runs channels that have something in their mailbox, on goroutines
// that are used again. No channel waits for another's callback: while there is
// one left in the queue, a goroutine is on its way to it. That it is only one
// at a time, and that each takes more from the queue when it is done, makes a
// broadcast to a thousand views the work of a few goroutines, unless callbacks
// block; then it is the work of as many as it takes.
type workers struct {
	mu       sync.Mutex      // guards the fields below
	queue    []runner        // those to be run
	next     int             // the first of queue
	onTheWay bool            // a goroutine has been woken or started for the queue and hasn't come yet
	idle     []chan struct{} // wakes those that wait; closed when they may go
	open     int             // sockets
}

// run has ch.run called soon.
func (w *workers) run(ch runner) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queue = append(w.queue, ch)
	w.summon()
}

// summon gets a goroutine on its way to the queue; mu is held. One that it
// starts ends by itself: when enough others are idle, or no socket is open.
func (w *workers) summon() {
	if w.onTheWay {
		return
	}
	w.onTheWay = true
	if n := len(w.idle); n > 0 {
		w.idle[n-1] <- struct{}{} // has room for it
		w.idle = w.idle[:n-1]
		return
	}
	go w.work()
}

func (w *workers) work() {
	var wake chan struct{}
	for {
		w.mu.Lock()
		w.onTheWay = false
		for w.next < len(w.queue) {
			ch := w.take()
			w.mu.Unlock()
			ch.run()
			w.mu.Lock()
		}
		if w.open == 0 || len(w.idle) >= maxIdleWorkers {
			w.mu.Unlock()
			return
		}
		if wake == nil {
			wake = make(chan struct{}, 1)
		}
		w.idle = append(w.idle, wake)
		w.mu.Unlock()
		if _, ok := <-wake; !ok {
			return
		}
	}
}

// take removes the first of the queue, and sees to it that somebody comes for
// the next; mu is held.
func (w *workers) take() runner {
	ch := w.queue[w.next]
	w.queue[w.next] = nil
	if w.next++; w.next < len(w.queue) {
		w.summon()
		return ch
	}
	w.next = 0
	if w.queue = w.queue[:0]; cap(w.queue) > 4096 {
		w.queue = nil
	}
	return ch
}

// opened and closed count the sockets; with the last one the idle goroutines
// go.
func (w *workers) opened() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open++
}

func (w *workers) closed() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open--; w.open == 0 {
		for _, wake := range w.idle {
			close(wake)
		}
		w.idle = nil
	}
}
