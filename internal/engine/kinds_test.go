package engine_test

import (
	"fmt"
	"html/template"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/internal/engine"
)

// kinds is a state with a value of every kind: each as a field, by a method of
// the pointer and, given one, by a method of the value.
type kinds struct {
	Bool  bool
	Int   int
	I8    int8
	I16   int16
	I32   int32
	I64   int64
	Uint  uint
	U8    uint8
	U16   uint16
	U32   uint32
	U64   uint64
	Uptr  uintptr
	F32   float32
	F64   float64
	C64   complex64
	C128  complex128
	Str   string
	NBool yesno
	NI8   small
	NU16  octets
	NF32  ratio
	NStr  word
	Money money
	HTML  template.HTML
	Any   any
	Ptr   *small
	Bytes []byte

	Recs   []rec
	Ptrs   []*rec
	Smalls []small
	Floats []float32
	Words  []word
	Deep   [][]octets
	Arr    [3]int8
	Map    map[string]uint8
	First  *rec
	buffer *buffer
}

func (k *kinds) MBool() bool          { return k.Bool }
func (k *kinds) MInt() int            { return k.Int }
func (k *kinds) MI8() int8            { return k.I8 }
func (k *kinds) MI16() int16          { return k.I16 }
func (k *kinds) MI32() int32          { return k.I32 }
func (k *kinds) MI64() int64          { return k.I64 }
func (k *kinds) MUint() uint          { return k.Uint }
func (k *kinds) MU8() uint8           { return k.U8 }
func (k *kinds) MU16() uint16         { return k.U16 }
func (k *kinds) MU32() uint32         { return k.U32 }
func (k *kinds) MU64() uint64         { return k.U64 }
func (k *kinds) MUptr() uintptr       { return k.Uptr }
func (k *kinds) MF32() float32        { return k.F32 }
func (k *kinds) MF64() float64        { return k.F64 }
func (k *kinds) MC64() complex64      { return k.C64 }
func (k *kinds) MC128() complex128    { return k.C128 }
func (k *kinds) MStr() string         { return k.Str }
func (k *kinds) MNBool() yesno        { return k.NBool }
func (k *kinds) MNI8() small          { return k.NI8 }
func (k *kinds) MNU16() octets        { return k.NU16 }
func (k *kinds) MNF32() ratio         { return k.NF32 }
func (k *kinds) MNStr() word          { return k.NStr }
func (k *kinds) MMoney() money        { return k.Money }
func (k *kinds) MHTML() template.HTML { return k.HTML }
func (k *kinds) MAny() any            { return k.Any }
func (k *kinds) MPtr() *small         { return k.Ptr }
func (k *kinds) MBytes() []byte       { return k.Bytes }

func (k kinds) GBool(v bool) bool                   { return v }
func (k kinds) GInt(v int) int                      { return v }
func (k kinds) GI8(v int8) (int8, error)            { return v, nil }
func (k kinds) GI16(v int16) int16                  { return v }
func (k kinds) GI32(v ...int32) int32               { return v[0] }
func (k kinds) GI64(v int64) int64                  { return v }
func (k kinds) GUint(v uint) uint                   { return v }
func (k kinds) GU8(v uint8) uint8                   { return v }
func (k kinds) GU16(v uint16) (uint16, error)       { return v, nil }
func (k kinds) GU32(v uint32) uint32                { return v }
func (k kinds) GU64(v ...uint64) uint64             { return v[0] }
func (k kinds) GUptr(v uintptr) uintptr             { return v }
func (k kinds) GF32(v float32) float32              { return v }
func (k kinds) GF64(v float64) float64              { return v }
func (k kinds) GC64(v complex64) complex64          { return v }
func (k kinds) GC128(v complex128) complex128       { return v }
func (k kinds) GStr(v string) string                { return v }
func (k kinds) GNBool(v yesno) yesno                { return v }
func (k kinds) GNI8(v small) small                  { return v }
func (k kinds) GNU16(v octets) octets               { return v }
func (k kinds) GNF32(v ratio) ratio                 { return v }
func (k kinds) GNStr(v word) word                   { return v }
func (k kinds) GMoney(v money) money                { return v }
func (k kinds) GHTML(v template.HTML) template.HTML { return v }
func (k kinds) GAny(v any) any                      { return v }
func (k kinds) GPtr(v *small) *small                { return v }
func (k kinds) GBytes(v []byte) []byte              { return v }

