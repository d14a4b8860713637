package engine_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/gin-liveview/liveview/internal/engine"
)

// growth are pages and components of n parts, whose costs may grow as n does
// and no faster. Each is prepared for n and then does its work once a call.
// Variables aren't among them: text/template, as it parses, looks through all of
// those in scope for each.
var growth = map[string]struct {
	n    int // of the smaller of the two sizes that are compared
	prep func(tb testing.TB, n int) func()
}{
	"titles in svg": {4000, repeated(`<svg><title>text</title><path d="M0 0"/></svg>`)},
	"titles of one svg": {4000, func(tb testing.TB, n int) func() {
		return shown(tb, "<svg>"+strings.Repeat("<title>text</title>", n)+"</svg>")
	}},
	"textareas":     {4000, repeated(`<textarea name="t">text</textarea>`)},
	"titles":        {4000, repeated(`<title>text</title>`)},
	"scripts":       {4000, repeated(`<script>x()</script>`)},
	"unequal parts": {4000, unequal},
	"attributes":    {4000, func(tb testing.TB, n int) func() { return shown(tb, "<p"+numbered(` a%d="1"`, n)+">x</p>") }},
	"long text": {4000, func(tb testing.TB, n int) func() {
		return shown(tb, "<p>"+strings.Repeat("text </ text &amp; ", n)+"</p>")
	}},
	"long textarea": {4000, func(tb testing.TB, n int) func() {
		return shown(tb, "<textarea>"+strings.Repeat("</b> <", n)+"</textarea>")
	}},
	"comments":        {4000, repeated(`<!-- c --><p>x</p>`)},
	"an open comment": {4000, func(tb testing.TB, n int) func() { return shown(tb, strings.Repeat("<p>x</p><!--", n)) }},
	"deep elements": {2000, func(tb testing.TB, n int) func() {
		return shown(tb, strings.Repeat("<div>", n)+"x"+strings.Repeat("</div>", n))
	}},
	"deep lists": {2000, func(tb testing.TB, n int) func() {
		return shown(tb, strings.Repeat("<div><p>x</p>", n)+"x"+strings.Repeat("</div>", n))
	}},
	"deep, unequal": {2000, func(tb testing.TB, n int) func() {
		return shown(tb, strings.Repeat("<div><p>x</p><b><i>y</i></b>", n)+"x"+strings.Repeat("</div>", n))
	}},
	"recursion":           {2000, nested(`{{define "r"}}<b>{{.Name}}</b>{{with .Next}}{{template "r" .}}{{end}}{{end}}{{template "r" .}}`)},
	"recursion by lists":  {2000, nested(`{{define "r"}}<b>{{.Name}}</b>{{range .Below}}{{template "r" .}}{{end}}{{end}}{{template "r" .}}`)},
	"recursion by values": {2000, nested(`{{define "r"}}<b>{{.Name}}</b>{{range .Values}}{{template "r" .}}{{end}}{{end}}{{template "r" .}}`)},
	"recursion by keys":   {2000, nested(`{{define "r"}}<b>{{.Name}}</b>{{range .Below | keyed "Name"}}{{template "r" .}}{{end}}{{end}}{{template "r" .}}`)},
	"recursion by script": {1000, nested(`{{define "r"}}{{.Name}},{{with .Next}}{{template "r" .}}{{end}}{{end}}<script>x = [{{template "r" .}}]</script>`)},
	"rows of rows":        {2000, rowsOfRows(`{{range .}}<p>{{range .}}<b>{{.}}</b>{{end}}</p>{{end}}`)},
	"rows of values":      {2000, rowsOfRows(`{{range .}}<p>{{range .}}<b>{{add . 1}}</b>{{end}}</p>{{end}}`)},
	"parse else if": {2000, parsed(func(n int) string {
		return "<p>{{if .B}}x" + numbered("{{else if eq .N %d}}<b>{{.N}}</b>", n) + "{{end}}</p>"
	})},
	"parse else with": {200, parsed(func(n int) string {
		return "<p>{{with .B}}x" + strings.Repeat("{{else with $.N}}<b>{{$.N}}</b>", n) + "{{end}}</p>"
	})},
	"parse actions":    {6000, parsed(func(n int) string { return numbered("<p>%d {{.N}}</p>\n", n) })},
	"parse ifs":        {5000, parsed(func(n int) string { return strings.Repeat("<p>{{if .B}}x{{end}}</p>\n", n) })},
	"parse nested ifs": {200, parsed(func(n int) string { return strings.Repeat("<div>{{if .B}}", n) + strings.Repeat("{{end}}</div>", n) })},
	"parse templates": {2000, parsed(func(n int) string {
		return numbered(`{{define "t%[1]d"}}<p>{{.N}}</p>{{end}}{{template "t%[1]d" .}}`, n)
	})},
	"parse fragments": {2000, parsed(func(n int) string { return strings.Repeat("<p>{{.Any}}</p>", n) })},
	"parse breaks": {200, parsed(func(n int) string {
		return "{{range .Rows}}" + strings.Repeat("{{if .Done}}{{break}}{{else}}x", n) + strings.Repeat("{{end}}", n) + "{{end}}"
	})},
	"parse many breaks": {200, parsed(func(n int) string {
		return "{{range .Rows}}" + strings.Repeat("{{if .Done}}{{break}}{{end}}x", n) + "{{end}}"
	})},
}

