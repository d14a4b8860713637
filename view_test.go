package liveview_test

import (
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// testView is a view whose callbacks a test gives as functions; nil ones do
// nothing.
type testView[C any] struct {
	onMount    func(c *gin.Context, s *liveview.Socket[C]) error
	onParams   func(c *gin.Context, s *liveview.Socket[C]) error
	onEvent    func(s *liveview.Socket[C], e liveview.Event) error
	onInfo     func(s *liveview.Socket[C], info any) error
	onProgress func(s *liveview.Socket[C], e liveview.UploadEntry) error
	onShutdown func(s *liveview.Socket[C])
	onRender   func(state C)
	template   *liveview.Template[C]
}

func (v *testView[C]) Mount(c *gin.Context, s *liveview.Socket[C]) error {
	if v.onMount == nil {
		return nil
	}
	return v.onMount(c, s)
}

func (v *testView[C]) HandleParams(c *gin.Context, s *liveview.Socket[C]) error {
	if v.onParams == nil {
		return nil
	}
	return v.onParams(c, s)
}

func (v *testView[C]) HandleEvent(s *liveview.Socket[C], e liveview.Event) error {
	if v.onEvent == nil {
		return nil
	}
	return v.onEvent(s, e)
}

func (v *testView[C]) HandleInfo(s *liveview.Socket[C], info any) error {
	if v.onInfo == nil {
		return nil
	}
	return v.onInfo(s, info)
}

func (v *testView[C]) HandleProgress(s *liveview.Socket[C], e liveview.UploadEntry) error {
	if v.onProgress == nil {
		return nil
	}
	return v.onProgress(s, e)
}

func (v *testView[C]) Shutdown(s *liveview.Socket[C]) {
	if v.onShutdown != nil {
		v.onShutdown(s)
	}
}

func (v *testView[C]) Render(state C) liveview.Rendered {
	if v.onRender != nil {
		v.onRender(state)
	}
	return v.template.Render(state)
}

type counter struct{ Count int }

var counterTemplate = liveview.MustParse[counter](`<button phx-click="inc">{{.Count}}</button>`)

// counterView counts events named "inc", and numbers sent as infos.
func counterView() *testView[counter] {
	return &testView[counter]{
		template: counterTemplate,
		onEvent: func(s *liveview.Socket[counter], e liveview.Event) error {
			if e.Name == "inc" {
				s.Assign(func(c *counter) { c.Count++ })
			}
			return nil
		},
		onInfo: func(s *liveview.Socket[counter], info any) error {
			s.Assign(func(c *counter) { c.Count += info.(int) })
			return nil
		},
	}
}

type plainView struct{}

func (plainView) Render(c counter) liveview.Rendered { return counterTemplate.Render(c) }

type wrongEvent struct{ plainView }

func (wrongEvent) HandleEvent(s *liveview.Socket[counter], name string) error { return nil }

type wrongInfo struct{ plainView }

func (wrongInfo) HandleInfo(s *liveview.Socket[counter], info any) {}

type wrongState struct{ plainView }

func (wrongState) HandleParams(c *gin.Context, s *liveview.Socket[int]) error { return nil }

type wrongShutdown struct{ plainView }

func (wrongShutdown) Shutdown() {}

type pointerEvent struct{ plainView }

func (*pointerEvent) HandleEvent(s *liveview.Socket[counter], e liveview.Event) error { return nil }

func TestHandleRefusesCallbacksThatWouldBeIgnored(t *testing.T) {
	for name, test := range map[string]struct {
		handle func(r *gin.Engine)
		want   string
	}{
		"event without Event": {
			func(r *gin.Engine) { liveview.Handle(r, "/", wrongEvent{}) },
			"must be HandleEvent(s *liveview.Socket[liveview_test.counter], e liveview.Event) error",
		},
		"info without error": {
			func(r *gin.Engine) { liveview.Handle(r, "/", wrongInfo{}) },
			"must be HandleInfo(s *liveview.Socket[liveview_test.counter], info any) error",
		},
		"params of another state": {
			func(r *gin.Engine) { liveview.Handle(r, "/", wrongState{}) },
			"must be HandleParams(c *gin.Context, s *liveview.Socket[liveview_test.counter]) error",
		},
		"shutdown without socket": {
			func(r *gin.Engine) { liveview.Handle(r, "/", wrongShutdown{}) },
			"must be Shutdown(s *liveview.Socket[liveview_test.counter])",
		},
		"method of the pointer": {
			func(r *gin.Engine) { liveview.Handle(r, "/", pointerEvent{}) },
			"pass &pointerEvent{…}",
		},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, test.want) {
					t.Errorf("Handle panicked with %q, want it to say %q", got, test.want)
				}
			}()
			test.handle(prepared())
		})
	}
	liveview.Handle(prepared(), "/", plainView{}) // the optional ones are optional
	liveview.Handle(prepared(), "/", &pointerEvent{})
}

