package liveview

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/gin-liveview/liveview/internal/clock"
	"github.com/gin-liveview/liveview/internal/rescue"
	"github.com/gin-liveview/liveview/protocol"
)

// actor works off a channel's mailbox: one case for each kind of message.
type actor struct{ *channel }

// newChannel returns the channel that f asks p to join, held until its queue is
// released. It stands here, not in channel.go, as it names the actor. Room for its
// message has been reserved.
func newChannel(p *peer, t topics, f protocol.Frame) *channel {
	ch := &channel{topics: t}
	ch.peer, ch.joinRef, ch.topic = p, f.JoinRef, f.Topic
	ch.sender.Store(p)
	ch.ctx, ch.cancel = context.WithCancelCause(p.upgrade.values)
	ch.openAccount()
	ch.queue.Init(&p.pool, actor{ch}, true)
	_ = ch.postEvent(message{kind: messageJoin, ref: f.Ref, payload: append([]byte(nil), f.Payload...)}) // there is room for the first
	return ch
}

// Handle acts on one message. What goes wrong ends the view.
func (a actor) Handle(m message) {
	a.peer.conn.Wake() // there is room in the mailbox for another message
	if cost := m.cost(); cost > 0 {
		defer a.peer.release(cost)
	}
	if a.isFinished() {
		return
	}
	if m.kind == messageEnd {
		if a.past != nil {
			a.putBack(a.past.found) // whose turn to mount didn't come in time for the client
		}
		a.finish()
		return
	}
	a.began = clock.Now()
	var err error
	if s := a.spanOf(&m); s.Kind != 0 && a.view != nil {
		a.app().counts.message(s.Kind)
		err = a.handleTold(m, s)
	} else {
		err = a.handle(m)
	}
	if s := a.app().saver; s != nil && m.kind != messageSave && m.kind != messageInspect && a.isSaved() {
		s.note(a.channel)
	}
	if err != nil {
		a.endNow(ending{cause: endCrashed, err: a.fault(err), by: a.logged(m), took: a.took()})
	}
}

// handleTold is handle, in the span that m is told as, if somebody wants to know.
func (a actor) handleTold(m message, s Span) error {
	if a.account == nil {
		return a.handle(m)
	}
	s.Waiting = a.queue.Len()
	return a.account.inSpanFrom(s, a.began, func() error { return a.handle(m) })
}

// logged says what m is, as attributes of a log line.
func (a actor) logged(m message) []any {
	switch m.kind {
	case messageEvent:
		if m.event != protocol.EventEvent {
			return []any{"event", m.event}
		}
		if e, err := decodeEvent(a.peer.decode, m.payload); err == nil {
			return []any{"event", e.String()}
		}
	case messageInfo:
		return []any{"info", fmt.Sprintf("%T", m.info)}
	case messageLoad:
		return []any{"field", m.info.(*load).field}
	}
	return nil
}

// Lost ends a view that was lost in a callback's runtime.Goexit, or in a panic
// outside of the callbacks, in a template's rendering for instance.
func (a actor) Lost(value any, stack []byte) {
	err := &rescue.Panic{What: "serving the view", Value: value, Stack: stack}
	if a.isFinished() { // it was lost in its end, by a Shutdown for instance
		a.logCrash(ending{err: err}, nil)
		return
	}
	a.endNow(ending{cause: endCrashed, err: err})
}

// Rest lets a socket go that waited for it. The view may be at work again, and on its way
// to another socket.
func (a actor) Rest() {
	if socket := a.sender.Load().socket; socket != nil {
		socket.rested()
	}
}

