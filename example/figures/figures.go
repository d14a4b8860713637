// Package figures shows figures that take their time, each as soon as it is there.
package figures

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

//go:embed figures.html
var source string

var page = liveview.MustParse[State](source)

// State is what one visitor's page shows.
type State struct{ Panels []Panel }

// Panel is one of its figures.
type Panel struct {
	ID, Title, About string
	Tries            int
	Figure           liveview.Async[Figure]
}

// Figure is what was found, and when.
type Figure struct {
	Text string
	At   time.Time
}

// Busy reports whether something is on its way.
func (st State) Busy() bool {
	return slices.ContainsFunc(st.Panels, func(p Panel) bool { return p.Figure.Loading })
}

// figure is a source of figures. They are made up; what they stand for is how long they
// take.
type figure struct {
	id, title, about string
	takes            time.Duration
	ask              func(try int) (string, error)
}

var errNoAnswer = errors.New("the supplier's service doesn't answer")

var figures = []figure{
	{"visitors", "Visitors now", "Takes no time to speak of, so the first page has it.", 20 * time.Millisecond, func(try int) (string, error) {
		return fmt.Sprint(240 + 7*try), nil
	}},
	{"orders", "Orders today", "Takes a second.", time.Second, func(try int) (string, error) {
		return fmt.Sprint(1300 + 12*try), nil
	}},
	{"revenue", "Revenue of the year", "Takes six seconds, and you may think better of it.", 6 * time.Second, func(int) (string, error) {
		return "4.2 M", nil
	}},
	{"supplies", "Supplies on their way", "Fails every other time: the supplier's service isn't the best.", 2 * time.Second, func(try int) (string, error) {
		if try%2 == 1 {
			return "", errNoAnswer
		}
		return fmt.Sprint(15*try, " pallets"), nil
	}},
}

// View is the page.
type View struct{}

// Mount asks for all figures. The first page waits a little for what is quick; what isn't
// there by then comes when it is.
func (View) Mount(_ *gin.Context, s *liveview.Socket[State]) error {
	s.Assign(func(st *State) {
		for i, f := range figures {
			st.Panels = append(st.Panels, Panel{ID: f.id, Title: f.title, About: f.about})
			if f.takes < 100*time.Millisecond {
				load(s, &st.Panels[i], liveview.LoadOptions{RenderWait: 100 * time.Millisecond})
			} else {
				load(s, &st.Panels[i])
			}
		}
	})
	return nil
}

// load asks for a panel's figure. What was there before stays until it comes.
func load(s *liveview.Socket[State], p *Panel, options ...liveview.LoadOptions) {
	f := figures[slices.IndexFunc(figures, func(f figure) bool { return f.id == p.ID })]
	p.Tries++
	try := p.Tries
	p.Figure.Load(s, func(ctx context.Context) (Figure, error) {
		select {
		case <-time.After(f.takes):
			text, err := f.ask(try)
			return Figure{text, time.Now()}, err
		case <-ctx.Done(): // nobody waits any more
			return Figure{}, ctx.Err()
		}
	}, options...)
}

// HandleEvent asks anew, and cancels: one figure, or all.
func (View) HandleEvent(s *liveview.Socket[State], e liveview.Event) error {
	if e.Name != "load" && e.Name != "cancel" {
		return liveview.ErrUnknownEvent
	}
	s.Assign(func(st *State) {
		for i := range st.Panels {
			p := &st.Panels[i]
			switch id := e.Value("id"); {
			case id != "" && id != p.ID:
			case e.Name == "load":
				load(s, p)
			default:
				p.Figure.Cancel()
			}
		}
	})
	return nil
}

// Render shows what there is.
func (View) Render(st State) liveview.Rendered { return page.Render(st) }
