package main

import (
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	goredis "github.com/redis/go-redis/v9"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/presence"
	"github.com/gin-liveview/liveview/pubsub"
	"github.com/gin-liveview/liveview/pubsub/nats"
	"github.com/gin-liveview/liveview/pubsub/redis"
	"github.com/gin-liveview/liveview/store"
	states "github.com/gin-liveview/liveview/store/redis"
)

// newBus returns what carries infos to the other nodes: nothing, for no URL.
func newBus(url, secret string) (pubsub.PubSub, error) {
	switch {
	case strings.HasPrefix(url, "redis:"):
		return redis.New(url, pubsub.Options{Secret: pubsub.NewSecret(secret)})
	case strings.HasPrefix(url, "nats:"):
		return nats.New(url, pubsub.Options{Secret: pubsub.NewSecret(secret)})
	}
	return pubsub.NewLocal(), nil
}

// newStore returns what keeps states for all nodes: nothing, for no address.
func newStore(addr string) store.Store {
	if addr == "" {
		return nil
	}
	return states.New(goredis.NewClient(&goredis.Options{Addr: addr, ContextTimeoutEnabled: true}), states.Options{})
}

// identify takes the visitor's word for who they are.
func identify(c *gin.Context) {
	if user := c.Query("user"); user != "" {
		liveview.Identify(c, user)
	}
}

// said is an info: a line of the chat.
type said struct{ Node, Text string }

func init() { pubsub.Register[said]("e2e.said") }

// chat is the state of a chat's page: the lines as they came.
type chat struct {
	Node   string
	Lines  []said
	Missed int
	People int
}

type chatView struct {
	node   string
	people *presence.Tracker[string]
}

func newChat(node string, bus pubsub.PubSub, beat time.Duration) chatView {
	return chatView{node, presence.New[string](bus, "chat", presence.Options{Beat: beat})}
}

var chatPage = liveview.MustParse[chat](`<p id="node">{{.Node}}</p><p id="people">{{.People}}</p><p id="missed">{{.Missed}}</p>
<form id="say" phx-submit="say"><input name="text"><button>say</button></form>
<ul id="lines">{{range .Lines}}<li>{{.Node}}: {{.Text}}</li>{{end}}</ul>`)

func (v chatView) Mount(_ *gin.Context, s *liveview.Socket[chat]) error {
	if _, err := s.Subscribe("chat"); err != nil {
		return err
	}
	if _, err := liveview.Track(s, v.people, "chat", s.ID(), v.node); err != nil {
		return err
	}
	s.Assign(func(c *chat) { c.Node, c.People = v.node, len(v.people.List("chat")) })
	return nil
}

func (v chatView) HandleEvent(s *liveview.Socket[chat], e liveview.Event) error {
	_ = s.Publish("chat", said{v.node, e.Value("text")}) // this node's visitors get it, broker or not
	return nil
}

func (v chatView) HandleInfo(s *liveview.Socket[chat], info any) error {
	s.Assign(func(c *chat) {
		switch info := info.(type) {
		case said:
			c.Lines = append(c.Lines, info)
		case liveview.Missed:
			c.Missed++
		case presence.Change[string]:
			c.People = len(v.people.List("chat"))
		}
	})
	return nil
}

func (chatView) Render(c chat) liveview.Rendered { return chatPage.Render(c) }
