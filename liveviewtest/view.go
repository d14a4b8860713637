package liveviewtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
)

// View is a page in a browser, with the official client at work on it. It
// follows the browser wherever that goes: to other live pages, or to pages that
// aren't live.
//
// Its methods are for the test's goroutine. Those that look at the page see it
// with all that the server has sent so far. Those that act on it return when
// the server has answered and the page shows the answer; what the view does
// after that, upon a message to itself for instance, is waited for with
// [View.WaitFor] or [View.WaitIdle].
type View struct {
	t       testing.TB
	session *Session

	doc      *document
	head     head
	unparsed bool   // body isn't in doc yet: see build
	built    func() // what build has to do to doc, if it hasn't been called
	response *http.Response
	body     string
	url      *url.URL

	main       *html.Node // the live view's element; nil on a page without one
	id         string
	tree       *rendered
	socketPath string
	csrf       string

	conn     *conn
	topic    string
	joinRef  string
	status   status
	mounts   int    // successful joins of this view
	attempts int    // since the last of them
	redirect bool   // it was come to by live navigation, and joins as such
	referer  string // where from
	flash    string // token to be sent with the join
	arrive   func() // makes the navigation that the join is for a fact
	refused  int    // joins in a row that were answered by a load of the page
	queued   []update

	pending map[string]pendingPush // by ref
	ended   error                  // why the view crashed or lost its socket
	noticed bool                   // the test knows it

	moves   []move
	events  []Event
	history []place
	at      int // of history
	loads   int
	focuses []*html.Node // the stack of push_focus
	said    map[string]bool
	changes int // diffs taken in
	closed  bool

	uploads map[string]*upload // by entry ref
	entries int                // entry refs given out
}

// status is how a view stands with its server.
type status uint8

const (
	dead         status = iota // a page without a live view
	joining                    // phx_join was sent
	live                       // and answered
	crashed                    // by phx_error or a failed join
	disconnected               // the socket is closed
	over                       // the server closed the channel for good
)

func (s status) String() string {
	return [...]string{"not live", "joining", "live", "crashed", "disconnected", "over"}[s]
}

// update is a diff that waits for the join to be through.
type update struct {
	diff   diff
	events []Event
}

// pendingPush is a message that the server hasn't answered.
type pendingPush struct {
	event  string
	answer func(status string, response diff)
}

// Event is one that the server pushed by [liveview.Socket.PushEvent].
//
// [liveview.Socket.PushEvent]: https://pkg.go.dev/github.com/gin-liveview/liveview#Socket.PushEvent
type Event struct {
	Name    string
	Payload json.RawMessage

	early bool // before the patch that it came with
}

// move is one change of the address that the server asked for or agreed to.
type move struct {
	kind moveKind
	to   string
}

type moveKind string

const (
	movePatch    moveKind = "patch"
	moveNavigate moveKind = "navigation"
	moveRedirect moveKind = "redirect"
)

// place is an entry of the browser's history.
type place struct {
	url  *url.URL
	load int    // which document
	kind string // "patch" or "redirect": how it was come to
	back string // how it was left: how to come back to it
	id   string
}

// Open loads the page at path from handler, usually a Gin engine, joins its
// live view over a WebSocket, and returns it. All of it happens in memory and
// ends with the test. For several pages with the same cookies see [NewSession].
func Open(t testing.TB, handler http.Handler, path string, options ...Options) *View {
	t.Helper()
	return NewSession(t, handler, options...).Open(path)
}

func newView(s *Session) *View {
	return &View{t: s.t, session: s, pending: map[string]pendingPush{}, said: map[string]bool{}}
}

// HTML returns what is in the view's element, or in the body of a page that
// isn't live, without the attributes that only the client puts there.
func (v *View) HTML() string {
	v.pump()
	root := v.main
	if root == nil {
		root = find(v.doc.root, named("body"))
	}
	var b bytes.Buffer
	if root == nil {
		return ""
	}
	for c := root.FirstChild; c != nil; c = c.NextSibling {
		n := cloneNode(c)
		walk(n, func(n *html.Node) {
			n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return slices.Contains(clientAttrs, a.Key) })
		})
		_ = html.Render(&b, n) // a Buffer takes all
	}
	return b.String()
}

