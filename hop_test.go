package liveview_test

import (
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
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
	"github.com/gin-liveview/liveview/store/storetest"
)

// weather has what nodes say to one another take its time, or be lost, as a seed has it.
type weather struct {
	mu      sync.Mutex
	random  *rand.Rand
	arrives map[string]time.Time // when the last one does, by its way
	faults
}

type faults struct {
	longest                  time.Duration // that a message is on its way
	drops, doubles, reorders float64       // how many of the messages
}

func weatherOf(seed uint64, f faults) *weather {
	return &weather{random: rand.New(rand.NewPCG(seed, 1)), faults: f, arrives: map[string]time.Time{}} //nolint:gosec // a test's
}

func (w *weather) carry(from, to *lineEnd, m pubsub.Message, deliver func()) {
	if from == to {
		deliver()
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.random.Float64() < w.drops {
		return
	}
	at := time.Now().Add(time.Duration(w.random.Int64N(int64(w.longest))))
	way := fmt.Sprintf("%p %p %s", from, to, m.Channel)
	if w.random.Float64() >= w.reorders {
		if last := w.arrives[way]; at.Before(last) {
			at = last // those of one publisher come in order
		}
		w.arrives[way] = at
	}
	w.after(time.Until(at), deliver)
	if w.random.Float64() < w.doubles {
		w.after(time.Until(at)+time.Duration(w.random.Int64N(int64(w.longest))), deliver)
	}
}

// after is called with the lock held, and delivers in the order called.
func (w *weather) after(d time.Duration, deliver func()) { time.AfterFunc(d+1, deliver) }

func (w *weather) pause(longest time.Duration) {
	w.mu.Lock()
	d := time.Duration(w.random.Int64N(int64(longest)))
	w.mu.Unlock()
	time.Sleep(d) // of the bubble's clock
}

func (w *weather) n(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.random.IntN(n)
}

// tab is a page that tries to be joined at one node or another.
type tab struct {
	p      page
	mounts int
	c      *client

	mu    sync.Mutex
	shows string // by what was answered last; "" while there is no socket
}

func (t *tab) join(s *site, v *visitor) {
	p := t.p
	p.visitor = s.visitorLike(v)
	conn, _, err := p.dial(nil, nil)
	if err != nil {
		return // the node is about to end
	}
	c := p.clientOn(conn)
	t.c = c
	if conn.WriteMessage(1, fmt.Appendf(nil, `["1","1",%q,"phx_join",{"url":%q,"session":%q,"params":{"_csrf_token":%q,"_mounts":%d,"_mount_attempts":0,"_page":"one"}}]`,
		c.topic(), p.url, p.session, p.csrf, t.mounts)) != nil {
		return
	}
	go func() {
		for f := range c.frames {
			if f.event == "phx_reply" && f.ref == "1" {
				t.set(f.raw)
			}
		}
		t.set("")
	}()
}

func (t *tab) set(shows string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.shows = shows
}

func (t *tab) has(what string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Contains(t.shows, what)
}

// seedOf is the seed of a random test, which LIVEVIEW_SEED repeats.
func seedOf(t *testing.T) uint64 {
	if seed, err := strconv.ParseUint(os.Getenv("LIVEVIEW_SEED"), 10, 64); err == nil {
		return seed
	}
	return rand.Uint64()
}

// Of those who claim one page at several processes at once, as a page and its duplicate
// might, exactly one has its views in the end, however long the processes' messages are on
// their way, and also where the one that has the page is told to end meanwhile.
func TestPageIsClaimedTwiceAtOnce(t *testing.T) {
	for name, test := range map[string]struct {
		others, tabs int
		ends         bool
	}{
		"two nodes":                             {1, 2, false},
		"three nodes":                           {2, 2, false},
		"four nodes":                            {3, 3, false},
		"two nodes, the owner is told to end":   {1, 2, true},
		"three nodes, the owner is told to end": {2, 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			for range oneOf(3, 200) {
				synctest.Test(t, func(t *testing.T) { claimAtOnce(t, seedOf(t), test.others, test.tabs, test.ends) })
			}
		})
	}
}

func claimAtOnce(t *testing.T, seed uint64, others, tabs int, ends bool) {
	user, l, w := "ann", &line{}, weatherOf(seed, faults{longest: 100 * time.Millisecond})
	l.carry = w.carry
	first := vaults(t, liveview.Config{PubSub: l.bus(t)}, &user)
	var sites []*site
	for range others {
		sites = append(sites, vaults(t, liveview.Config{PubSub: l.bus(t)}, &user))
	}
	c := first.visitor().get("/p/a").connect()
	c.joinAsPage("one")
	c.click("inc", nil)
	_ = c.conn.NetConn().Close()
	synctest.Wait()
	all := make([]*tab, tabs)
	var claims sync.WaitGroup
	for i := range all {
		all[i] = &tab{p: *c.page, mounts: 1}
		to := sites[i%len(sites)]
		claims.Go(func() {
			w.pause(150 * time.Millisecond)
			all[i].join(to, c.page.visitor)
		})
	}
	if ends {
		claims.Go(func() {
			w.pause(150 * time.Millisecond)
			_ = first.app.Shutdown(context.Background(), first.server)
		})
	}
	claims.Wait()
	time.Sleep(30 * time.Second) // of the bubble's clock
	have := 0
	for _, tab := range all {
		if tab.has(`"0":"1"`) {
			have++
		}
	}
	if have != 1 {
		t.Errorf("LIVEVIEW_SEED=%d: %d have the page", seed, have)
		for i, tab := range all {
			t.Logf("tab %d is shown %s", i, tab.shows)
		}
		for i, s := range append(sites, first) {
			t.Logf("node %d: %+v\n%s", i, s.app.Stats(), s.log)
		}
	}
	first.wantKept(0, 0)
}

