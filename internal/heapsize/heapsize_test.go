package heapsize_test

import (
	"sync"
	"testing"

	"github.com/gin-liveview/liveview/internal/heapsize"
)

// ledger is the application's, and all its views have it.
type ledger struct {
	mu      sync.Mutex
	entries map[string]string
}

func (l *ledger) add(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries[key] = key
}

type handle struct {
	of  *ledger
	who string
}

// What a view shares with others is changed by them while its state is measured, and isn't
// looked at: that would be a race, and of a map the end of the process.
func TestWhatIsShared(t *testing.T) {
	l := &ledger{entries: map[string]string{}}
	type state struct {
		Direct *ledger
		Handle *handle
		Any    any
		List   []*ledger
		Map    map[string]*handle
		Text   string
	}
	of := &handle{l, "ann"}
	s := &state{Direct: l, Handle: of, Any: of, List: []*ledger{l}, Map: map[string]*handle{"a": of}, Text: "1234567890"}
	var all sync.WaitGroup
	all.Go(func() {
		for i := range 20_000 {
			l.add(string(rune('a' + i%26)))
		}
	})
	for range 2_000 {
		heapsize.Of(s)
	}
	all.Wait()
	before := heapsize.Of(s)
	l.entries["large"] = string(make([]byte, 1<<20))
	if after := heapsize.Of(s); after != before || after > 1000 {
		t.Errorf("what is shared counts: %d bytes, %d with a MiB more in it", before, after)
	}
}

// Data counts once, with all that it leads to.
func TestData(t *testing.T) {
	type row struct {
		Name string
		Next *row
	}
	text := string(make([]byte, 1000))
	shared := &row{Name: text}
	type state struct {
		Rows []row
		By   map[string]*row
		Any  any
	}
	got := heapsize.Of(&state{Rows: []row{{text, shared}, {text, shared}}, By: map[string]*row{"a": shared}, Any: shared})
	if got < 1000 || got > 1400 {
		t.Errorf("it takes %d bytes, want one text of 1,000 and some 200 besides", got)
	}
}
