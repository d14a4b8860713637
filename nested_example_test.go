package liveview_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// Quarter is what a panel is given.
type Quarter struct{ Year, Number int }

type Dashboard struct{ Sales, Visitors *liveview.Nested }

var dashboardPage = liveview.MustParse[Dashboard](`<section>{{component .Sales}}</section>
<section>{{component .Visitors}}</section><button phx-click="next">next quarter</button>`)

type dashboard struct{}

func (dashboard) Mount(c *gin.Context, s *liveview.Socket[Dashboard]) error {
	s.Assign(func(d *Dashboard) {
		d.Sales = liveview.NestWith("sales", salesPanel{}, Quarter{2026, 3})
		d.Visitors = liveview.Nest("visitors", visitorsPanel{})
	})
	return nil
}

func (dashboard) HandleEvent(s *liveview.Socket[Dashboard], _ liveview.Event) error {
	return s.SendChild("sales", Quarter{2026, 4})
}

func (dashboard) HandleInfo(s *liveview.Socket[Dashboard], info any) error {
	if n, ok := info.(sold); ok {
		s.PageTitle(fmt.Sprintf("%d %s sold", n.Number, n.What))
	}
	return nil
}

func (dashboard) Render(d Dashboard) liveview.Rendered { return dashboardPage.Render(d) }

type Takings struct{ Quarter Quarter }

var salesPanelPage = liveview.MustParse[Takings](`<h2>{{.Quarter.Year}}/{{.Quarter.Number}}</h2><button phx-click="sell">one more</button><button phx-click="crash">crash</button>`)

type salesPanel struct{}

func (salesPanel) MountArgs(c *gin.Context, s *liveview.Socket[Takings], q Quarter) error {
	s.Assign(func(st *Takings) { st.Quarter = q })
	return nil
}

// sold is what a panel tells its page.
type sold struct {
	What   string
	Number int
}

func (salesPanel) HandleEvent(s *liveview.Socket[Takings], e liveview.Event) error {
	if e.Name == "crash" {
		return errors.New("as asked")
	}
	err := s.SendParent(sold{"rolls", 3})
	return err
}

func (salesPanel) HandleInfo(s *liveview.Socket[Takings], info any) error {
	if q, ok := info.(Quarter); ok {
		s.Assign(func(st *Takings) { st.Quarter = q })
	}
	return nil
}

func (salesPanel) Render(st Takings) liveview.Rendered { return salesPanelPage.Render(st) }

type visitorsPanel struct{ stillView }

// The page that docs/nested.md shows does what is told of it there.
func TestDocumentedNestedViews(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/dashboard", dashboard{}) })
	v := s.browse("/dashboard")
	sales := v.Child("#sales")
	sales.Click("one more")
	v.WaitFor(func() bool { return v.Title() == "3 rolls sold" })
	v.Click("next quarter")
	sales.WaitForText("h2", "2026/4")
	sales.Click("crash")
	sales.ExpectCrash()
	sales.Reconnect()
	if got := sales.Text("h2"); got != "2026/3" || !v.Child("#visitors").Live() {
		t.Errorf("when it mounts again it shows %s", got)
	}
}

// What stands around the callbacks of a group's views stands around those of what is
// nested in them, and can tell; an inner layout is around the page's own view alone.
func TestHooksAndLayoutsOfNestedViews(t *testing.T) {
	var around []string
	layout := liveview.MustParse[struct{}](`<main class="inner">{{content}}</main>`)
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		g := r.Group("", liveview.UseInnerLayout(layout, nil), liveview.Around(liveview.Hooks{
			Event: func(s liveview.AnySocket, e liveview.Event, next func() error) error {
				around = append(around, fmt.Sprintf("%t %s", s.ParentID() != "", e.Name))
				return next()
			},
		}))
		liveview.Handle(g, "/", familyView(liveview.Nest("a", kidView())))
	})
	v := s.browse("/")
	v.Child("#a").Click("button")
	if fmt.Sprint(around) != "[true inc]" {
		t.Errorf("the hook has seen %v", around)
	}
	if n := v.Count(".inner"); n != 1 {
		t.Errorf("there are %d inner layouts", n)
	}
}

// Who is told to go takes what is nested in his page along, and the page comes back with
// it, if he may still see it.
func TestDisconnectReachesNestedViews(t *testing.T) {
	ended := make(chan bool, 1)
	kid := kidView()
	kid.onShutdown = func(*liveview.Socket[counter]) { ended <- true }
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r.Group("", func(c *gin.Context) { liveview.Identify(c, "ann") }), "/", familyView(liveview.Nest("a", kid)))
	})
	v := liveviewtest.Open(t, s.engine, "/")
	v.Child("#a").Click("button")
	if err := s.app.Disconnect("ann"); err != nil {
		t.Fatal(err)
	}
	<-ended
	if code := v.ExpectDisconnect(); code != 1001 {
		t.Errorf("the socket is closed with %d", code)
	}
	v.Reconnect()
	if got := v.Child("#a").Text("button"); got != "0" {
		t.Errorf("it comes back with %s", got)
	}
}
