package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// line is a cost that grows with the number of processes: a, and b for each.
type line struct{ a, b float64 }

func (l line) at(n float64) float64 { return l.a + l.b*n }

// fit returns the line that is nearest to the points, by the sum of squares. A cost that
// falls as there are more, or is less than nothing without any, is noise about one that doesn't.
func fit(x, y []float64) line {
	n, sx, sy, sxx, sxy := float64(len(x)), 0.0, 0.0, 0.0, 0.0
	for i := range x {
		sx, sy, sxx, sxy = sx+x[i], sy+y[i], sxx+x[i]*x[i], sxy+x[i]*y[i]
	}
	d := n*sxx - sx*sx
	if d == 0 {
		return line{a: sy / n}
	}
	b := (n*sxy - sx*sy) / d
	a := (sy - b*sx) / n
	switch {
	case b < 0:
		return line{a: sy / n}
	case a < 0:
		return line{b: sxy / sxx}
	}
	return line{a, b}
}

// cost is what one kind of work takes with one broker.
type cost struct {
	what                string
	nodesCPU, brokerCPU line // microseconds of all processes, and of the broker
	in, out             line // messages
	each                float64
	points              []measurement
}

// costs fits what was measured with a broker, in the order in which it was.
func costs(all []measurement, broker string) []cost {
	var fitted []cost
	for _, m := range all {
		if m.broker != broker {
			continue
		}
		i := slices.IndexFunc(fitted, func(c cost) bool { return c.what == m.what })
		if i < 0 {
			i, fitted = len(fitted), append(fitted, cost{what: m.what})
		}
		fitted[i].points = append(fitted[i].points, m)
	}
	for i := range fitted {
		c := &fitted[i]
		of := func(get func(measurement) float64) line {
			var x, y []float64
			for _, m := range c.points {
				x, y = append(x, float64(m.nodes)), append(y, get(m))
			}
			if c.isLocal() {
				return line{a: y[slices.Index(x, slices.Min(x))]}
			}
			return fit(x, y)
		}
		c.nodesCPU = of(func(m measurement) float64 { return m.nodesCPU })
		c.brokerCPU = of(func(m measurement) float64 { return m.brokerCPU })
		c.in = of(func(m measurement) float64 { return m.in })
		c.out = of(func(m measurement) float64 { return m.out })
		heard, spent := 0, 0.0
		for _, m := range c.points {
			heard, spent = heard+m.heard, spent+m.nodesCPU
		}
		if heard > 0 {
			c.each = spent / float64(heard)
		}
	}
	return fitted
}

// isLocal reports whether others have nothing to do with it: then what it takes is what it
// took with the fewest processes, as more of them only share the cores here.
func (c cost) isLocal() bool { return c.what == anEvent || c.what == aJoin || c.what == aTopic }

// The application that the figures are carried to.
const (
	farNodes = 100
	farViews = 10_000 // on each
	roomOf   = 10     // views that hear what is told to a room, each on a process of its own
)

// demand is how often a kind of work is done in it, in a second, and in whose words.
type demand struct {
	what, words string
	often       float64
}

const allViews = farNodes * farViews

var demands = []demand{
	{atRest, "at rest", farNodes},
	{anEvent, "each view has an event in 10 s", allViews / 10.0},
	{aJoin, "each view is left after 10 minutes, and another one opened", allViews / 600.0},
	{aTopic, "of these, one in two has a topic of its own", 0.5 * allViews / 600.0},
	{aPresence, "of these, one in ten is told to all", 0.1 * allViews / 600.0},
	{inRoom, "each view says something in 5 minutes, in a room of ten", allViews / 300.0},
	{aBroadcast, "something is told to all views in 10 s", 0.1},
	{aHop, "each connection is lost in 30 minutes", allViews / 1800.0},
	{aDeploy, "a process is replaced each minute", farViews / 60.0},
	{aDisconnect, "ten users are disconnected in a second", 10},
}

// inRoom is a broadcast to few.
const inRoom = "something told to a room"

// load is what a demand comes to, in a second.
type load struct {
	demand
	perNode, brokerCPU float64 // of a core of each process, and of one of the broker
	in, out            float64 // messages of all
	sum                string  // how messages out are reckoned
}

