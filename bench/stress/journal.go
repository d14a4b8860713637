package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// journal is what all of a run have in common to write down.
type journal struct {
	out   io.Writer
	began time.Time

	mu       sync.Mutex // guards the fields below, and out
	findings map[string]int
	counts   map[string]int
	troubles []trouble
	back     []time.Duration // from the loss of a connection until its page has joined again
	answers  []time.Duration
}

// trouble is a while in which something was kept from working, after which something may be
// lost that otherwise may not.
type trouble struct {
	what     string
	node     string    // that it befell; "" for all
	from, to time.Time // to is zero as long as it goes on
}

func newJournal(out io.Writer) *journal {
	return &journal{out: out, began: time.Now(), findings: make(map[string]int), counts: make(map[string]int)}
}

func (j *journal) say(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.sayLocked(format, args...)
}

// sayLocked is say where mu is held.
func (j *journal) sayLocked(format string, args ...any) {
	_, _ = fmt.Fprintf(j.out, "%7.2f s  %s\n", time.Since(j.began).Seconds(), fmt.Sprintf(format, args...))
}

func (j *journal) count(what string, n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.counts[what] += n
}

// maxTold bounds how many findings of a kind are told at length.
const maxTold = 2

// find notes that something isn't as it must be. kind is the same for all of a kind; evidence
// writes what there is to see of it, and is called for the first few alone.
func (j *journal) find(kind, what string, evidence func(io.Writer)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.findings[kind]++
	if j.findings[kind] > maxTold {
		return
	}
	j.sayLocked("FOUND %s: %s", kind, what)
	if evidence != nil {
		evidence(j.out)
	}
}

// begin notes a trouble, which lasts until the returned function is called.
func (j *journal) begin(what, node string) (end func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	i := len(j.troubles)
	j.troubles = append(j.troubles, trouble{what: what, node: node, from: time.Now()})
	return func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.troubles[i].to = time.Now()
	}
}

// since notes a trouble that began then, and has ended.
func (j *journal) since(what string, began time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.troubles = append(j.troubles, trouble{what: what, from: began, to: time.Now()})
	j.counts["times that the machine was too slow"]++
}

// share returns how much of a while was near a trouble that all nodes had: that of a machine
// that is too slow, or all others.
func (j *journal) share(overloads bool, from, to time.Time) float64 {
	j.mu.Lock()
	troubles := slices.Clone(j.troubles)
	j.mu.Unlock()
	n, near := 0, 0
	for at := from; at.Before(to); at = at.Add(50 * time.Millisecond) {
		n++
		if slices.ContainsFunc(troubles, func(t trouble) bool {
			return t.node == "" && (t.what == overload) == overloads && t.isNear(at, at)
		}) {
			near++
		}
	}
	return float64(near) / float64(max(n, 1))
}

// slack is how long before a trouble something must have happened, to be safe from it, and
// how long afterwards all is well again. A state is stored within 0.6 seconds, by a machine
// that keeps up.
const slack = 2 * time.Second

// isNear reports whether it was near a while. A moment at which the machine was too slow is
// over sooner.
func (t trouble) isNear(from, to time.Time) bool {
	by := slack
	if t.what == overload {
		by = slack / 2
	}
	return !t.from.After(to.Add(by)) && (t.to.IsZero() || !t.to.Before(from.Add(-by)))
}

// excused reports whether a trouble, of that node or of all, was near a while.
func (j *journal) excused(node string, from, to time.Time) bool {
	return j.near(func(trouble) bool { return true }, node, from, to)
}

// near reports whether one of some troubles, of that node or of all, was near a while.
func (j *journal) near(counts func(trouble) bool, node string, from, to time.Time) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.ContainsFunc(j.troubles, func(t trouble) bool {
		return counts(t) && (t.node == "" || node == "" || t.node == node) && t.isNear(from, to)
	})
}

// kinds returns the kinds of what was found.
func (j *journal) kinds() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Sorted(maps.Keys(j.findings))
}

// summary tells what was done, and what found.
func (j *journal) summary(seed uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	var all []string
	for _, what := range slices.Sorted(maps.Keys(j.counts)) {
		all = append(all, fmt.Sprintf("%d %s", j.counts[what], what))
	}
	j.sayLocked("%s", strings.Join(all, ", "))
	for name, times := range map[string][]time.Duration{"an answer took": j.answers, "a page was back after": j.back} {
		if len(times) > 0 {
			slices.Sort(times)
			j.sayLocked("%s %v in the median, %v at p99, %v at most", name, times[len(times)/2].Round(time.Millisecond/10), times[len(times)*99/100].Round(time.Millisecond), times[len(times)-1].Round(time.Millisecond))
		}
	}
	if len(j.findings) == 0 {
		j.sayLocked("seed %d: nothing found", seed)
		return
	}
	for _, kind := range slices.Sorted(maps.Keys(j.findings)) {
		j.sayLocked("seed %d: FOUND %s, %d times", seed, kind, j.findings[kind])
	}
}
