package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"
)

// The kinds of work that are measured.
const (
	atRest      = "at rest, a process in a second"
	anEvent     = "an event"
	aJoin       = "a visit: page, socket, join, and leaving"
	aTopic      = "a visit with a topic of its own"
	aPresence   = "a visit that is told to all"
	aBroadcast  = "something told to a topic that all views hear"
	aHop        = "a lost connection, back at another process"
	aDeploy     = "a page of a process that ends, at another one, and an event on it"
	aDisconnect = "a Disconnect"
	aMessage    = "a message to all processes, of 1,000 at once"
)

// measurement is what one kind of work took, for each time.
type measurement struct {
	broker string
	nodes  int
	what   string

	times               int // how often it was done
	took                time.Duration
	nodesCPU, brokerCPU float64 // microseconds of CPU time, of all nodes and of the broker
	in, out             float64 // messages, from nodes to the broker, and from it to nodes
	heard               int     // of a broadcast: views that heard each
}

// settle is how long is waited, after work, for what is done about it later: what processes
// tell each other of presences goes together, twenty times in a beat.
const settle = 500 * time.Millisecond

// measure measures each kind of work on an application of its own.
func measure(ctx context.Context, broker string, nodes, views int, each time.Duration) ([]measurement, error) {
	c, err := newCluster(ctx, broker, nodes)
	if err != nil {
		return nil, err
	}
	defer c.end()
	var all []measurement
	add := func(what string, heard int, of []*process, do func() (times int, err error)) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		m, err := c.measured(of, do)
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		m.broker, m.nodes, m.what, m.heard = broker, nodes, what, heard
		if len(all) > 0 { // the first is of when nothing is done
			m = m.without(all[0])
		}
		all = append(all, m)
		return nil
	}

	counters, err := openAll(c.nodes, "/counter", views)
	if err != nil {
		return nil, err
	}
	defer cutAll(counters)
	// Also what they do at first, and only then.
	for _, t := range counters {
		if err := t.click("inc"); err != nil {
			return nil, err
		}
	}
	rest := max(each, 4*time.Second) - settle // two beats of presences
	steps := []struct {
		what string
		do   func() (int, error)
	}{
		{atRest, func() (int, error) {
			select {
			case <-ctx.Done():
			case <-time.After(rest):
			}
			return int((rest + settle).Seconds()) * nodes, nil
		}},
		{anEvent, func() (int, error) {
			return repeat(ctx, each, len(counters), func(i int) error { return counters[i].click("inc") })
		}},
		{aJoin, func() (int, error) { return c.visits(ctx, "/counter", each) }},
		{aTopic, func() (int, error) { return c.visits(ctx, "/own", each) }},
		{aPresence, func() (int, error) { return c.visits(ctx, "/who", each) }},
		{aMessage, func() (int, error) { return c.rushes(ctx, each) }},
		{aDisconnect, func() (int, error) {
			n := 0
			return repeat(ctx, each, 1, func(int) error {
				n++
				return c.nodes[n%nodes].get("/disconnect?user=nobody", nil)
			})
		}},
	}
	for _, s := range steps {
		if err := add(s.what, 0, c.nodes, s.do); err != nil {
			return nil, err
		}
	}

	rooms, err := openAll(c.nodes, "/room", views)
	if err != nil {
		return nil, err
	}
	defer cutAll(rooms)
	if err := add(aBroadcast, len(rooms), c.nodes, func() (int, error) { return say(ctx, rooms, each) }); err != nil {
		return nil, err
	}

	if nodes > 1 { // or nobody else is asked
		var homes []string
		for _, t := range counters {
			homes = append(homes, t.node)
		}
		if err := add(aHop, 0, c.nodes, func() (int, error) {
			return repeat(ctx, each, len(counters), func(i int) error {
				t := counters[i]
				t.cut()
				if t.node != homes[i] {
					return t.join(homes[i])
				}
				return t.join(c.after(t.node))
			})
		}); err != nil {
			return nil, err
		}
		leaving, err := openAll(c.nodes[:1], "/counter", views)
		if err != nil {
			return nil, err
		}
		defer cutAll(leaving)
		if err := add(aDeploy, 0, c.nodes[1:], func() (int, error) { return len(leaving), c.endFirst(leaving) }); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// measured measures what is done so many times, and what some of the nodes take for it.
func (c *cluster) measured(of []*process, do func() (times int, err error)) (m measurement, err error) {
	before, err := c.account(of)
	if err != nil {
		return m, err
	}
	began := time.Now()
	if m.times, err = do(); err != nil {
		return m, err
	}
	time.Sleep(settle)
	m.took = time.Since(began)
	after, err := c.account(of)
	n := float64(max(m.times, 1))
	m.nodesCPU = float64((after.nodes - before.nodes).Microseconds()) / n
	m.brokerCPU = float64((after.broker - before.broker).Microseconds()) / n
	m.in, m.out = float64(after.in-before.in)/n, float64(after.out-before.out)/n
	return m, err
}

// without leaves out what the processes would have done meanwhile in any case.
func (m measurement) without(rest measurement) measurement {
	seconds := m.took.Seconds() * float64(m.nodes) / float64(max(m.times, 1))
	for of, each := range map[*float64]float64{&m.nodesCPU: rest.nodesCPU, &m.brokerCPU: rest.brokerCPU, &m.in: rest.in, &m.out: rest.out} {
		*of = max(0, *of-seconds*each)
	}
	return m
}

// openAll opens so many pages on each of the nodes.
func openAll(nodes []*process, path string, each int) ([]*tab, error) {
	var all []*tab
	for range each {
		for _, p := range nodes {
			t, err := open(p.address, path)
			if err != nil {
				cutAll(all)
				return nil, err
			}
			all = append(all, t)
		}
	}
	return all, nil
}

func cutAll(tabs []*tab) {
	for _, t := range tabs {
		t.cut()
	}
}

// visitors is how many there are at a time.
const visitors = 4

// visits opens pages and leaves them, on one node after the other.
func (c *cluster) visits(ctx context.Context, path string, each time.Duration) (int, error) {
	turns := make([]int, visitors)
	return repeat(ctx, each, visitors, func(w int) error {
		turns[w]++
		t, err := open(c.nodes[(w+turns[w])%len(c.nodes)].address, path)
		if err != nil {
			return err
		}
		defer t.cut()
		_, err = t.push("phx_leave", map[string]any{})
		return err
	})
}

// after returns the node behind one.
func (c *cluster) after(address string) string {
	for i, p := range c.nodes {
		if p.address == address {
			return c.nodes[(i+1)%len(c.nodes)].address
		}
	}
	return c.nodes[0].address
}

// rushes has one node after the other publish many messages at once, and waits until all have
// them.
func (c *cluster) rushes(ctx context.Context, each time.Duration) (times int, err error) {
	before, err := c.account(c.nodes)
	if err != nil {
		return 0, err
	}
	sent := before.in
	for end := time.Now().Add(each); time.Now().Before(end) && ctx.Err() == nil; times += rush {
		if err := c.nodes[times/rush%len(c.nodes)].get("/rush", nil); err != nil {
			return times, err
		}
		sent += rush
		if err := within(ctx, func() error {
			now, err := c.account(c.nodes)
			if err == nil && (now.in < sent || now.out-before.out < (now.in-before.in)*uint64(len(c.nodes)-1)) {
				err = errors.New("messages haven't arrived")
			}
			return err
		}); err != nil {
			return times, err
		}
	}
	return times, nil
}

// say has a view say something, and waits until all have heard it, again and again.
func say(ctx context.Context, views []*tab, each time.Duration) (times int, err error) {
	for end := time.Now().Add(each); time.Now().Before(end) && ctx.Err() == nil; times++ {
		speaker := views[times%len(views)]
		if _, err := speaker.push("event", map[string]any{"type": "click", "event": "say", "value": map[string]any{}}); err != nil {
			return times, err
		}
		for _, t := range views {
			if err := t.hear(); err != nil {
				return times, err
			}
		}
	}
	return times, nil
}

// endFirst ends the first node as a deployment does; its pages come back at the others, and
// are clicked on once.
func (c *cluster) endFirst(pages []*tab) error {
	first := c.nodes[0]
	if err := first.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	var group sync.WaitGroup
	failed := make([]error, len(pages))
	for i, t := range pages {
		others := c.nodes[1:]
		group.Go(func() {
			err := t.leave()
			if err == nil {
				err = t.join(others[i%len(others)].address)
			}
			if err == nil {
				err = t.click("inc")
			}
			failed[i] = err
		})
	}
	group.Wait()
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	if err := first.cmd.Wait(); err != nil {
		return fmt.Errorf("the process that ends: %w", err)
	}
	return nil
}

// repeat has each worker do something again and again until the time is up, and returns how
// often it was done.
func repeat(ctx context.Context, d time.Duration, workers int, do func(worker int) error) (int, error) {
	var (
		group  sync.WaitGroup
		mu     sync.Mutex // guards times and failed
		times  int
		failed error
	)
	end := time.Now().Add(d)
	for w := range workers {
		group.Go(func() {
			for time.Now().Before(end) && ctx.Err() == nil {
				err := do(w)
				mu.Lock()
				if err != nil {
					failed = err
					mu.Unlock()
					return
				}
				times++
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return times, failed
}
