package e2e

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/desk/data"
	"github.com/gin-liveview/liveview/example/desk/web"
)

// helpDesk serves the help desk with some tickets.
func helpDesk(t *testing.T) string {
	t.Helper()
	bus := liveview.NewPubSub()
	db, err := data.Open(t.Context(), filepath.Join(t.TempDir(), "desk.db"), bus.Publish)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if _, err := db.Seed(t.Context(), 3000); err != nil {
		t.Fatal(err)
	}
	app, err := web.New(web.Settings{Secret: "a secret of the tests' own, long enough", Client: os.DirFS(npmPackages), Bus: bus, Demo: true}, db)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(app.Handler)
	t.Cleanup(func() {
		if err := app.Live.Shutdown(t.Context(), srv.Config); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
		srv.Close()
		app.Close()
	})
	return srv.URL
}

// The tour of the help desk: by keyboard alone where a page is worked with, and with axe-core at
// each of its pages.
func TestDesk(t *testing.T) {
	t.Parallel()
	site := helpDesk(t)
	logIn := func(name string) *tab {
		tb := newPerson(t).open(site + "/login")
		if name == "ann" {
			tb.isAccessible("desk-login")
			tb.wear(look{1200, false})
		}
		tb.focus("#name")
		tb.keys(name, kb.Tab, data.SeedPassword, kb.Enter)
		tb.holds(`location.pathname === "/tickets"`)
		tb.live()
		return tb
	}
	bob, ann := logIn("bob"), logIn("ann")

	// The list by keys: down, solved, mine, and into the ticket.
	bob.isAccessible("desk-tickets")
	bob.wear(look{1200, false})
	bob.js(`window.first = document.querySelector("#tickets > li a").id`)
	bob.keys("j", "4")
	bob.holds(`!document.getElementById(first) && document.activeElement.matches(".is-selected > a")`)
	bob.keys("j", "a")
	bob.holds(`document.querySelector(".is-selected .owner").title === "Bob Okafor"`)
	bob.keys("?")
	bob.holds(`document.querySelector("#keys").open`)
	bob.isAccessible("desk-keys")
	bob.wear(look{1200, false})
	bob.keys(kb.Escape, "/")
	bob.focused("#q")
	bob.js(`document.querySelector("#q").select()`) // the driver types what a browser doesn't
	bob.keys("j invoice")                           // which is typed
	bob.holds(`document.querySelector("#q").value === "j invoice" && location.search.includes("invoice")`)
	bob.js(`document.querySelector("#q").select()`)
	bob.keys("the invoice")
	bob.holds(`document.querySelectorAll("#tickets > li").length > 0 && location.search.includes("the")`)
	bob.js(`document.activeElement.blur()`)
	bob.keys("n")
	bob.focused("#ticket_subject")
	bob.isAccessible("desk-new")
	bob.wear(look{1200, false})
	bob.keys("The cat sleeps on the server", kb.Tab, "It is warm there.", kb.Tab, kb.ArrowDown, kb.Tab, kb.Tab, kb.Enter)
	bob.holds(`location.pathname.startsWith("/tickets/") && document.querySelector("#subject")?.textContent === "The cat sleeps on the server"`)
	bob.live()
	bob.focused("#subject")

	// A ticket by keys: another sees who is there, and what is typed, mentioned and sent.
	ann.run(chromedp.Navigate(eval[string](bob, "location.href")))
	ann.live()
	ann.holds(`document.querySelector("#here").textContent.includes("Bob Okafor is here")`)
	bob.keys("2", "a", "r")
	bob.focused("#comment textarea")
	ann.holds(`document.querySelector("#status").value === "open" && document.querySelector("#assignee").selectedOptions[0].text === "Bob Okafor"`)
	bob.js(`document.activeElement.select()`)
	bob.keys("Who has a box, @an")
	ann.holds(`document.querySelector("#here").textContent.includes("is typing")`)
	bob.holds(`document.querySelector("#mention-ann") !== null`)
	bob.keys(kb.Tab, kb.Enter)
	bob.focused("#comment textarea")
	bob.holds(`document.activeElement.value === "Who has a box, @ann "`)
	bob.run(pressed(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	ann.holds(`document.querySelector(".comment:last-child mark").textContent === "@ann" && document.querySelector("#unseen").textContent === "1"`)
	bob.holds(`document.querySelector("#comment textarea").value === ""`)
	file := filepath.Join(t.TempDir(), "box.txt")
	if err := os.WriteFile(file, []byte("a box"), 0o600); err != nil {
		t.Fatal(err)
	}
	ann.run(chromedp.SetUploadFiles(chromedp.CSS("#comment [type=file]"), []string{file}))
	ann.enter("#comment textarea", "Here is one.")
	ann.isAccessible("desk-ticket")
	ann.wear(look{1200, false})
	ann.click("#comment button[type=submit]")
	bob.holds(`document.querySelector(".attached a").textContent.includes("box.txt")`)
	bob.holds(`document.querySelector("#news .ui-toast-text").textContent.includes("commented on ticket")`)

	// The board: a card is dragged, and sent back by its arrow.
	bob.run(chromedp.Navigate(site + "/board"))
	bob.live()
	bob.isAccessible("desk-board")
	bob.wear(look{1200, false})
	bob.js(`window.card = document.querySelector("[data-status=open] .card").id`)
	bob.run(chromedp.DragAndDrop(chromedp.CSS("[data-status=open] .card .about"), chromedp.CSS("[data-status=waiting] h2")))
	bob.holds(`document.getElementById(card).closest("[data-status=waiting]") !== null`)
	bob.js(`document.getElementById(card).querySelector("[aria-label$=open]").focus()`)
	bob.keys(kb.Enter)
	bob.holds(`document.getElementById(card).closest("[data-status=open]") !== null`)

	for path, shown := range map[string]string{"/dashboard": ".chart rect", "/inbox": "#notices li", "/people": "#people li", "/log": "#log li"} {
		ann.run(chromedp.Navigate(site + path))
		ann.live()
		ann.holds(`document.querySelector("` + shown + `") !== null`)
		ann.isAccessible("desk-" + strings.TrimPrefix(path, "/"))
	}
}
