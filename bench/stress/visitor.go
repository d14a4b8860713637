package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// visitor is a client in a room: it does what the official client and the start script do,
// knows what its page must show, and sends one numbered event after the other. All of it is
// in one goroutine, that of walk.
type visitor struct {
	browser

	polls  bool // it can't have a WebSocket
	room   string
	tab    string // of the URL that the page has come to
	page   page
	name   string // as the start script calls the page
	mounts int
	joins  int // of all its views since it was loaded
	state  handedOn

	wire    *wire
	join    string // the join's ref
	tree    tree
	dropped []int // components that the page has lost, and the server is told of
	gone    map[string][]int
	lostAt  time.Time // when the connection was lost

	model    model
	shown    shown
	toldGaps map[string]bool

	guests     map[string]*guest // by the ids of their elements
	guestJoins map[string]int    // of these ids, since the page was loaded
	stale      bool              // the page is to be loaded
	waiting    []waiting         // for answers, the oldest first
	held       time.Time         // until when it sends nothing

	idle atomic.Bool // it is joined, and waits for nothing
	now  atomic.Pointer[shown]
}

// waiting is a message that isn't answered yet.
type waiting struct {
	ref   string
	sent  time.Time
	tab   string // of a patch: where to
	index [2]int // which action: -1 and its place, or its cell and the place there
}

func newVisitor(r *run, number int) *visitor {
	v := &visitor{browser: newBrowser(r, "v", number), toldGaps: make(map[string]bool), guests: make(map[string]*guest), guestJoins: make(map[string]int)}
	v.room = strconv.Itoa(v.rnd.IntN(rooms))
	v.polls = v.rnd.IntN(5) == 0
	return v
}

func (v *visitor) find(kind, what string) {
	v.journal.find(kind, fmt.Sprintf("visitor %d at %s, page %s: %s", v.number, v.shown.node, v.page.id, what), v.evidence)
}

// evidence writes what there is to see of the page.
func (v *visitor) evidence(w io.Writer) {
	_, _ = fmt.Fprintf(w, "     the seed is %d; the last frames of the client:\n", v.seed)
	v.record.write(w)
	_, _ = fmt.Fprintf(w, "     what the log has of it:\n")
	v.log.about(w, 30, v.page.id, `"`+v.who+`"`)
}

func (v *visitor) path() string {
	q := url.Values{"who": {v.who}}
	if v.tab != "" {
		q.Set("tab", v.tab)
	}
	return "/room/" + v.room + "?" + q.Encode()
}

// open loads the page, until that succeeds.
func (v *visitor) open(ctx context.Context) bool {
	p, ok := v.load(ctx, v.path())
	if ok {
		v.page, v.name, v.mounts, v.state = p, strconv.FormatUint(v.rnd.Uint64(), 36), 0, handedOn{}
		v.joins, v.stale = 0, false
		v.opened.Store(p.id, fmt.Sprintf("%s, by long-poll: %v", v.who, v.polls))
		clear(v.guests)
		clear(v.guestJoins)
		v.shown, v.lostAt = shown{}, time.Now()
		v.forget()
	}
	return ok
}

// connect opens a socket, once, and joins.
func (v *visitor) connect(ctx context.Context) (err error) {
	dial := v.dial
	if v.polls {
		dial = v.poll
	}
	if v.wire, err = dial(ctx, v.page.csrf); err != nil {
		return err
	}
	v.wire.others = func(f frame) { v.stale = !v.takeAsGuest(f) || v.stale }
	if err = v.joinOver(ctx); err != nil {
		v.wire.cut()
		v.wire = nil
	}
	return err
}

// joinOver joins over the socket that is open.
func (v *visitor) joinOver(ctx context.Context) error {
	params := map[string]any{"_page": v.name, "_mounts": v.mounts, "_joins": v.joins}
	v.state.bring(params)
	join, response, err := v.browser.join(ctx, v.wire, v.page, v.path(), params)
	if err != nil {
		return err
	}
	v.join = join
	return v.joined(response)
}

func (v *visitor) topic() string { return "lv:" + v.page.id }

// joined takes the answer to a join.
func (v *visitor) joined(response json.RawMessage) error {
	var answer struct{ Rendered json.RawMessage }
	if err := json.Unmarshal(response, &answer); err != nil {
		return err
	}
	d, err := decodeDiff(answer.Rendered)
	if err == nil {
		err = v.tree.merge(d, true)
	}
	if err != nil {
		v.find("a page that can't be shown", err.Error())
		return err
	}
	v.mounts++
	v.joins++
	v.held = time.Time{}
	v.waiting = nil // who knows whether what was sent over the connection that is lost has arrived
	v.gone, v.dropped = make(map[string][]int), nil
	v.journal.count("joins", 1)
	if v.polls {
		v.journal.count("of them by long-poll", 1)
	}
	v.check()
	text, _, _ := v.tree.html() // check says what is wrong with it
	v.host(text, v.mounts == 1)
	return nil
}