// joinsAgain returns what a page is shown that joins a site, having joined so often before.
func (p page) joinsAgain(s *site, v *visitor, mounts int) string {
	s.t.Helper()
	p.visitor = s.visitorLike(v)
	c := p.connect()
	_, response := c.joinAs(map[string]any{
		"url": p.url, "session": p.session,
		"params": map[string]any{"_csrf_token": p.csrf, "_mounts": mounts, "_mount_attempts": 0, "_page": "one"},
	})
	return htmlJoined(response)
}

// lostPage has a page at a site, which has been clicked so often, and has lost its connection.
func (s *site) lostPage(clicks int) *client {
	s.t.Helper()
	c := s.visitor().get("/p/a").connect()
	c.joinAsPage("one")
	for range clicks {
		c.click("inc", nil)
	}
	_ = c.conn.NetConn().Close()
	synctest.Wait()
	return c
}

// Of a page that several nodes have, as one of them was cut off when the page left it, the
// newer wins, whoever answers first, and the older is over.
func TestNewerOfTwoPagesWins(t *testing.T) {
	for name, cut := range map[string]time.Duration{"the older answers first": 1, "the newer answers first": 50 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				user, l := "ann", &line{}
				var first, second *lineEnd
				parted := false
				l.carry = func(from, to *lineEnd, _ pubsub.Message, deliver func()) {
					switch {
					case parted && (from == first) != (to == first):
					case from == first && to != first:
						time.AfterFunc(cut, deliver)
					case from == second && to != second:
						time.AfterFunc(20*time.Millisecond, deliver)
					default:
						deliver()
					}
				}
				var sites []*site
				for range 3 {
					sites = append(sites, vaults(t, liveview.Config{PubSub: l.bus(t)}, &user))
				}
				first, second = l.ends[0], l.ends[1]
				c := sites[0].lostPage(5)
				parted = true
				p := *c.page
				p.visitor = sites[1].visitorLike(c.page.visitor)
				at := p.connect()
				_, response := at.joinAs(map[string]any{
					"url": p.url, "session": p.session,
					"params": map[string]any{"_csrf_token": p.csrf, "_mounts": 2, "_mount_attempts": 0, "_page": "one"},
				})
				if shows := htmlJoined(response); !strings.Contains(shows, "0:0") {
					t.Fatalf("the page isn't cut off: it shows %s", shows)
				}
				at.click("inc", nil)
				_ = at.conn.NetConn().Close()
				synctest.Wait()
				parted = false
				if shows := c.page.joinsAgain(sites[2], c.page.visitor, 3); !strings.Contains(shows, "0:1") {
					t.Errorf("it shows %s, want the newer, 1", shows)
				}
				time.Sleep(time.Second) // of the bubble's clock
				sites[0].wantKept(0, 0)
				sites[1].wantKept(0, 0)
			})
		})
	}
}

// A page that has no connection when its process ends is taken in by another that has room,
// for as long as it would have been kept, and is given to whoever it comes back at.
func TestPageOutlivesItsProcessWithoutAConnection(t *testing.T) {
	for name, test := range map[string]struct {
		others   int
		at       int // where it comes back
		config   liveview.Config
		meantime func(first, shelter *site)
		lost     bool
	}{
		"two nodes":              {others: 1},
		"three nodes":            {others: 2},
		"three nodes, the other": {others: 2, at: 1},
		"no other node":          {others: 0, lost: true},
		"no room":                {others: 1, config: liveview.Config{MaxKept: -1, MaxKeptBytes: 100}, lost: true},
		"nothing is kept there":  {others: 1, config: liveview.Config{KeepTime: -1}, lost: true},
		"too late":               {others: 1, lost: true, meantime: func(_, _ *site) { time.Sleep(time.Minute + time.Second) }}, // of the bubble's clock
		"nearly too late":        {others: 1, meantime: func(_, _ *site) { time.Sleep(30 * time.Second) }},                      // of the bubble's clock
		"disconnected":           {others: 1, lost: true, meantime: func(_, s *site) { _ = s.app.Disconnect("ann") }},
		"the other ends as well": {others: 2, at: 1, meantime: func(_, s *site) { _ = s.app.Shutdown(context.Background(), s.server) }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				user, l := "ann", &line{}
				first := vaults(t, liveview.Config{PubSub: l.bus(t)}, &user)
				var others []*site
				for i := range test.others {
					config := liveview.Config{KeepTime: -1}
					if i == 0 {
						config = test.config
					} else if test.at == i {
						config = liveview.Config{MaxKept: 1}
					}
					config.PubSub = l.bus(t)
					others = append(others, vaults(t, config, &user))
					others[i].visitor().get("/p/a") // as there are visitors
				}
				c := first.lostPage(3)
				began := time.Now()
				if err := first.app.Shutdown(context.Background(), first.server); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(began); took > 3*time.Second {
					t.Errorf("Shutdown took %v", took)
				}
				first.wantKept(0, 0)
				if test.meantime != nil {
					test.meantime(first, others[0])
				}
				if test.others == 0 {
					return
				}
				if !test.lost && test.at == 0 {
					others[0].wantKept(1, 0)
				}
				shows := c.page.joinsAgain(others[test.at], c.page.visitor, 1)
				if got := strings.Contains(shows, "0:3"); got == test.lost {
					t.Errorf("it shows %s", shows)
				}
				for _, s := range others {
					synctest.Wait()
					if n := s.app.Stats().Kept; n != 0 {
						t.Errorf("%d pages are left", n)
					}
				}
			})
		})
	}
}

