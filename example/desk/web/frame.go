package web

import (
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/desk/data"
)

// frame is what all pages have around them once somebody is logged in.
type frame struct {
	Menu []menuItem
	User data.User
	Bell *liveview.Sticky
	Node string
}

type menuItem struct {
	Path, Title string
	Current     bool
}

// frameOf makes the frame of a page. It is made anew with each render: so the menu follows the
// page, and the role.
func (d *desk) frameOf(m *liveview.Meta, _ any) frame {
	f := frame{User: me(m), Bell: d.bell, Node: d.settings.Node}
	add := func(path, title string) {
		f.Menu = append(f.Menu, menuItem{path, title, strings.HasPrefix(m.FullPath()+"/", path+"/")})
	}
	add("/tickets", "Tickets")
	if f.User.IsStaff() {
		add("/board", "Board")
		add("/dashboard", "Dashboard")
	}
	if f.User.IsAdmin() {
		add("/people", "People")
		add("/log", "Log")
	}
	return f
}

// frameEvents answers what is pressed in the frame, whatever page is in it.
func frameEvents(s liveview.AnySocket, e liveview.Event, next func() error) error {
	if e.Name == "log-out" {
		return s.RedirectAction(logoutRoute, "", loginRoute)
	}
	return next()
}

// bell tells how many notices there are that the user hasn't seen, and of each new one. It stays
// on the page while that changes.
type bell struct {
	Unseen int64
	News   *data.Noticed // shown until it is dismissed
}

type bellView struct{ desk *desk }

// Mount implements [liveview.Mounter].
func (v bellView) Mount(_ *gin.Context, s *liveview.Socket[bell]) error {
	if _, err := s.Subscribe(me(s).Topic()); err != nil {
		return err
	}
	return v.count(s)
}

func (v bellView) count(s *liveview.Socket[bell]) error {
	n, err := v.desk.Unseen(s.Context(), me(s))
	s.Assign(func(st *bell) { st.Unseen = n })
	return err
}

// HandleInfo implements [liveview.InfoHandler].
func (v bellView) HandleInfo(s *liveview.Socket[bell], info any) error {
	if news, ok := info.(data.Noticed); ok && news.Ticket != 0 {
		s.Assign(func(st *bell) { st.News = &news })
	}
	return v.count(s)
}

// HandleEvent implements [liveview.EventHandler].
func (v bellView) HandleEvent(s *liveview.Socket[bell], e liveview.Event) error {
	if e.Name != "dismiss" {
		return liveview.ErrUnknownEvent
	}
	s.Assign(func(st *bell) { st.News = nil })
	return nil
}

// Render implements [liveview.View].
func (bellView) Render(st bell) liveview.Rendered { return bellPage.Render(st) }
