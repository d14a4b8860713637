package main

import (
	"context"
	"time"
)

// tooLate is how late a node may be to answer anything at all. One that is later doesn't keep
// what docs/continuity.md says of a machine that keeps up: other nodes wait 0.3 seconds for
// its word on a page.
const tooLate = 150 * time.Millisecond

// overload is that trouble.
const overload = "overload"

// watch notes, until ctx ends, when the machine has more to do than it can: that is a trouble
// like the others, and the summary says how much of it there was.
func (r *run) watch(ctx context.Context) {
	for ctx.Err() == nil {
		r.wait(ctx, 100*time.Millisecond)
		for _, p := range r.nodes {
			if !p.up.Load() {
				continue
			}
			began := time.Now()
			_ = p.get("/now", new(int))
			if took := time.Since(began); took > tooLate && p.up.Load() {
				r.journal.since(overload, began)
			}
		}
	}
}
