package e2e

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/e2e/templpage"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// card is an entry of a stream.
type card struct {
	ID   int
	Text string
	On   bool
	Kids []leaf
}

// lane is an entry of a list that has a stream itself.
type lane struct {
	ID    int
	Cards liveview.Stream[card]
}

// cards are a state with streams: one on the page, some in a list.
type cards struct {
	Head  string
	Deck  liveview.Stream[card]
	Lanes []lane
	Order ordered // what Deck has to show
	Bound bool    // with limits, of which Order knows nothing
}

// ordered are the ids of a stream, as the client's rules have them.
type ordered struct{ ids []int }

func (o ordered) String() string { return fmt.Sprint(o.ids) }

func (o *ordered) drop(id int) {
	o.ids = slices.DeleteFunc(o.ids, func(other int) bool { return other == id })
}

func (o *ordered) put(at, id int) {
	if slices.Contains(o.ids, id) {
		return
	}
	if at < 0 || at > len(o.ids) {
		at = len(o.ids)
	}
	o.ids = slices.Insert(o.ids, at, id)
}

const cardsPage = `<h1>{{.Head}}</h1><p id="order">{{.Order}}</p>
<ul id="deck" phx-update="stream">{{range $id, $c := .Deck.All}}
<li id="{{$id}}" class="{{if $c.On}}on{{end}}"><b>{{$c.Text}}</b>{{range $c.Kids}}<i>{{.Name}}{{$id}}</i>{{end}}{{if $c.On}}<em>{{$.Head}}</em>{{end}}</li>
{{end}}</ul>
{{range .Lanes | keyed "ID"}}<section><h2>{{.ID}}</h2><div id="lane-{{.ID}}" phx-update="stream">{{range $id, $c := .Cards.All}}<p id="{{$id}}">{{printf "%s!" $c.Text}}<input name="{{$id}}" value="{{$c.Text}}"></p>{{end}}</div></section>{{end}}
<div id="driver" phx-hook="Driver"></div>`

// writeCards is cardsPage as a component.
func writeCards(b *strings.Builder, st cards) {
	fmt.Fprintf(b, "<h1>%s</h1><p id=\"order\">%s</p>\n<ul id=\"deck\" phx-update=\"stream\">", html.EscapeString(st.Head), st.Order)
	for id, c := range st.Deck.All() {
		on := ""
		if c.On {
			on = "on"
		}
		fmt.Fprintf(b, "\n<li id=%q class=%q><b>%s</b>", id, on, html.EscapeString(c.Text))
		for _, k := range c.Kids {
			fmt.Fprintf(b, "<i>%s%s</i>", html.EscapeString(k.Name), id)
		}
		if c.On {
			fmt.Fprintf(b, "<em>%s</em>", html.EscapeString(st.Head))
		}
		b.WriteString("</li>\n")
	}
	b.WriteString("</ul>\n")
	for i := range st.Lanes {
		l := &st.Lanes[i]
		fmt.Fprintf(b, "<section><h2>%d</h2><div id=\"lane-%d\" phx-update=\"stream\">", l.ID, l.ID)
		for id, c := range l.Cards.All() {
			fmt.Fprintf(b, `<p id=%q>%s!<input name=%q value=%q></p>`, id, html.EscapeString(c.Text), id, html.EscapeString(c.Text))
		}
		b.WriteString("</div></section>")
	}
	b.WriteString(`<div id="driver" phx-hook="Driver"></div>`)
}

type writer func(b *strings.Builder)

func (w writer) Render(_ context.Context, out io.Writer) error {
	var b strings.Builder
	w(&b)
	_, err := io.WriteString(out, b.String())
	return err
}

// cardsView is a view of cards, by a template or a component.
type cardsView struct {
	page    *liveview.Template[cards]
	bounded bool
}

