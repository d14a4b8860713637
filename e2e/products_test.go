package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
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
	tb.run(pressed("\x1b"))
	tb.at("/products")
	tb.holds(`document.querySelectorAll("#products tbody tr").length === 3 && !document.querySelector("#dialog")`)
	tb.click("#product-3 a")
	tb.at("/products/3/edit")
	tb.holds(`document.querySelector("#name").value === "Desk lamp"`)
	if !tb.marked() || tb.loaded() != 1 {
		t.Errorf("%d documents were loaded, want one", tb.loaded())
	}

	// The server comes back: the page joins again where it has been patched to.
	tb.expect("WebSocket", "disconnected", "/live/start.js") // which the notice asks for, to see who is there
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

// A page that is open over a deployment is loaded once, as its script is an old one,
// and no more after that, whether it joins again or goes on.
func TestStaticChangedLoadsOnce(t *testing.T) {
	t.Parallel()
	var version atomic.Int32
	var told atomic.Int32 // how often the page was found to be old
	mount := func(c *gin.Context, s *liveview.Socket[draft]) error {
		if liveview.StaticChanged(c) {
			told.Add(1)
			return s.Redirect(s.URL().String())
		}
		return nil
	}
	l := newLab(t, "", func(r *gin.Engine) {
		view := draftView()
		view.mount = mount
		liveview.Handle(r, "/", view)
	}, func(c *liveview.Config) {
		c.Layout = func(c *gin.Context, p liveview.Page) error {
			c.Data(http.StatusOK, "text/html; charset=utf-8", fmt.Appendf(nil, `<!DOCTYPE html><html><head>%s%s<script defer phx-track-static src="app.js?v=%d&amp;x=ü y"></script>%s</head><body>%s</body></html>`,
				p.CSRFMeta(), p.LiveTitle(), version.Load(), p.Scripts(), p.Content()))
			return nil
		}
	})
	tb := newPerson(t).open(l.URL)
	tb.expect("WebSocket")
	again := func(loads int) {
		t.Helper()
		tb.js(`document.querySelector("[data-phx-main]").classList.remove("phx-connected");
			liveSocket.disconnect(() => liveSocket.connect())`)
		eventually(t, "the page is live again", func() error {
			if n := tb.loaded(); n != loads {
				return fmt.Errorf("%d documents were loaded, want %d", n, loads)
			}
			return nil
		})
		tb.live()
		tb.click("#inc")
		tb.shows("#count", "1")
	}
	again(1)
	version.Add(1)
	again(2)
	again(2)
	if n := told.Load(); n != 1 || tb.loaded() != 2 {
		t.Errorf("the page was told %d times, and loaded %d times", n, tb.loaded())
	}
	t.Attr("figure", fmt.Sprintf("3 joins over a change of the script: %d load", tb.loaded()-1))
}

// The server knows where the visitor's clock is.
func TestGalleryClockIsTheVisitors(t *testing.T) {
	t.Parallel()
	tb := newPerson(t).visit("about:blank")
	if _, err := chromedp.Call(tb.ctx, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "Africa/Lagos"}); err != nil {
		t.Fatal(err)
	}
	tb.run(chromedp.Navigate(gallery(t) + "/clock"))
	tb.live()
	tb.holds(`document.querySelector("#zone").value === "Africa/Lagos" && document.querySelector("time").dateTime.endsWith("+01:00")`)
}
