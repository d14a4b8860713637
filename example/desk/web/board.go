package web

import (
	"errors"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/desk/data"
)

// boardCards is how many a column shows; the list has the others.
const boardCards = 25

// boardState is the board: a column for each status.
type boardState struct {
	Mine    bool
	Columns []Column
}

// Column are the tickets of a status that were changed last.
type Column struct {
	Status      data.Status
	Left, Right data.Status // beside it, "" for none
	Cards       []data.Ticket
	Count       int64 // of all
}

type boardView struct{ desk *desk }

// Mount implements [liveview.Mounter].
func (v boardView) Mount(_ *gin.Context, s *liveview.Socket[boardState]) error {
	s.PageTitle("Board")
	_, err := s.Subscribe(data.TicketsTopic)
	return err
}

// HandleParams implements [liveview.ParamsHandler].
func (v boardView) HandleParams(c *gin.Context, s *liveview.Socket[boardState]) error {
	s.Assign(func(st *boardState) { st.Mine = c.Query("assignee") == "me" })
	return v.load(s)
}

func (v boardView) filter(s *liveview.Socket[boardState], status data.Status) data.Filter {
	f := data.Filter{Status: string(status)}
	if s.State().Mine {
		f.Assignee = "me"
	}
	return f
}

func (v boardView) load(s *liveview.Socket[boardState]) error {
	var columns []Column
	all := data.Statuses()
	for i, status := range all {
		c := Column{Status: status}
		if i > 0 {
			c.Left = all[i-1]
		}
		if i < len(all)-1 {
			c.Right = all[i+1]
		}
		var err error
		if c.Cards, err = v.desk.Tickets(s.Context(), me(s), v.filter(s, status), nil, false, boardCards); err != nil {
			return err
		}
		if c.Count, err = v.desk.Count(s.Context(), me(s), v.filter(s, status)); err != nil {
			return err
		}
		columns = append(columns, c)
	}
	s.Assign(func(st *boardState) { st.Columns = columns })
	return nil
}

// HandleInfo implements [liveview.InfoHandler]: one card goes to where it belongs now.
func (v boardView) HandleInfo(s *liveview.Socket[boardState], info any) error {
	changed, ok := info.(data.Changed)
	if !ok {
		return v.load(s) // some may have been missed
	}
	columns := slices.Clone(s.State().Columns)
	for i := range columns {
		c := &columns[i]
		c.Cards = slices.DeleteFunc(slices.Clone(c.Cards), func(t data.Ticket) bool { return t.ID == changed.Ticket })
		f := v.filter(s, c.Status)
		t, err := v.desk.Matching(s.Context(), me(s), f, changed.Ticket)
		if err != nil && !errors.Is(err, data.ErrNotFound) {
			return err
		}
		if err == nil {
			place, _ := slices.BinarySearchFunc(c.Cards, t, f.Compare)
			c.Cards = slices.Insert(c.Cards, place, t)
			c.Cards = c.Cards[:min(len(c.Cards), boardCards)]
		}
		if c.Count, err = v.desk.Count(s.Context(), me(s), f); err != nil {
			return err
		}
	}
	s.Assign(func(st *boardState) { st.Columns = columns })
	return nil
}

// HandleEvent implements [liveview.EventHandler]: a card is dropped on a column, or sent there by
// its arrows.
func (v boardView) HandleEvent(s *liveview.Socket[boardState], e liveview.Event) error {
	if e.Name != "drop" {
		return liveview.ErrUnknownEvent
	}
	id, status := signedID(e, "card"), data.Status(e.Value("status"))
	if id == 0 {
		return liveview.ErrUnknownEvent
	}
	if err := v.desk.Edit(s.Context(), me(s), id, data.Edit{Status: &status}); err != nil {
		return err
	}
	return v.HandleInfo(s, data.Changed{Ticket: id}) // which comes as well, but later
}

// Render implements [liveview.View].
func (boardView) Render(st boardState) liveview.Rendered { return boardPage.Render(st) }