func (v *cardsView) Mount(_ *gin.Context, s *liveview.Socket[cards]) error {
	s.Assign(func(st *cards) {
		st.Bound = v.bounded
		st.Deck.InsertAll([]card{{ID: 1, Text: "one"}, {ID: 2, Text: "two", On: true}, {ID: 3, Text: "three", Kids: []leaf{{Name: "k"}}}})
		st.Order.ids = []int{1, 2, 3}
		for i := range 3 {
			st.Lanes = append(st.Lanes, lane{ID: i})
			st.Lanes[i].Cards.Insert(card{ID: 100 + i, Text: "first"})
		}
	})
	return nil
}

func (v *cardsView) HandleEvent(s *liveview.Socket[cards], e liveview.Event) error {
	s.Assign(func(st *cards) { st.shuffle(rand.New(rand.NewPCG(uint64(e.Int("seed")), uint64(e.Int("step"))))) })
	return nil
}

func (v *cardsView) Render(st cards) liveview.Rendered {
	if v.page == nil {
		return liveview.RenderComponent(writer(func(b *strings.Builder) { writeCards(b, st) }))
	}
	return v.page.Render(st)
}

// shuffle does something at random.
func (st *cards) shuffle(r *rand.Rand) {
	newCard := func(least, n int) card {
		c := card{ID: least + r.IntN(n), Text: []string{"", "a", "b<&>\"'", "long name", "日本"}[r.IntN(5)], On: r.IntN(2) == 0}
		for range r.IntN(3) {
			c.Kids = append(c.Kids, leaf{Name: c.Text})
		}
		return c
	}
	limit := func() []liveview.StreamLimit {
		if !st.Bound || r.IntN(2) == 0 {
			return nil
		}
		return []liveview.StreamLimit{[]liveview.StreamLimit{liveview.KeepFirst(1 + r.IntN(5)), liveview.KeepLast(1 + r.IntN(5))}[r.IntN(2)]}
	}
	// What the client does with one diff: it resets, deletes, then inserts.
	reset := false
	var deletes []int
	type insert struct{ at, id int }
	var inserts []insert
	pending := func(id int) int { return slices.IndexFunc(inserts, func(i insert) bool { return i.id == id }) }
	put := func(at int, c card) {
		if i := pending(c.ID); i >= 0 {
			inserts = slices.Delete(inserts, i, i+1)
		}
		inserts = append(inserts, insert{at, c.ID})
	}
	remove := func(id int) {
		if i := pending(id); i >= 0 {
			inserts = slices.Delete(inserts, i, i+1)
		}
		deletes = append(deletes, id)
	}
	for range r.IntN(5) {
		switch c, at := newCard(1, 12), r.IntN(8)-1; r.IntN(9) {
		case 0:
			st.Deck.Insert(c, limit()...)
			put(-1, c)
		case 1, 2:
			st.Deck.InsertAt(at, c, limit()...)
			put(at, c)
		case 3:
			all := []card{c, newCard(20, 5), newCard(30, 5)}
			st.Deck.InsertAllAt(at, all, limit()...)
			if at >= 0 {
				slices.Reverse(all)
			}
			for _, c := range all {
				put(at, c)
			}
		case 4:
			st.Deck.Update(c)
		case 5:
			st.Deck.Delete(card{ID: c.ID})
			remove(c.ID)
		case 6:
			st.Deck.Delete(c)
			st.Deck.InsertAt(at, c)
			remove(c.ID)
			put(at, c)
		case 7:
			st.Deck.DeleteByID(fmt.Sprint("deck-", c.ID))
			remove(c.ID)
		case 8:
			if r.IntN(3) == 0 {
				other := newCard(20, 5)
				st.Deck.Reset([]card{c, other})
				reset, deletes, inserts = true, nil, nil
				put(-1, c)
				put(-1, other)
			} else {
				st.Deck.Reset(nil)
				reset, deletes, inserts = true, nil, nil
			}
		}
	}
	if reset {
		st.Order.ids = nil
	}
	for _, id := range deletes {
		st.Order.drop(id)
	}
	st.Order.ids = slices.Clone(st.Order.ids)
	for _, i := range inserts {
		st.Order.put(i.at, i.id)
	}
	for range r.IntN(4) {
		l := r.IntN(3)
		if l >= len(st.Lanes) {
			continue
		}
		switch c := newCard(100, 9); r.IntN(6) {
		case 0, 1:
			// A card of another lane goes there with its element.
			for i := range st.Lanes {
				st.Lanes[i].Cards.Delete(c)
			}
			st.Lanes[l].Cards.InsertAt(r.IntN(3)-1, c, limit()...)
		case 2:
			for i := range st.Lanes {
				st.Lanes[i].Cards.Delete(c)
			}
		case 3:
			other := slices.Clone(st.Lanes)
			r.Shuffle(len(other), func(i, j int) { other[i], other[j] = other[j], other[i] })
			st.Lanes = other
		case 4:
			if len(st.Lanes) < 3 {
				next := lane{ID: r.IntN(1000) + 10}
				next.Cards.Insert(card{ID: 200 + next.ID, Text: "new lane"})
				st.Lanes = append(slices.Clone(st.Lanes), next)
			} else {
				st.Lanes = slices.Delete(slices.Clone(st.Lanes), l, l+1)
			}
		case 5:
			st.Lanes[l].Cards.Reset([]card{{ID: 300 + st.Lanes[l].ID, Text: "reset"}})
		}
	}
	if r.IntN(3) == 0 {
		st.Head = fmt.Sprint("head ", r.IntN(3))
	}
}