// reconnect connects until the page is joined, with the pauses of the start script.
func (v *visitor) reconnect(ctx context.Context) bool {
	pauses := []time.Duration{50, 100, 250, 500, 1000, 2000, 5000}
	began := time.Now()
	for tries := 0; ; tries++ {
		pause := pauses[min(tries, len(pauses)-1)] * time.Millisecond
		v.pause(ctx, pause/2+time.Duration(v.rnd.Int64N(int64(pause))))
		if ctx.Err() != nil {
			return false
		}
		err := v.connect(ctx)
		switch {
		case err == nil:
			took := time.Since(began)
			v.journal.mu.Lock()
			v.journal.back = append(v.journal.back, took)
			v.journal.mu.Unlock()
			return true
		case errors.Is(err, errRefused): // upon which the client loads the page
			if !v.journal.excused("", v.lostAt, time.Now()) {
				v.find("a join that is refused", err.Error())
			}
			v.journal.count("joins refused", 1)
			if !v.open(ctx) {
				return false
			}
		case ctx.Err() == nil:
			v.journal.count("attempts to connect that failed", 1)
			if time.Since(began) > 2*patience {
				v.find("a page that doesn't come back", err.Error())
				return false
			}
		}
	}
}

// walk opens the page and does what a visitor does, until acting ends; then it waits, with
// the page open, until ctx ends, and leaves.
func (v *visitor) walk(ctx context.Context, acting context.Context) {
	if !v.open(ctx) || !v.reconnect(ctx) {
		return
	}
	for v.live(ctx, acting) {
		v.lostAt = time.Now()
		v.idle.Store(false)
		for _, g := range v.guests {
			g.lose()
		}
		if v.wire != nil {
			v.wire.cut()
			v.wire = nil
		}
		if v.stale && !v.open(ctx) || !v.reconnect(ctx) {
			return
		}
	}
	if v.wire != nil {
		v.wire.leave()
		v.wire = nil
	}
}

// live is a page that is joined. It returns false when the visitor leaves for good, and true
// when the connection is lost.
func (v *visitor) live(ctx, acting context.Context) bool {
	next := time.NewTimer(v.between())
	defer next.Stop()
	for {
		v.idle.Store(acting.Err() != nil && len(v.waiting) == 0 && v.guestsRest())
		if len(v.waiting) > 0 && time.Since(v.waiting[0].sent) > patience && !v.journal.excused("", v.waiting[0].sent, time.Now()) {
			v.find("a message that isn't answered", v.waiting[0].ref)
			v.waiting = nil
		}
		select {
		case <-ctx.Done():
			return false
		case <-next.C:
			next.Reset(v.between())
			v.comeAgain()
			if acting.Err() == nil && !time.Now().Before(v.held) && !v.act(ctx) {
				return ctx.Err() == nil
			}
		case f := <-v.wire.frames:
			if f.lost != nil {
				v.noteLoss(f.lost)
				return true
			}
			if !v.take(f) {
				return true
			}
		}
	}
}

func (v *visitor) between() time.Duration {
	return v.every/2 + time.Duration(v.rnd.Int64N(int64(v.every)))
}

func (v *visitor) noteLoss(err error) {
	if v.polls {
		v.journal.count("connections by long-poll lost", 1)
		return
	}
	code := "none"
	if ce := (*websocket.CloseError)(nil); errors.As(err, &ce) {
		code = strconv.Itoa(ce.Code)
	}
	v.journal.count("sockets lost with code "+code, 1)
}

// take does what a frame says. It reports false if the view is over, and is to be joined
// again.
func (v *visitor) take(f frame) bool {
	if v.stale = !v.takeAsGuest(f) || v.stale; v.stale {
		return false
	}
	if f.topic != v.topic() || f.join != "" && f.join != v.join {
		return true
	}
	switch f.event {
	case "lv:hold":
		_, _ = v.wire.push(v.join, v.topic(), "lv:held", map[string]any{}) // or the reader says why
		v.held = time.Now().Add(10 * time.Second)
	case "lv:state":
		var p struct{ State string }
		_ = json.Unmarshal(f.payload, &p)
		if v.state.is(p.State); p.State == "" {
			v.find("a state that isn't handed on", string(f.payload))
		}
	case "diff":
		v.apply(f.payload)
	case "phx_reply":
		v.answered(f)
	case "phx_error", "phx_close":
		if !v.journal.excused("", v.lostAt, time.Now()) {
			v.find("a view that ends", f.event+" "+string(f.payload))
		}
		return false
	case "live_patch":
		v.find("a move that nobody asked for", string(f.payload))
	}
	return true
}

