package liveview_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// member is a part of the states of several views, which hooks know.
type member struct{ User string }

func (m *member) SetUser(name string) { m.User = name }

type orders struct {
	member
	Clicks int
}

var ordersTemplate = liveview.MustParse[orders](`<p>{{.User}}</p><b>{{.Clicks}}</b><i>{{flash "info"}}</i>`)

type who struct{ member }

var whoTemplate = liveview.MustParse[who](`<p>{{.User}}</p>`)

// nothing is an event that no view hears of.
var nothing = map[string]any{"type": "click", "event": "lv:clear-flash", "value": map[string]any{}}

// trace notes what is called, in which order.
type trace struct {
	mu    sync.Mutex
	calls []string
}

func (t *trace) add(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.calls = append(t.calls, fmt.Sprintf(format, args...))
}

func (t *trace) take() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	calls := t.calls
	t.calls = nil
	return calls
}

// traced are hooks at every place that note when they begin and end.
func traced(t *trace, name string) liveview.Hooks {
	around := func(what string, next func() error) error {
		t.add("%s %s", name, what)
		defer t.add("%s %s end", name, what)
		return next()
	}
	return liveview.Hooks{
		Mount:  func(_ *gin.Context, _ liveview.AnySocket, next func() error) error { return around("mount", next) },
		Params: func(_ *gin.Context, _ liveview.AnySocket, next func() error) error { return around("params", next) },
		Event: func(_ liveview.AnySocket, e liveview.Event, next func() error) error {
			return around("event "+e.Name, next)
		},
		Info: func(_ liveview.AnySocket, info any, next func() error) error {
			return around(fmt.Sprint("info ", info), next)
		},
		AfterRender: func(liveview.AnySocket) { t.add("%s after render", name) },
	}
}

// Hooks run around every callback, the first outermost, on the HTTP render and on
// the live page, with Gin's middleware and a live session beside them.
func TestHooksRunAround(t *testing.T) {
	calls := new(trace)
	v := counterView()
	v.onMount = func(*gin.Context, *liveview.Socket[counter]) error { calls.add("mount"); return nil }
	v.onParams = func(*gin.Context, *liveview.Socket[counter]) error { calls.add("params"); return nil }
	v.onEvent = func(s *liveview.Socket[counter], e liveview.Event) error {
		calls.add("event")
		s.Assign(func(st *counter) { st.Count++ })
		return s.SendInfo("news")
	}
	v.onInfo = func(*liveview.Socket[counter], any) error { calls.add("info"); return nil }
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		g := r.Group("", func(*gin.Context) { calls.add("middleware") }, liveview.LiveSession("members"), liveview.Around(traced(calls, "outer")))
		liveview.Handle(g.Group("", liveview.Around(traced(calls, "inner"))), "/", v)
		liveview.Handle(g, "/plain", counterFuncs())
	})
	mounting := []string{
		"middleware", "outer mount", "inner mount", "mount", "inner mount end", "outer mount end",
		"outer params", "inner params", "params", "inner params end", "outer params end", "inner after render", "outer after render",
	}
	p := s.visitor().get("/")
	if got := calls.take(); !slices.Equal(got, mounting) {
		t.Errorf("the HTTP render calls %q, want %q", got, mounting)
	}
	c := p.connect()
	c.join()
	c.call("event", nothing) // is handled behind it
	if got := calls.take(); !slices.Equal(got, mounting) {
		t.Errorf("the join calls %q, want %q", got, mounting)
	}
	c.click("inc", nil)
	c.call("event", nothing) // is handled behind the info
	want := []string{
		"outer event inc", "inner event inc", "event", "inner event inc end", "outer event inc end", "inner after render", "outer after render",
		"outer info news", "inner info news", "info", "inner info news end", "outer info news end",
	}
	if got := calls.take(); !slices.Equal(got, want) {
		t.Errorf("a click calls %q, want %q", got, want)
	}
	s.visitor().get("/plain")
	want = []string{"middleware", "outer mount", "outer mount end", "outer params", "outer params end", "outer after render"}
	if got := calls.take(); !slices.Equal(got, want) {
		t.Errorf("a view without Mount and HandleParams calls %q, want %q", got, want)
	}
}

