package chat_test

import (
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/chat"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// openTwice returns two visitors' pages of one room.
func openTwice(t *testing.T) (ada, bob *liveviewtest.View) {
	t.Helper()
	gin.SetMode(gin.TestMode)
	bus, r := liveview.NewPubSub(), gin.New()
	r.Use(liveview.Middleware(liveview.Config{PubSub: bus}))
	room := chat.New(bus)
	t.Cleanup(room.Close)
	liveview.Handle(r, "/", room)
	return liveviewtest.Open(t, r, "/"), liveviewtest.Open(t, r, "/")
}

func TestChat(t *testing.T) {
	ada, bob := openTwice(t)
	ada.Submit("#message-form", "name", "Ada", "text", "hello <b>all</b>")
	bob.WaitFor(func() bool { return bob.Has("#messages li", "Ada hello <b>all</b>") })
	if name, said := ada.Value("[name=name]"), ada.Value("[name=text]"); name != "Ada" || said != "" {
		t.Errorf("the form holds %q and %q after it was sent", name, said)
	}
}

// Whoever types is named to the others, until the message is sent or the field is
// empty again, or the page is left.
func TestTyping(t *testing.T) {
	ada, bob := openTwice(t)
	ada.Change("#message-form", "name", "Ada", "text", "hel")
	bob.WaitForText("#typing", "Ada is typing…")
	if got := ada.Text("#typing"); got != "" {
		t.Errorf("she is told herself that %s", got)
	}
	ada.Change("#message-form", "text", "")
	bob.WaitForText("#typing", "")
	ada.Change("#message-form", "text", "hello")
	bob.WaitForText("#typing", "Ada is typing…")
	ada.Submit("#message-form")
	bob.WaitForText("#typing", "")
	bob.WaitFor(func() bool { return bob.Has("#messages li", "Ada hello") })
	ada.Change("#message-form", "text", "and")
	bob.WaitForText("#typing", "Ada is typing…")
	ada.Close()
	bob.WaitForText("#typing", "")
}
