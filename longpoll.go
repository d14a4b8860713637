package liveview

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/origin"
	"github.com/gin-liveview/liveview/internal/sign"
	"github.com/gin-liveview/liveview/internal/wire"
	"github.com/gin-liveview/liveview/protocol"
)

// longPolls has the connections of clients that can't have a WebSocket, and answers
// their requests (phoenix/assets/js/phoenix/longpoll.js):
//
//	GET                 opens a connection: 410, with the token of what follows
//	GET with a token    a poll, which waits for messages: 200, or 204 if none came
//	POST with a token   messages of the client's, one a line: 200
//	POST without body   the page goes, as start.js says by a beacon
//
// A poll or a message of a connection that isn't there any more is answered with 410, upon
// which the client connects again. All of this is said in the JSON of the answers, which
// have the status 200 by HTTP, but for what nobody's page asks for.
//
// A browser sends no Origin with a GET to the page's own host. So what opens a connection is
// proved by the CSRF token, which other sites can't read, as they can't read the answer; and
// each message that follows by its Origin.
type longPolls struct {
	*opener
	node  string // random: where a token was given
	other *elsewhere

	mu   sync.Mutex // guards open. Nothing is locked under it.
	open map[string]*longPoll
}

// longPoll is one connection.
type longPoll struct {
	conn   *wire.LongPoll
	socket *connection

	first  sync.Once // by which its page's origin is known
	posted bool      // owned by first, and by the goroutine that sees the connection end
}

func newLongPolls(o *opener) *longPolls {
	p := &longPolls{opener: o, node: sign.NewID(), open: make(map[string]*longPoll)}
	p.other = newElsewhere(o.app, p.node, p.handedOn)
	return p
}

// opened returns the connection with an id that this process has opened; nil for none.
func (p *longPolls) opened(id string) *longPoll {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.open[id]
}

// pollAnswer is how a request is answered.
type pollAnswer struct {
	status int
	nth    uint64 // as in wire.Polled
	frames [][]byte
}

// serve answers a request for the path of long-poll.
func (p *longPolls) serve(c *gin.Context, s *server) {
	c.Header("Cache-Control", "no-store")
	r := c.Request
	token := r.Header.Get("X-Phoenix-Longpoll-Token") // of later clients
	if token == "" {
		token = r.URL.Query().Get("token")
	}
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodPost:
		c.Header("Allow", "GET, POST")
		c.String(http.StatusMethodNotAllowed, http.StatusText(http.StatusMethodNotAllowed))
	case token == "" && r.Method == http.MethodGet:
		p.serveOpen(c, s)
	default:
		p.serveOpened(c, token)
	}
}

// serveOpen opens a connection, or says why not.
func (p *longPolls) serveOpen(c *gin.Context, s *server) {
	browser, pageOrigin, refusal := p.whoPolls(c.Request)
	if refusal != "" {
		p.answer(c, http.StatusForbidden, "", pollAnswer{status: protocol.PollForbidden})
		return
	}
	owner, ok := p.admit(c, s)
	if !ok {
		return
	}
	limits := &p.proven
	if browser == "" {
		limits = &p.unproven
	}
	conn := wire.NewLongPoll(limits)
	socket := newConnection(p.app, p.app.opened.Add(1), conn, c.Request, browser, pageOrigin)
	l := &longPoll{conn: conn, socket: socket}
	t := pollToken{id: sign.NewID(), node: p.node, opened: time.Now().Unix()}
	if browser != "" {
		t.browser = sign.Shadow(browser)
	}
	p.begin(socket, browser, seat{server: s, address: owner})
	p.mu.Lock()
	p.open[t.id] = l
	p.mu.Unlock()
	go func() { // as for a WebSocket
		conn.Serve(socket)
		p.ended(t.id, l)
	}()
	p.answer(c, http.StatusOK, t.sign(p.signer), pollAnswer{status: protocol.PollGone})
}

// whoPolls is whoOpens for a GET.
func (p *longPolls) whoPolls(r *http.Request) (browser, pageOrigin, refusal string) {
	if r.Header.Get("Origin") != "" {
		return p.whoOpens(r)
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin": // older browsers, and pages over plain http, don't say
	default:
		return "", "", originRefused
	}
	if !protocol.AcceptsVersion(r.URL.Query().Get("vsn")) {
		return p.whoOpens(r)
	}
	return p.browserOf(r), "", ""
}

// ended forgets a connection that has.
func (p *longPolls) ended(id string, l *longPoll) {
	p.mu.Lock()
	delete(p.open, id)
	p.mu.Unlock()
	l.first.Do(func() {}) // or it may be written
	if !l.posted && l.conn.Unjoined() {
		p.faults.warn("liveview: a page polled and sent nothing, so it was never joined; a proxy in front, or a firewall, "+
			"that holds or drops POST requests must let those for Config.Path through, with their bodies",
			"remote", l.socket.upgrade.remoteAddr, "path", p.config.Path+"/longpoll")
	}
}

