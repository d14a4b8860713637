package main

import "time"

// line is one line of the table: a load that two servers get in turn.
type line struct {
	name  string
	unit  string // of the figures' costs
	floor string // the program to compare with: echo or gin, or ours where another stands beside it
	load  load
	goals []goal
	env   []string // of both servers
}

// collecting is the line where both servers collect garbage as docs/deployment.md recommends
// for thousands of idle pages.
func (l line) collecting() line {
	l.env = []string{"GOGC=40"}
	return l
}

// program is the one that is measured: the reference server, and where that is what it is
// compared with, the same with compression.
func (l line) program() string {
	if l.floor == "ours" {
		return "deflated"
	}
	return "ours"
}

// goal is what is asked of a line.
type goal struct {
	of    func(round) float64
	limit float64
	least bool // the limit is the least, not the most

	// label says in the table what of is, with %s for the figure.
	label string
}

// round is what each line's two servers took in one round, by the line's name.
type round map[string]pair

type pair struct{ floor, ours figure }

// ratio is how many times the floor's cost ours is.
func (p pair) ratio() float64 { return p.ours.cost / p.floor.cost }

const (
	counterEvent    = "event on `/counter`"
	tableEvent      = "event on `/table`"
	streamInsert    = "insert into a stream of 10,000"
	streamDelete    = "delete from a stream of 10,000"
	cardClick       = "click in one of 1,000 live components"
	cardsSame       = "event on a page of 1,000 live components"
	cardChanged     = "event that changes one of 1,000 live components"
	keystroke       = "keystroke in a form of 100 fields"
	keyedPrepend    = "prepend to 1,000 keyed rows"
	keyedSort       = "sort of 1,000 keyed rows"
	nestedJoin      = "join of a nested view, and its leave"
	newJoin         = "join of `/counter` over a new socket"
	keptRejoin      = "rejoin of a kept page of `/counter`"
	zipCounter      = "compressed: event on `/counter`"
	zipTable        = "compressed: event on `/table`"
	zipSort         = "compressed: sort of 1,000 keyed rows"
	zipJoin         = "compressed: join of `/counter`"
	zipTableJoin    = "compressed: join of `/table`"
	zipIdle         = "compressed: idle view of `/counter`, 3,000 open"
	writtenEvent    = "event on `/table` as a component that writes it"
	rememberedEvent = "event on `/table` as a component with Rows"
	firstRender     = "first render of `/table`"
	pageVisit       = "page visit with join"
	delivery        = "delivery of a broadcast to 1,000"
	idleCounter     = "idle view of `/counter`, 3,000 open"
	idleTable       = "idle view of `/table`, 300 open"
)

