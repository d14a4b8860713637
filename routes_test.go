package liveview_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// shop is the state of a list with a dialog by URL.
type shop struct {
	Route, ID string   // where the view is
	Products  []string // the list
	Draft     string   // typed into the dialog
	Opened    int      // how often HandleParams ran
	User      string
}

var shopTemplate = liveview.MustParse[shop](`<h1>{{.Route}} {{.ID}}</h1><output>{{.Opened}}</output><s>{{.User}}</s>
<ul>{{range .Products}}<li>{{.}}</li>{{end}}</ul><b>{{flash "info"}}</b>
<a id="list" {{patch "/products"}}>All</a> <a id="new" {{patch "/products/new"}}>New</a> <a id="edit" {{patch "/products/7/edit"}}>Edit</a>
<a id="other" {{patch "/other"}}>Other</a> <a id="admin" {{patch "/admin/products"}}>Admin</a>
<i id="hook" phx-hook="Act"></i>
{{with upload "photo"}}<form id="upload" phx-change="choose">{{.FileInput}}{{range .Entries}}<em>{{.Name}} {{.Progress}}</em>{{end}}</form>{{end}}
{{if ne .Route "/products"}}<form id="dialog" phx-change="draft" phx-submit="save"><input name="name" value="{{.Draft}}"><button>Save</button></form>{{end}}`)

// shopView is one view at several routes. It can be compared, as its store is a pointer.
type shopView struct{ shop *shopData }

type shopData struct {
	mounts, shutdowns atomic.Int32 // of live views
}

func (v shopView) Mount(c *gin.Context, s *liveview.Socket[shop]) error {
	if s.Connected() {
		v.shop.mounts.Add(1)
	}
	s.Assign(func(st *shop) { st.Products = []string{"lamp"} })
	return s.AllowUpload("photo", liveview.UploadConfig{AutoUpload: true})
}

func (shopView) HandleParams(c *gin.Context, s *liveview.Socket[shop]) error {
	s.Assign(func(st *shop) {
		st.Route, st.ID, st.User = c.FullPath(), c.Param("id"), c.GetString("user")
		st.Opened++
	})
	return nil
}

func (shopView) HandleEvent(s *liveview.Socket[shop], e liveview.Event) error {
	switch e.Name {
	case "draft":
		s.Assign(func(st *shop) { st.Draft = e.Value("name") })
	case "save":
		s.Assign(func(st *shop) { st.Products = append(st.Products, e.Value("name")) })
		s.PutFlash("info", "Saved")
		return s.PushPatch("/products", nil)
	case "go":
		s.PutFlash("info", "Gone")
		return s.PushPatch(e.Value("to"), nil)
	}
	return nil
}

func (v shopView) Shutdown(*liveview.Socket[shop]) { v.shop.shutdowns.Add(1) }

func (shopView) Render(st shop) liveview.Rendered { return shopTemplate.Render(st) }

// routes gives view to the three routes of the list and its dialog.
func shopRoutes[C any](r gin.IRoutes, view liveview.View[C]) {
	liveview.Handle(r, "/products", view)
	liveview.Handle(r, "/products/new", view)
	liveview.Handle(r, "/products/:id/edit", view)
}

func pushTo(v *liveviewtest.View, to string) {
	v.Hook("#hook").Push("go", map[string]string{"to": to})
}

// wantShop checks where a page is, and that it is the view that it was: which has
// lived through so many calls of HandleParams.
func wantShop(t *testing.T, v *liveviewtest.View, path, route string, opened int) {
	t.Helper()
	if v.URL().RequestURI() != path || v.Text("h1") != route || v.Text("output") != fmt.Sprint(opened) || !v.Live() {
		t.Errorf("the page is at %s and shows %q, opened %s times, live %v; want %s, %q, %d times, live",
			v.URL(), v.Text("h1"), v.Text("output"), v.Live(), path, route, opened)
	}
}

