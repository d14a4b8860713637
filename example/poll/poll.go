// Package poll is a vote that all visitors see grow, with who else is looking:
// on one machine, or on as many as share a PubSub.
package poll

import (
	_ "embed"
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/presence"
	"github.com/gin-liveview/liveview/pubsub"
)

//go:embed poll.html
var source string

var page = liveview.MustParse[State](source)

const topic = "poll"

// Answers are what may be voted for.
var Answers = []string{"Tea", "Coffee", "Water", "Neither"}

// Vote is an info: somebody, at any node, has voted.
type Vote struct{ Answer int }

// Who is what is known of a visitor.
type Who struct{ Name, Node string }

func init() { pubsub.Register[Vote]("poll.Vote") }

// Poll is one node's. Each node counts for itself what it hears of, which is
// good enough for a demonstration; an application keeps votes in its database
// and reads them anew on a liveview.Missed.
type Poll struct {
	node   string
	bus    pubsub.PubSub
	people *presence.Tracker[Who]

	mu    sync.Mutex // guards votes
	votes [4]int
}

// New returns the poll of the node of that name, which talks to the others
// over bus. Close it at the end.
func New(node string, bus pubsub.PubSub) (*Poll, error) {
	p := &Poll{node: node, bus: bus, people: presence.New[Who](bus, "poll", presence.Options{})}
	_, err := bus.Subscribe(topic, func(info any) {
		if v, ok := info.(Vote); ok && v.Answer >= 0 && v.Answer < len(p.votes) {
			p.mu.Lock()
			p.votes[v.Answer]++
			p.mu.Unlock()
		}
	})
	return p, err
}

// Close says good-bye for this node's visitors.
func (p *Poll) Close() { p.people.Close() }

func (p *Poll) count() [4]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.votes
}

// Bar is a line of the result.
type Bar struct {
	Index, Votes, Percent int
	Answer                string
}

// State is what one visitor's page shows.
type State struct {
	Name, Node string
	Bars       []Bar
	Total      int
	People     []presence.Entry[Who]
	Voted      bool
}

var names = []string{"Otter", "Wren", "Badger", "Newt", "Heron", "Vole", "Stoat", "Finch", "Hare", "Toad"}

// Mount subscribes before it reads, so that nothing falls in between.
func (p *Poll) Mount(_ *gin.Context, s *liveview.Socket[State]) error {
	name := fmt.Sprintf("%s %d", names[rand.IntN(len(names))], rand.IntN(90)+10)
	if _, err := s.Subscribe(topic); err != nil {
		return err
	}
	if _, err := liveview.Track(s, p.people, topic, name, Who{name, p.node}); err != nil {
		return err
	}
	s.Assign(func(st *State) { st.Name, st.Node = name, p.node })
	p.show(s)
	return nil
}

// HandleEvent takes one vote of each visit.
func (p *Poll) HandleEvent(s *liveview.Socket[State], e liveview.Event) error {
	answer := e.Int("answer")
	if s.State().Voted || answer < 0 || answer >= len(Answers) {
		return nil
	}
	s.Assign(func(st *State) { st.Voted = true })
	if err := s.Publish(topic, Vote{answer}); err != nil { // whoever is at this process has it
		s.PutFlash("error", "Not everybody could be told.")
	}
	return nil
}

// HandleInfo shows whatever has changed: votes, people, or, after a
// liveview.Missed, what may have.
func (p *Poll) HandleInfo(s *liveview.Socket[State], _ any) error {
	p.show(s)
	return nil
}

func (p *Poll) show(s *liveview.Socket[State]) {
	votes, people := p.count(), p.people.List(topic)
	s.Assign(func(st *State) {
		st.People, st.Total, st.Bars = people, 0, make([]Bar, len(Answers))
		for _, n := range votes {
			st.Total += n
		}
		for i, answer := range Answers {
			st.Bars[i] = Bar{Index: i, Answer: answer, Votes: votes[i], Percent: votes[i] * 100 / max(st.Total, 1)}
		}
	})
}

// Render shows the poll.
func (*Poll) Render(st State) liveview.Rendered { return page.Render(st) }
