package liveview_test

import (
	"context"
	"errors"
	"fmt"
	"html"
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview"
)

// failingParent shows views, and fails then.
type failingParent struct{ parentState }

func (failingParent) Fail() (string, error) { return "", errors.New("failed as asked") }

// An id is taken by what the page shows over HTTP, wherever that stands, and by nothing
// else: not by what a view has shown that failed then, or that sent its visitor elsewhere.
func TestGuestIDsOverHTTP(t *testing.T) {
	const two = "two views with the id"
	kid := func() *liveview.Nested { return liveview.Nest("a", kidView()) }
	failing := &nestView[failingParent]{template: liveview.MustParse[failingParent](`{{range .Kids}}{{component .}}{{end}}{{.Fail}}`)}
	failing.onMount = func(_ *gin.Context, s *liveview.Socket[failingParent]) error {
		s.Assign(func(p *failingParent) { p.Kids = []*liveview.Nested{kid()} })
		return nil
	}
	moving := kidView()
	moving.onMount = func(_ *gin.Context, s *liveview.Socket[counter]) error { return s.Redirect("/login") }
	// The first of its components fails, the second shows what is nested.
	inSecond := guestPageView(`{{box "x" .None}}{{box "y" .Box}}`, guestBox{Most: 100, Guest: kid()})
	inSecond.onMount = func(_ *gin.Context, s *liveview.Socket[guestPage]) error {
		s.Assign(func(p *guestPage) {
			p.None, p.Box = guestBox{N: 1}, guestBox{Most: 1, Guest: kid()}
		})
		return nil
	}
	for name, test := range map[string]struct {
		first func(r *gin.Engine) liveview.Component // with the id a in it
		twice bool
	}{
		"in a view with a route": {func(r *gin.Engine) liveview.Component {
			liveview.Handle(r, "/player", familyView(kid()))
			return liveview.StickyAt("player", "/player")
		}, true},
		"in a live component there": {func(r *gin.Engine) liveview.Component {
			liveview.Handle(r, "/player", inSecond)
			return liveview.StickyAt("player", "/player")
		}, true},
		"in a nested view":  {func(*gin.Engine) liveview.Component { return liveview.Nest("k", familyView(kid())) }, true},
		"in one that fails": {func(*gin.Engine) liveview.Component { return liveview.Nest("k", failing) }, false},
		"in one with a route that fails": {func(r *gin.Engine) liveview.Component {
			liveview.Handle(r, "/player", failing)
			return liveview.StickyAt("player", "/player")
		}, false},
		"in one with a route that sends elsewhere": {func(r *gin.Engine) liveview.Component {
			liveview.Handle(r, "/player", familyView(kid(), liveview.Nest("m", moving)))
			return liveview.StickyAt("player", "/player")
		}, false},
		"in one with a route that lets nobody pass, as its own": {func(r *gin.Engine) liveview.Component {
			liveview.Handle(r.Group("", func(c *gin.Context) { c.AbortWithStatus(403) }), "/player", kidView())
			return liveview.StickyAt("a", "/player")
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			page := &nestView[guestPage]{template: liveview.MustParse[guestPage](`{{component .Guest}}<p>{{component .Box.Guest}}</p>`)}
			s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
				first := test.first(r)
				page.onMount = func(_ *gin.Context, s *liveview.Socket[guestPage]) error {
					s.Assign(func(p *guestPage) { p.Guest, p.Box.Guest = first, kid() })
					return nil
				}
				liveview.Handle(r, "/", page)
			})
			p := s.visitor().get("/")
			if test.twice != (p.status == 500 && strings.Contains(s.log.String(), two)) || !test.twice && strings.Count(p.content, `id="a"`) != 1 {
				t.Errorf("status %d, page %s\nlog:\n%s", p.status, p.content, s.log)
			}
		})
	}
}

