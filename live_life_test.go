package liveview_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// part is a live component made of functions, whose state and props are text.
type livePart struct {
	update   func(s *liveview.Socket[string], props string) error
	many     func(sockets []*liveview.Socket[string], props []string) error
	event    func(s *liveview.Socket[string], e liveview.Event) error
	info     func(s *liveview.Socket[string], info any) error
	render   func(state string) liveview.Rendered
	shutdown func(s *liveview.Socket[string])
}

func (p *livePart) Update(s *liveview.Socket[string], props string) error {
	if p.update != nil {
		return p.update(s, props)
	}
	s.Assign(func(st *string) { *st = props })
	return nil
}

func (p *livePart) HandleEvent(s *liveview.Socket[string], e liveview.Event) error {
	return p.event(s, e)
}

func (p *livePart) HandleInfo(s *liveview.Socket[string], info any) error { return p.info(s, info) }

func (p *livePart) Shutdown(s *liveview.Socket[string]) {
	if p.shutdown != nil {
		p.shutdown(s)
	}
}

var partTemplate = liveview.MustParse[string](`<p phx-click="do" phx-target="{{myself}}">{{.}}</p>`)

func (p *livePart) Render(state string) liveview.Rendered {
	if p.render != nil {
		return p.render(state)
	}
	return partTemplate.Render(state)
}

// containing is a livePart whose failures are its own.
type containing struct{ livePart }

var failedTemplate = liveview.MustParse[string](`<p phx-click="again" phx-target="{{myself}}">failed after {{.}}</p>`)

func (*containing) Failed(state string, _ error) liveview.Rendered {
	return failedTemplate.Render(state)
}

// together is a livePart that is updated together with others.
type together struct{ livePart }

func (p *together) UpdateMany(sockets []*liveview.Socket[string], props []string) error {
	return p.many(sockets, props)
}

// partsPage is a page that shows a list of parts, by what they are given, and says what it
// has been told.
type partsPage struct {
	Parts []string
	Told  string
}

const partsText = `<b id="hook" phx-hook="Any">{{.Told}}</b>{{range .Parts}}{{part . .}}{{end}}{{range flashes}}<i>{{.Text}}</i>{{end}}`

func newPartsPage(part liveview.AnyLive, text string, parts ...string) *testView[partsPage] {
	v := &testView[partsPage]{
		template: liveview.MustParseSource[partsPage](liveview.Source{Text: text, Live: map[string]liveview.AnyLive{"part": part}}),
	}
	v.onMount = func(_ *gin.Context, s *liveview.Socket[partsPage]) error {
		s.Assign(func(p *partsPage) { p.Parts = parts })
		return nil
	}
	v.onEvent = func(s *liveview.Socket[partsPage], e liveview.Event) error {
		s.Assign(func(p *partsPage) {
			switch {
			case e.Name == "tell":
				p.Told += "."
			case e.Value("parts") == "":
				p.Parts = nil
			default:
				p.Parts = strings.Split(e.Value("parts"), ",")
			}
		})
		return nil
	}
	v.onInfo = func(s *liveview.Socket[partsPage], info any) error {
		s.Assign(func(p *partsPage) { p.Told = fmt.Sprint(info) })
		return nil
	}
	return v
}

func (c *client) showParts(parts string) map[string]any {
	c.t.Helper()
	return c.click("show", map[string]any{"parts": parts})
}

// pushIdle sends an event, and waits for all that comes of it.
func pushIdle(page *liveviewtest.View, event string, payload any) {
	page.Hook("#hook").Push(event, payload)
	page.WaitIdle()
}

// dropParts says what the client says of components that it no longer shows.
func (c *client) dropParts(cids ...int) (gone any) {
	c.t.Helper()
	c.call("cids_will_destroy", map[string]any{"cids": cids})
	_, response := c.call("cids_destroyed", map[string]any{"cids": cids})
	return response["cids"]
}

