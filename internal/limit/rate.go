// Package limit bounds what one client, or all of them, may use at a time:
// rates, bytes that wait, and turns. It knows numbers, and nothing of sockets.
package limit

import (
	"time"

	"golang.org/x/time/rate"
)

// Rate is how often something may happen. The zero Rate is no limit.
type Rate struct {
	PerSecond float64
	Burst     int // how often at once
}

// Bucket holds one client to a [Rate]. The zero Bucket is full. It may be
// used by one goroutine at a time.
type Bucket struct{ tokens *rate.Limiter }

// Take reports whether one more may happen now, and if not, in how long.
func (b *Bucket) Take(r Rate, now time.Time) (ok bool, in time.Duration) {
	if r.PerSecond <= 0 {
		return true, 0
	}
	if b.tokens == nil {
		b.tokens = rate.NewLimiter(rate.Limit(r.PerSecond), max(r.Burst, 1))
	}
	if b.tokens.AllowN(now, 1) {
		return true, 0
	}
	reserved := b.tokens.ReserveN(now, 1)
	defer reserved.CancelAt(now)
	return false, reserved.DelayFrom(now)
}

// Charge takes n more, also where there are none: what comes next then waits for
// them.
func (b *Bucket) Charge(r Rate, n int, now time.Time) {
	if b.tokens == nil || r.PerSecond <= 0 {
		return
	}
	for n > 0 {
		k := min(n, b.tokens.Burst())
		b.tokens.ReserveN(now, k)
		n -= k
	}
}

// Fill returns how full the bucket is, from 0 to 1.
func (b *Bucket) Fill(now time.Time) float64 {
	if b.tokens == nil {
		return 1
	}
	return b.tokens.TokensAt(now) / float64(b.tokens.Burst())
}
