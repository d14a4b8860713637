package otel_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
	"github.com/gin-liveview/liveview/telemetry/otel"
)

type count struct{ N int }

var page = liveview.MustParse[count](`<p>{{.N}}</p><button id="inc" phx-click="inc">+</button><button id="crash" phx-click="crash">!</button>`)

// watched is a site that tells, and where that has come to.
type watched struct {
	spans   *tracetest.SpanRecorder
	reader  *metric.ManualReader
	session *liveviewtest.Session
	bag     string // what the last event's context had
}

func newWatched(t *testing.T, more ...func(r *gin.Engine)) *watched {
	t.Helper()
	gin.SetMode(gin.TestMode)
	w := &watched{spans: tracetest.NewSpanRecorder(), reader: metric.NewManualReader()}
	tracers := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(w.spans))
	told, err := otel.New(otel.Config{TracerProvider: tracers, MeterProvider: metric.NewMeterProvider(metric.WithReader(w.reader))})
	if err != nil {
		t.Fatal(err)
	}
	lv := liveview.New(liveview.Config{Telemetry: told, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err := told.Observe(lv); err != nil {
		t.Fatal(err)
	}
	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(func(c *gin.Context) { // as otelgin does
		if liveview.IsVisit(c) {
			return
		}
		member, _ := baggage.NewMember("tenant", "acme")
		bag, _ := baggage.New(member)
		ctx, span := tracers.Tracer("gin").Start(baggage.ContextWithBaggage(c.Request.Context(), bag), "request "+c.Request.URL.Path)
		defer span.End()
		c.Request = c.Request.WithContext(ctx)
		c.Next()
	})
	r.Use(sessions.Sessions("app", cookie.NewStore([]byte("0123456789abcdef0123456789abcdef"))), lv.Middleware())
	liveview.Handle(r, "/count/:n", liveview.ViewFuncs[count]{Template: page, Events: liveview.Events[count]{
		"inc": func(s *liveview.Socket[count], _ liveview.Event) error {
			_, span := tracers.Tracer("gorm").Start(s.Context(), "SELECT")
			span.End()
			w.bag = baggage.FromContext(s.Context()).Member("tenant").Value()
			s.Assign(func(c *count) { c.N++ })
			return nil
		},
		"crash": func(*liveview.Socket[count], liveview.Event) error { return errors.New("as asked") },
	}})
	for _, add := range more {
		add(r)
	}
	w.session = liveviewtest.NewSession(t, r)
	return w
}

// span waits for the span of that name.
func (w *watched) span(t *testing.T, name string) sdktrace.ReadOnlySpan {
	t.Helper()
	for range 2000 {
		for _, s := range w.spans.Ended() {
			if s.Name() == name {
				return s
			}
		}
		<-time.After(time.Millisecond)
	}
	t.Fatalf("no span is called %q", name)
	return nil
}

func attr(s sdktrace.ReadOnlySpan, name string) string {
	for _, a := range s.Attributes() {
		if string(a.Key) == name {
			return a.Value.AsString()
		}
	}
	return ""
}

// A join is linked to the request that opened the socket, and an event to its join; each
// holds its parts, and what the application does in a callback is within that.
func TestTraces(t *testing.T) {
	w := newWatched(t)
	v := w.session.Open("/count/1")
	v.Click("#inc")
	request, join, event := w.span(t, "request /live/websocket"), w.span(t, "join /count/:n"), w.span(t, "event inc")
	linked := func(s sdktrace.ReadOnlySpan, to trace.SpanContext) bool {
		return slices.ContainsFunc(s.Links(), func(l sdktrace.Link) bool { return l.SpanContext.SpanID() == to.SpanID() })
	}
	if !linked(join, request.SpanContext()) || join.SpanContext().TraceID() == request.SpanContext().TraceID() {
		t.Error("the join isn't linked to the request, in a trace of its own")
	}
	if !linked(event, join.SpanContext()) || event.SpanContext().TraceID() == join.SpanContext().TraceID() {
		t.Error("the event isn't linked to the join, in a trace of its own")
	}
	if got, want := attr(event, "http.route"), "/count/:n"; got != want {
		t.Errorf("the event's route is %q, want %q", got, want)
	}
	parents := map[string]trace.SpanID{}
	names := map[trace.SpanID]string{}
	for _, s := range w.spans.Ended() {
		if s.SpanContext().TraceID() == event.SpanContext().TraceID() {
			parents[s.Name()], names[s.SpanContext().SpanID()] = s.Parent().SpanID(), s.Name()
		}
	}
	for child, parent := range map[string]string{"HandleEvent": "event inc", "render": "event inc", "write": "event inc", "SELECT": "HandleEvent"} {
		if got := names[parents[child]]; got != parent {
			t.Errorf("%s is within %q, want %q", child, got, parent)
		}
	}
	if w.bag != "acme" {
		t.Errorf("the baggage has come along as %q", w.bag)
	}
	v.Click("#crash")
	v.ExpectCrash()
	if s := w.span(t, "event crash").Status(); s.Code != codes.Error || !strings.Contains(s.Description, "as asked") {
		t.Errorf("the status of the event is %v", s)
	}
}

// What is told is counted by route, view and name.
func TestMetrics(t *testing.T) {
	w := newWatched(t)
	v := w.session.Open("/count/1")
	v.Click("#inc")
	v.Click("#inc")
	w.span(t, "event inc")
	got := w.collect(t)
	for name, attrs := range map[string][]attribute.KeyValue{
		"liveview.event.duration":    {attribute.String("http.route", "/count/:n"), attribute.String("liveview.name", "inc"), attribute.String("liveview.outcome", "ok")},
		"liveview.join.duration":     {attribute.String("http.route", "/count/:n"), attribute.String("liveview.navigation", "join"), attribute.String("liveview.outcome", "ok")},
		"liveview.render.size":       {attribute.String("liveview.within", "event")},
		"liveview.callback.duration": {attribute.String("liveview.name", "HandleEvent"), attribute.String("liveview.within", "event")},
		"liveview.mailbox.waiting":   {attribute.String("http.route", "/count/:n")},
		"liveview.sockets":           nil,
		"liveview.views":             nil,
	} {
		if !slices.ContainsFunc(got[name], func(set attribute.Set) bool {
			return !slices.ContainsFunc(attrs, func(a attribute.KeyValue) bool { v, ok := set.Value(a.Key); return !ok || v != a.Value })
		}) {
			t.Errorf("no series of %s has %v; there are %v", name, attrs, got[name])
		}
	}
}

// mover is a view of two routes.
type mover struct{}

var moverPage = liveview.MustParse[count](`<a id="b" {{patch "/b"}}>b</a>`)

func (mover) HandleParams(*gin.Context, *liveview.Socket[count]) error { return nil }
func (mover) Render(st count) liveview.Rendered                        { return moverPage.Render(st) }

// A view is counted at its route, once, wherever its page goes, until it ends.
func TestViewsByRoute(t *testing.T) {
	w := newWatched(t, func(r *gin.Engine) {
		liveview.Handle(r, "/a", mover{})
		liveview.Handle(r, "/b", mover{})
	})
	v := w.session.Open("/a")
	want := func(a, b int64) {
		t.Helper()
		var got []int64
		for range 2000 {
			got = []int64{w.sum(t, "liveview.route.views", "/a"), w.sum(t, "liveview.route.views", "/b")}
			if slices.Equal(got, []int64{a, b}) {
				return
			}
			<-time.After(time.Millisecond)
		}
		t.Errorf("%d views are counted, want %d and %d", got, a, b)
	}
	want(1, 0)
	v.Drop() // and comes back to the view, which was kept
	want(1, 0)
	v.Click("#b")
	want(0, 1)
	v.Close()
	want(0, 0)
}

// sum returns a counter's value at a route.
func (w *watched) sum(t *testing.T, name, route string) (n int64) {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := w.reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			data, ok := m.Data.(metricdata.Sum[int64])
			if m.Name != name || !ok {
				continue
			}
			for _, p := range data.DataPoints {
				if got, _ := p.Attributes.Value("http.route"); got.AsString() == route {
					n += p.Value
				}
			}
		}
	}
	return n
}

