package guide_test

import (
	"context"
	"html/template"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/js"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// What docs/nested.md shows of sticky views: a player that goes on from page to page.

type Playing struct{ Playlist string }

type playerView struct{}

func (playerView) Mount(c *gin.Context, s *liveview.Socket[Playing]) error {
	s.Assign(func(st *Playing) { st.Playlist = c.Param("list") })
	return nil
}

func (playerView) Render(st Playing) liveview.Rendered { return playing.Render(st) }

var playing = liveview.MustParse[Playing](`<p id="playing">list {{.Playlist}}</p>`)

var player = liveview.NewSticky("player", playerView{})

func requireUser(c *gin.Context) { c.Set("user", User{"ann"}) }

func TestPlayerOfTheGuide(t *testing.T) {
	t.Run("of the page's own route", func(t *testing.T) {
		r := gin.New()
		r.Use(liveview.Middleware(liveview.Config{Layout: layoutWith(player)}))

		members := r.Group("/", requireUser, player.Middleware())
		liveview.Handle(members, "/", roomView{})
		v := liveviewtest.Open(t, r, "/")
		if !v.Child("#player").Live() {
			t.Error("the player isn't there")
		}
	})
	t.Run("of a route of its own", func(t *testing.T) {
		player := liveview.StickyAt("player", "/player/7")
		r := gin.New()
		r.Use(liveview.Middleware(liveview.Config{Layout: layoutWith(player)}))
		members := r.Group("/", requireUser)
		liveview.Handle(members, "/player/:list", playerView{})
		liveview.Handle(members, "/", roomView{})
		v := liveviewtest.Open(t, r, "/")
		if got := v.Child("#player").Text("#playing"); got != "list 7" {
			t.Errorf("the player shows %q", got)
		}
	})
}

// layoutWith is a layout that shows a sticky view.
func layoutWith(player *liveview.Sticky) liveview.Layout {
	html := `{{define "layout"}}<html><head>{{.CSRFMeta}}{{.LiveTitle}}{{.Scripts}}</head>
<body>{{.Component .Data.Player}}{{.Content}}</body></html>{{end}}`
	return liveview.LayoutOf(template.Must(template.New("layout").Parse(html)), "layout", func(*gin.Context) any {
		return struct{ Player *liveview.Sticky }{player}
	})
}

// What docs/observability.md shows: a Telemetry that counts crashes.

type crashes struct {
	liveview.NoTelemetry
	n atomic.Int64
}

func (t *crashes) Tell(_ context.Context, n liveview.Note) {
	if n.Kind == liveview.NoteCrash {
		t.n.Add(1)
	}
}

func TestCrashesAreCounted(t *testing.T) {
	told := &crashes{}
	r := gin.New()
	r.Use(liveview.Middleware(liveview.Config{Telemetry: told}))
	liveview.Handle(r, "/", liveview.ViewFuncs[struct{}]{
		Template: liveview.MustParse[struct{}](`<button phx-click="crash">Crash</button>`),
		Events:   liveview.Events[struct{}]{"crash": func(*liveview.Socket[struct{}], liveview.Event) error { panic("as asked") }},
	})
	v := liveviewtest.Open(t, r, "/")
	v.Click("Crash")
	v.ExpectCrash()
	if n := told.n.Load(); n != 1 {
		t.Errorf("%d crashes are counted, want one", n)
	}
}

// What docs/layouts.md shows of containers.

type boardView struct{ roomView }

func (boardView) Container() liveview.Container {
	return liveview.Container{Tag: "main", Class: "wide", Attributes: map[string]string{"aria-label": "Board"}}
}

// What docs/plain.md and docs/js.md show: orders, with commands and signed values.

type Orders struct {
	Form   liveview.Form[Order]
	Placed []Order
}

type Order struct {
	ID   int    `form:"-"`
	Name string `form:"name" binding:"required"`
}

var ordersPage = liveview.MustParse[Orders](`
<form id="order" phx-change="check" phx-submit="save">{{with .Form.Field "name"}}<input {{attrs .Attrs}}>{{.Error}}{{end}} <button>Save</button></form>
{{range .Placed | keyed "ID"}}<div id="row-{{.ID}}">{{.Name}}
<button phx-click="delete" phx-value-id="{{signed "id" .ID}}">Delete</button>
<form phx-submit="archive"><input type="hidden" name="item" value="{{signed "item" .ID}}"> <button>Archive</button></form>
</div>{{end}}
<button phx-click="{{js.Toggle "#menu"}}">Menu</button>
<button phx-click="{{(js.Hide "#row-7").Push "delete" (js.Value "id" 7)}}">Delete</button>
<button phx-click="{{js.Show "#menu" (js.With "fade" "opacity-0" "opacity-100") (js.Time 200)}}">Open</button>
<div phx-click-away="{{js.Hide "#menu"}}" phx-window-keydown="{{js.Hide "#menu"}}" data-shortcut="Escape">
  <button phx-click="{{js.Toggle "#menu" (js.In "fade" "transparent" "opaque") (js.Out "fade" "opaque" "transparent")}}">Menu</button>
  <ul id="menu" hidden><li>Log out</li></ul>
</div>`)

func mountOrders(_ *gin.Context, s *liveview.Socket[Orders]) error {
	s.Assign(func(st *Orders) { st.Placed = []Order{{1, "Bob"}} })
	return nil
}

var orderEvents = liveview.Events[Orders]{
	"check": func(s *liveview.Socket[Orders], e liveview.Event) error {
		s.Assign(func(st *Orders) { st.Form = st.Form.Apply(e) })
		return nil
	},
	"save": func(s *liveview.Socket[Orders], e liveview.Event) error {
		s.Assign(func(st *Orders) { st.Form = st.Form.Apply(e) })
		return nil
	},
	"delete": func(s *liveview.Socket[Orders], e liveview.Event) error {
		id, ok := e.Signed("id") // ok: it is what we signed; e.Value("id") is the plain value, signed or not
		if ok && id == "1" {
			s.Assign(func(st *Orders) { st.Placed = nil })
		}
		s.PushJS(js.AddClass("#total", "flash").Focus("#name")) // from the server
		return nil
	},
	"archive": func(*liveview.Socket[Orders], liveview.Event) error { return nil },
}

func TestOrdersOfTheGuide(t *testing.T) {
	router := gin.New()
	router.Use(liveview.Middleware())
	liveview.Handle(router, "/orders", liveview.ViewFuncs[Orders]{Template: ordersPage, Mount: mountOrders, Events: orderEvents})
	liveview.Handle(router, "/board", boardView{})

	v := liveviewtest.OpenPlain(t, router, "/orders")
	v.Submit("#order", "name", "Ada")
	v.Click("#row-1 > button")
	if v.Has("#row-1") {
		t.Error("the row is still there")
	}
	if v := liveviewtest.Open(t, router, "/board"); !v.Has(`main.wide[aria-label="Board"]`) && !strings.Contains(v.HTML(), "messages") {
		t.Error("the board has another element around it")
	}
}

func TestCommandsOfTheGuide(t *testing.T) {
	name := "a.b"
	for _, c := range []js.Command{
		js.Hide("#row-7").Push("delete", js.Value{"id": 7}),
		js.Show(js.ID("row-" + name)), // data in a selector
		js.Hide("li", js.Closest),     // around the element
		js.AddClass(js.Self, "on"),    // itself
		js.Dispatch("#map", "app:show").Focus(js.Self),
	} {
		if !strings.HasPrefix(c.String(), "[[") {
			t.Errorf("the client can't run %s", c)
		}
	}
}