// rec is an entry of lists, and of chains.
type rec struct {
	ID   int
	K    small
	F    float32
	U    octets
	S    word
	On   yesno
	Tags []small
	Two  [2]uint8
	Next *rec
}

func (r rec) Twice() octets  { return 2 * r.U }
func (r *rec) Half() float32 { return r.F / 2 }
func (r *rec) Key() small    { return r.K }
func (r rec) List() []small  { return append([]small(nil), r.Tags...) }

// buffer is memory that is filled anew by each call of Refill.
type buffer struct {
	recs [4]rec
	tags [4][4]small
}

// Refill returns n entries that begin with the number from, in the same memory
// as each other call.
func (k *kinds) Refill(from, n int) []rec {
	list := k.buffer.recs[:n]
	for i := range list {
		tags := k.buffer.tags[i][:k.NI8&3]
		for j := range tags {
			tags[j] = small(from*10 + j)
		}
		list[i] = rec{ID: from + i, K: small(from), F: float32(from) / 10, U: octets(i), S: k.NStr, Tags: tags, Two: [2]uint8{uint8(from), uint8(i)}}
	}
	return list
}

// Fresh returns the entries in memory of its own.
func (k *kinds) Fresh() []rec { return append([]rec(nil), k.Recs...) }

func same[T any](v T) T        { return v }
func last[T any](vs ...T) T    { return vs[len(vs)-1] }
func some[T any](v T) func() T { return func() T { return v } }

// kindFunctions are those that pages of kinds may call.
var kindFunctions = template.FuncMap{"less": func(n int) int { return n - 1 }}

// addKind adds the functions of one kind.
func addKind[T any](name string, v T) {
	kindFunctions["same"+name], kindFunctions["last"+name], kindFunctions["some"+name] = same[T], last[T], some(v)
}

// kindClasses has the names of the kinds, by what they can be compared with.
var kindClasses = map[string][]string{
	"bool":    {"Bool", "NBool"},
	"int":     {"Int", "I8", "I16", "I32", "I64", "NI8", "Money", "Uint", "U8", "U16", "U32", "U64", "Uptr", "NU16"},
	"float":   {"F32", "F64", "NF32"},
	"complex": {"C64", "C128"},
	"text":    {"Str", "NStr", "HTML"},
	"other":   {"Any", "Ptr", "Bytes"},
}

var classes = []string{"int", "float", "text", "bool", "complex", "other"}

func init() {
	addKind("Bool", true)
	addKind("Int", 3)
	addKind("I8", int8(-3))
	addKind("I16", int16(300))
	addKind("I32", int32(-70000))
	addKind("I64", int64(1)<<40)
	addKind("Uint", uint(4))
	addKind("U8", uint8(200))
	addKind("U16", uint16(60000))
	addKind("U32", uint32(1)<<31)
	addKind("U64", uint64(1)<<63)
	addKind("Uptr", uintptr(9))
	addKind("F32", float32(0.1))
	addKind("F64", 0.1)
	addKind("C64", complex64(1i))
	addKind("C128", 2+1i)
	addKind("Str", "<s>")
	addKind("NBool", yesno(true))
	addKind("NI8", small(2))
	addKind("NU16", octets(5))
	addKind("NF32", ratio(0.3))
	addKind("NStr", word("&"))
	addKind("Money", money(7))
	addKind("HTML", template.HTML("<i>x</i>"))
	addKind("Any", any(octets(3)))
	addKind("Ptr", new(small))
	addKind("Bytes", []byte("<b>"))
}

