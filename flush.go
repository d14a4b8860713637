package liveview

import (
	"errors"
	"fmt"
	"time"

	"github.com/gin-liveview/liveview/internal/bufpool"
	"github.com/gin-liveview/liveview/protocol"
)

// flushReply answers the client's push ref with what came of the callback that
// it was for.
func (ch *channel) flushReply(ref string) error { return ch.flush(ref) }

// flushPush sends what came of a callback that no push of the client's was for.
func (ch *channel) flushPush() error { return ch.flush("") }

// flush renders if the last callback changed something, and sends what came
// of it: as the reply to the client's push ref, or by itself if ref is empty.
// Nothing to say means an empty reply, or nothing at all.
func (ch *channel) flush(ref string) error {
	if ch.away != nil {
		return ch.hold()
	}
	page := ch.view.page()
	if page.move != nil {
		if stays, err := ch.flushMove(ref); err != nil || !stays {
			return err
		}
	}
	page.flash.show()
	buf := bufpool.Frames.Get()
	defer bufpool.Frames.Put(buf)
	frame := buf.B
	if ref != "" {
		frame = protocol.AppendReplyHead(frame, ch.joinRef, ref, ch.topic, true)
		frame = append(frame, `{"diff":{`...)
	} else {
		frame = protocol.AppendPushHead(frame, ch.joinRef, ch.topic, protocol.EventDiff)
		frame = append(frame, '{')
	}
	start := len(frame)
	frame, err := ch.appendDiff(frame, page)
	buf.B = frame
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
		ch.send(frame)
	case changed:
		frame = append(frame, '}')
		frame = protocol.AppendPushTail(frame)
		ch.send(frame)
	}
	buf.B = frame
	return ch.afterFrame()
}

// maxHeld is how many bytes of events a view may push while its page is away.
const maxHeld = 64 << 10

// hold keeps what came of a callback for when the page is back.
func (ch *channel) hold() error {
	page := ch.view.page()
	if m := page.takeMove(); m != nil {
		ch.away.move = m
	}
	if page.pushes != nil && len(page.pushes.events) > maxHeld {
		ch.endNow(ending{cause: endForgotten})
	}
	return nil
}

// maxCycles bounds the render cycles that one message to the view can lead to.
const maxCycles = 10

// afterFrame does what is left to do when a frame has gone out. What a live component
// did while it was updated goes in frames of its own: a component that has changed
// again, the page's flash, or where it moves the page.
func (ch *channel) afterFrame() error {
	page := ch.view.page()
	again := page.move != nil || ch.live.hasSent() && page.root.dirty || ch.live.waits()
	if err := ch.afterRender(); err != nil || !again {
		ch.cycles = 0
		return err
	}
	if ch.cycles++; ch.cycles > maxCycles {
		ch.cycles = 0
		return errCycles
	}
	return ch.flushPush()
}

var errCycles = errors.New("each render of the page leads to another: an Update of a live component changes the page, its flash for instance, whenever it is called, and what the page gives it can't be compared, so that it is called each time")

// flushMove carries out what the last callback asked for, and what the patches
// that it leads to ask for in turn. It reports whether the page stays: then the
// callback's diff is still to be sent.
func (ch *channel) flushMove(ref string) (stays bool, err error) {
	page := ch.view.page()
	for range maxMoves {
		m := page.takeMove()
		if m == nil {
			return true, nil
		}
		if m.kind == movePatch {
			if m, err = ch.followPatch(m); err != nil {
				return false, err
			}
			if m == nil {
				continue
			}
		}
		if page.nest.isGuest() {
			ch.sendPage(m)
			continue
		}
		return false, ch.leaveFor(ref, m)
	}
	if page.move == nil {
		return true, nil
	}
	return false, fmt.Errorf("%s: %w", page.say(page.move), errMoves)
}

// followPatch sends the view to the URL of m and tells the client. Where the
// route's middleware sends it elsewhere, that is the move to make.
func (ch *channel) followPatch(m *move) (elsewhere *move, err error) {
	if elsewhere, err = ch.travelPatch(m); err != nil || elsewhere != nil {
		return elsewhere, err
	}
	push := protocol.LivePatchPush{To: m.target(), Kind: m.history()}
	ch.peer.conn.Write(protocol.AppendPush(nil, ch.joinRef, ch.topic, protocol.EventLivePatch, push.AppendJSON(nil)))
	return nil, nil
}

