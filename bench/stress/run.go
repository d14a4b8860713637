package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gin-liveview/liveview/bench/stress/node"
	"github.com/gin-liveview/liveview/internal/freeport"
)

// run is one stress: what stands, who is there, and what is written down.
type run struct {
	profile
	seed    uint64
	faults  string // planted in the nodes
	site    string // of the proxy
	journal *journal
	log     *log

	dir           string
	broker, store *outsider
	nodes         []*process
	proxy         *proxy
	opened        sync.Map         // who has opened which page, by its id
	taken         map[string]int64 // of the first node's heap, after the warm-up, and by whom
}

// stress runs a profile, and returns the kinds of what it has found. An error says that it
// couldn't be run.
func stress(ctx context.Context, p profile, seed uint64, faults string, out io.Writer) (found []string, err error) {
	r := &run{profile: p, seed: seed, faults: faults, journal: newJournal(out), log: new(log)}
	defer r.close()
	if err := r.start(); err != nil {
		return nil, err
	}
	r.journal.say("seed %d: %d visitors of %d nodes, with %s between them", seed, p.visitors, p.nodes, r.broker.scheme)
	watching, stopWatching := context.WithCancel(ctx)
	defer stopWatching()
	if !p.strict {
		go r.watch(watching) // ends with the run
	}
	before, err := r.warmUp(ctx)
	if err != nil {
		return nil, err
	}
	if err := r.strain(ctx); err != nil {
		return nil, err
	}
	r.compare(before)
	r.checkLog()
	r.journal.summary(seed)
	return r.journal.kinds(), ctx.Err()
}

// start starts all processes.
func (r *run) start() (err error) {
	if r.dir, err = os.MkdirTemp("", "stress-"); err != nil {
		return err
	}
	states := filepath.Join(r.dir, "states")
	if err := os.Mkdir(states, 0o700); err != nil {
		return err
	}
	r.broker, r.store = newRedis(""), newRedis(states)
	if r.seed%2 == 1 {
		r.broker = newNATS()
	}
	if err := r.broker.start(); err != nil {
		return err
	}
	if err := r.store.start(); err != nil {
		return err
	}
	if r.proxy, err = newProxy(r.seed); err != nil {
		return err
	}
	r.site = "http://" + r.proxy.address()
	secret := rand.Text() + rand.Text()
	for i := range r.profile.nodes {
		address, err := freeport.Find()
		if err != nil {
			return err
		}
		p := &process{name: "node-" + strconv.Itoa(i), faults: r.faults, log: r.log, journal: r.journal, settings: node.Settings{
			Address: address, Secret: secret, Broker: r.broker.url(), Store: r.store.address, Timers: i == 0,
		}}
		if p.settings.Uploads, err = os.MkdirTemp(r.dir, p.name); err != nil {
			return err
		}
		r.nodes = append(r.nodes, p)
		if err := p.start(); err != nil {
			return err
		}
		r.proxy.offer(p.settings.Address)
	}
	return nil
}

// close ends whatever there is.
func (r *run) close() {
	for _, p := range r.nodes {
		if p.cmd != nil && p.cmd.Process != nil {
			p.kill()
		}
	}
	for _, s := range []*outsider{r.broker, r.store} {
		if s != nil {
			s.kill()
		}
	}
	if r.proxy != nil {
		r.proxy.close()
	}
	_ = os.RemoveAll(r.dir)
}