// typedGrammar writes templates for kinds in which every expression has a known
// kind, so that they only fail where html/template does.
type typedGrammar struct {
	*choices
	depth, size, vars int
	defs              strings.Builder
	// defined are the templates that can be called, with how many lie below each:
	// calls within calls within loops would take seconds to render.
	defined map[string]int
	below   int // of the template being defined; -1: none is
}

// within is where in a template something is written.
type within struct {
	dot, root string // kinds, "kinds" for the state, or "rec"
	loops     int    // around it
	inLoop    bool   // of the same template
	vars      []typedVar
}

type typedVar struct{ name, kind string } // "mixed": of any kind at any time

func (g *typedGrammar) kind() string {
	c := kindClasses[classes[g.n(len(classes))]]
	return c[g.n(len(c))]
}

// recKinds are what an entry has of a kind.
var recKinds = map[string][]string{
	"Int": {"ID"}, "NI8": {"K", "Key"}, "F32": {"F", "Half"}, "NU16": {"U", "Twice"}, "NStr": {"S"}, "NBool": {"On"},
}

var literals = map[string][]string{
	"Bool": {"true", "false"}, "Int": {"0", "7", "'a'", "0x10"}, "F64": {"1.5", "1e3"}, "Str": {"`<q>`", `"x"`}, "C128": {"1i"},
}

// expr writes an expression of a kind.
func (g *typedGrammar) expr(w within, kind string) string {
	g.depth++
	defer func() { g.depth-- }()
	if kind == "mixed" {
		for _, v := range w.vars {
			if v.kind == kind {
				return v.name
			}
		}
		kind = g.kind()
	}
	state := ""
	switch {
	case w.dot == "kinds":
		state = "."
	case w.root == "kinds":
		state = "$."
	}
	if g.depth > 5 {
		if state != "" {
			return state + kind
		}
		return "some" + kind
	}
	switch g.n(12) {
	case 0, 1:
		for i := len(w.vars) - 1; i >= 0; i-- {
			if w.vars[i].kind == kind && g.n(2) == 0 {
				return w.vars[i].name
			}
		}
	case 2:
		if w.dot == kind {
			return "."
		}
	case 3:
		if names := recKinds[kind]; names != nil && (w.dot == "rec" || w.root == "rec") {
			name := names[g.n(len(names))]
			if w.dot == "rec" {
				return "." + name
			}
			return "$." + name
		}
	case 4:
		if l := literals[kind]; l != nil {
			return l[g.n(len(l))]
		}
	case 5:
		return "(same" + kind + " " + g.expr(w, kind) + ")"
	case 6:
		return "(" + g.expr(w, kind) + " | last" + kind + " " + g.expr(w, kind) + ")"
	case 7:
		return "(" + g.pick("or", "and") + " " + g.expr(w, kind) + " " + g.expr(w, kind) + ")"
	case 8:
		if kind == "Bool" {
			return "(" + g.pick("not "+g.expr(w, g.kind()), g.compared(w)) + ")"
		}
		if kind == "Int" && state != "" {
			return "(len " + state + g.pick("Recs", "Str", "Map", "Arr", "Fresh", "MStr", "Smalls") + ")"
		}
	case 9:
		if state != "" {
			return "(" + state + "G" + kind + " " + g.expr(w, kind) + ")"
		}
	case 10:
		if state != "" {
			return state + "M" + kind
		}
	}
	if w.dot == kind {
		return "."
	}
	if state == "" {
		return "some" + kind
	}
	return state + kind
}

// compared writes a comparison that text/template allows.
func (g *typedGrammar) compared(w within) string {
	class := classes[g.n(len(classes)-1)]
	one := func() string { return g.expr(w, kindClasses[class][g.n(len(kindClasses[class]))]) }
	if class == "bool" || class == "complex" {
		return g.pick("eq", "ne") + " " + one() + " " + one()
	}
	if g.n(4) == 0 {
		return "eq " + one() + " " + one() + " " + one()
	}
	return g.pick("eq", "ne", "lt", "le", "gt", "ge") + " " + one() + " " + one()
}

