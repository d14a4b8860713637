package engine_test

import (
	"fmt"
	"html/template"
	"iter"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/internal/engine"
)

// stream is a stream as pages know it.
type stream[T any] struct{ engine engine.Stream }

func (s *stream[T]) insert(at int, items ...T) {
	s.engine.Insert(reflect.TypeFor[T](), items, at, 0)
}

func (s *stream[T]) insertOne(at int, item T) {
	s.engine.Insert(reflect.TypeFor[T](), &item, at, 0)
}

func (s *stream[T]) delete(item T) { s.engine.Delete(reflect.TypeFor[T](), &item) }

func (s stream[T]) All() iter.Seq2[string, T] {
	return func(yield func(string, T) bool) {
		s.engine.Range(func(id string, item any) bool { return yield(id, *item.(*T)) })
	}
}

// article is a row of plain fields.
type article struct {
	ID     int
	Name   string
	Qty    int
	Price  float64
	Status string
}

// wares is a state with streams where templates can find them.
type wares struct {
	Head     string
	Goods    stream[article]
	Pointers stream[*article]
	Any      stream[any]
	Texts    stream[named]
	Pointer  *stream[article]
	Map      map[string]stream[article]
	Nested   struct{ MoreGoods stream[article] }
	Lists    []struct{ Goods stream[article] }
	On       bool
}

type named string

func (n named) ID() template.HTML { return template.HTML("<" + n + ">") }

func newWares(n int) *wares {
	var list []article
	for i := range n {
		list = append(list, article{i, fmt.Sprintf("Article %d & more", i), i % 7, float64(i) * 1.25, "in stock"})
	}
	g := &wares{Head: "<head>", On: true, Pointer: &stream[article]{}}
	g.Goods.insert(-1, list...)
	for i := range list {
		g.Pointers.insertOne(0, &list[i])
		g.Any.insertOne(-1, list[i])
		g.Any.insertOne(1, &article{ID: 1000 + i, Name: "pointer"})
		g.Texts.insertOne(-1, named(fmt.Sprint("text ", i)))
		g.Pointer.insertOne(i/2, list[i])
		g.Nested.MoreGoods.insertOne(-1, list[i])
		g.Nested.MoreGoods.delete(list[i/2])
	}
	m := stream[article]{}
	m.insert(2, list...)
	g.Map = map[string]stream[article]{"m": m}
	g.Lists = make([]struct{ Goods stream[article] }, 2)
	g.Lists[1].Goods.insert(0, list...)
	engine.StreamsIn(reflect.TypeFor[wares]()).Bind(g, 0, false)
	return g
}

// As HTML, a page with streams is what html/template makes of it, byte for byte.
func TestStreamHTML(t *testing.T) {
	for name, text := range map[string]string{
		"fields":    `{{range $id, $x := .Goods.All}}<li id="{{$id}}">{{$x.ID}} {{$x.Name}} {{$x.Price}}</li>{{end}}`,
		"actions":   `{{range $id, $x := .Goods.All}}<li id="{{$id}}" title={{$x.Name}} onclick="f({{$x.Name}})" {{if $x.Qty}}class="{{.Status}}"{{end}}>{{printf "%5.2f" $x.Price}}{{upper .Name}}{{$.Head}}<a href="/x?q={{$id}}">{{$id | upper}}</a></li>{{end}}`,
		"bodies":    `{{range $id, $x := .Goods.All}}<li id="{{$id}}">{{with $x.Name}}{{.}}{{$id}}{{end}}{{range $i, $c := nums}}{{$i}}{{$c}}{{$id}}{{$x.Qty}}{{end}}{{range .Name | listed2}}{{.}}{{$id}}{{end}}</li>{{end}}`,
		"template":  `{{define "row"}}<b>{{.Name}}</b>{{end}}{{define "list"}}{{range $id, $x := .All}}<li id="{{$id}}">{{template "row" $x}}</li>{{end}}{{end}}{{template "list" .Goods}}`,
		"pointers":  `{{range $id, $x := .Pointers.All}}<li id="{{$id}}">{{$x.Name}}{{.Qty}}</li>{{end}}`,
		"any":       `{{range $id, $x := .Any.All}}<li id="{{$id}}">{{$x.Name}}{{.Qty}}</li>{{end}}`,
		"texts":     `{{range $id, $x := .Texts.All}}<li id="{{$id}}">{{$x}}{{.ID}}</li>{{end}}`,
		"pointer":   `{{range $id, $x := .Pointer.All}}<li id="{{$id}}">{{$x.Name}}</li>{{end}}`,
		"map":       `{{range $k, $m := .Map}}{{range $id, $x := $m.All}}<li id="{{$id}}">{{$k}}{{$x.Name}}</li>{{end}}{{end}}`,
		"of a map":  `{{range $id, $x := .Map.m.All}}<li id="{{$id}}">{{$x.Name}}</li>{{end}}{{range $id, $x := .Map.none.All}}{{end}}`,
		"index":     `{{range $id, $x := (index .Lists 1).Goods.All}}<li id="{{$id}}">{{$x.Name}}</li>{{end}}`,
		"nested":    `{{with .Nested}}{{range $id, $x := .MoreGoods.All}}<li id="{{$id}}">{{$x.Name}}</li>{{end}}{{end}}`,
		"lists":     `{{range $i, $l := .Lists}}<ul id="{{$i}}">{{range $id, $x := $l.Goods.All}}<li id="{{$id}}">{{$i}}{{$x.Name}}</li>{{end}}</ul>{{end}}`,
		"in an if":  `{{if .On}}{{range $id, $x := .Goods.All}}<li id="{{$id}}">{{$x.Name}}</li>{{end}}{{end}}`,
		"recursive": `{{define "r"}}{{if .On}}{{range $id, $x := .Goods.All}}<li id="{{$id}}">{{$x.Name}}</li>{{end}}{{else}}{{template "r" .}}{{end}}{{end}}{{template "r" .}}`,
	} {
		t.Run(name, func(t *testing.T) {
			funcs := template.FuncMap{"listed2": func(s string) []string { return strings.Fields(s) }}
			for name, f := range functions {
				funcs[name] = f
			}
			state := newWares(5)
			ours, err := engine.ParseLax(engine.Source{Name: "page", Text: text, Funcs: funcs, State: reflect.TypeFor[wares]()})
			if err != nil {
				t.Fatal(err)
			}
			theirs := template.Must(template.New("page").Funcs(funcs).Parse(text))
			want, err := renderTheirs(theirs, state)
			if err != nil {
				t.Fatal(err)
			}
			got, err := ours.HTML(nil, state, nil)
			if err != nil || string(got) != want || !strings.Contains(want, "<li id=") {
				t.Errorf("HTML is\n%s, %v, want\n%s", got, err, want)
			}
			// The first diff has what the HTML has, entry for entry, in the order that the
			// client makes the same list of.
			var tree engine.Tree
			diff, err := tree.Diff(nil, ours, state, nil)
			if err != nil || strings.Count(string(diff), `"stream":["`) == 0 {
				t.Errorf("the first diff is {%s}, %v", diff, err)
			}
			if again, err := tree.Diff(nil, ours, state, nil); err != nil || len(again) > 0 {
				t.Errorf("the second diff is {%s}, %v; want nothing", again, err)
			}
		})
	}
}

