package liveview_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// hundred has 100 fields: of these rules and types each tenth.
type hundred struct {
	Parts [10]struct{} `form:"-"`
	A     ten          `form:"a"`
	B     ten          `form:"b"`
	C     ten          `form:"c"`
	D     ten          `form:"d"`
	E     ten          `form:"e"`
	F     ten          `form:"f"`
	G     ten          `form:"g"`
	H     ten          `form:"h"`
	I     ten          `form:"i"`
	J     ten          `form:"j"`
}

type ten struct {
	Name  string  `form:"name" binding:"required,max=400"`
	Email string  `form:"email" binding:"omitempty,email"`
	Price money   `form:"price" binding:"gte=0"`
	Count int     `form:"count" binding:"min=0,max=1000"`
	Ratio float64 `form:"ratio"`
	On    bool    `form:"on"`
	Note  string  `form:"note" binding:"max=4000"`
	City  string  `form:"city"`
	Code  string  `form:"code" binding:"omitempty,alphanum"`
	Kind  string  `form:"kind" binding:"omitempty,oneof=a b c"`
}

// twoThousand has 2,000 fields, of the same rules and types.
type twoThousand struct {
	A hundred `form:"a"`
	B hundred `form:"b"`
	C hundred `form:"c"`
	D hundred `form:"d"`
	E hundred `form:"e"`
	F hundred `form:"f"`
	G hundred `form:"g"`
	H hundred `form:"h"`
	I hundred `form:"i"`
	J hundred `form:"j"`
	K hundred `form:"k"`
	L hundred `form:"l"`
	M hundred `form:"m"`
	N hundred `form:"n"`
	O hundred `form:"o"`
	P hundred `form:"p"`
	Q hundred `form:"q"`
	R hundred `form:"r"`
	S hundred `form:"s"`
	T hundred `form:"t"`
}

// inRows has any number of fields, ten to a row.
type inRows struct {
	Rows []ten `form:"rows"`
}

// formPage is a page with a form of these fields.
func formPage(names []string) string {
	var b strings.Builder
	b.WriteString(`<form id="f" phx-change="change" phx-submit="save">`)
	for _, name := range names {
		fmt.Fprintf(&b, `{{with .Form.Field %q}}<label for="{{.ID}}">%s</label><input {{attrs .Attrs}}>{{if .Error}}<p id="{{.ErrorID}}">{{.Error}}</p>{{end}}{{end}}`, name, name)
	}
	b.WriteString(`</form>`)
	return b.String()
}

func fieldNames(t reflect.Type, of string) []string {
	var names []string
	for i := range t.NumField() {
		tag := t.Field(i).Tag.Get("form")
		switch {
		case tag == "-":
		case t.Field(i).Type.Kind() == reflect.Struct && t.Field(i).Type != reflect.TypeFor[money]():
			name := tag
			if of != "" {
				name = of + "[" + tag + "]"
			}
			names = append(names, fieldNames(t.Field(i).Type, name)...)
		default:
			names = append(names, of+"["+tag+"]")
		}
	}
	return names
}

// What a keystroke costs in forms of 100 and of 2,000 fields, half of which nobody has been
// to, beside a click on a counter: of 20 times the fields it costs 20 times as much.
func BenchmarkFormKeystroke(b *testing.B) {
	counter := &testView[tally]{template: tallyPage, onEvent: func(s *liveview.Socket[tally], _ liveview.Event) error {
		s.Assign(func(c *tally) { c.Count++ })
		return nil
	}}
	site := newSite(b, liveview.Config{EventRate: 1e9}, func(r *gin.Engine) {
		liveview.Handle(r, "/counter", counter)
		liveview.Handle(r, "/form", formView[hundred]())
		liveview.Handle(r, "/large", formView[twoThousand]())
	})
	click := `{"type":"click","event":"inc","value":{}}`
	small, large := fieldNames(reflect.TypeFor[hundred](), ""), fieldNames(reflect.TypeFor[twoThousand](), "")
	for _, c := range []struct {
		name, path string
		events     [2]string
	}{
		{"counter", "/counter", [2]string{click, click}},
		{"form", "/form", [2]string{keystroke(small, "Ad"), keystroke(small, "Ada")}},
		{"2,000 fields", "/large", [2]string{keystroke(large, "Ad"), keystroke(large, "Ada")}},
	} {
		b.Run(c.name, func(b *testing.B) {
			page := site.open(c.path)
			defer page.close()
			size := 0
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				page.write(fmt.Sprintf(`["1","%d","%s","event",%s]`, i+10, page.topic(), c.events[i%2]))
				size = len(page.next().raw)
			}
			b.ReportMetric(float64(size), "B/answer")
		})
	}
}

