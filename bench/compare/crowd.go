package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-liveview/liveview/bench/internal/proc"
)

// What a crowd does, however many it is.
const (
	crowdFew      = 100 // sockets that it is held against
	crowdRoom     = 100 // sockets that hear one broadcast
	crowdClicks   = 500 // a second, of all of them
	crowdTells    = 10  // broadcasts a second, in one room after the other
	crowdBeat     = 30 * time.Second
	crowdVariable = "GOMAXPROCS=2" // it shares the second core with the clients
)

// crowd has n sockets on one process of the reference server for a while, with heartbeats,
// clicks and broadcasts, and then restarts it, so that all come back at once. What a click
// takes is held against a hundred sockets with as many clicks and deliveries a second. It
// writes a table, and returns what isn't as it must be.
func crowd(ctx context.Context, p programs, n int, d time.Duration, w io.Writer) error {
	p.pin = false
	s, err := p.start(ctx, "ours", crowdVariable)
	if err != nil {
		return err
	}
	defer func() { s.stop() }()
	few, err := s.gather(ctx, crowdFew)
	if err != nil {
		return err
	}
	alone, err := few.live(ctx, max(d/10, 2*time.Second))
	few.leave()
	if err != nil {
		return fmt.Errorf("%d sockets: %w", crowdFew, err)
	}
	all, err := s.gather(ctx, n)
	if err != nil {
		return err
	}
	defer func() { all.leave() }()
	lived, err := all.live(ctx, d)
	if err != nil {
		return fmt.Errorf("%d sockets: %w", n, err)
	}
	wave, err := all.comeBack(ctx, p)
	if err != nil {
		return fmt.Errorf("the wave of %d: %w", n, err)
	}
	_, err = fmt.Fprintf(w, `| | %d sockets | %d sockets |
|---|---|---|
| clicks answered | %d | %d |
| the same, p50 | %v | %v |
| the same, p99 | %v | %v, %.1f x |
| numbers heard | %d | %d |
| numbers, answers and heartbeats lost | %d | %d |
| memory, in the second tenth and in the last | %s | %s, %s a socket |
| heap, at the start and in the end | %s | %s |

After a restart all %d were back in %v, at most %d of them in Mount at a time, with %s at most, %.2f x what there was before.
`, crowdFew, n, len(alone.took), len(lived.took), alone.at(0.5), lived.at(0.5), alone.at(0.99), lived.at(0.99), float64(lived.at(0.99))/float64(alone.at(0.99)),
		alone.heard, lived.heard, alone.lost, lived.lost, alone.memory(), lived.memory(), kib(lived.rss[len(lived.rss)-1]/int64(n)), alone.heaps(), lived.heaps(),
		n, wave.took.Round(10*time.Millisecond), wave.mounting, mib(wave.peak), float64(wave.peak)/float64(lived.rss[len(lived.rss)-1]))
	return err
}

func mib(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

func kib(n int64) string { return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10)) }

// hallFigures are what the server says of itself.
type hallFigures struct {
	Heap       int64
	Goroutines int
	Asked      int            // most that were in Mount at a time
	Told       map[string]int // the last number in each room
}

func (s *server) hallFigures() (f hallFigures, err error) {
	res, err := http.Get("http://" + s.address + "/hall-figures")
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	return f, json.NewDecoder(res.Body).Decode(&f)
}

// crowdOf is who is there.
type crowdOf struct {
	server  *server
	members []*member
	reading sync.WaitGroup
	failed  failure
	leaving atomic.Bool

	mu   sync.Mutex // guards took
	took []time.Duration
}

// member is one page of a crowd.
type member struct {
	room    string
	cookies []*http.Cookie
	name    string // as the start script calls its page

	mu      sync.Mutex // guards the fields below, and writing
	view    *view
	due     map[int]time.Time // when the clicks were, that aren't answered, by their refs
	pending int               // heartbeats that aren't answered
	heard   int
	heard1  int // the first number that it heard
	lacks   int // numbers that it has heard too few or too many of
}

