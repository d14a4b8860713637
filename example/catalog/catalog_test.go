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
	around := func(current, crumbs string) {
		t.Helper()
		if got := v.Text("#kinds [aria-current]"); got != current {
			t.Errorf("the menu is at %q, want %q", got, current)
		}
		if got := v.Text("#crumbs"); got != crumbs {
			t.Errorf("the breadcrumbs are %q, want %q", got, crumbs)
		}
	}
	around("broadleaf", "Trees › broadleaf")
	v.Follow("#tree-2 a")
	around("broadleaf", "Trees › broadleaf › Birch")
	v.Click("#next")
	v.ExpectPatch("/catalog/3")
	around("broadleaf", "Trees › broadleaf › Blackthorn")
	v.Click("#previous")
	v.ExpectPatch("/catalog/2")
	v.Click("#report")
	v.ExpectNavigation("/catalog")
	around("all kinds", "Trees")
	if v.Flash("info") != "You have seen a Birch." || !v.Has("#tree-2", "seen 1") {
		t.Errorf("the list shows %q and %q", v.Flash("info"), v.Text("#tree-2"))
	}
}
