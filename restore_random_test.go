package liveview_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
	"github.com/gin-liveview/liveview/pubsub"
	"github.com/gin-liveview/liveview/store"
)

// wander is the state of a page that goes from process to process.
type wander struct {
	Count  int
	Open   bool
	Hidden int // is shown when Open
	Heard  int // infos, by this visitor's page
	Names  []string
	Rows   int // of List, the visitor's own
	Text   string

	Total     int // what all share
	Tab, Path string

	List   liveview.Stream[savedRow]
	Temp   []string
	Kid    *liveview.Nested `cbor:"-"`
	Bare   *liveview.Nested `cbor:"-"`
	Player *liveview.Sticky `cbor:"-"`
}

// wanderKind is what a page does to outlive its connection and its process.
type wanderKind struct {
	name              string
	streams           bool // it has a stream, and lets data go
	reloads, restores bool
}

var wanderKinds = []wanderKind{
	{name: "kept"}, // as it is, and no longer than its process
	{name: "kept and restored", restores: true},
	{name: "reloaded", streams: true, reloads: true},
	{name: "reloaded and restored", streams: true, reloads: true, restores: true},
	{name: "restored only", streams: true, restores: true},
}

// tallyCard is a live component.
type tallyCard struct {
	Name string
	N    int
}

type tallyCards struct{}

func (tallyCards) Update(s *liveview.Socket[tallyCard], name string) error {
	s.Assign(func(c *tallyCard) { c.Name = name })
	return nil
}

func (tallyCards) HandleEvent(s *liveview.Socket[tallyCard], _ liveview.Event) error {
	s.Assign(func(c *tallyCard) { c.N++ })
	return nil
}

var tallyCardPage = liveview.MustParse[tallyCard](`<b id="plain-{{.Name}}" phx-click="n" phx-target="{{myself}}">{{.N}}</b>`)

func (tallyCards) Render(c tallyCard) liveview.Rendered { return tallyCardPage.Render(c) }

// restoredCards is tallyCards whose states outlive their process.
type restoredCards struct{ tallyCards }

var restoredCardPage = liveview.MustParse[tallyCard](`<b id="card-{{.Name}}" phx-click="n" phx-target="{{myself}}">{{.N}}</b>`)

func (restoredCards) Render(c tallyCard) liveview.Rendered { return restoredCardPage.Render(c) }

func (restoredCards) Restore(s *liveview.Socket[tallyCard], saved tallyCard) error {
	s.Assign(func(c *tallyCard) { c.N = saved.N })
	return nil
}

// wanderKid is a view within the page.
type wanderKid struct{ Count int }

type bareKid struct{}

func (bareKid) HandleEvent(s *liveview.Socket[wanderKid], _ liveview.Event) error {
	s.Assign(func(k *wanderKid) { k.Count++ })
	return nil
}

var wanderKidPage = liveview.MustParse[wanderKid](`<button phx-click="inc">{{.Count}}</button>`)

func (bareKid) Render(k wanderKid) liveview.Rendered { return wanderKidPage.Render(k) }

type restoredKid struct{ bareKid }

func (restoredKid) Restore(s *liveview.Socket[wanderKid], saved wanderKid) error {
	s.Assign(func(k *wanderKid) { k.Count = saved.Count })
	return nil
}

var (
	wanderCards = liveview.NewLive[tallyCard, string](restoredCards{})
	plainCards  = liveview.NewLive[tallyCard, string](tallyCards{})

	// wanderPlayer is on all pages.
	wanderPlayer = liveview.NewSticky("player", restoredKid{})

	wanderNames = [][]string{{"a", "b"}, {"b", "c"}, {"a", "b", "c"}, {"c"}}

	wanderPages = map[bool]*liveview.Template[wander]{false: wanderPageOf(""), true: wanderPageOf(
		`<p id="temp">{{range .Temp}}{{.}} {{end}}</p><ul id="rows" phx-update="stream">{{range $id, $r := .List.All}}<li id="{{$id}}">{{$r.ID}}</li>{{end}}</ul>`)}
)