// A Shutdown takes no longer than it is given, also where a page that it hands on is at
// work.
func TestShutdownDoesntWaitForPagesForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		leave := make(chan struct{})
		view := &talliedView{do: map[string]func(s *liveview.Socket[tallied]) error{
			"work": func(*liveview.Socket[tallied]) error { <-leave; return nil },
		}}
		l := &line{}
		route := func(r *gin.Engine) { liveview.Handle(r, "/p/:path", view) }
		first, _ := newSite(t, liveview.Config{PubSub: l.bus(t)}, route), newSite(t, liveview.Config{PubSub: l.bus(t)}, route)
		c := first.visitor().get("/p/a").connect()
		c.joinAsPage("one")
		c.push("event", map[string]any{"type": "click", "event": "work", "value": map[string]any{}})
		synctest.Wait()
		_ = c.conn.NetConn().Close()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		began := time.Now()
		if err := first.app.Shutdown(ctx, first.server); err == nil {
			t.Error("Shutdown says that all went well")
		}
		if took := time.Since(began); took > 4*time.Second {
			t.Errorf("Shutdown took %v", took)
		}
		close(leave)
		synctest.Wait()
		first.wantKept(0, 0)
	})
}

// What is saved last is what a page comes back to, whatever the clocks of the nodes say that
// save it: also where a node whose clock is behind has begun the page anew.
func TestClocksOfNodesDiffer(t *testing.T) {
	for name, test := range map[string]struct {
		restore error
		want    string
	}{"restored": {nil, "0:7"}, "begun anew": {errors.New("as asked"), "0:2"}} {
		t.Run(name, func(t *testing.T) {
			states := &storetest.Memory{}
			var c *client
			node := func(ahead time.Duration, restore error, visit func(s *site)) {
				synctest.Test(t, func(t *testing.T) {
					time.Sleep(ahead) // of the bubble's clock
					s := newSite(t, liveview.Config{Store: states, Secret: liveview.NewSecret("0123456789abcdef0123456789abcdef")}, func(r *gin.Engine) {
						liveview.Handle(r, "/p/:path", &vaultView{restore: func() error { return restore }})
					})
					visit(s)
					time.Sleep(2 * time.Second) // of the bubble's clock: until all is saved
				})
			}
			node(time.Hour, nil, func(s *site) { c = s.lostPage(5) })
			node(0, test.restore, func(s *site) {
				p := *c.page
				p.visitor = s.visitorLike(c.page.visitor)
				_, _, at := p.rejoin("", "one")
				at.click("inc", nil)
				at.click("inc", nil)
				_ = at.conn.NetConn().Close()
			})
			node(time.Hour, nil, func(s *site) {
				if shows := c.page.joinsAgain(s, c.page.visitor, 1); !strings.Contains(shows, test.want) {
					t.Errorf("it shows %s, want %s", shows, test.want)
				}
			})
		})
	}
}

// What a page was at another node isn't lost where the route there can't answer at first, or
// its view can't be mounted: it is there when that works, also at a third node.
func TestStateWaitsForItsRoute(t *testing.T) {
	for name, test := range map[string]struct {
		refuse func(c *gin.Context)
		mount  error
		third  bool
	}{
		"503":                {refuse: func(c *gin.Context) { c.AbortWithStatus(http.StatusServiceUnavailable) }},
		"Mount fails":        {mount: errors.New("as asked")},
		"503, a third node":  {refuse: func(c *gin.Context) { c.AbortWithStatus(http.StatusServiceUnavailable) }, third: true},
		"a panic on the way": {refuse: func(*gin.Context) { panic("as asked") }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				user, l := "ann", &line{}
				var down atomic.Bool
				first, third := vaults(t, liveview.Config{PubSub: l.bus(t)}, &user), vaults(t, liveview.Config{PubSub: l.bus(t)}, &user)
				second := newSite(t, liveview.Config{PubSub: l.bus(t), Secret: liveview.NewSecret("0123456789abcdef0123456789abcdef")}, func(r *gin.Engine) {
					liveview.Handle(r.Group("", gin.RecoveryWithWriter(io.Discard), func(c *gin.Context) {
						liveview.Identify(c, user)
						if down.Load() && test.refuse != nil {
							test.refuse(c)
						}
					}), "/p/:path", &vaultView{mount: func() error {
						if down.Load() {
							return test.mount
						}
						return nil
					}})
				})
				c := first.lostPage(3)
				p := *c.page
				p.visitor = second.visitorLike(c.page.visitor)
				down.Store(true)
				for range 2 {
					at := p.connect()
					at.write(fmt.Sprintf(`["1","1",%q,"phx_join",{"url":%q,"session":%q,"params":{"_csrf_token":%q,"_mounts":1,"_mount_attempts":0,"_page":"one"}}]`,
						at.topic(), p.url, p.session, p.csrf))
					time.Sleep(5 * time.Second) // of the bubble's clock
					at.close()
				}
				down.Store(false)
				next := second
				if test.third {
					next = third
				}
				if shows := c.page.joinsAgain(next, c.page.visitor, 1); !strings.Contains(shows, "0:3") {
					t.Errorf("it shows %s", shows)
				}
				second.wantKept(0, map[bool]int{false: 1}[test.third])
			})
		})
	}
}

