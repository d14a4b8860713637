package node

import (
	"fmt"
	"strconv"
	"strings"
)

// Spans are numbers that came in rising order, as the fewest ranges: short, however many
// there are.
type Spans []Span

// Span is all numbers from one to another, both included.
type Span struct{ From, To int }

// Last returns the highest number; 0 for none.
func (s Spans) Last() int {
	if len(s) == 0 {
		return 0
	}
	return s[len(s)-1].To
}

// With returns s with n, which is higher than all in it. It leaves s as it is.
func (s Spans) With(n int) Spans {
	if len(s) > 0 && s.Last() == n-1 {
		s = append(Spans(nil), s...)
		s[len(s)-1].To = n
		return s
	}
	return append(s[:len(s):len(s)], Span{n, n})
}

// Has reports whether n is in s.
func (s Spans) Has(n int) bool {
	for i := len(s) - 1; i >= 0; i-- {
		if n >= s[i].From {
			return n <= s[i].To
		}
	}
	return false
}

// String writes s as ParseSpans reads it: "1-4 6".
func (s Spans) String() string {
	var b strings.Builder
	for i, r := range s {
		if i > 0 {
			b.WriteByte(' ')
		}
		if r.From == r.To {
			fmt.Fprintf(&b, "%d", r.From)
		} else {
			fmt.Fprintf(&b, "%d-%d", r.From, r.To)
		}
	}
	return b.String()
}

// ParseSpans reads what String has written.
func ParseSpans(text string) (s Spans, err error) {
	for _, field := range strings.Fields(text) {
		from, to, isRange := strings.Cut(field, "-")
		if !isRange {
			to = from
		}
		var r Span
		if r.From, err = strconv.Atoi(from); err != nil {
			return nil, err
		}
		if r.To, err = strconv.Atoi(to); err != nil {
			return nil, err
		}
		s = append(s, r)
	}
	return s, nil
}
