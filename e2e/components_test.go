package e2e

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// unitProps is what a unit is given.
type unitProps struct {
	ID, Text string
	Kid      bool // it has another in it, and that a third
	Brittle  bool // its failure is its own
	Door     bool // it has a button outside of its view
}

// unit is the state of a live component that does all that one may do.
type unit struct {
	unitProps
	Count      int
	Note, Name string
	Big        string
	Slow       liveview.Async[string]
}

// Acts are the events that there is a button for.
func (unit) Acts() []string {
	return []string{"inc", "flash", "title", "patch", "go", "info", "hear", "say", "tick", "update", "tell", "parent", "load", "big", "size", "crash", "wait"}
}

// Inner is what the one in it is given.
func (u unit) Inner() unitProps {
	return unitProps{ID: u.ID + "-kid", Text: "in " + u.Text, Brittle: u.Brittle}
}

const unitText = `<section id="{{.ID}}" class="unit"><h3 id="{{.ID}}-text">{{.Text}}</h3><b id="{{.ID}}-count">{{.Count}}</b><p id="{{.ID}}-note">{{.Note}}</p>
{{range .Acts}}<button id="{{$.ID}}-{{.}}" phx-click="{{.}}" phx-target="{{myself}}" phx-disable-with="wait">{{.}}</button>{{end}}
<button id="{{.ID}}-js" phx-click="{{(js.Push "inc" (js.Target myself)).AddClass js.Self "pushed"}}">js</button>
<button id="{{.ID}}-js-kid" phx-click="{{js.Push "inc" (js.Target (printf "#%v-kid" .ID))}}">js to the one in it</button>
<button id="{{.ID}}-all" phx-click="inc" phx-target=".unit">all</button>
<form id="{{.ID}}-form" phx-change="type" phx-submit="save" phx-target="{{myself}}"><input id="{{.ID}}-name" name="name" value="{{.Name}}">
<input id="{{.ID}}-plain" name="plain"><button id="{{.ID}}-save" phx-disable-with="saving">save</button></form>
<output id="{{.ID}}-out">{{.Name}}</output><i id="{{.ID}}-hook" phx-hook="Who"></i><em id="{{.ID}}-big-text">{{.Big}}</em>
<q id="{{.ID}}-slow">{{if .Slow.Loading}}one moment{{else}}{{.Slow.Value}}{{end}}</q>
{{if .Door}}<template id="{{.ID}}-door" data-phx-portal="body"><div id="{{.ID}}-outside"><button id="{{.ID}}-out-inc" phx-click="inc" phx-target="{{myself}}">{{.Count}}</button></div></template>{{end}}
{{if .Kid}}<div>{{unit .Inner.ID .Inner}}</div>{{end}}</section>`

// unitLive is the component of units.
type unitLive struct {
	kinds *unitKinds
	page  *liveview.Template[unit]
}

// unitKinds are the components of one lab, and what it hears of them.
type unitKinds struct {
	unit    *liveview.Live[unit, unitProps]
	brittle *liveview.Live[unit, unitProps]
	hold    chan bool  // what the event "wait" waits for
	load    chan bool  // what a load waits for
	mu      sync.Mutex // guards ended
	ended   []string
}

func newUnitKinds() *unitKinds {
	k := &unitKinds{hold: make(chan bool), load: make(chan bool)}
	u := &unitLive{kinds: k}
	k.unit = liveview.NewLive[unit, unitProps](u)
	u.page = liveview.MustParseSource[unit](liveview.Source{Text: unitText, Live: map[string]liveview.AnyLive{"unit": k.unit}})
	k.brittle = liveview.NewLive[unit, unitProps](brittleLive{u})
	return k
}

func (k *unitKinds) live() map[string]liveview.AnyLive {
	return map[string]liveview.AnyLive{"unit": k.unit, "brittle": k.brittle}
}

// over returns the ids of those that have ended.
func (k *unitKinds) over() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return strings.Join(k.ended, " ")
}

func (u *unitLive) Update(s *liveview.Socket[unit], p unitProps) error {
	s.Assign(func(st *unit) { st.unitProps = p })
	return nil
}