// Streams are in liveviewtest what they are in Chromium, whatever is put in, moved,
// taken out and cut off, in a page's template and in a component; and they show what was
// asked for.
func TestStreamsAreLikeTheBrowser(t *testing.T) {
	t.Parallel()
	sequences, steps := 3, 25
	if *slow {
		sequences = 25
	}
	views := map[string]*cardsView{
		"/template": {page: liveview.MustParse[cards](cardsPage)},
		"/limits":   {page: liveview.MustParse[cards](cardsPage), bounded: true},
		"/written":  {},
		"/cut":      {bounded: true},
	}
	l := newLab(t, driver, func(r *gin.Engine) {
		for path, v := range views {
			liveview.Handle(r, path, v)
		}
	})
	for path, view := range views {
		for k := range sequences {
			t.Run(fmt.Sprint(path[1:], " ", k), func(t *testing.T) {
				t.Parallel()
				var play []playStep
				for step := range steps {
					play = append(play, playStep{Seed: uint64(k + 1), Step: step})
				}
				compare(t, l, path, cardsPage, [][]playStep{play}, false)
				if view.bounded {
					return
				}
				v := liveviewtest.Open(t, l.Config.Handler, path)
				for _, p := range play {
					v.Hook("#driver").Push("next", map[string]any{"seed": p.Seed, "step": p.Step})
					ids := []string{}
					for _, n := range v.Find("#deck > *").EachIter() {
						ids = append(ids, strings.TrimPrefix(n.AttrOr("id", ""), "deck-"))
					}
					if got, want := fmt.Sprint(ids), v.Text("#order"); got != want {
						t.Fatalf("step %d: the page shows %s, want %s", p.Step, got, want)
					}
				}
			})
		}
	}
	t.Cleanup(func() {
		if log := l.log.String(); strings.Contains(log, "stream") {
			t.Errorf("the log says\n%.2000s", log)
		}
	})
}

// feedView is a view whose page is a templ component that shows a stream.
type feedView struct{}

func (feedView) Mount(_ *gin.Context, s *liveview.Socket[templpage.Feed]) error {
	s.Assign(func(f *templpage.Feed) {
		f.Title = "Tasks"
		f.Tasks.InsertAll([]templpage.Task{{ID: 1, Name: "bread"}, {ID: 2, Name: "<milk>"}})
	})
	return nil
}

