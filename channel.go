package liveview

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/gin-liveview/liveview/internal/engine"
	"github.com/gin-liveview/liveview/protocol"
)

// channel is one joined view: the actor that owns its state, what the client
// holds of it, and the order in which things happen to it.
//
// Everything reaches it through its mailbox, first in first out. While there is
// something in it, one goroutine, run, works it off; an idle channel has no
// goroutine. run is the only one that calls the view's callbacks and the only
// reader and writer of the fields it owns, so these need no lock.
type channel struct {
	transport *transport
	topic     string
	joinRef   string

	ctx    context.Context // ends when the channel is told to end
	cancel context.CancelCauseFunc

	mu      sync.Mutex // guards the fields below; held for no callback and no I/O
	mailbox []message
	held    bool     // run must wait: the topic's former channel hasn't ended
	running bool     // run is at work, or about to be
	ends    []ending // set: nothing more is accepted; further ones add their then
	ended   bool     // run has finished for good

	// Owned by run.
	view     liveView // nil until joined
	tree     engine.Tree
	template *engine.Template // what tree was last rendered with
	checked  time.Time        // when the route's middleware last let the visitor pass
}

// message is one thing that happens to a view.
type message struct {
	kind    messageKind
	event   string // messageEvent: the protocol's event
	ref     string // of the client's push, to be answered
	payload []byte
	info    any
	ticker  *ticker
}

type messageKind uint8

const (
	messageJoin   messageKind = iota
	messageEvent              // a push of the client
	messageInfo               // for HandleInfo
	messageTick               // of a Repeat
	messageUpload             // an uploadNotice
	messageEnd                // the last one
)

// ending says how a channel ends.
type ending struct {
	cause endCause
	ref   string // endLeft: the client's push, to be answered
	err   error  // endCrashed
	then  func() // called when all is over
}

type endCause uint8

const (
	endLeft      endCause = iota // the client left
	endReplaced                  // the client joined the topic anew
	endMoved                     // the view sent its page elsewhere
	endCrashed                   // a callback failed, or the mailbox ran over
	endRefused                   // the join failed; its reply said so
	endTransport                 // the connection is lost
)

var errChannelEnded = errors.New("liveview: the view has ended")

// newChannel returns the channel that f asks to join, held until release.
func newChannel(t *transport, f protocol.Frame) *channel {
	join := message{kind: messageJoin, ref: f.Ref, payload: append([]byte(nil), f.Payload...)}
	ch := &channel{transport: t, topic: f.Topic, joinRef: f.JoinRef, held: true, mailbox: []message{join}}
	ch.ctx, ch.cancel = context.WithCancelCause(t.upgrade.values)
	return ch
}

// receive takes a frame of the client's, whose payload it copies, and reports
// whether it did: a channel that ends takes none but a leave.
func (ch *channel) receive(f protocol.Frame) bool {
	if f.Event == protocol.EventLeave {
		ch.end(ending{cause: endLeft, ref: f.Ref})
		return true
	}
	payload := append(make([]byte, 0, len(f.Payload)), f.Payload...)
	return !errors.Is(ch.post(message{kind: messageEvent, event: f.Event, ref: f.Ref, payload: payload}), ErrEnded)
}

// post puts m into the mailbox. It never blocks. A view that has let its
// mailbox run over is ended with an error: dropping a message would leave it
// with a wrong state and nobody knowing.
func (ch *channel) post(m message) error {
	ch.mu.Lock()
	if len(ch.ends) > 0 {
		ch.mu.Unlock()
		return ErrEnded
	}
	if len(ch.mailbox) >= MailboxSize {
		ch.mu.Unlock()
		ch.endNow(ending{cause: endCrashed, err: fmt.Errorf("%w: %d messages wait", ErrMailboxFull, MailboxSize)})
		return ErrMailboxFull
	}
	ch.mailbox = append(ch.mailbox, m)
	ch.wake()
	ch.mu.Unlock()
	return nil
}