func wanderPageOf(lists string) *liveview.Template[wander] {
	buttons := ""
	for _, name := range []string{"inc", "hide", "open", "names", "row"} {
		buttons += fmt.Sprintf(`<button id=%q phx-click=%[1]q>%[1]s</button>`, name)
	}
	return liveview.MustParseSource[wander](liveview.Source{
		Live: map[string]liveview.AnyLive{"card": wanderCards, "plain": plainCards},
		Text: `<p id="own">{{.Count}} {{.Heard}} {{.Rows}} {{if .Open}}open {{.Hidden}}{{end}}</p><p id="sure">{{.Total}} {{.Path}} {{.Tab}}</p>` + lists + buttons +
			`{{range .Names}}<div>{{card . .}}{{plain . .}}</div>{{end}}
			<form id="f" phx-change="text"><input name="text" value="{{.Text}}"></form>
			{{range tabs}}<a id="tab-{{.}}" {{patch $.Path "tab" .}}>{{.}}</a>{{end}}
			<section>{{component .Kid}}</section><section>{{component .Bare}}</section><section>{{component .Player}}</section>`,
		Funcs: map[string]any{"tabs": func() []string { return []string{"1", "2", "3"} }},
	})
}

// newsItem is published: the nth of all.
type newsItem int

func init() { pubsub.Register[newsItem]("newsItem") }

// published is what the nodes share: a database's part.
type published struct{ n atomic.Int64 }

type wanderView struct {
	kind wanderKind
	db   *published
}

func (v wanderView) Mount(_ *gin.Context, s *liveview.Socket[wander]) error {
	if _, err := s.Subscribe("news"); err != nil {
		return err
	}
	s.PageTitle("0")
	s.Assign(func(st *wander) {
		st.Total, st.Names = int(v.db.n.Load()), wanderNames[0]
		st.Kid, st.Bare, st.Player = liveview.Nest("kid", restoredKid{}), liveview.Nest("bare", bareKid{}), wanderPlayer
	})
	return v.load(s)
}

// load loads what the server hasn't got once it is shown.
func (v wanderView) load(s *liveview.Socket[wander]) error {
	if !v.kind.streams {
		return nil
	}
	s.Assign(func(st *wander) {
		st.Temp = []string{"one", "two"}
		st.List.Reset(rowsUpTo(st.Rows))
	})
	s.TempAssign(func(st *wander) { st.Temp = nil })
	return nil
}

func rowsUpTo(n int) (rows []savedRow) {
	for i := range n + 1 {
		rows = append(rows, savedRow{strconv.Itoa(i)})
	}
	return rows
}

func (v wanderView) HandleParams(c *gin.Context, s *liveview.Socket[wander]) error {
	s.Assign(func(st *wander) { st.Tab, st.Path = c.Query("tab"), c.Request.URL.Path })
	return nil
}

func (v wanderView) HandleEvent(s *liveview.Socket[wander], e liveview.Event) error {
	s.Assign(func(st *wander) {
		switch e.Name {
		case "inc":
			st.Count++
		case "hide":
			st.Hidden++
		case "open":
			st.Open = !st.Open
		case "names":
			i := slices.IndexFunc(wanderNames, func(names []string) bool { return slices.Equal(names, st.Names) })
			st.Names = wanderNames[(i+1)%len(wanderNames)]
		case "row":
			st.Rows++
			if v.kind.streams {
				st.List.Insert(savedRow{strconv.Itoa(st.Rows)})
			}
		case "text":
			st.Text = e.Value("text")
		}
	})
	if e.Name == "inc" {
		s.PageTitle(strconv.Itoa(s.State().Count))
	}
	return nil
}

func (v wanderView) HandleInfo(s *liveview.Socket[wander], info any) error {
	switch n := info.(type) {
	case newsItem:
		s.Assign(func(st *wander) { st.Heard++; st.Total = max(st.Total, int(n)) })
	case liveview.Missed:
		s.Assign(func(st *wander) { st.Total = int(v.db.n.Load()) })
	}
	return nil
}

func (v wanderView) Render(st wander) liveview.Rendered {
	return wanderPages[v.kind.streams].Render(st)
}

type restoredWander struct{ wanderView }

