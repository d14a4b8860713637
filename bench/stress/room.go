package main

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-liveview/liveview/bench/stress/node"
)

// shown is what a room's page says.
type shown struct {
	node, life, own string
	seen            node.Spans
	twice           string
	cells           []shownCell
	heard           map[string]shownHeard
	missed          int
	came            string // what befell it of late
	people, late    string
}

type shownCell struct {
	id, cid int
	seen    node.Spans
	sum     int
}

type shownHeard struct {
	first, last, twice, again int
	gaps                      []shownGap
}

type shownGap struct {
	text string
	at   time.Time
}

var (
	shownWhere  = regexp.MustCompile(`<p id="where">(\S*) (\S*)</p>`)
	shownOwn    = regexp.MustCompile(`<div id="own">(.*?)</div>`)
	shownSeen   = regexp.MustCompile(`<p id="seen">([\d -]*)\|\[([\d ]*)\]</p>`)
	shownCells  = regexp.MustCompile(`<p id="cell-(\d+)" data-to="(\d+)">(\d+)\|([\d -]*)\|(\d+)</p>`)
	shownHeards = regexp.MustCompile(`<p>(\S+) (\d+)-(\d+) twice=(\d+) again=(\d+) gaps=\[([^\]]*)\]</p>`)
	shownLast   = regexp.MustCompile(`<p id="missed">(\d+)</p><p id="people">([^<]*)</p><p id="late">([^<]*)</p><p id="came">([^<]*)</p>`)
)

// readRoom reads a room's page.
func readRoom(html string) (s shown, err error) {
	where, own, seen, last := shownWhere.FindStringSubmatch(html), shownOwn.FindStringSubmatch(html), shownSeen.FindStringSubmatch(html), shownLast.FindStringSubmatch(html)
	if where == nil || own == nil || seen == nil || last == nil {
		return s, fmt.Errorf("it isn't a room: %.2000s", html)
	}
	s = shown{node: where[1], life: where[2], own: own[1], twice: seen[2], people: last[2], late: last[3], came: last[4], heard: make(map[string]shownHeard)}
	s.missed, _ = strconv.Atoi(last[1])
	if s.seen, err = node.ParseSpans(seen[1]); err != nil {
		return s, err
	}
	for _, m := range shownCells.FindAllStringSubmatch(html, -1) {
		var c shownCell
		c.id, _ = strconv.Atoi(m[1])
		c.cid, _ = strconv.Atoi(m[2])
		c.sum, _ = strconv.Atoi(m[5])
		if c.seen, err = node.ParseSpans(m[4]); err != nil || m[3] != m[1] {
			return s, fmt.Errorf("a cell: %s: %w", m[0], err)
		}
		s.cells = append(s.cells, c)
	}
	if n := strings.Count(html, `id="cell-`); n != len(s.cells) {
		return s, fmt.Errorf("%d cells of %d can be read: %.2000s", len(s.cells), n, html)
	}
	for _, m := range shownHeards.FindAllStringSubmatch(html, -1) {
		var h shownHeard
		h.first, _ = strconv.Atoi(m[2])
		h.last, _ = strconv.Atoi(m[3])
		h.twice, _ = strconv.Atoi(m[4])
		h.again, _ = strconv.Atoi(m[5])
		for _, text := range strings.Fields(m[6]) {
			what, at, _ := strings.Cut(text, "@")
			ms, _ := strconv.ParseInt(at, 10, 64)
			h.gaps = append(h.gaps, shownGap{what, time.UnixMilli(ms)})
		}
		s.heard[m[1]] = h
	}
	return s, nil
}

// check holds what the page shows against what it must, and finds what differs.
func (v *visitor) check() {
	text, cids, err := v.tree.html()
	if err != nil {
		v.find("a page that can't be shown", err.Error())
		return
	}
	s, err := readRoom(text)
	if err != nil {
		v.find("a page that can't be read", err.Error())
		return
	}
	v.loseComponents(cids)
	was := v.shown
	v.shown = s
	v.now.Store(&s)
	now := time.Now()
	if s.life != was.life && was.life != "" {
		v.beganAnew(was, now)
	}
	if s.twice != "" && s.twice != was.twice {
		v.find("an event that is handled twice", s.twice)
	}
	v.checkSeen(s, now)
	v.model.follow(s.seen)
	if want := v.model.own(v.tab); s.own != want && !v.moves() {
		v.find("a page that differs", fmt.Sprintf("it shows %s and not %s", s.own, want))
	}
	if want := v.model.stream(); !slices.Equal(v.tree.items, want) {
		v.find("a stream that differs", fmt.Sprintf("it shows %v and not %v", v.tree.items, want))
	}
	v.checkCells(s, now)
	v.checkHeard(s, was, now)
	if n, _ := strconv.Atoi(s.late); s.late != "" && (n < 1 || n > len(v.model.actions) || v.model.actions[n-1].name != "load") {
		v.find("a load that differs", fmt.Sprintf("it shows %q", s.late))
	}
}

