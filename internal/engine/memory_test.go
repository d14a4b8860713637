package engine_test

import (
	"reflect"
	"runtime"
	"testing"

	"github.com/gin-liveview/liveview/internal/engine"
)

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// treeSize measures the memory of one client's tree.
func treeSize(t *testing.T, text string, state any, n int) float64 {
	tmpl := mustParse(t, text, state)
	trees := make([]engine.Tree, n)
	var buf []byte
	warm := engine.Tree{}
	buf, _ = warm.Diff(buf, tmpl, state, nil)
	before := heap()
	for i := range trees {
		buf, _ = trees[i].Diff(buf[:0], tmpl, state, nil)
	}
	size := float64(heap()) - float64(before)
	runtime.KeepAlive(trees)
	runtime.KeepAlive(state)
	runtime.KeepAlive(warm)
	runtime.KeepAlive(buf)
	return size/float64(n) + float64(reflect.TypeFor[engine.Tree]().Size())
}

// The tree of a pure page costs little more than its state, that of a table
// little more than its rows.
func TestTreeSize(t *testing.T) {
	if size := treeSize(t, counterPage, &counter{7}, 10000); size > 200 {
		t.Errorf("a counter's tree takes %.0f bytes, more than 200", size)
	} else {
		t.Logf("counter: %.0f bytes", size)
	}
	rows := 1000 * float64(reflect.TypeFor[tableRow]().Size())
	if size := treeSize(t, tablePage, newTable(1000), 20); size > rows*1.05+2048 {
		t.Errorf("a table's tree takes %.0f bytes; its rows %.0f", size, rows)
	} else {
		t.Logf("table: %.0f bytes for rows of %.0f", size, rows)
	}
}

// A diff of one row among many allocates next to nothing.
func TestDiffAllocations(t *testing.T) {
	state := newTable(1000)
	tmpl := mustParse(t, tablePage, state)
	var tree engine.Tree
	buf, _ := tree.Diff(nil, tmpl, state, nil)
	i := 0
	if n := testing.AllocsPerRun(100, func() {
		i++
		state.Rows[i%1000].Qty++
		buf, _ = tree.Diff(buf[:0], tmpl, state, nil)
	}); n > 2 && !raceEnabled {
		t.Errorf("a changed row costs %v allocations", n)
	}
}
