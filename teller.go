package liveview

import (
	"context"
	"log/slog"
	"strings"
	"sync"

	"github.com/gin-liveview/liveview/internal/clock"
	"github.com/gin-liveview/liveview/internal/rescue"
)

// teller tells those who want to know. A nil one tells nobody.
type teller struct {
	to     []Telemetry
	logger *slog.Logger
	failed sync.Once // one of them has panicked, and that is logged
}

// newTeller returns one for t, nil for nobody.
func newTeller(t Telemetry, logger *slog.Logger) *teller {
	all := TeeTelemetry(t).(tee)
	if len(all) == 0 {
		return nil
	}
	return &teller{to: all, logger: logger}
}

// begin, like end, takes what it tells by reference, as it is large and only a copy of it is
// given away.
func (t *teller) begin(ctx context.Context, s *Span) context.Context {
	for _, one := range t.to {
		ctx = t.beginOne(one, ctx, s) //nolint:fatcontext // each adds to that of the one before
	}
	return ctx
}

func (t *teller) beginOne(one Telemetry, ctx context.Context, s *Span) (within context.Context) {
	within = ctx // where one panics
	defer t.rescued()
	if got := one.Begin(ctx, *s); got != nil {
		within = got
	}
	return within
}

func (t *teller) end(ctx context.Context, s *Span, r *Result) {
	for _, one := range t.to {
		t.endOne(one, ctx, s, r)
	}
}

func (t *teller) endOne(one Telemetry, ctx context.Context, s *Span, r *Result) {
	defer t.rescued()
	one.End(ctx, *s, *r)
}

func (t *teller) tell(ctx context.Context, n Note) {
	if t == nil {
		return
	}
	for _, one := range t.to {
		t.tellOne(one, ctx, n)
	}
}

func (t *teller) tellOne(one Telemetry, ctx context.Context, n Note) {
	defer t.rescued()
	one.Tell(ctx, n)
}

// rescued is deferred around each call of the application's.
func (t *teller) rescued() {
	if value := recover(); value != nil {
		t.failed.Do(func() {
			err := &rescue.Panic{What: "Config.Telemetry", Value: value}
			t.logger.Error("liveview: Config.Telemetry panicked; it is told on, and this is logged once", "err", err)
		})
	}
}

// account is what is told of one view, from its join on: the spans that it is in. It is the
// actor's alone, or of who is behind a visit's door.
type account struct {
	*teller
	Subject
	ends context.Context // the channel's
	join context.Context // what Begin has returned for the newest join; nil for none yet
	now  context.Context // that of the innermost span that is under way; nil for none

	outer  Span // the outermost one that is under way
	result Result
	ended  clock.Moment // of the last span of outer's that has ended; 0 if one has begun since
}

// openSpan is a span that is under way.
type openSpan struct {
	span   Span
	began  clock.Moment
	before context.Context // now, before it
	ctx    context.Context // now, in it
}

// context is in which something is told.
func (a *account) context() context.Context {
	switch {
	case a.now != nil:
		return a.now
	case a.join != nil:
		return a.join
	}
	return a.ends
}

// begin begins a span. On a nil account, which tells nobody, it does nothing, as end does.
func (a *account) begin(kind SpanKind, name string) (o openSpan) {
	if a == nil {
		return o
	}
	a.beginSpan(&o, Span{Kind: kind, Name: name}, a.justEnded())
	return o
}

// justEnded returns when the span ended that came before, where no code of the application's
// runs between that and what follows; 0 where some may. To read the clock costs as much as to
// tell of a span.
func (a *account) justEnded() clock.Moment {
	switch a.outer.Kind {
	case SpanEvent, SpanInfo, SpanTick, SpanLoad:
		return a.ended
	}
	return 0
}

// beginSpan begins a span at a moment, now if that is 0.
func (a *account) beginSpan(o *openSpan, s Span, at clock.Moment) {
	if at == 0 {
		at = clock.Now()
	}
	o.span, o.before, o.began = s, a.now, at
	o.span.Subject = a.Subject
	if a.now != nil {
		o.span.Within = a.outer.Kind
	} else {
		a.outer, a.result = o.span, Result{}
	}
	a.ended = 0
	o.ctx = a.teller.begin(a.context(), &o.span)
	a.now = o.ctx
}

