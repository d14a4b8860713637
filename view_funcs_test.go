package liveview_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

func counterFuncs() liveview.ViewFuncs[counter] {
	return liveview.ViewFuncs[counter]{
		Template: counterTemplate,
		Events: liveview.Events[counter]{
			"inc": func(s *liveview.Socket[counter], _ liveview.Event) error {
				s.Assign(func(st *counter) { st.Count++ })
				return nil
			},
			"add": func(s *liveview.Socket[counter], e liveview.Event) error {
				s.Assign(func(st *counter) { st.Count += e.Int("by") })
				return nil
			},
		},
	}
}

// A page of functions alone does what a view of that many methods does, from a
// value or a pointer.
func TestViewFuncs(t *testing.T) {
	whole := counterFuncs()
	whole.Mount = func(_ *gin.Context, s *liveview.Socket[counter]) error {
		s.Assign(func(st *counter) { st.Count = 10 })
		return nil
	}
	whole.Params = func(c *gin.Context, s *liveview.Socket[counter]) error {
		if c.Query("from") != "" {
			s.Assign(func(st *counter) { st.Count = 100 })
			return s.SendInfo(1)
		}
		return nil
	}
	whole.Info = func(s *liveview.Socket[counter], info any) error {
		s.Assign(func(st *counter) { st.Count += info.(int) })
		return nil
	}
	least := counterFuncs()
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r, "/least", least)
		liveview.Handle(r, "/whole", &whole)
	})
	v := s.browse("/least")
	v.Click("button")
	if got := v.Text("button"); got != "1" {
		t.Errorf("the page of a template and events shows %s, want 1", got)
	}
	v = s.browse("/whole")
	v.Click("button")
	if got := v.Text("button"); got != "11" {
		t.Errorf("after Mount and a click it shows %s, want 11", got)
	}
	c := s.open("/whole")
	if status, _ := c.call("live_patch", map[string]any{"url": "http://" + siteHost + "/whole?from=1"}); status != "ok" {
		t.Fatalf("patch: %s", status)
	}
	if got := c.next().payload; got["0"] != "101" {
		t.Errorf("after Params and its info comes %v, want 101", got)
	}
}

// What can't work is found where the route is set up.
func TestViewFuncsThatCannotWork(t *testing.T) {
	nothing := counterFuncs()
	nothing.Template = nil
	noFunction := counterFuncs()
	noFunction.Events["save"] = nil
	for want, v := range map[string]liveview.View[counter]{
		"either Template or Component":        nothing,
		`no function for "save"`:              &noFunction,
		"must be Mount(c *gin.Context, s *li": mountsWrongly{},
		"greeter, whose Mount would never be": twoMounts{counterFuncs(), greeter{}},
	} {
		func() {
			defer func() {
				if msg := fmt.Sprint(recover()); !strings.Contains(msg, want) {
					t.Errorf("Handle panics with %q, want %q in it", msg, want)
				}
			}()
			liveview.Handle(prepared(), "/", v)
		}()
	}
}

type mountsWrongly struct{}

func (mountsWrongly) Mount(*gin.Context) error            { return nil }
func (mountsWrongly) Render(st counter) liveview.Rendered { return counterTemplate.Render(st) }

