package e2e

import (
	"fmt"
	"net"
	"net/url"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/gin-liveview/liveview/internal/freeport"
)

var siteProgram = program("site", filepath.Join("..", "docs", "site"), ".")

// The documentation, served: its examples are live, what one looks for is found by keyboard,
// each sentence of the errors by itself, and nobody is kept out.
func TestSite(t *testing.T) {
	t.Parallel()
	addr := freeport.Address(t)
	_, port, _ := net.SplitHostPort(addr)
	p := &process{name: "the documentation", program: siteProgram, dir: filepath.Join("..", "docs", "site"), site: "http://" + addr, env: []string{"PORT=" + port}}
	t.Cleanup(func() {
		p.kill()
		if err := p.problem(); err != nil {
			t.Error(err)
		}
	})
	if err := p.start(); err != nil {
		t.Fatal(err)
	}
	tb := newPerson(t).visit(p.site + "/first-page.html")
	const counter = `document.querySelector("iframe").contentDocument`
	tb.js(`document.querySelector("iframe").scrollIntoView()`)
	tb.holds(counter + `.querySelector("[data-phx-main].phx-connected") !== null`)
	tb.holds(`(() => { const page = ` + counter + `; if (page.querySelector("#count").textContent === "0") page.querySelector("#inc").click();
		return page.querySelector("#count").textContent === "1" })()`)
	tb.holds(`document.querySelector("iframe").clientHeight >= ` + counter + `.body.offsetHeight`)

	tb.keys("/")
	tb.focused("#q")
	tb.keys("push patch")
	tb.holds(`document.querySelector("#found a").textContent.includes("PushPatch") && document.querySelector("#found-status").textContent === "12 found"`)
	tb.isAccessible("site-search")
	tb.keys(kb.ArrowDown, kb.ArrowDown, kb.ArrowUp)
	tb.focused("#found li:first-child a")
	tb.keys(kb.ArrowUp)
	tb.focused("#q")
	tb.keys(kb.Escape)
	tb.holds(`document.querySelector("#found").hidden`)

	// A line of a log, pasted as it is.
	line := `2026/11/27 10:00:00 ERROR liveview: view ended by an error; its page joins again route=/orders view=shop.View err="orders.html:7:12: the form of shop.Order has no field \"skuu\"; did you mean \"sku\"?"`
	tb.js(fmt.Sprintf(`document.querySelector("#q").value = %q; document.querySelector("#q").dispatchEvent(new Event("input"))`, line))
	tb.holds(`document.querySelector("#found a").textContent.includes("has no field")`)
	tb.keys(kb.Enter)
	tb.holds(`location.pathname === "/errors.html" && document.querySelector("tr:target").textContent.includes("has no field")`)

	// Each sentence finds its row, or one that says the same.
	lost := eval[[]string](tb, `(async () => {
		await searchSite("form");
		const lost = searchIndex.entries.some(entry => entry.s) ? [] : ["all"];
		for (const entry of searchIndex.entries) for (const sentence of entry.s ?? []) {
			const [first] = await searchSite("liveview: view ended err=" + sentence.replaceAll("…", "x7"));
			if (!first?.s?.includes(sentence)) lost.push(sentence + " finds " + first?.t);
		}
		return lost;
	})()`)
	if len(lost) > 0 {
		t.Errorf("%d sentences aren't found: %q", len(lost), lost[:min(len(lost), 12)])
	}
	tb.run(chromedp.Navigate(p.site + "/packages/js.html"))
	tb.isAccessible("site-package")
}

// The same in a folder: nothing serves it, and it is searched all the same.
func TestSiteOnDisk(t *testing.T) {
	t.Parallel()
	path, err := siteProgram()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := exec.Command(path, "-out", dir)
	write.Dir = filepath.Join("..", "docs", "site")
	if out, err := write.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	at := url.URL{Scheme: "file", Path: dir + "/first-page.html"}
	tb := newPerson(t).visit(at.String())
	tb.holds(`document.querySelector(".still").textContent.includes("go run") && !document.querySelector("iframe")`)
	tb.keys("/", "presence", kb.Enter)
	tb.holds(`location.href.startsWith("file://") && location.pathname.endsWith("/packages/presence.html")`)
}
