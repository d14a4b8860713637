package liveview_test

import (
	"html/template"
	"reflect"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/js"
)

type withCommand struct {
	Name string
	Do   js.Command
	ID   int
}

// firstHTML is the HTML of a template's rendering over HTTP.
func firstHTML[C any](t *testing.T, text string, state C) string {
	t.Helper()
	page, err := liveview.Parse[C](text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	v := &testView[C]{template: page}
	v.onMount = func(_ *gin.Context, s *liveview.Socket[C]) error {
		s.Assign(func(c *C) { *c = state })
		return nil
	}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	return s.visitor().get("/").body
}

// Templates make commands by the function js, and are given them by the state: in any
// quotes, and escaped.
func TestCommandsInTemplates(t *testing.T) {
	state := withCommand{Name: `"], x`, Do: js.Hide("#a > b"), ID: 7}
	for text, want := range map[string]string{
		`<b phx-click="{{.Do}}"></b>`:                                `<b phx-click="[[&#34;hide&#34;,{&#34;to&#34;:&#34;#a &gt; b&#34;}]]">`,
		`<b phx-click='{{.Do}}'></b>`:                                `<b phx-click='[[&#34;hide&#34;,{&#34;to&#34;:&#34;#a &gt; b&#34;}]]'>`,
		`<b phx-click={{.Do}}></b>`:                                  `<b phx-click=[[&#34;hide&#34;,{&#34;to&#34;:&#34;#a&#32;&gt;&#32;b&#34;}]]>`,
		`<b {{attrs "phx-click" .Do}}></b>`:                          `<b phx-click="[[&#34;hide&#34;,{&#34;to&#34;:&#34;#a &gt; b&#34;}]]">`,
		`<b phx-click="{{js.Push .Name (js.Value "n" .Name)}}"></b>`: `<b phx-click="[[&#34;push&#34;,{&#34;event&#34;:&#34;\&#34;], x&#34;,&#34;value&#34;:{&#34;n&#34;:&#34;\&#34;], x&#34;}}]]">`,
		`<b phx-click="{{(js.Show "#m" (js.With "f" "a" "b") (js.Time 9)).FocusFirst "#m"}}"></b>`: `<b phx-click="[[&#34;show&#34;,{&#34;transition&#34;:[[&#34;f&#34;],[&#34;a&#34;],[&#34;b&#34;]],&#34;time&#34;:9,&#34;to&#34;:&#34;#m&#34;}],[&#34;focus_first&#34;,{&#34;to&#34;:&#34;#m&#34;}]]">`,
		`<b phx-click="{{.Do.Then (js.Hide js.Self)}}"></b>`:                                       `,[&#34;hide&#34;,{}]]">`,
		`<b phx-click="{{js.Hide "li" js.Closest}}"></b>`:                                          `{&#34;closest&#34;:&#34;li&#34;}`,
		`<b phx-click="{{js.Hide (js.ID .ID)}}"></b>`:                                              `&#34;#\\37 &#34;`,
		`{{with $x := js.Hide "#m"}}<b phx-click="{{$x.Push "y"}}"></b>{{end}}`:                    `[&#34;hide&#34;,{&#34;to&#34;:&#34;#m&#34;}],[&#34;push&#34;`,
	} {
		if got := firstHTML(t, text, state); !strings.Contains(got, want) {
			t.Errorf("%s is\n%s\nwant %s", text, got, want)
		}
	}
}

// Data doesn't come to run as a command, whatever it says and however the template has it
// print how an event attribute begins.
func TestDataIsNoCommand(t *testing.T) {
	const evil = `[["exec",{"attr":"x"}]]`
	type state struct {
		Name  string
		Any   any
		Ptr   *string
		HTML  template.HTML
		Bytes []byte
		List  []string
		Of    struct{ Name string }
		On    bool
		Cmd   any
		CmdP  *js.Command
		N     int
	}
	text := evil
	cmd := js.Hide("#a")
	bad := state{Name: evil, Any: evil, Ptr: &text, HTML: "<i>" + evil, Bytes: []byte(evil), List: []string{evil}, Cmd: cmd, CmdP: &cmd, N: 3}
	bad.Of.Name = evil
	tried, ran := 0, 0
	defer func() { figure(t, "%d of %d places run what data says", ran, tried) }()
	for _, page := range []string{
		`<b phx-click="{{.Name}}"></b>`, `<b phx-click='{{.Name}}'></b>`, `<b phx-click={{.Name}}></b>`, `<b PHX-Click = "{{.Name}}"></b>`,
		`<b phx-mounted="{{.Any}}"></b>`, `<b phx-remove="{{.Ptr}}"></b>`, `<b phx-click="{{.HTML}}"></b>`, `<b phx-click="{{.Of.Name}}"></b>`,
		`<b phx-click="{{.Bytes}}"></b>`, `<b phx-click="{{.List}}"></b>`, `<b phx-click="{{printf "%s" .Name}}"></b>`, `<b phx-click="{{.Any | print}}"></b>`,
		`<b phx-click="{{if .On}}x{{end}}{{.Name}}"></b>`, `<b phx-click="{{if .On}}x{{else}}{{.Name}}{{end}}"></b>`, `<b phx-click="{{with .Of}}{{.Name}}{{end}}"></b>`,
		`{{range .List}}<b phx-click="{{.}}"></b>{{end}}`, `{{define "t"}}<b phx-keydown="{{.}}"></b>{{end}}{{template "t" .Name}}`,
		`{{define "t"}}{{.}}{{end}}<b phx-click="{{template "t" .Name}}"></b>`, `<b class="{{if .On}}x{{end}}" phx-click="{{.Name}}"></b>`,
		`{{$n := .Name}}<b phx-click="{{$n}}"></b>`, `<b phx-click="{{or .Name "x"}}"></b>`, `<b {{if .On}}title="x"{{end}} phx-blur="{{.Name}}"></b>`,
		`<b phx-click="{{range .List}}{{.}}{{end}}"></b>`, `<b phx-click="{{print}}{{.Name}}"></b>`, `<b {{if .On}}phx-click{{else}}phx-blur{{end}}="{{.Name}}"></b>`,
		`<b phx-click="{{js.Push "x" | printf "%s"}}"></b>`,
		`<b data-js-cancel="{{.Name}}"></b>`, `<b DATA-JS-cancel='{{.Any}}'></b>`, `<b {{if .On}}data-js-x{{else}}data-x{{end}}="{{.Name}}"></b>`,
		`<b data-{{.Of.Name | printf "js-%.0s"}}x="{{.Name}}"></b>`,
	} {
		html := firstHTML(t, page, bad)
		tried++
		if !strings.Contains(html, "#ZgotmplZ") || strings.Contains(html, `=[`) || strings.Contains(html, `="[`) || strings.Contains(html, `='[`) || strings.Contains(html, `= "[`) {
			ran++
			t.Errorf("%s shows\n%s", page, html)
		}
	}
	for page, want := range map[string]string{
		`<b phx-value-n="{{.Name}}"></b>`:                           `phx-value-n="[[&#34;exec&#34;`,
		`<b title="{{.Name}}" data-x="{{.Name}}"></b>`:              `data-x="[[&#34;exec&#34;`,
		`<b phx-click="save-{{.Name}}"></b>`:                        `phx-click="save-[[`,
		`<b class="{{if .On}}x{{end}}" phx-click="a{{.Name}}"></b>`: `phx-click="a[[`,
		`<b phx-click="{{.Cmd}}"></b>`:                              `phx-click="[[&#34;hide&#34;`,
		`<b phx-click="{{.CmdP}}"></b>`:                             `phx-click="[[&#34;hide&#34;`,
		`<b phx-click="{{if .On}}a{{else}}{{.Cmd}}{{end}}"></b>`:    `phx-click="[[&#34;hide&#34;`,
		`<b phx-click="{{.N}}"></b>`:                                `phx-click="3"`,
		`<b {{attrs "phx-click" .Cmd}}></b>`:                        `phx-click="[[&#34;hide&#34;`,
		`<b data-js-cancel="{{.Cmd}}"></b>`:                         `data-js-cancel="[[&#34;hide&#34;`,
		`<b {{attrs "data-js-cancel" .Cmd}}></b>`:                   `data-js-cancel="[[&#34;hide&#34;`,
	} {
		if html := firstHTML(t, page, bad); !strings.Contains(html, want) {
			t.Errorf("%s shows\n%s\nwant %s", page, html, want)
		}
	}
	for page, want := range map[string]string{
		`<b phx-click='[["push",{"event":"x","value":{"n":"{{.Name}}"}}]]'></b>`:                              `phx-click holds commands that are written by hand`,
		`<b phx-click="[{{.Name}}"></b>`:                                                                      `make them by the function js, as in phx-click="{{js.Push`,
		`<b phx-mounted="[[&quot;show&quot;,{&quot;to&quot;:&quot;{{.N}}&quot;}]]"></b>`:                      `phx-mounted holds commands`,
		`<b data-cancel='[["exec",{"to":"#{{.Name}}"}]]'></b>`:                                                `data-cancel holds commands`,
		`<b data-js-cancel="[{{.Name}}]"></b>`:                                                                `data-js-cancel holds commands`,
		`<b phx-click='[["exec",{"attr":"data-x"}]]' data-x="{{.Name}}"></b>`:                                 `phx-click runs what the attribute "data-x" says`,
		`<b data-js-a="[[&quot;hide&quot;,{}],[&quot;exec&quot;,{&quot;attr&quot;:&quot;title&quot;}]]"></b>`: `data-js-a runs what the attribute "title" says`,
		`<b phx-click="{{js.Exec "#m" "data-cancel"}}"></b>`:                                                  `js: Exec is given the attribute "data-cancel"`,
		`<b phx-click='{{if .On}}[["push",{"event":"{{.Name}}"}]]{{end}}'></b>`:                               `phx-click holds commands`,
		`<b phx-click='{{.Any}}[["push",{"event":"{{.Name}}"}]]'></b>`:                                        `phx-click holds commands`,
		`{{define "t"}}{{.Name}}{{end}}<b phx-click='[["{{template "t" .}}"]]'></b>`:                          `phx-click holds commands`,
		`{{define "t"}}{{if .On}}{{template "t" .}}{{end}}{{end}}<b phx-click="{{template "t" .}}"></b>`:      `phx-click is written by a template that calls itself`,
		`<b phx-value-url="{{.Name}}"></b>`:                                                                   `phx-value-url: html/template takes what has url in its name for a URL`,
		`<b phx-click="{{js.Show ""}}"></b>`:                                                                  `js: Show is given an empty selector; Self stands for the element itself`,
		`<b phx-click="{{(js.Show "#a").Push "x" (js.Time 3)}}"></b>`:                                         `js: Push has no option Time`,
	} {
		if _, err := liveview.Parse[state](page); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", page, err, want)
		}
	}
	for _, page := range []string{
		`<b phx-click='[["push",{"event":"{{if .On}}a{{else}}b{{end}}"}]]'></b>`, `<b data-points="[{{.N}},[{{.N}}]]"></b>`, `<b data-url="{{.Name}}" phx-value-curled="x"></b>`,
	} {
		if _, err := liveview.Parse[state](page); err != nil {
			t.Error(err)
		}
	}
}

