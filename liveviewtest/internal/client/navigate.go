package client

import (
	"net/http"
	"net/url"

	"github.com/gin-liveview/liveview/protocol"
)

// pushHistoryPatch asks the view to follow to another URL of its own, as a patch
// link does.
//
// Source: this and the next two, and replaceMain, in
// phoenix_live_view/assets/js/phoenix_live_view/live_socket.ts.
func (n *navigation) pushHistoryPatch(href string, push bool) {
	n.t.Helper()
	u := n.resolve(href)
	if n.status() != Live {
		n.visit(u)
		return
	}
	n.main.push(protocol.EventLivePatch, Diff{"url": u.String()}, func(response Diff) {
		n.t.Helper()
		if response["link_redirect"] == true {
			n.historyRedirect(destination{href: href, push: push})
			return
		}
		if response["redirect"] == nil && response["live_redirect"] == nil {
			n.moveTo(u, push)
		}
	})
}

// moveTo makes a patch a fact.
func (n *navigation) moveTo(u *url.URL, push bool) {
	n.moved(Patch, u)
	n.place.leave("patch")
	n.place.url = u
	n.place.enter(push, "patch", n.main.id)
}

// historyPatch implements [navigator].
func (n *navigation) historyPatch(to destination) {
	n.t.Helper()
	n.moveTo(n.resolve(to.href), to.push)
}

// historyRedirect implements [navigator].
func (n *navigation) historyRedirect(to destination) {
	n.t.Helper()
	u := n.resolve(to.href)
	n.moved(Navigation, u)
	n.replaceMain(u, to.flash, func() {
		n.place.leave("redirect")
		n.place.enter(to.push, "redirect", n.main.id)
	})
}

// replaceMain joins another view in the place of this one, over the same socket.
// What is shown stays until that has joined; arrived is called then.
func (n *navigation) replaceMain(u *url.URL, flash string, arrived func()) {
	n.t.Helper()
	if n.socket == nil || n.main == nil || u.Host != n.browser.Base.Host {
		n.giveFlash(flash)
		n.visit(u)
		return
	}
	if s := n.main.status; s == Live || s == Joining {
		n.main.channel.Leave()
	}
	n.forgetChildren(n.main)
	n.main.drop()
	n.main = n.newView(n.doc.main, arrival{navigated: true, referer: n.place.url.String(), flash: flash})
	n.main.main = true
	n.place.url = u
	n.arrive = func() {
		n.doc.renewMain()
		arrived()
	}
	n.main.join(n.socket)
}

// travel goes through the history, by so many entries ahead or back. It reports
// whether there are so many.
//
// Source: bindNav in phoenix_live_view/assets/js/phoenix_live_view/live_socket.ts.
func (n *navigation) travel(by int) bool {
	n.t.Helper()
	at := n.place.at + by
	if at < 0 || at >= len(n.place.entries) {
		return false
	}
	to, from := n.place.entries[at], n.place.entries[n.place.at]
	n.place.at = at
	kind := to.came
	if by < 0 && to.left != "" {
		kind = to.left
	}
	switch {
	case to.load != from.load || n.main == nil:
		n.load(http.MethodGet, to.url, nil, false)
		n.place.entries[n.place.at].load = n.place.loads
	case kind == "patch" && to.view == n.main.id && n.status() == Live:
		n.main.push(protocol.EventLivePatch, Diff{"url": to.url.String()}, func(response Diff) {
			n.t.Helper()
			if response["link_redirect"] == true {
				n.replaceMain(to.url, "", func() {})
				return
			}
			n.moved(Patch, to.url)
			n.place.url = to.url
		})
	default:
		n.moved(Navigation, to.url)
		n.replaceMain(to.url, "", func() {})
	}
	return true
}
