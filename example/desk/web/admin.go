package web

import (
	"fmt"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/desk/data"
)

// peopleState are the users, who have roles.
type peopleState struct {
	Me     data.User
	Search string
	People []data.User
}

type peopleView struct{ desk *desk }

// HandleParams implements [liveview.ParamsHandler].
func (v peopleView) HandleParams(c *gin.Context, s *liveview.Socket[peopleState]) error {
	s.PageTitle("People")
	s.Assign(func(st *peopleState) { st.Me, st.Search = me(s), c.Query("q") })
	return v.load(s)
}

func (v peopleView) load(s *liveview.Socket[peopleState]) error {
	people, err := v.desk.People(s.Context(), s.State().Search, 50)
	s.Assign(func(st *peopleState) { st.People = people })
	return err
}

// HandleEvent implements [liveview.EventHandler]. Who gets another role has it at once: their
// open pages join again, through the middleware.
func (v peopleView) HandleEvent(s *liveview.Socket[peopleState], e liveview.Event) error {
	switch e.Name {
	case "search":
		return s.PushPatch("/people", url.Values{"q": {e.Value("q")}}, liveview.HistoryReplace)
	case "role":
		id := signedID(e, "user")
		if err := v.desk.SetRole(s.Context(), me(s), id, data.Role(e.Value("role"))); err != nil {
			return err
		}
		if err := v.desk.live.Disconnect(strconv.FormatInt(id, 10)); err != nil {
			return err
		}
		u, err := v.desk.User(s.Context(), id)
		if err != nil {
			return err
		}
		s.PutFlash("success", fmt.Sprintf("The role of %s is %s.", u.FullName, u.Role))
		return v.load(s)
	}
	return liveview.ErrUnknownEvent
}

// Render implements [liveview.View].
func (peopleView) Render(st peopleState) liveview.Rendered { return peoplePage.Render(st) }

// logLines is how many lines of the audit log a page has.
const logLines = 50

// logState is a page of the audit log.
type logState struct {
	Entries []data.Entry
	Before  int64 // of the URL, 0 for the newest
	Older   int64 // where the next page begins, 0 for none
}

type logView struct{ desk *desk }

// Mount implements [liveview.Mounter].
func (v logView) Mount(_ *gin.Context, s *liveview.Socket[logState]) error {
	s.PageTitle("Audit log")
	_, err := s.Subscribe(data.TicketsTopic)
	return err
}

// HandleParams implements [liveview.ParamsHandler].
func (v logView) HandleParams(c *gin.Context, s *liveview.Socket[logState]) error {
	before, _ := strconv.ParseInt(c.Query("before"), 10, 64)
	s.Assign(func(st *logState) { st.Before = before })
	return v.HandleInfo(s, nil)
}

// HandleInfo implements [liveview.InfoHandler]: the newest lines follow what is done.
func (v logView) HandleInfo(s *liveview.Socket[logState], _ any) error {
	entries, err := v.desk.Entries(s.Context(), me(s), 0, s.State().Before, logLines)
	s.Assign(func(st *logState) {
		st.Entries, st.Older = entries, 0
		if len(entries) == logLines {
			st.Older = entries[logLines-1].ID
		}
	})
	return err
}

// Render implements [liveview.View].
func (logView) Render(st logState) liveview.Rendered { return logPage.Render(st) }
