package main

import (
	"context"
	"math/rand/v2"
	"syscall"
	"time"
)

// troublemaker does to the nodes and to what stands around them what happens to them.
type troublemaker struct {
	*run
	rnd       *rand.Rand
	storeBack time.Time // from its last outage
}

// makeTrouble has one trouble after the other, for as long as the profile says, and then all
// stand again.
func (r *run) makeTrouble(ctx context.Context) {
	t := &troublemaker{run: r, rnd: r.newRandom(1 << 41)}
	began := time.Now()
	ends := began.Add(r.trouble)
	all := []func(context.Context){t.restart, t.kill, t.pause, t.cut, t.stall, t.slow, t.breakBroker, t.breakStore, t.hangStore, t.fillDisk, t.takeDescriptors}
	for time.Now().Before(ends) && ctx.Err() == nil {
		r.wait(ctx, r.between/2+time.Duration(t.rnd.Int64N(int64(r.between))))
		all[t.rnd.IntN(len(all))](ctx)
	}
	r.proxy.slow(2, 0)
	now := time.Now()
	r.journal.say("of %v %.0f %% were near a trouble of all nodes, and %.0f %% near a moment at which the machine was too slow",
		now.Sub(began).Round(time.Second), 100*r.journal.share(false, began, now), 100*r.journal.share(true, began, now))
}

// upTo is a random while.
func (t *troublemaker) upTo(d time.Duration) time.Duration {
	return time.Duration(t.rnd.Int64N(int64(d)))
}

// mortal is one of the nodes that may end: the first one lives through it all, so that what
// it has in the end can be held against what it had in the beginning.
func (t *troublemaker) mortal() *process { return t.nodes[1+t.rnd.IntN(len(t.nodes)-1)] }

// restart is a deploy of one node. The proxy knows of it at once, or finds out.
func (t *troublemaker) restart(context.Context) {
	p := t.mortal()
	t.journal.say("%s is restarted", p.settings.Instance)
	t.journal.count("restarts", 1)
	if t.rnd.IntN(2) == 0 {
		t.proxy.withdraw(p.settings.Address)
	}
	if err := p.stop(); err != nil {
		t.journal.find("a process that doesn't end as it should", err.Error(), nil)
	}
	t.comeBack(p)
}

func (t *troublemaker) comeBack(p *process) {
	if err := p.start(); err != nil {
		t.journal.find("a process that doesn't begin", err.Error(), nil)
	}
	t.proxy.offer(p.settings.Address)
}

// kill waits until what couldn't be stored is, or it would be lost twice over.
func (t *troublemaker) kill(ctx context.Context) {
	p := t.mortal()
	t.wait(ctx, time.Until(t.storeBack.Add(2*slack)))
	t.journal.say("%s is killed", p.settings.Instance)
	t.journal.count("kills", 1)
	t.journal.begin("kill", p.settings.Instance)()
	p.kill()
	t.wait(ctx, t.upTo(time.Second))
	t.comeBack(p)
}

// pause takes the processor away from a node.
func (t *troublemaker) pause(ctx context.Context) {
	p, d := t.nodes[t.rnd.IntN(len(t.nodes))], t.upTo(4*time.Second)
	t.journal.say("%s is stopped for %v", p.settings.Instance, d.Round(time.Millisecond))
	t.journal.count("stops", 1)
	end := t.journal.begin("stop", p.settings.Instance)
	p.up.Store(false)
	p.signal(syscall.SIGSTOP)
	t.wait(ctx, d)
	p.signal(syscall.SIGCONT)
	p.up.Store(true)
	end()
}

func (t *troublemaker) cut(context.Context) {
	t.journal.count("connections cut", t.proxy.cut(t.rnd.Float64()))
}

func (t *troublemaker) stall(context.Context) {
	t.journal.count("connections stalled", t.proxy.stall(t.rnd.Float64()/3, t.upTo(8*time.Second)))
}

func (t *troublemaker) slow(context.Context) {
	t.proxy.slow(2, 0)
	t.journal.count("connections slowed", t.proxy.slow(t.rnd.Float64()/3, t.upTo(300*time.Millisecond)))
}

// breakBroker kills the broker, which is away for a while, and has lost who subscribes to what.
func (t *troublemaker) breakBroker(ctx context.Context) {
	d := t.upTo(2 * time.Second)
	t.journal.say("the broker is away for %v", d.Round(time.Millisecond))
	t.journal.count("outages of the broker", 1)
	end := t.journal.begin("broker", "")
	t.broker.kill()
	t.wait(ctx, d)
	if err := t.broker.start(); err != nil {
		t.journal.find("a broker that doesn't begin", err.Error(), nil)
	}
	end()
}

// theStore is whom an outage of the store befalls: no node loses anything by that alone.
const theStore = "store"

// breakStore kills the store, which is away for a while, and has lost nothing that it had said
// it has.
func (t *troublemaker) breakStore(ctx context.Context) {
	d := t.upTo(2 * time.Second)
	t.journal.say("the store is away for %v", d.Round(time.Millisecond))
	t.journal.count("outages of the store", 1)
	end := t.journal.begin("store", theStore)
	t.store.kill()
	t.wait(ctx, d)
	if err := t.store.start(); err != nil {
		t.journal.find("a store that doesn't begin", err.Error(), nil)
	}
	t.storeBack = time.Now()
	end()
}

// hangStore has the store take connections, and say nothing.
func (t *troublemaker) hangStore(ctx context.Context) {
	d := t.upTo(3 * time.Second)
	t.journal.say("the store says nothing for %v", d.Round(time.Millisecond))
	t.journal.count("outages of the store", 1)
	end := t.journal.begin("store", theStore)
	t.store.signal(syscall.SIGSTOP)
	t.wait(ctx, d)
	t.store.signal(syscall.SIGCONT)
	t.storeBack = time.Now()
	end()
}

// fillDisk has a node write no file of more than some bytes for a while.
func (t *troublemaker) fillDisk(ctx context.Context) {
	p, d := t.nodes[t.rnd.IntN(len(t.nodes))], time.Second+t.upTo(4*time.Second)
	restore, err := p.limit(fileSize, t.rnd.Uint64N(20_000))
	if err != nil {
		return
	}
	defer restore()
	t.journal.say("the disk of %s is full for %v", p.settings.Instance, d.Round(time.Millisecond))
	t.journal.count("full disks", 1)
	t.wait(ctx, d)
}

// takeDescriptors leaves a node some descriptors more than it has: who comes then may not be
// let in, and it may not get at the broker or the store.
func (t *troublemaker) takeDescriptors(ctx context.Context) {
	p, d := t.nodes[t.rnd.IntN(len(t.nodes))], time.Second+t.upTo(3*time.Second)
	n, err := p.open()
	if err != nil {
		return
	}
	restore, err := p.limit(descriptors, uint64(n+t.rnd.IntN(5))) //nolint:gosec // it isn't negative
	if err != nil {
		return
	}
	end := t.journal.begin("descriptors", "")
	p.up.Store(false)
	t.journal.say("%s has no more than %d descriptors for %v", p.settings.Instance, n+4, d.Round(time.Millisecond))
	t.journal.count("times without descriptors", 1)
	t.wait(ctx, d)
	restore()
	p.up.Store(true)
	end()
}
