package liveview

import (
	"context"
	"crypto/rand"
	"errors"
	"hash/maphash"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/gin-liveview/liveview/internal/limit"
	"github.com/gin-liveview/liveview/protocol"
	"github.com/gin-liveview/liveview/pubsub"
)

// A request of a connection by long-poll that another process has opened comes where a proxy
// takes the page to another process than before, as one has come or gone; or always, where
// the proxy knows nothing of pages.
//
// What such a request brings is handed to that other process, over Config.PubSub, so that
// nothing is lost of what the page sends meanwhile. The page's next poll tells it to come
// again: then its connection is here, and its views are claimed.

const (
	// settledAfter is how long after it was opened a connection that asks at another process
	// has most likely lost its own. One that does so before that may have been opened while
	// this process was away. But a page to which that happens again is behind a proxy which
	// sends each request elsewhere, and would come again at once, for ever.
	settledAfter = 10 * time.Second

	// maxHandedOn bounds what one request may bring that is handed on, in bytes, and
	// maxHandingOn what of that is under way, there and here. Each request takes what has
	// come of it and handingCost, and those of one connection are maxHandingOf at most: so as
	// many as one address may have open, however slow they are, keep nobody else's out, and
	// all together are less than may wait for a broker.
	maxHandedOn  = 256 << 10
	maxHandingOn = 40 * maxHandedOn
	handingCost  = 4 << 10

	// maxHandingOf is the request that the client waits for, and that one sent again.
	maxHandingOf = 2
)

func init() {
	pubsub.Register[handedOn]("liveview.handed-on")
	pubsub.Register[handedOnAnswer]("liveview.handed-on-answer")
}

// handedOn is what a request has brought for a connection of another process.
type handedOn struct {
	Connection string // the id in its token
	Origin     string // of the page
	Body       []byte // none where the page goes
	Nth        uint64
	Reply      string // the topic of who hands it on
}

// handedOnAnswer says what has become of that.
type handedOnAnswer struct {
	Nth    uint64
	Status int // of the answer to the request; 0 where it is being acted on
}

// elsewhere is what processes have to do with each other's connections by long-poll.
type elsewhere struct {
	*app
	node  string       // where the tokens of this process are given
	find  findPoll     // among its connections
	reply string       // the topic of this process; "" where there is no other
	ours  limit.Budget // bytes of what is being handed on, by this process
	taken limit.Budget // of what was, to this process

	mu    sync.Mutex // guards the fields below. Nothing is locked under it.
	nth   uint64
	sent  map[uint64]chan int // what is being handed on
	going map[string]int      // how many requests of a connection, by the id in its token
	doing map[string]int      // how many of one of this process's
	moved [256]pollMove       // pages whose requests have come here of late; two that have the same place are one to it
}

// findPoll finds a connection by the id in its token, and returns what acts on the body of a
// request for it; nil for none.
type findPoll func(connection string) (act func(pageOrigin string, body []byte) (status int))

// pollMove is a page whose requests come to another process than before.
type pollMove struct {
	id string // of the connection that the page had
	at time.Time
}

func newElsewhere(a *app, node string, find findPoll) *elsewhere {
	e := &elsewhere{app: a, node: node, find: find, sent: make(map[uint64]chan int), going: make(map[string]int), doing: make(map[string]int)}
	if !a.hasOthers() || a.config.LongPollFallback <= 0 {
		return e
	}
	e.reply = ownTopics + "handed-on:" + rand.Text()
	for topic, hear := range map[string]func(any){e.reply: e.answered, handedOnTopic(node): e.take} {
		if _, err := subscribe(a.config.PubSub, topic, hear); err != nil {
			a.config.Logger.Error("liveview: what a page sends by long-poll is lost where its proxy takes it to another process, as Config.PubSub takes no subscription", "err", err)
			e.reply = ""
		}
	}
	return e
}

// handedOnTopic is where the process hears whose node that is.
func handedOnTopic(node string) string { return ownTopics + "handed-on-to:" + node }

// serve answers a request of a connection that another process has opened: it hands on what
// that brings, or tells the client to come again, and the operator what is amiss where that
// would go on.
func (e *elsewhere) serve(ctx context.Context, r *http.Request, t pollToken, pageOrigin string) (status int) {
	if r.Method == http.MethodPost {
		if status := e.handOn(ctx, t, pageOrigin, r.Body); status != 0 {
			return status
		}
	}
	if time.Since(time.Unix(t.opened, 0)) >= settledAfter || e.moves(r, t) {
		return protocol.PollGone
	}
	e.faults.warn("liveview: a long-poll request came to another process than the one that had opened its connection, so the page can't be joined; "+
		"have the proxy in front send what is below Config.Path + \"/longpoll\" to one process for each value of the parameter _csrf_token "+
		"(nginx: hash $arg__csrf_token consistent; HAProxy: balance url_param _csrf_token)", "remote", r.RemoteAddr)
	return protocol.PollForbidden // upon which it waits for some seconds
}

