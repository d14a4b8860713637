package liveview_test

import (
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// greeting writes HTML, as a component of any library does.
type greeting int

func (g greeting) Render(ctx context.Context, w io.Writer) error {
	_, err := fmt.Fprintf(w, `<p class="n%d">seen %d times, live: %t</p>`, int(g)%2, int(g), liveview.MetaFrom(ctx).Connected())
	return err
}

type componentView struct{}

func (componentView) HandleEvent(s *liveview.Socket[greeting], _ liveview.Event) error {
	s.Assign(func(g *greeting) { *g += 2 })
	return nil
}

func (componentView) Render(g greeting) liveview.Rendered { return liveview.RenderComponent(g) }

// Of a component's page, too, only what changed is sent.
func TestComponentsPage(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", componentView{}) })
	c := s.open("/")
	if want := `<p class="n0">seen 0 times, live: false</p>`; c.page.content != want {
		t.Errorf("the first HTML is %s, want %s", c.page.content, want)
	}
	diff := c.click("again", nil)
	if len(diff) != 1 || !reflect.DeepEqual(flatten(diff), []string{"seen 2 times, live: true"}) {
		t.Errorf("diff = %v, want the text alone", diff)
	}
	if liveview.MetaFrom(t.Context()) != nil {
		t.Error("MetaFrom of another context isn't nil")
	}
}

// flatten returns the strings of a diff.
func flatten(diff map[string]any) (all []string) {
	for _, v := range diff {
		switch v := v.(type) {
		case string:
			all = append(all, v)
		case map[string]any:
			all = append(all, flatten(v)...)
		}
	}
	return all
}

type mixed struct {
	Name  string
	Seen  greeting
	Shown []greeting
}

var mixedPage = liveview.MustParse[mixed](`<h1>{{.Name}}</h1>{{component .Seen}}<ul>{{range .Shown}}<li>{{component .}}</li>{{end}}</ul>`)

// A component in a template: its text alone is sent, and it knows the page.
func TestComponentInATemplate(t *testing.T) {
	v := &testView[mixed]{template: mixedPage}
	v.onMount = func(_ *gin.Context, s *liveview.Socket[mixed]) error {
		s.Assign(func(c *mixed) { c.Name, c.Shown = "page", []greeting{1, 2} })
		return nil
	}
	v.onEvent = func(s *liveview.Socket[mixed], e liveview.Event) error {
		s.Assign(func(c *mixed) {
			if e.Name == "list" {
				c.Shown = []greeting{1, 4}
			} else {
				c.Seen += 2
			}
		})
		return nil
	}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	c := s.open("/")
	want := `<h1>page</h1><p class="n0">seen 0 times, live: false</p><ul>` +
		`<li><p class="n1">seen 1 times, live: false</p></li><li><p class="n0">seen 2 times, live: false</p></li></ul>`
	if c.page.content != want {
		t.Errorf("the first HTML is %s, want %s", c.page.content, want)
	}
	for event, want := range map[string]map[string]any{
		"again": {"1": map[string]any{"1": "seen 2 times, live: true"}},
		"list":  {"2": map[string]any{"k": map[string]any{"1": map[string]any{"0": map[string]any{"1": "seen 4 times, live: true"}}, "kc": 2.0}}},
	} {
		if diff := c.click(event, nil); !reflect.DeepEqual(diff, want) {
			t.Errorf("diff of %s = %v, want %v", event, diff, want)
		}
	}
}

type visitorKey struct{}

// visitorName writes what the request's context says of the visitor.
type visitorName int

func (n visitorName) Render(ctx context.Context, w io.Writer) error {
	name, _ := ctx.Value(visitorKey{}).(string)
	_, err := fmt.Fprintf(w, `<p>%s %d</p>`, name, n)
	return err
}

type visitorView struct {
	*testView[visitorName]
	wholePage bool
}

func (v visitorView) Render(n visitorName) liveview.Rendered {
	if v.wholePage {
		return liveview.RenderComponent(n)
	}
	return visitorTemplate.Render(n)
}

var visitorTemplate = liveview.MustParse[visitorName](`<main>{{component .}}</main>`)

// A component finds what the route's middleware has put into the request's context,
// on each render, and of the newest request.
func TestComponentFindsTheRequestsValues(t *testing.T) {
	for name, wholePage := range map[string]bool{"as a page": true, "in a template": false} {
		t.Run(name, func(t *testing.T) {
			var visits atomic.Int32
			view := visitorView{&testView[visitorName]{}, wholePage}
			view.onEvent = func(s *liveview.Socket[visitorName], _ liveview.Event) error {
				s.Assign(func(n *visitorName) { *n++ })
				return nil
			}
			s := newSite(t, liveview.Config{Recheck: 1}, func(r *gin.Engine) {
				liveview.Handle(r.Group("", func(c *gin.Context) {
					c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), visitorKey{}, fmt.Sprint("ann", visits.Add(1))))
				}), "/", view)
			})
			c := s.open("/")
			if !strings.Contains(c.page.content, "<p>ann1 0</p>") {
				t.Errorf("the first HTML is %s", c.page.content)
			}
			if diff := fmt.Sprint(c.click("more", nil)); !strings.Contains(diff, "ann3") {
				t.Errorf("after the third visit, a recheck, the diff is %s", diff)
			}
		})
	}
}