// A component whose failure is its own shows that, and starts anew; nothing else ends.
func TestLiveComponentContainsItsFailure(t *testing.T) {
	for name, fail := range map[string]func(){
		"an error": nil,
		"a panic":  func() { panic("boom") },
	} {
		t.Run(name, func(t *testing.T) {
			p := &containing{}
			starts := 0
			p.update = func(s *liveview.Socket[string], props string) error {
				starts++
				s.Assign(func(st *string) { *st = props })
				return nil
			}
			p.event = func(s *liveview.Socket[string], _ liveview.Event) error {
				s.Assign(func(st *string) { *st += "!" })
				if fail != nil {
					fail()
				}
				return errCard
			}
			v := newPartsPage(liveview.NewLive[string, string](p), partsText, "a", "b")
			site := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
			page := site.browse("/")
			page.Click("p:nth-of-type(1)")
			if got := page.Text("p:nth-of-type(1)"); got != "failed after a!" {
				t.Errorf("the component shows %q", got)
			}
			if got := page.Text("p:nth-of-type(2)"); got != "b" {
				t.Errorf("the other shows %q", got)
			}
			if log := site.log.String(); !strings.Contains(log, "live component ended by an error") || !strings.Contains(log, "containing") {
				t.Errorf("the log has %s", log)
			}
			page.Click("p:nth-of-type(1)")
			if got := page.Text("p:nth-of-type(1)"); got != "a" || starts != 5 {
				t.Errorf("after it started anew it shows %q, %d updates in all", got, starts)
			}
		})
	}
}

// What fails while it is rendered is shown as failed at once, on the HTTP render too.
func TestLiveComponentContainsItsFailureToRender(t *testing.T) {
	p := &containing{}
	p.render = func(state string) liveview.Rendered {
		if state == "bad" {
			panic("can't show this")
		}
		return partTemplate.Render(state)
	}
	p.update = func(s *liveview.Socket[string], props string) error {
		if props == "worse" {
			return errCard
		}
		s.Assign(func(st *string) { *st = props })
		return nil
	}
	v := newPartsPage(liveview.NewLive[string, string](p), partsText, "bad", "worse", "good")
	site := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	c := site.open("/")
	want := `<p phx-click="again" phx-target="1">failed after bad</p><p phx-click="again" phx-target="2">failed after </p><p phx-click="do" phx-target="3">good</p>`
	if !strings.HasSuffix(c.page.content, want) {
		t.Errorf("the first HTML is %s, want %s", c.page.content, want)
	}
	page := site.browse("/")
	if got := page.Text("p:nth-of-type(1)"); got != "failed after bad" {
		t.Errorf("live it shows %q", got)
	}
}

// mounting is a containing that is mounted.
type mounting struct {
	containing
	mount func(s *liveview.Socket[string]) error
}

func (p *mounting) Mount(s *liveview.Socket[string]) error { return p.mount(s) }

// mountingTogether is a mounting that is updated together with others.
type mountingTogether struct{ mounting }

func (p *mountingTogether) UpdateMany(sockets []*liveview.Socket[string], props []string) error {
	return p.many(sockets, props)
}

