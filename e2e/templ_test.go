package e2e

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/e2e/templpage"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// board is the state of a page that has templ components as its parts.
type board struct {
	templpage.Board
}

// Card is a component made for each rendering.
func (b board) Card() templ.Component { return templpage.Card(b.Title, b.Tasks) }

func (b board) Buttons() templ.Component { return templpage.Buttons() }

var boardPage = liveview.MustParse[board](`<main><h1>{{.Saved}}</h1>{{component .Card}}{{component .Buttons}}</main>`)

func newBoard() templpage.Board {
	return templpage.Board{Title: "Errands", Tasks: []templpage.Task{{ID: 1, Name: "bread"}, {ID: 2, Name: "<milk>"}, {ID: 3, Name: "tea"}}}
}

// change is what a button of the board does.
func change(b *templpage.Board, button string) {
	tasks := append([]templpage.Task(nil), b.Tasks...)
	switch button {
	case "title":
		b.Title = "Work & play"
	case "rename":
		tasks[1].Name = "oat milk"
	case "done":
		tasks[2].Done = true
	case "add":
		tasks = append([]templpage.Task{{ID: 9, Name: "salt"}}, tasks...)
	case "notify":
		b.Notice = "saved"
	case "hide":
		b.Notice = ""
	case "save":
		b.Saved++
	}
	b.Tasks = tasks
}

// templView is a view whose whole page is a templ component.
type templView struct{}

func (templView) Mount(_ *gin.Context, s *liveview.Socket[templpage.Board]) error {
	s.Assign(func(b *templpage.Board) { *b = newBoard() })
	return nil
}

func (templView) HandleEvent(s *liveview.Socket[templpage.Board], e liveview.Event) error {
	s.Assign(func(b *templpage.Board) { change(b, e.Name) })
	return nil
}

func (templView) Render(b templpage.Board) liveview.Rendered {
	return liveview.RenderComponent(templpage.Page(b))
}

// envelope is the most that a reply holds besides its diff, in bytes: refs,
// topic, event and status.
const envelope = 90

// diffOf clicks a button and returns the diff that came for it, in one frame.
func (tb *tab) diffOf(button string) string {
	tb.t.Helper()
	tb.sent()
	tb.js(fmt.Sprintf(`document.querySelector("#%s").click()`, button))
	tb.holds(fmt.Sprintf(`!document.querySelector("#%s").hasAttribute("data-phx-ref-src")`, button))
	frames := tb.sent()
	if len(frames) != 1 {
		tb.t.Fatalf("for %s came %q, want one frame", button, frames)
	}
	_, diff, ok := strings.Cut(frames[0], `{"status":"ok","response":{"diff":`)
	diff, ended := strings.CutSuffix(diff, `}}]`)
	if !ok || !ended {
		tb.t.Fatalf("for %s came %s", button, frames[0])
	}
	if n := len(frames[0]) - len(diff); n > envelope {
		tb.t.Errorf("for %s came %d bytes besides the diff: %s", button, n, frames[0])
	}
	return diff
}

// Of a templ page only what changed is sent, in lists too: for a text, that
// text and the way to it.
func TestTemplPage(t *testing.T) {
	t.Parallel()
	l := newLab(t, "", func(r *gin.Engine) { liveview.Handle(r, "/", templView{}) })
	tb := newPerson(t).open(l.URL)
	tb.shows("#tasks", "bread<milk>tea")
	for _, test := range []struct{ button, want string }{
		{"title", `{"0":{"0":"Work &amp; play"}}`},
		{"rename", `{"1":{"2":{"k":{"1":{"2":"oat milk"},"kc":3}}}}`},
		{"done", `{"1":{"2":{"k":{"2":{"1":"task done"},"kc":3}}}}`},
		{"add", `{"1":{"1":"4","2":{"k":{"0":{"0":"t9","1":"task","2":"salt"},"1":0,"2":1,"3":2,"km":true,"kc":4}}}}`},
	} {
		if got := tb.diffOf(test.button); got != test.want {
			t.Errorf("%s sent %s, want %s", test.button, got, test.want)
		}
	}
	// What appears takes the shorter of its neighbours along, once.
	if got := tb.diffOf("notify"); !strings.Contains(got, `"1":"saved"`) || strings.Contains(got, "phx-click") {
		t.Errorf("notify sent %s", got)
	}
	if got, want := tb.diffOf("hide"), `{"1":{"k":{"kc":1}}}`; got != want {
		t.Errorf("hide sent %s, want %s", got, want)
	}
	if got, want := tb.diffOf("notify"), `{"1":{"k":{"1":{"0":{"0":"notice","1":"saved","s":["<p id=\"","\">","</p>"]}},"kc":2}}}`; got != want {
		t.Errorf("notify sent %s, want %s", got, want)
	}
	tb.shows("h1", "Work & play")
	tb.shows("#tasks", "saltbreadoat milktea")
	tb.shows("#notice", "saved")
}

