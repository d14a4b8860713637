package liveview_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// household is the state of a page with others in it.
type household struct {
	Log    string
	Cards  []int
	Side   *liveview.Nested
	Radio  *liveview.Sticky
	Clock  *liveview.Sticky
	Detail liveview.Async[string]
}

// chamber is the state of each of those.
type chamber struct {
	ID  int
	Log string
}

type roomCard struct{}

var roomPage = liveview.MustParse[chamber](`<li id="card-{{.ID}}">{{.Log}}<form phx-submit="save" phx-target="{{myself}}"><input name="text"><u>card {{.ID}}</u></form>` +
	`<button phx-click="tell" phx-target="{{myself}}">tell {{.ID}}</button></li>`)

func (roomCard) Update(s *liveview.Socket[chamber], id int) error {
	s.Assign(func(r *chamber) { r.ID = id })
	return nil
}

func (roomCard) HandleEvent(s *liveview.Socket[chamber], e liveview.Event) error {
	if e.Name == "tell" {
		return s.SendParent(fmt.Sprint("told by ", s.State().ID))
	}
	s.Assign(func(r *chamber) { r.Log = "saved " + e.Value("text") })
	return nil
}

func (roomCard) Render(r chamber) liveview.Rendered { return roomPage.Render(r) }

var roomCards = liveview.NewLive(roomCard{})

// guestRoom is a nested or sticky view that says what it was sent.
func guestRoom(name string) liveview.ViewFuncs[chamber] {
	return liveview.ViewFuncs[chamber]{
		Template: liveview.MustParse[chamber](`<i>` + name + ` {{.Log}}</i><form phx-submit="save"><input name="text"><u>in ` + name + `</u></form><button phx-click="go">go ` + name + `</button>`),
		Events: liveview.Events[chamber]{
			"save": func(s *liveview.Socket[chamber], e liveview.Event) error {
				s.Assign(func(r *chamber) { r.Log = "saved " + e.Value("text") })
				if s.ParentID() != "" {
					return s.SendParent("child " + e.Value("text"))
				}
				return nil
			},
			"go": func(s *liveview.Socket[chamber], _ liveview.Event) error {
				s.PutFlash("info", "from "+name)
				return s.PushRedirect("/there", nil)
			},
		},
		Info: func(s *liveview.Socket[chamber], info any) error {
			s.Assign(func(r *chamber) { r.Log += fmt.Sprint("info ", info) })
			return nil
		},
	}
}

var householdPage = liveview.MustParseSource[household](liveview.Source{
	Live: map[string]liveview.AnyLive{"card": roomCards},
	Text: `<p>{{.Log}} {{.Detail.Value}}</p><ul>{{range .Cards}}{{card . .}}{{end}}</ul>{{component .Side}}{{component .Radio}}{{component .Clock}}` +
		`<button phx-click="child">to the child</button><button phx-click="update">update 2</button><button phx-click="load">load</button>`,
})

func householdSite(t *testing.T, cards ...int) *plain {
	t.Helper()
	return newPlain(t, liveview.Config{Logger: slog.New(slog.DiscardHandler)}, func(r *gin.Engine) {
		radio := liveview.NewSticky("radio", guestRoom("radio"))
		clock := liveview.StickyAt("clock", "/clock")
		liveview.Handle(r, "/clock", guestRoom("clock"))
		side := guestRoom("side")
		liveview.Handle(r.Group("", radio.Middleware()), "/", liveview.ViewFuncs[household]{
			Template: householdPage,
			Mount: func(c *gin.Context, s *liveview.Socket[household]) error {
				s.Assign(func(h *household) {
					h.Cards, h.Side, h.Radio, h.Clock = cards, liveview.Nest("side", side), radio, clock
					if c.Query("fewer") != "" && c.Request.Method == http.MethodPost {
						h.Cards = h.Cards[1:]
					}
				})
				return nil
			},
			Events: liveview.Events[household]{
				"child": func(s *liveview.Socket[household], _ liveview.Event) error { return s.SendChild("side", "hello") },
				"update": func(s *liveview.Socket[household], _ liveview.Event) error {
					return roomCards.SendInfo(s, 2, "x")
				},
				"load": func(s *liveview.Socket[household], _ liveview.Event) error {
					s.Assign(func(h *household) {
						h.Detail.Load(s, func(context.Context) (string, error) { return "loaded", nil })
					})
					return nil
				},
			},
			Info: func(s *liveview.Socket[household], info any) error {
				s.Assign(func(h *household) { h.Log += fmt.Sprint(info) })
				return nil
			},
		})
		r.GET("/there", func(c *gin.Context) { c.String(http.StatusOK, "there %v", liveview.Flash(c)) })
	})
}

