package liveview_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// guestBox is the state of a live component that shows a guest, and then fails where it
// counts beyond Most.
type guestBox struct {
	N, Most int
	Guest   liveview.Component
}

// Fail is what its template calls.
func (b guestBox) Fail() (string, error) {
	if b.N > b.Most {
		return "", errors.New("failed as asked")
	}
	return "", nil
}

var (
	guestBoxTemplate    = liveview.MustParse[guestBox](`<div>{{.N}}<section>{{component .Guest}}</section>{{.Fail}}</div>`)
	guestBoxesFailure   = liveview.MustParse[guestBox](`<div>failed<section>{{component .Guest}}</section></div>`)
	besideGuestTemplate = `<h1>{{.N}}</h1>{{component .Guest}}{{box "x" .None}}`
	aroundGuestTemplate = `<h1>{{.N}}</h1>{{box "x" .Box}}`
)

type guestBoxComponent struct{}

func (guestBoxComponent) Update(s *liveview.Socket[guestBox], b guestBox) error {
	s.Assign(func(st *guestBox) { *st = b })
	return nil
}

func (guestBoxComponent) HandleEvent(s *liveview.Socket[guestBox], _ liveview.Event) error {
	s.Assign(func(st *guestBox) { st.N++ })
	return nil
}

func (guestBoxComponent) Render(st guestBox) liveview.Rendered { return guestBoxTemplate.Render(st) }

func (guestBoxComponent) Failed(st guestBox, _ error) liveview.Rendered {
	return guestBoxesFailure.Render(st)
}

// guestPage is the state of a page with such a component.
type guestPage struct {
	N         int
	Guest     liveview.Component
	Box, None guestBox
}

func guestPageView(text string, b guestBox) *nestView[guestPage] {
	b.Most++
	v := &nestView[guestPage]{template: liveview.MustParseSource[guestPage](liveview.Source{
		Text: text, Live: map[string]liveview.AnyLive{"box": liveview.NewLive[guestBox, guestBox](guestBoxComponent{})},
	})}
	v.onMount = func(_ *gin.Context, s *liveview.Socket[guestPage]) error {
		s.Assign(func(p *guestPage) { p.Guest, p.Box, p.None = b.Guest, b, guestBox{Most: 100} })
		return nil
	}
	v.onEvent = func(s *liveview.Socket[guestPage], _ liveview.Event) error {
		s.Assign(func(p *guestPage) { p.N++ })
		return nil
	}
	return v
}

func joinedGuest(t *testing.T, s *site) (*client, *kid) {
	t.Helper()
	c := s.visitor().get("/").connect()
	status, response := c.join()
	if status != "ok" {
		t.Fatalf("join: %s %v\n%s", status, response, s.log)
	}
	return c, c.nest(response["rendered"], "a")
}

// What is nested in a view joins again after a crash, also where the newest render didn't
// come to it: that of a live component beside it or of the page around it, or one after
// that of the stream's entry in which it stands.
func TestNestedCrashBesideOtherRenders(t *testing.T) {
	for name, text := range map[string]string{"beside a live component": besideGuestTemplate, "in a live component": aroundGuestTemplate} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
				liveview.Handle(r, "/", guestPageView(text, guestBox{Most: 100, Guest: liveview.Nest("a", kidView())}))
			})
			c, k := joinedGuest(t, s)
			for range 2 {
				if name == "in a live component" {
					c.click("page", nil)
				} else {
					c.clickIn(1, "inc")
				}
				k.click("crash")
				k.rejoin()
				k.rejoin() // without a crash
			}
			if _, response, _ := k.click("inc"); fmt.Sprint(response["diff"]) != "map[0:1]" {
				t.Errorf("a click in it then: %v", response)
			}
		})
	}
	t.Run("in a stream", func(t *testing.T) {
		type entry struct {
			ID    int
			Guest *liveview.Nested
		}
		type list struct {
			N       int
			Entries liveview.Stream[entry]
		}
		v := &nestView[list]{template: liveview.MustParse[list](`<h1>{{.N}}</h1><ul id="list" phx-update="stream">{{range $id, $e := .Entries.All}}<li id="{{$id}}">{{component $e.Guest}}</li>{{end}}</ul>`)}
		v.onMount = func(_ *gin.Context, s *liveview.Socket[list]) error {
			s.Assign(func(st *list) { st.Entries.Insert(entry{1, liveview.Nest("a", kidView())}) })
			return nil
		}
		v.onEvent = func(s *liveview.Socket[list], _ liveview.Event) error {
			s.Assign(func(st *list) { st.N++ })
			return nil
		}
		s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
		c, k := joinedGuest(t, s)
		c.click("page", nil)
		k.click("crash")
		k.rejoin()
	})
}

