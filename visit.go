package liveview

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/internal/target"
	"github.com/gin-liveview/liveview/protocol"
)

// visit is a live join, a patch, or the question whether a view's visitor may
// still be there, on its way through the Gin router. The channel sends it off
// as a GET request for the URL; routing, path parameters and every middleware
// of the route do their part; and if it gets as far as the handler of a live
// route, that mounts the view into the channel instead of writing HTML. A
// middleware that aborts has refused it. Any other handler is for page loads
// alone: Middleware turns a visit back before that runs.
//
// Of the words below: a visit travels to a URL; it has reached a live route when
// all middleware let it pass, and arrived when the view is there; a view that was
// there before follows its URL; the redirect's target is where a visit was sent
// instead.
//
// The goroutine that travels owns a visit, and with it the channel's view. A
// middleware may have another goroutine run the live route; that one owns both for
// as long as it is behind the door.
type visit struct {
	door    door
	channel *channel
	purpose visitPurpose
	began   time.Time
	token   pageToken      // of a join
	guest   guest          // who joins, if that isn't the page's own view; nil otherwise
	sameURL bool           // the join is for the very page that token was rendered for
	shown   []FlashMessage // the flash that a join brings along, until a view has it
	fresh   int            // how many of these, the first, the page itself hasn't put
	lost    []string       // names of file inputs whose files went with the view before
	chosen  []string       // names of file inputs whose files the page chooses again; of one whose view is kept
	saved   *savedView     // what the view before has left for this one; nil for nothing

	navigation Navigation
	page       *page // that is being mounted

	// What came of it.
	route   *route   // the live route reached; nil for none
	group   string   // of that one, and of a visit that is no join
	in      document // of that one, likewise
	arrived bool
	loads   bool   // what a join has reached must be loaded, as the page's element, or document, can't become its
	refused string // the reason for the client, if the live route reached isn't for it
	err     error  // of a callback

	restored bool // saved was given to the view
	spoilt   bool // it was, and failed: the view is to be mounted without it

	mu     sync.Mutex                 // guards the fields below. Nothing is locked under it.
	params map[string]json.RawMessage // of a join; nil once it is over

	put     []FlashMessage // into the flash, on the way; see putFlash
	over    bool           // the visit has ended: what is put now comes too late
	pattern string         // of the route that the router has found; "" if it found none, or hasn't been reached
	routed  bool           // Middleware was reached, and so the router
}

// found notes which route the router has found for the visit's request.
func (v *visit) found(pattern string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.pattern, v.routed = pattern, true
}

// shownPath returns a path that the visit leads to as operators may see it.
func (v *visit) shownPath(path string) string {
	v.mu.Lock()
	pattern, routed := v.pattern, v.routed
	v.mu.Unlock()
	base := v.channel.app().config.BasePath
	switch {
	case pattern != "":
		return shownPath(base, pattern, path)
	case routed: // and there is no such route, so there is no parameter
		return path
	}
	if shown, ok := shownAs(base, v.token.route, path); ok {
		return shown
	}
	return hiddenPath
}

type visitPurpose uint8

const (
	visitJoin visitPurpose = iota
	visitPatch
	visitCheck
)

var purposeNames = [...]string{"join", "patch", "recheck"}

func (p visitPurpose) String() string { return purposeNames[p] }

// visitKey is where the request of a visit carries the visit itself.
type visitKey struct{}

// visitOf returns the visit that r is the request of, nil for one that came by
// HTTP.
func visitOf(r *http.Request) *visit {
	v, _ := r.Context().Value(visitKey{}).(*visit)
	return v
}

// IsVisit reports whether c's request is one of a live page's own: its join or that of a
// view in it, a patch of it, the question whether its visitor may still be there, or that
// for a view with a route of its own ([StickyAt]) while the page is rendered. All others
// came from a browser by HTTP. For middleware: a visit has no response that could
// take a cookie or a header to the browser, and whoever counts page loads needn't
// count it.
func IsVisit(c *gin.Context) bool {
	return visitOf(c.Request) != nil || c.Request.Header.Get(visitHeader) == visitMark
}

// isLostVisit reports whether r was a visit's until a middleware replaced its
// context.
func isLostVisit(r *http.Request) bool {
	return r.Header.Get(visitHeader) == visitMark && visitOf(r) == nil
}

const lostVisit = "liveview: a middleware before this route has replaced the request's context: " +
	"it must derive its own from c.Request.Context()"

// visitContext is the context of a visit's request: the channel's, in which the
// visit is found, and by those who need know no more, its peer and its flash.
type visitContext struct {
	context.Context
	visit *visit
}

// bare says that no middleware has put anything into it; see requestOf.
func (c visitContext) bare() {}

// Value finds what a visit carries.
func (c visitContext) Value(key any) any {
	switch key.(type) {
	case visitKey:
		return c.visit
	case travellingPeer:
		return c.visit.channel.peer
	case travellingFlash:
		return c.visit
	}
	return c.Context.Value(key)
}