// end lets the view work off what it has been sent so far and then ends it.
func (ch *channel) end(e ending) { ch.endWith(e, false) }

// endNow is end without what still waits in the mailbox.
func (ch *channel) endNow(e ending) { ch.endWith(e, true) }

func (ch *channel) endWith(e ending, drop bool) {
	ch.mu.Lock()
	if ch.ended {
		ch.mu.Unlock()
		if e.then != nil {
			e.then()
		}
		return
	}
	first := len(ch.ends) == 0
	ch.ends = append(ch.ends, e)
	if drop {
		ch.mailbox = nil
	}
	if drop || first {
		ch.mailbox = append(ch.mailbox, message{kind: messageEnd})
		ch.wake()
	}
	ch.mu.Unlock()
	if e.cause != endLeft {
		// A callback that is at work learns that nobody waits for it.
		ch.cancel(errChannelEnded)
	}
}

// wake has run started if it isn't at work; mu is held. Nobody waits for run:
// it ends when the mailbox is empty.
func (ch *channel) wake() {
	if !ch.running && !ch.held && len(ch.mailbox) > 0 {
		ch.running = true
		ch.transport.endpoint.workers.run(ch)
	}
}

// release lets a held channel begin.
func (ch *channel) release() {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	ch.held = false
	ch.wake()
}

// run works off the mailbox.
func (ch *channel) run() {
	returned := false
	defer func() {
		if returned {
			return
		}
		// A callback called runtime.Goexit, as t.FailNow does: this goroutine
		// is lost, the channel must not be.
		ch.endNow(ending{cause: endCrashed, err: &callbackError{callback: "a callback", stack: debug.Stack()}})
		ch.transport.endpoint.workers.run(ch)
	}()
	for {
		ch.mu.Lock()
		if len(ch.mailbox) == 0 {
			if cap(ch.mailbox) > 8 {
				ch.mailbox = nil
			}
			ch.running = false
			ch.mu.Unlock()
			break
		}
		m := ch.mailbox[0]
		// The queue is short nearly always, so moving it up is cheaper than a
		// ring, and keeps nothing alive.
		n := copy(ch.mailbox, ch.mailbox[1:])
		ch.mailbox[n] = message{}
		ch.mailbox = ch.mailbox[:n]
		ch.mu.Unlock()

		if m.kind == messageEnd {
			ch.finish()
			break
		}
		if err := ch.handleGuarded(m); err != nil {
			ch.endNow(ending{cause: endCrashed, err: err})
		}
	}
	returned = true
	if ch.transport.leaving.Load() {
		ch.transport.leaveIfIdle()
	}
}

// handleGuarded is handle with a panic outside of the application's callbacks,
// in a template's rendering for instance, turned into an error as well.
func (ch *channel) handleGuarded(m message) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &callbackError{"serving the view", v, debug.Stack()}
		}
	}()
	return ch.handle(m)
}

// handle runs the callback that m is for and sends what came of it. An error
// ends the view.
func (ch *channel) handle(m message) error {
	switch m.kind {
	case messageJoin:
		return ch.join(m)
	case messageEvent:
		if ch.view == nil {
			return nil
		}
		return ch.handlePush(m)
	case messageInfo:
		if ch.view == nil {
			return nil
		}
		if err := ch.view.handleInfo(m.info); err != nil {
			return err
		}
		return ch.flush("")
	case messageUpload:
		return ch.handleUpload(m.info.(uploadNotice))
	case messageTick:
		if m.ticker.stopped() {
			return nil
		}
		if err := guard("Repeat", m.ticker.run); err != nil {
			return err
		}
		m.ticker.arm()
		return ch.flush("")
	}
	return nil
}

