// Package board is a board of cards that are edited in place and moved: live components.
package board

import (
	_ "embed"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

//go:embed board.html
var source string

var card = liveview.NewLive[Card, Item](cardComponent{})

var page = liveview.MustParseSource[State](liveview.Source{
	Text: source,
	Live: map[string]liveview.AnyLive{"card": card},
})

// Column is a list of cards.
type Column struct {
	Name  string
	Cards []Item
}

// State is what one visitor's board holds.
type State struct {
	Columns []Column
	last    int // the highest ID
}

// View shows the board.
type View struct{}

// Mount puts some cards on it.
func (View) Mount(_ *gin.Context, s *liveview.Socket[State]) error {
	s.Assign(func(st *State) {
		*st = State{last: 4, Columns: []Column{
			{"To do", []Item{{1, "Water the plants"}, {2, "Call the plumber"}}},
			{"Doing", []Item{{3, "Write the report"}}},
			{"Done", []Item{{4, "Buy bread"}}},
		}}
	})
	return nil
}

// HandleEvent gets what isn't a card's own: new cards, and those that the hook saw dropped.
func (View) HandleEvent(s *liveview.Socket[State], e liveview.Event) error {
	s.Assign(func(st *State) {
		switch column := e.Int("column"); {
		case column < 0 || column >= len(st.Columns):
		case e.Name == "add":
			st.last++
			st.Columns[column].Cards = append(st.Columns[column].Cards, Item{ID: st.last})
		case e.Name == "drop":
			st.move(e.Int("card"), func(int) int { return column })
		}
	})
	return nil
}

// HandleInfo gets what the cards tell.
func (View) HandleInfo(s *liveview.Socket[State], info any) error {
	s.Assign(func(st *State) {
		switch info := info.(type) {
		case Saved:
			if column, i := st.find(info.ID); i >= 0 {
				st.Columns[column].Cards[i].Text = info.Text
			}
		case Moved:
			st.move(info.ID, func(column int) int { return min(max(column+info.By, 0), len(st.Columns)-1) })
		}
	})
	return nil
}

// move puts a card at the end of another column.
func (st *State) move(id int, to func(column int) int) {
	from, i := st.find(id)
	if i < 0 || to(from) == from {
		return
	}
	item := st.Columns[from].Cards[i]
	st.Columns[from].Cards = slices.Delete(st.Columns[from].Cards, i, i+1)
	st.Columns[to(from)].Cards = append(st.Columns[to(from)].Cards, item)
}

// find returns where a card is; i is -1 if it is nowhere.
func (st *State) find(id int) (column, i int) {
	for column, c := range st.Columns {
		if i := slices.IndexFunc(c.Cards, func(item Item) bool { return item.ID == id }); i >= 0 {
			return column, i
		}
	}
	return 0, -1
}

// Render shows the board.
func (View) Render(st State) liveview.Rendered { return page.Render(st) }
