package engine_test

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/internal/engine"
)

// written is the function component for html/template: what v writes.
func written(v reflect.Value) (template.HTML, error) {
	for v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return "", nil
	}
	if v.CanAddr() && v.Kind() != reflect.Pointer {
		v = v.Addr()
	}
	var b strings.Builder
	err := v.Interface().(engine.Component).Render(context.Background(), &b)
	return template.HTML(b.String()), err
}

// card is a component of a struct.
type card struct {
	ID          int
	Title, Body string
	Tags        []string
}

func (c card) Render(ctx context.Context, w io.Writer) error {
	if c.Body == "panic" {
		panic("oh")
	}
	html := fmt.Sprintf(`<div class="card" id="c%d"><h2>%s</h2>`, c.ID, template.HTMLEscapeString(c.Title))
	if c.Body != "" {
		html += "<p>" + c.Body + "</p>"
	}
	if len(c.Tags) > 0 {
		html += "<ul>"
		for _, tag := range c.Tags {
			html += "<li>" + tag + "</li>"
		}
		html += "</ul>"
	}
	return component(html+"</div>").Render(ctx, w)
}

// badge is one by its pointer.
type badge struct{ Text string }

func (b *badge) Render(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, "<b>"+b.Text+"</b>")
	return err
}

type board struct {
	N     int
	On    bool
	Card  card
	Raw   component
	Badge badge
	Ptr   *card
	Any   any
	Comp  engine.Component
	Cards []card
	Raws  []component
	Map   map[string]component
	Boss  *board
}

func (b *board) Made() engine.Component        { return component(fmt.Sprintf("<i>%d</i>", b.N)) }
func (b *board) Titled(s string) (card, error) { return card{Title: s}, nil }

var boards = map[string]string{
	"alone":    `{{component .Card}}`,
	"piped":    `{{.Card | component}}`,
	"between":  `<main id="{{.N}}">{{.N}}{{component .Card}}-{{.N}} {{component .Raw}}</main>`,
	"pointer":  `<p>{{component .Badge}}</p>{{component .Ptr}}`,
	"any":      `{{component .Any}}, {{component .Comp}}`,
	"methods":  `{{component .Made}}{{.Titled "x" | component}}{{component (.Titled "<y>")}}`,
	"if":       `{{if .On}}<b>{{component .Card}}</b>{{else}}{{component .Raw}}{{end}}`,
	"with":     `{{with .Ptr}}{{component .}}{{end}}{{with .Comp}}{{component .}}{{else}}none{{end}}`,
	"range":    `{{range .Cards}}<li>{{component .}}</li>{{end}}`,
	"keyed":    `{{range .Cards | keyed "ID"}}<li>{{.ID}} {{component .}}</li>{{end}}`,
	"bare":     `{{range .Raws}}{{component .}}{{end}}{{range $k, $c := .Map}}{{$k}}{{component $c}}{{end}}`,
	"nested":   `{{range $i, $c := .Cards}}{{range $.Raws}}{{component .}}{{component $c}}{{$i}}{{end}}{{else}}{{component $.Card}}{{end}}`,
	"variable": `{{$c := .Card}}{{$d := .Comp}}{{component $c}}{{component $d}}`,
	"break":    `{{range .Cards}}{{component .}}{{if gt .ID 2}}{{break}}{{end}}{{component $.Raw}}{{end}}`,
	"template": `{{define "c"}}<section>{{component .}}</section>{{end}}{{template "c" .Card}}{{range .Raws}}{{template "c" .}}{{end}}`,
	"calling":  `{{define "b"}}{{component .Card}}{{with .Boss}}{{template "b" .}}{{end}}{{end}}{{template "b" .}}`,
	"trusted":  `<div>{{component .Raw}}<p>{{.N}}</p></div>`,
}