// Views within a page that is back wait for their route as that one does, where it can't
// answer at present, and go on as they were.
func TestKeptGuestsWaitForTheirRoute(t *testing.T) {
	for name, test := range map[string]struct {
		guest   string
		refused []int // visits
	}{
		"nested":                     {"#kid", []int{2}},
		"sticky, and the page's own": {"#player", []int{1, 2}}, // which come in any order
	} {
		t.Run(name, func(t *testing.T) {
			var visits atomic.Int32
			visits.Store(-1000)
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, liveview.Config{}, func(r *gin.Engine) {
					g := r.Group("", wanderPlayer.Middleware(), func(c *gin.Context) {
						if !liveview.IsVisit(c) {
							return
						}
						if slices.Contains(test.refused, int(visits.Add(1))) {
							c.AbortWithStatus(http.StatusServiceUnavailable)
						}
					})
					liveview.Handle(g, "/", liveview.ViewFuncs[wander]{
						Template: liveview.MustParse[wander](`<p>{{.Count}}</p><button id="inc" phx-click="inc">+</button>{{with .Kid}}<section>{{component .}}</section>{{end}}{{with .Player}}<section>{{component .}}</section>{{end}}`),
						Mount: func(_ *gin.Context, s *liveview.Socket[wander]) error {
							s.Assign(func(st *wander) {
								if st.Player = wanderPlayer; test.guest == "#kid" {
									st.Kid, st.Player = liveview.Nest("kid", bareKid{}), nil
								}
							})
							return nil
						},
						Events: liveview.Events[wander]{"inc": func(s *liveview.Socket[wander], _ liveview.Event) error {
							s.Assign(func(st *wander) { st.Count++ })
							return nil
						}},
					})
				})
				v := s.browse("/")
				v.Click("#inc")
				v.Child(test.guest).Click("button")
				v.Disconnect()
				visits.Store(0)
				v.Reconnect()
				v.Child(test.guest).ExpectCrash()
				if len(test.refused) > 1 {
					time.Sleep(5 * time.Second) // of the bubble's clock
					v.Reconnect()
				} else {
					v.Child(test.guest).Reconnect()
				}
				v.WaitIdle()
				if v.Text("p") != "1" || v.Child(test.guest).Text("button") != "1" {
					t.Errorf("the page shows %s, and the view within it %s, want 1 of each", v.Text("p"), v.Child(test.guest).Text("button"))
				}
			})
		})
	}
}

// doubling is a PubSub between processes that says all things twice.
type doubling struct{ *pubsub.Bus }

func (d doubling) Publish(topic string, info any) error {
	if err := d.Bus.Publish(topic, info); err != nil {
		return err
	}
	return d.Bus.Publish(topic, info)
}

// Whatever a broker does to messages, a page is never had twice: by two who claim it, or by
// who claims it and a process that it had been given to before.
func TestPageIsNeverHadTwice(t *testing.T) {
	for name, test := range map[string]struct {
		weather faults
		doubles bool // also where the broker isn't asked
	}{
		"drops answers":     {weather: faults{drops: 0.3, longest: 50 * time.Millisecond}},
		"doubles":           {weather: faults{doubles: 0.9, longest: 1500 * time.Millisecond}, doubles: true},
		"reorders":          {weather: faults{reorders: 1, longest: 100 * time.Millisecond}},
		"delays":            {weather: faults{longest: 2 * time.Second}},
		"delays for long":   {weather: faults{longest: 20 * time.Second}},
		"all of it at once": {weather: faults{drops: 0.1, doubles: 0.4, reorders: 0.5, longest: time.Second}, doubles: true},
	} {
		t.Run(name, func(t *testing.T) {
			for range oneOf(3, 120) {
				synctest.Test(t, func(t *testing.T) {
					seed := seedOf(t)
					user, l, w := "ann", &line{}, weatherOf(seed, test.weather)
					l.carry = w.carry
					var sites []*site
					for range 4 {
						bus := l.bus(t)
						if test.doubles {
							bus = doubling{bus.(*pubsub.Bus)}
						}
						sites = append(sites, vaults(t, liveview.Config{PubSub: bus}, &user))
					}
					c := sites[0].lostPage(1)
					all := make([]*tab, 6) // of which some come when others have the page, and have left it again
					var claims sync.WaitGroup
					for i := range all {
						all[i] = &tab{p: *c.page, mounts: 2}
						claims.Go(func() {
							w.pause(3 * time.Second)
							all[i].join(sites[w.n(len(sites))], c.page.visitor)
						})
					}
					if w.n(2) == 0 {
						claims.Go(func() {
							w.pause(3 * time.Second)
							_ = sites[0].app.Shutdown(context.Background(), sites[0].server)
						})
					}
					claims.Wait()
					time.Sleep(time.Minute) // of the bubble's clock
					have := 0
					for _, tab := range all {
						if tab.has(`"0":"1"`) {
							have++
						}
					}
					if have > 1 {
						t.Errorf("LIVEVIEW_SEED=%d: %d have the page", seed, have)
					}
				})
			}
		})
	}
}

