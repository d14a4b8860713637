// Package errands is a to-do list of templ, with a bit of everything that a page can be made of.
package errands

import (
	"crypto/rand"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/ui"
)

// State is what one visitor's page shows.
type State struct {
	Tasks []Task
	Only  string // "open" shows those alone; the URL says so
	Form  liveview.Form[Draft]
	Log   liveview.Stream[Line]
	lines int
}

// Task is one of the list, plain data: its row is rendered when it changes.
type Task struct {
	ID   int
	Text string
	Done bool
}

// Draft is what the form is about.
type Draft struct {
	Text string `form:"text" binding:"required,min=3,max=40"`
}

// Line is one of the log.
type Line struct {
	ID   int
	Text string
}

func (s *State) log(format string, args ...any) {
	s.lines++
	s.Log.InsertAt(0, Line{s.lines, fmt.Sprintf(format, args...)}, liveview.KeepFirst(5))
}

// shown are the tasks that the page shows.
func (s State) shown() []Task {
	if s.Only != "open" {
		return s.Tasks
	}
	return slices.DeleteFunc(slices.Clone(s.Tasks), func(t Task) bool { return t.Done })
}

// done returns how many tasks are.
func (s State) done() (n int) {
	for _, t := range s.Tasks {
		if t.Done {
			n++
		}
	}
	return n
}

// Routes adds the page, in a layout of templ whose style sheet and script have a nonce.
func Routes(r *gin.Engine) {
	ui.Assets(r)
	liveview.Handle(r.Group("", nonce, liveview.UseLayout(layout)), "/errands", View)
}

// View is the page.
var View = liveview.ViewFuncs[State]{
	Component: func(s State) liveview.Component { return page(s) },
	Mount: func(_ *gin.Context, s *liveview.Socket[State]) error {
		s.PageTitle("Errands")
		s.Assign(func(st *State) {
			st.Tasks = []Task{{1, "Buy bread", false}, {2, "Return the library books", true}, {3, "Water the plants", false}}
			st.Form = liveview.FormOf(Draft{}, liveview.As("task"))
		})
		return s.AllowUpload("papers", liveview.UploadConfig{Accept: []string{".pdf", ".jpg", ".png", ".txt"}, MaxEntries: 3, AutoUpload: true})
	},
	Params: func(c *gin.Context, s *liveview.Socket[State]) error {
		s.Assign(func(st *State) { st.Only = c.Query("only") })
		return nil
	},
	Events: liveview.Events[State]{
		"check": func(s *liveview.Socket[State], e liveview.Event) error {
			s.Assign(func(st *State) { st.Form = st.Form.Apply(e) })
			return nil
		},
		"add": add,
		"turn": func(s *liveview.Socket[State], e liveview.Event) error {
			return change(s, e.Int("id"), func(st *State, i int) {
				st.Tasks[i].Done = !st.Tasks[i].Done
				st.log("%s: %s", st.Tasks[i].Text, map[bool]string{true: "done", false: "open again"}[st.Tasks[i].Done])
			})
		},
		"delete": func(s *liveview.Socket[State], e liveview.Event) error {
			return change(s, e.Int("id"), func(st *State, i int) {
				st.log("%s: deleted", st.Tasks[i].Text)
				st.Tasks = slices.Delete(st.Tasks, i, i+1)
			})
		},
		"chosen": func(*liveview.Socket[State], liveview.Event) error { return nil }, // the files show by themselves
		"cancel": func(s *liveview.Socket[State], e liveview.Event) error {
			return s.CancelUpload("papers", e.Value("ref"))
		},
	},
	Progress: keep,
}

// change changes the task with that id, if it is still there.
func change(s *liveview.Socket[State], id int, fn func(st *State, i int)) error {
	s.Assign(func(st *State) {
		if i := slices.IndexFunc(st.Tasks, func(t Task) bool { return t.ID == id }); i >= 0 {
			st.Tasks = slices.Clone(st.Tasks)
			fn(st, i)
		}
	})
	return nil
}

// add adds a task, if its text is one.
func add(s *liveview.Socket[State], e liveview.Event) error {
	s.Assign(func(st *State) {
		st.Form = st.Form.Apply(e)
		if !st.Form.Valid() {
			return
		}
		id, text := 1, strings.TrimSpace(st.Form.Value.Text)
		for _, t := range st.Tasks {
			id = max(id, t.ID+1)
		}
		st.Tasks = append(slices.Clip(st.Tasks), Task{ID: id, Text: text})
		st.Form = st.Form.Reset()
		st.log("%s: added", text)
		s.PutFlash("success", text+" is on the list.")
	})
	return nil
}

// keep notes how long a paper is that has arrived. A real page would keep it.
func keep(s *liveview.Socket[State], e liveview.UploadEntry) error {
	if !e.Done {
		return nil
	}
	_, err := liveview.ConsumeUploadedEntry(s, e, func(path string, e liveview.UploadEntry) (struct{}, error) {
		info, err := os.Stat(path)
		if err == nil {
			s.Assign(func(st *State) { st.log("%s: %d bytes arrived", e.Name, info.Size()) })
			s.PutFlash("info", e.Name+" has arrived.")
		}
		return struct{}{}, err
	})
	return err
}

// goal is a live component, with a state of its own: how many tasks are to be done today. The
// page gives it how many are.
type goal struct{}

// Goal is what it holds.
type Goal struct{ Done, Wanted int }

var goals = liveview.NewLive[Goal, int](goal{})

// Mount implements [liveview.LiveMounter].
func (goal) Mount(s *liveview.Socket[Goal]) error {
	s.Assign(func(g *Goal) { g.Wanted = 2 })
	return nil
}

// Update implements [liveview.LiveComponent].
func (goal) Update(s *liveview.Socket[Goal], done int) error {
	s.Assign(func(g *Goal) { g.Done = done })
	return nil
}

// HandleEvent implements [liveview.EventHandler].
func (goal) HandleEvent(s *liveview.Socket[Goal], e liveview.Event) error {
	s.Assign(func(g *Goal) { g.Wanted = max(1, g.Wanted+map[string]int{"more": 1, "less": -1}[e.Name]) })
	return nil
}

// Render implements [liveview.LiveComponent].
func (goal) Render(g Goal) liveview.Rendered { return liveview.RenderComponent(goalShown(g)) }

// nonce lets the layout's own style sheet and script run, and none that somebody smuggles in.
func nonce(c *gin.Context) {
	n := rand.Text()
	c.Request = c.Request.WithContext(templ.WithNonce(c.Request.Context(), n))
	c.Header("Content-Security-Policy", "default-src 'self'; img-src 'self' blob: data:; style-src 'self' 'nonce-"+n+"'; script-src 'self' 'nonce-"+n+"'")
}

// layout writes the document around the page.
func layout(c *gin.Context, p liveview.Page) error {
	c.Header("Content-Type", "text/html; charset=utf-8")
	return document(p).Render(c.Request.Context(), c.Writer)
}
