package engine_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gin-liveview/liveview/internal/engine"
)

// What can be known of a page's mistakes is said when it is parsed, with place
// and cause.
func TestMistakes(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"misspelt field":     {"<p>\n  {{.Titel}}", "page:2:4: .Titel: engine_test.page has no field or method Titel; did you mean Title?"},
		"nested field":       {`{{.User.Nane}}`, "engine_test.user has no field or method Nane; did you mean Name?"},
		"in if":              {`{{if .Nope}}x{{end}}`, "page:1:5: .Nope: engine_test.page has no field or method Nope"},
		"in range":           {`{{range .Rows}}{{.Nam}}{{end}}`, "did you mean Name?"},
		"root in range":      {`{{range .Rows}}{{$.Nam}}{{end}}`, "engine_test.page has no field or method Nam; did you mean"},
		"in with":            {`{{with .User}}{{.Aeg}}{{end}}`, "did you mean Age?"},
		"in variable":        {`{{$u := .User}}{{$u.Aeg}}`, "$u.Aeg: engine_test.user has no field or method Aeg; did you mean Age?"},
		"in template":        {`{{define "x"}}{{.Foo}}{{end}}{{template "x" .User}}`, "engine_test.user has no field or method Foo"},
		"unexported":         {`{{.Hidden.secret}}`, "unexported"},
		"undefined template": {`{{template "nope"}}`, `template "nope" is not defined`},
		"not iterable":       {`{{range .User}}{{end}}`, "range can't iterate over engine_test.user"},
		"not indexable":      {`{{index .User 1}}`, "engine_test.user can't be indexed"},
		"no length":          {`{{len .N}}`, "int has no length"},
		"too few arguments":  {`{{.User.Greeting}}`, "Greeting takes 1 arguments, not 0"},
		"too many arguments": {`{{add 1 2 3}}`, "add takes 2 arguments, not 3"},
		"variadic":           {`{{.Add}}`, "Add needs at least 1 arguments, not 0"},
		"argument type":      {`{{upper .N}}`, "upper takes a string as argument 1, not a int"},
		"constant type":      {`{{upper 1}}`, "upper takes a string as argument 1, not a int"},
		"field of a number":  {`{{.N.Foo}}`, "int has no field or method Foo"},
		"call of a field":    {`{{.Title 1}}`, "not a method"},
		"pointer method":     {`{{range .UMap}}{{.Pointer}}{{end}}`, "isn't addressable"},
		"unknown function":   {`{{nope 1}}`, `function "nope" not defined`},
		"missing key field":  {`{{range .Rows | keyed "Idd"}}{{end}}`, "did you mean ID?"},
		"dynamic key":        {`{{range .Rows | keyed .Title}}{{end}}`, "constant"},
		"keyed alone":        {`{{range keyed .Rows}}{{end}}`, "keyed takes the path of the key and the list"},
		"two of an int":      {`{{range $i, $x := 5}}{{end}}`, "one variable, not two"},
		"context":            {`<a href='{{if .B}}x"{{end}}`, "html/template"},
	}
	type hidden struct{ secret int }
	type state struct {
		page
		Hidden hidden
	}
	_ = hidden{secret: 1}.secret
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			typ := reflect.TypeFor[page]()
			if strings.Contains(test.text, "Hidden") {
				typ = reflect.TypeFor[state]()
			}
			_, err := engine.Parse(engine.Source{Name: "page", Text: test.text, Funcs: functions, State: typ})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Parse(%s)\n got %v\nwant %s", test.text, err, test.want)
			}
		})
	}
}

type meta struct{ messages map[string]string }

func (m *meta) Flash(kind string) string {
	if m == nil {
		return ""
	}
	return m.messages[kind]
}

func TestHelpers(t *testing.T) {
	source := engine.Source{
		Name: "page", State: reflect.TypeFor[page](), Meta: reflect.TypeFor[*meta](), Helpers: map[string]string{"flash": "Flash"},
		Text: `{{with flash "info"}}<p>{{.}}</p>{{end}}{{if eq (flash "error") ""}}fine{{end}}{{range .Names}}{{"info" | flash}}{{end}}`,
	}
	tmpl, err := engine.Parse(source)
	if err != nil {
		t.Fatal(err)
	}
	state := &page{Names: []string{"a"}}
	html, err := tmpl.HTML(nil, state, &meta{map[string]string{"info": "<hi>"}})
	if want := `<p>&lt;hi&gt;</p>fine&lt;hi&gt;`; err != nil || string(html) != want {
		t.Errorf("HTML = %s, %v, want %s", html, err, want)
	}
	if html, err = tmpl.HTML(nil, state, nil); err != nil || string(html) != "fine" {
		t.Errorf("without meta HTML = %s, %v", html, err)
	}
	source.Text = `{{flash}}`
	if _, err = engine.Parse(source); err == nil || !strings.Contains(err.Error(), "flash takes 1 arguments, not 0") {
		t.Errorf("error = %v", err)
	}
}

// Errors of a rendering name the place in the page, and the application's own
// are in their chain.
func TestRenderErrors(t *testing.T) {
	sentinel := errors.New("sentinel")
	funcs := map[string]any{"broken": func() (string, error) { return "", sentinel }, "boom": func() string { panic(sentinel) }}
	tests := map[string]struct {
		text, want string
		is         error
	}{
		"function": {"<p>\n{{broken}}</p>", "page:2:2: <broken>: error calling broken: sentinel", sentinel},
		"in if":    {"{{if broken}}x{{end}}", "page:1:5: <broken>: error calling broken: sentinel", sentinel},
		"panic":    {"{{boom}}", "page:1:2: <boom>: error calling boom: sentinel", sentinel},
		"nil":      {"{{.Ptr.Name}}", "page:1:2: <.Ptr.Name>: nil pointer", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			tmpl, err := engine.Parse(engine.Source{Name: "page", Text: test.text, Funcs: funcs, State: reflect.TypeFor[page]()})
			if err != nil {
				t.Fatal(err)
			}
			var tree engine.Tree
			out, err := tree.Diff([]byte("x"), tmpl, &page{}, nil)
			if err == nil || !strings.Contains(err.Error(), test.want) || test.is != nil && !errors.Is(err, test.is) || string(out) != "x" {
				t.Errorf("Diff = %s, %v, want %s", out, err, test.want)
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

func TestPageFile(t *testing.T) {
	fsys := fstest.MapFS{"a.html": {Data: []byte("a")}, "b.html": {Data: []byte("b{{.N}}")}}
	tmpl, err := engine.Parse(engine.Source{FS: fsys, Patterns: []string{"*.html"}, Page: "b.html", State: reflect.TypeFor[page]()})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := tmpl.HTML(nil, &page{}, nil); err != nil || string(out) != "b0" {
		t.Errorf("HTML = %s, %v", out, err)
	}
}
