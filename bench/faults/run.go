package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// result is what a test has said.
type result struct {
	passed  bool
	skipped bool
	figures []string
	cases   int      // subtests without subtests that have passed
	reasons []string // why it, or some of its subtests, were skipped
}

// batch is the tests of one package that are run together.
type batch struct {
	dir  string
	slow bool
}

// run runs the tests of all groups, one package after the other: those in the folders only,
// if it has any.
func run(root string, groups []group, only []string) (map[test]result, error) {
	batches := make(map[batch][]string)
	var order []batch
	for t := range all(groups) {
		if len(only) > 0 && !slices.Contains(only, t.dir) {
			continue
		}
		b := batch{t.dir, t.slow}
		if batches[b] == nil {
			order = append(order, b)
		}
		if !slices.Contains(batches[b], t.name) {
			batches[b] = append(batches[b], t.name)
		}
	}
	slices.SortStableFunc(order, func(a, b batch) int { return cmp.Compare(a.dir, b.dir) })
	results := make(map[test]result)
	for _, b := range order {
		begin := time.Now()
		got, err := b.run(root, batches[b])
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(os.Stderr, "%s: %d tests, %s\n", b.dir, len(batches[b]), spoken(time.Since(begin)))
		for name, r := range got {
			results[test{dir: b.dir, name: name, slow: b.slow}] = r
		}
	}
	return results, nil
}

// all goes over the tests of all groups, each as often as it stands there.
func all(groups []group) func(yield func(test) bool) {
	return func(yield func(test) bool) {
		for _, g := range groups {
			for _, f := range g.faults {
				for _, t := range f.tests {
					if !yield(t) {
						return
					}
				}
			}
		}
	}
}

// run runs tests of one package, and fails unless all of them were run, and pass or are
// skipped.
func (b batch) run(root string, names []string) (map[string]result, error) {
	module, err := moduleOf(filepath.Join(root, b.dir))
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Rel(module, filepath.Join(root, b.dir))
	if err != nil {
		return nil, err
	}
	arguments := []string{"test", "-json", "-race", "-count=1", "-timeout=20m", "-run", "^(" + strings.Join(names, "|") + ")$", "./" + filepath.ToSlash(dir)}
	if b.slow {
		arguments = append(arguments, "-slow")
	}
	cmd := exec.Command("go", arguments...)
	cmd.Dir = module
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	results, said, err := read(out)
	ended := cmd.Wait()
	if err == nil {
		err = ended
	}
	for _, name := range names {
		if r, ok := results[name]; err == nil && !(ok && (r.passed || r.skipped)) {
			err = fmt.Errorf("%s has not run", name)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s\n%s: %w", said, b.dir, err)
	}
	return results, nil
}

// event is a line of go test -json (go doc test2json).
type event struct {
	Action, Test, Output, Key, Value string
}

// reason is how testing writes what a test gives for its being skipped.
var reason = regexp.MustCompile(`^\s+\S+_test\.go:\d+: (.*)`)

// read returns what the tests of one package say, by their names, and all that they print.
func read(from io.Reader) (map[string]result, string, error) {
	results := make(map[string]result)
	logged := make(map[string]string) // the last line of each test's log
	parents := make(map[string]bool)
	var passed []string
	var said strings.Builder
	lines := bufio.NewReader(from)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			break
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, said.String(), err
		}
		var e event
		if err := json.Unmarshal(line, &e); err != nil { // what the go command itself says
			said.Write(line)
			continue
		}
		said.WriteString(e.Output)
		if e.Test == "" {
			continue
		}
		name, _, isCase := strings.Cut(e.Test, "/")
		r := results[name]
		switch e.Action {
		case "run":
			for at := e.Test; strings.Contains(at, "/"); {
				at = at[:strings.LastIndex(at, "/")]
				parents[at] = true
			}
		case "attr":
			if e.Key == "figure" {
				r.figures = append(r.figures, e.Value)
			}
		case "output":
			if m := reason.FindStringSubmatch(e.Output); m != nil {
				logged[e.Test] = strings.TrimSpace(m[1])
			}
		case "pass":
			passed = append(passed, e.Test)
			r.passed = r.passed || !isCase
		case "skip":
			r.skipped = r.skipped || !isCase
			if why := logged[e.Test]; why != "" && !slices.Contains(r.reasons, why) {
				r.reasons = append(r.reasons, why)
			}
		}
		results[name] = r
	}
	for _, at := range passed {
		if name, _, isCase := strings.Cut(at, "/"); isCase && !parents[at] {
			r := results[name]
			r.cases++
			results[name] = r
		}
	}
	return results, said.String(), nil
}

// moduleOf returns the nearest folder, from dir upwards, that has a go.mod.
func moduleOf(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("there is no go.mod")
		}
		dir = parent
	}
}
