package liveview

import "sync"

// door is the way into a visit. A middleware may run what is behind it in a
// goroutine of its own, and answer when its time is over, with a callback still
// at work in there. So one goroutine gets in, once; whoever ends the visit waits
// for it, and whoever comes later stays out.
type door struct {
	mu     sync.Mutex    // guards the fields below. Nothing is locked, and nobody waited for, under it.
	shut   bool          // nobody gets in any more
	inside chan struct{} // closed when who went in is out again; nil if nobody has gone in
}

// enter reports whether the caller may go in, who then calls leave.
func (d *door) enter() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.shut {
		return false
	}
	d.shut, d.inside = true, make(chan struct{})
	return true
}

// isShut reports whether nobody gets in any more.
func (d *door) isShut() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.shut
}

func (d *door) leave() { close(d.inside) }

// close lets nobody in any more, and waits for who is inside.
func (d *door) close() {
	d.mu.Lock()
	d.shut = true
	inside := d.inside
	d.mu.Unlock()
	if inside != nil {
		<-inside
	}
}
