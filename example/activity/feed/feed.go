// Package feed shows what everybody did, as far back as one scrolls, with what
// happens now on top. The page has a window of the entries, the server none of them.
package feed

import (
	"context"
	_ "embed"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

//go:embed feed.html
var source string

var page = liveview.MustParse[State](source)

const (
	// Page is how many entries are loaded at a time.
	Page = 30
	// Window is how many stay on the page.
	Window = 3 * Page
)

// State is what one visitor's page shows.
type State struct {
	Entries     liveview.Stream[Entry]
	First, Last int64 // the IDs of the newest and the oldest entry on the page
	Newest      int64 // of all
	At          int64 // of the entry that was asked for; 0: none
}

// Waiting is how many entries came while the reader is further down.
func (st State) Waiting() int64 { return st.Newest - st.First }

// View is the feed, for all visitors. Other parts of the program publish new entries
// on the topic "activity".
type View struct{ Store *Store }

// Mount hears of new entries.
func (v View) Mount(_ *gin.Context, s *liveview.Socket[State]) error {
	_, err := s.Subscribe("activity")
	return err
}

// HandleParams shows the window that the URL tells of: so a page that is loaded again, or
// that joins again after its connection was lost, shows what it showed.
func (v View) HandleParams(c *gin.Context, s *liveview.Socket[State]) error {
	from, _ := strconv.ParseInt(c.Query("from"), 10, 64) // what is no number is the newest
	at, _ := strconv.ParseInt(c.Query("at"), 10, 64)
	st := s.State()
	if st.First > 0 && at == st.At && (from == st.First || from == 0 && at == 0 && st.Waiting() == 0) {
		return nil // a page that follows its own scrolling
	}
	return v.show(s, from, at)
}

// show fills the page with the entries from one on, or around the one asked for.
func (v View) show(s *liveview.Socket[State], from, at int64) error {
	ctx := s.Context()
	newest, err := v.Store.Newest(ctx)
	if err != nil {
		return err
	}
	if at > 0 {
		if from, err = v.Store.Edge(ctx, at, Page/2, false); err != nil {
			return err
		}
	}
	if from <= 0 || from > newest {
		from = newest
	}
	n := Page
	if from < newest {
		n = Window // what was on the page, if it joins again
	}
	list, err := v.Store.From(ctx, from, n)
	if err != nil {
		return err
	}
	s.Assign(func(st *State) {
		st.Entries.Reset(list)
		st.Newest, st.First, st.Last, st.At = newest, from, from, at
		if n := len(list); n > 0 {
			st.First, st.Last = list[0].ID, list[n-1].ID
		}
	})
	return nil
}

// HandleEvent follows the reader.
func (v View) HandleEvent(s *liveview.Socket[State], e liveview.Event) error {
	switch e.Name {
	case "older":
		return v.older(s)
	case "newer":
		if e.Value("_overran") != "" { // the reader has scrolled past the window
			return s.PushPatch("/", nil)
		}
		return v.newer(s)
	case "jump":
		return s.PushPatch("/", url.Values{"at": {strconv.Itoa(e.Int("at"))}})
	case "add":
		added, err := v.Store.Add(s.Context())
		if err != nil {
			return err
		}
		if err := s.Publish("activity", added); err != nil { // whoever is at this process has it
			s.PutFlash("error", "Not everybody could be told.")
		}
		return nil
	}
	return liveview.ErrUnknownEvent
}

// older puts entries in at the end; those at the start go.
func (v View) older(s *liveview.Socket[State]) error {
	ctx, st := s.Context(), s.State()
	list, err := v.Store.From(ctx, st.Last-1, Page)
	if err != nil || len(list) == 0 {
		return err
	}
	last := list[len(list)-1].ID
	first, err := v.Store.Edge(ctx, last, Window, false)
	if err != nil {
		return err
	}
	s.Assign(func(st *State) {
		st.Entries.InsertAll(list, liveview.KeepLast(Window))
		st.First, st.Last = min(st.First, first), last
	})
	return v.follow(s)
}

// newer puts entries in at the start; those at the end go.
func (v View) newer(s *liveview.Socket[State]) error {
	ctx, st := s.Context(), s.State()
	list, err := v.Store.After(ctx, st.First, Page)
	if err != nil || len(list) == 0 {
		return err
	}
	s.Assign(func(st *State) { st.Entries.InsertAllAt(0, list, liveview.KeepFirst(Window)) })
	if err := v.moveTo(ctx, s, list[0].ID); err != nil {
		return err
	}
	return v.follow(s)
}

// moveTo notes that the window begins with an entry.
func (v View) moveTo(ctx context.Context, s *liveview.Socket[State], first int64) error {
	edge, err := v.Store.Edge(ctx, first, Window, true)
	if err != nil {
		return err
	}
	s.Assign(func(st *State) { st.First, st.Last = first, max(st.Last, edge) })
	return nil
}

// follow has the URL tell where the page is.
func (v View) follow(s *liveview.Socket[State]) error {
	s.Assign(func(st *State) { st.At = 0 })
	to := url.Values{}
	if st := s.State(); st.Waiting() > 0 {
		to.Set("from", strconv.FormatInt(st.First, 10))
	}
	return s.PushPatch("/", to, liveview.HistoryReplace)
}

// HandleInfo shows a new entry to who is at the top, and counts it for others.
func (v View) HandleInfo(s *liveview.Socket[State], info any) error {
	e, ok := info.(Entry)
	st := s.State()
	if !ok || e.ID <= st.Newest {
		return nil // HandleParams has read it
	}
	top := st.First == st.Newest
	s.Assign(func(st *State) { st.Newest = e.ID })
	if !top {
		return nil
	}
	s.Assign(func(st *State) { st.Entries.InsertAt(0, e, liveview.KeepFirst(Window)) })
	return v.moveTo(s.Context(), s, e.ID)
}

// Render shows the feed.
func (View) Render(st State) liveview.Rendered { return page.Render(st) }
