package main

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// duration is one as Go prints it.
var duration = regexp.MustCompile(`\b(?:\d+h)?(?:\d+m)?\d+(?:\.\d+)?(?:ns|µs|ms|s)\b`)

// tidy has a figure fit for a cell: with times to two digits, as they differ from run to run.
func tidy(figure string) string {
	figure = duration.ReplaceAllStringFunc(figure, func(s string) string {
		d, err := time.ParseDuration(s)
		if err != nil {
			return s
		}
		return spoken(d)
	})
	return strings.NewReplacer("|", "/", "\n", " ", "<", "&lt;").Replace(figure)
}

// spoken is a time to two digits.
func spoken(d time.Duration) string {
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{24 * time.Hour, "days"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}, {time.Millisecond, "ms"}, {time.Microsecond, "µs"}} {
		least := unit.of
		if least > time.Second {
			least *= 2 // 90 s, and not 1.5 min
		}
		if d >= least {
			n := float64(d) / float64(unit.of)
			if n < 9.95 {
				return strings.TrimSuffix(fmt.Sprintf("%.1f", n), ".0") + " " + unit.name
			}
			if n < 99.5 {
				return fmt.Sprintf("%.0f %s", n, unit.name)
			}
			return fmt.Sprintf("%.0f %s", 10*float64(int(n/10+0.5)), unit.name)
		}
	}
	if d > 0 {
		return "less than a µs"
	}
	return "no time"
}

// counted is a number with commas.
func counted(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
