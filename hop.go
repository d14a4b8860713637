package liveview

import (
	"crypto/rand"
	"sync"
	"time"

	"github.com/gin-liveview/liveview/pubsub"
)

// A page whose connection is lost may come back at another process: that asks the others,
// over Config.PubSub, who has its views. The one that has takes them out of what it keeps,
// so that it gives them once, and sends what there is of them, sealed.

const (
	// claimTopic carries claims to all processes.
	claimTopic = ownTopics + "claim"

	// claimWait is how long a process waits to hear that another has the page, and giveWait
	// how long, from then on, for what there is of it: its views may be at work.
	claimWait = 300 * time.Millisecond
	giveWait  = 5 * time.Second
)

func init() {
	pubsub.Register[claim]("liveview.claim")
	pubsub.Register[given]("liveview.given")
}

// claim asks for a page that is back.
type claim struct {
	Browser string
	Key     uint64 // of the browser's page
	Reply   string // the topic of who asks
}

// given answers a claim: at once by Has, and then with the states of the page's views.
type given struct {
	Browser string
	Key     uint64
	Has     bool
	Views   map[string]string // seals, by the views' ids
}

// hops asks other processes for pages, and answers them.
type hops struct {
	*app
	keeper *keeper
	reply  string // the topic of this process; "" where there is no other

	mu   sync.Mutex // guards the field below. Nothing is locked under it.
	asks map[pageName]*ask
}

// ask is a claim, and what came of it.
type ask struct {
	by   any           // the peer over whose socket the page has come back
	has  chan struct{} // closed when another process has the page
	done chan struct{} // closed when there is nothing more to come

	hasOnce, doneOnce sync.Once
	views             map[string]string // once done is closed; guarded by the lock of hops from then on
}

func newHops(k *keeper) *hops {
	h := &hops{app: k.app, keeper: k, asks: make(map[pageName]*ask)}
	if between, ok := k.config.PubSub.(interface{ PublishLocal(topic string, info any) }); !ok || between == nil || k.config.KeepTime < 0 {
		return h // it is within one process
	}
	h.reply = ownTopics + "given:" + rand.Text()
	for topic, hear := range map[string]func(any){h.reply: h.heard, claimTopic: h.claimed} {
		if _, err := subscribe(k.config.PubSub, topic, hear); err != nil {
			k.config.Logger.Error("liveview: pages that come back at another process begin anew there", "err", err)
			h.reply = ""
		}
	}
	return h
}

// ask returns what another process has had of the view with that id, "" for nothing. The
// views of a page that is back share one claim. Each is given its state once: it may fail
// with it, and join again.
func (h *hops) ask(page pageName, by any, id string) string {
	if h.reply == "" {
		return ""
	}
	h.mu.Lock()
	a := h.asks[page]
	first := a == nil || a.by != by && a.isDone() // of a socket before: the page may have been elsewhere since
	if !first {
		a.by = by
	} else {
		a = &ask{by: by, has: make(chan struct{}), done: make(chan struct{})}
		h.asks[page] = a
		time.AfterFunc(joinsWait, func() { h.forget(page, a) })
	}
	h.mu.Unlock()
	if first {
		if publish(h.config.PubSub, claimTopic, claim{Browser: page.browser, Key: page.key, Reply: h.reply}) != nil {
			a.finish(nil)
		}
		time.AfterFunc(claimWait, func() {
			select {
			case <-a.has:
				time.AfterFunc(giveWait, func() { a.finish(nil) })
			default:
				a.finish(nil)
			}
		})
	}
	<-a.done
	h.mu.Lock()
	defer h.mu.Unlock()
	seal := a.views[id]
	delete(a.views, id)
	return seal
}

func (h *hops) forget(page pageName, a *ask) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.asks[page] == a {
		delete(h.asks, page)
	}
	a.finish(nil)
}

func (a *ask) isDone() bool {
	select {
	case <-a.done:
		return true
	default:
		return false
	}
}

func (a *ask) finish(views map[string]string) {
	a.doneOnce.Do(func() {
		a.views = views
		close(a.done)
	})
}

// heard is called with what comes for this process.
func (h *hops) heard(info any) {
	g, ok := info.(given)
	if !ok {
		return
	}
	h.mu.Lock()
	a := h.asks[pageName{g.Browser, g.Key}]
	h.mu.Unlock()
	switch {
	case a == nil:
	case g.Has:
		a.hasOnce.Do(func() { close(a.has) })
	default:
		a.finish(g.Views)
	}
}

// claimed is called with each claim, this process's own included.
func (h *hops) claimed(info any) {
	c, ok := info.(claim)
	if !ok || c.Reply == h.reply {
		return
	}
	page := pageName{c.Browser, c.Key}
	h.mu.Lock()
	a := h.asks[page]
	h.mu.Unlock()
	if a != nil && !a.isDone() && h.reply < c.Reply {
		return // of two that ask at once one has it: if both gave it away, none would
	}
	channels := h.keeper.release(page)
	if len(channels) == 0 {
		return
	}
	reply := given{Browser: c.Browser, Key: c.Key, Has: true}
	_ = publish(h.config.PubSub, c.Reply, reply) // who doesn't hear of it begins anew
	g := &giving{left: len(channels), views: make(map[string]string), done: func(views map[string]string) {
		reply.Has, reply.Views = false, views
		if err := publish(h.config.PubSub, c.Reply, reply); err != nil {
			h.config.Logger.Error("liveview: what a page was doesn't reach the process that it has come to", "err", err)
		}
	}}
	for _, ch := range channels {
		if ch.postOwn(message{kind: messageGive, info: g}) != nil {
			g.take(viewID(ch.topic), "")
		}
	}
}
