package board_test

import (
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/board"
	"github.com/gin-liveview/liveview/liveviewtest"
)

func TestBoard(t *testing.T) {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(liveview.Middleware())
	liveview.Handle(r, "/", board.View{})
	v := liveviewtest.Open(t, r, "/")

	// A card is edited while another one is open, too.
	v.Within("#card-2").Click("Edit")
	one := v.Within("#card-1")
	one.Click("Edit")
	one.Change("Text", "")
	if got := one.Text(".error"); got != "says nothing yet" {
		t.Errorf("of no text it says %q", got)
	}
	one.Submit("form", "Text", "Water all plants")
	v.WaitForText("#card-1 > p:first-child", "Water all plants")
	if got := v.Value("#card-2 input"); got != "Call the plumber" {
		t.Errorf("the other card's field holds %q", got)
	}

	// It keeps its state where it is moved to, by its own buttons and by the hook.
	v.Change("#card-2 input", "Call the pl")
	v.Hook("#board").Push("drop", map[string]any{"card": 2, "column": 2})
	if got := v.Value("[data-column='2'] #card-2 input"); got != "Call the pl" {
		t.Errorf("the card that was dropped holds %q", got)
	}
	one.Click("Move to the right")
	v.WaitForText("[data-column='1'] h2", "Doing 2")

	v.Within("[data-column='0']").Click("Add a card")
	v.Submit("#edit-5", "Text", "Sleep")
	v.WaitForText("#card-5 > p:first-child", "Sleep")
}
