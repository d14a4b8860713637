package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// Of the dashboard's panels one crashes and comes back; the others, and the page, go on.
func TestGalleryDashboard(t *testing.T) {
	t.Parallel()
	g := newGallery(t) // one of its own, as what is meant to go wrong is in its log
	if err := g.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		g.kill()
		for line := range strings.Lines(g.log.String()) {
			if (strings.Contains(line, "ERROR") || strings.Contains(line, "DATA RACE")) && !strings.Contains(line, "somebody has pressed crash") {
				t.Errorf("the log says %s", line)
			}
		}
	})
	tb := newPerson(t).open(g.site + "/dashboard")
	tb.mark()
	tb.expect("Failed to push event")
	tb.click("#coffee [phx-click=sell]")
	tb.shows("#news", "Coffee: 1 sold.")
	tb.click("#rolls [phx-click=sell]")
	tb.shows("#rolls .sum", "1")
	tb.click("#rolls [phx-click=crash]")
	tb.holds(`document.querySelector("#rolls").classList.contains("phx-error")`)
	tb.click("#coffee [phx-click=sell]")
	tb.shows("#coffee .sum", "2")
	tb.shows("#rolls .sum", "0")
	tb.click("#rolls [phx-click=sell]")
	tb.shows("#rolls .sum", "1")
	tb.holds(`+document.querySelector("#coffee .up").textContent > +document.querySelector("#rolls .up").textContent`)
	tb.click("#more")
	tb.holds(`document.querySelectorAll(".panels li").length === 2`)
	tb.click("#more")
	tb.shows("#coffee .sum", "0")
	tb.click("#close")
	tb.shows("#rolls .sum", "0")
	if !tb.marked() {
		t.Error("the page was loaded anew")
	}
}

// What plays goes on over links, back, and the player's own button.
func TestGalleryPlayer(t *testing.T) {
	t.Parallel()
	tb := newPerson(t).open(gallery(t) + "/player")
	tb.mark()
	tb.click("#records li:nth-child(2) a")
	tb.shows("h1", "Night train")
	tb.click(".tracks li:nth-child(2) button")
	tb.shows("#playing", "Points")
	tb.holds(`parseInt(document.querySelector("#at").textContent) >= 1`)
	tb.click("#back")
	tb.shows("h1", "Records")
	tb.holds(`parseInt(document.querySelector("#at").textContent) >= 2`)
	tb.click("#player [phx-click=show]")
	tb.shows("h1", "Night train")
	tb.run(chromedp.NavigateBack())
	tb.shows("h1", "Records")
	tb.holds(`parseInt(document.querySelector("#at").textContent) >= 2`)
	tb.click("#player [phx-click=pause]")
	tb.shows("#player [phx-click=pause]", "play")
	if !tb.marked() {
		t.Error("the page was loaded anew")
	}
}
