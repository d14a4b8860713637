package dashboard_test

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/dashboard"
	"github.com/gin-liveview/liveview/liveviewtest"
	"github.com/gin-liveview/liveview/presence"
)

// orders is the state of the page that is watched.
type orders struct {
	Text string
	Lots []int
}

// ordersView does what goes wrong in shops.
type ordersView struct{}

var ordersPage = liveview.MustParse[orders](`<p>{{.Text}}</p><b phx-click="slow">slow</b><b phx-click="crash">crash</b><b phx-click="large">large</b><b phx-click="quick">quick</b>
{{range .Lots}}<i>{{.}}</i>{{end}}<form id="f" phx-change="change">{{with upload "photos"}}{{.FileInput}}{{end}}</form>`)

func (ordersView) Mount(c *gin.Context, s *liveview.Socket[orders]) error {
	if s.Connected() {
		if _, err := s.Subscribe("orders"); err != nil {
			return err
		}
	}
	return s.AllowUpload("photos", liveview.UploadConfig{MaxEntries: 3})
}

func (ordersView) HandleEvent(s *liveview.Socket[orders], e liveview.Event) error {
	switch e.Name {
	case "slow":
		time.Sleep(3 * time.Second) // of the bubble: a query without an index
	case "crash":
		return errors.New("column \"price\" doesn't exist")
	case "large":
		s.Assign(func(st *orders) { st.Lots = make([]int, 2000) })
	case "quick", "change":
	default:
		return liveview.ErrUnknownEvent
	}
	return nil
}

func (ordersView) HandleInfo(s *liveview.Socket[orders], info any) error {
	if text, ok := info.(string); ok {
		s.Assign(func(st *orders) { st.Text = text })
	}
	return nil
}

func (ordersView) Render(st orders) liveview.Rendered { return ordersPage.Render(st) }

// shop is an application with a dashboard.
type shop struct {
	t      *testing.T
	router *gin.Engine
	app    *liveview.App
	board  *dashboard.Board
}

func newShop(t *testing.T, config liveview.Config, options dashboard.Options) *shop {
	t.Helper()
	gin.SetMode(gin.TestMode)
	options.Name = "node-1"
	if options.Logger == nil {
		options.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	s := &shop{t: t, board: dashboard.New(options), router: gin.New()}
	config.Telemetry, config.Logger = s.board, slog.New(slog.NewTextHandler(io.Discard, nil))
	s.app = liveview.New(config)
	s.router.Use(s.app.Middleware())
	liveview.Handle(s.router.Group("/", func(c *gin.Context) {
		if user := c.GetHeader("X-User"); user != "" {
			liveview.Identify(c, user)
		}
	}), "/orders/:id", ordersView{})
	s.board.Mount(s.app, s.router, "/admin/dashboard", func(c *gin.Context) {
		if c.GetHeader("X-Operator") == "" {
			c.AbortWithStatus(http.StatusForbidden)
		}
	})
	t.Cleanup(s.board.Close)
	return s
}

// visitor opens the page as a user.
func (s *shop) visitor(user string) *liveviewtest.View {
	s.t.Helper()
	return liveviewtest.Open(s.t, s.router, "/orders/7?token=secret", liveviewtest.Options{Header: http.Header{"X-User": {user}}, Timeout: 20 * time.Second})
}

// operator opens a page of the dashboard, once all that went before is counted there: a view
// is told of when its join has ended, and that is after the answer is written.
func (s *shop) operator(path string) *liveviewtest.View {
	s.t.Helper()
	synctest.Wait()
	return liveviewtest.Open(s.t, s.router, "/admin/dashboard"+path, liveviewtest.Options{Header: http.Header{"X-Operator": {"yes"}}, Timeout: 20 * time.Second})
}

// pass lets time pass, of the bubble.
func pass(d time.Duration) {
	time.Sleep(d) // of the bubble's clock
	synctest.Wait()
}

// rowOf returns the text of the first row that has all parts.
func rowOf(v *liveviewtest.View, parts ...string) string {
	rows := v.Find("tr")
	for i := range rows.Length() {
		text := strings.Join(strings.Fields(rows.Eq(i).Text()), " ")
		fits := true
		for _, part := range parts {
			fits = fits && strings.Contains(text, part)
		}
		if fits {
			return text
		}
	}
	return ""
}

// Four incidents are each explained by the overview: what it was, where, and whose view.
func TestIncidentsAreNamed(t *testing.T) {
	t.Run("a slow query", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newShop(t, liveview.Config{}, dashboard.Options{})
			s.visitor("bob").Click("quick")
			s.visitor("ann").Click("slow")
			v := s.operator("")
			pass(6 * time.Second)
			if row := rowOf(v, "3.0 s", "event slow", "/orders/:id", "ann"); row == "" {
				t.Errorf("the slowest aren't told: %s", v.Text(".columns"))
			}
			if row := rowOf(v, "/orders/:id", "2", "3."); row == "" {
				t.Errorf("the route has no latency: %s", v.Text("main"))
			}
		})
	})
	t.Run("a crash loop", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newShop(t, liveview.Config{}, dashboard.Options{})
			v := s.visitor("ann")
			for range 5 {
				v.Click("crash")
				v.ExpectCrash()
				v.Reconnect()
			}
			o := s.operator("")
			pass(6 * time.Second)
			if row := rowOf(o, "5", "crash view crash", "/orders/:id", "ann", "column \"price\" doesn't exist"); row == "" {
				t.Errorf("the crashes aren't told: %s", o.Text("section:nth-of-type(2)"))
			}
		})
	})
	t.Run("a flood by one client", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newShop(t, liveview.Config{EventRate: 0.2}, dashboard.Options{})
			s.visitor("bob")
			v := s.visitor("mallory")
			for range 10 {
				time.Sleep(1100 * time.Millisecond) // of the bubble: more often than is allowed
				v.Click("quick")
			}
			o := s.operator("")
			pass(6 * time.Second)
			if row := rowOf(o, "limit EventRate", "mallory"); row == "" {
				t.Errorf("the limit isn't told: %s", o.Text("main"))
			}
		})
	})
	t.Run("a broker that is gone", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newShop(t, liveview.Config{}, dashboard.Options{})
			s.visitor("ann")
			s.visitor("bob")
			if err := s.app.Publish("orders", liveview.Missed{Topic: "orders"}); err != nil { // as a Bus does
				t.Fatal(err)
			}
			o := s.operator("")
			pass(6 * time.Second)
			if row := rowOf(o, "2missed", "orders", "/orders/:id"); row == "" {
				t.Errorf("the gap isn't told: %s", o.Text("main"))
			}
		})
	})
}