// moves reports whether the page that sent r, of a connection that another process opened,
// does so for the first time of late.
func (e *elsewhere) moves(r *http.Request, t pollToken) bool {
	name := t.browser
	if csrf := r.URL.Query().Get("_csrf_token"); isCSRFOf(e.signer, csrf, t.browser) { // one that is made up would make a page of each request
		name += " " + csrf
	}
	page := maphash.String(movedSeed, name)
	e.mu.Lock()
	defer e.mu.Unlock()
	m := &e.moved[page%uint64(len(e.moved))]
	if m.id != t.id && time.Since(m.at) < settledAfter {
		return false
	}
	*m = pollMove{t.id, time.Now()}
	return true
}

// movedSeed is that of all processes' pages: clients don't know which have the same place.
var movedSeed = maphash.MakeSeed()

// handOn has another process act on what a request brings, and returns the status of its
// answer; 0 if that process doesn't say that it does.
func (e *elsewhere) handOn(ctx context.Context, t pollToken, pageOrigin string, body io.Reader) (status int) {
	if e.reply == "" {
		return 0
	}
	if !e.enter(e.going, t.id) {
		return 0
	}
	defer e.leave(e.going, t.id)
	sent, cost, ok := e.read(body)
	defer e.ours.Release(cost)
	if !ok {
		return 0
	}
	answers := make(chan int, 2)
	e.mu.Lock()
	e.nth++
	nth := e.nth
	e.sent[nth] = answers
	e.mu.Unlock()
	defer func() {
		e.mu.Lock()
		delete(e.sent, nth)
		e.mu.Unlock()
	}()
	if publish(e.config.PubSub, handedOnTopic(t.node), handedOn{t.id, pageOrigin, sent, nth, e.reply}) != nil {
		return 0 // the broker is away, as the log has it
	}
	soon := time.NewTimer(claimWait)
	defer soon.Stop()
	select {
	case status = <-answers:
	case <-soon.C: // most likely that process is gone
		return 0
	}
	if status != 0 {
		return status
	}
	select {
	case status = <-answers:
		return status
	case <-ctx.Done():
		return 0
	}
}

// enter counts one more request of a connection, unless there are maxHandingOf. It is undone
// by leave.
func (e *elsewhere) enter(of map[string]int, connection string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if of[connection] >= maxHandingOf {
		return false
	}
	of[connection]++
	return true
}

func (e *elsewhere) leave(of map[string]int, connection string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if of[connection]--; of[connection] <= 0 {
		delete(of, connection)
	}
}

// read returns what a request brings, ok if all of it is there. It has taken cost of ours.
func (e *elsewhere) read(body io.Reader) (sent []byte, cost int64, ok bool) {
	grow := func(n int) bool {
		if !e.ours.Take(int64(n), maxHandingOn) {
			return false
		}
		cost += int64(n)
		return true
	}
	if !grow(handingCost) {
		return nil, cost, false
	}
	for size := 512; ; size = min(2*size, maxHandedOn+1) {
		if !grow(size - len(sent)) {
			return nil, cost, false
		}
		sent = append(make([]byte, 0, size), sent...)
		n, err := io.ReadFull(body, sent[len(sent):size])
		sent = sent[:len(sent)+n]
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return sent, cost, true
		case err != nil:
			return nil, cost, false
		case len(sent) > maxHandedOn:
			return nil, cost, false
		}
	}
}

// answered is called with what becomes of what this process has handed on.
func (e *elsewhere) answered(info any) {
	a, ok := info.(handedOnAnswer)
	if !ok {
		return
	}
	e.mu.Lock()
	answers := e.sent[a.Nth]
	e.mu.Unlock()
	select {
	case answers <- a.Status:
	default: // nobody waits for it any more, or it comes once too often
	}
}

// take acts on what another process hands on.
func (e *elsewhere) take(info any) {
	h, ok := info.(handedOn)
	if !ok || len(h.Body) > maxHandedOn {
		return
	}
	answer := func(status int) {
		_ = publish(e.config.PubSub, h.Reply, handedOnAnswer{h.Nth, status}) // who doesn't hear of it gives up
	}
	act := e.find(h.Connection)
	if act == nil {
		answer(protocol.PollGone)
		return
	}
	cost := handingCost + int64(len(h.Body))
	if !e.enter(e.doing, h.Connection) {
		answer(protocol.PollGone)
		return
	}
	if !e.taken.Take(cost, maxHandingOn) {
		e.leave(e.doing, h.Connection)
		answer(protocol.PollGone)
		return
	}
	go func() { // Post waits for the connection's turn
		defer e.leave(e.doing, h.Connection)
		defer e.taken.Release(cost)
		answer(0)
		answer(act(h.Origin, h.Body))
	}()
}
