package liveview

import (
	"context"
	"fmt"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/engine"
	"github.com/gin-liveview/liveview/internal/form"
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
	url     pageURL
	browser string
	user    string    // that Identify named, at this route or one before
	group   string    // of LiveSession
	hooks   *hookList // of Around; nil for none
	meta    Meta
	posting *posting    // while a form is handled that was posted; nil otherwise
	nest    *nesting    // with other views on the page; nil for none
	host    engine.Host // its live components
	owner   *owner      // of the socket, in development; nil otherwise
	request *request    // what callbacks and components may ask of the last one; nil for nothing

	nobody       bool // the route that the view is at names no user
	rendered     bool // since afterRender was last called
	refused      bool // the flash says that something was too large
	titleChanged bool
	inEvent      bool // HandleEvent runs
	settled      bool // an AfterRender runs

	navigation Navigation // the newest
	document   document   // in which it stands

	move  *move // that the callback which runs asks for
	flash flash

	title  string
	pushes *pushes    // that the client hasn't got; nil for none
	files  *pageFiles // nil for none

	root     part // the view's own
	rootOwns owned
}

// pushes are what the client gets with the next diff, besides the page.
type pushes struct {
	events []byte // elements of the diff's "e", each but the first after a comma
	reply  []byte // JSON for the hook that pushed the event; empty for none
}

// pageFiles are a page's uploads.
type pageFiles struct {
	uploads []*Upload
	lost    map[string]bool // names of the inputs whose files went with the view before, until the page is joined
}

// The methods below make page a pageInfo.

func (p *page) connected() bool            { return p.mailbox != nil }
func (p *page) currentURL() string         { return target.Path(string(p.url)) }
func (p *page) fullPath() string           { return p.pattern }
func (p *page) shownTitle() string         { return p.title }
func (p *page) viewID() string             { return p.id }
func (p *page) csrfToken() string          { return signCSRF(p.app.signer, p.browser) }
func (p *page) shownFlash() []FlashMessage { return p.flash.shown() }

func (p *page) live() (engine.Host, int) { return p.host, 0 }
func (p *page) signer() *sign.Signer     { return p.app.signer }

func (p *page) signedFor() signedFor {
	return signedFor{view: p.route.name, browser: p.browser, user: p.user}
}

func (p *page) shownUpload(name string) (*Upload, error) { return p.uploadShown(&p.root, name) }

// account is what is told of the view, nil for nothing.
func (p *page) account() *account {
	if p.mailbox == nil {
		return nil
	}
	return p.mailbox.account
}

// context is that of the callback which runs.
func (p *page) context() context.Context { return p.account().within(p.ownContext()) }

// ownContext is context without the span in which the callback runs.
func (p *page) ownContext() context.Context {
	switch {
	case p.mailbox == nil:
		return p.request.ctx
	case p.request == nil || p.request.ctx == nil:
		return p.mailbox.ctx
	default:
		return viewContext{p.mailbox.ctx, p.request.ctx}
	}
}

// seen keeps of c what is for the view's callbacks and for the log: the join's at
// first, and then the newest patch's or recheck's, as who the visitor is may change.
func (p *page) seen(c *gin.Context) { p.request = requestOf(&p.app.config, c) }

// sentence says what is wrong with a form's field, in the visitor's language.
func (p *page) sentence(problem form.Problem) string {
	return sentenceOf(&p.app.config, p.locale(), problem)
}

// locale is the visitor's language, "" where there is English alone.
func (p *page) locale() string {
	if p.request == nil {
		return ""
	}
	return p.request.locale
}

// value returns what the newest request has kept under key.
func (p *page) value(key any) any {
	if p.request != nil {
		if value, kept := p.request.values[key]; kept {
			return value
		}
	}
	p.app.faults.warn("liveview: Value asks for what isn't kept; put liveview.KeepValues with that key before the route",
		"key", key, "view", p.route.name, "route", p.pattern)
	return nil
}

// admits reports whether the view may go on at a route that a visit of it has
// reached: one of the same view, in the same document, for the same user. One route may ask who that is,
// where another doesn't.
func (p *page) admits(r *route, pattern, group, user string, in document) bool {
	if !p.hostRoute().isOf(r) || group != p.group || in != p.document {
		return false
	}
	if pattern == p.pattern {
		return user == p.user || user == "" && p.nobody
	}
	return user == "" || p.user == "" || user == p.user
}

// hostRoute returns the live route whose middleware guards the view.
func (p *page) hostRoute() *route {
	if p.nest.isGuest() {
		return p.nest.host
	}
	return p.route
}

// send has m handled after the callback that runs.
func (p *page) send(m message) error {
	if p.mailbox == nil {
		return p.posting.post(m)
	}
	return p.mailbox.post(m)
}

// sendParent has info delivered to the view that this one is nested in.
func (p *page) sendParent(info any) error {
	if p.nest == nil || p.nest.parent == nil {
		return fmt.Errorf("liveview: SendParent: the view %s stands in no other: it is for live components and nested views", p.route.name)
	}
	parent := p.nest.parent
	if !parent.hears {
		return fmt.Errorf("liveview: SendParent: the parent, %s, has no HandleInfo to get a %T", parent.name, info)
	}
	if parent.parent == nil {
		return parent.posting.post(message{kind: messageInfo, info: info})
	}
	return parent.parent.post(message{kind: messageInfo, info: info})
}

// place returns where the view is.
func (p *page) place() place {
	return place{url: p.url, host: p.hostRoute(), pattern: p.pattern, user: p.user, group: p.group, document: p.document, nobody: p.nobody}
}

// settleIn takes the view to where its page is now.
func (p *page) settleIn(at place) {
	p.url, p.nest.host, p.pattern, p.user, p.group, p.document, p.nobody = at.url, at.host, at.pattern, at.user, at.group, at.document, at.nobody
}