// serveOpened answers a request of a connection that was opened.
func (p *longPolls) serveOpened(c *gin.Context, sent string) {
	r := c.Request
	t, nth, err := verifyPoll(p.signer, sent)
	if err != nil || t.browser != "" && t.browser != sign.Shadow(browserOf(r)) {
		// Also where the browser has another identity since: its pages join again, and hear
		// that they are stale.
		p.answer(c, http.StatusOK, "", pollAnswer{status: protocol.PollGone})
		return
	}
	pageOrigin, err := p.originOf(r)
	if err != nil && (!errors.Is(err, origin.ErrNone) || r.Method == http.MethodPost && t.browser != "") {
		p.answer(c, http.StatusForbidden, "", pollAnswer{status: protocol.PollForbidden})
		return
	}
	signed, _, _ := strings.Cut(sent, ".")
	l := p.opened(t.id)
	a := pollAnswer{status: protocol.PollGone}
	switch {
	case l == nil && t.node != p.node:
		ctx, cancel := waitFor(c)
		defer cancel()
		a.status = p.other.serve(ctx, r, t, pageOrigin)
	case l == nil:
	case r.Method == http.MethodGet:
		ctx, cancel := waitFor(c)
		defer cancel()
		a = l.poll(ctx, nth)
	case r.ContentLength == 0:
		l.conn.Leave()
		a.status = protocol.PollMessages
	default:
		ctx, cancel := waitFor(c)
		defer cancel()
		a.status = l.post(ctx, pageOrigin, r.Body, func() { interrupt(c) })
	}
	p.answer(c, http.StatusOK, signed, a) // which a client that has gone doesn't hear
}

func (l *longPoll) poll(ctx context.Context, nth uint64) pollAnswer {
	got := l.conn.Poll(ctx, nth)
	switch {
	case got.Gone && got.Code == wire.ClosePolicyViolation:
		return pollAnswer{status: protocol.PollForbidden}
	case got.Gone:
		return pollAnswer{status: protocol.PollGone}
	case len(got.Frames) == 0:
		return pollAnswer{status: protocol.PollNothing, nth: got.Nth}
	}
	return pollAnswer{status: protocol.PollMessages, nth: got.Nth, frames: got.Frames}
}

func (l *longPoll) post(ctx context.Context, pageOrigin string, body io.Reader, interrupt func()) (status int) {
	l.first.Do(func() {
		l.posted = true
		if pageOrigin != "" {
			l.socket.upgrade.comesFrom(pageOrigin)
		}
	})
	switch err := l.conn.Post(ctx, body, interrupt); {
	case errors.Is(err, wire.ErrTooLarge):
		// A browser that is still sending hears no answer; it would send it all again.
		_, _ = io.CopyN(io.Discard, body, drainPosts)
		return protocol.PollTooLarge
	case err != nil:
		return protocol.PollGone
	}
	return protocol.PollMessages
}

// handedOn returns what acts on the body of a request for a connection that came to another
// process; nil if the connection isn't there any more.
func (p *longPolls) handedOn(connection string) (act func(pageOrigin string, body []byte) (status int)) {
	l := p.opened(connection)
	if l == nil {
		return nil
	}
	return func(pageOrigin string, body []byte) int {
		if len(body) == 0 {
			l.conn.Leave()
			return protocol.PollMessages
		}
		ctx, cancel := context.WithTimeout(context.Background(), postTime)
		defer cancel()
		return l.post(ctx, pageOrigin, bytes.NewReader(body), func() {}) // it is here already
	}
}

// answer writes the answer to a request.
func (p *longPolls) answer(c *gin.Context, httpStatus int, signed string, a pollAnswer) {
	token := ""
	if signed != "" {
		token = withPolls(signed, a.nth)
	}
	c.Data(httpStatus, "application/json; charset=utf-8", protocol.AppendPollAnswer(nil, a.status, token, a.frames))
}

const (
	// postTime is how long a request may take that brings messages: the client gives up after
	// as long (longpollerTimeout of phoenix/assets/js/phoenix/socket.js).
	postTime = 20 * time.Second

	// drainPosts is how many bytes are read, and dropped, of a request that holds a message
	// which is far too large.
	drainPosts = 64 << 20

	// answerTime is how long before the end of a request its answer is written.
	answerTime = 500 * time.Millisecond
)

// waitFor returns a context that ends when c's request has to be answered: somewhat before
// whatever has given it a time does that. It has the server's own timeouts, which are for
// ordinary pages, not end it.
func waitFor(c *gin.Context) (context.Context, context.CancelFunc) {
	until := time.Now().Add(postTime)
	if d := deadlinesOf(c); d != nil { // where they can't be set, they hold
		_ = d.SetReadDeadline(until)
		_ = d.SetWriteDeadline(until.Add(postTime))
	}
	if by, ok := c.Request.Context().Deadline(); ok && by.Add(-answerTime).Before(until) {
		until = by.Add(-answerTime)
	}
	return context.WithDeadline(c.Request.Context(), until)
}

// deadlines are those of a request.
type deadlines interface {
	SetReadDeadline(at time.Time) error
	SetWriteDeadline(at time.Time) error
}

// deadlinesOf returns those of c's, nil where there is no way to them.
func deadlinesOf(c *gin.Context) deadlines {
	for w := http.ResponseWriter(c.Writer); w != nil; w = below(w) {
		if d, ok := w.(deadlines); ok {
			return d
		}
	}
	return nil
}

// interrupt has reading c's body fail.
func interrupt(c *gin.Context) {
	if d := deadlinesOf(c); d != nil {
		_ = d.SetReadDeadline(time.Now()) // where it can't be set, the body's time is over by itself
	}
}