// prepared returns an engine on which a live page may be.
func prepared() *gin.Engine {
	r := gin.New()
	r.Use(liveview.Middleware())
	return r
}

func TestLifeOfAView(t *testing.T) {
	type seen struct {
		connected bool
		id        string
		param     string
		query     string
		user      any
	}
	var mounts, params []seen
	shutdowns := make(chan int, 10)
	v := counterView()
	look := func(c *gin.Context, s *liveview.Socket[counter]) seen {
		user, _ := c.Get("user")
		return seen{s.Connected(), s.ID(), c.Param("name"), c.Query("q"), user}
	}
	v.onMount = func(c *gin.Context, s *liveview.Socket[counter]) error {
		mounts = append(mounts, look(c, s))
		s.Assign(func(c *counter) { c.Count = 5 })
		return nil
	}
	v.onParams = func(c *gin.Context, s *liveview.Socket[counter]) error {
		params = append(params, look(c, s))
		if got := s.URL().String(); got != c.Request.URL.RequestURI() {
			t.Errorf("URL() = %q in HandleParams of %q", got, c.Request.URL.RequestURI())
		}
		return nil
	}
	v.onShutdown = func(s *liveview.Socket[counter]) { shutdowns <- s.State().Count }
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		g := r.Group("/g", func(c *gin.Context) { c.Set("user", "ada") })
		liveview.Handle(g, "/:name", v)
	})
	p := s.visitor().get("/g/x?q=1")
	if p.status != 200 || p.content != `<button phx-click="inc">5</button>` {
		t.Fatalf("GET = %d %q", p.status, p.content)
	}
	if got := p.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control = %q, want no-store: the page holds tokens", got)
	}
	c := p.connect()
	status, response := c.join()
	if status != "ok" {
		t.Fatalf("join: %s %v", status, response)
	}
	want := map[string]any{"0": "5", "s": []any{`<button phx-click="inc">`, `</button>`}}
	if got := response["rendered"]; !reflect.DeepEqual(got, want) {
		t.Errorf("rendered = %v, want %v", got, want)
	}
	if got := response["liveview_version"]; got != liveview.PhoenixLiveViewVersion {
		t.Errorf("liveview_version = %v", got)
	}
	wantSeen := []seen{{false, p.id, "x", "1", "ada"}, {true, p.id, "x", "1", "ada"}}
	if !reflect.DeepEqual(mounts, wantSeen) {
		t.Errorf("Mount saw %+v, want %+v", mounts, wantSeen)
	}
	if !reflect.DeepEqual(params, wantSeen) {
		t.Errorf("HandleParams saw %+v, want %+v", params, wantSeen)
	}
	if diff := c.click("inc", nil); !reflect.DeepEqual(diff, map[string]any{"0": "6"}) {
		t.Errorf("diff = %v", diff)
	}
	if diff := c.click("other", nil); diff != nil {
		t.Errorf("an event that changes nothing was answered with %v", diff)
	}
	c.close()
	if n := <-shutdowns; n != 6 {
		t.Errorf("Shutdown saw count %d, want 6", n)
	}
}

func TestShutdownRunsOnceHoweverTheViewEnds(t *testing.T) {
	for name, end := range map[string]func(c *client){
		"leave":         func(c *client) { c.call("phx_leave", map[string]any{}) },
		"closed socket": func(c *client) { c.close() },
		"crash": func(c *client) {
			c.push("event", map[string]any{"type": "click", "event": "crash", "value": map[string]any{}})
		},
		"second join": func(c *client) { c.join() },
		"leave, then closed": func(c *client) {
			c.push("phx_leave", map[string]any{})
			c.close()
		},
		"server stop": func(c *client) { go func() { _ = c.page.visitor.site.server.Close() }(); c.close() },
	} {
		t.Run(name, func(t *testing.T) {
			var shutdowns atomic.Int32
			down := make(chan struct{}, 10)
			v := counterView()
			v.onEvent = func(*liveview.Socket[counter], liveview.Event) error { return errors.New("crashed") }
			v.onShutdown = func(*liveview.Socket[counter]) { shutdowns.Add(1); down <- struct{}{} }
			s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
			c := s.open("/")
			end(c)
			<-down
			want := int32(1)
			if name == "second join" {
				c.close()
				<-down
				want = 2 // of two views
			}
			if got := shutdowns.Load(); got != want {
				t.Errorf("Shutdown ran %d times, want %d", got, want)
			}
		})
	}
}

