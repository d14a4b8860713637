package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/gin-liveview/liveview/bench/stress/node"
)

// atRest returns what there is in each node once everybody has left it.
func (r *run) atRest() []node.Figures {
	all := make([]node.Figures, len(r.nodes))
	r.ofEach(func(i int, p *process) {
		err := within(node.KeepTime+patience, func() (err error) {
			if all[i], err = p.figures(); err != nil {
				return err
			}
			if f := all[i]; f.Sockets+f.Browsers+f.Users+f.Views+f.Kept+f.Mounting+f.Loads+f.UploadFiles > 0 || f.UploadBytes > 0 {
				return fmt.Errorf("%s still has %d sockets, %d browsers, %d users, %d views, %d kept pages, %d mounts, %d loads, %d files of %d bytes: %v",
					p.settings.Instance, f.Sockets, f.Browsers, f.Users, f.Views, f.Kept, f.Mounting, f.Loads, f.UploadFiles, f.UploadBytes, f)
			}
			return nil
		})
		if err != nil {
			r.journal.find("something that is left", err.Error(), func(w io.Writer) {
				r.left(w, p)
				r.log.about(w, 30, p.settings.Instance)
			})
		}
		for range 10 { // what is there for a moment alone comes and goes
			if now, err := p.figures(); err == nil {
				all[i] = least(all[i], now)
			}
		}
	})
	return all
}

// left writes whose views are still in a process.
func (r *run) left(w io.Writer, p *process) {
	r.opened.Range(func(id, who any) bool {
		res, err := direct.Get("http://" + p.settings.Address + "/inspect/" + id.(string))
		if err != nil {
			return true
		}
		defer func() { _ = res.Body.Close() }()
		if text, _ := io.ReadAll(res.Body); res.StatusCode == http.StatusOK {
			_, _ = fmt.Fprintf(w, "     page %s of %s: %s\n", id, who, text)
			r.log.about(w, 30, id.(string))
		}
		return true
	})
}

// ofEach does something for each node, at the same time.
func (r *run) ofEach(do func(i int, p *process)) {
	var all sync.WaitGroup
	for i, p := range r.nodes {
		all.Go(func() { do(i, p) })
	}
	all.Wait()
}

// least returns what there was at both times.
func least(a, b node.Figures) node.Figures {
	b.Heap, b.Goroutines, b.Descriptors, b.Files = min(a.Heap, b.Heap), min(a.Goroutines, b.Goroutines), min(a.Descriptors, b.Descriptors), min(a.Files, b.Files)
	b.Subscriptions, b.Timers = min(a.Subscriptions, b.Subscriptions), min(a.Timers, b.Timers)
	return b
}

// taken returns who has how much of a process's heap.
func (p *process) taken() map[string]int64 {
	var by map[string]int64
	_ = p.get("/memory", &by) // it is for the one who looks for a leak
	return by
}

// evidence writes what there is in a process that wasn't there before.
func (p *process) evidence(w io.Writer, before map[string]int64) {
	after := p.taken()
	who := slices.SortedFunc(maps.Keys(after), func(a, b string) int { return cmp.Compare(after[b]-before[b], after[a]-before[a]) })
	for _, asked := range who[:min(len(who), 15)] {
		_, _ = fmt.Fprintf(w, "     %+d bytes: %s\n", after[asked]-before[asked], asked)
	}
	var open map[string][]string
	_ = p.get("/descriptors", &open)
	for _, of := range slices.Sorted(maps.Keys(open)) {
		_, _ = fmt.Fprintf(w, "     descriptors, %s: %s\n", of, strings.Join(open[of], ", "))
	}
	res, err := direct.Get("http://" + p.settings.Address + "/goroutines")
	if err != nil {
		return
	}
	defer func() { _ = res.Body.Close() }()
	text, _ := io.ReadAll(res.Body)
	for line := range strings.Lines(string(text)) {
		_, _ = fmt.Fprint(w, "     ", line)
	}
}

// compare holds what there is in the nodes against what there was before.
func (r *run) compare(before []node.Figures) {
	r.atRest()
	r.ofEach(func(i int, p *process) {
		was, lived := before[i], p.lives == 1 && p.settings.Timers // where every allocation is noted
		var f node.Figures
		err := within(r.settles, func() (err error) {
			if f, err = p.figures(); err != nil {
				return err
			}
			return differs(was, f, lived)
		})
		r.journal.say("%s at rest: %v", p.settings.Instance, f)
		if err != nil {
			r.journal.find("a leak", fmt.Sprintf("%s: %v", p.settings.Instance, err), func(w io.Writer) { p.evidence(w, r.taken) })
		}
	})
}

// timerSlack is how many timers may be there of the question itself, and of what has just ended.
const timerSlack = 3

// heapSlack is what a heap may have grown by where one percent is less: for some minutes a
// process remembers which pages have moved and who was told to go, and maps keep the room that
// they once had, 90 KiB of it after ten minutes.
const heapSlack = 256 << 10

// differs says what of a node isn't what it was. What a process takes on its heap depends on
// what it has done, so it is held against what the same process took.
func differs(was, is node.Figures, same bool) error {
	var all []error
	for _, f := range []struct {
		what    string
		was, is int64
	}{
		{"goroutines", int64(was.Goroutines), int64(is.Goroutines)},
		{"descriptors", int64(was.Descriptors), int64(is.Descriptors)},
		{"files", int64(was.Files), int64(is.Files)},
		{"subscriptions", was.Subscriptions, is.Subscriptions},
		{"timers", was.Timers + timerSlack, is.Timers},
	} {
		if f.is > f.was {
			all = append(all, fmt.Errorf("%d %s, and before %d", f.is, f.what, f.was))
		}
	}
	if most := max(was.Heap+was.Heap/100, was.Heap+heapSlack); same && is.Heap > most {
		all = append(all, fmt.Errorf("a heap of %d bytes, and before %d: %+.1f %%", is.Heap, was.Heap, 100*(float64(is.Heap)/float64(was.Heap)-1)))
	}
	return errors.Join(all...)
}
