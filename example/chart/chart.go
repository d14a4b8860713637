// Package chart draws a line from live data: the server pushes points to a
// hook, and the hook asks the server back.
package chart

import (
	_ "embed"
	"math"
	"math/rand/v2"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

//go:embed chart.html
var source string

var page = liveview.MustParse[State](source)

// State is what one visitor's page shows.
type State struct {
	Paused bool
	Points []float64
}

// View measures something that goes up and down.
type View struct{}

// Mount sends what there is, and a new point twice a second.
func (View) Mount(_ *gin.Context, s *liveview.Socket[State]) error {
	s.Assign(func(st *State) {
		for range 80 {
			st.measure()
		}
	})
	s.Repeat(500*time.Millisecond, func() {
		if s.State().Paused {
			return
		}
		s.Assign((*State).measure)
		points := s.State().Points
		_ = s.PushEvent("point", points[len(points)-1]) // a number marshals
	})
	return s.PushEvent("points", s.State().Points)
}

// HandleEvent pauses, and answers the chart when it asks for an average.
func (View) HandleEvent(s *liveview.Socket[State], e liveview.Event) error {
	switch e.Name {
	case "pause":
		s.Assign(func(st *State) { st.Paused = !st.Paused })
	case "average":
		sum, points := 0.0, s.State().Points
		for _, p := range points {
			sum += p
		}
		return s.Reply(map[string]float64{"average": sum / float64(len(points))})
	}
	return nil
}

// measure adds a point and lets go of the oldest.
func (s *State) measure() {
	last := 50.0
	if n := len(s.Points); n > 0 {
		last = s.Points[n-1]
	}
	next := math.Max(5, math.Min(95, last+rand.NormFloat64()*6))
	s.Points = append(s.Points, next)
	s.Points = s.Points[max(0, len(s.Points)-80):]
}

// Render shows the frame; the line is the hook's.
func (View) Render(st State) liveview.Rendered { return page.Render(st) }