func (u *unitLive) HandleEvent(s *liveview.Socket[unit], e liveview.Event) error {
	id := s.State().ID
	note := func(text string) { s.Assign(func(st *unit) { st.Note = text }) }
	switch e.Name {
	case "inc":
		s.Assign(func(st *unit) { st.Count++ })
	case "type":
		s.Assign(func(st *unit) { st.Name = e.Value("name") })
	case "save":
		note("saved " + e.Value("name"))
		<-u.kinds.hold
	case "who":
		return s.Reply("unit " + id)
	case "flash":
		s.PutFlash("info", "flash of "+id)
	case "title":
		s.PageTitle("title of " + id)
	case "patch":
		return s.PushPatch("/", url.Values{"tab": {id}})
	case "go":
		s.PutFlash("info", "moved by "+id)
		return s.PushRedirect("/other", nil)
	case "info":
		return s.SendInfo("its own info")
	case "hear":
		_, err := s.Subscribe("news")
		return err
	case "say":
		return s.Publish("news", "news from "+id)
	case "tick":
		var stop func()
		stop = s.Repeat(time.Millisecond, func() {
			note("ticked")
			stop()
		})
	case "update":
		return u.kinds.unit.SendUpdate(s, "b", unitProps{ID: "b", Text: "updated by " + id})
	case "tell":
		return u.kinds.unit.SendInfo(s, "b", "told by "+id)
	case "parent":
		return s.SendParent("from " + id)
	case "load":
		s.Assign(func(st *unit) {
			st.Slow.Load(s, func(ctx context.Context) (string, error) {
				select {
				case <-u.kinds.load:
				case <-ctx.Done():
				}
				return "loaded", ctx.Err()
			})
		})
	case "big":
		s.Assign(func(st *unit) { st.Big = "large" })
		s.TempAssign(func(st *unit) { st.Big = "" })
	case "size":
		note(fmt.Sprint("keeps ", len(s.State().Big)))
	case "crash":
		panic("on purpose")
	case "wait":
		<-u.kinds.hold
	}
	return nil
}

func (u *unitLive) HandleInfo(s *liveview.Socket[unit], info any) error {
	s.Assign(func(st *unit) { st.Note = info.(string) })
	return nil
}

func (u *unitLive) Shutdown(s *liveview.Socket[unit]) {
	u.kinds.mu.Lock()
	defer u.kinds.mu.Unlock()
	u.kinds.ended = append(u.kinds.ended, s.State().ID)
}

func (u *unitLive) Render(st unit) liveview.Rendered { return u.page.Render(st) }

// brittleLive is a unitLive whose failure is its own.
type brittleLive struct{ *unitLive }

var failedUnit = liveview.MustParse[unit](`<section id="{{.ID}}" class="failed"><button id="{{.ID}}-again" phx-click="again" phx-target="{{myself}}">Try again</button></section>`)

func (brittleLive) Failed(st unit, _ error) liveview.Rendered { return failedUnit.Render(st) }

// hall is the state of a page of units.
type hall struct {
	Units     []unitProps
	Told, Tab string
	Count     int
	Open      bool
	Queue     liveview.Stream[unitProps]
}

const hallText = `<h1 id="told">{{.Told}}</h1><h2 id="tab">{{.Tab}}</h2><u id="count">{{.Count}}</u>{{range flashes}}<p class="flash">{{.Text}}</p>{{end}}
<button id="inc" phx-click="inc">inc</button><button id="wait" phx-click="wait">wait</button><button id="open" phx-click="open">open</button>
<button id="turn" phx-click="turn">turn</button><button id="drop" phx-click="drop">drop</button><button id="crash" phx-click="crash">crash</button>
<button id="to-b" phx-click="inc" phx-target="#b">b</button>
<ul>{{range .Units | keyed "ID"}}<li>{{if .Brittle}}{{brittle .ID .}}{{else}}{{unit .ID .}}{{end}}</li>{{end}}</ul>`

// hallView is a page of units.
type hallView struct {
	kinds   *unitKinds
	units   []unitProps
	page    *liveview.Template[hall]
	mounted func(s *liveview.Socket[hall])
	event   func(s *liveview.Socket[hall], e liveview.Event)
}

