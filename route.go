package liveview

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/target"
)

// route is what the package knows of a live route, whatever its state's type.
type route struct {
	name string // the view's type, for log lines and messages
}

// liveHandler returns the Gin handler of a live route. All of them are closures
// of this one function, by which isLive knows them: it must be the only one, and
// not be inlined.
//
//go:noinline
func liveHandler(rt interface{ serve(c *gin.Context) }) gin.HandlerFunc {
	return func(c *gin.Context) { rt.serve(c) }
}

var liveCode = reflect.ValueOf(liveHandler(nil)).Pointer()

// isLive reports whether h is the handler of a live route.
func isLive(h gin.HandlerFunc) bool {
	return h != nil && reflect.ValueOf(h).Pointer() == liveCode
}

// answered reports whether a middleware or a callback answered c's request
// itself. A status alone is no answer, unless it is one that has no page: what
// shows the page goes out with it.
func answered(c *gin.Context) bool {
	status := c.Writer.Status()
	return c.IsAborted() || c.Writer.Written() ||
		status >= 300 && status < 400 || status == http.StatusNoContent || status < 200
}

// pageURL is a page's path and query as its browser knows them. Each open
// page has one, so it is kept as text.
type pageURL string

// pageURLOf returns the URL of the page that r asks for, which the router has
// without base, the path that Config.BasePath says.
func pageURLOf(base string, r *http.Request) pageURL {
	if r.URL.RawQuery == "" {
		return pageURL(base + r.URL.EscapedPath())
	}
	return pageURL(base + r.URL.EscapedPath() + "?" + r.URL.RawQuery)
}

// parse is not url.Parse, which takes a path that starts with two slashes for
// a host.
func (p pageURL) parse() *url.URL {
	path, query, _ := strings.Cut(string(p), "?")
	u := &url.URL{RawQuery: query}
	target.SetPath(u, path)
	return u
}