// Guests stand in live components over HTTP as on the live page, and send the visitor
// elsewhere from there.
func TestGuestsInALiveComponentOverHTTP(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		player := liveview.NewSticky("player", playerView())
		liveview.Handle(r, "/nested", guestPageView(aroundGuestTemplate, guestBox{Guest: liveview.Nest("a", kidView())}))
		liveview.Handle(r.Group("", player.Middleware()), "/sticky", guestPageView(aroundGuestTemplate, guestBox{Guest: player}))
		moves := kidView()
		moves.onMount = func(_ *gin.Context, s *liveview.Socket[counter]) error { return s.Redirect("/login") }
		liveview.Handle(r, "/moves", guestPageView(aroundGuestTemplate, guestBox{Guest: liveview.Nest("a", moves)}))
	})
	if p := s.visitor().get("/nested"); !guestTag.MatchString(p.content) || !strings.Contains(p.content, `<button phx-click="inc">0</button>`) {
		t.Errorf("with a nested view the page is %s", p.content)
	}
	if p := s.visitor().get("/sticky"); !stickyTag.MatchString(p.content) {
		t.Errorf("with a sticky view the page is %s", p.content)
	}
	w := httptest.NewRecorder()
	s.engine.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/moves", nil))
	if to := w.Header().Get("Location"); w.Code != http.StatusFound || to != "/login" {
		t.Errorf("a view in it that redirects is answered with %d %s", w.Code, to)
	}
	if log := s.log.String(); log != "" {
		t.Errorf("log:\n%s", log)
	}
}

// A live component that fails once it has shown what is nested in it may show that as it
// tells of its failure.
func TestNestedInALiveComponentThatFails(t *testing.T) {
	for name, n := range map[string]int{"at once": 2, "by an event": 1} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
				liveview.Handle(r, "/", guestPageView(aroundGuestTemplate, guestBox{N: n, Guest: liveview.Nest("a", kidView())}))
			})
			if p := s.visitor().get("/"); strings.Count(p.content, `id="a"`) != 1 || strings.Contains(p.content, "failed") != (n == 2) {
				t.Errorf("over HTTP the page is %s", p.content)
			}
			c, k := joinedGuest(t, s)
			if n == 1 {
				c.clickIn(1, "inc")
			}
			if _, response, _ := k.click("inc"); fmt.Sprint(response["diff"]) != "map[0:1]" {
				t.Errorf("a click in the nested view then: %v\n%s", response, s.log)
			}
		})
	}
}

// Over HTTP a nested view waits for what it loads as a page does, and leaves nothing of it.
func TestNestedRenderWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kid := &nestView[slowPage]{template: slowTemplate}
		kid.onMount = func(_ *gin.Context, s *liveview.Socket[slowPage]) error {
			s.Assign(func(st *slowPage) {
				st.Report.Load(s, func(context.Context) (string, error) {
					time.Sleep(100 * time.Millisecond) // of the bubble's clock
					return "here", nil
				}, liveview.LoadOptions{RenderWait: 200 * time.Millisecond})
				st.Stock.Load(s, func(ctx context.Context) (string, error) { <-ctx.Done(); return "", ctx.Err() },
					liveview.LoadOptions{RenderWait: 200 * time.Millisecond})
			})
			return nil
		}
		s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", familyView(liveview.Nest("a", kid))) })
		began, w := time.Now(), httptest.NewRecorder()
		s.engine.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil)) // whose context doesn't end
		if page := w.Body.String(); !strings.Contains(page, `<p id="report">here.</p><p id="stock">…</p>`) || time.Since(began) != 200*time.Millisecond {
			t.Errorf("after %v the page is %s", time.Since(began), page)
		}
		synctest.Wait()
		if stats := s.app.Stats(); stats.Loads != 0 {
			t.Errorf("it has left %d loads", stats.Loads)
		}
	})
}
