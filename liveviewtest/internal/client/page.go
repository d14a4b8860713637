// Package client is the official client of Phoenix LiveView at work on one page,
// in Go: it joins the page's view, keeps the page up to date, and sends what the
// user does.
//
// Its files, from the bottom up: a document, its location and a screen hold what
// there is; a view is the channel's end of a screen, with its locks; navigation loads
// documents and joins their views; a pusher sends events, with uploads before them;
// commands execute JS; input is the user, whom throttle holds back. A Page is all
// of it, for a test. What a lower one needs of a higher one stands in its file as
// an interface: runner, navigator, user.
package client

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/browser"
	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
	"github.com/gin-liveview/liveview/liveviewtest/internal/phoenix"
	"github.com/gin-liveview/liveview/protocol"
)

// Options change how a page behaves.
type Options struct {
	Params  map[string]any       // further parameters of each join
	Timeout time.Duration        // for the server's answers
	Warn    func(warning string) // nil means that each warning is an error of the test
	Plain   bool                 // no script runs: nothing is joined
}

// Page is what one tab of a browser shows. Its methods are for the test's
// goroutine.
type Page struct {
	liveSocket
	reporter
	timeout    time.Duration
	inbox      inbox
	log        phoenix.Log
	navigation navigation
	uploads    uploads
	pusher     pusher
	commands   commands
	input      input
}

// NewPage returns a tab that shows nothing yet.
func NewPage(t testing.TB, b *browser.Browser, options Options) *Page {
	p := &Page{reporter: reporter{t: t, to: options.Warn}, timeout: options.Timeout}
	p.doc = blank(&p.reporter)
	p.navigation = navigation{
		reporter: &p.reporter, liveSocket: &p.liveSocket, place: location{url: b.Base},
		browser: b, params: options.Params, plain: options.Plain, runner: &p.commands, inbox: &p.inbox, log: &p.log,
	}
	p.uploads = uploads{liveSocket: &p.liveSocket}
	p.pusher = pusher{&p.reporter, &p.liveSocket, &p.uploads}
	p.commands = commands{pusher: &p.pusher, navigation: &p.navigation, user: &p.input}
	p.input = input{&p.commands}
	return p
}

// Load loads a document and joins its live view, if it has one.
func (p *Page) Load(u *url.URL) {
	p.t.Helper()
	p.navigation.load(http.MethodGet, u, nil, true)
	p.await()
}

// Reload loads the page anew.
func (p *Page) Reload() {
	p.t.Helper()
	p.navigation.load(http.MethodGet, p.navigation.place.url, nil, false)
	p.Settle()
}

// Travel goes through the history, by so many entries ahead or, if by is
// negative, back. It reports whether there are so many.
func (p *Page) Travel(by int) bool {
	p.t.Helper()
	if !p.navigation.travel(by) {
		return false
	}
	p.Settle()
	return true
}

// Close leaves the page, as closing the tab does.
func (p *Page) Close() { p.hangUp() }

// Cut cuts the connection, as a network does that fails.
func (p *Page) Cut() {
	p.t.Helper()
	p.socket.Cut()
	p.lose()
	p.disconnected(nil)
}

// disconnected ends all views; failure is nil if the test wanted it so.
func (p *Page) disconnected(failure error) {
	p.t.Helper()
	p.uploads.cut()
	p.main.end(Disconnected, failure)
	for _, v := range p.guests {
		v.end(Disconnected, nil)
	}
}

// view returns the one of that id, the page's own for "", nil if there is none.
func (p *Page) view(id string) *view {
	if id == "" {
		return p.main
	}
	return p.guest(id)
}

// Rejoin joins the view of that id again, over the socket that is there or else a new
// one, which all views then join.
func (p *Page) Rejoin(id string) {
	p.t.Helper()
	v := p.view(id)
	v.failure, v.noticed = nil, false
	if p.socket == nil {
		p.main.failure, p.main.noticed = nil, false
		p.navigation.connect()
	} else {
		v.join(p.socket)
	}
	p.Settle()
}

// HasView reports whether a view of that id, nested or sticky, is on the page.
func (p *Page) HasView(id string) bool { return p.view(id) != nil }

// Update takes in what the server has sent, and returns the page to be looked
// at.
func (p *Page) Update() *dom.Document {
	p.t.Helper()
	p.take()
	p.doc.parse()
	return p.doc.Document
}