func newHall(k *unitKinds, text string, units ...unitProps) *hallView {
	return &hallView{kinds: k, units: units, page: liveview.MustParseSource[hall](liveview.Source{Text: text, Live: k.live()})}
}

func (h *hallView) Mount(_ *gin.Context, s *liveview.Socket[hall]) error {
	s.Assign(func(st *hall) { st.Units = h.units })
	if h.mounted != nil {
		h.mounted(s)
	}
	return nil
}

func (h *hallView) HandleParams(c *gin.Context, s *liveview.Socket[hall]) error {
	s.Assign(func(st *hall) { st.Tab = c.Query("tab") })
	return nil
}

func (h *hallView) HandleEvent(s *liveview.Socket[hall], e liveview.Event) error {
	switch e.Name {
	case "inc":
		s.Assign(func(st *hall) { st.Count++ })
	case "wait":
		<-h.kinds.hold
		s.Assign(func(st *hall) {
			st.Count++
			st.Units = []unitProps{{ID: "a", Text: "given while it was locked", Kid: true}, {ID: "b"}}
		})
	case "open":
		s.Assign(func(st *hall) { st.Open = !st.Open })
	case "turn":
		s.Assign(func(st *hall) { st.Units = []unitProps{st.Units[1], st.Units[0]} })
	case "drop":
		s.Assign(func(st *hall) { st.Units = st.Units[1:] })
	case "who":
		return s.Reply("view")
	case "crash":
		panic("on purpose")
	}
	if h.event != nil {
		h.event(s, e)
	}
	return nil
}

func (h *hallView) HandleInfo(s *liveview.Socket[hall], info any) error {
	s.Assign(func(st *hall) { st.Told = info.(string) })
	return nil
}

func (h *hallView) Render(st hall) liveview.Rendered { return h.page.Render(st) }

// unitHook has an element of a unit's ask whose it is.
const unitHook = `window.liveview = {hooks: {Who: {mounted() {
  this.el.ask = (of) => new Promise((resolve) => this.pushEventTo(of ?? this.el, "who", {}, resolve));
}}}};`

func newHallLab(t *testing.T, h *hallView) *lab {
	t.Helper()
	return newLab(t, unitHook, func(r *gin.Engine) {
		liveview.Handle(r, "/", h)
		liveview.Handle(r, "/other", movedView{})
	})
}

// press clicks by script: what is clicked may be anywhere on the page.
func (tb *tab) press(ids ...string) {
	tb.t.Helper()
	for _, id := range ids {
		tb.js(fmt.Sprintf(`document.querySelector("#%s").click()`, id))
	}
}