// gather opens n pages, in rooms of a hundred.
func (s *server) gather(ctx context.Context, n int) (*crowdOf, error) {
	c := &crowdOf{server: s, members: make([]*member, n)}
	var next atomic.Int64
	var workers sync.WaitGroup
	for range 16 {
		workers.Go(func() {
			for i := int(next.Add(1) - 1); i < n && c.failed.get() == nil; i = int(next.Add(1) - 1) {
				m := &member{room: strconv.Itoa(i / crowdRoom), name: strconv.FormatUint(rand.Uint64(), 36), due: make(map[int]time.Time)}
				if err := m.open(ctx, s, i); err != nil {
					c.failed.set(err)
					return
				}
				c.members[i] = m
			}
		})
	}
	workers.Wait()
	if err := c.failed.get(); err != nil {
		c.leave()
		return nil, err
	}
	for _, m := range c.members {
		c.reading.Go(func() { c.read(m) })
	}
	return c, nil
}

// open loads the page and joins.
func (m *member) open(ctx context.Context, s *server, i int) error {
	v := &visitor{address: s.address, path: "/hall/" + m.room, source: i}
	defer v.close()
	body, cookies, _, err := v.get(ctx)
	if err != nil {
		return err
	}
	p, err := parsePage(body)
	if err != nil {
		return err
	}
	m.cookies = cookies
	m.view, err = v.join(ctx, p, cookies, "")
	if err != nil {
		return err
	}
	return m.view.conn.SetReadDeadline(time.Time{})
}

// read takes what comes for a page, until its connection ends.
func (c *crowdOf) read(m *member) {
	for {
		f, err := m.view.read()
		now := time.Now()
		if err != nil {
			if !c.leaving.Load() {
				c.failed.set(err)
			}
			m.view.cut() // or its descriptor stays
			return
		}
		if took, ok := m.take(f, now); ok {
			c.mu.Lock()
			c.took = append(c.took, took)
			c.mu.Unlock()
		}
	}
}

// take takes one message, and returns what a click took that it answers.
func (m *member) take(f frame, now time.Time) (took time.Duration, answers bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch f.event {
	case "diff":
		var d map[string]any
		if json.Unmarshal(f.payload, &d) != nil {
			m.lacks++
			return 0, false
		}
		if text, ok := d["1"].(string); ok {
			m.hear(text)
		}
		if _, ok := d["2"]; ok { // the view itself has heard too few
			m.lacks++
		}
	case "phx_reply":
		ref, _ := strconv.Atoi(f.ref)
		due, isClick := m.due[ref]
		if !isClick {
			m.pending--
			return 0, false
		}
		delete(m.due, ref)
		if !f.accepted() {
			m.lacks++
		}
		return now.Sub(due), true
	}
	return 0, false
}

// hear takes the number that the page shows as the last one.
func (m *member) hear(text string) {
	n, err := strconv.Atoi(text)
	if err != nil || m.heard > 0 && n != m.heard+1 {
		m.lacks++
	}
	if m.heard == 0 {
		m.heard1 = n
	}
	m.heard = n
}

// click sends an event that was due then; tell one that has its room be told something.
func (m *member) click(due time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.due[m.view.ref+1] = due
	_, err := m.view.send("inc")
	return err
}

func (m *member) tell() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pending++
	_, err := m.view.send("tell")
	return err
}

// beat sends a heartbeat.
func (m *member) beat() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pending++
	return m.view.heartbeat()
}

// crowdLife is what was measured of a crowd.
type crowdLife struct {
	outcome
	heard, lost int
	rss         []int64 // in each tenth, the median
	heap        [2]int64
}

func (l crowdLife) memory() string {
	return mib(l.rss[1]) + ", " + mib(l.rss[len(l.rss)-1])
}

func (l crowdLife) heaps() string { return mib(l.heap[0]) + ", " + mib(l.heap[1]) }

