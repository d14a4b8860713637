package dashboard

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// How a view is asked for what it is: how often, and how long it may take to answer.
const (
	inspectEvery = 3 * time.Second
	inspectTime  = 2 * time.Second
)

// viewState is the page of one view.
type viewState struct {
	place
	ID     string
	Gone   bool // it has ended, or was never there
	Row    listedView
	Facts  []fact
	Info   liveview.Async[inspected]
	Size   liveview.Async[string]
	Deeds  liveview.Stream[deedRow]
	Seen   uint64 // of the feed
	Told   string
	feed   *feed
	viewed *tracked
}

type fact struct{ Name, Value string }

// inspected is what the view has said of itself.
type inspected struct {
	Problem string
	Facts   []fact
	Topics  []topicRow
	Uploads []uploadRow
}

type uploadRow struct {
	Upload, Type, Size string
	Progress           int
	Failed             bool
}

type deedRow struct {
	ID                                                              uint64
	At, Kind, Name, Outcome, Took, Callback, Render, Bytes, Waiting string
	Bad                                                             bool
}

func (d deed) row() deedRow {
	row := deedRow{
		ID: d.ID, At: d.At.Format("15:04:05.000"), Kind: d.Kind, Name: d.Name, Outcome: d.Outcome, Took: durationText(d.Took),
		Callback: durationText(d.Callback), Render: durationText(d.Render), Bytes: "–", Waiting: strconv.Itoa(d.Waiting),
	}
	if d.Bytes > 0 {
		row.Bytes = bytesText(float64(d.Bytes))
	}
	row.Bad = d.Outcome == liveview.OutcomeCrashed.String() || d.Kind == liveview.NoteCrash.String()
	return row
}

type viewView struct{ board *Board }

var viewTemplate = liveview.MustParseSource[viewState](source("view.html"))

func (v viewView) Mount(c *gin.Context, s *liveview.Socket[viewState]) error {
	p := open(c, s, v.board, "/views", "View")
	s.Assign(func(st *viewState) {
		st.place, st.ID = p, c.Param("id")
		if st.viewed = v.board.views.of(st.ID); st.viewed != nil && s.Connected() {
			st.feed = st.viewed.watch()
		}
		v.show(st)
		if !st.Gone {
			v.inspect(s, st)
		}
	})
	s.Repeat(time.Second, func() { s.Assign(v.show) })
	s.Repeat(inspectEvery, func() {
		s.Assign(func(st *viewState) {
			if !st.Gone && !st.Info.Loading {
				v.inspect(s, st)
			}
		})
	})
	return nil
}

// Shutdown lets the view go that was looked at.
func (viewView) Shutdown(s *liveview.Socket[viewState]) {
	if st := s.State(); st.feed != nil {
		st.viewed.unwatch(st.feed)
	}
}

func (v viewView) show(st *viewState) {
	st.Gone = v.board.views.of(st.ID) == nil || st.viewed == nil
	if st.viewed == nil {
		return
	}
	row := st.viewed.row()
	st.Row = listed(st.place, row)
	st.Facts = []fact{
		{"Route", row.Route},
		{"View", row.View},
		{"User", row.User},
		{"Request", row.RequestID},
		{"Joined", st.Row.Since},
		{"Events", strconv.FormatUint(row.Events, 10)},
		{"Work", st.Row.Work},
		{"Diffs", st.Row.Bytes},
	}
	if st.feed == nil {
		return
	}
	for _, d := range st.feed.since(st.Seen) {
		st.Deeds.InsertAt(0, d.row(), liveview.KeepFirst(feedSize))
		st.Seen = d.ID
	}
}

// inspect asks the view.
func (v viewView) inspect(s *liveview.Socket[viewState], st *viewState) {
	lv, id := v.board.lv, st.ID
	st.Info.Load(s, func(ctx context.Context) (inspected, error) {
		ctx, cancel := context.WithTimeout(ctx, inspectTime)
		defer cancel()
		info, err := lv.Inspect(ctx, id)
		return inspectedOf(info, err), nil
	})
}

func inspectedOf(info liveview.ViewInfo, err error) (in inspected) {
	in.Facts = []fact{{"Waiting", strconv.Itoa(info.Waiting)}}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		in.Problem = "The view has not answered for two seconds: it is at work."
		return in
	case errors.Is(err, liveview.ErrMailboxFull):
		in.Problem = "The view is not asked, as too much waits for it."
		return in
	case err != nil:
		in.Problem = "The view is not in this process any more."
		return in
	}
	state := "connected"
	if info.Kept {
		state = "its socket is lost; kept"
	}
	in.Facts = append(in.Facts, fact{"State", state}, fact{"Path", info.Path}, fact{"Joined before", strconv.Itoa(info.Joins)},
		fact{"Components", strconv.Itoa(info.Components)})
	for _, topic := range slices.Sorted(maps.Keys(info.Topics)) {
		in.Topics = append(in.Topics, topicRow{topic, info.Topics[topic]})
	}
	for _, u := range info.Uploads {
		in.Uploads = append(in.Uploads, uploadRow{u.Upload, u.Type, bytesText(float64(u.Size)), u.Progress, u.Failed})
	}
	return in
}

func (v viewView) HandleEvent(s *liveview.Socket[viewState], e liveview.Event) error {
	switch e.Name {
	case "measure":
		lv, id := v.board.lv, s.State().ID
		s.Assign(func(st *viewState) {
			st.Size.Load(s, func(ctx context.Context) (string, error) {
				ctx, cancel := context.WithTimeout(ctx, inspectTime)
				defer cancel()
				n, err := lv.StateBytes(ctx, id)
				return bytesText(float64(n)), err
			})
		})
	case "disconnect":
		told := v.board.disconnect(shownUser(e), s.State().Operator)
		s.Assign(func(st *viewState) { st.Told = told; v.show(st) })
	default:
		return liveview.ErrUnknownEvent
	}
	return nil
}

func (viewView) Render(st viewState) liveview.Rendered { return viewTemplate.Render(st) }