// One set of hooks serves views of any state: it loads the user into each, answers
// an event for all, hears a topic for all, and refuses.
func TestHooksOverAnyState(t *testing.T) {
	hooks := liveview.Hooks{
		Mount: func(c *gin.Context, s liveview.AnySocket, next func() error) error {
			if c.Query("as") == "nobody" {
				c.Redirect(302, "/login")
				return nil
			}
			s.Assign(func(state any) { state.(interface{ SetUser(string) }).SetUser(c.Query("as")) })
			if _, err := s.Subscribe("news"); err != nil {
				return err
			}
			return next()
		},
		Event: func(s liveview.AnySocket, e liveview.Event, next func() error) error {
			switch e.Name {
			case "hello":
				s.PutFlash("info", fmt.Sprintf("hello of a %T", s.State()))
				return nil
			case "forbidden":
				s.PutFlash("info", "not you")
				return nil
			}
			if err := next(); err != nil {
				return fmt.Errorf("counted: %w", err)
			}
			return nil
		},
		Info: func(s liveview.AnySocket, info any, next func() error) error {
			if text, ok := info.(string); ok {
				s.PutFlash("info", text)
				return nil
			}
			return next()
		},
	}
	pubsub := liveview.NewPubSub()
	reached := 0
	s := newSite(t, liveview.Config{PubSub: pubsub}, func(r *gin.Engine) {
		g := r.Group("", liveview.Around(hooks))
		liveview.Handle(g, "/orders", liveview.ViewFuncs[orders]{Template: ordersTemplate, Events: liveview.Events[orders]{
			"forbidden": func(*liveview.Socket[orders], liveview.Event) error { reached++; return nil },
			"click": func(s *liveview.Socket[orders], _ liveview.Event) error {
				s.Assign(func(st *orders) { st.Clicks++ })
				return nil
			},
		}})
		liveview.Handle(g, "/profile", liveview.ViewFuncs[who]{Template: whoTemplate})
	})
	if p := s.visitor().get("/profile?as=ann"); !strings.Contains(p.body, "<p>ann</p>") {
		t.Errorf("the profile shows %s, want ann", p.body)
	}
	if p := s.visitor().get("/orders?as=nobody"); p.status != 302 {
		t.Errorf("a visit that a hook sends elsewhere has status %d, want 302", p.status)
	}
	c := s.open("/orders?as=bob")
	for _, step := range []struct{ event, place, want string }{
		{"click", "1", "1"}, {"hello", "2", "hello of a liveview_test.orders"}, {"forbidden", "2", "not you"},
	} {
		if diff := c.click(step.event, nil); diff[step.place] != step.want {
			t.Errorf("%s answers %v, want %s", step.event, diff, step.want)
		}
	}
	if reached != 0 {
		t.Error("an event that the hook refused has reached the view")
	}
	if err := pubsub.Publish("news", "it rains"); err != nil {
		t.Fatal(err)
	}
	if got := c.next().payload; got["2"] != "it rains" {
		t.Errorf("the news of a hook's topic bring %v", got)
	}
	c.click("misspelt", nil)
	if diff := c.click("click", nil); diff["1"] != "2" {
		t.Errorf("after an unknown event, which the hook wrapped, the view answers %v, want 2", diff)
	}
	if log := s.log.String(); !strings.Contains(log, `unknown event; the view knows [\"click\" \"forbidden\"]`) {
		t.Errorf("log = %s", log)
	}
}

// What goes wrong in a hook ends its view, as in a callback, and the log says where:
// with the stack of a panic, also of one in the callback that it is around.
func TestHooksThatFail(t *testing.T) {
	boom := errors.New("boom")
	passes := liveview.Hooks{Event: func(_ liveview.AnySocket, _ liveview.Event, next func() error) error { return next() }}
	wraps := liveview.Hooks{Event: func(_ liveview.AnySocket, _ liveview.Event, next func() error) error {
		return fmt.Errorf("audit: %w", next())
	}}
	failing := map[string]struct {
		hooks liveview.Hooks
		event func(*liveview.Socket[counter], liveview.Event) error
		want  []string
	}{
		"error of a hook":   {liveview.Hooks{Event: func(liveview.AnySocket, liveview.Event, func() error) error { return boom }}, nil, []string{"a hook of Around: boom"}},
		"panic of a hook":   {liveview.Hooks{Event: func(liveview.AnySocket, liveview.Event, func() error) error { panic("bang") }}, nil, []string{"a hook of Around panicked: bang", "hooks_test.go"}},
		"error of the view": {passes, func(*liveview.Socket[counter], liveview.Event) error { return boom }, []string{"HandleEvent: boom"}},
		"panic of the view": {passes, func(*liveview.Socket[counter], liveview.Event) error { panic("bang") }, []string{"HandleEvent panicked: bang", "hooks_test.go"}},
		"wrapped panic":     {wraps, func(*liveview.Socket[counter], liveview.Event) error { panic("bang") }, []string{"HandleEvent panicked: bang", "stack=", "hooks_test.go"}},
		"wrapped error":     {wraps, func(*liveview.Socket[counter], liveview.Event) error { return boom }, []string{"audit: HandleEvent: boom"}},
		"error that panics": {passes, func(*liveview.Socket[counter], liveview.Event) error { return hostileError{} }, []string{"HandleEvent"}},
		"panic after render": {liveview.Hooks{AfterRender: func(s liveview.AnySocket) {
			if s.State().(counter).Count > 0 {
				panic("bang")
			}
		}}, nil, []string{"a hook of Around panicked: bang"}},
	}
	for name, test := range failing {
		t.Run(name, func(t *testing.T) {
			v := counterView()
			if test.event != nil {
				v.onEvent = test.event
			}
			s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
				liveview.Handle(r.Group("", liveview.Around(test.hooks)), "/", v)
			})
			c, other := s.open("/"), s.open("/")
			c.push("event", map[string]any{"type": "click", "event": "inc", "value": map[string]any{}})
			for f := c.next(); f.event != "phx_error"; f = c.next() {
				if f.event == "" {
					t.Fatal("the view lives on")
				}
			}
			for _, want := range test.want {
				if log := s.log.String(); !strings.Contains(log, want) {
					t.Errorf("log = %s, want %q in it", log, want)
				}
			}
			if status, _ := other.call("event", nothing); status != "ok" {
				t.Errorf("another view answers %s", status)
			}
		})
	}
}

