package main_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/shopspring/decimal"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// What docs/forms.md shows: a product that is edited, by somebody alone and by two at once.

type Product struct {
	ID       int             `form:"-"`
	Name     string          `form:"name" binding:"required,max=40"`
	Price    decimal.Decimal `form:"price" binding:"required,gt=0"` // of github.com/shopspring/decimal, or another
	Active   bool            `form:"active"`
	Since    time.Time       `form:"since" time_format:"2006-01-02"`
	Tags     []string        `form:"tags"`
	Variants []Variant       `form:"variants" binding:"min=1"`
}

type Variant struct {
	ID  int    `form:"-,key"`
	SKU string `form:"sku" binding:"required,alphanum"`
}

type State struct{ Form liveview.Form[Product] }

func (State) AllTags() []string { return []string{"new", "reduced"} }

// View edits one product.
type View struct{ store *shelf }

func (v View) Mount(c *gin.Context, s *liveview.Socket[State]) error {
	p, err := v.store.Product(c.Param("id"))
	s.Assign(func(st *State) { st.Form = liveview.FormOf(p, liveview.As("product")) })
	return err
}

func (v View) HandleEvent(s *liveview.Socket[State], e liveview.Event) error {
	f := s.State().Form.Apply(e)
	f.Check("name", !v.store.Taken(f.Value.Name, f.Value.ID), "is already taken")
	if e.Name == "save" && f.Valid() {
		if err := v.store.Save(f.Value); err != nil {
			return err
		}
		f = liveview.FormOf(f.Value, liveview.As("product"))
	}
	s.Assign(func(st *State) { st.Form = f })
	return nil
}

var productPage = liveview.MustParse[State](`
<form id="product" phx-change="change" phx-submit="save">
  {{with .Form.Field "name"}}
    <label for="{{.ID}}">Name</label> <input {{attrs .Attrs}}>
    {{if .Error}}<p id="{{.ErrorID}}">{{.Error}}</p>{{end}}
  {{end}}
  {{with .Form.Field "price"}}<input {{attrs .Attrs}}>{{if .Error}}<p id="{{.ErrorID}}">{{.Error}}</p>{{end}}{{end}}
  {{with .Form.Field "active"}}
    <input type="hidden" name="{{.Name}}" value="false"><input {{attrs .Attrs}}>
  {{end}}
  {{with $f := .Form.Field "tags"}}
    <input type="hidden" name="{{$f.Name}}">
    {{range $.AllTags}}<label><input type="checkbox" name="{{$f.Name}}" value="{{.}}"{{if $f.Has .}} checked{{end}}> {{.}}</label>{{end}}
  {{end}}
  <ul>{{range .Form.List "variants"}}
    <li id="{{.ID}}">
      {{with .Sort}}<input type="hidden" name="{{.Name}}" value="{{.Value}}">{{end}}
      {{with .Field "sku"}}<input {{attrs .Attrs}} aria-label="SKU">{{end}}
      {{with .Drop}}<label><input type="checkbox" name="{{.Name}}" value="{{.Value}}"> remove</label>{{end}}
      {{if .Index}}{{with .Up}}<label><input type="checkbox" name="{{.Name}}" value="{{.Value}}"> up</label>{{end}}{{end}}
      {{if not .Last}}{{with .Down}}<label><input type="checkbox" name="{{.Name}}" value="{{.Value}}"> down</label>{{end}}{{end}}
    </li>
  {{end}}</ul>
  <input type="hidden" name="product[variants_drop][]">
  {{with .Form.Add "variants"}}
    <label><input type="checkbox" name="{{.Name}}" value="{{.Value}}"> another</label>
    {{if .Error}}<p id="{{.ErrorID}}">{{.Error}}</p>{{end}}
  {{end}}
  <button>Save</button>
</form>`)

func (View) Render(st State) liveview.Rendered { return productPage.Render(st) }

// shelf has one product.
type shelf struct{ product Product }

var ErrStale = errors.New("somebody else has saved")

func (s *shelf) Product(string) (Product, error) { return s.product, nil }

func (s *shelf) Taken(name string, id int) bool { return name == "Pear" && id == 1 }

func (s *shelf) Save(p Product) error { s.product = p; return nil }

