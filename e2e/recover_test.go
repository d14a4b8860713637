package e2e

import (
	"strings"
	"testing"
)

// What was entered in several forms, with their nested rows, and what has the focus, outlives
// the process: one that is killed, and one that ends in order. The untouched search beside a dialog sends
// nothing, so that the dialog stays.
func TestRecoveryOverProcesses(t *testing.T) {
	t.Parallel()
	g := startGallery(t)
	p := newPerson(t)
	catalog, dialog, workshop := p.open(g.site+"/catalog"), p.open(g.site+"/products/new"), p.open(g.site+"/ui")
	for _, tb := range []*tab{catalog, dialog, workshop} {
		tb.expect("WebSocket connection to", "ERR_CONNECTION_REFUSED")
		tb.mark()
	}
	catalog.enter("#filter [name=q]", "a")
	catalog.holds(`location.search.includes("q=a")`)
	const rows = `[...document.querySelectorAll("#workshop .ui-row input[id$=_name]")].map(e => e.value).join()`
	speakers := eval[string](workshop, rows)
	for _, end := range []struct {
		how string
		do  func() error
	}{{"killed", func() error { g.kill(); return nil }}, {"stopped", g.stop}} {
		dialog.enter("#name", "A thing, "+end.how)
		dialog.enter("#price", "12")
		dialog.holds(`document.querySelector("#price").getAttribute("value") === "12"`)
		dialog.sent()
		workshop.js(`document.querySelector("#workshop_speakers_new").click()`)
		workshop.holds(rows + ` === "` + speakers + `,"`)
		workshop.enter("#workshop .ui-row:last-of-type input[id$=_name]", end.how)
		speakers += "," + end.how
		workshop.holds(rows + ` === "` + speakers + `" && [...document.querySelectorAll("#workshop .ui-row input[id$=_name]")].pop().getAttribute("value") === "` + end.how + `"`)
		if err := end.do(); err != nil {
			t.Fatal(err)
		}
		dialog.holds(`document.querySelector("[data-phx-main].phx-connected") === null`)
		if err := g.start(); err != nil {
			t.Fatal(err)
		}
		for _, tb := range []*tab{catalog, dialog, workshop} {
			tb.live()
		}
		workshop.holds(rows + ` === "` + speakers + `"`)
		dialog.holds(`location.pathname === "/products/new" && document.querySelector("#name").value === "A thing, ` + end.how + `" &&
			document.querySelector("#price").value === "12" && document.activeElement.id === "price"`)
		catalog.holds(`location.search.includes("q=a") && document.querySelector("#filter [name=q]").value === "a"`)
		replies := 0 // since the join
		for _, frame := range dialog.sent() {
			if strings.Contains(frame, `"rendered"`) {
				replies = 0
			}
			if strings.Contains(frame, `"phx_reply"`) && strings.Contains(frame, `"diff"`) {
				replies++
			}
		}
		if replies > 1 {
			t.Errorf("%d forms were recovered, want the dialog's", replies)
		}
		for _, tb := range []*tab{catalog, dialog, workshop} {
			if !tb.marked() {
				t.Error("a page was loaded anew")
			}
		}
	}
}
