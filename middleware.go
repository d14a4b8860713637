package liveview

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gin-gonic/gin"
)

// Middleware serves what live pages need besides their routes: the WebSocket
// endpoint and the client's scripts, below [Config].Path. Use it on the engine,
// after the sessions middleware and before all routes:
//
//	r.Use(sessions.Sessions("app", store))
//	r.Use(liveview.Middleware())
//
// The joins, patches and navigations of live pages run through the router as
// requests of their own. Those that lead to a handler that isn't a live page's
// are turned back here, before it runs; a route that was there before Middleware
// was used doesn't have it in front.
//
// It takes at most one Config and panics on one that can't work.
func Middleware(config ...Config) gin.HandlerFunc {
	if len(config) > 1 {
		misuse("Middleware takes one Config, not %d", len(config))
	}
	var c Config
	if len(config) == 1 {
		c = config[0]
	}
	return newMiddleware(newApp(c.withDefaults())).serve
}

// middleware is one Middleware: the requests that it answers itself.
type middleware struct {
	*app
	opener *opener

	hidden  sync.Once              // by tellHidden
	server  atomic.Pointer[server] // whose request was the last
	nowhere server                 // of requests that tell no http.Server
}

func newMiddleware(a *app) *middleware {
	e := newEndpoint(a)
	e.hearDisconnects(0)
	return &middleware{app: a, opener: newOpener(a, e)}
}

func (m *middleware) serve(c *gin.Context) {
	s := m.serverOf(c.Request)
	rest, ok := strings.CutPrefix(c.Request.URL.Path, m.config.Path+"/")
	switch v := visitOf(c.Request); {
	case v != nil || isLostVisit(c.Request):
		m.passVisit(c, v)
	case ok && rest == "websocket":
		m.tellHidden(c)
		m.opener.serve(c, s)
		c.Abort()
	case ok && m.client.Serve(c.Writer, c.Request, rest):
		m.tellHidden(c)
		c.Abort()
	default:
		m.pass(c)
	}
}

// tellHidden says once that a live page can't be reached, as Middleware answers
// its path.
func (m *middleware) tellHidden(c *gin.Context) {
	if isLive(c.Handler()) {
		m.hidden.Do(func() {
			m.config.Logger.Error("liveview: a live page can't be reached, as Middleware answers its path; "+
				"give it another one, or set Config.Path", "route", c.FullPath())
		})
	}
}

// passVisit lets a visit, whose answer nobody sees, on to a live route and to no
// other: the browser asks again, by HTTP, and what may be done but once is left
// for that.
func (m *middleware) passVisit(c *gin.Context, v *visit) {
	if v != nil && v.door.isShut() || !isLive(c.Handler()) && !v.mayMissRoute(c) {
		c.AbortWithStatus(http.StatusNotFound)
		return
	}
	if v != nil { // or a middleware has lost it, as the route is going to say
		// Gin gives c to another request once this one is answered.
		defer v.door.close()
	}
	m.pass(c)
}

// pass lets the route's handlers answer.
func (m *middleware) pass(c *gin.Context) {
	if other := appOf(c); other != nil && other != m.app {
		m.doubled.Do(func() {
			m.config.Logger.Error("liveview: two liveview.Middleware run before one route, and what the one signs is nothing to the other; " +
				"use one, on the engine")
		})
	}
	c.Set(appKey, m.app)
	defer m.giveUp(c) // also when a handler panics
	c.Next()
	m.warnOfCookies(c.Writer.Header())
}

// giveUp ends the identity that Renew has replaced, if it was called. The
// response with the new one goes out with the end of this request; the sockets
// that then connect again should have it.
func (m *middleware) giveUp(c *gin.Context) {
	old := c.GetString(renewedKey)
	if old == "" {
		return
	}
	if err := publishDisconnect(disconnect{Browser: old}, []PubSub{m.config.PubSub}); err != nil {
		m.config.Logger.Error("liveview: Renew didn't reach all processes", "err", err)
	}
}

// serverOf returns the server that accepted r, and lets it know of the app.
func (m *middleware) serverOf(r *http.Request) *server {
	srv, ok := r.Context().Value(http.ServerContextKey).(*http.Server)
	if !ok {
		return &m.nowhere
	}
	if s := m.server.Load(); s != nil && s.of.Value() == srv {
		return s
	}
	s := servers.of(srv, m.app)
	m.server.Store(s)
	return s
}
