package liveview

import (
	"fmt"
	"math"
	"net/url"
	"time"

	"github.com/gin-liveview/liveview/internal/bufpool"
	"github.com/gin-liveview/liveview/internal/clock"
	"github.com/gin-liveview/liveview/internal/limit"
	"github.com/gin-liveview/liveview/protocol"
)

// joinPage answers the join of a page's own view. What it may learn of a refusal is where
// to go: a page token that isn't good, for whatever cause, means that the page
// is stale, and a route that isn't open means that the browser should ask for
// it by HTTP and see what it gets. A failure that passes is no refusal: it is
// answered as a crash, as a client that is refused loads the page at once.
func (ch *channel) joinPage(ref string, j protocol.Join) error {
	p := ch.peer
	token, err := verifyPage(p.signer, j.Session)
	switch {
	case err == nil && p.revoked.Browser(token.browser): // another tab's page, as a rule: no fault
		const why = "the browser has another identity since the page was rendered, by a log-in or log-out"
		p.config.Logger.Debug("liveview: join refused", "reason", protocol.ReasonStale, "why", why, "route", token.route)
		ch.joinEnded(OutcomeRefused, protocol.ReasonStale, nil)
		return ch.refuseJoin(ref, protocol.AppendRefusal(nil, protocol.ReasonStale, why))
	case p.browser == "":
		return ch.refuseJoinFor(ref, protocol.ReasonStale, "the socket came without the page's CSRF token, or without the browser's cookie: "+
			"does the browser keep the cookie "+browserCookie+" or "+secureBrowserCookie+"?")
	case err != nil || token.browser != p.browser || token.id != viewID(ch.topic):
		return ch.refuseJoinFor(ref, protocol.ReasonStale, "the page was rendered for another browser, with another Config.Secret, or too long ago")
	}
	token.browser, token.id = p.browser, viewID(ch.topic) // the same texts, which the view keeps: so the token's can go
	ch.joinedBy(j)
	if !ch.topics.beginsAnew(ch) {
		ch.endNow(ending{cause: endForgotten})
		return nil
	}
	ch.topics.viewComes(ch)
	v := ch.visitOf(j)
	v.token, v.sameURL, v.navigation = token, j.Redirect == "", navigationOf(j)
	v.shown, v.fresh = p.joinFlash(p.browser, token.id, j)
	to, err := ch.localURL(j.URL + j.Redirect)
	if err != nil || j.URL != "" && j.Redirect != "" {
		return ch.refuseJoinFor(ref, protocol.ReasonUnauthorized, "the page's URL isn't one of the host that its socket was opened on", "route", token.route)
	}
	return ch.mountInTurn(&joining{ref: ref, visit: v, to: to})
}

// visitOf returns what a join says of the view, whether it is the page's own or a guest.
func (ch *channel) visitOf(j protocol.Join) *visit {
	return &visit{channel: ch, params: j.Params, lost: j.FilesLost(), saved: ch.broughtBy(j)}
}

// joinedBy notes which page it is that joins, and how often it has joined before.
func (ch *channel) joinedBy(j protocol.Join) {
	ch.key.Store(j.PageKey())
	ch.joins.Store(joinsOf(j))
	before := uint32(min(j.JoinsBefore(), math.MaxInt32)) //nolint:gosec // it isn't negative
	if ch.stay != nil {
		before = ch.stay.family.before
	}
	if before > 0 {
		ch.own().before = before
	}
	if ch.account != nil {
		ch.account.ID = ch.subjectID()
	}
}

func joinsOf(j protocol.Join) uint32 { return uint32(min(j.Joins(), math.MaxInt32)) } //nolint:gosec // it isn't negative

// maxLookups is how many joins of an App's pages look at the same time for what there was of
// the views before: each takes a goroutine meanwhile. The others wait for their turn.
const maxLookups = 1000

// mountInTurn mounts a join, once it is its turn. One that may have had a view before looks
// first for what there is of that: while it waits for a store, or for other processes, it
// keeps nobody else from mounting.
func (ch *channel) mountInTurn(next *joining) error {
	if next.visit.navigation != NavigationRejoin || ch.peer.browser == "" {
		return ch.mountNext(next)
	}
	next.looks = true
	if !ch.takeTurn(&ch.peer.lookups, maxLookups, next) {
		return nil
	}
	return ch.lookUp(next)
}

