package liveview

import (
	"time"

	"github.com/gin-liveview/liveview/protocol"
)

// returning is the join of a page whose view is there, over another socket than it had.
type returning struct {
	peer    *peer
	topics  topics
	joinRef string
	ref     string // of the push
	payload []byte
}

// sender is whose share what comes behind it counts against.
func (r *returning) sender() *peer { return r.peer }

// refuge is where a view stays whose socket is lost.
type refuge interface {
	topics

	// visitor is who was at the other end.
	visitor() *peer

	// weigh says how many bytes the view's state takes.
	weigh(bytes int64)
}

// lose has the view go on without its socket, at r, until its page comes back. One that
// can't do that ends.
func (ch *channel) lose(r refuge) {
	ch.doneMounting() // of a join over that socket
	ch.store()
	if ch.away == nil {
		ch.away = &absence{}
	}
	ch.away.turns++
	ch.topics, ch.peer = r, r.visitor()
	ch.sender.Store(ch.peer)
	if ch.ctx.Err() != nil {
		return // it is about to end, as something that it depends on has
	}
	if ch.away.left != nil {
		return // it was lost before
	}
	if !ch.handing.CompareAndSwap(handOverAsked, handOverLater) && ch.handing.Load() == handOverDone {
		ch.endNow(ending{cause: endTransport}) // what there is of it is the page's
		return
	}
	if ch.view == nil || ch.away.alone || !ch.mayBeKept() {
		ch.depart(r)
		return
	}
	ch.note(Note{Kind: NoteViewLost})
	ch.tree.Reset()
	ch.live.forget()
	r.weigh(ch.view.size() + ch.live.size())
}

// depart ends a view that can't be kept, as it couldn't show its page again, and keeps what
// is restored of it, and of those that are nested in it. One that hasn't mounted yet leaves
// what it was to begin with.
func (ch *channel) depart(r refuge) {
	if family := ch.family.Load(); family != nil {
		family.depart()
	}
	if ch.view == nil && ch.past != nil && ch.past.awaits() != nil {
		ch.leaveAs(r, ch.past.awaits())
		return
	}
	if ch.view == nil || !ch.isSaved() {
		ch.endNow(ending{cause: endTransport})
		return
	}
	v, err := ch.save()
	if err != nil {
		page := ch.view.page()
		ch.app().config.Logger.Error("liveview: a view's state isn't kept; its page begins anew", append(errAttrs(err), "view", page.route.name, "route", page.pattern)...)
		ch.endNow(ending{cause: endTransport})
		return
	}
	ch.leaveAs(r, v)
	ch.live.endAll()
	ch.unmount()
}

// leaveAs keeps v in place of the view.
func (ch *channel) leaveAs(r refuge, v *savedView) {
	v.Version = ch.nextVersion()
	ch.away.left = v
	r.weigh(v.size())
}

// departWithParent has a nested view depart, at once if its socket is known to be lost, and
// otherwise when it is told so, as the one that it is nested in has been.
func (ch *channel) departWithParent() {
	if ch.away == nil {
		ch.away = &absence{}
	}
	ch.away.alone = true
	if r, ok := ch.topics.(refuge); ok && ch.away.left == nil {
		ch.depart(r)
	}
}

// mayBeKept reports whether what the page shows can be had again: data that TempAssign
// let go of, and the entries of streams, the server hasn't got. A view has them again by
// Reload, and a live component by its props.
func (ch *channel) mayBeKept() bool {
	return !ch.view.lacksData() && !ch.live.lackData()
}

// comeBack has the view go on over the socket by which its page joins again, if the page
// is the one that it was, and otherwise ends it, upon which the join is that of a new view.
func (ch *channel) comeBack(r *returning) error {
	ch.topics, ch.peer = r.topics, r.peer
	ch.sender.Store(r.peer)
	ch.doneMounting() // of a join before
	if ch.ctx.Err() != nil {
		return nil //nolint:nilerr // it is about to end, upon which the join is that of a new view
	}
	next, left := ch.wayBack(r)
	if next == nil {
		if left != nil {
			ch.topics.passOn(ch, left)
		}
		ch.endNow(ending{cause: endForgotten})
		return nil
	}
	ch.topics.viewComes(ch)
	ch.away.turns++
	next.nth = ch.away.turns
	if !ch.takeTurn(&ch.peer.mounts, ch.peer.config.MaxMounts, next) {
		return nil
	}
	return ch.goOn(next)
}

// wasElsewhere reports whether the page which joins has joined at another process since it
// lost the channel's view: there more may have happened to it.
func (ch *channel) wasElsewhere(j protocol.Join) bool { return joinsOf(j) > ch.joins.Load()+1 }