// Mount runs once before all Updates, alone and with others, and again where the component
// starts anew.
func TestLiveComponentIsMountedOnce(t *testing.T) {
	for name, together := range map[string]bool{"alone": false, "together": true} {
		t.Run(name, func(t *testing.T) {
			p := &mountingTogether{}
			did := ""
			fails := false
			p.mount = func(s *liveview.Socket[string]) error {
				if s.Connected() {
					did += "mount;"
				}
				if _, err := s.Subscribe("news"); err != nil {
					return err
				}
				if fails {
					return errCard
				}
				return nil
			}
			p.update = func(s *liveview.Socket[string], props string) error {
				if s.Connected() {
					did += props + ";"
				}
				s.Assign(func(st *string) { *st = props })
				return nil
			}
			p.many = func(sockets []*liveview.Socket[string], props []string) error {
				for i, s := range sockets {
					_ = p.update(s, props[i])
				}
				return nil
			}
			heard := 0
			p.info = func(*liveview.Socket[string], any) error { heard++; return nil }
			p.event = func(*liveview.Socket[string], liveview.Event) error { return errCard }
			var part liveview.AnyLive = liveview.NewLive[string, string](p)
			if !together {
				part = liveview.NewLive[string, string](&p.mounting)
			}
			v := newPartsPage(part, `<b id="hook" phx-hook="Any">{{.Told}}</b>{{range $i, $p := .Parts}}{{part $i $p}}{{end}}`, "a")
			site := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
			page := site.browse("/")
			for _, step := range []struct{ do, did string }{
				{"", "mount;a;"},
				{"b", "b;"},
				{"c", "c;"},
			} {
				if step.do != "" {
					pushIdle(page, "show", map[string]any{"parts": step.do})
				}
				if did != step.did {
					t.Errorf("%q comes to %q, want %q", step.do, did, step.did)
				}
				did = ""
			}
			if err := site.app.Publish("news", 1); err != nil {
				t.Fatal(err)
			}
			page.WaitIdle()
			if heard != 1 {
				t.Errorf("it heard of the news %d times", heard)
			}
			page.Click("p") // it fails,
			page.Click("p") // and starts anew
			if did != "mount;c;" || page.Text("p") != "c" {
				t.Errorf("started anew it did %q, and shows %q", did, page.Text("p"))
			}
			if err := site.app.Publish("news", 1); err != nil {
				t.Fatal(err)
			}
			page.WaitIdle()
			if heard != 2 {
				t.Errorf("started anew it heard of the news %d times", heard-1)
			}
			did, fails = "", true
			page.Click("p")
			page.Click("p")
			if did != "mount;" || page.Text("p") != "failed after" {
				t.Errorf("where Mount fails it did %q, and shows %q", did, page.Text("p"))
			}
		})
	}
}

// What would never be called is told when the component is made known.
func TestMisusedLiveComponents(t *testing.T) {
	for want, make := range map[string]func(){
		"wrong signature func(*gin.Context, *liveview.Socket[string]) error; it must be Mount(s *liveview.Socket[string]) error": func() { liveview.NewLive[string, string](wrongMount{}) },
		"Failed of liveview_test.byPointer has a pointer receiver and would never be called":                                     func() { liveview.NewLive[string, string](byPointer{}) },
		"it must be UpdateMany(sockets []*liveview.Socket[string], props []string) error":                                        func() { liveview.NewLive[string, string](wrongMany{}) },
		"whose HandleParams would never be called":                                                                               func() { liveview.NewLive[string, string](withParams{}) },
		"one element": func() { liveview.NewLive[string, string](&livePart{render: twoTemplate.Render}) },
	} {
		func() {
			defer func() {
				if said := fmt.Sprint(recover()); !strings.Contains(said, want) {
					t.Errorf("it says %q, want %q", said, want)
				}
			}()
			make()
		}()
	}
}

var twoTemplate = liveview.MustParse[string](`<p></p><p></p>`)

// still is a live component that does nothing.
type still struct{}

func (still) Update(*liveview.Socket[string], string) error { return nil }
func (still) Render(st string) liveview.Rendered            { return failedTemplate.Render(st) }

type (
	wrongMount struct{ still }
	byPointer  struct{ still }
	wrongMany  struct{ still }
	withParams struct{ still }
)

func (wrongMount) Mount(*gin.Context, *liveview.Socket[string]) error { return nil }
func (*byPointer) Failed(string, error) liveview.Rendered             { return liveview.Rendered{} }
func (wrongMany) UpdateMany([]*liveview.Socket[string]) error         { return nil }
func (withParams) HandleParams()                                      {}

// All components of a kind that are to be updated are updated in one call, over HTTP and
// live.
func TestLiveComponentsAreUpdatedTogether(t *testing.T) {
	p := &together{}
	var calls [][]string
	p.many = func(sockets []*liveview.Socket[string], props []string) error {
		calls = append(calls, slices.Clone(props))
		for i, s := range sockets {
			s.Assign(func(st *string) { *st = "<" + props[i] + ">" })
		}
		return nil
	}
	v := newPartsPage(liveview.NewLive[string, string](p), partsText, "a", "b", "c")
	site := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	c := site.open("/")
	c.showParts("a,x,c,y")
	if want := [][]string{{"a", "b", "c"}, {"a", "b", "c"}, {"x", "y"}}; !reflect.DeepEqual(calls, want) {
		t.Errorf("updates = %v, want %v", calls, want)
	}
	if !strings.Contains(c.page.content, "&lt;a&gt;") {
		t.Errorf("the first HTML is %s", c.page.content)
	}
}

