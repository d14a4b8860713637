package liveview

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/gin-liveview/liveview/internal/sign"
	"github.com/gin-liveview/liveview/internal/target"
	"github.com/gin-liveview/liveview/protocol"
)

// page is one visitor's page, whatever its state's type: where it is, whose it
// is, and what its view has asked for. As its view's state it is the channel's
// alone, or, during the HTTP render, the request's.
type page struct {
	app     *app
	mailbox *mailbox // nil during the HTTP render
	id      string
	route   *route
	pattern string // Gin's pattern of the route
	follows bool   // the URL: the view has a HandleParams
	url     pageURL
	browser string
	user    string // that Identify named
	group   string // of LiveSession
	meta    Meta

	dirty    bool // the state may have changed since the last render
	rendered bool // since the last afterRender

	move  *move // that the callback which runs asks for
	flash flash

	title        string
	titleChanged bool
	events       []byte // elements of the diff's "e", each but the first after a comma
	reply        []byte // JSON for the hook that pushed the event; nil for none

	uploads []*Upload

	mu      sync.Mutex // guards the fields below. A ticker's lock may be taken under it.
	atEnd   []func()   // what the view has set going ends with it
	tickers []*ticker  // and these
	stopped bool       // all of it has ended, and nothing is to begin any more
}

// The methods below make page a pageInfo.

func (p *page) connected() bool               { return p.mailbox != nil }
func (p *page) currentURL() string            { return target.Path(string(p.url)) }
func (p *page) viewID() string                { return p.id }
func (p *page) csrfToken() string             { return p.app.signer.Sign(sign.CSRF, p.browser) }
func (p *page) shownFlash() map[string]string { return p.flash.shown }

func (p *page) context() context.Context {
	if p.mailbox == nil {
		return context.Background()
	}
	return p.mailbox.ctx
}

func (p *page) uploadNamed(name string) (*Upload, error) {
	for _, u := range p.uploads {
		if u.name == name {
			return u, nil
		}
	}
	return nil, fmt.Errorf("%w: the view %s has none called %q; call s.AllowUpload(%q, …) in Mount", ErrNoUpload, p.route.name, name, name)
}

func (p *page) uploadByRef(ref string) *Upload {
	for _, u := range p.uploads {
		if u.ref == ref {
			return u
		}
	}
	return nil
}

// ask notes where the callback wants the page to go.
func (p *page) ask(m move) error {
	if p.move != nil {
		return fmt.Errorf("liveview: %s: the callback has asked for %s before; it can only move once", &m, p.move)
	}
	p.move = &m
	return nil
}

// takeMove returns what the last callback asked for, nil for nothing.
func (p *page) takeMove() *move {
	m := p.move
	p.move = nil
	return m
}

// appendPushes appends title, events and reply to the members of a diff.
func (p *page) appendPushes(frame []byte, comma bool) []byte {
	member := func(name string) {
		if comma {
			frame = append(frame, ',')
		}
		comma = true
		frame = append(frame, name...)
	}
	if p.titleChanged {
		p.titleChanged = false
		member(`"t":`)
		frame = protocol.AppendString(frame, p.title)
	}
	if len(p.events) > 0 {
		member(`"e":`)
		frame = p.appendEvents(frame)
	}
	if p.reply != nil {
		member(`"r":`)
		frame = append(frame, p.reply...)
		p.reply = nil
	}
	return frame
}

// appendEvents appends the list of pushed events, nothing if there are none.
func (p *page) appendEvents(frame []byte) []byte {
	if len(p.events) == 0 {
		return frame
	}
	frame = append(append(append(frame, '['), p.events...), ']')
	p.events = nil
	return frame
}

// ending has end called when the view ends. It returns ErrEnded, and has called
// it, if the view has ended before.
func (p *page) ending(end func()) error {
	p.mu.Lock()
	if !p.stopped {
		p.atEnd = append(p.atEnd, end)
		p.mu.Unlock()
		return nil
	}
	p.mu.Unlock()
	end()
	return ErrEnded
}

// endingTicker is ending for a ticker, of which those that were stopped meanwhile
// needn't be kept.
func (p *page) endingTicker(t *ticker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		t.stop()
		return
	}
	if len(p.tickers) == cap(p.tickers) {
		p.tickers = slices.DeleteFunc(p.tickers, (*ticker).stopped)
	}
	p.tickers = append(p.tickers, t)
}

func (p *page) hasEnded() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stopped
}

// stop ends what the view has set going, and whatever it sets going after that.
func (p *page) stop() {
	for _, u := range p.uploads {
		u.stop()
	}
	p.uploads = nil
	p.mu.Lock()
	p.stopped = true
	atEnd, tickers := p.atEnd, p.tickers
	p.atEnd, p.tickers = nil, nil
	p.mu.Unlock()
	for _, end := range atEnd {
		end()
	}
	for _, t := range tickers {
		t.stop()
	}
}