// Nor is more sent of a templ component that is a part of a template.
func TestTemplPart(t *testing.T) {
	t.Parallel()
	v := view[board]{page: boardPage}
	v.mount = func(_ *gin.Context, s *liveview.Socket[board]) error {
		s.Assign(func(b *board) { b.Board = newBoard() })
		return nil
	}
	v.event = func(s *liveview.Socket[board], e liveview.Event) error {
		s.Assign(func(b *board) { change(&b.Board, e.Name) })
		return nil
	}
	l := newLab(t, "", func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	tb := newPerson(t).open(l.URL)
	tb.shows(".card", "Errandsbread<milk>tea")
	for _, test := range []struct{ button, want string }{
		{"save", `{"0":"1"}`},
		{"rename", `{"1":{"3":{"0":{"k":{"1":{"0":"oat milk"},"kc":3}}}}}`},
		{"title", `{"1":{"1":"Work &amp; play","2":{"0":"Work &amp; play"}}}`},
		{"add", `{"1":{"3":{"0":{"k":{"0":{"0":"salt"},"1":0,"2":1,"3":2,"km":true,"kc":4}}}}}`},
	} {
		if got := tb.diffOf(test.button); got != test.want {
			t.Errorf("%s sent %s, want %s", test.button, got, test.want)
		}
	}
	tb.shows(".card", "Work & playsaltbreadoat milktea")
}

// cardsOfTempl is a view of live components, all of templ.
func cardsOfTempl() liveview.ViewFuncs[templpage.Cards] {
	change := func(fn func(c *templpage.Cards)) func(*liveview.Socket[templpage.Cards], liveview.Event) error {
		return func(s *liveview.Socket[templpage.Cards], _ liveview.Event) error {
			s.Assign(func(c *templpage.Cards) {
				c.Tasks, c.Done = slices.Clone(c.Tasks), slices.Clone(c.Done)
				fn(c)
			})
			return nil
		}
	}
	return liveview.ViewFuncs[templpage.Cards]{
		Component: func(c templpage.Cards) liveview.Component { return templpage.CardsPage(c) },
		Mount: func(_ *gin.Context, s *liveview.Socket[templpage.Cards]) error {
			b := newBoard()
			s.Assign(func(c *templpage.Cards) {
				*c = templpage.Cards{Title: b.Title, Tasks: b.Tasks, Done: []templpage.Task{{ID: 4, Name: "salt", Done: true}}}
			})
			return nil
		},
		Events: liveview.Events[templpage.Cards]{
			"title":  change(func(c *templpage.Cards) { c.Title = "Work" }),
			"rename": change(func(c *templpage.Cards) { c.Tasks[1].Name = "oat milk" }),
			"turn":   change(func(c *templpage.Cards) { slices.Reverse(c.Tasks) }),
			"move": change(func(c *templpage.Cards) {
				c.Done = append(c.Done, c.Tasks[1])
				c.Tasks = slices.Delete(c.Tasks, 1, 2)
			}),
			"drop": change(func(c *templpage.Cards) { c.Tasks = c.Tasks[1:] }),
		},
	}
}

// Live components of templ, shown by templ: each is told of what it is given alone, hears
// its own events, and keeps its state, its form and the focus wherever it goes.
func TestTemplLiveComponents(t *testing.T) {
	t.Parallel()
	l := newLab(t, "", func(r *gin.Engine) { liveview.Handle(r, "/", cardsOfTempl()) })
	tb := newPerson(t).open(l.URL)
	tb.mark()
	shows := func(want string) {
		t.Helper()
		tb.holds(fmt.Sprintf(`["#cards > div", "#done li > div"].map(s => [...document.querySelectorAll(s)].map(n => n.id.slice(5) + n.querySelector("b").textContent + n.querySelector("button").textContent).join(" ")).join("|") === %q`, want))
	}
	shows("1bread0 2<milk>0 3tea0|4salt0")
	for i, id := range []string{"2", "2", "4"} {
		if i == 1 { // the client drops a click on what awaits its answer
			shows("1bread0 2<milk>1 3tea0|4salt0")
		}
		tb.js(`document.querySelector("#card-` + id + ` button").click()`)
	}
	shows("1bread0 2<milk>2 3tea0|4salt1")
	tb.enter("#card-2 input", "of goats")
	tb.shows("#card-2 i", "of goats")
	tb.js(`window.field = document.querySelector("#card-2 input")`)
	if got, want := tb.diffOf("rename"), `{"c":{"2":{"2":{"0":"oat milk"}}}}`; got != want {
		t.Errorf("a card that is given another name sent %s, want %s", got, want)
	}
	if got := tb.diffOf("title"); strings.Contains(got, `"c":`) {
		t.Errorf("another title sent %s, which has components in it", got)
	}
	tb.js(`field.focus()`)
	for _, step := range []struct{ button, want string }{
		{"turn", "3tea0 2oat milk2 1bread0|4salt1"},
		{"drop", "2oat milk2 1bread0|4salt1"},
		{"turn", "1bread0 2oat milk2|4salt1"},
		{"move", "1bread0|4salt1 2oat milk2"},
	} {
		tb.sent()
		tb.js(`document.querySelector("#` + step.button + `").click()`)
		shows(step.want)
		if got := strings.Join(tb.sent(), "\n"); strings.Contains(got, "of goats") {
			t.Errorf("%s sent %s, which has a card in it that the page has", step.button, got)
		}
		tb.shows("#card-2 i", "of goats")
		tb.holds(`document.querySelector("#card-2 input") === field && field.value === "of goats"`)
	}
	tb.js(`document.querySelector("#card-2 button").click()`)
	shows("1bread0|4salt1 2oat milk3")
	tb.enter("#card-2 input", "of sheep")
	tb.shows("#card-2 i", "of sheep")
	if !tb.marked() {
		t.Error("the page was loaded anew")
	}

	// And so in liveviewtest.
	v := liveviewtest.Open(t, l.Config.Handler, "/")
	v.Within("#card-2").Click("button")
	v.Change("#card-2 input", "of goats")
	v.Click("#move")
	if got := v.Text("#done"); !strings.HasSuffix(got, "<milk> 1of goats") {
		t.Errorf("liveviewtest shows %q", got)
	}
}

// noncePage shows the nonce that templ's own components would write into a script.
type noncePage struct{ Clicks int }

// templ finds in its context what the route's middleware has put there, a nonce for
// instance, on the HTTP render and on the live page, at each render.
func TestTemplFindsTheNonce(t *testing.T) {
	v := liveview.ViewFuncs[noncePage]{
		Component: func(st noncePage) liveview.Component {
			return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
				_, err := fmt.Fprintf(w, `<p>%d %s</p><button phx-click="more">more</button>`, st.Clicks, templ.GetNonce(ctx))
				return err
			})
		},
		Events: liveview.Events[noncePage]{"more": func(s *liveview.Socket[noncePage], _ liveview.Event) error {
			s.Assign(func(st *noncePage) { st.Clicks++ })
			return nil
		}},
	}
	l := newLab(t, "", func(r *gin.Engine) {
		liveview.Handle(r.Group("", func(c *gin.Context) {
			c.Request = c.Request.WithContext(templ.WithNonce(c.Request.Context(), "n0nce"))
		}), "/", v)
	})
	b := liveviewtest.Open(t, l.Config.Handler, "/")
	for clicks := range 3 {
		if got, want := b.Text("p"), fmt.Sprintf("%d n0nce", clicks); got != want {
			t.Errorf("it shows %q, want %q", got, want)
		}
		b.Click("button")
	}
}

// Attributes of ours are spread in templ with all that they say: a command as well, of which
// templ itself would write nothing.
func TestTemplSpreadsCommands(t *testing.T) {
	t.Parallel()
	attrs := liveview.IgnoreAttributes("open")
	attrs["disabled"], attrs["hidden"], attrs["tabindex"], attrs["href"], attrs["phx-click"] = true, false, 3, "javascript:x", `[["exec",{}]]`
	var b strings.Builder
	if err := templ.RenderAttributes(t.Context(), &b, templ.Attributes(attrs.Templ())); err != nil {
		t.Fatal(err)
	}
	const want = ` disabled href="#ZgotmplZ" phx-click="#ZgotmplZ" phx-mounted="[[&#34;ignore_attrs&#34;,{&#34;attrs&#34;:[&#34;open&#34;]}]]" tabindex="3"`
	if b.String() != want {
		t.Errorf("got  %s\nwant %s", b.String(), want)
	}
	defer func() {
		if got, _ := recover().(error); got == nil || !strings.Contains(got.Error(), "the attribute onclick would let data run scripts") {
			t.Errorf("an attribute that runs scripts panics with %v", got)
		}
	}()
	liveview.Attrs{"onclick": "x"}.Templ()
}