// randomBoard changes some of b.
func randomBoard(c *choices, b *board) *board {
	next := *b
	next.Cards = append([]card(nil), b.Cards...)
	next.Raws = append([]component(nil), b.Raws...)
	text := func() string { return hostileHTML[c.n(len(hostileHTML))] }
	raw := func() component {
		if c.n(4) == 0 {
			return ""
		}
		return component(randomHTML(c, 2))
	}
	tags := func() (list []string) {
		for range c.n(4) {
			list = append(list, text())
		}
		return list
	}
	for range 1 + c.n(3) {
		switch c.n(15) {
		case 0:
			next.N = c.n(5)
		case 1:
			next.On = !next.On
		case 2:
			next.Card.Title = text()
		case 3:
			next.Card.Body, next.Card.Tags = text(), tags()
		case 4:
			next.Raw = raw()
		case 5:
			next.Badge.Text = text()
		case 6:
			if next.Ptr = nil; c.n(2) == 1 {
				next.Ptr = &card{Title: text(), Tags: tags()}
			}
		case 7:
			next.Any = []any{nil, raw(), card{Title: text()}, &badge{text()}, (*card)(nil)}[c.n(5)]
		case 8:
			next.Comp = []engine.Component{nil, raw(), card{Title: text()}, &badge{text()}, (*badge)(nil)}[c.n(5)]
		case 9:
			id := 1
			for _, c := range next.Cards {
				id = max(id, c.ID+1)
			}
			next.Cards = append([]card{{ID: id, Title: text(), Tags: tags()}}, next.Cards...)
		case 10:
			if n := len(next.Cards); n > 0 {
				i := c.n(n)
				next.Cards = append(next.Cards[:i:i], next.Cards[i+1:]...)
			}
		case 11:
			if n := len(next.Cards); n > 0 {
				next.Cards[c.n(n)].Body = text()
				i, j := c.n(n), c.n(n)
				next.Cards[i], next.Cards[j] = next.Cards[j], next.Cards[i]
			}
		case 12:
			next.Raws = append(next.Raws, raw())
		case 13:
			if len(next.Raws) > 0 {
				next.Raws = next.Raws[1:]
			}
		case 14:
			next.Map = map[string]component{text(): raw(), "z": raw()}
			if next.Boss = nil; c.n(2) == 1 {
				next.Boss = &board{Card: card{Title: text()}}
			}
		}
	}
	return &next
}

func TestComponentParts(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for name, text := range boards {
		t.Run(name, func(t *testing.T) {
			page := newTwin(t, text, &board{})
			for range count(10, 40) {
				c := &choices{randomBytes(r, 200)}
				s := page.session()
				state := &board{Raw: "<p>raw</p>", Cards: []card{{ID: 1, Title: "a"}, {ID: 2, Title: "b", Tags: []string{"x", "y"}}}, Raws: []component{"r"}}
				for range 15 {
					s.show(t, state)
					if len(c.data) == 0 {
						break
					}
					state = randomBoard(c, state)
				}
			}
		})
	}
}

