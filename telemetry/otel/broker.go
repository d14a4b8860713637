package otel

import (
	"context"

	"go.opentelemetry.io/otel/metric"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/pubsub"
)

// observeBroker has the gauges of the broker read an App's PubSub, where that is a [pubsub.Bus].
func (m *meters) observeBroker(lv *liveview.App) error {
	bus, ok := lv.PubSub().(interface{ Stats() pubsub.Stats })
	if !ok {
		return nil
	}
	connected, err := m.meter.Int64ObservableGauge("liveview.broker.connected", metric.WithUnit("{broker}"), metric.WithDescription("Whether the broker is there, 1 or 0."))
	if err != nil {
		return err
	}
	queued, err := m.meter.Int64ObservableGauge("liveview.broker.waiting", metric.WithUnit("{message}"), metric.WithDescription("Messages that wait for the broker."))
	if err != nil {
		return err
	}
	dropped, err := m.meter.Int64ObservableCounter("liveview.broker.dropped", metric.WithUnit("{message}"), metric.WithDescription("Messages of this process that other processes don't get."))
	if err != nil {
		return err
	}
	_, err = m.meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		s := bus.Stats()
		is := int64(0)
		if s.Connected {
			is = 1
		}
		o.ObserveInt64(connected, is)
		o.ObserveInt64(queued, int64(s.Queued))
		o.ObserveInt64(dropped, int64(s.DroppedQueueFull+s.DroppedUnavailable+s.DroppedFailed)) //nolint:gosec // it isn't that many
		return nil
	}, connected, queued, dropped)
	return err
}
