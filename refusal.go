package liveview

import "github.com/gin-liveview/liveview/protocol"

// tooLarge is what a page says whose view has no HandleRefusal.
const tooLarge = "This is too much to be sent at once. Please shorten it."

// refusePush answers a push that is too large to be handled: so that nothing stays
// locked, and what the user typed stays where it is. The view, or the upload, is
// told.
func (ch *channel) refusePush(ref, event string, r *refusal) error {
	if ok, err := ch.stillEntitled(); err != nil || !ok {
		return err
	}
	page := ch.view.page()
	ch.account.came(OutcomeRefused, "MaxFrame", nil)
	ch.note(Note{Kind: NoteLimit, Cause: "MaxFrame"})
	ch.peer.faults.warn("liveview: a message was not handled: "+tooLargeHint, "size", r.why.Size, "limit", r.why.Limit, "err", r.why,
		"event", event, "name", r.head.Name, "view", page.route.name, "route", page.pattern)
	switch event {
	case protocol.EventEvent:
		if u := page.uploadByRef(r.head.Upload); u != nil {
			u.refuseAll()
			return ch.flushReply(ref)
		}
		e := Event{Name: r.head.Name, Type: r.head.Type}
		if e.Type == uploadEvent {
			e.Type = ""
		}
		if err := ch.tellRefusal(e, r.why); err != nil {
			return err
		}
		return ch.flushReply(ref)
	case protocol.EventAllowUpload:
		if err := ch.tellRefusal(Event{Type: uploadEvent}, r.why); err != nil {
			return err
		}
		return ch.replyUpload(ref, protocol.UploadReply{Rejected: true, Errors: []protocol.UploadError{{Reason: string(UploadTooManyFiles)}}})
	case protocol.EventProgress, protocol.EventCIDsWillDestroy, protocol.EventCIDsDestroyed:
		return ch.flushReply(ref)
	}
	ch.peer.conn.Write(protocol.AppendReply(nil, ch.joinRef, ref, ch.topic, false, protocol.AppendReason(nil, protocol.ReasonTooLarge)))
	return nil
}

// tellRefusal tells the view of an event that isn't handled, or else the user.
func (ch *channel) tellRefusal(e Event, why *LimitError) error {
	handled, err := ch.view.handleRefusal(e, why)
	if err != nil || handled {
		return err
	}
	page := ch.view.page()
	page.flash.set("error", tooLarge)
	page.refused, page.root.dirty = true, true
	return nil
}

// clearRefusal takes back what tellRefusal told the user: what came now is handled.
func (p *page) clearRefusal() {
	if p.refused {
		told := FlashMessage{"error", tooLarge}
		p.root.dirty = p.flash.clear(func(m FlashMessage) bool { return m == told }) || p.root.dirty
	}
	p.refused = false
}
