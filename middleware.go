package liveview

import (
	"errors"
	"net/http"
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
// after the sessions middleware and before the live routes:
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
	return newMiddleware(newApp(c.withDefaults())).serve
}

// middleware is one Middleware: the requests that it answers itself.
type middleware struct {
	*app
	endpoint *endpoint
	upgrader websocket.Upgrader

	server  atomic.Pointer[server] // whose request was the last
	nowhere server                 // of requests that tell no http.Server
}

func newMiddleware(a *app) *middleware {
	return &middleware{
		app:      a,
		endpoint: newEndpoint(a),
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
}

func (m *middleware) serve(c *gin.Context) {
	s := m.serverOf(c.Request)
	rest, ok := strings.CutPrefix(c.Request.URL.Path, m.config.Path+"/")
	switch {
	case ok && rest == "websocket":
		m.serveSocket(c, s)
		c.Abort()
	case ok && m.client.Serve(c.Writer, c.Request, rest):
		c.Abort()
	default:
		m.pass(c)
	}
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
	c.Next()
	m.warnOfCookies(c.Writer.Header())
	if old := c.GetString(renewedKey); old != "" {
		// The response with the new identity goes out with the end of this
		// request; the sockets that then connect again should have it.
		if err := publishDisconnect(disconnect{Browser: old}, []PubSub{m.config.PubSub}); err != nil {
			m.config.Logger.Error("liveview: Renew didn't reach all processes", "err", err)
		}
	}
}

// serveSocket opens a socket, or says why not.
func (m *middleware) serveSocket(c *gin.Context, s *server) {
	browser, ok := m.whoOpens(c)
	if !ok {
		return
	}
	m.endpoint.hearDisconnects()
	if !s.admit() {
		// A proxy, or the client a moment later, tries another process.
		c.Header("Retry-After", "1")
		c.String(http.StatusServiceUnavailable, "liveview: this process is about to end")
		return
	}
	m.open(c, s, browser)
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

// whoOpens returns the browser whose page asks for a socket, "" for nobody, or
// answers that it can't have one.
func (m *middleware) whoOpens(c *gin.Context) (browser string, ok bool) {
	r := c.Request
	if !websocket.IsWebSocketUpgrade(r) {
		hint := noUpgrade
		if r.ProtoMajor > 1 {
			hint = notHTTP1
		}
		m.faults.warn(hint, "remote", r.RemoteAddr, "protocol", r.Proto)
		c.String(http.StatusUpgradeRequired, hint)
		return "", false
	}
	query := r.URL.Query()
	if !protocol.AcceptsVersion(query.Get("vsn")) {
		c.String(http.StatusForbidden, "liveview: this server speaks version %s of the channel protocol", protocol.Version)
		return "", false
	}
	switch err := origin.Check(r, m.config.Origins); {
	case errors.Is(err, origin.ErrNone):
		return "", true
	case err != nil:
		m.faults.warn("liveview: socket refused: its Origin isn't allowed; list it in Config.Origins if it should be",
			"origin", r.Header.Values("Origin"), "host", r.Host, "cause", err)
		c.String(http.StatusForbidden, "liveview: origin not allowed")
		return "", false
	}
	// Without the proof that one of our pages opened the socket it is
	// nobody's: the upgrade goes on, every join then answers that the page
	// is stale, and the browser loads it anew
	// (phoenix/lib/phoenix/socket/transport.ex does the same).
	f, err := m.signer.Verify(sign.CSRF, query.Get("_csrf_token"), 1)
	if err != nil || f[0] != browserOf(r) || m.revoked.Browser(f[0]) {
		return "", true
	}
	return f[0], true
}

// open upgrades the request, which s has admitted, and has its frames served.
func (m *middleware) open(c *gin.Context, s *server, browser string) {
	opened := false
	defer func() {
		if !opened {
			s.leave(nil)
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
	conn := wire.WebSocket(ws, wire.Limits{
		Text: MaxFrame, Files: maxFrameWithFiles, Join: JoinTimeout, Idle: IdleTimeout, Write: WriteTimeout,
	})
	t := newConnection(m.app, conn, c.Request, browser)
	r := m.endpoint.register(t, browser)
	s.add(t)
	m.pool.Open()
	t.named = func(user string) { m.endpoint.registerUser(r, user) }
	t.forget = func() {
		m.endpoint.unregister(r)
		m.pool.Close()
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
