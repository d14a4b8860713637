package liveview_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
	"github.com/gin-liveview/liveview/pubsub"
)

// dayPage is what a guest's page shows.
type dayPage struct {
	Count int    // the guest's own
	Text  string // typed
	Tab   string // of the URL
	Total int    // of all nodes
	Ticks int
	User  string
}

var dayTemplate = liveview.MustParseSource[dayPage](liveview.Source{
	Text: `<p id="own">{{.Count}} {{.Tab}}</p><p id="total">{{.Total}}</p><i>{{.Ticks}}</i><button id="inc" phx-click="inc">+</button>
<form id="f" phx-change="text"><input name="text" value="{{.Text}}"></form>{{range tabs}}<a id="tab-{{.}}" {{patch "/day" "tab" .}}>{{.}}</a>{{end}}`,
	Funcs: map[string]any{"tabs": func() []string { return []string{"1", "2", "3"} }},
})

// dayView is the page of the day.
type dayView struct{ d *wholeDay }

func (v dayView) Mount(c *gin.Context, s *liveview.Socket[dayPage]) error {
	if _, err := s.Subscribe("news"); err != nil {
		return err
	}
	s.Assign(func(p *dayPage) { p.User, p.Total = c.GetString("user"), int(v.d.total.n.Load()) })
	s.Repeat(30*time.Second, func() { s.Assign(func(p *dayPage) { p.Ticks++ }) })
	return nil
}

func (dayView) HandleParams(c *gin.Context, s *liveview.Socket[dayPage]) error {
	s.Assign(func(p *dayPage) { p.Tab = c.Query("tab") })
	return nil
}

func (v dayView) HandleEvent(s *liveview.Socket[dayPage], e liveview.Event) error {
	if user := s.State().User; !v.d.logins.holds(user) {
		v.d.late.Store(user, e.Name)
	}
	s.Assign(func(p *dayPage) {
		switch e.Name {
		case "inc":
			p.Count++
		case "text":
			p.Text = e.Value("text")
		}
	})
	return nil
}

func (v dayView) HandleInfo(s *liveview.Socket[dayPage], info any) error {
	s.Assign(func(p *dayPage) {
		switch n := info.(type) {
		case newsItem:
			p.Total = max(p.Total, int(n))
		case liveview.Missed:
			p.Total = int(v.d.total.n.Load())
		}
	})
	return nil
}

func (dayView) Render(p dayPage) liveview.Rendered { return dayTemplate.Render(p) }

func (dayView) Restore(s *liveview.Socket[dayPage], saved dayPage) error {
	s.Assign(func(p *dayPage) { p.Count, p.Text = saved.Count, saved.Text })
	return nil
}

// logins are the sessions of all nodes: until when each user's holds.
type logins struct {
	mu    sync.Mutex // guards until
	until map[string]time.Time
}

const sessionTime = 5 * time.Hour

func (l *logins) set(user string, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.until[user] = until
}

func (l *logins) holds(user string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Now().Before(l.until[user])
}

// require is the middleware of the pages.
func (l *logins) require(c *gin.Context) {
	user, err := c.Cookie("user")
	if err != nil || !l.holds(user) {
		c.Redirect(http.StatusFound, "/out")
		c.Abort()
		return
	}
	c.Set("user", user)
	liveview.Identify(c, user)
}

// dayNode is a process of the day's.
type dayNode struct {
	app     *liveview.App
	handler http.Handler
	end     *lineEnd
	kill    func()
}

// front stands before a guest's node: who sleeps finds another one there.
type front struct{ handler http.Handler }

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) { f.handler.ServeHTTP(w, r) }

// guest is a visitor, with one page.
type guest struct {
	user    string
	browser *liveviewtest.Session
	front   *front
	v       *liveviewtest.View // nil for who has no page
	node    *dayNode           // that has, or had, the page's views
	asleep  bool
	next    time.Time // that something comes of them

	count int
	text  string
	tab   string
}

// wholeDay is all that happens in one.
type wholeDay struct {
	t       *testing.T
	random  *rand.Rand
	store   *memoryStore
	line    *line
	away    bool // the broker is
	secrets []liveview.Secret
	nodes   []*dayNode
	ended   []*dayNode
	guests  []*guest
	logins  logins
	total   published
	late    sync.Map // who had an event handled without being logged in
	log     lockedText
	did     map[string]int
}