func loads(of []cost) []load {
	find := func(what string) *cost {
		if i := slices.IndexFunc(of, func(c cost) bool { return c.what == what }); i >= 0 {
			return &of[i]
		}
		return nil
	}
	visit := find(aJoin)
	var all []load
	for _, d := range demands {
		l := load{demand: d}
		c, n := find(d.what), float64(farNodes)
		if d.what == inRoom {
			c, n = find(aBroadcast), roomOf
		}
		if c == nil {
			continue
		}
		node, brokerCPU, in, out := c.nodesCPU.at(n), c.brokerCPU.at(n), c.in.at(n), c.out.at(n)
		if many := find(aMessage); many != nil && d.what == inRoom {
			brokerCPU = many.brokerCPU.at(n) // as there is always another one
		}
		switch d.what {
		case aBroadcast:
			node = c.each * allViews
		case inRoom:
			node = c.each * roomOf
		case aTopic, aPresence: // what it takes beyond a visit
			if visit != nil {
				node, brokerCPU = max(0, node-visit.nodesCPU.at(n)), max(0, brokerCPU-visit.brokerCPU.at(n))
				in, out = max(0, in-visit.in.at(n)), max(0, out-visit.out.at(n))
			}
		}
		l.perNode, l.brokerCPU = d.often*node/farNodes/1e6, d.often*brokerCPU/1e6
		l.in, l.out = d.often*in, d.often*out
		l.sum = fmt.Sprintf("%s x %s", figure(d.often), figure(out))
		all = append(all, l)
	}
	return all
}

// report is Markdown of all that was measured, and of what it comes to.
func report(all []measurement, counts []int) string {
	var b strings.Builder
	var brokers []string
	for _, m := range all {
		if !slices.Contains(brokers, m.broker) {
			brokers = append(brokers, m.broker)
		}
	}
	for _, broker := range brokers {
		of := costs(all, broker)
		fmt.Fprintf(&b, "\n### Measured with %s\n\n| | CPU of the processes, µs, with", title(broker))
		for i, n := range counts {
			if i > 0 {
				b.WriteString(",")
			}
			fmt.Fprintf(&b, " %d", n)
		}
		b.WriteString(" of them | as a line | of the broker | messages to the broker | from it |\n|---|---|---|---|---|---|\n")
		for _, c := range of {
			var points []string
			for _, m := range c.points {
				points = append(points, figure(m.nodesCPU))
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", c.what, strings.Join(points, ", "), c.nodesCPU, c.brokerCPU, c.in, c.out)
		}
		fmt.Fprintf(&b, "\n### A million views on a hundred processes, with %s\n\n", title(broker))
		b.WriteString("| in each second | of a core of each process | of the broker's | messages to the broker | from it |\n|---|---|---|---|---|\n")
		var sum load
		for _, l := range loads(of) {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s = %s |\n", l.words, percent(l.perNode), percent(l.brokerCPU), figure(l.in), l.sum, figure(l.out))
			sum.perNode, sum.brokerCPU, sum.in, sum.out = sum.perNode+l.perNode, sum.brokerCPU+l.brokerCPU, sum.in+l.in, sum.out+l.out
		}
		fmt.Fprintf(&b, "| all of it | **%s** | **%s** | %s | %s |\n", percent(sum.perNode), percent(sum.brokerCPU), figure(sum.in), figure(sum.out))
	}
	return b.String()
}

// String returns the line as "12 + 3.4 n".
func (l line) String() string {
	switch {
	case l.b < 0.005 && l.b < l.a/500:
		return figure(l.a)
	case l.a < 0.005 && l.a < l.b/10:
		return figure(l.b) + " n"
	}
	return figure(l.a) + " + " + figure(l.b) + " n"
}

func title(broker string) string {
	if broker == "nats" {
		return "NATS"
	}
	return strings.ToUpper(broker[:1]) + broker[1:]
}

// figure is a number to two digits or three.
func figure(f float64) string {
	switch {
	case f >= 100_000:
		return fmt.Sprintf("%.0f,000", f/1000)
	case f >= 100:
		return fmt.Sprintf("%.0f", f)
	case f >= 10:
		return fmt.Sprintf("%.1f", f)
	case f >= 0.005:
		return fmt.Sprintf("%.2f", f)
	}
	return "0"
}

func percent(share float64) string {
	if share < 0.0005 {
		return "0"
	}
	return fmt.Sprintf("%.1f %%", 100*share)
}

// What the tables stand between.
const (
	mark    = "<!-- scale: go run -C bench/scale . -write ../../docs/scale.md writes what follows -->\n"
	markEnd = "\n<!-- scale: end -->"
)

// writeBetween writes the text between the marks of a file.
func writeBetween(name, text string) error {
	old, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(old), mark)
	_, after, ok2 := strings.Cut(rest, markEnd)
	if !ok || !ok2 {
		return fmt.Errorf("%s hasn't the marks between which tables are written", name)
	}
	return os.WriteFile(name, []byte(before+mark+text+markEnd+after), 0o644) //nolint:gosec // it was there
}
