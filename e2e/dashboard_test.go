package e2e

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/dashboard"
)

// The dashboard follows what goes on in another tab, by the official client and below a
// policy that lets no style or script stand in the page; it keeps nobody out, and the button
// that disconnects a user asks first.
func TestDashboard(t *testing.T) {
	t.Parallel()
	quiet := slog.New(slog.DiscardHandler)
	board := dashboard.New(dashboard.Options{Logger: quiet})
	t.Cleanup(board.Close)
	lv := liveview.New(liveview.Config{Client: os.DirFS(npmPackages), Telemetry: board, Logger: quiet})
	r := gin.New()
	r.Use(func(c *gin.Context) { c.Header("Content-Security-Policy", "default-src 'self'") }, lv.Middleware())
	r.GET("/favicon.ico", func(c *gin.Context) { c.Status(http.StatusNoContent) })
	liveview.Handle(r.Group("/", func(c *gin.Context) { liveview.Identify(c, "ann") }), "/till", view[int]{
		event: func(s *liveview.Socket[int], e liveview.Event) error {
			if e.Name == "crash" {
				return errors.New("the drawer is stuck")
			}
			s.Assign(func(n *int) { *n++ })
			return nil
		},
		page: liveview.MustParse[int](`<h1>{{.}}</h1><button id="count" phx-click="count">count</button><button id="crash" phx-click="crash">crash</button>`),
	})
	board.Mount(lv, r, "/admin", func(*gin.Context) {})
	site := httptest.NewServer(r)
	t.Cleanup(site.Close)

	till := newPerson(t).open(site.URL + "/till")
	till.expect("") // that its view has crashed
	till.click("#count")
	till.shows("h1", "1")
	till.click("#crash")
	till.shows("h1", "0")
	tb := newPerson(t).open(site.URL + "/admin")
	tb.shows("tr.bad .says", "HandleEvent: the drawer is stuck")
	tb.isAccessible("dashboard")

	tb.click(`nav a[href="/admin/views"]`)
	tb.shows("h1", "Views")
	tb.holds(`document.querySelector("tbody th a") !== null`)
	tb.click("tbody th a")
	tb.holds(`document.querySelector("h1").textContent.includes("/till")`)
	till.live()
	till.click("#count")
	tb.holds(`document.querySelector("#deeds")?.textContent.includes("event count")`)
	tb.isAccessible("dashboard-view")
	tb.js(`window.asked = []; window.confirm = m => { asked.push(m); return true }`)
	tb.click("button.danger")
	tb.holds(`[...document.querySelectorAll(".told")].some(p => p.textContent.includes("All sockets of ann are closed")) && asked.length === 1`)
	for _, page := range []string{"views", "topics", "cluster", "runtime"} {
		tb.run(chromedp.Navigate(site.URL + "/admin/" + page))
		tb.live()
		tb.isAccessible("dashboard-" + page)
	}
}
