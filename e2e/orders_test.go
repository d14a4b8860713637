package e2e

import (
	"bytes"
	"database/sql"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview/example/orders/shop"
	"github.com/gin-liveview/liveview/example/ui"
)

// ordersPage serves the orders, and returns the store behind them.
func ordersPage(t *testing.T) (*lab, *shop.Store) {
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
	return newLab(t, "", func(r *gin.Engine) {
		ui.Assets(r)
		store.Routes(r)
	}), store
}

// An order is made with its lines and its picture, in a browser that runs scripts and in
// one that doesn't, and it is the same.
func TestOrders(t *testing.T) {
	t.Parallel()
	l, store := ordersPage(t)
	var photo bytes.Buffer
	if err := png.Encode(&photo, image.NewGray(image.Rect(0, 0, 4, 4))); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "tray.png")
	if err := os.WriteFile(file, photo.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	tb := newPerson(t).open(l.URL + "/")
	tb.expect("blob:") // a preview, which the page's policy doesn't allow
	for i, number := range []string{"LIVE-1", "PLAIN-1"} {
		live := i == 0
		tb.scriptsRun(live)
		tb.run(chromedp.Navigate(l.URL + "/new"))
		if live {
			tb.live()
		}
		tb.enter("#order_number", "2026-001")
		tb.enter("#order_lines_0_price", "twelve")
		if !live {
			tb.click("#order button[type=submit]")
		}
		tb.shows("#order_number-error span", "is the number of another order")
		tb.holds(`document.querySelector("#order_lines_0_price").value === "twelve" && document.querySelector("#order_lines_0_price-error") !== null`)
		tb.enter("#order_number", number)
		tb.enter("#order_customer", "Grace")
		tb.enter("#order_email", "grace@example.com")
		tb.js(`const d = document.querySelector("#order_delivery"); d.value = "2026-12-24"; d.dispatchEvent(new Event("input", {bubbles: true}))`)
		tb.enter("#order_lines_0_article", "Cups")
		tb.enter("#order_lines_0_quantity", "4")
		tb.enter("#order_lines_0_price", "12.50")
		tb.js(`document.querySelector("#order_lines_new").click()`)
		if !live {
			tb.click("#order button[type=submit]")
		}
		tb.holds(`document.querySelectorAll(".ui-row").length === 2`)
		tb.enter(".ui-row:nth-child(2) [name$='[article]']", "Tray")
		tb.enter(".ui-row:nth-child(2) [name$='[quantity]']", "1")
		tb.enter(".ui-row:nth-child(2) [name$='[price]']", "50")
		if live {
			tb.shows("#total", "100.00")
		}
		tb.run(chromedp.SetUploadFiles(chromedp.CSS("[type=file]"), []string{file}))
		if live {
			tb.holds(`document.querySelector(".ui-file-name") !== null`)
		}
		tb.click("#order button[type=submit]")
		tb.holds(`location.pathname === "/" && document.querySelector("[role=status]").textContent.includes("` + number + ` is saved")`)
	}
	all, err := store.All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	made := 0
	for _, o := range all {
		if o.Customer != "Grace" {
			continue
		}
		made++
		o, err := store.Find(t.Context(), o.ID)
		if err != nil || o.Total().StringFixed(2) != "100.00" || len(o.Lines) != 2 || o.Lines[1].Article != "Tray" || !o.Picture {
			t.Errorf("saved is %+v, %v", o, err)
		}
	}
	if made != 2 {
		t.Errorf("%d orders were made, want 2: %+v", made, all)
	}
}

// The form of all components works in a browser that runs no scripts.
func TestComponentsWithoutScripts(t *testing.T) {
	t.Parallel()
	site := gallery(t)
	tb := newPerson(t).open(site + "/ui")
	rows := eval[int](tb, `document.querySelectorAll(".ui-row").length`)
	tb.scriptsRun(false)
	tb.run(chromedp.Navigate(site + "/ui"))
	tb.enter("#workshop_title", "Coffee without scripts")
	tb.js(`document.querySelector("#workshop_speakers_new").click()`)
	tb.click("#workshop button[type=submit]")
	tb.holds(fmt.Sprintf(`document.querySelectorAll(".ui-row").length === %d`, rows+1))
	tb.holds(`document.querySelector("#workshop_title").value === "Coffee without scripts" && document.querySelector("#workshop_email-error") !== null`)
}