// handle runs the callback that m is for and sends what came of it. An error
// ends the view.
func (a actor) handle(m message) error {
	switch m.kind {
	case messageJoin:
		return a.join(m)
	case messageMount:
		switch j := m.info.(*joining); {
		case j.waits:
			j.waits = false
			return a.mountInTurn(j)
		case j.looks:
			return a.lookUp(j)
		case j.back != "":
			return a.goOn(j)
		default:
			return a.mount(j)
		}
	case messageLost:
		a.lose(m.info.(refuge))
		return nil
	case messageDepart:
		a.departWithParent()
		return nil
	case messageReturn:
		return a.comeBack(m.info.(*returning))
	case messageHandOver:
		a.handOver()
		return nil
	case messageSave:
		a.store()
		return nil
	case messageGive:
		a.give(m.info.(*giving))
		return nil
	case messageInspect:
		a.inspect(m.info.(*inspection))
		return nil
	case messageUpload: // also without a view: a chunk may have to be answered
		a.notices.Add(-1)
		return a.fileNotice(m.info.(uploadNotice))
	case messageLoad:
		a.results.Add(-1)
	}
	if a.handing.Load() == handOverDone {
		return nil // it would be lost: what comes now isn't in the state any more
	}
	if a.view == nil { // its join failed, or is the next to fail, or waits for its turn
		if m.kind == messageEvent || m.kind == messageRefusal {
			a.peer.conn.Write(protocol.AppendReply(nil, a.joinRef, m.ref, a.topic, false, protocol.AppendReason(nil, protocol.ReasonUnmatchedTopic)))
		}
		return nil
	}
	if a.past != nil && a.past.brought != "" {
		a.spend()
	}
	switch m.kind {
	case messageLive:
		to := m.info.(*liveMessage)
		return a.callComponent(a.live.named(to.to), to.do)
	case messageEvent:
		return a.handlePush(m)
	case messageRefusal:
		return a.refusePush(m.ref, m.event, m.info.(*refusal))
	case messageInfo:
		if m.from != nil && m.from.isOver() {
			return nil // the view has unsubscribed since
		}
		if m.cid != 0 {
			return a.callComponent(a.live.numbered(m.cid), func(c liveComponent) error { return c.handleInfo(m.info) })
		}
		if missed, ok := m.info.(Missed); ok {
			a.note(Note{Kind: NoteMissed, Name: missed.Topic})
		}
		if ok, err := a.stillEntitled(); err != nil || !ok {
			return err
		}
		if err := a.view.handleInfo(m.info); err != nil {
			return err
		}
		return a.flushPush()
	case messageTick:
		t := m.info.(*ticker)
		if t.stopped() {
			return nil
		}
		if m.cid != 0 {
			return a.callComponent(a.live.numbered(m.cid), func(liveComponent) error {
				defer t.arm()
				return a.view.page().guard("Repeat", t.run)
			})
		}
		if ok, err := a.stillEntitled(); err != nil || !ok {
			return err
		}
		if err := a.view.page().guard("Repeat", t.run); err != nil {
			return err
		}
		t.arm()
		return a.flushPush()
	case messageLoad:
		return a.takeLoad(m.info.(*load))
	case messageTemplates:
		return a.followTemplates(m.info.(string))
	}
	return nil
}

// followTemplates shows the view as its templates have it now, and the developer what is
// wrong with one.
func (a actor) followTemplates(wrong string) error {
	a.view.page().root.dirty = true
	a.live.changedAll()
	if err := a.flushPush(); err != nil || a.away != nil {
		return err
	}
	a.showTemplateProblem(wrong)
	return nil
}

// takeLoad shows what came of a load, unless nobody waits for it any more.
func (a actor) takeLoad(l *load) error {
	if l.isOver() {
		return nil
	}
	if l.cid != 0 {
		return a.callComponent(a.live.numbered(l.cid), func(c liveComponent) error { return c.takeLoad(l) })
	}
	if ok, err := a.stillEntitled(); err != nil || !ok {
		return err
	}
	if err := a.view.takeLoad(l); err != nil {
		return err
	}
	if isPanic(l.fault) {
		a.showProblem("", false, loadPanicked, l.attrs())
	}
	return a.flushPush()
}

// handlePush acts on what the client sent. Each push is answered with status
// ok, or the element that sent it stays locked; what can't be served ends the
// view instead (phoenix_live_view/assets/js/phoenix_live_view/view.ts,
// pushWithReply).
func (a actor) handlePush(m message) error {
	switch m.event {
	case protocol.EventEvent, protocol.EventAllowUpload, protocol.EventProgress: // a patch asks the middleware anyhow
		if ok, err := a.stillEntitled(); err != nil || !ok {
			return err
		}
	}
	err := a.act(m)
	if err == nil {
		return nil
	}
	if bad, ok := rescue.Find[*badPushError](err); ok && errors.Is(bad.err, protocol.ErrLimit) {
		why := &LimitError{Size: len(m.payload), Limit: a.peer.config.MaxFrame, cause: bad.err}
		return a.refusePush(m.ref, m.event, &refusal{head: a.peer.decode.DecodeEventHead(m.payload), why: why})
	}
	return err
}

