package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// Decks of chips on a desk: each deck is a live component, and so is each chip, in a
// deck or loose. They wander between all places where they can be shown.

// chip is what a chip is given: plain data, of which the library sees changes.
type chip struct {
	Who, ID int // whose page it is on
	Name    string
	On      bool
}

type chipState struct {
	chip
	Hits int
}

// deck is what a deck is given: with a list in it, so always something new.
type deck struct {
	Who, ID int
	Name    string
	On      bool
	Kids    []chip
}

type desk struct {
	Who         int
	Head        string
	On          bool
	Left, Right []deck
	Loose       []chip
	One         *chip

	kinds *deskKinds
}

// hits is the database of a test: how often the chips of each page were hit. A chip that
// is shown anew has it from there.
type hits struct {
	mu sync.Mutex // guards n
	n  map[[2]int]int
}

func (h *hits) add(who, id, n int) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.n[[2]int{who, id}] += n
	return h.n[[2]int{who, id}]
}

// chipLive is the component of chips; those that are on may have another template, or
// be made by functions.
type chipLive struct {
	page, other *liveview.Template[chipState]
	made        bool
	hits        *hits
}

func (c chipLive) Update(s *liveview.Socket[chipState], p chip) error {
	s.Assign(func(st *chipState) { *st = chipState{p, c.hits.add(p.Who, p.ID, 0)} })
	return nil
}

func (c chipLive) HandleEvent(s *liveview.Socket[chipState], _ liveview.Event) error {
	n := c.hits.add(s.State().Who, s.State().ID, 1)
	s.Assign(func(st *chipState) { st.Hits = n })
	return nil
}

func (c chipLive) Render(st chipState) liveview.Rendered {
	switch {
	case st.On && c.other != nil:
		return c.other.Render(st)
	case c.made:
		return liveview.RenderComponent(markup(fmt.Sprintf(`<kbd data-chip="%d" title="%s">%s<u>%d</u></kbd>`, st.ID, html.EscapeString(st.Name), html.EscapeString(st.Name), st.Hits)))
	}
	return c.page.Render(st)
}

type deckLive struct {
	page, other *liveview.Template[deck]
	made        bool
	kinds       *deskKinds
}

func (deckLive) Update(s *liveview.Socket[deck], p deck) error {
	s.Assign(func(st *deck) { *st = p })
	return nil
}

func (d deckLive) Render(st deck) liveview.Rendered {
	switch {
	case st.On && d.other != nil:
		return d.other.Render(st)
	case d.made:
		return liveview.RenderComponent(writes(func(ctx context.Context, w io.Writer) error {
			_, err := fmt.Fprintf(w, `<section data-deck="%d">%s`, st.ID, html.EscapeString(st.Name))
			for _, k := range st.Kids {
				if err == nil {
					err = d.kinds.chip.With(k.ID, k).Render(ctx, w)
				}
			}
			if err == nil {
				_, err = io.WriteString(w, "</section>")
			}
			return err
		}))
	}
	return d.page.Render(st)
}

// writes is a component of a function.
type writes func(ctx context.Context, w io.Writer) error

func (fn writes) Render(ctx context.Context, w io.Writer) error { return fn(ctx, w) }

// Made is the decks of the left side as a component that isn't a template.
func (d desk) Made() liveview.Component {
	return writes(func(ctx context.Context, w io.Writer) error {
		for i, one := range d.Left {
			if i%2 == 1 {
				_, _ = io.WriteString(w, "<hr>") // the writer of a page takes all
			}
			if err := d.kinds.deck.With(one.ID, one).Render(ctx, w); err != nil {
				return err
			}
		}
		return nil
	})
}

// deskKinds are the components of one page.
type deskKinds struct {
	chip *liveview.Live[chipState, chip]
	deck *liveview.Live[deck, deck]
}

// choice is one of all, by chance.
func choice(r *rand.Rand, all ...string) string { return all[r.IntN(len(all))] }

