package engine_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/internal/engine"
)

// memoRow is a row of plain data.
type memoRow struct {
	ID   int
	Text string
	Kind int
}

// memoPage is a component that shows rows by engine.Rows, in one place or another.
type memoPage struct {
	Rows, More    []memoRow
	Before, Where int
	Also          string
	Other, Hidden bool // another row is shown; the rows aren't
	rendered      *int
}

func (p memoPage) rows(ctx context.Context, w io.Writer, rows []memoRow) error {
	by := uintptr(1)
	if p.Other {
		by = 2
	}
	var also []any
	if p.Also != "" {
		also = []any{p.Also}
	}
	return engine.Rows(ctx, w, reflect.ValueOf(rows), by, also, func(w io.Writer, from, to int) error {
		for _, r := range rows[from:to] {
			if p.rendered != nil {
				*p.rendered++
			}
			text := "<li id=\"r%d\"><span>%s</span>%s</li>"
			if r.Kind == 3 {
				text = "<li data-key=\"r%d\"><i></i><i>%s</i><b>%s</b></li> "
			}
			if p.Other {
				text = "<li id=\"r%d\">other <span>%s</span>%s</li>"
			}
			kind := []string{"", "<b>done</b>", "", p.Also}[r.Kind]
			if _, err := fmt.Fprintf(w, text, r.ID, r.Text, kind); err != nil {
				return err
			}
		}
		return nil
	})
}

func (p memoPage) Render(ctx context.Context, w io.Writer) error {
	before := []string{"", "<h1>a</h1>", "<h1>a</h1><p>b</p>", "text"}[p.Before%4]
	around := [][2]string{
		{"<ul>", "</ul>"},
		{"<ul> ", " </ul>"},
		{"<ul><li>first</li>", "</ul>"},
		{"<ul>", "<li>last</li></ul>"},
		{`<div title="`, `"></div>`},
		{"<textarea>", "</textarea>"},
		{"<p>", ""},
		{"<div><ul>", "</ul><i></i></div>"},
	}[p.Where%8]
	if _, err := io.WriteString(w, "<main>"+before+around[0]); err != nil {
		return err
	}
	if !p.Hidden {
		if err := p.rows(ctx, w, p.Rows); err != nil {
			return err
		}
	}
	if _, err := io.WriteString(w, around[1]); err != nil {
		return err
	}
	if p.More != nil {
		if _, err := io.WriteString(w, "<ol>"); err != nil {
			return err
		}
		if err := p.rows(ctx, w, p.More); err != nil {
			return err
		}
		if _, err := io.WriteString(w, "</ol>"); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, "</main>")
	return err
}

