package liveview

import (
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gin-gonic/gin"
	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview/internal/origin"
	"github.com/gin-liveview/liveview/internal/sign"
	"github.com/gin-liveview/liveview/internal/wire"
	"github.com/gin-liveview/liveview/protocol"
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
	endpoint  *endpoint
	admission admission
	upgrader  websocket.Upgrader

	server  atomic.Pointer[server] // whose request was the last
	nowhere server                 // of requests that tell no http.Server
}

func newMiddleware(a *app) *middleware {
	m := &middleware{
		app:       a,
		endpoint:  newEndpoint(a),
		admission: admission{app: a},
		upgrader: websocket.Upgrader{
			ReadBufferSize:  256, // most frames of a client; larger ones take a second read
			WriteBufferSize: 4096,
			WriteBufferPool: &sync.Pool{},
			// A client with an auth token offers "phoenix" beside it
			// (phoenix/assets/js/phoenix/socket.js); one without offers none.
			Subprotocols: []string{"phoenix"},
			CheckOrigin:  func(*http.Request) bool { return true }, // whoOpens has done it, with a log line
		},
	}
	m.endpoint.hearDisconnects(0)
	return m
}

func (m *middleware) serve(c *gin.Context) {
	s := m.serverOf(c.Request)
	rest, ok := strings.CutPrefix(c.Request.URL.Path, m.config.Path+"/")
	switch v := visitOf(c.Request); {
	case v != nil || isLostVisit(c.Request):
		m.passVisit(c, v)
	case ok && rest == "websocket":
		m.serveSocket(c, s)
		c.Abort()
	case ok && m.client.Serve(c.Writer, c.Request, rest):
		c.Abort()
	default:
		m.pass(c)
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

// serveSocket opens a socket, or says why not.
func (m *middleware) serveSocket(c *gin.Context, s *server) {
	browser, pageOrigin, ok := m.whoOpens(c)
	if !ok {
		return
	}
	if !s.admit() {
		// A proxy, or the client a moment later, tries another process.
		c.Header("Retry-After", "1")
		c.String(http.StatusServiceUnavailable, "liveview: this process is about to end")
		return
	}
	owner, ok := m.admission.admit(c)
	if !ok {
		s.leave(nil)
		return
	}
	m.open(c, s, browser, pageOrigin, owner)
}

// What may have become of a request that can't be upgraded.
const (
	noUpgrade = "liveview: the socket's request came without its upgrade headers; " +
		"a proxy in front must pass Upgrade and Connection on (nginx: proxy_http_version 1.1; " +
		`proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade")`
	notHTTP1 = "liveview: the socket's request came over HTTP/2, by which none is opened here; " +
		"leave the setting http2xconnect of GODEBUG at its default, so that browsers open sockets over HTTP/1.1, " +
		"and have a proxy in front speak HTTP/1.1 to this server"
)

// whoOpens returns the browser whose page asks for a socket, "" for nobody, and
// the page's origin where it is one of Config.Origins; or it answers that there
// is none to be had.
func (m *middleware) whoOpens(c *gin.Context) (browser, pageOrigin string, ok bool) {
	r := c.Request
	if !websocket.IsWebSocketUpgrade(r) {
		hint := noUpgrade
		if r.ProtoMajor > 1 {
			hint = notHTTP1
		}
		m.faults.warn(hint, "remote", r.RemoteAddr, "protocol", r.Proto)
		c.String(http.StatusUpgradeRequired, hint)
		return "", "", false
	}
	query := r.URL.Query()
	if !protocol.AcceptsVersion(query.Get("vsn")) {
		c.String(http.StatusForbidden, "liveview: this server speaks version %s of the channel protocol", protocol.Version)
		return "", "", false
	}
	pageOrigin, err := origin.Check(r, m.config.Origins)
	switch {
	case errors.Is(err, origin.ErrNone):
		return "", "", true
	case err != nil:
		m.faults.warn("liveview: socket refused: its Origin isn't allowed; list it in Config.Origins if it should be",
			"origin", r.Header.Values("Origin"), "host", r.Host, "cause", err)
		c.String(http.StatusForbidden, "liveview: origin not allowed")
		return "", "", false
	}
	// Without the proof that one of our pages opened the socket it is
	// nobody's: the upgrade goes on, every join then answers that the page
	// is stale, and the browser loads it anew
	// (phoenix/lib/phoenix/socket/transport.ex does the same).
	f, err := m.signer.Verify(sign.CSRF, query.Get("_csrf_token"), 1)
	if err != nil || f[0] != browserOf(r) || m.revoked.Browser(f[0]) {
		return "", "", true
	}
	return f[0], pageOrigin, true
}

// open upgrades the request, which s has admitted and owner's number of sockets
// allows, and has its frames served.
func (m *middleware) open(c *gin.Context, s *server, browser, pageOrigin string, owner netip.Addr) {
	opened := false
	defer func() {
		if !opened {
			s.leave(nil)
			m.admission.release(owner)
		}
	}()
	// Whatever logs and counts the request reads the status from Gin's writer,
	// which takes none once the connection is the WebSocket's.
	w := hijackWriter{c.Writer}
	if w.canHijack() {
		c.Status(http.StatusSwitchingProtocols)
	} else {
		c.Status(http.StatusInternalServerError)
	}
	ws, err := m.upgrader.Upgrade(w, c.Request, nil)
	if err != nil {
		m.faults.warn("liveview: socket not opened", "err", err, "remote", c.Request.RemoteAddr)
		return
	}
	opened = true
	conn := wire.WebSocket(ws, m.config.wireLimits(browser))
	t := newConnection(m.app, conn, c.Request, browser, pageOrigin)
	r := m.endpoint.register(t, browser)
	if m.revoked.Browser(browser) { // since whoOpens has asked
		t.browser = ""
	}
	s.add(t)
	m.pool.Open()
	t.named = func(user string) {
		if !m.endpoint.registerUser(r, user) {
			m.faults.warn("liveview: socket closed: its user has as many open as Config.MaxSocketsPerUser allows", "user", user)
			t.endViews()
			go t.close(wire.ClosePolicyViolation, "too many sockets") // ends after a second at most
		}
	}
	t.forget = func() {
		m.endpoint.unregister(r)
		m.pool.Close()
		m.admission.release(owner)
		s.leave(t)
	}
	if s.isDraining() { // since then; the drain may have missed it
		t.closeWhenIdle()
	}
	// It ends with the connection, and then ends what is on it. It gets a
	// goroutine of its own so that the HTTP server's, with all it holds, is free
	// to go.
	go conn.Serve(t)
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
