package board_test

import (
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// The function components of docs/components.md: what a template with a name is given by
// dict, and attributes that its caller chooses.

type note struct {
	Text string
	Open bool
}

type noteComponent struct{}

var notePage = liveview.MustParse[note](`
		{{define "button"}}<button type="button" class="quiet" {{attrs .Rest}}>{{.Text}}</button>{{end}}
		<li>
			{{.Text}}
			{{template "button" dict "Text" "Edit" "Rest" (attrs "phx-click" "edit" "phx-target" myself "hidden" .Open)}}
			{{if .Open}}<em>being edited</em>{{end}}
		</li>`)

func (noteComponent) Update(s *liveview.Socket[note], text string) error {
	s.Assign(func(st *note) { st.Text = text })
	return nil
}

func (noteComponent) HandleEvent(s *liveview.Socket[note], e liveview.Event) error {
	if e.Name != "edit" {
		return liveview.ErrUnknownEvent
	}
	s.Assign(func(st *note) { st.Open = true })
	return nil
}

func (noteComponent) Render(st note) liveview.Rendered { return notePage.Render(st) }

func TestFunctionComponents(t *testing.T) {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(liveview.Middleware())
	liveview.Handle(r, "/note", liveview.ViewFuncs[string]{
		Template: liveview.MustParseSource[string](liveview.Source{
			Text: `<ul>{{note 1 "bread"}}</ul>`,
			Live: map[string]liveview.AnyLive{"note": liveview.NewLive[note, string](noteComponent{})},
		}),
	})
	v := liveviewtest.Open(t, r, "/note")
	if v.Has("li button[hidden]") {
		t.Errorf("an attribute that is false is there: %s", v.HTML())
	}
	v.Click("Edit")
	if !v.Has("li em") || !v.Has("li button[hidden]") {
		t.Errorf("the button's attributes don't do: %s", v.HTML())
	}
}