// One view at several routes is one view: whichever way its page goes from one to
// another, the state stays, and HandleParams learns where it is.
func TestOneViewAtSeveralRoutes(t *testing.T) {
	data := &shopData{}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { shopRoutes(r, shopView{data}) })
	v := s.browse("/products")
	wantShop(t, v, "/products", "/products", 1)
	v.Click("#new")
	v.ExpectPatch("/products/new")
	wantShop(t, v, "/products/new", "/products/new", 2)
	v.Change("[name=name]", "chair")
	v.Submit("#dialog")
	v.ExpectPatch("/products")
	wantShop(t, v, "/products", "/products", 3)
	if got := v.Text("ul"); got != "lamp chair" || v.Text("b") != "Saved" {
		t.Errorf("after the save the page lists %q and says %q", got, v.Text("b"))
	}
	v.Click("#edit")
	wantShop(t, v, "/products/7/edit", "/products/:id/edit 7", 4)
	v.Back()
	wantShop(t, v, "/products", "/products", 5)
	v.Back()
	wantShop(t, v, "/products/new", "/products/new", 6)
	v.Forward()
	wantShop(t, v, "/products", "/products", 7)
	pushTo(v, "/products/8/edit")
	wantShop(t, v, "/products/8/edit", "/products/:id/edit 8", 8)
	if n, ended := data.mounts.Load(), data.shutdowns.Load(); n != 1 || ended != 0 {
		t.Errorf("the view was mounted %d times, and ended %d times", n, ended)
	}
	if log := s.log.String(); log != "" {
		t.Errorf("the log says %s", log)
	}
}

// Each route is a page of its own over HTTP too, and joins where it was rendered.
func TestOneViewIsAPageAtEachRoute(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { shopRoutes(r, shopView{&shopData{}}) })
	for path, want := range map[string]string{
		"/products": "/products ", "/products/new": "/products/new ", "/products/7/edit?x=y": "/products/:id/edit 7",
	} {
		p := s.visitor().get(path)
		if p.status != http.StatusOK || !strings.HasPrefix(p.content, "<h1>"+want+"</h1>") {
			t.Errorf("%s: status %d, %.60s", path, p.status, p.content)
		}
		c := p.connect()
		if status, response := c.join(); status != "ok" {
			t.Errorf("%s joins: %s %v", path, status, response)
		}
		if _, response := c.call("live_patch", map[string]any{"url": "http://" + siteHost + "/products/9/edit"}); response["diff"] == nil {
			t.Errorf("%s is patched: %v", path, response)
		}
	}
}

// A page that has been patched to another route of its view joins again there,
// with what was typed, also at another process, or the same one restarted.
func TestRejoinAtAPatchedRoute(t *testing.T) {
	config := liveview.Config{Secret: liveview.NewSecret(strings.Repeat("a secret ", 5))}
	routes := func(r *gin.Engine) { shopRoutes(r, &shopView{&shopData{}}) }
	s := newSite(t, config, routes)
	v := s.browse("/products")
	v.Click("#edit")
	v.Change("[name=name]", "chair")
	v.Reconnect()
	wantShop(t, v, "/products/7/edit", "/products/:id/edit 7", 2)
	if got := v.Find("[name=name]").AttrOr("value", ""); got != "chair" {
		t.Errorf("after the connection was lost the dialog holds %q", got)
	}
	v.Click("#list")
	wantShop(t, v, "/products", "/products", 3)

	p := s.visitor().get("/products")
	p.visitor.site = newSite(t, config, routes)
	c := p.connect()
	status, response := c.joinAs(map[string]any{"url": "http://" + siteHost + "/products/7/edit", "session": p.session})
	if status != "ok" {
		t.Errorf("at another process it joins with %s %v %s", status, response, c.detail)
	}
}

// What is sent while the page goes from route to route arrives.
func TestUploadGoesOnAcrossRoutes(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { shopRoutes(r, shopView{&shopData{}}) })
	v := s.browse("/products")
	v.Choose("[type=file]", liveviewtest.File{Name: "a.txt", Type: "text/plain", Content: []byte("0123456789"), Held: true})
	v.Upload("[type=file]", "a.txt", 50)
	v.Click("#new")
	v.Upload("[type=file]", "a.txt", 50)
	if got := v.Text("#upload em"); got != "a.txt 100" {
		t.Errorf("the page lists the files %q", got)
	}
	wantShop(t, v, "/products/new", "/products/new", 2)
}

