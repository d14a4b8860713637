package liveview_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// HandleParams learns how the page came to its URL.
func TestNavigation(t *testing.T) {
	var got []string
	view := placeView(map[string]func(s *liveview.Socket[place]) error{
		"patch": func(s *liveview.Socket[place]) error { return s.PushPatch("/items/2", nil) },
		"live":  func(s *liveview.Socket[place]) error { return s.PushRedirect("/items/4", nil) },
	})
	view.onParams = func(_ *gin.Context, s *liveview.Socket[place]) error {
		got = append(got, s.Navigation().String())
		return nil
	}
	s := newSite(t, liveview.Config{KeepTime: -1}, func(r *gin.Engine) { liveview.Handle(r, "/items/:id", view) })
	v := s.browse("/items/1")
	for _, step := range []struct {
		do   func()
		want []string
	}{
		{func() {}, []string{"HTTP", "join"}},
		{func() { act(v, "patch") }, []string{"PushPatch"}},
		{func() { v.Click("a", "Patch") }, []string{"patch"}},
		{v.Back, []string{"patch"}},
		{v.Reconnect, []string{"rejoin"}},
		{func() { act(v, "live") }, []string{"live navigation"}},
		{v.Reconnect, []string{"rejoin"}},
		{v.Reload, []string{"HTTP", "join"}},
	} {
		if step.do(); !slices.Equal(got, step.want) {
			t.Errorf("HandleParams was told %q, want %q", got, step.want)
		}
		got = nil
	}
}

// What the client says as it joins can be read while it joins, by the view and by
// middleware, and at no other time.
func TestConnectParams(t *testing.T) {
	var got []string
	read := func(where string, c *gin.Context) {
		p := liveview.ConnectParamsOf(c)
		size := struct{ Width int }{}
		err := p.Decode("screen", &size)
		var wrong int
		got = append(got, fmt.Sprint(where, " ", p.Value("zone"), " ", p.Value("n"), " ", p.Value("yes"), " ", p.Value("screen"), size.Width,
			" ", p.Value("_mounts"), " ", err, " ", p.Decode("zone", &wrong) != nil, " ", p.Value("none"), p.Decode("none", &wrong)))
	}
	view := placeView(nil)
	view.onMount = func(c *gin.Context, _ *liveview.Socket[place]) error { read("mount", c); return nil }
	view.onParams = func(c *gin.Context, _ *liveview.Socket[place]) error { read("params", c); return nil }
	s := newSite(t, liveview.Config{KeepTime: -1}, func(r *gin.Engine) {
		liveview.Handle(r.Group("", func(c *gin.Context) { read("middleware", c) }), "/items/:id", view)
	})
	v := liveviewtest.Open(t, s.engine, "/items/1", liveviewtest.Options{Params: map[string]any{
		"zone": "Europe/Zürich", "n": 1.5, "yes": true, "screen": map[string]int{"width": 390},
	}})
	const none, first = "    0  <nil> false <nil>", " Europe/Zürich 1.5 true 390 0 <nil> true <nil>"
	want := []string{"middleware" + none, "mount" + none, "params" + none, "middleware" + first, "mount" + first, "params" + first}
	if !slices.Equal(got, want) {
		t.Errorf("read %q, want %q", got, want)
	}
	got = nil
	v.Click("a", "Patch")
	if want := []string{"middleware" + none, "params" + none}; !slices.Equal(got, want) {
		t.Errorf("on a patch %q, want %q", got, want)
	}
	got = nil
	v.Reconnect()
	if len(got) != 3 || !strings.Contains(got[1], " 390 1 <nil>") {
		t.Errorf("on joining again %q", got)
	}
}

// A page whose assets are older than what the layout names now says so when it joins
// again or comes from another page, and is loaded once.
func TestStaticChanged(t *testing.T) {
	var version atomic.Int32
	var reload, failing, mixed atomic.Bool
	var changed []bool
	layout := func(c *gin.Context, p liveview.Page) error {
		if failing.Load() && liveview.IsVisit(c) {
			return errors.New("no layout")
		}
		c.Set("seen by the layout", true)
		version := version.Load()
		if mixed.Load() && !liveview.IsVisit(c) {
			version-- // pages come from a process of the version before, and join at a new one
		}
		status := http.StatusOK
		if liveview.IsVisit(c) {
			status = http.StatusFound // which is an answer, were it one to the visitor
		}
		c.Data(status, "text/html", fmt.Appendf(nil, `<!DOCTYPE html><html><head>%s%s%s
<!-- <script phx-track-static src="/commented.js"></script> --><link rel="icon" href="/icon-%d.svg">
<script defer PHX-TRACK-STATIC src="/app&#46;js?v=%d&amp;w=a+b"></script><link phx-track-static rel="stylesheet" href='//cdn.example/a b.css'>
</head><body>%s</body></html>`, p.CSRFMeta(), p.LiveTitle(), p.Scripts(), version, version, p.Content()))
		return nil
	}
	view := placeView(map[string]func(s *liveview.Socket[place]) error{
		"live": func(s *liveview.Socket[place]) error { return s.PushRedirect("/items/2", nil) },
	})
	view.onMount = func(c *gin.Context, s *liveview.Socket[place]) error {
		is := liveview.StaticChanged(c)
		if changed = append(changed, is); is && reload.Load() {
			return s.Redirect(s.URL().String())
		}
		if c.GetBool("seen by the layout") {
			t.Error("the layout that is written to no one has changed the context")
		}
		return nil
	}
	s := newSite(t, liveview.Config{Layout: layout, KeepTime: -1}, func(r *gin.Engine) { liveview.Handle(r, "/items/:id", view) })
	v := s.browse("/items/1")
	expect := func(what string, do func(), want ...bool) {
		t.Helper()
		changed = nil
		if do(); !slices.Equal(changed, want) {
			t.Errorf("%s: changed %v, want %v", what, changed, want)
		}
	}
	navigate := func() { act(v, "live") }
	expect("joining again", v.Reconnect, false)
	expect("live navigation", navigate, false)
	version.Add(1)
	expect("live navigation after the deployment", navigate, true)
	expect("joining again after the deployment", v.Reconnect, true)
	failing.Store(true)
	expect("a layout that fails", v.Reconnect, false)
	failing.Store(false)
	reload.Store(true)
	expect("a view that reloads", v.Reconnect, true, false, false)
	v.ExpectRedirect("/items/2")
	expect("then", v.Reconnect, false)
	version.Add(1)
	mixed.Store(true)
	expect("while processes of two versions run", v.Reconnect, true, false, false)
	expect("and a page is loaded", v.Reload, false, false)
}

