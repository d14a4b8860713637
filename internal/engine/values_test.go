package engine_test

import (
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/internal/engine"
)

// What leaves an iteration is the index as it was then, not the loop's counter,
// which goes on counting.
func TestIndexLeaves(t *testing.T) {
	for name, text := range map[string]string{
		"assigned":             `{{$f := -1}}{{range $i, $e := .Rows}}{{if eq $i 0}}{{$f = $i}}{{end}}[{{$f}}]{{end}}{{$f}}`,
		"through or":           `{{$f := -1}}{{range $i, $e := .Rows}}{{if le $i 1}}{{$f = or $i $i}}{{end}}[{{$f}}]{{end}}{{$f}}`,
		"through with":         `{{$f := -1}}{{range $i, $e := .Rows}}{{with $x := $i}}{{if eq $x 1}}{{$f = .}}{{end}}{{end}}[{{$f}}]{{end}}`,
		"assigned by with":     `{{$f := -1}}{{range $i, $e := .Rows}}[{{$f}}]{{with $f = $i}}{{.}}{{end}}{{end}}{{$f}}`,
		"assigned by range":    `{{$f := 0}}{{$e := 0}}{{range $f, $e = .Names}}{{end}}{{range $i, $x := .Rows}}[{{$f}}]{{$f = $i}}{{end}}{{$f}}`,
		"of the loop around":   `{{$f := -1}}{{range $i, $e := .Rows}}{{range $j, $n := $.Names}}{{$f = $i}}{{end}}[{{$f}}]{{end}}{{$f}}`,
		"through a template":   `{{define "n"}}{{.}}{{end}}{{$f := -1}}{{range $i, $e := .Rows}}{{if eq $i 0}}{{$f = $i}}{{end}}{{template "n" $f}}{{end}}`,
		"of an array":          `{{$f := -1}}{{range $i, $e := .Arr}}{{if eq $i 0}}{{$f = $i}}{{end}}[{{$f}}]{{end}}`,
		"to a recursion":       `{{define "r"}}{{range list "a" "b"}}{{.}}{{end}}{{.}}{{if gt . 1}}{{template "r" (add . -2)}}{{end}}{{end}}{{range $i, $e := .Rows}}{{template "r" $i}}{{end}}`,
		"into rows of a call":  `{{define "r"}}{{$i := .}}{{range listed}}<b>{{.}}{{$i}}</b>{{end}}{{if gt . 9}}{{template "r" .}}{{end}}{{end}}{{range $i, $e := .Rows}}{{template "r" $i}}{{end}}`,
		"into a list":          `{{$l := list}}{{range $i, $e := .Rows}}{{if eq $i 0}}{{$l = list $i $e}}{{end}}{{$l}}{{end}}`,
		"as a range's subject": `{{$f := 0}}{{range $i, $e := .Rows}}{{range $i}}{{$f = .}}{{end}}{{$f}}{{end}}`,
	} {
		t.Run(name, func(t *testing.T) {
			s := newTwin(t, text, &page{}).session()
			for _, state := range states() {
				s.show(t, state)
			}
		})
	}
}

type (
	small  int8
	ratio  float32
	octets uint16
	yesno  bool
	word   string
)

// typed has a method of each basic kind.
type typed struct{ N int }

func (v *typed) Bool() bool             { return v.N > 1 }
func (v *typed) Int() int               { return v.N }
func (v *typed) Int8() int8             { return int8(v.N) }
func (v *typed) Int64() int64           { return int64(v.N) }
func (v *typed) Uint() uint             { return uint(v.N) }
func (v *typed) Uint8() uint8           { return uint8(v.N) }
func (v *typed) Uintptr() uintptr       { return uintptr(v.N) }
func (v *typed) Float32() float32       { return float32(v.N) / 10 }
func (v *typed) Float64() float64       { return float64(v.N) / 10 }
func (v *typed) Text() string           { return strings.Repeat("x", v.N) }
func (v *typed) Small() small           { return small(v.N) }
func (v *typed) Ratio() ratio           { return ratio(v.N) / 10 }
func (v *typed) Octets() octets         { return octets(v.N) }
func (v *typed) Flag() yesno            { return v.N > 1 }
func (v *typed) Word() word             { return word(strings.Repeat("y", v.N)) }
func (v *typed) Any(x any) any          { return x }
func (v *typed) Bits(f float32) float32 { return f }
func (v *typed) Octal(o octets) octets  { return o }

// A function is passed what a method or function returned as that type has it,
// whichever of the basic kinds it is.
func TestStaticTypes(t *testing.T) {
	for _, name := range []string{
		"Bool", "Int", "Int8", "Int64", "Uint", "Uint8", "Uintptr", "Float32", "Float64", "Text",
		"Small", "Ratio", "Octets", "Flag", "Word",
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.ReplaceAll(`{{printf "%v %T" .X .X}}|{{.X | printf "%v %T %v" 1 2}}|{{printf "%[2]T" 1 .X}}|{{.X}}|{{print .X}}|{{printf "%T %v" (.Any .X) (.Any .X)}}|`+
				`{{printf "%T" (and .X .X)}}|{{printf "%T" (or .X .X)}}|{{printf "%T" (not .X)}}`, ".X", "."+name)
			s := newTwin(t, text, &typed{}).session()
			for _, n := range []int{0, 1, 3, 1} {
				s.show(t, &typed{n})
			}
		})
	}
	s := newTwin(t, `{{.Bits .Float32}} {{.Octal .Octets}} {{printf "%v %T" (.Bits .Float32) (.Octal .Octets)}}`, &typed{}).session()
	s.show(t, &typed{3})
}

// shelf fills the same memory for each call, at each level.
type shelf struct {
	N     int
	boxes []crate
	items [2][]int
	ptr   crate
}

