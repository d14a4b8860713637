package engine_test

import (
	"bytes"
	"fmt"
	"html/template"
	"reflect"
	"runtime"
	"testing"

	"github.com/gin-liveview/liveview/internal/engine"
)

type tableRow struct {
	ID     int
	Name   string
	Qty    int
	Price  float64
	Status string
}

type table struct {
	Rows []tableRow
}

const tablePage = `<table><tbody>{{range .Rows | keyed "ID"}}
<tr id="row-{{.ID}}"><td>{{.ID}}</td><td>{{.Name}}</td><td>{{.Qty}}</td><td>{{.Price}}</td><td>{{.Status}}</td></tr>{{end}}
</tbody></table>`

func newTable(n int) *table {
	t := &table{}
	for i := range n {
		t.Rows = append(t.Rows, tableRow{i, fmt.Sprintf("Article %d & more", i), i % 7, float64(i) * 1.25, "in stock"})
	}
	return t
}

type counter struct{ Count int }

const counterPage = `<div><h1>Counter</h1><span id="count">{{.Count}}</span><button phx-click="inc">+</button></div>`

func html(tb testing.TB, text string) *template.Template {
	t, err := template.New("page").Funcs(functions).Funcs(template.FuncMap{
		"keyed": func(_ string, list reflect.Value) reflect.Value { return list },
	}).Parse(text)
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

func BenchmarkTableHTML(b *testing.B) {
	state := newTable(1000)
	t := mustParse(b, tablePage, state)
	b.ReportAllocs()
	var buf []byte
	for b.Loop() {
		buf, _ = t.HTML(buf[:0], state, nil)
	}
}

func BenchmarkTableHTMLTemplate(b *testing.B) {
	state := newTable(1000)
	t := html(b, tablePage)
	b.ReportAllocs()
	var buf bytes.Buffer
	for b.Loop() {
		buf.Reset()
		if err := t.Execute(&buf, state); err != nil {
			b.Fatal(err)
		}
	}
}

// benchmarkDiff renders the state after each change.
func benchmarkDiff[S any](b *testing.B, text string, state *S, change func(i int)) {
	t := mustParse(b, text, state)
	var tree engine.Tree
	buf, err := tree.Diff(nil, t, state, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		change(i)
		if buf, err = tree.Diff(buf[:0], t, state, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(buf)), "diff-bytes")
}

func BenchmarkTableFull(b *testing.B) {
	state := newTable(1000)
	t := mustParse(b, tablePage, state)
	var tree engine.Tree
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		tree.Reset()
		buf, _ = tree.Diff(buf[:0], t, state, nil)
	}
}

func BenchmarkTableUnchanged(b *testing.B) {
	benchmarkDiff(b, tablePage, newTable(1000), func(int) {})
}

func BenchmarkTableOneRow(b *testing.B) {
	state := newTable(1000)
	benchmarkDiff(b, tablePage, state, func(i int) { state.Rows[i*7%1000].Qty++ })
}

func BenchmarkTableInsertFront(b *testing.B) {
	state := newTable(1000)
	rows := append([]tableRow{{ID: -1, Name: "new"}}, state.Rows...)
	benchmarkDiff(b, tablePage, state, func(i int) { state.Rows = rows[1-i%2:] })
}

func BenchmarkTableReverse(b *testing.B) {
	state := newTable(1000)
	benchmarkDiff(b, tablePage, state, func(int) {
		for i, j := 0, len(state.Rows)-1; i < j; i, j = i+1, j-1 {
			state.Rows[i], state.Rows[j] = state.Rows[j], state.Rows[i]
		}
	})
}

func BenchmarkCounter(b *testing.B) {
	state := &counter{}
	benchmarkDiff(b, counterPage, state, func(int) { state.Count++ })
}

func BenchmarkCounterTemplate(b *testing.B) {
	state := &counter{}
	t := html(b, counterPage)
	b.ReportAllocs()
	var buf bytes.Buffer
	for b.Loop() {
		buf.Reset()
		state.Count++
		if err := t.Execute(&buf, state); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFunction is a list whose entries call a function.
func BenchmarkFunction(b *testing.B) {
	state := &page{}
	for i := range 1000 {
		state.Rows = append(state.Rows, row{ID: i, Name: "x"})
	}
	benchmarkDiff(b, `{{range .Rows}}<td>{{upper .Name}}</td>{{end}}`, state, func(i int) { state.Rows[i%1000].Name = fmt.Sprint(i) })
}

// BenchmarkFallback is a list whose entries html/template renders.
func BenchmarkFallback(b *testing.B) {
	state := &page{}
	for i := range 1000 {
		state.Rows = append(state.Rows, row{ID: i, Name: "x"})
	}
	benchmarkDiff(b, `<script>{{range .Rows}}f({{.Name}});{{end}}</script>`, state, func(i int) { state.Rows[i%1000].Name = fmt.Sprint(i) })
}

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

// TestDiffAllocations holds the diffs of the hot paths to their allocations.
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

func BenchmarkParse(b *testing.B) {
	text := pages["range"] + pages["methods"] + pages["comparisons"] + pages["range keyed"] + pages["templates"]
	b.ReportAllocs()
	for b.Loop() {
		mustParse(b, text, &page{})
	}
}