// lines are the comparison. The numbers of clients are part of it: a busier
// server spends less on each, because it sleeps and wakes up less often.
func lines(hold time.Duration) []line {
	const micro, kib = "µs", "KiB"
	return []line{
		{name: counterEvent, unit: micro, floor: "echo", load: events("/counter", "inc", 50), goals: []goal{
			{of: ratio(counterEvent), limit: 1.12, label: "%s x floor"},
			{of: received(counterEvent), limit: 100, label: "%s B"},
		}},
		{name: tableEvent, unit: micro, floor: "echo", load: events("/table", "touch", 10), goals: []goal{
			{of: timesCounter(tableEvent), limit: 1.5, label: "%s x `/counter`"},
			{of: received(tableEvent), limit: 130, label: "%s B"},
		}},
		{name: writtenEvent, unit: micro, floor: "echo", load: events("/written", "touch", 10), goals: []goal{
			{of: timesCounter(writtenEvent), limit: 80, label: "%s x `/counter`"},
			{of: received(writtenEvent), limit: 150, label: "%s B"},
		}},
		{name: rememberedEvent, unit: micro, floor: "echo", load: events("/remembered", "touch", 10), goals: []goal{
			{of: timesCounter(rememberedEvent), limit: 3, label: "%s x `/counter`"},
			{of: received(rememberedEvent), limit: 150, label: "%s B"},
		}},
		{name: streamInsert, unit: micro, floor: "echo", load: events("/stream", "post", 10), goals: []goal{
			{of: timesCounter(streamInsert), limit: 1.3, label: "%s x `/counter`"},
			{of: received(streamInsert), limit: 240, label: "%s B"},
		}},
		{name: streamDelete, unit: micro, floor: "echo", load: events("/stream", "drop", 10), goals: []goal{
			{of: timesCounter(streamDelete), limit: 1.3, label: "%s x `/counter`"},
			{of: received(streamDelete), limit: 150, label: "%s B"},
		}},
		{name: cardClick, unit: micro, floor: "echo", load: clicks("/cards", "open", 500, 10), goals: []goal{
			{of: timesCounter(cardClick), limit: 1.5, label: "%s x `/counter`"},
			{of: received(cardClick), limit: 130, label: "%s B"},
		}},
		{name: cardsSame, unit: micro, floor: "echo", load: events("/cards", "title", 10), goals: []goal{
			{of: timesCounter(cardsSame), limit: 4, label: "%s x `/counter`"},
		}},
		{name: cardChanged, unit: micro, floor: "echo", load: events("/cards", "rename", 10), goals: []goal{
			{of: timesCounter(cardChanged), limit: 8, label: "%s x `/counter`"},
			{of: received(cardChanged), limit: 140, label: "%s B"},
		}},
		{name: keystroke, unit: micro, floor: "echo", load: keystrokes("/form", "change", 10), goals: []goal{
			{of: timesCounter(keystroke), limit: 8, label: "%s x `/counter`"},
			{of: received(keystroke), limit: 250, label: "%s B"},
		}},
		{name: keyedPrepend, unit: micro, floor: "echo", load: events("/keyed", "prepend", 10), goals: []goal{
			{of: timesCounter(keyedPrepend), limit: 30, label: "%s x `/counter`"},
			{of: received(keyedPrepend), limit: 11_000, label: "%s B"},
		}},
		{name: keyedSort, unit: micro, floor: "echo", load: events("/keyed", "sort", 10), goals: []goal{
			{of: timesCounter(keyedSort), limit: 55, label: "%s x `/counter`"},
			{of: received(keyedSort), limit: 11_000, label: "%s B"},
		}},
		{name: nestedJoin, unit: micro, floor: "echo", load: nestedJoins("/nested", "inner", 10), goals: []goal{
			{of: timesCounter(nestedJoin), limit: 6, label: "%s x `/counter`"},
		}},
		{name: newJoin, unit: micro, floor: "echo", load: joins("/counter", 10, false), goals: []goal{
			{of: ratio(newJoin), limit: 2, label: "%s x floor"},
		}},
		{name: keptRejoin, unit: micro, floor: "echo", load: joins("/counter", 10, true), goals: []goal{
			{of: timesJoin(keptRejoin), limit: 1.25, label: "%s x a new view's join"},
		}},
		{name: zipCounter, unit: micro, floor: "ours", load: events("/counter", "inc", 50), goals: []goal{
			{of: ratio(zipCounter), limit: 2, label: "%s x plain"},
		}},
		{name: zipTable, unit: micro, floor: "ours", load: events("/table", "touch", 10), goals: []goal{
			{of: ratio(zipTable), limit: 2, label: "%s x plain"},
		}},
		{name: zipSort, unit: micro, floor: "ours", load: events("/keyed", "sort", 10), goals: []goal{
			{of: fewer(zipSort), limit: 2, least: true, label: "%s x fewer bytes"},
		}},
		{name: zipJoin, unit: micro, floor: "ours", load: joins("/counter", 10, false), goals: []goal{
			{of: ratio(zipJoin), limit: 1.5, label: "%s x plain"},
		}},
		{name: zipTableJoin, unit: micro, floor: "ours", load: joins("/table", 10, false), goals: []goal{
			{of: fewer(zipTableJoin), limit: 3, least: true, label: "%s x fewer bytes"},
		}},
		{name: zipIdle, unit: kib, floor: "ours", load: idle("/counter", 3000, hold), goals: []goal{
			{of: ratio(zipIdle), limit: 1.1, label: "%s x plain"},
		}},
		{name: firstRender, unit: micro, floor: "gin", load: renders("/table", 10), goals: []goal{
			{of: func(r round) float64 { return 1 / r[firstRender].ratio() }, limit: 15, least: true, label: "%s x faster"},
		}},
		{name: pageVisit, unit: micro, floor: "echo", load: visits("/counter", 10), goals: []goal{
			{of: ratio(pageVisit), limit: 1.3, label: "%s x floor"},
		}},
		{name: delivery, unit: micro, floor: "echo", load: broadcasts("/broadcast", "fire", 1000), goals: []goal{
			{of: ratio(delivery), limit: 1.2, label: "%s x floor"},
		}},
		line{name: idleCounter, unit: kib, floor: "echo", load: idle("/counter", 3000, hold), goals: []goal{
			{of: cost(idleCounter), limit: 7.5, label: "%s KiB"},
		}}.collecting(),
		line{name: idleTable, unit: kib, floor: "echo", load: idle("/table", 300, hold), goals: []goal{
			{of: cost(idleTable), limit: 50, label: "%s KiB"},
		}}.collecting(),
	}
}

// timesCounter is how many times what an event on /counter costs a line costs.
func timesCounter(name string) func(round) float64 {
	return func(r round) float64 { return r[name].ours.cost / r[counterEvent].ours.cost }
}

// timesJoin is how many times what the join of a new view costs a line costs.
func timesJoin(name string) func(round) float64 {
	return func(r round) float64 { return r[name].ours.cost / r[newJoin].ours.cost }
}

func ratio(name string) func(round) float64 {
	return func(r round) float64 { return r[name].ratio() }
}

func received(name string) func(round) float64 {
	return func(r round) float64 { return r[name].ours.bytes }
}

// fewer is how many times fewer bytes than the other a line sends.
func fewer(name string) func(round) float64 {
	return func(r round) float64 { return r[name].floor.bytes / r[name].ours.bytes }
}

func cost(name string) func(round) float64 {
	return func(r round) float64 { return r[name].ours.cost }
}