// clientAttrs are those that the client sets.
var clientAttrs = []string{"data-phx-id", "data-phx-root-id", "data-phx-component", "data-phx-view", "data-phx-stream", "data-phx-skip"}

// Find returns the elements of the page that match a CSS selector, for all
// that goquery can tell of them. The selection is of the page itself: later
// changes show in it, and it must not be changed.
func (v *View) Find(selector string) *goquery.Selection {
	v.t.Helper()
	v.pump()
	if _, err := query(v.doc.root, selector); err != nil {
		v.t.Fatalf("liveviewtest: Find(%q): %v", selector, err)
	}
	return goquery.NewDocumentFromNode(v.doc.root).Find(selector)
}

// Text returns the text of the elements that match, with its white space as a
// reader sees it, a space between two of them. It ends the test if there are
// none.
func (v *View) Text(selector string) string {
	v.t.Helper()
	v.pump()
	all := v.query("Text", selector)
	if len(all) == 0 {
		v.t.Fatalf("liveviewtest: Text(%q): no element matches.%s", selector, v.nearest(selector, nil))
	}
	texts := make([]string, len(all))
	for i, n := range all {
		texts[i] = text(n)
	}
	return strings.Join(texts, " ")
}

// Has reports whether an element matches and, if any text is given, has it.
func (v *View) Has(selector string, part ...string) bool {
	v.t.Helper()
	v.pump()
	for _, n := range v.query("Has", selector) {
		if !slices.ContainsFunc(part, func(p string) bool { return !strings.Contains(text(n), p) }) {
			return true
		}
	}
	return false
}

// Count returns how many elements match.
func (v *View) Count(selector string) int {
	v.t.Helper()
	v.pump()
	return len(v.query("Count", selector))
}

// Value returns what a field holds: what was typed, or chosen, or else what the
// server rendered; of a checkbox or radio button its value if it is on, else "".
func (v *View) Value(selector string) string {
	v.t.Helper()
	v.pump()
	n := v.element("Value", selector, nil)
	if kind(n) == "" {
		v.t.Fatalf("liveviewtest: Value(%q): %s is no field", selector, tag(n))
	}
	if isCheckable(n) && !v.doc.checked(n) {
		return ""
	}
	return valueOf(v.doc, n)
}

// Checked reports whether a checkbox or radio button is on.
func (v *View) Checked(selector string) bool {
	v.t.Helper()
	v.pump()
	n := v.element("Checked", selector, nil)
	if !isCheckable(n) {
		v.t.Fatalf("liveviewtest: Checked(%q): %s is neither a checkbox nor a radio button", selector, tag(n))
	}
	return v.doc.checked(n)
}

// Title returns the document's title.
func (v *View) Title() string {
	v.pump()
	if n := find(v.doc.root, named("title")); n != nil {
		return text(n)
	}
	return ""
}

// URL returns the address bar: path and query, with scheme and host only after
// a redirect to another site.
func (v *View) URL() *url.URL {
	v.pump()
	if v.url.Host != v.session.base.Host {
		return v.url
	}
	return &url.URL{Path: v.url.Path, RawPath: v.url.RawPath, RawQuery: v.url.RawQuery, Fragment: v.url.Fragment}
}

// ID returns the id of the live view's element, "" on a page without one.
func (v *View) ID() string { return v.id }

// Live reports whether the view is joined.
func (v *View) Live() bool {
	v.pump()
	return v.status == live
}

// Response returns the HTTP response that the page came with, whose body may be
// read at any time.
func (v *View) Response() *http.Response {
	res := *v.response
	res.Body = http.NoBody
	if v.body != "" {
		res.Body = readCloser(v.body)
	}
	return &res
}

// Events returns the events that the server has pushed and that no
// [View.ExpectEvent] has taken.
func (v *View) Events() []Event {
	v.pump()
	return slices.Clone(v.events)
}

// Flash returns the flash message of a kind as the page shows it, "" if it
// doesn't. It is found by what clears it, phx-click="lv:clear-flash" with
// phx-value-key, on the message's element or on a button in it; or else by the
// id "flash-KIND" or the attribute data-flash.
func (v *View) Flash(kind string) string {
	v.pump()
	n := v.flashClearer(kind)
	if n == nil {
		if n = find(v.doc.root, func(n *html.Node) bool { return attrOf(n, "id") == "flash-"+kind || attrOf(n, "data-flash") == kind }); n == nil {
			return ""
		}
		return text(n)
	}
	if !isElement(n, "button", "a", "span") || n.Parent == v.main {
		return text(n)
	}
	var parts []string // of the message, without the button
	for c := n.Parent.FirstChild; c != nil; c = c.NextSibling {
		if t := text(c); c != n && t != "" {
			parts = append(parts, t)
		}
	}
	return strings.Join(parts, " ")
}

