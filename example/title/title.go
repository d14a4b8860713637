// Package title counts in the title of its page, as a mailbox would.
package title

import (
	_ "embed"
	"fmt"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

//go:embed title.html
var source string

var page = liveview.MustParse[State](source)

// State is what one visitor's page shows.
type State struct{ Unread int }

// View gets mail all the time.
type View struct{}

// Mount has a letter come in every two seconds.
func (View) Mount(_ *gin.Context, s *liveview.Socket[State]) error {
	receive(s, 3)
	s.Repeat(2*time.Second, func() { receive(s, 1) })
	return nil
}

func receive(s *liveview.Socket[State], letters int) {
	s.Assign(func(st *State) { st.Unread += letters })
	s.PageTitle(fmt.Sprintf("(%d) Title", s.State().Unread))
}

// HandleEvent reads them all.
func (View) HandleEvent(s *liveview.Socket[State], _ liveview.Event) error {
	s.Assign(func(st *State) { st.Unread = 0 })
	s.PageTitle("Title")
	return nil
}

// Render shows how many there are.
func (View) Render(st State) liveview.Rendered { return page.Render(st) }
