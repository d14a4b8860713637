package liveview_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
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
)

// blockingView counts events, and holds each one called "block" until free is
// closed.
func blockingView(free <-chan struct{}) (v *testView[counter], mounts, events *atomic.Int32) {
	mounts, events = new(atomic.Int32), new(atomic.Int32)
	v = counterView()
	v.onMount = func(_ *gin.Context, s *liveview.Socket[counter]) error {
		if s.Connected() {
			mounts.Add(1)
		}
		return nil
	}
	count := v.onEvent
	v.onEvent = func(s *liveview.Socket[counter], e liveview.Event) error {
		events.Add(1)
		if e.Name == "block" {
			<-free
		}
		return count(s, e)
	}
	return v, mounts, events
}

// rejoin joins the page's topic, padded to that many bytes.
func (c *client) rejoin(joinRef, padding int) {
	c.write(fmt.Sprintf(`["%d","%d",%q,"phx_join",{"url":%q,"session":%q,"params":{"x":%q}}]`,
		joinRef, joinRef, c.topic(), c.page.url, c.page.session, strings.Repeat("x", padding)))
}

// pushHook pushes an event as a hook does.
func (c *client) pushHook(name string, padding int) string {
	return c.push("event", map[string]any{"type": "hook", "event": name, "value": map[string]any{"x": strings.Repeat("x", padding)}})
}

// gather takes what the server sends out of the way of its writer, and counts
// what contains each of parts.
func (c *client) gather(parts ...string) func(part string) int {
	var mu sync.Mutex
	counts := make(map[string]int)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for f := range c.frames {
			mu.Lock()
			for _, part := range parts {
				if strings.Contains(f.raw, part) {
					counts[part]++
				}
			}
			mu.Unlock()
		}
	}()
	c.t.Cleanup(func() { c.close(); <-done })
	return func(part string) int {
		mu.Lock()
		defer mu.Unlock()
		return counts[part]
	}
}

func heapNow() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// unlimited is for what is to hold for a client that may send as fast as it
// likes.
var unlimited = liveview.Config{EventRate: -1, JoinRate: -1}