type crate struct {
	ID    int
	Items []int
	Fixed [2]int
	Sub   *crate
}

func (s *shelf) Crates(from int) []crate {
	s.boxes = s.boxes[:0]
	for i := range 2 {
		items := s.items[i][:0]
		for j := range s.N {
			items = append(items, (from+i)*10+j)
		}
		s.items[i] = items
		c := crate{ID: from + i, Items: items, Fixed: [2]int{from, i}}
		s.ptr = c
		c.Sub = &s.ptr
		s.boxes = append(s.boxes, c)
	}
	return s.boxes
}

// A method may return the same memory from each call, filled anew: what the
// page shows of the earlier calls is as it was then, however deep it lies.
func TestReusedMemoryDeep(t *testing.T) {
	for name, text := range map[string]string{
		"rows of rows":     `{{range $n := nums}}{{range $.Crates $n}}{{range .Items}}({{.}}){{end}}{{end}}{{end}}`,
		"arrays of rows":   `{{range $n := nums}}{{range $.Crates $n}}{{range .Fixed}}({{.}}){{end}}{{end}}{{end}}`,
		"through pointers": `{{range $n := nums}}{{range $.Crates $n}}{{range .Sub.Items}}({{.}}){{end}}{{with .Sub}}{{range .Fixed}}({{.}}){{end}}{{end}}{{end}}{{end}}`,
		"values outside":   `{{range $n := nums}}{{range $c := $.Crates $n}}{{range $.Nums}}({{$c.ID}}.{{.}}){{end}}{{end}}{{end}}`,
		"by a variable":    `{{range $n := nums}}{{range $.Crates $n}}{{$i := .Items}}{{$d := .ID}}{{range $j, $x := $i}}({{$j}}{{$d}}{{$x}}){{end}}{{end}}{{end}}`,
		"by a recursion":   `{{define "c"}}{{range .Items}}({{.}}){{end}}{{if gt .ID 99}}{{template "c" .}}{{end}}{{end}}{{range $n := nums}}{{range $.Crates $n}}{{template "c" .}}{{end}}{{end}}`,
		"by both":          `{{define "c"}}{{range .Items}}({{.}}){{end}}{{if gt .ID 99}}{{template "c" .}}{{end}}{{end}}{{range .Own}}{{template "c" .}}{{end}}{{range $n := nums}}{{range $.Crates $n}}{{template "c" .}}{{end}}{{end}}`,
		"by a template":    `{{define "c"}}{{range .Items}}({{.}}){{end}}{{end}}{{range $n := nums}}{{range $.Crates $n}}{{template "c" .}}{{end}}{{end}}`,
		"keyed":            `{{range $n := nums}}{{range $.Crates $n | keyed "ID"}}{{range .Items | keyed "."}}({{.}}){{end}}{{end}}{{end}}`,
	} {
		t.Run(name, func(t *testing.T) {
			type state struct {
				shelf
				Nums []int
				Own  []crate
			}
			first := &state{shelf: shelf{N: 1}, Nums: []int{1, 2}, Own: []crate{{ID: 1, Items: []int{1}}}}
			s := newTwin(t, text, first).session()
			for _, n := range []int{1, 2, 0, 3, 3} {
				s.show(t, &state{shelf: shelf{N: n}, Nums: []int{1, n}, Own: first.Own})
			}
		})
	}
}

// Entries with one key are shown, as in the HTML, and matched in their order.
// Of each list the developer is told once, with the place and the key.
func TestDuplicateKeys(t *testing.T) {
	for name, test := range map[string]struct{ text, expr string }{
		"rows":    {`{{range .Items | keyed "ID"}}<i>{{.Name}}</i>{{end}}`, `.Items | keyed "ID"`},
		"entries": {`{{range .Items | keyed "ID"}}<i>{{upper .Name}}</i>{{end}}`, `.Items | keyed "ID"`},
		"method":  {`{{range .Each | keyed "ID"}}<i>{{.Name}}</i>{{end}}`, `.Each | keyed "ID"`},
		"itself":  {`{{range .Names | keyed "."}}<i>{{.}}</i>{{end}}`, `.Names | keyed "."`},
	} {
		t.Run(name, func(t *testing.T) {
			s := newTwin(t, test.text, &keyedItems{}).session()
			var told []string
			show := func(items ...keyedItem) string {
				t.Helper()
				state := &keyedItems{Items: items}
				for _, it := range items {
					state.Names = append(state.Names, it.Name)
				}
				diff := s.show(t, state)
				for _, w := range s.tree.Warnings() {
					told = append(told, w.Error())
				}
				return diff
			}
			a, b, c := keyedItem{1, "a"}, keyedItem{2, "b"}, keyedItem{3, "c"}
			show(a, b, c)
			if len(told) > 0 {
				t.Fatalf("told of %q", told)
			}
			show(a, a)
			show(a, b, b, c)
			show(b, a, b, c)
			show(b, b, a, c)
			show(b)
			show(a, b, c)
			show(c, c, c)
			if len(told) != 1 || !strings.HasPrefix(told[0], "page:1:8: <"+test.expr+">: ") || !strings.Contains(told[0], "have the key ") {
				t.Errorf("told %q, want one warning with the place and the key", told)
			}
		})
	}
	var tree engine.Tree
	if w := tree.Warnings(); w != nil {
		t.Errorf("an unused tree warns of %v", w)
	}
}

type keyedItem struct {
	ID   int
	Name string
}

type keyedItems struct {
	Items []keyedItem
	Names []string
}

func (k *keyedItems) Each() []any {
	var list []any
	for _, it := range k.Items {
		list = append(list, it)
	}
	return list
}
