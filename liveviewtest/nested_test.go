package liveviewtest_test

import (
	"errors"
	"fmt"
	"html/template"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// panel is the state of a view that stands in others.
type panel struct {
	Count int
	Name  string
	Inner []*liveview.Nested
}

var panelTemplate = liveview.MustParse[panel](`<b>{{.Count}}</b> <i>{{.Name}}</i> <button phx-click="inc">more</button>` +
	`<button phx-click="crash">crash</button><button phx-click="hide">hide</button><button phx-click="show">show</button>` +
	`<form id="form-{{viewID}}" phx-change="name"><input name="name" value="{{.Name}}" aria-label="name"></form>` +
	`{{range .Inner}}{{component .}}{{end}}<p phx-hook="H" id="hook-{{viewID}}" phx-click="inc" phx-target="#{{viewID}}">up</p>`)

type panelView struct{ inner []*liveview.Nested }

func (v panelView) Mount(_ *gin.Context, s *liveview.Socket[panel]) error {
	s.Assign(func(p *panel) { p.Inner = v.inner })
	return nil
}

func (v panelView) HandleEvent(s *liveview.Socket[panel], e liveview.Event) error {
	s.Assign(func(p *panel) {
		switch e.Name {
		case "inc":
			p.Count++
		case "name":
			p.Name = e.Value("name")
		case "hide":
			p.Inner = nil
		case "show":
			p.Inner = v.inner
		}
	})
	switch e.Name {
	case "crash":
		return errors.New("crash as asked")
	case "inc":
		if s.ParentID() != "" {
			return s.SendParent(fmt.Sprintf("%s is at %d", s.ID(), s.State().Count))
		}
	case "go":
		return s.PushRedirect("/next", nil)
	}
	return s.Reply("from " + s.ID())
}

func (panelView) HandleInfo(s *liveview.Socket[panel], info any) error {
	s.Assign(func(p *panel) { p.Name = info.(string) })
	return nil
}

func (panelView) Render(p panel) liveview.Rendered { return panelTemplate.Render(p) }

func nest(id string, inner ...*liveview.Nested) *liveview.Nested {
	return liveview.Nest(id, panelView{inner})
}

// Views that are nested in a page are joined with it; a test acts in one, and it alone
// answers, crashes and joins again.
func TestNestedViews(t *testing.T) {
	r := app(func(r *gin.Engine) {
		liveview.Handle(r, "/", panelView{[]*liveview.Nested{nest("a", nest("a1")), nest("b")}})
	})
	v := liveviewtest.Open(t, r, "/")
	a, inner, b := v.Child("#a"), v.Child("#a1"), v.Child("#b")
	inner.Click("more")
	if got := inner.Text("b"); got != "1" || b.Text("b") != "0" {
		t.Errorf("after a click in a1 it shows %s, and b %s", got, b.Text("b"))
	}
	a.WaitForText("#a > i", "a1 is at 1")
	v.Child("#b").Change("#form-b", "name", "typed")
	if got := b.Text("i"); got != "typed" || inner.Text("i") != "" {
		t.Errorf("after a change in b it shows %q, and a1 %q", got, inner.Text("i"))
	}
	if got := string(inner.Hook("#hook-a1").Push("ask", nil)); got != `"from a1"` {
		t.Errorf("its hook gets %s", got)
	}
	if !inner.Live() || inner.ID() != "a1" {
		t.Errorf("a1: live %t, id %q", inner.Live(), inner.ID())
	}
	inner.Click("crash")
	inner.ExpectCrash()
	if inner.Live() || !a.Live() || !v.Live() {
		t.Error("the crash of a1 isn't its alone")
	}
	inner.Reconnect()
	if got := inner.Text("b"); got != "0" || a.Text("#a > i") != "a1 is at 1" {
		t.Errorf("a1 joins again with %s, and a is at %s", got, a.Text("#a > i"))
	}
}

// What the page shows no more is left; shown again, it is joined anew.
func TestNestedViewsComeAndGo(t *testing.T) {
	r := app(func(r *gin.Engine) { liveview.Handle(r, "/", panelView{[]*liveview.Nested{nest("a", nest("a1"))}}) })
	v := liveviewtest.Open(t, r, "/")
	v.Child("#a1").Click("more")
	for range 3 {
		v.Click("[phx-click=hide]:not(#a *)")
		if v.Has("#a") || v.Has("#a1") {
			t.Fatalf("hidden, the page is %s", v.HTML())
		}
		v.Click("[phx-click=show]")
		if got := v.Child("#a1").Text("b"); got != "0" || !v.Child("#a").Live() {
			t.Fatalf("shown again, a1 is at %s", got)
		}
		v.Child("#a1").Click("more")
	}
	v.Child("#a1").Change("#form-a1", "name", "typed")
	v.Reconnect()
	if a1 := v.Child("#a1"); a1.Text("b") != "1" || a1.Text("i") != "typed" {
		t.Errorf("when the page joins again, a1 is %s, and should be as it was", a1.HTML())
	}
}

// A sticky view stays over live navigation, in the layout and in the pages, and moves the
// page's own view.
func TestStickyViews(t *testing.T) {
	for name, inLayout := range map[string]bool{"in the layout": true, "in the pages": false} {
		t.Run(name, func(t *testing.T) {
			player := liveview.NewSticky("player", panelView{})
			config := liveview.Config{}
			if inLayout {
				config.Layout = liveview.LayoutOf(stickyLayout, "", func(*gin.Context) any { return player })
			}
			page := stickyPage{}
			if !inLayout {
				page.player = player
			}
			r := app(func(r *gin.Engine) {
				r.Use(player.Middleware())
				liveview.Handle(r, "/", page)
				liveview.Handle(r, "/next", page)
			}, config)
			v := liveviewtest.Open(t, r, "/")
			p := v.Child("#player")
			p.Click("more")
			v.Click("next")
			v.ExpectNavigation("/next")
			p.Click("more")
			if got := p.Text("b"); got != "2" || v.URL().Path != "/next" {
				t.Errorf("after a link the player is at %s, and the page at %s", got, v.URL())
			}
			v.Back()
			p.Hook("#hook-player").Push("go", nil)
			v.ExpectNavigation("/next")
			p.Click("more")
			if got := p.Text("b"); got != "3" {
				t.Errorf("after its own move the player is at %s", got)
			}
			if moved := v.Count("#player"); moved != 1 {
				t.Errorf("there are %d players", moved)
			}
			v.Reconnect()
			if got := p.Text("b"); got != "3" || !p.Live() {
				t.Errorf("after a lost connection the player is at %s", got)
			}
		})
	}
}

var stickyLayout = template.Must(template.New("").Parse(`<html><head>{{.CSRFMeta}}{{.LiveTitle}}{{.Scripts}}</head><body>{{.Component .Data}}{{.Content}}</body></html>`))

type stickyState struct{ Player liveview.Component }

var stickyTemplate = liveview.MustParse[stickyState](`<main><a {{navigate "/next"}}>next</a>{{component .Player}}</main>`)

type stickyPage struct{ player liveview.Component }

func (v stickyPage) Mount(_ *gin.Context, s *liveview.Socket[stickyState]) error {
	s.Assign(func(st *stickyState) { st.Player = v.player })
	return nil
}

func (stickyPage) Render(s stickyState) liveview.Rendered { return stickyTemplate.Render(s) }
