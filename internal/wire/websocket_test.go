package wire

import (
	"errors"
	"fmt"
	"testing"
)

type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }

// A frame that is too large is read into no more than it may have, however the buffer grew
// until then.
func TestAppendAllHoldsNoMoreThanTheLimit(t *testing.T) {
	const limit = 1 << 20
	most := 0
	for _, start := range []int{0, 1 << 10, limit / 2, limit} {
		buf, err := appendAll(make([]byte, 0, start), endless{}, limit)
		if !errors.Is(err, errTooLarge) || len(buf) <= limit {
			t.Errorf("from %d bytes: %d bytes and %v", start, len(buf), err)
		}
		if cap(buf) > limit+limit/3 { // a slice grows by a quarter at least, and its size is rounded
			t.Errorf("from %d bytes: a buffer of %d for a limit of %d", start, cap(buf), limit)
		}
		most = max(most, cap(buf))
	}
	t.Attr("figure", fmt.Sprintf("a buffer of %d KiB at most, for a limit of %d", most>>10, limit>>10))
}
