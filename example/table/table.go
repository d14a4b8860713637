// Package table sorts and filters a thousand rows on the server.
package table

import (
	"cmp"
	_ "embed"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

//go:embed table.html
var source string

var page = liveview.MustParse[State](source)

// State is what one visitor's page shows.
type State struct {
	Query string
	Sort  string
	Down  bool
	Stock []Article // all of them
	Rows  []Article // those to be seen, in order
}

// Arrow tells which way a column is sorted.
func (s State) Arrow(column string) string {
	switch {
	case s.Sort != column:
		return "none"
	case s.Down:
		return "descending"
	default:
		return "ascending"
	}
}

// View is a stockroom, one for each visitor.
type View struct{}

// Mount fills the stockroom.
func (View) Mount(_ *gin.Context, s *liveview.Socket[State]) error {
	s.Assign(func(st *State) {
		st.Stock, st.Sort = stock(), "id"
		st.arrange()
	})
	return nil
}

// HandleEvent filters, sorts, and restocks one article.
func (View) HandleEvent(s *liveview.Socket[State], e liveview.Event) error {
	s.Assign(func(st *State) {
		switch e.Name {
		case "filter":
			st.Query = e.Value("q")
		case "sort":
			st.Down = st.Sort == e.Value("by") && !st.Down
			st.Sort = e.Value("by")
		case "restock":
			if i := slices.IndexFunc(st.Stock, func(a Article) bool { return a.ID == e.Int("id") }); i >= 0 {
				st.Stock[i].Qty += 100
			}
		}
		st.arrange()
	})
	return nil
}

// arrange puts the rows to be seen in order.
func (s *State) arrange() {
	s.Rows = s.Rows[:0]
	for _, a := range s.Stock {
		if strings.Contains(strings.ToLower(a.Name), strings.ToLower(s.Query)) {
			s.Rows = append(s.Rows, a)
		}
	}
	slices.SortStableFunc(s.Rows, func(a, b Article) int {
		if s.Down {
			a, b = b, a
		}
		switch s.Sort {
		case "name":
			return cmp.Compare(a.Name, b.Name)
		case "qty":
			return cmp.Compare(a.Qty, b.Qty)
		case "price":
			return cmp.Compare(a.Price, b.Price)
		default:
			return cmp.Compare(a.ID, b.ID)
		}
	})
}

// Render shows the rows.
func (View) Render(st State) liveview.Rendered { return page.Render(st) }