// A failing callback ends its view, and nothing else.
func TestFailingCallbackEndsItsViewOnly(t *testing.T) {
	fail := map[string]func(){
		"error":  nil,
		"panic":  func() { panic("on purpose") },
		"nil":    func() { _ = *(*int)(nil) },
		"goexit": func() { runtime.Goexit() },
	}
	for how, act := range fail {
		for _, where := range []string{"event", "info", "render", "shutdown"} {
			if how == "error" && (where == "shutdown" || where == "render") {
				continue // they return no error
			}
			t.Run(how+" in "+where, func(t *testing.T) {
				boom := func() error {
					if act == nil {
						return errors.New("on purpose")
					}
					act()
					return nil
				}
				failing := counterView()
				failing.template = liveview.MustParse[counter](`<div id="page" phx-hook="Page"><button phx-click="inc">{{.Count}}</button></div>`)
				count := failing.onEvent
				failing.onEvent = func(s *liveview.Socket[counter], e liveview.Event) error {
					switch e.Name {
					case "event":
						return boom()
					case "info":
						return s.SendInfo("boom")
					case "render", "shutdown":
						s.Assign(func(c *counter) { c.Count = -1 })
						if e.Name == "shutdown" {
							return errors.New("end")
						}
					}
					return count(s, e)
				}
				failing.onInfo = func(*liveview.Socket[counter], any) error { return boom() }
				failing.onRender = func(c counter) {
					if c.Count == -1 {
						_ = boom()
					}
				}
				failing.onShutdown = func(s *liveview.Socket[counter]) {
					if s.State().Count == -1 && where == "shutdown" {
						_ = boom()
					}
				}
				s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/page", failing) })
				other, v := s.browse("/page"), s.browse("/page")
				v.Hook("#page").Push(where, nil)
				v.ExpectCrash()
				v.Reconnect() // over the same socket, as the official client does
				for _, v := range []*liveviewtest.View{v, other} {
					if v.Click("button"); v.Text("button") != "1" {
						t.Errorf("the page shows %s", v.HTML())
					}
				}
				if how != "error" { // what was lost in the end is logged behind it
					eventually(t, 10*time.Second, "the log has a stack", func() bool { return strings.Contains(s.log.String(), "view_test.go") })
				}
				log := s.log.String()
				if n := strings.Count(log, "level=ERROR"); n != 1 && where != "shutdown" {
					t.Errorf("%d errors were logged, want one:\n%s", n, log)
				}
				for _, want := range []string{"*liveview_test.testView", "route=/page"} {
					if !strings.Contains(log, want) {
						t.Errorf("the log doesn't name %q:\n%s", want, log)
					}
				}
			})
		}
	}
}

func TestMountThatFails(t *testing.T) {
	live := true // only the live mount fails
	v := counterView()
	v.onMount = func(_ *gin.Context, s *liveview.Socket[counter]) error {
		if s.Connected() == live {
			panic("secret of the database")
		}
		return nil
	}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	c := s.visitor().get("/").connect()
	status, response := c.join()
	if status != "error" || response["reason"] != "join crashed" {
		t.Errorf("join = %s %v, want an error the client tries again after", status, response)
	}
	if log := s.log.String(); strings.Count(log, "level=ERROR") != 1 || !strings.Contains(log, "secret of the database") {
		t.Errorf("log = %s", log)
	}
	live = false
	p := s.visitor().get("/")
	if p.status != 500 || strings.Contains(p.body, "secret") {
		t.Errorf("GET = %d %q, want 500 and no more", p.status, p.body)
	}
}

type shelf struct{ Books []string }

// A list two of whose entries have one key is shown by both renders alike, and
// the developer is told where it stands and which key it is: once, whoever else
// is shown the page.
func TestDuplicateKeys(t *testing.T) {
	view := &testView[shelf]{template: liveview.MustParseSource[shelf](liveview.Source{Name: "shelf.html", Text: `<ul>{{range .Books | keyed "."}}<li>{{.}}</li>{{end}}</ul>`})}
	view.onMount = func(_ *gin.Context, s *liveview.Socket[shelf]) error {
		s.Assign(func(v *shelf) { v.Books = []string{"Emma", "Emma", "Ulysses"} })
		return nil
	}
	view.onEvent = func(s *liveview.Socket[shelf], _ liveview.Event) error {
		s.Assign(func(v *shelf) { v.Books = append([]string{"Ulysses", "Ulysses"}, v.Books...) })
		return nil
	}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", view) })
	first := s.open("/")
	if want := "<ul><li>Emma</li><li>Emma</li><li>Ulysses</li></ul>"; first.page.content != want {
		t.Errorf("the first HTML is %s, want %s", first.page.content, want)
	}
	if diff := first.click("more", nil); len(diff) != 1 {
		t.Errorf("diff = %v, want that of the list", diff)
	}
	s.open("/").click("more", nil)
	log := s.log.String()
	if strings.Count(log, "level=WARN") != 1 || !strings.Contains(log, `shelf.html:1:12: <.Books | keyed \".\">`) || !strings.Contains(log, "have the key Emma") {
		t.Errorf("the log says\n%s, want one warning with place and key", log)
	}
}
