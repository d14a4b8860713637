package liveview

import (
	"time"

	"github.com/gin-liveview/liveview/internal/clock"
	"github.com/gin-liveview/liveview/protocol"
)

// patch follows a patch link, or the back and forward buttons, to another URL
// of the view. One that leads elsewhere, or that the view doesn't follow, is
// answered with link_redirect, upon which the client leaves the view and navigates
// instead; a view that isn't left ends all the same.
func (ch *channel) patch(m message) error {
	p, err := ch.peer.decode.DecodeLivePatch(m.payload)
	if err != nil {
		return &badPushError{err}
	}
	v := &visit{channel: ch, purpose: visitPatch, navigation: NavigationPatch, began: time.Now()}
	page := ch.view.page()
	to, err := ch.localURL(p.URL)
	var w answer
	if err == nil && page.route.follows {
		page.flash.clearAll()
		w = v.travel(to)
	}
	switch {
	case v.err != nil:
		return v.err
	case v.arrived:
		ch.checked = clock.At(v.began)
		page.root.dirty = true // templates may show the URL
		return ch.flushReply(m.ref)
	case v.refused == "" && w.isTemporary():
		ch.reply(m.ref, nil) // the page is at the new URL, and joins there
		ch.account.came(OutcomePostponed, "", nil)
		ch.postpone(v.shownPath(to.Path), w)
		return nil
	default:
		ch.account.came(OutcomeRedirected, "", nil)
		ch.endNow(ending{cause: endElsewhere})
		ch.reply(m.ref, []byte(protocol.ResponseLinkRedirect))
		return nil
	}
}
