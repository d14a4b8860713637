package liveview

import (
	"errors"
	"net/http"
	"net/netip"
	"sync"

	"github.com/gin-gonic/gin"
	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview/internal/origin"
	"github.com/gin-liveview/liveview/internal/sign"
	"github.com/gin-liveview/liveview/internal/wire"
	"github.com/gin-liveview/liveview/protocol"
)

// opener opens the sockets of one App: for whom, whether there is room, and
// then the upgrade.
type opener struct {
	*app
	endpoint  *endpoint
	keeper    *keeper
	admission admission
	follower  follower
	upgrader  websocket.Upgrader
	proven    wire.Limits
	unproven  wire.Limits

	// The same of sockets whose clients agree on compression; nil where nothing is compressed.
	deflating *struct{ proven, unproven wire.Limits }
}

func newOpener(a *app, e *endpoint, home func() *server) *opener {
	keeper := newKeeper(e)
	keeper.home = home
	hops := newHops(keeper)
	a.elsewhere = hops
	newShelters(hops)
	o := &opener{
		follower:  follower{assets: assetFiles{folders: a.config.DevAssets}},
		app:       a,
		endpoint:  e,
		keeper:    keeper,
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
	o.proven, o.unproven = a.config.wireLimits()
	o.proven.Traffic, o.unproven.Traffic = &a.counts.traffic, &a.counts.traffic
	if threshold := a.config.CompressionThreshold; threshold > 0 {
		o.upgrader.EnableCompression = true
		d := wire.NewDeflater(threshold)
		o.deflating = &struct{ proven, unproven wire.Limits }{deflating(o.proven, d), deflating(o.unproven, d)}
	}
	return o
}

// serve opens a socket, or says why not.
func (o *opener) serve(c *gin.Context, s *server) {
	if r := c.Request; !websocket.IsWebSocketUpgrade(r) {
		hint := noUpgrade
		if r.ProtoMajor > 1 {
			hint = notHTTP1
		}
		o.tellRefusal(r, "upgrade")
		o.faults.warn(hint, "remote", r.RemoteAddr, "protocol", r.Proto)
		c.String(http.StatusUpgradeRequired, hint)
		return
	}
	browser, pageOrigin, refusal := o.whoOpens(c.Request)
	if refusal != "" {
		c.String(http.StatusForbidden, refusal)
		return
	}
	if owner, ok := o.admit(c, s); ok {
		o.open(c, s, browser, pageOrigin, owner)
	}
}

// admit reports whether s may have one more connection, from the address of c, and counts
// it; otherwise it answers.
func (o *opener) admit(c *gin.Context, s *server) (owner netip.Addr, ok bool) {
	if !s.admit() {
		// A proxy, or the client a moment later, tries another process.
		o.tellRefusal(c.Request, "draining")
		c.Header("Retry-After", "1")
		c.String(http.StatusServiceUnavailable, "liveview: this process is about to end")
		return owner, false
	}
	if owner, ok = o.admission.admit(c); !ok {
		o.tellRefusal(c.Request, "limit")
		o.tell(c.Request.Context(), Note{Kind: NoteLimit, Cause: "MaxSocketsPerAddress", Address: networkOf(c.ClientIP())})
		s.leave(nil)
	}
	return owner, ok
}

// tellRefusal tells that r opens no socket.
func (o *opener) tellRefusal(r *http.Request, cause string) {
	o.tell(r.Context(), Note{Kind: NoteRefusal, Cause: cause, Address: networkOf(hostOf(r.RemoteAddr)), Subject: Subject{RequestID: requestIDOf(r)}})
}

// What the operator is told of a request that can't be upgraded.
const (
	noUpgrade = "liveview: the socket's request came without its upgrade headers; " +
		"a proxy in front must pass Upgrade and Connection on (nginx: proxy_http_version 1.1; " +
		`proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade")`
	notHTTP1 = "liveview: the socket's request came over HTTP/2, by which none is opened here; " +
		"leave the setting http2xconnect of GODEBUG at its default, so that browsers open sockets over HTTP/1.1, " +
		"and have a proxy in front speak HTTP/1.1 to this server"
)

// whoOpens returns the browser whose page asks for a connection, "" for nobody, and
// the page's origin where it is one of Config.Origins; or why there is none to be had.
func (o *opener) whoOpens(r *http.Request) (browser, pageOrigin, refusal string) {
	query := r.URL.Query()
	if !protocol.AcceptsVersion(query.Get("vsn")) {
		o.tellRefusal(r, "version")
		return "", "", "liveview: this server speaks version " + protocol.Version + " of the channel protocol"
	}
	pageOrigin, err := o.originOf(r)
	switch {
	case errors.Is(err, origin.ErrNone):
		return "", "", ""
	case err != nil:
		return "", "", originRefused
	}
	return o.browserOf(r), pageOrigin, ""
}

// originRefused is what is said to a page of elsewhere.
const originRefused = "liveview: origin not allowed"

// originOf returns the origin of the page that sent r where it is one of Config.Origins,
// and an error if it isn't one of ours, of which the operator is told. It is
// origin.ErrNone if the request doesn't say.
func (o *opener) originOf(r *http.Request) (string, error) {
	pageOrigin, err := origin.Check(r, o.config.Origins)
	if err != nil && !errors.Is(err, origin.ErrNone) {
		o.tellRefusal(r, "origin")
		o.faults.warn("liveview: socket refused: its Origin isn't allowed; Config.Origins lists further ones",
			"origin", r.Header.Values("Origin"), "host", r.Host, "cause", err)
	}
	return pageOrigin, err
}

// browserOf returns the browser whose page opens a connection by r.
//
// Without the proof that it is one of our pages the connection is nobody's: it is opened,
// every join then answers that the page is stale, and the browser loads it anew
// (phoenix/lib/phoenix/socket/transport.ex does the same).
func (o *opener) browserOf(r *http.Request) string {
	browser := browserOf(r)
	if browser == "" || !isCSRFOf(o.signer, r.URL.Query().Get("_csrf_token"), sign.Shadow(browser)) || o.revoked.Browser(browser) {
		return ""
	}
	return browser
}

// open upgrades the request, which s has admitted and owner's number of sockets
// allows, and has its frames served.
func (o *opener) open(c *gin.Context, s *server, browser, pageOrigin string, owner netip.Addr) {
	opened := false
	defer func() {
		if !opened {
			s.leave(nil)
			o.admission.release(owner)
		}
	}()
	// Whatever logs and counts the request reads the status from Gin's writer,
	// which takes none once the connection is the WebSocket's.
	w, request, deflates := hijackWriter{c.Writer}, c.Request, false
	if o.deflating != nil {
		request, deflates = agree(request)
	}
	if w.canHijack() {
		c.Status(http.StatusSwitchingProtocols)
	} else {
		c.Status(http.StatusInternalServerError)
	}
	nth := o.opened.Add(1) // before the answer, upon which the browser may open a newer one
	ws, err := o.upgrader.Upgrade(w, request, nil)
	if err != nil {
		o.tellRefusal(c.Request, "upgrade")
		o.faults.warn("liveview: socket not opened", "err", err, "remote", c.Request.RemoteAddr)
		return
	}
	opened = true
	proven, unproven := &o.proven, &o.unproven
	if deflates {
		proven, unproven = &o.deflating.proven, &o.deflating.unproven
	}
	limits := proven
	if browser == "" {
		limits = unproven
	}
	conn := wire.WebSocket(ws, limits)
	socket := newConnection(o.app, nth, conn, c.Request, browser, pageOrigin)
	o.begin(socket, browser, seat{server: s, address: owner})
	// It ends with the connection, and then ends what is on it. It gets a
	// goroutine of its own so that the HTTP server's, with all it holds, is free
	// to go.
	go conn.Serve(socket)
}

// begin takes in a connection of browser's that is open, and about to be served.
func (o *opener) begin(socket *connection, browser string, at seat) {
	socket.owner, socket.keeper = o, o.keeper
	at.listed = o.endpoint.register(socket, browser)
	socket.seat, socket.upgrade.owner = at, at.address
	if o.revoked.Browser(browser) { // since whoOpens has asked
		socket.browser = ""
	}
	at.server.add(socket)
	if socket.shows {
		o.follower.add(socket)
	}
	o.pool.Open()
	o.sockets.Add(1)
	o.counts.sockets.Add(1)
	if at.server.isDraining() { // since admit; the drain may have missed it
		socket.closeWhenIdle()
	}
}

// agree returns the request with which the upgrader agrees on compression, if the client's
// offer is one that can be kept, and whether it is. The upgrader looks at an offer's name only,
// and doesn't tell what it has answered: so it gets one without parameters, or none.
func agree(r *http.Request) (request *http.Request, deflates bool) {
	agreed := *r
	agreed.Header = r.Header.Clone()
	agreed.Header.Del("Sec-Websocket-Extensions")
	if deflates = wire.Deflates(r.Header); deflates {
		agreed.Header.Set("Sec-Websocket-Extensions", "permessage-deflate")
	}
	return &agreed, deflates
}

// named and forget make opener a connectionOwner.

func (o *opener) named(c *connection, user string) {
	if !o.endpoint.registerUser(c.seat.listed, user) {
		c.note(Note{Kind: NoteLimit, Cause: "MaxSocketsPerUser"})
		o.faults.warn("liveview: socket closed: its user has as many open as Config.MaxSocketsPerUser allows", "user", user)
		c.endViews()
		go c.close(wire.ClosePolicyViolation, "too many sockets") // ends after a second at most
	}
}

func (o *opener) forget(c *connection) {
	if c.shows {
		o.follower.remove(c)
	}
	o.endpoint.unregister(c.seat.listed)
	o.sockets.Add(-1)
	o.pool.Close()
	o.admission.release(c.seat.address)
	c.seat.server.leave(c)
}
