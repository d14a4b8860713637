package liveview_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// openParts opens a page with these parts.
func openParts(t *testing.T, part liveview.AnyLive, text string, parts ...string) *client {
	t.Helper()
	return newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", newPartsPage(part, text, parts...)) }).open("/")
}

// The title that a component gives the page is that of all templates.
func TestLiveComponentChangesTheTitle(t *testing.T) {
	p := &livePart{event: func(s *liveview.Socket[string], _ liveview.Event) error { s.PageTitle("new"); return nil }}
	c := openParts(t, liveview.NewLive[string, string](p), `<b>{{pageTitle}}</b>{{range .Parts}}{{part . .}}{{end}}`, "a")
	if got := c.clickIn(1, "do"); !reflect.DeepEqual(got, map[string]any{"0": "new", "t": "new"}) {
		t.Errorf("the diff is %v", got)
	}
}

// What is sent to a parent that takes nothing is an error of the sender's.
func TestLiveComponentsParentHearsNothing(t *testing.T) {
	told := make(chan error, 10)
	inner := liveview.NewLive[string, string](&livePart{event: func(s *liveview.Socket[string], _ liveview.Event) error {
		told <- s.SendParent("x")
		return nil
	}})
	shown := liveview.MustParseSource[int](liveview.Source{Text: `<div>{{inner "a" "a"}}</div>`, Live: map[string]liveview.AnyLive{"inner": inner}})
	outer := liveview.NewLive[int, struct{}](deafComponent{shown})
	for text, live := range map[string]liveview.AnyLive{`{{part "a" "a"}}`: inner, `{{part "b"}}`: outer} {
		page := liveview.MustParseSource[int](liveview.Source{Text: text, Live: map[string]liveview.AnyLive{"part": live}})
		c := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", liveview.ViewFuncs[int]{Template: page}) }).open("/")
		c.clickIn(1+strings.Count(text, "b"), "do")
		if got := <-told; got == nil || !strings.Contains(got.Error(), "no HandleInfo") {
			t.Errorf("%s: SendParent returns %v", text, got)
		}
		c.clickIn(1, "do") // the page is there
		c.close()
	}
}

type deafComponent struct{ template *liveview.Template[int] }

func (deafComponent) Update(*liveview.Socket[int], struct{}) error            { return nil }
func (d deafComponent) Render(n int) liveview.Rendered                        { return d.template.Render(n) }
func (deafComponent) HandleEvent(*liveview.Socket[int], liveview.Event) error { return nil }

// What a component does to the page as it ends, the page shows.
func TestLiveComponentChangesThePageAsItEnds(t *testing.T) {
	p := &livePart{shutdown: func(s *liveview.Socket[string]) {
		if s.Connected() {
			s.PutFlash("info", "gone")
			_ = s.PushPatch("/", map[string][]string{"gone": {"a"}})
		}
	}}
	c := openParts(t, liveview.NewLive[string, string](p), partsText, "a")
	c.showParts("")
	if gone := c.dropParts(1); !reflect.DeepEqual(gone, []any{1.0}) {
		t.Errorf("gone are %v", gone)
	}
	if f := c.next(); f.event != "live_patch" {
		t.Errorf("the page gets %v", f)
	}
	if f := c.next(); f.event != "diff" || !strings.Contains(fmt.Sprint(f.payload), "gone") {
		t.Errorf("the page gets %v", f)
	}
	c.click("tell", nil)
}

// guarded is a part whose failures are its own, with an Authorize and an upload.
type guarded struct {
	containing
	authorize func() error
}

func (g *guarded) Authorize(*liveview.Socket[string], liveview.Event) error { return g.authorize() }

