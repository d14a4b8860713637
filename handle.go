package liveview

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"sync/atomic"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/protocol"
)

// Handle makes path of r, an engine or a group, a live page shown by view. The
// route gets the middleware of r as any other does, and every live join runs
// through all of it again, so what guards the page guards its socket.
//
// It panics if view has a callback with the wrong signature.
func Handle[C any](r gin.IRoutes, path string, view View[C]) gin.IRoutes {
	rt := &liveRoute[C]{
		route:     route{name: reflect.TypeOf(view).String()},
		view:      view,
		callbacks: callbacksOf(view),
	}
	return r.GET(path, rt.serve)
}

// route is what the rest of the package knows of a live route.
type route struct {
	name string // the view's type, for log lines and messages
}

// liveRoute is one Handle.
type liveRoute[C any] struct {
	route
	view      View[C]
	callbacks callbacks[C]
	size      atomic.Int64 // of the last page rendered over HTTP, and a little more
}

// serve is the route's Gin handler: it renders the page for an HTTP request and
// takes in a join that travels as one.
func (rt *liveRoute[C]) serve(c *gin.Context) {
	e := endpointOf(c)
	if e == nil {
		rt.fail(c, nil, errors.New("liveview.Middleware doesn't run before this route: "+
			"add r.Use(liveview.Middleware()) before liveview.Handle"))
		return
	}
	if v := visitOf(c.Request); v != nil {
		rt.join(c, e, v)
		return
	}
	rt.renderPage(c, e)
}

// newSocket returns the socket of one visit; ch is nil for the HTTP render.
func (rt *liveRoute[C]) newSocket(c *gin.Context, e *endpoint, id string, ch *channel) *Socket[C] {
	s := &Socket[C]{live: rt, socketBase: socketBase{
		id:       id,
		route:    &rt.route,
		pattern:  c.FullPath(),
		endpoint: e,
		channel:  ch,
		url:      pageURLOf(c.Request),
		user:     userOf(c),
		group:    groupOf(c).name,
		dirty:    true,
	}}
	s.meta.socket = &s.socketBase
	return s
}

// renderPage is the HTTP render. It leaves nothing behind on the server: the
// page carries all that its join needs, signed.
func (rt *liveRoute[C]) renderPage(c *gin.Context, e *endpoint) {
	browser := ensureBrowser(c)
	s := rt.newSocket(c, e, newViewID(), nil)
	s.meta.browser = browser
	s.flash.shown = pendingFlash(c)
	if err := s.mount(c); err != nil {
		rt.fail(c, e, err)
		return
	}
	if rt.leftPage(c, e, s) {
		return
	}
	if err := s.handleParams(c); err != nil {
		rt.fail(c, e, err)
		return
	}
	if rt.leftPage(c, e, s) {
		return
	}
	content := getBufferFor(int(rt.size.Load()))
	defer putBuffer(content)
	token := pageToken{id: s.id, browser: browser, user: s.user, group: s.group, route: s.pattern}
	content.b = appendViewStart(content.b, s.id, e.signer.signPage(token), e.signStatic(s.id, s.flash.shown))
	r, err := s.render()
	if err == nil {
		content.b, err = r.appendHTML(content.b, &s.meta)
	}
	if err != nil {
		rt.fail(c, e, err)
		return
	}
	content.b = append(content.b, "</div>"...)
	rt.size.Store(int64(len(content.b) + len(content.b)/16))
	if err := s.release(nil, nil); err != nil {
		rt.fail(c, e, err)
		return
	}

	// The page holds tokens of this visitor's.
	c.Header("Cache-Control", "no-store")
	forgetFlash(c) // as the page shows it
	page := Page{content: content.b, title: s.title, meta: &s.meta, endpoint: e}
	layout := e.config.Layout
	if l := groupOf(c).layout; l != nil {
		layout = l
	}
	if err := layout(c, page); err != nil {
		rt.fail(c, e, fmt.Errorf("layout: %w", err))
	}
}

// leftPage reports whether a callback of the HTTP render sent the visitor
// elsewhere.
func (rt *liveRoute[C]) leftPage(c *gin.Context, e *endpoint, s *Socket[C]) bool {
	if answered(c) {
		return true
	}
	moved, err := s.redirectHTTP(c)
	if err != nil {
		rt.fail(c, e, err)
	}
	return moved
}

// join mounts the view into the channel that v comes from, follows its patch,
// or has come as far as it need.
func (rt *liveRoute[C]) join(c *gin.Context, e *endpoint, v *visit) {
	switch v.reached(c, &rt.route); {
	case v.refused != "":
		return
	case v.purpose == visitPatch:
		v.follow(c)
		return
	case v.purpose == visitCheck:
		v.arrived = true
		return
	}
	s := rt.newSocket(c, e, v.id(), v.channel)
	s.meta.browser = v.token.browser
	s.flash = v.flash
	v.arrive(c, s)
}

// fail answers a request whose page could not be shown, and says why to the
// operator. The visitor learns no more than that, but in Gin's debug mode.
func (rt *liveRoute[C]) fail(c *gin.Context, e *endpoint, err error) {
	err = fmt.Errorf("liveview: %s at %s: %w", rt.name, c.FullPath(), err)
	_ = c.Error(err)
	if e != nil {
		attrs := []any{"err", err, "path", c.Request.URL.Path} // no query: it may hold secrets
		var ce *callbackError
		if errors.As(err, &ce) {
			attrs = append(attrs, "stack", string(ce.stack))
		}
		e.config.Logger.Error("liveview: page not shown", attrs...)
	}
	if c.Writer.Written() {
		c.Abort()
		return
	}
	text := http.StatusText(http.StatusInternalServerError)
	if gin.IsDebugging() {
		text = err.Error()
	}
	c.Abort()
	c.String(http.StatusInternalServerError, "%s", text)
}

// answered reports whether a callback answered the request itself.
func answered(c *gin.Context) bool {
	return c.IsAborted() || c.Writer.Written() || c.Writer.Status() != http.StatusOK
}

// pageURL is a page's path and query as its request stated them. Each open
// page has one, so it is kept as text.
type pageURL string

func pageURLOf(r *http.Request) pageURL {
	if r.URL.RawQuery == "" {
		return pageURL(r.URL.EscapedPath())
	}
	return pageURL(r.URL.EscapedPath() + "?" + r.URL.RawQuery)
}

// parse is not url.Parse, which takes a path that starts with two slashes for
// a host.
func (p pageURL) parse() *url.URL {
	path, query, _ := strings.Cut(string(p), "?")
	u := &url.URL{Path: path, RawQuery: query}
	if plain, err := url.PathUnescape(path); err == nil && plain != path {
		u.Path, u.RawPath = plain, path
	}
	return u
}

// appendViewStart opens the element that the client takes for the live view.
func appendViewStart(dst []byte, id, session, static string) []byte {
	dst = append(dst, `<div id="`...)
	dst = append(dst, id...)
	dst = append(dst, `" data-phx-main data-phx-session="`...)
	dst = append(dst, session...)
	dst = append(dst, `" data-phx-static="`...)
	dst = append(dst, static...)
	return append(dst, `">`...)
}

// viewID is the id of the view that a topic is of.
func viewID(topic string) string { return topic[min(len(topic), len(protocol.TopicView)):] }
