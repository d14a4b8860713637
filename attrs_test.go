package liveview_test

import (
	"html/template"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

func TestAttrs(t *testing.T) {
	for want, attrs := range map[string]liveview.Attrs{
		``:                                     nil,
		`class="a &amp; &#34;b&#34;" id="x"`:   {"id": "x", "class": `a & "b"`},
		`disabled`:                             {"disabled": true, "hidden": false, "title": nil},
		`data-n="7" phx-click="save"`:          {"data-n": 7, "phx-click": "save"},
		`href="/a?b=1&amp;c"`:                  {"href": "/a?b=1&c"},
		`HREF="#ZgotmplZ" src="#ZgotmplZ"`:     {"HREF": "javascript:alert(1)", "src": " data:text/html,x"},
		`phx-value-title="[draft] a"`:          {"phx-value-title": "[draft] a"},
		`href="sms:1"`:                         {"href": template.URL("sms:1")},
		`formaction="#ZgotmplZ" xlink:href=""`: {"formaction": "java\tscript:alert(1)", "xlink:href": ""},
	} {
		if got, err := attrs.HTML(); err != nil || string(got) != want {
			t.Errorf("%v is %s, %v; want %s", attrs, got, err, want)
		}
	}
	for _, attrs := range []liveview.Attrs{
		{"onclick": "x"},
		{"ONLOAD": "x"},
		{"style": "x"},
		{"srcdoc": "x"},
		{"": "x"},
		{"a b": "x"},
		{"a>": 1},
		{"a=b": 1},
		{"1": 1},
		{"ä": 1},
		{"phx-click": ` [["exec",{}]]`},
	} {
		if got, err := attrs.HTML(); err == nil {
			t.Errorf("%v is %s", attrs, got)
		}
	}
}

// The function attrs takes names and values as well, and what it has made itself.
func TestAttrsOfNamesAndValues(t *testing.T) {
	type state struct {
		Off bool
		All liveview.Attrs
		Any any
	}
	for text, want := range map[string]string{
		`<b {{attrs "title" "a<" "hidden" .Off "disabled" true}}></b>`:                                     `<b disabled title="a&lt;"></b>`,
		`<b {{attrs .All "id" "y"}}></b>`:                                                                  `<b class="c" id="y"></b>`,
		`<b {{attrs "id" "y" .All}}></b>`:                                                                  `<b class="c" id="x"></b>`,
		`<b {{attrs (attrs "title" "t") "id" 7}}></b>`:                                                     `<b title="t" id="7"></b>`,
		`<b {{attrs}} {{attrs .Any}}></b>`:                                                                 `<b  ></b>`,
		`{{define "b"}}<b {{attrs .R}}></b>{{end}}{{template "b" dict "R" (attrs "id" .Any "title" "t")}}`: `<b title="t"></b>`,
	} {
		v := &testView[state]{template: liveview.MustParse[state](text)}
		v.onMount = func(_ *gin.Context, s *liveview.Socket[state]) error {
			s.Assign(func(st *state) { st.All = liveview.Attrs{"class": "c", "id": "x"} })
			return nil
		}
		c := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) }).open("/")
		if c.page.content != want {
			t.Errorf("%s shows %s, want %s", text, c.page.content, want)
		}
	}
	for _, text := range []string{`<b {{attrs "id"}}></b>`, `<b {{attrs 7}}></b>`, `<b {{attrs "onclick" "x"}}></b>`} {
		if _, err := liveview.Parse[state](text); err == nil {
			t.Errorf("%s is parsed", text)
		}
	}
	for _, text := range []string{`<b {{attrs "id" .Any "title"}}></b>`, `<b {{attrs .Off}}></b>`, `<b {{attrs "onclick" "x" "id" .Any}}></b>`} {
		v := &testView[state]{template: liveview.MustParse[state](text)}
		site := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
		if page := site.visitor().get("/"); page.status != 500 {
			t.Errorf("%s is answered with %d", text, page.status)
		}
	}
}

// A template for a button takes its text, and whatever attributes else.
func TestAttrsInATemplate(t *testing.T) {
	type state struct {
		Off bool
		All liveview.Attrs
	}
	v := &testView[state]{template: liveview.MustParse[state](`{{define "button"}}<button class="b" {{attrs .Rest}}>{{.Text}}</button>{{end}}` +
		`{{template "button" dict "Text" "Save" "Rest" .All}}`)}
	v.onEvent = func(s *liveview.Socket[state], _ liveview.Event) error {
		s.Assign(func(st *state) { st.All = liveview.Attrs{"disabled": true, "title": `"<`} })
		return nil
	}
	c := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) }).open("/")
	if want := `<button class="b" >Save</button>`; c.page.content != want {
		t.Errorf("the first HTML is %s, want %s", c.page.content, want)
	}
	if diff := c.click("x", nil); len(diff) != 1 || diff["0"] != `disabled title="&#34;&lt;"` {
		t.Errorf("the diff is %v", diff)
	}
}
