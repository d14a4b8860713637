package liveview

import (
	"time"

	"github.com/gin-liveview/liveview/protocol"
)

// patch follows a patch link, or the back and forward buttons, to another URL
// of the view. One that leads elsewhere is answered with link_redirect, upon
// which the client navigates instead.
func (ch *channel) patch(m message) error {
	p, err := ch.peer.decode.DecodeLivePatch(m.payload)
	if err != nil {
		return err
	}
	v := &visit{channel: ch, purpose: visitPatch, began: time.Now()}
	s := ch.view.base()
	if to, err := ch.localURL(p.URL); err == nil {
		s.flash.clear()
		v.travel(to)
	}
	switch {
	case v.err != nil:
		return v.err
	case v.arrived:
		ch.checked = v.began
		s.dirty = true // templates may show the URL
		return ch.flushReply(m.ref)
	default:
		ch.reply(m.ref, []byte(protocol.ResponseLinkRedirect))
		return nil
	}
}