// The middleware of the route that the page is patched to has its say, each for
// itself, and again when it is asked about the open page.
func TestEachRouteHasItsOwnMiddleware(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var member atomic.Bool
		data := &shopData{}
		s := newSite(t, liveview.Config{JoinTimeout: time.Hour}, func(r *gin.Engine) {
			view := shopView{data}
			liveview.Handle(r, "/products", view)
			members := r.Group("", func(c *gin.Context) {
				if !member.Load() {
					c.Redirect(http.StatusFound, "/login")
					c.Abort()
					return
				}
				c.Set("user", "ann")
				liveview.Identify(c, "ann")
			})
			liveview.Handle(members, "/products/new", view)
			liveview.Handle(r.Group("", func(c *gin.Context) { c.AbortWithStatus(http.StatusForbidden) }), "/products/:id/edit", view)
			r.GET("/login", func(c *gin.Context) { c.String(http.StatusOK, "log in") })
		})
		v := s.browse("/products")
		v.Click("#new")
		v.ExpectRedirect("/login")

		v = s.browse("/products")
		pushTo(v, "/products/new")
		v.ExpectRedirect("/login")

		v = s.browse("/products")
		v.Click("#edit")
		if v.Live() {
			t.Error("a route that is forbidden was patched to")
		}

		// Who is somebody at one route alone keeps the state in going there and
		// back, and in joining again at either.
		member.Store(true)
		mounts := data.mounts.Load()
		v = s.browse("/products")
		v.Click("#new")
		wantShop(t, v, "/products/new", "/products/new", 2)
		v.Click("#list")
		wantShop(t, v, "/products", "/products", 3)
		v.Click("#new")
		if got := v.Text("s"); got != "ann" || data.mounts.Load() != mounts+1 {
			t.Errorf("the user is %q, mounted %d times", got, data.mounts.Load()-mounts)
		}
		v.Change("[name=name]", "chair")
		v.Reconnect()
		wantShop(t, v, "/products/new", "/products/new", 4)
		if got := v.Find("[name=name]").AttrOr("value", ""); got != "chair" {
			t.Errorf("the dialog holds %q", got)
		}
		time.Sleep(2 * time.Minute)
		v.Change("[name=name]", "desk") // asks the middleware again, of /products/new
		wantShop(t, v, "/products/new", "/products/new", 4)
		v.Click("#list")
		time.Sleep(2 * time.Minute)
		v.Hook("#hook").Push("nothing", nil) // of /products
		wantShop(t, v, "/products", "/products", 5)
		v.Click("#new")
		member.Store(false)
		time.Sleep(2 * time.Minute)
		v.Change("[name=name]", "bed")
		v.ExpectDisconnect()
		v.Reconnect()
		v.ExpectRedirect("/login")
	})
}

// A state that was loaded for one user is never shown to another one.
func TestPatchIsForTheSameUser(t *testing.T) {
	var user atomic.Value
	user.Store("ann")
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		view := shopView{&shopData{}}
		liveview.Handle(r, "/products", view)
		liveview.Handle(r.Group("", func(c *gin.Context) {
			if name := user.Load().(string); name != "" {
				liveview.Identify(c, name)
			}
		}), "/products/:id/edit", view)
	})
	patch := func(c *client, path string) map[string]any {
		_, response := c.call("live_patch", map[string]any{"url": "http://" + siteHost + path})
		return response
	}
	c := s.open("/products/1/edit")
	user.Store("bob")
	if response := patch(c, "/products/2/edit"); response["link_redirect"] != true {
		t.Errorf("ann's view is bob's: %v", response)
	}
	user.Store("ann")
	c = s.open("/products/1/edit")
	user.Store("")
	if response := patch(c, "/products/2/edit"); response["link_redirect"] != true {
		t.Errorf("ann's view is nobody's at the route where it was hers: %v", response)
	}
	user.Store("ann")
	c = s.open("/products/1/edit")
	if response := patch(c, "/products"); response["diff"] == nil {
		t.Errorf("ann's view at a route that asks for nobody: %v", response)
	}
	user.Store("bob")
	if response := patch(c, "/products/2/edit"); response["link_redirect"] != true {
		t.Errorf("ann's view is bob's by way of a route that asks for nobody: %v", response)
	}
	user.Store("ann")
	c = s.open("/products")
	if response := patch(c, "/products/1/edit"); response["diff"] == nil {
		t.Errorf("nobody's view becomes ann's: %v", response)
	}
	user.Store("")
	if response := patch(c, "/products/2/edit"); response["link_redirect"] != true {
		t.Errorf("ann's view is nobody's at the route where it became hers: %v", response)
	}
}

