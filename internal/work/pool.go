// Package work runs actors: queues of messages that one goroutine at a time
// works off, and the few goroutines that all of them share.
package work

import "sync"

// maxIdle is how many goroutines wait for work while the pool is open. Their
// stacks have grown to what callbacks need, so that growing one isn't paid for
// with each event.
const maxIdle = 16

// Pool runs what has something to do, on goroutines that are used again.
//
// Nobody waits for another's work. Run puts it into the queue and sends for one
// goroutine. Before that one starts, it sends for the next if the queue isn't
// empty. Quick work so shares a few goroutines, as in a broadcast to a thousand
// views; work that blocks gets a goroutine of its own.
//
// The zero Pool is ready for use.
type Pool struct {
	rooms sync.Pool // queues of mailboxes that have nothing in theirs: each an array of one message

	mu       sync.Mutex      // guards the fields below. Nothing is locked, and nothing run, under it.
	queue    []runner        // those to be run
	next     int             // the first of queue
	summoned bool            // a goroutine has been woken or started for the queue and hasn't come yet
	idle     []chan struct{} // wakes those that wait; closed when they may go
	users    int             // of Open, less those of Close
}

// runner is something that has a queue of its own to work off.
type runner interface{ run() }

// run has r.run called soon, by a goroutine of the pool.
func (p *Pool) run(r runner) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue = append(p.queue, r)
	p.summon()
}

// summon gets a goroutine on its way to the queue; mu is held. One that it
// starts ends by itself: when enough others are idle, or nobody uses the pool.
func (p *Pool) summon() {
	if p.summoned {
		return
	}
	p.summoned = true
	if n := len(p.idle); n > 0 {
		p.idle[n-1] <- struct{}{} // has room for it
		p.idle = p.idle[:n-1]
		return
	}
	go p.work()
}

// work is what a goroutine of the pool does: it runs what is queued, and waits to
// be woken while that is worth it.
func (p *Pool) work() {
	var wake chan struct{}
	for {
		p.mu.Lock()
		p.summoned = false
		for p.next < len(p.queue) {
			r := p.take()
			p.mu.Unlock()
			r.run()
			p.mu.Lock()
		}
		if p.users == 0 || len(p.idle) >= maxIdle {
			p.mu.Unlock()
			return
		}
		if wake == nil {
			wake = make(chan struct{}, 1)
		}
		p.idle = append(p.idle, wake)
		p.mu.Unlock()
		if _, ok := <-wake; !ok {
			return
		}
	}
}

// take removes the first of the queue, and sees to it that somebody comes for
// the next; mu is held.
func (p *Pool) take() runner {
	r := p.queue[p.next]
	p.queue[p.next] = nil
	if p.next++; p.next < len(p.queue) {
		p.summon()
		return r
	}
	p.next = 0
	if p.queue = p.queue[:0]; cap(p.queue) > 4096 {
		p.queue = nil
	}
	return r
}

// Open and Close count those who will have work: open sockets. With the last
// one the idle goroutines go.
func (p *Pool) Open() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.users++
}

// Close undoes one Open.
func (p *Pool) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.users--; p.users == 0 {
		for _, wake := range p.idle {
			close(wake)
		}
		p.idle = nil
	}
}