// take takes in what the server has sent.
func (p *Page) take() {
	p.t.Helper()
	for p.socket != nil { // a message may bring another document, and socket
		m, ok, err := p.socket.Next()
		switch {
		case err != nil:
			p.lost(err)
			return
		case !ok:
			return
		case m.Reply != nil:
			m.Reply(m.Status, m.Response)
		default:
			m.Receive(m.Event, m.Payload)
		}
	}
}

// lost is called when the server has closed the socket.
func (p *Page) lost(err error) {
	p.t.Helper()
	p.hangUp()
	p.disconnected(fmt.Errorf("the server closed the socket of the view at %s (code %d): %w", p.navigation.place.url, phoenix.CloseCode(err), err))
}

// Settle waits until the server has answered everything and the page shows it.
func (p *Page) Settle() {
	p.t.Helper()
	p.await()
	p.doc.parse()
}

// await is [Page.Settle] for a page that isn't looked at yet.
func (p *Page) await() {
	p.t.Helper()
	if p.wait(p.take, func() bool { _, waiting := p.unanswered(); return !waiting && !p.joining() }) {
		return
	}
	if event, waiting := p.unanswered(); waiting {
		p.fatal("the server didn't answer %q within %v", event, p.timeout)
	}
	p.fatal("the join of %s wasn't done within %v", p.navigation.place.url, p.timeout)
}

func (p *Page) unanswered() (event string, waiting bool) {
	if p.socket == nil {
		return "", false
	}
	return p.socket.Unanswered()
}

// Wait takes in what the server sends until done, and reports whether that came
// about in time.
func (p *Page) Wait(done func() bool) bool {
	p.t.Helper()
	return p.wait(func() { p.t.Helper(); p.Update() }, done)
}

func (p *Page) wait(take func(), done func() bool) bool {
	p.t.Helper()
	deadline := time.NewTimer(p.timeout)
	defer deadline.Stop()
	// What done looks at may change without a message of the server's.
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		take()
		if done() {
			return true
		}
		var wake <-chan struct{}
		if p.socket != nil {
			wake = p.socket.Wake()
		}
		select {
		case <-wake:
		case <-tick.C:
		case <-deadline.C:
			take()
			return done()
		}
	}
}

// Document returns the page as it was last brought up to date.
func (p *Page) Document() *dom.Document { return p.doc.Document }

// Element returns the live view's element, nil on a page without one.
func (p *Page) Element() *html.Node { return p.doc.main }

// ID returns the id of the live view's element, "" on a page without one.
func (p *Page) ID() string {
	if p.main == nil {
		return ""
	}
	return p.main.id
}

// Underway returns what the page's live views have under way on the server, and how many
// things they have begun so far.
func (p *Page) Underway() (works []string, begun int) {
	for _, v := range p.views() {
		more, n := p.navigation.browser.Underway(protocol.TopicView + v.id)
		works, begun = append(works, more...), begun+n
	}
	return works, begun
}

// Status returns how the view of that id stands with its server.
func (p *Page) Status(id string) Status {
	if v := p.view(id); v != nil {
		return v.status
	}
	return Dead
}

// URL returns the address bar: without scheme and host, unless it is another
// site's.
func (p *Page) URL() *url.URL {
	if u := p.navigation.place.url; u.Host != p.navigation.browser.Base.Host {
		return u
	}
	return local(p.navigation.place.url)
}

// Response returns the response that the page came with, and its body.
func (p *Page) Response() (res *http.Response, body string) {
	return p.navigation.response, p.doc.body
}

// Diffs returns how many diffs have come to the page.
func (p *Page) Diffs() int { return p.inbox.diffs }

// Failure returns why a view crashed or lost its socket, if the test doesn't know of it
// yet.
func (p *Page) Failure() error {
	for _, v := range p.views() {
		if !v.noticed && v.failure != nil {
			return v.failure
		}
	}
	return nil
}

// Notice says that the test knows why the view of that id has ended, and returns it.
func (p *Page) Notice(id string) error {
	v := p.view(id)
	v.noticed = true
	return v.failure
}

// Moves returns the changes of the address that [Page.TakeMove] hasn't taken.
func (p *Page) Moves() []Move { return p.navigation.place.moves }

// TakeMove drops the first such move, and reports whether there was one.
func (p *Page) TakeMove(m Move) bool {
	place := &p.navigation.place
	i := slices.Index(place.moves, m)
	if i < 0 {
		return false
	}
	place.moves = slices.Delete(slices.Clone(place.moves), i, i+1)
	return true
}