func (v restoredWander) Restore(s *liveview.Socket[wander], saved wander) error {
	s.Assign(func(st *wander) {
		st.Count, st.Open, st.Hidden, st.Heard, st.Names, st.Rows, st.Text = saved.Count, saved.Open, saved.Hidden, saved.Heard, saved.Names, saved.Rows, saved.Text
	})
	return v.load(s)
}

type reloadedWander struct{ wanderView }

func (v reloadedWander) Reload(s *liveview.Socket[wander]) error { return v.load(s) }

type bothWander struct{ restoredWander }

func (v bothWander) Reload(s *liveview.Socket[wander]) error { return v.load(s) }

func (k wanderKind) view(db *published) liveview.View[wander] {
	switch v := (wanderView{k, db}); {
	case k.reloads && k.restores:
		return bothWander{restoredWander{v}}
	case k.reloads:
		return reloadedWander{v}
	case k.restores:
		return restoredWander{v}
	default:
		return v
	}
}

// wanderNode is a process.
type wanderNode struct {
	handler http.Handler
	app     *liveview.App
	kill    func()
	retired bool // it was told to end
}

// mortalStore is what a node has of a store.
type mortalStore struct {
	store.Store
	dead atomic.Bool
}

func (m *mortalStore) Save(ctx context.Context, entries []store.Entry) error {
	if m.dead.Load() {
		return nil
	}
	return m.Store.Save(ctx, entries)
}

func (m *mortalStore) Delete(ctx context.Context, keys []string) error {
	if m.dead.Load() {
		return nil
	}
	return m.Store.Delete(ctx, keys)
}

// wanderOwn is what a page has that is its visitor's.
type wanderOwn struct {
	Count, Heard, Hidden, Rows, Names int
	Open                              bool
	Cards                             map[string]int // of what restoredCards shows
}

func (o wanderOwn) shown() string {
	s := fmt.Sprintf("%d %d %d", o.Count, o.Heard, o.Rows)
	if o.Open {
		s += fmt.Sprintf(" open %d", o.Hidden)
	}
	for _, name := range wanderNames[o.Names] {
		s += fmt.Sprintf(" %s%d", name, o.Cards[name])
	}
	return s
}

// past is what something was, and from when on.
type pastOf[S any] struct {
	now S
	log []stamped[S]
}

type stamped[S any] struct {
	at time.Time
	s  S
}

func (p *pastOf[S]) set(s S) {
	p.now = s
	p.log = append(p.log, stamped[S]{time.Now(), s})
}

// since returns what it has been since t.
func (p *pastOf[S]) since(t time.Time) (all []S) {
	from := 0
	for i, l := range p.log {
		if !l.at.After(t) {
			from = i
		}
	}
	for _, l := range p.log[from:] {
		all = append(all, l.s)
	}
	return all
}

// wanderPage is what the model knows of a page.
type wanderPage struct {
	v         *liveviewtest.View
	node      *wanderNode // that has its views
	path, tab string
	text      string
	lost      time.Time   // when; zero for a page that is live
	lostAt    *wanderNode // nil if that is gone
	server    int         // of that, which it was lost at

	own       pastOf[wanderOwn]
	plain     map[string]int
	kid, song pastOf[int] // song is that of the sticky view
	bare      int
}

func (p *wanderPage) begin() {
	p.own, p.plain = pastOf[wanderOwn]{}, map[string]int{}
	p.own.set(wanderOwn{Cards: map[string]int{}})
	p.kid, p.bare = pastOf[int]{}, 0
	p.kid.set(0)
}

func (p *wanderPage) change(f func(o *wanderOwn)) {
	o := p.own.now
	o.Cards = maps.Clone(o.Cards)
	f(&o)
	for name := range o.Cards {
		if !slices.Contains(wanderNames[o.Names], name) {
			delete(o.Cards, name)
		}
	}
	for name := range p.plain {
		if !slices.Contains(wanderNames[o.Names], name) {
			delete(p.plain, name)
		}
	}
	p.own.set(o)
}

// program is a run of random steps.
type program struct {
	t      *testing.T
	random *rand.Rand
	kind   wanderKind
	db     published
	store  *memoryStore // nil for none
	line   *line        // nil for none
	nodes  []*wanderNode
	at     *wanderNode // that answers
	b      *liveviewtest.Session
	server int // of that one: each time that the browser comes to it, it has another
	pages  []*wanderPage
	steps  []string
	began  time.Time // the last of them
	log    lockedText
}