// Forms and buttons of live components, nested views and sticky views are handled by
// those, once, and what they send to others is.
func TestGuestsArePosted(t *testing.T) {
	p := householdSite(t, 1, 2, 3)
	text := url.Values{"text": {"it"}}
	p.get("/").submit("card 2", text).shows(`<li id="card-2">saved it<form`)
	if strings.Count(p.page, "saved it") != 1 {
		t.Errorf("others have handled it too: %s", p.page)
	}
	p.click("tell 3", nil).shows("<p>told by 3 </p>")
	p.submit("in side", text).shows("<i>side saved it</i>", "<p>child it </p>")
	p.submit("in radio", text).shows("<i>radio saved it</i>")
	p.submit("in clock", text).shows("<i>clock saved it</i>")
	p.click("to the child", nil).shows("<i>side info hello</i>")
	p.click("load", nil).shows("<p> loaded</p>")
	for _, name := range []string{"side", "radio", "clock"} {
		p.get("/").click("go "+name, nil).shows("there [{info from " + name + "}]")
	}
}

// A form of a live component that has gone meanwhile is nobody's, also where another one
// has its number.
func TestPostToAComponentThatHasGone(t *testing.T) {
	p := householdSite(t, 1, 2, 3)
	p.get("/?fewer=1").submit("card 1", url.Values{"text": {"it"}})
	if p.res.StatusCode != 200 || strings.Contains(p.page, "saved") || !strings.Contains(p.page, `id="card-2"`) {
		t.Errorf("answered with %s: %s", p.res.Status, p.page)
	}
}

// loader is the state of a view or live component that loads what its event asks for.
type loader struct {
	Found liveview.Async[string]
	Log   string
}

// find loads what comes of an event, and hands it on by an info, which loads once more.
func find(s *liveview.Socket[loader]) {
	s.Assign(func(l *loader) {
		l.Found.LoadThen(s, func(context.Context) (string, error) { return "found", nil }, func(string, error) { _ = s.SendInfo("again") })
	})
}

func findAgain(s *liveview.Socket[loader]) {
	s.Assign(func(l *loader) {
		l.Log += "again "
		l.Found.Load(s, func(context.Context) (string, error) { return "found again", nil })
	})
}

type loaderPart struct{}

var loaderPartPage = liveview.MustParse[loader](`<div><b>{{.Log}}{{.Found.Value}}</b><button phx-click="find" phx-target="{{myself}}">find in part</button></div>`)

func (loaderPart) Update(*liveview.Socket[loader], int) error { return nil }

func (loaderPart) HandleEvent(s *liveview.Socket[loader], _ liveview.Event) error {
	find(s)
	return nil
}

func (loaderPart) HandleInfo(s *liveview.Socket[loader], _ any) error {
	findAgain(s)
	return nil
}

func (loaderPart) Render(l loader) liveview.Rendered { return loaderPartPage.Render(l) }

// What the event of a posted form leads to is loaded and waited for, in a view, in a live
// component, and in a nested view, and so is what an info of these loads.
func TestPostWaitsForLoads(t *testing.T) {
	type outer struct {
		Side *liveview.Nested
	}
	part := liveview.NewLive(loaderPart{})
	view := func(name string) liveview.ViewFuncs[loader] {
		return liveview.ViewFuncs[loader]{
			Template: liveview.MustParseSource[loader](liveview.Source{
				Live: map[string]liveview.AnyLive{"part": part},
				Text: `<i>` + name + ` {{.Log}}{{.Found.Value}}</i><button phx-click="find">find in ` + name + `</button>{{part 1 1}}`,
			}),
			Events: liveview.Events[loader]{"find": func(s *liveview.Socket[loader], _ liveview.Event) error { find(s); return nil }},
			Info:   func(s *liveview.Socket[loader], _ any) error { findAgain(s); return nil },
		}
	}
	page := func(t *testing.T) *plain {
		return newPlain(t, liveview.Config{Logger: slog.New(slog.DiscardHandler)}, func(r *gin.Engine) {
			liveview.Handle(r, "/", view("page"))
			side := view("side")
			liveview.Handle(r, "/outer", liveview.ViewFuncs[outer]{
				Template: liveview.MustParse[outer](`{{component .Side}}`),
				Mount: func(_ *gin.Context, s *liveview.Socket[outer]) error {
					s.Assign(func(o *outer) { o.Side = liveview.Nest("side", side) })
					return nil
				},
			})
		})
	}
	page(t).get("/").click("find in page", nil).shows("<i>page again found again</i>", "<b></b>")
	page(t).get("/").click("find in part", nil).shows("<b>again found again</b>", "<i>page </i>")
	page(t).get("/outer").click("find in side", nil).shows("<i>side again found again</i>")
	page(t).get("/outer").click("find in part", nil).shows("<b>again found again</b>")
}