// All that a live component does by its Socket, it does from within another one too.
func TestLiveComponentActs(t *testing.T) {
	t.Parallel()
	k := newUnitKinds()
	l := newHallLab(t, newHall(k, hallText, unitProps{ID: "a", Text: "A", Kid: true}, unitProps{ID: "b", Text: "B"}))
	tb := newPerson(t).open(l.URL)
	tb.mark()
	for _, id := range []string{"a", "a-kid"} {
		shows := func(what, want string) { t.Helper(); tb.shows("#"+id+"-"+what, want) }
		press := func(acts ...string) {
			t.Helper()
			for _, act := range acts {
				tb.press(id + "-" + act)
			}
		}
		press("inc", "js")
		shows("count", "2")
		tb.holds(fmt.Sprintf(`document.querySelector("#%s-js").classList.contains("pushed")`, id))
		if who := eval[string](tb, fmt.Sprintf(`document.querySelector("#%s-hook").ask()`, id)); who != "unit "+id {
			t.Errorf("the hook in %s is answered by %s", id, who)
		}
		press("flash")
		tb.shows(".flash", "flash of "+id)
		press("title")
		tb.holds(fmt.Sprintf(`document.title === "Lab: title of %s!"`, id))
		press("patch")
		tb.shows("#tab", id)
		tb.holds(fmt.Sprintf(`location.search === "?tab=%s"`, id))
		press("info")
		shows("note", "its own info")
		press("tick")
		shows("note", "ticked")
		press("hear")
		tb.press("b-say")
		shows("note", "news from b")
		press("update")
		tb.shows("#b-text", "updated by "+id)
		press("tell")
		tb.shows("#b-note", "told by "+id)
		press("load")
		shows("slow", "one moment")
		press("inc") // while it loads
		shows("count", "3")
		k.load <- true
		shows("slow", "loaded")
		press("big")
		shows("big-text", "large")
		press("size")
		shows("note", "keeps 0")
		shows("big-text", "large")
	}
	tb.press("a-kid-parent")
	tb.shows("#a-note", "from a-kid")
	tb.press("a-parent")
	tb.shows("#told", "from a")

	// By a selector, from wherever it is clicked: to one, to the one in it, to all.
	tb.press("to-b", "a-js-kid", "a-kid-all")
	tb.shows("#b-count", "2")
	tb.shows("#a-kid-count", "5")
	tb.shows("#a-count", "4")
	for of, want := range map[string]string{`"#b"`: "unit b", `"#a-kid-note"`: "unit a-kid", `"#told"`: "view", `document.querySelector("#b-form")`: "unit b"} {
		if who := eval[string](tb, `document.querySelector("#a-hook").ask(`+of+`)`); who != want {
			t.Errorf("to %s is answered by %s, want %s", of, who, want)
		}
	}

	tb.press("a-kid-go")
	tb.shows("#flash", "moved by a-kid")
	if !tb.marked() {
		t.Error("the page was loaded anew")
	}
	eventually(t, "the components end with their view", func() error {
		if over := strings.Fields(k.over()); len(over) != 3 {
			return fmt.Errorf("over are %q", over)
		}
		return nil
	})
}

// While an event of a component is on its way, the page doesn't touch what is in its
// form, and shows afterwards what it was given meanwhile.
func TestLiveComponentIsLocked(t *testing.T) {
	t.Parallel()
	k := newUnitKinds()
	l := newHallLab(t, newHall(k, hallText, unitProps{ID: "a", Text: "A", Kid: true}, unitProps{ID: "b"}))
	tb := newPerson(t).open(l.URL)
	for _, id := range []string{"a", "a-kid"} {
		tb.enter("#"+id+"-name", "first")
		tb.shows("#"+id+"-out", "first")
		tb.press("wait") // the page's: it gives a other props
		tb.enter("#"+id+"-name", "second")
		tb.holds(fmt.Sprintf(`document.querySelector("#%s-form").hasAttribute("data-phx-ref-lock")`, id))
		k.hold <- true
		tb.shows("#"+id+"-out", "second")
		tb.shows("#a-text", "given while it was locked")
		tb.shows("#a-kid-text", "in given while it was locked")
		tb.holds(fmt.Sprintf(`document.querySelector("#%s-name").value === "second" && document.activeElement.id === "%[1]s-name"`, id))

		tb.press(id + "-wait")
		tb.holds(fmt.Sprintf(`document.querySelector("#%s-wait").disabled && document.querySelector("#%[1]s-wait").textContent === "wait"`, id))
		k.hold <- true
		tb.holds(fmt.Sprintf(`!document.querySelector("#%s-wait").disabled && document.querySelector("#%[1]s-wait").textContent === "wait"`, id))
		tb.press(id + "-save")
		tb.holds(fmt.Sprintf(`document.querySelector("#%s-save").disabled && document.querySelector("#%[1]s-save").textContent === "saving" && document.querySelector("#%[1]s-name").readOnly`, id))
		k.hold <- true
		tb.shows("#"+id+"-note", "saved second")
		tb.holds(fmt.Sprintf(`!document.querySelector("#%s-save").disabled && document.querySelector("#%[1]s-save").textContent === "save" && !document.querySelector("#%[1]s-name").readOnly`, id))
	}
}