// echoing is a PubSub between processes that gives each page once more, later.
type echoing struct{ *pubsub.Bus }

func (e echoing) Publish(topic string, info any) error {
	if fmt.Sprintf("%T", info) == "liveview.given" {
		time.AfterFunc(5*time.Second, func() { _ = e.Bus.Publish(topic, info) })
	}
	return e.Bus.Publish(topic, info)
}

// A page that is given once more to a process which it has left again isn't taken.
func TestPageIsGivenOnceMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		user, l := "ann", &line{}
		var sites []*site
		for range 3 {
			sites = append(sites, vaults(t, liveview.Config{PubSub: echoing{l.bus(t).(*pubsub.Bus)}}, &user))
		}
		c := sites[0].lostPage(1)
		for i, s := range sites[1:] {
			if shows := c.page.joinsAgain(s, c.page.visitor, 2+i); !strings.Contains(shows, "0:1") {
				t.Fatalf("node %d shows %s", 1+i, shows)
			}
		}
		time.Sleep(20 * time.Second) // of the bubble's clock
		sites[0].wantKept(0, 0)
		sites[1].wantKept(0, 0)
		sites[2].wantKept(0, 1)
	})
}

// Nothing of what a page was is given to who isn't its visitor any more, wherever it is: not
// after a log-out, nor to another session; and to a user who was disconnected the page comes
// anew.
func TestNothingIsGivenAfterALogOut(t *testing.T) {
	for end, disconnects := range map[string]bool{"disconnected": true, "logged out": false, "another session": false} {
		for _, place := range []string{"kept", "at another node", "taken in by another node", "stored", "sealed"} {
			t.Run(place+", "+end, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					user, l, config := "ann", &line{}, liveview.Config{}
					if place == "stored" {
						config.Store = &storetest.Memory{}
					}
					var sites []*site
					var kills []func()
					for range 3 {
						bus, kill := l.mortalBus(t)
						config.PubSub = bus
						sites, kills = append(sites, vaults(t, config, &user)), append(kills, kill)
					}
					first, second, third := sites[0], sites[1], sites[2]
					second.visitor().get("/p/a")
					c := first.visitor().get("/p/a").connect()
					c.joinAsPage("one")
					for range 3 {
						c.click("inc", nil)
					}
					seal, at := "", second
					switch place {
					case "kept":
						at = first
						_ = c.conn.NetConn().Close()
					case "at another node":
						_ = c.conn.NetConn().Close()
					case "taken in by another node":
						_ = c.conn.NetConn().Close()
						synctest.Wait()
						_ = first.app.Shutdown(context.Background(), first.server)
					case "stored":
						time.Sleep(time.Second) // of the bubble's clock
						kills[0]()
						_ = c.conn.NetConn().Close()
					case "sealed":
						seal = first.handedOver(c)
					}
					time.Sleep(time.Second) // of the bubble's clock
					p := *c.page
					p.visitor = at.visitorLike(c.page.visitor)
					switch end {
					case "disconnected":
						if err := third.app.Disconnect("ann"); err != nil {
							t.Fatal(err)
						}
					case "logged out":
						third.visitorLike(c.page.visitor).get("/renew")
					case "another session":
						p.visitor = at.visitor()
						p.visitor.get("/p/a")
					}
					synctest.Wait()
					time.Sleep(10 * time.Millisecond) // of the bubble's clock
					_, shows, _ := p.rejoin(seal, "one")
					if strings.Contains(shows, "0:3") || disconnects && !strings.Contains(shows, "0:0") {
						t.Errorf("it shows %s", shows)
					}
				})
			})
		}
	}
}

