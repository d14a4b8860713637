package main

import (
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// wizard is the state of a page with something half done in it.
type wizard struct {
	Node  string
	Open  bool // the panel with the form
	Step  int
	Text  string
	Items []string
}

type wizardView struct{ node string }

// stepper is a live component with a state of its own.
type stepper struct {
	ID int
	N  int
}

type stepperView struct{}

var stepperPage = liveview.MustParse[stepper](`<span id="stepper-{{.ID}}"><button id="more-{{.ID}}" phx-click="more" phx-target="{{myself}}">{{.N}}</button></span>`)

func (stepperView) Update(s *liveview.Socket[stepper], id int) error {
	s.Assign(func(c *stepper) { c.ID = id })
	return nil
}

func (stepperView) HandleEvent(s *liveview.Socket[stepper], _ liveview.Event) error {
	s.Assign(func(c *stepper) { c.N++ })
	return nil
}

func (stepperView) Restore(s *liveview.Socket[stepper], saved stepper) error {
	s.Assign(func(c *stepper) { c.N = saved.N })
	return nil
}

func (stepperView) Render(c stepper) liveview.Rendered { return stepperPage.Render(c) }

var theStepper = liveview.NewLive[stepper, int](stepperView{})

var wizardPage = liveview.MustParseSource[wizard](liveview.Source{
	Live: map[string]liveview.AnyLive{"stepper": theStepper},
	Text: `<p id="node">{{.Node}}</p><p id="step">{{.Step}}</p><button id="next" phx-click="next">next</button>
<button id="panel" phx-click="panel">panel</button><ul id="items">{{range .Items}}<li>{{.}}</li>{{end}}</ul><button id="add" phx-click="add">add</button>
{{stepper 1 1}}{{stepper 2 2}}
{{if .Open}}<form id="note" phx-change="text" phx-auto-recover="ignore"><input id="text" name="text" value="{{.Text}}"></form>{{end}}`,
})

func (v wizardView) Mount(_ *gin.Context, s *liveview.Socket[wizard]) error {
	s.Assign(func(w *wizard) { w.Node = v.node })
	return nil
}

func (wizardView) HandleEvent(s *liveview.Socket[wizard], e liveview.Event) error {
	s.Assign(func(w *wizard) {
		switch e.Name {
		case "next":
			w.Step++
		case "panel":
			w.Open = !w.Open
		case "add":
			w.Items = append(slices.Clone(w.Items), strconv.Itoa(len(w.Items)+1))
		case "text":
			w.Text = e.Value("text")
		}
	})
	return nil
}

func (v wizardView) Restore(s *liveview.Socket[wizard], saved wizard) error {
	s.Assign(func(w *wizard) {
		*w = saved
		w.Node = v.node
	})
	return nil
}

func (wizardView) Render(w wizard) liveview.Rendered { return wizardPage.Render(w) }
