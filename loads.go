package liveview

import (
	"context"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/gin-liveview/liveview/internal/limit"
	"github.com/gin-liveview/liveview/internal/rescue"
	"github.com/gin-liveview/liveview/internal/underway"
)

// loads is what a page has to load, for its view and its live components together.
type loads struct {
	app     *app
	mailbox *mailbox // nil during the HTTP render
	turns   limit.Turns
	watch   *underway.Watch

	mu       sync.Mutex    // guards the fields below, and the turn of each load. The lock of turns may be taken under it.
	rendered bool          // the first render has begun
	awaited  int           // how many it waits for
	arrived  []*load       // of those, in the order in which their work returned
	ready    chan struct{} // has room for one that says so; nil if none is awaited
	began    time.Time     // the first of those
	wait     time.Duration // from then on
}

// partLoads are those of a part's loads that aren't over. They are its view's alone.
type partLoads struct {
	of    *loads
	begun []*load
}

// stop ends all of them, as their part has ended.
func (p *partLoads) stop() {
	if p == nil {
		return
	}
	for _, l := range p.begun {
		l.end(errLoadEnded)
	}
	p.begun = nil
}

// forget lets those go that are over.
func (p *partLoads) forget() { p.begun = slices.DeleteFunc(p.begun, (*load).isOver) }

// begin has l's work called as soon as it is its turn. The first render waits so long for
// it.
func (p *partLoads) begin(ctx context.Context, l *load, wait time.Duration) {
	p.forget()
	p.begun = append(p.begun, l)
	ctx, cancel := context.WithCancelCause(ctx)
	p.of.begin(ctx, cancel, l, wait)
}

func (a *loads) begin(ctx context.Context, cancel context.CancelCauseFunc, l *load, wait time.Duration) {
	unwatch := func() {}
	if a.watch != nil {
		unwatch = a.watch.Begin(a.mailbox.topic, l.field+" of "+l.view+" at "+l.route)
	}
	l.stop = func(cause error) {
		cancel(cause)
		if l.phase.CompareAndSwap(loadWaits, loadReturned) {
			a.app.loadsWaiting.Add(-1)
			a.leave(l)
		}
		a.miss(l)
		unwatch()
	}
	run := func() {
		if l.phase.CompareAndSwap(loadWaits, loadRuns) {
			a.app.loadsWaiting.Add(-1)
			a.app.loads.Add(1)
			go a.run(ctx, cancel, unwatch, l) // nobody waits for it: its context says when to end
		}
	}
	a.app.loadsWaiting.Add(1)
	if a.enter(l, wait, run) {
		run()
	}
}

// enter has l stand in line, and reports whether it is its turn.
func (a *loads) enter(l *load, wait time.Duration, run func()) (begun bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if l.awaited = wait > 0 && !a.rendered; l.awaited {
		if a.ready == nil {
			a.ready, a.began = make(chan struct{}, 1), time.Now()
		}
		a.awaited++
		a.wait = max(a.wait, wait)
	}
	l.turn, begun = a.turns.Take(a.app.config.MaxLoads, run)
	return begun
}

// leave gives l's turn back, or its place in the line.
func (a *loads) leave(l *load) {
	a.mu.Lock()
	turn := l.turn
	a.mu.Unlock()
	turn.Done()
}

// run is the goroutine of l's work.
func (a *loads) run(ctx context.Context, cancel context.CancelCauseFunc, unwatch func(), l *load) {
	exited := true
	defer func() {
		if exited { // the work called runtime.Goexit
			l.fault = &rescue.Panic{What: "load", Stack: debug.Stack()}
		}
		a.tell(ctx, l)
		a.deliver(l)
		unwatch()
		cancel(nil)
		l.phase.Store(loadReturned)
		a.app.loads.Add(-1)
		a.leave(l)
	}()
	l.fault = guard("load", func() error { return l.work(ctx) })
	exited = false
}

// tell logs what l came to, if that isn't for the view to show alone. An error upon the
// end of its context is what is to be expected.
func (a *loads) tell(ctx context.Context, l *load) {
	switch {
	case l.fault == nil:
	case isPanic(l.fault):
		a.app.tell(ctx, Note{Kind: NoteCrash, Cause: "load", Name: l.field, Err: l.fault, Subject: Subject{
			Route: l.route, View: l.view, User: l.user, RequestID: l.requestID,
		}})
		a.app.config.Logger.Error(loadPanicked, l.attrs()...)
	case ctx.Err() == nil:
		a.app.faults.warn("liveview: a load failed; the view shows it as failed", l.attrs()...)
	}
}

const loadPanicked = "liveview: a load panicked; the view shows it as failed"

// attrs are the attributes of a log line about l's fault.
func (l *load) attrs() []any {
	attrs := append(errAttrs(l.fault), "field", l.field, "view", l.view, "route", l.route)
	return append(attrs, visitorAttrs(l.user, l.requestID)...)
}

// deliver brings l's result to its view, or to the first render, which waits for it.
func (a *loads) deliver(l *load) {
	if l.isOver() {
		return
	}
	a.mu.Lock()
	first := l.awaited && !a.rendered
	if first {
		l.awaited = false
		a.awaited--
		a.arrived = append(a.arrived, l)
		a.wake()
	}
	a.mu.Unlock()
	if !first && a.mailbox != nil {
		_ = a.mailbox.postLoad(message{kind: messageLoad, info: l}) // a view that has ended needs no result
	}
}

// miss has the first render no longer wait for l.
func (a *loads) miss(l *load) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if l.awaited {
		l.awaited = false
		a.awaited--
		a.wake()
	}
}

// wake has the first render look again; mu is held.
func (a *loads) wake() {
	select {
	case a.ready <- struct{}{}:
	default:
	}
}

// next returns the next result that the first render waits for. It returns nil when there
// are no more, when it has waited long enough, and when ctx has ended: from then on
// results come by the mailbox.
func (a *loads) next(ctx context.Context) *load {
	for {
		l, wait := a.take()
		if wait <= 0 {
			return l
		}
		timer := time.NewTimer(wait)
		select {
		case <-a.ready:
		case <-timer.C:
		case <-ctx.Done():
			a.mu.Lock()
			a.rendered = true
			a.mu.Unlock()
		}
		timer.Stop()
	}
}

// take returns a result that is there, or how long to wait for the next. If both are
// zero, there is nothing to wait for.
func (a *loads) take() (l *load, wait time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.arrived) > 0 {
		l, a.arrived = a.arrived[0], a.arrived[1:]
		return l, 0
	}
	if a.awaited > 0 && !a.rendered {
		wait = a.wait - time.Since(a.began)
	}
	if wait <= 0 {
		a.rendered = true
	}
	return nil, wait
}
