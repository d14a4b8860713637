package client

import (
	"slices"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
	"github.com/gin-liveview/liveview/liveviewtest/internal/phoenix"
)

// liveSocket is what a page shows, and by whom: a document, the live views in it,
// and the socket. When another document is loaded, all of it is replaced.
//
// Source: phoenix_live_view/assets/js/phoenix_live_view/live_socket.ts.
type liveSocket struct {
	doc    *document
	main   *view           // nil on a page without one
	guests []*view         // views that are nested in others, and sticky ones
	socket *phoenix.Socket // nil while there is no connection
}

// views returns all there are, the page's own first.
func (l *liveSocket) views() []*view {
	if l.main == nil {
		return l.guests
	}
	return append([]*view{l.main}, l.guests...)
}

// guest returns the one whose element has that id, nil for none.
func (l *liveSocket) guest(id string) *view {
	for _, v := range l.guests {
		if v.id == id {
			return v
		}
	}
	return nil
}

// owner returns the view that n is of: the one whose element is nearest around it, or
// whose portal shows it; the page's own for what is in none.
//
// Source: closestViewEl in phoenix_live_view/assets/js/phoenix_live_view/dom.ts.
func (l *liveSocket) owner(n *html.Node) *view {
	for ; n != nil; n = n.Parent {
		id := dom.Attr(n, "data-phx-teleported")
		if id == "" && dom.HasAttr(n, "data-phx-session") {
			id = dom.Attr(n, "id")
		}
		if v := l.guest(id); id != "" && v != nil {
			return v
		}
	}
	return l.main
}

// joining reports whether a view has asked to join and waits for the answer.
func (l *liveSocket) joining() bool {
	return slices.ContainsFunc(l.views(), func(v *view) bool { return v.status == Joining })
}

// forget drops the guests for which gone holds, with what is nested in them. Where the
// socket is there, it tells the server.
func (l *liveSocket) forget(gone func(*view) bool) {
	for {
		i := slices.IndexFunc(l.guests, func(v *view) bool {
			return gone(v) || v.parent != nil && v.parent != l.main && !slices.Contains(l.guests, v.parent)
		})
		if i < 0 {
			return
		}
		v := l.guests[i]
		l.guests = slices.Delete(slices.Clone(l.guests), i, i+1)
		if v.channel != nil && (v.status == Live || v.status == Joining) {
			v.channel.Leave()
		}
		if v.channel != nil {
			v.drop()
		}
		if n := v.element(); n != nil && v.parent != nil {
			dom.SetAttr(n, "data-phx-session", "") // so that the next one is taken over
		}
	}
}

// forgetChildren drops what is nested in parent.
func (l *liveSocket) forgetChildren(parent *view) {
	l.forget(func(v *view) bool { return v.parent == parent })
}

// status is how the page stands with its server.
func (l *liveSocket) status() Status {
	if l.main == nil {
		return Dead
	}
	return l.main.status
}

// hangUp closes the socket as a browser does that leaves the page.
func (l *liveSocket) hangUp() {
	if l.socket != nil {
		l.socket.Close()
		l.lose()
	}
}

// lose lets go of a socket that is closed.
func (l *liveSocket) lose() {
	l.socket = nil
	for _, v := range l.views() {
		if v.channel != nil {
			v.drop()
		}
		if v.status == Live || v.status == Joining {
			v.status = Disconnected
		}
	}
}
