package engine_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// contexts are all places of a page that html/template escapes for in a way of
// their own; @ is the action.
var contexts = map[string]string{
	"text":                   `<p>@ and @</p>`,
	"rcdata title":           `<title>@</title>`,
	"rcdata textarea":        `<textarea>@</textarea>`,
	"comment":                `a<!-- @ -->b`,
	"conditional comment":    `<!--[if IE]>@<![endif]-->x`,
	"attribute":              `<p title="@" lang='x @'></p>`,
	"unquoted attribute":     `<p title=@ lang=x-@></p>`,
	"attribute name":         `<p data-@="x" title></p>`,
	"tag content":            `<input @>`,
	"data attribute":         `<p data-x="@" data-href="@" data-onx="@"></p>`,
	"url":                    `<a href="@">x</a><form action='@'></form>`,
	"url path":               `<a href="/a/@/b">x</a>`,
	"url query":              `<a href="/a?q=@&amp;r=@">x</a>`,
	"url fragment":           `<a href="#@">x</a>`,
	"unquoted url":           `<a href=@>x</a><a href=/x/@>x</a>`,
	"srcset":                 `<img srcset="@"><img srcset="@ 2x, /b.png 1x">`,
	"style attribute":        `<p style="color: @; width: @px"></p>`,
	"unquoted style":         `<p style=color:@></p>`,
	"style attribute url":    `<p style="background: url('@')"></p>`,
	"style attribute string": `<p style='font-family: "@"'></p>`,
	"style element":          `<style>p { color: @ } /* @ */</style>`,
	"style element url":      `<style>p { background: url(@) } q { background: url("/x?@") }</style>`,
	"style element string":   `<style>p { content: "@" }</style>`,
	"script":                 `<script>var x = @, y = [@];</script>`,
	"script string":          `<script>var x = "@", y = '@';</script>`,
	"script regexp":          `<script>var x = /@/g;</script>`,
	"script comment":         "<script>/* @ */ 1; // @\n2</script>",
	"script template":        "<script>var x = `@`;</script>",
	"script in template":     "<script>var x = `a${ @ }b`;</script>",
	"script after division":  `<script>var x = 4 / @;</script>`,
	"module":                 `<script type="module">let x = @</script>`,
	"json":                   `<script type="application/json">{"x": @, "y": "@"}</script>`,
	"linked data":            `<script type="application/ld+json">[@]</script>`,
	"other script":           `<script type="text/template"><p>@</p></script>`,
	"handler":                `<p onclick="f(@)" onfocus='g("@")'></p>`,
	"unquoted handler":       `<p onclick=f(@)></p>`,
	"handler string":         `<p onclick="f('@')"></p>`,
	"javascript url":         `<a href="javascript:f(@)">x</a>`,
	"refresh":                `<meta http-equiv="refresh" content="0;url=@">`,
	"phx attribute":          `<p phx-click="@" phx-value-x="@"></p>`,
}

type (
	myString  string
	myInt     int
	myBool    bool
	myFloat   float64
	stringish string
	intish    int8
	spoken    struct{ Name string }
	byPointer struct{ Name string }
	failing   struct{ Text string }
	formatted int
	marshaled struct{ X string }
	texted    struct{ X string }
	plainData struct {
		A int `json:"a"`
		B string
		c bool
	}
)

func (s stringish) String() string { return "<" + string(s) + "'>" }
func (i intish) String() string    { return fmt.Sprintf("%d&", int8(i)) }
func (s spoken) String() string    { return `"` + s.Name + "</script>" }

func (s *byPointer) String() string { return "*" + s.Name + "&" }
func (f failing) Error() string     { return "failed: " + f.Text }

func (f formatted) Format(s fmt.State, verb rune) { _, _ = fmt.Fprintf(s, "<%c%d>", verb, int(f)) }

func (m marshaled) MarshalJSON() ([]byte, error) { return json.Marshal(map[string]string{m.X: "<>"}) }
func (m texted) MarshalText() ([]byte, error)    { return []byte("text " + m.X), nil }

// flatKinds are the kinds whose memory is compared.
type flatKinds struct {
	Bool       bool
	Int        int
	Int8       int8
	Int16      int16
	Int32      int32
	Int64      int64
	Uint       uint
	Uint8      uint8
	Uint16     uint16
	Uint32     uint32
	Uint64     uint64
	Uintptr    uintptr
	Float32    float32
	Float64    float64
	Complex64  complex64
	Complex128 complex128
	String     string
	MyString   myString
	MyInt      myInt
	MyBool     myBool
	MyFloat    myFloat
	Stringish  stringish
	Intish     intish
	Formatted  formatted
	Duration   time.Duration
	Month      time.Month
	Rune       rune
	Array      [2]string
	Numbers    [3]uint8
	Struct     plainData
	Spoken     spoken
	ByPointer  byPointer
	Failing    failing
	Marshaled  marshaled
	Texted     texted
	HTML       template.HTML
	HTMLAttr   template.HTMLAttr
	CSS        template.CSS
	JS         template.JS
	JSStr      template.JSStr
	URL        template.URL
	Srcset     template.Srcset
	Number     json.Number
}

