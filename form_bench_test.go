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

// benchForm is a page with a form of n fields, as a body and a template.
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
		case of == "" && t.Field(i).Type.Kind() == reflect.Struct:
			names = append(names, fieldNames(t.Field(i).Type, tag)...)
		default:
			names = append(names, of+"["+tag+"]")
		}
	}
	return names
}

// What a keystroke costs in a form of 100 fields, half of which nobody has been to, beside
// a click on a counter.
func BenchmarkFormKeystroke(b *testing.B) {
	type state struct{ Form liveview.Form[hundred] }
	names := fieldNames(reflect.TypeFor[hundred](), "")
	view := &testView[state]{template: liveview.MustParse[state](formPage(names))}
	view.onMount = func(_ *gin.Context, s *liveview.Socket[state]) error {
		s.Assign(func(st *state) { st.Form = liveview.FormOf(hundred{}, liveview.As("p")) })
		return nil
	}
	view.onEvent = func(s *liveview.Socket[state], e liveview.Event) error {
		s.Assign(func(st *state) { st.Form = st.Form.Apply(e) })
		return nil
	}
	counter := &testView[tally]{template: tallyPage, onEvent: func(s *liveview.Socket[tally], _ liveview.Event) error {
		s.Assign(func(c *tally) { c.Count++ })
		return nil
	}}
	site := newSite(b, liveview.Config{EventRate: 1e9}, func(r *gin.Engine) {
		liveview.Handle(r, "/counter", counter)
		liveview.Handle(r, "/form", view)
	})
	keystroke := func(text string) string {
		var body strings.Builder
		for i, name := range names {
			name = "p[" + strings.Replace(name, "[", "][", 1)
			if i%2 == 1 {
				fmt.Fprintf(&body, "&%s=", strings.Replace(name, "][", "][_unused_", 1))
			}
			value := "some text"
			if i == 20 {
				value = text
			}
			for suffix, v := range map[string]string{"email]": "a@b.ch", "price]": "12.50", "count]": "12", "ratio]": "1.5", "on]": "true", "code]": "A1", "kind]": "a"} {
				if strings.HasSuffix(name, suffix) {
					value = v
				}
			}
			fmt.Fprintf(&body, "&%s=%s", name, value)
		}
		return fmt.Sprintf(`{"type":"form","event":"change","value":%q,"meta":{"_target":"p[c][name]"}}`, escapedBody(body.String()[1:]))
	}
	for _, c := range []struct {
		name, path string
		events     [2]string
	}{
		{"counter", "/counter", [2]string{`{"type":"click","event":"inc","value":{}}`, `{"type":"click","event":"inc","value":{}}`}},
		{"form", "/form", [2]string{keystroke("Ad"), keystroke("Ada")}},
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

// What it takes to apply an event of a form of 100 fields that differs in one of them
// from the last.
func BenchmarkFormApply(b *testing.B) {
	var events [2]liveview.Event
	names := fieldNames(reflect.TypeFor[hundred](), "")
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
	f := liveview.FormOf(hundred{}).Apply(events[1])
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		f = f.Apply(events[i%2])
	}
}
