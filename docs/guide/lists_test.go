package guide_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// What docs/lists.md shows: a room whose page keeps its messages.

type Message struct {
	ID   int
	Text string
}

type Room struct{ Messages liveview.Stream[Message] }

type roomView struct{ store messages }

func (v roomView) Mount(_ *gin.Context, s *liveview.Socket[Room]) error {
	if _, err := s.Subscribe("room"); err != nil {
		return err
	}
	newest, err := v.store.Newest(s.Context(), 50)
	s.Assign(func(st *Room) { st.Messages.InsertAll(newest) })
	return err
}

func (v roomView) HandleInfo(s *liveview.Socket[Room], info any) error {
	s.Assign(func(st *Room) { st.Messages.InsertAt(0, info.(Message), liveview.KeepFirst(200)) })
	return nil
}

// Reload loads again what the page has and the server hasn't: docs/continuity.md.
func (v roomView) Reload(s *liveview.Socket[Room]) error {
	newest, err := v.store.Newest(s.Context(), 50)
	s.Assign(func(st *Room) { st.Messages.Reset(newest) })
	return err
}

var roomPage = liveview.MustParse[Room](`
<ul id="messages" phx-update="stream">
  {{range $id, $m := .Messages.All}}<li id="{{$id}}">{{$m.Text}}</li>{{end}}
</ul>
<p class="none">Nobody has said anything yet.</p>`)

func (roomView) Render(st Room) liveview.Rendered { return roomPage.Render(st) }

// messages are the newest last said, as a database has them.
type messages []Message

func (m messages) Newest(context.Context, int) ([]Message, error) { return m, nil }

func TestListOfTheGuide(t *testing.T) {
	r := gin.New()
	lv := liveview.New(liveview.Config{})
	r.Use(lv.Middleware())
	liveview.Handle(r, "/room", roomView{messages{{2, "two"}, {1, "one"}}})
	v := liveviewtest.Open(t, r, "/room")
	if err := lv.Publish("room", Message{3, "three"}); err != nil {
		t.Fatal(err)
	}
	v.WaitForText("#messages", "three two one")
	v.Drop()
	v.WaitForText("#messages", "two one") // as the store has them
	if n := v.Count("#messages > li"); n != 2 {
		t.Errorf("%d entries", n)
	}
}

// testing.md: what a page shows after an info, a crash, a lost connection.
type Poll struct{ Votes map[string]int }

type pollView struct{}

func (pollView) Mount(_ *gin.Context, s *liveview.Socket[Poll]) error {
	s.Assign(func(st *Poll) { st.Votes = map[string]int{"tea": 0, "coffee": 0} })
	_, err := s.Subscribe("votes")
	return err
}

func (pollView) HandleEvent(s *liveview.Socket[Poll], e liveview.Event) error {
	if e.Name != "vote" {
		return liveview.ErrUnknownEvent
	}
	return s.Publish("votes", e.Value("for"))
}

func (pollView) HandleInfo(s *liveview.Socket[Poll], info any) error {
	s.Assign(func(st *Poll) { st.Votes[info.(string)]++ })
	return nil
}

var pollPage = liveview.MustParse[Poll](`<h1>What is it to be?</h1>
{{range $what, $n := .Votes}}<p id="{{$what}}">{{$what}}: {{$n}} <button phx-click="vote" phx-value-for="{{$what}}">Vote for {{$what}}</button></p>{{end}}`)

func (pollView) Render(st Poll) liveview.Rendered { return pollPage.Render(st) }

func pollRouter() *gin.Engine {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(liveview.Middleware())
	liveview.Handle(r, "/poll", pollView{})
	return r
}

func TestPoll(t *testing.T) {
	router := pollRouter()
	ann, bob := liveviewtest.Open(t, router, "/poll"), liveviewtest.Open(t, router, "/poll")
	ann.Click("Vote for tea")
	bob.WaitForText("#tea", "tea: 1 Vote for tea")
	bob.Drop() // the connection is lost, and comes back
	if got := bob.Text("#tea"); !strings.HasPrefix(got, "tea: 1") {
		t.Errorf("after that it shows %q", got)
	}
}

func TestVoteOfTheView(t *testing.T) {
	s := liveviewtest.NewSocket(t, pollView{}, Poll{Votes: map[string]int{}})
	if err := (pollView{}).HandleInfo(s, "tea"); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(s.State().Votes); got != "map[tea:1]" {
		t.Errorf("the votes are %s", got)
	}
}
