package liveview

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gin-gonic/gin"
	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview/protocol"
)

// endpointKey is where Middleware leaves its endpoint for the routes behind it.
const endpointKey = "github.com/gin-liveview/liveview"

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
	return newEndpoint(c.withDefaults()).serve
}

// endpoint is one Middleware: its configuration and its open sockets.
type endpoint struct {
	config   Config
	signer   *signer
	client   *clientFiles
	upgrader websocket.Upgrader
	workers  workers
	ended    revoked   // what Disconnect and Renew have ended
	used     usedOnce  // action tokens
	hearing  sync.Once // of hearDisconnects

	recheckAll atomic.Int64 // when a disconnect may have been missed, in Unix nanoseconds
	warned     sync.Once    // of warnOfCookies
	uploads    *uploads

	server  atomic.Pointer[server] // whose request was the last
	nowhere server                 // of requests that tell no http.Server

	mu         sync.Mutex // guards transports
	transports map[*transport]struct{}
}

func newEndpoint(c Config) *endpoint {
	return &endpoint{
		config:  c,
		signer:  newSigner(append([]string{c.Secret}, c.OldSecrets...)),
		client:  newClientFiles(c),
		uploads: newUploads(c),
		upgrader: websocket.Upgrader{
			ReadBufferSize:  256, // most frames of a client; larger ones take a second read
			WriteBufferSize: 4096,
			WriteBufferPool: &sync.Pool{},
			// A client with an auth token offers "phoenix" beside it
			// (phoenix/assets/js/phoenix/socket.js); one without offers none.
			Subprotocols: []string{"phoenix"},
			CheckOrigin:  func(*http.Request) bool { return true }, // serveSocket has done it, with a log line
		},
		transports: make(map[*transport]struct{}),
	}
}

// endpointOf returns the endpoint whose middleware c passed.
func endpointOf(c *gin.Context) *endpoint {
	v, _ := c.Get(endpointKey)
	e, _ := v.(*endpoint)
	return e
}

func (e *endpoint) serve(c *gin.Context) {
	s := e.serverOf(c.Request)
	path := c.Request.URL.Path
	if !strings.HasPrefix(path, e.config.Path) || len(path) == len(e.config.Path) || path[len(e.config.Path)] != '/' {
		e.pass(c)
		return
	}
	switch rest := path[len(e.config.Path)+1:]; rest {
	case "websocket":
		e.serveSocket(c, s)
		c.Abort()
	default:
		if e.client.serve(c.Writer, c.Request, rest) {
			c.Abort()
			return
		}
		e.pass(c)
	}
}

// pass lets the route's handlers answer.
func (e *endpoint) pass(c *gin.Context) {
	c.Set(endpointKey, e)
	c.Next()
	e.warnOfCookies(c.Writer.Header())
	if old := c.GetString(renewKey); old != "" {
		// The response with the new identity goes out with the end of this
		// request; the sockets that then connect again should have it.
		if err := publishDisconnect(disconnect{Browser: old}, []PubSub{e.config.PubSub}); err != nil {
			e.config.Logger.Error("liveview: Renew didn't reach all processes", "err", err)
		}
	}
}

// warnOfCookies says once how to mend a session store's default.
func (e *endpoint) warnOfCookies(h http.Header) {
	for _, cookie := range h["Set-Cookie"] {
		if strings.Contains(cookie, "SameSite=None") {
			name, _, _ := strings.Cut(cookie, "=")
			e.warned.Do(func() {
				e.config.Logger.Warn("liveview: a cookie is set with SameSite=None, so other sites' requests carry it too, "+
					"and over plain http the browser drops it; unless that is meant, give the session store "+
					`Options(sessions.Options{Path: "/", MaxAge: 30 * 86400, HttpOnly: true, SameSite: http.SameSiteLaxMode})`, "cookie", name)
			})
		}
	}
}

// serveSocket upgrades the request and hands the connection to a transport.
func (e *endpoint) serveSocket(c *gin.Context, s *server) {
	r := c.Request
	if !websocket.IsWebSocketUpgrade(r) {
		const hint = "liveview: the socket's request came without its upgrade headers; " +
			"a proxy in front must pass Upgrade and Connection on (nginx: proxy_http_version 1.1; " +
			`proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade")`
		e.config.Logger.Warn(hint, "remote", r.RemoteAddr)
		c.String(http.StatusUpgradeRequired, hint)
		return
	}
	query := r.URL.Query()
	if !protocol.AcceptsVersion(query.Get("vsn")) {
		c.String(http.StatusForbidden, "liveview: this server speaks version %s of the channel protocol", protocol.Version)
		return
	}
	browser := ""
	switch err := checkOrigin(r, e.config.Origins); {
	case errors.Is(err, errOriginNone): // served, but as nobody
	case err != nil:
		e.config.Logger.Warn("liveview: socket refused: its Origin isn't allowed; list it in Config.Origins if it should be",
			"origin", r.Header.Values("Origin"), "host", r.Host, "cause", err)
		c.String(http.StatusForbidden, "liveview: origin not allowed")
		return
	default:
		// Without the proof that one of our pages opened the socket it is
		// nobody's: the upgrade goes on, every join then answers that the page
		// is stale, and the browser loads it anew
		// (phoenix/lib/phoenix/socket/transport.ex does the same).
		if b, err := e.signer.verify(purposeCSRF, query.Get("_csrf_token")); err == nil && b == browserOf(r) && !e.ended.browser(b) {
			browser = b
		}
	}
	e.hearDisconnects()

	if !s.admit() {
		// A proxy, or the client a moment later, tries another process.
		c.Header("Retry-After", "1")
		c.String(http.StatusServiceUnavailable, "liveview: this process is about to end")
		return
	}
	conn, err := e.upgrader.Upgrade(c.Writer, r, nil)
	if err != nil {
		s.leave()
		e.config.Logger.Warn("liveview: socket not opened", "err", err, "remote", r.RemoteAddr)
		return
	}
	t := newTransport(e, s, conn, r, browser)
	e.mu.Lock()
	e.transports[t] = struct{}{}
	e.mu.Unlock()
	e.workers.opened()
	if s.isDraining() { // since then; the drain may have missed it
		t.closeWhenIdle()
	}
	// The reader ends when the connection does; the transport then ends its
	// channels and takes itself out of e.transports. It gets a goroutine of its
	// own so that the HTTP server's, with all it holds, is free to go.
	go t.read()
}

// serverOf returns the server that accepted r, and lets it know of e.
func (e *endpoint) serverOf(r *http.Request) *server {
	srv, ok := r.Context().Value(http.ServerContextKey).(*http.Server)
	if !ok {
		return &e.nowhere
	}
	if s := e.server.Load(); s != nil && s.of.Value() == srv {
		return s
	}
	s := servers.of(srv, e)
	e.server.Store(s)
	return s
}

// forget is called by a transport that has ended.
func (e *endpoint) forget(t *transport) {
	e.mu.Lock()
	delete(e.transports, t)
	e.mu.Unlock()
	e.workers.closed()
	t.server.leave()
}

// handlerFor returns what serves the requests that joins are turned into.
func (e *endpoint) handlerFor(ctx context.Context) http.Handler {
	if e.config.Handler != nil {
		return e.config.Handler
	}
	srv, _ := ctx.Value(http.ServerContextKey).(*http.Server)
	switch {
	case srv == nil:
		return nil
	case srv.Handler == nil:
		return http.DefaultServeMux
	default:
		return srv.Handler
	}
}