// lookUp has a join find what there is of the view before, and then mounts it in its turn.
func (ch *channel) lookUp(next *joining) error {
	next.looks = false
	if ch.ctx.Err() != nil || ch.away != nil {
		return nil //nolint:nilerr // as in join, or its socket is lost
	}
	v := next.visit
	if v.saved = ch.newestOf(v.saved); v.saved != nil && ch.app().isDisconnected(v.saved) {
		v.saved = nil
	}
	if v.saved != nil {
		ch.own().found = v.saved
	}
	ch.doneMounting()
	return ch.mountNext(next)
}

func (ch *channel) mountNext(next *joining) error {
	if !ch.takeTurn(&ch.peer.mounts, ch.peer.config.MaxMounts, next) {
		return nil
	}
	return ch.mount(next)
}

// takeTurn reports whether it is a join's turn already, of which there are so many.
// Otherwise it comes by a messageMount.
func (ch *channel) takeTurn(of *limit.Turns, most int, next *joining) bool {
	turn, begun := of.Take(most, func() {
		_ = ch.post(message{kind: messageMount, info: next}) // a channel that has ended gives its turn back in tellClient
	})
	ch.turn = turn
	return begun
}

// navigationOf returns how the page came to be where it joins. After live navigation a
// page that joins again says so again.
func navigationOf(j protocol.Join) Navigation {
	switch {
	case j.Mounts() > 0:
		return NavigationRejoin
	case j.Redirect != "":
		return NavigationLive
	default:
		return NavigationJoin
	}
}

// joining is a join that is in order, and that may have to wait for its turn.
type joining struct {
	ref   string // of the client's push, to be answered
	visit *visit
	to    *url.URL
	waits bool   // for its turn to be taken
	looks bool   // its turn is the one to look for what there is of the view before
	back  string // joinRef of a page whose view is there; "" for all others
	nth   int    // of its view's turns, if it is such a page's
	joins uint32 // how often such a page says that it had joined before
}

// mount sends a join on its way, and answers it.
func (ch *channel) mount(j *joining) error {
	defer ch.doneMounting()                    // also where a callback calls runtime.Goexit
	if ch.ctx.Err() != nil || ch.away != nil { // as in lookUp
		return nil
	}
	return ch.account.inSpan(Span{Kind: SpanJoin, Navigation: j.visit.navigation}, func() error { return ch.mountNow(j) })
}

// mountNow is mount, within its span.
func (ch *channel) mountNow(j *joining) error {
	p, v := ch.peer, j.visit
	var plain *visit
	if v.saved != nil {
		plain = v.again()
		ch.own().found = nil
	}
	v.began = time.Now()
	w := v.travel(j.to)
	if v.spoilt {
		v, ch.own().dropped = plain, true
		v.began = time.Now()
		w = v.travel(j.to)
	}
	if !v.arrived {
		ch.doneMounting()
		if v.refused == "" && !v.restored && (v.err != nil || ch.ctx.Err() != nil || w.isTemporary()) { // the page joins again
			ch.putBack(v.saved)
		}
	}
	elsewhere := v.redirectTarget(w, j.to)
	if v.guest != nil && v.refused != "" {
		v.refused = protocol.ReasonJoinCrashed
	}
	switch {
	case v.err != nil:
		return ch.joinCrashed(j.ref, fmt.Errorf("joining %s: %w", v.shownPath(j.to.Path), v.err), v.names()...)
	case v.arrived:
		return ch.joined(j.ref, v)
	case ch.ctx.Err() != nil:
		ch.joinCame(OutcomeGone, "", nil)
		return nil //nolint:nilerr // the socket is about to be closed, upon which the page joins again
	case v.refused != "":
		return ch.refuseJoinFor(j.ref, v.refused, refusals[v.refused], "path", v.shownPath(j.to.Path), "route", v.token.route)
	case v.loads:
		elsewhere = &move{kind: moveHTTP, to: j.to}
		fallthrough
	case elsewhere != nil:
		ch.joinCame(OutcomeRedirected, "", nil)
		_, response, _ := elsewhere.message(p.flashFor(elsewhere, p.browser, append(v.brought(), v.takeFlash()...)))
		return ch.refuseJoin(j.ref, response)
	case w.isTemporary():
		if ch.stay != nil {
			ch.guestFailed(j.ref)
		}
		ch.joinCame(OutcomePostponed, "", nil)
		ch.postpone(v.shownPath(j.to.Path), w)
		return nil
	case v.guest != nil:
		return ch.refuseGuest(j.ref, v.failure(w), "path", v.shownPath(j.to.Path), "status", w.status)
	default:
		return ch.refuseJoinFor(j.ref, protocol.ReasonUnauthorized, v.failure(w), "path", v.shownPath(j.to.Path), "route", v.token.route,
			"status", w.status, "answer", w.errorText())
	}
}

