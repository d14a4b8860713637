package engine_test

import (
	"context"
	"fmt"
	"io"
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

// Ids that differ are components that do.
func TestIDsOfLiveComponents(t *testing.T) {
	seen := map[uint64]int{}
	for id := -3000; id <= 3000; id++ {
		sum, err := engine.LiveID(id)
		if err != nil {
			t.Fatal(err)
		}
		if other, taken := seen[sum]; taken {
			t.Errorf("the ids %d and %d are one", other, id)
		}
		seen[sum] = id
	}
	type number int8
	for _, same := range [][2]any{{-5, int8(-5)}, {5, uint64(5)}, {-5, number(-5)}, {"a", struct{ string }{"a"}.string}} {
		a, _ := engine.LiveID(same[0])
		if b, _ := engine.LiveID(same[1]); a != b {
			t.Errorf("the ids %v (%T) and %v (%T) are two", same[0], same[0], same[1], same[1])
		}
	}
}

// plainHTML is a component that writes HTML.
type plainHTML string

func (w plainHTML) Render(_ context.Context, out io.Writer) error {
	_, err := io.WriteString(out, string(w))
	return err
}

// A component that writes ever other HTML, as of text that visitors format, doesn't have
// its page remember all that it has been.
func TestShapesOfALiveComponentAreBounded(t *testing.T) {
	var shared engine.Shared
	part := engine.Part{CID: 1}
	for i := range 5000 {
		shared.Begin()
		if _, err := part.DiffComponent(nil, plainHTML(fmt.Sprintf("<p a%d=x>y</p>", i)), t.Context(), engine.Live{}, &shared); err != nil {
			t.Fatal(err)
		}
	}
	if n := shared.Remembered(); n > 2000 {
		t.Errorf("%d shapes are remembered", n)
	}
}
