package liveview_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gorilla/websocket"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
	"github.com/gin-liveview/liveview/store"
)

// vault is a state that is its visitor's alone.
type vault struct {
	N     int
	Mines mine
}

// vaultView restores it, by what a test has it do.
type vaultView struct{ mount, restore func() error }

func (v *vaultView) Mount(*gin.Context, *liveview.Socket[vault]) error {
	if v.mount != nil {
		return v.mount()
	}
	return nil
}

func (vaultView) HandleParams(*gin.Context, *liveview.Socket[vault]) error { return nil }

func (vaultView) HandleEvent(s *liveview.Socket[vault], _ liveview.Event) error {
	s.Assign(func(v *vault) { v.N++ })
	return nil
}

func (v *vaultView) Restore(s *liveview.Socket[vault], saved vault) error {
	if v.restore != nil {
		if err := v.restore(); err != nil {
			return err
		}
	}
	s.Assign(func(v *vault) { v.N = saved.N })
	return nil
}

var vaultPage = liveview.MustParse[vault](`<p>n{{.N}}</p><b phx-click="inc">+</b>`)

func (vaultView) Render(v vault) liveview.Rendered { return vaultPage.Render(v) }

// otherVault is another view with the same state.
type otherVault struct{ vaultView }

// vaults is a process that serves them.
func vaults(t *testing.T, config liveview.Config, user *string) *site {
	t.Helper()
	if config.Secret.Reveal() == "" {
		config.Secret = liveview.NewSecret("0123456789abcdef0123456789abcdef")
	}
	return newSite(t, config, func(r *gin.Engine) {
		r.GET("/renew", func(c *gin.Context) { _ = liveview.AppOf(c).Renew(c) })
		g := r.Group("", func(c *gin.Context) {
			if *user != "" {
				liveview.Identify(c, *user)
			}
		})
		liveview.Handle(g, "/p/:path", &vaultView{})
		liveview.Handle(g, "/other", &otherVault{})
	})
}

// handedOver ends the process that c has its page at, and returns what the page is given.
func (s *site) handedOver(c *client) (seal string) {
	s.t.Helper()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.app.Shutdown(context.Background(), s.server)
	}()
	s.t.Cleanup(func() { <-ended })
	for f := range c.frames {
		switch f.event {
		case "lv:hold":
			c.write(fmt.Sprintf(`[%q,"900",%q,"lv:held",{}]`, f.joinRef, f.topic))
		case "lv:state":
			seal = fmt.Sprint(f.payload["state"])
		}
	}
	return seal
}

// rejoin has the page join again, with what the one before was given.
func (p *page) rejoin(seal, name string) (status, shows string, c *client) {
	c = p.connect()
	status, response := c.joinAs(map[string]any{
		"url": p.url, "session": p.session,
		"params": map[string]any{"_csrf_token": p.csrf, "_mounts": 1, "_mount_attempts": 0, "_page": name, "_state": seal},
	})
	return status, htmlJoined(response), c
}

// A state that a page brings along is for the very page that it was given to, and for as
// long as that has nothing newer: not for another browser, user, or view, nor after a
// log-out, nor for long.
func TestSealedStatesAreForTheirVisitor(t *testing.T) {
	for name, test := range map[string]struct {
		next  liveview.Config
		user  string // afterwards
		name  string // of the page; "" is the one that it had
		do    func(first, next *site, p *page, seal string) *page
		wants string // "n1" is what was sealed
	}{
		"the same":        {user: "ann", wants: "n1"},
		"another user":    {user: "bob"},
		"nobody":          {user: ""},
		"another secret":  {user: "ann", next: liveview.Config{Secret: liveview.NewSecret("another secret of thirty-two bytes")}},
		"a secret before": {user: "ann", wants: "n1", next: liveview.Config{Secret: liveview.NewSecret("another secret of thirty-two bytes"), OldSecrets: []liveview.Secret{liveview.NewSecret("0123456789abcdef0123456789abcdef")}}},
		"five minutes":    {user: "ann", do: func(_, _ *site, p *page, _ string) *page { time.Sleep(5*time.Minute + time.Second); return p }}, // of the bubble's clock
		"another browser": {user: "ann", do: func(_, next *site, _ *page, _ string) *page { return next.visitor().get("/p/a") }},
		"another page":    {user: "ann", do: func(_, _ *site, p *page, _ string) *page { return p.visitor.get("/p/a") }},
		"another name":    {user: "ann", name: "two"}, // by which nobody knows what it is newer than
		"another view":    {user: "ann", do: func(_, _ *site, p *page, _ string) *page { return p.visitor.get("/other") }},
		"logged out":      {user: "ann", do: func(_, _ *site, p *page, _ string) *page { p.visitor.get("/renew"); return p }},
		"disconnected": {user: "ann", do: func(_, next *site, p *page, _ string) *page {
			time.Sleep(time.Second) // of the bubble's clock
			_ = next.app.Disconnect("ann")
			return p
		}},
		"changed since": {user: "ann", do: func(_, _ *site, p *page, seal string) *page {
			_, _, c := p.rejoin(seal, "one")
			c.click("inc", nil)
			c.close()
			synctest.Wait()
			return p
		}},
		"cut short": {user: "ann", do: func(_, _ *site, p *page, seal string) *page {
			p.static = seal[:len(seal)-1]
			return p
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				user := "ann"
				first := vaults(t, liveview.Config{}, &user)
				c := first.visitor().get("/p/a").connect()
				c.joinAsPage("one")
				c.click("inc", nil)
				seal := first.handedOver(c)
				if seal == "" {
					t.Fatal("nothing was handed over")
				}
				next := vaults(t, test.next, &user)
				p := c.page
				p.visitor = next.visitorLike(p.visitor)
				user = test.user
				if test.do != nil {
					p = test.do(first, next, p, seal)
				}
				if name == "cut short" {
					seal = p.static
				}
				_, shows, _ := p.rejoin(seal, cmp.Or(test.name, "one"))
				if got := strings.Contains(shows, "0:1"); got != (test.wants != "") {
					t.Errorf("it joins with %s", shows)
				}
			})
		})
	}
}

