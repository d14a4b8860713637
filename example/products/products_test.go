package products_test

import (
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/products"
	"github.com/gin-liveview/liveview/liveviewtest"
)

func router() *gin.Engine {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(liveview.Middleware())
	products.NewStore().Routes(r)
	return r
}

// The list keeps what is typed into its search while dialogs open and close before it.
func TestDialogBeforeTheList(t *testing.T) {
	v := liveviewtest.Open(t, router(), "/products")
	v.Change("#search", "q", "desk")
	v.Click("#new")
	v.ExpectPatch("/products/new")
	v.Submit("#product", "name", "Standing desk", "price", "1200")
	v.ExpectPatch("/products")
	if v.Has("#dialog") || v.Count("tbody tr") != 3 || !v.Has("#product-5", "Standing desk") || v.Value("[name=q]") != "desk" {
		t.Errorf("after the save the page shows %s", v.HTML())
	}
	if got := v.Flash("info"); got != "Standing desk is saved." {
		t.Errorf("the page says %q", got)
	}
	v.Click("#product-3 a")
	v.ExpectPatch("/products/3/edit")
	if v.Value("#name") != "Desk lamp" || v.Value("#price") != "95" {
		t.Errorf("the dialog holds %q and %q", v.Value("#name"), v.Value("#price"))
	}
	v.Back()
	if v.Has("#dialog") {
		t.Error("the back button leaves the dialog open")
	}
	v.Click("#product-3 button")
	if v.Has("#product-3") {
		t.Error("what was deleted is still there")
	}
}

// What is wrong is told where it is typed, and nothing typed is lost with the
// connection.
func TestDialogKeepsWhatIsTyped(t *testing.T) {
	v := liveviewtest.Open(t, router(), "/products/new")
	v.Submit("#product", "name", "armchair", "price", "many")
	if !v.Has("#price-error") {
		t.Errorf("the price may be a word: %s", v.HTML())
	}
	v.Change("#product", "price", "12")
	v.Submit("#product")
	if got := v.Text("#name-error"); got != "There is a product of that name." {
		t.Errorf("the page says %q", got)
	}
	v.Reconnect()
	if v.Value("#name") != "armchair" || v.Value("#price") != "12" || v.URL().Path != "/products/new" {
		t.Errorf("after joining again at %s the dialog holds %q and %q", v.URL(), v.Value("#name"), v.Value("#price"))
	}
	v.Key("#name", "Escape")
	v.ExpectPatch("/products")
}

func TestUnknownProduct(t *testing.T) {
	s := liveviewtest.NewSession(t, router())
	if res := s.Get("/products/99/edit"); res.StatusCode != http.StatusNotFound {
		t.Errorf("status %d", res.StatusCode)
	}
}
