package e2e

import (
	"bytes"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/gin-liveview/liveview/example/ui/templui/errands"
)

// The page of templ works in a browser, under its policy: rows, form, links, a command, a live
// component, a stream, messages and files.
func TestErrands(t *testing.T) {
	t.Parallel()
	l := newLab(t, "", errands.Routes)
	tb := newPerson(t).open(l.URL + "/errands")
	tb.holds(`document.documentElement.classList.contains("scripts-run") && getComputedStyle(document.querySelector(".errands")).display === "grid"`)
	tb.mark()
	tb.js(`window.first = document.querySelector("#task-1")`)

	tb.click("#done-1")
	tb.shows("#goal span", "2 of 2 today")
	tb.click("#goal [aria-label=More]")
	tb.shows("#goal span", "2 of 3 today")
	tb.holds(`document.querySelector("#task-1.done") === first && document.querySelector("#done-1").checked`)

	tb.enter("#task_text", "ab")
	tb.shows("#task_text-error span", "must be at least 3 characters")
	tb.enter("#task_text", "Call <Ann>")
	tb.run(pressed("\r"))
	tb.shows("#task-4 span", "Call <Ann>")
	tb.shows(".ui-toast.is-success p", "Call <Ann> is on the list.")
	tb.holds(`document.querySelector("#task_text").value === ""`)

	file := onDisk(t, map[string][]byte{"receipt.txt": bytes.Repeat([]byte("bread 2.40"), 100), "run.exe": []byte("x")})
	tb.pick(file("receipt.txt"))
	tb.shows("#log li", "receipt.txt: 1000 bytes arrived")
	tb.pick(file("run.exe"))
	tb.shows(".ui-files .ui-error span", "Files of this type are not accepted.")
	tb.js(`document.querySelector(".ui-toast button").click()`)
	tb.js(`document.querySelector(".ui-files button").click()`)
	tb.holds(`document.querySelector(".ui-files li") === null`)

	tb.click(".errands nav a:nth-child(2)")
	tb.holds(`location.search === "?only=open" && document.querySelectorAll("#tasks li").length === 2`)
	tb.click("#task-3 .ui-icon-button")
	tb.holds(`[...document.querySelectorAll("#tasks li")].map(li => li.innerText.trim()).join() === "Call <Ann>"`)
	tb.run(chromedp.NavigateBack())
	tb.holds(`location.search === "" && document.querySelectorAll("#tasks li").length === 3 && document.querySelector("#about").hidden`)
	tb.js(`[...document.querySelectorAll("button")].find(b => b.textContent === "About").click()`)
	tb.holds(`document.querySelector("#about").offsetHeight > 0`)
	tb.isAccessible("errands")
	if !tb.marked() {
		t.Error("the page was loaded anew")
	}
}