// randomDesk makes up components and a page of them. Each list stands in an element of its
// own: from right behind an element into that one the official client can move nothing.
// It returns their source too.
func randomDesk(r *rand.Rand, h *hits) (*deskKinds, *liveview.Template[desk], string) {
	chips := func() string {
		return choice(r,
			`<b data-chip="{{.ID}}" phx-click="hit" phx-target="{{myself}}">{{.Name}} {{.Hits}}</b>`,
			`<div data-chip="{{.ID}}" id="chip{{.ID}}{{if .On}}on{{end}}"><i>{{.Name}}</i>{{if .On}}<s>{{.Hits}}</s>{{end}}</div>`,
			`<p data-chip="{{.ID}}" class="{{.Name}}">{{if .On}}on{{else}}<q>{{.Hits}}</q>{{end}}{{.Hits}}</p>`,
			`<input data-chip="{{.ID}}" name="c{{.ID}}" value="{{.Name}}" {{if .On}}title="{{.Hits}}"{{end}}>`,
			`<form data-chip="{{.ID}}" id="f{{.ID}}"><input name="i{{.ID}}" value="{{.Name}}"><output>{{.Hits}}</output>{{if .On}}<button>x</button>{{end}}</form>`,
			`<table data-chip="{{.ID}}"><tbody><tr><td>{{.Name}}</td>{{if .On}}<td>{{.Hits}}</td>{{end}}</tr></tbody></table>`)
	}
	decks := func() string {
		root := choice(r, ``, ` id="deck{{.ID}}"`, ` id="deck{{.ID}}{{if .On}}on{{end}}"`, ` class="{{.Name}}"`)
		return `<section data-deck="{{.ID}}"` + root + `>` + choice(r,
			`{{.Name}}{{range .Kids}}{{chip .ID .}}{{end}}`,
			`<ul>{{range .Kids | keyed "ID"}}<li id="k{{.ID}}">{{.Name}}{{chip .ID .}}</li>{{end}}</ul>`,
			`{{range .Kids | keyed "ID"}}{{chip .ID .}}{{else}}<i>none</i>{{end}}{{.Name}}`,
			`{{if .On}}{{range .Kids}}<div>{{chip .ID .}}</div>{{end}}{{else}}<em>{{len .Kids}}</em>{{end}}`,
			`{{range .Kids}}{{if .On}}{{chip .ID .}}{{else}}{{.Name}}{{end}}{{end}}`,
			`{{range $i, $k := .Kids}}{{$i}}{{chip $k.ID $k}}{{end}}`) + `</section>`
	}
	list := func(of, kind string) string {
		return strings.NewReplacer("LIST", of, "KIND", kind).Replace(choice(r,
			`<div>{{range .LIST}}{{KIND .ID .}}{{end}}</div>`,
			`{{range .LIST | keyed "ID"}}{{KIND .ID .}}{{end}}`,
			`<ul>{{range .LIST | keyed "ID"}}<li id="LIST{{.ID}}">{{.Name}}{{KIND .ID .}}</li>{{end}}</ul>`,
			`{{range .LIST}}{{if .On}}<p>{{.Name}}</p>{{end}}{{KIND .ID .}}{{else}}<i>none</i>{{end}}`,
			`{{if .On}}<div>{{range .LIST}}{{KIND .ID .}}{{end}}</div>{{else}}<i>hidden</i>{{end}}`,
			`{{range .LIST | keyed "ID"}}{{if .On}}{{KIND .ID .}}{{else}}<em>{{.Name}}</em>{{end}}{{end}}`,
			`{{range .LIST}}<div>{{template "KIND" .}}</div>{{end}}`))
	}
	var sources []string
	chipPage := func() *liveview.Template[chipState] {
		sources = append(sources, "chip "+chips())
		return liveview.MustParse[chipState](sources[len(sources)-1][5:])
	}
	k := &deskKinds{}
	c := chipLive{page: chipPage(), hits: h, made: r.IntN(4) == 0}
	if r.IntN(2) == 0 {
		c.other = chipPage()
	}
	k.chip = liveview.NewLive[chipState, chip](c)
	deckPage := func() *liveview.Template[deck] {
		sources = append(sources, "deck "+decks())
		return liveview.MustParseSource[deck](liveview.Source{Text: sources[len(sources)-1][5:], Live: map[string]liveview.AnyLive{"chip": k.chip}})
	}
	d := deckLive{page: deckPage(), kinds: k, made: r.IntN(4) == 0}
	if r.IntN(2) == 0 {
		d.other = deckPage()
	}
	k.deck = liveview.NewLive[deck, deck](d)
	left := list("Left", "deck")
	if r.IntN(4) == 0 {
		left = `<div>{{component .Made}}</div>`
	}
	page := `{{define "deck"}}<u>{{deck .ID .}}</u>{{end}}{{define "chip"}}{{chip .ID .}}{{.Name}}{{end}}<h1 data-who="{{.Who}}">{{.Head}}</h1>` +
		`<div>` + left + `</div><div>` + list("Right", "deck") + `</div><div>` + list("Loose", "chip") + `</div>` + choice(r, `<aside>{{with .One}}{{chip .ID .}}{{end}}</aside>`, `{{if .On}}{{with .One}}<p>{{.Name}}</p><div>{{chip .ID .}}</div>{{end}}{{end}}`)
	sources = append(sources, page, fmt.Sprintf("made: chip %v, deck %v", c.made, d.made))
	return k, liveview.MustParseSource[desk](liveview.Source{
		Text: page + `<div id="driver" phx-hook="Driver"></div>`,
		Live: map[string]liveview.AnyLive{"chip": k.chip, "deck": k.deck},
	}), strings.Join(sources, "\n")
}

