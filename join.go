package liveview

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/protocol"
)

// visit is a live join, a patch, or the question whether a view's visitor may
// still be there, on its way through the Gin router. The channel sends it off
// as a GET request for the URL; routing, path parameters and every middleware
// of the route do their part; and if it gets as far as the handler of a live
// route, that mounts the view into the channel instead of writing HTML. A
// middleware that aborts has refused it.
type visit struct {
	channel *channel
	purpose visitPurpose
	began   time.Time
	token   pageToken // of a join
	sameURL bool      // the join is for the very page that token was rendered for

	// What came of it.
	route   *route // the live route reached; nil for none
	arrived bool
	refused string // the reason for the client, if the live route reached isn't for it
	flash   flash  // before there is a view: of the join, and put by middleware
	err     error  // of a callback
}

type visitPurpose uint8

const (
	visitJoin visitPurpose = iota
	visitPatch
	visitCheck
)

type visitKey struct{}

func visitOf(r *http.Request) *visit {
	v, _ := r.Context().Value(visitKey{}).(*visit)
	return v
}

func (v *visit) id() string { return viewID(v.channel.topic) }

// reached is called by the live route that v came out at, behind all of its
// middleware, and sees whether v may go on.
func (v *visit) reached(c *gin.Context, r *route) {
	v.route = r
	user, group := userOf(c), groupOf(c).name
	if v.channel.transport.endpoint.ended.since(user, v.began) {
		v.refused = protocol.ReasonStale // a middleware saw the session just before it ended
		return
	}
	if v.purpose == visitJoin {
		v.refused = v.token.refuses(v.sameURL, c.FullPath(), group, user)
		return
	}
	s := v.channel.view.base()
	if s.route != r || s.group != group || s.user != user {
		v.refused = protocol.ReasonUnauthorized
	}
}

// refuses returns the reason why the page may not become, on join, what the
// router has found; "" for none. A join by URL must come out at the page's own
// view, for the same user; only live navigation may lead to another view, and
// not to one of another live session.
func (t pageToken) refuses(sameURL bool, pattern, group, user string) string {
	switch {
	case group != t.group, sameURL && pattern != t.route:
		return protocol.ReasonUnauthorized
	case user != t.user && (sameURL || user != "" && t.user != ""):
		return protocol.ReasonStale
	}
	return ""
}

// arrive mounts s into the channel.
func (v *visit) arrive(c *gin.Context, s liveView) {
	v.err = s.mount(c)
	if v.err != nil || answered(c) {
		v.flash = s.base().flash
		s.base().stop()
		return
	}
	v.channel.view = s // from here on there is something to shut down
	if s.base().move != nil {
		v.arrived = true // if only to go on
		return
	}
	v.handleParams(c, s)
}

// follow has the channel's view handle the URL it was patched to.
func (v *visit) follow(c *gin.Context) {
	s := v.channel.view
	s.base().url = pageURLOf(c.Request)
	s.base().flash.add(v.flash.put)
	v.handleParams(c, s)
}

func (v *visit) handleParams(c *gin.Context, s liveView) {
	if v.err = s.handleParams(c); v.err == nil && !answered(c) {
		v.arrived = true
	}
}

// redirected returns where the answer to v's request for target sends the
// browser, nil for nowhere. Only http is followed: the client hands it to
// window.location, where a javascript: URL would run.
//
// An absolute URL of this host is as good as its path.
func (v *visit) redirected(w *response, target *url.URL) *move {
	location := w.header.Get("Location")
	if v.arrived || w.status < 300 || w.status > 399 || location == "" {
		return nil
	}
	to, err := target.Parse(location)
	if err != nil || hasControl(location) {
		return nil
	}
	if strings.EqualFold(to.Host, v.channel.transport.upgrade.host) {
		to.Scheme, to.Host = "", ""
	}
	if to.Host == "" && to.Scheme == "" {
		return &move{kind: moveHTTP, to: to, status: w.status}
	}
	if to.Host != "" && to.Scheme == "" || to.Scheme == "http" || to.Scheme == "https" {
		return &move{kind: moveExternal, to: to, status: w.status}
	}
	return nil
}

