package chat_test

import (
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/chat"
	"github.com/gin-liveview/liveview/liveviewtest"
)

func TestChat(t *testing.T) {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(liveview.Middleware())
	liveview.Handle(r, "/", &chat.View{})
	ada, bob := liveviewtest.Open(t, r, "/"), liveviewtest.Open(t, r, "/")
	ada.Submit("#message-form", "name", "Ada", "text", "hello <b>all</b>")
	bob.WaitFor(func() bool { return bob.Has("#messages li", "Ada hello <b>all</b>") })
	if name, said := ada.Value("[name=name]"), ada.Value("[name=text]"); name != "Ada" || said != "" {
		t.Errorf("the form holds %q and %q after it was sent", name, said)
	}
}