// A page that comes back to another route of its view's type is given what it was only if
// that route lets it, and is of its live session.
func TestOtherRouteOfTheSameView(t *testing.T) {
	for path, want := range map[string]bool{"/p/a": true, "/q/a": true, "/guarded/a": false, "/session/a": false} {
		t.Run(path, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &line{}
				var sites []*site
				for range 2 {
					sites = append(sites, newSite(t, liveview.Config{PubSub: l.bus(t), Secret: liveview.NewSecret("0123456789abcdef0123456789abcdef")}, func(r *gin.Engine) {
						liveview.Handle(r, "/p/:path", &vaultView{})
						liveview.Handle(r, "/q/:path", &vaultView{})
						liveview.Handle(r.Group("", func(c *gin.Context) { c.AbortWithStatus(http.StatusForbidden) }), "/guarded/:path", &vaultView{})
						liveview.Handle(r.Group("", liveview.LiveSession("other")), "/session/:path", &vaultView{})
					}))
				}
				c := sites[0].lostPage(3)
				p := *c.page
				p.url = strings.Replace(p.url, "/p/a", path, 1)
				if shows := p.joinsAgain(sites[1], c.page.visitor, 1); strings.Contains(shows, "0:3") != want {
					t.Errorf("it shows %s", shows)
				}
			})
		})
	}
}

// lateStore is a store of which a test knows what was saved last.
type lateStore struct {
	storetest.Memory
	mu   sync.Mutex // guards last
	last []store.Entry
}

func (l *lateStore) Save(ctx context.Context, entries []store.Entry) error {
	l.mu.Lock()
	l.last = slices.Clone(entries)
	l.mu.Unlock()
	return l.Memory.Save(ctx, entries)
}

// leftView is a page that has left its view, which had joined so often before, by live
// navigation for another of its id. It returns the page, what it joins with, and what states
// had of the first view, which was clicked five times.
func (s *site) leftView(states *lateStore, mounts int) (c *client, params map[string]any, saved []store.Entry) {
	c = s.visitor().get("/p/a").connect()
	params = map[string]any{"_csrf_token": c.page.csrf, "_mounts": mounts, "_mount_attempts": 0, "_page": "one"}
	c.joinAs(map[string]any{"url": c.page.url, "session": c.page.session, "params": params})
	for range 5 {
		c.click("inc", nil)
	}
	time.Sleep(2 * time.Second) // of the bubble's clock, in which it is saved
	states.mu.Lock()
	saved = states.last
	states.mu.Unlock()
	c.push("phx_leave", map[string]any{})
	for c.next().event != "phx_close" {
	}
	params["_mounts"], params["_joins"] = 0, mounts+1
	c.joinAs(map[string]any{"redirect": c.page.url, "session": c.page.session, "params": params})
	return c, params, saved
}

// A view that its page has left by live navigation isn't given to the next one, which has its
// id: not even where a process that was held up saves the first one once more.
func TestLeftViewIsntGivenToTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		states := &lateStore{}
		user := "ann"
		first, second := vaults(t, liveview.Config{Store: states}, &user), vaults(t, liveview.Config{Store: states}, &user)
		c, params, late := first.leftView(states, 3)
		time.Sleep(2 * time.Second) // of the bubble's clock, in which the first one is given up
		if err := states.Memory.Save(t.Context(), late); err != nil {
			t.Fatal(err)
		}
		c.click("inc", nil)
		time.Sleep(2 * time.Second) // of the bubble's clock, in which the second one is saved
		_ = c.conn.NetConn().Close()
		synctest.Wait()

		p := *c.page
		p.visitor = second.visitorLike(c.page.visitor)
		back := p.connect()
		params["_mounts"], params["_joins"] = 1, 5
		_, response := back.joinAs(map[string]any{"redirect": p.url, "session": p.session, "params": params})
		if shows := htmlJoined(response); !strings.Contains(shows, "0:1") {
			t.Errorf("the page that was clicked once shows %s", shows)
		}
	})
}

// A page that has left a view for another by live navigation, and loses its process before the
// store has heard of either, isn't given what the store has of the first.
func TestLeftViewIsntGivenBackAfterACrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		states, user := &lateStore{}, "ann"
		c, params, saved := vaults(t, liveview.Config{Store: states}, &user).leftView(states, 0)
		_ = c.conn.NetConn().Close()
		synctest.Wait()

		left := &storetest.Memory{} // what it has when the process is killed
		if err := left.Save(t.Context(), saved); err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct {
			joins int
			want  string
		}{{2, "0:0"}, {1, "0:5"}} { // the other is the one that wasn't left
			p := *c.page
			p.visitor = vaults(t, liveview.Config{Store: left}, &user).visitorLike(c.page.visitor)
			params["_mounts"], params["_joins"] = 1, test.joins
			_, response := p.connect().joinAs(map[string]any{"redirect": p.url, "session": p.session, "params": params})
			if shows := htmlJoined(response); !strings.Contains(shows, test.want) {
				t.Errorf("a page that had joined %d times shows %s, want %s", test.joins, shows, test.want)
			}
		}
	})
}

