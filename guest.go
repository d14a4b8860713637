package liveview

import "github.com/gin-gonic/gin"

// guest is a view that joins a page whose own view is another one.
type guest interface {
	// admits reports whether the live route that its visit has reached is its host.
	admits(c *gin.Context, r *route) bool

	// view returns the view, which is to be mounted.
	view(c *gin.Context, a *app, id, browser string, b *mailbox) liveView
}

// mountable is a nestedView that can be had as a view.
type mountable interface {
	nestedView
	mountable(c *gin.Context, a *app, id, browser string, b *mailbox) liveView
}

// nestedGuest is a view that a joined one shows.
type nestedGuest struct{ stay stay }

func (g *nestedGuest) admits(c *gin.Context, r *route) bool {
	return g.stay.place.admits(r, c.FullPath(), groupOf(c), userOf(c))
}

func (g *nestedGuest) view(c *gin.Context, a *app, id, browser string, b *mailbox) liveView {
	view := g.stay.view.(mountable).mountable(c, a, id, browser, b)
	page := view.page()
	page.nest = &nesting{parent: g.stay.family}
	page.settleIn(g.stay.place)
	return view
}
