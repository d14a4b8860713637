package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// keyed is the table of 1,000 rows whose rows move: each event puts one at the front and takes
// the last away, or sorts all in another order.
type keyed struct{ table }

var keyedPage = liveview.MustParse[stock](`<div><button phx-click="prepend">prepend</button><button phx-click="sort">sort</button><table><tbody>
{{range .Rows | keyed "ID"}}<tr id="row-{{.ID}}"><td>{{.ID}}</td><td>{{.Name}}</td><td>{{.Qty}}</td><td>{{.Price}}</td><td>{{.Status}}</td></tr>
{{end}}</tbody></table></div>`)

func (keyed) HandleEvent(s *liveview.Socket[stock], e liveview.Event) error {
	s.Assign(func(c *stock) {
		switch e.Name {
		case "prepend":
			last := c.Rows[len(c.Rows)-1]
			last.ID += 1000
			copy(c.Rows[1:], c.Rows)
			c.Rows[0] = last
		case "sort":
			byID := func(a, b row) int { return cmp.Compare(a.ID, b.ID) }
			if slices.IsSortedFunc(c.Rows, byID) {
				byID = func(a, b row) int { return cmp.Or(cmp.Compare(a.Qty, b.Qty), cmp.Compare(a.ID, b.ID)) }
			}
			slices.SortFunc(c.Rows, byID)
		}
	})
	return nil
}

func (keyed) Render(c stock) liveview.Rendered { return keyedPage.Render(c) }

// rows is the table with as many rows as its URL says.
type rows struct{ table }

const maxRows = 100_000

func (rows) Mount(c *gin.Context, s *liveview.Socket[stock]) error {
	n, err := strconv.Atoi(c.Param("n"))
	if err != nil || n < 1 || n > maxRows {
		return fmt.Errorf("there are 1 to %d rows, not %q", maxRows, c.Param("n"))
	}
	s.Assign(func(c *stock) {
		c.Rows = make([]row, n)
		for i := range c.Rows {
			c.Rows[i] = catalogue[i%len(catalogue)]
			c.Rows[i].ID = int32(i + 1)
		}
	})
	return nil
}

// nested shows a counter that is a view of its own.
type nested struct{}

type outer struct{ Inner *liveview.Nested }

var nestedPage = liveview.MustParse[outer](`<div>{{component .Inner}}</div>`)

func (nested) Mount(_ *gin.Context, s *liveview.Socket[outer]) error {
	s.Assign(func(o *outer) { o.Inner = liveview.Nest("inner", counter{}) })
	return nil
}

func (nested) Render(o outer) liveview.Rendered { return nestedPage.Render(o) }
