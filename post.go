package liveview

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/plainhtml"
	"github.com/gin-liveview/liveview/internal/repeats"
	"github.com/gin-liveview/liveview/internal/rescue"
	"github.com/gin-liveview/liveview/internal/target"
)

// post is the handling of a form that was posted, for the page that answers it.
type post struct {
	form    *postedForm
	events  []postedEvent
	to      plainhtml.Event // whose the form is: View and Live count
	done    bool            // the events are being handled, or were
	handled bool            // they were, and what they did isn't to be done again
	status  int             // of the page that answers; 0 for 200
	answer  *repeats.Answer // to be given; nil before the form has been read
	again   *repeats.Answer // the form was handled before: this is the answer

	rehearsed bool // the page was rendered, so that its live components are known
}

// newPost returns what is to be done with a form.
func newPost(form *postedForm) (*post, error) {
	events, err := form.events()
	if err != nil {
		return nil, err
	}
	p := &post{form: form, events: events, to: events[0].Event}
	if f, err := plainhtml.Parse(form.fields[plainhtml.EventField]); err == nil && len(f) > 0 {
		p.to = f[0] // its files are for the form, whichever button is pressed
	}
	return p, nil
}

// errRepeated ends the rendering of a page whose form was handled before.
var errRepeated = errors.New("the form has been handled before")

// key tells forms apart: of one rendering of a page, for one event, with the same values,
// from the same user, as the answer is for nobody else.
func (p *post) key(user string) string {
	sum := sha256.New()
	for _, text := range []string{p.form.token.page, p.form.token.browser, user, p.form.values.String()} {
		_ = binary.Write(sum, binary.BigEndian, uint64(len(text))) // a hash takes everything
		_, _ = sum.Write([]byte(text))
	}
	if p.form.sum != nil {
		_, _ = sum.Write(p.form.sum.Sum(nil))
	}
	for _, e := range p.events {
		_, _ = sum.Write(plainhtml.AppendEvents(nil, []plainhtml.Event{e.Event}))
	}
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil))
}

// names are those of the events.
func (p *post) names() (names []string) {
	for _, e := range p.events {
		names = append(names, e.Name)
	}
	return names
}

// handle is of a formHandler.
func (p *post) handle(h *httpPage, view liveView, id string, live *components) error {
	if p.done {
		return nil
	}
	if p.to.View != id || p.to.Live != "" {
		// Whoever it is for is there once the page has been rendered.
		if err := p.rehearse(h, view, live); err != nil || h.moved {
			return err
		}
	}
	if p.to.View == id && !p.done {
		p.done = true
		if err := p.run(h, view, live); err != nil {
			return err
		}
	}
	if err := p.settle(h, view, live); err != nil {
		return err
	}
	view.page().losePostedFiles()
	return nil
}

// rehearse renders the view for nobody to see.
func (p *post) rehearse(h *httpPage, view liveView, live *components) error {
	p.rehearsed = true
	before, shown := h.rehearses, h.shown.mark()
	h.rehearses = true
	_, err := appendView(nil, view, live)
	h.rehearses = before
	h.shown.unshow(shown)
	live.begin()
	if h.moved {
		return nil
	}
	return err
}

// run handles the events.
func (p *post) run(h *httpPage, view liveView, live *components) error {
	page, ctx := view.page(), h.c.Request.Context()
	var of liveComponent
	if p.to.Live != "" {
		if of = live.keyed(p.to.Live); of == nil {
			return nil // it has gone: so do the events of a socket pass
		}
	}
	events := p.events
	if p.form.file != nil || p.form.read != nil && len(p.form.read.File) > 0 {
		complete, err := p.form.takeFiles(ctx, view, live, of)
		if err != nil || page.move != nil {
			return err
		}
		if events, err = p.form.events(); err != nil { // a button's stands behind the files
			return err
		}
		if p.events = events; !complete && !p.form.clicks() { // as the client sends no form whose files can't be sent
			events = p.changes()
		}
	}
	var err error
	var first bool
	if p.answer, first, err = page.app.posts.Begin(ctx, p.key(page.user), time.Now()); err != nil {
		return err
	}
	if !first {
		p.answer, p.again = nil, p.answer
		return errRepeated
	}
	if err := p.form.tellProgress(view, live, of); err != nil || page.move != nil {
		p.handled = err == nil
		return err
	}
	for _, posted := range events {
		if err := page.posting.act(func() error { return p.runOne(view, live, posted) }); err != nil {
			return err
		}
		if page.move != nil {
			break
		}
	}
	p.handled = true
	return nil
}