// While a view ends, one join of its topic waits: a newer one takes its place.
func TestOneJoinWaitsForATopic(t *testing.T) {
	free := make(chan struct{})
	v, mounts, events := blockingView(free)
	s := newSite(t, unlimited, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	c := s.open("/")
	c.pushHook("block", 0)
	eventually(t, time.Second, "the view is busy", func() bool { return events.Load() == 1 })
	count := c.gather("phx_close", `"ok"`)
	before := heapNow()
	joins, padding := outOf(1000), 50_000
	for i := range joins {
		c.rejoin(100+i, padding)
	}
	c.write(`[null,"99999","phoenix","heartbeat",{}]`)
	eventually(t, 10*time.Second, "the joins are taken in", func() bool { return count(`"ok"`) == 1 })
	if n := count("phx_close"); n != joins-1 {
		t.Errorf("%d joins of %d were closed while they waited, want %d", n, joins, joins-1)
	}
	if grown := heapNow() - before; grown > 4<<20 {
		t.Errorf("%d joins that wait for one topic take %d KiB", joins, grown>>10)
	}
	close(free)
	eventually(t, 10*time.Second, "the last join is answered", func() bool { return count(`"ok"`) == 3 }) // and the event
	if mounts.Load() != 2 {
		t.Errorf("%d views were mounted, want the first and the last", mounts.Load())
	}
}

// A join that waits for its topic is never mounted once the client has left it.
func TestLeaveOfAJoinThatWaits(t *testing.T) {
	free := make(chan struct{})
	v, mounts, events := blockingView(free)
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	c := s.open("/")
	c.pushHook("block", 0)
	eventually(t, time.Second, "the view is busy", func() bool { return events.Load() == 1 })
	c.rejoin(7, 0)
	c.write(fmt.Sprintf(`["7","8",%q,"phx_leave",{}]`, c.topic()))
	if f := c.next(); f.ref != "8" || f.payload["status"] != "ok" {
		t.Errorf("the leave was answered by %s", f.raw)
	}
	close(free)
	for f := c.next(); f.event != "phx_close"; f = c.next() { // of the first
	}
	c.rejoin(9, 0)
	if f := c.next(); f.joinRef != "9" || f.payload["status"] != "ok" {
		t.Errorf("the next join was answered by %s", f.raw)
	}
	if mounts.Load() != 2 {
		t.Errorf("%d views were mounted, want the first and the last", mounts.Load())
	}
}

// Leaves beyond the first cost their answer and nothing else.
func TestManyLeaves(t *testing.T) {
	free := make(chan struct{})
	v, _, events := blockingView(free)
	s := newSite(t, unlimited, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	c := s.open("/")
	c.pushHook("block", 0)
	eventually(t, time.Second, "the view is busy", func() bool { return events.Load() == 1 })
	count := c.gather("phx_reply", "phx_close")
	before := heapNow()
	const leaves = 20_000
	for i := range leaves {
		c.write(fmt.Sprintf(`["1","%d",%q,"phx_leave",{}]`, 10+i, c.topic()))
	}
	eventually(t, 10*time.Second, "all but one are answered", func() bool { return count("phx_reply") == leaves-1 })
	if grown := heapNow() - before; grown > 512<<10 {
		t.Errorf("%d leaves take %d KiB", leaves, grown>>10)
	}
	close(free)
	eventually(t, 10*time.Second, "the first is answered too", func() bool { return count("phx_reply") == leaves+1 && count("phx_close") == 1 }) // and the event
}

// However many views a socket has, no more of what it sends waits for them than
// MaxWaiting; and all of it is handled.
func TestWaitingBytesOfASocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		free := make(chan struct{})
		v, _, events := blockingView(free)
		config := unlimited
		config.MaxWaiting = 1 << 20
		s := newSite(t, config, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
		views, pushes, padding := 20, outOf(50), 60_000
		first := s.visitor().get("/")
		c := first.connect()
		pages := make([]*page, views)
		for i := range pages {
			pages[i] = first.visitor.get("/")
			c.page = pages[i]
			if status, response := c.join(); status != "ok" {
				t.Fatal(status, response)
			}
			c.pushHook("block", 0)
		}
		eventually(t, time.Second, "the views are busy", func() bool { return int(events.Load()) == views })
		count := c.gather("phx_reply")
		before := heapNow()
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			for i := range pushes * views {
				frame := fmt.Sprintf(`["1","%d","lv:%s","event",{"type":"hook","event":"inc","value":%q}]`, 100+i, pages[i%views].id, strings.Repeat("x", padding))
				if err := c.conn.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
					t.Error(err)
					return
				}
			}
		}()
		synctest.Wait() // what isn't read now won't be
		grown := heapNow() - before
		if grown > 3<<20 {
			t.Errorf("what waits of one socket takes %d KiB, want 1024 and some", grown>>10)
		}
		figure(t, "of %d KiB sent to %d views that are stuck %d KiB are held, where %d may wait", views*pushes*padding>>10, views, grown>>10, config.MaxWaiting>>10)
		close(free)
		<-sent
		eventually(t, 10*time.Second, "all is handled", func() bool { return int(events.Load()) == views*(pushes+1) && count("phx_reply") >= views*pushes })
	})
}

// A socket that no page of ours has opened sends no large frames, whatever is
// configured for those that one has.
func TestFramesOfAnUnprovenSocket(t *testing.T) {
	s := newSite(t, liveview.Config{MaxFrame: 1 << 20}, func(r *gin.Engine) { liveview.Handle(r, "/", counterView()) })
	p := s.visitor().get("/")
	large := `[null,"1","phoenix","heartbeat",{"x":"` + strings.Repeat("x", 100_000) + `"}]`
	c := p.connect()
	c.write(large)
	if f := c.next(); f.ref != "1" {
		t.Errorf("100 KB of our own page: %s", f.raw)
	}
	p.csrf = "none"
	anonymous := p.connect()
	go func() { _ = anonymous.conn.WriteMessage(websocket.TextMessage, []byte(large)) }() // the server hangs up in the middle of it
	if code := anonymous.end(); code != websocket.CloseMessageTooBig {
		t.Errorf("100 KB of nobody: closed with %d, want 1009", code)
	}
}