// end ends a span that is a part of another.
func (a *account) end(o *openSpan, r Result) {
	if a == nil {
		return
	}
	a.endSpan(o, &r, 0)
}

// endSpan ends a span at a moment, now if that is 0.
func (a *account) endSpan(o *openSpan, r *Result, at clock.Moment) {
	if at == 0 {
		at = clock.Now()
	}
	a.ended = at
	r.Duration = a.ended.Sub(o.began)
	o.span.Subject = a.Subject
	a.teller.end(o.ctx, &o.span, r)
	a.now = o.before
}

// endOuter ends a span that is none's part, with what came of it.
func (a *account) endOuter(o *openSpan) {
	o.span.Name, o.span.Navigation = a.outer.Name, a.outer.Navigation
	a.endSpan(o, &a.result, a.justEnded())
	a.now = nil
}

// isOf says what the view is, as far as that is known now.
func (a *account) isOf(s Subject) {
	if a != nil {
		a.Subject = s
	}
}

// came notes what has come of the outermost span, unless that has been noted before.
func (a *account) came(outcome Outcome, cause string, err error) {
	if a != nil && a.result.Outcome == OutcomeOK {
		a.result.Outcome, a.result.Cause, a.result.Err = outcome, cause, err
	}
}

// inSpan has do run in a span of the view's that is none's part.
func (a *account) inSpan(s Span, do func() error) (err error) { return a.inSpanFrom(s, 0, do) }

// inSpanFrom is inSpan from a moment on, now if that is 0.
func (a *account) inSpanFrom(s Span, at clock.Moment, do func() error) (err error) {
	if a == nil {
		return do()
	}
	isJoin := s.Kind == SpanJoin
	if isJoin {
		a.join = nil // of the join before, or each would be within the last
	}
	var o openSpan
	a.beginSpan(&o, s, at)
	if isJoin {
		a.join = o.ctx
	}
	returned := false
	defer func() { // also where a callback calls runtime.Goexit
		if err != nil || !returned {
			a.came(OutcomeCrashed, "", err)
		}
		a.endOuter(&o)
	}()
	err = do()
	returned = true
	return err
}

// inPart has do run in a span that is a part of another's, if there is one.
func (a *account) inPart(s Span, do func() error) (err error) {
	if a == nil || a.now == nil {
		return do()
	}
	var o openSpan
	a.beginSpan(&o, s, 0)
	r := Result{Outcome: OutcomeCrashed}
	defer func() { r.Err = err; a.endSpan(&o, &r, 0) }()
	if err = do(); err == nil {
		r.Outcome = OutcomeOK
	}
	return err
}

// eventName returns the name of the event that is handled, or was last, if the view knows it.
func (a *account) eventName(isOne bool) string {
	if a == nil || !isOne || a.outer.Kind != SpanEvent {
		return ""
	}
	return a.outer.Name
}

// note tells of something that happens to the view.
func (a *account) note(n Note) {
	if a != nil {
		n.Subject = a.Subject
		a.teller.tell(a.context(), n)
	}
}

// spanContext has the values of a span beside those of a context that it ends with.
type spanContext struct {
	context.Context
	span context.Context
}

func (c spanContext) Value(key any) any {
	if value := c.span.Value(key); value != nil {
		return value
	}
	return c.Context.Value(key)
}

// within returns ctx with the values of the span that is under way.
func (a *account) within(ctx context.Context) context.Context {
	if a == nil || a.now == nil {
		return ctx
	}
	return spanContext{ctx, a.now}
}

// maxNames is how many names of events are told of one view that doesn't say which it knows.
const maxNames = 100

// heardEvents are the names of events that a view has known, of all who visit it.
type heardEvents struct {
	mu    sync.RWMutex // guards names. Nothing is locked under it.
	names map[string]string
}

// known returns name if it is one of those, or "".
func (h *heardEvents) known(name string) string {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.names[name]
}

// add takes in a name that the view has known, and returns it, or "" if there are most already.
func (h *heardEvents) add(name string, most int) string {
	if known := h.known(name); known != "" || len(name) > maxNameBytes {
		return known
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.names) >= most {
		return ""
	}
	if h.names == nil {
		h.names = make(map[string]string)
	}
	name = strings.Clone(name) // not all of the message
	h.names[name] = name
	return name
}

// maxNameBytes is the longest of these names.
const maxNameBytes = 100