// A view's page has what it does as it comes, what it is subscribed to and what it is being
// sent, and nothing of the values. It isn't told of once it has ended.
func TestViewPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t, liveview.Config{}, dashboard.Options{})
		v := s.visitor("ann")
		o := s.operator("/views")
		pass(3 * time.Second)
		o.Follow("a", "/orders/:id")
		pass(time.Second)
		v.Click("quick")
		v.Choose(`input[type="file"]`, liveviewtest.File{Name: "my cat.jpg", Type: "image/jpeg", Content: []byte("meow")})
		v.Click("large")
		pass(5 * time.Second)
		for _, want := range [][]string{{"event", "quick", "ok"}, {"event", "large", "KiB"}} {
			if rowOf(o, want...) == "" {
				t.Errorf("the feed lacks %q: %s", want, o.Text("#deeds"))
			}
		}
		text := strings.Join(strings.Fields(o.Text("main")), " ")
		for _, want := range []string{"dashboard_test.ordersView", "/orders/7", "orders", "photos image/jpeg 4 B", "User ann"} {
			if !strings.Contains(text, want) {
				t.Errorf("the page doesn't say %q: %s", want, text)
			}
		}
		if strings.Contains(o.HTML(), "secret") || strings.Contains(o.HTML(), "my cat") {
			t.Error("the page says what is a secret")
		}
		o.Click("Measure")
		pass(2 * time.Second)
		if got := o.Text("dl"); !strings.Contains(got, "KiB") {
			t.Errorf("the state's size isn't told: %s", got)
		}
		v.Close()
		pass(2 * time.Second)
		if !o.Has(".told.bad", "isn't open") {
			t.Errorf("the view's end isn't told: %s", o.Text("main"))
		}
	})
}

// The list is filtered by route and user, by its form and by its URL; all of one user's views
// have a button that disconnects him, which asks first.
func TestViewsAndDisconnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		s := newShop(t, liveview.Config{}, dashboard.Options{
			Logger: slog.New(slog.NewTextHandler(&log, nil)), Operator: func(c *gin.Context) string { return c.GetHeader("X-Operator") },
		})
		for i := range 105 {
			s.visitor(fmt.Sprint("user", i))
		}
		ann := s.visitor("ann")
		o := s.operator("/views")
		if got := o.Count("tbody tr"); got != 100 || !o.Has("p", "106 views, of which 100 are listed") {
			t.Errorf("%d rows, and %s", got, o.Text(".dim"))
		}
		if o.Has("button") {
			t.Error("a user can be disconnected while several are listed")
		}
		o.Change("#filter", "user", "ann")
		o.ExpectPatch("/admin/dashboard/views?user=ann")
		if got := o.Count("tbody tr"); got != 1 {
			t.Errorf("%d rows of ann's", got)
		}
		o.Click("a", "Events/s")
		o.ExpectPatch("/admin/dashboard/views?sort=rate&user=ann")
		o.Confirm(false)
		o.Click("button", "Disconnect ann")
		if asked := o.Asked(); len(asked) != 1 || !strings.HasPrefix(asked[0], "Disconnect ann?") {
			t.Errorf("asked %q", asked)
		}
		if !ann.Live() {
			t.Error("ann is disconnected although that was not confirmed")
		}
		o.Confirm(true)
		o.Click("button", "Disconnect ann")
		ann.ExpectDisconnect()
		if !o.Has(".told", "All sockets of ann are closed") || !strings.Contains(log.String(), "user=ann by=yes") {
			t.Errorf("told %q, logged %q", o.Text(".told"), log.String())
		}
	})
}

