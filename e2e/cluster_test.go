package e2e

import (
	"cmp"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// Several nodes with the settings for nginx in docs/deployment.md. The tests use
// them one after the other.
func TestBehindNginx(t *testing.T) {
	t.Parallel()
	c := startNginx(t, 3, drain()...)
	t.Run("reconnects hop", func(t *testing.T) { reconnectsHop(t, c) })
	t.Run("rolling restart keeps forms", func(t *testing.T) { rollingRestartKeepsForms(t, c) })
	t.Run("rolling restart of many sockets", func(t *testing.T) { rollingRestartOfManySockets(t, c) })
	t.Run("a node is killed", func(t *testing.T) { nodeIsKilled(t, c) })
}

// The same with those for HAProxy.
func TestBehindHAProxy(t *testing.T) {
	t.Parallel()
	c := startHAProxy(t, 3, drain()...)
	t.Run("a node is stopped", func(t *testing.T) { nodeIsStopped(t, c) })
	t.Run("rolling restart of many sockets", func(t *testing.T) { rollingRestartOfManySockets(t, c) })
}

// The same with those for Caddy.
func TestBehindCaddy(t *testing.T) {
	t.Parallel()
	c := startCaddy(t, 3, drain()...)
	t.Run("a node is stopped", func(t *testing.T) { nodeIsStopped(t, c) })
}

// drain has nodes close their sockets in a fifth of the usual time, unless the
// tests may be slow.
func drain() []string {
	if *slow {
		return nil
	}
	return []string{"DRAIN=5s"}
}

// Again and again a client connects with the page that it was served once, at
// whichever node the proxy picks.
func reconnectsHop(t *testing.T, c *cluster) {
	const callers = 4
	each := 50
	if *slow {
		each = 250
	}
	var wg sync.WaitGroup
	var mu sync.Mutex // guards changed and visits
	changed, visits := 0, map[string]int{}
	for range callers {
		wg.Go(func() {
			p, err := c.newCaller("/counter")
			if err != nil {
				t.Error(err)
				return
			}
			last := ""
			for i := range each {
				node, err := p.hop()
				if err != nil {
					t.Errorf("reconnect %d, after %s: %v", i+1, cmp.Or(last, "none"), err)
					return
				}
				mu.Lock()
				visits[node]++
				if last != "" && node != last {
					changed++
				}
				mu.Unlock()
				last = node
			}
		})
	}
	wg.Wait()
	t.Attr("figure", fmt.Sprintf("%d reconnects, %d of them to another node than before, at %d nodes: all served", callers*each, changed, len(visits)))
	if len(visits) != len(c.nodes) || changed < callers*each/4 {
		t.Errorf("%d nodes were visited with %d changes; that is no hopping between %d", len(visits), changed, len(c.nodes))
	}
}

// All nodes are restarted, one after the other, while people fill in forms.
// Nothing of what they typed is lost, and no page is loaded anew.
func rollingRestartKeepsForms(t *testing.T, c *cluster) {
	const letter = "I have cooked for as long as I can remember."
	type applicant struct {
		tab         *tab
		name, email string
	}
	var all []applicant
	for i, p := range []*person{newPerson(t), newPerson(t)} {
		for j := range 3 {
			a := applicant{c.open(p, "/form"), fmt.Sprintf("Person %d-%d", i, j), fmt.Sprintf("p%d%d@example.com", i, j)}
			a.tab.enter("[name=name]", a.name)
			a.tab.enter("[name=email]", "half an addr")
			a.tab.shows("#email-error", "must be an e-mail address")
			a.tab.click("[name=terms]")
			a.tab.js(`const post = document.querySelector("[name=post]"); post.value = "waiter"; post.dispatchEvent(new Event("input", {bubbles: true}))`)
			// In this field the client waits for the blur before it says anything.
			a.tab.enter("[name=letter]", letter[:20])
			all = append(all, a)
		}
	}
	before := make([]int, len(all))
	for i, a := range all {
		before[i] = a.tab.loaded()
	}
	for i, n := range c.nodes {
		n.restart(t)
		// People go on typing.
		for _, a := range all {
			part := len(letter) - 20
			a.tab.run(pressed(letter[20+part*i/3 : 20+part*(i+1)/3]))
		}
	}
	var outages []float64
	for i, a := range all {
		a.tab.live()
		if got := eval[string](a.tab, `[...new FormData(document.querySelector("#application")).values()].join("|")`); got != a.name+"|half an addr|waiter|yes|"+letter {
			t.Errorf("the form of %s holds %q", a.name, got)
		}
		if focus := eval[string](a.tab, `document.activeElement.name`); focus != "letter" {
			t.Errorf("the focus of %s is in %q", a.name, focus)
		}
		// The server knows, too.
		a.tab.shows("#email-error", "must be an e-mail address")
		a.tab.enter("[name=email]", a.email)
		a.tab.shows("#email-error", "") // which moves the button
		a.tab.click("#apply")
		a.tab.shows("#done", strings.Join([]string{a.name, a.email, "waiter", "yes", letter}, "|"))
		if n := a.tab.loaded() - before[i]; n != 0 || !a.tab.marked() {
			t.Errorf("the page of %s was loaded anew %d times", a.name, n)
		}
		times := eval[[]float64](a.tab, `outages`)
		outages = append(outages, times...)
	}
	slices.Sort(outages)
	if len(outages) < len(all) {
		t.Fatalf("only %d sockets were lost in the restart of all nodes, with %d pages open", len(outages), len(all))
	}
	p99 := percentile(outages, 99)
	t.Attr("figure", fmt.Sprintf("%d forms half filled in lost their socket %d times: no letter lost; usable again after %v in the median, %v at the 99th percentile",
		len(all), len(outages), milliseconds(percentile(outages, 50)), milliseconds(p99)))
	if p99 > 10_000 {
		t.Errorf("p99 of the time until a page can be used again is %.0f ms, want at most 10 s", p99)
	}
}

// All nodes are restarted while more sockets are open than are closed at once:
// each of them is told, finds another node at its first attempt, and none waits
// long.
func rollingRestartOfManySockets(t *testing.T, c *cluster) {
	callers := 240 // two thirds of them on two nodes are more than a node closes at once
	if *slow {
		callers = 450
	}
	var mu sync.Mutex // guards the fields below
	var outages []time.Duration
	closed, failed := map[int]int{}, 0
	stopping := make(chan struct{})
	var joined, done sync.WaitGroup
	stop := sync.OnceFunc(func() {
		close(stopping)
		done.Wait()
	})
	defer stop()                     // whatever fails, the callers end before the test
	slots := make(chan struct{}, 16) // that open their page at the same time
	for range callers {
		joined.Add(1)
		done.Go(func() {
			slots <- struct{}{}
			p, err := c.newCaller("/counter")
			var conn *websocket.Conn
			if err == nil {
				conn, _, err = p.connect()
			}
			<-slots
			joined.Done()
			for err == nil {
				_ = conn.SetReadDeadline(time.Now().Add(4 * patience))
				hangUp := make(chan struct{})
				go func() { // ends with the connection
					select {
					case <-stopping:
						_ = conn.Close()
					case <-hangUp:
					}
				}()
				_, _, lost := conn.ReadMessage()
				close(hangUp)
				_ = conn.Close()
				select {
				case <-stopping:
					return
				default:
				}
				code := websocket.CloseAbnormalClosure
				if ce := (*websocket.CloseError)(nil); errors.As(lost, &ce) {
					code = ce.Code
				}
				begin := time.Now()
				for tries := range 10 {
					// As the client does: internal/client/start/reconnect.js.
					delay := []time.Duration{50, 100, 250, 500, 1000, 2000}[min(tries, 5)] * time.Millisecond
					select {
					case <-time.After(delay/2 + mathrand.N(delay)):
					case <-stopping:
						return
					}
					if conn, _, err = p.connect(); err == nil {
						break
					}
					mu.Lock()
					failed++
					mu.Unlock()
				}
				mu.Lock()
				closed[code]++
				outages = append(outages, time.Since(begin))
				mu.Unlock()
			}
			t.Error(err)
		})
	}
	joined.Wait()
	for _, n := range c.nodes {
		n.restart(t)
	}
	eventually(t, "all sockets are back", func() error {
		mu.Lock()
		defer mu.Unlock()
		if len(outages) < callers {
			return fmt.Errorf("%d were lost, with %d open", len(outages), callers)
		}
		return nil
	})
	stop()
	slices.Sort(outages)
	p99 := percentile(outages, 99)
	t.Attr("figure", fmt.Sprintf("%d sockets closed %d times as all nodes restart: %d attempts to connect again failed; back after %v in the median, %v at the 99th percentile", callers, len(outages), failed,
		percentile(outages, 50), p99))
	if closed[websocket.CloseServiceRestart] != len(outages) {
		t.Errorf("the close codes are %v, want 1012 for all", closed)
	}
	if failed > 0 {
		t.Errorf("%d attempts to connect again failed, want none", failed)
	}
	if p99 > 10*time.Second {
		t.Errorf("p99 of the time until a socket is back is %v, want at most 10 s", p99)
	}
}

// A node dies without a word; its page comes back at another.
func nodeIsKilled(t *testing.T, c *cluster) {
	tb := c.open(newPerson(t), "/form")
	tb.enter("[name=name]", "Ada")
	tb.enter("[name=email]", "ada@")
	tb.shows("#email-error", "must be an e-mail address")
	loads := tb.loaded()
	was := c.at(tb)
	was.kill()
	tb.goesElsewhere(was)
	tb.shows("#email-error", "must be an e-mail address")
	if got := eval[string](tb, `document.querySelector("[name=name]").value + " " + document.querySelector("[name=email]").value`); got != "Ada ada@" {
		t.Errorf("the form holds %q", got)
	}
	if tb.loaded() != loads || !tb.marked() {
		t.Error("the page was loaded anew")
	}
	t.Attr("figure", fmt.Sprintf("usable again after %v", milliseconds(slices.Max(append(eval[[]float64](tb, `outages`), 0)))))
}

// With a node that is stopped and stays away its page goes to another, and so
// does who connects again.
func nodeIsStopped(t *testing.T, c *cluster) {
	tb := c.open(newPerson(t), "/form")
	tb.enter("[name=name]", "Ada")
	loads := tb.loaded()
	was := c.at(tb)
	if err := was.stop(); err != nil {
		t.Error(err)
	}
	tb.goesElsewhere(was)
	tb.enter("[name=email]", "ada@")
	tb.shows("#email-error", "must be an e-mail address")
	if got := eval[string](tb, `document.querySelector("[name=name]").value`); got != "Ada" {
		t.Errorf("the name is %q", got)
	}
	if tb.loaded() != loads || !tb.marked() {
		t.Error("the page was loaded anew")
	}
	t.Attr("figure", fmt.Sprintf("usable again after %v", milliseconds(slices.Max(append(eval[[]float64](tb, `outages`), 0)))))
	p, err := c.newCaller("/counter")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		if _, err := p.hop(); err != nil {
			t.Errorf("reconnect %d with one node gone: %v", i+1, err)
		}
	}
	if err := was.start(); err != nil {
		t.Fatal(err)
	}
}