// Of a component's text, too, that text alone is sent.
func TestComponentPartDiffs(t *testing.T) {
	state := &board{N: 1, Card: card{ID: 1, Title: "a", Tags: []string{"x", "y"}}, Cards: []card{{ID: 1, Title: "a"}, {ID: 2, Title: "b"}}}
	text := `<p>{{.N}}</p>{{component .Card}}{{range .Cards | keyed "ID"}}<li>{{component .}}</li>{{end}}{{component .Comp}}`
	s := newTwin(t, text, state).session()
	const statics = `"s":["<div class=\"","\" id=\"","\"><h2>","</h2></div>"],"r":1`
	for _, test := range []struct {
		change func()
		want   string
	}{
		{func() {}, `"0":"1","1":{"0":"card","1":"c1","2":{"0":"a","s":["<h2>","</h2>"],"r":1},` +
			`"3":{"0":{"k":{"0":{"0":"x"},"1":{"0":"y"},"kc":2},"s":["<li>","</li>"]},"s":["<ul>","</ul>"],"r":1},` +
			`"s":["<div class=\"","\" id=\"","\">","","</div>"],"r":1},` +
			`"2":{"k":{"0":{"0":{"0":"card","1":"c1","2":"a",` + statics + `}},"1":{"0":{"0":"card","1":"c2","2":"b",` + statics + `}},"kc":2},"s":["<li>","</li>"]},` +
			`"3":"","s":["<p>","</p>","","",""]`},
		{func() { state.N = 2 }, `"0":"2"`},
		{func() { state.Card.Title = "new" }, `"1":{"2":{"0":"new"}}`},
		{func() { state.Card.Tags = []string{"x", "Y"} }, `"1":{"3":{"0":{"k":{"1":{"0":"Y"},"kc":2}}}}`},
		{func() { state.Cards[1].Title = "B" }, `"2":{"k":{"1":{"0":{"2":"B"}},"kc":2}}`},
		{func() { state.Cards = []card{state.Cards[1], state.Cards[0]} }, `"2":{"k":{"0":1,"1":0,"km":true,"kc":2}}`},
		{func() { state.Comp = component("<i>1</i>") }, `"3":{"0":"1","s":["<i>","</i>"],"r":1}`},
		{func() { state.Comp = component("<i>2</i>") }, `"3":{"0":"2"}`},
		{func() { state.Comp = component("text") }, `"3":{"0":"text","s":["",""]}`},
		{func() { state.Comp = component("") }, `"3":""`},
		{func() { state.Comp = nil }, ``},
	} {
		test.change()
		if got := s.show(t, state); got != test.want {
			t.Errorf("got  {%s}\nwant {%s}", got, test.want)
		}
	}
	// After Reset the client holds nothing, no shapes either.
	s.tree.Reset()
	if out, err := s.tree.Diff(nil, s.ours, state, nil); err != nil || !strings.Contains(string(out), statics) {
		t.Errorf("after Reset {%s}, %v", out, err)
	}
}

// What was released stays as it is shown, and its shapes are still known.
func TestComponentPartsReleased(t *testing.T) {
	state := &board{N: 1, Card: card{Title: "a"}, Raw: "<i>1</i>"}
	tmpl := mustParse(t, `{{.N}}{{component .Card}}{{component .Raw}}`, state)
	var s session
	diff := func() string {
		t.Helper()
		out, err := s.tree.Diff(nil, tmpl, state, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.client.apply(out); err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	diff()
	before := *state
	state.Card = card{}
	s.tree.Release(tmpl, &before, state)
	state.N, state.Raw = 2, "<i>2</i>"
	if got := diff(); got != `"0":"2","2":{"0":"2"}` || !strings.Contains(s.client.html(), "<h2>a</h2>") {
		t.Errorf("after the release {%s}, the client shows %s", got, s.client.html())
	}
	state.Card = card{Title: "b"}
	if got := diff(); got != `"1":{"2":"b"}` {
		t.Errorf("after a change {%s}", got)
	}
}

func TestComponentPartMistakes(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"no component":   {"<p>\n{{component .N}}", "page:2:2: component: a int is no component: it has no method Render(context.Context, io.Writer) error"},
		"misspelt":       {`{{component .Crad}}`, "did you mean Card?"},
		"none":           {`{{component}}`, "component takes one component"},
		"two":            {`{{component .Card .Card}}`, "component takes one component"},
		"nil":            {`{{component nil}}`, "component takes a component, not nil"},
		"piped on":       {`{{component .Card | print}}`, "component writes HTML into the page"},
		"within":         {`{{print (component .Card)}}`, "component writes HTML into the page"},
		"in a variable":  {`{{$c := component .Card}}{{$c}}`, "component writes HTML into the page"},
		"in if":          {`{{if component .Card}}{{end}}`, "component writes HTML into the page"},
		"not addressed":  {`{{range .Raws}}{{end}}{{component (index .Badges "x")}}`, "isn't addressable"},
		"in attribute":   {`<p title="{{component .Card}}">`, "page:1:12: component .Card: a component can stand in HTML text only"},
		"unquoted":       {`<p title={{component .Card}}>`, "a component can stand in HTML text only"},
		"in a tag":       {`<p {{component .Card}}>`, "a component can stand in HTML text only"},
		"in a comment":   {`<!-- {{component .Card}} -->`, "a component can stand in HTML text only"},
		"in a script":    {`<script type="application/json">{{.Card | component}}</script>`, "a component can stand in HTML text only"},
		"in a style":     {`<style>{{component .Card}}</style>`, "a component can stand in HTML text only"},
		"in a text area": {`<textarea>{{component .Card}}</textarea>`, "a component can stand in HTML text only"},
	} {
		t.Run(name, func(t *testing.T) {
			type state struct {
				board
				Badges map[string]badge
			}
			_, err := engine.Parse(engine.Source{Name: "page", Text: test.text, State: reflect.TypeFor[state]()})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Parse(%s)\n got %v\nwant %s", test.text, err, test.want)
			}
		})
	}
	_, err := engine.Parse(engine.Source{Text: "x", State: reflect.TypeFor[board](), Funcs: template.FuncMap{"component": func() string { return "" }}})
	if err == nil || !strings.Contains(err.Error(), `"component" is taken`) {
		t.Errorf("Parse with a function component = %v", err)
	}
}