// Whom an operator disconnects is whom the button named as it was pressed, also where the list
// has become another user's while he was asked.
func TestDisconnectIsOfWhoWasNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t, liveview.Config{}, dashboard.Options{})
		ann := s.visitor("ann")
		o := s.operator("/views?user=an")
		named, _ := o.Find("button").Attr("phx-value-user")
		ann.Close()
		joan := s.visitor("joan")
		pass(3 * time.Second)
		o.Find("button").SetAttr("phx-value-user", named) // as the browser had it
		o.Click("button")
		pass(time.Second)
		if !joan.Live() {
			t.Error("joan was disconnected")
		}
		if got := o.Text(".told"); !strings.Contains(got, "of ann are closed") {
			t.Errorf("the operator is told %q", got)
		}
	})
}

// Two visitors' views that stand in the page of another are two, though their elements have
// the same id, and each is told with its user.
func TestNestedViewsOfTwoVisitors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t, liveview.Config{}, dashboard.Options{})
		liveview.Handle(s.router.Group("/", func(c *gin.Context) { liveview.Identify(c, c.GetHeader("X-User")) }), "/desk", deskView{})
		open := func(user string) *liveviewtest.View {
			return liveviewtest.Open(t, s.router, "/desk", liveviewtest.Options{Header: http.Header{"X-User": {user}}, Timeout: 20 * time.Second})
		}
		open("ann")
		bob := open("bob")
		o := s.operator("/views")
		for _, user := range []string{"ann", "bob"} {
			if row := rowOf(o, "ordersView", user); row == "" {
				t.Errorf("%s's view isn't listed: %s", user, o.Text("tbody"))
			}
		}
		o.Change("#filter", "user", "ann", "route", "ordersView")
		o.Follow("th a", "/desk")
		pass(4 * time.Second)
		if text := o.Text("main"); !strings.Contains(text, "Disconnect ann") || !strings.Contains(text, "connected") {
			t.Errorf("the page of ann's view says %s", text)
		}
		bob.Close()
		pass(time.Second)
		if o.Has(".told.bad") {
			t.Errorf("ann's view has ended with bob's: %s", o.Text(".told.bad"))
		}
	})
}

// deskView shows orders in its page.
type deskView struct{}

type desk struct{ Orders *liveview.Nested }

var deskPage = liveview.MustParse[desk](`{{component .Orders}}`)

func (deskView) Mount(_ *gin.Context, s *liveview.Socket[desk]) error {
	s.Assign(func(st *desk) { st.Orders = liveview.Nest("orders", ordersView{}) })
	return nil
}

func (deskView) Render(st desk) liveview.Rendered { return deskPage.Render(st) }

// Topics have their subscribers, and presence those who are there.
func TestTopics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ps := liveview.NewPubSub()
		there := presence.New[string](ps, "shop", presence.Options{})
		defer there.Close()
		if _, err := there.Track("counter", "ann", "idle"); err != nil {
			t.Fatal(err)
		}
		s := newShop(t, liveview.Config{PubSub: ps}, dashboard.Options{Presence: map[string]dashboard.Presence{"customers": there}})
		s.visitor("ann")
		s.visitor("bob")
		o := s.operator("/topics")
		if rowOf(o, "orders", "2") == "" || rowOf(o, "counter", "1") == "" || !o.Has("h2", "Presence: customers") {
			t.Errorf("the page says %s", o.Text("main"))
		}
	})
}

// The list of processes has all that share the PubSub, while somebody looks, and lets those
// go that have ended.
func TestCluster(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ps := liveview.NewPubSub()
		s := newShop(t, liveview.Config{PubSub: ps}, dashboard.Options{})
		other := dashboard.New(dashboard.Options{Name: "node-2"})
		lv := liveview.New(liveview.Config{PubSub: ps, Telemetry: other})
		r := gin.New()
		r.Use(lv.Middleware())
		other.Mount(lv, r, "/dashboard")
		o := s.operator("/cluster")
		pass(5 * time.Second)
		if rowOf(o, "node-1 this one") == "" || rowOf(o, "node-2") == "" {
			t.Errorf("the processes are %s", o.Text("table"))
		}
		other.Close()
		pass(3 * time.Second)
		if rowOf(o, "node-2") != "" || rowOf(o, "node-1") == "" {
			t.Errorf("once one has ended, the processes are %s", o.Text("table"))
		}
	})
}