// What a request for a socket brings along is kept only for a page of ours.
func TestRequestOfAnUnprovenSocket(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", counterView()) })
	p := s.visitor().get("/")
	p.csrf = "none"
	const sockets, size = 20, 500_000
	before := heapNow()
	for range sockets {
		conn, _, err := p.dial(http.Header{"X-Padding": {strings.Repeat("x", size)}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
	}
	if grown := (heapNow() - before) / sockets; grown > size/5 {
		t.Errorf("a socket of nobody's takes %d KiB", grown>>10)
	}
}

// beats sends heartbeats, and a frame that other returns with each, until the
// socket has ended, and returns how long that took.
func (c *client) beats(other func() string) time.Duration {
	start := time.Now()
	for i := 0; ; i++ {
		frames := []string{`[null,"99","phoenix","heartbeat",{}]`}
		if other != nil {
			frames = append(frames, other())
		}
		for _, f := range frames {
			if c.conn.WriteMessage(websocket.TextMessage, []byte(f)) != nil {
				return time.Since(start)
			}
		}
		time.Sleep(time.Second) // of the bubble
		if i > 300 {
			c.t.Error("the socket is still open after five minutes")
			return time.Since(start)
		}
	}
}

// A socket without a view isn't kept open by anything that comes to none.
func TestSocketWithoutAView(t *testing.T) {
	const timeout = 15 * time.Second // of joins
	kinds, longest := 0, time.Duration(0)
	defer func() { figure(t, "%d kinds of such sockets, each closed after %s at most", kinds, longest) }()
	within := func(t *testing.T, what string, got, want time.Duration) {
		t.Helper()
		kinds, longest = kinds+1, max(longest, got)
		if got < want-time.Second || got > want+2*time.Second {
			t.Errorf("%s: closed after %s, want %s", what, got, want)
		}
	}
	for name, join := range map[string]func(c *client) string{
		"heartbeats":   nil,
		"a bogus join": func(*client) string { return `["1","1","lv:x","phx_join",{}]` },
		"an unknown page": func(*client) string {
			return `["1","1","lv:x","phx_join",{"url":"http://x/","session":"x","params":{}}]`
		},
		"a join of an upload": func(*client) string { return `["1","1","lvu:0","phx_join",{"token":"x"}]` },
		"another's page": func(c *client) string {
			p := c.page.visitor.site.visitor().get("/")
			return fmt.Sprintf(`["1","1","lv:%s","phx_join",{"url":%q,"session":%q,"params":{}}]`, p.id, p.url, p.session)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", counterView()) })
				c := s.visitor().get("/").connect()
				c.gather()
				var other func() string
				if join != nil {
					frame := join(c)
					other = func() string { return frame }
				}
				within(t, name, c.beats(other), timeout)
			})
		})
	}
	t.Run("after its last view", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", counterView()) })
			c := s.open("/")
			time.Sleep(40 * time.Second)
			c.call("phx_leave", map[string]any{})
			c.gather()
			within(t, "left", c.beats(nil), timeout)
		})
	})
	t.Run("not while it mounts", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			v := counterView()
			v.onMount = func(_ *gin.Context, s *liveview.Socket[counter]) error {
				if s.Connected() {
					time.Sleep(40 * time.Second)
				}
				return nil
			}
			s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
			c := s.visitor().get("/").connect()
			c.rejoin(1, 0)
			time.Sleep(45 * time.Second)
			if f := c.next(); f.payload["status"] != "ok" {
				t.Errorf("a join that takes 40 s was answered by %s", f.raw)
			}
		})
	})
	t.Run("not while it tries again", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var tries atomic.Int32
			v := counterView()
			v.onMount = func(_ *gin.Context, s *liveview.Socket[counter]) error {
				if s.Connected() && tries.Add(1) < 6 {
					return errors.New("the database is away")
				}
				return nil
			}
			s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
			c := s.visitor().get("/").connect()
			for i := range 6 {
				time.Sleep(10 * time.Second)
				c.rejoin(i, 0)
				f := c.next()
				if ok := f.payload["status"] == "ok"; ok != (i == 5) {
					t.Fatalf("join %d was answered by %s", i, f.raw)
				}
			}
		})
	})
}

// A socket that is closed is gone a second later, whatever its client does, and
// nothing it still sends is acted on.
func TestClosedSocketIsGone(t *testing.T) {
	for name, test := range map[string]struct{ asks, reads bool }{
		"a client that ignores it":      {true, true},
		"a client that asks nothing":    {false, true},
		"a client that doesn't read it": {true, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v, mounts, events := blockingView(nil)
				v.onMount = func(c *gin.Context, s *liveview.Socket[counter]) error {
					liveview.Identify(c, "ann")
					if s.Connected() {
						mounts.Add(1)
					}
					return nil
				}
				s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
				p := s.visitor().get("/")
				conn, _, err := p.dial(nil, nil)
				if err != nil {
					t.Fatal(err)
				}
				conn.SetCloseHandler(func(int, string) error { return nil }) // no answer
				join := fmt.Appendf(nil, `["1","1","lv:%s","phx_join",{"url":%q,"session":%q,"params":{}}]`, p.id, p.url, p.session)
				go func() { _ = conn.WriteMessage(websocket.TextMessage, join) }()
				if _, _, err := conn.ReadMessage(); err != nil {
					t.Fatal(err)
				}
				time.Sleep(10 * time.Second)
				if err := s.app.Disconnect("ann"); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				start := time.Now()
				if test.reads {
					go func() {
						for {
							if _, _, err := conn.NextReader(); err != nil {
								return
							}
						}
					}()
				}
				time.Sleep(500 * time.Millisecond)
				for i := 0; ; i++ {
					frame := fmt.Appendf(nil, `["1","%d","lv:%s","event",{"type":"click","event":"inc","value":{}}]`, i, p.id)
					if i%2 == 1 {
						frame = join
					}
					if !test.asks {
						frame = []byte(`[null,"1","phoenix","other",{}]`)
					}
					_ = conn.NetConn().SetWriteDeadline(time.Now().Add(time.Minute))
					if err := conn.WriteMessage(websocket.TextMessage, frame); err != nil {
						break
					}
					time.Sleep(100 * time.Millisecond)
				}
				if d := time.Since(start); d > 1200*time.Millisecond {
					t.Errorf("the socket was gone %s after it was closed, want a second", d)
				}
				if events.Load() != 0 || mounts.Load() != 1 {
					t.Errorf("%d events were handled, and %d views mounted, of a closed socket", events.Load(), mounts.Load()-1)
				}
				_ = conn.Close()
			})
		})
	}
}

