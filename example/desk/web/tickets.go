package web

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/desk/data"
	"github.com/gin-liveview/liveview/js"
)

const (
	ticketsRoute   = "/tickets"
	newTicketRoute = "/tickets/new"

	loaded = 40         // tickets at a time
	window = 3 * loaded // how many stay on the page
)

// ticketsState is the list, which is a window on all that the filter finds.
type ticketsState struct {
	Me       data.User
	Filter   data.Filter
	Rows     []data.Ticket
	Before   bool // there are more above the rows
	Behind   bool // there are more below them
	Found    liveview.Async[int64]
	Selected int64 // the ticket that keys are for, 0 for none

	Views []data.SavedView
	Staff []data.User

	Dialog bool // for a new ticket
	Form   liveview.Form[data.Ticket]
}

// QuickView is a filter that everybody of the staff has in the menu.
type QuickView struct {
	Name  string
	Query string
}

// Path is the list with it.
func (q QuickView) Path() string { return (&url.URL{Path: ticketsRoute, RawQuery: q.Query}).String() }

// QuickViews are those.
func (st ticketsState) QuickViews() []QuickView {
	if !st.Me.IsStaff() {
		return []QuickView{{"Not solved", ""}, {"All", "status=all"}}
	}
	return []QuickView{{"Not solved", ""}, {"Mine", "assignee=me"}, {"Nobody’s", "assignee=nobody"}, {"Urgent", "priority=urgent"}, {"Solved", "status=solved"}, {"All", "status=all"}}
}

// Is reports whether the list shows what a query asks for.
func (st ticketsState) Is(query string) bool { return st.Filter.Query().Encode() == query }

// At is another path with the same filter, such as that of a dialog before it.
func (st ticketsState) At(path string) string {
	return (&url.URL{Path: path, RawQuery: st.Filter.Query().Encode()}).String()
}

type ticketsView struct{ desk *desk }

// ticketsRoutes adds the list: one view at two routes, so that it stays as it is while the
// dialog opens and closes.
func (d *desk) ticketsRoutes(r gin.IRoutes) {
	v := ticketsView{d}
	liveview.Handle(r, ticketsRoute, v)
	liveview.Handle(r, newTicketRoute, v)
}

// Mount implements [liveview.Mounter].
func (v ticketsView) Mount(_ *gin.Context, s *liveview.Socket[ticketsState]) error {
	_, err := s.Subscribe(data.TicketsTopic)
	return err
}

// HandleParams implements [liveview.ParamsHandler]: the URL says what the list shows, and
// whether the dialog is open.
func (v ticketsView) HandleParams(c *gin.Context, s *liveview.Socket[ticketsState]) error {
	dialog, filter := c.FullPath() == newTicketRoute, data.FilterOf(c.Request.URL.Query())
	if dialog {
		s.PageTitle("New ticket")
	} else {
		s.PageTitle("Tickets")
	}
	staff, err := v.desk.Staff(s.Context())
	if err != nil {
		return err
	}
	views, err := v.desk.SavedViews(s.Context(), me(s))
	if err != nil {
		return err
	}
	before := s.State()
	s.Assign(func(st *ticketsState) {
		st.Me, st.Filter, st.Staff, st.Views = me(s), filter, staff, views
		if dialog && !st.Dialog {
			st.Form = liveview.FormOf(data.Ticket{Priority: 1}, liveview.As("ticket"))
		}
		st.Dialog = dialog
	})
	if before.Rows != nil && before.Filter == filter && s.Navigation() == liveview.NavigationPatch {
		return nil // the dialog has come or gone
	}
	return v.load(s)
}

// load shows the first tickets of the filter.
func (v ticketsView) load(s *liveview.Socket[ticketsState]) error {
	st := s.State()
	rows, err := v.desk.Tickets(s.Context(), me(s), st.Filter, nil, false, loaded)
	s.Assign(func(st *ticketsState) {
		st.Rows, st.Before, st.Behind, st.Selected = rows, false, len(rows) == loaded, 0
	})
	v.count(s)
	return err
}

// count has how many there are follow, beside the page.
func (v ticketsView) count(s *liveview.Socket[ticketsState]) {
	s.Assign(func(st *ticketsState) {
		user, filter := me(s), st.Filter
		st.Found.Load(s, func(ctx context.Context) (int64, error) { return v.desk.Count(ctx, user, filter) })
	})
}

// HandleInfo implements [liveview.InfoHandler]: a ticket is opened or has changed. It goes to
// its place if that is within the window, and from it if the filter doesn't find it any more.
func (v ticketsView) HandleInfo(s *liveview.Socket[ticketsState], info any) error {
	changed, ok := info.(data.Changed)
	if !ok {
		return v.load(s) // some may have been missed
	}
	st := s.State()
	t, err := v.desk.Matching(s.Context(), me(s), st.Filter, changed.Ticket)
	if err != nil && !errors.Is(err, data.ErrNotFound) {
		return err
	}
	rows := slices.DeleteFunc(slices.Clone(st.Rows), func(r data.Ticket) bool { return r.ID == changed.Ticket })
	if err == nil {
		place, _ := slices.BinarySearchFunc(rows, t, st.Filter.Compare)
		if (place > 0 || !st.Before) && (place < len(rows) || !st.Behind) {
			rows = slices.Insert(rows, place, t)
		}
	}
	s.Assign(func(st *ticketsState) { st.Rows = rows })
	v.count(s)
	return nil
}

// Authorize implements [liveview.Authorizer].
func (v ticketsView) Authorize(s *liveview.Socket[ticketsState], e liveview.Event) error {
	if e.Name == "set" && !me(s).IsStaff() {
		return data.ErrForbidden
	}
	return nil
}

