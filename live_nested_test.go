package liveview_test

import (
	"reflect"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// A stack is a live component that shows cards, which are live components too.

type stack struct{ Cards []cardItem }

type stackComponent struct{ template *liveview.Template[stack] }

func (stackComponent) Update(s *liveview.Socket[stack], st stack) error {
	s.Assign(func(own *stack) { *own = st })
	return nil
}

func (c stackComponent) Render(st stack) liveview.Rendered { return c.template.Render(st) }

type stacks struct {
	Stacks map[string]stack
	Loose  []cardItem
}

type stacksView struct {
	testView[stacks]
	rec   *cardRecord
	card  *liveview.Live[card, cardItem]
	stack *liveview.Live[stack, stack]
}

func newStacks() *stacksView {
	v := &stacksView{rec: &cardRecord{}}
	v.card = liveview.NewLive[card, cardItem](cardComponent{v.rec})
	v.stack = liveview.NewLive[stack, stack](stackComponent{liveview.MustParseSource[stack](liveview.Source{
		Text: `<ul>{{range .Cards}}{{card .ID .}}{{end}}</ul>`, Live: map[string]liveview.AnyLive{"card": v.card},
	})})
	v.template = liveview.MustParseSource[stacks](liveview.Source{
		Text: `{{range $id, $s := .Stacks}}{{stack $id $s}}{{end}}{{range .Loose}}{{card .ID .}}{{end}}`,
		Live: map[string]liveview.AnyLive{"card": v.card, "stack": v.stack},
	})
	v.onEvent = func(s *liveview.Socket[stacks], e liveview.Event) error {
		one, two := cardItem{1, "one"}, cardItem{2, "two"}
		s.Assign(func(st *stacks) {
			switch e.Name {
			case "a":
				*st = stacks{Stacks: map[string]stack{"a": {[]cardItem{one, two}}}}
			case "loose":
				*st = stacks{Loose: []cardItem{one}}
			case "none":
				*st = stacks{}
			}
		})
		return nil
	}
	return v
}

// What has gone with the live component that showed it is gone for good.
func TestLiveComponentsGoWithWhatShowsThem(t *testing.T) {
	v := newStacks()
	c := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) }).open("/")
	c.click("a", nil)
	c.click("none", nil)
	cids := map[string]any{"cids": []int{1, 2, 3}}
	c.call("cids_will_destroy", cids)
	if _, response := c.call("cids_destroyed", cids); !reflect.DeepEqual(response, map[string]any{"cids": []any{1.0, 2.0, 3.0}}) {
		t.Errorf("of a list and its two cards %v are destroyed", response)
	}
	if len(v.rec.shutdowns) != 2 {
		t.Errorf("%v were shut down, want both cards", v.rec.shutdowns)
	}
	c.close()
}

// What has left it before is not.
func TestLiveComponentsOutliveWhatShowedThem(t *testing.T) {
	v := newStacks()
	c := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) }).open("/")
	c.click("a", nil)
	c.clickIn(2, "open")
	c.click("none", nil)
	cids := map[string]any{"cids": []int{1, 2, 3}}
	c.call("cids_will_destroy", cids)
	diff := c.click("loose", nil) // before the browser has forgotten it
	if again, _ := diff["c"].(map[string]any)["2"].(map[string]any); again["2"] != "1" {
		t.Errorf("a card that is shown again goes as %v, want in full, with its state", diff)
	}
	if _, response := c.call("cids_destroyed", cids); !reflect.DeepEqual(response, map[string]any{"cids": []any{1.0, 3.0}}) {
		t.Errorf("of a list and its two cards, of which one is shown elsewhere, %v are destroyed", response)
	}
	c.close()
}

// A live component that comes to show another template, and then the first again, is no
// example of it for itself any more.
func TestLiveComponentSwitchesTemplates(t *testing.T) {
	v := newBoard(boardList, cardItem{1, "one"}, cardItem{2, "two"})
	open := liveview.MustParse[card](`<li><b>{{.Item.Text}}</b> open</li>`)
	v.rec.render = func(st card) liveview.Rendered {
		if st.Open {
			return open.Render(st)
		}
		return cardTemplate.Render(st)
	}
	c := v.open(t)
	statics := func(diff map[string]any, cid string) any {
		components, _ := diff["c"].(map[string]any)
		of, _ := components[cid].(map[string]any)
		return of["s"]
	}
	if s, ok := statics(c.clickIn(1, "open"), "1").([]any); !ok {
		t.Errorf("the other template comes with the statics %v", s)
	}
	if s := statics(c.clickIn(1, "close"), "1"); s == -1.0 {
		t.Error("the first template comes as a copy of the other one")
	}
	if s := statics(c.clickIn(1, "open"), "1"); s == -1.0 {
		t.Error("the other template comes as a copy of the first one")
	}
	c.clickIn(2, "open")
	if s := statics(c.clickIn(1, "open"), "1"); s != nil {
		t.Errorf("a click that changes no template sends the statics %v", s)
	}
	c.close()
}

// A diff of the page that has something of a live component names all components around
// that one: the browser skips what isn't named. And no element is marked as one that the
// browser may skip that has live components in it.
func TestChangesOfLiveComponentsAmongOthers(t *testing.T) {
	v := newStacks()
	v.template = liveview.MustParseSource[stacks](liveview.Source{
		Text: `{{len .Loose}}{{if .Stacks}}<div>{{range $id, $s := .Stacks}}{{stack $id $s}}{{end}}</div>{{end}}`,
		Live: map[string]liveview.AnyLive{"stack": v.stack},
	})
	show := v.onEvent
	v.onEvent = func(s *liveview.Socket[stacks], e liveview.Event) error {
		if e.Name != "both" {
			return show(s, e)
		}
		s.Assign(func(st *stacks) {
			st.Loose = append(st.Loose, cardItem{9, "nine"})
			st.Stacks = map[string]stack{"a": {[]cardItem{{1, "one"}, {2, "TWO"}}}}
		})
		return nil
	}
	c := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) }).open("/")
	diff := c.click("a", nil)
	if of, _ := diff["1"].(map[string]any); of["r"] != nil {
		t.Errorf("the browser may skip %v, in which there are live components", of)
	}
	if diff = c.click("both", nil); !reflect.DeepEqual(diff["c"], map[string]any{"1": map[string]any{}, "3": map[string]any{"1": "TWO"}}) {
		t.Errorf("of the page and a card in a list %v is sent, want the list as well", diff)
	}
	c.close()
}

// One that moves from one to another goes in full where only those two have changed:
// the browser then finds no more of it than they had.
func TestLiveComponentsMoveBetweenOthers(t *testing.T) {
	v := newStacks()
	v.onEvent = func(s *liveview.Socket[stacks], e liveview.Event) error {
		both := []cardItem{{1, "one"}, {2, "two"}}
		s.Assign(func(st *stacks) {
			if e.Name == "left" {
				st.Stacks = map[string]stack{"a": {both}, "b": {}}
			} else {
				st.Stacks = map[string]stack{"a": {}, "b": {both}}
			}
		})
		return nil
	}
	c := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) }).open("/")
	c.click("left", nil)
	diff := c.click("right", nil)
	components, _ := diff["c"].(map[string]any)
	for _, cid := range []string{"3", "4"} {
		if of, _ := components[cid].(map[string]any); of["s"] == nil {
			t.Errorf("card %s goes as %v, want in full", cid, of)
		}
	}
	c.close()
}
