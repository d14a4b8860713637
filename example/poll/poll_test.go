package poll_test

import (
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/poll"
	"github.com/gin-liveview/liveview/liveviewtest"
)

func TestPoll(t *testing.T) {
	gin.SetMode(gin.TestMode)
	bus, r := liveview.NewPubSub(), gin.New()
	p, err := poll.New("here", bus)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	r.Use(liveview.Middleware(liveview.Config{PubSub: bus}))
	liveview.Handle(r, "/", p)
	ann, bob := liveviewtest.Open(t, r, "/"), liveviewtest.Open(t, r, "/")
	ann.WaitFor(func() bool { return ann.Text("#here") == "2" })
	ann.Click("Coffee")
	bob.WaitFor(func() bool { return bob.Text("#total") == "1" && bob.Text("#bars li:nth-child(2) .votes") == "1" })
	if !ann.Has("button[disabled]", "Tea") || bob.Has("button[disabled]", "Tea") {
		t.Errorf("only who has voted can't any more: %s", ann.HTML())
	}
}
