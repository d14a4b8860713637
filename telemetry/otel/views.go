package otel

import (
	"context"
	"sync"

	"go.opentelemetry.io/otel/metric"

	"github.com/gin-liveview/liveview"
)

// places counts the views that are open by their routes: a view has a place from its first
// join until it ends, and may change it by a patch.
type places struct {
	count metric.Int64UpDownCounter

	mu     sync.Mutex        // guards routes. Nothing is locked under it.
	routes map[string]string // by the ids of views
}

// at notes where a view is.
func (p *places) at(ctx context.Context, id, route string) {
	p.mu.Lock()
	old, there := p.routes[id]
	if !there || old != route {
		if p.routes == nil {
			p.routes = make(map[string]string)
		}
		p.routes[id] = route
	}
	p.mu.Unlock()
	if there && old == route {
		return
	}
	if there {
		p.count.Add(ctx, -1, with(attrRoute, old))
	}
	p.count.Add(ctx, 1, with(attrRoute, route))
}

// end forgets a view.
func (p *places) end(ctx context.Context, id string) {
	p.mu.Lock()
	old, there := p.routes[id]
	delete(p.routes, id)
	p.mu.Unlock()
	if there {
		p.count.Add(ctx, -1, with(attrRoute, old))
	}
}

// moved takes in where a view is after a join or a patch.
func (p *places) moved(ctx context.Context, s liveview.Span, r liveview.Result) {
	if r.Outcome == liveview.OutcomeOK && s.ID != "" && s.Route != "" {
		p.at(ctx, s.ID, s.Route)
	}
}
