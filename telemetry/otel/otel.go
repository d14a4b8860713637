// Package otel tells OpenTelemetry what live pages do: traces of joins and events, and
// metrics, which its exporters take to Prometheus and others.
//
//	told, err := otel.New(otel.Config{})
//	if err != nil {
//		log.Fatal(err)
//	}
//	lv := liveview.New(liveview.Config{Telemetry: told})
//	err = told.Observe(lv)
//
// docs/observability.md has the names of all metrics and attributes.
package otel

import (
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/gin-liveview/liveview"
)

// scope names this package to OpenTelemetry.
const scope = "github.com/gin-liveview/liveview/telemetry/otel"

// Config says whom to tell.
type Config struct {
	// TracerProvider makes the traces; sampling is its own. Nil means the global one.
	TracerProvider trace.TracerProvider

	// MeterProvider makes the metrics. Nil means the global one.
	MeterProvider metric.MeterProvider

	// MetricsOnly makes no traces.
	MetricsOnly bool

	// NamedClients is how many clients the metric liveview.limit.hits names by user, or by
	// address where no user is known: so it says who floods. They are the first that run
	// into a limit; further ones are "others". Each is a series for as long as the process
	// runs, and who reads the metrics reads the names. 0 means that nobody is named.
	NamedClients int
}

// Telemetry is a [liveview.Telemetry], for [liveview.Config].Telemetry.
type Telemetry struct {
	traces
	meters
}

var _ liveview.Telemetry = (*Telemetry)(nil)

// New returns one. Its error is the MeterProvider's.
func New(c Config) (*Telemetry, error) {
	if c.TracerProvider == nil {
		c.TracerProvider = otel.GetTracerProvider()
	}
	if c.MetricsOnly {
		c.TracerProvider = noop.NewTracerProvider()
	}
	if c.MeterProvider == nil {
		c.MeterProvider = otel.GetMeterProvider()
	}
	t := &Telemetry{traces: traces{tracer: c.TracerProvider.Tracer(scope)}}
	t.clients.most = c.NamedClients
	return t, t.meters.init(c.MeterProvider.Meter(scope))
}