// However deep a view is nested, it joins, and is asked about, at the URL that its page is
// at by then, also where the views between haven't heard of that.
func TestDeeplyNestedViewsAreWhereThePageIs(t *testing.T) {
	var paths []string
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		parent := &patchedParent{familyView(liveview.Nest("a", familyView(liveview.Nest("b", familyView(liveview.Nest("c", kidView()))))))}
		liveview.Handle(r.Group("", func(c *gin.Context) {
			if liveview.IsVisit(c) {
				paths = append(paths, c.Request.URL.String())
			}
		}), "/", parent)
	})
	c, kids := s.openFamily("a")
	b := c.nest(kids[0].joined["rendered"], "b")
	inner := guestIn(t, b.joined["rendered"], "c")
	c.call("live_patch", map[string]any{"url": "http://" + siteHost + "/?page=2"})
	paths = nil
	b.rejoin()
	k := c.nestBy(inner, "c")
	c.call("live_patch", map[string]any{"url": "http://" + siteHost + "/?page=3"})
	kids[0].click("title") // a view between renders, without having been asked about
	k.rejoin()
	if want := "[/?page=2 /?page=2 /?page=3 /?page=3]"; fmt.Sprint(paths) != want {
		t.Errorf("the visits went to %v, want %s", paths, want)
	}
}

// A sticky view in the layout of all pages isn't shown on those that may not show it, where
// another one may have its id, and the log says so once for each.
func TestStickyViewInTheLayoutOfOtherPages(t *testing.T) {
	members, guests := liveview.NewSticky("player", playerView()), liveview.NewSticky("player", kidView())
	layout := liveview.LayoutOf(template.Must(template.New("").Parse(`<html><head>{{.CSRFMeta}}{{.LiveTitle}}{{.Scripts}}</head><body>{{range .Data}}{{$.Component .}}{{end}}{{.Content}}</body></html>`)), "",
		func(*gin.Context) any { return []*liveview.Sticky{members, guests} })
	s := newSite(t, liveview.Config{Layout: layout}, func(r *gin.Engine) {
		liveview.Handle(r, "/help", kidView())
		liveview.Handle(r.Group("", guests.Middleware()), "/login", kidView())
		liveview.Handle(r.Group("", members.Middleware()), "/a", kidView())
	})
	for range 2 {
		for path, shows := range map[string]int{"/help": 0, "/login": 1, "/a": 1} {
			if p := s.visitor().get(path); p.status != 200 || strings.Count(p.body, `id="player"`) != shows || p.content == "" {
				t.Errorf("%s: status %d, page %s", path, p.status, p.body)
			}
		}
	}
	if log := s.log.String(); strings.Count(log, "\n") != 2 || strings.Count(log, "Middleware()") != 2 || strings.Count(log, "level=WARN") != 2 {
		t.Errorf("log:\n%s", log)
	}
}

// familySite is a page with a sticky view and views three deep, all of which count their
// ends.
type familySite struct {
	*site
	ended *atomic.Int32
	busy  chan bool // closed when "work" has begun in the innermost
	free  chan bool // which ends it
}

func newFamilySite(t *testing.T, config liveview.Config, routes func(r *gin.Engine, page liveview.View[shown])) *familySite {
	f := &familySite{ended: &atomic.Int32{}, busy: make(chan bool), free: make(chan bool)}
	end := func() { f.ended.Add(1) }
	inner := kidView()
	inner.onShutdown = func(*liveview.Socket[counter]) { end() }
	onEvent := inner.onEvent
	inner.onEvent = func(s *liveview.Socket[counter], e liveview.Event) error {
		if e.Name == "work" {
			close(f.busy)
			<-f.free
			e.Name = "inc"
		}
		return onEvent(s, e)
	}
	outer := familyView(liveview.Nest("b", inner))
	outer.onShutdown = func(*liveview.Socket[parentState]) { end() }
	view := playerView()
	view.onShutdown = func(*liveview.Socket[player]) { end() }
	sticky := liveview.NewSticky("player", view)
	page := showing(liveview.Nest("a", outer))
	page.onShutdown = func(*liveview.Socket[shown]) { end() }
	config.Layout = layoutWith(sticky)
	f.site = newSite(t, config, func(r *gin.Engine) {
		r.Use(sticky.Middleware())
		routes(r, page)
	})
	return f
}

// opened are the views of one page.
type opened struct {
	*client
	a, b, player *kid
}

