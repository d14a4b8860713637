package js_test

import (
	"encoding/json"
	"fmt"
	"html/template"
	"math"
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/js"
)

// What each command says to the client, as phoenix_live_view/lib/phoenix_live_view/js.ex
// encodes it.
func TestCommands(t *testing.T) {
	for want, c := range map[string]js.Command{
		``:                       {},
		`[["show",{"to":"#m"}]]`: js.Show("#m"),
		`[["show",{"display":"flex","transition":[["ease","d-300"],["op-0"],["op-1"]],"time":300,"blocking":false,"to":"#m"}]]`: js.Show("#m", js.Display("flex"), js.With("ease d-300", "op-0", "op-1"), js.Time(300), js.NonBlocking),
		`[["hide",{}]]`:                           js.Hide(js.Self),
		`[["hide",{"to":{"closest":"li"}}]]`:      js.Hide("li", js.Closest),
		`[["hide",{"to":{"inner":".menu > a"}}]]`: js.Hide(".menu > a", js.Inner),
		`[["toggle",{"ins":[["in"],[],[]],"outs":[["out"],["a"],["b"]],"to":"#m"}]]`:                              js.Toggle("#m", js.In("in"), js.Out("out", "a", "b")),
		`[["add_class",{"to":"#m","names":["a","b"]}]]`:                                                           js.AddClass("#m", " a  b "),
		`[["remove_class",{"names":["a"]}]]`:                                                                      js.RemoveClass(js.Self, "a"),
		`[["toggle_class",{"transition":[["t"],[],[]],"names":["a"]}]]`:                                           js.ToggleClass(js.Self, "a", js.With("t")),
		`[["transition",{"transition":[["shake"],[],[]],"to":"#m"}]]`:                                             js.Transition("#m", js.With("shake")),
		`[["set_attr",{"to":"#m","attr":["aria-busy","true"]}]]`:                                                  js.SetAttr("#m", "aria-busy", true),
		`[["remove_attr",{"to":"#m","attr":"open"}]]`:                                                             js.RemoveAttr("#m", "open"),
		`[["toggle_attr",{"attr":["open",""]}]]`:                                                                  js.ToggleAttr(js.Self, "open", ""),
		`[["toggle_attr",{"to":"#m","attr":["aria-expanded","true","false"]}]]`:                                   js.ToggleAttr("#m", "aria-expanded", true, js.Else(false)),
		`[["ignore_attrs",{"attrs":["open","data-*"]}]]`:                                                          js.IgnoreAttrs(js.Self, "open data-*"),
		`[["dispatch",{"detail":{"x":1},"bubbles":false,"blocking":true,"to":"#m","event":"my:ev"}]]`:             js.Dispatch("#m", "my:ev", js.Detail{"x": 1}, js.NoBubbles, js.Blocking),
		`[["exec",{"to":"#m","attr":"data-js-cancel"}],["exec",{"attr":"phx-remove"}]]`:                           js.Exec("#m", "data-js-cancel").Exec(js.Self, "phx-remove"),
		`[["focus",{"to":"#m"}]]`:                                                                                 js.Focus("#m"),
		`[["focus_first",{"to":"#m"}]]`:                                                                           js.FocusFirst("#m"),
		`[["push_focus",{}],["pop_focus",{}]]`:                                                                    js.PushFocus(js.Self).PopFocus(),
		`[["push",{"event":"inc"}]]`:                                                                              js.Push("inc"),
		`[["push",{"event":"inc","value":{"a":1,"b":"\"]"},"target":2,"loading":"#m","page_loading":true}]]`:      js.Push("inc", js.Value{"b": `"]`, "a": 1}, js.Target(2), js.Loading("#m"), js.PageLoading),
		`[["push",{"event":"inc","target":"#c"}]]`:                                                                js.Push("inc", js.Target("#c")),
		`[["push",{"event":"of the view"}]]`:                                                                      js.Push("of the view", js.Target(0)),
		`[["patch",{"href":"/a?b=1"}],["navigate",{"href":"/","replace":true}]]`:                                  js.Patch("/a?b=1").Navigate("/", js.Replace),
		`[["navigate",{"href":"#ZgotmplZ"}]]`:                                                                     js.Navigate("//elsewhere.example"),
		`[["set_attr",{"attr":["phx-click","[[\"hide\",{}]]"]}],["set_attr",{"attr":["phx-click","#ZgotmplZ"]}]]`: js.SetAttr(js.Self, "phx-click", js.Hide(js.Self)).SetAttr(js.Self, "phx-click", `[["hide",{}]]`),
		`[["set_attr",{"attr":["href","#ZgotmplZ"]}]]`:                                                            js.SetAttr(js.Self, "href", "javascript:alert(1)"),
		`[["hide",{}],["push",{"event":"a"}],["show",{}]]`:                                                        js.Hide(js.Self).Then(js.Command{}).Then(js.Push("a").Show(js.Self)),
	} {
		if got := c.String(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if want == "" {
			want = "[]"
		}
		got, err := json.Marshal(c)
		if !json.Valid([]byte(want)) || err != nil || strings.NewReplacer(`\u003e`, ">").Replace(string(got)) != want {
			t.Errorf("marshals as %s, want %s (%v)", got, want, err)
		}
	}
}

// A command is a value: what is made of it leaves it as it was.
func TestCommandsDontChange(t *testing.T) {
	base := js.Show("#a").Push("x")
	before := base.String()
	one, two := base.Hide("#b"), base.Focus("#c")
	if base.String() != before || one == two || !strings.HasSuffix(one.String(), `["hide",{"to":"#b"}]]`) {
		t.Errorf("%s, %s, %s", base, one, two)
	}
	if base != js.Show("#a").Push("x") {
		t.Error("equal commands differ")
	}
}

// What can't work panics where it is made, and says why.
func TestCommandsThatCantWork(t *testing.T) {
	for want, make := range map[string]func(){
		`js: Show is given an empty selector; Self stands for the element itself`:        func() { js.Show("") },
		`js: Hide is given an empty selector`:                                            func() { js.Hide(" ", js.Inner) },
		`js: Focus is given the selector "#"`:                                            func() { js.Focus("#") },
		`js: Show is given the selector "#12", which names nothing`:                      func() { js.Show("#12") },
		`js: Show is given the selector "a#, b"`:                                         func() { js.Show("a#, b") },
		`js: Loading is given an empty selector`:                                         func() { js.Push("a", js.Loading("")) },
		`js: Show is given Inner and Closest`:                                            func() { js.Show("a", js.Inner, js.Closest) },
		`js: Show has no option Value`:                                                   func() { js.Show("#m", js.Value{}) },
		`js: Show has no option In`:                                                      func() { js.Show("#m", js.In("a")) },
		`js: Push has no option Inner`:                                                   func() { js.Push("m", js.Inner) },
		`js: Hide is given Time twice`:                                                   func() { js.Hide("#m", js.Time(1), js.Time(2)) },
		`js: Hide is given nil for an option`:                                            func() { js.Hide("#m", nil) },
		`js: AddClass is given no class`:                                                 func() { js.AddClass("#m", " ") },
		`js: IgnoreAttrs is given no attribute`:                                          func() { js.IgnoreAttrs("#m", "") },
		`js: Transition is given no classes: say them by With`:                           func() { js.Transition("#m") },
		`js: With takes the classes of a transition`:                                     func() { js.With("a", "b") },
		`js: In is given no class for while the transition goes on`:                      func() { js.In("", "a", "b") },
		`js: Push is given no name of an event`:                                          func() { js.Push("") },
		`js: Dispatch is given no name of an event`:                                      func() { js.Dispatch("#m", "") },
		`js: SetAttr can't have it: "a b" isn't the name of an attribute`:                func() { js.SetAttr("#m", "a b", 1) },
		`js: SetAttr can't have it: the attribute onclick would let data run scripts`:    func() { js.SetAttr("#m", "onclick", 1) },
		`js: Target takes the number of a live component or a selector, not a float64`:   func() { js.Target(1.5) },
		`js: Push has a Value that encoding/json doesn't marshal: json: unsupported val`: func() { js.Push("a", js.Value{"x": math.NaN()}) },
		`js: Value takes names and values in turn, and one of them is missing`:           func() { js.Funcs{}.Value([]any{"a"}...) }, //nolint:staticcheck // on purpose
		`js: Exec is given the attribute "data-cancel", in which data may stand`:         func() { js.Exec("#m", "data-cancel") },
		`js: Exec is given the attribute "phx-value-x"`:                                  func() { js.Exec("#m", "phx-value-x") },
		`js: ID is given no id`:                                                          func() { js.ID("") },
	} {
		t.Run(want, func(t *testing.T) {
			defer func() {
				if got, _ := recover().(string); !strings.HasPrefix(got, want) {
					t.Errorf("panics with %q, want %q", got, want)
				}
			}()
			make()
		})
	}
}

// Selectors that CSS knows are let through.
func TestSelectors(t *testing.T) {
	for _, selector := range []string{
		"#a1.b", ".a > li:nth-child(2n+1)", `[href="#1"]`, `[data-x='.5']`, "*", `#\31 2`, "form, #x", "#ü", "#_a", "body", "a:not(.b)",
	} {
		js.Show(selector)
	}
}

// An id, whatever it says, is selected alone; see CSSOM, serialize an identifier.
func TestID(t *testing.T) {
	for id, want := range map[string]string{
		"a": "#a", "row-1": "#row-1", "12": `#\31 2`, "-1": `#-\31 `, "-": `#\-`, "--": "#--", "a, body": `#a\,\ body`,
		"ünï": "#ünï", "a\x00\x01": "#a\uFFFD\\1 ", "a\x7f": `#a\7f `, "x:y.z": `#x\:y\.z`, `"]`: `#\"\]`,
	} {
		if got := js.ID(id); got != want {
			t.Errorf("ID(%q) = %s, want %s", id, got, want)
		}
	}
	if got := (js.Funcs{}).ID(12); got != `#\31 2` {
		t.Error(got)
	}
}

// html/template escapes a command for wherever it stands.
func TestInHTMLTemplate(t *testing.T) {
	c := js.Push(`a"b`, js.Value{"n": `</script>'">`})
	page := template.Must(template.New("").Parse(`<b phx-click="{{.}}" phx-focus='{{.}}' phx-blur={{.}} onclick="run({{.}})"></b><script>run({{.}})</script>`))
	var b strings.Builder
	if err := page.Execute(&b, c); err != nil {
		t.Fatal(err)
	}
	got := b.String()
	if strings.Count(got, "<") != 4 || strings.Count(got, ">") != 4 {
		t.Error(got)
	}
	t.Attr("figure", fmt.Sprintf("%d places, in which hostile values begin %d elements", strings.Count(got, "push"), strings.Count(got, "<")-4))
	if !strings.Contains(got, `<script>run([["push",{"event":"a\"b","value":{"n":"\u003c/script\u003e`) {
		t.Error(got)
	}
}

func BenchmarkPush(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_ = js.Hide(js.ID("row-1")).Push("delete", js.Value{"id": 1}).String()
	}
}