// guarded is a shelf that asks before it writes, as a database does in a transaction.
type guarded struct{ shelf }

func (s *guarded) Save(p Product, stale func(Product) bool) error {
	if stale(s.product) {
		return ErrStale
	}
	return s.shelf.Save(p)
}

type Shared struct {
	Form  liveview.Form[Product]
	Stale bool
}

// sharedView edits a product that others may edit as well.
type sharedView struct{ store *guarded }

func (v sharedView) Mount(_ *gin.Context, s *liveview.Socket[Shared]) error {
	s.Assign(func(st *Shared) { st.Form = liveview.FormOf(v.store.product) })
	return nil
}

func (v sharedView) HandleEvent(s *liveview.Socket[Shared], e liveview.Event) error {
	f := s.State().Form.Apply(e)
	if e.Name == "save" && f.Valid() {
		stale := func(now Product) bool { return f.Stale(now) && e.Value("overwrite") == "" }
		switch err := v.store.Save(f.Value, stale); { // asks stale in the transaction that writes
		case errors.Is(err, ErrStale):
			s.Assign(func(st *Shared) { st.Form, st.Stale = f, true })
			return nil
		case err != nil:
			return err
		}
		return s.PushRedirect("/products", nil)
	}
	s.Assign(func(st *Shared) { st.Form = f })
	return nil
}

var sharedPage = liveview.MustParse[Shared](`<form id="product" phx-change="change" phx-submit="save">
{{with .Form.Field "name"}}<input {{attrs .Attrs}}>{{end}}
{{if .Stale}}<p>Somebody has changed this meanwhile.
  <label><input type="checkbox" name="overwrite" value="yes"> Save mine all the same</label>
  <a href="{{currentURL}}">Show theirs</a></p>{{end}}
<button>Save</button></form>`)

func (sharedView) Render(st Shared) liveview.Rendered { return sharedPage.Render(st) }

func TestProductOfTheGuide(t *testing.T) {
	gin.SetMode(gin.TestMode)
	apple := Product{ID: 1, Name: "Apple", Price: decimal.RequireFromString("1.20"), Active: true, Tags: []string{"new"}, Variants: []Variant{{ID: 3, SKU: "A1"}}}
	alone, both := &shelf{apple}, &guarded{shelf{apple}}
	r := gin.New()
	r.Use(liveview.Middleware(liveview.Config{
		Sentence: func(locale string, p liveview.FieldProblem) string {
			if strings.HasPrefix(locale, "de") && p.Rule == "required" {
				return "fehlt"
			}
			return "" // as p.String() has it
		},
		Locale: func(c *gin.Context) string { lang, _ := c.Cookie("lang"); return lang },
	}))
	liveview.Handle(r, "/products/:id", View{alone})
	liveview.Handle(r, "/shared", sharedView{both})
	liveview.Handle(r, "/products", liveview.ViewFuncs[struct{}]{Template: liveview.MustParse[struct{}](`All`)})

	v := liveviewtest.Open(t, r, "/products/1")
	v.Submit("#product", "product[name]", "Pear", "product[price]", "free")
	if name, price := v.Text("#product_name-error"), v.Text("#product_price-error"); name != "is already taken" || !strings.Contains(price, "number") {
		t.Errorf("the problems are %q and %q", name, price)
	}
	v.Submit("#product", "product[name]", "Plum", "product[price]", "2.5", "product[active]", false)
	if p := alone.product; p.Name != "Plum" || p.Price.String() != "2.5" || len(p.Variants) != 1 || p.Variants[0].ID != 3 {
		t.Errorf("saved is %+v", p)
	}
	v.Change("#product", "another", true)
	if n := v.Count("#product li"); n != 2 {
		t.Errorf("there are %d variants", n)
	}

	v = liveviewtest.Open(t, r, "/shared")
	both.product.Name = "Cherry"
	v.Submit("#product", "name", "Melon")
	if !v.Has("p", "Somebody has changed this") || both.product.Name != "Cherry" {
		t.Errorf("over a newer one is saved %q", both.product.Name)
	}
	v.Submit("#product", "overwrite", true)
	v.ExpectNavigation("/products")
	if both.product.Name != "Melon" {
		t.Errorf("saved is %q", both.product.Name)
	}
}
