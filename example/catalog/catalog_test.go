package catalog_test

import (
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/catalog"
	"github.com/gin-liveview/liveview/liveviewtest"
)

func TestCatalog(t *testing.T) {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(liveview.Middleware())
	catalog.NewStore().Routes(r)
	v := liveviewtest.Open(t, r, "/catalog?kind=broadleaf")
	v.Change("[name=q]", "birch")
	v.ExpectPatch("/catalog?kind=broadleaf&q=birch")
	v.Follow("#tree-2 a")
	v.Click("#report")
	v.ExpectNavigation("/catalog")
	if v.Flash("info") != "You have seen a Birch." || !v.Has("#tree-2", "seen 1") {
		t.Errorf("the list shows %q and %q", v.Flash("info"), v.Text("#tree-2"))
	}
}
