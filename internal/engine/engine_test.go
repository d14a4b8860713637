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
	"testing"
	"testing/fstest"

	"github.com/gin-liveview/liveview/internal/engine"
)

// functions are those the test pages may call.
var functions = template.FuncMap{
	"add":   func(a, b int) int { return a + b },
	"upper": strings.ToUpper,
	"fail":  func(s string) (string, error) { return "", errors.New("failed on " + s) },
	"panic": func() string { panic("oh") },
	"list":  func(items ...any) []any { return items },
	"safe":  func(s string) template.HTML { return template.HTML(s) },
}

// reference renders with html/template alone.
func reference(name, text string, state any) (_ string, err error) {
	defer func() {
		if r := recover(); r != nil { // an iterator's panic passes through text/template
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	funcs := template.FuncMap{
		"keyed":     func(_ string, list reflect.Value) reflect.Value { return list },
		"component": written,
	}
	t, err := template.New(name).Funcs(funcs).Funcs(functions).Parse(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, reflect.ValueOf(state).Elem())
	return b.String(), err
}

func mustParse(tb testing.TB, text string, state any) *engine.Template {
	tb.Helper()
	t, err := engine.Parse(engine.Source{Name: "page", Text: text, Funcs: functions, State: reflect.TypeOf(state).Elem()})
	if err != nil {
		tb.Fatalf("Parse(%s) = %v", text, err)
	}
	return t
}

// wire is what text becomes in JSON: bytes that are not UTF-8 are replaced.
func wire(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteRune(r)
	}
	return b.String()
}

// session is one client of one page.
type session struct {
	client client
	tree   engine.Tree
}

// show renders the state in every way and holds them against html/template.
func (s *session) show(tb testing.TB, t *engine.Template, text string, state any) (diff string) {
	tb.Helper()
	want, wantErr := reference("page", text, state)
	html, err := t.HTML([]byte("x"), state, nil)
	if (err != nil) != (wantErr != nil) {
		tb.Fatalf("HTML of %s with %+v: error %v, html/template's %v", text, reflect.ValueOf(state).Elem(), err, wantErr)
	}
	if err == nil && string(html) != "x"+want {
		tb.Fatalf("HTML of %s with %+v\n got %q\nwant %q", text, reflect.ValueOf(state).Elem(), html[1:], want)
	}
	out, err := s.tree.Diff([]byte("y"), t, state, nil)
	if (err != nil) != (wantErr != nil) {
		tb.Fatalf("Diff of %s: error %v, html/template's %v", text, err, wantErr)
	}
	if err != nil {
		if string(out) != "y" {
			tb.Fatalf("Diff returned %s with an error", out)
		}
		return ""
	}
	diff = string(out[1:])
	if err := s.client.apply(out[1:]); err != nil {
		tb.Fatalf("the client refuses {%s} of %s: %v", diff, text, err)
	}
	if got := s.client.html(); got != wire(want) {
		tb.Fatalf("the client shows of %s with %+v after {%s}\n got %q\nwant %q", text, reflect.ValueOf(state).Elem(), diff, got, wire(want))
	}
	again, err := s.tree.Diff(nil, t, state, nil)
	if err != nil || len(again) > 0 {
		tb.Fatalf("an unchanged state gives {%s}, %v", again, err)
	}
	var fresh session
	full, err := fresh.tree.Diff(nil, t, state, nil)
	if err != nil {
		tb.Fatal(err)
	}
	if err := fresh.client.apply(full); err != nil {
		tb.Fatalf("the client refuses the full tree {%s}: %v", full, err)
	}
	if got := fresh.client.html(); got != wire(want) {
		tb.Fatalf("the full tree of %s shows\n got %q\nwant %q", text, got, wire(want))
	}
	return diff
}

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

// pages use all of the language. Each is shown with several states in turn.
var pages = map[string]string{
	"plain":               `<p>hello</p>`,
	"fields":              `<p title="{{.Title}}">{{.Title}} {{.N}} {{.U8}} {{.F}} {{.F32}} {{.B}} {{.C}} {{.Status}}</p>`,
	"stringer":            `{{.Money}} {{.Str}} {{.Err}}`,
	"content types":       `{{.HTML}} <a href="{{.URL}}" {{.Attr}} style="{{.CSS}}" onclick="{{.JS}}" title="{{.HTML}}">x</a>`,
	"script":              `<script>var x = {{.Title}}, n = {{.N}}, a = {{.Names}}, s = "{{.Title}}", t = '{{.N}}';</script>`,
	"style":               `<style>p { color: {{.Title}}; width: {{.N}}px }</style>`,
	"urls":                `<a href="/x/{{.N}}?q={{.Title}}&n={{.N}}#{{.Title}}">{{.N}}</a><a href="{{.Title}}"></a><a href={{.N}}></a><img src="{{.N}}" srcset="{{.Title}}">`,
	"unquoted":            `<p title={{.Title}} id={{.N}} data-x={{.Names}}></p>`,
	"rcdata":              `<title>{{.Title}}</title><textarea>{{.Title}}</textarea>`,
	"comment":             `a<!-- {{.Title}} -->b{{/* c */}}c`,
	"attribute name":      `<p {{if .B}}checked{{end}} {{.Status}}="x"></p>`,
	"trim":                `a  {{- .N -}}  b {{- /* x */ -}} c`,
	"if":                  `{{if .B}}<b>{{.N}}</b>{{else if gt .N 10}}<i>{{.N}}</i>{{else}}none{{end}}`,
	"if values":           `{{if .Title}}t{{end}}{{if .N}}n{{end}}{{if .F}}f{{end}}{{if .Ptr}}p{{end}}{{if .Any}}a{{end}}{{if .Rows}}r{{end}}{{if .Map}}m{{end}}{{if .Err}}e{{end}}{{if .User}}u{{end}}{{if .Arr}}x{{end}}{{if .C}}c{{end}}{{if .Func}}g{{end}}`,
	"comparisons":         `{{if eq .N 42 7}}a{{end}}{{if ne .Title "x"}}b{{end}}{{if lt .F 2.0}}c{{end}}{{if le .N 42}}d{{end}}{{if gt .U8 6}}e{{end}}{{if ge .N .U8}}f{{end}}{{if and .B (not .Rows) }}g{{end}}{{if or .B .Title}}h{{end}}{{if eq .Status "x"}}i{{end}}{{eq .B true}}{{lt .Title "b"}}`,
	"with":                `{{with .User}}{{.Name}}{{with .Boss}}[{{.Name}}]{{end}}{{end}}{{with .Title}}{{.}}{{else}}no title{{end}}{{with .Ptr}}{{.Name}} {{.Pointer}}{{else with .Names}}{{.}}{{else}}none{{end}}`,
	"pointers":            `{{with .Ptr}}{{.Name}} {{.Age}} {{.Email}} {{with .Boss}}{{.Name}}{{end}}{{end}} {{.Ptr}}`,
	"variables":           `{{$x := .N}}{{$y := .User}}{{$x}} {{$y.Name}} {{with .Title}}{{$x}} {{$.N}} {{$y.Age}}{{end}} {{$z := 5}}{{$z}} {{$s := "q"}}{{$s}}`,
	"assignment":          `{{$x := 0}}{{range .Rows}}{{if .Done}}{{$x = add $x .ID}}{{end}}{{$x}},{{end}}={{$x}}{{if .B}}{{$x = "text"}}{{end}}{{$x}}`,
	"assigned element":    `{{$i := 0}}{{$e := 0}}{{range $i, $e = .Names}}{{$i}}{{$e}};{{end}}{{$i}} {{$e}}`,
	"methods":             `{{.Total}} {{.User.Greeting "Hi"}} {{.User.Pointer}} {{.Add 1 2 3}} {{"Yo" | .User.Greeting}} {{range .Visible}}{{.ID}}{{end}}`,
	"pipelines":           `{{.Title | upper | printf "%q %s" "a"}} {{printf "%05d" .N}} {{len .Rows}} {{len .Title}} {{index .Names 1}} {{index .Map "b"}} {{slice .Title 0 1}} {{print .N .F}} {{.F | printf "%.2f"}} {{.N | add 1 | add 2}}`,
	"predefined":          `{{.Title | html}} {{html .Title .N}} {{.Title | urlquery}} <a href="/?q={{.Title | urlquery}}">x</a> <p title="{{.Title | html}}"></p>`,
	"logic values":        `{{and .N .Title}} {{or .Ptr .Title}} {{not .N}} {{and .B (gt .N 3)}} {{or "" 0 .Any}}`,
	"any":                 `{{.Any}} {{with .Any}}{{.}}{{end}} {{range .Anys}}<{{.}}>{{end}}`,
	"range":               `<ul>{{range .Rows}}<li id="r-{{.ID}}" class="{{if .Done}}done{{end}}">{{.Name}} {{.Price}} {{.Tag}}</li>{{end}}</ul>`,
	"range index":         `{{range $i, $r := .Rows}}{{$i}}:{{$r.Name}}{{if eq $i 0}} first{{end}};{{end}}`,
	"range outer":         `{{range .Rows}}{{.ID}}{{if eq .ID $.N}} selected {{$.Title}}{{end}};{{end}}`,
	"range pointer":       `{{range .Rows}}{{.ID}}{{if $.Ptr}}{{$.Ptr.Name}}{{end}}{{$.User.Name}}{{len $.Names}};{{end}}`,
	"range else":          `{{range .Names}}<i>{{.}}</i>{{else}}<b>nobody {{.N}}</b>{{end}}`,
	"range variable":      `{{range $r := .Rows}}{{$r.ID}}{{else}}{{$r}}{{end}}`,
	"range keyed":         `{{range .Rows | keyed "ID"}}<li id="{{.ID}}">{{.Name}}{{if .Done}}<b>{{$.N}}</b>{{end}}</li>{{end}}`,
	"range keyed first":   `{{range keyed "Key" .Rows}}{{.ID}}{{end}}`,
	"range keyed self":    `{{range .Names | keyed "."}}<li>{{.}}</li>{{end}}`,
	"range array":         `{{range .Arr}}{{.}},{{end}}{{range $i, $a := .Arr}}{{$i}}{{$a}}{{end}}`,
	"range int":           `{{range 3}}{{.}}{{end}}{{range $i := .N}}{{if gt $i 4}}{{break}}{{end}}{{$i}}{{end}}`,
	"range map":           `{{range $k, $v := .Map}}{{$k}}={{$v}};{{end}}{{range .IntMap}}{{.}}{{end}}{{range $k, $v := .FMap}}{{$k}}{{$v}}{{end}}{{range .UMap}}{{.Name}}{{end}}`,
	"range func":          `{{range .Func}}{{.}}{{end}}{{range $k, $v := .Func2}}{{$k}}{{$v}}{{end}}{{range $k := .Func2}}{{$k}}{{end}}{{range .Func}}{{if gt . 2}}{{break}}{{end}}{{.}}{{end}}`,
	"range chan":          `{{range .Chan}}<{{.}}>{{else}}none{{end}}{{range $c := .Chan}}{{$c}}{{end}}{{range $i, $c := .Chan}}{{$i}}={{$c}};{{end}}`,
	"range iterators":     `{{range .Seq}}{{.ID}}<i>{{.Name}}</i>{{else}}none{{end}}{{range $i, $r := .Seq2}}{{$i}}:{{$r.Name}};{{else}}none{{end}}{{range $k := .Keys}}{{$k}}{{end}}{{range $i := .Seq2}}{{$i}}{{end}}`,
	"range nothing":       `{{range 0}}x{{else}}zero{{end}}{{range .Users}}u{{else}}none{{end}}`,
	"range ints":          `{{range .I8}}{{.}}{{else}}none{{end}}{{range $i := .U64}}{{$i}}{{end}}{{range .U8}}{{.}}{{end}}{{range len .Names}}{{.}}{{end}}`,
	"range keys":          `{{range $k, $v := .Bools}}{{$k}}{{$v}}{{end}}{{range $k, $v := .Kinds}}{{$k}}={{$v}};{{end}}{{range $k, $v := .Floats}}{{$k}}{{range $v}}{{.}}{{end}}{{end}}{{range $k, $v := .Points}}{{$k}}{{$v}}{{end}}`,
	"range through":       `{{range .Slices}}{{.ID}}{{.Name}}{{else}}none{{end}}{{range $i, $s := .ArrPtr}}{{$i}}{{$s}}{{end}}`,
	"range any":           `{{with .Any}}{{range .}}{{.}};{{else}}nothing{{end}}{{end}}`,
	"break everywhere":    `{{range .Chan}}{{if eq . "c"}}{{break}}{{end}}{{.}}{{end}}{{range $k, $v := .Map}}{{if eq $v 2}}{{break}}{{end}}{{$k}}{{end}}{{range .Seq}}{{.ID}}{{if .Done}}{{break}}{{end}}{{end}}{{range 5}}{{.}}{{if eq . 2}}{{break}}{{end}}{{end}}{{range .Arr}}{{if eq . 2}}{{break}}{{end}}{{.}}{{end}}{{range .Anys}}{{.}}{{break}}{{end}}`,
	"continue everywhere": `{{range .Chan}}{{if eq . "<b>"}}{{continue}}{{end}}{{.}}{{end}}{{range $k, $v := .Map}}{{if eq $v 2}}{{continue}}{{end}}{{$k}}{{end}}{{range .Seq}}{{.ID}}{{if .Done}}{{continue}}{{end}},{{end}}{{range 5}}{{if eq . 2}}{{continue}}{{end}}{{.}}{{end}}{{range .Func}}{{if gt . 2}}x{{continue}}{{end}}{{.}}{{end}}{{range .Rows}}{{range $.Names}}{{if eq . "a"}}{{continue}}{{end}}{{.}}{{end}}{{if .Done}}{{continue}}{{end}}!{{end}}`,
	"break with else":     `{{range .Rows}}{{with .Name}}{{.}}{{break}}{{else}}unnamed{{continue}}{{end}}{{end}}{{range .Names}}{{range $.Rows}}{{.ID}}{{break}}{{end}}{{.}}{{else}}none{{end}}`,
	"more methods":        `{{.Self.Title}} {{(.Maybe 1).Name}} {{.Times 2 .Str}} {{.Reflected .N}} {{.Reflected .Title}} {{.Promoted "x"}} {{.Deeper}} {{.Inner.Deeper}} {{.Inner | print}} {{call .Call "a" 1 2}} {{.Call | printf "%T"}} {{.Str.String}} {{.Err.Error}}`,
	"method on elements":  `{{range .Rows}}{{.Key}}{{end}}{{range .Users}}{{with .}}{{.Greeting "x"}}{{.Pointer}}{{end}}{{end}}{{range $k, $u := .UMap}}{{$u.Greeting $k}}{{end}}{{(index .Users 0).Pointer}}`,
	"variables around":    `{{$a := .Title}}{{$b := $a | upper}}{{$c := .Rows}}{{range $i, $r := $c}}{{$a = $r.Name}}{{$i}}{{$b}}{{end}}{{$a}}{{with $d := .Ptr}}{{$d.Name}}{{$a = "set"}}{{end}}{{$a}}{{if $e := .Any}}{{$e}}{{else}}{{$e}}{{end}}`,
	"pipelines nested":    `{{(len (slice .Names 1)) | add (len .Rows) | printf "%d-%v" .N}} {{print (and .B .Title) (or .Ptr .N)}} {{printf "%v %v" .Ptr .Any}} {{index (index .Deep 0) 0}} {{not (eq .N 42)}} {{eq .N .I8 42}} {{js .Title}} {{urlquery .Title .N}}`,
	"nil values":          `{{with .Any}}{{.}}{{end}}{{if .Str}}{{.Str}}{{end}}{{if .Err}}{{.Err}}{{end}}{{.Any}}{{.Err}}{{.Str}}{{.Users}}{{.Map}}`,
	"range pointers":      `{{range .Users}}{{if .}}{{.Name}} {{.Age}}{{else}}nil{{end}};{{end}}`,
	"range nested":        `{{range $i, $l := .Deep}}<ul>{{range $j, $r := $l}}<li>{{$i}}.{{$j}} {{.Name}} {{$.N}}</li>{{else}}empty{{end}}</ul>{{end}}`,
	"nested outer":        `{{range .Rows}}{{$r := .}}{{range $.Names}}{{.}}{{$r.ID}}{{end}}{{end}}`,
	"break":               `{{range .Rows}}{{.ID}}{{if .Done}}{{break}}{{end}}<i>{{.Name}}</i>{{end}}`,
	"continue":            `{{range .Rows}}{{if .Done}}skip{{continue}}{{end}}<i>{{.Name}}</i>{{end}}`,
	"continue deep":       `{{range .Rows}}{{with .Name}}{{if eq . "two"}}{{continue}}{{end}}{{.}}{{end}}<i>{{.ID}}</i>{{end}}`,
	"break in else":       `{{range .Rows}}{{range $.Users}}u{{else}}none{{break}}{{end}}{{.ID}}{{end}}`,
	"jumps in else":       `{{range .Keys}}{{.}}{{end}}{{range .Seq}}{{range $.Users}}u{{else}}none{{if .Done}}{{break}}{{end}}!{{end}}{{.ID}}{{end}}{{range .Rows}}{{range $.Names}}n{{else}}{{if .Done}}{{continue}}{{else}}{{break}}{{end}}!{{end}}{{.ID}}{{end}}{{range .Rows}}{{.ID}}{{range $.Names}}n{{else}}<b>{{.ID}}</b>{{break}}{{end}}{{end}}`,
	"templates":           `{{define "item"}}<li>{{.Name}}{{template "price" .Price}}</li>{{end}}{{define "price"}} <b>{{.}}</b>{{end}}<ul>{{range .Rows}}{{template "item" .}}{{end}}</ul>{{template "user" .User}}{{define "user"}}{{.Name}}{{$.Age}}{{end}}{{template "none"}}{{define "none"}}[{{.}}]{{end}}`,
	"template contexts":   `{{define "v"}}{{.}}{{end}}<a href="{{template "v" .Title}}" title="{{template "v" .Title}}">{{template "v" .Title}}</a><script>x = {{template "v" .Title}}</script>`,
	"recursive":           `{{define "u"}}<p>{{.Name}}{{if .Boss}}{{template "u" .Boss}}{{end}}</p>{{end}}{{template "u" .User}}{{template "u" .Ptr}}`,
	"recursive script":    `{{define "u"}}{{.Name}},{{with .Boss}}{{template "u" .}}{{end}}{{end}}<script>x = [{{template "u" .User}}]</script>`,
	"block":               `{{block "b" .User}}{{.Name}}{{end}}`,
	"chain":               `{{(.User).Name}} {{(index .Rows 0).Name}} {{(.User.Boss).Name}}`,
	"map fields":          `{{.Map.a}} {{.Map.zz}} {{.Any.K}} {{.UMap.x.Name}} {{.UMap.nobody.Name}}`,
	"embedded dot":        `{{with $u := .User}}{{$u.Name}}{{.Age}}{{end}}{{if $n := .N}}{{$n}}{{end}}`,
	"deep conditionals":   `{{if .B}}<p>{{if .N}}<i>{{with .User}}{{.Name}}{{end}}</i>{{end}}</p>{{end}}`,
	"failing":             `{{.N}}{{if .B}}{{.Title | fail}}{{end}}`,
	"nil pointer":         `{{.Ptr.Name}}`,
	"nil in if":           `{{if .Ptr.Name}}x{{end}}`,
	"failing func":        `{{.N}}{{range .NilFn}}x{{else}}no func{{end}}`,
	"failing by panic":    `{{if .B}}{{panic}}{{end}}`,
	"runtime index":       `{{index .Names 1}}`,
	"constants":           `{{1}} {{1.5}} {{"a<"}} {{true}} {{'a'}} {{0x10}} {{1e3}} {{print nil}}`,
	"array of any":        `{{range $i, $a := list 1 "b" .N}}{{$i}}{{$a}}{{end}}`,
	"attribute if":        `<div class="a {{if .B}}b{{else}}c{{end}}" {{with .Title}}title="{{.}}"{{end}}>{{.N}}</div>`,
	"safe":                `{{safe "<b>"}}{{.Title | safe}}`,
	"fields of any":       `{{range .Anys}}{{with .}}{{.}}{{end}}{{end}}`,
	"not a number":        `{{if .N}}{{if not .B}}x{{end}}{{end}}`,
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

func TestPages(t *testing.T) {
	for name, text := range pages {
		t.Run(name, func(t *testing.T) {
			tmpl := mustParse(t, text, &page{})
			var s session
			list := states()
			if _, err := reference("page", text, list[0]); (err != nil) != strings.Contains(name, "fail") {
				t.Errorf("html/template's error with the full state is %v", err)
			}
			for range 3 {
				for _, state := range list {
					s.show(t, tmpl, text, state)
				}
				list[0], list[2], list[4] = list[4], list[0], list[2]
			}
		})
	}
}

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

func TestFiles(t *testing.T) {
	fsys := fstest.MapFS{
		"v/page.html": {Data: []byte(`<main>{{template "part.html" .User}}</main>`)},
		"v/part.html": {Data: []byte(`<b>{{.Name}}</b>`)},
	}
	tmpl, err := engine.Parse(engine.Source{FS: fsys, Patterns: []string{"v/*.html"}, State: reflect.TypeFor[page]()})
	if err != nil {
		t.Fatal(err)
	}
	html, err := tmpl.HTML(nil, full(), nil)
	if err != nil || string(html) != `<main><b>Ann</b></main>` {
		t.Errorf("HTML = %s, %v", html, err)
	}
	fsys["v/part.html"].Data = []byte("<b>\n {{.Nam}}</b>")
	_, err = engine.Parse(engine.Source{FS: fsys, Patterns: []string{"v/*.html"}, State: reflect.TypeFor[page]()})
	if err == nil || !strings.Contains(err.Error(), "part.html:2:3") || !strings.Contains(err.Error(), "did you mean Name?") {
		t.Errorf("error = %v", err)
	}
}
