// Package showcase is a page of all components of package ui, each at work.
package showcase

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/ui"
	"github.com/gin-liveview/liveview/js"
)

//go:embed showcase.html
var source string

var page = liveview.MustParseSource[State](ui.Source(source))

// State is what one visitor's page shows.
type State struct {
	Form       liveview.Form[Workshop]
	Name, Note string
	Draft      string // of Note, as it is typed: a patch of the page would take from it what the server doesn't know
	Archived   bool
	Seconds    int
	Report     liveview.Async[[]string]

	Toasts []Toast
	last   int // the newest one's ID

	// What the URL says.
	Tab, Query, Sort string
	Dialog, Closed   string // the dialog that is open, "" for none, and where the page is without
	Coffees          []Coffee
	Found            int
	Pages            ui.Pages
}

// Toast is a message in the corner of the page.
type Toast struct {
	ID         int
	Kind, Text string
}

func (st *State) say(kind, text string) {
	st.last++
	st.Toasts = append(slices.Clone(st.Toasts), Toast{st.last, kind, text})
	if n := len(st.Toasts); n > 5 {
		st.Toasts = st.Toasts[n-5:]
	}
}

// Tab is one of the tabs.
type Tab struct {
	ID, Text string
	Selected bool
}

// Tabs are those of the page.
func (st State) Tabs() []Tab {
	tabs := []Tab{{ID: "about", Text: "About"}, {ID: "people", Text: "People"}, {ID: "history", Text: "History"}}
	for i := range tabs {
		tabs[i].Selected = tabs[i].ID == st.Tab
	}
	return tabs
}

// SortOf is the aria-sort of a column.
func (st State) SortOf(column string) string {
	switch st.Sort {
	case column:
		return "ascending"
	case "-" + column:
		return "descending"
	}
	return ""
}

// SortBy is the order that a press on a column's head asks for.
func (st State) SortBy(column string) string {
	if st.Sort == column {
		return "-" + column
	}
	return column
}

// Languages are those that a workshop can be in.
func (State) Languages() []ui.Option { return languages }

// Beans are those that there are.
func (State) Beans() []liveview.OptionGroup { return beans }

// Levels are those of guests.
func (State) Levels() []ui.Option { return levels }

// Extras are what may go with a workshop.
func (State) Extras() []ui.Option { return extras }

// View shows the page.
type View struct{}

// Mount begins it.
func (v View) Mount(_ *gin.Context, s *liveview.Socket[State]) error {
	s.Assign(func(st *State) {
		st.Form, st.Name = newForm(), "Coffee from the bean"
		v.load(s, st)
	})
	s.Repeat(time.Second, func() { s.Assign(func(st *State) { st.Seconds++ }) })
	return s.AllowUpload("photos", liveview.UploadConfig{Accept: []string{".jpg", ".jpeg", ".png"}, MaxEntries: 3, MaxFileSize: 2_000_000, AutoUpload: true})
}

// HandleParams follows the URL.
func (View) HandleParams(c *gin.Context, s *liveview.Socket[State]) error {
	s.Assign(func(st *State) {
		st.Tab = c.DefaultQuery("tab", "about")
		if !slices.ContainsFunc(st.Tabs(), func(t Tab) bool { return t.Selected }) {
			st.Tab = "about"
		}
		if c.Query("dialog") != st.Dialog {
			st.Draft = st.Note
		}
		st.Query, st.Sort, st.Dialog = c.Query("q"), c.DefaultQuery("sort", "name"), c.Query("dialog")
		closed := *s.URL()
		query := closed.Query()
		query.Del("dialog")
		closed.RawQuery = query.Encode()
		st.Closed = closed.String()

		const size = 6
		found := find(st.Query, st.Sort)
		page, _ := strconv.Atoi(c.Query("page"))
		st.Found, st.Pages = len(found), ui.PagesOf(len(found), size, page)
		first := (st.Pages.Current - 1) * size
		st.Coffees = found[first:min(first+size, len(found))]
	})
	return nil
}