// A client that goes on sending keeps no process from ending.
func TestShutdownDuringAFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := counterView()
		v.onEvent = func(*liveview.Socket[counter], liveview.Event) error { time.Sleep(50 * time.Millisecond); return nil }
		s, _ := drainSite(t, liveview.Config{}, v)
		c := s.open("/")
		c.gather()
		go func() {
			for c.conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `["1","9",%q,"event",{"type":"click","event":"inc","value":{}}]`, c.topic())) == nil {
			}
		}()
		time.Sleep(time.Second)
		start := time.Now()
		if err := <-s.shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if d := time.Since(start); d > 10*time.Second {
			t.Errorf("Shutdown took %s", d)
		}
	})
}

// A burst of events that a view can't keep up with is held back, and all of it
// is handled: the view and its state live on.
func TestBurstOfEvents(t *testing.T) {
	for name, slow := range map[string]time.Duration{"the rate": 20 * time.Millisecond, "the mailbox": 30 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := counterView()
				count := v.onEvent
				v.onEvent = func(s *liveview.Socket[counter], e liveview.Event) error {
					time.Sleep(slow)
					return count(s, e)
				}
				config := liveview.Config{}
				if name == "the mailbox" {
					config = unlimited
				}
				s := newSite(t, config, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
				c := s.open("/")
				const events = 400
				sent := make(chan struct{})
				go func() {
					defer close(sent)
					for i := range events {
						_ = c.conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `["1","%d",%q,"event",{"type":"hook","event":"inc","value":{}}]`, 10+i, c.topic()))
					}
				}()
				for i := range events {
					if f := c.next(); f.ref != fmt.Sprint(10+i) {
						t.Fatalf("event %d was answered by %s", i, f.raw)
					}
				}
				<-sent
				if diff := c.click("inc", nil); diff["0"] != fmt.Sprint(events+1) {
					t.Errorf("the view counted %v of %d events", diff["0"], events+1)
				}
			})
		})
	}
}

// Whoever sends at the rate that is allowed waits for nothing.
func TestSteadyEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", counterView()) })
		c := s.open("/")
		for range 50 * 60 {
			start := time.Now()
			c.click("inc", nil)
			if d := time.Since(start); d != 0 {
				t.Fatalf("an event waited %s", d)
			}
			time.Sleep(time.Second / 50)
		}
	})
}

// A message counts by its size as well: reading a large one costs as much as
// reading many small ones.
func TestLargeEventsCountAsMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", counterView()) })
		c := s.open("/")
		start := time.Now()
		const events, size = 20, 1_000_000
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			for i := range events {
				_ = c.conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `["1","%d",%q,"event",{"type":"hook","event":"inc","value":%q}]`, 10+i, c.topic(), strings.Repeat("x", size)))
			}
		}()
		for range events {
			c.next()
		}
		<-sent
		if d := time.Since(start); d < 7*time.Second { // 31 for each, 100 at once and 50 a second
			t.Errorf("%d messages of %d bytes were handled in %s", events, size, d)
		}
		time.Sleep(5 * time.Second)
		start = time.Now()
		if c.click("inc", nil); time.Since(start) != 0 {
			t.Errorf("the next event waited %s", time.Since(start))
		}
	})
}

// A rate of less than one a second holds, too.
func TestSlowRates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, liveview.Config{EventRate: 0.2}, func(r *gin.Engine) { liveview.Handle(r, "/", counterView()) })
		c := s.open("/")
		start, handled := time.Now(), 0
		for range 10 {
			time.Sleep(1100 * time.Millisecond)
			if c.click("inc", nil) != nil { // or it was answered, and no more
				handled++
			}
		}
		if most := 1 + int(time.Since(start).Seconds()/5); handled > most {
			t.Errorf("%d events were handled in %v, want %d at most", handled, time.Since(start), most)
		}
	})
}