// collect returns the attributes of all series by the names of their metrics.
func (w *watched) collect(t *testing.T) map[string][]attribute.Set {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := w.reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	series := map[string][]attribute.Set{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					series[m.Name] = append(series[m.Name], p.Attributes)
				}
			case metricdata.Histogram[int64]:
				for _, p := range data.DataPoints {
					series[m.Name] = append(series[m.Name], p.Attributes)
				}
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					series[m.Name] = append(series[m.Name], p.Attributes)
				}
			}
		}
	}
	return series
}

// Limits name so many clients and no more, by user or address, and nobody unless they are
// asked to.
// What is told is UTF-8, whatever a visitor has in his request or the application in its
// errors: one attribute that isn't, and OTLP takes none of a batch's spans.
func TestToldIsUTF8(t *testing.T) {
	spans, reader := tracetest.NewSpanRecorder(), metric.NewManualReader()
	told, err := otel.New(otel.Config{
		TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)),
		MeterProvider:  metric.NewMeterProvider(metric.WithReader(reader)), NamedClients: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	s := liveview.Span{Kind: liveview.SpanEvent, Subject: liveview.Subject{Route: "/", User: "an\xffn", RequestID: "\xc3"}}
	ctx := told.Begin(context.Background(), s)
	told.End(ctx, s, liveview.Result{Outcome: liveview.OutcomeCrashed, Err: errors.New("no order \xff")})
	told.Tell(ctx, liveview.Note{Kind: liveview.NoteLimit, Cause: "EventRate", Subject: s.Subject})
	isValid := func(what string, attrs ...attribute.KeyValue) {
		for _, a := range attrs {
			if text := a.Value.AsString(); !utf8.ValidString(text) {
				t.Errorf("%s has %s = %q", what, a.Key, text)
			}
		}
	}
	for _, span := range spans.Ended() {
		isValid("a span", span.Attributes()...)
		if text := span.Status().Description; !utf8.ValidString(text) {
			t.Errorf("its status is %q", text)
		}
		for _, event := range span.Events() {
			isValid("its event", event.Attributes...)
		}
	}
	var all metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if data, ok := m.Data.(metricdata.Sum[int64]); ok {
				for _, p := range data.DataPoints {
					isValid(m.Name, p.Attributes.ToSlice()...)
				}
			}
		}
	}
}

