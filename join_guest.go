package liveview

import (
	"context"
	"strings"
	"time"

	"github.com/gin-liveview/liveview/protocol"
)

// join answers the client's phx_join: that of a page's own view, which says where the page
// is, or of a guest on it.
func (ch *channel) join(m message) error {
	if ch.ctx.Err() != nil {
		return nil //nolint:nilerr // the client has gone, or joined anew, while this one was held
	}
	p := ch.peer
	j, err := p.decode.DecodeJoin(m.payload)
	if err != nil {
		p.faults.warn("liveview: bad join", "err", err, "topic", ch.topic)
		return ch.refuseJoin(m.ref, protocol.AppendReason(nil, protocol.ReasonJoinCrashed))
	}
	if !strings.HasPrefix(ch.topic, protocol.TopicView) {
		return ch.refuseJoin(m.ref, protocol.AppendReason(nil, protocol.ReasonUnmatchedTopic))
	}
	if j.URL != "" || j.Redirect != "" {
		return ch.joinPage(m.ref, j)
	}
	if t, err := verifyNested(p.signer, j.Session); err == nil {
		return ch.joinNested(m.ref, j, t)
	}
	if t, err := verifyPage(p.signer, j.Session); err == nil && t.id == viewID(ch.topic) {
		return ch.joinPage(m.ref, j) // which misses the URL
	}
	return ch.refuseGuest(m.ref, "its token is none of a view within a page, or was signed with another Config.Secret, or too long ago")
}

// joinNested joins a nested view, which its parent, joined over the same socket, shows.
func (ch *channel) joinNested(ref string, j protocol.Join, t nestedToken) error {
	p := ch.peer
	if p.browser == "" || t.browser != p.browser || p.revoked.Browser(t.browser) {
		return ch.refuseGuest(ref, "the page was rendered for another browser, or its socket came without the browser's cookie")
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
	ch.topics.viewComes(ch)
	v := &visit{channel: ch, guest: &nestedGuest{s}, params: j.Params, lost: j.FilesLost()}
	v.token.browser = p.browser
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
	return ch.takeTurn(next)
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