// Who wrote the template is told in the log, once, of what was kept from running, and of
// what html/template keeps from it.
func TestUnsafeDataIsLogged(t *testing.T) {
	type state struct{ List, Links []string }
	v := &testView[state]{template: liveview.MustParseSource[state](liveview.Source{
		Name: "page.html",
		Text: `{{range .List}}<b phx-click="{{.}}"></b>{{end}}{{range .Links}}<a href="{{.}}">x</a>{{end}}`,
	})}
	v.onMount = func(_ *gin.Context, s *liveview.Socket[state]) error {
		s.Assign(func(st *state) {
			*st = state{[]string{"a", "[[b", "[[c"}, []string{"/a", "javascript:b", "javascript:c"}}
		})
		return nil
	}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	for range 2 {
		s.open("/")
	}
	log := s.log.String()
	for _, want := range []string{
		"an attribute doesn't say what the data does", "page.html:1:31: <.>: something else is shown: phx-click begins with data, which this time begins with [",
		"page.html:1:74: <.>: something else is shown: html/template takes the value for unsafe",
	} {
		if !strings.Contains(log, want) {
			t.Errorf("%q isn't in the log:\n%s", want, log)
		}
	}
	if n := strings.Count(log, "something else is shown"); n != 2 {
		t.Errorf("the log has %d lines, want 2:\n%s", n, log)
	}
}

