// Package search looks things up while its visitor types, and says that it is
// busy meanwhile.
package search

import (
	"context"
	_ "embed"
	"strings"
	"time"

	"github.com/gin-liveview/liveview"
)

//go:embed search.html
var source string

var page = liveview.MustParse[State](source)

// State is what one visitor's page shows.
type State struct {
	Query string
	Found liveview.Async[[]City]
}

// View searches a list of cities as if it were far away.
type View struct{}

// HandleEvent sets a search going. The search must not hold up the page, so it runs by
// itself; the one for the question before is dropped.
func (View) HandleEvent(s *liveview.Socket[State], e liveview.Event) error {
	query := strings.TrimSpace(e.Value("q"))
	if query == s.State().Query {
		return nil
	}
	s.Assign(func(st *State) {
		st.Query = query
		if query == "" {
			st.Found.Reset()
			return
		}
		st.Found.Load(s, func(ctx context.Context) ([]City, error) {
			select {
			case <-time.After(400 * time.Millisecond): // a slow database
				return find(query), nil
			case <-ctx.Done(): // nobody waits any more
				return nil, ctx.Err()
			}
		})
	})
	return nil
}

// Render shows the question and what is known of the answer.
func (View) Render(st State) liveview.Rendered { return page.Render(st) }