// mayMissRoute reports whether v may run the handler for URLs that have no route.
// A page may have been rendered by it, as it can have Gin handle another URL, and
// then joins by it.
func (v *visit) mayMissRoute(c *gin.Context) bool {
	return v != nil && c.FullPath() == "" && v.purpose == visitJoin && v.sameURL
}

func (v *visit) id() string { return viewID(v.channel.topic) }

// reached is called by the live route that v came out at, behind all of its
// middleware, and sees whether v may go on.
func (v *visit) reached(c *gin.Context, r *route) {
	v.route = r
	user, group := userOf(c), groupOf(c)
	hasGone := v.purpose == visitJoin && v.channel.ctx.Err() != nil
	if hasGone || v.channel.peer.revoked.UserSince(user, v.began) {
		v.refused = protocol.ReasonStale // a middleware saw the session just before it ended
		return
	}
	if v.purpose == visitJoin && v.guest != nil {
		if !v.guest.admits(c, r) {
			v.refused = protocol.ReasonJoinCrashed
		}
		return
	}
	if v.purpose == visitJoin {
		v.refused = v.token.refusal(v.sameURL, r.view, c.FullPath(), group, user)
		v.loads = !v.sameURL && (v.token.tag != r.element.tag || v.token.layout != documentAt(c).text())
		return
	}
	if v.group, v.in = group, documentAt(c); !v.channel.view.page().admits(r, c.FullPath(), group, user, v.in) {
		v.refused = protocol.ReasonUnauthorized
	}
}

// refusal returns the reason why the page may not become, on join, what the
// router has found; "" for none. A join by URL must come out at a view of the type
// that the page was rendered by: at the same route for the same user, or at another
// one of the view's, to which it has been patched since. (Which of several views of
// one type it was, another process can't be told.) Only live navigation may lead to
// another view, and not to one of another live session.
func (t pageToken) refusal(sameURL bool, view, pattern, group, user string) string {
	sameRoute := sameURL && pattern == t.route
	switch {
	case group != t.group, sameURL && view != t.view:
		return protocol.ReasonUnauthorized
	case user != t.user && (sameRoute || user != "" && t.user != ""):
		return protocol.ReasonStale
	}
	return ""
}

// putFlash takes a message for the page that v leads to, from middleware, which
// may do so in any goroutine, and as late as it likes.
func (v *visit) putFlash(kind, text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.over {
		return
	}
	v.put = addMessage(v.put, kind, text)
}

// brought returns the flash that came with a join and that the page hasn't shown
// itself.
func (v *visit) brought() []FlashMessage {
	return slices.Clip(v.shown[:min(v.fresh, len(v.shown))])
}

// takeFlash returns what has been put since it was last asked.
func (v *visit) takeFlash() []FlashMessage {
	v.mu.Lock()
	defer v.mu.Unlock()
	put := v.put
	v.put = nil
	return put
}

// arrive mounts view into the channel.
func (v *visit) arrive(c *gin.Context, view liveView) {
	stays := false
	defer func() { // also if Mount called runtime.Goexit
		if !stays {
			view.page().stop()
		}
	}()
	v.page = view.page()
	ch, page := v.channel, v.page
	ch.account.isOf(page.subject())
	ch.live = components{page: page, shows: ch}
	v.page.host = &v.channel.live
	v.page.navigation = v.navigation
	v.page.flash.bring(v.shown, v.fresh)
	v.shown = nil
	for _, name := range v.lost {
		view.page().loseFiles(name)
	}
	view.page().flash.add(v.takeFlash())
	v.err = view.mount(c)
	if stays = v.err == nil && !answered(c); !stays {
		for _, m := range view.page().flash.put() {
			v.putFlash(m.Kind, m.Text)
		}
		return
	}
	v.channel.view = view // from here on there is something to shut down
	v.channel.peer.views.Add(1)
	if view.page().move != nil {
		v.arrived = true // if only to go on
		return
	}
	saved := v.saved
	if saved != nil && (!saved.isFor(page) || v.channel.peer.revoked.UserSince(saved.User, saved.savedAt())) {
		saved = nil
	}
	if saved != nil && saved.URL != string(page.url) { // HandleParams has the last word
		if !v.restore(view, saved) {
			return
		}
		saved = nil
	}
	v.handleParams(c, view)
	if saved != nil && v.arrived && page.move == nil {
		v.restore(view, saved)
	}
}

// follow has the channel's view handle the URL it was patched to.
func (v *visit) follow(c *gin.Context) {
	view := v.channel.view
	view.page().url = pageURLOf(v.channel.peer.config.BasePath, c.Request)
	view.page().hooks = hooksOf(c)
	view.page().arrive(v.route, c.FullPath(), userOf(c))
	view.page().navigation = v.navigation
	view.page().seen(c)
	v.channel.account.isOf(view.page().subject())
	view.page().flash.add(v.takeFlash())
	v.handleParams(c, view)
}

func (v *visit) handleParams(c *gin.Context, view liveView) {
	if v.err = view.handleParams(c); v.err == nil && !answered(c) {
		v.arrived = true
	}
}

