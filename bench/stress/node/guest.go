package node

import (
	"crypto/rand"
	"fmt"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// guest is the state of a view that stands in a room's page, nested or sticky: it counts
// numbered events of its own.
type guest struct {
	Life  string
	Seen  Spans
	Twice []int
	Sum   int
}

type guestView struct{ instance string }

// guestData is what it shows.
type guestData struct {
	guest
	Node string
}

var guestPage = liveview.MustParse[guestData](`<p>{{.All}}</p>`)

// All is the whole of it.
func (g guestData) All() string {
	return fmt.Sprintf("%s %s %v|%v|%d", g.Node, g.Life, g.Seen, g.Twice, g.Sum)
}

func (guestView) Mount(_ *gin.Context, s *liveview.Socket[guest]) error {
	s.Assign(func(g *guest) { g.Life = rand.Text()[:8] })
	return nil
}

func (guestView) HandleEvent(s *liveview.Socket[guest], e liveview.Event) error {
	n, err := strconv.Atoi(e.Value("n"))
	if err != nil {
		return err
	}
	s.Assign(func(g *guest) {
		if n <= g.Seen.Last() {
			g.Twice = append(g.Twice[:len(g.Twice):len(g.Twice)], n)
			return
		}
		g.Seen, g.Sum = g.Seen.With(n), g.Sum+n
	})
	return nil
}

func (guestView) Restore(s *liveview.Socket[guest], saved guest) error {
	s.Assign(func(g *guest) { *g = saved })
	return nil
}

func (v guestView) Render(g guest) liveview.Rendered {
	return guestPage.Render(guestData{g, v.instance})
}

// Which rooms have a nested view in their pages, and which a sticky one: from some a visitor
// takes it along to others, and from others not.
func hasNested(room string) bool { return room != "0" }

func hasSticky(room string) bool { return room != "1" }