// beganAnew is called of a page whose state isn't what it was.
func (v *visitor) beganAnew(was shown, now time.Time) {
	if !v.journal.excused("", v.lostAt, now) {
		v.find("a page that begins anew", fmt.Sprintf("it was %s at %s and is %s at %s", was.life, was.node, v.shown.life, v.shown.node))
	}
	v.journal.count("pages begun anew", 1)
	v.forget()
}

// forget has nothing be known of a page, as it begins anew.
func (v *visitor) forget() {
	v.model.giveUp()
	v.model = model{actions: v.model.actions, more: v.model.more}
}

// checkSeen finds events that were answered, and that the page knows nothing of.
func (v *visitor) checkSeen(s shown, now time.Time) {
	if s.seen.Last() > len(v.model.actions) {
		v.find("an event that nobody sent", s.seen.String())
	}
	for n := len(v.model.actions); n > 0 && n > len(v.model.actions)-200; n-- {
		v.mustHave(&v.model.actions[n-1], n, s.seen, now)
	}
}

// mustHave finds an event that was answered, and isn't among those that have been seen.
func (v *visitor) mustHave(a *action, n int, seen node.Spans, now time.Time) {
	if a.lost || a.answered.IsZero() || seen.Has(n) {
		return
	}
	a.lost = true
	v.journal.count("events lost to a kill or an outage", 1)
	if !v.journal.excused(a.node, a.answered, now) {
		v.find("an event that is lost", fmt.Sprintf("%d (%s %d), answered %v ago by %s", n, a.name, a.at, now.Sub(a.answered).Round(time.Millisecond), a.node))
	}
}

// checkCells does the same for those of live components, and that these are the ones that are
// to be shown.
func (v *visitor) checkCells(s shown, now time.Time) {
	var ids []int
	for _, c := range s.cells {
		ids = append(ids, c.id)
		sum := 0
		since, sent := v.model.since[c.id], v.model.more[c.id]
		if len(c.seen) > 0 && (c.seen[0].From <= since || c.seen.Last() > len(sent)) {
			v.find("a component that differs", fmt.Sprintf("cell %d has seen %v, and %d to %d were sent to it", c.id, c.seen, since+1, len(sent)))
		}
		for _, r := range c.seen {
			sum += (r.From + r.To) * (r.To - r.From + 1) / 2
		}
		if sum != c.sum {
			v.find("a component that differs", fmt.Sprintf("the sum of %v isn't %d", c.seen, c.sum))
		}
		for n := len(sent); n > since && n > len(sent)-200; n-- {
			v.mustHave(&sent[n-1], n, c.seen, now)
		}
	}
	if !slices.Equal(ids, v.model.cells) {
		v.find("a page that differs", fmt.Sprintf("it shows the cells %v and not %v", ids, v.model.cells))
	}
}

const lostDelivery = "a delivery that is lost without a Missed"

// checkHeard finds what was delivered twice or out of order, and gaps that no Missed told of.
func (v *visitor) checkHeard(s, was shown, now time.Time) {
	for by, h := range s.heard {
		before, known := was.heard[by]
		if h.twice > before.twice && (known || h.twice > 0) {
			v.find("a delivery that is doubled or out of order", fmt.Sprintf("of %s, up to %d", by, h.last))
		}
		if h.again > before.again && known {
			v.journal.count("deliveries told again at another node", h.again-before.again)
		}
		for _, g := range h.gaps {
			if now.Sub(g.at) > node.TellWithin && now.Sub(g.at) < node.TellWithin+time.Minute && !v.toldGaps[by+g.text] {
				v.toldGaps[by+g.text] = true
				v.find(lostDelivery, fmt.Sprintf("of %s: %s; before, %s", by, g.text, s.came))
			}
		}
	}
}