// restore gives the view what the one before has left. It reports false if that has
// failed: then there is no view.
func (v *visit) restore(view liveView, saved *savedView) bool {
	ch, page := v.channel, view.page()
	var err error
	if view.saves() {
		returned := false
		defer func() {
			if !returned { // it called runtime.Goexit, and would again in the next join
				ch.forgo()
			}
		}()
		err = view.restore(saved.State)
		returned = true
	}
	if err == errOtherShape { //nolint:errorlint // it is restore's own
		ch.peer.faults.warn("liveview: "+err.Error(), "view", page.route.name, "route", page.pattern)
		ch.own().dropped = true
		return true
	}
	if err != nil {
		attrs := append(errAttrs(err), "view", page.route.name, "route", page.pattern)
		ch.peer.config.Logger.Error("liveview: a saved state is dropped, and the page begins anew", append(attrs, visitorAttrs(page.user, page.requestID())...)...)
		v.spoilt, v.arrived = true, false
		ch.unmount()
		return false
	}
	v.restored = true
	ch.own().given, ch.past.dropped = true, false
	ch.note(Note{Kind: NoteRestore, Cause: "saved"})
	ch.live.bring(saved.Parts)
	ch.own().follow(saved.Version)
	if saved.Title != "" && view.saves() { // or it is that of a view which begins anew
		page.title, page.titleChanged = saved.Title, true
	}
	page.flash.again(saved.Flash)
	page.root.dirty = true
	ch.tellMissed(page, saved.Topics)
	return true
}

// again returns v as it is before it travels, without what the view before has left.
func (v *visit) again() *visit {
	return &visit{
		channel: v.channel, purpose: v.purpose, token: v.token, guest: v.guest, sameURL: v.sameURL,
		shown: v.shown, fresh: v.fresh, lost: v.lost, chosen: v.chosen, navigation: v.navigation, params: v.params,
	}
}

// redirectTarget returns where the answer to v's request for base sends the
// browser, nil for nowhere.
func (v *visit) redirectTarget(w answer, base *url.URL) *move {
	if v.arrived || w.status < 300 || w.status > 399 {
		return nil
	}
	to, external, ok := target.Redirected(w.location, base, v.channel.peer.upgrade.host, v.channel.peer.upgrade.pageHost())
	if !ok {
		return nil
	}
	m := &move{kind: moveHTTP, to: to, status: w.status}
	if external {
		m.kind = moveExternal
	}
	return m
}

// names returns the view that v was about to mount, and its route, as attributes of a log
// line.
func (v *visit) names() []any {
	if v.page == nil {
		return nil
	}
	return []any{"view", v.page.route.name, "route", v.page.pattern}
}

// failure says why v, which was neither redirected nor arrived, did not.
func (v *visit) failure(w answer) string {
	switch {
	case w.why != "":
		return w.why
	case v.route != nil:
		return "the route isn't open to this page"
	case w.status == http.StatusNotFound || w.status == 0:
		return "the router knows no live view at this URL"
	default:
		return fmt.Sprintf("the route answers with status %d", w.status)
	}
}

// travel sends v through the router, and returns the answer when nobody is
// behind v's door any more. Panics of middleware come back as v.err.
func (v *visit) travel(to *url.URL) answer {
	ch := v.channel
	handler, own := ch.peer.handlerFor(ch.ctx)
	if handler == nil {
		v.err = errNoHandler
		return answer{}
	}
	base := ch.peer.config.BasePath
	to, below := ch.peer.upgrade.handlerURL(to, base, own)
	if !below {
		return answer{why: "the path isn't below Config.BasePath, which is " + base}
	}
	w := &response{header: make(http.Header)}
	defer v.door.close() // also where middleware calls runtime.Goexit
	err := ch.account.inPart(Span{Kind: SpanRouter, Name: v.purpose.String()}, func() error {
		r := ch.peer.upgrade.get(visitContext{ch.account.within(ch.ctx), v}, to)
		return guard("middleware", func() error { handler.ServeHTTP(w, r); return nil })
	})
	v.door.close()
	if v.err == nil {
		v.err = err
	}
	v.end()
	sent := w.sent()
	ch.peer.warnOfLostCookies(sent.cookies, v.shownPath(to.Path))
	return sent
}

// end gives a view that is there what was put into the flash since it
// came, and has no more taken.
func (v *visit) end() {
	if v.arrived && v.purpose != visitCheck {
		v.channel.view.page().flash.add(v.takeFlash())
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.over, v.params = true, nil // of middleware's context a view may keep the visit
}

// joinParams returns the parameters of a join that is under way.
func (v *visit) joinParams() map[string]json.RawMessage {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.params
}

var errNoHandler = errors.New("the http.Server that accepted the socket isn't in the context of its request: " +
	"either a middleware has replaced that, and should derive its own from c.Request.Context(), " +
	"or the server isn't net/http's; then set Config.Handler to the Gin engine")

var errForeignURL = errors.New("not a URL of this host")

// localURL takes path and query of an absolute URL that the client states,
// which must be one of the host that its socket was opened on, or of the allowed
// origin that the page is of: the host itself comes from the request, never from
// the message.
func (ch *channel) localURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, err
	}
	if !ch.peer.upgrade.isOwn(u) {
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
