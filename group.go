package liveview

import "github.com/gin-gonic/gin"

const groupKey = "github.com/gin-liveview/liveview.group"

// group is a LiveSession.
type group struct {
	name   string
	layout Layout // nil for Config.Layout
}

// LiveSession sets the live routes behind it apart, the counterpart of
// Phoenix's live_session: moving from a page of one live session to a page of
// another, or of none, is a full page load, never a live navigation. Use it
// where pages have another layout, or rights so different that nothing of the
// one should stay in the browser on the other:
//
//	admin := r.Group("/admin", requireAdmin, liveview.LiveSession("admin", adminLayout))
//	liveview.Handle(admin, "/users", usersView{})
//
// It guards nothing by itself: that is for the middleware beside it, which runs
// for every join and every navigation anyhow. At most one layout may be given,
// which then is used in place of [Config].Layout.
func LiveSession(name string, layout ...Layout) gin.HandlerFunc {
	if name == "" || len(layout) > 1 {
		misuse("LiveSession takes a name, and at most one layout")
	}
	g := &group{name: name}
	if len(layout) == 1 {
		g.layout = layout[0]
	}
	return func(c *gin.Context) { c.Set(groupKey, g) }
}

// layoutOf returns the layout of c's route.
func layoutOf(c *gin.Context, a *app) Layout {
	if l := groupOf(c).layout; l != nil {
		return l
	}
	return a.config.Layout
}

var noGroup = &group{}

func groupOf(c *gin.Context) *group {
	v, _ := c.Get(groupKey)
	if g, ok := v.(*group); ok {
		return g
	}
	return noGroup
}