func TestCommandsInTemplatesAreChecked(t *testing.T) {
	for text, want := range map[string]string{
		`<b phx-click="{{js.Shw "#m"}}"></b>`:         `did you mean Show?`,
		`<b phx-click="{{js.Show}}"></b>`:             `Show`,
		`<b phx-click="{{js}}"></b>`:                  `js is followed by what to do, as in {{js.Show "#menu"}}`,
		`<b phx-click="{{js.Show "#m" "fade"}}"></b>`: `Option`,
	} {
		if _, err := liveview.Parse[withCommand](text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", text, err, want)
		}
	}
}

// What the server has the page run travels among the events, in their order, and says for
// what element.
func TestPushJS(t *testing.T) {
	v := &testView[steps]{template: stepsTemplate}
	v.onMount = func(_ *gin.Context, s *liveview.Socket[steps]) error {
		s.PushJS(js.Focus("#a"))
		return nil
	}
	v.onEvent = func(s *liveview.Socket[steps], e liveview.Event) error {
		s.PushJS(js.Show("#m").Push("x", js.Value{"a": 1}))
		if err := s.PushEvent("between", 1); err != nil {
			return err
		}
		s.PushJS(js.Command{})
		return nil
	}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	c := s.visitor().get("/").connect()
	_, response := c.join()
	id := strings.TrimPrefix(c.topic(), "lv:")
	want := []any{[]any{"liveview:js", map[string]any{"id": id, "cid": 0.0, "js": []any{[]any{"focus", map[string]any{"to": "#a"}}}}}}
	if rendered := response["rendered"].(map[string]any); !reflect.DeepEqual(rendered["e"], want) {
		t.Errorf("the join says %v, want %v", rendered["e"], want)
	}
	want = []any{
		[]any{"liveview:js", map[string]any{"id": id, "cid": 0.0, "js": []any{
			[]any{"show", map[string]any{"to": "#m"}}, []any{"push", map[string]any{"event": "x", "value": map[string]any{"a": 1.0}}},
		}}},
		[]any{"between", 1.0},
		[]any{"liveview:js", map[string]any{"id": id, "cid": 0.0, "js": []any{}}},
	}
	if diff := c.click("go", nil); !reflect.DeepEqual(diff["e"], want) {
		t.Errorf("the diff says %v, want %v", diff["e"], want)
	}
}