// act carries out what the client sent. It returns a *badPushError for what it can't
// decode, and has done nothing then.
func (a actor) act(m message) error {
	switch m.event {
	case protocol.EventEvent:
		e, err := decodeEvent(a.peer.decode, m.payload)
		if err != nil {
			return &badPushError{err}
		}
		if a.peer.config.Sentence != nil {
			e.say, e.locale = a.view.page().sentence, a.view.page().locale()
		}
		a.view.page().filesChosen(e.raw.Uploads)
		if mayBeSigned(m.payload) {
			return a.handleSigned(m, e)
		}
		return a.handleEvent(m.ref, e)
	case protocol.EventLivePatch:
		return a.patch(m)
	case protocol.EventAllowUpload:
		return a.allowUpload(m)
	case protocol.EventProgress:
		return a.uploadProgress(m)
	case protocol.EventCIDsWillDestroy, protocol.EventCIDsDestroyed:
		cids, err := a.peer.decode.DecodeCIDs(m.payload)
		if err != nil {
			return &badPushError{err}
		}
		return a.componentsGo(m.ref, m.event, cids)
	}
	return &badPushError{fmt.Errorf("the client sent %q, which this view doesn't take", m.event)}
}

// handleSigned is handleEvent for an event that may have signed values. With a signature
// that isn't right, nobody gets it.
func (a actor) handleSigned(m message, e Event) error {
	bound := a.view.page().signedFor()
	if c := a.live.numbered(e.raw.CID); c != nil {
		bound.component = c.kindOf().label()
	}
	payload, signed, err := bound.openPayload(a.peer.signer, m.payload)
	if err != nil {
		a.tellUnhandled(m.ref, e, &unhandledError{why: err.Error()})
		a.reply(m.ref, nil)
		return nil //nolint:nilerr // the operator is told
	}
	if e, err = decodeEvent(a.peer.decode, payload); err != nil {
		return &badPushError{err}
	}
	e.signed = signed
	return a.handleEvent(m.ref, e)
}

// handleEvent runs an event's callback, unless it is one of the protocol's own
// or the view's Authorize refuses it. An event that nobody has a callback
// for is answered all the same, as the client keeps an element locked that
// isn't, and told to the operator.
func (a actor) handleEvent(ref string, e Event) error {
	page := a.view.page()
	switch {
	case e.Name == "lv:clear-flash":
		// phx-value-key, or the value of a JS command, names the one to clear
		// (phoenix_live_view/lib/phoenix_live_view/channel.ex).
		cleared := false
		if kind := e.Value("key"); kind != "" {
			cleared = page.flash.clearKind(kind)
		} else {
			cleared = page.flash.clearAll()
		}
		page.root.dirty = cleared || page.root.dirty
		return a.flushReply(ref)
	case e.Name == protocol.EventUnlock:
		return a.flushReply(ref)
	case e.Name == protocol.EventEmptyFiles:
		files, err := a.peer.decode.DecodeEmptyFiles(e.raw.Value)
		if err != nil {
			return &badPushError{err}
		}
		page.emptyFilesChosen(files)
		return a.flushReply(ref)
	case e.Name == protocol.EventFilesLost:
		names, err := a.peer.decode.DecodeFilesLost(e.raw.Value)
		if err != nil {
			return &badPushError{err}
		}
		page.filesGone(names)
		return a.flushReply(ref)
	case strings.HasPrefix(e.Name, "lv:"):
		a.tellUnhandled(ref, e, &unhandledError{why: "names that start with lv: are the protocol's own"})
		a.reply(ref, nil)
		return nil
	}
	if page.app.posted.Handles(page.id, e.Name) {
		return a.flushReply(ref) // its form was posted before the page came to be live, and this is a second click
	}
	page.clearRefusal()
	if e.raw.CID != 0 {
		return a.handleComponentEvent(ref, e)
	}
	err := a.view.handleEvent(e)
	if unhandled, ok := rescue.Find[*unhandledError](err); ok {
		a.tellUnhandled(ref, e, unhandled)
		err = nil
	}
	if err != nil {
		return err
	}
	return a.flushReply(ref)
}
