package poll_test

import (
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/poll"
	"github.com/gin-liveview/liveview/liveviewtest"
)

func TestPoll(t *testing.T) {
	bus, r := liveview.NewPubSub(), gin.New()
	p, err := poll.New("here", bus)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	r.Use(liveview.Middleware(liveview.Config{PubSub: bus}))
	liveview.Handle(r, "/", p)
	ann, bob := liveviewtest.Open(t, r, "/"), liveviewtest.Open(t, r, "/")
	ann.WaitForText("#here", "2")
	ann.Click("Coffee")
	bob.WaitForText("#bars li:nth-child(2) .votes", "1")
}
