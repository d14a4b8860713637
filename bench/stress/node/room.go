package node

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/presence"
)

// What a room shows at most of its lists.
const (
	MaxItems = 5
	MaxRows  = 6
	MaxCells = 4
	MaxCards = 3
)

// Rooms is how many there are, each with a topic of its own.
const Rooms = 3

// Topic returns the topic of a room.
func Topic(room string) string { return "room-" + room }

// room is the state of the page that does everything: all of it comes of numbered events,
// and the page says which ones it has seen.
type room struct {
	Life string // of a page that began by a Mount, and not by what it was before
	Room string
	Tab  string

	Step  int
	Name  string
	Open  [MaxCards]bool
	Items []int
	Cells []int // the live components that are shown
	Rows  []row // what is in Log
	Log   liveview.Stream[row]
	Seen  Spans
	Twice []int // events that came again, or late

	Late liveview.Async[int]

	Corner *liveview.Nested `cbor:"-"`
	Player *liveview.Sticky `cbor:"-"`

	Arrived time.Time // from another process; zero for not

	Heard  []heard
	Missed int
	Came   []string // what befell the page of late, and when: for who wonders about a delivery
	People string
}

type row struct {
	ID   int
	Text string
}

type roomView struct {
	*server
	people *presence.Tracker[string]
}

// roomData is what the page shows.
type roomData struct {
	room
	Node string
}

// Shown is the number that the page shows as its step.
func (r roomData) Shown() int {
	if Planted("differs") && r.Step%5 == 4 {
		return r.Step + 1
	}
	return r.Step
}

// LateText is what there is of the work that is done beside.
func (r roomData) LateText() string {
	switch {
	case r.Late.Err != nil:
		return "failed"
	case r.Late.Loaded:
		return strconv.Itoa(r.Late.Value)
	}
	return ""
}

var roomPage = liveview.MustParseSource[roomData](liveview.Source{
	Live: map[string]liveview.AnyLive{"cell": liveview.NewLive[cell, int](cellView{})},
	Text: `<p id="where">{{.Node}} {{.Life}}</p>
<div id="own"><b>{{.Shown}}</b><i>{{.Name}}</i>{{range .Items}}<u>{{.}}</u>{{end}}{{range $i, $open := .Open}}{{if $open}}<em>{{$i}}</em>{{end}}{{end}}<s>{{.Tab}}</s></div>
<p id="seen">{{.Seen}}|{{.Twice}}</p>
<div id="cells">{{range .Cells}}{{cell . .}}{{end}}</div>
<ul id="log" phx-update="stream">{{range $id, $r := .Log.All}}<li id="{{$id}}">{{$r.Text}}</li>{{end}}</ul>
{{component .Corner}}{{component .Player}}
<div id="heard">{{range .Heard}}<p>{{.}}</p>{{end}}</div>
<p id="missed">{{.Missed}}</p><p id="people">{{.People}}</p><p id="late">{{.LateText}}</p><p id="came">{{range .Came}}{{.}}, {{end}}</p>`,
})

func (v roomView) Mount(c *gin.Context, s *liveview.Socket[room]) error {
	name := c.Param("room")
	s.Assign(func(r *room) {
		r.Life, r.Room = rand.Text()[:8], name
		if hasNested(name) {
			r.Corner = liveview.Nest("corner", guestView{v.instance})
		}
		if hasSticky(name) {
			r.Player = v.player
		}
	})
	if !s.Connected() {
		return nil
	}
	v.leak()
	if _, err := s.Subscribe(Topic(name)); err != nil {
		return err
	}
	if _, err := liveview.Track(s, v.people, Topic(name), c.Query("who"), v.instance); err != nil {
		return err
	}
	v.list(s)
	return nil
}

func (v roomView) HandleParams(c *gin.Context, s *liveview.Socket[room]) error {
	s.Assign(func(r *room) { r.Tab = strings.Clone(c.Query("tab")) })
	return nil
}

// list has the page show who is there.
func (v roomView) list(s *liveview.Socket[room]) {
	var keys []string
	for _, p := range v.people.List(Topic(s.State().Room)) {
		keys = append(keys, p.Key)
	}
	slices.Sort(keys)
	s.Assign(func(r *room) { r.People = strings.Join(keys, " ") })
}