func (feedView) HandleEvent(s *liveview.Socket[templpage.Feed], e liveview.Event) error {
	s.Assign(func(f *templpage.Feed) {
		switch e.Name {
		case "add":
			f.Tasks.InsertAt(0, templpage.Task{ID: 3, Name: "tea", Done: true})
		case "drop":
			f.Tasks.Delete(templpage.Task{ID: 1})
		case "rename":
			f.Title, f.Tasks = "Work", liveview.Stream[templpage.Task]{}
			f.Tasks.Insert(templpage.Task{ID: 2, Name: "milk"})
		case "clear":
			f.Tasks.Reset(nil)
		}
	})
	return nil
}

func (feedView) Render(f templpage.Feed) liveview.Rendered {
	return liveview.RenderComponent(templpage.FeedPage(f))
}

// A templ component ranges over a stream as over anything else, and an entry more or
// one less sends that entry.
func TestStreamInTempl(t *testing.T) {
	t.Parallel()
	l := newLab(t, "", func(r *gin.Engine) { liveview.Handle(r, "/", feedView{}) })
	tb := newPerson(t).open(l.URL + "/")
	shows := func(want string) {
		t.Helper()
		tb.holds(fmt.Sprintf(`[...document.querySelectorAll("#tasks > *")].map((li) => li.id + "=" + li.textContent).join(" ") === %q`, want))
	}
	shows("tasks-1=bread tasks-2=<milk>")
	if diff := tb.diffOf("add"); len(diff) > envelope+200 {
		t.Errorf("an entry more sends %d bytes: %s", len(diff), diff)
	}
	shows("tasks-3=tea tasks-1=bread tasks-2=<milk>")
	if diff := tb.diffOf("drop"); len(diff) > envelope+100 {
		t.Errorf("an entry less sends %d bytes: %s", len(diff), diff)
	}
	shows("tasks-3=tea tasks-2=<milk>")
	tb.click("#rename")
	shows("tasks-2=milk")
	tb.click("#clear")
	shows("")
	tb.click("#add")
	shows("tasks-3=tea")
	if log := l.log.String(); strings.Contains(log, "stream") {
		t.Errorf("the log says\n%.2000s", log)
	}
}

// A stream in a portal is patched where the portal shows it.
func TestStreamInAPortal(t *testing.T) {
	t.Parallel()
	type state struct{ Cards liveview.Stream[card] }
	v := view[state]{
		page: liveview.MustParse[state](`<div id="there"></div><template id="portal" data-phx-portal="#there"><div id="content"><ul id="list" phx-update="stream">{{range $id, $c := .Cards.All}}<li id="{{$id}}">{{$c.Text}}</li>{{end}}</ul></div></template>
<button id="add" phx-click="add">add</button><button id="reset" phx-click="reset">reset</button>`),
		mount: func(_ *gin.Context, s *liveview.Socket[state]) error {
			s.Assign(func(st *state) { st.Cards.Insert(card{ID: 1, Text: "one"}) })
			return nil
		},
		event: func(s *liveview.Socket[state], e liveview.Event) error {
			s.Assign(func(st *state) {
				if e.Name == "reset" {
					st.Cards.Reset([]card{{ID: 3, Text: "three"}, {ID: 2, Text: "two"}})
				} else {
					st.Cards.InsertAt(0, card{ID: 2, Text: "two"})
				}
			})
			return nil
		},
	}
	l := newLab(t, "", func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	tb := newPerson(t).open(l.URL + "/")
	here := liveviewtest.Open(t, l.Config.Handler, "/")
	for _, step := range []struct{ button, want string }{{"", "one"}, {"add", "two one"}, {"reset", "three two"}, {"add", "three two"}} {
		if step.button != "" {
			tb.click("#" + step.button)
			here.Click("#" + step.button)
		}
		tb.holds(fmt.Sprintf(`[...document.querySelectorAll("#there li")].map((li) => li.textContent).join(" ") === %q`, step.want))
		var got []string
		for _, n := range here.Find("#there li").EachIter() {
			got = append(got, n.Text())
		}
		if strings.Join(got, " ") != step.want {
			t.Errorf("liveviewtest shows %q after %q, and Chromium %q", got, step.button, step.want)
		}
	}
}