// randomDesks returns a sequence of states, each made from the one before, or one that
// has been before.
func randomDesks(seed uint64, steps, who int) []desk {
	r := rand.New(rand.NewPCG(seed, 3))
	next := 0
	name := func() string { return []string{"", "a", "b<&>\"'", "long name", "日本"}[r.IntN(5)] }
	newChip := func() chip { next++; return chip{who, int(seed)*1000 + next, name(), r.IntN(2) == 0} }
	newDeck := func() deck {
		next++
		d := deck{Who: who, ID: int(seed)*1000 + next, Name: name(), On: r.IntN(2) == 0}
		for range r.IntN(4) {
			d.Kids = append(d.Kids, newChip())
		}
		return d
	}
	one := newChip()
	s := desk{Who: who, Head: name(), On: true, One: &one}
	for range 1 + r.IntN(3) {
		s.Left, s.Right, s.Loose = append(s.Left, newDeck()), append(s.Right, newDeck()), append(s.Loose, newChip())
	}
	all := []desk{s}
	for len(all) < steps {
		if len(all) > 1 && r.IntN(4) == 0 {
			s = all[r.IntN(len(all))]
			all = append(all, s)
			continue
		}
		s.Left, s.Right, s.Loose = copies(s.Left), copies(s.Right), slices.Clone(s.Loose)
		for range 1 + r.IntN(3) {
			changeDesk(r, &s, newDeck, newChip, name)
		}
		all = append(all, s)
	}
	return all
}

// copies returns decks with lists of their own.
func copies(all []deck) []deck {
	all = slices.Clone(all)
	for i := range all {
		all[i].Kids = slices.Clone(all[i].Kids)
	}
	return all
}

// changeDesk changes something.
func changeDesk(r *rand.Rand, s *desk, newDeck func() deck, newChip func() chip, name func() string) {
	from, to := &s.Left, &s.Right
	if r.IntN(2) == 0 {
		from, to = to, from
	}
	// chips are all lists of them.
	chips := []*[]chip{&s.Loose}
	for _, side := range []*[]deck{from, to} {
		for i := range *side {
			chips = append(chips, &(*side)[i].Kids)
		}
	}
	some, others := chips[r.IntN(len(chips))], chips[r.IntN(len(chips))]
	switch c := r.IntN(12); {
	case c == 0:
		*to = slices.Insert(*to, r.IntN(len(*to)+1), newDeck())
	case c == 1 && len(*from) > 0:
		i := r.IntN(len(*from))
		*from = slices.Delete(*from, i, i+1)
	case c == 2:
		r.Shuffle(len(*to), func(i, j int) { (*to)[i], (*to)[j] = (*to)[j], (*to)[i] })
	case c == 3 && len(*from) > 0:
		i := r.IntN(len(*from))
		d := (*from)[i]
		*from = slices.Delete(*from, i, i+1)
		*to = slices.Insert(*to, r.IntN(len(*to)+1), d)
	case c == 4 && len(*from) > 0:
		d := &(*from)[r.IntN(len(*from))]
		d.On, d.Name = !d.On, name()
	case c == 5:
		*some = append(*some, newChip())
	case c == 6 && some != others && len(*some) > 0:
		i := r.IntN(len(*some))
		moved := (*some)[i]
		*some = slices.Delete(*some, i, i+1)
		*others = slices.Insert(*others, r.IntN(len(*others)+1), moved)
	case c == 7 && len(*some) > 0:
		x := &(*some)[r.IntN(len(*some))]
		x.On, x.Name = !x.On, name()
	case c == 8:
		r.Shuffle(len(*some), func(i, j int) { (*some)[i], (*some)[j] = (*some)[j], (*some)[i] })
	case c == 9:
		s.On, s.Head = !s.On, name()
	case c == 10:
		switch {
		case s.One != nil && r.IntN(2) == 0:
			*some = append(*some, *s.One)
			s.One = nil
		case s.One == nil && len(*some) > 0:
			one := (*some)[0]
			*some, s.One = slices.Delete(*some, 0, 1), &one
		}
	case c == 11:
		*some = nil
	}
}

