package liveviewtest_test

import (
	"fmt"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/js"
	"github.com/gin-liveview/liveview/liveviewtest"
)

type commandState struct{ Got string }

type commandPart struct{ Got string }

type commandPartView struct{}

var commandPartPage = liveview.MustParse[commandPart](`<p id="part" phx-click="go" phx-target="{{myself}}" phx-value-id="{{signed "id" 7}}">{{.Got}}</p>`)

func (commandPartView) Update(*liveview.Socket[commandPart], struct{}) error { return nil }

func (commandPartView) HandleEvent(s *liveview.Socket[commandPart], e liveview.Event) error {
	if e.Name == "go" {
		s.PushJS(js.SetAttr(js.Self, "title", "t").Push("back", js.Target(s.Myself())))
	}
	id, signed := e.Signed("id")
	s.Assign(func(st *commandPart) { st.Got += fmt.Sprint(e.Name, " ", id, " ", signed, ";") })
	return nil
}

func (commandPartView) Render(st commandPart) liveview.Rendered { return commandPartPage.Render(st) }

// What the server has a page run, the test's page runs, for the view or the component.
// data-confirm asks the test, and a refused click does nothing.
func TestCommandsFromTheServer(t *testing.T) {
	part := liveview.NewLive[commandPart, struct{}](commandPartView{})
	view := liveview.ViewFuncs[commandState]{
		Template: liveview.MustParseSource[commandState](liveview.Source{Live: map[string]liveview.AnyLive{"part": part}, Text: `<main>
			<button id="go" phx-click="go">x</button><b id="b">{{.Got}}</b>
			<button id="drop" data-confirm="Really?" phx-click="drop">y</button>
			<form id="f" data-confirm="Send?" phx-submit="send"><input name="a"><button id="submit">z</button></form>{{part 1}}
			<a id="delete" href="/items/3" data-method="delete">d</a></main>`}),
		Events: liveview.Events[commandState]{},
	}
	for _, name := range []string{"go", "again", "drop", "send"} {
		view.Events[name] = func(s *liveview.Socket[commandState], e liveview.Event) error {
			if e.Name == "go" {
				s.PushJS(js.Show("#b").Push("again"))
			}
			s.Assign(func(st *commandState) { st.Got += e.Name + ";" })
			return nil
		}
	}
	r := gin.New()
	r.Use(liveview.Middleware())
	liveview.Handle(r, "/", view)
	r.DELETE("/items/:id", func(c *gin.Context) {
		if c.PostForm("_csrf_token") != "" && c.Param("id") == "3" {
			c.Data(299, "text/html", []byte("<p>gone</p>"))
		}
	})
	v := liveviewtest.Open(t, liveview.MethodOverride(r), "/")
	shows := func(selector, want string) {
		t.Helper()
		v.WaitFor(func() bool { return v.Text(selector) == want })
	}
	v.Click("#go")
	shows("#b", "go;again;")
	v.Click("#part")
	shows("#part", "go 7 true;back 7 true;")
	if title, _ := v.Find("#part").Attr("title"); title != "t" {
		t.Errorf("the component's title is %q", title)
	}
	v.Confirm(false)
	v.Click("#drop")
	v.Click("#submit")
	if got := v.Text("#b"); got != "go;again;" {
		t.Errorf("what was refused was done: %s", got)
	}
	v.Confirm(true)
	v.Click("#drop")
	v.Click("#submit")
	shows("#b", "go;again;drop;send;")
	v.Click("#delete")
	if res := v.Response(); res.StatusCode != 299 {
		t.Errorf("data-method is answered with %d", res.StatusCode)
	}
	if got := fmt.Sprint(v.Asked()); got != "[Really? Send? Really? Send?]" {
		t.Errorf("asked %s", got)
	}
}