// A client that doesn't stop is answered without being heard, with a line in the
// log, and then closed; its heartbeat is answered in time until then.
func TestFlood(t *testing.T) {
	frames := map[string]func(c *client, i int) string{
		"events": func(c *client, i int) string {
			return fmt.Sprintf(`["1","%d",%q,"event",{"type":"hook","event":"inc","value":{}}]`, 10+i, c.topic())
		},
		"joins": func(c *client, i int) string {
			return fmt.Sprintf(`["%d","%d",%q,"phx_join",{"url":%q,"session":%q,"params":{}}]`, 10+i, 10+i, c.topic(), c.page.url, c.page.session)
		},
		"leaves":               func(c *client, i int) string { return fmt.Sprintf(`["9","%d",%q,"phx_leave",{}]`, 10+i, c.topic()) },
		"heartbeats":           func(_ *client, i int) string { return fmt.Sprintf(`[null,"%d","phoenix","heartbeat",{}]`, 10+i) },
		"heartbeats of a view": func(c *client, i int) string { return fmt.Sprintf(`["1","%d",%q,"heartbeat",{}]`, 10+i, c.topic()) },
		"unknown topics":       func(_ *client, i int) string { return fmt.Sprintf(`["1","%d","x","event",{}]`, 10+i) },
		"joins of uploads":     func(_ *client, i int) string { return fmt.Sprintf(`["1","%d","lvu:0","phx_join",{"token":"x"}]`, 10+i) },
		"progress":             func(c *client, i int) string { return fmt.Sprintf(`["1","%d",%q,"progress",{}]`, 10+i, c.topic()) },
	}
	var longest time.Duration
	most := 0.0
	defer func() {
		figure(t, "%d kinds of frames, each closed after %s at most, of which %.0f events a second were handled", len(frames), longest, most)
	}()
	for name, frame := range frames {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v, _, events := blockingView(nil)
				s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
				c := s.open("/")
				start := time.Now()
				var beaten, answered atomic.Int64
				reading := make(chan struct{})
				go func() {
					defer close(reading)
					for f := range c.frames {
						if f.ref == "7" {
							answered.Store(int64(time.Since(start)))
						}
					}
				}()
				sent := 0
				for ; sent < 100_000; sent++ {
					if sent == 200 {
						beaten.Store(int64(time.Since(start)))
						_ = c.conn.WriteMessage(websocket.TextMessage, []byte(`[null,"7","phoenix","heartbeat",{}]`))
					}
					if c.conn.WriteMessage(websocket.TextMessage, []byte(frame(c, sent))) != nil {
						break
					}
				}
				took := time.Since(start)
				<-reading
				if code := closeCode(c.closed); code != websocket.ClosePolicyViolation {
					t.Errorf("closed with %d (%v) after %d frames and %s, want 1008", code, c.closed, sent, took)
				}
				if took > 90*time.Second {
					t.Errorf("closed after %s", took)
				}
				if d := time.Duration(answered.Load() - beaten.Load()); d < 0 || d > 20*time.Second {
					t.Errorf("the heartbeat in the midst of it was answered after %s", d)
				}
				if log := s.log.String(); !strings.Contains(log, "phx-throttle") {
					t.Errorf("log = %s", log)
				}
				if most := 105 + 50*took.Seconds() + 1; float64(events.Load()) > most {
					t.Errorf("%d events were handled in %s, want %.0f at most", events.Load(), took, most)
				}
				longest, most = max(longest, took), max(most, float64(events.Load())/took.Seconds())
			})
		})
	}
}

func closeCode(err error) int {
	if ce := (*websocket.CloseError)(nil); errors.As(err, &ce) {
		return ce.Code
	}
	return 0
}

// A view that is stuck holds up nobody else on its socket for long.
func TestEventsForAViewThatIsStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		free := make(chan struct{})
		v, _, events := blockingView(free)
		s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
		c := s.open("/")
		stuck := c.page
		c.pushHook("block", 0)
		c.page = stuck.visitor.get("/")
		if status, _ := c.join(); status != "ok" {
			t.Fatal("the other view wasn't joined")
		}
		other := c.topic()
		for i := range 200 { // more than its mailbox takes
			c.write(fmt.Sprintf(`["1","%d","lv:%s","event",{"type":"hook","event":"inc","value":{}}]`, 100+i, stuck.id))
			time.Sleep(100 * time.Millisecond)
		}
		start := time.Now()
		for i := range 10 {
			c.write(fmt.Sprintf(`["1","%d","lv:%s","event",{"type":"hook","event":"inc","value":{}}]`, 500+i, stuck.id))
			ref := fmt.Sprint(600 + i)
			c.write(fmt.Sprintf(`["1",%q,%q,"event",{"type":"hook","event":"inc","value":{}}]`, ref, other))
			for f := c.next(); f.ref != ref; f = c.next() {
			}
		}
		if d := time.Since(start); d > time.Second {
			t.Errorf("ten events of the other view took %s", d)
		}
		close(free)
		synctest.Wait()
		if n := events.Load(); n < 128+10 {
			t.Errorf("%d events were handled", n)
		}
	})
}