func (g *typedGrammar) body(w within) string {
	g.depth++
	defer func() { g.depth-- }()
	var b strings.Builder
	for range 1 + g.n(3) {
		g.size++
		b.WriteString(g.part(&w))
	}
	return b.String()
}

// printed writes an action that shows a value.
func (g *typedGrammar) printed(w within) string {
	kind := g.kind()
	if g.n(4) == 0 {
		kind = "mixed"
	}
	e := g.expr(w, kind)
	switch g.n(8) {
	case 0:
		return "{{printf `%v %T` " + e + " " + e + "}}"
	case 1:
		return "{{" + e + " | printf `%v|%d|%x` 1 " + g.expr(w, g.kind()) + "}}"
	case 2:
		return "{{print " + e + " " + g.expr(w, g.kind()) + "}}"
	case 3:
		return `<b title="{{` + e + `}}">{{printf "%v" ` + e + `}}</b>`
	case 4:
		return `<a href="/?q={{` + e + `}}">{{` + g.compared(w) + `}}</a>`
	case 5:
		return `<script type="application/json">x = {{` + e + "}}</script>"
	}
	return "{{" + e + "}}"
}

func (g *typedGrammar) variable() string {
	g.vars++
	return fmt.Sprintf("$v%d", g.vars)
}

func (g *typedGrammar) part(w *within) string {
	if g.depth > 5 || g.size > 40 {
		return g.printed(*w)
	}
	in := *w
	in.vars = in.vars[:len(in.vars):len(in.vars)]
	switch g.n(16) {
	case 0:
		v, kind := g.variable(), g.pick("mixed", g.kind())
		value := g.expr(*w, kind)
		w.vars = append(w.vars, typedVar{v, kind})
		return "{{" + v + " := " + value + "}}"
	case 1, 2:
		if len(w.vars) == 0 {
			return g.printed(*w)
		}
		v := w.vars[g.n(len(w.vars))]
		kind := v.kind
		if kind == "mixed" {
			kind = g.kind()
			if g.n(3) == 0 {
				kind = "Int" // an index, if there is one
			}
		}
		return "{{" + v.name + " = " + g.expr(*w, kind) + "}}"
	case 3:
		return "<div>" + g.body(in) + "</div>"
	case 4, 5:
		cond := g.pick(g.expr(*w, g.kind()), g.compared(*w))
		s := "{{if " + cond + "}}" + g.body(in)
		if w.inLoop && g.n(4) == 0 {
			s += g.pick("{{break}}", "{{continue}}")
		}
		if g.n(2) == 0 {
			s += "{{else}}" + g.body(in)
		}
		return s + "{{end}}"
	case 6, 7:
		kind := g.kind()
		e := g.expr(*w, kind)
		if g.n(3) == 0 {
			v := g.variable()
			e = v + " := " + e
			in.vars = append(in.vars, typedVar{v, kind})
		}
		in.dot = kind
		return "{{with " + e + "}}" + g.body(in) + "{{end}}"
	case 8, 9, 10, 11:
		return g.ranged(*w, in)
	case 12, 13:
		kind := g.kind()
		if name, ok := g.define(kind, g.n(2) == 0); ok {
			return fmt.Sprintf("{{template %q %s}}", name, g.expr(*w, kind))
		}
	case 14:
		if name, ok := g.define("rec", g.n(3) > 0); ok {
			switch {
			case w.dot == "rec":
				return fmt.Sprintf("{{template %q .}}", name)
			case w.root == "kinds":
				return fmt.Sprintf("{{with $.First}}{{template %q .}}{{end}}", name)
			}
		}
	}
	return g.printed(*w)
}

