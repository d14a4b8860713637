package plainhtml_test

import (
	"bytes"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/internal/plainhtml"
)

func view() *plainhtml.View {
	return &plainhtml.View{
		Action: "/p?a=1&b=2", Token: func() string { return "TOKEN" },
		Target: func(target string) (string, bool) { return "live " + target, target == "3" },
	}
}

// rewrite returns what page becomes.
func rewrite(v *plainhtml.View, page string) string {
	const before = "<body phx-click>"
	html, _ := v.Rewrite([]byte(before+page), len(before), nil)
	return strings.TrimPrefix(string(html), before)
}

const (
	token  = `<input type="hidden" name="_csrf_token" value='TOKEN'>`
	posted = ` method="post" action="/p?a=1&amp;b=2"`
	hidden = `<form id="_lv" hidden` + posted + `>` + token + `</form>`
)

func event(field, list string) string {
	return `<input type="hidden" name="_lv_` + field + `" value='` + list + `'>`
}

func TestRewrite(t *testing.T) {
	for name, test := range map[string]struct{ page, want string }{
		"nothing":        {`<p data-phx-x="1" title="phx-">a phx-click b</p>`, ""},
		"a form":         {`<form id="f" phx-submit="save"><b>`, `<form id="f" phx-submit="save"` + posted + `>` + token + event("event", `[["save"]]`) + `<b>`},
		"values":         {`<form phx-submit="s&amp;t" phx-value-id='"1&#39;'>`, `<form phx-submit="s&amp;t" phx-value-id='"1&#39;'` + posted + `>` + token + event("event", `[["s&amp;t",{"id":"\"1&#39;"}]]`)},
		"change alone":   {`<form phx-change="c"></form>`, `<form phx-change="c"` + posted + `>` + token + event("event", `[["c"]]`) + `</form>`},
		"own method":     {`<form method="get" phx-submit="s"></form>`, ""},
		"own action":     {`<form phx-submit="s" action="/x"></form>`, ""},
		"no binding":     {`<form phx-target="3"></form>`, ""},
		"a component's":  {`<form phx-submit=s phx-target=3>`, `<form phx-submit=s phx-target=3` + posted + `>` + token + event("event", `[["s",{},"live 3"]]`)},
		"not to be told": {`<form phx-submit="s" phx-target="#a">`, `<form phx-submit="s" phx-target="#a"` + posted + `>` + token + event("event", ``)},
		"files": {
			`<form enctype="x" phx-submit="s" phx-change="c"><input type="file"></form>`,
			`<form phx-submit="s" phx-change="c"` + posted + ` enctype="multipart/form-data">` + token + event("event", `[["s"]]`) + event("change", `[["c"]]`) + `<input type="file"></form>`,
		},
		"a button":      {`<button phx-click="c">`, `<button phx-click="c" form="_lv" name="_lv_click" value='[["c"]]'>` + hidden},
		"its own":       {`<BUTTON type="button" name="n" value="v" form="f" phx-click="c" class=x >`, `<BUTTON phx-click="c" class=x form="_lv" name="_lv_click" value='[["c",{"value":"v"}]]'>` + hidden},
		"commands":      {`<button phx-click="[[&#34;push&#34;,{&#34;event&#34;:&#34;c&#34;,&#34;value&#34;:{&#34;n&#34;:1},&#34;target&#34;:3}]]" phx-value-a="b">`, `<button phx-click="[[&#34;push&#34;,{&#34;event&#34;:&#34;c&#34;,&#34;value&#34;:{&#34;n&#34;:1},&#34;target&#34;:3}]]" phx-value-a="b" form="_lv" name="_lv_click" value='[["c",{"a":"b","n":1},"live 3"]]'>` + hidden},
		"exec":          {`<button phx-click='[["exec",{"attr":"data-js-x"}]]' data-js-x='[["patch",{"href":"/y"}]]'>`, `<button phx-click='[["exec",{"attr":"data-js-x"}]]' data-js-x='[["patch",{"href":"/y"}]]' form="_lv" name="_lv_click" value='[["",{},"","","/y"]]'>` + hidden},
		"exec of data":  {`<button phx-click='[["exec",{"attr":"data-x"}]]' data-x='[["push",{"event":"y"}]]'>`, ""},
		"no push":       {`<button phx-click='[["hide",{}]]'>`, ""},
		"bad commands":  {`<button phx-click='[["push"'>`, ""},
		"reset":         {`<button type=reset phx-click="c">`, ""},
		"other element": {`<a href="#" phx-click="c">`, ""},
		"within a form": {
			`<form phx-submit="s" phx-change="c"><button type="button" phx-click="x">a</button><button phx-click="y">b</button><button name="n" phx-click="z">c</button></form><button phx-click="o">`,
			`<form phx-submit="s" phx-change="c"` + posted + `>` + token + event("event", `[["s"]]`) + event("change", `[["c"]]`) + `<button hidden></button>` +
				`<button phx-click="x" formnovalidate name="_lv_click" value='[["x"]]'>a</button><button phx-click="y" name="_lv_click_submit" value='[["y"]]'>b</button><button name="n" phx-click="z">c</button></form>` +
				`<button phx-click="o" form="_lv" name="_lv_click" value='[["o"]]'>` + hidden,
		},
		"a button of a form elsewhere": {
			`<form id="o" phx-submit="s" phx-change="c"><input name="a"></form><button type="button" phx-click="x" form="o">a</button><button form='o' phx-click="y">b</button>`,
			`<form id="o" phx-submit="s" phx-change="c"` + posted + `>` + token + event("event", `[["s"]]`) + event("change", `[["c"]]`) + `<button hidden></button><input name="a"></form>` +
				`<button phx-click="x" form="o" formnovalidate name="_lv_click" value='[["x"]]'>a</button><button form='o' phx-click="y" name="_lv_click_submit" value='[["y"]]'>b</button>`,
		},
		"a button before its form": {
			`<button type="button" phx-click="x" form="o">a</button><form phx-submit="s" phx-change="c" id=o>`,
			`<button phx-click="x" form="o" formnovalidate name="_lv_click" value='[["x"]]'>a</button><form phx-submit="s" phx-change="c" id=o` + posted + `>` + token + event("event", `[["s"]]`) + event("change", `[["c"]]`) + `<button hidden></button>`,
		},
		"a button in a form, of another": {
			`<form id="a" phx-submit="s"><button type="button" phx-click="x" form="b">x</button></form><form id="b" phx-submit="t" phx-change="c"></form>`,
			`<form id="a" phx-submit="s"` + posted + `>` + token + event("event", `[["s"]]`) + `<button phx-click="x" form="b" formnovalidate name="_lv_click" value='[["x"]]'>x</button></form>` +
				`<form id="b" phx-submit="t" phx-change="c"` + posted + `>` + token + event("event", `[["t"]]`) + event("change", `[["c"]]`) + `<button hidden></button></form>`,
		},
		"a button of a form that goes elsewhere": {
			`<form id="o" action="/x" phx-submit="s"></form><button type="button" phx-click="x" form="o">`,
			`<form id="o" action="/x" phx-submit="s"></form><button phx-click="x" form="_lv" name="_lv_click" value='[["x"]]'>` + hidden,
		},
		"what is no markup": {
			`<!-- <form phx-submit="a"> --><textarea><button phx-click="b"></textarea><script type="x"><form phx-submit="c"></script><template><p><template></template><form phx-submit="d"></template>` +
				`<p title="<a> <form phx-submit='e'>">phx-click</p><style><button phx-click="f"></style><title><form phx-submit="g"></title><!x <form phx-submit="h"></p><iframe><button phx-click="i"></iframe>`,
			"",
		},
		"a form's end in what is no markup": {
			`<form phx-submit="s" phx-change="c"><!-- </form> <input type="file"> --><textarea></form></textarea><button type=button phx-click="x">a</button></form>`,
			`<form phx-submit="s" phx-change="c"` + posted + `>` + token + event("event", `[["s"]]`) + event("change", `[["c"]]`) + `<button hidden></button>` +
				`<!-- </form> <input type="file"> --><textarea></form></textarea><button phx-click="x" formnovalidate name="_lv_click" value='[["x"]]'>a</button></form>`,
		},
		"behind what is no markup": {
			`<!-- <form phx-submit="a"> --><TextArea>x</textarea ><svg/><svg><title/><style/></svg><noscript><button phx-click="n">m</button></noscript><br/><button phx-click="c">`,
			`<!-- <form phx-submit="a"> --><TextArea>x</textarea ><svg/><svg><title/><style/></svg><noscript><button phx-click="n" form="_lv" name="_lv_click" value='[["n"]]'>m</button></noscript><br/><button phx-click="c" form="_lv" name="_lv_click" value='[["c"]]'>` + hidden,
		},
		"a comment that isn't closed": {`<!-- <form phx-submit="a"><button phx-click="b">`, ""},
		"short comments":              {`<!--><!---><button phx-click="c">`, `<!--><!---><button phx-click="c" form="_lv" name="_lv_click" value='[["c"]]'>` + hidden},
		"< in a value":                {`<button title="a < b" phx-click="c">`, `<button title="a < b" phx-click="c" form="_lv" name="_lv_click" value='[["c"]]'>` + hidden},
		"> in a value":                {`<button title="a > b" phx-click="c">`, `<button title="a > b" phx-click="c" form="_lv" name="_lv_click" value='[["c"]]'>` + hidden},
		"unclosed":                    {`<button phx-click="c`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if test.want == "" {
				test.want = test.page
			}
			if got := rewrite(view(), test.page); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestViewOptions(t *testing.T) {
	v := view()
	v.MethodOnly = true
	if got := rewrite(v, `<form phx-submit="s"><button phx-click="c">`); got != `<form phx-submit="s" method="post"><button phx-click="c">` {
		t.Errorf("with nothing but the method it is %s", got)
	}
	v = view()
	v.ID, v.Posted = "side", `[["s",{},"","side"]]`
	want := `<form phx-submit="s"` + posted + ` data-lv-posted>` + token + event("event", `[["s",{},"","side"]]`) +
		`</form><button phx-click="c" form="_lvside" name="_lv_click" value='[["c",{},"","side"]]'>` + strings.Replace(hidden, "_lv", "_lvside", 1)
	if got := rewrite(v, `<form phx-submit="s"></form><button phx-click="c">`); got != want {
		t.Errorf("in another view it is %s\nwant %s", got, want)
	}
}

func TestEventsAreParsedAsWritten(t *testing.T) {
	events := []plainhtml.Event{
		{Name: `a"b\c é`}, {Name: "v", Values: []byte(`{"a":1}`)}, {Name: "l", Live: "k"}, {Name: "n", View: "side", Values: []byte(`{"b":"<'&"}`)}, {Href: "/x?y=1"},
	}
	got, err := plainhtml.Parse(string(plainhtml.AppendEvents(nil, events)))
	if err != nil || !reflect.DeepEqual(got, events) {
		t.Errorf("parsed they are %+v, %v", got, err)
	}
	for _, bad := range []string{"", "{}", "[[]]", `[["a",1]]`, `[["a",[]]]`, `[["a",{},"","","","x"]]`, `[1]`, `[["a"]`} {
		if got, err := plainhtml.Parse(bad); err == nil {
			t.Errorf("Parse(%s) = %+v", bad, got)
		}
	}
}

// FuzzRewrite holds rewriting to well-formed HTML to change nothing but what it is about:
// all else of the document stays, in its order.
func FuzzRewrite(f *testing.F) {
	for _, seed := range []string{
		`<form phx-submit="a"><button type="button" phx-click="b" phx-value-c="d">e</button></form><p title="phx-click">`, `<button phx-click='[["push",{"event":"x"}]]'>`, `<button phx-click="`, `< phx-c`, `</`, `<!-- <form phx-submit="a"> --><textarea><button phx-click="b"></textarea><template><p></template><button form="f" phx-click="x">`, `<button a=b phx-click=c/>`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, page string) {
		got := rewrite(view(), page)
		if !strings.Contains(page, "phx-") && got != page {
			t.Fatalf("%q becomes %q", page, got)
		}
		if strings.LastIndexByte(page, '<') > strings.LastIndexByte(page, '>') {
			return // it ends within a tag
		}
		if want, have := texts(page), texts(got); want != have && !strings.ContainsAny(page, "\x00\r") && !foreign.MatchString(page) {
			t.Fatalf("%q becomes %q, whose text is %q and not %q", page, got, have, want)
		}
	})
}

// foreign is what the tokenizer reads as HTML, and browsers don't.
var foreign = regexp.MustCompile(`(?i)<(svg|math|noscript|plaintext|script)`)

// texts returns the text of a page, as the tokenizer reads it.
func texts(page string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return b.String()
		case html.TextToken:
			b.Write(z.Text())
		}
	}
}

func rows(row string) []byte {
	var b bytes.Buffer
	b.WriteString(`<form phx-submit="filter"><input name="q"></form><table>`)
	for i := range 1000 {
		fmt.Fprintf(&b, row, i, i)
	}
	b.WriteString("</table>")
	return b.Bytes()
}

func BenchmarkRewrite(b *testing.B) {
	for name, page := range map[string][]byte{
		"1000 rows, a form":            rows(`<tr id="row-%d"><td>%d</td><td>Article of brass</td><td class="number">17</td><td class="number">12.50</td><td>in stock</td></tr>`),
		"1000 rows with a button each": rows(`<tr id="row-%d"><td>Article of brass</td><td class="number">17</td><td><button class="quiet" phx-click="restock" phx-value-id="%d" aria-label="Restock">+ 100</button></td></tr>`),
	} {
		b.Run(name, func(b *testing.B) {
			v := view()
			dst := make([]byte, 0, 2*len(page))
			var scratch []byte
			b.SetBytes(int64(len(page)))
			b.ReportAllocs()
			var out []byte
			for b.Loop() {
				out, scratch = v.Rewrite(append(dst[:0], page...), 0, scratch)
			}
			b.ReportMetric(float64(len(out)), "B/page")
		})
	}
}