// Pings are answered, until they are too many.
func TestPings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", counterView()) })
		c := s.open("/")
		var pongs atomic.Int32
		c.conn.SetPongHandler(func(string) error { pongs.Add(1); return nil })
		ping := func() error { return c.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second)) }
		for i := range 120 {
			if err := ping(); err != nil {
				t.Fatal(err)
			}
			if i%30 == 0 {
				c.write(`[null,"99","phoenix","heartbeat",{}]`)
			}
			time.Sleep(time.Second)
		}
		if pongs.Load() != 120 {
			t.Errorf("%d of 120 pings were answered", pongs.Load())
		}
		for ping() == nil {
		}
		if code := c.end(); code != websocket.ClosePolicyViolation {
			t.Errorf("closed with %d, want 1008", code)
		}
		if n := pongs.Load() - 120; n > 21 {
			t.Errorf("%d pings at once were answered", n)
		}
	})
}

// A user has so many sockets, and whoever is over it is told to wait; when one
// goes, there is room again.
func TestSocketsOfAUser(t *testing.T) {
	v, mounts, _ := blockingView(nil)
	s := newSite(t, liveview.Config{MaxSocketsPerUser: 3}, func(r *gin.Engine) {
		r.Use(func(c *gin.Context) { liveview.Identify(c, c.DefaultQuery("user", "ann")) })
		liveview.Handle(r, "/", v)
	})
	var open []*client
	for range 3 {
		open = append(open, s.open("/"))
	}
	c := s.visitor().get("/").connect()
	c.rejoin(1, 0)
	if code := c.end(); code != websocket.ClosePolicyViolation {
		t.Errorf("the fourth socket was closed with %d, want 1008", code)
	}
	if mounts.Load() != 3 {
		t.Errorf("%d views were mounted, want 3", mounts.Load())
	}
	figure(t, "%d of 4 sockets are let in where 3 may be", mounts.Load())
	s.open("/?user=bob").click("inc", nil)
	open[0].click("inc", nil)
	open[0].close()
	eventually(t, 5*time.Second, "there is room again", func() bool {
		c := s.visitor().get("/").connect()
		c.rejoin(1, 0)
		select {
		case f, ok := <-c.frames:
			return ok && f.payload["status"] == "ok"
		case <-time.After(5 * time.Second):
			return false
		}
	})
	if log := s.log.String(); !strings.Contains(log, "MaxSocketsPerUser") {
		t.Errorf("log = %s", log)
	}
}

// An address has so many sockets, provided that addresses are known.
func TestSocketsOfAnAddress(t *testing.T) {
	for name, test := range map[string]struct {
		proxies   []string
		forwarded []string // by the socket's requests, in turn; "" for none
		remote    string
		open      []bool
		log       string
	}{
		"anybody is believed": {[]string{"0.0.0.0/0"}, []string{"", "", "", ""}, "192.0.2.1:1", []bool{true, true, true, true}, "SetTrustedProxies"},
		"nobody is":           {nil, []string{"192.0.2.7", "192.0.2.8", "192.0.2.9", ""}, "192.0.2.1:1", []bool{true, true, false, false}, "MaxSocketsPerAddress"},
		"the proxy is":        {[]string{"192.0.2.1"}, []string{"192.0.2.7", "192.0.2.7", "192.0.2.7", "192.0.2.8"}, "192.0.2.1:1", []bool{true, true, false, true}, "192.0.2.7"},
		"networks of IPv6":    {[]string{"192.0.2.1"}, []string{"2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::1"}, "192.0.2.1:1", []bool{true, true, false, true}, ""},
		"no address":          {nil, []string{"", "", "", ""}, "@", []bool{true, true, true, true}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, liveview.Config{MaxSocketsPerAddress: 2}, func(r *gin.Engine) { liveview.Handle(r, "/", counterView()) })
			if err := s.engine.SetTrustedProxies(test.proxies); err != nil {
				t.Fatal(err)
			}
			s.server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				r.RemoteAddr = test.remote
				s.engine.ServeHTTP(w, r)
			})
			p := s.visitor().get("/")
			var open []*websocket.Conn
			for i, forwarded := range test.forwarded {
				header := http.Header{}
				if forwarded != "" {
					header.Set("X-Forwarded-For", forwarded)
				}
				conn, res, err := p.dial(header, nil)
				if got := err == nil; got != test.open[i] {
					t.Errorf("socket %d: open is %t, want %t (%v)", i, got, test.open[i], err)
				}
				if err == nil {
					open = append(open, conn)
				} else if res.StatusCode != http.StatusTooManyRequests {
					t.Errorf("socket %d: status %d, want 429", i, res.StatusCode)
				}
			}
			for _, conn := range open {
				_ = conn.Close()
			}
			eventually(t, 5*time.Second, "there is room again", func() bool {
				conn, _, err := p.dial(http.Header{"X-Forwarded-For": test.forwarded[:1]}, nil)
				if err == nil {
					_ = conn.Close()
				}
				return err == nil
			})
			if log := s.log.String(); !strings.Contains(log, test.log) {
				t.Errorf("log = %s", log)
			}
		})
	}
}

