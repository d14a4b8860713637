package liveview

import (
	"net/http"
	"runtime"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/toolchain"
)

// New returns an application: what its live pages, its Gin handlers and its main
// function share. It panics on a Config that can't work, so that a program with one
// doesn't start.
//
//	lv := liveview.New(liveview.Config{Secret: liveview.NewSecret(os.Getenv("SECRET"))})
//	r.Use(sessions.Sessions("app", store))
//	r.Use(lv.Middleware())
//	r.GET("/readyz", lv.Ready)
//	…
//	err := lv.Shutdown(context.Background(), srv)
func New(config Config) *App {
	a := newApp(config.withDefaults())
	appsMade.Store(true)
	toldOfGo.Do(func() {
		if warning := toolchain.Warning(runtime.Version()); warning != "" {
			a.config.Logger.Warn("liveview: " + warning)
		}
	})
	e := newEndpoint(a)
	e.hearDisconnects(0)
	lv := &App{app: a}
	lv.opener = newOpener(a, e, lv.lastServer)
	lv.polls = newLongPolls(lv.opener)
	return lv
}

// toldOfGo is done when the process has been told of the Go that it was built with.
var toldOfGo sync.Once

// Middleware is [New] and [App.Middleware] in one, for a program that needs nothing
// else of its App, or finds it by [AppOf]:
//
//	r.Use(sessions.Sessions("app", store))
//	r.Use(liveview.Middleware())
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
	return New(c).Middleware()
}

// Middleware serves what live pages need besides their routes: the endpoints of
// WebSocket and long-poll, and the client's scripts, below [Config].Path. Use it on the engine,
// after the sessions middleware and before all routes.
//
// The joins, patches and navigations of live pages run through the router as
// requests of their own. Those that lead to a handler that isn't a live page's
// are turned back here, before it runs; a route that was there before Middleware
// was used doesn't have it in front.
func (lv *App) Middleware() gin.HandlerFunc {
	if lv == nil {
		misuse("Middleware is called on a nil App; make one by liveview.New")
	}
	return middlewareHandler(lv.serve)
}

func (lv *App) serve(c *gin.Context) {
	s := lv.serverOf(c.Request)
	rest, ok := strings.CutPrefix(c.Request.URL.Path, lv.config.Path+"/")
	switch v, q := visitOf(c.Request), questionOf(c.Request); {
	case q != nil:
		lv.passQuestion(c, q)
	case v != nil || isLostVisit(c.Request):
		lv.passVisit(c, v)
	case ok && rest == "websocket":
		lv.tellHidden(c)
		lv.opener.serve(c, s)
		c.Abort()
	case ok && rest == "longpoll" && lv.config.LongPollFallback > 0:
		lv.tellHidden(c)
		lv.polls.serve(c, s)
		c.Abort()
	case ok && lv.client.Serve(c.Writer, c.Request, rest):
		lv.tellHidden(c)
		c.Abort()
	default:
		lv.pass(c)
	}
}

// tellHidden says once that a live page can't be reached, as Middleware answers
// its path.
func (lv *App) tellHidden(c *gin.Context) {
	if isLive(c.Handler()) {
		lv.hidden.Do(func() {
			lv.config.Logger.Error("liveview: a live page can't be reached, as Middleware answers its path; "+
				"give it another one, or set Config.Path", "route", c.FullPath())
		})
	}
}

// passVisit lets a visit, whose answer nobody sees, on to a live route and to no
// other: the browser asks again, by HTTP, and what may be done but once is left
// for that.
func (lv *App) passVisit(c *gin.Context, v *visit) {
	if v != nil {
		v.found(c.FullPath())
	}
	if v != nil && v.door.isShut() || !isLive(c.Handler()) && !v.mayMissRoute(c) {
		c.AbortWithStatus(http.StatusNotFound)
		return
	}
	if v != nil { // or a middleware has lost it, as the route is going to say
		// Gin gives c to another request once this one is answered.
		defer v.door.close()
	}
	lv.pass(c)
}

// passQuestion is passVisit for a request that a page's render sends.
func (lv *App) passQuestion(c *gin.Context, q *routeQuestion) {
	if q.door.isShut() || !isLive(c.Handler()) {
		c.AbortWithStatus(http.StatusNotFound)
		return
	}
	defer q.door.close()
	lv.pass(c)
}

// pass lets the route's handlers answer.
func (lv *App) pass(c *gin.Context) {
	if other := appOf(c); other != nil && other != lv.app {
		lv.doubled.Do(func() {
			lv.config.Logger.Error("liveview: two liveview.Middleware run before one route, and what the one signs is nothing to the other; " +
				"use one, on the engine")
		})
	}
	c.Set(appKey, lv)
	defer lv.giveUp(c) // also when a handler panics
	c.Next()
	lv.warnOfCookies(c.Writer.Header())
}

// giveUp ends the identity that Renew has replaced, if it was called. The
// response with the new one goes out with the end of this request; the sockets
// that then connect again should have it.
func (lv *App) giveUp(c *gin.Context) {
	old := c.GetString(renewedKey)
	if old == "" {
		return
	}
	if err := lv.publishDisconnect(disconnect{Browser: old}); err != nil {
		lv.config.Logger.Error("liveview: Renew didn't reach all processes", "err", err)
	}
}

// lastServer returns the server that accepted the last request.
func (lv *App) lastServer() *server {
	if s := lv.server.Load(); s != nil {
		return s
	}
	return &lv.nowhere
}

// serverOf returns the server that accepted r, and lets it know of the app.
func (lv *App) serverOf(r *http.Request) *server {
	srv, ok := r.Context().Value(http.ServerContextKey).(*http.Server)
	if !ok {
		return &lv.nowhere
	}
	if s := lv.server.Load(); s != nil && s.of.Value() == srv {
		return s
	}
	s := servers.of(srv, lv.app)
	lv.server.Store(s)
	return s
}
