// Package counter is the smallest live page: a number and three buttons.
package counter

import (
	_ "embed"

	"github.com/gin-liveview/liveview"
)

//go:embed counter.html
var source string

var page = liveview.MustParse[State](source)

// State is what one visitor's page shows.
type State struct{ Count int }

// View counts what its visitor clicks.
type View struct{}

// HandleEvent hears the buttons.
func (View) HandleEvent(s *liveview.Socket[State], e liveview.Event) error {
	s.Assign(func(st *State) {
		switch e.Name {
		case "add":
			st.Count += e.Int("by")
		case "reset":
			st.Count = 0
		}
	})
	return nil
}

// Render shows the number.
func (View) Render(st State) liveview.Rendered { return page.Render(st) }
