package engine_test

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
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

// escaped parses with html/template, which escapes when a template is executed
// for the first time.
func escaped(tb testing.TB, text string, state any) *template.Template {
	t, err := parseTheirs(text)
	if err == nil {
		err = t.Execute(io.Discard, state)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

// Each benchmark does its work with the engine and then with html/template.
const ours, theirs = "engine", "html template"

func benchmark(b *testing.B, name string, work func(b *testing.B)) {
	b.Run(name, func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			work(b)
		}
	})
}

// BenchmarkParse parses and escapes a large page.
func BenchmarkParse(b *testing.B) {
	text := pages["range"] + pages["methods"] + pages["comparisons"] + pages["range keyed"] + pages["templates"]
	benchmark(b, ours, func(b *testing.B) { mustParse(b, text, &page{}) })
	benchmark(b, theirs, func(b *testing.B) { escaped(b, text, &page{}) })
}

// benchmarkTemplate executes the template after each change.
func benchmarkTemplate[S any](b *testing.B, text string, state *S, change func(i int)) {
	t := escaped(b, text, state)
	var buf bytes.Buffer
	i := 0
	benchmark(b, theirs, func(b *testing.B) {
		change(i)
		i++
		buf.Reset()
		if err := t.Execute(&buf, state); err != nil {
			b.Fatal(err)
		}
	})
}

// BenchmarkFirstRender is a page's first HTML.
func BenchmarkFirstRender(b *testing.B) {
	state := newTable(1000)
	t := mustParse(b, tablePage, state)
	var buf []byte
	benchmark(b, ours, func(b *testing.B) {
		var err error
		if buf, err = t.HTML(buf[:0], state, nil); err != nil {
			b.Fatal(err)
		}
	})
	benchmarkTemplate(b, tablePage, state, func(int) {})
}

// BenchmarkJoin is a page's first diff, all of it.
func BenchmarkJoin(b *testing.B) {
	state := newTable(1000)
	t := mustParse(b, tablePage, state)
	var tree engine.Tree
	var buf []byte
	benchmark(b, ours, func(b *testing.B) {
		tree.Reset()
		var err error
		if buf, err = tree.Diff(buf[:0], t, state, nil); err != nil {
			b.Fatal(err)
		}
	})
	benchmarkTemplate(b, tablePage, state, func(int) {})
}

// benchmarkDiff renders the state after each change. back, which may be nil,
// takes the change back and isn't measured.
func benchmarkDiff[S any](b *testing.B, text string, state *S, change func(i int), back func()) {
	b.Run(ours, func(b *testing.B) {
		t := mustParse(b, text, state)
		var tree engine.Tree
		var buf []byte
		diff := func() {
			var err error
			if buf, err = tree.Diff(buf[:0], t, state, nil); err != nil {
				b.Fatal(err)
			}
		}
		diff()
		size := 0
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			change(i)
			diff()
			size = len(buf)
			if back != nil {
				b.StopTimer()
				back()
				diff()
				b.StartTimer()
			}
		}
		b.ReportMetric(float64(size), "diff-bytes")
	})
	if back != nil {
		back()
	}
	benchmarkTemplate(b, text, state, change)
}

func BenchmarkNoChange(b *testing.B) {
	benchmarkDiff(b, tablePage, newTable(1000), func(int) {}, nil)
}

// BenchmarkOneChange is the only value of a small page.
func BenchmarkOneChange(b *testing.B) {
	state := &counter{}
	benchmarkDiff(b, counterPage, state, func(int) { state.Count++ }, nil)
}

func BenchmarkOneRow(b *testing.B) {
	state := newTable(1000)
	benchmarkDiff(b, tablePage, state, func(i int) { state.Rows[i*7%1000].Qty++ }, nil)
}

func BenchmarkInsertFront(b *testing.B) {
	state := newTable(1000)
	without := state.Rows
	with := append([]tableRow{{ID: -1, Name: "new"}}, without...)
	benchmarkDiff(b, tablePage, state, func(int) { state.Rows = with }, func() { state.Rows = without })
}

// BenchmarkRemove removes a row from the middle.
func BenchmarkRemove(b *testing.B) {
	state := newTable(1000)
	with := state.Rows
	without := slices.Delete(slices.Clone(with), 500, 501)
	benchmarkDiff(b, tablePage, state, func(int) { state.Rows = without }, func() { state.Rows = with })
}

// BenchmarkSort sorts by another column.
func BenchmarkSort(b *testing.B) {
	state := newTable(1000)
	byID := state.Rows
	byName := slices.SortedFunc(slices.Values(byID), func(a, b tableRow) int { return strings.Compare(a.Name, b.Name) })
	benchmarkDiff(b, tablePage, state, func(int) { state.Rows = byName }, func() { state.Rows = byID })
}

func BenchmarkReverse(b *testing.B) {
	state := newTable(1000)
	benchmarkDiff(b, tablePage, state, func(int) { slices.Reverse(state.Rows) }, nil)
}

// BenchmarkFunction is a list whose entries call a function.
func BenchmarkFunction(b *testing.B) {
	state := &page{}
	for i := range 1000 {
		state.Rows = append(state.Rows, row{ID: i, Name: "x"})
	}
	benchmarkDiff(b, `{{range .Rows}}<td>{{upper .Name}}</td>{{end}}`, state, func(i int) { state.Rows[i%1000].Name = fmt.Sprint(i) }, nil)
}

// BenchmarkFallback is a list whose entries the engine leaves to html/template.
func BenchmarkFallback(b *testing.B) {
	state := &page{}
	for i := range 1000 {
		state.Rows = append(state.Rows, row{ID: i, Name: "x"})
	}
	benchmarkDiff(b, `<script>{{range .Rows}}f({{.Name}});{{end}}</script>`, state, func(i int) { state.Rows[i%1000].Name = fmt.Sprint(i) }, nil)
}

// BenchmarkComponent is a component's page of 200 rows, of which one changes.
func BenchmarkComponent(b *testing.B) {
	page := func(changed string) component {
		var s strings.Builder
		s.WriteString("<table><tbody>")
		for i := range 200 {
			name := "Article &amp; more"
			if i == 100 {
				name = changed
			}
			fmt.Fprintf(&s, `<tr id="row-%d"><td>%d</td><td class="name">%s</td></tr>`, i, i, name)
		}
		s.WriteString("</tbody></table>")
		return component(s.String())
	}
	pages := []component{page("one"), page("two")}
	var tree engine.Tree
	var buf []byte
	i := 0
	benchmark(b, ours, func(b *testing.B) {
		i++
		var err error
		if buf, err = tree.DiffComponent(buf[:0], pages[i%2], context.Background()); err != nil {
			b.Fatal(err)
		}
	})
}