func (f *familySite) openAll(v *visitor, path string) *opened {
	f.t.Helper()
	p := v.get(path)
	m := stickyTag.FindStringSubmatch(p.body)
	if m == nil {
		f.t.Fatalf("status %d, page %s", p.status, p.body)
	}
	o := &opened{client: p.connect()}
	status, response := o.join()
	if status != "ok" {
		f.t.Fatalf("join: %s %v", status, response)
	}
	o.a = o.nest(response["rendered"], "a")
	o.b = o.nest(o.a.joined["rendered"], "b")
	o.player = o.nestBy(html.UnescapeString(m[1]), "player")
	return o
}

// pushTo sends an event to a view and waits for nothing.
func (k *kid) pushTo(event string) {
	k.c.t.Helper()
	k.c.ref++
	b, _ := jsonOf([]any{k.joinRef, strconv.Itoa(k.c.ref), "lv:" + k.id, "event", map[string]any{"type": "click", "event": event, "value": map[string]any{}}})
	k.c.write(b)
}

// Shutdown waits for what a nested view is at, and for the Shutdown of all on the page.
func TestShutdownWaitsForNestedAndStickyViews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFamilySite(t, liveview.Config{}, func(r *gin.Engine, page liveview.View[shown]) { liveview.Handle(r, "/", page) })
		o := f.openAll(f.visitor(), "/")
		o.b.pushTo("work")
		<-f.busy
		began := time.Now()
		result := f.shutdown(context.Background())
		time.Sleep(3 * time.Second) // of the bubble's clock
		if n := f.ended.Load(); n != 0 {
			t.Errorf("%d views have ended while one was at work", n)
		}
		close(f.free)
		for answered := false; !answered; {
			g := o.next()
			answered = g.topic == "lv:b" && strings.Contains(g.raw, `{"0":"1"}`)
		}
		if code := o.end(); code != websocket.CloseServiceRestart {
			t.Errorf("the socket is closed with %d", code)
		}
		if err := <-result; err != nil || f.ended.Load() != 4 {
			t.Errorf("Shutdown: %v, with %d of 4 views ended, after %v", err, f.ended.Load(), time.Since(began))
		}
	})
}

// Who logs in or out, is told to go, or may not be there any more, leaves with all that is
// on his pages, and comes back to none of it.
func TestRightsOfNestedAndStickyViews(t *testing.T) {
	const recheck = 10 * time.Second
	for name, test := range map[string]struct {
		end  func(f *familySite, v *visitor, o *opened, banned *atomic.Bool)
		code int
	}{
		"Renew": {func(f *familySite, v *visitor, _ *opened, _ *atomic.Bool) {
			v.post("/login", url.Values{"user": {"bob"}})
		}, 1001},
		"log-out": {func(f *familySite, v *visitor, _ *opened, _ *atomic.Bool) { v.post("/logout", nil) }, 1001},
		"Disconnect": {func(f *familySite, _ *visitor, _ *opened, banned *atomic.Bool) {
			banned.Store(true)
			if err := f.app.Disconnect("ann"); err != nil {
				f.t.Error(err)
			}
		}, 1001},
		"recheck in a nested view": {func(_ *familySite, _ *visitor, o *opened, banned *atomic.Bool) {
			banned.Store(true)
			time.Sleep(recheck) // of the bubble's clock
			o.b.pushTo("inc")
		}, 1001},
		"recheck in a sticky view": {func(_ *familySite, _ *visitor, o *opened, banned *atomic.Bool) {
			banned.Store(true)
			time.Sleep(recheck) // of the bubble's clock
			o.player.pushTo("inc")
		}, 1001},
		"recheck in one whose parent has just been asked about": {func(_ *familySite, _ *visitor, o *opened, banned *atomic.Bool) {
			time.Sleep(recheck) // of the bubble's clock
			o.a.click("title")
			banned.Store(true)
			o.b.pushTo("tell")
		}, 1001},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var banned atomic.Bool
				f := newFamilySite(t, liveview.Config{Recheck: recheck}, func(r *gin.Engine, page liveview.View[shown]) {
					r.POST("/login", func(c *gin.Context) {
						session := sessions.Default(c)
						session.Set("user", c.PostForm("user"))
						_ = session.Save()
						_ = liveview.AppOf(c).Renew(c)
					})
					r.POST("/logout", func(c *gin.Context) {
						session := sessions.Default(c)
						session.Clear()
						_ = session.Save()
						_ = liveview.AppOf(c).Renew(c)
					})
					liveview.Handle(r.Group("", func(c *gin.Context) {
						user, _ := sessions.Default(c).Get("user").(string)
						if user == "" || banned.Load() {
							c.AbortWithStatus(403)
							return
						}
						liveview.Identify(c, user)
					}), "/", page)
				})
				v := f.visitor()
				v.post("/login", url.Values{"user": {"ann"}})
				o := f.openAll(v, "/")
				for _, k := range []*kid{o.a, o.b, o.player} {
					k.click("inc")
				}
				test.end(f, v, o, &banned)
				if code := o.end(); code != test.code {
					t.Errorf("the socket is closed with %d", code)
				}
				synctest.Wait()
				if n := f.ended.Load(); n != 4 {
					t.Errorf("%d of 4 views have ended", n)
				}
				again := o.page.connect()
				for _, k := range []*kid{o.a, o.b, o.player} {
					if status, response, _ := again.joinGuest(k.session, k.id, map[string]any{"params": map[string]any{"_mounts": 1}}); status != "error" || response["reason"] != "join crashed" {
						t.Errorf("%s joins again: %s %v", k.id, status, response)
					}
				}
			})
		})
	}
}