// travelPatch is followPatch without telling the client.
func (ch *channel) travelPatch(m *move) (elsewhere *move, err error) {
	err = ch.account.inPart(Span{Kind: SpanPatch, Navigation: NavigationPushPatch}, func() error { elsewhere, err = ch.travelPatchNow(m); return err })
	return elsewhere, err
}

// travelPatchNow is travelPatch, within its span.
func (ch *channel) travelPatchNow(m *move) (elsewhere *move, err error) {
	page := ch.view.page()
	page.flash.keepPut()
	v := &visit{channel: ch, purpose: visitPatch, navigation: NavigationPushPatch, began: time.Now()}
	target := *m.to
	target.Fragment, target.RawFragment = "", ""
	w := v.travel(&target)
	said := m.say(v.shownPath(m.to.Path))
	switch location := v.redirectTarget(w, &target); {
	case v.err != nil:
		return nil, fmt.Errorf("%s: %w", said, v.err)
	case v.arrived:
		page.root.dirty = true // templates may show the URL
		return nil, nil
	case location != nil:
		page.flash.add(v.takeFlash())
		return location, nil
	case v.refused != "":
		page.flash.add(v.takeFlash())
		return ch.navigateInstead(v, m), nil
	case w.isTemporary():
		return nil, fmt.Errorf("%s: %s", said, v.failure(w))
	default:
		return nil, fmt.Errorf("%s: %s; a patch is for URLs of the view's own: use PushRedirect or Redirect for others", said, v.failure(w))
	}
}

// navigateInstead returns what becomes of a PushPatch to a live route that the view
// can't be patched to: what a patch link would do. The callback may have done its work,
// and to end the view now would show a page on which it is still to be done.
func (ch *channel) navigateInstead(v *visit, patch *move) *move {
	page, instead := ch.view.page(), *patch
	instead.kind = moveLive
	if v.group != page.group || v.in != page.document {
		instead.kind = moveHTTP
	}
	if !page.route.isOf(v.route) {
		remedy := "use PushRedirect for a URL of another view"
		if page.route.view == v.route.view {
			remedy = "they are two values of one type, so either use PushRedirect, or give Handle the same pointer for both routes"
		}
		ch.peer.config.Logger.Error("liveview: PushPatch leads to another view; the page goes there, and this view with its state ends: "+remedy,
			"view", page.route.name, "route", page.pattern, "to", v.shownPath(patch.to.Path), "other", v.route.name)
	}
	return &instead
}

// sendPage tells the client where a view that isn't the page's own sends the page, and
// what it has pushed before: with the page a view that is nested in it goes. That is for
// the client to say; a sticky view stays.
func (ch *channel) sendPage(m *move) {
	page := ch.view.page()
	ch.pushEvents(page)
	event, _, payload := m.message(ch.peer.flashFor(m, ch.peer.browser, page.flash.put()))
	page.flash.clearAll()
	ch.peer.conn.Write(protocol.AppendPush(nil, ch.joinRef, ch.topic, event, payload))
}

// pushEvents sends what the view has pushed and that hasn't gone out.
func (ch *channel) pushEvents(page *page) {
	if page.hasEvents() {
		diff := append(page.appendEvents([]byte(`{"e":`)), '}')
		ch.peer.conn.Write(protocol.AppendPush(nil, ch.joinRef, ch.topic, protocol.EventDiff, diff))
	}
}

// leaveFor tells the client where the page goes and ends the view. Events that
// are pending still reach the page before it goes.
func (ch *channel) leaveFor(ref string, m *move) error {
	page := ch.view.page()
	ch.pushEvents(page)
	event, response, payload := m.message(ch.peer.flashFor(m, ch.peer.browser, page.flash.put()))
	if ref != "" {
		ch.reply(ref, response)
	} else {
		ch.peer.conn.Write(protocol.AppendPush(nil, ch.joinRef, ch.topic, event, payload))
	}
	ch.endNow(ending{cause: endMoved})
	return nil
}