// handlePush acts on what the client sent. Each push is answered with status
// ok, or the element that sent it stays locked; what can't be served ends the
// view instead (phoenix_live_view/assets/js/phoenix_live_view/view.ts,
// pushWithReply).
func (ch *channel) handlePush(m message) error {
	switch m.event {
	case protocol.EventEvent, protocol.EventAllowUpload, protocol.EventProgress: // a patch asks the middleware anyhow
		if ok, err := ch.stillEntitled(m.ref); err != nil || !ok {
			return err
		}
	}
	switch m.event {
	case protocol.EventEvent:
		e, err := decodeEvent(m.payload)
		if err != nil {
			return err
		}
		ch.view.base().chosen(e.raw.Uploads)
		return ch.handleEvent(m.ref, e)
	case protocol.EventLivePatch:
		return ch.patch(m)
	case protocol.EventAllowUpload:
		return ch.allowUpload(m)
	case protocol.EventProgress:
		return ch.uploadProgress(m)
	case protocol.EventCIDsWillDestroy:
		ch.reply(m.ref, nil)
		return nil
	case protocol.EventCIDsDestroyed:
		ch.reply(m.ref, []byte(`{"cids":[]}`))
		return nil
	}
	return fmt.Errorf("the client sent %q, which this view doesn't take", m.event)
}