// A component whose failure is its own shows that, and begins anew; where the view fails,
// what was typed into the forms of components stays, and so does the focus.
func TestLiveComponentFails(t *testing.T) {
	t.Parallel()
	k := newUnitKinds()
	l := newHallLab(t, newHall(k, hallText, unitProps{ID: "a", Text: "A", Kid: true}, unitProps{ID: "b", Text: "B", Brittle: true}))
	tb := newPerson(t).open(l.URL)
	tb.mark()
	tb.enter("#a-kid-name", "typed")
	tb.shows("#a-kid-out", "typed")
	tb.press("b-inc")
	tb.shows("#b-count", "1")
	tb.press("b-crash")
	tb.holds(`document.querySelector("#b.failed") !== null`)
	tb.press("b-again")
	tb.shows("#b-count", "0")
	tb.press("b-inc")
	tb.shows("#b-count", "1")
	tb.shows("#a-kid-out", "typed")

	for _, crash := range []string{"crash", "a-crash", "a-kid-crash"} {
		tb.press("turn", "a-inc", "b-inc") // other numbers than after a join
		tb.holds(`document.querySelector("#a-count").textContent === "1"`)
		tb.enter("#a-name", "in a, "+crash)
		tb.shows("#a-out", "in a, "+crash)
		tb.run(chromedp.Focus(chromedp.CSS("#a-kid-plain")))
		tb.js(`document.querySelector("#a-kid-plain").select()`)
		tb.run(pressed("half a wo"))
		tb.press(crash)
		tb.shows("#a-count", "0")
		tb.live()
		tb.shows("#a-out", "in a, "+crash)
		tb.shows("#a-kid-out", "typed")
		tb.holds(`document.activeElement.id === "a-kid-plain" && document.activeElement.value === "half a wo" && document.querySelector("#a-kid-name").value === "typed"`)
		tb.press("a-kid-inc")
		tb.shows("#a-kid-count", "1")
	}
	if !tb.marked() {
		t.Error("the page was loaded anew")
	}
}

const portalText = hallText + `<div id="target"></div>{{if .Open}}<template id="portal" data-phx-portal="#target"><div id="teleported">{{unit "p" .Portal}}</div></template>{{end}}`

// Portal is what the unit in the portal is given.
func (h hall) Portal() unitProps {
	return unitProps{ID: "p", Text: fmt.Sprint("P", h.Count), Kid: true}
}

// A component within a portal, and a portal within a component, are like others: events,
// hooks and forms are theirs, also after a crash, and they end with the portal.
func TestLiveComponentsInPortals(t *testing.T) {
	t.Parallel()
	k := newUnitKinds()
	l := newHallLab(t, newHall(k, portalText, unitProps{ID: "a", Kid: true, Door: true}, unitProps{ID: "b", Door: true}))
	tb := newPerson(t).open(l.URL)
	tb.mark()
	for round := range 2 {
		tb.press("open")
		tb.holds(`document.querySelector("#target > #teleported > #p") !== null`)
		for _, id := range []string{"p", "p-kid"} {
			tb.press(id+"-inc", id+"-js", "inc")
			tb.shows("#"+id+"-count", "2")
			tb.enter("#"+id+"-name", "typed in "+id)
			tb.shows("#"+id+"-out", "typed in "+id)
			if who := eval[string](tb, fmt.Sprintf(`document.querySelector("#%s-hook").ask()`, id)); who != "unit "+id {
				t.Errorf("the hook in %s is answered by %s", id, who)
			}
		}
		tb.press("p-js-kid", "p-kid-parent")
		tb.shows("#p-kid-count", "3")
		tb.shows("#p-note", "from p-kid")
		if round == 0 {
			tb.shows("#p-text", "P2") // which the page gave it
			tb.press("crash")
			tb.holds(`document.querySelector("#p") === null`)
			tb.live()
			continue
		}
		tb.press("open")
		tb.holds(`document.querySelector("#teleported") === null && document.querySelector("#p") === null`)
		eventually(t, "they end with the portal", func() error {
			if over := k.over(); !strings.Contains(over, "p") || !strings.Contains(over, "p-kid") {
				return fmt.Errorf("over are %q", over)
			}
			return nil
		})
	}
	// Out of a component.
	tb.press("a-out-inc", "b-out-inc")
	tb.shows("#a-count", "1")
	tb.press("a-out-inc")
	tb.shows("#a-count", "2")
	tb.shows("body > #a-outside > #a-out-inc", "2")
	tb.shows("body > #b-outside", "1")
	tb.press("turn", "a-inc", "a-out-inc", "drop")
	tb.holds(`document.querySelector("#b-outside") === null`)
	tb.press("a-out-inc")
	tb.shows("#a-count", "5")
	tb.shows("#a-outside", "5")
	if !tb.marked() {
		t.Error("the page was loaded anew")
	}
}