// HandleEvent implements [liveview.EventHandler].
func (v ticketsView) HandleEvent(s *liveview.Socket[ticketsState], e liveview.Event) error {
	switch e.Name {
	case "filter":
		f := data.FilterOf(e.Values())
		return s.PushPatch(ticketsRoute, f.Query(), liveview.HistoryReplace)
	case "behind":
		return v.more(s, false)
	case "before":
		return v.more(s, true)
	case "move":
		v.move(s, map[string]int{"j": 1, "k": -1}[e.Value("key")])
		return nil
	case "set":
		return v.set(s, e.Value("key"))
	case "save-view":
		return v.saveView(s, strings.TrimSpace(e.Value("name")))
	case "delete-view":
		if err := v.desk.DeleteView(s.Context(), me(s), signedID(e, "view")); err != nil {
			return err
		}
		return v.showViews(s)
	case "check", "open":
		return v.open(s, e)
	}
	return liveview.ErrUnknownEvent
}

// more loads what is next to the rows, and lets those at the other end go.
func (v ticketsView) more(s *liveview.Socket[ticketsState], before bool) error {
	st := s.State()
	if len(st.Rows) == 0 {
		return nil
	}
	edge := st.Rows[len(st.Rows)-1]
	if before {
		edge = st.Rows[0]
	}
	list, err := v.desk.Tickets(s.Context(), me(s), st.Filter, &edge, before, loaded)
	if err != nil {
		return err
	}
	s.Assign(func(st *ticketsState) {
		if before {
			st.Rows, st.Before = slices.Concat(list, st.Rows), len(list) == loaded
			if len(st.Rows) > window {
				st.Rows, st.Behind = st.Rows[:window], true
			}
			return
		}
		st.Rows, st.Behind = slices.Concat(st.Rows, list), len(list) == loaded
		if n := len(st.Rows) - window; n > 0 {
			st.Rows, st.Before = st.Rows[n:], true
		}
	})
	return nil
}

// move selects the next ticket, or the one before, and gives it the focus.
func (v ticketsView) move(s *liveview.Socket[ticketsState], by int) {
	st := s.State()
	if len(st.Rows) == 0 {
		return
	}
	i := slices.IndexFunc(st.Rows, func(t data.Ticket) bool { return t.ID == st.Selected })
	v.choose(s, min(max(i+by, 0), len(st.Rows)-1))
}

func (v ticketsView) choose(s *liveview.Socket[ticketsState], i int) {
	id := s.State().Rows[i].ID
	s.Assign(func(st *ticketsState) { st.Selected = id })
	s.PushJS(js.Focus(fmt.Sprintf("#ticket-%d", id)))
}

// set changes the ticket that is selected. One that leaves the list by that hands on to the next.
func (v ticketsView) set(s *liveview.Socket[ticketsState], key string) error {
	st := s.State()
	i := slices.IndexFunc(st.Rows, func(t data.Ticket) bool { return t.ID == st.Selected })
	if i < 0 {
		s.PutFlash("info", "Choose a ticket first, by j and k.")
		return nil
	}
	user := me(s)
	edit := data.Edit{Assignee: &user.ID}
	if n, err := strconv.Atoi(key); err == nil && 1 <= n && n <= len(data.Statuses()) {
		edit = data.Edit{Status: &data.Statuses()[n-1]}
	}
	if err := v.desk.Edit(s.Context(), user, st.Selected, edit); err != nil {
		return err
	}
	if err := v.HandleInfo(s, data.Changed{Ticket: st.Selected}); err != nil { // which comes as well, but later
		return err
	}
	if rows := s.State().Rows; len(rows) > 0 && !slices.ContainsFunc(rows, func(t data.Ticket) bool { return t.ID == st.Selected }) {
		v.choose(s, min(i, len(rows)-1))
	}
	return nil
}

func (v ticketsView) saveView(s *liveview.Socket[ticketsState], name string) error {
	if name == "" || utf8.RuneCountInString(name) > 40 {
		s.PutFlash("error", "A view has a name of up to 40 letters.")
		return nil
	}
	switch err := v.desk.SaveView(s.Context(), me(s), name, s.State().Filter); {
	case errors.Is(err, data.ErrFull):
		s.PutFlash("error", fmt.Sprintf("There are %d views already.", data.MaxViews))
		return nil
	case err != nil:
		return err
	}
	s.PushJS(js.Dispatch("#save-view", "ui:close"))
	return v.showViews(s)
}

func (v ticketsView) showViews(s *liveview.Socket[ticketsState]) error {
	views, err := v.desk.SavedViews(s.Context(), me(s))
	s.Assign(func(st *ticketsState) { st.Views = views })
	return err
}

// open opens the ticket of the dialog if nothing is wrong with it, and shows what is.
func (v ticketsView) open(s *liveview.Socket[ticketsState], e liveview.Event) error {
	f := s.State().Form.Apply(e)
	s.Assign(func(st *ticketsState) { st.Form = f })
	if e.Name == "check" {
		return nil
	}
	if !f.Valid() {
		s.PushJS(js.Dispatch("#new-ticket", "ui:invalid")) // has the first wrong field focused
		return nil
	}
	t, err := v.desk.OpenTicket(s.Context(), me(s), f.Value)
	if err != nil {
		return err
	}
	s.PutFlash("success", fmt.Sprintf("Ticket %d is open.", t.ID))
	return s.PushRedirect(fmt.Sprintf("/tickets/%d", t.ID), nil)
}

// Render implements [liveview.View].
func (ticketsView) Render(st ticketsState) liveview.Rendered { return ticketsPage.Render(st) }
