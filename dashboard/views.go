package dashboard

import (
	"net/url"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// listedViews is how many views are listed at once.
const listedViews = 100

// views is the list of all views.
type views struct {
	place
	Filter viewFilter
	Heads  []sortHead
	Rows   []listedView
	All    int    // that fit
	User   string // whom all of them are of, who can be disconnected; "" for none
	Told   string
}

// sortHead is a column by which the list can be sorted.
type sortHead struct {
	Title, Href string
	Here, Right bool
}

// listedView is a view in a list.
type listedView struct {
	Href, Route, View, ID, User, Since, Rate, Work, Bytes string
	Events                                                uint64
	Waiting                                               int
	Kept                                                  bool
}

func listed(p place, r viewRow) listedView {
	return listedView{
		Href: p.Base + "/views/" + url.PathEscape(r.ID), Route: r.Route, View: r.View, ID: r.ID, User: r.User, Since: agoText(r.Since),
		Rate: countText(r.Rate), Work: durationText(r.Work), Bytes: bytesText(float64(r.Bytes)), Events: r.Events, Waiting: r.Waiting, Kept: r.Kept,
	}
}

type viewsView struct{ board *Board }

var viewsTemplate = liveview.MustParseSource[views](source("views.html"))

func (v viewsView) Mount(c *gin.Context, s *liveview.Socket[views]) error {
	p := open(c, s, v.board, "/views", "Views")
	s.Assign(func(st *views) { st.place = p })
	s.Repeat(refresh, func() { s.Assign(v.board.showViews) })
	return nil
}

// HandleParams takes the filter from the URL.
func (v viewsView) HandleParams(c *gin.Context, s *liveview.Socket[views]) error {
	s.Assign(func(st *views) {
		st.Filter = viewFilter{Route: cut(c.Query("route")), User: cut(c.Query("user")), Sort: cut(c.Query("sort"))}
		v.board.showViews(st)
	})
	return nil
}

// url returns that of the list by a filter.
func (f viewFilter) url(base string) string {
	q := url.Values{}
	for name, value := range map[string]string{"route": f.Route, "user": f.User, "sort": f.Sort} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if len(q) == 0 {
		return base + "/views"
	}
	return base + "/views?" + q.Encode()
}

func (b *Board) showViews(st *views) {
	rows, all := b.views.list(st.Filter, listedViews)
	st.Rows, st.All, st.User, st.Heads = nil, all, "", nil
	for _, r := range rows {
		st.Rows = append(st.Rows, listed(st.place, r))
	}
	if st.Filter.User != "" && len(rows) > 0 && len(rows) == all && !slices.ContainsFunc(rows, func(r viewRow) bool { return r.User != rows[0].User }) {
		st.User = rows[0].User
	}
	for _, h := range []struct{ name, title string }{
		{"", "Route"}, {"rate", "Events/s"}, {"events", "Events"}, {"work", "Work"}, {"bytes", "Diffs"}, {"waiting", "Waiting"}, {"since", "Since"},
	} {
		f := st.Filter
		f.Sort = h.name
		st.Heads = append(st.Heads, sortHead{h.title, f.url(st.Base), h.name == st.Filter.Sort, h.name != "" && h.name != "since"})
	}
}

func (v viewsView) HandleEvent(s *liveview.Socket[views], e liveview.Event) error {
	switch e.Name {
	case "filter":
		f := viewFilter{Route: cut(e.Value("route")), User: cut(e.Value("user")), Sort: s.State().Filter.Sort}
		return s.PushPatch(f.url(s.State().Base), nil)
	case "disconnect":
		told := v.board.disconnect(shownUser(e), s.State().Operator)
		s.Assign(func(st *views) { st.Told = told; v.board.showViews(st) })
		return nil
	}
	return liveview.ErrUnknownEvent
}

func (viewsView) Render(st views) liveview.Rendered { return viewsTemplate.Render(st) }

// shownUser is whom the button named when it was pressed: the page may show another one
// since.
func shownUser(e liveview.Event) string {
	user, _ := e.Signed("user")
	return user
}

// disconnect ends what a user has open, and says what came of it.
func (b *Board) disconnect(user, by string) string {
	if user == "" {
		return "Nobody is named who could be disconnected."
	}
	err := b.lv.Disconnect(user)
	b.options.Logger.Info("dashboard: a user was disconnected", "user", user, "by", by, "err", err)
	if err != nil {
		return "The user could not be disconnected everywhere: " + err.Error()
	}
	return "All sockets of " + user + " are closed, in all processes. Pages that are still open connect again."
}
