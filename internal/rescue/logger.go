package rescue

import (
	"context"
	"fmt"
	"log/slog"
	"os"
)

// Logger returns l such that a panic of its handler does no harm to who logs: the
// message then goes to the standard error.
func Logger(l *slog.Logger) *slog.Logger {
	if _, ok := l.Handler().(handler); ok {
		return l
	}
	return slog.New(handler{l.Handler()})
}

type handler struct{ slog.Handler }

func (h handler) Enabled(ctx context.Context, level slog.Level) (enabled bool) {
	err := Run("Enabled of the Logger's handler", func() error { enabled = h.Handler.Enabled(ctx, level); return nil })
	return enabled || err != nil // and what Handle does is seen next
}

func (h handler) Handle(ctx context.Context, r slog.Record) error {
	if err := Run("Handle of the Logger's handler", func() error { return h.Handler.Handle(ctx, r) }); err != nil {
		fmt.Fprintf(os.Stderr, "%s; it was given: %s\n", err, r.Message)
	}
	return nil
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return h.with(func() slog.Handler { return h.Handler.WithAttrs(attrs) })
}

func (h handler) WithGroup(name string) slog.Handler {
	return h.with(func() slog.Handler { return h.Handler.WithGroup(name) })
}

func (h handler) with(change func() slog.Handler) slog.Handler {
	changed := h.Handler
	_ = Run("the Logger's handler", func() error { changed = change(); return nil }) // without it then
	return handler{changed}
}