// The three ways to send a component something, and its way to what shows it.
func TestLiveComponentIsSentTo(t *testing.T) {
	p := &livePart{}
	p.info = func(s *liveview.Socket[string], info any) error {
		s.Assign(func(st *string) { *st += fmt.Sprintf("+%v", info) })
		return s.SendParent(s.State())
	}
	p.event = func(s *liveview.Socket[string], _ liveview.Event) error { return s.SendInfo("own") }
	part := liveview.NewLive[string, string](p)
	v := newPartsPage(part, partsText, "a", "b")
	show := v.onEvent
	v.onEvent = func(s *liveview.Socket[partsPage], e liveview.Event) error {
		switch e.Name {
		case "update":
			return part.SendUpdate(s, "b", "B")
		case "info":
			return errors.Join(part.SendInfo(s, "b", 7), part.SendInfo(s, "nobody", 7))
		case "bad":
			if err := part.SendInfo(s, []int{1}, 7); err == nil {
				t.Error("a slice is taken for an id")
			}
			if err := s.SendParent(1); err == nil {
				t.Error("a view has a parent")
			}
			return nil
		}
		return show(s, e)
	}
	site := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	page := site.browse("/")
	second := func() string { return page.Text("p:nth-of-type(2)") }
	pushIdle(page, "update", nil)
	if got := second(); got != "B" {
		t.Errorf("after SendUpdate it shows %q", got)
	}
	pushIdle(page, "info", nil)
	if got := second(); got != "B+7" {
		t.Errorf("after SendInfo it shows %q", got)
	}
	if got := page.Text("b"); got != "B+7" {
		t.Errorf("its view was told %q", got)
	}
	page.Click("p:nth-of-type(1)")
	page.WaitIdle()
	if got := page.Text("p:nth-of-type(1)"); got != "a+own" {
		t.Errorf("after its own SendInfo it shows %q", got)
	}
	pushIdle(page, "bad", nil)
}

// What a component has set going ends with it.
func TestLiveComponentEndsWithAllItHasSetGoing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &livePart{}
		var ctxs []context.Context
		ticks, infos := 0, 0
		shutdowns := 0
		p.update = func(s *liveview.Socket[string], props string) error {
			s.Assign(func(st *string) { *st = props })
			if s.Connected() {
				ctxs = append(ctxs, s.Context())
				s.Repeat(time.Second, func() { ticks++ })
				_, err := s.Subscribe("news")
				return err
			}
			return nil
		}
		p.info = func(*liveview.Socket[string], any) error { infos++; return nil }
		p.shutdown = func(s *liveview.Socket[string]) {
			shutdowns++
			if _, err := s.Subscribe("news"); !errors.Is(err, liveview.ErrEnded) {
				t.Errorf("Subscribe in Shutdown returns %v", err)
			}
		}
		v := newPartsPage(liveview.NewLive[string, string](p), partsText, "a")
		site := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
		c := site.open("/")
		defer c.close()
		if err := site.app.Publish("news", 1); err != nil {
			t.Fatal(err)
		}
		time.Sleep(1500 * time.Millisecond) // of the bubble's clock
		synctest.Wait()
		if ticks != 1 || infos != 1 || ctxs[0].Err() != nil {
			t.Errorf("while it is there: %d ticks, %d infos, context %v", ticks, infos, ctxs[0].Err())
		}
		c.showParts("")
		if gone := c.dropParts(1); !reflect.DeepEqual(gone, []any{1.0}) {
			t.Errorf("gone are %v", gone)
		}
		if err := site.app.Publish("news", 1); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second) // of the bubble's clock
		synctest.Wait()
		if ticks != 1 || infos != 1 || ctxs[0].Err() == nil || shutdowns != 1 {
			t.Errorf("after its end: %d ticks, %d infos, context %v, %d shutdowns", ticks, infos, ctxs[0].Err(), shutdowns)
		}
	})
}