// doneMounting gives the join's turn back, once. It comes before what is written:
// a browser that doesn't read must not keep others waiting for their turn.
func (ch *channel) doneMounting() {
	ch.turn.Done()
	ch.turn = nil
}

// refuseJoin answers a join that comes to no view.
func (ch *channel) refuseJoin(ref string, response []byte) error {
	ch.peer.conn.Write(protocol.AppendReply(nil, ch.joinRef, ref, ch.topic, false, response))
	ch.endNow(ending{cause: endRefused})
	return nil
}

// refuseJoinFor is refuseJoin with a reason of the protocol's, and tells operator
// and browser why. The browser is told no more than it could find out by HTTP.
func (ch *channel) refuseJoinFor(ref, reason, why string, attrs ...any) error {
	attrs = append([]any{"reason", reason, "why", why}, attrs...)
	ch.joinEnded(OutcomeRefused, reason, nil)
	ch.peer.faults.warn("liveview: join refused", attrs...)
	ch.showProblem("", true, "liveview: join refused", attrs)
	return ch.refuseJoin(ref, protocol.AppendRefusal(nil, reason, why))
}

// refusals say why a live route that a join has reached isn't for it.
var refusals = map[string]string{
	protocol.ReasonStale:        "the user isn't the one that the page was rendered for, or has been disconnected",
	protocol.ReasonJoinCrashed:  "the route, or its user, isn't the one that the page has come to",
	protocol.ReasonUnauthorized: "the route isn't the one that the page was rendered for, or is one of another live session",
}

// joined carries out where the new view wants its page to go and answers the
// join.
func (ch *channel) joined(ref string, v *visit) error {
	page, p := ch.view.page(), ch.peer
	ch.checked = clock.At(v.began)
	if ch.view.saves() {
		ch.noteSaved()
	}
	if v.restored {
		page.pushEvent(eventRestored, []byte("{}"))
	}
	if ch.past != nil && ch.past.dropped {
		ch.past.dropped = false
		ch.note(Note{Kind: NoteRestore, Cause: "dropped"})
		page.pushEvent(eventDropped, []byte("{}"))
	}
	var patched *protocol.LivePatchPush
	for range maxMoves {
		m := page.takeMove()
		if m == nil {
			ch.doneMounting()
			if err := ch.view.awaitLoads(ch.view.takeLoad); err != nil {
				return ch.joinCrashed(ref, err)
			}
			if page.move != nil {
				continue
			}
			p.moves.Store(0)
			return ch.sendJoined(ref, v.navigation, patched)
		}
		if m.kind == movePatch {
			elsewhere, err := ch.travelPatch(m)
			if err != nil {
				return ch.joinCrashed(ref, err)
			}
			if elsewhere == nil {
				patched = &protocol.LivePatchPush{To: m.target(), Kind: m.history()}
				continue
			}
			m = elsewhere
		}
		if m.kind == moveLive && p.moves.Add(1) > maxMoves {
			break
		}
		ch.doneMounting()
		ch.joinCame(OutcomeRedirected, "", nil)
		_, response, _ := m.message(p.flashFor(m, p.browser, page.flash.put()))
		return ch.refuseJoin(ref, response)
	}
	return ch.joinCrashed(ref, fmt.Errorf("joining %s: %w", page.shownPath(), errMoves))
}

