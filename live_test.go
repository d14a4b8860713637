package liveview_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// A board of cards that are edited in place: each card is a live component.

type cardItem struct {
	ID   int
	Text string
}

type card struct {
	Item    cardItem
	Open    bool
	Clicks  int
	Updates int
}

type cardComponent struct{ rec *cardRecord }

type cardRecord struct {
	updates, shutdowns []string
	onUpdate           func(st *card)
	onEvent            func(s *liveview.Socket[card], e liveview.Event) error
	onInfo             func(s *liveview.Socket[card], info any) error
	render             func(st card) liveview.Rendered
}

func (c cardComponent) Update(s *liveview.Socket[card], item cardItem) error {
	s.Assign(func(st *card) {
		st.Item = item
		st.Updates++
		if c.rec.onUpdate != nil {
			c.rec.onUpdate(st)
		}
	})
	c.rec.updates = append(c.rec.updates, fmt.Sprint(item.ID, item.Text))
	return nil
}

func (c cardComponent) HandleEvent(s *liveview.Socket[card], e liveview.Event) error {
	if c.rec.onEvent != nil {
		return c.rec.onEvent(s, e)
	}
	s.Assign(func(st *card) { st.Clicks++; st.Open = e.Name == "open" })
	return nil
}

func (c cardComponent) HandleInfo(s *liveview.Socket[card], info any) error {
	return c.rec.onInfo(s, info)
}

func (c cardComponent) Shutdown(s *liveview.Socket[card]) {
	c.rec.shutdowns = append(c.rec.shutdowns, fmt.Sprint(s.State().Item.ID))
}

var cardTemplate = liveview.MustParse[card](`<li><b phx-click="open" phx-target="{{myself}}">{{.Item.Text}}</b> {{.Clicks}}{{if .Open}}<i>{{.Item.ID}}</i>{{end}}</li>`)

func (c cardComponent) Render(st card) liveview.Rendered {
	if c.rec.render != nil {
		return c.rec.render(st)
	}
	return cardTemplate.Render(st)
}

type board struct {
	Title string
	Items []cardItem
	Extra int
}

type boardView struct {
	testView[board]
	rec  *cardRecord
	card *liveview.Live[card, cardItem]
}

func newBoard(text string, items ...cardItem) *boardView {
	v := &boardView{rec: &cardRecord{}}
	v.card = liveview.NewLive[card, cardItem](cardComponent{v.rec})
	v.template = liveview.MustParseSource[board](liveview.Source{Text: text, Live: map[string]liveview.AnyLive{"card": v.card}})
	v.onMount = func(_ *gin.Context, s *liveview.Socket[board]) error {
		s.Assign(func(b *board) { b.Items = items })
		return nil
	}
	return v
}

func (v *boardView) open(t *testing.T) *client {
	t.Helper()
	return newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) }).open("/")
}

const boardList = `<h1>{{.Title}}</h1><ul>{{range .Items}}{{card .ID .}}{{end}}</ul>`

