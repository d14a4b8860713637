package main

import "time"

// line is one line of the table: a load that two servers get in turn.
type line struct {
	name  string
	unit  string // of the figures' costs
	floor string // the program to compare with: echo or gin
	load  load
	goals []goal
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
	counterEvent = "event on `/counter`"
	tableEvent   = "event on `/table`"
	streamInsert = "insert into a stream of 10,000"
	streamDelete = "delete from a stream of 10,000"
	cardClick    = "click in one of 1,000 live components"
	cardsSame    = "event on a page of 1,000 live components"
	cardChanged  = "event that changes one of 1,000 live components"
	keystroke    = "keystroke in a form of 100 fields"
	firstRender  = "first render of `/table`"
	pageVisit    = "page visit with join"
	delivery     = "delivery of a broadcast to 1,000"
	idleCounter  = "idle view of `/counter`, 3,000 open"
	idleTable    = "idle view of `/table`, 300 open"
)

// lines are the comparison. The numbers of clients are part of it: a busier
// server spends less on each, because it sleeps and wakes up less often.
func lines(hold time.Duration) []line {
	const micro, kib = "µs", "KiB"
	return []line{
		{counterEvent, micro, "echo", events("/counter", "inc", 50), []goal{
			{of: ratio(counterEvent), limit: 1.5, label: "%s x floor"},
			{of: received(counterEvent), limit: 100, label: "%s B"},
		}},
		{tableEvent, micro, "echo", events("/table", "touch", 10), []goal{
			{of: timesCounter(tableEvent), limit: 4, label: "%s x `/counter`"},
			{of: received(tableEvent), limit: 130, label: "%s B"},
		}},
		{streamInsert, micro, "echo", events("/stream", "post", 10), []goal{
			{of: timesCounter(streamInsert), limit: 1.3, label: "%s x `/counter`"},
			{of: received(streamInsert), limit: 240, label: "%s B"},
		}},
		{streamDelete, micro, "echo", events("/stream", "drop", 10), []goal{
			{of: timesCounter(streamDelete), limit: 1.3, label: "%s x `/counter`"},
			{of: received(streamDelete), limit: 150, label: "%s B"},
		}},
		{cardClick, micro, "echo", clicks("/cards", "open", 500, 10), []goal{
			{of: timesCounter(cardClick), limit: 1.5, label: "%s x `/counter`"},
			{of: received(cardClick), limit: 130, label: "%s B"},
		}},
		{cardsSame, micro, "echo", events("/cards", "title", 10), []goal{
			{of: timesCounter(cardsSame), limit: 4, label: "%s x `/counter`"},
		}},
		{cardChanged, micro, "echo", events("/cards", "rename", 10), []goal{
			{of: timesCounter(cardChanged), limit: 8, label: "%s x `/counter`"},
			{of: received(cardChanged), limit: 140, label: "%s B"},
		}},
		{keystroke, micro, "echo", keystrokes("/form", "change", 10), []goal{
			{of: timesCounter(keystroke), limit: 8, label: "%s x `/counter`"},
			{of: received(keystroke), limit: 250, label: "%s B"},
		}},
		{firstRender, micro, "gin", renders("/table", 10), []goal{
			{of: func(r round) float64 { return 1 / r[firstRender].ratio() }, limit: 15, least: true, label: "%s x faster"},
		}},
		{pageVisit, micro, "echo", visits("/counter", 10), []goal{
			{of: ratio(pageVisit), limit: 2, label: "%s x floor"},
		}},
		{delivery, micro, "echo", broadcasts("/broadcast", "fire", 1000), []goal{
			{of: ratio(delivery), limit: 2, label: "%s x floor"},
		}},
		{idleCounter, kib, "echo", idle("/counter", 3000, hold), []goal{
			{of: cost(idleCounter), limit: 10, label: "%s KiB"},
		}},
		{idleTable, kib, "echo", idle("/table", 300, hold), []goal{
			{of: cost(idleTable), limit: 100, label: "%s KiB"},
		}},
	}
}

// timesCounter is how many times what an event on /counter costs a line costs.
func timesCounter(name string) func(round) float64 {
	return func(r round) float64 { return r[name].ours.cost / r[counterEvent].ours.cost }
}

func ratio(name string) func(round) float64 {
	return func(r round) float64 { return r[name].ratio() }
}

func received(name string) func(round) float64 {
	return func(r round) float64 { return r[name].ours.bytes }
}

func cost(name string) func(round) float64 {
	return func(r round) float64 { return r[name].ours.cost }
}