// ranged writes a loop.
func (g *typedGrammar) ranged(w, in within) string {
	if w.loops == 3 {
		return g.printed(w)
	}
	lists := []struct{ expr, elem, index string }{{"(slice `abc` 1 | len)", "Int", ""}}
	add := func(expr, elem, index string) {
		lists = append(lists, struct{ expr, elem, index string }{expr, elem, index})
	}
	if w.dot == "rec" {
		add(".Tags", "NI8", "Int")
		add(".List", "NI8", "Int")
		add(".Two", "U8", "Int")
		add(".Tags | keyed `.`", "NI8", "Int")
		add(".List | keyed `.`", "NI8", "Int")
	}
	if w.root == "kinds" {
		add("$.Recs", "rec", "Int")
		add("$.Recs | keyed `"+g.pick("ID", "Key", "S", "K")+"`", "rec", "Int")
		add("$.Ptrs", "rec", "Int")
		add("$.Ptrs | keyed `Key`", "rec", "Int")
		add("$.Fresh", "rec", "Int")
		from := g.pick("1", "2", g.indexOr(w, "3"))
		add("$.Refill "+from+" "+g.pick("2", "1", "4"), "rec", "Int")
		add("$.Refill "+from+" 3 | keyed `"+g.pick("ID", "K", "U")+"`", "rec", "Int")
		add("$.Smalls", "NI8", "Int")
		add("$.Smalls | keyed `.`", "NI8", "Int")
		add("$.Floats", "F32", "Int")
		add("$.Words", "NStr", "Int")
		add("$.Arr", "I8", "Int")
		add("$.Map", "U8", "Str")
		add("$.I8", "I8", "")
		add("$.MU8", "U8", "")
	}
	l := lists[g.n(len(lists))]
	in.dot = l.elem
	in.loops++
	in.inLoop = true
	head := "{{range " + l.expr + "}}"
	switch n := g.n(4); {
	case n < 2 && l.index != "":
		i, e := g.variable(), g.variable()
		head = "{{range " + i + ", " + e + " := " + l.expr + "}}"
		in.vars = append(in.vars, typedVar{i, l.index})
		if l.elem != "rec" {
			in.vars = append(in.vars, typedVar{e, l.elem})
		}
	case n == 2:
		e := g.variable()
		head = "{{range " + e + " := " + l.expr + "}}"
		if l.elem != "rec" {
			in.vars = append(in.vars, typedVar{e, l.elem})
		}
	}
	s := head + g.body(in)
	if g.n(4) == 0 {
		w.vars = w.vars[:len(w.vars):len(w.vars)]
		s += "{{else}}" + g.body(w)
	}
	return s + "{{end}}"
}

// indexOr is a variable that is an int, if there is one.
func (g *typedGrammar) indexOr(w within, other string) string {
	for i := len(w.vars) - 1; i >= 0; i-- {
		if w.vars[i].kind == "Int" {
			return w.vars[i].name
		}
	}
	return other
}

// define defines a template for a kind, unless it is, and returns its name. It
// isn't ok where it can't be called.
func (g *typedGrammar) define(kind string, recursive bool) (name string, ok bool) {
	name = kind
	if recursive {
		name = "again " + kind
	}
	if below, done := g.defined[name]; done {
		if g.below >= 0 {
			if below > 0 {
				return "", false
			}
			g.below = 1
		}
		return name, true
	}
	if g.below >= 0 {
		return "", false // it may be the one that is being defined
	}
	depth := g.depth
	g.depth, g.below = 2, 0
	body := g.body(within{dot: kind, root: kind, loops: 2})
	if recursive {
		switch kind {
		case "rec":
			body += fmt.Sprintf("{{with .Next}}{{template %q .}}{{end}}", name)
		case "Int":
			body += fmt.Sprintf("{{if and (gt . 0) (lt . 4)}}{{template %q (less .)}}{{end}}", name)
		default:
			body += fmt.Sprintf("{{if eq (printf `%%v` .) `never`}}{{template %q .}}{{end}}", name)
		}
	}
	fmt.Fprintf(&g.defs, "{{define %q}}%s{{end}}", name, body)
	g.defined[name] = g.below
	g.depth, g.below = depth, -1
	return name, true
}

