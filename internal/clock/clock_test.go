package clock_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-liveview/liveview/internal/clock"
)

// Moments are as far apart as their times are.
func TestMoment(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := clock.Now()
		if m != clock.At(time.Now()) {
			t.Errorf("it is %v, and by time %v", m, clock.At(time.Now()))
		}
		later := m.Add(time.Second)
		if in := later.In(); in != time.Second {
			t.Errorf("what comes in a second comes in %v", in)
		}
		time.Sleep(3 * time.Second)
		if since := clock.Now().Sub(m); since != 3*time.Second {
			t.Errorf("after three seconds %v have passed", since)
		}
		if in := later.In(); in != -2*time.Second {
			t.Errorf("what was two seconds ago comes in %v", in)
		}
	})
}
