// Package search looks things up while its visitor types, and says that it is
// busy meanwhile.
package search

import (
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
	Query   string
	Loading bool
	Found   []City
}

// results is what a search found; it travels as an info.
type results struct {
	query string
	found []City
}

// View searches a list of cities as if it were far away.
type View struct{}

// HandleEvent shows that a search is on its way and sets it going. The search
// must not hold up the page, so it runs by itself and sends in what it found.
func (View) HandleEvent(s *liveview.Socket[State], e liveview.Event) error {
	query := strings.TrimSpace(e.Value("q"))
	if query == s.State().Query {
		return nil
	}
	s.Assign(func(st *State) { st.Query, st.Loading = query, query != "" })
	if query == "" {
		s.Assign(func(st *State) { st.Found = nil })
		return nil
	}
	ctx := s.Context()
	go func() {
		select {
		case <-time.After(400 * time.Millisecond): // a slow database
			_ = s.SendInfo(results{query, find(query)}) // an error means that nobody waits any more
		case <-ctx.Done():
		}
	}()
	return nil
}

// HandleInfo takes in a result, unless the question has changed since.
func (View) HandleInfo(s *liveview.Socket[State], info any) error {
	if r := info.(results); r.query == s.State().Query {
		s.Assign(func(st *State) { st.Loading, st.Found = false, r.found })
	}
	return nil
}

// Render shows the question and what is known of the answer.
func (View) Render(st State) liveview.Rendered { return page.Render(st) }
