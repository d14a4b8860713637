package engine_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/internal/engine"
	"github.com/gin-liveview/liveview/js"
)

// A value signed for another name than the one it is sent by would be refused at each event:
// that is said when the page is parsed, with both names.
func TestSignedForAnotherName(t *testing.T) {
	funcs := map[string]any{
		"signed": func(name string, value any) string { return name },
		"js":     func() js.Funcs { return js.Funcs{} },
		"attrs":  func(args ...any) string { return "" },
		"attr":   func(name string, value any) string { return "" },
	}
	for name, value := range functions {
		funcs[name] = value
	}
	for text, want := range map[string]string{
		`<b phx-value-id="{{signed "nr" 1}}"></b>`:                                            `page:1:19: phx-value-id sends what is signed as "nr" under the name "id"`,
		`<b phx-value-id='{{.N | signed "nr"}}'></b>`:                                         `signed as "nr" under the name "id"`,
		`<b phx-value-userId="{{signed "userId" .N}}"></b>`:                                   `signed as "userId" under the name "userid"`,
		`<b {{if .B}}title="x"{{end}} phx-value-id="{{if .B}}{{signed "nr" 1}}{{end}}"></b>`:  `signed as "nr" under the name "id"`,
		`{{define "t"}}<b phx-value-id={{signed "nr" .}}></b>{{end}}{{template "t" .N}}`:      `signed as "nr" under the name "id"`,
		`<form><input name="item" value="{{signed "nr" .N}}"></form>`:                         `value sends what is signed as "nr" under the name "item"`,
		`<form><input value="{{signed "nr" .N}}" type="hidden" name=item></form>`:             `signed as "nr" under the name "item"`,
		`<button phx-click="x" value="{{signed "nr" .N}}">x</button>`:                         `signed as "nr" under the name "value"`,
		`<b phx-click="{{js.Push "x" (js.Value "a" 1 "id" (signed "nr" .N))}}"></b>`:          `js.Value "id" sends what is signed as "nr"`,
		`<b {{attrs "title" "x" "phx-value-id" (signed "nr" .N)}}></b>`:                       `phx-value-id sends what is signed as "nr" under the name "id"`,
		`<b {{attr "phx-value-id" (.N | signed "nr")}}></b>`:                                  `phx-value-id sends what is signed as "nr" under the name "id"`,
		`{{range .Rows}}<b phx-value-id="{{signed "nr" .ID}}"></b>{{end}}`:                    `signed as "nr" under the name "id"`,
		`<b phx-value-id="{{signed "id" 1}}"></b>`:                                            "",
		`<b PHX-VALUE-ID="{{signed "id" 1}}" data-t="{{signed "nr" 2}}"></b>`:                 "",
		`<b phx-value-id="{{signed .Title 1}}"></b>`:                                          "",
		`<form><input name="{{.Title}}" value="{{signed "nr" .N}}"></form>`:                   "",
		`<form><input name="nr" value="{{signed "nr" .N}}"><input name="b" value="c"></form>`: "",
		`<button phx-click="x" value="{{signed "value" .N}}">x</button>`:                      "",
		`<form><button name="nr" value="{{signed "nr" .N}}">x</button></form>`:                "",
		`<b phx-click="{{js.Push "x" (js.Value "id" (signed "id" .N))}}"></b>`:                "",
		`<b {{attrs "phx-value-id" (signed "id" .N)}} {{attrs .Any}}></b>`:                    "",
	} {
		_, err := engine.Parse(engine.Source{Name: "page", Text: text, Funcs: funcs, State: reflect.TypeFor[page]()})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("Parse(%s)\n got %v\nwant %s", text, err, want)
		}
	}
}