// An event that the view doesn't know changes nothing, is answered, and stands in
// the log with its name, not longer than it need be, and with those that there are.
func TestUnknownEvent(t *testing.T) {
	typed := counterView()
	typed.onEvent = func(s *liveview.Socket[counter], e liveview.Event) error {
		if e.Name != "inc" {
			s.Assign(func(st *counter) { st.Count = 7 })
			return fmt.Errorf("the counter: %w", liveview.ErrUnknownEvent)
		}
		return nil
	}
	hostile := counterView()
	hostile.onEvent = func(*liveview.Socket[counter], liveview.Event) error { return hostileError{} }
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r, "/funcs", counterFuncs())
		liveview.Handle(r, "/typed", typed)
		liveview.Handle(r, "/hostile", hostile)
	})
	long := strings.Repeat("i", 5000)
	c := s.open("/funcs")
	if status, _ := c.call("event", map[string]any{"type": "click", "event": long, "value": map[string]any{}}); status != "ok" {
		t.Errorf("an event of another name is answered with %s, want ok", status)
	}
	if diff := c.click("inc", nil); diff["0"] != "1" {
		t.Errorf("the view that lives on answers %v, want 1", diff)
	}
	for _, want := range []string{`unknown event; the view knows [\"add\" \"inc\"]`, strings.Repeat("i", 100) + `\"`, "route=/funcs"} {
		if !strings.Contains(s.log.String(), want) {
			t.Errorf("log = %.400s, want %s in it", s.log, want)
		}
	}
	if strings.Contains(s.log.String(), strings.Repeat("i", 101)) {
		t.Error("the log has the whole of a name of 5,000 bytes")
	}
	c = s.open("/typed")
	if diff := c.click("ink", nil); diff["0"] != "7" {
		t.Errorf("what the callback changed: %v, want 7", diff)
	}
	if log := s.log.String(); !strings.Contains(log, "the counter: liveview: unknown event") || !strings.Contains(log, "ink") {
		t.Errorf("log = %s", log)
	}
	c = s.open("/hostile") // whose error's own method panics: that view ends, and no other
	c.push("event", map[string]any{"type": "click", "event": "x", "value": map[string]any{}})
	if f := c.next(); f.event != "phx_error" {
		t.Errorf("after an error that panics comes %v, want phx_error", f)
	}
}

// greeter is for views to embed.
type greeter struct{}

func (greeter) Mount(_ *gin.Context, s *liveview.Socket[counter]) error {
	s.Assign(func(st *counter) { st.Count = 5 })
	return nil
}

// twoMounts has a field and a method called Mount at one depth: Go promotes neither.
type twoMounts struct {
	liveview.ViewFuncs[counter]
	greeter
}

// ownRender shows its state itself, and hears events by functions and by itself.
type ownRender struct{ liveview.ViewFuncs[counter] }

func (ownRender) Render(st counter) liveview.Rendered { return counterTemplate.Render(st) }

type ownEvents struct{ liveview.ViewFuncs[counter] }

func (ownEvents) HandleEvent(s *liveview.Socket[counter], e liveview.Event) error {
	if e.Name == "inc" {
		s.Assign(func(st *counter) { st.Count += 10 })
		return nil
	}
	return liveview.ErrUnknownEvent
}

// What a type has beside the ViewFuncs that it embeds takes the place of that.
func TestViewThatEmbedsFuncs(t *testing.T) {
	bare := counterFuncs()
	bare.Template = nil
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r, "/render", ownRender{bare})
		liveview.Handle(r, "/events", &ownEvents{counterFuncs()})
	})
	if diff := s.open("/render").click("inc", nil); diff["0"] != "1" {
		t.Errorf("a function of an embedded ViewFuncs answers %v, want 1", diff)
	}
	c := s.open("/events")
	if diff := c.click("inc", nil); diff["0"] != "10" {
		t.Errorf("a method beside an embedded ViewFuncs answers %v, want 10", diff)
	}
	c.click("misspelt", nil)
	if log := s.log.String(); !strings.Contains(log, "misspelt") || strings.Contains(log, "add") {
		t.Errorf("log = %s, want the event and no names of functions that aren't called", log)
	}
}

// Its Reload has the page whole again that lost its connection, as a view's own does.
func TestViewFuncsReload(t *testing.T) {
	type page struct{ Rows []string }
	load := func(s *liveview.Socket[page]) error {
		s.TempAssign(func(p *page) { p.Rows = nil })
		s.Assign(func(p *page) { p.Rows = []string{"a", "b"} })
		return nil
	}
	reloads := 0
	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(liveview.Middleware())
	liveview.Handle(r, "/", liveview.ViewFuncs[page]{
		Template: liveview.MustParse[page](`<ul>{{range .Rows}}<li>{{.}}</li>{{end}}</ul>`),
		Mount:    func(_ *gin.Context, s *liveview.Socket[page]) error { return load(s) },
		Reload: func(s *liveview.Socket[page]) error {
			reloads++
			return load(s)
		},
	})
	v := liveviewtest.Open(t, r, "/")
	v.Drop()
	if shows := v.Text("ul"); shows != "a b" || reloads != 1 {
		t.Errorf("after %d calls of Reload the page shows %s, want a b after one", reloads, shows)
	}
}