// The failure of a callback for a component's upload is the component's.
func TestLiveComponentContainsTheFailureOfItsUpload(t *testing.T) {
	files := liveview.MustParse[string](`<div><form id="f" phx-change="pick" phx-target="{{myself}}">{{with upload "photos"}}{{.FileInput}}{{end}}</form></div>`)
	for name, where := range map[string]string{"Authorize": "authorize", "External": "external"} {
		g := &guarded{authorize: func() error { return nil }}
		fail := func(at string) {
			if at == where {
				panic("oh")
			}
		}
		g.authorize = func() error { fail("authorize"); return nil }
		g.update = func(s *liveview.Socket[string], props string) error {
			s.Assign(func(st *string) { *st = props })
			return s.AllowUpload("photos", liveview.UploadConfig{External: func(liveview.UploadEntry) (map[string]any, error) {
				fail("external")
				return nil, errors.New("never")
			}})
		}
		g.render = func(state string) liveview.Rendered { return files.Render(state) }
		site := newSite(t, liveview.Config{}, func(r *gin.Engine) {
			liveview.Handle(r, "/", newPartsPage(liveview.NewLive[string, string](g), partsText, "a"))
		})
		u := site.visitor().openUploader("/")
		photo := file{ref: "0", name: "a.png", kind: "image/png", content: []byte("x")}
		_, response := u.call("allow_upload", map[string]any{"ref": u.upload, "entries": wires([]file{photo}), "cid": 1})
		if got := fmt.Sprint(response); !strings.Contains(got, "failed after") {
			t.Errorf("%s: allow_upload is answered %s", name, got)
		}
		if diff := u.clickIn(1, "again"); !strings.Contains(fmt.Sprint(diff), "<form") {
			t.Errorf("%s: anew it is %v", name, diff)
		}
		u.close()
	}
}

// The failure of the view's own Authorize isn't the component's.
func TestLiveComponentsEventThatTheViewFails(t *testing.T) {
	g := &containing{}
	g.event = func(*liveview.Socket[string], liveview.Event) error { return nil }
	hook := liveview.Hooks{Event: func(_ liveview.AnySocket, e liveview.Event, next func() error) error {
		if e.Name == "break" {
			panic("oh")
		}
		return next()
	}}
	site := newSite(t, liveview.Config{}, func(r *gin.Engine) {
		liveview.Handle(r.Group("/", liveview.Around(hook)), "/", newPartsPage(liveview.NewLive[string, string](g), partsText, "a"))
	})
	c := site.open("/")
	c.clickIn(1, "do")
	c.push("event", map[string]any{"type": "click", "event": "break", "value": map[string]any{}, "cid": 1})
	if f := c.next(); f.event != "phx_error" {
		t.Errorf("got %v", f)
	}
}

// A component that comes to stand in itself ends the view with a reason, and not what
// looks for those around it.
func TestLiveComponentWithinItself(t *testing.T) {
	shows := map[string]string{"a": "b"}
	var part *liveview.Live[string, string]
	p := &livePart{}
	p.event = func(s *liveview.Socket[string], _ liveview.Event) error {
		shows["b"] = "a"
		s.Assign(func(st *string) { *st = "b" })
		return nil
	}
	ready := false
	var page *liveview.Template[string]
	p.render = func(state string) liveview.Rendered {
		if !ready {
			return partTemplate.Render(state)
		}
		return page.Render(state)
	}
	part = liveview.NewLive[string, string](p)
	page = liveview.MustParseSource[string](liveview.Source{
		Text: `<div>{{with shows .}}{{part . .}}{{end}}</div>`, Live: map[string]liveview.AnyLive{"part": part},
		Funcs: map[string]any{"shows": func(id string) string { return shows[id] }},
	})
	ready = true
	site := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", newPartsPage(part, partsText, "a")) })
	c := site.open("/")
	c.push("event", map[string]any{"type": "click", "event": "do", "value": map[string]any{}, "cid": 2})
	if f := c.next(); f.event != "phx_error" {
		t.Errorf("got %v", f)
	}
	if log := site.log.String(); !strings.Contains(log, "shown within itself") {
		t.Errorf("the log has %s", log)
	}
}

