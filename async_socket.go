package liveview

import (
	"fmt"

	"github.com/gin-liveview/liveview/internal/underway"
)

// beginLoad makes a Socket an [AsyncSocket].
func (s *Socket[C]) beginLoad(of asyncPlace, l *load, o LoadOptions) bool {
	s.page.onlyInCallbacks("Load")
	s.part.dirty = true
	switch posted := s.page.posting != nil && s.page.posting.acts; {
	case s.part.cid != 0 && !posted:
		o.RenderWait = 0 // its callbacks run as the page is being rendered
	case posted && o.RenderWait <= 0:
		o.RenderWait = postWait
	}
	if s.page.mailbox == nil && o.RenderWait <= 0 || s.part.hasEnded() {
		return false
	}
	asyncs.Each(&s.state, func(found asyncPlace, path func() string) bool {
		if found == of {
			l.field, l.placed = path(), true
		}
		return false
	})
	if !l.placed {
		l.field, l.at = fmt.Sprintf("%T", of)[1:], applicationLine()
	}
	l.view, l.route, l.user, l.requestID = s.page.route.name, s.page.pattern, s.page.user, s.page.requestID()
	l.cid = s.part.cid
	s.page.loads(s.part).begin(s.page.context(), l, o.RenderWait)
	return true
}

// loads returns those of a part of the page's.
func (p *page) loads(of *part) *partLoads {
	o := of.own()
	if o.loads == nil {
		o.loads = &partLoads{of: p.allLoads()}
	}
	return o.loads
}

func (p *page) allLoads() *loads {
	if root := p.root.own().loads; root != nil {
		return root.of
	}
	all := &loads{app: p.app, mailbox: p.mailbox}
	if p.mailbox != nil {
		all.watch = underway.From(p.mailbox.ctx)
	}
	p.root.own().loads = &partLoads{of: all}
	return all
}

// takeLoad has those in the state that wait for l take what came of it. If there are
// any, the page is to be rendered.
func (s *Socket[C]) takeLoad(l *load) error {
	if !l.over.CompareAndSwap(false, true) {
		return nil
	}
	taken := false
	asyncs.Each(&s.state, func(a asyncPlace, _ func() string) bool {
		waits := a.current() == l
		if waits {
			a.settle(true)
			taken = true
		}
		return waits
	})
	if !taken {
		return nil
	}
	s.part.dirty = true
	if l.then == nil {
		return nil
	}
	return s.page.guard("LoadThen", func() error { l.then(); return nil })
}

// awaitLoads has the first render wait for what it is to wait for, each of which take gets.
// If the callbacks that this leads to send the page elsewhere, there is nothing more to wait
// for.
func (s *Socket[C]) awaitLoads(take func(l *load) error) error {
	p := s.page.root.own().loads
	if p == nil {
		return nil
	}
	ctx := s.page.context()
	for s.page.move == nil {
		l := p.of.next(ctx)
		if l == nil {
			return nil
		}
		if err := take(l); err != nil {
			return err
		}
	}
	return nil
}

// sweepLoads is called before a render: a load whose Async is no longer in the state
// ends, and an Async whose load is over, as that was cancelled by a copy of it, is no
// longer shown as loading.
func (s *Socket[C]) sweepLoads() {
	if s.part.owns == nil || s.part.owns.loads == nil {
		return
	}
	asyncs.Each(&s.state, func(a asyncPlace, _ func() string) bool {
		switch l := a.current(); {
		case l == nil:
			return false
		case l.isOver():
			a.settle(false)
			return true
		default:
			l.seen, l.placed = true, true
			return false
		}
	})
	p := s.part.owns.loads
	for _, l := range p.begun {
		if !l.seen && !l.isOver() {
			if !l.placed {
				s.page.app.config.Logger.Error("liveview: Load was called on an Async that isn't in the state, so nothing would show its result: "+
					"call it within Assign, on the state that Assign gives", "field", l.field, "view", l.view, "route", l.route, "at", l.at)
			}
			l.end(errNoPlace)
		}
		l.seen = false
	}
	p.forget()
}