// deskStep is a step of a sequence: what is entered in a chip, which ones are hit, and
// then the state. Before a hasty step nobody waits for what the one before brings with
// it.
type deskStep struct {
	Seed  uint64 `json:"seed"`
	Step  int    `json:"step"`
	Hit   int    `json:"hit"`
	Enter int    `json:"enter"`
	Text  string `json:"text"`
	Hasty bool   `json:"hasty"`
}

// deskDriver plays sequences as driver does. A look at what a page shows is of all that
// doesn't depend on how the components are numbered; after a step that isn't hasty
// everything counts.
const deskDriver = `
window.look = (el) => {
  const node = (n) => n.nodeType === 3 ? n.data : n.nodeType === 8 ? "<!--" + n.data : [n.localName,
    ...[...n.attributes].filter((a) => !a.name.startsWith("data-phx") && a.name !== "phx-target").map((a) => " " + a.name + "=" + a.value).sort(), ...[...n.childNodes].map(node)];
  return JSON.stringify([...el.childNodes].map(node));
};
window.wrong = "";
window.playDesks = async (sequences, compare) => {
  const seen = [];
  for (const steps of sequences) for (const [i, s] of steps.entries()) {
    const entered = document.querySelector("input[name=c" + s.enter + "], input[name=i" + s.enter + "]");
    if (entered) { entered.focus(); entered.value = s.text }
    if (s.hit && document.querySelector("[data-chip='" + s.hit + "']")) stepIn("[data-chip='" + s.hit + "']");
    const done = step({seed: s.seed, step: s.step});
    if (steps[i + 1]?.hasty) continue;
    await done;
    await step({idle: true});
    await step({idle: true});
    const main = document.querySelector("[data-phx-main]");
    seen.push(snapshot(main));
    const where = "seed " + s.seed + ", step " + s.step + ": ";
    const cids = [...main.querySelectorAll("[data-phx-component]")].map((n) => n.getAttribute("data-phx-component"));
    if (new Set(cids).size !== cids.length) wrong = where + "a component is there twice: " + cids;
    for (const n of main.querySelectorAll("[phx-target]")) if (n.getAttribute("phx-target") !== n.closest("[data-phx-component]").getAttribute("data-phx-component")) wrong = where + n.outerHTML + " has the target of another component";
    if (wrong) return seen;
    if (!compare) continue;
    const html = await (await fetch(location.pathname + "?who=" + document.querySelector("h1").dataset.who + "&seed=" + s.seed + "&step=" + s.step)).text();
    const live = look(main), fresh = look(new DOMParser().parseFromString(html, "text/html").querySelector("[data-phx-main]"));
    if (live !== fresh) wrong = where + "\n" + live + "\nand a fresh page is\n" + fresh;
    if (wrong) return seen;
  }
  return seen;
};`

