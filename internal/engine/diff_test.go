package engine_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/gin-liveview/liveview/internal/engine"
)

// TestGolden holds the diffs of one list to those of the protocol's description.
func TestGolden(t *testing.T) {
	type item struct{ ID, Text string }
	type state struct{ Items []item }
	tmpl := mustParse(t, `<ul>{{range .Items | keyed "ID"}}<li>{{.Text}}</li>{{end}}</ul>`, &state{})
	a, b, c, d := item{"1", "a"}, item{"2", "b"}, item{"3", "c"}, item{"4", "d"}
	upper := item{"2", "B"}
	tests := []struct {
		name          string
		before, after []item
		want          string
	}{
		{"first", nil, []item{a, b, c}, ``},
		{"append", []item{a, b, c}, []item{a, b, c, d}, `"0":{"k":{"3":{"0":"d"},"kc":4}}`},
		{"move and edit", []item{a, b, c, d}, []item{c, a, upper, d}, `"0":{"k":{"0":2,"1":0,"2":[1,{"0":"B"}],"km":true,"kc":4}}`},
		{"remove first", []item{c, a, upper, d}, []item{a, upper, d}, `"0":{"k":{"0":1,"1":2,"2":3,"km":true,"kc":3}}`},
		{"edit in place", []item{a, b, c}, []item{a, {"2", "X"}, c}, `"0":{"k":{"1":{"0":"X"},"kc":3}}`},
		{"nothing", []item{a, b, c}, []item{a, b, c}, ``},
		{"empty", []item{a, b}, nil, `"0":{"k":{"kc":0}}`},
		{"fill again", nil, []item{a}, `"0":{"s":["<li>","</li>"],"k":{"0":{"0":"a"},"kc":1}}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var tree engine.Tree
			first, err := tree.Diff(nil, tmpl, &state{test.before}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if test.before == nil && string(first) != `"0":"","s":["<ul>","</ul>"]` {
				t.Errorf("empty at first is {%s}", first)
			}
			got, err := tree.Diff(nil, tmpl, &state{test.after}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if test.name == "first" || test.name == "fill again" {
				return
			}
			if string(got) != test.want {
				t.Errorf("got  {%s}\nwant {%s}", got, test.want)
			}
		})
	}
}

func TestConcurrent(t *testing.T) {
	text := pages["range"] + pages["methods"] + pages["recursive"] + pages["range map"] + pages["assignment"]
	page := newTwin(t, text, &page{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			s := page.session()
			for _, state := range states() {
				state.Ptr = &user{}
				state.Func, state.Func2 = full().Func, full().Func2
				s.show(t, state)
			}
		})
	}
	wg.Wait()
}

// An insert at the front of a list without keys sends one entry.
func TestInsertUnkeyed(t *testing.T) {
	for _, text := range []string{`{{range .Rows}}<li>{{.Name}}</li>{{end}}`, `{{range .Rows}}<li>{{upper .Name}}</li>{{end}}`} {
		s := newTwin(t, text, &page{}).session()
		s.show(t, &page{Rows: []row{{Name: "A"}, {Name: "B"}}})
		diff := s.show(t, &page{Rows: []row{{Name: "N"}, {Name: "A"}, {Name: "B"}}})
		if want := `"0":{"k":{"0":{"0":"N"},"1":0,"2":1,"km":true,"kc":3}}`; diff != want {
			t.Errorf("%s: {%s}, want {%s}", text, diff, want)
		}
	}
}

func TestTemplateSwitch(t *testing.T) {
	a, b := mustParse(t, `<p>{{.N}}</p>`, &page{}), mustParse(t, `<b>{{.N}}</b>`, &page{})
	var tree engine.Tree
	for _, tmpl := range []*engine.Template{a, b, a} {
		out, err := tree.Diff(nil, tmpl, &page{}, nil)
		if err != nil || !strings.Contains(string(out), `"s":[`) {
			t.Errorf("Diff of another template = %s, %v", out, err)
		}
	}
}

// filter returns the same memory from every call.
type filter struct {
	All     []row
	scratch []row
}

func (f *filter) Done(done bool) []row {
	f.scratch = f.scratch[:0]
	for _, r := range f.All {
		if r.Done == done {
			f.scratch = append(f.scratch, r)
		}
	}
	return f.scratch
}

func TestReusedMemory(t *testing.T) {
	text := `{{range .Done true}}<b>{{.Name}}</b>{{end}}{{range .Done false}}<i>{{.Name}}</i>{{end}}`
	state := &filter{All: []row{{Name: "a", Done: true}, {Name: "b"}, {Name: "c", Done: true}, {Name: "d"}}}
	s := newTwin(t, text, state).session()
	s.show(t, state)
	state.All[1].Done = true
	s.show(t, state)
}
