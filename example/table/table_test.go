package table_test

import (
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/table"
	"github.com/gin-liveview/liveview/liveviewtest"
)

func TestTable(t *testing.T) {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(liveview.Middleware())
	liveview.Handle(r, "/", table.View{})
	v := liveviewtest.Open(t, r, "/")
	v.Change("#filter [name=q]", "titanium")
	v.Click("In stock")
	if n := v.Count("#rows tr"); n != 200 || v.Find("th:nth-child(3)").AttrOr("aria-sort", "") != "ascending" {
		t.Errorf("%d rows, sorted %s", n, v.Find("thead").Text())
	}
}
