package web_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/gin-liveview/liveview/liveviewtest"

	"example.com/shop/data"
)

// addProduct adds a product to the database.
func addProduct(t *testing.T, db *data.DB, name, price string) data.Product {
	t.Helper()
	p, err := db.Products().Save(t.Context(), data.Product{Name: name, Price: decimal.RequireFromString(price)}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestNewProduct(t *testing.T) {
	db, session := openAsUser(t)
	addProduct(t, db, "Armchair", "740")
	v, other := session.Open("/products"), session.Open("/products")
	v.Click("New product")
	v.ExpectPatch("/products/new")
	v.Submit("#product", "product[price]", "twelve")
	for _, id := range []string{"#product_name-error", "#product_price-error", "#product_variants_n0_name-error"} {
		if !v.Has(id) {
			t.Errorf("%s isn't there after the form was sent", id)
		}
	}
	v.Change("#product", "product[variants_sort][]", true)
	v.Change("#product", "product[variants][n0][name]", "Black", "product[variants][n0][stock]", "3", "product[variants][n1][name]", "White", "product[variants][n1][stock]", "4")
	v.Choose("[type=file]", liveviewtest.File{Name: "lamp.png", Type: "image/png", Content: photo(t)})
	v.Change("#product", "product[price]", "12.505")
	if got := v.Text("#product_price-error"); got != "must have two decimals at most" {
		t.Errorf("the price's error is %q", got)
	}
	v.Submit("#product", "product[name]", "armchair", "product[price]", "12.50")
	if got := v.Text("#product_name-error"); got != "is the name of another product" {
		t.Errorf("the name's error is %q", got)
	}
	v.Submit("#product", "product[name]", "Desk lamp")
	v.ExpectPatch("/products")
	if got := v.Flash("success"); got != "Desk lamp is saved." {
		t.Errorf("the page says %q", got)
	}
	other.WaitFor(func() bool { return other.Count("#products tbody tr") == 2 })

	page, err := db.Products().List(t.Context(), data.Query{Search: "LAMP"})
	if err != nil || page.Found != 1 {
		t.Fatalf("%d products are found, %v", page.Found, err)
	}
	p, err := db.Products().Find(t.Context(), page.Rows[0].ID)
	if err != nil || p.Price.String() != "12.5" || !p.Active || len(p.Variants) != 2 || p.Variants[1].Name != "White" {
		t.Errorf("saved is %+v, %v", p, err)
	}
	if picture, err := db.Products().Picture(t.Context(), p.ID); err != nil || picture.Type != "image/png" || !bytes.Equal(picture.Content, photo(t)) {
		t.Errorf("its picture is a %q of %d bytes, %v", picture.Type, len(picture.Content), err)
	}
	res := session.Get(fmt.Sprintf("/products/%d/picture", p.ID))
	if got := res.Header.Get("Content-Type"); got != "image/png" {
		t.Errorf("the picture is served as %q", got)
	}
}

// photo is a small picture.
func photo(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 4, 4))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Variants are changed, moved and removed, and those that stay are the same rows.
func TestVariants(t *testing.T) {
	db, session := openAsUser(t)
	lamp := addProduct(t, db, "Lamp", "95")
	lamp.Variants = []data.Variant{{Name: "Black"}, {Name: "White"}, {Name: "Red"}}
	lamp, err := db.Products().Save(t.Context(), lamp, nil, func(data.Product) bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	black, white, red := lamp.Variants[0].ID, lamp.Variants[1].ID, lamp.Variants[2].ID
	v := session.Open(fmt.Sprintf("/products/%d/edit", lamp.ID))
	v.Change("#product", "product[variants_drop][]", fmt.Sprint(white))
	v.Change("#product", fmt.Sprintf("product[variants][%d][stock]", red), "7")
	v.Within("#product_variants_"+fmt.Sprint(black)).Change("[aria-label$=down]", true)
	v.Click("Save")
	v.ExpectPatch("/products")
	lamp, err = db.Products().Find(t.Context(), lamp.ID)
	if err != nil || len(lamp.Variants) != 2 || lamp.Variants[0].ID != red || lamp.Variants[0].Stock != 7 || lamp.Variants[1].ID != black {
		t.Errorf("saved are %+v, %v", lamp.Variants, err)
	}
}

func TestProductList(t *testing.T) {
	db, session := openAsUser(t)
	for i := range data.PageSize {
		addProduct(t, db, fmt.Sprintf("Book %02d", i), "20")
	}
	addProduct(t, db, "atlas", "9.50")
	addProduct(t, db, "100% wool", "120")
	v := session.Open("/products")
	first := func() string { return v.Text("#products tbody tr:first-child a") }
	if got := first(); got != "100% wool" {
		t.Errorf("by name %q is the first", got)
	}
	v.Click("#products th a", "Price")
	if got := first(); got != "atlas" {
		t.Errorf("by price %q is the first", got)
	}
	v.Click("#products th a", "Price")
	if got := first(); got != "100% wool" || v.URL().RawQuery != "sort=-price" {
		t.Errorf("downwards %q is the first, at %s", got, v.URL())
	}
	v.Click("Next")
	if got := v.Count("#products tbody tr"); got != 2 || v.URL().Query().Get("page") != "2" {
		t.Errorf("the second page has %d rows, at %s", got, v.URL())
	}
	v.Change("#search", "q", "0%")
	if got := v.Count("#products tbody tr"); got != 1 || first() != "100% wool" {
		t.Errorf("%d products have 0%% in their names, %q the first of them", got, first())
	}
	v.Change("#search", "q", "wo\x00ol")
	if got := v.Count("#products tbody tr"); got != 1 {
		t.Errorf("%d products are found by what is no text", got)
	}
	if res := session.Get("/products?q=%FF"); res.StatusCode != http.StatusOK {
		t.Errorf("a search for what is no text answers %s", res.Status)
	}
	v.Change("#search", "q", "nothing")
	if !v.Has(".ui-empty") {
		t.Error("nothing is said of a search that finds nothing")
	}
}

// Of two who save one product the second one is told, and loses nothing.
func TestSomebodyElseSaves(t *testing.T) {
	db, session := openAsUser(t)
	edit := fmt.Sprintf("/products/%d/edit", addProduct(t, db, "Lamp", "95").ID)
	mine, theirs := session.Open(edit), session.Open(edit)
	mine.Change("#product", "product[description]", "Brass.")
	theirs.Submit("#product", "product[price]", "89.99")
	theirs.ExpectPatch("/products")
	mine.Click("Save")
	if !mine.Has("#stale") || mine.Value("#product_description") != "Brass." {
		t.Errorf("the dialog shows %s", mine.Text("#dialog"))
	}
	mine.Click("Take theirs")
	if mine.Has("#stale") || mine.Value("#product_price") != "89.99" {
		t.Errorf("with theirs the price is %q", mine.Value("#product_price"))
	}
}

func TestDeleteProduct(t *testing.T) {
	db, session := openAsUser(t)
	lamp := addProduct(t, db, "Lamp", "95")
	edit := fmt.Sprintf("/products/%d/edit", lamp.ID)
	v, other := session.Open(edit), session.Open(edit)
	v.Click("Delete")
	v.ExpectPatch("/products")
	if !v.Has(".ui-empty") {
		t.Error("the list still has it")
	}
	other.Submit("#product", "product[name]", "Lamps")
	other.ExpectPatch("/products")
	if got := other.Flash("error"); got != "Lamps has been deleted meanwhile." {
		t.Errorf("who saves it then is told %q", got)
	}
}
