package engine_test

import (
	"errors"
	"fmt"
	"html/template"
	"iter"
	"maps"
	"reflect"
	"slices"
	"strings"
)

type status string

type money int

func (m money) String() string { return fmt.Sprintf("<%d>", int(m)) }

type user struct {
	Name  string
	Age   int
	Boss  *user
	Email *string
}

func (u user) Greeting(word string) string { return word + ", " + u.Name }
func (u *user) Pointer() string            { return "*" + u.Name }

type row struct {
	ID    int
	Name  string
	Price float64
	Done  bool
	Tag   status
}

func (r row) Key() string { return fmt.Sprint("k", r.ID) }

type page struct {
	Title     string
	Up        up
	N         int
	U8        uint8
	F         float64
	F32       float32
	B         bool
	C         complex128
	Status    status
	Money     money
	User      user
	Ptr       *user
	Any       any
	HTML      template.HTML
	URL       template.URL
	JS        template.JS
	CSS       template.CSS
	Attr      template.HTMLAttr
	Rows      []row
	Names     []string
	Users     []*user
	Anys      []any
	Arr       [3]int
	Map       map[string]int
	IntMap    map[int]string
	UMap      map[string]user
	FMap      map[float64]string
	Err       error
	Func      func(yield func(int) bool)
	Func2     func(yield func(string, int) bool)
	Str       fmt.Stringer
	Deep      [][]row
	NilFn     func(yield func(int) bool)
	Call      func(string, ...int) string
	Bools     map[bool]int
	Kinds     map[any]string
	Floats    map[float64][]int
	Points    map[[2]int]string
	I8        int8
	U64       uint64
	ArrPtr    *[2]string
	Slices    *[]row
	JSStr     template.JSStr
	Srcset    template.Srcset
	Bytes     []byte
	StrPtr    *string
	ErrPtr    *failing
	Formatted formatted
	Inner
}

// Inner is embedded, so that its field and method are promoted.
type Inner struct{ Deeper string }

func (i Inner) Promoted(s string) string { return i.Deeper + s }

// Chan returns a channel that is ready to be read to its end.
func (p page) Chan() <-chan string {
	ch := make(chan string, len(p.Names))
	for _, name := range p.Names {
		ch <- name
	}
	close(ch)
	return ch
}

func (p page) Seq() iter.Seq[row] { return slices.Values(p.Rows) }

func (p *page) Seq2() iter.Seq2[int, row] { return slices.All(p.Rows) }

func (p page) Keys() iter.Seq[string] { return slices.Values(slices.Sorted(maps.Keys(p.Map))) }

func (p page) Self() any                           { return p }
func (p page) Maybe(n int) (*user, error)          { return p.Ptr, nil }
func (p page) Times(n int, of fmt.Stringer) string { return strings.Repeat(of.String(), n) }
func (p page) Reflected(v reflect.Value) string    { return v.Kind().String() }
func (p page) Total() int                          { return len(p.Rows) + p.N }
func (p *page) Visible() []row                     { return p.Rows }
func (p page) Fail() (string, error)               { return "", errors.New("no") }
func (p page) Add(a int, b ...int) int {
	for _, n := range b {
		a += n
	}
	return a
}

func full() *page {
	email := "a@b.c"
	boss := &user{Name: "Boss & Co", Age: 60, Email: &email}
	return &page{
		Title: `<Ti"tle' + & \ ` + "\x00\xff\u2028é>", N: 42, U8: 7, F: 1.5, F32: 0.0001, B: true, C: 1 + 2i,
		Status: "a&b", Money: 3, User: user{Name: "Ann", Age: 30, Boss: boss}, Ptr: boss, Any: map[string]any{"K": 1, "L": []int{1, 2}},
		HTML: "<b>bold</b>", URL: "javascript:x", JS: "alert(1)", CSS: "color:red", Attr: `class="c"`,
		Rows:  []row{{1, "one", 1.25, false, "x"}, {2, "two", 2e21, true, "<y>"}, {3, "three", -0.5, false, ""}},
		Names: []string{"a", "<b>", "c"}, Users: []*user{boss, nil, {Name: "Z"}}, Anys: []any{1, "two", nil, 3.5, template.HTML("<i>")},
		Arr: [3]int{1, 2, 3}, Map: map[string]int{"b": 2, "a": 1, "c": 3}, IntMap: map[int]string{3: "c", -1: "a"},
		UMap: map[string]user{"x": {Name: "X"}}, FMap: map[float64]string{2.5: "b", -1: "a"}, Err: errors.New("<err>"),
		Func: func(yield func(int) bool) {
			for i := range 5 {
				if !yield(i) {
					return
				}
			}
		},
		Func2: func(yield func(string, int) bool) {
			for i, s := range []string{"p", "q"} {
				if !yield(s, i) {
					return
				}
			}
		},
		Str:   money(9),
		Call:  func(s string, list ...int) string { return fmt.Sprint(s, list) },
		Bools: map[bool]int{true: 1, false: 0}, Kinds: map[any]string{1: "<1>", "a": "b", 2.5: "c", true: "d"},
		Floats: map[float64][]int{1: {1, 2}, -1: nil}, Points: map[[2]int]string{{1, 2}: "p", {0, 5}: "q"},
		I8: 3, U64: 2, ArrPtr: &[2]string{"<", "b"}, Slices: &[]row{{ID: 8, Name: "&"}}, Inner: Inner{"<deep>"},
		JSStr: `\x27'"`, Srcset: "a 2x, b", Bytes: []byte("<\xff"), StrPtr: &email, ErrPtr: &failing{"'"}, Formatted: 4,
		Deep: [][]row{{{ID: 1, Name: "d"}}, nil, {{ID: 2, Name: "e"}, {ID: 3}}},
	}
}

// states are variations of the full state.
func states() []*page {
	var list []*page
	with := func(f func(*page)) {
		p := full()
		f(p)
		list = append(list, p)
	}
	with(func(*page) {})
	with(func(p *page) { p.N++; p.B = false })
	with(func(p *page) { *p = page{} })
	with(func(p *page) { p.Rows[1].Name = "changed"; p.Rows[1].ID = 9; p.Names = nil; p.B = false })
	with(func(p *page) {
		p.Rows = append([]row{{ID: 7, Name: "new", Done: true}}, p.Rows...)
		p.Names = []string{"c", "a", "<b>", "d"}
		p.Users = p.Users[1:]
		p.Map["zz"] = 4
		p.Ptr = nil
		p.B = false
	})
	with(func(p *page) {
		p.Rows[0], p.Rows[2] = p.Rows[2], p.Rows[0]
		p.Deep = p.Deep[1:]
		p.User.Boss = nil
		p.Any = "text"
		p.Title = ""
		p.B = false
	})
	with(func(p *page) {
		p.Rows = p.Rows[1:]
		p.N = 2
		p.Title = "x"
		p.B = false
		p.F = 1e-7
		p.F32 = 1e21
	})
	with(func(p *page) {
		p.Users, p.Names, p.Map, p.B = nil, nil, nil, false
	})
	with(func(p *page) {
		p.F32 = 3e38
		p.F = 1e20
		p.C = 0
		p.HTML = ""
		p.Anys = p.Anys[2:]
		p.B = false
	})
	return list
}

// up has a method of the name by which file inputs are written.
type up struct{ Name string }

func (up) FileInput(args ...any) (template.HTML, error) { return `<input type="file">`, nil }
