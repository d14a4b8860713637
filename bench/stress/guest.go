package main

import (
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-liveview/liveview/bench/stress/node"
)

// guest is a view that stands in a room's page, and has a channel of its own over the page's
// socket: a nested one, which goes with the page's own view, or a sticky one, which stays
// where the next page shows it too.
type guest struct {
	*visitor

	id, session, static string
	sticky              bool

	joining string // the ref of a join that isn't answered
	asked   time.Time
	join    string // the ref of the last one that was
	isIn    bool
	mounts  int
	again   time.Time // when it is to join again after it has ended

	state     handedOn
	tree      tree
	actions   []action // the number of each is its place, and one
	waiting   []waiting
	shownLife string
	shownAt   string // the node
}

// handedOn is the state of a view that its node has handed to the page.
type handedOn struct {
	sealed string
	until  time.Time // it is good; zero for ever
}

// is takes what a node hands on.
func (h *handedOn) is(sealed string) { *h = handedOn{sealed: sealed} }

// leaves is called when the view isn't any more as it was handed on: its node has stored what
// it is within a second.
func (h *handedOn) leaves() {
	if h.sealed != "" && h.until.IsZero() {
		h.until = time.Now().Add(time.Second)
	}
}

// bring adds it to the params of a join.
func (h *handedOn) bring(params map[string]any) {
	if h.sealed != "" && (h.until.IsZero() || time.Now().Before(h.until)) {
		params["_state"] = h.sealed
	}
}

func (g *guest) topic() string { return "lv:" + g.id }

func (g *guest) find(kind, what string) {
	g.journal.find(kind, fmt.Sprintf("visitor %d at %s, %s of page %s: %s", g.number, g.shownAt, g.id, g.page.id, what), g.evidence)
}

var guestElement = regexp.MustCompile(`<div id="(corner|player)" data-phx-session="([^"]*)" data-phx-static="([^"]*)"( data-phx-parent-id="[^"]*"| data-phx-sticky)>`)

// standing returns the elements of guests in the HTML of a page.
func standing(text string) map[string]guest {
	all := make(map[string]guest)
	for _, m := range guestElement.FindAllStringSubmatch(text, -1) {
		all[m[1]] = guest{id: m[1], session: html.UnescapeString(m[2]), static: html.UnescapeString(m[3]), sticky: m[4] == " data-phx-sticky"}
	}
	return all
}

