package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/gin-liveview/liveview/internal/freeport"
)

// newGallery is the gallery's real program, not started, on a port of its own.
func newGallery(t *testing.T, env ...string) *process {
	t.Helper()
	addr := freeport.Address(t)
	_, port, _ := net.SplitHostPort(addr)
	return &process{
		name: "the gallery", program: galleryProgram, dir: "..", site: "http://" + addr,
		env: append(env, "PORT="+port, "SECRET=a secret that survives a restart, 32+"),
	}
}

// startGallery starts a gallery of the test's own, which it may end and start.
func startGallery(t *testing.T, env ...string) *process {
	t.Helper()
	g := newGallery(t, env...)
	t.Cleanup(func() {
		g.kill()
		if err := g.problem(); err != nil {
			t.Error(err)
		}
	})
	if err := g.start(); err != nil {
		t.Fatal(err)
	}
	return g
}

// shared is the gallery of all tests that leave it running and have pages of
// their own in it.
var shared struct {
	start sync.Once
	*process
	err error
}

// gallery returns the address of the shared gallery.
func gallery(t *testing.T) string {
	t.Helper()
	shared.start.Do(func() {
		shared.process = newGallery(t)
		shared.err = shared.process.start()
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.site
}

// stopSharedGallery ends it after all tests. It returns what its log says is
// wrong.
func stopSharedGallery() error {
	if shared.process == nil {
		return nil
	}
	shared.kill()
	return shared.problem()
}

func TestGalleryIndex(t *testing.T) {
	t.Parallel()
	site := gallery(t)
	tb := newPerson(t).visit(site)
	if n := eval[int](tb, `document.querySelectorAll("main .cards a").length`); n != 18 {
		t.Errorf("the index shows %d pages, want 18", n)
	}
	if os.Getenv("UPDATE_SCREENSHOTS") != "" {
		for _, name := range []string{"counter", "search", "clock", "chat", "form", "table", "chart", "title", "catalog", "products", "poll", "board", "dashboard", "figures", "player"} {
			tb := newPerson(t).open(site + "/" + name)
			if name == "table" {
				tb.enter("[name=q]", "brass")
				tb.shows("#shown", "200 rows")
				tb.click("th:nth-child(3) button")
				tb.holds(`document.querySelector("th:nth-child(3)").ariaSort === "ascending"`)
				tb.js(`document.activeElement.blur()`)
				tb.screenshot("../docs/gallery.png")
			}
			if dir := os.Getenv("SCREENSHOTS"); dir != "" {
				tb.screenshot(filepath.Join(dir, name+".png"))
				tb.run(chromedp.EmulateViewport(390, 844))
				tb.screenshot(filepath.Join(dir, name+"-phone.png"))
			}
		}
	}
}

func TestGalleryCounter(t *testing.T) {
	t.Parallel()
	site := gallery(t)
	tb := newPerson(t).open(site + "/counter")
	tb.click("#inc")
	tb.shows("#count", "1")
	tb.click("#dec") // the client drops clicks on what awaits its answer
	tb.shows("#count", "0")
	tb.click("#dec")
	tb.shows("#count", "-1")
	tb.shows(".note", "Below zero it is the same, only colder.")
	tb.click("#reset")
	tb.shows("#count", "0")
	tb.holds(`document.querySelector("#reset").disabled && !document.querySelector(".note")`)
	if n := tb.loaded(); n != 1 {
		t.Errorf("%d documents were loaded, want 1", n)
	}
}

func TestGallerySearch(t *testing.T) {
	t.Parallel()
	site := gallery(t)
	tb := newPerson(t).open(site + "/search")
	// What the status line says, in order.
	tb.js(`window.said = []; const status = document.querySelector("#status");
		new MutationObserver(() => { const s = status.textContent.trim(); if (said.at(-1) !== s) said.push(s) }).observe(status, {subtree: true, childList: true, characterData: true})`)
	tb.enter("#q", "switz")
	tb.shows("#status", "4 found for “switz”.")
	said := eval[[]string](tb, "said")
	if len(said) < 2 || !strings.HasPrefix(said[0], "Looking for") {
		t.Errorf("the status line said %q, want that it is looking first", said)
	}
	if n := eval[int](tb, `document.querySelectorAll("#results li").length`); n != 4 {
		t.Errorf("%d results are shown, want 4", n)
	}
	tb.enter("#q", "basel")
	tb.shows("#status", "1 found for “basel”.")
	tb.shows("#results li strong", "Basel")
}

// The page is there with the one quick figure, and each other comes when it does: one is
// cancelled, one fails at first, and what was there stays while it is asked for again.
func TestGalleryFigures(t *testing.T) {
	t.Parallel()
	site := gallery(t)
	tb := newPerson(t).open(site + "/figures")
	tb.click("#revenue button")
	tb.shows("#revenue .state", "Not asked for")
	tb.shows("#visitors .value", "247")
	tb.shows("#orders .value", "1312")
	tb.shows("#supplies .state", "The supplier doesn’t answer.")
	tb.holds(`document.querySelector("#cancel").disabled && !document.querySelector("[aria-busy=true]")`)

	// What each panel says from now on, in order.
	tb.js(`window.said = {}; for (const panel of document.querySelectorAll(".panels li")) {
		const all = said[panel.id] = [], text = part => panel.querySelector(part).textContent.trim();
		const note = () => { const s = text(".value") + ": " + text(".state").replace(/ [0-9:]+$/, ""); if (all.at(-1) !== s) all.push(s) };
		note(); new MutationObserver(note).observe(panel, {subtree: true, childList: true, characterData: true}) }`)
	tb.click("#load")
	tb.shows("#orders .value", "1324")
	tb.shows("#supplies .value", "30 pallets")
	tb.shows("#revenue .value", "4.2 M")
	tb.holds(`document.querySelector("#cancel").disabled`)
	for panel, want := range map[string]string{
		"orders":   "1312: As of | 1312: One moment … | 1324: As of",
		"supplies": "–: The supplier doesn’t answer. | –: One moment … | 30 pallets: As of",
		"revenue":  "–: Not asked for | –: One moment … | 4.2 M: As of",
	} {
		if got := strings.Join(eval[[]string](tb, fmt.Sprintf("said[%q]", panel)), " | "); got != want {
			t.Errorf("%s said %s, want %s", panel, got, want)
		}
	}
	if first := eval[string](tb, `fetch("/figures").then(page => page.text()).then(text =>
		new DOMParser().parseFromString(text, "text/html").querySelector("#visitors .value").textContent)`); first != "247" {
		t.Errorf("over HTTP there are %s visitors", first)
	}
	if dir := os.Getenv("SCREENSHOTS"); dir != "" {
		tb.click("#load")
		tb.shows("#supplies .state", "The supplier doesn’t answer.")
		for _, width := range []int64{390, 1200} {
			tb.run(chromedp.EmulateViewport(width, 844))
			tb.screenshot(filepath.Join(dir, fmt.Sprintf("figures-%d.png", width)))
		}
	}
}

func TestGalleryClock(t *testing.T) {
	t.Parallel()
	site := gallery(t)
	tb := newPerson(t).open(site + "/clock")
	first := eval[string](tb, `document.querySelector("#clock").textContent.trim()`)
	tb.holds(fmt.Sprintf(`document.querySelector("#clock").textContent.trim() !== %q`, first))
	tb.holds(`Number(document.querySelector("#ticks").textContent) >= 2`)
	tb.run(chromedp.SetValue(chromedp.CSS("#zone"), "Asia/Tokyo"))
	tb.js(`document.querySelector("#zone").dispatchEvent(new Event("input", {bubbles: true}))`)
	tb.holds(`document.querySelector("#clock time").dateTime.endsWith("+09:00")`)
}

func TestGalleryChat(t *testing.T) {
	t.Parallel()
	site := gallery(t)
	ada := newPerson(t)
	here, there := ada.open(site+"/chat"), ada.open(site+"/chat")
	bob := newPerson(t).open(site + "/chat")
	here.enter("[name=name]", "Ada")
	here.enter("[name=text]", "hello <b>all</b>")
	here.run(pressed("\r"))
	for _, tb := range []*tab{here, there, bob} {
		tb.holds(`document.querySelector("#messages li")?.textContent.includes("Ada hello <b>all</b>")`)
	}
	here.holds(`document.querySelector("[name=text]").value === "" && document.activeElement.name === "text" && document.querySelector("[name=name]").value === "Ada"`)
	bob.enter("[name=text]", "hi")
	bob.click("#message-form button")
	for _, tb := range []*tab{here, there, bob} {
		tb.holds(`document.querySelectorAll("#messages li").length === 2 && document.querySelector("#messages li:last-child").textContent.includes("somebody hi")`)
	}
	late := newPerson(t).open(site + "/chat")
	late.holds(`document.querySelectorAll("#messages li").length === 2`)
}

func TestGalleryForm(t *testing.T) {
	t.Parallel()
	site := gallery(t)
	tb := newPerson(t).open(site + "/form")
	tb.enter("[name='order[email]']", "ada")
	tb.shows("#order_email-error", "must be an e-mail address")
	if eval[bool](tb, `document.querySelector("#order_name-error") !== null`) {
		t.Error("a field that nobody has been to is complained about")
	}
	tb.click("#order > button")
	tb.shows("#order_name-error", "is required")
	tb.enter("[name='order[name]']", "Ada")
	tb.holds(`document.querySelector("#order_name-error") === null`)
	tb.enter("[name='order[email]']", "ada@example.com")
	tb.holds(`document.querySelector("#order_email-error") === null`)
	tb.enter("[name='order[seats]']", "1.5") // which an int has no place for
	tb.shows("#order_seats-error", "must be a whole number such as 12")
	tb.enter("[name='order[name]']", "Ada Lovelace") // and the patches go on
	tb.holds(`document.querySelector("[name='order[seats]']").value === "1.5" && document.querySelector("[name='order[seats]']").getAttribute("value") === "1.5"`)
	tb.enter("[name='order[seats]']", "1")
	tb.holds(`document.querySelector("#order_seats-error") === null`)
	tb.enter("[name='order[name]']", "Ada")
	for _, extra := range []string{"programme", "cloakroom", "champagne"} {
		tb.click("[value=" + extra + "]")
	}
	tb.shows("fieldset .error", "must be at most 2 entries")
	tb.click("[value=programme]")
	tb.holds(`document.querySelector("fieldset .error") === null`)
	tb.click("[value=box]")
	tb.holds(`document.querySelector("[value=box]").checked`)
	tb.click("#order > button")
	tb.shows("#done", "Thank you, Ada. 1 × box, cloakroom, champagne; the tickets go to ada@example.com.")
	tb.click("#again")
	tb.holds(`document.querySelector("#order [name='order[name]']")?.value === ""`)
}

func TestGalleryTable(t *testing.T) {
	t.Parallel()
	site := gallery(t)
	tb := newPerson(t).open(site + "/table")
	tb.holds(`document.querySelectorAll("#rows tr").length === 1000`)
	tb.js(`document.querySelector("#row-1").mine = true`)
	tb.click("th:nth-child(2) button")
	tb.holds(`document.querySelector("#rows td:nth-child(2)").textContent.startsWith("Bearing")`)
	tb.holds(`[...document.querySelectorAll("#rows td:nth-child(2)")].every((c, i, all) => i === 0 || all[i - 1].textContent <= c.textContent)`)
	if !eval[bool](tb, `document.querySelector("#row-1").mine === true`) {
		t.Error("sorting made a row anew instead of moving it")
	}
	tb.click("th:nth-child(1) button")
	tb.holds(`document.querySelector("#rows tr").id === "row-1"`)
	tb.sent()
	before := eval[int](tb, `Number(document.querySelector("#row-1 td:nth-child(3)").textContent)`)
	tb.click("#row-1 button")
	tb.shows("#row-1 td:nth-child(3)", fmt.Sprint(before+100))
	for _, frame := range tb.sent() {
		if len(frame) > 300 {
			t.Errorf("one cell changed, and %d bytes were sent: %.200s…", len(frame), frame)
		}
	}
	tb.enter("[name=q]", "titanium")
	tb.shows("#shown", "200 rows")
	tb.holds(`[...document.querySelectorAll("#rows td:nth-child(2)")].length === 200 && [...document.querySelectorAll("#rows td:nth-child(2)")].every(c => c.textContent.includes("titanium"))`)
}

func TestGalleryChart(t *testing.T) {
	t.Parallel()
	site := gallery(t)
	tb := newPerson(t).open(site + "/chart")
	tb.holds(`document.querySelector("#chart").dataset.points === "80" && (window.path ??= document.querySelector("#chart .line").getAttribute("d")) !== document.querySelector("#chart .line").getAttribute("d")`)
	tb.js(`document.querySelector("#chart").dispatchEvent(new PointerEvent("pointerenter"))`)
	tb.holds(`Number(document.querySelector("#average").textContent) > 0`)
	tb.click("#pause")
	tb.shows("#pause", "Go on")
}

func TestGalleryBoard(t *testing.T) {
	t.Parallel()
	site := gallery(t)
	tb := newPerson(t).open(site + "/board")
	tb.click("#card-1 .row button")
	tb.holds(`document.activeElement.closest("#card-1") !== null && document.activeElement.name === "text"`)
	tb.enter("#card-1 input", "")
	tb.shows("#card-1 .error", "says nothing yet")
	tb.enter("#card-1 input", "Water all plants")
	tb.holds(`document.querySelector("#card-1 .error") === null`)
	// The card is another's meanwhile, and its field keeps the focus and what is in it.
	tb.click("#card-2 [aria-label='Move to the right']")
	tb.holds(`document.querySelector("[data-column='1'] #card-2") !== null`)
	tb.run(chromedp.Focus(chromedp.CSS("#card-1 input")), pressed("\r"))
	tb.shows("#card-1 > p", "Water all plants")
	// It is dragged, as a browser does it.
	tb.js(`const move = {dataTransfer: new DataTransfer(), bubbles: true, cancelable: true};
		document.querySelector("#card-1").dispatchEvent(new DragEvent("dragstart", move));
		const to = document.querySelector("[data-column='2'] ul");
		if (to.dispatchEvent(new DragEvent("dragover", move))) throw new Error("nothing may be dropped there");
		to.dispatchEvent(new DragEvent("drop", move))`)
	tb.holds(`document.querySelector("[data-column='2'] #card-1 > p")?.textContent === "Water all plants"`)
	tb.click("[data-column='0'] > button")
	tb.enter("[data-column='0'] li:last-child input", "Sleep")
	tb.run(pressed("\r"))
	tb.shows("[data-column='0'] li:last-child > p", "Sleep")
	if n := tb.loaded(); n != 1 {
		t.Errorf("%d documents were loaded, want 1", n)
	}
}

func TestGalleryTitle(t *testing.T) {
	t.Parallel()
	site := gallery(t)
	tb := newPerson(t).open(site + "/title")
	tb.holds(`document.title === "(4) Title · liveview"`)
	tb.click("#read")
	tb.holds(`document.title === "Title · liveview"`)
	tb.holds(`document.title === "(1) Title · liveview"`)
}

// The server dies and comes back; the page comes back with it, by itself and
// without being loaded anew, and what was typed is still there.
func TestServerKilledAndRestarted(t *testing.T) {
	t.Parallel()
	g := startGallery(t)
	tb := newPerson(t).open(g.site + "/form")
	tb.expect("WebSocket connection to", "ERR_CONNECTION_REFUSED")
	tb.enter("[name='order[name]']", "Ada")
	tb.enter("[name='order[email]']", "half an addr")
	tb.shows("#order_email-error", "must be an e-mail address")
	tb.mark()
	g.kill()
	tb.says("No connection to the server. Trying again…")
	if err := g.start(); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	tb.live()
	t.Attr("figure", fmt.Sprintf("usable again %v after the next process began, with what was typed", time.Since(begin)))
	tb.says("Connected again.")
	// The form's text went to the new server, which says what is wrong with it.
	tb.shows("#order_email-error", "must be an e-mail address")
	if got := eval[string](tb, `document.querySelector("[name='order[name]']").value`); got != "Ada" {
		t.Errorf("the name is %q", got)
	}
	tb.enter("[name='order[email]']", "ada@example.com")
	tb.holds(`document.querySelector("#order_email-error") === null`) // which moves the button
	tb.click("#order > button")
	tb.holds(`document.querySelector("#done")?.textContent.includes("ada@example.com")`)
	if !tb.marked() {
		t.Error("the page was loaded anew")
	}
}