// Events returns the events that the server has pushed and that [Page.TakeEvent]
// hasn't taken.
func (p *Page) Events() []Event { return p.inbox.events }

// TakeEvent drops the first event of that name, and reports whether there was
// one.
func (p *Page) TakeEvent(name string) (Event, bool) { return p.inbox.take(name) }

// Refuse says whether the user refuses what data-confirm asks.
func (p *Page) Refuse(refuses bool) { p.input.refuses = refuses }

// Asked returns what data-confirm has asked.
func (p *Page) Asked() []string { return p.input.asked }

// Click clicks on n, and reports whether anything hears that. The error is a
// form's that a browser would not submit.
func (p *Page) Click(n *html.Node) (heard bool, err error) { p.t.Helper(); return p.input.click(n) }

// Focus gives n the focus; nil means that nobody has it.
func (p *Page) Focus(n *html.Node) { p.t.Helper(); p.input.focus(n) }

// Window runs the window bindings of a kind of event, such as "focus", and
// reports whether there are any.
func (p *Page) Window(kind string) bool {
	p.t.Helper()
	heard, _ := p.input.window(kind, nil, nil) // a window's focus is rarely throttled, and no user's act
	return heard
}

// Key runs the bindings for a key, by the kinds "keydown" and "keyup", and
// reports whether there are any that hear this one. n is where it is pressed, nil meaning the body.
// The error says that the client drops it.
func (p *Page) Key(kind string, n *html.Node, key string) (heard bool, err error) {
	p.t.Helper()
	return p.input.key(kind, n, key)
}

// HearOthers returns the elements that would have heard one of these kinds of another key,
// by their phx-key or data-shortcut.
func (p *Page) HearOthers(kinds []string, n *html.Node) []*html.Node {
	return p.input.others(kinds, n)
}

// TakesKeys reports whether keys are typed into n.
func (p *Page) TakesKeys(n *html.Node) bool { return n != nil && isTextField(n) }

// Changed says that the user has changed a field. The error says that the client
// drops the event.
func (p *Page) Changed(n *html.Node) error { p.t.Helper(); return p.input.change(n) }

// Enter submits a form as Enter in a field of its does; nil is one of its lines of
// text. The error says why a browser would not.
func (p *Page) Enter(form, field *html.Node) error {
	p.t.Helper()
	return p.input.implicitSubmit(form, field)
}

// Choose chooses files in a file input, in addition to those that are there if
// it takes several. The error says that the client drops the event.
func (p *Page) Choose(n *html.Node, files []File) error {
	p.t.Helper()
	p.uploads.noteEmpty(n, files)
	p.uploads.choose(n, files)
	return p.input.change(n)
}

// Hears reports whether a click on n would be heard, by the page itself or by the
// view.
func (p *Page) Hears(n *html.Node) bool { return p.input.hears(n) }

// Locked reports whether the client has locked a control, as its form's files are sent.
func (p *Page) Locked(n *html.Node) bool {
	v := p.owner(n)
	return v != nil && v.locks.have(n)
}

// Scroll scrolls to the top or bottom of n, and reports whether it has what hears
// that. The error says why one can't scroll there.
func (p *Page) Scroll(n *html.Node, edge string) (heard bool, err error) {
	p.t.Helper()
	return p.input.scroll(n, edge)
}

// Release sends some percent more of a file that is held. The error says why not.
func (p *Page) Release(n *html.Node, name string, percent int) error {
	p.t.Helper()
	return p.uploads.release(n, name, percent)
}

// Push pushes an event as the hook of an element does, to what is around n, a component
// or a view, or to the hook's view if n is nil. reply gets the server's reply, if there is
// one.
func (p *Page) Push(event string, value any, hook, n *html.Node, reply func(json.RawMessage)) {
	p.t.Helper()
	payload := Diff{"type": "hook", "event": event, "value": value}
	v := p.owner(hook)
	if n != nil {
		v = p.owner(n)
		if cid := v.componentAround(n); cid != nil {
			payload["cid"] = *cid
		}
	}
	v.push(protocol.EventEvent, payload, func(response Diff) {
		if d, ok := response["diff"].(Diff); ok && d["r"] != nil {
			reply(text(d["r"]))
		}
	})
}

// Ping has the views answer once they have worked off what came before.
func (p *Page) Ping() {
	p.t.Helper()
	for _, v := range p.views() {
		if v.status == Live {
			v.ping()
		}
	}
}

// Frames returns what has gone over the page's sockets so far.
func (p *Page) Frames() []phoenix.Frame { return p.log.Frames() }