const waresPage = `<h1>{{.Head}}</h1><table><tbody id="wares" phx-update="stream">{{range $id, $x := .Goods.All}}
<tr id="{{$id}}"><td>{{$x.ID}}</td><td>{{$x.Name}}</td><td>{{$x.Qty}}</td><td>{{$x.Price}}</td><td>{{$x.Status}}</td></tr>{{end}}
</tbody></table>`

// A stream's entries are let go when they were sent: neither state nor tree keeps a byte
// of any.
func TestStreamKeepsNothing(t *testing.T) {
	tmpl := mustParse(t, waresPage, &wares{})
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	const n = 100_000
	trees, states := make([]engine.Tree, 2), make([]*wares, 2)
	show := func(i, n int) uint64 {
		states[i] = &wares{}
		list := make([]article, n)
		for j := range list {
			list[j] = article{ID: j, Name: fmt.Sprint("article ", j)}
		}
		before := heap()
		states[i].Goods.insert(-1, list...)
		list = nil
		if out, err := trees[i].Diff(nil, tmpl, states[i], nil); err != nil || len(out) < 60*n {
			t.Fatalf("%d bytes, %v", len(out), err)
		}
		tmpl.Drain()
		after := heap()
		runtime.KeepAlive(list)
		return after - min(before, after)
	}
	one := show(0, 1)
	many := show(1, n)
	if many > one+4096 {
		t.Errorf("%d entries leave %d bytes, one leaves %d", n, many, one)
	}
	runtime.KeepAlive(states)
}

// BenchmarkStream puts an entry in at the front of a stream of 10,000 rows of plain
// fields, or takes one out; the counter's change is what that is held against.
func BenchmarkStream(b *testing.B) {
	tmpl := mustParse(b, waresPage, &wares{})
	counted := mustParse(b, counterPage, &counter{})
	run := func(name string, work func(i int, tree *engine.Tree, state *wares)) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var tree engine.Tree
			state := newWares(10_000)
			buf, err := tree.Diff(nil, tmpl, state, nil)
			if err != nil {
				b.Fatal(err)
			}
			i := 0
			for b.Loop() {
				i++
				work(i, &tree, state)
				shown := *state
				if buf, err = tree.Diff(buf[:0], tmpl, &shown, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(buf)), "B/diff")
		})
	}
	run("insert", func(i int, _ *engine.Tree, state *wares) {
		state.Goods.insertOne(0, article{10_000 + i, "Article & more", i % 7, 1.25, "in stock"})
	})
	run("delete", func(i int, _ *engine.Tree, state *wares) { state.Goods.delete(article{ID: i}) })
	b.Run("counter", func(b *testing.B) {
		b.ReportAllocs()
		var tree engine.Tree
		var buf []byte
		c := &counter{}
		for b.Loop() {
			c.Count++
			shown := *c
			var err error
			if buf, err = tree.Diff(buf[:0], counted, &shown, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}
