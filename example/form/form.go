// Package form validates as its visitor types.
package form

import (
	_ "embed"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

//go:embed form.html
var source string

var page = liveview.MustParse[State](source, liveview.Source{Funcs: template.FuncMap{"field": newField}})

// field is what the template of one field shows.
type field struct{ ID, Name, Label, Type, Value, Error string }

func newField(errors map[string]string, name, label, kind string, value any) field {
	return field{strings.Trim(strings.NewReplacer("[", "-", "]", "").Replace(name), "-"), name, label, kind, fmt.Sprint(value), errors[name]}
}

// Order is what the form asks for, with Gin's own tags.
type Order struct {
	Name   string   `form:"order[name]" binding:"required,min=2,max=40"`
	Email  string   `form:"order[email]" binding:"required,email"`
	Seats  int      `form:"order[seats]" binding:"min=1,max=8"`
	Extras []string `form:"order[extras][]" binding:"max=2"`
	Type   string   `form:"type" binding:"oneof=standard balcony box"`
}

// State is what one visitor's page shows.
type State struct {
	Order  Order
	Errors map[string]string // by the field's name
	Done   bool
}

// Chosen reports whether an extra is ticked.
func (s State) Chosen(extra string) bool { return slices.Contains(s.Order.Extras, extra) }

// View takes an order.
type View struct{}

// Mount begins with one seat.
func (View) Mount(_ *gin.Context, s *liveview.Socket[State]) error {
	s.Assign(func(c *State) { c.Order = Order{Seats: 1, Type: "standard"} })
	return nil
}

// HandleEvent checks the form. Errors are shown for the fields that the
// visitor has been to, and for all of them once the order is sent.
func (View) HandleEvent(s *liveview.Socket[State], e liveview.Event) error {
	if e.Name == "again" {
		s.Assign(func(c *State) { *c = State{Order: Order{Seats: 1, Type: "standard"}} })
		return nil
	}
	var order Order
	err := e.Bind(&order)
	s.Assign(func(c *State) {
		c.Order = order
		c.Errors = e.FieldErrors(err)
		c.Done = e.Name == "order" && err == nil
	})
	return nil
}

// Render shows the form or, at the end, what was ordered.
func (View) Render(c State) liveview.Rendered { return page.Render(c) }