// What middleware sets is seen by each callback as the newest visit found it, though
// the view has kept nothing of it.
func TestValueIsTheNewest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var role atomic.Value
		role.Store("admin")
		v := &roleView{}
		s := newSite(t, liveview.Config{JoinTimeout: time.Hour}, func(r *gin.Engine) {
			g := r.Group("", liveview.KeepValues("role"), liveview.KeepValues(roleKey{}), func(c *gin.Context) {
				c.Set("role", role.Load())
				c.Set(roleKey{}, c.FullPath())
				c.Set("other", "not kept")
			})
			liveview.Handle(g, "/one", v)
			liveview.Handle(g, "/two", v)
		})
		b := s.browse("/one")
		want := func(what, want string) {
			t.Helper()
			if got := b.Text("b"); got != want {
				t.Errorf("%s: %q, want %q", what, got, want)
			}
		}
		want("Mount", "Mount admin /one <nil>")
		b.Click("button")
		want("an event", "HandleEvent admin /one <nil>")
		role.Store("guest")
		b.Click("button")
		want("an event before the recheck", "HandleEvent admin /one <nil>")
		time.Sleep(2 * time.Minute) // of the bubble: the middleware is asked again
		b.Click("button")
		want("an event that Authorize refuses after the recheck", "HandleEvent admin /one <nil>")
		b.Click("a")
		want("a patch", "HandleParams guest /two <nil>")
		role.Store("admin")
		time.Sleep(2 * time.Minute) // of the bubble: the middleware is asked again
		b.Click("button")
		want("an event after the next recheck", "HandleEvent admin /two <nil>")
		if log := s.log.String(); !strings.Contains(log, "KeepValues") || !strings.Contains(log, "key=other") {
			t.Errorf("the log doesn't say what isn't kept:\n%s", log)
		}
		if p := s.visitor().get("/one"); !strings.Contains(p.content, "Mount admin /one") {
			t.Errorf("the HTTP render shows %s", p.content)
		}
	})
}

type roleKey struct{}

type roleView struct{ _ int }

type roles struct{ Text string }

var rolesTemplate = liveview.MustParse[roles](`<b>{{.Text}}</b><button phx-click="act">Act</button><a {{patch "/two"}}>Two</a>`)

func (v *roleView) show(where string, s *liveview.Socket[roles]) error {
	s.Assign(func(st *roles) {
		st.Text = fmt.Sprint(where, " ", s.Value("role"), " ", s.Value(roleKey{}), " ", s.Value("other"))
	})
	return nil
}

func (v *roleView) Mount(_ *gin.Context, s *liveview.Socket[roles]) error { return v.show("Mount", s) }

func (v *roleView) HandleParams(_ *gin.Context, s *liveview.Socket[roles]) error {
	if s.Navigation() == liveview.NavigationPatch {
		return v.show("HandleParams", s)
	}
	return nil
}

func (v *roleView) HandleEvent(s *liveview.Socket[roles], _ liveview.Event) error {
	return v.show("HandleEvent", s)
}

func (v *roleView) Authorize(s *liveview.Socket[roles], _ liveview.Event) error {
	if s.Value("role") != "admin" {
		return errors.New("for administrators only")
	}
	return nil
}
func (v *roleView) Render(st roles) liveview.Rendered { return rolesTemplate.Render(st) }

func TestKeepValuesRefusesWhatIsNoKey(t *testing.T) {
	defer func() {
		if text := fmt.Sprint(recover()); !strings.Contains(text, "KeepValues") || !strings.Contains(text, "connect_test.go") {
			t.Errorf("it panics with %q", text)
		}
	}()
	liveview.KeepValues([]string{"role"})
}

// What the browser said with its join is let go when the join is over, also by who has
// kept its context.
func TestConnectParamsEndWithTheJoin(t *testing.T) {
	kept := make(chan *gin.Context, 2)
	v := counterView()
	v.onMount = func(c *gin.Context, s *liveview.Socket[counter]) error {
		if s.Connected() {
			if got := liveview.ConnectParamsOf(c).Value("zone"); got != "CET" {
				t.Errorf("Mount gets %q", got)
			}
			kept <- c.Copy()
		}
		return nil
	}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	p := s.visitor().get("/")
	c := p.connect()
	status, response := c.joinAs(map[string]any{
		"url": p.url, "session": p.session, "params": map[string]any{"_csrf_token": p.csrf, "_mounts": 0, "zone": "CET"},
	})
	if status != "ok" {
		t.Fatal(status, response)
	}
	c.call("event", nothing)
	if got := liveview.ConnectParamsOf(<-kept).Value("zone"); got != "" {
		t.Errorf("after the join there still is %q", got)
	}
}