// html is what the page is without a live page.
func (p memoPage) html(t *testing.T) string {
	var b strings.Builder
	if err := p.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Of rows that are remembered those are rendered that have changed, and no others.
func TestRowsAreRenderedIfTheyChange(t *testing.T) {
	p, rendered := memoPage{Also: "x"}, 0
	p.rendered = &rendered
	for i := range 200 {
		p.Rows = append(p.Rows, memoRow{ID: i, Text: fmt.Sprint("row ", i)})
	}
	var tree engine.Tree
	for _, step := range []struct {
		name   string
		change func()
		want   int
		diff   string
	}{
		{"first", func() {}, 200, "*"},
		{"again", func() {}, 0, ""},
		{"text", func() { p.Rows[70].Text = "new" }, 1, `"0":{"k":{"70":{"1":"new"},"kc":200}}`},
		{"shape", func() { p.Rows[71].Kind = 1 }, 1, `"0":{"k":{"71":{"2":"<b>done</b>"},"kc":200}}`},
		{"append", func() { p.Rows = append(p.Rows, memoRow{ID: 200}) }, 1, `"0":{"k":{"200":{"0":"r200","1":"","2":""},"kc":201}}`},
		{"delete", func() { p.Rows = append(p.Rows[:198:198], p.Rows[199:]...) }, 0, `"0":{"k":{"198":199,"199":200,"km":true,"kc":200}}`},
		{"also", func() { p.Also = "y" }, 200, ""},
		{"again", func() {}, 0, ""},
	} {
		p.Rows = append([]memoRow(nil), p.Rows...)
		step.change()
		rendered = 0
		out, err := tree.DiffComponent(nil, p, t.Context())
		if err != nil || rendered != step.want || step.diff != "*" && string(out) != step.diff {
			t.Errorf("%s: %d rows are rendered, want %d; {%.200s}, %v, want {%s}", step.name, rendered, step.want, out, err, step.diff)
		}
	}
}

// changed returns the page with something else done to it.
func (p memoPage) changed(c *choices, id *int) memoPage {
	rows := append([]memoRow(nil), p.Rows...)
	switch n := c.n(13); {
	case n < 3 || len(rows) == 0:
		*id++
		at := c.n(len(rows) + 1)
		rows = append(rows[:at:at], append([]memoRow{{ID: *id, Text: fmt.Sprint(*id)}}, rows[at:]...)...)
	case n < 5:
		rows[c.n(len(rows))].Text = fmt.Sprint(c.n(3))
	case n == 5:
		rows[c.n(len(rows))].Kind = c.n(4)
	case n == 6:
		at := c.n(len(rows))
		rows = append(rows[:at:at], rows[at+1:]...)
	case n == 7:
		for i := range rows {
			j := c.n(i + 1)
			rows[i], rows[j] = rows[j], rows[i]
		}
	case n == 8:
		rows[c.n(len(rows))].ID = *id
	case n == 9:
		p.Before = c.n(4)
	case n == 10:
		p.Where = c.n(8)
	case n == 11:
		p.More = nil
		if c.n(2) == 0 {
			p.More = append([]memoRow(nil), rows...)
		}
	default:
		switch c.n(3) {
		case 0:
			p.Also = c.pick("", "0", "1")
		case 1:
			p.Other = !p.Other
		default:
			p.Hidden = !p.Hidden
		}
	}
	p.Rows = rows
	return p
}

// showRows holds the client to show what a page shows that is rendered anew, whatever is
// done to remembered rows, and wherever they stand.
func showRows(t *testing.T, data []byte) {
	c := &choices{data}
	var tree engine.Tree
	var shown client
	p := memoPage{Where: c.n(8), Before: c.n(4)}
	id := 0
	for range 40 {
		for range c.n(3) {
			p = p.changed(c, &id)
		}
		out, err := tree.DiffComponent(nil, p, t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := shown.apply(out); err != nil {
			t.Fatalf("the client refuses {%s}: %v", out, err)
		}
		if err := shown.checkRoots(); err != nil {
			t.Fatalf("%v in {%s}", err, out)
		}
		if got, want := shown.html(), p.html(t); got != want {
			t.Fatalf("the client shows after {%s}\n got %q\nwant %q", out, got, want)
		}
		if len(c.data) == 0 {
			return
		}
	}
}

// TestRandomRows is the fuzzing that every test run does.
func TestRandomRows(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range count(300, 3000) {
		showRows(t, randomBytes(r, 120))
	}
}

// FuzzRows is TestRandomRows with whatever the fuzzer thinks of.
func FuzzRows(f *testing.F) {
	r := rand.New(rand.NewPCG(11, 12))
	for range count(10, 50) {
		f.Add(randomBytes(r, 120))
	}
	f.Fuzz(showRows)
}

// What a change of one of 1,000 rows costs that are remembered.
func BenchmarkRows(b *testing.B) {
	p := memoPage{}
	for i := range 1000 {
		p.Rows = append(p.Rows, memoRow{ID: i, Text: fmt.Sprint("row ", i)})
	}
	var tree engine.Tree
	dst, err := tree.DiffComponent(nil, p, b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		p.Rows[500].Kind = i % 2
		if dst, err = tree.DiffComponent(dst[:0], p, b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