// warmUp has visitors do everything once, without trouble, and returns what there is in the
// nodes when they have left.
func (r *run) warmUp(ctx context.Context) ([]node.Figures, error) {
	err := r.visit(ctx, 0, func(ctx context.Context) {
		for range 3 { // what is known for a while of pages that have moved is there afterwards as before
			r.wait(ctx, r.warm/3)
			if !r.strict {
				r.proxy.cut(2)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	before := r.atRest()
	r.taken = r.nodes[0].taken()
	r.journal.say("at rest after %v: %v", r.warm, before[0])
	return before, nil
}

// strain has visitors there, and trouble.
func (r *run) strain(ctx context.Context) error {
	return r.visit(ctx, 1_000, r.makeTrouble)
}

func (r *run) wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// visit has visitors come, does something meanwhile, has them come to rest, and holds what
// they show against what they must.
func (r *run) visit(ctx context.Context, first int, meanwhile func(context.Context)) error {
	staying, leave := context.WithCancel(ctx)
	defer leave()
	acting, stopActing := context.WithCancel(staying)
	defer stopActing()
	var all []*visitor
	var walking sync.WaitGroup
	for i := range r.visitors {
		v := newVisitor(r, first+i)
		all = append(all, v)
		walking.Go(func() { v.walk(staying, acting) })
	}
	for i := range max(1, r.visitors/10) {
		for _, who := range []interface {
			live(ctx, acting context.Context)
		}{
			newMember(r, first+100_000+i), newClumsy(r, first+200_000+i), newUploader(r, first+300_000+i), newRogue(r, first+400_000+i),
		} {
			walking.Go(func() { who.live(staying, acting) })
		}
	}
	meanwhile(ctx)
	stopActing()
	if ctx.Err() == nil {
		r.settle(all)
	}
	leave()
	walking.Wait()
	return ctx.Err()
}

// settle waits until everybody is there and has been answered, and then until everybody has
// heard everything, and knows who is there.
func (r *run) settle(all []*visitor) {
	var who *visitor
	err := within(patience, func() error {
		for _, v := range all {
			if who = v; !v.idle.Load() {
				return fmt.Errorf("visitor %d", v.number)
			}
		}
		return nil
	})
	if err != nil {
		r.journal.find("a page that doesn't come to rest", err.Error(), who.evidence)
		return
	}
	var people [rooms][]string
	for _, v := range all {
		i, _ := strconv.Atoi(v.room)
		people[i] = append(people[i], v.who)
	}
	last := make(map[string][]int) // by the process that said it, then by room
	for _, p := range r.nodes {
		var said []int
		if err := p.get("/say", &said); err != nil {
			r.journal.find("a process that doesn't answer", err.Error(), nil)
			return
		}
		last[p.settings.Instance] = said
	}
	var kind, seen string // of what isn't as it must be, and whom the visitor sees
	err = within(r.settles, func() error {
		for _, v := range all {
			who, kind = v, "a delivery that doesn't come"
			s := v.now.Load()
			i, _ := strconv.Atoi(v.room)
			if s == nil {
				return fmt.Errorf("visitor %d has no page", v.number)
			}
			for by, h := range s.heard {
				for _, g := range h.gaps {
					if time.Since(g.at) < node.TellWithin {
						kind = lostDelivery
						return fmt.Errorf("visitor %d has a gap of %s: %s", v.number, by, g.text)
					}
				}
			}
			for by, said := range last {
				if h := s.heard[by]; h.last < said[i] {
					return fmt.Errorf("visitor %d at %s has heard %s in room %s up to %d of %d", v.number, s.node, by, v.room, h.last, said[i])
				}
			}
			slices.Sort(people[i])
			if want := strings.Join(people[i], " "); s.people != want {
				kind, seen = "people who aren't there", s.people
				return fmt.Errorf("visitor %d at %s sees %s in room %s, and there are %s", v.number, s.node, s.people, v.room, want)
			}
		}
		return nil
	})
	if err != nil {
		r.journal.find(kind, err.Error(), func(w io.Writer) {
			who.record.write(w)
			room, _ := strconv.Atoi(who.room)
			r.ghosts(w, all, people[room], seen)
		})
	}
}

// ghosts writes what those have done who are seen more often than they are there.
func (r *run) ghosts(w io.Writer, all []*visitor, there []string, seen string) {
	times := make(map[string]int)
	for _, who := range strings.Fields(seen) {
		times[who]++
	}
	for _, who := range there {
		times[who]--
	}
	for _, v := range all {
		if times[v.who] > 0 {
			_, _ = fmt.Fprintf(w, "     %s, by long-poll: %v, in room %s, page %s, at %s:\n", v.who, v.polls, v.room, v.page.id, v.shown.node)
			v.record.write(w)
			r.log.about(w, 30, v.page.id, `"`+v.who+`"`)
		}
	}
}

// checkLog finds what no process may write.
func (r *run) checkLog() {
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	for _, line := range r.log.lines {
		for _, word := range bad {
			if strings.Contains(line, word) {
				r.journal.find("a line of the log that mustn't be", line, nil)
			}
		}
	}
}

// newRandom returns the random numbers of one part of a run.
func (r *run) newRandom(part uint64) *mathrand.Rand {
	return mathrand.New(mathrand.NewPCG(r.seed, part))
}
