package liveview

import (
	"time"

	"github.com/gin-liveview/liveview/internal/clock"
)

// stillEntitled reports whether the route's middleware lets the view's visitor
// pass, which is asked again once the answer is older than Config.Recheck: before
// the view acts for him, and before it shows him more.
//
// If not, the view ends. The socket may only be older than the browser's cookies,
// which change while a page is open: so it is closed, the client comes back with
// those of today, and what its join is then told is final. A failure that passes
// says nothing about the visitor; the page joins again, as after a crash.
func (ch *channel) stillEntitled() (bool, error) {
	every := ch.peer.config.Recheck
	now := time.Now()
	isFresh := every < 0 || clock.At(now).Sub(ch.checked) < every
	if missed := clock.Moment(ch.peer.recheckAll.Load()); isFresh && (missed == 0 || ch.checked > missed) {
		return true, nil
	}
	v := &visit{channel: ch, purpose: visitCheck, began: now}
	page := ch.view.page()
	if page.nest != nil && page.nest.parent != nil {
		page.settleIn(page.nest.parent.now()) // which may have been patched since
	}
	here := page.url.parse()
	w := v.travel(here)
	switch {
	case v.err != nil:
		return false, v.err
	case v.arrived:
		ch.checked = clock.At(now)
		return true, nil
	case v.refused == "" && w.isTemporary():
		ch.postpone(page.shownPath(), w)
	default:
		ch.topics.comeAgain()
	}
	return false, nil
}

// postpone ends the view, or the attempt to join it, until the URL's route can
// answer: the page stays as it is and joins again, after a longer pause each time. path is
// as operators may see it.
func (ch *channel) postpone(path string, w answer) {
	ch.peer.faults.warn("liveview: the route can't answer at present; its page joins again",
		"status", w.status, "path", path, "topic", ch.topic) // no query: it may hold secrets
	ch.endNow(ending{cause: endCrashed})
}
