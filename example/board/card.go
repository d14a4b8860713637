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
	ID   int
	Text string
}

// Card is the state of one card, which the board knows nothing of.
type Card struct {
	Item           Item
	Editing        bool
	Draft, Problem string
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
			st.Editing = true
		}
	})
	return nil
}

// HandleEvent gets the events of the card's own elements: phx-target={{myself}}.
func (cardComponent) HandleEvent(s *liveview.Socket[Card], e liveview.Event) error {
	item := s.State().Item
	switch e.Name {
	case "edit":
		s.Assign(func(st *Card) { st.Editing, st.Draft, st.Problem = true, item.Text, "" })
	case "cancel":
		s.Assign(func(st *Card) { st.Editing, st.Draft = false, "" })
	case "type":
		s.Assign(func(st *Card) { st.Draft, st.Problem = e.Value("text"), problem(e.Value("text")) })
	case "save":
		item.Text = strings.TrimSpace(e.Value("text"))
		if p := problem(item.Text); p != "" {
			s.Assign(func(st *Card) { st.Problem = p })
			return nil
		}
		s.Assign(func(st *Card) { st.Editing, st.Draft = false, "" })
		return s.SendParent(Saved(item))
	case "move":
		return s.SendParent(Moved{item.ID, e.Int("by")})
	}
	return nil
}

// problem says what is wrong with a card's text, "" for nothing.
func problem(text string) string {
	switch n := len([]rune(strings.TrimSpace(text))); {
	case n == 0:
		return "says nothing yet"
	case n > 80:
		return "is longer than 80 characters"
	}
	return ""
}

// Render shows the card.
func (cardComponent) Render(st Card) liveview.Rendered { return cardPage.Render(st) }