// writesHTML is a component of a function.
type writesHTML func(ctx context.Context, w io.Writer) error

func (fn writesHTML) Render(ctx context.Context, w io.Writer) error { return fn(ctx, w) }

// What isn't a template finds out the number of the component that it renders.
func TestMetaKnowsTheLiveComponent(t *testing.T) {
	written := func(s string) liveview.Rendered {
		return liveview.RenderComponent(writesHTML(func(ctx context.Context, w io.Writer) error {
			_, err := fmt.Fprintf(w, `<p phx-click="do" phx-target="%d">%s</p>`, liveview.MetaFrom(ctx).Myself(), s)
			return err
		}))
	}
	p := &livePart{render: written, event: func(s *liveview.Socket[string], _ liveview.Event) error {
		s.Assign(func(st *string) { *st += "!" })
		return nil
	}}
	site := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r, "/", newPartsPage(liveview.NewLive[string, string](p), partsText, "a", "b"))
		liveview.Handle(r, "/view", liveview.ViewFuncs[string]{Component: func(string) liveview.Component {
			return writesHTML(func(ctx context.Context, w io.Writer) error {
				_, err := fmt.Fprint(w, liveview.MetaFrom(ctx).Myself())
				return err
			})
		}})
	})
	page := site.browse("/")
	page.Click("p:nth-of-type(2)")
	if got := page.Text("p:nth-of-type(1)") + page.Text("p:nth-of-type(2)"); got != "ab!" {
		t.Errorf("the components show %q", got)
	}
	if got := site.visitor().get("/view").content; got != "0" {
		t.Errorf("in a view it is %s", got)
	}
}

// A component that allows an upload again while it has files, as it does in each Update, is
// told what to do.
func TestLiveComponentAllowsAnUploadAnew(t *testing.T) {
	p := &livePart{
		update: func(s *liveview.Socket[string], props string) error {
			s.Assign(func(st *string) { *st = props })
			return s.AllowUpload("files", liveview.UploadConfig{})
		},
		event: func(*liveview.Socket[string], liveview.Event) error { return nil },
	}
	page := liveview.MustParse[string](`<div><form id="f" phx-change="pick" phx-target="{{myself}}">{{with upload "files"}}{{.FileInput}}{{end}}</form></div>`)
	p.render = func(st string) liveview.Rendered { return page.Render(st) }
	part := liveview.NewLive[string, string](p)
	v := newPartsPage(part, partsText, "a")
	var said error
	v.onEvent = func(s *liveview.Socket[partsPage], _ liveview.Event) error { return part.SendUpdate(s, "a", "b") }
	update := p.update
	p.update = func(s *liveview.Socket[string], props string) error { said = update(s, props); return nil }
	site := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	b := site.browse("/")
	b.Choose("input", liveviewtest.File{Name: "a.txt", Content: []byte("x")})
	pushIdle(b, "update", nil)
	if said == nil || !strings.Contains(said.Error(), "component's Mount") {
		t.Errorf("AllowUpload returned %v", said)
	}
}

// A component that the page comes to show again before the client has forgotten it keeps
// its state, and the client gets all of it.
func TestLiveComponentIsShownAgainBeforeItIsForgotten(t *testing.T) {
	p := &livePart{event: func(s *liveview.Socket[string], _ liveview.Event) error {
		s.Assign(func(st *string) { *st += "!" })
		return nil
	}}
	v := newPartsPage(liveview.NewLive[string, string](p), partsText, "a", "b")
	site := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	c := site.open("/")
	c.clickIn(1, "do")
	c.showParts("b")
	c.call("cids_will_destroy", map[string]any{"cids": []int{1}})
	diff := c.showParts("b,a")
	components := diff["c"].(map[string]any)
	if one, _ := components["1"].(map[string]any); one["1"] != "a!" || one["r"] != 1.0 {
		t.Errorf("shown again it is sent as %v", diff)
	}
	if _, response := c.call("cids_destroyed", map[string]any{"cids": []int{1}}); len(response["cids"].([]any)) != 0 {
		t.Errorf("gone are %v", response)
	}
	// And one that the page shows all the while, whatever the client says.
	if gone := c.dropParts(1, 2, 77, 1); len(gone.([]any)) != 0 {
		t.Errorf("gone are %v", gone)
	}
	if diff := c.clickIn(1, "do"); !strings.Contains(fmt.Sprint(diff), "a!!") {
		t.Errorf("the event of one that is shown comes to %v", diff)
	}
}