// apply merges a diff into the page.
func (v *visitor) apply(raw json.RawMessage) {
	v.state.leaves()
	d, err := decodeDiff(raw)
	if err == nil {
		err = v.tree.merge(d, false)
	}
	if err != nil {
		v.find("a diff that can't be applied", err.Error())
		return
	}
	v.check()
}

// answered takes the reply to a message.
func (v *visitor) answered(f frame) {
	var r reply
	i := slices.IndexFunc(v.waiting, func(w waiting) bool { return w.ref == f.ref })
	if err := json.Unmarshal(f.payload, &r); err != nil || r.Status != "ok" {
		v.refused(i, string(f.payload))
		return
	}
	var response struct {
		Diff json.RawMessage
		CIDs []int `json:"cids"`
	}
	_ = json.Unmarshal(r.Response, &response)
	if i > 0 && !v.journal.excused("", v.waiting[0].sent, time.Now()) { // a node that can't keep up answers at once what it doesn't handle
		v.find("an answer out of order", f.ref)
	}
	if i >= 0 {
		w := v.waiting[i]
		v.waiting = slices.Delete(v.waiting, i, i+1)
		now := time.Now()
		switch w.index[0] {
		case patching:
			v.tab = w.tab
		case ofPage:
			v.model.actions[w.index[1]].answered = now
		default:
			v.model.more[w.index[0]][w.index[1]].answered = now
		}
		v.journal.mu.Lock()
		if v.journal.counts["events answered"]++; len(v.journal.answers) < 1e6 {
			v.journal.answers = append(v.journal.answers, now.Sub(w.sent))
		}
		v.journal.mu.Unlock()
	}
	if response.Diff != nil {
		v.apply(response.Diff)
	}
	v.destroyed(f.ref, response.CIDs)
}

// refused takes the reply to the message in that place that isn't handled, as its node can't
// keep up: that is right in trouble alone.
func (v *visitor) refused(i int, payload string) {
	since := time.Now()
	if i >= 0 {
		since = v.waiting[i].sent
		v.waiting = slices.Delete(v.waiting, i, i+1)
	}
	if !v.mayRefuse(payload, since) {
		v.find("a message that is refused", payload)
	}
}

// mayRefuse reports whether a message that was sent then may be refused so: by a node that can't
// keep up, in trouble alone.
func (r *run) mayRefuse(payload string, since time.Time) bool {
	r.journal.count("messages refused", 1)
	return strings.Contains(payload, `"throttled"`) && r.journal.excused("", since, time.Now())
}

// moves reports whether the page is on its way to another tab, and may show either.
func (v *visitor) moves() bool {
	return slices.ContainsFunc(v.waiting, func(w waiting) bool { return w.index[0] == patching })
}

// What waiting.index says of what isn't a cell.
const (
	ofPage   = -1
	patching = -2
)

// loseComponents tells the server of components that the page has lost.
func (v *visitor) loseComponents(shown []int) {
	var lost []int
	for cid := range v.tree.components {
		if !slices.Contains(shown, cid) && !slices.Contains(v.dropped, cid) {
			lost = append(lost, cid)
		}
	}
	v.dropped = append(slices.DeleteFunc(v.dropped, func(cid int) bool { return slices.Contains(shown, cid) }), lost...)
	if len(lost) > 0 && v.wire != nil {
		if ref, err := v.wire.push(v.join, v.topic(), "cids_will_destroy", map[string]any{"cids": lost}); err == nil {
			v.gone["will "+ref] = lost
		}
	}
}

// destroyed goes on with that, once the server has answered.
func (v *visitor) destroyed(ref string, cids []int) {
	if lost, ok := v.gone["will "+ref]; ok {
		delete(v.gone, "will "+ref)
		lost = slices.DeleteFunc(lost, func(cid int) bool { return !slices.Contains(v.dropped, cid) })
		if len(lost) > 0 {
			if ref, err := v.wire.push(v.join, v.topic(), "cids_destroyed", map[string]any{"cids": lost}); err == nil {
				v.gone["are "+ref] = lost
			}
		}
	}
	if _, ok := v.gone["are "+ref]; ok {
		delete(v.gone, "are "+ref)
		for _, cid := range cids {
			delete(v.tree.components, cid)
			v.dropped = slices.DeleteFunc(v.dropped, func(d int) bool { return d == cid })
		}
	}
}
