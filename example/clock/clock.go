// Package clock shows the time and keeps showing it.
package clock

import (
	_ "embed"
	"slices"
	"time"
	_ "time/tzdata" // machines without time zones

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

//go:embed clock.html
var source string

var page = liveview.MustParse[State](source)

var zones = []string{"UTC", "Europe/Zurich", "America/New_York", "Asia/Tokyo", "Pacific/Auckland"}

// State is what one visitor's page shows.
type State struct {
	Zones []string
	Zone  string
	Now   time.Time
	Ticks int
}

// View is a clock.
type View struct{}

// Mount sets the clock going. In the first HTML, with no one connected, Repeat
// does nothing.
//
// Where the visitor is, the browser says when the page joins: static/app.js has it do
// so. It may say anything.
func (v View) Mount(c *gin.Context, s *liveview.Socket[State]) error {
	known, here := zones, time.UTC
	if name := liveview.ConnectParamsOf(c).Value("time_zone"); name != "" && name != "Local" && len(name) < 64 {
		if zone, err := time.LoadLocation(name); err == nil {
			here = zone
		}
	}
	if !slices.Contains(known, here.String()) {
		known = append([]string{here.String()}, known...)
	}
	s.Assign(func(st *State) { st.Zones, st.Zone, st.Now = known, here.String(), time.Now().In(here) })
	s.Repeat(time.Second, func() {
		s.Assign(func(st *State) {
			st.Now = time.Now().In(st.Now.Location())
			st.Ticks++
		})
	})
	return nil
}

// HandleEvent moves the clock to another place.
func (View) HandleEvent(s *liveview.Socket[State], e liveview.Event) error {
	if !slices.Contains(s.State().Zones, e.Value("zone")) {
		return nil
	}
	where, err := time.LoadLocation(e.Value("zone"))
	if err != nil {
		return err
	}
	s.Assign(func(st *State) { st.Zone, st.Now = where.String(), st.Now.In(where) })
	return nil
}

// Render shows the time.
func (View) Render(st State) liveview.Rendered { return page.Render(st) }
