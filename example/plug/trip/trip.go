// Package trip is a page with much that is half done: a wizard, and a drawing. Whatever
// becomes of the connection or the process, the visitor finds it as it was.
package trip

import (
	_ "embed"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// Trip is what the wizard asks for, step by step.
type Trip struct {
	Name  string    `form:"name" binding:"required,max=40"`
	From  string    `form:"from" binding:"required"`
	To    string    `form:"to" binding:"required,nefield=From"`
	Day   time.Time `form:"day" time_format:"2006-01-02" binding:"required"`
	Bikes int       `form:"bikes" binding:"min=0,max=4"`
	Notes string    `form:"notes" binding:"max=400"`
}

// Side is how many squares a side of the drawing has.
const Side = 12

// State is the page's. All of it is the visitor's, but for what Mount says of the process.
type State struct {
	Step    int
	Form    liveview.Form[Trip]
	Colour  int
	Squares []uint8 // the colours of the drawing, row by row; 0 is none
	Process int     `cbor:"-"`
	Since   string  `cbor:"-"`
	Local   bool    `cbor:"-"` // the visitor sits at this machine
}

// Steps are the wizard's.
func (State) Steps() []string { return []string{"Who", "Where", "Details"} }

// Last reports whether the wizard is at its last step.
func (s State) Last() bool { return s.Step == len(s.Steps())-1 }

// Colours are those that there are to draw with.
func (State) Colours() []string { return []string{"none", "red", "yellow", "green", "blue"} }

// View shows the page.
type View struct {
	Process int       // the number of this process, which grows each time that one begins
	Since   time.Time // when it began
	Pull    func()    // ends the process as a power cut does
}

//go:embed trip.html
var source string

var page = liveview.MustParse[State](source)

// fields are those of each step.
var fields = [][]string{{"name"}, {"from", "to"}, {"day", "bikes", "notes"}}

// Mount implements liveview.Mounter.
func (v View) Mount(c *gin.Context, s *liveview.Socket[State]) error {
	host, _, _ := net.SplitHostPort(c.Request.RemoteAddr)
	s.PageTitle("Pull the plug")
	s.Assign(func(st *State) {
		*st = State{Form: liveview.FormOf(Trip{}, liveview.As("trip")), Colour: 1, Squares: make([]uint8, Side*Side)}
		st.Process, st.Since, st.Local = v.Process, v.Since.Format(time.TimeOnly), net.ParseIP(host).IsLoopback()
	})
	return nil
}

// Restore implements liveview.Restorer: what Mount has said of the process stays.
func (View) Restore(s *liveview.Socket[State], saved State) error {
	s.Assign(func(st *State) { *st = saved })
	return nil
}

// HandleEvent implements liveview.EventHandler.
func (v View) HandleEvent(s *liveview.Socket[State], e liveview.Event) error {
	st := s.State()
	switch e.Name {
	case "check", "next":
		form := st.Form.Apply(e)
		wrong := slices.ContainsFunc(fields[st.Step], func(field string) bool { return form.Errors()["trip["+field+"]"] != "" })
		s.Assign(func(st *State) {
			st.Form = form
			if e.Name == "next" && !wrong && !st.Last() {
				st.Step++
			}
		})
		if e.Name == "next" && st.Last() && form.Valid() {
			s.PutFlash("info", "Have a good trip, "+form.Value.Name+".")
		}
	case "back":
		s.Assign(func(st *State) { st.Step = max(st.Step-1, 0) })
	case "colour":
		if n, err := strconv.Atoi(e.Value("at")); err == nil && n >= 0 && n < len(st.Colours()) {
			s.Assign(func(st *State) { st.Colour = n })
		}
	case "paint":
		if n, err := strconv.Atoi(e.Value("at")); err == nil && n >= 0 && n < len(st.Squares) {
			s.Assign(func(st *State) { st.Squares[n] = uint8(st.Colour) })
		}
	case "pull":
		if st.Local && v.Pull != nil {
			v.Pull()
		}
	default:
		return liveview.ErrUnknownEvent
	}
	return nil
}

// Render implements liveview.View.
func (View) Render(st State) liveview.Rendered { return page.Render(st) }
