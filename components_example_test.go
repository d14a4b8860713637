package liveview_test

import (
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// Order is the state of the page that docs/components.md builds of function components.
type Order struct {
	Name, Problem string
	Lines         []string
	Locked        bool
}

// NameAttrs are what the name's field has besides.
func (o Order) NameAttrs() liveview.Attrs {
	return liveview.Attrs{"required": true, "maxlength": 40, "disabled": o.Locked}
}

var orderPage = liveview.MustParse[Order](`
{{define "field"}}
<label>{{.Label}} <input name="{{.Name}}" value="{{.Value}}" {{attrs .Rest}}></label>
{{with .Problem}}<p class="problem">{{.}}</p>{{end}}
{{end}}

{{define "box:begin"}}<section class="box"><h2>{{.Title}}</h2><div class="body">{{end}}
{{define "box:end"}}</div></section>{{end}}

{{template "box:begin" dict "Title" "Your order"}}
  <form id="order" phx-change="type">
    {{template "field" dict "Name" "name" "Label" "Your name" "Value" .Name "Problem" .Problem "Rest" .NameAttrs}}
  </form>
  <ul>{{range .Lines}}<li>{{.}}</li>{{end}}</ul>
{{template "box:end"}}
`)

type orderView struct{}

func (orderView) HandleEvent(s *liveview.Socket[Order], e liveview.Event) error {
	s.Assign(func(o *Order) {
		if o.Name, o.Problem = e.Value("name"), ""; o.Name == "" {
			o.Problem = "Who are you?"
		}
	})
	return nil
}

func (orderView) Render(o Order) liveview.Rendered { return orderPage.Render(o) }

func TestFunctionComponents(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", orderView{}) })
	v := s.browse("/")
	if got := v.Text("section.box h2"); got != "Your order" {
		t.Errorf("the box is called %q", got)
	}
	if !v.Has(`input[name="name"][required][maxlength="40"]:not([disabled])`) {
		t.Errorf("the field is not what it was given:\n%s", v.HTML())
	}
	v.Change("#order", "name", " ")
	v.Change("#order", "name", "")
	if got := v.Text(".problem"); got != "Who are you?" {
		t.Errorf("the problem is %q", got)
	}
	_, err := liveview.Parse[Order](`{{define "field"}}<label>{{.Label}}</label>{{end}}{{template "field" dict "Labl" "x"}}`)
	if err == nil || !strings.Contains(err.Error(), "the template is given no Label: add it to the dict of its call") {
		t.Errorf("a missing argument is told as %v", err)
	}
}
