package liveview

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/gin-liveview/liveview/protocol"
)

// What a process leaves to the next one when it ends: each view that can be restored is
// asked for its state, which goes sealed into its page, and comes back with that one's
// join. Before, the page is told to send nothing more: what it had sent by then is
// handled, and in the state.

// holdWait returns how long a page may take to say that it sends nothing more, before it is
// taken for one that never will. One with much to do may take seconds, and what it sends
// meanwhile would be lost: it gets a share of [Config].DrainTime, of which half is left when
// the last pages are asked.
func (c *Config) holdWait() time.Duration { return min(maxHoldWait, c.DrainTime/5) }

// maxHoldWait is the longest holdWait: so long a tab that the browser has frozen keeps its
// process from ending.
const maxHoldWait = 5 * time.Second

// isAtRest reports whether nothing that the channel does keeps its socket open: it has
// handed over what it has to, and has nothing left to do. Where it comes to be at work
// meanwhile, its connection hears of its next rest.
func (ch *channel) isAtRest() bool {
	// Before the queue: the view says that it has handed its state over, and then sends it.
	// And after it: the view may just have joined.
	handing := ch.handing.Load()
	return handing != handOverLater && handing != handOverAsked && ch.queue.Idle() && ch.handing.Load() == handing
}

// handOver seals what there is of the view into its page. From then on nothing happens to
// it any more.
func (ch *channel) handOver() {
	if !ch.handing.CompareAndSwap(handOverAsked, handOverDone) || ch.view == nil || ch.away != nil {
		return
	}
	ch.store()
	page := ch.view.page()
	seal, err := ch.sealed()
	if err != nil {
		attrs := append(errAttrs(err), "view", page.route.name, "route", page.pattern)
		ch.peer.config.Logger.Error("liveview: a view's state isn't handed on; its page begins anew", append(attrs, visitorAttrs(page.user, page.requestID())...)...)
	}
	ch.peer.conn.Write(protocol.AppendPush(nil, ch.joinRef, ch.topic, protocol.EventState, protocol.StatePush{State: seal}.AppendJSON(nil)))
}

// sealed returns the view's state as its page is given it.
func (ch *channel) sealed() (string, error) {
	seal, _, err := ch.sealedVersion()
	return seal, err
}

// sealedVersion is sealed, with the version of the state.
func (ch *channel) sealedVersion() (seal string, version uint64, err error) {
	var v *savedView
	if ch.away != nil && ch.away.left != nil {
		v = ch.away.left
	} else {
		if v, err = ch.save(); err != nil {
			return "", 0, err
		}
	}
	v.Version = ch.nextVersion()
	if seal, err = v.seal(ch.peer.signer, viewID(ch.topic), pageName{ch.peer.browser, ch.key.Load()}); err != nil {
		return "", 0, err
	}
	if most := ch.peer.config.MaxStateBytes; len(seal) > most {
		return "", 0, fmt.Errorf("it takes %d bytes once it is sealed, and Config.MaxStateBytes is %d", len(seal), most)
	}
	return seal, v.Version, nil
}

// giving collects what there is of a page.
type giving struct {
	done  func(heldViews)
	asked chan struct{} // closed when all views are asked: one that ends before ends those nested in it

	mu    sync.Mutex // guards the fields below. Nothing is locked under it.
	left  int
	views heldViews
}

// heldViews is what there is of a page's views where these aren't any more.
type heldViews struct {
	Seals   map[string]string // by the views' ids
	Version uint64            // of the newest
	Joins   uint32            // how often the page had joined before it had these views
}

// bound leaves out views so that the seals of the others are most bytes together: the page's own
// stays first, then the smaller ones. It returns the ids of those that are left out.
func (v *heldViews) bound(most int) (left []string) {
	ids := slices.SortedFunc(maps.Keys(v.Seals), func(a, b string) int {
		if isOwnViewID(a) != isOwnViewID(b) {
			if isOwnViewID(a) {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(len(v.Seals[a]), len(v.Seals[b])), cmp.Compare(a, b))
	})
	for _, id := range ids {
		if size := len(id) + len(v.Seals[id]); size <= most {
			most -= size
			continue
		}
		delete(v.Seals, id)
		left = append(left, id)
	}
	return left
}

// collect asks channels for what there is of them, upon which they end, and calls done with
// that and what was there before.
func collect(channels []*channel, before heldViews, done func(heldViews)) {
	if len(channels) == 0 {
		done(before)
		return
	}
	g := &giving{left: len(channels), views: before, done: done, asked: make(chan struct{})}
	if g.views.Seals == nil {
		g.views.Seals = make(map[string]string)
	}
	for _, ch := range channels {
		if ch.postOwn(message{kind: messageGive, info: g}) != nil {
			g.take(viewID(ch.topic), "", 0)
		}
	}
	close(g.asked)
}

func (g *giving) take(id, seal string, version uint64) {
	g.mu.Lock()
	if seal != "" {
		g.views.Seals[id] = seal
		g.views.Version = max(g.views.Version, version)
	}
	g.left--
	last := g.left == 0
	g.mu.Unlock()
	if last {
		g.done(g.views)
	}
}

// give gives what there is of the view to another process, and ends it.
func (ch *channel) give(g *giving) {
	<-g.asked // which waits for nobody
	var seal string
	var version uint64
	defer func() { g.take(viewID(ch.topic), seal, version) }() // also where a method of the state calls runtime.Goexit
	if ends := ch.endings(); len(ends) > 0 && (ends[0].cause == endCrashed || ends[0].isForGood()) {
		return
	}
	if ch.view != nil && ch.isSaved() || ch.away != nil && ch.away.left != nil {
		var err error
		if seal, version, err = ch.sealedVersion(); err != nil {
			ch.app().config.Logger.Error("liveview: a view's state isn't handed on; its page begins anew", append(errAttrs(err), "id", viewID(ch.topic))...)
		}
	}
	ch.endNow(ending{cause: endForgotten})
}
