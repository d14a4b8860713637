package otel

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/gin-liveview/liveview"
)

// The names of attributes: OpenTelemetry's where it has one.
const (
	attrRoute     = "http.route"
	attrDirection = "network.io.direction"
	attrUser      = "user.id"                          // of spans alone
	attrRequestID = "http.request.header.x-request-id" // of spans alone

	attrView       = "liveview.view"
	attrID         = "liveview.id" // of spans alone
	attrKind       = "liveview.kind"
	attrName       = "liveview.name"
	attrNavigation = "liveview.navigation"
	attrOutcome    = "liveview.outcome"
	attrCause      = "liveview.cause"
	attrWithin     = "liveview.within"
	attrClient     = "liveview.client"
	attrTransport  = "liveview.transport"
	attrBytes      = "liveview.bytes"   // of spans alone
	attrWaiting    = "liveview.waiting" // of spans alone
)

// meters are the instruments.
type meters struct {
	meter metric.Meter

	socketDuration, joinDuration, eventDuration, messageDuration, routerDuration, callbackDuration, renderDuration, drainDuration metric.Float64Histogram

	renderSize, waiting, uploadSize                                         metric.Int64Histogram
	bytes, crashes, refusals, limits, restores, missed, viewsEnded, uploads metric.Int64Counter

	places  places
	clients clients
}

// seconds are the bounds of the histograms of durations.
var seconds = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

func (m *meters) init(meter metric.Meter) error {
	m.meter = meter
	var errs []error
	duration := func(name, what string, bounds ...float64) metric.Float64Histogram {
		if bounds == nil {
			bounds = seconds
		}
		h, err := meter.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(what), metric.WithExplicitBucketBoundaries(bounds...))
		errs = append(errs, err)
		return h
	}
	size := func(name, unit, what string, bounds ...float64) metric.Int64Histogram {
		h, err := meter.Int64Histogram(name, metric.WithUnit(unit), metric.WithDescription(what), metric.WithExplicitBucketBoundaries(bounds...))
		errs = append(errs, err)
		return h
	}
	counter := func(name, unit, what string) metric.Int64Counter {
		c, err := meter.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(what))
		errs = append(errs, err)
		return c
	}
	m.socketDuration = duration("liveview.socket.duration", "How long sockets were open.", 1, 10, 60, 600, 3600, 36000)
	m.joinDuration = duration("liveview.join.duration", "How long joins took.")
	m.eventDuration = duration("liveview.event.duration", "How long events took, from the mailbox to the reply.")
	m.messageDuration = duration("liveview.message.duration", "How long patches, infos, ticks, loads and what is about uploads took.")
	m.routerDuration = duration("liveview.router.duration", "How long the way through the router took, with all that happened on it.")
	m.callbackDuration = duration("liveview.callback.duration", "How long callbacks took.")
	m.renderDuration = duration("liveview.render.duration", "How long renders and diffs took.")
	m.drainDuration = duration("liveview.drain.duration", "How long Shutdown took.", 1, 5, 10, 25, 60)
	m.renderSize = size("liveview.render.size", "By", "The sizes of diffs.", 100, 1000, 10_000, 100_000, 1_000_000)
	m.waiting = size("liveview.mailbox.waiting", "{message}", "How many messages waited in a view's mailbox.", 0, 1, 2, 5, 10, 20, 50, 100, 200)
	m.uploadSize = size("liveview.upload.size", "By", "The sizes of files that have arrived.", 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9)
	m.bytes = counter("liveview.socket.io", "By", "The bytes of frames.")
	m.crashes = counter("liveview.crashes", "{crash}", "What of the application's returned an error or panicked.")
	m.refusals = counter("liveview.refusals", "{refusal}", "What was not let in.")
	m.limits = counter("liveview.limit.hits", "{hit}", "How often a limit held somebody up.")
	m.restores = counter("liveview.restores", "{restore}", "Pages that came back.")
	m.missed = counter("liveview.missed", "{notice}", "Notices that infos of other processes may have been lost.")
	m.viewsEnded = counter("liveview.views.ended", "{view}", "Views that have ended.")
	m.uploads = counter("liveview.uploads", "{file}", "Files, by what has become of them.")
	var err error
	m.places.count, err = meter.Int64UpDownCounter("liveview.route.views", metric.WithUnit("{view}"), metric.WithDescription("Views that are open, by their routes."))
	return errors.Join(append(errs, err)...)
}

