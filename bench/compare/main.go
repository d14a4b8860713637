// Command compare measures the reference server against the bare machine: it
// builds bench/floor and bench/refserver, gives both the same load, and prints
// what they took as a table, with the targets.
//
//	go run ./bench/compare               # all of it, five minutes
//	go run ./bench/compare -check        # and exit with 1 if a target is missed
//	go run ./bench/compare -run event    # only some lines
//	go run ./bench/compare -crowd 15000  # half an hour of as many sockets, and their wave
//
// Each server is a process of its own on core 0; the load comes from core 1.
// What counts is the processor time that the server takes for an operation, so
// it doesn't matter how fast the load is, and little what else the machine
// does. Each figure is the median of several short rounds, in which floor and
// ours take turns, each started anew.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"slices"
	"time"
)

func main() {
	var (
		rounds = flag.Int("rounds", 5, "how often each server gets each load")
		d      = flag.Duration("d", time.Second, "how long it gets it each time")
		hold   = flag.Duration("hold", 10*time.Second, "how long idle views stay open before memory is read, at most 20s")
		only   = flag.String("run", "", "only the lines whose name matches this regular expression")
		grows  = flag.Bool("grow", false, "measure how an event's cost grows with sockets and rows instead, and draw -plot")
		svg    = flag.String("plot", "bench/grow.svg", "the file that -grow draws")
		tails  = flag.Bool("tail", false, "measure how long an event takes at loads of 50, 80 and 95 % of a core instead")
		many   = flag.Int("crowd", 0, "have so many sockets on one process for -for, and then come back at once, instead")
		long   = flag.Duration("for", 30*time.Minute, "how long -crowd takes")
		check  = flag.Bool("check", false, "exit with 1 if a target is missed")
	)
	flag.Parse()
	var missed int
	var err error
	switch {
	case *grows:
		err = with(func(ctx context.Context, p programs) error { return grow(ctx, p, *rounds, *d, *svg, os.Stdout) })
	case *many > 0:
		err = with(func(ctx context.Context, p programs) error { return crowd(ctx, p, *many, *long, os.Stdout) })
	case *tails:
		err = with(func(ctx context.Context, p programs) error { return tail(ctx, p, 4**d, os.Stdout) })
	default:
		missed, err = compare(*rounds, *d, *hold, *only)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(2)
	}
	if *check && missed > 0 {
		os.Exit(1)
	}
}

// compare runs the comparison and returns how many targets are missed.
func compare(rounds int, d, hold time.Duration, only string) (missed int, err error) {
	pattern, err := regexp.Compile(only)
	if err != nil {
		return 0, fmt.Errorf("-run: %w", err)
	}
	if rounds < 1 || d <= 0 || hold < 0 || hold > 20*time.Second { // a server closes a view that has been silent for 60 s
		return 0, errors.New("-rounds must be 1 or more, -d more than 0 and -hold between 0 and 20s")
	}
	table := slices.DeleteFunc(lines(hold), func(l line) bool {
		// Other events are held against the one on /counter.
		return !pattern.MatchString(l.name) && (l.name != newJoin || !pattern.MatchString(keptRejoin)) && (l.name != counterEvent || !slices.ContainsFunc([]string{tableEvent, writtenEvent, rememberedEvent, streamInsert, streamDelete, cardClick, cardsSame, cardChanged, keystroke, keyedPrepend, keyedSort, nestedJoin}, pattern.MatchString))
	})
	if len(table) == 0 {
		return 0, fmt.Errorf("-run: no line's name matches %q", only)
	}
	err = with(func(ctx context.Context, p programs) (err error) {
		missed, err = p.compare(ctx, table, rounds, d)
		return err
	})
	return missed, err
}

// compare measures the lines of a table, and writes it.
func (p programs) compare(ctx context.Context, table []line, rounds int, d time.Duration) (missed int, err error) {
	show := progress()
	var results []round
	for i := range rounds {
		result := make(round)
		for _, l := range table {
			var both pair
			sides := []struct {
				program string
				figure  *figure
			}{{l.floor, &both.floor}, {l.program(), &both.ours}}
			if i%2 == 1 { // neither is always the one that follows the other
				slices.Reverse(sides)
			}
			for _, side := range sides {
				show("round %d of %d: %s, %s", i+1, rounds, l.name, side.program)
				f, err := p.measure(ctx, side.program, l.load, d, l.env...)
				if err != nil {
					return 0, fmt.Errorf("%s, %s: %w", l.name, side.program, err)
				}
				*side.figure = f
			}
			result[l.name] = both
		}
		results = append(results, result)
	}
	show("")
	missed, err = write(os.Stdout, table, results)
	fmt.Printf("\n%s %s/%s, %d cores, medians of %d rounds of %s; other processes kept %.2f cores busy.\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), rounds, d, noise(results))
	return missed, err
}