func TestNamedClients(t *testing.T) {
	for most, want := range map[int][]string{0: {""}, 2: {"192.0.2.7", "ann", "others"}} {
		reader := metric.NewManualReader()
		told, err := otel.New(otel.Config{MeterProvider: metric.NewMeterProvider(metric.WithReader(reader)), NamedClients: most})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []liveview.Note{{Subject: liveview.Subject{User: "ann"}, Address: "192.0.2.1"}, {Address: "192.0.2.7"}, {Address: "192.0.2.8"}, {Subject: liveview.Subject{User: "bob"}}} {
			n.Kind, n.Cause = liveview.NoteLimit, "EventRate"
			told.Tell(t.Context(), n)
		}
		var got []string
		for _, set := range (&watched{reader: reader}).collect(t)["liveview.limit.hits"] {
			client, _ := set.Value("liveview.client")
			got = append(got, client.AsString())
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("with %d the clients are %q, want %q", most, got, want)
		}
	}
}

// docs/observability.md has each metric and attribute, and no other.
func TestDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/observability.md")
	if err != nil {
		t.Fatal(err)
	}
	source := ""
	for _, name := range []string{"metrics.go", "broker.go"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		source += string(text)
	}
	quoted := map[string]bool{}
	for i, part := range strings.Split(source, `"`) {
		if i%2 == 1 && (strings.HasPrefix(part, "liveview.") || part == "http.route" || part == "network.io.direction" || part == "user.id" || strings.HasPrefix(part, "http.request")) {
			quoted[part] = true
		}
	}
	inTable := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "| `"); ok {
			name, _, _ = strings.Cut(name, "`")
			inTable[name] = true
		}
	}
	for name := range quoted {
		if !inTable[name] {
			t.Errorf("docs/observability.md doesn't list %s", name)
		}
	}
	for name := range inTable {
		if !quoted[name] {
			t.Errorf("docs/observability.md lists %s, which isn't there", name)
		}
	}
}
