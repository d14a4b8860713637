package liveview

import (
	"context"
	"log/slog"
)

// eventLog is a Telemetry that writes a line at debug level for each thing that a view does.
// There are no values in it.
type eventLog struct {
	NoTelemetry
	logger *slog.Logger
}

// End writes the line of a span that is none's part.
func (l eventLog) End(ctx context.Context, s Span, r Result) {
	if s.Within != 0 || s.Kind == SpanSocket || s.Kind == SpanDrain {
		return
	}
	attrs := make([]slog.Attr, 0, 10)
	add := func(name, value string) {
		if value != "" {
			attrs = append(attrs, slog.String(name, value))
		}
	}
	add(s.Kind.String(), s.Name)
	if s.Kind == SpanJoin || s.Kind == SpanPatch {
		add("navigation", s.Navigation.String())
	}
	add("view", s.View)
	add("route", s.Route)
	add("id", s.ID)
	add("user", s.User)
	add("request_id", s.RequestID)
	attrs = append(attrs, slog.Duration("duration", r.Duration))
	add("outcome", r.Outcome.String())
	add("cause", r.Cause)
	if r.Err != nil {
		attrs = append(attrs, slog.Any("err", r.Err))
	}
	l.logger.LogAttrs(ctx, slog.LevelDebug, "liveview: "+s.Kind.String(), attrs...)
}