// node begins a process, with the secrets of the hour.
func (d *wholeDay) node() *dayNode {
	n := &dayNode{}
	bus, kill := d.line.mortalBus(d.t)
	n.end = d.line.ends[len(d.line.ends)-1]
	m := &mortalStore{Store: d.store}
	n.kill = func() { kill(); m.dead.Store(true) }
	n.app = liveview.New(liveview.Config{
		Secret: d.secrets[0], OldSecrets: d.secrets[1:], PubSub: bus, Store: m,
		Logger: slog.New(slog.NewTextHandler(&d.log, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	r := gin.New()
	if err := r.SetTrustedProxies(nil); err != nil {
		d.t.Fatal(err)
	}
	r.Use(n.app.Middleware())
	r.GET("/out", func(c *gin.Context) { c.String(http.StatusOK, "out") })
	r.GET("/in/:user", func(c *gin.Context) {
		d.logins.set(c.Param("user"), time.Now().Add(sessionTime))
		c.SetCookie("user", c.Param("user"), 0, "/", "", false, true)
		c.String(http.StatusOK, "in")
	})
	liveview.Handle(r.Group("", d.logins.require), "/day", dayView{d})
	n.handler = r
	return n
}

// secret is the nth of the day.
func secretOf(n int) liveview.Secret {
	return liveview.NewSecret(fmt.Sprintf("%032d", n))
}

func (d *wholeDay) count(what string) { d.did[what]++ }

// anyNode returns one of the nodes.
func (d *wholeDay) anyNode() *dayNode { return d.nodes[d.random.IntN(len(d.nodes))] }

// upTo returns a time of at least a second.
func (d *wholeDay) upTo(most time.Duration) time.Duration {
	return time.Second + time.Duration(d.random.Int64N(int64(most)))
}

// arrive has a guest load the page, in a browser that is new or was here before.
func (d *wholeDay) arrive(g *guest) {
	d.t.Helper()
	d.count("arrivals")
	g.node = d.anyNode()
	if g.browser == nil || d.random.IntN(2) == 0 {
		g.front = &front{}
		g.browser = liveviewtest.NewSession(d.t, g.front)
	}
	g.front.handler = g.node.handler
	if !d.logins.holds(g.user) || len(g.browser.Cookies()) == 0 {
		_ = g.browser.Get("/in/" + g.user).Body.Close()
	}
	g.v = g.browser.Open("/day")
	g.count, g.text, g.tab, g.asleep = 0, "", "", false
	d.expect(g)
}

// expect holds what a guest is shown against what it should be.
func (d *wholeDay) expect(g *guest) {
	d.t.Helper()
	g.v.WaitIdle()
	if got, want := g.v.Text("#own"), strings.TrimSpace(fmt.Sprint(g.count, " ", g.tab)); got != want {
		d.t.Fatalf("%v: %s is shown %q, want %q", time.Now(), g.user, got, want)
	}
	if got := g.v.Value("#f [name=text]"); got != g.text {
		d.t.Fatalf("%s's text is %q, want %q", g.user, got, g.text)
	}
	if got, want := g.v.Text("#total"), strconv.FormatInt(d.total.n.Load(), 10); got != want && !d.away {
		d.t.Fatalf("%s is shown %s of all, want %s", g.user, got, want)
	}
}

// leave has a guest close the page, at which the server may have refused them a moment ago.
func (d *wholeDay) leave(g *guest) {
	if !g.asleep && !d.logins.holds(g.user) && !g.v.Live() {
		g.v.ExpectDisconnect()
	}
	g.v.Close()
	g.v, g.node = nil, nil
}

// back has a page come to a node that may be another one than before, and reports whether it is
// let in: its session may be at its end.
func (d *wholeDay) back(g *guest, to *dayNode) bool {
	d.t.Helper()
	holds := d.logins.holds(g.user)
	if to == g.node || g.asleep {
		g.front.handler = to.handler
		g.v.Reconnect()
	} else {
		g.front = &front{to.handler}
		g.v.Hop(g.front)
	}
	g.node, g.asleep = to, false
	if !holds {
		d.count("sessions that had ended")
		g.v.ExpectRedirect("/out")
		g.v.Close()
		g.v, g.node = nil, nil
		return false
	}
	d.expect(g)
	return true
}

// turnedAway has a guest who is at the page learn that the session has ended.
func (d *wholeDay) turnedAway(g *guest) {
	d.t.Helper()
	if g.v.Live() {
		d.t.Fatalf("%s is still live, %v after the end of the session", g.user, time.Since(d.logins.until[g.user]))
	}
	g.v.ExpectDisconnect()
	d.back(g, g.node)
}

// act is one thing that a guest does.
func (d *wholeDay) act(g *guest) {
	d.t.Helper()
	switch {
	case g.v == nil:
		d.arrive(g)
	case g.asleep:
		d.count("awakenings")
		to := g.node
		if !slices.Contains(d.nodes, to) || d.random.IntN(3) == 0 {
			to = d.anyNode()
		}
		d.back(g, to)
	case !d.logins.holds(g.user):
		time.Sleep(2 * time.Minute) // of the bubble's clock: a tick has the middleware asked again
		d.turnedAway(g)
	default:
		d.atThePage(g)
	}
	g.next = time.Now().Add(d.upTo(12 * time.Minute))
	if g.asleep && d.random.IntN(3) > 0 || g.v == nil {
		g.next = time.Now().Add(d.upTo(3 * time.Hour))
	}
}

func (d *wholeDay) atThePage(g *guest) {
	d.t.Helper()
	switch d.random.IntN(12) {
	case 0, 1, 2:
		g.v.Click("#inc")
		g.count++
	case 3, 4:
		g.text += string(rune('a' + d.random.IntN(26)))
		g.v.Change("#f", "text", g.text)
	case 5:
		g.tab = strconv.Itoa(1 + d.random.IntN(3))
		g.v.Click("#tab-" + g.tab)
	case 6, 7:
		if err := g.node.app.Publish("news", newsItem(d.total.n.Add(1))); err != nil && !d.away {
			d.t.Fatal(err)
		}
		d.count("news")
	case 8:
		g.v.Drop()
	case 9:
		time.Sleep(2 * time.Second) // of the bubble's clock: what was done is stored
		g.v.Disconnect()
		synctest.Wait()
		g.asleep = true
		return
	case 10:
		d.leave(g)
		return
	default:
		if d.random.IntN(3) > 0 {
			break
		}
		d.count("log-outs")
		d.logins.set(g.user, time.Now())
		if err := d.anyNode().app.Disconnect(g.user); err != nil && !d.away {
			d.t.Fatal(err)
		}
		if d.away { // the tick after Recheck tells
			time.Sleep(2 * time.Minute) // of the bubble's clock, in which a tick has the middleware asked again
		}
		synctest.Wait()
		d.turnedAway(g)
		return
	}
	synctest.Wait()
	d.expect(g)
}

// at returns the guests whose page is, or was, at a node.
func (d *wholeDay) at(n *dayNode) (all []*guest) {
	for _, g := range d.guests {
		if g.v != nil && g.node == n {
			all = append(all, g)
		}
	}
	return all
}

// deploy puts processes with the secrets of the hour in the place of all that there are.
func (d *wholeDay) deploy() {
	d.t.Helper()
	for _, old := range d.nodes {
		d.count("deployed processes")
		next := d.node()
		for _, g := range d.at(old) {
			if !g.asleep && d.logins.holds(g.user) {
				g.front = &front{next.handler}
				g.v.RestartAs(g.front)
				g.node = next
				d.expect(g)
			}
		}
		d.retire(old, next)
		time.Sleep(30 * time.Second) // of the bubble's clock: one process after the other
	}
}

// retire ends a process, in whose place another one is.
func (d *wholeDay) retire(old, next *dayNode) {
	old.kill()
	d.ended = append(d.ended, old)
	d.nodes[slices.Index(d.nodes, old)] = next
}

// crash kills a process, a second after the last that was done there.
func (d *wholeDay) crash() {
	d.t.Helper()
	d.count("killed processes")
	time.Sleep(2 * time.Second) // of the bubble's clock: what was done is stored
	old, next := d.anyNode(), d.node()
	pages := d.at(old)
	d.retire(old, next)
	for _, g := range pages {
		switch {
		case g.asleep:
		case d.logins.holds(g.user):
			d.back(g, d.anyNode())
		default:
			d.leave(g)
		}
	}
}

// outage has the broker be away for a while.
func (d *wholeDay) outage(of time.Duration) {
	d.count("outages of the broker")
	for _, n := range d.nodes {
		n.end.handler.Disconnected(fmt.Errorf("away"))
	}
	d.line.carry = func(_, _ *lineEnd, _ pubsub.Message, _ func()) {}
	d.away = true
	d.live(time.Now().Add(of))
	d.line.carry = nil
	for _, n := range d.nodes {
		n.end.handler.Connected()
	}
	d.away = false
	time.Sleep(time.Minute) // of the bubble's clock: who was to hear has heard
	synctest.Wait()
	for _, g := range d.guests {
		if g.v != nil && !g.asleep && d.logins.holds(g.user) {
			d.expect(g)
		}
	}
}

// live has guests do what they do until then.
func (d *wholeDay) live(until time.Time) {
	d.t.Helper()
	for {
		first := slices.MinFunc(d.guests, func(a, b *guest) int { return a.next.Compare(b.next) })
		if first.next.After(until) {
			time.Sleep(time.Until(until)) // of the bubble's clock: nobody does anything before
			return
		}
		time.Sleep(time.Until(first.next)) // of the bubble's clock: nobody does anything before
		d.act(first)
	}
}

// A day with all that it has: guests who come, go, sleep and log out, and whose sessions end;
// processes that are deployed, one after the other, with secrets that rotate, and killed; a broker
// that is away. Each page shows what it should, nobody does anything without being logged in, and
// when all have gone nothing is left.
func TestADay(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	t.Cleanup(func() { gin.SetMode(gin.TestMode) })
	hours, seed := 3, rand.Uint64()
	if *slow {
		hours = 24
	}
	synctest.Test(t, func(t *testing.T) { aDay(t, seed, hours) })
}

func aDay(t *testing.T, seed uint64, hours int) {
	d := &wholeDay{t: t, random: rand.New(rand.NewPCG(seed, 0)), store: newMemoryStore(), line: &line{}, secrets: []liveview.Secret{secretOf(0)}, logins: logins{until: map[string]time.Time{}}, did: map[string]int{}} //nolint:gosec // a test's
	defer func() {
		t.Logf("seed %d: %v", seed, d.did)
		if t.Failed() {
			t.Log(d.log.String())
		}
	}()
	for range 3 {
		d.nodes = append(d.nodes, d.node())
	}
	for i := range 40 {
		d.guests = append(d.guests, &guest{user: fmt.Sprint("guest", i), next: time.Now().Add(d.upTo(time.Hour))})
	}
	for hour := range hours {
		d.live(time.Now().Add(20 * time.Minute))
		switch hour % 4 {
		case 0: // the next secret is made known
			d.secrets = append(d.secrets, secretOf(hour+1))
			d.deploy()
		case 1: // and used
			last := len(d.secrets) - 1
			d.secrets = append(d.secrets[last:last:last], append([]liveview.Secret{d.secrets[last]}, d.secrets[:last]...)...)
			d.deploy()
		case 2:
			d.outage(d.upTo(20 * time.Minute))
		default:
			d.crash()
		}
		d.live(time.Now().Add(30 * time.Minute))
	}
	d.fortnight()
	for _, g := range d.guests {
		if g.v != nil {
			d.leave(g)
		}
	}
	d.over()
}

// fortnight has who sleeps come back when what signed their pages is long gone: the pages are
// loaded anew, without a word of what was there.
func (d *wholeDay) fortnight() {
	d.t.Helper()
	for _, g := range d.guests {
		switch {
		case g.v == nil || g.asleep:
		case d.logins.holds(g.user):
			g.v.Disconnect()
			g.asleep = true
		default:
			d.leave(g)
		}
	}
	time.Sleep(15 * 24 * time.Hour) // of the bubble's clock: what signed the pages is taken for 14 days
	d.secrets = []liveview.Secret{secretOf(1000)}
	d.deploy()
	for _, g := range d.guests {
		if g.v == nil {
			continue
		}
		d.count("pages of a fortnight ago")
		d.logins.set(g.user, time.Now().Add(sessionTime))
		g.node = d.anyNode()
		g.front.handler = g.node.handler
		g.v.Reconnect()
		g.count, g.text, g.asleep = 0, "", false
		d.expect(g)
	}
}

// over looks at what is left once everybody has gone.
func (d *wholeDay) over() {
	d.t.Helper()
	time.Sleep(2 * time.Minute) // of the bubble's clock: more than pages without a connection are kept
	synctest.Wait()
	for _, n := range d.nodes {
		if s := n.app.Stats(); s.Sockets+s.Browsers+s.Users+s.Views+s.Kept+s.Mounting+s.Loads > 0 {
			d.t.Errorf("a process still has %+v", s)
		}
		if n.end.channels["news"] {
			d.t.Error("a process is still subscribed to the news")
		}
	}
	d.late.Range(func(user, event any) bool {
		d.t.Errorf("%v of %v was handled, who isn't logged in", event, user)
		return true
	})
	for _, n := range append(d.nodes, d.ended...) {
		if err := n.app.Shutdown(context.Background(), &http.Server{}); err != nil {
			d.t.Error(err)
		}
	}
}
