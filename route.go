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
	name    string // the view's type, for log lines and messages
	view    string // its type with the package's whole path, for tokens
	value   any    // the view, nil for one that can't be compared
	follows bool   // the URL: the view has a HandleParams
	hears   bool   // the view has a HandleInfo
	element element
}

// newRoute returns the route of a view, which has a HandleParams if it follows, and
// stands in element.
func newRoute(view any, follows bool, element element) route {
	t := reflect.TypeOf(view)
	r := route{name: t.String(), view: typeName(t), value: view, follows: follows, element: element}
	switch {
	case t.Kind() == reflect.Pointer && t.Elem().Size() == 0:
		r.value = t // pointers to no data: Go doesn't say which of them are equal
	case !reflect.ValueOf(view).Comparable():
		r.value = nil
	}
	return r
}

// typeName names a type so that no other package has one of that name.
func typeName(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		return "*" + typeName(t.Elem())
	}
	if t.PkgPath() == "" || t.Name() == "" {
		return t.String()
	}
	return t.PkgPath() + "." + t.Name()
}

// isOf reports whether both routes have the same view: what is given to [Handle] for
// the one equals what is given for the other. Where a page is patched from one to the
// other, its state stays.
func (r *route) isOf(other *route) bool {
	return r == other || r.value != nil && r.value == other.value
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

// pageURLAt returns where the browser says that a page is.
func pageURLAt(u *url.URL) pageURL {
	if u.RawQuery == "" {
		return pageURL(u.EscapedPath())
	}
	return pageURL(u.EscapedPath() + "?" + u.RawQuery)
}

// parse is not url.Parse, which takes a path that starts with two slashes for
// a host.
func (p pageURL) parse() *url.URL {
	path, query, _ := strings.Cut(string(p), "?")
	u := &url.URL{RawQuery: query}
	target.SetPath(u, path)
	return u
}
