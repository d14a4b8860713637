package liveview

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/protocol"
)

// visit is a live join, or a patch, on its way through the Gin router. The
// channel sends it off as a GET request for the joined URL; routing, path
// parameters and every middleware of the route do their part; and if it gets
// as far as the handler of a live route, that mounts the view into the channel
// instead of writing HTML. A middleware that aborts has refused the join.
type visit struct {
	channel *channel
	patch   bool
	token   pageToken // of a join
	sameURL bool      // the join is for the very page that token was rendered for

	// What came of it.
	pattern string // Gin's pattern of the live route reached; "" for none
	arrived bool
	err     error // of a callback
}

type visitKey struct{}

func visitOf(r *http.Request) *visit {
	v, _ := r.Context().Value(visitKey{}).(*visit)
	return v
}

func (v *visit) id() string { return viewID(v.channel.topic) }

// admits reports whether the page that was rendered may become the route of
// that pattern. A join by URL must come out at the page's own view; only live
// navigation may lead to another.
func (v *visit) admits(pattern string) bool { return !v.sameURL || v.token.route == pattern }

// arrive mounts s into the channel.
func (v *visit) arrive(c *gin.Context, s liveView) {
	if v.err = s.mount(c); v.err != nil || answered(c) {
		s.base().stop()
		return
	}
	v.channel.view = s // from here on there is something to shut down
	v.handleParams(c, s)
}

// follow has the channel's view handle the URL it was patched to.
func (v *visit) follow(c *gin.Context, r *route) {
	s := v.channel.view
	if s.base().route != r {
		return
	}
	s.base().url = pageURL(c.Request)
	v.handleParams(c, s)
}

func (v *visit) handleParams(c *gin.Context, s liveView) {
	if v.err = s.handleParams(c); v.err == nil && !answered(c) {
		v.arrived = true
	}
}

// response stands in for the ResponseWriter of a visit's request: nobody reads
// its body.
type response struct {
	header http.Header
	status int
}

func (w *response) Header() http.Header { return w.header }

func (w *response) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return len(b), nil
}

func (w *response) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

// travel sends v to target through the router. It returns the response, whose
// status is 0 if nobody answered. Panics of middleware come back as v.err.
func (v *visit) travel(target *url.URL) *response {
	ch := v.channel
	t := ch.transport
	w := &response{header: make(http.Header)}
	handler := t.endpoint.handlerFor(ch.ctx)
	if handler == nil {
		v.err = errors.New("the http.Server's handler is not to be found: set Config.Handler to the Gin engine")
		return w
	}
	r := t.upgrade.get(context.WithValue(ch.ctx, visitKey{}, v), target)
	err := guard("middleware", func() error { handler.ServeHTTP(w, r); return nil })
	if v.err == nil {
		v.err = err
	}
	return w
}

// join answers the client's phx_join. What it may learn of a refusal is where
// to go: a page token that isn't good, for whatever cause, means that the page
// is stale, and a route that isn't open means that the browser should ask for
// it by HTTP and see what it gets.
func (ch *channel) join(m message) error {
	if ch.ctx.Err() != nil {
		return nil // the client has gone, or joined anew, while this one was held
	}
	t := ch.transport
	e := t.endpoint
	refuse := func(response []byte) error {
		t.write(protocol.AppendReply(nil, ch.joinRef, m.ref, ch.topic, false, response))
		ch.endNow(ending{cause: endRefused})
		return nil
	}
	j, err := protocol.Limits{}.DecodeJoin(m.payload)
	if err != nil {
		e.config.Logger.Warn("liveview: bad join", "err", err, "topic", ch.topic)
		return refuse(protocol.AppendReason(nil, protocol.ReasonJoinCrashed))
	}
	if !strings.HasPrefix(ch.topic, protocol.TopicView) {
		return refuse(protocol.AppendReason(nil, protocol.ReasonUnmatchedTopic))
	}
	token, err := e.signer.verifyPage(j.Session)
	if err != nil || t.browser == "" || token.browser != t.browser || token.id != viewID(ch.topic) {
		return refuse(protocol.AppendReason(nil, protocol.ReasonStale)) //nolint:nilerr // every cause has this answer
	}
	v := &visit{channel: ch, token: token, sameURL: j.Redirect == ""}
	target, err := ch.localURL(j.URL + j.Redirect)
	if err != nil || j.URL != "" && j.Redirect != "" {
		return refuse(protocol.AppendReason(nil, protocol.ReasonUnauthorized))
	}
	w := v.travel(target)
	switch location := w.header.Get("Location"); {
	case v.err != nil:
		err := fmt.Errorf("joining %s: %w", target, v.err)
		if ch.view == nil {
			ch.logCrash(err, nil) // otherwise finish does, with the view's name
			err = nil
		}
		t.write(protocol.AppendReply(nil, ch.joinRef, m.ref, ch.topic, false, protocol.AppendReason(nil, protocol.ReasonJoinCrashed)))
		ch.endNow(ending{cause: endRefused, err: err})
		return nil
	case v.arrived:
		return ch.sendJoined(m.ref)
	case w.status >= 300 && w.status < 400 && location != "":
		return refuse(protocol.Redirect{To: location, Status: w.status}.AppendResponse(nil))
	default:
		return refuse(protocol.AppendReason(nil, protocol.ReasonUnauthorized))
	}
}

// sendJoined sends the whole page, which the client then holds.
func (ch *channel) sendJoined(ref string) error {
	buf := getBuffer()
	defer putBuffer(buf)
	buf.b = protocol.AppendReplyHead(buf.b, ch.joinRef, ref, ch.topic, true)
	buf.b = append(buf.b, `{"rendered":{`...)
	var err error
	if buf.b, err = ch.appendDiff(buf.b, ch.view.base()); err != nil {
		ch.transport.write(protocol.AppendReply(nil, ch.joinRef, ref, ch.topic, false, protocol.AppendReason(nil, protocol.ReasonJoinCrashed)))
		ch.endNow(ending{cause: endRefused, err: err})
		return nil
	}
	buf.b = append(buf.b, `},"liveview_version":`...)
	buf.b = protocol.AppendString(buf.b, ch.transport.endpoint.client.version)
	buf.b = append(buf.b, '}')
	buf.b = protocol.AppendReplyTail(buf.b)
	ch.transport.write(buf.b)
	return ch.afterRender()
}

// patch follows a patch link, or the back and forward buttons, to another URL
// of the view. One that leads elsewhere is answered with link_redirect, upon
// which the client navigates instead.
func (ch *channel) patch(m message) error {
	p, err := protocol.Limits{}.DecodeLivePatch(m.payload)
	if err != nil {
		return err
	}
	v := &visit{channel: ch, patch: true}
	if target, err := ch.localURL(p.URL); err == nil {
		v.travel(target)
	}
	switch {
	case v.err != nil:
		return v.err
	case v.arrived:
		ch.view.base().dirty = true // templates may show the URL
		return ch.flush(m.ref)
	default:
		ch.reply(m.ref, []byte(protocol.ResponseLinkRedirect))
		return nil
	}
}

var errForeignURL = errors.New("not a URL of this host")

// localURL takes path and query of an absolute URL that the client states,
// which must be one of the host that its socket was opened on: the host itself
// comes from the request, never from the message.
func (ch *channel) localURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, err
	}
	if u.Scheme != "http" && u.Scheme != "https" || !strings.EqualFold(u.Host, ch.transport.upgrade.host) || u.User != nil {
		return nil, errForeignURL
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	return url.ParseRequestURI(path)
}