// handleEvent runs an event's callback, unless it is one of the protocol's own
// or the view's Authorize refuses it. An event that nobody has a callback
// for is answered all the same, as the client keeps an element locked that
// isn't, and told to the operator.
func (ch *channel) handleEvent(ref string, e Event) error {
	s := ch.view.base()
	switch {
	case e.Name == "lv:clear-flash":
		// phx-value-key, or the value of a JS command, names the one to clear
		// (phoenix_live_view/lib/phoenix_live_view/channel.ex).
		var kinds []string
		if kind := e.Value("key"); kind != "" {
			kinds = append(kinds, kind)
		}
		s.dirty = s.flash.clear(kinds...) || s.dirty
		return ch.flush(ref)
	case strings.HasPrefix(e.Name, "lv:"):
		ch.refuseEvent(ref, e, "names that start with lv: are the protocol's own")
		return nil
	}
	if err := ch.view.authorize(e); err != nil {
		if pe := (*callbackError)(nil); errors.As(err, &pe) {
			return err
		}
		ch.transport.endpoint.config.Logger.Warn("liveview: event refused", "event", e.String(), "err", err,
			"view", s.route.name, "route", s.pattern)
		return ch.flush(ref)
	}
	err := ch.view.handleEvent(e)
	if errors.Is(err, errNoHandler) {
		ch.refuseEvent(ref, e, err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	return ch.flush(ref)
}

// refuseEvent answers an event that no page of ours sends.
func (ch *channel) refuseEvent(ref string, e Event, why string) {
	s := ch.view.base()
	ch.transport.endpoint.config.Logger.Warn("liveview: event not handled: "+why, "event", e.String(),
		"view", s.route.name, "route", s.pattern)
	ch.reply(ref, nil)
}

// flush renders if the last callback changed something, and sends what came
// of it: as the reply to the client's push ref, or by itself if ref is empty.
// Nothing to say means an empty reply, or nothing at all.
func (ch *channel) flush(ref string) error {
	s := ch.view.base()
	if s.move != nil {
		if stays, err := ch.flushMove(ref); err != nil || !stays {
			return err
		}
	}
	s.flash.put = nil
	buf := getBuffer()
	defer putBuffer(buf)
	frame := buf.b
	if ref != "" {
		frame = protocol.AppendReplyHead(frame, ch.joinRef, ref, ch.topic, true)
		frame = append(frame, `{"diff":{`...)
	} else {
		frame = protocol.AppendPushHead(frame, ch.joinRef, ch.topic, protocol.EventDiff)
		frame = append(frame, '{')
	}
	start := len(frame)
	frame, err := ch.appendDiff(frame, s)
	buf.b = frame
	if err != nil {
		return err
	}
	changed := len(frame) > start
	switch {
	case ref != "" && !changed:
		ch.reply(ref, nil)
	case ref != "":
		frame = append(frame, '}', '}')
		frame = protocol.AppendReplyTail(frame)
		ch.transport.write(frame)
	case changed:
		frame = append(frame, '}')
		frame = protocol.AppendPushTail(frame)
		ch.transport.write(frame)
	}
	buf.b = frame
	return ch.afterRender()
}

// appendDiff appends the members of the diff object that the client lacks:
// page, title, pushed events and a hook's reply.
func (ch *channel) appendDiff(frame []byte, s *socketBase) ([]byte, error) {
	start := len(frame)
	if s.dirty {
		s.dirty = false
		r, err := ch.view.render()
		if err != nil {
			return frame, err
		}
		if frame, err = r.appendDiff(frame, &ch.tree, &s.meta); err != nil {
			return frame, fmt.Errorf("rendering: %w", err)
		}
		ch.template = r.template
		s.rendered = true
	}
	return s.appendPushes(frame, len(frame) > start), nil
}

// afterRender carries out what TempAssign asked for, once the render cycle has
// gone out.
func (ch *channel) afterRender() error {
	if s := ch.view.base(); s.rendered {
		s.rendered = false
		return ch.view.release(&ch.tree, ch.template)
	}
	return nil
}

// reply answers a push of the client with a response value; nil means {}.
func (ch *channel) reply(ref string, response []byte) {
	buf := getBuffer()
	buf.b = protocol.AppendReply(buf.b, ch.joinRef, ref, ch.topic, true, response)
	ch.transport.write(buf.b)
	putBuffer(buf)
}

// finish is the last thing that run does: it tells the client where that makes
// sense, then the view, and lets go of everything.
func (ch *channel) finish() {
	ch.mu.Lock()
	ends := ch.ends
	ch.mu.Unlock()

	for _, e := range ends {
		if e.err != nil {
			ch.logCrash(e.err, ch.view)
		}
	}
	switch e := ends[0]; e.cause {
	case endLeft, endReplaced, endMoved:
		// With the old join_ref: the client may have moved on to a newer one.
		ch.transport.write(protocol.AppendClose(nil, ch.joinRef, ch.topic))
	case endCrashed:
		ch.transport.write(protocol.AppendError(nil, ch.joinRef, ch.topic, "channel_crash"))
	}
	known := len(ends)
	ch.replyToLeaves(ends)
	ch.cancel(errChannelEnded)
	if view := ch.view; view != nil {
		ch.view = nil // whatever Shutdown does, it is called once
		view.base().stop()
		if err := view.shutdown(); err != nil {
			ch.logCrash(err, view)
		}
	}
	ch.tree.Reset()
	ch.transport.drop(ch)

	ch.mu.Lock()
	ch.ended = true
	ch.running = false
	ch.mailbox = nil
	ends = ch.ends
	ch.mu.Unlock()
	ch.replyToLeaves(ends[known:]) // that came meanwhile
	for _, e := range ends {
		if e.then != nil {
			e.then()
		}
	}
}

// replyToLeaves answers each phx_leave among ends.
func (ch *channel) replyToLeaves(ends []ending) {
	for _, e := range ends {
		if e.cause == endLeft {
			ch.reply(e.ref, nil)
		}
	}
}

// logCrash says once what ended a view, and where.
func (ch *channel) logCrash(err error, view liveView) {
	attrs := []any{"err", err, "topic", ch.topic}
	if view != nil {
		s := view.base()
		attrs = append(attrs, "view", s.route.name, "route", s.pattern, "path", s.url.parse().Path) // no query: it may hold secrets
	}
	var ce *callbackError
	if errors.As(err, &ce) {
		attrs = append(attrs, "stack", string(ce.stack))
	}
	ch.transport.endpoint.config.Logger.Error("liveview: view ended by an error; its page joins again", attrs...)
}
