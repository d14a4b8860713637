package client

import (
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/browser"
	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
	"github.com/gin-liveview/liveview/liveviewtest/internal/phoenix"
	"github.com/gin-liveview/liveview/protocol"
)

// navigation brings the page to other addresses: by loading documents, as all
// browsers do, and by the client's patches and live navigation.
type navigation struct {
	*reporter
	*liveSocket
	place   location
	browser *browser.Browser
	params  map[string]any // further ones of each join
	plain   bool           // no script runs
	runner  runner
	inbox   *inbox
	log     *phoenix.Log

	response *http.Response // that the document came with
	arrive   func()         // what makes the live navigation under way a fact, once it has joined
	refusals int            // joins in a row that were answered by a load of the page
}

// resolve returns what a link on the page leads to.
func (n *navigation) resolve(href string) *url.URL {
	n.t.Helper()
	u, err := n.place.url.Parse(href)
	if err != nil {
		n.fatal("the page links to %q: %v", href, err)
	}
	return u
}

// moved notes a move to u.
func (n *navigation) moved(kind MoveKind, u *url.URL) {
	n.place.moved(kind, relative(n.browser.Base, u))
}

// load loads a document and, if there is a live view in it, joins that. push
// says that the history gets a new entry.
func (n *navigation) load(method string, u *url.URL, form *browser.Form, push bool) {
	n.t.Helper()
	n.leave()
	res, body, err := n.browser.Do(method, u, form)
	if err != nil {
		n.fatal("%v", err)
	}
	n.response, n.place.url = res, res.Request.URL
	if res.Request.URL.String() != u.String() {
		n.moved(Redirect, res.Request.URL)
	}
	if n.place.url.Fragment == "" {
		n.place.url.Fragment = u.Fragment
	}
	if elsewhere, err := res.Location(); err == nil {
		// A redirect to another site, or one too many, wasn't followed.
		n.moved(Redirect, elsewhere)
		n.place.url, body = elsewhere, ""
	}
	n.show(body, push)
	if n.plain {
		n.doc.parse()
		return
	}
	if n.doc.main != nil {
		if !n.doc.head.script {
			n.warn("the page at %s has a live view, and no script to join it: its layout lacks {{.Scripts}}", n.place.url)
		}
		if !n.doc.head.title {
			n.warn(`the page at %s has no <title>, so a browser's comes to be "undefined": its layout lacks {{.LiveTitle}}`, n.place.url)
		}
		if !n.doc.head.meta {
			n.fatal(`the page at %s has a live view, and no <meta name="csrf-token"> without which it isn't joined: its layout lacks {{.CSRFMeta}}`, n.place.url)
		}
		n.main = n.newView(n.doc.main, arrival{})
		n.main.main = true
		n.place.entries[n.place.at].view, n.place.entries[n.place.at].came = n.main.id, "patch"
		n.connect()
	}
}

// visit loads another page, as a plain link does.
func (n *navigation) visit(u *url.URL) {
	n.t.Helper()
	if !n.browser.Site(u) {
		n.leave()
		n.place.url = u
		n.show("", true) // as only one server is known
		return
	}
	n.load(http.MethodGet, u, nil, true)
}

// leave leaves the document that is shown.
func (n *navigation) leave() {
	n.t.Helper()
	n.doc.parse() // if there is something to be said of it
	n.hangUp()
}

// show shows another document at the current address.
func (n *navigation) show(body string, push bool) {
	n.t.Helper()
	n.place.loads++
	n.place.enter(push, "redirect", "")
	n.main, n.guests, n.arrive = nil, nil, nil
	n.doc = newDocument(n.reporter, n.place.url, body, !n.plain)
}

// newView returns a view for an element.
func (n *navigation) newView(element *html.Node, how arrival) *view {
	how.place, how.base, how.csrf, how.page, how.params = &n.place, n.browser.Base, n.doc.head.csrf, n.doc.name, n.params
	return &view{
		reporter: n.reporter, runner: n.runner, navigator: n, inbox: n.inbox, arrival: how,
		screen: screen{doc: n.doc, id: dom.Attr(element, "id")},
	}
}

// connect opens the socket and joins.
func (n *navigation) connect() {
	n.t.Helper()
	ws, err := n.browser.Dial(n.doc.head.socketPath, url.Values{"vsn": {protocol.Version}, "_csrf_token": {n.doc.head.csrf}})
	if err != nil {
		n.fatal("%v", err)
	}
	n.socket = phoenix.NewSocket(ws, n.log)
	n.main.join(n.socket)
	if n.doc.head.guests {
		n.doc.parse()
	}
	for _, v := range n.guests {
		v.failure = nil
		v.join(n.socket)
	}
	n.joinRoots()
}