// A sticky view, with a route or without, isn't joined in another live session, nor by
// another user, than those that its page was rendered for.
func TestStickyViewsStayInTheirLiveSession(t *testing.T) {
	for name, change := range map[string]func(c *gin.Context){
		"the session that it was rendered in": func(*gin.Context) {},
		"another live session":                func(c *gin.Context) { liveview.LiveSession("other")(c) },
		"another user":                        func(c *gin.Context) { liveview.Identify(c, "bob") },
		"nobody":                              func(c *gin.Context) {},
		"where it isn't":                      func(c *gin.Context) {},
	} {
		t.Run(name, func(t *testing.T) {
			sticky := liveview.NewSticky("player", playerView())
			shows := sticky.Middleware()
			s := newSite(t, liveview.Config{Layout: layoutWith(sticky)}, func(r *gin.Engine) {
				liveview.Handle(r.Group("", func(c *gin.Context) {
					if name != "where it isn't" || !liveview.IsVisit(c) {
						shows(c)
					}
					if !liveview.IsVisit(c) || name == "another live session" || name == "where it isn't" || strings.HasPrefix(name, "the session") {
						liveview.Identify(c, "ann")
					}
					if liveview.IsVisit(c) {
						change(c)
					} else {
						liveview.LiveSession("one")(c)
						return
					}
					if name != "another live session" {
						liveview.LiveSession("one")(c)
					}
				}), "/a", kidView())
			})
			p := s.visitor().get("/a")
			c := p.connect()
			session := html.UnescapeString(stickyTag.FindStringSubmatch(p.body)[1])
			status, response, _ := c.joinGuest(session, "player", map[string]any{"url": p.url})
			if ok := strings.HasPrefix(name, "the session"); ok != (status == "ok") || !ok && response["reason"] != "join crashed" {
				t.Errorf("it joins: %s %v\n%s", status, response, s.log)
			}
		})
	}
}

// A nested view's first join doesn't wait for its parent either, nor do those of views
// within it for any that is above.
func TestNestedViewsJoinWhileAllAboveAreBusy(t *testing.T) {
	busy, free := make(chan bool), make(chan bool)
	defer close(free)
	works := func(v *nestView[parentState]) *nestView[parentState] {
		v.onEvent = func(*liveview.Socket[parentState], liveview.Event) error {
			busy <- true
			<-free
			return nil
		}
		return v
	}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r, "/", works(familyView(liveview.Nest("a", works(familyView(liveview.Nest("b", kidView()), liveview.Nest("c", kidView())))), liveview.Nest("d", kidView()))))
	})
	c := s.visitor().get("/").connect()
	_, response := c.join()
	a := c.nest(response["rendered"], "a")
	c.push("event", map[string]any{"type": "click", "event": "work", "value": map[string]any{}})
	<-busy
	c.nest(response["rendered"], "d")
	c.nest(a.joined["rendered"], "b")
	a.pushTo("work")
	<-busy
	if _, response, _ := c.nest(a.joined["rendered"], "c").click("inc"); fmt.Sprint(response["diff"]) != "map[0:1]" {
		t.Errorf("a click: %v", response)
	}
}