func (p *program) node() *wanderNode {
	n := &wanderNode{}
	var kills []func()
	config := liveview.Config{Secret: liveview.NewSecret("0123456789abcdef0123456789abcdef"), Logger: slog.New(slog.NewTextHandler(&p.log, nil))}
	if p.line != nil {
		bus, kill := p.line.mortalBus(p.t)
		config.PubSub = bus
		kills = append(kills, kill)
	}
	if p.store != nil {
		m := &mortalStore{Store: p.store}
		config.Store = m
		kills = append(kills, func() { m.dead.Store(true) })
	}
	n.kill = func() {
		for _, kill := range kills {
			kill()
		}
	}
	n.app = liveview.New(config)
	r := gin.New()
	r.Use(n.app.Middleware())
	g := r.Group("", wanderPlayer.Middleware())
	view := p.kind.view(&p.db)
	liveview.Handle(g, "/a", view)
	liveview.Handle(g, "/b", view)
	n.handler = r
	p.nodes = append(p.nodes, n)
	return n
}

func (p *program) fatal(format string, args ...any) {
	p.t.Helper()
	p.t.Fatalf(format, args...)
}

// expect holds the page against the model.
func (p *program) expect(page *wanderPage) {
	p.t.Helper()
	synctest.Wait()
	page.v.WaitIdle()
	if got, want := page.shown(), page.own.now.shown(); got != want {
		p.fatal("the page shows %q, want %q", got, want)
	}
	var plain []string
	for _, name := range wanderNames[page.own.now.Names] {
		plain = append(plain, page.v.Text("#plain-"+name))
		if got, want := plain[len(plain)-1], strconv.Itoa(page.plain[name]); got != want {
			p.fatal("#plain-%s shows %s, want %s", name, got, want)
		}
	}
	for selector, want := range map[string]int{"#kid": page.kid.now, "#bare": page.bare, "#player": page.song.now} {
		if got := page.v.Child(selector).Text("button"); got != strconv.Itoa(want) {
			p.fatal("%s shows %s, want %d", selector, got, want)
		}
	}
	p.expectSure(page)
	if got, want := page.v.Title(), strconv.Itoa(page.own.now.Count); got != want {
		p.fatal("the title is %q, want %q", got, want)
	}
}

// expectSure holds against the model what is as it is, whatever happens.
func (p *program) expectSure(page *wanderPage) {
	p.t.Helper()
	if got, want := page.v.Text("#sure"), strings.TrimSpace(fmt.Sprintf("%d %s %s", p.db.n.Load(), page.path, page.tab)); got != want {
		p.fatal("what all share is %q, want %q", got, want)
	}
	if got := page.v.Value("#f [name=text]"); got != page.text {
		p.fatal("the text is %q, want %q", got, page.text)
	}
	if p.kind.streams {
		if got := page.v.Text("#temp"); got != "one two" {
			p.fatal("#temp is %q", got)
		}
		rows := 0
		_, _ = fmt.Sscan(page.v.Text("#own"), new(int), new(int), &rows)
		want := ""
		for i := range rows + 1 {
			want += strconv.Itoa(i)
		}
		if got := strings.Join(strings.Fields(page.v.Text("#rows")), ""); got != want {
			p.fatal("the rows are %q, want %q", got, want)
		}
	}
}

func (p *wanderPage) shown() string {
	s := p.v.Text("#own")
	for _, name := range []string{"a", "b", "c"} {
		if p.v.Has("#card-" + name) {
			s += " " + name + p.v.Text("#card-"+name)
		}
	}
	return s
}

// How a page comes back.
const (
	backKept   = iota // to its views
	backSaved         // to what was saved of them, when they ended
	backStored        // to what the store has of them
	backFresh         // to nothing, or to what the page has from a process before
)

