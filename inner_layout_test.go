package liveview_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// desk is the state of the views that stand in the layouts below.
type desk struct {
	Item string
	N    int
}

func (d desk) Crumbs() []string { return []string{"Desk", d.Item, fmt.Sprint(d.N)} }

// drawer is the state of another one, which has no crumbs.
type drawer struct{ Open bool }

type menu struct {
	Crumbs []string
	User   any
	Plain  bool
}

func menuOf(m *liveview.Meta, state any) menu {
	d := menu{User: m.Value("user"), Plain: state == nil}
	if s, ok := state.(interface{ Crumbs() []string }); ok {
		d.Crumbs = s.Crumbs()
	}
	if len(d.Crumbs) > 1 && d.Crumbs[1] == "panics" {
		panic("no such crumb")
	}
	return d
}

var menuLayout = liveview.MustParse[menu](`<nav>{{fullPath}} {{currentURL}}</nav><i id="user">{{.User}}</i><ol>{{range .Crumbs}}<li>{{.}}</li>{{end}}</ol>
<h6>{{pageTitle}}</h6>{{range flashes}}<p class="{{.Kind}}">{{.Text}}</p>{{end}}
<button id="help" phx-click="help">help</button>{{if .Plain}}<hr>{{end}}<main>{{content}}</main>`)

var deskPage = liveview.MustParse[desk](`<h1>{{.Item}}</h1><b>{{.N}}</b>
<a id="next" {{patch "/desk/next"}}>next</a><a id="drawer" {{navigate "/drawer"}}>drawer</a><a id="edit" {{patch "/desk/next/edit"}}>edit</a><a id="out" {{patch "/loose/next"}}>out</a>
<button id="inc" phx-click="inc">inc</button><button id="title" phx-click="title">title</button><button id="panics" phx-click="panics">panics</button>`)

type deskView struct{}

func (deskView) HandleParams(c *gin.Context, s *liveview.Socket[desk]) error {
	item := c.Param("item")
	s.PageTitle("Item " + item)
	s.Assign(func(st *desk) { st.Item = item })
	return nil
}

func (deskView) HandleEvent(s *liveview.Socket[desk], e liveview.Event) error {
	switch e.Name {
	case "inc":
		s.PutFlash("info", "One more")
		s.Assign(func(st *desk) { st.N++ })
	case "title":
		s.PageTitle("Another")
	case "panics":
		s.Assign(func(st *desk) { st.Item = "panics" })
	default:
		return liveview.ErrUnknownEvent
	}
	return nil
}

func (deskView) Render(st desk) liveview.Rendered { return deskPage.Render(st) }

// drawerPart writes HTML, as a component of templ's does.
type drawerPart drawer

func (d drawerPart) Render(_ context.Context, w io.Writer) error {
	_, err := fmt.Fprintf(w, `<h1>Drawer</h1><b>open: %t</b><button id="pull" phx-click="pull">pull</button>`, d.Open)
	return err
}

func deskRouter() *gin.Engine {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(liveview.Middleware())
	user := func(c *gin.Context) { c.Set("user", "ann") }
	help := liveview.Around(liveview.Hooks{Event: func(s liveview.AnySocket, e liveview.Event, next func() error) error {
		if e.Name == "help" {
			s.PutFlash("help", "Helped")
			return nil
		}
		return next()
	}})
	group := r.Group("/", user, liveview.KeepValues("user"), help, liveview.UseInnerLayout(menuLayout, menuOf))
	liveview.Handle(group, "/desk/:item", deskView{})
	liveview.Handle(group, "/drawer", liveview.ViewFuncs[drawer]{
		Component: func(d drawer) liveview.Component { return drawerPart(d) },
		Events: liveview.Events[drawer]{"pull": func(s *liveview.Socket[drawer], _ liveview.Event) error {
			s.Assign(func(d *drawer) { d.Open = !d.Open })
			return nil
		}},
	})
	group.GET("/imprint", func(c *gin.Context) {
		if err := liveview.RenderInLayout(c, "Imprint", `<h1>Imprint</h1>`); err != nil {
			_ = c.AbortWithError(http.StatusInternalServerError, err)
		}
	})
	edit := group.Group("/", liveview.UseInnerLayout[struct{}](liveview.MustParse[struct{}](`<section>editing {{content}}</section>`), nil))
	liveview.Handle(edit, "/desk/:item/edit", deskView{})
	liveview.Handle(r, "/loose/:item", deskView{})
	return r
}

