package liveview

import (
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// clientFaults bounds the log lines about what clients do wrong, as each of them
// could otherwise write as many as it likes. Of each sentence the first of a period is
// written in any case: so who does one thing wrong again and again hides nothing else, of
// the store or a load for instance, whose lines come here as clients can cause them too.
type clientFaults struct {
	logger *slog.Logger

	mu      sync.Mutex          // guards the fields below. Nothing is locked under it.
	began   time.Time           // of the period
	lines   int                 // in the period
	skipped int                 // since the last line
	said    map[string]struct{} // the sentences in the period, maxSentences at most
}

const (
	// maxFaultLines is how many lines about clients there are in a faultPeriod, in all but
	// for the first of each sentence.
	maxFaultLines = 20
	faultPeriod   = 10 * time.Second

	// maxSentences is how many sentences are known in a period; there are fewer.
	maxSentences = 100

	// maxFaultBytes bounds each attribute of a line that a client may have made long, such as a
	// header.
	maxFaultBytes = 512
)

// mayLog reports whether a line with that sentence may be written now, and how many were
// not since the last one.
func (f *clientFaults) mayLog(sentence string, now time.Time) (skipped int, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now.Sub(f.began) >= faultPeriod {
		f.began, f.lines = now, 0
		clear(f.said)
	}
	if _, known := f.said[sentence]; !known && len(f.said) < maxSentences {
		if f.said == nil {
			f.said = make(map[string]struct{})
		}
		f.said[sentence] = struct{}{}
	} else if f.lines >= maxFaultLines {
		f.skipped++
		return 0, false
	}
	f.lines++
	skipped, f.skipped = f.skipped, 0
	return skipped, true
}

// warn logs what a client did, unless there were many lines of late.
func (f *clientFaults) warn(sentence string, attrs ...any) { f.warnAs(sentence, sentence, attrs...) }

// warnAs is warn for a message that counts as a sentence, as it has words of the
// application's or the client's in it.
func (f *clientFaults) warnAs(sentence, message string, attrs ...any) {
	skipped, ok := f.mayLog(sentence, time.Now())
	if !ok {
		return
	}
	for i := 1; i < len(attrs); i += 2 {
		attrs[i] = bounded(attrs[i])
	}
	if skipped > 0 {
		attrs = append(attrs, "skipped", skipped)
	}
	f.logger.Warn(message, attrs...)
}

// bounded returns an attribute's value, cut if it is a long text.
func bounded(value any) any {
	switch v := value.(type) {
	case string:
		return cutText(v)
	case []string:
		if text := fmt.Sprint(v); len(text) > maxFaultBytes {
			return cutText(text)
		}
	}
	return value
}

func cutText(text string) string {
	if len(text) <= maxFaultBytes {
		return text
	}
	return text[:maxFaultBytes] + "…"
}
