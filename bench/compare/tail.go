package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-liveview/liveview/bench/internal/proc"
)

// tailLoads are the loads at which latencies are taken, as parts of what the reference server
// can do on its core.
var tailLoads = []float64{0.5, 0.8, 0.95}

// collections are the settings of the garbage collector that are tried.
var collections = []string{"GOGC=50", "GOGC=75", "GOGC=100", "GOGC=200", "GOGC=400", "GOGC=off GOMEMLIMIT=128MiB"}

// tailViews is how many views of /table the events are spread over, and tailEvent what they
// are: one that costs the server more than the client, which else is late itself.
const (
	tailViews = 200
	tailEvent = "touch"
)

// tail measures how long an event takes at some loads, by the bare echo and by the reference
// server with some settings of its garbage collector, and writes a table of it. All get the
// same events.
func tail(ctx context.Context, p programs, d time.Duration, w io.Writer) error {
	show := progress()
	defer show("")
	var b strings.Builder
	b.WriteString("| events a second, of the most | | p50 | p99 | p99.9 | of a core | CPU for one | memory |\n|---|---|---|---|---|---|---|---|\n")
	show("how many events there can be")
	var most float64
	err := p.tailOf(ctx, "ours", nil, func(s *server, views []*view) (err error) {
		most, err = capacity(s, views, d/2)
		return err
	})
	if err != nil {
		return err
	}
	for _, part := range tailLoads {
		rate := part * most
		for _, side := range append([]string{"bare echo"}, collections...) {
			show("%s at %.0f %%", side, 100*part)
			program, env := "ours", strings.Fields(side)
			if side == "bare echo" {
				program, env = "echo", nil
			}
			err := p.tailOf(ctx, program, env, func(s *server, views []*view) error {
				o, err := openLoop(s, views, rate, d)
				if err != nil {
					return err
				}
				memory, err := proc.Memory(s.process.Process.Pid)
				fmt.Fprintf(&b, "| %.0f, %.0f %% | %s | %v | %v | %v | %.0f %% | %s µs | %d MiB |\n", rate, 100*part, side,
					o.at(0.5), o.at(0.99), o.at(0.999), 100*o.busy, number(1e6*o.cost()), memory>>20)
				return err
			})
			if err != nil {
				return fmt.Errorf("%s at %.0f %%: %w", side, 100*part, err)
			}
		}
	}
	show("")
	_, err = io.WriteString(w, b.String())
	return err
}

// capacity returns how many events a second are answered where each view has one on its way at
// all times.
func capacity(s *server, views []*view, d time.Duration) (float64, error) {
	var events atomic.Int64
	start := time.Now()
	_, err := repeat(s, len(views), d, func(w int) (int64, error) {
		events.Add(1)
		return views[w].click(tailEvent)
	})
	return float64(events.Load()) / time.Since(start).Seconds(), err
}

// tailOf starts a server and opens its views for fn.
func (p programs) tailOf(ctx context.Context, program string, env []string, fn func(s *server, views []*view) error) error {
	s, err := p.start(ctx, program, env...)
	if err != nil {
		return err
	}
	defer s.stop()
	views, err := openViews(ctx, s, "/table", tailViews)
	if err != nil {
		return err
	}
	defer closeViews(views)
	for _, v := range views { // what only a first event costs isn't measured
		if _, err := v.click(tailEvent); err != nil {
			return err
		}
	}
	return fn(s, views)
}

// outcome is what an open loop has measured.
type outcome struct {
	took []time.Duration // sorted
	busy float64         // cores that the server used
	over time.Duration   // how long that was measured
}

// at is how long the event took that so great a part of all wasn't slower than.
func (o outcome) at(part float64) time.Duration {
	return o.took[min(int(part*float64(len(o.took))), len(o.took)-1)].Round(10 * time.Microsecond)
}

// cost is the server's processor time for an event, in seconds.
func (o outcome) cost() float64 { return o.busy * o.over.Seconds() / float64(len(o.took)) }

// openLoop sends events at a rate, over the views in turn, whether or not the earlier ones are
// answered: so an event that the server is late for makes those behind it late too, as it does
// to people. The time of each begins when it was due, not when it could be sent.
func openLoop(s *server, views []*view, rate float64, d time.Duration) (outcome, error) {
	n := int(rate * d.Seconds())
	if n < len(views) {
		return outcome{}, errors.New("there are fewer events than views")
	}
	interval := time.Duration(float64(time.Second) / rate)
	took := make([]time.Duration, n)
	first := make([]int, len(views)) // ref of each view's first event
	m, err := readTimes(s.process.Process.Pid)
	if err != nil {
		return outcome{}, err
	}
	start := time.Now().Add(time.Millisecond)
	due := func(i int) time.Time { return start.Add(time.Duration(i) * interval) }
	var (
		group  sync.WaitGroup
		failed failure
	)
	for v, view := range views {
		first[v] = view.ref + 1
		if err := view.conn.SetReadDeadline(time.Now().Add(d + patience)); err != nil {
			return outcome{}, err
		}
		group.Go(func() {
			for i := v; i < n; {
				f, err := view.read()
				if err != nil {
					failed.set(err)
					return
				}
				ref, err := strconv.Atoi(f.ref)
				if f.event != "phx_reply" || err != nil {
					continue
				}
				i = v + (ref-first[v])*len(views)
				took[i] = time.Since(due(i))
				i += len(views)
			}
		})
	}
	for i := 0; i < n && failed.get() == nil; {
		if wait := time.Until(due(i)); wait > 0 {
			time.Sleep(wait)
		}
		for ; i < n && !time.Now().Before(due(i)); i++ {
			if _, err := views[i%len(views)].send(tailEvent); err != nil {
				failed.set(err)
				break
			}
		}
	}
	group.Wait()
	if err := failed.get(); err != nil {
		return outcome{}, err
	}
	end, err := readTimes(m.pid)
	if err != nil {
		return outcome{}, err
	}
	slices.Sort(took)
	over := end.start.Sub(m.start)
	return outcome{took, (end.server - m.server).Seconds() / over.Seconds(), over}, nil
}