// rejoined has the model follow a page that has come back.
func (p *program) rejoined(page *wanderPage, how int) {
	p.t.Helper()
	synctest.Wait()
	page.v.WaitIdle()
	keptOn := how == backKept
	since := page.lost.Add(-time.Second)
	if page.lost.IsZero() {
		since = p.began.Add(-time.Second)
	}
	page.lost = time.Time{}
	if keptOn && p.kind.streams && !p.kind.reloads {
		how = backSaved
	}
	if how != backKept {
		page.plain = map[string]int{}
	}
	if how != backKept && !keptOn {
		page.bare = 0
	}
	page.bare = p.either(page, "#bare", page.bare, how == backSaved && keptOn)
	fresh := wanderOwn{Cards: map[string]int{}}
	switch how {
	case backKept:
	case backSaved:
		if !p.kind.restores { // but the components are
			for _, name := range wanderNames[0] {
				if n := page.own.now.Cards[name]; n != 0 {
					fresh.Cards[name] = n
				}
			}
			page.own.set(fresh)
		}
	default:
		if !strings.Contains(page.v.Text("#own"), "open") {
			page.v.Click("#open")
		}
		var all []wanderOwn
		among := page.own.since(since)
		if how == backFresh {
			among = []wanderOwn{fresh}
			for _, l := range page.own.log {
				among = append(among, l.s)
			}
		}
		for _, o := range among {
			if !p.kind.restores {
				o = wanderOwn{Cards: o.Cards}
			}
			o.Open = true
			all = append(all, o)
			if p.line != nil || how != backStored {
				continue
			}
			// Without a broker a process doesn't learn that the page has gone to another one:
			// it hears on, and saves that for as long as it knows of nothing newer. That may be
			// more than the page has heard where it was lost, as its own process was told to end.
			for o.Heard < int(p.db.n.Load()) {
				o.Heard++
				all = append(all, o)
			}
		}
		p.adopt(page, &page.own, all, page.shown(), wanderOwn.shown)
		for selector, tally := range map[string]*pastOf[int]{"#kid": &page.kid, "#player": &page.song} {
			all := tally.since(since)
			if how == backFresh {
				all = []int{0}
				for _, l := range tally.log {
					all = append(all, l.s)
				}
			}
			adoptInt(p, page, selector, tally, all)
		}
	}
	p.expect(page)
}

func adoptInt(p *program, page *wanderPage, selector string, tally *pastOf[int], all []int) {
	p.t.Helper()
	got := page.v.Child(selector).Text("button")
	i := slices.IndexFunc(all, func(n int) bool { return strconv.Itoa(n) == got })
	if i < 0 {
		p.fatal("%s shows %s, want one of %v", selector, got, all)
	}
	tally.set(all[i])
}

// adopt takes that of all to be what the page is which shows what it shows.
func (p *program) adopt(page *wanderPage, past *pastOf[wanderOwn], all []wanderOwn, shows string, shown func(wanderOwn) string) {
	p.t.Helper()
	var texts []string
	for i := len(all) - 1; i >= 0; i-- {
		if shown(all[i]) == shows {
			past.set(all[i])
			page.change(func(*wanderOwn) {})
			return
		}
		texts = append(texts, shown(all[i]))
	}
	p.fatal("the page shows %q, want one of %q", shows, texts)
}

// either returns what the view within the page shows, which is n or, if it may be, 0.
func (p *program) either(page *wanderPage, selector string, n int, mayBeFresh bool) int {
	p.t.Helper()
	if mayBeFresh && page.v.Child(selector).Text("button") == "0" {
		return 0
	}
	return n
}

// live returns the pages that have a socket.
func (p *program) live() (all []*wanderPage) {
	for _, page := range p.pages {
		if page.lost.IsZero() {
			all = append(all, page)
		}
	}
	return all
}

func (p *program) open() {
	page := &wanderPage{v: p.b.Open("/a"), path: "/a", node: p.at}
	page.begin()
	page.song.set(0)
	p.pages = append(p.pages, page)
	p.expect(page)
}

// back has a page come back that was lost.
func (p *program) back(page *wanderPage) {
	p.t.Helper()
	page.v.Reconnect()
	how := backKept
	switch {
	case page.node == p.at && page.lostAt != nil:
	case page.lostAt != nil && p.line != nil && !page.node.retired:
		how = backSaved
	case p.store != nil:
		how = backStored
	default:
		how = backFresh
	}
	page.node = p.at
	p.rejoined(page, how)
}

// moved has the model follow all live pages, which have come to another process.
func (p *program) moved(to *wanderNode, how int) {
	p.t.Helper()
	p.at = to
	p.server++
	for _, page := range p.live() {
		page.node = to
	}
	for _, page := range p.live() {
		p.rejoined(page, how)
	}
}

func (p *program) publish() {
	p.t.Helper()
	n := newsItem(p.db.n.Add(1))
	for _, node := range p.nodes {
		if node == p.at || p.line == nil && !node.retired { // without a broker they hear of it in another way
			if err := node.app.Publish("news", n); err != nil {
				p.fatal("%v", err)
			}
		}
	}
	synctest.Wait()
	for _, page := range p.pages {
		if page.lost.IsZero() || page.lostAt != nil && !page.node.retired && (!p.kind.streams || p.kind.reloads) {
			page.change(func(o *wanderOwn) { o.Heard++ })
		}
	}
}

func (p *program) step() {
	p.t.Helper()
	for _, page := range p.pages {
		if !page.lost.IsZero() && time.Since(page.lost) > 40*time.Second {
			p.steps = append(p.steps, "back")
			p.back(page)
		}
	}
	time.Sleep(time.Millisecond) // of the bubble's clock: whatever happens takes time
	p.began = time.Now()
	live := p.live()
	if len(live) == 0 {
		i := p.random.IntN(len(p.pages))
		p.steps = append(p.steps, fmt.Sprint("back:", i))
		p.back(p.pages[i])
		return
	}
	page := live[p.random.IntN(len(live))]
	i := slices.Index(p.pages, page)
	note := func(format string, args ...any) {
		p.steps = append(p.steps, fmt.Sprintf(format, args...)+fmt.Sprint(":", i))
	}
	switch n := p.random.IntN(26); n {
	case 0, 1:
		note("inc")
		page.v.Click("#inc")
		page.change(func(o *wanderOwn) { o.Count++ })
	case 2, 3:
		note("hide")
		page.v.Click("#hide")
		page.change(func(o *wanderOwn) { o.Hidden++ })
	case 4:
		note("open")
		page.v.Click("#open")
		page.change(func(o *wanderOwn) { o.Open = !o.Open })
	case 5:
		note("names")
		page.v.Click("#names")
		page.change(func(o *wanderOwn) { o.Names = (o.Names + 1) % len(wanderNames) })
	case 6:
		note("row")
		page.v.Click("#row")
		page.change(func(o *wanderOwn) { o.Rows++ })
	case 7:
		note("text")
		page.text += string(rune('a' + p.random.IntN(26)))
		page.v.Change("#f", "text", page.text)
	case 8, 9:
		names := wanderNames[page.own.now.Names]
		name := names[p.random.IntN(len(names))]
		note("card-%s", name)
		page.v.Click("#card-" + name)
		page.change(func(o *wanderOwn) { o.Cards[name]++ })
		page.v.Click("#plain-" + name)
		page.plain[name]++
	case 10:
		note("kid")
		page.v.Child("#kid").Click("button")
		page.kid.set(page.kid.now + 1)
	case 11:
		note("bare")
		page.v.Child("#bare").Click("button")
		page.bare++
	case 12:
		note("sticky")
		page.v.Child("#player").Click("button")
		page.song.set(page.song.now + 1)
	case 13, 14:
		note("publish")
		p.publish()
	case 15:
		tab := strconv.Itoa(1 + p.random.IntN(3))
		note("tab-%s", tab)
		page.v.Click("#tab-" + tab)
		page.tab = tab
	case 16:
		d := time.Duration(p.random.IntN(2000)) * time.Millisecond
		note("sleep-%v", d)
		time.Sleep(d) // of the bubble's clock
	case 17:
		note("drop")
		for _, page := range live {
			page.v.Disconnect()
			page.v.Reconnect()
			p.rejoined(page, backKept)
		}
	case 18, 19:
		note("lose")
		page.v.Disconnect()
		synctest.Wait()
		page.lost, page.lostAt, page.server = time.Now(), page.node, p.server
	case 20:
		for i, page := range p.pages {
			if !page.lost.IsZero() {
				p.steps = append(p.steps, fmt.Sprint("back:", i))
				p.back(page)
				break
			}
		}
	case 21:
		note("restart")
		page.v.Restart()
		p.lose(func(page *wanderPage) bool { return page.server == p.server })
		p.moved(p.at, backSaved)
	case 22:
		note("deploy")
		old, next := p.at, p.node()
		page.v.RestartAs(next.handler)
		old.kill() // also what else it served
		old.retired = true
		p.lose(func(page *wanderPage) bool { return page.node == old })
		p.moved(next, backSaved)
	case 23, 24:
		var others []*wanderNode
		for _, n := range p.nodes {
			if n != p.at && !n.retired {
				others = append(others, n)
			}
		}
		var next *wanderNode
		if len(others) == 0 || len(p.nodes) < 3 {
			next = p.node()
		} else {
			next = others[p.random.IntN(len(others))]
		}
		note("hop-%d", slices.Index(p.nodes, next))
		page.v.Hop(next.handler)
		how := backSaved
		if p.line == nil {
			how = backStored
			if p.store == nil {
				how = backFresh
			}
		}
		p.moved(next, how)
	default:
		note("kill")
		p.at.kill()
		p.at.retired = true
		p.lose(func(page *wanderPage) bool { return page.node == p.at })
		next := p.node()
		page.v.Hop(next.handler)
		how := backFresh
		if p.store != nil {
			how = backStored
		}
		p.moved(next, how)
	}
	if page.lost.IsZero() {
		p.expect(page)
	}
}