func typedTemplate(data []byte) string {
	g := &typedGrammar{choices: &choices{data}, defined: map[string]int{}, below: -1}
	body := g.body(within{dot: "kinds", root: "kinds"})
	return g.defs.String() + body
}

// randomValue sets v, of any kind, to something.
func randomValue(c *choices, v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(c.n(2) == 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(c.n(6)) - 1)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		v.SetUint(uint64(c.n(5)))
	case reflect.Float32, reflect.Float64:
		v.SetFloat([]float64{0, 0.1, 1e21, -2.5, 1e-7, 3}[c.n(6)])
	case reflect.Complex64, reflect.Complex128:
		v.SetComplex([]complex128{0, 0.1i, 2 - 1i}[c.n(3)])
	case reflect.String:
		v.SetString(hostile[c.n(len(hostile))])
	case reflect.Interface:
		v.Set(reflect.ValueOf([]any{1, "<a>", 0.5, octets(2), small(-1), yesno(true), money(4), template.HTML("<u>"), float32(0.1)}[c.n(9)]))
	case reflect.Pointer:
		if v.SetZero(); depth < 4 && c.n(4) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			randomValue(c, v.Elem(), depth+1)
		}
	case reflect.Slice:
		n := c.n(4)
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			randomValue(c, v.Index(i), depth+1)
			for p := v.Index(i); p.Kind() == reflect.Pointer && p.IsNil(); {
				p.Set(reflect.New(p.Type().Elem()))
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			randomValue(c, v.Index(i), depth+1)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range c.n(4) {
			key, elem := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			randomValue(c, key, depth)
			randomValue(c, elem, depth)
			v.SetMapIndex(key, elem)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				randomValue(c, v.Field(i), depth+1)
			}
		}
	}
}

// compareKinds shows a random page of kinds with random states.
func compareKinds(t *testing.T, templateBytes, stateBytes []byte) {
	text := typedTemplate(templateBytes)
	theirs, err := template.New("page").Funcs(template.FuncMap{"keyed": keyedByNothing}).Funcs(kindFunctions).Parse(text)
	if err != nil {
		t.Fatalf("html/template's Parse(%s) = %v", text, err)
	}
	c := &choices{stateBytes}
	state := &kinds{buffer: &buffer{}}
	ours, err := engine.Parse(engine.Source{Name: "page", Text: text, Funcs: kindFunctions, State: reflect.TypeFor[kinds]()})
	if err != nil {
		if _, theirErr := renderTheirs(theirs, state); theirErr == nil {
			t.Fatalf("Parse(%s) = %v, but html/template renders it", text, err)
		}
		return
	}
	s := twin{text, ours, theirs}.session()
	s.show(t, state)
	for range 8 {
		next := *state
		v := reflect.ValueOf(&next).Elem()
		for range 1 + c.n(4) {
			randomValue(c, v.Field(c.n(v.NumField()-1)), 0)
		}
		if c.n(5) == 0 {
			randomValue(c, v, 0)
		}
		state = &next
		s.show(t, state)
		if len(c.data) == 0 {
			break
		}
	}
}

// FuzzKinds has values of every kind, from fields, methods, functions, variables,
// lists and templates, printed, compared, assigned and passed on.
func FuzzKinds(f *testing.F) {
	r := rand.New(rand.NewPCG(7, 8))
	for range count(10, 50) {
		f.Add(randomBytes(r, 200), randomBytes(r, 120))
	}
	f.Fuzz(compareKinds)
}

// TestRandomKinds is the fuzzing of kinds that every test run does.
func TestRandomKinds(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range count(150, 5000) {
		a, b := randomBytes(r, 250), randomBytes(r, 150)
		t.Run("", func(t *testing.T) { compareKinds(t, a, b) })
	}
}
