package node

import (
	"fmt"
	"strconv"

	"github.com/gin-liveview/liveview"
)

// cell is a live component that counts numbered events of its own.
type cell struct {
	ID   int
	Seen Spans
	Sum  int
}

type cellView struct{}

var cellPage = liveview.MustParse[cell](`<p id="cell-{{.ID}}" data-to="{{myself}}">{{.All}}</p>`)

// All is the whole of it.
func (c cell) All() string { return fmt.Sprintf("%d|%v|%d", c.ID, c.Seen, c.Sum) }

func (cellView) Update(s *liveview.Socket[cell], id int) error {
	s.Assign(func(c *cell) { c.ID = id })
	return nil
}

func (cellView) HandleEvent(s *liveview.Socket[cell], e liveview.Event) error {
	n, err := strconv.Atoi(e.Value("n"))
	if err != nil {
		return err
	}
	s.Assign(func(c *cell) {
		if n <= c.Seen.Last() {
			c.Sum += 1 << 40 // which is no sum of what was sent
			return
		}
		c.Seen, c.Sum = c.Seen.With(n), c.Sum+n
	})
	return nil
}

func (cellView) Restore(s *liveview.Socket[cell], saved cell) error {
	s.Assign(func(c *cell) { c.Seen, c.Sum = saved.Seen, saved.Sum })
	return nil
}

func (cellView) Render(c cell) liveview.Rendered { return cellPage.Render(c) }
