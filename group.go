package liveview

import "github.com/gin-gonic/gin"

// Where the middleware of a group of routes leaves what sets its pages apart.
const (
	groupKey  = "github.com/gin-liveview/liveview.group"
	layoutKey = "github.com/gin-liveview/liveview.layout"
)

// maxGroupName is the longest name of a LiveSession, in bytes: it is signed into each
// of its pages.
const maxGroupName = 255

// LiveSession sets the live routes behind it apart, the counterpart of
// Phoenix's live_session: moving from a page of one live session to a page of
// another, or of none, is a full page load, never a live navigation. Use it
// where pages have another layout, or rights so different that nothing of the
// one should stay in the browser on the other:
//
//	admin := r.Group("/admin", requireAdmin, liveview.LiveSession("admin"), liveview.UseLayout(adminLayout))
//	liveview.Handle(admin, "/users", usersView{})
//
// It guards nothing by itself: that is for the middleware beside it, which runs
// for every join and every navigation anyhow. It panics on a name that has not 1 to
// 255 bytes.
func LiveSession(name string) gin.HandlerFunc {
	if name == "" || len(name) > maxGroupName {
		misuse("LiveSession wants a name of 1 to %d bytes, not %d", maxGroupName, len(name))
	}
	return func(c *gin.Context) { c.Set(groupKey, name) }
}

// groupOf returns the name of the LiveSession that c's route is in, "" for none.
func groupOf(c *gin.Context) string { return c.GetString(groupKey) }

// UseLayout has the pages of the routes behind it use layout in place of
// [Config].Layout. Of several that run before a route the last counts. A live
// navigation leaves the document as it is: pages with different layouts that link to
// each other are to be in a [LiveSession] each, or linked by a plain href. It
// panics on nil.
func UseLayout(layout Layout) gin.HandlerFunc {
	if layout == nil {
		misuse("UseLayout wants a Layout, not nil")
	}
	return func(c *gin.Context) { c.Set(layoutKey, layout) }
}

// layoutOf returns the layout for the page of c's route.
func layoutOf(c *gin.Context, a *app) Layout {
	v, _ := c.Get(layoutKey)
	if layout, ok := v.(Layout); ok {
		return layout
	}
	return a.config.Layout
}
