package liveview_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
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

// bare is a joined page of which a test reads only that something came, and how much: it has
// no more memory than it must, and allocates nothing for what it reads.
type bare struct {
	t    testing.TB
	conn *websocket.Conn
	id   string
	ref  int
}

func (p *page) bare() *bare {
	t := p.visitor.site.t
	t.Helper()
	conn, _, err := p.dialWith(websocket.Dialer{NetDialContext: p.visitor.site.listen.DialContext, ReadBufferSize: 256, WriteBufferSize: 256})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	b := &bare{t, conn, p.id, 1}
	b.ask("phx_join", map[string]any{"url": p.url, "session": p.session, "params": map[string]any{}})
	return b
}

// ask sends an event of the protocol, waits for the next frame, and returns its size.
func (b *bare) ask(event string, payload any) int {
	b.t.Helper()
	frame, err := json.Marshal([]any{"1", fmt.Sprint(b.ref), "lv:" + b.id, event, payload})
	if err == nil {
		err = b.conn.WriteMessage(websocket.TextMessage, frame)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	b.ref++
	_, r, err := b.conn.NextReader()
	if err != nil {
		b.t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, r)
	if err != nil {
		b.t.Fatal(err)
	}
	return int(n)
}

func (b *bare) click(event string) int {
	b.t.Helper()
	return b.ask("event", map[string]any{"type": "click", "event": event, "value": map[string]any{}})
}

// allocated is how many bytes this process has allocated so far.
func allocated() int {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.TotalAlloc)
}

// A diff of many megabytes takes memory in proportion while it is sent, and none afterwards:
// no buffer that has grown for it is kept.
func TestHugeDiffs(t *testing.T) {
	const size = 4 << 20
	text := strings.Repeat("é<", size/3)
	v := letterView()
	v.onEvent = func(s *liveview.Socket[letter], e liveview.Event) error {
		s.Assign(func(l *letter) {
			if l.Text = ""; e.Name == "huge" {
				l.Text = text
			}
		})
		return nil
	}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	b := s.visitor().get("/").bare()
	b.click("small")
	held, before := heapNow(), allocated()
	sent := b.click("huge")
	took := allocated() - before
	if sent < size {
		t.Errorf("a diff of %d bytes for a text of %d", sent, size)
	}
	if took > 8*sent {
		t.Errorf("a diff of %d bytes allocates %d", sent, took)
	}
	b.click("small")
	kept := heapNow() - held
	if kept > 1<<20 {
		t.Errorf("after a diff of %d bytes %d are kept", sent, kept)
	}
	figure(t, "a diff of %d MiB allocates %.1f bytes for each of its own; afterwards %d KiB are kept", sent>>20, float64(took)/float64(sent), max(0, kept>>10))
}

// wakeups returns how often goroutines of this process have been set to work, of which the
// runtime counts one in eight.
func wakeups() (n uint64) {
	sample := []metrics.Sample{{Name: "/sched/latencies:seconds"}}
	metrics.Read(sample)
	for _, count := range sample[0].Value.Float64Histogram().Counts {
		n += count
	}
	return 8 * n
}

// Views that nobody uses wake nothing up, and take no goroutines.
func TestIdleViewsSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const views = 200
		s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", counterView()) })
		v := s.visitor()
		open := func(n int) {
			for range n {
				v.get("/").bare()
			}
		}
		open(20) // whatever grows once has grown
		synctest.Wait()
		goroutines := runtime.NumGoroutine()
		open(views)
		synctest.Wait()
		more := runtime.NumGoroutine() - goroutines
		const idle = 50 * time.Second
		woken := uint64(math.MaxUint64) // the fewest in one of several spells, as the collector wakes up as well
		for range 5 {
			before := wakeups()
			time.Sleep(idle) // of the bubble's clock: nobody does anything meanwhile
			woken = min(woken, wakeups()-before)
		}
		if woken > 2*views { // a ticker of a second would be 50 each
			t.Errorf("%d views woke goroutines up %d times in %s", views, woken, idle)
		}
		if more > views+views/4 { // the client's end of each socket has one in this process
			t.Errorf("%d views take %d goroutines", views, more)
		}
		figure(t, "%.1f goroutines a view; in %s %d views wake up about %d times together", float64(more)/views, idle, views, woken)
	})
}