// Nor is a state that its page was handed when a process ended, of a view that it has left since.
func TestStateOfALeftViewIsntTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		user := ""
		first := vaults(t, liveview.Config{}, &user)
		c := first.visitor().get("/p/a").connect()
		params := map[string]any{"_csrf_token": c.page.csrf, "_mounts": 0, "_mount_attempts": 0, "_page": "one"}
		c.joinAs(map[string]any{"url": c.page.url, "session": c.page.session, "params": params})
		c.click("inc", nil)
		params["_state"], params["_mounts"] = first.handedOver(c), 1
		for _, test := range []struct {
			joins int
			want  string
		}{{2, "0:0"}, {1, "0:1"}} { // the other is the one that wasn't left
			p := *c.page
			p.visitor = vaults(t, liveview.Config{}, &user).visitorLike(c.page.visitor)
			params["_joins"] = test.joins
			_, response := p.connect().joinAs(map[string]any{"url": p.url, "session": p.session, "params": params})
			if shows := htmlJoined(response); !strings.Contains(shows, test.want) {
				t.Errorf("a page that had joined %d times shows %s, want %s", test.joins, shows, test.want)
			}
		}
	})
}

// A Restore or a Reload that panics costs its own page its state, once, and no other page; the
// log has one line of it, with the view and the method.
func TestPanicsOnTheWayBack(t *testing.T) {
	for method, back := range map[string]func(v *liveviewtest.View){
		"Restore": func(v *liveviewtest.View) { v.Restart() },
		"Reload": func(v *liveviewtest.View) {
			v.Drop()
			v.ExpectCrash()
			v.Reconnect()
		},
	} {
		t.Run(method, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log := &lockedText{}
				s := newSite(t, liveview.Config{Logger: slog.New(slog.NewTextHandler(log, nil))}, func(r *gin.Engine) {
					liveview.Handle(r, "/good", &panicking{})
					liveview.Handle(r, "/bad", &panicking{in: method})
				})
				b := liveviewtest.NewSession(t, s.engine)
				good, bad := b.Open("/good"), b.Open("/bad")
				good.Click("b")
				bad.Click("b")
				if method == "Reload" {
					back(bad)
				} else {
					back(good) // of all pages
				}
				for _, v := range []*liveviewtest.View{good, bad} {
					v.WaitIdle()
				}
				if good.Text("p") != "n1" || bad.Text("p") != "n0" {
					t.Errorf("the pages show %s and %s, want n1 and n0", good.Text("p"), bad.Text("p"))
				}
				bad.Click("b")
				good.Click("b")
				if good.Text("p") != "n2" || bad.Text("p") != "n1" {
					t.Errorf("afterwards the pages show %s and %s, want n2 and n1", good.Text("p"), bad.Text("p"))
				}
				if n := strings.Count(log.String(), "as asked"); n != 1 || !strings.Contains(log.String(), method) || !strings.Contains(log.String(), "view=*liveview_test.panicking") {
					t.Errorf("%d lines of the log tell of it:\n%s", n, log.String())
				}
			})
		})
	}
}

// panicking is a vault of which a method panics.
type panicking struct {
	vaultView
	in string
}

func (v *panicking) Mount(_ *gin.Context, s *liveview.Socket[vault]) error {
	s.TempAssign(func(*vault) {})
	return nil
}

func (v *panicking) Restore(s *liveview.Socket[vault], saved vault) error {
	if v.in == "Restore" {
		panic("as asked")
	}
	return v.vaultView.Restore(s, saved)
}

func (v *panicking) Reload(*liveview.Socket[vault]) error {
	if v.in == "Reload" {
		panic("as asked")
	}
	return nil
}

// A page that comes from the process it was at with what that has left it is at work at the
// next one at once: nobody else can have anything of it that is newer.
func TestPageThatBringsItsStateAsksNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &line{}
		v := liveviewtest.Open(t, restoredApp{pubsub: l.bus(t)}.handler(), "/")
		for i := range 3 {
			v.Click("#inc")
			began := time.Now()
			v.RestartAs(restoredApp{pubsub: l.bus(t)}.handler())
			wants(t, v, map[string]string{"#count": strconv.Itoa(i + 1)})
			if took := time.Since(began); took >= 100*time.Millisecond {
				t.Errorf("the page was back after %v", took)
			}
		}
	})
}

// A state that a page has brought along is good for nothing any more once the view that was
// given it has changed, at no process: a client that lies can't have it once more.
func TestSpentStatesAreSpentEverywhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &line{}
		user := ""
		var sites []*site
		for range 3 {
			sites = append(sites, vaults(t, liveview.Config{PubSub: l.bus(t)}, &user))
		}
		c := sites[0].visitor().get("/p/a").connect()
		c.joinAs(map[string]any{
			"url": c.page.url, "session": c.page.session,
			"params": map[string]any{"_csrf_token": c.page.csrf, "_mounts": 0, "_mount_attempts": 0, "_page": "one"},
		})
		c.click("inc", nil)
		seal := sites[0].handedOver(c)
		at := func(s *site) (p page) {
			p = *c.page
			p.visitor = s.visitorLike(c.page.visitor)
			return p
		}
		first, second := at(sites[1]), at(sites[2])
		_, shows, back := first.rejoin(seal, "one")
		if !strings.Contains(shows, "0:1") {
			t.Fatalf("it shows %s", shows)
		}
		back.click("inc", nil)
		time.Sleep(time.Second) // of the bubble's clock: the process that has ended looks for room for what it was
		if _, shows, _ := second.rejoin(seal, "one"); strings.Contains(shows, "0:1") {
			t.Errorf("at a third process it shows %s", shows)
		}
	})
}

