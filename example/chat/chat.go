// Package chat is a room in which all visitors of the page talk.
package chat

import (
	_ "embed"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
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

// State is what one visitor's page shows.
type State struct {
	Name     string
	Sent     int // makes a new, empty field of the form after each message
	Messages []Message
}

// View is the room: what was said last is shared by all visitors.
type View struct {
	mu   sync.Mutex // guards last and ids
	last []Message
	ids  int
}

// Mount subscribes first and reads then, so that no message falls between.
func (v *View) Mount(_ *gin.Context, s *liveview.Socket[State]) error {
	if err := s.Subscribe("chat"); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	s.Assign(func(c *State) { c.Messages = append([]Message(nil), v.last...) })
	return nil
}

// HandleEvent publishes what its visitor says, and hears it like all others.
func (v *View) HandleEvent(s *liveview.Socket[State], e liveview.Event) error {
	name, text := strings.TrimSpace(e.Value("name")), strings.TrimSpace(e.Value("text"))
	s.Assign(func(c *State) { c.Name = name })
	if e.Name != "say" || text == "" {
		return nil
	}
	if name == "" {
		name = "somebody"
	}
	s.Assign(func(c *State) { c.Sent++ })
	v.mu.Lock()
	defer v.mu.Unlock()
	v.ids++
	m := Message{v.ids, name, text, time.Now()}
	v.last = keepLast(append(v.last, m))
	return s.Publish("chat", m)
}

// HandleInfo shows a message.
func (v *View) HandleInfo(s *liveview.Socket[State], info any) error {
	m := info.(Message)
	s.Assign(func(c *State) {
		if n := len(c.Messages); n == 0 || c.Messages[n-1].ID < m.ID { // else Mount has read it
			c.Messages = keepLast(append(c.Messages, m))
		}
	})
	return nil
}

// keepLast is what the room remembers.
func keepLast(all []Message) []Message { return all[max(0, len(all)-50):] }

// Render shows the room.
func (v *View) Render(c State) liveview.Rendered { return page.Render(c) }