// Twice as much of what a client sends, or a page shows, takes twice the work, and not four
// times: keys, fields and rows, in an order that is to be the worst.
func TestWorkGrowsWithTheBytes(t *testing.T) {
	type all struct {
		Values map[string]string `form:"values" json:"values"`
	}
	decode := func(body func(n int) string) func(t *testing.T, n int) func() {
		return func(t *testing.T, n int) func() {
			e := typed(t, "", body(n))
			return func() {
				var to all
				_ = e.Bind(&to) // too many are an error, which is no less work than it need be
				_ = liveview.FormOf(all{}).Apply(e)
			}
		}
	}
	rows := func(order func(ids []string, turn int)) func(t *testing.T, n int) func() {
		return func(t *testing.T, n int) func() {
			type row struct{ ID string }
			type list struct{ Rows []row }
			v := &testView[list]{template: liveview.MustParse[list](`<ul>{{range .Rows | keyed "ID"}}<li>{{.ID}}</li>{{end}}</ul>`)}
			turn := 0
			v.onEvent = func(s *liveview.Socket[list], _ liveview.Event) error {
				ids := make([]string, n)
				for i := range ids {
					ids[i] = fmt.Sprint("row-", i)
				}
				order(ids, turn)
				turn++
				s.Assign(func(l *list) {
					l.Rows = make([]row, n)
					for i := range ids {
						l.Rows[i].ID = ids[i]
					}
				})
				return nil
			}
			s := newSite(t, unlimited, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
			b := s.visitor().get("/").bare()
			b.click("x")
			return func() { b.click("x") }
		}
	}
	most, kinds := 0.0, 0
	for name, test := range map[string]struct {
		n    int
		prep func(t *testing.T, n int) func()
	}{
		"fields of a map": {2000, decode(func(n int) string {
			var b strings.Builder
			for i := range n {
				fmt.Fprintf(&b, "values[k%d]=v&", i)
			}
			return strings.TrimSuffix(b.String(), "&")
		})},
		"one field again and again": {2000, decode(func(n int) string { return strings.TrimSuffix(strings.Repeat("values[k]=v&", n), "&") })},
		"fields that nobody knows": {2000, decode(func(n int) string {
			return strings.TrimSuffix(strings.Repeat("values_drop[]=1&values_sort[]=0&", n), "&")
		})},
		"rows turned round": {500, rows(func(ids []string, turn int) {
			if turn%2 == 1 {
				slices.Reverse(ids)
			}
		})},
		"rows in two halves": {500, rows(func(ids []string, turn int) {
			if turn%2 == 1 {
				half := len(ids) / 2
				copy(ids, append(slices.Clone(ids[half:]), ids[:half]...))
			}
		})},
		"rows of one key": {500, rows(func(ids []string, turn int) {
			for i := range ids {
				ids[i] = fmt.Sprint("same-", i%2, turn%2)
			}
		})},
		"rows that are all others": {500, rows(func(ids []string, turn int) {
			for i := range ids {
				ids[i] = fmt.Sprint("turn-", turn, "-", i)
			}
		})},
	} {
		t.Run(name, func(t *testing.T) {
			work := func(n int) int {
				do := test.prep(t, n)
				do()
				before := allocated()
				for range 4 {
					do()
				}
				return allocated() - before
			}
			once, twice := work(test.n), work(2*test.n)
			ratio := float64(twice) / float64(once)
			if ratio > 3 { // 4 is quadratic, and a map that grows doubles
				t.Errorf("%d take %d bytes, twice as many %d", test.n, once, twice)
			}
			most, kinds = max(most, ratio), kinds+1
		})
	}
	figure(t, "%d kinds: twice as much allocates %.1f times as much at most", kinds, most)
}

// A process that has no memory left for what it holds collects garbage with half of its
// processors all the time, as Go has it. Events then take longer, and each is answered.
func TestShortOfMemory(t *testing.T) {
	const clients = 8
	lasts := 400 * time.Millisecond
	s := newSite(t, unlimited, func(r *gin.Engine) { liveview.Handle(r, "/", counterView()) })
	var views []*client
	for range clients {
		views = append(views, s.open("/"))
	}
	clicks := make([]int, clients) // of each view so far
	measure := func() (perSecond float64, p99 time.Duration) {
		var mu sync.Mutex // guards took
		var took []time.Duration
		var all sync.WaitGroup
		var failed atomic.Int32
		until := time.Now().Add(lasts)
		for i, c := range views {
			all.Go(func() {
				for time.Now().Before(until) {
					from := time.Now()
					clicks[i]++
					if diff := c.click("inc", nil); diff["0"] != fmt.Sprint(clicks[i]) {
						failed.Add(1)
					}
					mu.Lock()
					took = append(took, time.Since(from))
					mu.Unlock()
				}
			})
		}
		all.Wait()
		if n := failed.Load(); n != 0 {
			t.Errorf("%d clicks were answered by something else", n)
		}
		slices.Sort(took)
		return float64(len(took)) / lasts.Seconds(), took[len(took)*99/100]
	}
	measure() // whatever grows once has grown
	before, p99 := measure()
	limit := debug.SetMemoryLimit(1 << 20)
	defer debug.SetMemoryLimit(limit)
	short, slow := measure()
	debug.SetMemoryLimit(limit)
	after, _ := measure()
	if after < short { // how much less it is depends on what else the machine does
		t.Errorf("%.0f events a second, %.0f short of memory, %.0f afterwards", before, short, after)
	}
	figure(t, "at a memory limit of which nothing is left %.0f %% of the events a second, all answered; 99th percentile %s, and %s without", 100*short/before, slow, p99)
}
