package node

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gin-liveview/liveview/pubsub"
)

// Said is an info: what a publisher has said, numbered. A publisher is a process, and its
// numbers on a topic have no gaps.
type Said struct {
	By string
	N  int
}

func init() { pubsub.Register[Said]("stress.said") }

// TellWithin is how soon after a gap, at the latest, a Missed has to say so.
const TellWithin = 8 * time.Second

// againWithin is how long after its arrival a page may be told again what it has heard at the
// process before.
const againWithin = 5 * time.Second

// maxPublishers bounds of how many processes a page remembers what it has heard.
const maxPublishers = 24

// heard is what a page has heard of one publisher.
type heard struct {
	By          string
	First, Last int
	Twice       int   // that came again, or late
	Again       int   // that came again soon after the page had come from another process
	Gaps        []gap // of which no Missed has told so far
	Told        bool  // since the last that came, something may have been missed
}

// gap is between two numbers that came one behind the other.
type gap struct {
	After, Before int
	At            int64 // when it was seen, in Unix milliseconds
}

// String is what the page shows, and the client reads.
func (h heard) String() string {
	var gaps []string
	for _, g := range h.Gaps {
		gaps = append(gaps, fmt.Sprintf("%d..%d@%d", g.After, g.Before, g.At))
	}
	return fmt.Sprintf("%s %d-%d twice=%d again=%d gaps=[%s]", h.By, h.First, h.Last, h.Twice, h.Again, strings.Join(gaps, " "))
}

// hear returns all with what was said. arrived is when the page came from another process:
// that one may have told what its broker brings to this one late.
func hear(all []heard, s Said, now, arrived time.Time) []heard {
	all = slices.Clone(all)
	i := slices.IndexFunc(all, func(h heard) bool { return h.By == s.By })
	if i < 0 {
		if len(all) >= maxPublishers {
			all = all[1:]
		}
		return append(all, heard{By: s.By, First: s.N, Last: s.N})
	}
	h := all[i]
	switch {
	case s.N <= h.Last && now.Sub(arrived) < againWithin:
		h.Again++
	case s.N <= h.Last:
		h.Twice++
	case s.N > h.Last+1 && !h.Told:
		h.Gaps = append(slices.Clone(h.Gaps), gap{h.Last, s.N, now.UnixMilli()})
	}
	h.Last, h.Told = max(h.Last, s.N), false
	all[i] = h
	return all
}

// told returns all after a Missed, which is good for the gaps of late.
func told(all []heard, now time.Time) []heard {
	all = slices.Clone(all)
	for i, h := range all {
		h.Told = true
		h.Gaps = slices.DeleteFunc(slices.Clone(h.Gaps), func(g gap) bool { return now.Sub(time.UnixMilli(g.At)) < TellWithin })
		all[i] = h
	}
	return all
}