// Live components are on the page where its state has them, however they have come
// there: nested, moved between lists and between each other, hidden and shown again
// before the browser has forgotten them. liveviewtest shows what Chromium shows.
func TestLiveComponentsWander(t *testing.T) {
	t.Parallel()
	const pages, steps = 16, 7
	sequences := 5
	if *slow {
		sequences = 40
	}
	h := &hits{n: map[[2]int]int{}}
	r := rand.New(rand.NewPCG(21, 22))
	sources := make([]string, pages)
	script := strings.Replace(driver, `this.pushEvent("next", p, resolve));`,
		`this.pushEvent("next", p, resolve));
  window.stepIn = (selector) => this.pushEventTo(selector, "hit", {});`, 1) + deskDriver
	l := newLab(t, script, func(router *gin.Engine) {
		for i := range pages {
			kinds, page, source := randomDesk(r, h)
			sources[i] = source
			show := func(s *liveview.Socket[desk], who, seed, step int) {
				all := randomDesks(uint64(seed), steps, who)
				s.Assign(func(st *desk) {
					*st = all[step]
					st.kinds = kinds
				})
			}
			liveview.Handle(router, fmt.Sprintf("/%d", i), view[desk]{
				page: page,
				mount: func(c *gin.Context, s *liveview.Socket[desk]) error {
					who, _ := strconv.Atoi(c.Query("who")) // of our own making
					s.Assign(func(st *desk) { st.Who = who })
					if seed, err := strconv.Atoi(c.Query("seed")); err == nil {
						step, _ := strconv.Atoi(c.Query("step"))
						show(s, who, seed, step)
					}
					return nil
				},
				event: func(s *liveview.Socket[desk], e liveview.Event) error {
					if e.Int("seed") > 0 {
						show(s, s.State().Who, e.Int("seed"), e.Int("step"))
					}
					return nil
				},
			})
		}
	}, func(c *liveview.Config) { c.EventRate = -1 })
	for i, source := range sources {
		t.Run(fmt.Sprint("page ", i), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(23, uint64(i)))
			plays := map[string][][]deskStep{}
			for k := range sequences {
				seed := uint64(i*sequences + k + 1)
				for _, kind := range []string{"calm", "entered", "hasty"} {
					var play []deskStep
					for step, state := range randomDesks(seed, steps, 0) {
						p := deskStep{Seed: seed, Step: step, Hasty: kind == "hasty" && step > 0 && r.IntN(3) > 0}
						ids := chipIDs(state)
						if len(ids) > 0 && !p.Hasty {
							p.Hit = ids[r.IntN(len(ids))]
							if kind == "entered" {
								p.Enter, p.Text = ids[r.IntN(len(ids))], fmt.Sprint("typed ", step)
							}
						}
						play = append(play, p)
					}
					plays[kind] = append(plays[kind], play)
				}
			}
			who := 10 * i
			for _, kind := range []string{"calm", "entered", "hasty"} {
				who += 2
				path := fmt.Sprintf("/%d?who=", i)
				tb := newPerson(t).open(l.URL + path + strconv.Itoa(who))
				tb.holds("window.step !== undefined")
				arg, err := json.Marshal(plays[kind])
				if err != nil {
					t.Fatal(err)
				}
				want := eval[[]string](tb, fmt.Sprintf("playDesks(%s, %v)", arg, kind != "entered"))
				if wrong := eval[string](tb, "wrong"); wrong != "" {
					frames := tb.sent()
					t.Fatalf("%s: the live page is, with %s\nof\n%s\nand the server had sent\n%s", kind, wrong, source, strings.Join(frames[max(0, len(frames)-8):], "\n"))
				}
				if kind == "hasty" {
					continue
				}
				v := liveviewtest.Open(t, l.Config.Handler, path+strconv.Itoa(who+1))
				compareDesks(t, v, kind, source, plays[kind], want)
			}
		})
	}
}

// chipIDs returns the ids of all chips of a desk.
func chipIDs(s desk) (ids []int) {
	if s.One != nil {
		ids = append(ids, s.One.ID)
	}
	for _, all := range [][]deck{{{Kids: s.Loose}}, s.Left, s.Right} {
		for _, d := range all {
			for _, k := range d.Kids {
				ids = append(ids, k.ID)
			}
		}
	}
	return ids
}

// whose finds whose page it is.
var whose = regexp.MustCompile(`," data-who=\d+"`)

// compareDesks plays sequences in liveviewtest, and holds against it what Chromium
// showed.
func compareDesks(t *testing.T, v *liveviewtest.View, kind, source string, plays [][]deskStep, want []string) {
	t.Helper()
	n := 0
	for _, play := range plays {
		for _, p := range play {
			if field := fmt.Sprintf("input[name=c%d], input[name=i%d]", p.Enter, p.Enter); v.Has(field) {
				v.Change(field, p.Text)
			}
			if hit := fmt.Sprintf("[data-chip='%d']", p.Hit); v.Has(hit) {
				v.Hook("#driver").PushTo(hit, "hit", nil)
			}
			v.Hook("#driver").Push("next", map[string]any{"seed": p.Seed, "step": p.Step})
			if got, want := whose.ReplaceAllString(goSnapshot(v), ""), whose.ReplaceAllString(want[n], ""); got != want {
				at := 0
				for at < min(len(got), len(want)) && got[at] == want[at] {
					at++
				}
				t.Fatalf("%s, %+v:\nliveviewtest …%.300s\nChromium     …%.300s\nof\n%s",
					kind, p, got[max(0, at-150):], want[max(0, at-150):], source)
			}
			n++
		}
	}
}