// A page that is joined again where nobody is named stays its user's: nobody else's
// route takes it, and Disconnect finds it.
func TestRejoinedPageStaysItsUsers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var user atomic.Value
		user.Store("ann")
		s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
			view := shopView{&shopData{}}
			liveview.Handle(r, "/products", view)
			liveview.Handle(r.Group("", func(c *gin.Context) { liveview.Identify(c, user.Load().(string)) }), "/products/:id/edit", view)
		})
		p := s.visitor().get("/products/1/edit")
		c := p.connect()
		c.join()
		c.call("live_patch", map[string]any{"url": "http://" + siteHost + "/products"})
		c.close()
		c = p.connect()
		if status, response := c.joinAs(map[string]any{"url": "http://" + siteHost + "/products", "session": p.session}); status != "ok" {
			t.Fatalf("the rejoin is answered with %s %v", status, response)
		}
		user.Store("bob")
		if _, response := c.call("live_patch", map[string]any{"url": "http://" + siteHost + "/products/2/edit"}); response["link_redirect"] != true {
			t.Errorf("ann's page, joined again where nobody is named, is patched to bob's: %v", response)
		}
		c = p.connect()
		c.joinAs(map[string]any{"url": "http://" + siteHost + "/products", "session": p.session})
		if err := s.app.Disconnect("ann"); err != nil {
			t.Fatal(err)
		}
		if code := c.end(); code != websocket.CloseGoingAway {
			t.Errorf("Disconnect of ann closes the socket with %d, want %d", code, websocket.CloseGoingAway)
		}
	})
}

// Two Handle calls have one view if what they are given is equal.
func TestWhichViewsAreOne(t *testing.T) {
	pointer := counterView()
	for name, test := range map[string]struct {
		one, two liveview.View[counter]
		same     bool
	}{
		"a pointer":                  {pointer, pointer, true},
		"two pointers":               {counterView(), counterView(), false},
		"equal values":               {followingView{name: "a"}, followingView{name: "a"}, true},
		"values that differ":         {followingView{name: "a"}, followingView{name: "b"}, false},
		"values of different types":  {followingView{}, otherFollowingView{}, false},
		"values that can't compare":  {followingView{any: []int{1}}, followingView{any: []int{1}}, false},
		"pointers to no data":        {new(emptyView), new(emptyView), true},
		"a pointer to incomparables": {sliceView, sliceView, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
				liveview.Handle(r, "/one", test.one)
				liveview.Handle(r, "/two", test.two)
			})
			_, response := s.open("/one").call("live_patch", map[string]any{"url": "http://" + siteHost + "/two"})
			if same := response["link_redirect"] == nil; same != test.same {
				t.Errorf("the views are one: %v, want %v", same, test.same)
			}
		})
	}
}

var sliceView = &struct {
	followingView
	_ []int
}{}

type emptyView struct{ plainView }

func (*emptyView) HandleParams(*gin.Context, *liveview.Socket[counter]) error { return nil }

type followingView struct {
	plainView
	name string
	any  any
}

func (followingView) HandleParams(*gin.Context, *liveview.Socket[counter]) error { return nil }

type otherFollowingView struct{ followingView }