func TestComponentPartFails(t *testing.T) {
	for name, test := range map[string]struct {
		text  string
		state board
		want  string
	}{
		"error":  {"<p>\n{{component .Raw}}</p>", board{Raw: "fail"}, "page:2:2: <component .Raw>: failed"},
		"panic":  {`{{component .Card}}`, board{Card: card{Body: "panic"}}, "page:1:2: <component .Card>: panic: oh"},
		"none":   {`{{component .Any}}`, board{Any: 7}, "page:1:2: <component .Any>: a int is no component"},
		"nil":    {`{{component .Boss.Card}}`, board{}, "page:1:2: <component .Boss.Card>: nil pointer"},
		"script": {`{{define "b"}}{{component .Card}}{{with .Boss}}{{template "b" .}}{{end}}{{end}}<script type="application/json">{{template "b" .}}</script>`, board{}, "HTML text only"},
		"second": {`{{component .Card}}{{component .Raw}}`, board{Raw: "fail"}, "page:1:21: <component .Raw>: failed"},
	} {
		t.Run(name, func(t *testing.T) {
			tmpl, err := engine.Parse(engine.Source{Name: "page", Text: test.text, State: reflect.TypeFor[board]()})
			if err != nil {
				t.Fatal(err)
			}
			if out, err := tmpl.HTML([]byte("x"), &test.state, nil); err == nil || !strings.Contains(err.Error(), test.want) || string(out) != "x" {
				t.Errorf("HTML = %s, %v, want %s", out, err, test.want)
			}
			var tree engine.Tree
			if out, err := tree.Diff([]byte("x"), tmpl, &test.state, nil); err == nil || !strings.Contains(err.Error(), test.want) || string(out) != "x" {
				t.Errorf("Diff = %s, %v, want %s", out, err, test.want)
			}
		})
	}
	tmpl := mustParse(t, `{{component .Raw}}`, &board{})
	if _, err := tmpl.HTML(nil, &board{Raw: "fail"}, nil); !errors.Is(err, errComponent) {
		t.Errorf("the component's own error isn't in %v", err)
	}
}

type contextMeta struct{ ctx context.Context }

func (m *contextMeta) Context() context.Context { return m.ctx }

type fromContext struct{}

func (fromContext) Render(ctx context.Context, w io.Writer) error {
	_, err := fmt.Fprint(w, ctx.Value(fromContext{}))
	return err
}

func TestComponentPartContext(t *testing.T) {
	type state struct{ C fromContext }
	tmpl, err := engine.Parse(engine.Source{Name: "page", Text: `{{component .C}}`, State: reflect.TypeFor[state](), Meta: reflect.TypeFor[*contextMeta]()})
	if err != nil {
		t.Fatal(err)
	}
	for want, meta := range map[string]any{
		"mine":  &contextMeta{context.WithValue(t.Context(), fromContext{}, "mine")},
		"<nil>": (*contextMeta)(nil),
	} {
		html, err := tmpl.HTML(nil, &state{}, meta)
		if err != nil || string(html) != want {
			t.Errorf("HTML with %v = %s, %v, want %s", meta, html, err, want)
		}
	}
}