const queueText = `<button id="crash" phx-click="crash">crash</button><button id="inc" phx-click="inc">inc</button><u id="count">{{.Count}}</u>
{{range $act := .Changes}}<button id="{{$act}}" phx-click="{{$act}}">{{$act}}</button>{{end}}
<ul id="queue" phx-update="stream">{{range $id, $u := .Queue.All}}<li id="{{$id}}">{{unit $u.ID $u}}</li>{{end}}</ul>`

// Changes are what can be done to the queue.
func (hall) Changes() []string {
	return []string{"prepend", "replace", "delete", "again", "move", "reset", "empty"}
}

// The entries of a stream may be components, each with its state and its form, which the
// list around them doesn't touch.
func TestLiveComponentsInAStream(t *testing.T) {
	t.Parallel()
	k := newUnitKinds()
	h := newHall(k, queueText)
	h.mounted = func(s *liveview.Socket[hall]) {
		s.Assign(func(st *hall) {
			st.Queue.InsertAll([]unitProps{{ID: "a", Text: "A"}, {ID: "b", Text: "B", Kid: true}, {ID: "c", Text: "C"}})
		})
	}
	h.event = func(s *liveview.Socket[hall], e liveview.Event) {
		s.Assign(func(st *hall) {
			q := &st.Queue
			switch e.Name {
			case "prepend":
				q.InsertAt(0, unitProps{ID: "d", Text: "D"})
			case "replace":
				q.Update(unitProps{ID: "b", Text: "B2", Kid: true})
			case "delete":
				q.Delete(unitProps{ID: "a"})
			case "again":
				q.Insert(unitProps{ID: "a", Text: "A2"})
			case "move":
				q.Delete(unitProps{ID: "b"})
				q.InsertAt(0, unitProps{ID: "b", Text: "B3", Kid: true})
			case "reset":
				q.Reset([]unitProps{{ID: "c", Text: "C"}, {ID: "b", Text: "B4", Kid: true}, {ID: "e", Text: "E"}})
			case "empty":
				q.Reset(nil)
			}
		})
	}
	l := newHallLab(t, h)
	tb := newPerson(t).open(l.URL)
	tb.mark()
	order := func(want string) {
		t.Helper()
		tb.holds(fmt.Sprintf(`[...document.querySelectorAll("#queue > li > section")].map(n => n.id + n.querySelector("b").textContent).join(" ") === %q`, want))
	}
	order("a0 b0 c0")
	tb.press("a-inc", "b-inc", "b-kid-inc", "c-inc")
	order("a1 b1 c1")
	tb.press("b-inc") // not before: the client drops clicks on what awaits its answer
	order("a1 b2 c1")
	tb.enter("#b-name", "typed")
	tb.shows("#b-out", "typed")
	tb.run(chromedp.Focus(chromedp.CSS("#b-plain")), pressed("half a wo"))
	whole := func(text string) {
		t.Helper()
		tb.shows("#b-text", text)
		tb.shows("#b-kid-count", "1")
		tb.shows("#b-out", "typed")
		tb.holds(`document.querySelector("#b-plain").value === "half a wo" && document.querySelector("#b-name").value === "typed"`)
	}
	tb.press("prepend")
	order("d0 a1 b2 c1")
	whole("B")
	tb.press("replace")
	whole("B2")
	tb.press("delete")
	order("d0 b2 c1")
	eventually(t, "the entry's component ends", func() error {
		if over := k.over(); over != "a" {
			return fmt.Errorf("over are %q", over)
		}
		return nil
	})
	tb.press("again")
	order("d0 b2 c1 a0")
	tb.press("a-inc", "inc")
	order("d0 b2 c1 a1")
	tb.shows("#count", "1")
	tb.holds(`document.activeElement.id === "b-plain"`)
	tb.press("move")
	order("b2 d0 c1 a1")
	tb.shows("#b-text", "B3")
	tb.press("b-inc", "b-kid-inc")
	order("b3 d0 c1 a1")
	tb.shows("#b-kid-count", "2")
	tb.press("reset")
	order("c1 b3 e0")
	tb.shows("#b-text", "B4")
	tb.press("c-inc", "b-inc", "b-kid-inc", "e-inc")
	order("c2 b4 e1")
	tb.shows("#b-kid-count", "3")
	tb.press("empty")
	order("")
	tb.press("again")
	order("a0")
	tb.press("a-inc")
	order("a1")
	tb.enter("#a-name", "typed")
	tb.shows("#a-out", "typed")
	tb.press("crash")
	order("a0 b0 c0")
	tb.live()
	tb.shows("#a-out", "typed")
	tb.press("a-inc", "b-kid-inc")
	order("a1 b0 c0")
	tb.shows("#b-kid-count", "1")
	if !tb.marked() {
		t.Error("the page was loaded anew")
	}
}

