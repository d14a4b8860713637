package otel_test

import (
	"fmt"
	"log"

	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/telemetry/otel"
)

// The providers are those that the program has anyhow, with its exporters: for Prometheus
// that of go.opentelemetry.io/otel/exporters/prometheus is the reader.
func ExampleNew() {
	reader := metric.NewManualReader()
	told, err := otel.New(otel.Config{
		TracerProvider: trace.NewTracerProvider(),
		MeterProvider:  metric.NewMeterProvider(metric.WithReader(reader)),
	})
	if err != nil {
		log.Fatal(err)
	}
	lv := liveview.New(liveview.Config{Telemetry: told, Secret: liveview.NewSecret("an example's secret, which is long enough")})
	if err := told.Observe(lv); err != nil {
		log.Fatal(err)
	}
	fmt.Println(lv.Stats().Sockets, "sockets are open")
	// Output: 0 sockets are open
}
