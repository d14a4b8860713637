package dashboard

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// buckets is how many a histogram has: four to an octave, from a microsecond to 67 seconds,
// so that a quantile is at most a quarter too high.
const buckets = 100

// histogram counts durations, of the last two rotations. It may be used by many goroutines.
type histogram struct {
	now    atomic.Uint32 // which of the two is written to
	counts [2][buckets]atomic.Uint32
}

func (h *histogram) add(d time.Duration) { h.counts[h.now.Load()][bucketOf(d)].Add(1) }

// rotate forgets what was added before the rotation before. One goroutine may call it. What
// is added meanwhile may be lost.
func (h *histogram) rotate() {
	next := 1 - h.now.Load()
	for i := range h.counts[next] {
		h.counts[next][i].Store(0)
	}
	h.now.Store(next)
}

// quantile returns how long at most q of what was added took, such as 0.99; 0 for nothing.
func (h *histogram) quantile(q float64) time.Duration {
	var sums [buckets]uint64
	all := uint64(0)
	for i := range sums {
		sums[i] = uint64(h.counts[0][i].Load()) + uint64(h.counts[1][i].Load())
		all += sums[i]
	}
	if all == 0 {
		return 0
	}
	left := uint64(q * float64(all-1))
	for i, n := range sums {
		if left < n {
			return limitOf(i)
		}
		left -= n
	}
	return limitOf(buckets - 1)
}

func bucketOf(d time.Duration) int {
	us := uint64(max(d.Microseconds(), 0))
	n := bits.Len64(us)
	if n < 3 {
		return int(us)
	}
	return min((n-2)*4+int(us>>(n-3))&3, buckets-1)
}

// limitOf is what all in a bucket are below.
func limitOf(bucket int) time.Duration {
	if bucket < 4 {
		return time.Duration(bucket+1) * time.Microsecond
	}
	return time.Duration(4+bucket%4+1) << (bucket/4 - 1) * time.Microsecond
}
