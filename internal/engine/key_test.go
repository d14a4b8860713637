package engine_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/internal/engine"
)

var errKey = errors.New("no key")

type (
	failingKey  struct{}
	panickingID struct{}
	twoIDs      struct{}
	promotedID  struct{ *promoted }
	promoted    struct{ ID int }
)

func (*failingKey) ID() (int, error)     { return 0, errKey }
func (*panickingID) ID() (string, error) { panic(errKey) }
func (*twoIDs) ID() (int, string)        { return 1, "one" }

// What keeps an entry from having a key is told with the place of the list, and
// the application's own error is in the chain.
func TestKeyErrors(t *testing.T) {
	for name, test := range map[string]struct {
		entry any
		want  string
		is    error
	}{
		"error of a method":  {&failingKey{}, "error calling ID: no key", errKey},
		"panic of a method":  {&panickingID{}, "error calling ID: no key", errKey},
		"two values":         {&twoIDs{}, "an entry has no key ID", nil},
		"nil pointer":        {promotedID{}, "an entry has no key ID: reflect: indirection through nil pointer", nil},
		"no such name":       {struct{ Name string }{}, "an entry has no key ID", nil},
		"no value":           {nil, "an entry without a value has no key ID", nil},
		"not comparable":     {struct{ ID []int }{}, "a []int can't be a key", nil},
		"uncomparable in it": {map[string]any{"ID": any(map[int]int{})}, "a interface {} can't be a key", nil},
	} {
		t.Run(name, func(t *testing.T) {
			state := &page{Anys: []any{test.entry}}
			tmpl := mustParse(t, `<ul>{{range .Anys | keyed "ID"}}x{{end}}</ul>`, state)
			var tree engine.Tree
			_, err := tree.Diff(nil, tmpl, state, nil)
			want := `page:1:12: <.Anys | keyed "ID">: ` + test.want
			if err == nil || !strings.HasPrefix(err.Error(), want) || test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("error = %v, want %s", err, want)
			}
		})
	}
}
