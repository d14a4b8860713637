package liveview

import (
	"context"
	"errors"
)

// ErrNoView is returned by [App.Inspect] and [App.StateBytes] where this process has no
// view of that id, or it has ended.
var ErrNoView = errors.New("liveview: no such view")

// Inspect tells of the view whose [Subject] has this ID, which is open in this
// process or kept. The view is asked between two callbacks, so one that is at work answers
// when it is through: if ctx ends before, Inspect returns what is known from outside, the id
// and Waiting, with the cause of ctx. If the view's mailbox is a quarter full it isn't asked
// at all, and the error is [ErrMailboxFull]. It is for operators and costs nothing unless it
// is called; to find the view all open sockets are gone through.
func (lv *App) Inspect(ctx context.Context, id string) (ViewInfo, error) {
	info, waiting, err := inspect(ctx, lv, id, (*channel).info)
	info.ID, info.Waiting = id, waiting
	return info, err
}

// StateBytes is [App.Inspect] for the memory that a view's state takes, with those of its
// live components: an estimate. All that the state holds is gone through, up to 100,000
// values, within the view's goroutine. What is behind a pointer and has a lock is left out,
// as it is shared with others, who may write to it.
func (lv *App) StateBytes(ctx context.Context, id string) (int64, error) {
	size, _, err := inspect(ctx, lv, id, func(ch *channel) int64 { return ch.view.size() + ch.live.size() })
	return size, err
}

// inspect has the view of that id looked at, and returns how many messages wait for it.
func inspect[T any](ctx context.Context, lv *App, id string, look func(ch *channel) T) (seen T, waiting int, err error) {
	if lv == nil {
		return seen, 0, errNoApp
	}
	b := lv.opener.endpoint.find(id)
	if b == nil {
		return seen, 0, ErrNoView
	}
	answer := make(chan T, 1)
	i := &inspection{ctx: ctx, look: func(ch *channel) { answer <- look(ch) }}
	waiting = b.queue.Len()
	switch err := b.queue.Post(message{kind: messageInspect, info: i}, max(lv.config.MailboxSize/4, 1)); {
	case isFull(err):
		return seen, waiting, ErrMailboxFull
	case err != nil:
		return seen, waiting, ErrNoView
	}
	select {
	case seen = <-answer:
		return seen, waiting, nil
	case <-b.ctx.Done():
		return seen, waiting, ErrNoView
	case <-ctx.Done():
		return seen, waiting, context.Cause(ctx)
	}
}

// PubSub returns what carries the App's infos: [Config].PubSub, or its own.
func (lv *App) PubSub() PubSub {
	if lv == nil {
		return nil
	}
	return lv.config.PubSub
}