// wayBack returns where the page joins again, or, where the view couldn't be kept, what
// there is of it for the next one; nil for neither.
func (ch *channel) wayBack(r *returning) (next *joining, left *savedView) {
	j, err := ch.peer.decode.DecodeJoin(r.payload)
	if err != nil || ch.away == nil || ch.wasElsewhere(j) {
		return nil, nil
	}
	if ch.view == nil {
		return nil, ch.away.left
	}
	if next, ok := ch.joinedAgain(r, j); ok {
		return next, nil
	}
	return nil, nil
}

// joinedAgain returns where the page joins again, as far as its tokens let it.
func (ch *channel) joinedAgain(r *returning, j protocol.Join) (next *joining, ok bool) {
	p, page := ch.peer, ch.view.page()
	if p.browser == "" || p.browser != page.browser || p.revoked.Browser(p.browser) || j.Mounts() == 0 {
		return nil, false
	}
	v := &visit{channel: ch, purpose: visitCheck, navigation: NavigationRejoin, params: j.Params, chosen: j.FilesAgain()}
	next = &joining{ref: r.ref, visit: v, to: page.url.parse(), back: r.joinRef, joins: joinsOf(j)}
	if page.nest.isGuest() {
		return next, ch.isOfGuest(j)
	}
	token, err := verifyPage(p.signer, j.Session)
	if err != nil || token.browser != p.browser || token.id != viewID(ch.topic) || (j.URL == "") == (j.Redirect == "") {
		return nil, false
	}
	to, err := ch.localURL(j.URL + j.Redirect) // a page says how it was come to each time that it joins
	if err != nil {
		return nil, false
	}
	if pageURLAt(to) != page.url {
		v.purpose = visitPatch
		next.to = to
	}
	return next, v.purpose == visitCheck || page.route.follows
}

// isOfGuest reports whether a join is that of the guest that the view is.
func (ch *channel) isOfGuest(j protocol.Join) bool {
	p := ch.peer
	if t, err := verifyNested(p.signer, j.Session); err == nil {
		return t.browser == p.browser && ch.stay != nil && ch.stay.family.id == t.parent
	}
	t, err := verifySticky(p.signer, j.Session)
	return err == nil && t.browser == p.browser && t.id == viewID(ch.topic)
}

// goOn answers the join of a page that is back: nobody has been mounted, the route's
// middleware has been asked, and all that the page shows is sent again.
func (ch *channel) goOn(j *joining) error {
	if ch.away == nil || ch.away.turns != j.nth {
		return nil // its turn came too late
	}
	defer ch.doneMounting()
	ch.account.isOver(ch.peer.account, ch.ctx)
	return ch.account.inSpan(Span{Kind: SpanJoin, Navigation: NavigationRejoin}, func() error {
		err := ch.goOnNow(j)
		if err != nil {
			ch.joinCame(OutcomeCrashed, "", err)
		}
		return err
	})
}

// goOnNow is goOn, within its span.
func (ch *channel) goOnNow(j *joining) error {
	v := j.visit
	v.began = time.Now()
	w := v.travel(j.to)
	switch {
	case v.err != nil:
		return v.err
	case ch.ctx.Err() != nil:
		ch.joinCame(OutcomeGone, "", nil)
		return nil //nolint:nilerr // nobody waits for it
	case !v.arrived && w.isTemporary():
		if ch.stay != nil {
			ch.joins.Store(j.joins) // as it takes that for a join
			ch.guestFailedAs(j.back, j.ref)
		}
		ch.joinCame(OutcomePostponed, "", nil)
		ch.topics.waits(ch, j.back)
		return nil
	case !v.arrived:
		ch.joinCame(OutcomeGone, "", nil) // the join is that of a new view
		ch.endNow(ending{cause: endForgotten})
		return nil
	case !ch.topics.goesOn(ch, j.back):
		ch.joinCame(OutcomeGone, "", nil)
		return nil
	}
	ch.joins.Store(j.joins)
	asked := ch.away.move
	ch.away = nil
	ch.note(Note{Kind: NoteRestore, Cause: "kept"})
	page := ch.view.page()
	for _, u := range page.uploads() {
		ch.peer.conn.ExpectChunks(u.config.ChunkSize)
	}
	if err := ch.view.reload(); err != nil {
		return err
	}
	if err := ch.filesBack(v.chosen); err != nil {
		return err
	}
	if page.move == nil {
		page.move = asked
	}
	page.root.dirty, page.titleChanged = true, page.title != ""
	page.pushEvent(eventRestored, []byte("{}"))
	if err := ch.joined(j.ref, v); err != nil {
		return err
	}
	ch.live.endUnshown()
	return nil
}