// failure says why v, which was neither redirected nor arrived, did not.
func (v *visit) failure(w *response) string {
	switch {
	case v.route != nil && v.channel.view != nil && v.route != v.channel.view.base().route:
		return "the router gives this URL to " + v.route.name
	case v.route != nil:
		return "the route isn't open to this page"
	case w.status == http.StatusNotFound || w.status == 0:
		return "the router knows no live view at this URL"
	default:
		return fmt.Sprintf("the route answers with status %d", w.status)
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
		return nil //nolint:nilerr // the client has gone, or joined anew, while this one was held
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
		return refuse(protocol.AppendReason(nil, protocol.ReasonStale))
	}
	v := &visit{channel: ch, token: token, sameURL: j.Redirect == "", began: time.Now()}
	v.flash.shown = e.joinFlash(t.browser, token.id, j)
	target, err := ch.localURL(j.URL + j.Redirect)
	if err != nil || j.URL != "" && j.Redirect != "" {
		return refuse(protocol.AppendReason(nil, protocol.ReasonUnauthorized))
	}
	w := v.travel(target)
	to := v.redirected(w, target)
	switch {
	case v.err != nil:
		return ch.joinCrashed(m.ref, fmt.Errorf("joining %s: %w", target.Path, v.err))
	case v.arrived:
		return ch.joined(m.ref, v.began)
	case v.refused != "":
		return refuse(protocol.AppendReason(nil, v.refused))
	case to != nil:
		_, response, _ := t.moveMessage(to, v.flash.put)
		return refuse(response)
	default:
		return refuse(protocol.AppendReason(nil, protocol.ReasonUnauthorized))
	}
}

// joinFlash returns the flash that the client brings along: of the view that
// sent the page here, or, at the page's first join, of its HTTP render. A page
// that joins again has shown it.
func (e *endpoint) joinFlash(browser, viewID string, j protocol.Join) map[string]string {
	if messages := e.verifyFlash(browser, j.Flash); messages != nil || j.Redirect != "" || j.Mounts() > 0 {
		return messages
	}
	return e.verifyStatic(viewID, j.Static)
}

// joined carries out where the new view wants its page to go and answers the
// join.
func (ch *channel) joined(ref string, began time.Time) error {
	s, t := ch.view.base(), ch.transport
	ch.checked = began
	var patched *protocol.LivePatchPush
	for range maxMoves {
		m := s.takeMove()
		if m == nil {
			t.moves.Store(0)
			return ch.sendJoined(ref, patched)
		}
		if m.kind == movePatch {
			elsewhere, err := ch.travelPatch(m)
			if err != nil {
				return ch.joinCrashed(ref, err)
			}
			if elsewhere == nil {
				patched = &protocol.LivePatchPush{To: m.to.String(), Kind: m.history.kind()}
				continue
			}
			m = elsewhere
		}
		if m.kind == moveLive && t.moves.Add(1) > maxMoves {
			break
		}
		_, response, _ := t.moveMessage(m, s.flash.put)
		t.write(protocol.AppendReply(nil, ch.joinRef, ref, ch.topic, false, response))
		ch.endNow(ending{cause: endRefused})
		return nil
	}
	return ch.joinCrashed(ref, fmt.Errorf("joining %s: %w", s.url.parse().Path, errMoves))
}

// joinCrashed answers a join whose view could not be mounted or rendered.
func (ch *channel) joinCrashed(ref string, err error) error {
	if ch.view == nil {
		ch.logCrash(err, nil) // otherwise finish does, with the view's name
		err = nil
	}
	ch.transport.write(protocol.AppendReply(nil, ch.joinRef, ref, ch.topic, false, protocol.AppendReason(nil, protocol.ReasonJoinCrashed)))
	ch.endNow(ending{cause: endRefused, err: err})
	return nil
}

// sendJoined sends the whole page, which the client then holds, and the URL
// that it was patched to meanwhile, if it was.
func (ch *channel) sendJoined(ref string, patched *protocol.LivePatchPush) error {
	buf := getBuffer()
	defer putBuffer(buf)
	buf.b = protocol.AppendReplyHead(buf.b, ch.joinRef, ref, ch.topic, true)
	buf.b = append(buf.b, `{"rendered":{`...)
	s := ch.view.base()
	s.flash.put = nil
	var err error
	if buf.b, err = ch.appendDiff(buf.b, s); err != nil {
		return ch.joinCrashed(ref, err)
	}
	buf.b = append(buf.b, '}')
	if patched != nil {
		buf.b = patched.AppendJSON(append(buf.b, `,"live_patch":`...))
	}
	buf.b = append(buf.b, `,"liveview_version":`...)
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
	v := &visit{channel: ch, purpose: visitPatch, began: time.Now()}
	s := ch.view.base()
	if target, err := ch.localURL(p.URL); err == nil {
		s.flash.clear()
		v.travel(target)
	}
	switch {
	case v.err != nil:
		return v.err
	case v.arrived:
		ch.checked = v.began
		s.dirty = true // templates may show the URL
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
