package board

import (
	_ "embed"
	"strings"

	"github.com/gin-liveview/liveview"
)

//go:embed card.html
var cardSource string

var cardPage = liveview.MustParse[Card](cardSource)

// Item is what the board gives a card.
type Item struct {
	ID   int    `form:"-"`
	Text string `form:"text" binding:"max=80"`
}

// Card is the state of one card, which the board knows nothing of.
type Card struct {
	Item    Item
	Editing bool
	Form    liveview.Form[Item]
}

// Saved is what a card tells the board when it has another text.
type Saved Item

// Moved is what it tells when it is to go By columns to the right.
type Moved struct{ ID, By int }

type cardComponent struct{}

// Update is called first, and whenever the board gives the card another text.
func (cardComponent) Update(s *liveview.Socket[Card], item Item) error {
	s.Assign(func(st *Card) {
		st.Item = item
		if item.Text == "" { // a new one
			st.edit()
		}
	})
	return nil
}

// HandleEvent gets the events of the card's own elements: phx-target={{myself}}.
func (cardComponent) HandleEvent(s *liveview.Socket[Card], e liveview.Event) error {
	item := s.State().Item
	switch e.Name {
	case "edit":
		s.Assign((*Card).edit)
	case "cancel":
		s.Assign(func(st *Card) { st.Editing = false })
	case "type", "save":
		f := s.State().Form.Apply(e)
		f.Check("text", strings.TrimSpace(f.Value.Text) != "", "says nothing yet")
		done := e.Name == "save" && f.Valid()
		s.Assign(func(st *Card) { st.Form, st.Editing = f, !done })
		if done {
			return s.SendParent(Saved(f.Value))
		}
	case "move":
		return s.SendParent(Moved{item.ID, e.Int("by")})
	}
	return nil
}

// edit begins with the text that the card has.
func (st *Card) edit() { st.Editing, st.Form = true, liveview.FormOf(st.Item) }

// Render shows the card.
func (cardComponent) Render(st Card) liveview.Rendered { return cardPage.Render(st) }