// visitorLike returns a visitor with the cookies of one of another site.
func (s *site) visitorLike(v *visitor) *visitor {
	to := s.visitor()
	to.client.Jar = v.client.Jar
	return to
}

// Who calls his page as somebody else's gets nothing of that, and takes nothing from it.
func TestPageOfAnotherBrowserIsClaimed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		user, l := "ann", &line{}
		first, second := vaults(t, liveview.Config{PubSub: l.bus(t)}, &user), vaults(t, liveview.Config{PubSub: l.bus(t)}, &user)
		c := first.visitor().get("/p/a").connect()
		c.joinAsPage("one")
		c.click("inc", nil)
		_ = c.conn.NetConn().Close()
		first.wantKept(1, 1)
		if _, shows, _ := second.visitor().get("/p/a").rejoin("", "one"); strings.Contains(shows, "0:1") {
			t.Errorf("another browser has the page: %s", shows)
		}
		first.wantKept(1, 1)
		if err := second.app.Publish("liveview:claim", "x"); err == nil {
			t.Error("an application publishes claims")
		}
	})
}

// mine is a part of a state whose methods do what a test says.
type mine struct{ N byte }

var (
	mineMu sync.Mutex
	blast  func()
)

// explode has what mines do be f, until the test's end.
func explode(t *testing.T, f func()) {
	mineMu.Lock()
	defer mineMu.Unlock()
	blast = f
	t.Cleanup(func() { explodeNow(nil) })
}

func explodeNow(f func()) {
	mineMu.Lock()
	defer mineMu.Unlock()
	blast = f
}

func (m mine) MarshalBinary() ([]byte, error) {
	mineMu.Lock()
	f := blast
	mineMu.Unlock()
	if f != nil {
		f()
	}
	return []byte{m.N}, nil
}

func (m *mine) UnmarshalBinary(data []byte) error {
	if len(data) != 1 {
		return errors.New("no mine")
	}
	m.N = data[0]
	return nil
}

// Where a callback or a method of a state's fails with the state of a page, that page begins
// anew, with the first or the second join, and others in the process don't notice.
func TestStatesThatFail(t *testing.T) {
	ways := map[string]func(){"panics": func() { panic("as asked") }, "exits": runtime.Goexit}
	for way, fail := range ways {
		for _, where := range []string{"Restore", "MarshalBinary"} {
			t.Run(where+" "+way, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					st := newMemoryStore()
					config := func() liveview.Config {
						return liveview.Config{Secret: liveview.NewSecret("0123456789abcdef0123456789abcdef"), Store: st, Logger: slog.New(slog.DiscardHandler)}
					}
					view := &vaultView{}
					routes := func(v *vaultView) func(r *gin.Engine) {
						return func(r *gin.Engine) { liveview.Handle(r, "/p/:path", v); liveview.Handle(r, "/other", &otherVault{}) }
					}
					first := newSite(t, config(), routes(view))
					v, other := liveviewtest.Open(t, first.engine, "/p/a"), liveviewtest.Open(t, first.engine, "/other")
					v.Click("b")
					time.Sleep(time.Second) // of the bubble's clock
					next := newSite(t, config(), routes(&vaultView{restore: func() error {
						if where == "Restore" {
							fail()
						}
						return nil
					}}))
					if where == "MarshalBinary" {
						explode(t, fail)
						v.Click("b")
						time.Sleep(time.Second) // of the bubble's clock
						explodeNow(nil)
						if !v.Live() {
							v.Reconnect()
						}
						explode(t, fail)
					}
					v.RestartAs(next.engine)
					explodeNow(nil)
					for range 2 {
						if !v.Live() {
							v.Reconnect()
						}
						synctest.Wait()
					}
					v.WaitIdle()
					before := v.Text("p")
					v.Click("b")
					if v.Text("p") == before {
						t.Errorf("the page is stuck: it shows %s", before)
					}
					other.Click("b")
					if got := other.Text("p"); got != "n1" {
						t.Errorf("the other page shows %s", got)
					}
				})
			})
		}
	}
}