// changes are the events of a form that isn't submitted: the change that there was.
func (p *post) changes() (events []postedEvent) {
	list, _ := plainhtml.Parse(p.form.fields[plainhtml.ChangeField]) // nothing, if it isn't as it was written
	for _, e := range list {
		events = append(events, postedEvent{e, true, true})
	}
	return events
}

func (p *post) runOne(view liveView, live *components, posted postedEvent) error {
	page := view.page()
	if posted.Href != "" {
		to, err := target.Local(posted.Href)
		if err != nil {
			return fmt.Errorf("a button leads to %q: %w", posted.Href, err)
		}
		return page.ask(move{kind: moveHTTP, to: to})
	}
	var c liveComponent
	bound := page.signedFor()
	if posted.Live != "" {
		if c = live.keyed(posted.Live); c == nil {
			return nil
		}
		bound.component = c.kindOf().label()
	}
	e, err := p.form.decode(posted, func(payload []byte) ([]byte, map[string]string, error) {
		return bound.openPayload(page.app.signer, payload)
	})
	if errors.Is(err, errSignature) {
		p.status = http.StatusForbidden
		tellUnhandledPost(page, Event{Name: posted.Name}, &unhandledError{why: err.Error()})
		return nil
	}
	if err != nil {
		return p.form.refusal(err)
	}
	switch {
	case e.Name == "lv:clear-flash": // the page that follows is without it
		return page.ask(move{kind: moveHTTP, to: page.url.parse()})
	case strings.HasPrefix(e.Name, "lv:"):
		p.status = http.StatusUnprocessableEntity
		tellUnhandledPost(page, e, &unhandledError{why: "names that start with lv: are the protocol's own"})
		return nil
	}
	if page.app.config.Sentence != nil {
		e.say, e.locale = page.sentence, page.locale()
	}
	if c == nil {
		return p.unhandled(page, e, view.handleEvent(e))
	}
	e.Component = c.kindOf().live()
	own, err := view.handleEventOf(c, e)
	if err = p.unhandled(page, e, err); err != nil && own {
		err = live.contain(c, err)
	}
	live.changed(c)
	return err
}

// unhandled tells of an event that nothing was done for, which ends no view.
func (p *post) unhandled(page *page, e Event, err error) error {
	unhandled, ok := rescue.Find[*unhandledError](err)
	if !ok {
		return err
	}
	tellUnhandledPost(page, e, unhandled)
	if p.status = http.StatusUnprocessableEntity; unhandled.refused != nil {
		p.status = http.StatusForbidden
	}
	return nil
}

// settle is of a formHandler.
func (p *post) settle(h *httpPage, view liveView, live *components) error {
	page := view.page()
	for range page.posting.most {
		m, ok := page.posting.next()
		if !ok {
			return nil
		}
		if m.from != nil && m.from.isOver() {
			continue
		}
		if err := page.posting.act(func() error { return p.handleOne(h, view, live, m) }); err != nil || page.move != nil {
			return err
		}
	}
	return fmt.Errorf("%w: a posted form has led to more than %d messages", ErrMailboxFull, page.posting.most)
}

// takeLoad is of a formHandler.
func (p *post) takeLoad(h *httpPage, view liveView, live *components, l *load) error {
	err := view.page().posting.act(func() error {
		if l.cid == 0 {
			return view.takeLoad(l)
		}
		c := live.numbered(l.cid)
		if c == nil {
			return nil
		}
		err := live.contain(c, c.takeLoad(l))
		live.changed(c)
		return err
	})
	if err != nil || view.page().move != nil {
		return err
	}
	return p.settle(h, view, live)
}

func (p *post) handleOne(h *httpPage, view liveView, live *components, m message) error {
	var c liveComponent
	do := func(c liveComponent) error { return c.handleInfo(m.info) }
	if to, ok := m.info.(*liveMessage); ok && m.kind == messageLive {
		c, do = live.named(to.to), to.do
		if c == nil {
			if p.rehearsed {
				return nil // it isn't on the page any more
			}
			// Nobody knows who is on the page before it has been rendered.
			if err := p.rehearse(h, view, live); err != nil || h.moved {
				return err
			}
			if c = live.named(to.to); c == nil {
				return nil
			}
		}
	} else if m.cid != 0 {
		if c = live.numbered(m.cid); c == nil {
			return nil
		}
	}
	if c == nil {
		return view.handleInfo(m.info)
	}
	err := live.contain(c, do(c))
	live.changed(c)
	return err
}