// host has the guests of a page that has joined be those that it shows, and has them join. fresh
// says that the page's own view has come in another one's place, or anew.
func (v *visitor) host(text string, fresh bool) {
	shown := standing(text)
	for id, g := range v.guests {
		if _, stays := shown[id]; !stays || fresh && !g.sticky {
			v.dismiss(g)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(shown)) {
		is := shown[id]
		g := v.guests[id]
		if g == nil {
			g = &guest{visitor: v, id: id, sticky: is.sticky, session: is.session, static: v.page.statics[id]}
			v.guests[id] = g
			delete(v.page.statics, id) // which the first view of an element was rendered with
		}
		if !g.sticky {
			g.session = is.session
		}
		if !g.isIn && g.joining == "" {
			g.come()
		}
	}
}

// dismiss has a guest go whose element has gone.
func (v *visitor) dismiss(g *guest) {
	if g.isIn || g.joining != "" {
		_, _ = v.wire.push(v.wire.joins[g.topic()], g.topic(), "phx_leave", map[string]any{}) // or the reader says why
	}
	delete(v.guests, g.id)
}

// comeAgain has guests join whose view has ended.
func (v *visitor) comeAgain() {
	for _, id := range slices.Sorted(maps.Keys(v.guests)) {
		if g := v.guests[id]; !g.again.IsZero() && time.Now().After(g.again) {
			g.come()
		}
	}
}

// come sends the join, whose answer comes among the other frames.
func (g *guest) come() {
	params := map[string]any{"_csrf_token": g.page.csrf, "_mounts": g.mounts, "_mount_attempts": 0, "_page": g.name, "_joins": g.guestJoins[g.id]}
	g.state.bring(params)
	payload := map[string]any{"session": g.session, "static": nil, "sticky": g.sticky, "params": params}
	if g.static != "" {
		payload["static"] = g.static
	}
	if g.sticky {
		payload["url"] = g.site + g.path()
	}
	g.again, g.asked = time.Time{}, time.Now()
	g.joining, _ = g.wire.push("", g.topic(), "phx_join", payload) // or the reader says why
}

// lose is called when the connection is lost.
func (g *guest) lose() {
	g.isIn, g.joining, g.again, g.waiting = false, "", time.Time{}, nil
}

// rests reports whether it is there and waits for nothing.
func (g *guest) rests() bool { return g.isIn && len(g.waiting) == 0 }

// present returns those who are there, in the order of their ids.
func (v *visitor) present() (in []*guest) {
	for _, id := range slices.Sorted(maps.Keys(v.guests)) {
		if g := v.guests[id]; g.isIn {
			in = append(in, g)
		}
	}
	return in
}

// guestsRest reports whether all of them do.
func (v *visitor) guestsRest() bool {
	for _, g := range v.guests {
		if g.isOverdue(); !g.rests() {
			return false
		}
	}
	return true
}

// takeAsGuest has the guest whose topic it is take a frame, if there is one. It reports false if
// the page is to be loaded anew.
func (v *visitor) takeAsGuest(f frame) bool {
	g := v.guests[strings.TrimPrefix(f.topic, "lv:")]
	return g == nil || g.take(f)
}

// take does what a frame of its topic says. It reports false if the page is to be loaded anew.
func (g *guest) take(f frame) bool {
	if f.join != "" && f.join != g.wire.joins[g.topic()] {
		return true
	}
	switch f.event {
	case "lv:hold":
		_, _ = g.wire.push(g.join, g.topic(), "lv:held", map[string]any{}) // or the reader says why
		g.held = time.Now().Add(10 * time.Second)
	case "lv:state":
		var p struct{ State string }
		_ = json.Unmarshal(f.payload, &p)
		if g.state.is(p.State); p.State == "" {
			g.find("a state that isn't handed on", string(f.payload))
		}
	case "diff":
		g.state.leaves()
		g.apply(f.payload, false)
	case "phx_reply":
		return g.answered(f)
	case "phx_error", "phx_close":
		if !g.journal.excused("", g.asked, time.Now()) {
			g.find("a view that ends", f.event+" "+string(f.payload))
		}
		g.lose()
		g.again = time.Now().Add(time.Second)
	}
	return true
}

// answered takes the reply to a join, or to an event.
func (g *guest) answered(f frame) bool {
	var r reply
	err := json.Unmarshal(f.payload, &r)
	if f.ref == g.joining {
		g.joining = ""
		if err != nil || r.Status != "ok" {
			if !g.journal.excused("", g.asked, time.Now()) {
				g.find("a join that is refused", string(f.payload))
			}
			g.journal.count("joins refused", 1)
			return false
		}
		g.join, g.isIn = f.ref, true
		g.mounts++
		g.guestJoins[g.id]++
		g.journal.count("joins of nested and sticky views", 1)
		var answer struct{ Rendered json.RawMessage }
		_ = json.Unmarshal(r.Response, &answer) // what is none can't be applied
		g.apply(answer.Rendered, true)
		return true
	}
	i := slices.IndexFunc(g.waiting, func(w waiting) bool { return w.ref == f.ref })
	if i < 0 {
		return true
	}
	w := g.waiting[i]
	g.waiting = slices.Delete(g.waiting, i, i+1)
	if err != nil || r.Status != "ok" {
		if !g.mayRefuse(string(f.payload), w.sent) {
			g.find("a message that is refused", string(f.payload))
		}
		return true
	}
	g.actions[w.index[1]].answered = time.Now()
	g.journal.count("events answered", 1)
	var response struct{ Diff json.RawMessage }
	_ = json.Unmarshal(r.Response, &response) // as above
	if response.Diff != nil {
		g.state.leaves()
		g.apply(response.Diff, false)
	}
	return true
}

// click sends it its next event.
func (g *guest) click() {
	g.actions = append(g.actions, action{name: "note", node: g.shownAt, sent: time.Now()})
	n := len(g.actions)
	ref, err := g.wire.push(g.join, g.topic(), "event", map[string]any{"type": "click", "event": "note", "value": map[string]any{"n": strconv.Itoa(n)}})
	if err == nil { // or the reader says why
		g.waiting = append(g.waiting, waiting{ref: ref, sent: time.Now(), index: [2]int{ofPage, n - 1}})
	}
	g.journal.count("events sent to nested and sticky views", 1)
}

// isOverdue finds an event or a join that isn't answered.
func (g *guest) isOverdue() {
	since := g.asked
	switch {
	case g.joining != "":
	case len(g.waiting) > 0:
		since = g.waiting[0].sent
	default:
		return
	}
	if time.Since(since) > patience && !g.journal.excused("", since, time.Now()) {
		g.find("a message that isn't answered", g.joining)
		g.lose()
		g.again = time.Now()
	}
}

// apply merges a diff, or all that it shows.
func (g *guest) apply(raw json.RawMessage, fresh bool) {
	d, err := decodeDiff(raw)
	if err == nil {
		err = g.tree.merge(d, fresh)
	}
	if err != nil {
		g.find("a diff that can't be applied", err.Error())
		return
	}
	g.check()
}

var guestHTML = regexp.MustCompile(`<p>(\S+) (\S+) ([\d -]*)\|\[([\d ]*)\]\|(\d+)</p>`)

// check holds what it shows against what it must.
func (g *guest) check() {
	text, _, err := g.tree.html()
	m := guestHTML.FindStringSubmatch(text)
	if err != nil || m == nil {
		g.find("a page that can't be read", fmt.Sprintf("%v %.300s", err, text))
		return
	}
	now := time.Now()
	seen, err := node.ParseSpans(m[3])
	if err != nil {
		g.find("a page that can't be read", err.Error())
		return
	}
	was := g.shownLife
	g.shownAt, g.shownLife = m[1], m[2]
	if was != "" && was != g.shownLife {
		if !g.journal.excused("", g.lostAt, now) {
			g.find("a page that begins anew", fmt.Sprintf("it was %s and is %s at %s", was, g.shownLife, g.shownAt))
		}
		g.journal.count("pages begun anew", 1)
		for i := range g.actions {
			g.actions[i].lost = true
		}
	}
	if m[4] != "" {
		g.find("an event that is handled twice", m[4])
	}
	if seen.Last() > len(g.actions) {
		g.find("an event that nobody sent", seen.String())
		return
	}
	sum := 0
	for _, r := range seen {
		sum += (r.From + r.To) * (r.To - r.From + 1) / 2
	}
	if m[5] != strconv.Itoa(sum) {
		g.find("a page that differs", fmt.Sprintf("the sum of %v isn't %s", seen, m[5]))
	}
	for n := len(g.actions); n > 0 && n > len(g.actions)-200; n-- {
		g.mustHave(&g.actions[n-1], n, seen, now)
	}
}
