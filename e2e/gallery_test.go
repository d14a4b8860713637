package e2e

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

var galleryProgram string

// buildGallery builds the gallery's program; stop removes it.
func buildGallery() (stop func(), err error) {
	dir, err := os.MkdirTemp("", "liveview-e2e")
	if err != nil {
		return nil, err
	}
	galleryProgram = filepath.Join(dir, "gallery")
	build := exec.Command("go", "build", "-race", "-o", galleryProgram, "./example")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the gallery: %w\n%s", err, out)
	}
	return func() { _ = os.RemoveAll(dir) }, nil
}

// gallery is the gallery's real program, on a port of its own.
type gallery struct {
	t    *testing.T
	url  string
	port string
	cmd  *exec.Cmd
	log  strings.Builder
}

func startGallery(t *testing.T) *gallery {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	_ = l.Close()
	g := &gallery{t: t, port: port, url: "http://127.0.0.1:" + port}
	t.Cleanup(func() {
		g.kill()
		if strings.Contains(g.log.String(), "DATA RACE") || strings.Contains(g.log.String(), "level=ERROR") {
			t.Errorf("the gallery's log:\n%s", g.log.String())
		}
	})
	g.start()
	return g
}

func (g *gallery) start() {
	g.t.Helper()
	g.cmd = exec.Command(galleryProgram)
	g.cmd.Dir = ".."
	g.cmd.Env = append(os.Environ(), "PORT="+g.port, "SECRET=a secret that survives a restart, 32+", "GIN_MODE=release")
	g.cmd.Stdout, g.cmd.Stderr = &g.log, &g.log
	if err := g.cmd.Start(); err != nil {
		g.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(g.t.Context(), patience)
	defer cancel()
	for {
		r, _ := http.NewRequestWithContext(ctx, http.MethodGet, g.url+"/", nil)
		res, err := http.DefaultClient.Do(r)
		if err == nil {
			_ = res.Body.Close()
			return
		}
		select {
		case <-ctx.Done():
			g.t.Fatalf("the gallery doesn't answer: %v\n%s", err, g.log.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// kill ends the program as kill -9 does.
func (g *gallery) kill() {
	_ = g.cmd.Process.Kill()
	_ = g.cmd.Wait()
}

func TestGalleryIndex(t *testing.T) {
	g := startGallery(t)
	tb := newPerson(t).visit(g.url)
	if n := eval[int](tb, `document.querySelectorAll("main .cards a").length`); n != 12 {
		t.Errorf("the index shows %d pages, want 12", n)
	}
	if os.Getenv("UPDATE_SCREENSHOTS") != "" {
		for _, name := range []string{"counter", "search", "clock", "chat", "form", "table", "chart", "title", "catalog", "poll"} {
			tb := newPerson(t).open(g.url + "/" + name)
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
	g := startGallery(t)
	tb := newPerson(t).open(g.url + "/counter")
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
	g := startGallery(t)
	tb := newPerson(t).open(g.url + "/search")
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

func TestGalleryClock(t *testing.T) {
	g := startGallery(t)
	tb := newPerson(t).open(g.url + "/clock")
	first := eval[string](tb, `document.querySelector("#clock").textContent.trim()`)
	tb.holds(fmt.Sprintf(`document.querySelector("#clock").textContent.trim() !== %q`, first))
	tb.holds(`Number(document.querySelector("#ticks").textContent) >= 2`)
	tb.run(chromedp.SetValue(chromedp.CSS("#zone"), "Asia/Tokyo"))
	tb.js(`document.querySelector("#zone").dispatchEvent(new Event("input", {bubbles: true}))`)
	tb.holds(`document.querySelector("#clock time").dateTime.endsWith("+09:00")`)
}

func TestGalleryChat(t *testing.T) {
	g := startGallery(t)
	ada := newPerson(t)
	here, there := ada.open(g.url+"/chat"), ada.open(g.url+"/chat")
	bob := newPerson(t).open(g.url + "/chat")
	here.enter("[name=name]", "Ada")
	here.enter("[name=text]", "hello <b>all</b>")
	here.run(chromedp.KeyEvent("\r"))
	for _, tb := range []*tab{here, there, bob} {
		tb.holds(`document.querySelector("#messages li")?.textContent.includes("Ada hello <b>all</b>")`)
	}
	here.holds(`document.querySelector("[name=text]").value === "" && document.activeElement.name === "text" && document.querySelector("[name=name]").value === "Ada"`)
	bob.enter("[name=text]", "hi")
	bob.click("#message-form button")
	for _, tb := range []*tab{here, there, bob} {
		tb.holds(`document.querySelectorAll("#messages li").length === 2 && document.querySelector("#messages li:last-child").textContent.includes("somebody hi")`)
	}
	late := newPerson(t).open(g.url + "/chat")
	late.holds(`document.querySelectorAll("#messages li").length === 2`)
}

func TestGalleryForm(t *testing.T) {
	g := startGallery(t)
	tb := newPerson(t).open(g.url + "/form")
	tb.enter("[name='order[email]']", "ada")
	tb.shows("#order-email-error", "must be an e-mail address")
	if eval[bool](tb, `document.querySelector("#order-name-error") !== null`) {
		t.Error("a field that nobody has been to is complained about")
	}
	tb.click("#order > button")
	tb.shows("#order-name-error", "is required")
	tb.enter("[name='order[name]']", "Ada")
	tb.holds(`document.querySelector("#order-name-error") === null`)
	tb.enter("[name='order[email]']", "ada@example.com")
	tb.holds(`document.querySelector("#order-email-error") === null`)
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
	g := startGallery(t)
	tb := newPerson(t).open(g.url + "/table")
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
	g := startGallery(t)
	tb := newPerson(t).open(g.url + "/chart")
	tb.holds(`document.querySelector("#chart").dataset.points === "80" && (window.path ??= document.querySelector("#chart .line").getAttribute("d")) !== document.querySelector("#chart .line").getAttribute("d")`)
	tb.js(`document.querySelector("#chart").dispatchEvent(new PointerEvent("pointerenter"))`)
	tb.holds(`Number(document.querySelector("#average").textContent) > 0`)
	tb.click("#pause")
	tb.shows("#pause", "Go on")
}

func TestGalleryTitle(t *testing.T) {
	g := startGallery(t)
	tb := newPerson(t).open(g.url + "/title")
	tb.holds(`document.title === "(4) Title · liveview"`)
	tb.click("#read")
	tb.holds(`document.title === "Title · liveview"`)
	tb.holds(`document.title === "(1) Title · liveview"`)
}

// The server dies and comes back; the page comes back with it, by itself and
// without being loaded anew, and what was typed is still there.
func TestServerKilledAndRestarted(t *testing.T) {
	g := startGallery(t)
	tb := newPerson(t).open(g.url + "/form")
	tb.expect("WebSocket connection to", "ERR_CONNECTION_REFUSED")
	tb.enter("[name='order[name]']", "Ada")
	tb.enter("[name='order[email]']", "half an addr")
	tb.shows("#order-email-error", "must be an e-mail address")
	tb.mark()
	g.kill()
	tb.holds(`getComputedStyle(document.querySelector(".banner.lost")).display === "block"`)
	g.start()
	tb.live()
	tb.holds(`getComputedStyle(document.querySelector(".banner.lost")).display === "none"`)
	// The form's text went to the new server, which says what is wrong with it.
	tb.shows("#order-email-error", "must be an e-mail address")
	if got := eval[string](tb, `document.querySelector("[name='order[name]']").value`); got != "Ada" {
		t.Errorf("the name is %q", got)
	}
	tb.enter("[name='order[email]']", "ada@example.com")
	tb.click("#order > button")
	tb.holds(`document.querySelector("#done")?.textContent.includes("ada@example.com")`)
	if !tb.marked() {
		t.Error("the page was loaded anew")
	}
}