// waitingComponent waits for the end of its context.
type waitingComponent struct{ begun chan struct{} }

func (c waitingComponent) Render(ctx context.Context, _ io.Writer) error {
	close(c.begun)
	<-ctx.Done()
	return fmt.Errorf("rows: %w", ctx.Err())
}

type waitingView struct{ begun chan struct{} }

func (v waitingView) Render(int) liveview.Rendered {
	return liveview.RenderComponent(waitingComponent(v))
}

// That a visitor goes while his page is rendered is nobody's fault.
func TestVisitorWhoHasGoneIsNoFault(t *testing.T) {
	begun := make(chan struct{})
	var errs atomic.Int32
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		r.Use(func(c *gin.Context) {
			c.Next()
			errs.Add(int32(len(c.Errors)))
		})
		liveview.Handle(r, "/", waitingView{begun})
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-begun
		cancel()
	}()
	s.engine.ServeHTTP(httptest.NewRecorder(), newRequest(t, "/").WithContext(ctx))
	if log := s.log.String(); log != "" || errs.Load() != 0 {
		t.Errorf("%d errors, log:\n%s", errs.Load(), log)
	}
}

// wrongPart is a component whose HTML can't be a part of a live page.
type wrongPart int

func (w wrongPart) Render(_ context.Context, out io.Writer) error {
	_, err := fmt.Fprintf(out, `<p><a phx-clik="x">%d</a></p>`, int(w))
	return err
}

type wrongPartView struct{ page *liveview.Template[wrongPart] }

func (wrongPartView) HandleEvent(s *liveview.Socket[wrongPart], _ liveview.Event) error {
	s.Assign(func(w *wrongPart) { *w++ })
	return nil
}

func (v wrongPartView) Render(w wrongPart) liveview.Rendered {
	if v.page == nil {
		return liveview.RenderComponent(w)
	}
	return v.page.Render(w)
}

// What Parse refuses of a template is logged of a component's HTML, once however
// many see it.
func TestWrongHTMLOfComponentsIsLogged(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r, "/page", wrongPartView{})
		liveview.Handle(r, "/part", wrongPartView{liveview.MustParseSource[wrongPart](liveview.Source{Name: "board.html", Text: `<div>{{component .}}</div>`})})
	})
	for range 2 {
		for _, path := range []string{"/page", "/part"} {
			c := s.open(path)
			c.click("again", nil)
		}
	}
	log := s.log.String()
	for _, want := range []string{"did you mean phx-click?", "route=/page", "board.html:1:7: <component .>: the client has no attribute phx-clik", "route=/part"} {
		if strings.Count(log, want) == 0 {
			t.Errorf("%q isn't in the log:\n%s", want, log)
		}
	}
	if n := strings.Count(log, "a component wrote HTML that won't work"); n != 2 {
		t.Errorf("the log has %d lines, want one for each page:\n%s", n, log)
	}
}
