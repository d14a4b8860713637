package liveview

import (
	"context"
	"fmt"

	"github.com/gin-liveview/liveview/internal/sign"
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
	inEvent      bool   // HandleEvent runs
	reply        []byte // JSON for the hook that pushed the event; nil for none

	atEnd   []func()  // what the view has set going ends with it
	tickers []*ticker // and these
	uploads []*Upload
}

// The methods below make page a pageInfo.

func (p *page) connected() bool               { return p.mailbox != nil }
func (p *page) currentURL() string            { return string(p.url) }
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

// stop ends what the view has set going.
func (p *page) stop() {
	for _, u := range p.uploads {
		u.stop()
	}
	p.uploads = nil
	for _, end := range p.atEnd {
		end()
	}
	for _, t := range p.tickers {
		t.stop()
	}
}