// arrive notes which of its routes the view has come to.
func (p *page) arrive(r *route, pattern, user string) {
	p.route, p.pattern, p.nobody = r, pattern, user == ""
	if user != "" {
		p.user = user
	}
}

// subject says what the view is, to whom it is told.
func (p *page) subject() Subject {
	s := Subject{Route: p.pattern, View: p.route.name, ID: p.id, User: p.user, RequestID: p.requestID()}
	if p.mailbox != nil {
		s.ID = p.mailbox.subjectID()
	}
	return s
}

func (p *page) requestID() string {
	if p.request == nil {
		return ""
	}
	return p.request.id
}

// uploadNamed returns the upload that part has allowed under name.
func (p *page) uploadNamed(of *part, name string) (*Upload, error) {
	for _, u := range p.uploads() {
		if u.dirty == &of.dirty && u.name == name && !u.disallowed {
			return u, nil
		}
	}
	return nil, fmt.Errorf("%w: the view %s has none called %q; call s.AllowUpload(%q, …) in Mount", ErrNoUpload, p.route.name, name, name)
}

// uploadShown is uploadNamed for templates: nil for an upload that was disallowed, and
// an error for a name that was never allowed, which is misspelt.
func (p *page) uploadShown(of *part, name string) (*Upload, error) {
	if slices.ContainsFunc(p.uploads(), func(u *Upload) bool { return u.dirty == &of.dirty && u.name == name && u.disallowed }) {
		return nil, nil //nolint:nilnil // as said above
	}
	return p.uploadNamed(of, name)
}

// endUploads has the uploads end of the part that this is the dirty of.
func (p *page) endUploads(dirty *bool) {
	for i := 0; i < len(p.uploads()); {
		u := p.files.uploads[i]
		if u.dirty != dirty {
			i++
			continue
		}
		p.files.uploads = slices.Delete(p.files.uploads, i, i+1) // before it is stopped, which may not return
		u.stop()
	}
}

func (p *page) uploadByRef(ref string) *Upload {
	for _, u := range p.uploads() {
		if u.ref == ref && !u.disallowed {
			return u
		}
	}
	return nil
}

// loseFiles notes that files of the input called name went with the view before.
func (p *page) loseFiles(name string) {
	f := p.allFiles()
	if f.lost == nil {
		f.lost = make(map[string]bool)
	}
	f.lost[name] = true
}

func (p *page) uploads() []*Upload {
	if p.files == nil {
		return nil
	}
	return p.files.uploads
}

// allFiles returns where to put more of them.
func (p *page) allFiles() *pageFiles {
	if p.files == nil {
		p.files = &pageFiles{}
	}
	return p.files
}

// ask notes where the callback wants the page to go.
func (p *page) ask(m move) error {
	if p.settled {
		return fmt.Errorf("liveview: %s: AfterRender can't move the page; have it call SendInfo, and move in HandleInfo or a hook around it", p.say(&m))
	}
	if p.move != nil {
		return fmt.Errorf("liveview: %s: the callback has asked for %s before; it can only move once", p.say(&m), p.say(p.move))
	}
	p.move = &m
	return nil
}

// say says where m leads, as far as operators may see that: of the page's own route it is
// known what is a secret.
func (p *page) say(m *move) string {
	if shown, ok := shownAs(p.app.config.BasePath, p.pattern, m.to.Path); ok {
		return m.say(shown)
	}
	return m.say(m.to.Path)
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
	if p.hasEvents() {
		member(`"e":`)
		frame = p.appendEvents(frame)
	}
	if p.pushes != nil && len(p.pushes.reply) > 0 {
		member(`"r":`)
		frame = append(frame, p.pushes.reply...)
	}
	p.pushes = nil
	return frame
}

// toPush returns what is to be pushed, for more of it.
func (p *page) toPush() *pushes {
	if p.pushes == nil {
		p.pushes = &pushes{}
	}
	return p.pushes
}

func (p *page) hasEvents() bool { return p.pushes != nil && len(p.pushes.events) > 0 }

// pushEvent has the page get an event with the next diff; detail is JSON.
func (p *page) pushEvent(name string, detail []byte) {
	to := p.toPush()
	if len(to.events) > 0 {
		to.events = append(to.events, ',')
	}
	to.events = append(to.events, '[')
	to.events = protocol.AppendString(to.events, name)
	to.events = append(to.events, ',')
	to.events = append(to.events, detail...)
	to.events = append(to.events, ']')
}

// appendEvents appends the list of pushed events, nothing if there are none.
func (p *page) appendEvents(frame []byte) []byte {
	if !p.hasEvents() {
		return frame
	}
	frame = append(append(append(frame, '['), p.pushes.events...), ']')
	p.pushes.events = nil
	return frame
}

// stop ends all that the view has set going, whatever the application's PubSub and
// writers do in their panics. What it sets going after that ends at once.
func (p *page) stop() {
	returned := false
	defer func() {
		if !returned { // a writer called runtime.Goexit: the other uploads are left
			p.stop()
		}
	}()
	p.stopPart(&p.root)
	for len(p.uploads()) > 0 {
		p.endUploads(p.files.uploads[0].dirty)
	}
	returned = true
}

// stopPart ends all that a part has set going, but for its uploads.
func (p *page) stopPart(of *part) {
	of.own().stop(func(err error) {
		p.app.config.Logger.Error("liveview: a subscription or presence may be left of a view that has ended",
			append(errAttrs(err), "view", p.route.name, "route", p.pattern)...)
	})
}

// shownPath is the page's path as operators may see it.
func (p *page) shownPath() string {
	return shownPath(p.app.config.BasePath, p.pattern, p.url.parse().Path)
}
