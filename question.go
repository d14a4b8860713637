package liveview

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/bufpool"
)

// routeQuestion asks the route of a sticky view, behind its middleware, to render the view
// into a page that is being rendered over HTTP.
type routeQuestion struct {
	door    door
	id      string // of the view's element
	host    *httpPage
	content *bufpool.Buffer

	moved bool     // the view sends the visitor elsewhere
	view  liveView // that was rendered; nil if the route didn't let the visitor pass

	pattern string // of the route; "" if it didn't
}

// questionKey is where the request of a routeQuestion carries the question.
type questionKey struct{}

// questionOf returns the question that r is the request of, nil for another request.
func questionOf(r *http.Request) *routeQuestion {
	q, _ := r.Context().Value(questionKey{}).(*routeQuestion)
	return q
}

// shownPath returns the path that was asked for as operators may see it. The question is over.
func (q *routeQuestion) shownPath(path string) string {
	if shown, ok := shownAs("", q.pattern, path); ok {
		return shown
	}
	return hiddenPath
}

// answer renders the view, of the live route that q has come out at.
func (q *routeQuestion) answer(c *gin.Context, route mountable) {
	if !q.door.enter() {
		c.Abort()
		return
	}
	defer q.door.leave()
	h := q.host
	q.pattern = c.FullPath()
	view := route.mountable(c, h.app, q.id, h.browser, nil)
	view.page().nest = &nesting{host: route.own(), sticky: true}
	if h.post != nil && h.kept == nil {
		h.kept = map[string]*keptGuest{}
	}
	host := &httpPage{page: h.page, rendering: &rendering{shown: h.shown, depth: h.depth, post: h.post, plain: h.plain, rehearses: h.rehearses, kept: h.kept}, c: c}
	if view, err := host.renderGuest(view, q.content); err == nil { // what it answers else is of no page
		q.view = view
	}
	q.moved = host.moved
}
