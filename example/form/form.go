// Package form validates as its visitor types.
package form

import (
	_ "embed"
	"html/template"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

//go:embed form.html
var source string

var page = liveview.MustParseSource[State](liveview.Source{Text: source, Funcs: template.FuncMap{"field": newField}})

// field is what the template of one field shows.
type field struct{ ID, Name, Label, Type, Value, Error string }

func newField(s State, name, label, kind string) field {
	return field{strings.Trim(strings.NewReplacer("[", "-", "]", "").Replace(name), "-"), name, label, kind, s.Values.Get(name), s.Errors[name]}
}

// Order is what the form asks for, with Gin's own tags.
type Order struct {
	Name   string   `form:"order[name]" binding:"required,min=2,max=40"`
	Email  string   `form:"order[email]" binding:"required,email"`
	Seats  int      `form:"order[seats]" binding:"min=1,max=8"`
	Extras []string `form:"order[extras][]" binding:"max=2"`
	Type   string   `form:"type" binding:"oneof=standard balcony box"`
}

// State is what one visitor's page shows. The form shows what was typed, and not the
// Order: that has no place for a text in a number.
type State struct {
	Values url.Values        // as they are in the form
	Errors map[string]string // by the field's name
	Order  Order             // once it is done
	Done   bool
}

// Where reports whether a place is chosen.
func (s State) Where(place string) bool { return s.Values.Get("type") == place }

// Chosen reports whether an extra is ticked.
func (s State) Chosen(extra string) bool {
	return slices.Contains(s.Values["order[extras][]"], extra)
}

// blank is a page before anything is typed.
func blank() State { return State{Values: url.Values{"order[seats]": {"1"}, "type": {"standard"}}} }

// View takes an order.
type View struct{}

// Mount begins with one seat.
func (View) Mount(_ *gin.Context, s *liveview.Socket[State]) error {
	s.Assign(func(st *State) { *st = blank() })
	return nil
}

// HandleEvent checks the form. Errors are shown for the fields that the
// visitor has been to, and for all of them once the order is sent.
func (View) HandleEvent(s *liveview.Socket[State], e liveview.Event) error {
	if e.Name == "again" {
		s.Assign(func(st *State) { *st = blank() })
		return nil
	}
	var order Order
	err := e.Bind(&order)
	s.Assign(func(st *State) {
		st.Order, st.Values = order, e.Values()
		st.Errors = e.FieldErrors(err)
		st.Done = e.Name == "order" && err == nil
	})
	return nil
}

// Render shows the form or, at the end, what was ordered.
func (View) Render(st State) liveview.Rendered { return page.Render(st) }