// joinRoots joins the sticky views on the page that aren't joined yet.
//
// Source: joinRootViews in phoenix_live_view/assets/js/phoenix_live_view/live_socket.ts.
func (n *navigation) joinRoots() {
	n.t.Helper()
	if !n.doc.parsed {
		return
	}
	for _, element := range dom.FindAll(n.doc.Root, dom.With("data-phx-session")) {
		if dom.HasAttr(element, "data-phx-parent-id") || dom.HasAttr(element, "data-phx-main") || n.guest(dom.Attr(element, "id")) != nil {
			continue
		}
		how := arrival{guest: true}
		if !dom.HasAttr(element, "data-phx-sticky") {
			how.url = n.place.url
		}
		n.add(element, nil, how)
	}
}

// add joins a view besides the page's own.
func (n *navigation) add(element *html.Node, parent *view, how arrival) {
	n.t.Helper()
	v := n.newView(element, how)
	if v.parent = parent; parent != nil {
		v.mounts = parent.mounts - 1
	}
	n.guests = append(n.guests, v)
	v.join(n.socket)
}

// shown implements [navigator]: views that are gone are left, and new ones joined.
//
// Source: joinNewChildren and onJoinComplete in phoenix_live_view/assets/js/phoenix_live_view/view.ts,
// which shows what was joined with all that is nested in it; here it shows as it comes.
func (n *navigation) shown() {
	n.t.Helper()
	n.forget(func(v *view) bool { return v.element() == nil })
	if n.socket == nil || !n.doc.parsed {
		return
	}
	for _, parent := range n.views() {
		if parent.status != Live {
			continue
		}
		for _, element := range dom.FindAll(n.doc.Root, func(c *html.Node) bool { return dom.Attr(c, "data-phx-parent-id") == parent.id }) {
			if dom.Attr(element, "data-phx-session") != "" && n.guest(dom.Attr(element, "id")) == nil {
				n.add(element, parent, arrival{guest: true})
			}
		}
	}
	n.joinRoots()
}

// ended implements [navigator].
func (n *navigation) ended(v *view) { n.forgetChildren(v) }

// joined implements [navigator].
func (n *navigation) joined(v *view) {
	if !v.main {
		return
	}
	n.refusals = 0
	if n.arrive != nil {
		n.arrive()
		n.arrive = nil
	}
}

// maxRefusals is how many joins in a row may be answered by a load of the page:
// with more of them, a browser would load the page for ever.
const maxRefusals = 3

// refused implements [navigator].
func (n *navigation) refused(v *view, reason, token string) {
	n.t.Helper()
	if reason == protocol.ReasonReload {
		n.browser.SetCookie("__phoenix_reload_status__", token)
	}
	if n.refusals++; n.refusals > maxRefusals {
		n.fatal("the server refuses each join of %s as %q, so a browser would load the page over and over; are its cookies kept?", n.place.url, reason)
	}
	n.giveFlash(v.arrival.flash)
	n.load(http.MethodGet, n.place.url, nil, n.arrive != nil)
}

// giveFlash leaves a flash message for the next load of a page.
func (n *navigation) giveFlash(token string) {
	if token != "" {
		n.browser.SetCookie("__phoenix_flash__", token)
	}
}

// redirect implements [navigator].
func (n *navigation) redirect(to destination) {
	n.t.Helper()
	n.giveFlash(to.flash)
	u := n.resolve(to.href)
	n.moved(Redirect, u)
	n.visit(u)
}

// submit implements [navigator].
func (n *navigation) submit(form, submitter *html.Node) {
	n.t.Helper()
	action, method := dom.Action(form, submitter), dom.Attr(form, "method")
	if submitter != nil {
		if m, ok := dom.LookupAttr(submitter, "formmethod"); ok {
			method = m
		}
	}
	if strings.EqualFold(method, "dialog") {
		return
	}
	u := n.resolve(action)
	entries := n.doc.Submitted(form, submitter)
	if strings.EqualFold(method, http.MethodPost) {
		kind, body := dom.EncodeAs(dom.Encoding(form, submitter), entries)
		n.load(http.MethodPost, u, &browser.Form{Type: kind, Body: body}, true)
		return
	}
	u.RawQuery = dom.Encode(entries)
	n.load(http.MethodGet, u, nil, true)
}

// sendByMethod sends the form that a link or button with data-method stands for, as the
// start script does.
func (n *navigation) sendByMethod(from *html.Node) {
	n.t.Helper()
	to := dom.Attr(from, "data-to")
	if to == "" {
		to = dom.Attr(from, "href")
	}
	u, fields := n.resolve(to), url.Values{}
	method := strings.ToLower(dom.Attr(from, "data-method"))
	if method == "get" {
		n.load(http.MethodGet, u, nil, true)
		return
	}
	fields.Set("_csrf_token", n.doc.head.csrf)
	if method != "post" {
		fields.Set("_method", method)
	}
	n.load(http.MethodPost, u, &browser.Form{Type: "application/x-www-form-urlencoded", Body: fields.Encode()}, true)
}
