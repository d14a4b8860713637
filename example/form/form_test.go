package form_test

import (
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/form"
	"github.com/gin-liveview/liveview/liveviewtest"
)

func TestForm(t *testing.T) {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(liveview.Middleware())
	liveview.Handle(r, "/", form.View{})
	v := liveviewtest.Open(t, r, "/")
	v.Change("#order", "order[email]", "ada")
	if !v.Has("#order_email-error") || v.Has("#order_name-error") {
		t.Errorf("the errors are %v", v.Text("#order"))
	}
	v.Change("#order", "order[seats]", "12")
	v.WaitForText("#order_seats-error", "must be at most 8")
	v.Submit("#order", "order[seats]", "1", "order[name]", "Ada", "order[email]", "ada@example.com", "order[type]", "box", "order[extras][]", "champagne")
	v.WaitForText("#done", "Thank you, Ada. 1 × box, champagne; the tickets go to ada@example.com.")
}
