package liveviewtest

import (
	"net/http"
	"net/url"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/protocol"
)

// resolveHere returns what a link on the page leads to.
func (v *View) resolveHere(href string) *url.URL {
	v.t.Helper()
	u, err := v.url.Parse(href)
	if err != nil {
		v.t.Fatalf("liveviewtest: the page links to %q: %v", href, err)
	}
	return u
}

// visit loads another page, as a plain link does.
func (v *View) visit(u *url.URL) {
	v.t.Helper()
	if u.Host != v.session.base.Host || u.Scheme != v.session.base.Scheme {
		// Another site, which the session can't reach.
		v.hangUp()
		v.url = u
		v.status, v.main, v.id = dead, nil, ""
		v.doc = newDocument(&html.Node{Type: html.DocumentNode})
		v.loads++
		v.remember(true, "redirect")
		return
	}
	v.load(http.MethodGet, u, nil, true)
}

// followLive follows a patch or navigate link.
//
// Source: bindNav in phoenix_live_view/assets/js/phoenix_live_view/live_socket.ts.
func (v *View) followLive(link *html.Node) {
	v.t.Helper()
	kind, state := attrOf(link, "data-phx-link"), attrOf(link, "data-phx-link-state")
	if state != protocol.KindPush && state != protocol.KindReplace {
		v.t.Fatalf("liveviewtest: the link %s has data-phx-link-state=%q; it must be %q or %q", tag(link), state, protocol.KindPush, protocol.KindReplace)
	}
	href := attrOf(link, "href")
	switch kind {
	case "patch":
		v.livePatch(href, state == protocol.KindPush)
	case "redirect":
		v.navigate(href, state == protocol.KindPush, "")
	default:
		v.t.Fatalf(`liveviewtest: the link %s has data-phx-link=%q; it must be "patch" or "redirect"`, tag(link), kind)
	}
	if click := attrOf(link, "phx-click"); click != "" {
		v.exec(cause{kind: "click", event: click, source: link})
	}
}

// livePatch asks the view to follow to another URL of its own.
func (v *View) livePatch(href string, push bool) {
	v.t.Helper()
	u := v.resolveHere(href)
	if v.status != live {
		v.visit(u)
		return
	}
	v.push(protocol.EventLivePatch, diff{"url": u.String()}, func(response diff) {
		v.t.Helper()
		if response["link_redirect"] == true {
			v.navigate(href, push, "")
			return
		}
		if response["redirect"] == nil && response["live_redirect"] == nil {
			v.moveTo(u, push)
		}
	})
}

// moveTo makes a patch a fact.
func (v *View) moveTo(u *url.URL, push bool) {
	v.moves = append(v.moves, move{movePatch, relative(v.session.base, u)})
	v.history[v.at].back = "patch"
	v.url = u
	v.remember(push, "patch")
}

// patched handles the server's live_patch.
func (v *View) patched(to diff) {
	v.t.Helper()
	href, push := target(to)
	v.moveTo(v.resolveHere(href), push)
}

// liveRedirected handles the server's live_redirect.
func (v *View) liveRedirected(to diff) {
	v.t.Helper()
	href, push := target(to)
	flash, _ := to["flash"].(string)
	v.navigate(href, push, flash)
}

// redirected handles the server's redirect: a load of the page.
func (v *View) redirected(to diff) {
	v.t.Helper()
	href, _ := target(to)
	if flash, _ := to["flash"].(string); flash != "" {
		v.setCookie("__phoenix_flash__", flash)
	}
	u := v.resolveHere(href)
	v.moves = append(v.moves, move{moveRedirect, relative(v.session.base, u)})
	v.visit(u)
}

func target(to diff) (href string, push bool) {
	href, _ = to["to"].(string)
	return href, to["kind"] != protocol.KindReplace
}

// navigate leaves the view for another one over the same socket.
//
// Source: historyRedirect and replaceMain in
// phoenix_live_view/assets/js/phoenix_live_view/live_socket.ts.
func (v *View) navigate(href string, push bool, flash string) {
	v.t.Helper()
	u := v.resolveHere(href)
	v.moves = append(v.moves, move{moveNavigate, relative(v.session.base, u)})
	v.replaceMain(u, flash, func() {
		v.history[v.at].back = "redirect"
		v.remember(push, "redirect")
	})
}

// replaceMain joins another view in the place of this one. What is shown stays
// until that has joined.
func (v *View) replaceMain(u *url.URL, flash string, arrived func()) {
	v.t.Helper()
	if v.conn == nil || v.main == nil || u.Host != v.session.base.Host {
		if flash != "" {
			v.setCookie("__phoenix_flash__", flash)
		}
		v.visit(u)
		return
	}
	if v.status == live || v.status == joining {
		ref := v.conn.next()
		if err := v.conn.push(v.joinRef, ref, v.topic, protocol.EventLeave, diff{}); err != nil {
			v.t.Fatalf("liveviewtest: %v", err)
		}
	}
	referer := *v.url
	// Answers to the former view are nobody's any more.
	v.pending = map[string]pendingPush{}
	v.queued, v.uploads, v.ended = nil, nil, nil
	v.mounts, v.attempts, v.redirect, v.flash = 0, 0, true, flash
	v.referer = referer.String()
	v.url = u
	v.arrive = func() {
		fresh := &html.Node{Type: html.ElementNode, Data: v.main.Data, DataAtom: v.main.DataAtom, Attr: v.main.Attr}
		v.main.Parent.InsertBefore(fresh, v.main)
		v.main.Parent.RemoveChild(v.main)
		v.main = fresh
		v.doc.focused = nil
		arrived()
	}
	v.join()
}

// Back presses the browser's back button.
func (v *View) Back() { v.t.Helper(); v.travel("Back", -1) }

// Forward presses the browser's forward button.
func (v *View) Forward() { v.t.Helper(); v.travel("Forward", 1) }

// travel goes through the history.
//
// Source: bindNav, popstate, in phoenix_live_view/assets/js/phoenix_live_view/live_socket.ts.
func (v *View) travel(verb string, by int) {
	v.t.Helper()
	v.ready(verb, "")
	at := v.at + by
	if at < 0 || at >= len(v.history) {
		v.t.Fatalf("liveviewtest: %s: the history of the page at %s ends here", verb, v.url)
	}
	to, from := v.history[at], v.history[v.at]
	v.at = at
	kind := to.kind
	if by < 0 && to.back != "" {
		kind = to.back
	}
	switch {
	case to.load != from.load || v.main == nil:
		v.load(http.MethodGet, to.url, nil, false)
		v.history[v.at].load = v.loads
	case kind == "patch" && to.id == v.id && v.status == live:
		v.push(protocol.EventLivePatch, diff{"url": to.url.String()}, func(response diff) {
			v.t.Helper()
			if response["link_redirect"] == true {
				v.replaceMain(to.url, "", func() {})
				return
			}
			v.moves = append(v.moves, move{movePatch, relative(v.session.base, to.url)})
			v.url = to.url
		})
	default:
		v.moves = append(v.moves, move{moveNavigate, relative(v.session.base, to.url)})
		v.replaceMain(to.url, "", func() {})
	}
	v.settle()
}

// Reload loads the page anew.
func (v *View) Reload() {
	v.t.Helper()
	v.load(http.MethodGet, v.url, nil, false)
	v.settle()
}
