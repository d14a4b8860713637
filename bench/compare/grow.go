package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// The steps over which costs are followed.
var (
	socketSteps = []int{100, 300, 1000, 3000, 10_000, 15_000}
	rowSteps    = []int{10, 100, 1000, 10_000, 100_000}
)

// grow measures how costs grow with sockets, rows and cores, writes a table of it, and a plot
// into a file.
func grow(ctx context.Context, p programs, rounds int, d time.Duration, svg string, w io.Writer) error {
	sockets := plot{title: "An event by the number of open sockets", x: "sockets", y: "µs of server CPU"}
	rows := plot{title: "An event that changes one cell, by the table's rows", x: "rows", y: "µs of server CPU"}
	show := progress()
	defer show("")
	step := func(to *plot, program, name string, n int, l load) error {
		show("%s, %d: %s", name, n, to.x)
		var costs []float64
		for range rounds {
			f, err := p.measure(ctx, program, l, d)
			if err != nil {
				return fmt.Errorf("%s with %d %s: %w", name, n, to.x, err)
			}
			costs = append(costs, f.cost)
		}
		to.add(name, float64(n), median(costs))
		return nil
	}
	for _, n := range socketSteps {
		for _, side := range []string{"ours", "echo"} {
			if err := step(&sockets, side, map[string]string{"ours": "/counter", "echo": "bare echo"}[side], n, spread("/counter", "inc", n, 50)); err != nil {
				return err
			}
		}
	}
	for _, n := range rowSteps {
		if err := step(&rows, "ours", "/rows", n, events(fmt.Sprint("/rows/", n), "touch", 1)); err != nil {
			return err
		}
	}
	show("cores")
	var b strings.Builder
	if err := p.cores(ctx, &b, rounds); err != nil {
		return err
	}
	show("")
	for _, p := range []plot{sockets, rows} {
		p.table(&b)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return err
	}
	return writeFile(svg, func(w io.Writer) error { return writePlots(w, []plot{sockets, rows}) })
}

// nsPerOp finds the times of an operation, by the clock and of the processor, in what a benchmark prints.
var nsPerOp = regexp.MustCompile(`(?m)^BenchmarkCores(-2)?\s.*\s([0-9.]+) ns/op\s.*?([0-9.]+) cpu-ns/op`)

// cores measures events of many views, server and clients in one process and over its own
// memory, on one core and on two.
func (p programs) cores(ctx context.Context, b *strings.Builder, rounds int) error {
	command := []string{"go", "test", "-run", "^$", "-bench", "^BenchmarkCores$", "-cpu", "1,2", "-count", strconv.Itoa(rounds), module}
	if p.pin { // this process has one only
		command = append([]string{"taskset", "-c", "0,1"}, command...)
	}
	out, err := exec.CommandContext(ctx, command[0], command[1:]...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("the benchmark of cores: %w\n%s", err, out)
	}
	took, busy := make(map[string][]float64), make(map[string][]float64)
	for _, m := range nsPerOp.FindAllStringSubmatch(string(out), -1) {
		for i, to := range []map[string][]float64{took, busy} {
			ns, err := strconv.ParseFloat(m[2+i], 64)
			if err != nil {
				return err
			}
			to[m[1]] = append(to[m[1]], ns)
		}
	}
	b.WriteString("| cores | events a second, with their clients | x first | CPU for one | x first |\n|---|---|---|---|---|\n")
	for i, cores := range []string{"", "-2"} {
		fmt.Fprintf(b, "| %d | %.0f | %s | %s µs | %s |\n", i+1, 1e9/median(took[cores]), number(median(took[""])/median(took[cores])),
			number(median(busy[cores])/1e3), number(median(busy[cores])/median(busy[""])))
	}
	b.WriteString("\n")
	return nil
}

// writeFile writes a file, and its folder if need be.
func writeFile(name string, write func(io.Writer) error) (err error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil { //nolint:gosec // a plot is for everybody
		return err
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return write(f)
}

// add appends a point to the line of that name.
func (p *plot) add(name string, x, y float64) {
	for i := range p.lines {
		if p.lines[i].name == name {
			p.lines[i].points = append(p.lines[i].points, [2]float64{x, y})
			return
		}
	}
	p.lines = append(p.lines, plotLine{name, [][2]float64{{x, y}}})
}

// table writes a plot's points in Markdown, each with how many times its line's first it is.
func (p *plot) table(b *strings.Builder) {
	fmt.Fprintf(b, "| %s |", p.x)
	for _, l := range p.lines {
		fmt.Fprintf(b, " %s | x first |", l.name)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|---|", len(p.lines)) + "\n")
	for i, point := range p.lines[0].points {
		fmt.Fprintf(b, "| %.0f |", point[0])
		for _, l := range p.lines {
			fmt.Fprintf(b, " %s µs | %s |", number(l.points[i][1]), number(l.points[i][1]/l.points[0][1]))
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
}

// spread opens n views and clicks in all of them in turn, in as many at a time as workers:
// the server is as busy whatever n is, and what it takes for an event is that of more memory
// and longer lists.
func spread(path, event string, n, workers int) load {
	return func(ctx context.Context, s *server, d time.Duration) (figure, error) {
		views, err := openViews(ctx, s, path, n)
		if err != nil {
			return figure{}, err
		}
		defer closeViews(views)
		var (
			next   atomic.Int64
			failed failure
			group  sync.WaitGroup
		)
		for range workers { // what only a first event costs isn't measured
			group.Go(func() {
				for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
					if _, err := views[i].click(event); err != nil {
						failed.set(err)
						return
					}
				}
			})
		}
		group.Wait()
		if err := failed.get(); err != nil {
			return figure{}, err
		}
		turn := make([]int, workers)
		return repeat(s, workers, d, func(w int) (int64, error) {
			turn[w] += workers
			if w+turn[w] >= n {
				turn[w] = 0
			}
			return views[w+turn[w]].click(event)
		})
	}
}
