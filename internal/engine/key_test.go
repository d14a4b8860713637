package engine_test

import (
	"errors"
	"strings"
	"testing"
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
// the application's own error is in the chain. The page is shown all the same,
// as it is in HTML.
func TestKeyWarnings(t *testing.T) {
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
			s := newTwin(t, `<ul>{{range $i, $e := .Anys | keyed "ID"}}<li>{{$i}}</li>{{end}}</ul>`, &page{}).session()
			s.show(t, &page{Anys: []any{test.entry}})
			told := s.tree.Warnings()
			s.show(t, &page{Anys: []any{test.entry, row{ID: 1}, test.entry}})
			s.show(t, &page{Anys: []any{row{ID: 1}, test.entry}})
			told = append(told, s.tree.Warnings()...)
			want := `page:1:12: <$i, $e := .Anys | keyed "ID">: ` + test.want
			if len(told) != 1 || !strings.HasPrefix(told[0].Error(), want) || test.is != nil && !errors.Is(told[0], test.is) {
				t.Errorf("told of %v, want %s", told, want)
			}
		})
	}
}