func numbered(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// shown renders the same component again and again.
func shown(tb testing.TB, html string) func() {
	var tree engine.Tree
	var buf []byte
	return func() {
		var err error
		if buf, err = tree.DiffComponent(buf[:0], component(html), context.Background()); err != nil {
			tb.Fatal(err)
		}
	}
}

func repeated(html string) func(tb testing.TB, n int) func() {
	return func(tb testing.TB, n int) func() { return shown(tb, strings.Repeat(html, n)) }
}

// unequal is a component whose parts all have another shape.
func unequal(tb testing.TB, n int) func() { return shown(tb, numbered("<p class%d>x</p>", n)) }

type chain struct {
	Name  string
	Next  *chain
	Below []*chain
}

func (c *chain) Values() []any {
	var list []any
	for _, b := range c.Below {
		list = append(list, b)
	}
	return list
}

// nested is a page that nests n deep.
func nested(text string) func(tb testing.TB, n int) func() {
	return func(tb testing.TB, n int) func() {
		c := chain{Name: "end"}
		for range n {
			below := c
			c = chain{"x", &below, []*chain{&below}}
		}
		return rendered(tb, mustParse(tb, text, &c), &c)
	}
}

// rendered renders the same state again and again.
func rendered(tb testing.TB, t *engine.Template, state any) func() {
	var tree engine.Tree
	var buf []byte
	return func() {
		var err error
		if buf, err = tree.Diff(buf[:0], t, state, nil); err != nil {
			tb.Fatal(err)
		}
	}
}

func rowsOfRows(text string) func(tb testing.TB, n int) func() {
	return func(tb testing.TB, n int) func() {
		state := make([][]int, n)
		for i := range state {
			state[i] = []int{i, 1, 2, 3, 4}
		}
		return rendered(tb, mustParse(tb, text, &state), &state)
	}
}

func parsed(text func(n int) string) func(tb testing.TB, n int) func() {
	return func(tb testing.TB, n int) func() {
		text := text(n)
		return func() { mustParse(tb, text, &page{}) }
	}
}

// BenchmarkGrowth shows for each kind of page what it costs to make it twice as
// large: the metric x/2n is time(2n)/time(n), and no more than 2.3 on a machine
// that does nothing else, with -benchtime 30x.
func BenchmarkGrowth(b *testing.B) {
	for name, test := range growth {
		b.Run(strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			small, large := test.prep(b, test.n), test.prep(b, 2*test.n)
			b.ReportAllocs()
			growthOf(b, small, large)
		})
	}
}

// growthOf measures both and reports how many times as long the larger takes.
// What else the machine does only makes a run longer, so the shortest of many
// counts.
func growthOf(b *testing.B, small, large func()) {
	s, l := time.Duration(math.MaxInt64), time.Duration(math.MaxInt64)
	fastest := func(best *time.Duration, work func()) {
		began := time.Now()
		work()
		*best = min(*best, time.Since(began))
	}
	for b.Loop() {
		fastest(&s, small)
		fastest(&l, large)
	}
	b.ReportMetric(float64(l)/float64(s), "x/2n")
	b.ReportMetric(float64(s.Microseconds())/1000, "ms/n")
}
