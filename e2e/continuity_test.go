package e2e

import (
	"fmt"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/internal/freeport"
)

// A process that is told to stop hands on what its pages are: the one that takes its place
// shows them as they were, with focus and caret, and never without.
func TestDeployLosesNothing(t *testing.T) {
	t.Parallel()
	n := startNode(t, "node-1")
	tb := newPerson(t).open("http://" + n.addr + "/wizard")
	tb.expect("WebSocket connection to", "ERR_CONNECTION_REFUSED")
	tb.mark()
	for _, id := range []string{"panel", "next", "next", "add", "more-2"} {
		tb.click("#" + id)
	}
	tb.shows("#step", "2")
	tb.enter("#text", "half a word")
	tb.holds(`document.querySelector("#text").getAttribute("value") === "half a word"`)
	tb.js(`{
		const text = document.querySelector("#text");
		text.focus(); text.setSelectionRange(4, 6);
		window.missing = 0;
		new MutationObserver(() => { if (!document.querySelector("#text") || document.querySelector("#step").textContent !== "2") window.missing++ })
			.observe(document.body, {subtree: true, childList: true, characterData: true});
	}`)
	for i := range 3 {
		n.env = append(n.env, fmt.Sprintf("NAME=node-1 the %d", i))
		n.restart(t)
		tb.shows("#node", fmt.Sprintf("node-1 the %d", i))
		tb.holds(`document.querySelector("#step").textContent === "2" && document.querySelector("#items").textContent === "1" &&
			document.querySelector("#more-1").textContent === "0" && document.querySelector("#more-2").textContent === "1"`)
		tb.holds(`(e => e.id === "text" && e.value === "half a word" && e.selectionStart === 4 && e.selectionEnd === 6)(document.activeElement)`)
		tb.holds(`window.missing === 0`)
	}
	if !tb.marked() {
		t.Error("the page was loaded anew")
	}
	tb.click("#next")
	tb.shows("#step", "3")
}

// A process that is killed takes nothing with it that was there a second before: a wizard and
// a drawing, half done, go on in the next one.
func TestPullThePlug(t *testing.T) {
	t.Parallel()
	addr := freeport.Address(t)
	_, port, _ := net.SplitHostPort(addr)
	p := &process{
		name: "plug", program: plugProgram, dir: filepath.Join("..", "example", "plug"), site: "http://" + addr + "/",
		env: []string{"PORT=" + port, "STATES=" + filepath.Join(t.TempDir(), "states.db")},
	}
	t.Cleanup(func() {
		_ = p.stop() // with kill -9 it would leave its life
		if err := p.problem(); err != nil {
			t.Error(err)
		}
	})
	if err := p.start(); err != nil {
		t.Fatal(err)
	}
	tb := newPerson(t).open(p.site)
	tb.expect("WebSocket connection to", "ERR_CONNECTION_REFUSED")
	tb.mark()
	tb.enter("#trip_name", "Ann")
	tb.click("#next")
	tb.holds(`document.querySelector("#trip_from") !== null`)
	for life := 2; life < 5; life++ {
		tb.click(fmt.Sprintf("#colour-%d", life%4+1))
		tb.click(fmt.Sprintf("#square-%d", life))
		tb.enter("#trip_from", fmt.Sprintf("Bern %d", life))
		tb.holds(fmt.Sprintf(`document.querySelector("#trip_from").getAttribute("value") === "Bern %d" && document.querySelector("#square-%d.c%d") !== null`, life, life, life%4+1))
		time.Sleep(time.Second) // before the crash: what is lost at most
		tb.click("#pull")
		tb.shows("#process", fmt.Sprint(life))
		tb.live()
		tb.holds(fmt.Sprintf(`document.querySelector("#trip_from").value === "Bern %d" && document.querySelector("#colour-%d").ariaPressed === "true"`, life, life%4+1))
		for painted := 2; painted <= life; painted++ {
			tb.holds(fmt.Sprintf(`document.querySelector("#square-%d.c%d") !== null`, painted, painted%4+1))
		}
	}
	if !tb.marked() {
		t.Error("the page was loaded anew")
	}
}

// A page that is told to hold sends nothing until its socket is closed, for as long as a
// server with much to do may take for that: nothing would come of it.
func TestPageHoldsUntilItsSocketIsClosed(t *testing.T) {
	t.Parallel()
	v := view[notes]{page: notesPage}
	v.event = func(s *liveview.Socket[notes], _ liveview.Event) error {
		s.Assign(func(c *notes) { c.Items = append(c.Items, "clicked") })
		return nil
	}
	l := newLab(t, recorder, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	tb := newPerson(t).open(l.URL)
	tb.expect("Failed to push event")
	tb.js(`{
		const later = window.setTimeout;
		window.setTimeout = (fn, ms) => ms > 20_000 ? 0 : fn(); // so long has passed
		liveSocket.getSocket().onConnMessage({data: JSON.stringify([null, null, "lv:" + document.querySelector("[data-phx-main]").id, "lv:hold", {for: 30_000}])});
		window.setTimeout = later;
		document.querySelector("#go").click();
	}`)
	tb.holds(`!liveSocket.isConnected()`)
	tb.js(`liveSocket.getSocket().conn.close()`)
	tb.holds(`liveSocket.isConnected()`)
	tb.live()
	tb.click("#go")
	tb.holds(`document.querySelector("[data-phx-main]").textContent.split("clicked").length === 2`)
}
