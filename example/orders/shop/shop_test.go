package shop_test

import (
	"bytes"
	"database/sql"
	"image"
	"image/png"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	_ "modernc.org/sqlite" // the driver

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/orders/shop"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// open returns a shop with its two orders, and a browser in it.
func open(t *testing.T) (*shop.Store, *liveviewtest.Session) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "orders.db")+"?_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	store, err := shop.Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(liveview.Middleware())
	store.Routes(r)
	return store, liveviewtest.NewSession(t, r)
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

func TestNewOrder(t *testing.T) {
	store, session := open(t)
	v := session.Open("/new")
	v.Change("#order", "order[number]", "2026-001")
	if got := v.Text("#order_number-error"); !strings.Contains(got, "is the number of another order") {
		t.Errorf("the number's error is %q", got)
	}
	if v.Has("#order_customer-error") {
		t.Error("a field that nobody has been to shows an error")
	}
	v.Submit("#order", "order[number]", "2026-003")
	for _, id := range []string{"#order_customer-error", "#order_email-error", "#order_delivery-error", "#order_lines_0_article-error", "#order_lines_0_price-error"} {
		if !v.Has(id) {
			t.Errorf("%s isn't there after the order was sent", id)
		}
	}
	v.Change("#order", "order[lines][0][price]", "twelve")
	if got := v.Value("[name='order[lines][0][price]']"); got != "twelve" || !v.Has("#order_lines_0_price-error") {
		t.Errorf("the price is %q, with the error %v", got, v.Has("#order_lines_0_price-error"))
	}
	v.Change("#order", "order[lines][0][article]", "Cups", "order[lines][0][quantity]", "4", "order[lines][0][price]", "12.50")
	v.Change("#order", "order[lines_sort][]", true)
	if got := v.Count(".ui-row"); got != 2 {
		t.Fatalf("there are %d lines", got)
	}
	v.Change("#order", "order[lines][1][article]", "Tray", "order[lines][1][quantity]", "1", "order[lines][1][price]", "50", "order[discount]", "10")
	v.WaitForText("#total", "90.00")
	v.Choose("[type=file]", liveviewtest.File{Name: "tray.png", Type: "image/png", Content: photo(t)})
	v.Submit("#order", "order[customer]", "Grace Hopper", "order[email]", "grace@example.com", "order[delivery]", "2026-12-24", "order[labels][]", []string{"gift"})
	v.ExpectPatch("/")
	v.WaitForText("p[role=status]", "2026-003 is saved.")

	all, err := store.All(t.Context())
	if err != nil || len(all) != 3 {
		t.Fatalf("there are %d orders, %v", len(all), err)
	}
	o, err := store.Find(t.Context(), all[2].ID)
	if err != nil || o.Total().StringFixed(2) != "90.00" || !o.Picture || len(o.Lines) != 2 || o.Lines[1].Article != "Tray" || len(o.Labels) != 1 {
		t.Errorf("saved is %+v, %v", o, err)
	}
	if kind, content, err := store.Picture(t.Context(), o.ID); kind != "image/png" || !bytes.Equal(content, photo(t)) || err != nil {
		t.Errorf("its picture is a %q of %d bytes, %v", kind, len(content), err)
	}
}

// Lines are moved and removed, and keep what was typed into them.
func TestLines(t *testing.T) {
	store, session := open(t)
	v := session.Open("/orders/1")
	articles := func() string {
		var all []string
		for _, row := range v.Find(".ui-row input[name$='[article]']").EachIter() {
			all = append(all, row.AttrOr("value", ""))
		}
		return strings.Join(all, ", ")
	}
	v.Change("#order", "order[lines][0][article]", "Large cups")
	v.Change("#order", "order[lines_down][]", "0@0")
	if got := articles(); got != "Tray, Large cups" {
		t.Errorf("moved, the lines are %s", got)
	}
	v.Change("#order", "order[lines_drop][]", "1")
	if got := articles(); got != "Large cups" {
		t.Errorf("after the tray is removed the lines are %s", got)
	}
	v.Click("Save")
	v.ExpectPatch("/")
	if o, err := store.Find(t.Context(), 1); err != nil || len(o.Lines) != 1 || o.Lines[0].Article != "Large cups" {
		t.Errorf("saved are %+v, %v", o.Lines, err)
	}
}

// Of two who save one order the second one is told, and loses nothing.
func TestSomebodyElseSaves(t *testing.T) {
	store, session := open(t)
	mine, theirs := session.Open("/orders/1"), session.Open("/orders/1")
	mine.Change("#order", "order[notes]", "ring twice")
	theirs.Submit("#order", "order[customer]", "Byron")
	theirs.ExpectPatch("/")
	mine.Click("Save")
	if !mine.Has("#stale") || mine.Value("[name='order[notes]']") != "ring twice" {
		t.Errorf("the page shows %s", mine.Text("#order"))
	}
	if o, _ := store.Find(t.Context(), 1); o.Customer != "Byron" || o.Notes != "" {
		t.Errorf("saved is %+v", o)
	}
	mine.Click("#take-theirs")
	if mine.Has("#stale") || mine.Value("[name='order[customer]']") != "Byron" {
		t.Errorf("the form has %q", mine.Value("[name='order[customer]']"))
	}
	mine.Submit("#order", "order[notes]", "ring twice")
	mine.ExpectPatch("/")
	if o, _ := store.Find(t.Context(), 1); o.Customer != "Byron" || o.Notes != "ring twice" {
		t.Errorf("saved is %+v", o)
	}
}

func TestDeletedOrder(t *testing.T) {
	_, session := open(t)
	v, list := session.Open("/orders/2"), session.Open("/")
	v.Click("#delete")
	v.ExpectPatch("/")
	list.WaitFor(func() bool { return !list.Has("#order-2") })
	if gone := session.Visit("/orders/2"); gone.Response().StatusCode != http.StatusNotFound {
		t.Errorf("a deleted order answers %s", gone.Response().Status)
	}
}
