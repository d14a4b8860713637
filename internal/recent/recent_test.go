package recent_test

import (
	"testing"
	"time"

	"github.com/gin-liveview/liveview/internal/recent"
)

// What was put in is there for as long as it is to be kept, and gone after twice
// that.
func TestMapRemembersForAWhile(t *testing.T) {
	const keep = time.Minute
	start := time.Unix(1000, 0)
	for _, put := range []time.Duration{0, time.Second, keep - 1} {
		for _, test := range []struct {
			after time.Duration
			want  bool
		}{{0, true}, {keep - 1, true}, {2 * keep, false}} {
			var m recent.Map[int]
			m.Forget(start, keep)
			m.Put("other", 1)
			m.Forget(start.Add(put), keep)
			m.Put("key", 2)
			m.Forget(start.Add(put+test.after), keep)
			if v, ok := m.Get("key"); ok != test.want || ok && v != 2 {
				t.Errorf("put in after %s, %s later it is %d, %v; want it there: %v", put, test.after, v, ok, test.want)
			}
		}
	}
}

// The last value counts, also where an older one is still remembered.
func TestMapHasTheLastValue(t *testing.T) {
	const keep = time.Minute
	var m recent.Map[int]
	start := time.Unix(1000, 0)
	m.Forget(start, keep)
	m.Put("key", 1)
	m.Forget(start.Add(keep), keep)
	m.Put("key", 2)
	if v, ok := m.Get("key"); v != 2 || !ok || m.Len() != 2 {
		t.Errorf("Get = %d, %v with %d values, want 2, true with both", v, ok, m.Len())
	}
}
