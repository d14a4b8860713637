package engine_test

import (
	"reflect"
	"testing"

	"github.com/gin-liveview/liveview/internal/engine"
)

// A live component may be whatever one element is, a form too.
func TestElementOfALiveComponent(t *testing.T) {
	type state struct {
		Name string
		On   bool
		All  []string
	}
	for text, want := range map[string]bool{
		`<div>{{.Name}}</div>`: true,
		`<form id="f"><input name="a" value="{{.Name}}"></form>`:                                                           true,
		` <form><input name="order[id]"><p id="x">{{.Name}}</p></form> `:                                                   true,
		`<form>{{if .On}}<input name="a">{{end}}</form>`:                                                                   true,
		`<form></form><form></form>`:                                                                                       false,
		`<li>{{if .On}}<b>{{if .Name}}<i>x</i>{{end}}</b>{{else}}y{{end}}</li>`:                                            true,
		`<li>{{range $.All}}<b>{{with $.Name}}<i>{{.}}</i>{{else}}<u>{{if $.On}}<s></s>{{end}}</u>{{end}}</b>{{end}}</li>`: true,
		`{{if .On}}<form></form>{{end}}`:                                                                                   false,
		`<option>{{.Name}}</option>`:                                                                                       false,
	} {
		tmpl, err := engine.Parse(engine.Source{Name: "page", Text: text, State: reflect.TypeFor[state]()})
		if err != nil {
			t.Fatal(err)
		}
		if err := tmpl.OneElement(); (err == nil) != want {
			t.Errorf("%s: one element: %v, want %v", text, err, want)
		}
	}
}