// Where files are about to be sent, a hook refuses them by not calling next.
func TestHooksRefuseUploads(t *testing.T) {
	var asked []string
	hooks := liveview.Hooks{Event: func(_ liveview.AnySocket, e liveview.Event, next func() error) error {
		asked = append(asked, e.Type+" "+e.Name)
		if e.Name == "refused" {
			return nil
		}
		return next()
	}}
	v := liveview.ViewFuncs[counter]{
		Template: liveview.MustParse[counter](`{{with upload "refused"}}<i class="{{.Ref}}"></i>{{end}}{{with upload "taken"}}<i class="{{.Ref}}"></i>{{end}}`),
		Mount: func(_ *gin.Context, s *liveview.Socket[counter]) error {
			return errors.Join(s.AllowUpload("refused", liveview.UploadConfig{}), s.AllowUpload("taken", liveview.UploadConfig{}))
		},
	}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r.Group("", liveview.Around(hooks)), "/", v)
	})
	c := s.visitor().get("/").connect()
	_, joined := c.join()
	rendered, _ := joined["rendered"].(map[string]any)
	for place, name := range []string{"refused", "taken"} {
		part, _ := rendered[fmt.Sprint(place)].(map[string]any)
		_, response := c.call("allow_upload", map[string]any{"ref": part["0"], "cid": nil, "entries": []any{
			map[string]any{"ref": "0", "name": "a.txt", "size": 3, "type": "text/plain", "last_modified": 1},
		}})
		if got, want := response["error"] != nil, name == "refused"; got != want {
			t.Errorf("%s: refused is %t, want %t: %v", name, got, want, response)
		}
	}
	if want := []string{"upload refused", "upload taken"}; !slices.Equal(asked, want) {
		t.Errorf("the hook was asked of %q, want %q", asked, want)
	}
}

// A hook that deals with a refusal, and returns nil, doesn't grant what the view's
// Authorize has refused.
func TestHooksGrantNothing(t *testing.T) {
	forbidden := errors.New("forbidden")
	var seen []error
	hooks := liveview.Hooks{Event: func(s liveview.AnySocket, _ liveview.Event, next func() error) error {
		err := next()
		seen = append(seen, err)
		if err != nil {
			s.PutFlash("error", "you may not")
		}
		return nil
	}}
	v := guardedFuncs{authorize: func(liveview.Event) error { return forbidden }}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r.Group("", liveview.Around(hooks)), "/", v) })
	c := s.visitor().get("/").connect()
	_, joined := c.join()
	rendered, _ := joined["rendered"].(map[string]any)
	part, _ := rendered["0"].(map[string]any)
	_, response := c.call("allow_upload", map[string]any{"ref": part["0"], "cid": nil, "entries": []any{
		map[string]any{"ref": "0", "name": "a.txt", "size": 3, "type": "text/plain", "last_modified": 1},
	}})
	if response["error"] == nil || response["entries"] != nil {
		t.Errorf("files may be sent that Authorize has refused: %v", response)
	}
	c.click("save", nil)
	for _, err := range seen {
		if !errors.Is(err, forbidden) {
			t.Errorf("next returns %v, want what Authorize returned in it", err)
		}
	}
	if len(seen) != 2 {
		t.Errorf("the hook ran %d times, want 2", len(seen))
	}
}

// guardedFuncs has an upload and an Authorize.
type guardedFuncs struct {
	authorize func(e liveview.Event) error
}

