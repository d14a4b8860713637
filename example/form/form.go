// Package form validates as its visitor types.
package form

import (
	_ "embed"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

//go:embed form.html
var source string

var page = liveview.MustParse[State](source)

// Order is what the form asks for, with Gin's own tags.
type Order struct {
	Name   string   `form:"name" binding:"required,min=2,max=40"`
	Email  string   `form:"email" binding:"required,email"`
	Seats  int      `form:"seats" binding:"required,min=1,max=8"`
	Extras []string `form:"extras" binding:"max=2"`
	Type   string   `form:"type" binding:"oneof=standard balcony box"`
}

// State is what one visitor's page shows.
type State struct {
	Form liveview.Form[Order]
	Done bool
}

// blank is a page before anything is typed.
func blank() State {
	return State{Form: liveview.FormOf(Order{Seats: 1, Type: "standard"}, liveview.As("order"))}
}

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
	s.Assign(func(st *State) {
		if e.Name == "again" {
			*st = blank()
			return
		}
		st.Form = st.Form.Apply(e)
		st.Done = e.Name == "order" && st.Form.Valid()
	})
	return nil
}

// Render shows the form or, at the end, what was ordered.
func (View) Render(st State) liveview.Rendered { return page.Render(st) }
