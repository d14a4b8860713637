package otel

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/gin-liveview/liveview"
)

// traces makes a trace of each join, event and other thing that a view does. A page may be
// open for days, so that these are linked, and not one within the other: an event to its
// view's join, and that to the request which opened the socket.
type traces struct{ tracer trace.Tracer }

// linkKey is where a context has the trace.SpanContext that what begins in it is linked to.
type linkKey struct{}

// Begin begins a span of a trace.
func (t *Telemetry) Begin(ctx context.Context, s liveview.Span) context.Context {
	switch {
	case s.Kind == liveview.SpanSocket:
		return socketContext(ctx)
	case s.Within != 0:
		if !trace.SpanFromContext(ctx).IsRecording() {
			return ctx
		}
		ctx, _ = t.tracer.Start(ctx, nameOf(s))
		return ctx
	}
	within, span := t.tracer.Start(ctx, nameOf(s), trace.WithNewRoot(), trace.WithLinks(linkIn(ctx)...))
	if s.Kind != liveview.SpanJoin {
		return within
	}
	return newJoinContext(ctx, within, span.SpanContext())
}

// socketContext returns what is kept of a request for as long as its socket is open: which
// span it is, and its baggage.
func socketContext(request context.Context) context.Context {
	link := trace.SpanContextFromContext(request)
	bag := baggage.FromContext(request)
	if !link.IsValid() && bag.Len() == 0 {
		return request // to which nothing is added, so nothing is kept
	}
	return baggage.ContextWithBaggage(context.WithValue(context.Background(), linkKey{}, link), bag)
}

func linkIn(ctx context.Context) []trace.Link {
	if link, ok := ctx.Value(linkKey{}).(trace.SpanContext); ok && link.IsValid() {
		return []trace.Link{{SpanContext: link}}
	}
	return nil
}

// joinContext is the context of a join and, after it, of its view, which may be there for
// long: so it lets go of the span when that has ended.
type joinContext struct {
	context.Context
	span atomic.Pointer[context.Context] // that of the span, while it isn't over
	link trace.SpanContext
}

func newJoinContext(ctx, span context.Context, link trace.SpanContext) *joinContext {
	c := &joinContext{Context: ctx, link: link}
	c.span.Store(&span)
	return c
}

func (c *joinContext) Value(key any) any {
	switch key.(type) {
	case linkKey:
		return c.link
	case joinKey:
		return c
	}
	if span := c.span.Load(); span != nil {
		return (*span).Value(key)
	}
	return c.Context.Value(key)
}

// joinKey finds the joinContext.
type joinKey struct{}

// End ends a span, and counts it.
func (t *Telemetry) End(ctx context.Context, s liveview.Span, r liveview.Result) {
	t.record(ctx, s, r)
	if s.Kind == liveview.SpanSocket {
		return
	}
	span := trace.SpanFromContext(ctx)
	if s.Within != 0 && !span.IsRecording() {
		return
	}
	if span.IsRecording() {
		span.SetName(nameOf(s))
		span.SetAttributes(spanAttributes(s, r)...)
		text := "crashed"
		if r.Err != nil {
			text = valid(r.Err.Error())
			if r.Err.Error() != text {
				r.Err = errors.New(text)
			}
			span.RecordError(r.Err)
		}
		if r.Outcome == liveview.OutcomeCrashed {
			span.SetStatus(codes.Error, text)
		}
	}
	span.End()
	if s.Kind == liveview.SpanJoin {
		if join, ok := ctx.Value(joinKey{}).(*joinContext); ok {
			join.span.Store(nil)
		}
	}
}

// Tell counts what happens, and notes it in the span in which it does.
func (t *Telemetry) Tell(ctx context.Context, n liveview.Note) {
	t.count(ctx, n)
	if span := trace.SpanFromContext(ctx); span.IsRecording() && n.Kind != liveview.NoteUploadProgressed {
		attrs := appendText(nil, attrCause, n.Cause)
		span.AddEvent("liveview "+n.Kind.String(), trace.WithAttributes(attrs...))
	}
}

// nameOf names a span: with nothing in it that there may be very many of.
func nameOf(s liveview.Span) string {
	switch {
	case s.Kind == liveview.SpanCallback:
		return s.Name
	case s.Kind == liveview.SpanEvent && s.Name != "":
		return "event " + s.Name
	case s.Within == 0 && s.Kind != liveview.SpanEvent && s.Route != "":
		return s.Kind.String() + " " + s.Route
	}
	return s.Kind.String()
}

func spanAttributes(s liveview.Span, r liveview.Result) []attribute.KeyValue {
	attrs := []attribute.KeyValue{attribute.String(attrOutcome, r.Outcome.String())}
	attrs = appendText(attrs, attrCause, r.Cause)
	if s.Kind == liveview.SpanRender || s.Kind == liveview.SpanWrite {
		attrs = append(attrs, attribute.Int64(attrBytes, r.Bytes))
	}
	if s.Within != 0 {
		return attrs
	}
	attrs = appendText(attrs, attrRoute, s.Route)
	attrs = appendText(attrs, attrView, s.View)
	attrs = appendText(attrs, attrID, s.ID)
	attrs = appendText(attrs, attrUser, s.User)
	attrs = appendText(attrs, attrRequestID, s.RequestID)
	if s.Kind == liveview.SpanJoin || s.Kind == liveview.SpanPatch {
		attrs = append(attrs, attribute.String(attrNavigation, s.Navigation.String()))
	} else {
		attrs = appendText(attrs, attrName, s.Name)
	}
	return append(attrs, attribute.Int(attrWaiting, s.Waiting))
}

func appendText(attrs []attribute.KeyValue, name, value string) []attribute.KeyValue {
	if value == "" {
		return attrs
	}
	return append(attrs, attribute.String(name, valid(value)))
}

// valid returns a text as UTF-8, which all of OTLP has to be, and Prometheus' labels: one
// text that isn't, such as a part of a URL in an error, and a whole batch of spans is
// dropped, or no metric can be read.
func valid(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }
