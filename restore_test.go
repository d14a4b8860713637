package liveview_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
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

// Card is the state of a live component that outlives its process.
type savedCard struct {
	Name string
	Open bool
	N    int
}

type savedCards struct{ fails *string }

func (savedCards) Update(s *liveview.Socket[savedCard], name string) error {
	s.Assign(func(c *savedCard) { c.Name = name })
	return nil
}

func (savedCards) HandleEvent(s *liveview.Socket[savedCard], e liveview.Event) error {
	s.Assign(func(c *savedCard) { c.N++; c.Open = !c.Open })
	return nil
}

func (v savedCards) Restore(s *liveview.Socket[savedCard], saved savedCard) error {
	if v.fails != nil && *v.fails == saved.Name {
		s.Assign(func(c *savedCard) { c.N = 999 })
		return errors.New("as asked")
	}
	s.Assign(func(c *savedCard) { c.Open, c.N = saved.Open, saved.N })
	return nil
}

var savedCardPage = liveview.MustParse[savedCard](`<div id="card-{{.Name}}"><button id="open-{{.Name}}" phx-click="open" phx-target="{{myself}}">{{.Name}} {{.N}} {{.Open}}</button></div>`)

func (savedCards) Render(c savedCard) liveview.Rendered { return savedCardPage.Render(c) }

type savedRow struct{ ID string }

// restoredState is a state of everything that a page may have.
type restoredState struct {
	Names  []string // loaded by Mount
	Count  int
	Own    string
	Seen   []string
	Load   liveview.Async[string]
	Rows   liveview.Stream[savedRow]
	cached int `cbor:"-"`
}

type restoredApp struct {
	secret  string
	user    string
	fail    func(saved restoredState) error
	names   []string
	pubsub  liveview.PubSub
	log     io.Writer
	max     int
	store   store.Store
	mounted *[]string
	mu      *sync.Mutex
	cards   *liveview.Live[savedCard, string]
	with    func(r *gin.Engine)
}

func (a restoredApp) note(text string) {
	if a.mounted != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		*a.mounted = append(*a.mounted, text)
	}
}

func (a restoredApp) handler() http.Handler {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	if a.secret == "" {
		a.secret = "0123456789abcdef0123456789abcdef"
	}
	if a.names == nil {
		a.names = []string{"a", "b"}
	}
	if a.log == nil {
		a.log = os.Stderr
	}
	a.cards = liveview.NewLive[savedCard, string](savedCards{})
	r.Use(liveview.Middleware(liveview.Config{
		Secret: liveview.NewSecret(a.secret), PubSub: a.pubsub, Logger: slog.New(slog.NewTextHandler(a.log, nil)), MaxStateBytes: a.max, Store: a.store,
	}))
	if a.user != "" {
		r.Use(func(c *gin.Context) { liveview.Identify(c, a.user) })
	}
	if a.with != nil {
		a.with(r)
	}
	page := liveview.MustParseSource[restoredState](liveview.Source{
		Live: map[string]liveview.AnyLive{"card": a.cards},
		Text: `<p id="names">{{range .Names}}{{.}} {{end}}</p><p id="count">{{.Count}}</p><p id="own">{{.Own}}</p><p id="seen">{{range .Seen}}{{.}} {{end}}</p>
			<p id="load">{{.Load.Value}}</p><ul id="rows" phx-update="stream">{{range $id, $r := .Rows.All}}<li id="{{$id}}">{{$r.ID}}</li>{{end}}</ul>
			{{range .Names}}{{card . .}}{{end}}<button id="inc" phx-click="inc">+</button><button id="big" phx-click="big">big</button><button id="crash" phx-click="crash">!</button>`,
	})
	liveview.Handle(r, "/", liveview.ViewFuncs[restoredState]{
		Template: page,
		Mount: func(_ *gin.Context, s *liveview.Socket[restoredState]) error {
			if s.Connected() {
				a.note("mount")
			}
			if _, err := s.Subscribe("news"); err != nil {
				return err
			}
			s.Assign(func(st *restoredState) {
				st.Names = a.names
				st.cached = 5
				st.Rows.Insert(savedRow{a.names[0]})
			})
			return nil
		},
		Events: liveview.Events[restoredState]{
			"inc": func(s *liveview.Socket[restoredState], _ liveview.Event) error {
				s.Assign(func(st *restoredState) { st.Count++; st.Own += "x" })
				return nil
			},
			"big": func(s *liveview.Socket[restoredState], _ liveview.Event) error {
				s.Assign(func(st *restoredState) { st.Own = strings.Repeat("y", 300_000) })
				return nil
			},
			"crash": func(*liveview.Socket[restoredState], liveview.Event) error { panic("as asked") },
		},
		Info: func(s *liveview.Socket[restoredState], info any) error {
			s.Assign(func(st *restoredState) { st.Seen = append(st.Seen, fmt.Sprintf("%T", info)) })
			return nil
		},
		Restore: func(s *liveview.Socket[restoredState], saved restoredState) error {
			a.note(fmt.Sprintf("restore %d with %v", saved.Count, saved.cached))
			if a.fail != nil {
				s.Assign(func(st *restoredState) { st.Count = 999 })
				if err := a.fail(saved); err != nil {
					return err
				}
			}
			s.Assign(func(st *restoredState) { st.Count, st.Own, st.Seen = saved.Count, saved.Own, saved.Seen })
			return nil
		},
	})
	return r
}

func wants(t *testing.T, v *liveviewtest.View, texts map[string]string) {
	t.Helper()
	for selector, want := range texts {
		if got := v.Text(selector); got != want {
			t.Errorf("%s is %q, want %q", selector, got, want)
		}
	}
}

// A page that joins another process has what was its visitor's, and what all share is as it
// is there: of the view, and of its live components.
func TestStateOutlivesItsProcess(t *testing.T) {
	var notes []string
	a := restoredApp{mounted: &notes, mu: &sync.Mutex{}}
	v := liveviewtest.Open(t, a.handler(), "/")
	v.Click("#inc")
	v.Click("#inc")
	v.Click("#open-b")
	a.names = []string{"b", "c", "a"}
	v.RestartAs(a.handler())
	wants(t, v, map[string]string{
		"#names": "b c a", "#count": "2", "#own": "xx", "#rows": "b",
		"#open-a": "a 0 false", "#open-b": "b 1 true", "#open-c": "c 0 false",
	})
	v.WaitForText("#seen", "pubsub.Missed") // of what was published meanwhile
	if got, want := strings.Join(notes, ", "), "mount, mount, restore 2 with 5"; got != want {
		t.Errorf("the views were called so: %s, want %s", got, want)
	}
}

// What can't be given back begins anew, in one join, and the log says why.
func TestStateThatIsDropped(t *testing.T) {
	for name, test := range map[string]struct {
		next restoredApp
		log  string
	}{
		"another secret": {restoredApp{secret: "another secret of thirty-two bytes"}, ""},
		"another user":   {restoredApp{user: "ann"}, ""},
		"an error":       {restoredApp{fail: func(restoredState) error { return errors.New("as asked") }}, "a saved state is dropped"},
		"a panic":        {restoredApp{fail: func(restoredState) error { panic("as asked") }}, "a saved state is dropped"},
	} {
		t.Run(name, func(t *testing.T) {
			var log lockedText
			v := liveviewtest.Open(t, restoredApp{}.handler(), "/")
			v.Click("#inc")
			v.Click("#open-b")
			test.next.log = &log
			v.RestartAs(test.next.handler())
			wants(t, v, map[string]string{"#count": "0", "#own": "", "#open-b": "b 0 false"})
			v.Click("#inc")
			wants(t, v, map[string]string{"#count": "1"})
			if !strings.Contains(log.String(), test.log) {
				t.Errorf("the log says %s, not %q", log.String(), test.log)
			}
		})
	}
}

type lockedText struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// A state that is larger than a page may bring along isn't handed on, and the log says so.
func TestStateThatIsTooLarge(t *testing.T) {
	var log lockedText
	v := liveviewtest.Open(t, restoredApp{log: &log}.handler(), "/")
	v.Click("#big")
	v.Restart()
	wants(t, v, map[string]string{"#own": ""})
	if got := log.String(); !strings.Contains(got, "Config.MaxStateBytes is 262144") {
		t.Errorf("the log says %s", got)
	}
	v = liveviewtest.Open(t, restoredApp{max: 500_000}.handler(), "/")
	v.Click("#big")
	v.Restart()
	if got := len(v.Text("#own")); got != 300_000 {
		t.Errorf("the text has %d bytes", got)
	}
}

// memoryStore is a store.Store for tests.
type memoryStore struct {
	mu      sync.Mutex
	entries map[string]store.Entry
	saves   int
	err     error
}

func newMemoryStore() *memoryStore { return &memoryStore{entries: map[string]store.Entry{}} }

func (m *memoryStore) Save(_ context.Context, entries []store.Entry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		return m.err
	}
	m.saves++
	for _, e := range entries {
		if old, ok := m.entries[e.Key]; !ok || old.Version < e.Version {
			e.Data = slices.Clone(e.Data)
			m.entries[e.Key] = e
		}
	}
	return nil
}

func (m *memoryStore) Load(_ context.Context, key string) (store.Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		return store.Entry{}, m.err
	}
	e, ok := m.entries[key]
	if !ok {
		return e, store.ErrNotFound
	}
	return e, nil
}

func (m *memoryStore) Delete(_ context.Context, keys []string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, key := range keys {
		delete(m.entries, key)
	}
	return m.err
}

func (m *memoryStore) has() (entries, saves int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.entries), m.saves
}

// Where a process is killed, the page has what it was at most a second before; a page that
// is left leaves nothing in the store.
func TestStateOutlivesACrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newMemoryStore()
		v := liveviewtest.Open(t, restoredApp{store: st}.handler(), "/")
		v.Click("#inc")
		v.Click("#open-a")
		time.Sleep(time.Second) // of the bubble's clock: a second before a crash
		v.Hop(restoredApp{store: st}.handler())
		wants(t, v, map[string]string{"#count": "1", "#open-a": "a 1 true"})
		v.Click("#inc")
		time.Sleep(time.Second) // of the bubble's clock
		_, saves := st.has()
		time.Sleep(time.Minute) // of the bubble's clock
		if _, again := st.has(); again != saves {
			t.Errorf("saved %d times where nothing changed", again-saves)
		}
		v.Hop(restoredApp{store: st}.handler())
		wants(t, v, map[string]string{"#count": "2", "#open-a": "a 1 true"})
		v.Close()
		time.Sleep(time.Second) // of the bubble's clock
		if n, _ := st.has(); n != 0 {
			t.Errorf("%d states are left of a page that was left", n)
		}
	})
}

// A view that crashes gets back what it was, but not twice.
func TestStateOfAViewThatCrashes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newMemoryStore()
		v := liveviewtest.Open(t, restoredApp{store: st, log: io.Discard}.handler(), "/")
		v.Click("#inc")
		time.Sleep(time.Second) // of the bubble's clock
		for _, want := range []string{"1", "0"} {
			v.Click("#crash")
			v.ExpectCrash()
			v.Reconnect()
			wants(t, v, map[string]string{"#count": want})
			time.Sleep(time.Second) // of the bubble's clock
		}
	})
}

// A store that fails costs nothing but what would be in it.
func TestStoreThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newMemoryStore()
		st.err = errors.New("as asked")
		var log lockedText
		v := liveviewtest.Open(t, restoredApp{store: st, log: &log}.handler(), "/")
		v.Click("#inc")
		time.Sleep(2 * time.Second) // of the bubble's clock
		v.Click("#inc")
		wants(t, v, map[string]string{"#count": "2"})
		if !strings.Contains(log.String(), "states of pages aren't saved") {
			t.Errorf("the log says %s", log.String())
		}
		st.mu.Lock()
		st.err = nil
		st.mu.Unlock()
		time.Sleep(time.Second) // of the bubble's clock
		v.Hop(restoredApp{store: st}.handler())
		wants(t, v, map[string]string{"#count": "2"})
	})
}

// A page that loses its connection goes on, also where its view can't, as the entries of its
// stream are the browser's alone.
func TestStateOutlivesAViewThatCantBeKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var notes []string
		v := liveviewtest.Open(t, restoredApp{mounted: &notes, mu: &sync.Mutex{}}.handler(), "/")
		v.Click("#inc")
		v.Click("#open-a")
		v.Drop()
		wants(t, v, map[string]string{"#count": "1", "#open-a": "a 1 true", "#rows": "a"})
		v.Click("#inc")
		v.Drop()
		wants(t, v, map[string]string{"#count": "2", "#open-a": "a 1 true", "#rows": "a"})
		if got, want := strings.Join(notes, ", "), "mount, mount, restore 1 with 5, mount, restore 2 with 5"; got != want {
			t.Errorf("the views were called so: %s, want %s", got, want)
		}
	})
}

// line is what carries messages between nodes, within the process.
type line struct {
	mu   sync.Mutex
	ends []*lineEnd

	// carry takes a message from one end to another, by calling deliver, which may be called
	// from any goroutine; nil delivers at once.
	carry func(from, to *lineEnd, m pubsub.Message, deliver func())
}

// lineEnd is a pubsub.Broker: what one node has of a line.
type lineEnd struct {
	line     *line
	handler  pubsub.Handler
	channels map[string]bool
	dead     bool // what it says reaches nobody, and it hears nothing
}

func (l *line) bus(t *testing.T) liveview.PubSub {
	t.Helper()
	bus, _ := l.mortalBus(t)
	return bus
}

// mortalBus is bus for a node that is to disappear, which it does when kill is called.
func (l *line) mortalBus(t *testing.T) (bus liveview.PubSub, kill func()) {
	t.Helper()
	e := &lineEnd{line: l, channels: map[string]bool{}}
	l.mu.Lock()
	l.ends = append(l.ends, e)
	l.mu.Unlock()
	kill = func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		e.dead = true
		l.ends = slices.DeleteFunc(l.ends, func(other *lineEnd) bool { return other == e })
	}
	nodes := pubsub.NewBus(e, pubsub.Options{Secret: pubsub.NewSecret("0123456789abcdef0123456789abcdef"), Logger: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() { _ = nodes.Close() })
	return nodes, kill
}

func (e *lineEnd) Start(h pubsub.Handler) {
	e.line.mu.Lock()
	e.handler = h
	e.line.mu.Unlock()
	h.Connected()
}

func (e *lineEnd) Publish(_ context.Context, messages []pubsub.Message) error {
	e.line.mu.Lock()
	ends := slices.Clone(e.line.ends)
	if e.dead {
		ends = nil
	}
	e.line.mu.Unlock()
	for _, m := range messages {
		for _, other := range ends {
			e.line.mu.Lock()
			hears, h := other.channels[m.Channel], other.handler
			e.line.mu.Unlock()
			deliver := func() { h.Receive(m.Channel, m.Data) }
			switch {
			case !hears:
			case e.line.carry != nil:
				e.line.carry(e, other, m, deliver)
			default:
				deliver()
			}
		}
	}
	return nil
}

func (e *lineEnd) Subscribe(channel string, confirmed func()) error {
	e.line.mu.Lock()
	e.channels[channel] = true
	e.line.mu.Unlock()
	confirmed()
	return nil
}

func (e *lineEnd) Unsubscribe(channel string) error {
	e.line.mu.Lock()
	defer e.line.mu.Unlock()
	delete(e.channels, channel)
	return nil
}

func (e *lineEnd) Close() error { return nil }

// A page that comes back at another node has what it was at the first, which ends its views.
func TestStateHops(t *testing.T) {
	l := &line{}
	var notes []string
	first := restoredApp{pubsub: l.bus(t), mounted: &notes, mu: &sync.Mutex{}}
	second := restoredApp{pubsub: l.bus(t)}
	v := liveviewtest.Open(t, first.handler(), "/")
	v.Click("#inc")
	v.Click("#open-b")
	v.Hop(second.handler())
	wants(t, v, map[string]string{"#count": "1", "#open-b": "b 1 true"})
	v.Click("#inc")
	wants(t, v, map[string]string{"#count": "2"})
	v.Hop(restoredApp{pubsub: l.bus(t)}.handler())
	wants(t, v, map[string]string{"#count": "2", "#open-b": "b 1 true"})
}

// What was saved for a user before he was disconnected isn't given back, by any process.
func TestStateEndsWithDisconnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newMemoryStore()
		var lv *liveview.App
		first := restoredApp{store: st, user: "ann", with: func(r *gin.Engine) { r.Use(func(c *gin.Context) { lv = liveview.AppOf(c) }) }}
		v := liveviewtest.Open(t, first.handler(), "/")
		v.Click("#inc")
		time.Sleep(time.Second) // of the bubble's clock
		v.Hop(restoredApp{store: st, user: "ann"}.handler())
		wants(t, v, map[string]string{"#count": "1"})
		time.Sleep(time.Second) // of the bubble's clock
		if err := lv.Disconnect("ann"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second) // of the bubble's clock
		v.Hop(restoredApp{store: st, user: "ann"}.handler())
		wants(t, v, map[string]string{"#count": "0"})
	})
}

// boardBefore returns an application in a version of which the page has a state that later has
// another shape: what is typed was called Draft, and the step was a number.
func boardBefore(step int) http.Handler {
	type state struct {
		Draft string
		Step  int
	}
	type board struct{ liveview.ViewFuncs[state] }
	return appOf[state](io.Discard, board{liveview.ViewFuncs[state]{
		Template: liveview.MustParse[state](`<p id="text">{{.Draft}}</p>`),
		Mount: func(_ *gin.Context, s *liveview.Socket[state]) error {
			s.Assign(func(b *state) { b.Draft, b.Step = "half a word", step })
			return nil
		},
		Restore: func(s *liveview.Socket[state], saved state) error {
			s.Assign(func(b *state) { *b = saved })
			return nil
		},
	}})
}

// boardAfter is the version after it.
func boardAfter(log io.Writer, migrates bool) http.Handler {
	type state struct{ Text, Step string }
	type board struct{ liveview.ViewFuncs[state] }
	view := board{liveview.ViewFuncs[state]{
		Template: liveview.MustParse[state](`<p id="text">{{.Text}} {{.Step}}</p>`),
		Restore: func(s *liveview.Socket[state], saved state) error {
			s.Assign(func(b *state) { *b = saved })
			return nil
		},
	}}
	if migrates {
		view.Migrate = func(old liveview.SavedState) (state, error) {
			var unlike struct{ Step []string }
			if old.Decode(&unlike) == nil {
				return state{}, errors.New("a number was read as a list")
			}
			var was struct {
				Draft string
				Step  int
			}
			if err := old.Decode(&was); err != nil {
				return state{}, err
			}
			if was.Step == 13 {
				panic("as asked")
			}
			return state{was.Draft, fmt.Sprint("at step ", was.Step)}, nil
		}
	}
	return appOf[state](log, view)
}

func appOf[C any](log io.Writer, view liveview.View[C]) http.Handler {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(liveview.Middleware(liveview.Config{Secret: liveview.NewSecret("0123456789abcdef0123456789abcdef"), Logger: slog.New(slog.NewTextHandler(log, nil))}))
	liveview.Handle(r, "/", view)
	return r
}

// A state of another shape is what Migrate makes of it, or is dropped, and the log says so.
func TestStateOfAnotherShape(t *testing.T) {
	for name, test := range map[string]struct {
		step      int
		migrates  bool
		want, log string
	}{
		"migrated":  {3, true, "half a word at step 3", ""},
		"dropped":   {3, false, "", "has another shape"},
		"it panics": {13, true, "", "a saved state is dropped"},
	} {
		t.Run(name, func(t *testing.T) {
			var log lockedText
			v := liveviewtest.Open(t, boardBefore(test.step), "/")
			v.RestartAs(boardAfter(&log, test.migrates))
			wants(t, v, map[string]string{"#text": test.want})
			if !strings.Contains(log.String(), test.log) {
				t.Errorf("the log says %s", log.String())
			}
		})
	}
}

// What can't be saved is refused where the view is given to Handle.
func TestStateThatCantBeSaved(t *testing.T) {
	type state struct{ Do func() }
	defer func() {
		if got := fmt.Sprint(recover()); !strings.Contains(got, "Do is a func()") || !strings.Contains(got, "has a Restore") {
			t.Errorf("it panics with %s", got)
		}
	}()
	appOf[state](io.Discard, liveview.ViewFuncs[state]{
		Template: liveview.MustParse[state](`x`),
		Restore:  func(*liveview.Socket[state], state) error { return nil },
	})
}

// writesCard is a view of a component that writes its HTML, with a live component in it.
type writesCard struct {
	card *liveview.Live[savedCard, string]
}

func (writesCard) Restore(s *liveview.Socket[restoredState], saved restoredState) error {
	s.Assign(func(st *restoredState) { st.Count = saved.Count })
	return nil
}

func (v writesCard) Render(restoredState) liveview.Rendered {
	return liveview.RenderComponent(writesHTML(func(ctx context.Context, w io.Writer) error {
		_, err := io.WriteString(w, "<main><h1>cards</h1>")
		if err == nil {
			err = v.card.With("a", "a").Render(ctx, w)
		}
		if err == nil {
			_, err = io.WriteString(w, "</main>")
		}
		return err
	}))
}

// A live component outlives its process, whatever the page that shows it is made of.
func TestStateOfComponentsInWhatIsNoTemplate(t *testing.T) {
	v := liveviewtest.Open(t, appOf(io.Discard, writesCard{liveview.NewLive[savedCard, string](savedCards{})}), "/")
	v.Click("#open-a")
	before := v.Text("#open-a")
	v.Restart()
	if got := v.Text("#open-a"); got != before {
		t.Errorf("the component shows %q, before the restart %q", got, before)
	}
}

// illKid can't show what is restored of it.
type illKid struct{ bareKid }

func (illKid) Restore(s *liveview.Socket[wanderKid], saved wanderKid) error {
	s.Assign(func(k *wanderKid) { k.Count = -saved.Count })
	return nil
}

func (v illKid) Render(k wanderKid) liveview.Rendered {
	if k.Count < 0 {
		panic("as asked")
	}
	return v.bareKid.Render(k)
}

// A view in a page that can't show what was restored of it begins anew, once, and its page is
// told: it isn't given that again and again.
func TestNestedViewThatCantShowWhatIsRestored(t *testing.T) {
	for name, app := range map[string]liveview.Config{
		"brought by the page": {},
		"from a store":        {Store: newMemoryStore(), KeepTime: -1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				app.Logger = slog.New(slog.DiscardHandler)
				app.Secret = liveview.NewSecret("0123456789abcdef0123456789abcdef")
				if st, ok := app.Store.(*memoryStore); ok {
					*st = *newMemoryStore()
				}
				s := newSite(t, app, func(r *gin.Engine) { liveview.Handle(r, "/", crowdView{kids: 1, kid: illKid{}}) })
				v := liveviewtest.Open(t, s.engine, "/")
				v.Child("#kid-0").Click("button")
				if app.Store == nil {
					v.Restart()
				} else {
					time.Sleep(time.Second) // of the bubble's clock
					v.Drop()
				}
				kid := v.Child("#kid-0")
				kid.ExpectCrash()
				kid.Reconnect()
				if shows := kid.Text("button"); shows != "0" {
					t.Errorf("it shows %s, want 0", shows)
				}
				kid.ExpectEvent("liveview:dropped")
			})
		})
	}
}

// A view in a page that has been left by live navigation isn't given to the one of its id that
// came after it, where the process dies before the store has heard of either: neither one that
// is nested in the next page, nor a sticky one that wasn't on a page between.
func TestLeftViewWithinAPageIsntGivenBackAfterACrash(t *testing.T) {
	player := liveview.NewSticky("kid-0", restoredKid{})
	nested := func() liveview.Component { return liveview.Nest("kid-0", restoredKid{}) }
	for name, pages := range map[string]struct {
		shows  func() liveview.Component
		within []string // which views of the page, from the outermost on, the kid is
		by     []string
	}{
		"nested":             {nested, []string{"#kid-0"}, []string{"/b"}},
		"nested in a nested": {func() liveview.Component { return liveview.Nest("mid", showing(nested())) }, []string{"#mid", "#kid-0"}, []string{"/b"}},
		"sticky":             {func() liveview.Component { return player }, []string{"#kid-0"}, []string{"/none", "/b"}},
	} {
		for left, want := range map[bool]string{true: "0", false: "2"} {
			t.Run(fmt.Sprintf("%s, left: %t", name, left), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					shared := newMemoryStore()
					routes := func(r *gin.Engine) {
						r.Use(player.Middleware())
						for _, path := range []string{"/a", "/b"} {
							liveview.Handle(r, path, linking(pages.shows))
						}
						liveview.Handle(r, "/none", linking(nil))
					}
					first, firsts := mortalSite(t, shared, routes)
					v := liveviewtest.Open(t, first, "/a")
					kid := func() *liveviewtest.View {
						in := v
						for _, id := range pages.within {
							in = in.Child(id)
						}
						return in
					}
					kid().Click("button")
					kid().Click("button")
					time.Sleep(time.Second) // of the bubble's clock, in which it is stored
					firsts.dead.Store(true)
					if left {
						for _, path := range pages.by {
							v.Click("a[href='" + path + "']")
						}
					}
					second, _ := mortalSite(t, shared, routes)
					v.Hop(second)
					if shows := kid().Text("button"); shows != want {
						t.Errorf("it shows %s, want %s", shows, want)
					}
				})
			})
		}
	}
}

