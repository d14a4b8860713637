package liveview

import (
	"sync"
	"time"
)

// posting is what a page has besides while a form is handled that was posted without a
// socket: what its callbacks send each other waits here, until it is handled before the
// page is rendered. A page that is rendered for a mere look has none.
type posting struct {
	most int // messages, as Config.MailboxSize says

	// acts says that a callback runs for what was posted, not to show the page. It is the
	// page's goroutine's own.
	acts bool

	mu       sync.Mutex // guards the fields below. Nothing is locked under it.
	waiting  []message
	children map[string][]any // infos for the views nested in it, by their ids
	over     bool             // the page has been sent
}

func newPosting(a *app) *posting { return &posting{most: a.config.MailboxSize} }

// postWait is how long what a posted form leads to may load by an Async, if the load says
// nothing of the first render: there is no page to show it later.
const postWait = 10 * time.Second

// post has m handled. It returns ErrNotConnected, ErrEnded or ErrMailboxFull.
func (p *posting) post(m message) error {
	if p == nil {
		return ErrNotConnected
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.over:
		return ErrEnded
	case len(p.waiting) >= p.most:
		return ErrMailboxFull
	}
	p.waiting = append(p.waiting, m)
	return nil
}

// postChild has info handled by the nested view called id, once it is mounted.
func (p *posting) postChild(id string, info any) error {
	if p == nil {
		return ErrNotConnected
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.children[id]) >= p.most {
		return ErrMailboxFull
	}
	if p.children == nil {
		p.children = make(map[string][]any)
	}
	p.children[id] = append(p.children[id], info)
	return nil
}

// takeChild returns what waits for a nested view.
func (p *posting) takeChild(id string) []any {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	infos := p.children[id]
	delete(p.children, id)
	return infos
}

// act runs a callback for what was posted.
func (p *posting) act(callback func() error) error {
	p.acts = true
	defer func() { p.acts = false }()
	return callback()
}

// end has nothing more taken.
func (p *posting) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over, p.waiting = true, nil
}

// next returns what is to be handled next.
func (p *posting) next() (m message, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.waiting) == 0 {
		return message{}, false
	}
	m, p.waiting = p.waiting[0], p.waiting[1:]
	return m, true
}