// Observe has the gauges read an App's [liveview.App.Stats] whenever metrics are collected.
// It is called once for each App. Its error is the MeterProvider's.
func (t *Telemetry) Observe(lv *liveview.App) error {
	var errs []error
	var all []metric.Observable
	var read []func(o metric.Observer, s liveview.Stats)
	gauge := func(name, unit, what string, of func(s liveview.Stats) int64) {
		g, err := t.meter.Int64ObservableUpDownCounter(name, metric.WithUnit(unit), metric.WithDescription(what))
		errs = append(errs, err)
		all = append(all, g)
		read = append(read, func(o metric.Observer, s liveview.Stats) { o.ObserveInt64(g, of(s)) })
	}
	gauge("liveview.sockets", "{socket}", "Open sockets.", func(s liveview.Stats) int64 { return int64(s.Sockets) })
	gauge("liveview.browsers", "{browser}", "Browsers that have sockets open.", func(s liveview.Stats) int64 { return int64(s.Browsers) })
	gauge("liveview.users", "{user}", "Users that have sockets open.", func(s liveview.Stats) int64 { return int64(s.Users) })
	gauge("liveview.views", "{view}", "Views that are mounted.", func(s liveview.Stats) int64 { return int64(s.Views) })
	gauge("liveview.pages.kept", "{page}", "Pages without a socket that may come back.", func(s liveview.Stats) int64 { return int64(s.Kept) })
	gauge("liveview.joins.mounting", "{join}", "Joins that are being mounted.", func(s liveview.Stats) int64 { return int64(s.Mounting) })
	gauge("liveview.joins.waiting", "{join}", "Joins that wait for their turn.", func(s liveview.Stats) int64 { return int64(s.MountsWaiting) })
	gauge("liveview.loads", "{load}", "Loads of Async values at work.", func(s liveview.Stats) int64 { return int64(s.Loads) })
	gauge("liveview.loads.waiting", "{load}", "Loads of Async values that wait for their turn.", func(s liveview.Stats) int64 { return int64(s.LoadsWaiting) })
	gauge("liveview.uploads.held", "By", "Bytes of files that aren't consumed.", func(s liveview.Stats) int64 { return s.UploadBytes })
	_, err := t.meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		s := lv.Stats()
		for _, r := range read {
			r(o, s)
		}
		return nil
	}, all...)
	return errors.Join(append(errs, err, t.observeBroker(lv))...)
}

func with(attrs ...string) metric.MeasurementOption {
	all := make([]attribute.KeyValue, 0, len(attrs)/2)
	for i := 0; i < len(attrs); i += 2 {
		all = append(all, attribute.String(attrs[i], valid(attrs[i+1])))
	}
	return metric.WithAttributeSet(attribute.NewSet(all...))
}

// record counts a span that has ended.
func (m *meters) record(ctx context.Context, s liveview.Span, r liveview.Result) {
	took := r.Duration.Seconds()
	of := []string{attrRoute, s.Route, attrView, s.View}
	switch s.Kind {
	case liveview.SpanSocket:
		m.socketDuration.Record(ctx, took, with(attrTransport, s.Name, attrCause, r.Cause))
		m.bytes.Add(ctx, r.Bytes, with(attrTransport, s.Name, attrDirection, "transmit"))
		m.bytes.Add(ctx, r.Received, with(attrTransport, s.Name, attrDirection, "receive"))
		return
	case liveview.SpanDrain:
		m.drainDuration.Record(ctx, took)
		return
	case liveview.SpanJoin:
		m.places.moved(ctx, s, r)
		m.joinDuration.Record(ctx, took, with(append(of, attrNavigation, s.Navigation.String(), attrOutcome, r.Outcome.String())...))
		return
	case liveview.SpanRouter:
		m.routerDuration.Record(ctx, took, with(attrRoute, s.Route, attrName, s.Name))
		return
	case liveview.SpanCallback:
		m.callbackDuration.Record(ctx, took, with(append(of, attrName, s.Name, attrWithin, s.Within.String())...))
		return
	case liveview.SpanRender:
		m.renderDuration.Record(ctx, took, with(append(of, attrWithin, s.Within.String())...))
		m.renderSize.Record(ctx, r.Bytes, with(append(of, attrWithin, s.Within.String())...))
		return
	case liveview.SpanWrite:
		return
	case liveview.SpanEvent:
		m.eventDuration.Record(ctx, took, with(append(of, attrName, s.Name, attrOutcome, r.Outcome.String())...))
	default:
		if s.Kind == liveview.SpanPatch {
			m.places.moved(ctx, s, r)
		}
		m.messageDuration.Record(ctx, took, with(append(of, attrKind, s.Kind.String(), attrOutcome, r.Outcome.String())...))
	}
	if s.Within == 0 {
		m.waiting.Record(ctx, int64(s.Waiting), with(attrRoute, s.Route))
	}
}

// count counts what happens at a moment.
func (m *meters) count(ctx context.Context, n liveview.Note) {
	switch n.Kind {
	case liveview.NoteCrash:
		m.crashes.Add(ctx, 1, with(attrRoute, n.Route, attrView, n.View, attrCause, n.Cause))
	case liveview.NoteRefusal:
		m.refusals.Add(ctx, 1, with(attrCause, n.Cause))
	case liveview.NoteLimit:
		attrs := []string{attrCause, n.Cause}
		if name := m.clients.nameOf(n); name != "" {
			attrs = append(attrs, attrClient, name)
		}
		m.limits.Add(ctx, 1, with(attrs...))
	case liveview.NoteRestore:
		m.restores.Add(ctx, 1, with(attrRoute, n.Route, attrCause, n.Cause))
	case liveview.NoteMissed:
		m.missed.Add(ctx, 1)
	case liveview.NoteViewEnded:
		m.places.end(ctx, n.ID)
		m.viewsEnded.Add(ctx, 1, with(attrRoute, n.Route, attrCause, n.Cause))
	case liveview.NoteUploadAccepted:
		m.uploads.Add(ctx, 1, with(attrRoute, n.Route, attrOutcome, "accepted"))
	case liveview.NoteUploadFinished:
		m.uploads.Add(ctx, 1, with(attrRoute, n.Route, attrOutcome, "finished"))
		m.uploadSize.Record(ctx, n.Bytes, with(attrRoute, n.Route))
	case liveview.NoteUploadFailed:
		m.uploads.Add(ctx, 1, with(attrRoute, n.Route, attrOutcome, "failed"))
	}
}
