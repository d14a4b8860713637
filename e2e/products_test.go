package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// One view at three routes, as a person sees it: dialogs open and close by links,
// Escape, back and a save, and the list behind them stays as it was; one can be loaded
// by its URL; and what is typed into it outlives the server.
func TestGalleryProducts(t *testing.T) {
	t.Parallel()
	g := startGallery(t)
	tb := newPerson(t).open(g.site + "/products")
	tb.mark()
	tb.enter("[name=q]", "desk")
	tb.holds(`document.querySelectorAll("#products tbody tr").length === 2`)
	tb.click("#new")
	tb.at("/products/new")
	tb.shows("#dialog h2", "New product")
	tb.holds(`document.activeElement.id === "name" && document.title === "New product · liveview"`)
	if dir := os.Getenv("SCREENSHOTS"); dir != "" {
		tb.screenshot(filepath.Join(dir, "products-dialog.png"))
	}
	tb.enter("#name", "Standing desk")
	tb.enter("#price", "1200")
	tb.click("#product button")
	tb.at("/products")
	tb.shows(".flash.info", "Standing desk is saved. ×")
	tb.holds(`document.querySelectorAll("#products tbody tr").length === 3 && !document.querySelector("#dialog") &&
		document.querySelector("[name=q]").value === "desk"`)
	tb.run(chromedp.NavigateBack())
	tb.at("/products/new")
	tb.shows("#dialog h2", "New product")
	tb.run(chromedp.NavigateBack())
	tb.at("/products")
	tb.holds(`!document.querySelector("#dialog")`)
	tb.run(chromedp.NavigateForward())
	tb.at("/products/new")
	tb.shows("#dialog h2", "New product")
	tb.run(chromedp.KeyEvent("\x1b"))
	tb.at("/products")
	tb.holds(`document.querySelectorAll("#products tbody tr").length === 3 && !document.querySelector("#dialog")`)
	tb.click("#product-3 a")
	tb.at("/products/3/edit")
	tb.holds(`document.querySelector("#name").value === "Desk lamp"`)
	if !tb.marked() || tb.loaded() != 1 {
		t.Errorf("%d documents were loaded, want one", tb.loaded())
	}

	// The server comes back: the page joins again where it has been patched to.
	tb.expect("WebSocket", "disconnected")
	tb.enter("#name", "Desk la")
	tb.enter("#price", "free")
	tb.holds(`document.querySelector("#price-error") !== null`)
	if err := g.stop(); err != nil {
		t.Fatal(err)
	}
	if err := g.start(); err != nil {
		t.Fatal(err)
	}
	tb.live()
	tb.shows("#dialog h2", "Desk lamp")
	tb.holds(`document.querySelector("#name").value === "Desk la" && document.querySelector("#price").value === "free" &&
		document.querySelector("#price-error") !== null`)
	if !tb.marked() {
		t.Error("the page was loaded anew after the restart")
	}

	// A dialog is a page of its own.
	tb.click("#close")
	tb.at("/products")
	tb.click("#new")
	tb.at("/products/new")
	tb.run(chromedp.Reload())
	tb.live()
	tb.at("/products/new")
	tb.shows("#dialog h2", "New product")
	tb.enter("#name", "Stool")
	tb.enter("#price", "80")
	tb.click("#product button")
	tb.at("/products")
	tb.shows(".flash.info", "Stool is saved. ×")
	if tb.marked() {
		t.Error("the page wasn't loaded by its URL")
	}
}
