package liveview_test

import (
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