// So many joins mount at a time; the others have their turn when one is done,
// or not at all if they have gone meanwhile.
func TestMountsAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most, all atomic.Int32
		v := counterView()
		v.onMount = func(_ *gin.Context, s *liveview.Socket[counter]) error {
			if s.Connected() {
				all.Add(1)
				most.Store(max(most.Load(), now.Add(1)))
				defer now.Add(-1)
				time.Sleep(time.Second)
				switch all.Load() % 4 {
				case 1:
					panic("as well")
				case 2:
					return errors.New("as well")
				case 3:
					runtime.Goexit()
				}
			}
			return nil
		}
		s := newSite(t, liveview.Config{MaxMounts: 4}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
		const joins = 40
		clients := make([]*client, joins)
		for i := range clients {
			clients[i] = s.visitor().get("/").connect()
			clients[i].rejoin(1, 0)
		}
		gone := 0
		for i, c := range clients {
			if i%5 == 4 && i > 8 {
				c.close()
				gone++
			}
		}
		time.Sleep(20 * time.Second) // their sockets have no view so far, but joins in order
		for i, c := range clients {
			if i%5 != 4 || i <= 8 {
				c.next()
			}
		}
		if most.Load() != 4 || int(all.Load()) != joins-gone {
			t.Errorf("%d views mounted, %d at a time, want %d and 4", all.Load(), most.Load(), joins-gone)
		}
		figure(t, "%d joins of a second each, %d at a time", all.Load(), most.Load())
		if status, _ := s.visitor().get("/").connect().join(); status == "" {
			t.Error("a later join wasn't answered")
		}
	})
}

// A browser that doesn't read the answer to its join doesn't keep its turn: what
// counts is in how many Mounts the process is.
func TestMountsOfBrowsersThatDoNotRead(t *testing.T) {
	v := counterView()
	v.onMount = func(c *gin.Context, s *liveview.Socket[counter]) error {
		if s.Connected() && c.Query("elsewhere") != "" {
			return s.Redirect("/")
		}
		return nil
	}
	for name, url := range map[string]string{"joined": "/", "moved on": "/?elsewhere=1", "refused": "/closed"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, liveview.Config{MaxMounts: 1}, func(r *gin.Engine) {
					liveview.Handle(r, "/", v)
					liveview.Handle(r, "/closed", counterView())
				})
				p := s.visitor().get("/")
				conn, _, err := p.dial(nil, nil)
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = conn.Close() }()
				join := fmt.Sprintf(`["1","1","lv:%s","phx_join",{"url":%q,"session":%q,"params":{}}]`, p.id, "http://"+siteHost+url, p.session)
				if err := conn.WriteMessage(websocket.TextMessage, []byte(join)); err != nil {
					t.Fatal(err)
				}
				synctest.Wait() // its answer is being written
				start := time.Now()
				s.open("/")
				if took := time.Since(start); took > 2*time.Second {
					t.Errorf("another page joined after %v", took)
				}
			})
		})
	}
}