// lose has the model follow the pages that are lost, and whose views end with their
// process.
func (p *program) lose(ended func(*wanderPage) bool) {
	for _, page := range p.pages {
		if page.lostAt != nil && !page.lost.IsZero() && ended(page) {
			page.lostAt = nil
		}
	}
}

// Whatever happens to a page, its connections and its processes, it shows afterwards what
// its visitor had come to: all of it, but for the last second where a process was killed.
func TestPagesWander(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	t.Cleanup(func() { gin.SetMode(gin.TestMode) })
	seed := rand.Uint64()
	for i := range uint64(oneOf(60, 10_000)) {
		ok := t.Run("", func(t *testing.T) { wanderAtRandom(t, seed, i) })
		if !ok {
			return
		}
	}
}

func wanderAtRandom(t *testing.T, seed, nth uint64) {
	synctest.Test(t, func(t *testing.T) {
		p := &program{t: t, random: rand.New(rand.NewPCG(seed, nth))} //nolint:gosec // a test's
		p.kind = wanderKinds[p.random.IntN(len(wanderKinds))]
		if p.random.IntN(3) > 0 {
			p.store = newMemoryStore()
		}
		if p.random.IntN(2) > 0 {
			p.line = &line{}
		}
		p.steps = []string{fmt.Sprintf("seed %d, %d: %s, store %t, broker %t:", seed, nth, p.kind.name, p.store != nil, p.line != nil)}
		t.Cleanup(func() {
			if t.Failed() {
				t.Logf("after %s\nlog: %s", strings.Join(p.steps, " "), p.log.String())
			}
		})
		p.at = p.node()
		p.b = liveviewtest.NewSession(t, p.at.handler)
		for range 1 + p.random.IntN(2) {
			p.open()
		}
		for range 25 {
			p.step()
		}
		for _, page := range p.pages {
			if !page.lost.IsZero() {
				p.back(page)
			}
		}
	})
}

// What a page hears while its connection is lost is stored as all of its state is.
func TestStateOfAKeptPageIsStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &program{t: t, kind: wanderKind{name: "kept and restored", restores: true}, store: newMemoryStore(), began: time.Now()}
		p.at = p.node()
		p.b = liveviewtest.NewSession(t, p.at.handler)
		p.open()
		page := p.pages[0]
		page.v.Disconnect()
		synctest.Wait()
		page.lost, page.lostAt = time.Now(), p.at
		p.publish()
		time.Sleep(2 * time.Second) // of the bubble's clock: more than a crash may cost
		p.back(page)
		p.at.kill()
		next := p.node()
		page.v.Hop(next.handler)
		p.began = time.Now()
		p.moved(next, backStored)
	})
}