func TestLiveComponentsOnTheWire(t *testing.T) {
	v := newBoard(boardList, cardItem{1, "one"}, cardItem{2, "two"})
	c := v.open(t)
	want := `<h1></h1><ul><li><b phx-click="open" phx-target="1">one</b> 0</li><li><b phx-click="open" phx-target="2">two</b> 0</li></ul>`
	if c.page.content != want {
		t.Errorf("the first HTML is %s, want %s", c.page.content, want)
	}
	wire := func(got map[string]any, want string) {
		t.Helper()
		var w map[string]any
		if err := json.Unmarshal([]byte(want), &w); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, w) {
			b, _ := json.Marshal(got)
			t.Errorf("the diff is %s, want %s", b, want)
		}
	}
	// The event of a component changes that alone.
	wire(c.clickIn(2, "open"), `{"c":{"2":{"2":"1","3":{"0":"2","s":["<i>","</i>"]}}}}`)
	if st := v.rec.updates; len(st) != 4 {
		t.Errorf("updates = %v, want two for HTTP and two for the join", st)
	}
	v.onEvent = func(s *liveview.Socket[board], e liveview.Event) error {
		s.Assign(func(b *board) {
			switch e.Name {
			case "title":
				b.Title = "x"
			case "rename":
				b.Items = []cardItem{{1, "one"}, {2, "TWO"}}
			case "add":
				b.Items = append([]cardItem{{3, "three"}}, b.Items...)
			case "drop":
				b.Items = b.Items[:1]
			}
		})
		return nil
	}
	wire(c.click("title", nil), `{"0":"x"}`)
	wire(c.click("rename", nil), `{"c":{"2":{"1":"TWO"}}}`)
	wire(c.click("add", nil), `{"1":{"k":{"0":{"0":3},"1":0,"2":1,"kc":3,"km":true}},"c":{"3":{"0":"3","1":"three","2":"0","3":"","s":-1,"r":1}}}`)
	wire(c.click("drop", nil), `{"1":{"k":{"kc":1}}}`)
	if status, response := c.call("cids_will_destroy", map[string]any{"cids": []int{1, 2}}); status != "ok" || len(response) != 0 {
		t.Errorf("cids_will_destroy is answered %s %v", status, response)
	}
	if _, response := c.call("cids_destroyed", map[string]any{"cids": []int{1, 2}}); !reflect.DeepEqual(response, map[string]any{"cids": []any{1.0, 2.0}}) {
		t.Errorf("cids_destroyed is answered %v", response)
	}
	if !reflect.DeepEqual(v.rec.shutdowns, []string{"1", "2"}) {
		t.Errorf("shutdowns = %v", v.rec.shutdowns)
	}
	// An event for one that has gone is answered, and reaches nobody.
	wire(c.clickIn(2, "open"), `{}`)
	c.close()
}

// The statics of a kind go once, those of what stands within it too, however many of them
// come: with a join, and with one more later.
func TestLiveComponentsShareStatics(t *testing.T) {
	items := make([]cardItem, 1000)
	for i := range items {
		items[i] = cardItem{ID: i + 1, Text: "x"}
	}
	v := newBoard(boardList, items...)
	v.rec.onUpdate = func(st *card) { st.Open = true }
	c := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) }).visitor().get("/").connect()
	status, response := c.join()
	if status != "ok" {
		t.Fatalf("join: %s %v", status, response)
	}
	joined, err := json.Marshal(response)
	if err != nil {
		t.Fatal(err)
	}
	for _, static := range []string{`phx-click=\"open\"`, `\u003ci\u003e`} {
		if n := strings.Count(string(joined), static); n != 1 {
			t.Errorf("%s is sent %d times", static, n)
		}
	}
	v.onEvent = func(s *liveview.Socket[board], _ liveview.Event) error {
		s.Assign(func(b *board) { b.Items = append(b.Items, cardItem{ID: 2000, Text: "y"}) })
		return nil
	}
	more, err := json.Marshal(c.click("more", nil))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(more), "phx-click") || strings.Contains(string(more), `u003ci`) || !strings.Contains(string(more), `"s":-1`) {
		t.Errorf("one more comes as %s", more)
	}
	t.Logf("the join of 1,000 is %d bytes, one more %d", len(joined), len(more))
}

// clickIn is click for a live component.
func (c *client) clickIn(cid int, event string) map[string]any {
	c.t.Helper()
	status, response := c.call("event", map[string]any{"type": "click", "event": event, "value": map[string]any{}, "cid": cid})
	if status != "ok" {
		c.t.Fatalf("%s in %d: %s %v", event, cid, status, response)
	}
	diff, _ := response["diff"].(map[string]any)
	if diff == nil {
		diff = map[string]any{}
	}
	return diff
}

var errCard = errors.New("card failed")

// Without a FailureHandler the failure of a component ends the view.
func TestLiveComponentsFailureEndsTheView(t *testing.T) {
	v := newBoard(boardList, cardItem{1, "one"})
	c := v.open(t)
	v.rec.onEvent = func(*liveview.Socket[card], liveview.Event) error { return errCard }
	c.push("event", map[string]any{"type": "click", "event": "open", "value": map[string]any{}, "cid": 1})
	if f := c.next(); f.event != "phx_error" {
		t.Errorf("got %v", f)
	}
}
