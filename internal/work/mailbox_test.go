package work_test

import (
	"errors"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-liveview/liveview/internal/work"
)

// recorder is an actor that notes what it is given.
type recorder struct {
	work.Mailbox[int]

	mu      sync.Mutex // guards the fields below
	handled []int
	lost    []any
	rests   int
}

const (
	panics = -1 // messages on which Handle does so
	exits  = -2
	sleeps = -3 // for a second
)

func (r *recorder) Handle(m int) {
	switch m {
	case panics:
		panic("a message")
	case exits:
		runtime.Goexit()
	case sleeps:
		time.Sleep(time.Second) // of the bubble
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.handled = append(r.handled, m)
}

func (r *recorder) Lost(value any, _ []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost = append(r.lost, value)
}

func (r *recorder) Rest() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rests++
}

func (r *recorder) want(t *testing.T, want ...int) {
	t.Helper()
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Equal(r.handled, want) {
		t.Errorf("handled %v, want %v", r.handled, want)
	}
}

func start(pool *work.Pool, held bool) *recorder {
	r := &recorder{}
	r.Init(pool, r, held)
	return r
}

func TestMailboxKeepsOrderAndGoesOnAfterALostHandle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(&work.Pool{}, true)
		for _, m := range []int{1, panics, 2, exits, 3} {
			if err := r.Post(m, 0); err != nil {
				t.Fatal(err)
			}
		}
		r.want(t) // held
		r.Release()
		r.want(t, 1, 2, 3)
		if !slices.Equal(r.lost, []any{"a message", nil}) {
			t.Errorf("lost %v, want the panic and the Goexit", r.lost)
		}
		if r.rests != 1 || !r.Idle() {
			t.Errorf("%d rests, idle %v; want one, idle", r.rests, r.Idle())
		}
	})
}

func TestMailboxLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(&work.Pool{}, true)
		_ = r.Post(1, 2)
		_ = r.Post(2, 2)
		if err := r.Post(3, 2); !errors.Is(err, work.ErrFull) {
			t.Errorf("Post to a full mailbox: %v, want ErrFull", err)
		}
		if n := r.Len(); n != 2 {
			t.Errorf("%d wait, want 2", n)
		}
	})
}

func TestMailboxClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(&work.Pool{}, true)
		_ = r.Post(1, 0)
		r.Close(9)
		r.Close(10)
		if err := r.Post(2, 0); !errors.Is(err, work.ErrClosed) {
			t.Errorf("Post after Close: %v, want ErrClosed", err)
		}
		r.Release()
		r.want(t, 1, 9)
	})
}

func TestMailboxCloseNowDropsWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(&work.Pool{}, false)
		_ = r.Post(sleeps, 0)
		synctest.Wait()
		_ = r.Post(1, 0)
		r.Close(8)
		if dropped := r.CloseNow(9, nil); !slices.Equal(dropped, []int{1, 8}) {
			t.Errorf("dropped %v, want 1 and the last message of before", dropped)
		}
		time.Sleep(2 * time.Second)
		r.want(t, sleeps, 9)
	})
}

func TestMailboxCloseNowKeepsWhatStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(&work.Pool{}, false)
		_ = r.Post(sleeps, 0)
		synctest.Wait()
		for i := range 4 {
			_ = r.Post(i, 0)
		}
		if waited := r.CloseNow(9, func(m int) bool { return m%2 == 1 }); !slices.Equal(waited, []int{0, 1, 2, 3}) {
			t.Errorf("%v waited", waited)
		}
		time.Sleep(2 * time.Second)
		r.want(t, sleeps, 1, 3, 9)
	})
}

// A callback that blocks holds up its own actor only, and quick ones don't get
// a goroutine each.
func TestPoolSharesGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := &work.Pool{}
		pool.Open()
		blocked := start(pool, false)
		_ = blocked.Post(sleeps, 0)
		var all []*recorder
		before := runtime.NumGoroutine()
		for i := range 1000 {
			r := start(pool, false)
			all = append(all, r)
			_ = r.Post(i, 0)
		}
		for i, r := range all {
			r.want(t, i)
		}
		if n := runtime.NumGoroutine() - before; n > 50 {
			t.Errorf("%d goroutines more for 1,000 quick actors", n)
		}
		blocked.want(t)
		time.Sleep(2 * time.Second)
		blocked.want(t, sleeps)
		pool.Close()
		synctest.Wait() // the bubble complains of goroutines that are left
	})
}

// careless is an actor whose Lost panics too.
type careless struct{ *recorder }

func (c careless) Lost(any, []byte) { panic("in Lost") }

func TestMailboxOutlivesALostThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{}
		r.Init(&work.Pool{}, careless{r}, false)
		for _, m := range []int{panics, exits, 1} {
			_ = r.Post(m, 0)
		}
		r.want(t, 1)
	})
}
