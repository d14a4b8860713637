package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-liveview/liveview/bench/stress/node"
)

// action is one numbered event of a room's page: what was sent, and what came of it.
type action struct {
	name string
	at   int    // the card, or the cell
	mark int    // how many events its cell had been sent before
	node string // that the page was at
	sent time.Time

	answered time.Time // zero for one that wasn't
	lost     bool      // it has been found lost, or been excused
}

// model is what a room's page must show: what all events that it says it has seen make of it.
type model struct {
	actions []action                // the number of each is its place, and one
	more    [node.MaxCells][]action // the same of the cells, each with numbers of its own

	upTo  node.Spans // what the fields below come of
	step  int
	name  string
	open  [node.MaxCards]bool
	items []int
	cells []int
	since [node.MaxCells]int // how many events each cell had been sent before it was shown
	rows  []int
}

// follow brings the model to what comes of the events that have been seen.
func (m *model) follow(seen node.Spans) {
	from := m.upTo.Last() + 1
	if !isPrefix(m.upTo, seen) {
		*m = model{actions: m.actions, more: m.more}
		from = 1
	}
	for n := from; n <= min(seen.Last(), len(m.actions)); n++ {
		if seen.Has(n) {
			m.apply(n, m.actions[n-1])
		}
	}
	m.upTo = seen
}

// isPrefix reports whether all has what some has, and else only higher numbers.
func isPrefix(some, all node.Spans) bool {
	for i, s := range some {
		if i >= len(all) || all[i].From != s.From || all[i].To < s.To || i < len(some)-1 && all[i].To != s.To {
			return false
		}
	}
	return true
}

func (m *model) apply(n int, a action) {
	switch a.name {
	case "next":
		m.step++
	case "name":
		m.name = nameOf(n)
	case "card":
		m.open[a.at] = !m.open[a.at]
	case "add":
		m.items = append(m.items, n)
		m.items = m.items[max(0, len(m.items)-node.MaxItems):]
	case "cell":
		if i := slices.Index(m.cells, a.at); i >= 0 {
			m.cells = slices.Delete(m.cells, i, i+1)
		} else {
			m.cells, m.since[a.at] = append(m.cells, a.at), a.mark
		}
	case "row":
		m.rows = append(m.rows, n)
		m.rows = m.rows[max(0, len(m.rows)-node.MaxRows):]
	case "unrow":
		if len(m.rows) > 0 {
			m.rows = m.rows[1:]
		}
	}
}

func nameOf(n int) string { return "<n&" + strconv.Itoa(n) + ">" }

// own is the HTML of what comes of the page's own events.
func (m *model) own(tab string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<b>%d</b><i>%s</i>", m.step, strings.NewReplacer("<", "&lt;", ">", "&gt;", "&", "&amp;").Replace(m.name))
	for _, n := range m.items {
		fmt.Fprintf(&b, "<u>%d</u>", n)
	}
	for i, open := range m.open {
		if open {
			fmt.Fprintf(&b, "<em>%d</em>", i)
		}
	}
	fmt.Fprintf(&b, "<s>%s</s>", tab)
	return b.String()
}

// stream is what the stream holds.
func (m *model) stream() []item {
	var all []item
	for _, n := range m.rows {
		id := fmt.Sprintf("log-%d", n)
		all = append(all, item{id, fmt.Sprintf(`<li id="%s">row %d</li>`, id, n)})
	}
	return all
}

// giveUp has none of what was sent be looked for any more.
func (m *model) giveUp() {
	for i := range m.actions {
		m.actions[i].lost = true
	}
	for _, more := range m.more {
		for i := range more {
			more[i].lost = true
		}
	}
}