// nestedTree is one level of a tree of views, in a list, a conditional and a portal.
type nestedTree struct {
	Path                string
	N, Level            int
	Off                 bool
	List                []*liveview.Nested
	Conditional, Ported *liveview.Nested
}

var nestedTreeTemplate = liveview.MustParse[nestedTree](`<b id="{{.Path}}-n" phx-click="inc">{{.N}}</b><i id="{{.Path}}-turn" phx-click="turn">turn</i><ol>{{range .List}}<li>{{component .}}</li>{{end}}</ol>` +
	`{{if not .Off}}<section>{{component .Conditional}}</section>{{end}}` +
	`{{if .Ported}}<template id="portal-{{.Level}}" data-phx-portal="body"><div id="ported-{{.Level}}">{{if not .Off}}{{component .Ported}}{{end}}</div></template>{{end}}`)

func nestedTreeView(level int, path string, live *atomic.Int32) *nestView[nestedTree] {
	v := &nestView[nestedTree]{template: nestedTreeTemplate}
	v.onMount = func(_ *gin.Context, s *liveview.Socket[nestedTree]) error {
		if s.Connected() {
			live.Add(1)
		}
		s.Assign(func(st *nestedTree) {
			if st.Level, st.Path = level, path; level == 3 {
				return
			}
			for i := range 2 {
				id := fmt.Sprintf("%s-l%d", path, i)
				st.List = append(st.List, liveview.Nest(id, nestedTreeView(level+1, id, live)))
			}
			st.Conditional = liveview.Nest(path+"-c", nestedTreeView(level+1, path+"-c", live))
			if path == "t" { // a portal's element has an id of its own
				st.Ported = liveview.Nest(path+"-p", nestedTreeView(level+1, path+"-p", live))
			}
		})
		return nil
	}
	v.onEvent = func(s *liveview.Socket[nestedTree], e liveview.Event) error {
		s.Assign(func(st *nestedTree) {
			st.N++
			if e.Name == "turn" {
				st.Off = !st.Off
				slices.Reverse(st.List)
			}
		})
		return nil
	}
	v.onShutdown = func(*liveview.Socket[nestedTree]) { live.Add(-1) }
	return v
}

// Three levels of views in lists, conditionals and portals are there, act, keep their
// state while their entries move, and go with what they stand in.
func TestTreeOfNestedViews(t *testing.T) {
	var live atomic.Int32
	s := newSite(t, liveview.Config{JoinRate: -1, EventRate: -1}, func(r *gin.Engine) { liveview.Handle(r, "/", nestedTreeView(0, "t", &live)) })
	v := s.browse("/")
	// below is how many views there are from a level on: two in the list, and one more.
	below := func(level int) (n int32) {
		for n = 1; level < 3; level++ {
			n = n*3 + 1
		}
		return n
	}
	all := 1 + 4*below(1)
	expect := func(what string, n int32) {
		t.Helper()
		eventually(t, 10*time.Second, fmt.Sprintf("%s: %d views are there", what, n), func() bool { return live.Load() == n })
	}
	expect("opened", all)
	deep := func() string { return v.Child("#t-l0").Child("#t-l0-c").Child("#t-l0-c-l1").Text("b") }
	v.Child("#t-l0").Child("#t-l0-c").Child("#t-l0-c-l1").Click("b")
	v.Child("#t-p").Child("#t-p-l0").Child("#t-p-l0-c").Click("b")
	v.Click("#t-turn")
	expect("hidden", all-2*below(1))
	if got := deep(); got != "1" {
		t.Errorf("when the list has turned the deepest shows %s", got)
	}
	v.Click("#t-turn")
	expect("shown again", all)
	if got := deep() + v.Child("#t-p").Child("#t-p-l0").Child("#t-p-l0-c").Text("b"); got != "10" {
		t.Errorf("after that the deepest show %s, want 1 and 0", got)
	}
	v.Child("#t-l1").Click("#t-l1-turn")
	expect("hidden in one of the list", all-below(2))
	v.Click("#t-n")
	expect("their page has rendered", all-below(2))
	if log := s.log.String(); log != "" {
		t.Errorf("log:\n%s", log)
	}
}