// tray is the state of a component that takes files.
type tray struct {
	ID    string
	Kid   bool
	Saved []string
	Far   int
}

const trayText = `<section id="{{.ID}}">{{with upload "files"}}<form id="{{$.ID}}-form" phx-change="pick" phx-submit="save" phx-target="{{myself}}">{{.FileInput}}<button id="{{$.ID}}-save">save</button></form>
<div id="{{$.ID}}-drop" phx-drop-target="{{.Ref}}">drop</div>
{{range .Entries}}<article id="{{$.ID}}-{{.Ref}}"><b>{{.Name}}</b> <progress max="100" value="{{.Progress}}"></progress>
<button type="button" class="cancel" phx-click="cancel" phx-value-ref="{{.Ref}}" phx-target="{{myself}}">cancel</button>{{range .Errors}}<i>{{.}}</i>{{end}}</article>{{end}}{{end}}
<output id="{{.ID}}-far">{{.Far}}</output><ul id="{{.ID}}-saved">{{range .Saved}}<li>{{.}}</li>{{end}}</ul>{{if .Kid}}{{tray "kid" .Inner}}{{end}}</section>`

// Inner is what the one in it is given.
func (tray) Inner() tray { return tray{ID: "kid"} }

type trayLive struct {
	page   *liveview.Template[tray]
	config liveview.UploadConfig
}

func (t *trayLive) Update(s *liveview.Socket[tray], p tray) error {
	first := s.State().ID == ""
	s.Assign(func(st *tray) { st.ID, st.Kid = p.ID, p.Kid })
	if !first {
		return nil
	}
	return s.AllowUpload("files", t.config)
}

func (t *trayLive) HandleEvent(s *liveview.Socket[tray], e liveview.Event) error {
	switch e.Name {
	case "cancel":
		return s.CancelUpload("files", e.Value("ref"))
	case "save":
		saved, err := liveview.ConsumeUploadedEntries(s, "files", func(path string, entry liveview.UploadEntry) (string, error) {
			if path == "" { // a Writer has it
				return entry.Name, nil
			}
			return describe(path, entry)
		})
		s.Assign(func(st *tray) { st.Saved = append(st.Saved, saved...) })
		return err
	}
	return nil
}

func (t *trayLive) HandleProgress(s *liveview.Socket[tray], e liveview.UploadEntry) error {
	s.Assign(func(st *tray) { st.Far = max(st.Far, e.Progress) })
	return nil
}

func (t *trayLive) Render(st tray) liveview.Rendered { return t.page.Render(st) }

// trays is a page with two trays, one of which has one in it.
type trays struct{ One, Other tray }