// joinCrashed answers a join whose view could not be mounted or rendered. attrs say which
// it is, where the channel hasn't got it.
func (ch *channel) joinCrashed(ref string, err error, attrs ...any) error {
	ch.doneMounting()
	if ch.past != nil && ch.past.given {
		ch.forgo() // it would come to the same again
	}
	err = ch.fault(err)
	ch.joinEnded(OutcomeCrashed, "", err)
	if ch.view == nil && err != nil {
		ch.logCrash(ending{err: err, by: attrs, took: ch.took()}, nil) // where there is a view, finish does it, and names it
		err = nil
	}
	if !isOwnViewID(viewID(ch.topic)) {
		if ch.stay != nil { // or nobody waits for it, and the client tries again, after a longer pause each time
			ch.guestFailed(ref)
		}
		ch.endNow(ending{cause: endCrashed, err: err, took: ch.took()})
		return nil
	}
	ch.peer.conn.Write(protocol.AppendReply(nil, ch.joinRef, ref, ch.topic, false, protocol.AppendReason(nil, protocol.ReasonJoinCrashed)))
	ch.endNow(ending{cause: endRefused, err: err, took: ch.took()})
	return nil
}

// sendJoined sends the whole page, which the client then holds, and the URL
// that it was patched to meanwhile, if it was.
func (ch *channel) sendJoined(ref string, came Navigation, patched *protocol.LivePatchPush) error {
	buf := bufpool.Frames.Get()
	defer bufpool.Frames.Put(buf)
	buf.B = protocol.AppendReplyHead(buf.B, ch.joinRef, ref, ch.topic, true)
	buf.B = append(buf.B, `{"rendered":{`...)
	page := ch.view.page()
	page.flash.show()
	if page.files != nil {
		page.files.lost = nil
	}
	defer ch.live.settled()
	var err error
	if buf.B, err = ch.appendDiff(buf.B, page); err != nil {
		return ch.joinCrashed(ref, err)
	}
	buf.B = append(buf.B, '}')
	if patched != nil {
		buf.B = patched.AppendJSON(append(buf.B, `,"live_patch":`...))
	}
	if came == NavigationLive { // the element is still that of the view before
		buf.B = append(append(buf.B, `,"container":`...), page.route.element.json...)
	}
	buf.B = append(buf.B, `,"liveview_version":`...)
	buf.B = protocol.AppendString(buf.B, ch.peer.client.Version)
	buf.B = append(buf.B, '}')
	buf.B = protocol.AppendReplyTail(buf.B)
	ch.joinCame(OutcomeOK, "", nil)
	ch.send(buf.B)
	if ch.stay != nil {
		ch.stay.failed(false)
	}
	return ch.afterFrame()
}

// refuseGuest answers the join of a guest that may not be here. It isn't told as a page
// is: upon "stale" and "unauthorized" the client loads the whole page anew
// (phoenix_live_view/assets/js/phoenix_live_view/view.ts, onJoinError).
func (ch *channel) refuseGuest(ref, why string, attrs ...any) error {
	return ch.refuseJoinFor(ref, protocol.ReasonJoinCrashed, why, append(attrs, "topic", ch.topic)...)
}

// guestFailed answers the join of a guest that came to no view. The official client shows
// nothing of a page before all that is nested in it has joined, and gives up the page
// if one can't (view.ts, onJoinComplete and onJoinError). So the view joins, empty, and crashes: upon
// that the client has it alone join again.
func (ch *channel) guestFailed(ref string) { ch.guestFailedAs(ch.joinRef, ref) }

func (ch *channel) guestFailedAs(joinRef, ref string) {
	ch.stay.failed(true)
	buf := bufpool.Frames.Get()
	defer bufpool.Frames.Put(buf)
	buf.B = protocol.AppendReplyHead(buf.B, joinRef, ref, ch.topic, true)
	buf.B = append(buf.B, `{"rendered":{"s":[""]},"liveview_version":`...)
	buf.B = protocol.AppendString(buf.B, ch.peer.client.Version)
	buf.B = append(buf.B, '}')
	buf.B = protocol.AppendReplyTail(buf.B)
	ch.peer.conn.Write(buf.B)
}