// moreKinds are those that are not flat.
type moreKinds struct {
	Bytes      []byte
	Strings    []string
	Structs    []plainData
	HTMLs      []template.HTML
	Map        map[string]any
	IntMap     map[int]bool
	StringPtr  *string
	IntPtr     *int
	PtrPtr     **string
	StructPtr  *plainData
	HTMLPtr    *template.HTML
	SpokenPtr  *spoken
	PointerPtr *byPointer
	FailingPtr *failing
	Nil        any
	NilPtr     *int
	NilSlice   []int
	NilMap     map[string]int
	NilError   error
	Any        any
	AnyInt     any
	AnyHTML    any
	AnyJS      any
	AnyURL     any
	AnyPtr     any
	AnySpoken  any
	Nested     []any
	Stringer   fmt.Stringer
	Error      error
	Wrapped    error
	Time       time.Time
	Raw        json.RawMessage
	Marshaler  json.Marshaler
}

func flatKindsOf(s string, n int) flatKinds {
	return flatKinds{
		Bool: n > 0, Int: n, Int8: int8(n), Int16: int16(-n), Int32: int32(n), Int64: math.MinInt64 + int64(n), Uint: uint(n), Uint8: uint8(n),
		Uint16: uint16(n), Uint32: uint32(n), Uint64: math.MaxUint64 - uint64(n), Uintptr: uintptr(n), Float32: float32(n) * 1e30, Float64: float64(n) / 3,
		Complex64: complex(float32(n), 1), Complex128: complex(1e21, float64(n)), String: s, MyString: myString(s), MyInt: myInt(n), MyBool: n > 0,
		MyFloat: myFloat(n) * 1e20, Stringish: stringish(s), Intish: intish(n), Formatted: formatted(n), Duration: time.Duration(n), Month: time.Month(n),
		Rune: rune(n), Array: [2]string{s, "x"}, Numbers: [3]uint8{1, 2, uint8(n)}, Struct: plainData{A: n, B: s}, Spoken: spoken{s}, ByPointer: byPointer{s},
		Failing: failing{s}, Marshaled: marshaled{s}, Texted: texted{s}, HTML: template.HTML("<b>" + s + "</b>"), HTMLAttr: template.HTMLAttr(`dir="` + s + `"`),
		CSS: template.CSS("red" + s), JS: template.JS("f(1)" + s), JSStr: template.JSStr(`\x27` + s), URL: template.URL("javascript:" + s), Srcset: template.Srcset(s + " 2x"),
		Number: "12e3",
	}
}

func moreKindsOf(s string, n int) moreKinds {
	html, ptr := template.HTML("<i>"+s), &s
	return moreKinds{
		Bytes: []byte(s), Strings: []string{s, "<", "'"}, Structs: []plainData{{A: n}}, HTMLs: []template.HTML{html}, Map: map[string]any{s: n, "k": []any{nil, s}},
		IntMap: map[int]bool{n: true, -1: false}, StringPtr: &s, IntPtr: &n, PtrPtr: &ptr, StructPtr: &plainData{A: n, B: s, c: true}, HTMLPtr: &html,
		SpokenPtr: &spoken{s}, PointerPtr: &byPointer{s}, FailingPtr: &failing{s}, Any: s, AnyInt: n, AnyHTML: html, AnyJS: template.JS("g()"),
		AnyURL: template.URL("data:" + s), AnyPtr: &s, AnySpoken: &spoken{s}, Nested: []any{s, n, nil, html, map[string]any{"x": s}}, Stringer: spoken{s},
		Error: errors.New(s), Wrapped: fmt.Errorf("<%w>", failing{s}), Time: time.Unix(int64(n), 0).UTC(), Raw: json.RawMessage(`{"raw":"<"}`), Marshaler: marshaled{s},
	}
}

// everything is shown by a program that compares hashes, alone is a pure one.
type everything struct {
	flatKinds
	moreKinds
	Rows []flatKinds
	More []moreKinds
}