// HandleEvent is all that can be done on the page.
func (v View) HandleEvent(s *liveview.Socket[State], e liveview.Event) error {
	switch e.Name {
	case "check", "save":
		return v.form(s, e)
	case "reset":
		s.Assign(func(st *State) { st.Form = newForm() })
	case "cancel":
		return s.CancelUpload("photos", e.Value("ref"))
	case "slow":
		time.Sleep(time.Second)
		s.Assign(func(st *State) { st.say("success", "Saved, after a second.") })
	case "toast":
		text := map[string]string{"info": "Something to know.", "success": "It is done.", "error": "That went wrong. This stays until you take it away."}[e.Value("kind")]
		if text != "" {
			s.Assign(func(st *State) { st.say(e.Value("kind"), fmt.Sprintf("%s (%d)", text, st.last+1)) })
		}
	case "dismiss":
		s.Assign(func(st *State) {
			st.Toasts = slices.DeleteFunc(slices.Clone(st.Toasts), func(t Toast) bool { return t.ID == e.Int("id") })
		})
	case "rename":
		if name := strings.TrimSpace(e.Value("name")); name != "" {
			s.Assign(func(st *State) { st.Name = name; st.say("success", "It is “"+name+"” now.") })
			s.PushJS(js.Dispatch("#rename", "ui:close"))
		}
	case "draft":
		s.Assign(func(st *State) { st.Draft = e.Value("text") })
	case "note":
		s.Assign(func(st *State) { st.Note = e.Value("text"); st.say("success", "Kept.") })
		return s.PushPatch(s.State().Closed, nil)
	case "delete":
		s.Assign(func(st *State) { st.Archived = true })
		s.PushJS(js.Focus("#restore")) // what had the focus is gone
	case "restore":
		s.Assign(func(st *State) { st.Archived = false })
		s.PushJS(js.Focus("#open-confirm"))
	case "search":
		return s.PushPatch(s.State().Closed, map[string][]string{"q": {e.Value("q")}, "page": nil}, liveview.HistoryReplace)
	case "load":
		s.Assign(func(st *State) { v.load(s, st) })
	default:
		return liveview.ErrUnknownEvent
	}
	return nil
}

// form shows what is wrong with the workshop, and announces it if nothing is.
func (View) form(s *liveview.Socket[State], e liveview.Event) error {
	f := s.State().Form.Apply(e)
	f.Check("title", !strings.EqualFold(f.Value.Title, "tea"), "is about coffee")
	if e.Name == "save" && f.Valid() {
		photos, err := liveview.ConsumeUploadedEntries(s, "photos", func(string, liveview.UploadEntry) (struct{}, error) { return struct{}{}, nil })
		if err != nil {
			return err
		}
		s.Assign(func(st *State) {
			st.Form = newForm()
			st.say("success", fmt.Sprintf("%s is announced, with %d speakers and %d photos.", f.Value.Title, len(f.Value.Speakers), len(photos)))
		})
		return nil
	}
	s.Assign(func(st *State) {
		st.Form = f
		if e.Name == "save" {
			st.say("error", "Something is wrong with it still: see the fields.")
		}
	})
	if e.Name == "save" {
		s.PushJS(js.Dispatch("#workshop", "ui:invalid")) // has the first wrong field focused
	}
	return nil
}

// load gets the report, which takes its time.
func (View) load(s *liveview.Socket[State], st *State) {
	st.Report.Load(s, func(ctx context.Context) ([]string, error) {
		select {
		case <-time.After(1500 * time.Millisecond):
			return []string{"Eleven cups were poured before noon, none of them cold.", "The grinder was cleaned at " + time.Now().Format("15:04:05") + "."}, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	})
}

// Render shows the page.
func (View) Render(st State) liveview.Rendered { return page.Render(st) }
