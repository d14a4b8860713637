package seek_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/internal/seek"
)

// mark is what is sought: an int in a struct, with something within it, too.
type mark[T any] struct {
	N       int
	Value   T
	private *mark[int]
}

func (m *mark[T]) number() *int { return &m.N }

type marked interface{ number() *int }

type common struct{ Shared mark[string] }

type panel struct {
	Name  string
	Panel mark[int]
}

type node struct {
	Mark mark[int]
	Next *node
	Kids []node
	ByID map[string]node
}

type state struct {
	common
	Report  mark[[]panel]
	private struct{ hidden mark[int] }
	Panels  []panel
	Pair    [2]mark[int]
	ByName  map[string]mark[int]
	Far     map[int]*panel
	Tree    *node
	Other   []string
	Any     any
	Call    func()
}

// found is what Each finds, by its path.
func found(s *seek.Seeker[marked], root any) map[string]int {
	all := map[string]int{}
	s.Each(root, func(m marked, path func() string) bool {
		all[path()] = *m.number()
		return false
	})
	return all
}

func TestEachFindsAllThatThereIs(t *testing.T) {
	var s seek.Seeker[marked]
	st := state{
		common: common{mark[string]{N: 1}},
		Report: mark[[]panel]{N: 2, Value: []panel{{Panel: mark[int]{N: 3, private: &mark[int]{N: 99}}}}},
		Panels: []panel{{}, {Panel: mark[int]{N: 4}}},
		Pair:   [2]mark[int]{{N: 5}, {N: 6}},
		ByName: map[string]mark[int]{"a b": {N: 7}},
		Far:    map[int]*panel{8: {Panel: mark[int]{N: 8}}},
		Tree:   &node{Mark: mark[int]{N: 9}, Kids: []node{{Mark: mark[int]{N: 10}}}, ByID: map[string]node{"x": {Mark: mark[int]{N: 11}}}},
		Any:    mark[int]{N: 99},
	}
	st.private.hidden.N = 12
	st.Tree.Next = st.Tree // a circle
	want := map[string]int{
		"Shared": 1, "Report": 2, "Report.Value[0].Panel": 3, "private.hidden": 12, "Panels[0].Panel": 0, "Panels[1].Panel": 4,
		"Pair[0]": 5, "Pair[1]": 6, `ByName["a b"]`: 7, "Far[8].Panel": 8,
		"Tree.Mark": 9, "Tree.Kids[0].Mark": 10, `Tree.ByID["x"].Mark`: 11,
	}
	for range 2 { // the second time by the plan that is there
		if got := found(&s, &st); !maps.Equal(got, want) {
			t.Errorf("found %v, want %v", got, want)
		}
	}
}

// What is changed in visit has changed in what was looked into, in maps as well.
func TestEachFindsTheValuesThemselves(t *testing.T) {
	var s seek.Seeker[marked]
	st := state{
		Panels: make([]panel, 2), ByName: map[string]mark[int]{"a": {}, "b": {}}, Far: map[int]*panel{1: {}},
		Tree: &node{Kids: make([]node, 1), ByID: map[string]node{"x": {}}},
	}
	s.Each(&st, func(m marked, _ func() string) bool { *m.number() += 7; return true })
	for path, n := range found(&s, &st) {
		if n != 7 {
			t.Errorf("%s is %d, want 7", path, n)
		}
	}
	untouched := map[string]mark[int]{"a": {}}
	s.Each(&struct{ M map[string]mark[int] }{untouched}, func(m marked, _ func() string) bool { *m.number() = 1; return false })
	if untouched["a"].N != 0 {
		t.Error("a map was written that visit didn't say to have changed")
	}
}

// Circles of slices, maps and pointers end.
func TestCirclesEnd(t *testing.T) {
	type loop struct {
		Mark mark[int]
		All  []loop
		By   map[string]loop
		To   *loop
	}
	var s seek.Seeker[marked]
	root := loop{All: make([]loop, 2), By: map[string]loop{}}
	root.All[0].All, root.All[1].All = root.All, root.All
	root.By["again"] = loop{By: root.By, All: root.All}
	root.To = &root
	paths := slices.Sorted(maps.Keys(found(&s, &root)))
	if want := []string{"All[0].Mark", "All[1].Mark", `By["again"].Mark`, "Mark"}; !slices.Equal(paths, want) {
		t.Errorf("found %q, want %q", paths, want)
	}
}

// A type that has nothing to find in it costs no walk, however it leads back to itself;
// and what one such type was found to lack doesn't hide what another has.
func TestTypesThatHoldNone(t *testing.T) {
	type b struct{ Up any }
	type a struct {
		Self *a
		B    []b
		Far  map[string]*strings.Builder
	}
	type outer struct {
		Mark *mark[*outer]
		A    a
	}
	var s seek.Seeker[marked]
	if got := found(&s, &a{B: make([]b, 1)}); len(got) != 0 {
		t.Errorf("found %v", got)
	}
	o := &outer{Mark: &mark[*outer]{N: 1}}
	o.Mark.Value = &outer{Mark: &mark[*outer]{N: 2}}
	if got, want := fmt.Sprint(found(&s, o)), "map[Mark:1 Mark.Value.Mark:2]"; got != want {
		t.Errorf("found %s, want %s", got, want)
	}
	if n := testing.AllocsPerRun(100, func() { s.Each(&a{}, nil) }); n > 1 {
		t.Errorf("a walk of nothing allocates %v times", n)
	}
}

func BenchmarkEach(b *testing.B) {
	type flat struct {
		Name           string
		First, Second  mark[[]string]
		Rows           []string
		Third          mark[map[string]int]
		Unrelated      map[string][]string
		AlsoUnrelated  *strings.Builder
		FourthIsNested struct{ Fourth mark[int] }
	}
	var s seek.Seeker[marked]
	run := func(name string, root any) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Each(root, func(marked, func() string) bool { return false })
			}
		})
	}
	run("fields", &flat{})
	run("rows", &state{Panels: make([]panel, 1000)})
}
