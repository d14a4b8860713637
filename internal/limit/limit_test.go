package limit_test

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-liveview/liveview/internal/limit"
)

func TestBucket(t *testing.T) {
	var b limit.Bucket
	r := limit.Rate{PerSecond: 10, Burst: 5}
	now := time.Unix(1000, 0)
	for i := range 5 {
		if ok, _ := b.Take(r, now); !ok {
			t.Errorf("take %d of a burst of 5 is refused", i+1)
		}
	}
	ok, in := b.Take(r, now)
	if ok || in != 100*time.Millisecond {
		t.Errorf("the sixth take: %t in %s, want false in 100ms", ok, in)
	}
	if again, in := b.Take(r, now); again || in != 100*time.Millisecond {
		t.Errorf("a refused take has cost something: %t in %s", again, in)
	}
	if ok, _ := b.Take(r, now.Add(in)); !ok {
		t.Error("it is refused at the time that was told")
	}
	if f := b.Fill(now.Add(time.Hour)); f != 1 {
		t.Errorf("an hour later it is filled to %v, want 1", f)
	}
	for range 1000 {
		if ok, _ := new(limit.Bucket).Take(limit.Rate{}, now); !ok {
			t.Fatal("the zero Rate limits")
		}
	}
}

func TestBudget(t *testing.T) {
	var b limit.Budget
	for _, step := range []struct {
		take, release int64
		ok            bool
		used          int64
	}{
		{take: 60, ok: true, used: 60},
		{take: 40, ok: true, used: 100},
		{take: 1, ok: false, used: 100},
		{release: 60, used: 40},
		{take: 61, ok: false, used: 40},
		{release: 40, used: 0},
		{take: 1000, ok: true, used: 1000}, // alone
		{take: 1, ok: false, used: 1000},
	} {
		if step.release > 0 {
			b.Release(step.release)
		} else if ok := b.Take(step.take, 100); ok != step.ok {
			t.Errorf("Take(%d) = %t, want %t", step.take, ok, step.ok)
		}
		if b.Used() != step.used {
			t.Errorf("after %+v %d are used, want %d", step, b.Used(), step.used)
		}
	}
}

func TestTurns(t *testing.T) {
	var turns limit.Turns
	var begun []int
	var all []*limit.Turn
	for i := range 6 {
		turn, now := turns.Take(2, func() { begun = append(begun, i) })
		if now != (i < 2) {
			t.Errorf("turn %d: begun is %t", i, now)
		}
		all = append(all, turn)
	}
	if begun, waiting := turns.Counts(); begun != 2 || waiting != 4 {
		t.Errorf("%d have begun and %d wait, want 2 and 4", begun, waiting)
	}
	all[3].Done() // leaves the line
	all[3].Done()
	all[0].Done()
	all[0].Done() // again does nothing
	all[1].Done()
	if !slices.Equal(begun, []int{2, 4}) {
		t.Errorf("begun after two were done: %v, want 2 and 4", begun)
	}
	for _, turn := range all {
		turn.Done()
	}
	(*limit.Turn)(nil).Done()
	if begun, waiting := turns.Counts(); begun != 0 || waiting != 0 {
		t.Errorf("not all turns came back: %d have begun, %d wait", begun, waiting)
	}
}

// However turns are given back, no more than so many are at it.
func TestTurnsAtOnce(t *testing.T) {
	const most, all = 4, 2000
	var turns limit.Turns
	var now, seen atomic.Int32
	var done sync.WaitGroup
	done.Add(all)
	for range all {
		var turn atomic.Pointer[limit.Turn]
		ready := make(chan struct{})
		work := func() {
			if now.Add(1) > most {
				t.Error("too many at once")
			}
			seen.Add(1)
			now.Add(-1)
			<-ready
			turn.Load().Done()
			done.Done()
		}
		taken, begun := turns.Take(most, func() { go work() })
		turn.Store(taken)
		close(ready)
		if begun {
			go work()
		}
	}
	done.Wait()
	if seen.Load() != all {
		t.Errorf("%d of %d had their turn", seen.Load(), all)
	}
}

func TestOwner(t *testing.T) {
	for ip, want := range map[string]string{
		"192.0.2.1":            "192.0.2.1",
		"::ffff:192.0.2.1":     "192.0.2.1",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::",
		"fe80::1:2:3:4%eth0":   "fe80::",
		"":                     "",
		"not an address":       "",
	} {
		owner, ok := limit.Owner(ip)
		if ok != (want != "") || ok && owner.String() != want {
			t.Errorf("Owner(%q) = %v, %t, want %q", ip, owner, ok, want)
		}
	}
}
