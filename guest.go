package liveview

import "github.com/gin-gonic/gin"

// guest is a view that joins a page whose own view is another one.
type guest interface {
	// admits reports whether the live route that its visit has reached is its host.
	admits(c *gin.Context, r *route) bool

	// view returns the view, which is to be mounted. at is of the route that admits admitted.
	view(c *gin.Context, a *app, at mountable, b *mailbox) liveView
}

// mountable is a nestedView that can be had as a view.
type mountable interface {
	nestedView
	mountable(c *gin.Context, a *app, id, browser string, b *mailbox) liveView
}

// nestedGuest is a view that a joined one shows.
type nestedGuest struct{ stay stay }

func (g *nestedGuest) admits(c *gin.Context, r *route) bool {
	return g.stay.place.admits(r, c.FullPath(), groupOf(c), userOf(c), documentAt(c))
}

func (g *nestedGuest) view(c *gin.Context, a *app, _ mountable, b *mailbox) liveView {
	view := g.stay.view.(mountable).mountable(c, a, g.stay.child.id, b.sender.Load().browser, b)
	page := view.page()
	page.nest = &nesting{parent: g.stay.family}
	page.settleIn(g.stay.place)
	return view
}

// stickyGuest is a sticky view, whose token says where it is guarded.
type stickyGuest struct{ token stickyToken }

func (g *stickyGuest) admits(c *gin.Context, _ *route) bool {
	t, user := g.token, userOf(c)
	if t.own { // its route may ask who the user is where the page doesn't, or the other way round
		return user == t.user || user == "" || t.user == ""
	}
	return user == t.user && groupOf(c) == t.group && stickyCalled(c, t.id) != nil
}

func (g *stickyGuest) view(c *gin.Context, a *app, at mountable, b *mailbox) liveView {
	host := at.own()
	if !g.token.own {
		at = stickyCalled(c, g.token.id).(mountable)
	}
	view := at.mountable(c, a, g.token.id, b.sender.Load().browser, b)
	view.page().nest = &nesting{host: host, sticky: true}
	return view
}
