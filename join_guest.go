package liveview

import (
	"context"
	"strings"
	"time"

	"github.com/gin-liveview/liveview/protocol"
)

// join answers the client's phx_join: that of a page's own view, or of a guest on it.
func (ch *channel) join(m message) error {
	if ch.ctx.Err() != nil {
		return nil //nolint:nilerr // the client has gone, or joined anew, while this one was held
	}
	p := ch.peer
	j, err := p.decode.DecodeJoin(m.payload)
	if err != nil {
		ch.joinEnded(OutcomeRefused, protocol.ReasonJoinCrashed, nil)
		p.faults.warn("liveview: bad join, which the official client doesn't send", "err", err, "topic", ch.topic)
		return ch.refuseJoin(m.ref, protocol.AppendReason(nil, protocol.ReasonJoinCrashed))
	}
	if !strings.HasPrefix(ch.topic, protocol.TopicView) {
		ch.joinEnded(OutcomeRefused, protocol.ReasonUnmatchedTopic, nil)
		return ch.refuseJoin(m.ref, protocol.AppendReason(nil, protocol.ReasonUnmatchedTopic))
	}
	if isOwnViewID(viewID(ch.topic)) {
		return ch.joinPage(m.ref, j)
	}
	if t, err := verifyNested(p.signer, j.Session); err == nil {
		return ch.joinNested(m.ref, j, t)
	}
	if t, err := verifySticky(p.signer, j.Session); err == nil {
		return ch.joinSticky(m.ref, j, t)
	}
	return ch.refuseGuest(m.ref, "its token is none of a view within a page, or was signed with another Config.Secret, or too long ago")
}

// joinNested joins a nested view, which its parent, joined over the same socket, shows.
func (ch *channel) joinNested(ref string, j protocol.Join, t nestedToken) error {
	p := ch.peer
	if ch.isForeign(t.browser) {
		return ch.refuseGuest(ref, foreignGuest)
	}
	family := ch.topics.familyOf(t.parent)
	if family == nil {
		return ch.refuseGuest(ref, "the view that it is nested in isn't joined")
	}
	s, ok := family.join(viewID(ch.topic), &ch.mailbox)
	if !ok {
		return ch.refuseGuest(ref, "the view that it is nested in doesn't show it", "view", family.name)
	}
	ch.stay = &s
	ch.joinedBy(j)
	ch.topics.viewComes(ch)
	v := ch.visitOf(j)
	v.guest, v.token.browser = &nestedGuest{s}, p.browser
	if v.navigation = navigationOf(j); v.navigation != NavigationRejoin {
		v.shown, v.fresh = p.verifyStatic(staticOf(t.parent, s.child.id), j.Static)
	}
	next := &joining{ref: ref, visit: v, to: s.place.url.parse()}
	if pause := pauseAfter(s.failures); pause > 0 {
		next.waits = true
		timer := time.AfterFunc(pause, func() { _ = ch.post(message{kind: messageMount, info: next}) })
		context.AfterFunc(ch.ctx, func() { timer.Stop() })
		return nil
	}
	return ch.mountInTurn(next)
}

const foreignGuest = "the page was rendered for another browser, or its socket came without the browser's cookie"

// isForeign reports whether a guest's token is of another browser than the socket's.
func (ch *channel) isForeign(browser string) bool {
	return ch.peer.browser == "" || browser != ch.peer.browser || ch.peer.revoked.Browser(browser)
}

// joinSticky joins a sticky view.
func (ch *channel) joinSticky(ref string, j protocol.Join, t stickyToken) error {
	p := ch.peer
	if ch.isForeign(t.browser) || t.id != viewID(ch.topic) {
		return ch.refuseGuest(ref, foreignGuest)
	}
	ch.joinedBy(j)
	ch.topics.viewComes(ch)
	v := ch.visitOf(j)
	v.guest, v.token.browser = &stickyGuest{t}, p.browser
	v.navigation = NavigationJoin
	if j.Mounts() > 0 {
		v.navigation = NavigationRejoin
	} else {
		v.shown, v.fresh = p.verifyStatic(staticOf("", t.id), j.Static)
	}
	return ch.mountInTurn(&joining{ref: ref, visit: v, to: pageURL(t.url).parse()})
}

// pauseAfter is how long a nested view waits that has failed to join so often in a row,
// besides the second that the client waits: for less than the ten within which that
// wants an answer.
func pauseAfter(failures int) time.Duration {
	const longest = 3
	if failures < 2 {
		return 0
	}
	return time.Second<<min(failures-1, longest) - time.Second // 1, 3, 7 s
}
