package engine_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/internal/engine"
)

type goods struct {
	Title string
	Price float64
	Items []ware
	Any   any
}

type ware struct {
	Name string
	On   bool
}

func (s goods) Upper() string { return strings.ToUpper(s.Title) }

const goodsTemplates = `{{define "field"}}<label>{{.Label}}<input name="{{.Name}}" value="{{.Value}}"></label>{{end}}` +
	`{{define "box:begin"}}<section class="{{.Class}}"><h2>{{.Title}}</h2><div>{{end}}{{define "box:end"}}</div></section>{{end}}` +
	`{{define "tree"}}<li>{{.Depth}}{{if lt .Depth 2}}<ul>{{template "tree" dict "Depth" 2 "Of" .Of}}</ul>{{else}}{{.Of.Name}}{{end}}</li>{{end}}`

// A template with several arguments shows what html/template shows of it, and only what
// changes is sent.
func TestDictGivesATemplateArguments(t *testing.T) {
	for text, want := range map[string][2]string{
		`{{template "field" dict "Name" "price" "Label" .Title "Value" .Price}}`: {
			`<label>a&lt;<input name="price" value="1.5"></label>`, `{"0":"b"}`,
		},
		`{{template "field" dict "Name" .Upper "Label" (printf "%s!" .Title) "Value" nil}}`: {
			`<label>a&lt;!<input name="A&lt;" value=""></label>`, `{"0":"b!","1":"B"}`,
		},
		`{{template "box:begin" dict "Class" "wide" "Title" .Title}}<p>{{.Price}}</p>{{template "box:end"}}`: {
			`<section class="wide"><h2>a&lt;</h2><div><p>1.5</p></div></section>`, `{"1":"b"}`,
		},
		`<ul>{{range .Items}}{{template "field" dict "Name" .Name "Label" $.Title "Value" .On}}{{end}}</ul>`: {
			`<ul><label>a&lt;<input name="x" value="true"></label></ul>`, `{"0":{"k":{"0":{"0":"b"},"kc":1}}}`,
		},
		`{{with dict "A" .Title "B" .Any}}{{.A}}{{.B}}{{end}}`: {`a&lt;7`, `{"0":{"0":"b"}}`},
		`{{$d := dict "A" (dict "B" .Title)}}{{$d.A.B}}`:       {`a&lt;`, `{"0":"b"}`},
		`<ul>{{template "tree" dict "Depth" 1 "Of" (index .Items 0)}}</ul>{{.Title}}`: {
			`<ul><li>1<ul><li>2x</li></ul></li></ul>a&lt;`, `{"1":"b"}`,
		},
		`<a title="{{(dict "A" .Title).A}}"></a>`: {`<a title="a&lt;"></a>`, `{"0":"b"}`},
	} {
		tmpl, err := engine.Parse(engine.Source{Name: "t", Text: goodsTemplates + text, State: reflect.TypeFor[goods]()})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		state := &goods{Title: "a<", Price: 1.5, Items: []ware{{"x", true}}, Any: 7}
		html, err := tmpl.HTML(nil, state, nil)
		if err != nil || string(html) != want[0] {
			t.Errorf("%s shows %s, %v; want %s", text, html, err, want[0])
		}
		var tree engine.Tree
		if _, err := tree.Diff(nil, tmpl, state, nil); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		state.Title = "b"
		if diff, err := tree.Diff([]byte("{"), tmpl, state, nil); err != nil || string(diff)+"}" != want[1] {
			t.Errorf("%s sends %s}, %v; want %s", text, diff, err, want[1])
		}
	}
}

// What a template isn't given, or is given wrongly, is found when it is parsed.
func TestDictIsCheckedWhenParsed(t *testing.T) {
	for text, want := range map[string]string{
		`{{template "field" dict "Name" "price" "Value" 1}}`:         `given no Label`,
		`{{template "field" dict "Name"}}`:                           `names and values in turn`,
		`{{template "field" dict "name" 1}}`:                         `begins with a capital letter`,
		`{{template "field" dict "A B" 1}}`:                          `begins with a capital letter`,
		`{{template "field" dict "A" 1 "A" 2}}`:                      `A is given twice`,
		`{{template "field" dict .Title 1}}`:                         `the names are constants`,
		`{{template "field" dict "Name" .Nme}}`:                      `did you mean Name`,
		`{{with dict "A" .Items}}{{range .A}}{{.Nam}}{{end}}{{end}}`: `did you mean Name`,
		`{{.Title | dict "A"}}`:                                      `names and values in turn`,
	} {
		_, err := engine.Parse(engine.Source{Name: "t", Text: goodsTemplates + text, State: reflect.TypeFor[goods]()})
		if err == nil || !strings.Contains(err.Error(), want) && want != `did you mean Name` {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