// What shows a component twice is told so, with the place.
func TestLiveComponentShownTwice(t *testing.T) {
	v := newPartsPage(liveview.NewLive[string, string](&livePart{}), partsText, "a", "a")
	site := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	if page := site.visitor().get("/"); page.status != 500 {
		t.Errorf("the page is answered with %d", page.status)
	}
	if log := site.log.String(); !strings.Contains(log, "shown twice") || !strings.Contains(log, "part . .") {
		t.Errorf("the log has %s", log)
	}
}

// What a component does to the page while it is updated follows in a frame of its own.
func TestLiveComponentChangesThePageWhileItIsUpdated(t *testing.T) {
	p := &livePart{}
	p.update = func(s *liveview.Socket[string], props string) error {
		s.Assign(func(st *string) { *st = props })
		switch props {
		case "flash":
			s.PutFlash("info", "hello")
		case "go":
			return s.PushRedirect("/other", nil)
		case "title":
			s.PageTitle("titled")
		}
		return nil
	}
	v := newPartsPage(liveview.NewLive[string, string](p), partsText)
	site := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r, "/", v)
		liveview.Handle(r, "/other", &testView[tally]{template: tallyPage})
	})
	page := site.browse("/")
	pushIdle(page, "show", map[string]any{"parts": "flash"})
	if got := page.Text("i"); got != "hello" {
		t.Errorf("the flash is %q", got)
	}
	pushIdle(page, "show", map[string]any{"parts": "title"})
	if got := page.Title(); got != "titled" {
		t.Errorf("the title is %q", got)
	}
	pushIdle(page, "show", map[string]any{"parts": "go"})
	if got := page.URL().Path; got != "/other" {
		t.Errorf("the page is at %s", got)
	}
}

// One whose Update moves the visitor does so on the HTTP render as well.
func TestLiveComponentMovesThePageOverHTTP(t *testing.T) {
	p := &livePart{update: func(s *liveview.Socket[string], _ string) error { return s.Redirect("/login") }}
	v := newPartsPage(liveview.NewLive[string, string](p), partsText, "a")
	site := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	if page := site.visitor().get("/"); page.status != 302 || page.header.Get("Location") != "/login" {
		t.Errorf("the page is answered with %d to %s", page.status, page.header.Get("Location"))
	}
}

// Made and destroyed 10,000 times, components leave nothing.
func TestLiveComponentsLeaveNothing(t *testing.T) {
	cycles := outOf(10_000)
	p := &livePart{}
	p.update = func(s *liveview.Socket[string], props string) error {
		s.Assign(func(st *string) { *st = props })
		_, err := s.Subscribe("news")
		s.Repeat(time.Hour, func() {})
		return err
	}
	v := newPartsPage(liveview.NewLive[string, string](p), partsText)
	site := newSite(t, liveview.Config{EventRate: 1e9}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	c := site.open("/")
	cid := 0
	cycle := func(n int) {
		for i := range n {
			cid++
			c.showParts(fmt.Sprint("x", i))
			c.showParts("")
			c.dropParts(cid)
		}
	}
	measure := func() (heap uint64, goroutines int) {
		var m runtime.MemStats
		for range 3 {
			runtime.GC()
		}
		runtime.ReadMemStats(&m)
		return m.HeapAlloc, runtime.NumGoroutine()
	}
	cycle(500)
	heap, goroutines := measure()
	cycle(cycles)
	after, now := measure()
	if now > goroutines+2 {
		t.Errorf("%d goroutines before, %d after", goroutines, now)
	}
	if grown := int64(after) - int64(heap); grown > int64(cycles)*20+200_000 {
		t.Errorf("the heap has grown by %d bytes in %d cycles", grown, cycles)
	}
}