// A client decides how often it does what isn't right, and not how much is logged
// of that.
func TestClientsThatWouldFillTheLog(t *testing.T) {
	const times = 50
	for name, send := range map[string]func(c *client, i int){
		"joins that can't be read": func(c *client, i int) {
			c.write(fmt.Sprintf(`["%d","%d","lv:x%d","phx_join",{"url":7}]`, i, i, i))
			c.next()
		},
		"pushes that no view takes": func(c *client, i int) {
			c.write(fmt.Sprintf(`["1","%d",%q,"bogus",{}]`, i, c.topic()))
			c.next()
			c.rejoin(1, 0)
			c.next()
		},
		"events that can't be read": func(c *client, i int) {
			c.write(fmt.Sprintf(`["1","%d",%q,"event",{"type":7}]`, i, c.topic()))
			c.next()
			c.rejoin(1, 0)
			c.next()
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, unlimited, func(r *gin.Engine) { liveview.Handle(r, "/", counterView()) })
			c := s.open("/")
			for i := range times {
				send(c, 100+i)
			}
			switch n := strings.Count(s.log.String(), "\n"); {
			case n == 0:
				t.Error("nothing was logged")
			case n > times/2:
				t.Errorf("%d lines were logged:\n%.400s", n, s.log.String())
			}
		})
	}
}

// A push that comes while its join waits for its turn is answered.
func TestPushBeforeTheTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		free := make(chan struct{})
		v := counterView()
		v.onMount = func(c *gin.Context, s *liveview.Socket[counter]) error {
			if s.Connected() && c.Query("slow") != "" {
				<-free
			}
			return nil
		}
		s := newSite(t, liveview.Config{MaxMounts: 1}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
		s.visitor().get("/?slow=1").connect().rejoin(1, 0)
		synctest.Wait() // it mounts
		c := s.visitor().get("/").connect()
		c.rejoin(1, 0)
		c.ref = 10
		ref := c.pushHook("inc", 0)
		synctest.Wait() // it has been looked at
		close(free)
		for range 2 {
			if f := c.next(); f.event != "phx_reply" || f.ref != "1" && f.ref != ref {
				t.Errorf("the server sent %s", f.raw)
			}
		}
	})
}

// A line in the log doesn't grow with what a client says.
func TestLongNamesInTheLog(t *testing.T) {
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", plainView{}) })
	c := s.open("/")
	c.click(strings.Repeat("n", 60_000), nil)
	c.diffOf(map[string]any{"type": strings.Repeat("t", 60_000), "event": "x", "value": map[string]any{}})
	if n := len(s.log.String()); n == 0 || n > 5000 {
		t.Errorf("two events without a callback wrote %d bytes into the log", n)
	}
}

// Once Disconnect has returned no event is handled, not even of views that the
// client has joined anew and that work off what they were sent.
func TestDisconnectOfReplacedViews(t *testing.T) {
	free := make(chan struct{})
	v, mounts, events := blockingView(free)
	s := newSite(t, unlimited, func(r *gin.Engine) {
		r.Use(func(c *gin.Context) { liveview.Identify(c, "ann") })
		liveview.Handle(r, "/", v)
	})
	c := s.open("/")
	c.pushHook("block", 0)
	for range 100 {
		c.pushHook("inc", 0)
	}
	c.rejoin(7, 0)
	c.write(`[null,"99","phoenix","heartbeat",{}]`)
	for f := c.next(); f.ref != "99"; f = c.next() {
	}
	eventually(t, 5*time.Second, "the view is at work", func() bool { return events.Load() == 1 })
	if err := s.app.Disconnect("ann"); err != nil {
		t.Fatal(err)
	}
	before := events.Load()
	close(free)
	c.end()
	_ = s.app.Shutdown(context.Background(), s.server)
	if late := events.Load() - before; late != 0 || mounts.Load() != 1 {
		t.Errorf("%d events were handled and %d views mounted after Disconnect", late, mounts.Load()-1)
	}
}

// A mailbox that has no room for what a view needs is refused at the start.
func TestMailboxThatIsTooSmall(t *testing.T) {
	defer func() {
		if text := fmt.Sprint(recover()); !strings.Contains(text, "Config.MailboxSize is 7") || !strings.Contains(text, "at least 8") {
			t.Errorf("a MailboxSize of 7: %s", text)
		}
	}()
	liveview.Middleware(liveview.Config{MailboxSize: 7})
}

// A limit that can't work is refused at the start.
func TestLimitsThatCantWork(t *testing.T) {
	for name, c := range map[string]liveview.Config{
		"MaxFrame":             {MaxFrame: -1},
		"CompressionThreshold": {CompressionThreshold: -1},
		"MaxChannels":          {MaxChannels: -1},
		"MailboxSize":          {MailboxSize: -1},
		"MaxWaiting":           {MaxWaiting: -1},
		"JoinTimeout":          {JoinTimeout: -1},
		"IdleTimeout":          {IdleTimeout: -1},
		"WriteTimeout":         {WriteTimeout: -1},
	} {
		func() {
			defer func() {
				if text := fmt.Sprint(recover()); !strings.Contains(text, "Config."+name+" is -1") {
					t.Errorf("%s of -1: %s", name, text)
				}
			}()
			liveview.Middleware(c)
		}()
	}
}