func (v roomView) HandleEvent(s *liveview.Socket[room], e liveview.Event) error {
	n, err := strconv.Atoi(e.Value("n"))
	if err != nil {
		return err
	}
	if Planted("ignores") && n%7 == 0 {
		return nil
	}
	v.handle(s, e, n)
	if Planted("repeats") && n%9 == 0 {
		v.handle(s, e, n)
	}
	return nil
}

// handle does what the event of that number says.
func (v roomView) handle(s *liveview.Socket[room], e liveview.Event, n int) {
	at, _ := strconv.Atoi(e.Value("at")) // 0 for none
	s.Assign(func(r *room) {
		if n <= r.Seen.Last() {
			r.Twice = append(r.Twice[:len(r.Twice):len(r.Twice)], n)
			return
		}
		r.Seen = r.Seen.With(n)
		switch e.Name {
		case "next":
			r.Step++
		case "name":
			r.Name = strings.Clone(e.Value("name"))
		case "card":
			r.Open[at%MaxCards] = !r.Open[at%MaxCards]
		case "add":
			r.Items = append(r.Items[:len(r.Items):len(r.Items)], n)
			r.Items = slices.Clone(r.Items[max(0, len(r.Items)-MaxItems):])
		case "cell":
			r.toggle(at % MaxCells)
		case "row":
			to := row{n, fmt.Sprint("row ", n)}
			r.Rows = append(r.Rows[:len(r.Rows):len(r.Rows)], to)
			r.Rows = slices.Clone(r.Rows[max(0, len(r.Rows)-MaxRows):])
			r.Log.Insert(to, liveview.KeepLast(MaxRows))
		case "unrow":
			if len(r.Rows) > 0 {
				r.Log.Delete(r.Rows[0])
				r.Rows = slices.Clone(r.Rows[1:])
			}
		case "load":
			r.Late.Load(s, func(ctx context.Context) (int, error) {
				select {
				case <-time.After(time.Duration(n%50) * time.Millisecond):
				case <-ctx.Done():
				}
				return n, ctx.Err()
			})
		}
	})
	if e.Name == "say" {
		v.say(s.State().Room)
	}
}

// befell notes what has befallen the page.
func (r *room) befell(what, where string) {
	r.Came = append(r.Came[:len(r.Came):len(r.Came)], time.Now().Format("04:05.000 ")+what+" at "+where)
	r.Came = slices.Clone(r.Came[max(0, len(r.Came)-6):])
}

// toggle shows a cell, or takes it away.
func (r *room) toggle(id int) {
	if i := slices.Index(r.Cells, id); i >= 0 {
		r.Cells = slices.Delete(slices.Clone(r.Cells), i, i+1)
		return
	}
	r.Cells = append(r.Cells[:len(r.Cells):len(r.Cells)], id)
}

func (v roomView) HandleInfo(s *liveview.Socket[room], info any) error {
	switch info := info.(type) {
	case Said:
		s.Assign(func(r *room) { r.Heard = hear(r.Heard, info, time.Now(), r.Arrived) })
	case liveview.Missed:
		s.Assign(func(r *room) {
			r.Heard, r.Missed = told(r.Heard, time.Now()), r.Missed+1
			r.befell("missed", v.instance)
		})
		v.list(s)
	case presence.Change[string]:
		v.list(s)
	}
	return nil
}

// Reload shows again what the stream has let go of.
func (v roomView) Reload(s *liveview.Socket[room]) error {
	s.Assign(func(r *room) { r.Log.Reset(r.Rows) })
	return nil
}

func (v roomView) Restore(s *liveview.Socket[room], saved room) error {
	s.Assign(func(r *room) {
		r.Life, r.Step, r.Name, r.Open, r.Items, r.Cells = saved.Life, saved.Step, saved.Name, saved.Open, saved.Items, saved.Cells
		r.Seen, r.Twice, r.Heard, r.Missed = saved.Seen, saved.Twice, saved.Heard, saved.Missed
		r.Rows, r.Arrived, r.Came = saved.Rows, time.Now(), saved.Came
		r.befell("restored", v.instance)
		r.Log.Reset(saved.Rows)
	})
	return nil
}

func (v roomView) Render(r room) liveview.Rendered {
	return roomPage.Render(roomData{r, v.instance})
}
