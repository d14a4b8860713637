// Package dashboard is a page of panels that are live views of their own: what goes wrong
// in one stays there.
package dashboard

import (
	_ "embed"
	"errors"
	"fmt"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

//go:embed dashboard.html
var source string

//go:embed panel.html
var panelSource string

var (
	page      = liveview.MustParse[State](source)
	panelPage = liveview.MustParse[Panel](panelSource)
)

// State is what the page shows besides its panels, which have their own.
type State struct {
	Panels []*liveview.Nested
	Few    bool
	News   string // what a panel has told last
}

// Counter is what a panel is about.
type Counter struct {
	ID, Name string
	Fragile  bool // it can be made to crash
}

var counters = []Counter{
	{"bread", "Bread", false}, {"rolls", "Rolls", true}, {"cakes", "Cakes", false}, {"coffee", "Coffee", false},
}

func panels(of []Counter) []*liveview.Nested {
	all := make([]*liveview.Nested, len(of))
	for i, c := range of {
		all[i] = liveview.NestWith(c.ID, panelView{}, c)
	}
	return all
}

// View is the page.
type View struct{}

// Mount opens all counters.
func (View) Mount(_ *gin.Context, s *liveview.Socket[State]) error {
	s.Assign(func(st *State) { st.Panels = panels(counters) })
	return nil
}

// closing tells a panel to count from zero.
type closing struct{}

// HandleEvent tells the panels something, or shows others.
func (View) HandleEvent(s *liveview.Socket[State], e liveview.Event) error {
	switch e.Name {
	case "close":
		for _, c := range counters {
			if err := s.SendChild(c.ID, closing{}); err != nil && !errors.Is(err, liveview.ErrNoChild) { // one that isn't shown, or has crashed
				return err
			}
		}
	case "more":
		s.Assign(func(st *State) {
			if st.Few = !st.Few; st.Few {
				st.Panels = panels(counters[:2])
			} else {
				st.Panels = panels(counters)
			}
		})
	default:
		return liveview.ErrUnknownEvent
	}
	return nil
}

// sold is what a panel tells the page.
type sold struct {
	Name  string
	Count int
}

// HandleInfo shows what a panel has told.
func (View) HandleInfo(s *liveview.Socket[State], info any) error {
	if news, ok := info.(sold); ok {
		s.Assign(func(st *State) { st.News = fmt.Sprintf("%s: %d sold.", news.Name, news.Count) })
	}
	return nil
}

// Render shows the page.
func (View) Render(st State) liveview.Rendered { return page.Render(st) }

// Panel is the state of one panel.
type Panel struct {
	Counter
	Count int
	Up    int // seconds
}

type panelView struct{}

// MountArgs begins a panel, again after it has crashed.
func (panelView) MountArgs(_ *gin.Context, s *liveview.Socket[Panel], c Counter) error {
	s.Assign(func(p *Panel) { p.Counter = c })
	s.Repeat(time.Second, func() { s.Assign(func(p *Panel) { p.Up++ }) })
	return nil
}

func (panelView) HandleEvent(s *liveview.Socket[Panel], e liveview.Event) error {
	switch e.Name {
	case "sell":
		s.Assign(func(p *Panel) { p.Count++ })
		return s.SendParent(sold{s.State().Name, s.State().Count})
	case "crash":
		return errors.New("somebody has pressed crash")
	}
	return liveview.ErrUnknownEvent
}

func (panelView) HandleInfo(s *liveview.Socket[Panel], info any) error {
	if _, ok := info.(closing); ok {
		s.Assign(func(p *Panel) { p.Count = 0 })
	}
	return nil
}

func (panelView) Render(p Panel) liveview.Rendered { return panelPage.Render(p) }