// newTraysLab is a lab with a page of trays, at "/", of which a button drops the first.
func newTraysLab(t *testing.T, dir string, config liveview.UploadConfig) *lab {
	t.Helper()
	live := &trayLive{config: config}
	kinds := map[string]liveview.AnyLive{"tray": liveview.NewLive[tray, tray](live)}
	live.page = liveview.MustParseSource[tray](liveview.Source{Text: trayText, Live: kinds})
	v := view[trays]{
		page: liveview.MustParseSource[trays](liveview.Source{Live: kinds, Text: `<button id="drop" phx-click="drop">drop</button>
<div>{{with .One.ID}}{{tray . $.One}}{{end}}</div><div>{{tray "other" .Other}}</div>`}),
		mount: func(_ *gin.Context, s *liveview.Socket[trays]) error {
			s.Assign(func(st *trays) { *st = trays{tray{ID: "one", Kid: true}, tray{ID: "other"}} })
			return nil
		},
		event: func(s *liveview.Socket[trays], _ liveview.Event) error {
			s.Assign(func(st *trays) { st.One = tray{} })
			return nil
		},
	}
	return newLabIn(t, dir, "", func(r *gin.Engine) { liveview.Handle(r, "/", v) })
}

// Files go to the component whose input they are chosen with, or that they are dropped on:
// so do how far they are, their cancel button, and they themselves.
func TestLiveComponentsTakeFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := newTraysLab(t, dir, liveview.UploadConfig{MaxEntries: 3, ChunkSize: 1000})
	file := onDisk(t, map[string][]byte{"a.bin": make([]byte, 5000), "b.bin": make([]byte, 10)})
	tb := newPerson(t).open(l.URL)
	tb.mark()
	for _, id := range []string{"one", "kid", "other"} {
		input := "#" + id + " > form input"
		tb.run(chromedp.SetUploadFiles(chromedp.CSS(input), file("a.bin")))
		tb.shows("#"+id+" > article b", "a.bin")
		tb.drop("#"+id+"-drop", map[string]string{"two.txt": "22"})
		tb.holds(fmt.Sprintf(`document.querySelectorAll("#%s > article").length === 2`, id))
		tb.run(chromedp.SetUploadFiles(chromedp.CSS(input), file("b.bin")))
		tb.holds(fmt.Sprintf(`document.querySelectorAll("#%s > article").length === 3`, id))
		tb.js(fmt.Sprintf(`document.querySelectorAll("#%s > article .cancel")[2].click()`, id))
		tb.holds(fmt.Sprintf(`document.querySelectorAll("#%s > article").length === 2`, id))
		tb.press(id + "-save")
		tb.holds(fmt.Sprintf(`document.querySelectorAll("#%s-saved li").length === 2 && document.querySelector("article") === null`, id))
		tb.shows("#"+id+"-saved li", "a.bin 5000 of 5000 bytes application/octet-stream")
		tb.shows("#"+id+"-far", "100")
	}
	if n := eval[int](tb, `document.querySelectorAll("li").length`); n != 6 {
		t.Errorf("%d files are listed, want 6", n)
	}
	noUploadsIn(t, dir)
	if log := l.log.String(); strings.Contains(log, "level=ERROR") || !tb.marked() {
		t.Errorf("the page was loaded anew, or the log says %s", log)
	}
}

// A component that goes while files are sent to it, and to one in it, leaves nothing, and
// the others' files arrive.
func TestLiveComponentGoesWhileItTakesFiles(t *testing.T) {
	t.Parallel()
	gate := newGate(3)
	l := newTraysLab(t, t.TempDir(), liveview.UploadConfig{ChunkSize: 1000, AutoUpload: true, Writer: gate.writer})
	file := onDisk(t, map[string][]byte{"a.bin": make([]byte, 10_000), "b.bin": make([]byte, 2000)})
	tb := newPerson(t).open(l.URL)
	for _, id := range []string{"one", "kid"} {
		tb.run(chromedp.SetUploadFiles(chromedp.CSS("#"+id+" > form input"), file("a.bin")))
		tb.holds(fmt.Sprintf(`document.querySelector("#%s > article progress").value === 30`, id)) // and there it stays
	}
	tb.run(chromedp.SetUploadFiles(chromedp.CSS("#other > form input"), file("b.bin")))
	tb.shows("#other-far", "100")
	tb.press("drop")
	tb.holds(`document.querySelector("#one") === null`)
	gate.removed(t, 2)
	tb.press("other-save")
	tb.shows("#other-saved", "b.bin")
	if log := l.log.String(); strings.Contains(log, "level=ERROR") {
		t.Errorf("the log says %s", log)
	}
}