// formView is a page with a form of a T, which is called p.
func formView[T any]() *testView[struct{ Form liveview.Form[T] }] {
	type state = struct{ Form liveview.Form[T] }
	view := &testView[state]{template: liveview.MustParse[state](formPage(fieldNames(reflect.TypeFor[T](), "")))}
	view.onMount = func(_ *gin.Context, s *liveview.Socket[state]) error {
		s.Assign(func(st *state) { st.Form = liveview.FormOf(*new(T), liveview.As("p")) })
		return nil
	}
	view.onEvent = func(s *liveview.Socket[state], e liveview.Event) error {
		s.Assign(func(st *state) { st.Form = st.Form.Apply(e) })
		return nil
	}
	return view
}

// keystroke is the event by which the 21st of the fields with these names becomes text.
func keystroke(names []string, text string) string {
	var body strings.Builder
	target := ""
	for i, name := range names {
		name = "p[" + strings.Replace(name, "[", "][", 1)
		if i%2 == 1 {
			last := strings.LastIndexByte(name, '[') + 1
			fmt.Fprintf(&body, "&%s_unused_%s=", name[:last], name[last:])
		}
		value := "some text"
		if i == 20 {
			value, target = text, name
		}
		for suffix, v := range map[string]string{"email]": "a@b.ch", "price]": "12.50", "count]": "12", "ratio]": "1.5", "on]": "true", "code]": "A1", "kind]": "a"} {
			if strings.HasSuffix(name, suffix) {
				value = v
			}
		}
		fmt.Fprintf(&body, "&%s=%s", name, value)
	}
	return fmt.Sprintf(`{"type":"form","event":"change","value":%q,"meta":{"_target":%q}}`, escapedBody(body.String()[1:]), target)
}

// What it takes to apply an event of a form that differs in one field from the last, of
// 100 fields and of 2,000, in structs and in rows.
func BenchmarkFormApply(b *testing.B) {
	b.Run("100 fields", applyKeystrokes(liveview.FormOf(hundred{}), fieldNames(reflect.TypeFor[hundred](), "")))
	b.Run("2,000 fields", applyKeystrokes(liveview.FormOf(twoThousand{}), fieldNames(reflect.TypeFor[twoThousand](), "")))
	for _, n := range []int{10, 200} {
		var names []string
		for i := range n {
			names = append(names, fieldNames(reflect.TypeFor[ten](), fmt.Sprintf("rows[%d]", i))...)
		}
		b.Run(fmt.Sprintf("%d rows", n), applyKeystrokes(liveview.FormOf(inRows{make([]ten, n)}), names))
	}
}

func applyKeystrokes[T any](f liveview.Form[T], names []string) func(*testing.B) {
	return func(b *testing.B) {
		var events [2]liveview.Event
		for i, text := range []string{"Ad", "Ada"} {
			var body strings.Builder
			for j, name := range names {
				value := ""
				if j == 20 {
					value = text
				}
				fmt.Fprintf(&body, "&%s=%s", name, value)
			}
			events[i] = typed(b, names[20], body.String()[1:])
		}
		f := f.Apply(events[1])
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			f = f.Apply(events[i%2])
		}
	}
}
