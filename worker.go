package liveview

import "sync"

// maxIdleWorkers is how many goroutines a process keeps waiting for work. They
// cost their stacks, which have grown to what callbacks need, and so that
// growing isn't paid for with each event.
const maxIdleWorkers = 16

// workers runs channels that have something in their mailbox. While sockets
// are open it keeps a few goroutines for the next; a channel never waits for
// one.
type workers struct {
	mu   sync.Mutex      // guards idle and open
	idle []chan *channel // of goroutines that wait, the last to come first to go
	open int             // sockets
}

// run has ch.run called on a goroutine of its own.
func (w *workers) run(ch *channel) {
	w.mu.Lock()
	if n := len(w.idle); n > 0 {
		next := w.idle[n-1]
		w.idle = w.idle[:n-1]
		w.mu.Unlock()
		next <- ch // has room for one, and is empty
		return
	}
	w.mu.Unlock()
	// It ends by itself: when others wait already, or no socket is open.
	go w.work(ch)
}

func (w *workers) work(ch *channel) {
	var next chan *channel
	for ch != nil {
		ch.run()
		w.mu.Lock()
		if w.open == 0 || len(w.idle) >= maxIdleWorkers {
			w.mu.Unlock()
			return
		}
		if next == nil {
			next = make(chan *channel, 1)
		}
		w.idle = append(w.idle, next)
		w.mu.Unlock()
		ch = <-next
	}
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
		for _, next := range w.idle {
			close(next)
		}
		w.idle = nil
	}
}