// A component that what failed has placed is given its props once, by what is shown in
// its place, and keeps its state.
func TestLiveComponentsInOneThatFails(t *testing.T) {
	type listed struct{ Names []string } // can't be compared
	given := make(chan int, 10)
	inner := liveview.NewLive[int, listed](listComponent[listed]{func(s *liveview.Socket[int], props listed) {
		given <- len(props.Names)
	}})
	live := map[string]liveview.AnyLive{"inner": inner}
	funcs := map[string]any{"names": func(n int) listed { return listed{make([]string, n)} }, "break": func(s string) (string, error) {
		if s == "break" {
			return "", errors.New("oh")
		}
		return s, nil
	}}
	whole := liveview.MustParseSource[string](liveview.Source{Text: `<div>{{inner 1 (names 1)}}{{break .}}</div>`, Live: live, Funcs: funcs})
	broken := liveview.MustParseSource[string](liveview.Source{Text: `<div>failed {{inner 1 (names 2)}}</div>`, Live: live, Funcs: funcs})
	outer := &failingOver{broken: broken}
	outer.render = func(state string) liveview.Rendered { return whole.Render(state) }
	outer.event = func(s *liveview.Socket[string], e liveview.Event) error {
		s.Assign(func(st *string) { *st = e.Name })
		return nil
	}
	part := liveview.NewLive[string, string](outer)
	if c := openParts(t, part, partsText, "break"); !strings.Contains(c.page.content, "<div>failed <i>") {
		t.Errorf("the page is %s", c.page.content)
	}
	c := openParts(t, part, partsText, "a")
	for len(given) > 0 {
		<-given
	}
	diff := fmt.Sprint(c.clickIn(1, "break"))
	if n := <-given; n != 2 || len(given) > 0 || !strings.Contains(diff, "failed") {
		t.Errorf("the one within is given %d and %d more, and the diff is %s", n, len(given), diff)
	}
	if got := fmt.Sprint(c.clickIn(2, "n")); got != "map[]" {
		t.Errorf("its event comes to %s", got)
	}
}

type failingOver struct {
	livePart
	broken *liveview.Template[string]
}

func (f *failingOver) Failed(state string, _ error) liveview.Rendered { return f.broken.Render(state) }

type listComponent[P any] struct {
	update func(s *liveview.Socket[int], props P)
}

var countTemplate = liveview.MustParse[int](`<i>{{.}}</i>`)

func (l listComponent[P]) Update(s *liveview.Socket[int], props P) error {
	l.update(s, props)
	return nil
}

func (listComponent[P]) Render(n int) liveview.Rendered                          { return countTemplate.Render(n) }
func (listComponent[P]) HandleEvent(*liveview.Socket[int], liveview.Event) error { return nil }

// A component that has let go of what it showed has it again where the client needs it.
func TestLiveComponentThatLetGoIsShownAnew(t *testing.T) {
	p := &livePart{update: func(s *liveview.Socket[string], props string) error {
		s.Assign(func(st *string) { *st = "data of " + props })
		s.TempAssign(func(st *string) { *st = "" })
		return nil
	}}
	c := openParts(t, liveview.NewLive[string, string](p), partsText, "a", "b")
	c.showParts("b")
	c.call("cids_will_destroy", map[string]any{"cids": []int{1}})
	if diff := fmt.Sprint(c.showParts("b,a")); !strings.Contains(diff, "data of a") || strings.Contains(diff, "data of b") {
		t.Errorf("shown again it is sent as %s", diff)
	}
}

// So do all that are on a page which comes to show another template: the client then
// knows nothing of what it had, nor of what stands within that.
func TestLiveComponentsThatLetGoOnAnotherTemplate(t *testing.T) {
	keeps := func(s *liveview.Socket[string], props string) error {
		s.Assign(func(st *string) { *st = "data of " + props })
		s.TempAssign(func(st *string) { *st = "" })
		return nil
	}
	inner := liveview.NewLive[string, string](&livePart{update: keeps})
	shown := liveview.MustParseSource[string](liveview.Source{Text: `<div>{{.}}{{inner "within" "within"}}</div>`, Live: map[string]liveview.AnyLive{"inner": inner}})
	part := liveview.NewLive[string, string](&livePart{update: keeps, render: func(st string) liveview.Rendered { return shown.Render(st) }})
	other := liveview.MustParseSource[partsPage](liveview.Source{
		Text: `<main>{{range .Parts}}{{part . .}}{{end}}</main>`, Live: map[string]liveview.AnyLive{"part": part},
	})
	view := &switchingView{*newPartsPage(part, partsText, "a"), other}
	c := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", view) }).open("/")
	for _, parts := range []string{"other,a", "a"} { // there and back
		diff := fmt.Sprint(c.showParts(parts))
		for _, want := range append(strings.Split(parts, ","), "within") {
			if want != "other" && !strings.Contains(diff, "data of "+want) {
				t.Errorf("on the page of %s, %s isn't shown: %s", parts, want, diff)
			}
		}
	}
}

// switchingView shows its parts by another template when "other" is among them.
type switchingView struct {
	testView[partsPage]
	other *liveview.Template[partsPage]
}

func (v *switchingView) Render(st partsPage) liveview.Rendered {
	if len(st.Parts) > 0 && st.Parts[0] == "other" {
		st.Parts = st.Parts[1:]
		return v.other.Render(st)
	}
	return v.template.Render(st)
}