// end ends what the views of the page have of their own, files that nobody has consumed
// for instance.
func (p *post) end(h *httpPage, live *components) {
	endPosted(h.page, live)
	for _, guest := range h.kept {
		endPosted(guest.view.page(), guest.live)
	}
}

func endPosted(page *page, live *components) {
	page.posting.end()
	if live.liveSet != nil {
		for _, c := range live.all {
			page.stopPart(&c.core().part)
		}
	}
	page.stop()
}

// finish notes what the form was answered with, for another time that it is sent.
func (p *post) finish(c *gin.Context, w *recorder) {
	if p.answer == nil {
		return
	}
	failed := w.Status() >= http.StatusInternalServerError
	switch {
	case !p.handled && (failed || c.Request.Context().Err() != nil && !w.Written()):
		p.answer.GiveUp()
		return
	case failed: // what was done stays done: a repeat leads to the page as it is then
		p.answer.Give(w.Status(), http.Header{}, nil, time.Now())
		return
	}
	header := http.Header{}
	for _, name := range answerHeader {
		if values, has := w.Header()[name]; has && (name != "Location" || len(values[0]) <= maxLocation) {
			header[name] = values
		}
	}
	p.answer.Give(w.Status(), header, w.recorded(), time.Now())
}

// answerHeader are the fields of an answer that another one repeats. What compresses adds
// its own.
var answerHeader = []string{"Cache-Control", "Content-Type", "Location", "Set-Cookie"}

// repeat answers a form that was handled before as it was answered then; with the page at
// its URL, if that answer isn't kept any more, or couldn't be given.
func (p *post) repeat(c *gin.Context, a *app) {
	answer := p.again
	if answer.Body == nil && answer.Header.Get("Location") == "" {
		redirectSeeOther(c, target.Path(string(pageURLOf(a.config.BasePath, c.Request))))
		return
	}
	for name, values := range answer.Header {
		c.Writer.Header()[name] = values
	}
	c.Status(answer.Status)
	c.Writer.WriteHeaderNow()
	_, _ = c.Writer.Write(answer.Body) // a visitor who has gone needs no answer
	c.Abort()
}

// answerRefused answers a form that isn't handled, with a page that says why. view is the
// name of its page's.
func answerRefused(c *gin.Context, a *app, view string, refused *refusedPostError) {
	a.tell(c.Request.Context(), Note{Kind: NoteRefusal, Cause: "form", Address: networkOf(c.ClientIP()), Subject: Subject{Route: c.FullPath(), View: view, User: userOf(c), RequestID: requestIDOf(c.Request)}})
	a.faults.warn("liveview: a form was not handled", "status", refused.status, "why", refused.why, "view", view, "route", c.FullPath())
	drain(c, int64(a.config.MaxFrame)*4)
	c.Abort()
	c.Status(refused.status)
	url := target.Path(string(pageURLOf(a.config.BasePath, c.Request)))
	content := `<h1>` + template.HTMLEscapeString(refused.title) + `</h1><p>` + template.HTMLEscapeString(refused.text) +
		`</p><p><a href="` + template.HTMLEscapeString(url) + `">Load the page anew</a></p>`
	if err := RenderInLayout(c, refused.title, template.HTML(content)); err != nil && !c.Writer.Written() { //nolint:gosec // escaped above
		c.Data(refused.status, "text/html; charset=utf-8", []byte("<!DOCTYPE html><title>"+refused.title+"</title>"+content))
	}
}

// maxLocation is how long a URL is kept, in bytes; thousands are. To one that is longer,
// with what was typed in it for instance, a repeat doesn't lead.
const maxLocation = 4 << 10

// maxRecorded is how much of a page is kept for a form that is sent again, in bytes.
const maxRecorded = 256 << 10

// recorder keeps what is written.
type recorder struct {
	gin.ResponseWriter
	body bytes.Buffer
	room int // -1 once there was too much
}

func (w *recorder) record(n int, write func()) {
	if w.room >= 0 {
		if w.room -= n; w.room >= 0 {
			write()
		}
	}
}

func (w *recorder) Write(b []byte) (int, error) {
	w.record(len(b), func() { _, _ = w.body.Write(b) })
	return w.ResponseWriter.Write(b)
}

func (w *recorder) WriteString(s string) (int, error) {
	w.record(len(s), func() { _, _ = w.body.WriteString(s) })
	return w.ResponseWriter.WriteString(s)
}

// recorded returns what was written, nil if that was too much.
func (w *recorder) recorded() []byte {
	if w.room < 0 {
		return nil
	}
	return w.body.Bytes()
}
