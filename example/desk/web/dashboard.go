package web

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/desk/data"
)

// dashboardState are the figures of so many days, which follow what happens.
type dashboardState struct {
	Days    int
	Report  liveview.Async[data.Report]
	changed bool // something has happened since they were asked for
}

type dashboardView struct{ desk *desk }

// Mount implements [liveview.Mounter]. However much happens, the figures are asked for once in
// two seconds at most.
func (v dashboardView) Mount(_ *gin.Context, s *liveview.Socket[dashboardState]) error {
	s.PageTitle("Dashboard")
	s.Repeat(2*time.Second, func() {
		if s.State().changed {
			v.load(s)
		}
	})
	_, err := s.Subscribe(data.TicketsTopic)
	return err
}

// HandleParams implements [liveview.ParamsHandler].
func (v dashboardView) HandleParams(c *gin.Context, s *liveview.Socket[dashboardState]) error {
	days := 30
	if c.Query("days") == "90" {
		days = 90
	}
	s.Assign(func(st *dashboardState) { st.Days = days })
	v.load(s)
	return nil
}

func (v dashboardView) load(s *liveview.Socket[dashboardState]) {
	user := me(s)
	s.Assign(func(st *dashboardState) {
		days := st.Days
		st.changed = false
		st.Report.Load(s, func(ctx context.Context) (data.Report, error) { return v.desk.Report(ctx, user, days) })
	})
}

// HandleInfo implements [liveview.InfoHandler].
func (v dashboardView) HandleInfo(s *liveview.Socket[dashboardState], _ any) error {
	s.Assign(func(st *dashboardState) { st.changed = true })
	return nil
}

// Render implements [liveview.View].
func (dashboardView) Render(st dashboardState) liveview.Rendered { return dashboardPage.Render(st) }

// The chart's size, in units of its own.
const (
	chartWidth  = 720
	chartHeight = 200
)

// Chart draws the report's days: what was opened as bars, what was solved as a line.
func (st dashboardState) Chart() Chart {
	days := st.Report.Value.Days
	c := Chart{Width: chartWidth, Height: chartHeight}
	for _, d := range days {
		c.Most = max(c.Most, d.Opened, d.Solved)
	}
	c.Most = (c.Most/5 + 1) * 5
	step := float64(chartWidth) / float64(max(1, len(days)))
	height := func(n int64) float64 { return float64(n) * chartHeight / float64(c.Most) }
	var line strings.Builder
	for i, d := range days {
		c.Bars = append(c.Bars, Bar{
			X: fmt.Sprintf("%.1f", float64(i)*step+step*.15), Y: fmt.Sprintf("%.1f", chartHeight-height(d.Opened)),
			Width: fmt.Sprintf("%.1f", step*.7), Height: fmt.Sprintf("%.1f", height(d.Opened)),
			Title: fmt.Sprintf("%s: %d opened, %d solved", d.Begin.Day(), d.Opened, d.Solved),
		})
		fmt.Fprintf(&line, "%.1f,%.1f ", (float64(i)+.5)*step, chartHeight-height(d.Solved))
	}
	c.Line = line.String()
	return c
}

// Chart is one in SVG.
type Chart struct {
	Width, Height int
	Most          int64 // the top of the scale
	Bars          []Bar
	Line          string
}

// Bar is a rectangle of it.
type Bar struct{ X, Y, Width, Height, Title string }

// Share is how much of the largest count another one is, in percent.
func (st dashboardState) Share(all []data.NameCount, n int64) int64 {
	most := int64(1)
	for _, c := range all {
		most = max(most, c.Count)
	}
	return n * 100 / most
}
