// Package title counts in the title of its page, as a mailbox would. It needs no
// type for its view: the page is put together from functions.
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

// State is what one visitor's page shows.
type State struct{ Unread int }

// View gets mail all the time.
var View = liveview.ViewFuncs[State]{
	Template: liveview.MustParse[State](source),

	// A letter comes in every two seconds.
	Mount: func(_ *gin.Context, s *liveview.Socket[State]) error {
		receive(s, 3)
		s.Repeat(2*time.Second, func() { receive(s, 1) })
		return nil
	},

	Events: liveview.Events[State]{
		"read": func(s *liveview.Socket[State], _ liveview.Event) error {
			s.Assign(func(st *State) { st.Unread = 0 })
			s.PageTitle("Title")
			return nil
		},
	},
}

func receive(s *liveview.Socket[State], letters int) {
	s.Assign(func(st *State) { st.Unread += letters })
	s.PageTitle(fmt.Sprintf("(%d) Title", s.State().Unread))
}
