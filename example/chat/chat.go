// Package chat is a room in which all visitors of the page talk, and see who is
// typing.
package chat

import (
	"cmp"
	_ "embed"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/presence"
)

//go:embed chat.html
var source string

var page = liveview.MustParse[State](source)

// Message is what somebody said. It travels to all visitors as an info.
type Message struct {
	ID         int
	Name, Text string
	At         time.Time
}

// Who is what all know of a visitor who is there.
type Who struct {
	Name   string
	Typing bool
}

// State is what one visitor's page shows.
type State struct {
	Name     string
	Sent     int // makes a new, empty field of the form after each message
	Messages []Message
	People   []presence.Entry[Who]

	me *presence.Handle[Who]
}

// Typing are the names of the others who are about to say something.
func (st State) Typing() (names []string) {
	for _, p := range st.People {
		if p.Meta.Typing && p.ID != st.me.ID() {
			names = append(names, p.Meta.Name)
		}
	}
	return names
}

// View is the room: what was said last is shared by all visitors.
type View struct {
	people *presence.Tracker[Who]

	mu   sync.Mutex // guards last and ids
	last []Message
	ids  int
}

// New returns an empty room, whose visitors hear of each other over bus, the
// application's. Close it at the end.
func New(bus liveview.PubSub) *View {
	return &View{people: presence.New[Who](bus, "chat", presence.Options{})}
}

// Close has everybody leave.
func (v *View) Close() { v.people.Close() }

// Mount subscribes first and reads then, so that no message falls between.
func (v *View) Mount(_ *gin.Context, s *liveview.Socket[State]) error {
	if _, err := s.Subscribe("chat"); err != nil {
		return err
	}
	me, err := liveview.Track(s, v.people, "chat", s.ID(), Who{})
	if err != nil {
		return err
	}
	s.Assign(func(st *State) { st.me, st.People = me, v.people.List("chat") })
	v.mu.Lock()
	defer v.mu.Unlock()
	s.Assign(func(st *State) { st.Messages = append([]Message(nil), v.last...) })
	return nil
}

// HandleEvent publishes what its visitor says, and hears it like all others.
func (v *View) HandleEvent(s *liveview.Socket[State], e liveview.Event) error {
	name, text := strings.TrimSpace(e.Value("name")), strings.TrimSpace(e.Value("text"))
	s.Assign(func(st *State) { st.Name = name })
	name = cmp.Or(name, "somebody")
	if err := s.State().me.Update(Who{Name: name, Typing: e.Name == "typing" && text != ""}); err != nil {
		return err
	}
	if e.Name != "say" || text == "" {
		return nil
	}
	s.Assign(func(st *State) { st.Sent++ })
	v.mu.Lock()
	defer v.mu.Unlock()
	v.ids++
	m := Message{v.ids, name, text, time.Now()}
	v.last = keepLast(append(v.last, m))
	if err := s.Publish("chat", m); err != nil { // whoever is at this process has it
		s.PutFlash("error", "Not everybody could be told.")
	}
	return nil
}

// HandleInfo shows a message, or who is there and types.
func (v *View) HandleInfo(s *liveview.Socket[State], info any) error {
	s.Assign(func(st *State) {
		switch info := info.(type) {
		case Message:
			if n := len(st.Messages); n == 0 || st.Messages[n-1].ID < info.ID { // else Mount has read it
				st.Messages = keepLast(append(st.Messages, info))
			}
		case presence.Change[Who]:
			st.People = v.people.List("chat")
		}
	})
	return nil
}

// keepLast is what the room remembers.
func keepLast(all []Message) []Message { return all[max(0, len(all)-50):] }

// Render shows the room.
func (v *View) Render(st State) liveview.Rendered { return page.Render(st) }
