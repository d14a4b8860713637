package liveview

import (
	"context"
	"reflect"

	"github.com/gin-liveview/liveview/protocol"
)

// This file has what is told of a channel's view.

// openAccount has the channel tell of its view, if somebody wants to know.
func (ch *channel) openAccount() {
	if t := ch.app().logged(); t != nil {
		ch.account = &account{teller: t, ends: ch.ctx, Subject: Subject{ID: viewID(ch.topic)}}
	}
}

// isOver says over which socket the view goes on, whose values its join's context has.
func (a *account) isOver(s *socketAccount, ctx context.Context) {
	if a == nil {
		return
	}
	if a.ends = ctx; s != nil && s.adds {
		a.ends = spanContext{ctx, s.ctx}
	}
}

// spanOf returns what a message is told as, without a Kind for not at all.
func (ch *channel) spanOf(m *message) (s Span) {
	switch m.kind {
	case messageEvent, messageRefusal:
		switch m.event {
		case protocol.EventEvent:
			s.Kind = SpanEvent
		case protocol.EventLivePatch:
			s.Kind, s.Navigation = SpanPatch, NavigationPatch
		case protocol.EventAllowUpload, protocol.EventProgress:
			s.Kind = SpanUpload
		}
	case messageInfo:
		if s.Kind = SpanInfo; m.info != nil {
			s.Name = reflect.TypeOf(m.info).String()
		}
	case messageLive:
		s.Kind = SpanInfo
	case messageTick:
		s.Kind = SpanTick
	case messageLoad:
		s.Kind = SpanLoad
	case messageUpload:
		if m.info.(uploadNotice).kind != noticeWritten {
			s.Kind = SpanUpload
		}
	}
	return s
}

// joinCame notes what has come of the join that is under way.
func (ch *channel) joinCame(outcome Outcome, cause string, err error) {
	ch.app().counts.joined(outcome)
	ch.account.came(outcome, cause, err)
}

// joinEnded notes what has come of a join, and tells of one that had not begun to mount a
// view.
func (ch *channel) joinEnded(outcome Outcome, cause string, err error) {
	a := ch.account
	ch.app().counts.joined(outcome)
	switch {
	case a == nil:
	case a.now != nil:
		a.came(outcome, cause, err)
	default:
		_ = a.inSpan(Span{Kind: SpanJoin}, func() error { a.came(outcome, cause, err); return nil })
	}
}