func (v *View) flashClearer(kind string) *html.Node {
	return find(v.doc.root, func(n *html.Node) bool {
		return strings.Contains(attrOf(n, "phx-click"), "lv:clear-flash") &&
			(attrOf(n, "phx-value-key") == kind || strings.Contains(attrOf(n, "phx-click"), `"`+kind+`"`))
	})
}

// Close leaves the page, as closing the tab does. The end of the test does it
// by itself.
func (v *View) Close() {
	if v.closed {
		return
	}
	v.closed = true
	v.session.views = slices.DeleteFunc(v.session.views, func(o *View) bool { return o == v })
	v.hangUp()
}

// atEnd closes the page and reports what the test would have liked to know.
func (v *View) atEnd() {
	v.t.Helper()
	v.pump()
	if v.ended != nil && !v.noticed {
		v.t.Errorf("liveviewtest: %v; if that is meant, say so with ExpectCrash or ExpectDisconnect", v.ended)
	}
	v.Close()
}

func (v *View) hangUp() {
	if v.conn != nil {
		v.conn.close()
		v.conn = nil
	}
	v.pending = map[string]pendingPush{}
	v.uploads = nil
}

// warn reports what the official client complains about, each thing once.
func (v *View) warn(format string, args ...any) {
	v.t.Helper()
	warning := fmt.Sprintf(format, args...)
	if v.said[warning] {
		return
	}
	v.said[warning] = true
	if v.session.options.Warn != nil {
		v.session.options.Warn(warning)
		return
	}
	v.t.Errorf("liveviewtest: %s", warning)
}

// pump takes in what the server has sent, and has the page ready to be looked
// at.
func (v *View) pump() {
	v.t.Helper()
	v.take()
	v.build()
}

func (v *View) take() {
	v.t.Helper()
	for v.conn != nil {
		f, ok, err := v.conn.take()
		if ok {
			v.receive(f)
			continue
		}
		if err != nil {
			v.lost(err)
		}
		return
	}
}

// wait takes in what the server sends until done, and reports whether that came
// about in time.
func (v *View) wait(done func() bool) bool { v.t.Helper(); return v.waitBy(v.pump, done) }

func (v *View) waitBy(take func(), done func() bool) bool {
	v.t.Helper()
	deadline := time.NewTimer(v.session.options.Timeout)
	defer deadline.Stop()
	// What done looks at may change without a message of the server's.
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		take()
		if done() {
			return true
		}
		var wake chan struct{}
		if v.conn != nil {
			wake = v.conn.wake
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

// settle waits until the server has answered everything.
func (v *View) settle() {
	v.t.Helper()
	v.arrived()
	v.build()
}

// arrived is settle for a page that isn't looked at yet.
func (v *View) arrived() {
	v.t.Helper()
	if !v.waitBy(v.take, func() bool { return len(v.pending) == 0 && v.status != joining }) {
		for _, p := range v.pending {
			v.t.Fatalf("liveviewtest: the server didn't answer %q within %v", p.event, v.session.options.Timeout)
		}
		v.t.Fatalf("liveviewtest: the join of %s wasn't done within %v", v.url, v.session.options.Timeout)
	}
}

// ready prepares for an act: the page is up to date, and live if it has to be.
func (v *View) ready(verb, target string) {
	v.t.Helper()
	v.pump()
	if v.closed {
		v.t.Fatalf("liveviewtest: %s(%q): the page is closed", verb, target)
	}
	if v.ended != nil && !v.noticed {
		v.t.Fatalf("liveviewtest: %s(%q): %v", verb, target, v.ended)
	}
}

// expectLive ends the test if the server can't be reached.
func (v *View) expectLive(what string) {
	v.t.Helper()
	if v.status != live {
		v.t.Fatalf("liveviewtest: %s: the view is %s; Reconnect joins it again", what, v.status)
	}
}
