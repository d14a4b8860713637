package liveview

import (
	"strconv"
	"sync/atomic"

	"github.com/gin-gonic/gin"
)

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
// [Config].Layout. Of several that run before a route the last counts. It panics on nil.
//
// A live navigation leaves the document as it is. So from a page behind one UseLayout to
// a page that isn't behind the same call of it, every link, patch and PushRedirect is a
// page load, as between one [LiveSession] and another.
func UseLayout(layout Layout) gin.HandlerFunc {
	if layout == nil {
		misuse("UseLayout wants a Layout, not nil")
	}
	used := usedLayout{layout, documentOf(layoutsUsed.Add(1))}
	return func(c *gin.Context) { c.Set(layoutKey, used) }
}

// usedLayout is what a UseLayout was given.
type usedLayout struct {
	layout   Layout
	document document
}

// document tells the documents apart that pages stand in: which call of UseLayout it was,
// 0 for Config.Layout. Processes of one program count alike, as far as they set up their
// routes in one order; where they don't, a page is loaded that need not be.
type document uint16

// layoutsUsed counts the calls of UseLayout.
var layoutsUsed atomic.Uint32

// documentOf is the document of the nth call, never 0.
func documentOf(n uint32) document { return document((n-1)%0xffff) + 1 }

// text is d in a token.
func (d document) text() string {
	if d == 0 {
		return ""
	}
	return strconv.Itoa(int(d))
}

// layoutOf returns the layout for the page of c's route.
func layoutOf(c *gin.Context, a *app) Layout {
	v, _ := c.Get(layoutKey)
	if used, ok := v.(usedLayout); ok {
		return used.layout
	}
	return a.config.Layout
}

// documentAt returns the document for the page of c's route.
func documentAt(c *gin.Context) document {
	v, _ := c.Get(layoutKey)
	used, _ := v.(usedLayout)
	return used.document
}