// hostileStore does what a test says.
type hostileStore struct {
	do func(ctx context.Context) ([]byte, error)
}

func (h hostileStore) Save(ctx context.Context, _ []store.Entry) error {
	_, err := h.do(ctx)
	return err
}

func (h hostileStore) Delete(ctx context.Context, _ []string) error { _, err := h.do(ctx); return err }

func (h hostileStore) Load(ctx context.Context, key string) (store.Entry, error) {
	data, err := h.do(ctx)
	return store.Entry{Key: key, Data: data, Version: 1 << 63}, err
}

// Whatever a store does, pages join and go on, and a process ends.
func TestStoresThatMisbehave(t *testing.T) {
	for name, do := range map[string]func(ctx context.Context) ([]byte, error){
		"blocks for ever":  nil,
		"is slow":          func(ctx context.Context) ([]byte, error) { <-ctx.Done(); return nil, ctx.Err() },
		"panics":           func(context.Context) ([]byte, error) { panic("as asked") },
		"exits":            func(context.Context) ([]byte, error) { runtime.Goexit(); return nil, nil },
		"returns rubbish":  func(context.Context) ([]byte, error) { return []byte("rubbish"), nil },
		"returns nothing":  func(context.Context) ([]byte, error) { return nil, nil },
		"returns too much": func(context.Context) ([]byte, error) { return make([]byte, 1<<20), nil },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				block := make(chan struct{})
				var healed atomic.Bool
				act := do
				if act == nil {
					act = func(context.Context) ([]byte, error) { <-block; return nil, nil }
				}
				user := ""
				config := liveview.Config{Store: hostileStore{func(ctx context.Context) ([]byte, error) {
					if healed.Load() {
						return nil, nil
					}
					return act(ctx)
				}}, Logger: slog.New(slog.DiscardHandler), KeepTime: -1}
				s := vaults(t, config, &user)
				v := liveviewtest.Open(t, s.engine, "/p/a")
				for range 3 {
					v.Click("b")
					time.Sleep(time.Second) // of the bubble's clock
					v.Disconnect()
					v.Reconnect()
				}
				before := v.Text("p")
				v.Click("b")
				if v.Text("p") == before {
					t.Errorf("the page is stuck: it shows %s", before)
				}
				began := time.Now()
				if err := s.app.Shutdown(context.Background(), s.server); err != nil || time.Since(began) > 25*time.Second {
					t.Errorf("the process ends with %v after %v", err, time.Since(began))
				}
				healed.Store(true)
				close(block)
				time.Sleep(time.Minute) // of the bubble's clock: for what is still asked of the store
			})
		})
	}
}

// Of visitors who come and go nothing is left: neither goroutines nor pages, and in the store
// only those whose pages were lost.
func TestNothingIsLeftOfVisitors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		user := ""
		st := newMemoryStore()
		s := vaults(t, liveview.Config{Store: st, StoreTime: time.Hour}, &user)
		round := func(n int) (goroutines int) {
			for i := range n {
				c := s.open("/p/a")
				c.joinAsPage(fmt.Sprint("page", i))
				c.click("inc", nil)
				if i%2 == 0 {
					_ = c.conn.NetConn().Close()
				} else { // with a goodbye
					_ = c.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseGoingAway, ""), time.Now().Add(time.Second))
				}
				c.close()
				c.page.visitor.client.CloseIdleConnections()
			}
			time.Sleep(2 * time.Minute) // of the bubble's clock
			synctest.Wait()
			return runtime.NumGoroutine()
		}
		visitors := oneOf(5, 10_000)
		before := round(visitors / 10)
		stored, _ := st.has()
		after := round(visitors)
		s.wantKept(0, 0)
		if after > before+10 {
			t.Errorf("%d goroutines have come to be %d", before, after)
		}
		if n, _ := st.has(); n-stored > visitors/2 { // those that were lost are stored for their time
			t.Errorf("%d states are stored of %d visitors, of whom half said goodbye", n-stored, visitors)
		}
	})
}

// Where another process has a page and can't answer in time, what that has saved of it
// while this one has waited is asked for as well.
func TestStoreIsAskedAfterWhoDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		user, l, st := "ann", &line{}, newMemoryStore()
		mute, kill := l.mortalBus(t)
		first, second := vaults(t, liveview.Config{PubSub: mute, Store: st}, &user), vaults(t, liveview.Config{PubSub: l.bus(t), Store: st}, &user)
		c := first.visitor().get("/p/a").connect()
		c.joinAsPage("one")
		time.Sleep(5 * time.Second) // of the bubble's clock: the view is as it was saved
		kill()
		c.click("inc", nil)
		_ = c.conn.NetConn().Close()
		time.Sleep(time.Millisecond) // of the bubble's clock: before what has changed is saved
		p := *c.page
		p.visitor = second.visitorLike(c.page.visitor)
		if _, shows, _ := p.rejoin("", "one"); !strings.Contains(shows, "0:1") {
			t.Errorf("the page shows %s", shows)
		}
	})
}
