package liveview

import (
	"log/slog"
	"sync"
	"time"
)

// clientFaults bounds the log lines about what clients do wrong, as each of them
// could otherwise write as many as it likes.
type clientFaults struct {
	logger *slog.Logger

	mu      sync.Mutex // guards the fields below. Nothing is locked under it.
	began   time.Time  // of the period
	lines   int        // in the period
	skipped int        // since the last line
}

// Lines about clients in a period, in all.
const (
	maxFaultLines = 20
	faultPeriod   = 10 * time.Second
)

// mayLog reports whether a line may be written now, and how many were not since
// the last one.
func (f *clientFaults) mayLog(now time.Time) (skipped int, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now.Sub(f.began) >= faultPeriod {
		f.began, f.lines = now, 0
	}
	if f.lines >= maxFaultLines {
		f.skipped++
		return 0, false
	}
	f.lines++
	skipped, f.skipped = f.skipped, 0
	return skipped, true
}

// warn logs what a client did, unless there were many lines of late.
func (f *clientFaults) warn(message string, attrs ...any) {
	skipped, ok := f.mayLog(time.Now())
	if !ok {
		return
	}
	if skipped > 0 {
		attrs = append(attrs, "skipped", skipped)
	}
	f.logger.Warn(message, attrs...)
}