var guardedTemplate = liveview.MustParse[counter](`{{with upload "photos"}}<i class="{{.Ref}}"></i>{{end}}<p>{{.Count}}</p>`)

func (guardedFuncs) Mount(_ *gin.Context, s *liveview.Socket[counter]) error {
	return s.AllowUpload("photos", liveview.UploadConfig{})
}

func (v guardedFuncs) Authorize(_ *liveview.Socket[counter], e liveview.Event) error {
	return v.authorize(e)
}

func (guardedFuncs) HandleEvent(*liveview.Socket[counter], liveview.Event) error { return nil }

func (guardedFuncs) Render(st counter) liveview.Rendered { return guardedTemplate.Render(st) }

// An unknown event is known as that to hooks, whether the view or the hook says so, and
// ends no view.
func TestHooksKnowUnknownEvents(t *testing.T) {
	var known []bool
	hooks := liveview.Hooks{Event: func(_ liveview.AnySocket, e liveview.Event, next func() error) error {
		if e.Name == "of the hook" {
			return fmt.Errorf("hook: %w", liveview.ErrUnknownEvent)
		}
		err := next()
		known = append(known, errors.Is(err, liveview.ErrUnknownEvent))
		return err
	}}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		g := r.Group("", liveview.Around(hooks))
		liveview.Handle(g, "/", counterFuncs())
		liveview.Handle(g, "/deaf", liveview.ViewFuncs[counter]{Template: counterTemplate})
	})
	c, deaf := s.open("/"), s.open("/deaf")
	c.click("of the view", nil)
	c.click("of the hook", nil)
	deaf.click("of nobody", nil)
	if diff := c.click("inc", nil); diff["0"] != "1" {
		t.Errorf("after unknown events the view answers %v", diff)
	}
	if want := []bool{true, true, false}; !slices.Equal(known, want) {
		t.Errorf("known as unknown: %v, want %v", known, want)
	}
	for _, want := range []string{"of the view", "of the hook", "of nobody"} {
		if !strings.Contains(s.log.String(), want) {
			t.Errorf("log = %s, want %q in it", s.log, want)
		}
	}
}

// AfterRender can't move the page, and says so at once rather than to the next callback.
func TestAfterRenderMovesNothing(t *testing.T) {
	calls := new(trace)
	hooks := liveview.Hooks{AfterRender: func(s liveview.AnySocket) {
		for _, err := range []error{s.PushPatch("/?after", nil), s.PushRedirect("/", nil), s.Redirect("/")} {
			calls.add("%v", err)
		}
	}}
	v := counterView()
	v.onParams = func(*gin.Context, *liveview.Socket[counter]) error { return nil }
	v.onEvent = func(s *liveview.Socket[counter], _ liveview.Event) error { return s.PushPatch("/?event", nil) }
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r.Group("", liveview.Around(hooks)), "/", v) })
	c := s.open("/")
	c.push("event", map[string]any{"type": "click", "event": "x", "value": map[string]any{}})
	if f := c.next(); f.event != "live_patch" {
		t.Errorf("the event's own move brings %s %v", f.event, f.payload)
	}
	errs := calls.take()
	if len(errs) < 6 {
		t.Errorf("AfterRender ran for %d moves, want one render over HTTP and one live at least", len(errs))
	}
	for _, err := range errs {
		if !strings.Contains(err, "AfterRender") {
			t.Errorf("a move in AfterRender: %s", err)
		}
	}
}

// A page that is patched to another route of its view has that route's hooks from then
// on.
func TestHooksAreThoseOfTheRoute(t *testing.T) {
	calls := new(trace)
	v := counterView()
	v.onParams = func(*gin.Context, *liveview.Socket[counter]) error { return nil }
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r.Group("", liveview.Around(traced(calls, "one"))), "/one", v)
		liveview.Handle(r.Group("", liveview.Around(traced(calls, "two"))), "/two", v)
		liveview.Handle(r, "/three", v)
	})
	c := s.open("/one")
	c.call("event", nothing)
	calls.take()
	for _, step := range []struct {
		to   string
		want []string
	}{
		{"/two", []string{"two params", "two params end", "two after render", "two event x", "two event x end"}},
		{"/three", nil},
		{"/one", []string{"one params", "one params end", "one after render", "one event x", "one event x end"}},
	} {
		if status, response := c.call("live_patch", map[string]any{"url": "http://" + siteHost + step.to}); status != "ok" || response["link_redirect"] != nil {
			t.Fatalf("patch to %s: %s %v", step.to, status, response)
		}
		c.click("x", nil)
		c.call("event", nothing)
		if got := calls.take(); !slices.Equal(got, step.want) {
			t.Errorf("at %s: %q, want %q", step.to, got, step.want)
		}
	}
}
