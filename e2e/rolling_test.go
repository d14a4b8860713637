package e2e

import (
	"context"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"
)

// crowd is very many pages, each of which something is half done in.
type crowd struct {
	t       *testing.T
	journal journal
	all     []*walker
	began   time.Time
	end     func() // has them send nothing more, and waits for them
}

// startCrowd has so many pages opened and joined, which then send events, and cut their
// connections at random if they have a seed.
func startCrowd(t *testing.T, site string, count int, every time.Duration, seed *uint64) *crowd {
	t.Helper()
	c := &crowd{t: t}
	slots := make(chan struct{}, 16) // that open their page at the same time
	var opening, walking sync.WaitGroup
	for i := range count {
		w := newWalker(site, i, &c.journal)
		w.every = every
		if seed != nil {
			w.drops = mathrand.New(mathrand.NewPCG(*seed, uint64(i+1)))
		}
		c.all = append(c.all, w)
		opening.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if err := w.load(); err != nil {
				t.Error(err)
			} else if err := w.connect(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	opening.Wait()
	stop := make(chan struct{})
	c.end = sync.OnceFunc(func() {
		close(stop)
		walking.Wait()
		for _, w := range c.all {
			w.hangUp()
		}
	})
	t.Cleanup(c.end)
	if t.Failed() {
		t.FailNow()
	}
	c.began = time.Now()
	for _, w := range c.all {
		walking.Go(func() { w.walk(stop) })
	}
	return c
}

// slowest returns the median and p99 of the answers to events between two times.
func (c *crowd) slowest(from, to time.Time) (median, p99 time.Duration, count int) {
	var took []time.Duration
	c.journal.do(func() {
		for _, click := range c.journal.clicks {
			if click.at.After(from) && click.at.Before(to) {
				took = append(took, click.took)
			}
		}
	})
	if len(took) == 0 {
		return 0, 0, 0
	}
	slices.Sort(took)
	return percentile(took, 50), percentile(took, 99), len(took)
}

// goesOn waits until so many events have been sent since that time, and answered.
func (c *crowd) goesOn(since time.Time, events int) {
	c.t.Helper()
	eventually(c.t, "people go on", func() error {
		if _, _, count := c.slowest(since, time.Now()); count < events {
			return fmt.Errorf("%d events of %d since %v", count, events, since.Format(time.TimeOnly))
		}
		return nil
	})
}

// besideOthers has a test run beside others, unless its full length takes all of the machine.
func besideOthers(t *testing.T) {
	t.Helper()
	if !*slow {
		t.Parallel()
	}
}

// outcome is what became of a crowd's events.
type outcome struct {
	sent, missing, doubled, wrong, loads int
	lost                                 []lostEvent
}

type lostEvent struct {
	walker *walker
	n      int
	sentEvent
}

func (c *crowd) outcome() (o outcome) {
	c.t.Helper()
	o.loads = c.journal.loads
	for _, w := range c.all {
		o.sent += len(w.sent)
		o.doubled += w.doubled()
		for _, n := range w.missing() {
			o.lost = append(o.lost, lostEvent{w, n, w.sent[n-1]})
		}
		for _, what := range w.wrong() {
			o.wrong++
			c.t.Errorf("walker %d: %s", w.number, what)
		}
		if w.doubled() > 0 {
			c.t.Errorf("walker %d has seen twice what it had sent once: %v", w.number, w.seen())
		}
		// A page that comes back shows what it showed.
		for i, j := range w.joins {
			if i > 0 && j.seen == 0 && w.joins[i-1].seen > 0 {
				o.loads++
				c.t.Errorf("walker %d began anew at %s", w.number, j.node)
			}
		}
	}
	o.missing = len(o.lost)
	for _, problem := range c.journal.problems {
		c.t.Error(problem)
	}
	slices.Sort(c.journal.outages)
	if n := len(c.journal.outages); n > 0 {
		most := 10 * time.Second
		if *slow && !*raced {
			most = 2 * time.Second
		}
		if p99 := percentile(c.journal.outages, 99); p99 > most {
			c.t.Errorf("p99 of the time until a page has joined again is %v, want at most %v", p99, most)
		}
		c.t.Logf("sockets were lost with codes %v; %d attempts to connect again failed; the longest was away for %v", c.journal.codes, c.journal.tries, c.journal.outages[n-1].Round(time.Millisecond))
		c.t.Attr("figure", fmt.Sprintf("sockets lost %d times; joined again after %v in the median, %v at the 99th percentile", n, percentile(c.journal.outages, 50), percentile(c.journal.outages, 99)))
	}
	c.t.Attr("figure", fmt.Sprintf("%d pages sent %d events: %d lost, %d handled twice; %d fields wrong; %d pages loaded or begun anew", len(c.all), o.sent, o.missing, o.doubled, o.wrong, o.loads))
	return o
}

// clicker has a page in a browser do what a walker does: one click after the other, each
// numbered, as long as the page can be used.
const clicker = `window.sent = []; window.clicks = setInterval(() => {
	const main = document.querySelector("[data-phx-main]"), n = window.sent.length + 1;
	if (!main.classList.contains("phx-connected") || !liveSocket.isConnected()) { window.since = null; return }
	if (n > 1 && window.since === window.rejoined && !seen().includes(n - 1)) return; // it is on its way
	window.since = window.rejoined;
	const to = document.querySelector(["#next", "#add", "#card-1", "#more-1", "#more-2"][n % 5]);
	to.setAttribute("phx-value-n", n);
	window.sent.push(n);
	to.click();
}, 150);
window.rejoined = 0;
addEventListener("phx:liveview:restored", () => { window.rejoined++ });
addEventListener("phx:liveview:dropped", () => { window.dropped = true });
window.seen = () => [...document.body.textContent.matchAll(/seen=\[([\d ]*)\]/g)].flatMap(m => m[1].split(" ").filter(n => n).map(Number)).filter(n => n > 0).sort((a, b) => a - b);`

// Three nodes are restarted in turn, twice, while very many pages with something half done
// in them are used, without any sticky session: nothing that had reached a socket is
// lost or done twice, and no page begins anew.
func TestRollingRestartLosesNothing(t *testing.T) {
	besideOthers(t)
	pages, every, some := 60, 150*time.Millisecond, 300
	if *slow {
		pages, every, some = 500, time.Second, 2500
	}
	c := startNginx(t, 3, append(drain(), "BROKER="+startRedisBroker(t).url)...)
	var tabs []*tab
	for range 2 {
		tb := c.open(newPerson(t), "/journey")
		tb.enter("#name", "half")
		tb.holds(`document.querySelector("#name").getAttribute("value") === "half"`)
		tb.js(clicker)
		tabs = append(tabs, tb)
	}
	crowd := startCrowd(t, "https://"+c.addr, pages, every, nil)
	crowd.goesOn(crowd.began, some)
	median, before, count := crowd.slowest(crowd.began, time.Now())
	t.Logf("before: %d events, median %v, p99 %v", count, median.Round(time.Millisecond/10), before.Round(time.Millisecond/10))
	for _, n := range c.nodes {
		n.restart(t)
		soon := time.Now().Add(2 * time.Second)
		crowd.goesOn(soon, some)
		median, after, count := crowd.slowest(soon, time.Now())
		t.Logf("2 s after %s is back: %d events, median %v, p99 %v", n.name, count, median.Round(time.Millisecond/10), after.Round(time.Millisecond/10))
	}
	for _, n := range c.nodes { // without a pause: pages are still about to join
		n.restart(t)
	}
	crowd.goesOn(time.Now(), pages)
	crowd.end()
	o := crowd.outcome()
	for _, l := range o.lost {
		t.Errorf("walker %d: event %d, sent to %s and answered: %v, is lost", l.walker.number, l.n, l.node, !l.answered.IsZero())
	}
	if *slow && o.sent < 10_000 {
		t.Errorf("%d events are few", o.sent)
	}
	for _, tb := range tabs {
		tb.js(`clearInterval(window.clicks)`)
		tb.live()
		tb.holds(`JSON.stringify(seen()) === JSON.stringify(window.sent)`)
		if !tb.marked() || eval[bool](tb, `window.dropped === true`) {
			t.Error("a page in the browser was loaded, or began, anew")
		}
		if name := eval[string](tb, `document.querySelector("#name").value`); name != "half" {
			t.Errorf("the field in the browser holds %q", name)
		}
		t.Logf("in the browser: %d clicks, restored %d times", eval[int](tb, `window.sent.length`), eval[int](tb, `window.rejoined`))
	}
}

// Three nodes are killed in turn with kill -9, and then restarted. What had changed more
// than a second before a kill is there at another node, and everything of those who were
// elsewhere; nothing is done twice, and a restart loses nothing.
func TestKilledNodeLosesASecond(t *testing.T) {
	besideOthers(t)
	pages, every, some := 60, 150*time.Millisecond, 600
	if *slow {
		pages, every, some = 500, time.Second, 2500
	}
	b := startRedisBroker(t)
	c := startNginx(t, 3, append(drain(), "BROKER="+b.url, "STORE="+b.url[len("redis://"):])...)
	crowd := startCrowd(t, "https://"+c.addr, pages, every, nil)
	var kills []kill
	for _, n := range c.nodes {
		crowd.goesOn(time.Now(), some)
		kills = append(kills, kill{n.name, time.Now()})
		n.kill()
		crowd.goesOn(time.Now(), some)
		if err := n.start(); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range c.nodes { // which loses nothing, with a store as without
		crowd.goesOn(time.Now(), some)
		n.restart(t)
	}
	crowd.goesOn(time.Now(), some)
	crowd.end()
	o := crowd.outcome()
	forgive(t, o, kills)
}

// Pages whose connections are cut at random, over processes that are restarted and killed at
// random, show what their visitors had come to.
func TestPagesWanderOverProcesses(t *testing.T) {
	besideOthers(t)
	pages, rounds, some := 40, 3, 200
	if *slow {
		pages, rounds, some = 200, 20, 1000
	}
	seed := mathrand.Uint64()
	t.Logf("the seed is %d", seed)
	random := mathrand.New(mathrand.NewPCG(seed, 0))
	b := startRedisBroker(t)
	c := startNginx(t, 3, append(drain(), "BROKER="+b.url, "STORE="+b.url[len("redis://"):])...)
	crowd := startCrowd(t, "https://"+c.addr, pages, 400*time.Millisecond, &seed)
	var kills []kill
	for range rounds {
		crowd.goesOn(time.Now(), some)
		switch n := c.nodes[random.IntN(len(c.nodes))]; random.IntN(3) {
		case 0:
			n.restart(t)
		case 1:
			kills = append(kills, kill{n.name, time.Now()})
			n.kill()
			crowd.goesOn(time.Now(), random.IntN(some)+1)
			if err := n.start(); err != nil {
				t.Fatal(err)
			}
		default: // connections alone are cut
		}
	}
	crowd.goesOn(time.Now(), some)
	crowd.end()
	o := crowd.outcome()
	o.lost = slices.DeleteFunc(o.lost, func(l lostEvent) bool { return l.cut }) // which may not have arrived
	forgive(t, o, kills)
}

// kill is one of a node by kill -9.
type kill struct {
	node string
	at   time.Time
}

// mayLose reports whether the kill accounts for the loss of an event: the page showed for less
// than a second what had come of it, or nothing had come of it yet.
func (k kill) mayLose(l lostEvent) bool {
	if l.node != k.node {
		return false
	}
	if l.answered.IsZero() {
		return l.at.Before(k.at.Add(time.Second)) && l.lost.After(k.at)
	}
	return l.answered.After(k.at.Add(-time.Second)) && l.answered.Before(k.at.Add(time.Second))
}

// forgive fails the test for each event that is lost, but for those that a kill may lose.
func forgive(t *testing.T, o outcome, kills []kill) {
	t.Helper()
	within, answered := 0, 0
	var longest time.Duration
	for _, l := range o.lost {
		i := slices.IndexFunc(kills, func(k kill) bool { return k.mayLose(l) })
		if i < 0 {
			t.Errorf("walker %d: event %d, sent to %s and answered: %v, is lost, and that node wasn't killed within a second", l.walker.number, l.n, l.node, !l.answered.IsZero())
			continue
		}
		if within++; !l.answered.IsZero() {
			answered++
			longest = max(longest, kills[i].at.Sub(l.answered))
		}
	}
	t.Attr("figure", fmt.Sprintf("%d kills: %d events lost, of which %d had been answered, the earliest %v before the kill", len(kills), within, answered, longest))
}