// What is around the pages of a group is never behind them: on the first render, after
// an event, a patch, back, live navigation to another view, a crash and a lost connection.
func TestInnerLayoutFollowsThePage(t *testing.T) {
	v := liveviewtest.Open(t, deskRouter(), "/desk/first")
	expect := func(nav, crumbs, title string) {
		t.Helper()
		if got := v.Text("nav"); got != nav {
			t.Errorf("the menu is at %q, want %q", got, nav)
		}
		if got := strings.Join(v.Find("li").Map(func(_ int, li *goquery.Selection) string { return li.Text() }), "/"); got != crumbs {
			t.Errorf("the crumbs are %q, want %q", got, crumbs)
		}
		if got := v.Text("h6"); got != title {
			t.Errorf("the title is %q, want %q", got, title)
		}
		if got := v.Text("#user"); got != "ann" {
			t.Errorf("the user is %q", got)
		}
	}
	expect("/desk/:item /desk/first", "Desk/first/0", "Item first")
	v.Click("#inc")
	expect("/desk/:item /desk/first", "Desk/first/1", "Item first")
	if v.Text("p.info") != "One more" {
		t.Error("the flash isn't shown")
	}
	v.Click("#title")
	expect("/desk/:item /desk/first", "Desk/first/1", "Another")
	v.Click("#help")
	if v.Text("p.help") != "Helped" || v.Text("main b") != "1" {
		t.Errorf("a button of the layout's leaves %s", v.HTML())
	}

	v.Click("#next")
	v.ExpectPatch("/desk/next")
	expect("/desk/:item /desk/next", "Desk/next/1", "Item next")
	v.Back()
	expect("/desk/:item /desk/first", "Desk/first/1", "Item first")
	v.Click("#edit") // the same view, with one more layout within the other
	v.ExpectPatch("/desk/next/edit")
	expect("/desk/:item/edit /desk/next/edit", "Desk/next/1", "Item next")
	if got := v.Text("main > section > b"); got != "1" {
		t.Errorf("the inner group's layout isn't within the outer one's: %s", v.HTML())
	}
	v.Click("#inc")
	if got := v.Text("main > section > b"); got != "2" {
		t.Errorf("within two layouts the view shows %q", got)
	}
	v.Click("#next")
	v.ExpectPatch("/desk/next")
	expect("/desk/:item /desk/next", "Desk/next/2", "Item next")

	v.Click("#drawer") // a component's page
	v.ExpectNavigation("/drawer")
	expect("/drawer /drawer", "", "")
	v.Click("#pull")
	if got := v.Text("main b"); got != "open: true" {
		t.Errorf("the component shows %q", got)
	}
	v.Disconnect()
	v.Reconnect()
	expect("/drawer /drawer", "", "")
	v.Back()
	expect("/desk/:item /desk/next", "Desk/next/0", "Item next")
	v.Click("#panics") // in menuOf
	v.ExpectCrash()
	v.Reconnect()
	expect("/desk/:item /desk/next", "Desk/next/0", "Item next")

	v.Click("#out") // the same view where there is no layout
	v.ExpectPatch("/loose/next")
	if v.Has("nav") || v.Text("b") != "0" {
		t.Errorf("a route outside of the group shows %s", v.HTML())
	}
}

// Of a page within a layout, too, only what changed is sent.
func TestInnerLayoutIsSentOnce(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		inner := r.Group("/", liveview.UseInnerLayout(liveview.MustParse[string](`<nav>{{.}}</nav>{{content}}`), func(_ *liveview.Meta, state any) string {
			return fmt.Sprint(state.(counter).Count / 2)
		}))
		liveview.Handle(inner, "/", counterView())
	})
	c := s.open("/")
	if got := fmt.Sprint(c.click("inc", nil)); got != "map[1:map[0:1]]" {
		t.Errorf("a change of the view sends %s", got)
	}
	if got := fmt.Sprint(c.click("inc", nil)); got != "map[0:1 1:map[0:2]]" {
		t.Errorf("a change of both sends %s", got)
	}
}

// A plain handler of the group has the layout as well, with no state.
func TestInnerLayoutOfAPlainHandler(t *testing.T) {
	w := httptest.NewRecorder()
	deskRouter().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/imprint", nil))
	for _, want := range []string{`<nav>/imprint /imprint</nav><i id="user">ann</i>`, `<h6>Imprint</h6>`, `<hr><main><h1>Imprint</h1></main>`} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("the page lacks %s: %s", want, w.Body)
		}
	}
}

// A layout that can show no view stops the program at its start, and a view's template
// that is meant for a layout says so.
func TestInnerLayoutWithoutContent(t *testing.T) {
	for name, use := range map[string]func(){
		"nil":        func() { liveview.UseInnerLayout[menu](nil, nil) },
		"no content": func() { liveview.UseInnerLayout(deskPage, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if p := fmt.Sprint(recover()); !strings.Contains(p, "{{content}}") || !strings.Contains(p, "inner_layout_test.go") {
					t.Errorf("it panics with %s", p)
				}
			}()
			use()
		})
	}
	if _, err := liveview.Parse[menu](`<p>{{content}}</p>`); err == nil || !strings.Contains(err.Error(), "inner_layout_test.go") {
		t.Errorf("Parse of a misplaced content returned %v", err)
	}
	defer func() {
		if p := fmt.Sprint(recover()); !strings.Contains(p, "UseInnerLayout") {
			t.Errorf("a page with content panics with %s", p)
		}
	}()
	liveview.Handle(prepared(), "/", liveview.ViewFuncs[menu]{Template: menuLayout})
}

// What goes wrong in a layout's data is answered and told as what does in Render.
func TestInnerLayoutThatFails(t *testing.T) {
	w := httptest.NewRecorder()
	deskRouter().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/desk/panics", nil))
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "Desk") {
		t.Errorf("the page is answered with %d: %s", w.Code, w.Body)
	}

	r := gin.New()
	r.Use(liveview.Middleware())
	group := r.Group("/", liveview.UseInnerLayout(menuLayout, menuOf))
	liveview.Handle(group, "/", liveview.ViewFuncs[drawer]{Component: func(drawer) liveview.Component { return failing{} }})
	w = httptest.NewRecorder()
	if r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil)); w.Code != http.StatusInternalServerError {
		t.Errorf("a page that fails within a layout is answered with %d: %s", w.Code, w.Body)
	}
}

type failing struct{}

func (failing) Render(context.Context, io.Writer) error { return errors.New("no page") }