// live has the crowd live for a while, and counts what it has lost.
func (c *crowdOf) live(ctx context.Context, d time.Duration) (l crowdLife, err error) {
	before, err := c.server.hallFigures()
	if err != nil {
		return l, err
	}
	if err := c.act(ctx, d, &l); err != nil {
		return l, err
	}
	if err := c.settle(ctx); err != nil {
		return l, err
	}
	after, err := c.server.hallFigures()
	if err != nil {
		return l, err
	}
	l.heap = [2]int64{before.Heap, after.Heap}
	for _, m := range c.members {
		m.mu.Lock()
		l.lost += len(m.due) + m.lacks + m.pending
		if m.heard > 0 {
			l.heard += m.heard - m.heard1 + 1
		}
		l.lost += after.Told[m.room] - m.heard
		m.mu.Unlock()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	l.took = c.took
	slices.Sort(l.took)
	if len(l.took) == 0 {
		return l, errNothingDone
	}
	return l, c.failed.get()
}

// act sends what is due, and notes the server's memory.
func (c *crowdOf) act(ctx context.Context, d time.Duration, l *crowdLife) error {
	n := len(c.members)
	rooms := (n + crowdRoom - 1) / crowdRoom
	start := time.Now()
	clicks := pace{every: time.Second / crowdClicks, at: start}
	tells := pace{every: time.Second / crowdTells, at: start}
	beats := pace{every: crowdBeat / time.Duration(n), at: start}
	looks := pace{every: d / 200, at: start}
	var seen []int64
	for now := start; now.Sub(start) < d; now = time.Now() {
		var err error
		for i, due := range clicks.due(now) {
			err = errors.Join(err, c.members[i%n].click(due))
		}
		for i := range tells.due(now) {
			err = errors.Join(err, c.members[min(i%rooms*crowdRoom+i/rooms%crowdRoom, n-1)].tell())
		}
		for i := range beats.due(now) {
			err = errors.Join(err, c.members[i%n].beat())
		}
		for range looks.due(now) {
			rss, err2 := proc.Memory(c.server.process.Process.Pid)
			seen, err = append(seen, rss), errors.Join(err, err2)
		}
		if err = errors.Join(err, c.failed.get(), ctx.Err()); err != nil {
			return err
		}
		time.Sleep(time.Until(clicks.at))
	}
	for tenth := range 10 {
		part := slices.Clone(seen[tenth*len(seen)/10 : (tenth+1)*len(seen)/10])
		slices.Sort(part)
		l.rss = append(l.rss, part[len(part)/2])
	}
	return nil
}

// pace is what is due again and again.
type pace struct {
	every time.Duration
	at    time.Time // when the next is
	n     int
}

// due yields the number of each that is due by now, and when it was.
func (p *pace) due(now time.Time) func(yield func(int, time.Time) bool) {
	return func(yield func(int, time.Time) bool) {
		for !p.at.After(now) {
			i, at := p.n, p.at
			p.n, p.at = p.n+1, p.at.Add(p.every)
			if !yield(i, at) {
				return
			}
		}
	}
}

// settle waits until all has been answered and heard, or for so long that the rest is lost.
func (c *crowdOf) settle(ctx context.Context) error {
	f, err := c.server.hallFigures()
	if err != nil {
		return err
	}
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		rests := true
		for _, m := range c.members {
			m.mu.Lock()
			rests = rests && len(m.due) == 0 && m.pending == 0 && m.heard >= f.Told[m.room]
			m.mu.Unlock()
		}
		if rests {
			return nil
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// crowdWave is how a crowd has come back.
type crowdWave struct {
	took     time.Duration // until the last one was joined
	peak     int64         // of the server's memory
	mounting int           // most that were in Mount at a time
}

// comeBack kills the server and starts it anew, and has all come back as the client does.
func (c *crowdOf) comeBack(ctx context.Context, p programs) (wave crowdWave, err error) {
	c.leaving.Store(true)
	s := c.server
	s.stop()
	c.reading.Wait()
	if err := p.again(ctx, s, crowdVariable); err != nil {
		return wave, err
	}
	start := time.Now()
	var all sync.WaitGroup
	for i, m := range c.members {
		all.Go(func() {
			if err := m.rejoin(ctx, s, i); err != nil {
				c.failed.set(err)
			}
		})
	}
	all.Wait()
	wave.took = time.Since(start)
	if err := c.failed.get(); err != nil {
		return wave, err
	}
	if wave.peak, err = proc.PeakMemory(s.process.Process.Pid); err != nil {
		return wave, err
	}
	f, err := s.hallFigures()
	wave.mounting = f.Asked
	return wave, err
}

// rejoin tries until the page is joined, with the pauses of the start script.
func (m *member) rejoin(ctx context.Context, s *server, i int) (err error) {
	pauses := []time.Duration{50, 100, 250, 500, 1000, 2000, 5000}
	for try := range 20 {
		longest := pauses[min(try, len(pauses)-1)] * time.Millisecond
		if err := pause(ctx, longest/2+rand.N(longest/2)); err != nil {
			return err
		}
		var v *view
		if v, err = join(ctx, s.address, "/hall/"+m.room, i+try, m.view.page, m.cookies, false, m.name); err == nil {
			m.view = v
			return nil
		}
	}
	return err
}

// leave closes all pages.
func (c *crowdOf) leave() {
	c.leaving.Store(true)
	for _, m := range c.members {
		if m != nil && m.view != nil {
			m.view.close()
		}
	}
	c.reading.Wait()
}
