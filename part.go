package liveview

import (
	"context"
	"slices"
	"sync"
)

// part is what a view, or a live component in one, has of its own, whatever its state's
// type: what differs between the sockets of one page. It is its channel's alone, as the
// page is.
type part struct {
	cid    int    // the live component's number on the page; 0 for the view itself
	parent int    // the number of the one that shows it
	dirty  bool   // the state may have changed since the last render
	lacks  bool   // TempAssign has let go of some of the state, which a live component's Update has to bring
	owns   *owned // what it has set going; nil for nothing yet
}

// owned is what a part has set going, and what ends with it.
type owned struct {
	tickers tickers
	loads   *partLoads // nil for none yet

	within *partContext // of a live component whose Socket was asked for its Context; nil otherwise

	mu    sync.Mutex // guards the fields below. Nothing is locked under it.
	atEnd []ender
	over  bool // the part has ended, and nothing is to begin any more
}

// partContext ends with its part.
type partContext struct {
	ctx    context.Context
	cancel context.CancelFunc
}

// ender ends something that a part has set going: its end is called when the part
// ends.
type ender interface {
	end()

	// isOver reports whether it has ended before, so that the part can forget it. It
	// locks nothing.
	isOver() bool
}

// own returns what p has set going.
func (p *part) own() *owned {
	if p.owns == nil {
		p.owns = &owned{}
	}
	return p.owns
}

// onEnd has e ended when the part ends. It returns ErrEnded, and has ended it, if
// the part has ended before.
func (p *part) onEnd(e ender) error {
	o := p.own()
	o.mu.Lock()
	if !o.over {
		o.keep(e)
		o.mu.Unlock()
		return nil
	}
	o.mu.Unlock()
	e.end()
	return ErrEnded
}

// keep adds e to atEnd; mu is held. Before the list would grow, what is over
// goes, so that a part which begins and ends things for ever keeps few. If that frees
// less than half of the list, it grows all the same, or it would be searched each
// time.
func (o *owned) keep(e ender) {
	if n := cap(o.atEnd); len(o.atEnd) == n {
		o.atEnd = slices.DeleteFunc(o.atEnd, ender.isOver)
		if len(o.atEnd) > n/2 {
			o.atEnd = slices.Grow(o.atEnd, n)
		}
	}
	o.atEnd = append(o.atEnd, e)
}

// context returns one that ends with ctx, and with the part.
func (o *owned) context(ctx context.Context) context.Context {
	if o.within == nil {
		ctx, cancel := context.WithCancel(ctx)
		o.within = &partContext{ctx, cancel}
		if o.over {
			cancel()
		}
	}
	return o.within.ctx
}

func (p *part) hasEnded() bool {
	if p.owns == nil {
		return false
	}
	p.owns.mu.Lock()
	defer p.owns.mu.Unlock()
	return p.owns.over
}

// topics returns what p is subscribed to.
func (p *part) topics() (all []string) {
	o := p.own()
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range o.atEnd {
		if sub, ok := e.(*subscription); ok && !sub.isOver() && !slices.Contains(all, sub.topic) {
			all = append(all, sub.topic)
		}
	}
	return all
}

// nextEnd takes out one of what is to be ended, nil for none.
func (o *owned) nextEnd() (e ender) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.atEnd) > 0 {
		e, o.atEnd = o.atEnd[0], o.atEnd[1:]
	}
	return e
}

// stop ends all that the part has set going, whatever the application's PubSub does in
// its panics; failed is told of these. What it sets going after that ends at once.
func (o *owned) stop(failed func(error)) {
	returned := false
	defer func() {
		if !returned { // one of them called runtime.Goexit: the others are left
			o.stop(failed)
		}
	}()
	o.mu.Lock()
	o.over = true
	o.mu.Unlock()
	if o.within != nil {
		o.within.cancel()
	}
	o.tickers.stop()
	o.loads.stop()
	for e := o.nextEnd(); e != nil; e = o.nextEnd() {
		if err := guard("ending what the view had set going", func() error { e.end(); return nil }); err != nil {
			failed(err)
		}
	}
	returned = true
}