// The runtime is charted.
func TestRuntime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t, liveview.Config{}, dashboard.Options{})
		o := s.operator("/runtime")
		pass(2 * time.Minute)
		points, _ := o.Find("polyline").First().Attr("points")
		if strings.Count(points, ",") < 2 || !o.Has("figure", "Goroutines") || !o.Has("dl", "GC cycles") {
			t.Errorf("the first chart is %q, of %s", points, o.Text("main"))
		}
	})
}

// The dashboard's own pages aren't among what it shows.
func TestDashboardLeavesItselfOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t, liveview.Config{}, dashboard.Options{})
		s.operator("/views")
		o := s.operator("")
		pass(10 * time.Second)
		if !o.Has("#routes ~ .calm") {
			t.Errorf("the routes are %s", o.Text("main"))
		}
	})
}

// Who isn't let in by the guard sees nothing; without a guard only the own machine does, and
// in release mode there is none.
func TestGuard(t *testing.T) {
	s := newShop(t, liveview.Config{}, dashboard.Options{})
	for _, path := range []string{"", "/views", "/views/x", "/topics", "/cluster", "/runtime", "/style.css"} {
		res := liveviewtest.NewSession(t, s.router).Get("/admin/dashboard" + path)
		if res.StatusCode != http.StatusForbidden {
			t.Errorf("%s is answered with %s", path, res.Status)
		}
	}
	newApp := func() (*dashboard.Board, *liveview.App, *gin.Engine) {
		b := dashboard.New(dashboard.Options{})
		lv := liveview.New(liveview.Config{Telemetry: b, Secret: liveview.NewSecret(strings.Repeat("x", 32))})
		r := gin.New()
		r.Use(lv.Middleware())
		t.Cleanup(b.Close)
		return b, lv, r
	}
	b, lv, r := newApp()
	b.Mount(lv, r, "/dashboard")
	for _, test := range []struct {
		host   string
		header http.Header
		want   int
		from   string
	}{
		{"localhost", nil, http.StatusOK, ""},
		{"127.0.0.1:8080", nil, http.StatusOK, ""},
		{"example.com", nil, http.StatusForbidden, ""}, // another site, whose name leads here
		{"localhost", nil, http.StatusForbidden, "192.0.2.7:4711"},
		{"localhost", http.Header{"X-Forwarded-For": {"127.0.0.1"}}, http.StatusForbidden, ""},
		{"127.0.0.1:8080", http.Header{"Origin": {"https://www.example.com"}}, http.StatusForbidden, ""}, // through a proxy that says nothing
	} {
		req, w := httptest.NewRequest(http.MethodGet, "/dashboard", nil), httptest.NewRecorder()
		req.RemoteAddr, req.Host = cmp.Or(test.from, "127.0.0.1:4711"), test.host
		maps.Copy(req.Header, test.header)
		r.ServeHTTP(w, req)
		if w.Code != test.want {
			t.Errorf("at %s with %v without a guard: %d, want %d", test.host, test.header, w.Code, test.want)
		}
	}
	panics := func(what, want string, mount func(b *dashboard.Board, lv *liveview.App, r *gin.Engine)) {
		b, lv, r := newApp()
		defer func() {
			if got := fmt.Sprint(recover()); !strings.Contains(got, want) {
				t.Errorf("%s: %s, want %q", what, got, want)
			}
		}()
		mount(b, lv, r)
	}
	guard := func(*gin.Context) {}
	gin.SetMode(gin.ReleaseMode)
	panics("no guard in release mode", "requireAdmin", func(b *dashboard.Board, lv *liveview.App, r *gin.Engine) { b.Mount(lv, r.Group("/", guard), "/x") })
	gin.SetMode(gin.TestMode)
	panics("at the root", "path of its own", func(b *dashboard.Board, lv *liveview.App, r *gin.Engine) { b.Mount(lv, r, "/", guard) })
	panics("with a parameter", "path of its own", func(b *dashboard.Board, lv *liveview.App, r *gin.Engine) { b.Mount(lv, r, "/:tenant", guard) })
	panics("no App", "not nil", func(b *dashboard.Board, _ *liveview.App, r *gin.Engine) { b.Mount(nil, r, "/x", guard) })
	panics("twice", "twice", func(b *dashboard.Board, lv *liveview.App, r *gin.Engine) {
		b.Mount(lv, r, "/x", guard)
		b.Mount(lv, r, "/y", guard)
	})
}