// A page that was rendered by a view of another type isn't joined as this one's:
// the routes may have changed since.
func TestJoinIsForThePagesView(t *testing.T) {
	config := liveview.Config{Secret: liveview.NewSecret(strings.Repeat("a secret ", 5))}
	s := newSite(t, config, func(r *gin.Engine) { liveview.Handle(r, "/", followingView{}) })
	p := s.visitor().get("/")
	p.visitor.site = newSite(t, config, func(r *gin.Engine) { liveview.Handle(r, "/", otherFollowingView{}) })
	if status, response := p.connect().join(); status != "error" || response["reason"] != "unauthorized" {
		t.Errorf("the page joins another view: %s %v", status, response)
	}
}

// A PushPatch to another view goes there, with the flash, as nothing is gained by
// ending the view after it has done its work; and the log says what to call.
func TestPushPatchToAnotherViewNavigates(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		shopRoutes(r, shopView{&shopData{}})
		liveview.Handle(r, "/other", placeView(nil))
		liveview.Handle(r, "/again", shopView{&shopData{}})
		liveview.Handle(r.Group("", liveview.LiveSession("apart")), "/apart", placeView(nil))
	})
	v := s.browse("/products/new")
	pushTo(v, "/other?sort=up")
	v.ExpectNavigation("/other?sort=up")
	if !v.Live() || v.Text("b") != "Gone" {
		t.Errorf("live: %v, the flash is %q", v.Live(), v.Text("b"))
	}
	for _, part := range []string{"level=ERROR", "liveview_test.shopView", "/products/new", "testView[github.com/gin-liveview/liveview_test.place]", "to=/other ", "PushRedirect"} {
		if !strings.Contains(s.log.String(), part) {
			t.Errorf("the log doesn't name %q:\n%s", part, s.log)
		}
	}
	v = s.browse("/products")
	pushTo(v, "/apart")
	v.ExpectRedirect("/apart")
	if v.Text("b") != "Gone" {
		t.Errorf("the flash is %q", v.Text("b"))
	}
	v = s.browse("/products")
	pushTo(v, "/again")
	v.ExpectNavigation("/again")
	if !strings.Contains(s.log.String(), "give Handle the same pointer") {
		t.Errorf("the log doesn't say that there are two values of one type:\n%s", s.log)
	}
}

// To a route of another live session there is a page load, also where it is one of
// the same view; that is nobody's mistake.
func TestOneViewInTwoLiveSessions(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		view := shopView{&shopData{}}
		shopRoutes(r, view)
		liveview.Handle(r.Group("/admin", liveview.LiveSession("admin")), "/products", view)
	})
	v := s.browse("/products")
	pushTo(v, "/admin/products")
	v.ExpectRedirect("/admin/products")
	wantShop(t, v, "/admin/products", "/admin/products", 1)
	if v.Text("b") != "Gone" {
		t.Errorf("the flash is %q", v.Text("b"))
	}
	if strings.Contains(s.log.String(), "level=ERROR") {
		t.Errorf("the log says %s", s.log)
	}
	v = s.browse("/products")
	v.Click("#admin")
	v.ExpectNavigation("/admin/products")
	wantShop(t, v, "/admin/products", "/admin/products", 1)
}

// A Mount or HandleParams of the join may patch to another route of the view.
func TestPatchToAnotherRouteWhileJoining(t *testing.T) {
	view := &testView[place]{template: placeTemplate, onParams: func(c *gin.Context, s *liveview.Socket[place]) error {
		if c.FullPath() == "/start" && s.Connected() {
			return s.PushPatch("/items/3", nil)
		}
		s.Assign(func(p *place) { p.ID, p.Sort = c.Param("id"), c.FullPath() })
		return nil
	}}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r, "/start", view)
		liveview.Handle(r, "/items/:id", view)
	})
	v := s.browse("/start")
	if v.URL().Path != "/items/3" || v.Text("h1") != "3 /items/:id" || !v.Live() {
		t.Errorf("the page is at %s and shows %q", v.URL(), v.Text("h1"))
	}
	v.Reconnect()
	if v.URL().Path != "/items/3" || !v.Live() {
		t.Errorf("after joining again the page is at %s, live: %v", v.URL(), v.Live())
	}
}