// TestContexts shows a value of each kind in each context, as a field, as dot,
// by a variable, in rows that are compared as memory and in rows that aren't.
func TestContexts(t *testing.T) {
	names := func(t reflect.Type) (list []string) {
		for _, f := range reflect.VisibleFields(t) {
			list = append(list, f.Name)
		}
		return list
	}
	flat, more := names(reflect.TypeFor[flatKinds]()), names(reflect.TypeFor[moreKinds]())
	texts := []string{`<b a="1">&amp;'` + "`${x}`\x00\xff\u2028" + `</script></style><!-- -->`, `javascript:alert(1)//\`}
	if *slow {
		texts = append(texts, `a`, "", `/x y?z=é&w="1"`)
	}
	var wholes, alones []any
	for i, s := range texts {
		f, m := flatKindsOf(s, i-1), moreKindsOf(s, i-1)
		rows := []flatKinds{f, flatKindsOf("<", 7)}
		alones = append(alones, &f)
		wholes = append(wholes, &everything{f, m, rows[:(i+1)%3], []moreKinds{m}})
	}
	alones, wholes = append(alones, &flatKinds{}), append(wholes, &everything{})
	// In each form, # before an action stands for the context around it.
	const alone = `#{{.NAME}}` // of the state that is flat as a whole
	flatForms := []string{alone, `{{range .Rows}}#{{.NAME}}{{end}}`}
	moreForms := []string{`{{range $i, $e := .More}}#{{$e.NAME}}{{end}}`}
	for _, form := range []string{`#{{.NAME}} `, `{{with .NAME}}#{{.}}{{else}}#{{.NAME}}{{end}}`, `{{$v := .NAME}}#{{$v}}`} {
		flatForms, moreForms = append(flatForms, form), append(moreForms, form)
	}
	mark := regexp.MustCompile(`#({{[^}]*}})`)
	for c, context := range slices.Sorted(maps.Keys(contexts)) {
		t.Run(context, func(t *testing.T) {
			t.Parallel()
			var ofAlone, ofWhole, ofNil []string
			add := func(name, form string) {
				page := mark.ReplaceAllStringFunc(form, func(action string) string {
					return strings.ReplaceAll(contexts[context], "@", action[1:])
				})
				page = strings.ReplaceAll(page, "NAME", name)
				switch {
				case form == alone:
					ofAlone = append(ofAlone, page)
				case name == "SpokenPtr", name == "PointerPtr":
					ofNil = append(ofNil, page) // scripts fail on a nil
				default:
					ofWhole = append(ofWhole, page)
				}
			}
			// Each kind is shown in each context and, over all contexts, in each
			// form; with -slow in each form in each context.
			each := func(names, forms []string) {
				for i, name := range names {
					if *slow {
						for _, form := range forms {
							add(name, form)
						}
						continue
					}
					add(name, forms[(i+c)%len(forms)])
				}
			}
			each(flat, flatForms)
			each(more, moreForms)
			showTogether(t, ofAlone, alones)
			showTogether(t, ofWhole, wholes)
			showTogether(t, ofNil, wholes)
		})
	}
}

// showTogether shows pages one after the other in one, which proves the same
// and is faster. Pages of which one can't be rendered are taken apart. What the
// engine can't parse, html/template can't render.
func showTogether(t *testing.T, pages []string, states []any) {
	t.Helper()
	text := strings.Join(pages, "\n")
	theirs, err := parseTheirs(text)
	for i := 0; i < len(states) && err == nil; i++ {
		_, err = renderTheirs(theirs, states[i])
	}
	ours, parseErr := parseOurs(text, states[0])
	if half := len(pages) / 2; half > 0 && (err != nil || parseErr != nil) {
		showTogether(t, pages[:half], states)
		showTogether(t, pages[half:], states)
		return
	}
	if parseErr != nil {
		if err == nil {
			t.Fatalf("Parse(%s) = %v, but html/template renders it", text, parseErr)
		}
		return
	}
	s := twin{text, ours, theirs}.session()
	for _, state := range states[:len(states)-1] {
		s.render(t, state)
	}
	s.show(t, states[len(states)-1])
}

// The language's own functions keep their escaping in every context, too.
func TestPipelinesInContexts(t *testing.T) {
	state := &everything{flatKinds: flatKindsOf(`<a href='x'>&"`, 3), moreKinds: moreKindsOf(`</p> "'`, 3)}
	other := &everything{flatKinds: flatKindsOf(`b c`, 0)}
	pipes := []string{
		`.String | urlquery`, `.String | js`, `print .String .Int`, `println .Int`, `printf "%q" .String`,
		`printf "%d" .Int`, `.String | printf "%s-%v" .Int`, `len .String`, `slice .String 0 1`, `eq .Int 3`, `and .Bool .String`,
		`or .NilPtr .Int`, `not .Bool`, `upper .String`, `safe .String`, `add .Int 1`, `"<constant'>"`, `3`, `1.5`, `true`, `'x'`, `1i`,
		`.Time.Year`, `list .String .Int`, `.HTML | print`,
	}
	// These can't be parsed in some contexts, or not be rendered with each state.
	failing := []string{
		`.String | html`, `html .String .Int`, `fail .String`, `index .Strings 0`, `(index .Strings 1) | upper`,
		`.Stringer.String`, `.Error.Error`, `.SpokenPtr.Name`,
	}
	for c, context := range slices.Sorted(maps.Keys(contexts)) {
		t.Run(context, func(t *testing.T) {
			t.Parallel()
			in := func(pipe string) string { return strings.ReplaceAll(contexts[context], "@", "{{"+pipe+"}}") }
			var together []string
			for _, pipe := range pipes {
				together = append(together, in(pipe))
			}
			showTogether(t, together, []any{state, other, state})
			for i, pipe := range failing {
				if (i+c)%2 == 0 || *slow {
					showTogether(t, []string{in(pipe)}, []any{state, other, state})
				}
			}
		})
	}
}