// A view in a page that can't join for a while, as its route can't answer, isn't taken for one
// that was left when the page loses its connection meanwhile, however often it has tried.
func TestNestedViewThatCantJoinForAWhileIsGivenBack(t *testing.T) {
	for name, isKilled := range map[string]bool{"from a store": true, "brought by the page": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var visits atomic.Int32
				shared := newMemoryStore()
				refusing := func(refused ...int32) func(r *gin.Engine) {
					return func(r *gin.Engine) {
						r.Use(func(c *gin.Context) {
							if liveview.IsVisit(c) && slices.Contains(refused, visits.Add(1)) {
								c.AbortWithStatus(http.StatusServiceUnavailable)
							}
						})
						liveview.Handle(r, "/", crowdView{kids: 1, kid: restoredKid{}})
					}
				}
				first, firsts := mortalSite(t, shared, refusing())
				v := liveviewtest.Open(t, first, "/")
				v.Child("#kid-0").Click("button")
				v.Child("#kid-0").Click("button")
				time.Sleep(time.Second) // of the bubble's clock, in which it is stored
				visits.Store(0)
				second, _ := mortalSite(t, shared, refusing(2, 3))
				if firsts.dead.Store(isKilled); isKilled {
					v.Hop(second)
				} else {
					v.RestartAs(second)
				}
				v.Child("#kid-0").ExpectCrash()
				v.Child("#kid-0").Reconnect()
				v.Child("#kid-0").ExpectCrash()
				v.Drop()
				if shows := v.Child("#kid-0").Text("button"); shows != "2" {
					t.Errorf("it shows %s, want 2", shows)
				}
			})
		})
	}
}

// mortalSite is a process of an application with a store that it shares with others, and whose
// saves and deletions can be stopped, as by its death.
func mortalSite(t *testing.T, shared store.Store, routes func(r *gin.Engine)) (http.Handler, *mortalStore) {
	m := &mortalStore{Store: shared}
	return newSite(t, liveview.Config{Store: m, Secret: liveview.NewSecret("0123456789abcdef0123456789abcdef")}, routes).engine, m
}

// linking is a page with links to all others, and with the view in it that kid makes; nil is
// for none.
func linking(kid func() liveview.Component) *nestView[shown] {
	v := &nestView[shown]{template: linkingPage}
	v.onMount = func(_ *gin.Context, s *liveview.Socket[shown]) error {
		if kid != nil {
			s.Assign(func(st *shown) { st.Player = kid() })
		}
		return nil
	}
	return v
}

var linkingPage = liveview.MustParse[shown](`<main>{{if .Player}}{{component .Player}}{{end}}` +
	`<a {{navigate "/a"}}>a</a> <a {{navigate "/b"}}>b</a> <a {{navigate "/none"}}>none</a></main>`)

// A page that has brought its state along keeps it until the next process can have stored what
// became of it: one that is killed just then costs the change, and not all there was before.
func TestStateThatWasBroughtOutlivesACrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := newMemoryStore()
		node := func() (http.Handler, *mortalStore) {
			m := &mortalStore{Store: shared}
			return restoredApp{store: m, log: io.Discard}.handler(), m
		}
		first, firsts := node()
		second, seconds := node()
		third, _ := node()
		v := liveviewtest.Open(t, first, "/")
		v.Click("#inc")
		firsts.dead.Store(true)
		v.RestartAs(second)
		wants(t, v, map[string]string{"#count": "1"})
		v.Click("#inc")
		seconds.dead.Store(true)
		v.Hop(third)
		wants(t, v, map[string]string{"#count": "1"})
		time.Sleep(time.Second) // of the bubble's clock: now it is stored
		v.Click("#inc")
		time.Sleep(time.Second) // of the bubble's clock
		fourth, _ := node()
		v.Hop(fourth)
		wants(t, v, map[string]string{"#count": "2"})
	})
}
