package web

import (
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/desk/data"
)

// inboxState are the notices of a user, the newest first.
type inboxState struct{ Notices []data.Notice }

type inboxView struct{ desk *desk }

// Mount implements [liveview.Mounter].
func (v inboxView) Mount(_ *gin.Context, s *liveview.Socket[inboxState]) error {
	s.PageTitle("Inbox")
	if _, err := s.Subscribe(me(s).Topic()); err != nil {
		return err
	}
	return v.HandleInfo(s, nil)
}

// HandleInfo implements [liveview.InfoHandler].
func (v inboxView) HandleInfo(s *liveview.Socket[inboxState], _ any) error {
	notices, err := v.desk.Notices(s.Context(), me(s), 100)
	s.Assign(func(st *inboxState) { st.Notices = notices })
	return err
}

// HandleEvent implements [liveview.EventHandler]. A notice is seen as well when its ticket is.
func (v inboxView) HandleEvent(s *liveview.Socket[inboxState], e liveview.Event) error {
	if e.Name != "see-all" {
		return liveview.ErrUnknownEvent
	}
	return v.desk.See(s.Context(), me(s), 0)
}

// Render implements [liveview.View].
func (inboxView) Render(st inboxState) liveview.Rendered { return inboxPage.Render(st) }
