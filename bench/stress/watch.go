package main

import (
	"context"
	"sync"
	"time"
)

// tooLate is how late a node may be to answer anything at all. One that is later doesn't keep
// what docs/continuity.md says of a machine that keeps up: other nodes wait 0.3 seconds for
// its word on a page, and between them that takes four such answers.
const tooLate = 75 * time.Millisecond

// overload is the trouble that the machine has more to do than it can.
const overload = "overload"

// watch notes that trouble, until ctx ends. The summary says how much of it there was.
func (r *run) watch(ctx context.Context) {
	var all sync.WaitGroup
	for _, p := range r.nodes {
		all.Go(func() {
			for ctx.Err() == nil {
				r.wait(ctx, 50*time.Millisecond)
				began := time.Now()
				if p.up.Load() && p.get("/now", new(int)) == nil && time.Since(began) > tooLate {
					r.journal.since(overload, began)
				}
			}
		})
	}
	all.Wait()
}
