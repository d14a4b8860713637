package main

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/otlptranslator"
	exporter "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"

	"github.com/gin-liveview/liveview/telemetry/otel"
)

// metrics returns what an App tells, and the page that Prometheus reads it from.
func metrics() (told *otel.Telemetry, page http.Handler, err error) {
	registry := prometheus.NewRegistry()
	reader, err := exporter.New(
		exporter.WithRegisterer(registry),
		exporter.WithoutScopeInfo(), // which would be three labels more on each series
		exporter.WithTranslationStrategy(otlptranslator.UnderscoreEscapingWithSuffixes), // liveview_event_duration_seconds
	)
	if err != nil {
		return nil, nil, err
	}
	told, err = otel.New(otel.Config{
		MeterProvider: metric.NewMeterProvider(metric.WithReader(reader)),
		MetricsOnly:   true,
		NamedClients:  20, // by user or address, as who reads the metrics may know them here
	})
	return told, promhttp.HandlerFor(registry, promhttp.HandlerOpts{}), err
}