// crowd is a page with many views in it.
type crowd struct{ Kids []*liveview.Nested }

type crowdView struct {
	kids int
	kid  liveview.View[wanderKid]
}

var crowdPage = liveview.MustParse[crowd](`<main>{{range .Kids}}{{component .}}{{end}}</main>`)

func (v crowdView) Mount(_ *gin.Context, s *liveview.Socket[crowd]) error {
	s.Assign(func(c *crowd) {
		for i := range v.kids {
			c.Kids = append(c.Kids, liveview.Nest(fmt.Sprint("kid-", i), v.kid))
		}
	})
	return nil
}

func (crowdView) Render(c crowd) liveview.Rendered { return crowdPage.Render(c) }

// What is nested in a page goes along with it, however soon the page's own view has given what
// it has, and has ended: that comes while others are still asked, if these are many. With
// -slow they are so many that it comes nearly always.
func TestNestedViewsHopWithTheirPage(t *testing.T) {
	kids := 60
	if *slow {
		kids = 300
	}
	l := &line{}
	node := func() http.Handler {
		r := gin.New()
		_ = r.SetTrustedProxies(nil)
		r.Use(liveview.Middleware(liveview.Config{Secret: liveview.NewSecret("0123456789abcdef0123456789abcdef"), PubSub: l.bus(t), MaxChannels: kids + 2, EventRate: -1, JoinRate: -1}))
		liveview.Handle(r, "/", crowdView{kids, restoredKid{}})
		return r
	}
	v := liveviewtest.Open(t, node(), "/")
	const last = 10 // which are asked last, and are looked at
	for i := range last {
		v.Child(fmt.Sprint("#kid-", kids-1-i)).Click("button")
	}
	v.Hop(node())
	for i := range last {
		if shows := v.Child(fmt.Sprint("#kid-", kids-1-i)).Text("button"); shows != "1" {
			t.Errorf("view %d shows %s, want 1", kids-1-i, shows)
		}
	}
}

// A page whose views together are more than a message of the broker takes goes on with as many
// of them as it takes, its own first and then the smaller ones, and the log names the others.
func TestHeavyPagesHop(t *testing.T) {
	own, small, large := 180_000, 75_000, 170_000 // a message takes the first and seven of the second
	page := &bulkyView{name: "own", size: own}
	for i := range 9 {
		kid := &bulkyView{name: fmt.Sprint("small-", i), size: small}
		if i%4 == 0 && i > 0 {
			kid = &bulkyView{name: fmt.Sprint("large-", i), size: large}
		}
		page.kids = append(page.kids, kid)
	}
	l, log := &line{}, &logBuffer{}
	node := func() http.Handler {
		r := gin.New()
		_ = r.SetTrustedProxies(nil)
		r.Use(liveview.Middleware(liveview.Config{Secret: liveview.NewSecret("0123456789abcdef0123456789abcdef"), PubSub: l.bus(t), Logger: slog.New(slog.NewTextHandler(log, nil))}))
		liveview.Handle(r, "/", page)
		return r
	}
	v := liveviewtest.Open(t, node(), "/")
	of := func(b *bulkyView) *liveviewtest.View {
		if b.name == "own" {
			return v
		}
		return v.Child("#view-" + b.name)
	}
	all := append([]*bulkyView{page}, page.kids...)
	for _, b := range all {
		of(b).Click("#" + b.name)
	}
	v.Hop(node())
	for _, b := range all {
		want := "1"
		if b.size == large {
			want = "0"
		}
		if shows := of(b).Text("#" + b.name); shows != want {
			t.Errorf("%s shows %s, want %s", b.name, shows, want)
		}
		if named := strings.Contains(log.String(), "view-"+b.name); named != (want == "0") {
			t.Errorf("whether the log names %s: %v", b.name, named)
		}
	}
	if t.Failed() {
		t.Log(log)
	}
}

// bulky is a state that can't be made smaller.
type bulky struct {
	Name  string
	Count int
	Load  []byte
	Kids  []*liveview.Nested `cbor:"-"`
}

type bulkyView struct {
	name string
	size int
	kids []*bulkyView
}

var bulkyPage = liveview.MustParse[bulky](`<button id="{{.Name}}" phx-click="inc">{{.Count}}</button>{{range .Kids}}{{component .}}{{end}}`)

func (v *bulkyView) Mount(_ *gin.Context, s *liveview.Socket[bulky]) error {
	load := make([]byte, v.size)
	_, err := crand.Read(load)
	s.Assign(func(b *bulky) {
		b.Name, b.Load = v.name, load
		for _, kid := range v.kids {
			b.Kids = append(b.Kids, liveview.Nest("view-"+kid.name, kid))
		}
	})
	return err
}

func (*bulkyView) HandleEvent(s *liveview.Socket[bulky], _ liveview.Event) error {
	s.Assign(func(b *bulky) { b.Count++ })
	return nil
}

func (*bulkyView) Restore(s *liveview.Socket[bulky], saved bulky) error {
	s.Assign(func(b *bulky) { b.Count, b.Load = saved.Count, saved.Load })
	return nil
}

func (*bulkyView) Render(b bulky) liveview.Rendered { return bulkyPage.Render(b) }
