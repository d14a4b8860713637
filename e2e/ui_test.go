package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// keys presses keys, one after the other.
func (tb *tab) keys(keys ...string) {
	tb.t.Helper()
	for _, key := range keys {
		if key == shiftTab {
			tb.run(pressed(kb.Tab, chromedp.KeyModifiers(chromedp.ModifierShift)))
			continue
		}
		tb.run(pressed(key))
	}
}

const shiftTab = "Shift+Tab"

// focus gives the focus to an element, as Tab does.
func (tb *tab) focus(selector string) {
	tb.t.Helper()
	tb.run(chromedp.Focus(chromedp.CSS(selector)))
}

// focused waits until the focus is on an element, and stays there: the client gives it twice,
// the second time two frames later.
func (tb *tab) focused(selector string) {
	tb.t.Helper()
	isThere := fmt.Sprintf(`document.activeElement.matches(%q)`, selector)
	tb.holds(isThere)
	if !eval[bool](tb, `new Promise((done) => { const frame = (n) => n ? requestAnimationFrame(() => frame(n - 1)) : done(); frame(3) }).then(() => `+isThere+`)`) {
		tb.holds(isThere)
	}
}

// patched waits until the page of the components has been patched once more: it is each
// second.
func (tb *tab) patched() {
	tb.t.Helper()
	now := eval[string](tb, `document.querySelector("#seconds").textContent`)
	tb.holds(fmt.Sprintf(`document.querySelector("#seconds").textContent !== %q`, now))
}

// What a keyboard does with the components, and that what is open stays so while the page
// changes.
func TestComponents(t *testing.T) {
	t.Parallel()
	tb := newPerson(t).open(gallery(t) + "/ui")
	tb.mark()

	// A form: what is wrong is told at its field, and the focus goes to the first.
	tb.focus("#workshop_title")
	tb.js(`document.activeElement.select()`)
	tb.keys("tea")
	tb.shows("#workshop_title-error", "is about coffee")
	tb.focused("#workshop_title")
	tb.holds(`document.activeElement.getAttribute("aria-invalid") === "true" && document.activeElement.getAttribute("aria-describedby") === "workshop_title-error"`)
	tb.keys(kb.Enter)
	tb.holds(`document.querySelectorAll("#workshop [aria-invalid=true]").length > 4 &&
		document.querySelector("#workshop_email").getAttribute("aria-describedby") === "workshop_email-hint workshop_email-error"`)
	tb.focused("#workshop_title")
	tb.js(`document.querySelector(".ui-toast[role=alert] button").click()`)
	// Rows move, go and come by keyboard, and the focus stays where it was.
	names := func(want string) {
		t.Helper()
		tb.holds(fmt.Sprintf(`[...document.querySelectorAll(".ui-row [name$='[name]']")].map(i => i.value).join() === %q`, want))
	}
	tb.focus(".ui-row:nth-child(2) [aria-label$=up]")
	tb.keys(" ")
	names("Bela,Ada")
	tb.focused(".ui-row:nth-child(1) [aria-label$=up]")
	tb.patched()
	tb.focused(".ui-row:nth-child(1) [aria-label$=up]")
	tb.focus(".ui-row:nth-child(1) [aria-label$=down]")
	tb.keys(" ")
	names("Ada,Bela")
	tb.focus(".ui-rows-add input")
	tb.keys(" ")
	names("Ada,Bela,")
	tb.focused(".ui-rows-add input")
	tb.keys(" ")
	names("Ada,Bela,,")
	tb.enter(".ui-row:nth-child(3) [name$='[name]']", "Chen")
	tb.focus(".ui-row:nth-child(2) [aria-label^=Remove]")
	tb.keys(" ")
	names("Ada,Chen,")
	// Choices are chosen by arrows and Space, and a range by arrows.
	tb.focus("#workshop_level_new")
	tb.keys(kb.ArrowDown)
	tb.holds(`document.querySelector("#workshop_level_some").checked && document.activeElement.id === "workshop_level_some"`)
	tb.focus("#workshop_public")
	tb.keys(" ")
	tb.holds(`document.querySelector("#workshop_public").checked && document.querySelector("#workshop_public").hasAttribute("checked")`)
	tb.focus("#workshop_strength")
	tb.keys(kb.ArrowRight)
	tb.shows("output[for=workshop_strength]", "4")
	tb.holds(`document.querySelector("#workshop_public").checked && document.querySelector("#workshop_level_some").checked`)

	// A dialog of the page's own: the focus goes in, stays in, and comes back.
	tb.focus("#open-dialog")
	tb.keys(kb.Enter)
	tb.focused("#rename-name")
	tb.keys(kb.End, "!")
	tb.patched()
	tb.holds(`document.querySelector("#rename").matches(":modal") && document.querySelector("#rename-name").value === "Coffee from the bean!"`)
	for range 5 {
		tb.keys(kb.Tab)
		tb.holds(`document.activeElement === document.body || !!document.activeElement.closest("#rename")`)
	}
	tb.keys(kb.Escape)
	tb.holds(`!document.querySelector("#rename").open`)
	tb.focused("#open-dialog")
	// What was given up is gone with the next patch, which may come before the dialog is open again.
	tb.patched()
	tb.holds(`document.querySelector("#rename-name").value === "Coffee from the bean"`)
	// The server closes it when what was entered is kept.
	tb.keys(kb.Enter)
	tb.focused("#rename-name")
	tb.keys(kb.End, "!", kb.Enter)
	tb.holds(`!document.querySelector("#rename").open && document.querySelector("#panel").textContent.includes("bean!:")`)
	tb.focused("#open-dialog")

	// One that the server shows, by its URL.
	tb.focus("#open-modal")
	tb.keys(kb.Enter)
	tb.focused("#note-text")
	tb.holds(`location.search === "?dialog=note"`)
	tb.keys("milk")
	tb.patched()
	tb.focused("#note-text")
	for range 5 {
		tb.keys(kb.Tab)
		tb.holds(`!!document.activeElement.closest("#note .ui-dialog-box")`)
	}
	for range 5 {
		tb.keys(shiftTab)
		tb.holds(`!!document.activeElement.closest("#note .ui-dialog-box")`)
	}
	tb.holds(`document.querySelector("#note-text").value === "milk"`)
	tb.keys(kb.Escape)
	tb.holds(`!document.querySelector("#note") && location.search === ""`)
	tb.focused("#open-modal")

	// A question: the focus is on what does no harm.
	tb.focus("#open-confirm")
	tb.keys(kb.Enter)
	tb.focused("#delete [autofocus]")
	tb.patched()
	tb.keys(kb.Enter)
	tb.focused("#open-confirm")
	tb.keys(kb.Enter)
	tb.focused("#delete [autofocus]")
	tb.keys(kb.Tab, kb.Enter)
	tb.focused("#restore")
	tb.holds(`!document.querySelector("#delete").open`)
	tb.keys(kb.Enter)
	tb.focused("#open-confirm")
	tb.patched() // the client gives the focus twice, a frame later too

	// A menu.
	item := func(n int) string { return fmt.Sprintf("#actions .ui-item:nth-of-type(%d)", n) }
	tb.focus("#actions-button")
	tb.keys(kb.ArrowDown)
	tb.focused(item(1))
	tb.keys(kb.ArrowDown)
	tb.patched()
	tb.focused(item(2))
	tb.holds(`document.querySelector("#actions").matches(":popover-open")`)
	tb.keys(kb.ArrowDown)
	tb.focused("#actions a")
	tb.keys("f")
	tb.focused("#actions .is-danger")
	tb.keys(kb.ArrowDown)
	tb.focused(item(1))
	tb.keys(kb.ArrowUp)
	tb.focused("#actions .is-danger")
	tb.keys(kb.Home)
	tb.focused(item(1))
	tb.keys(kb.End)
	tb.focused("#actions .is-danger")
	tb.keys(kb.Escape)
	tb.focused("#actions-button")
	tb.holds(`!document.querySelector("#actions").matches(":popover-open")`)
	tb.keys(kb.Enter)
	tb.focused(item(1))
	tb.keys(kb.Tab)
	tb.holds(`!document.querySelector("#actions").matches(":popover-open") && !document.activeElement.closest("#actions")`)
	tb.focus("#actions-button")
	tb.keys(kb.ArrowUp)
	tb.focused("#actions .is-danger")

	// Toasts go after a while, but not while somebody is at one, and an error stays.
	tb.js(`const set = setTimeout, clear = clearTimeout;
		window.clocks = new Set();
		window.setTimeout = (f, ms, ...args) => {
			const id = set(() => { clocks.delete(id); f(...args) }, ms > 900 && ms < 9000 ? ms / 20 : ms);
			if (ms > 900 && ms < 9000) clocks.add(id);
			return id;
		};
		window.clearTimeout = (id) => { clocks.delete(id); clear(id) };
		document.querySelectorAll(".ui-toast:not([role=alert]) button").forEach((b) => b.click())`)
	tb.keys(kb.Enter)
	tb.focused("#actions-button")
	tb.holds(`document.querySelectorAll(".ui-toast").length === 1 && !!document.querySelector(".ui-toast[role=alert]")`)
	tb.focus(".ui-toast[role=alert] button")
	tb.js(`document.querySelector("#copy").click()`)
	tb.holds(`document.querySelectorAll(".ui-toast").length === 2`)
	tb.patched()
	tb.holds(`document.querySelectorAll(".ui-toast").length === 2 && clocks.size === 0`)
	tb.keys(kb.Enter)
	tb.focused(".ui-toast.is-success button") // the next one's
	tb.holds(`document.querySelectorAll(".ui-toast").length === 1`)
	tb.focus("#copy")
	tb.holds(`document.querySelectorAll(".ui-toast").length === 0`)

	// A tooltip.
	tb.holds(`getComputedStyle(document.querySelector("#copy-tip")).visibility === "visible"`)
	tb.keys(kb.Escape)
	tb.holds(`getComputedStyle(document.querySelector("#copy-tip")).visibility === "hidden"`)
	tb.patched()
	tb.patched() // by now it would have come again
	if eval[string](tb, `getComputedStyle(document.querySelector("#copy-tip")).visibility`) != "hidden" {
		t.Error("a tooltip that was put away has come again with a change of the page")
	}
	tb.focus("#open-dialog")
	tb.focus("#copy")
	tb.holds(`getComputedStyle(document.querySelector("#copy-tip")).visibility === "visible"`)

	// Tabs, of which one is in the order of Tab, and what they show.
	tb.focus("#tab-about")
	tb.keys(kb.ArrowRight)
	tb.focused("#tab-people")
	tb.holds(`location.search === "?tab=people" && document.querySelector("#panel").textContent.includes("Ada") &&
		document.querySelector("#panel").getAttribute("aria-labelledby") === "tab-people"`)
	tb.patched()
	tb.focused("#tab-people")
	tb.holds(`[...document.querySelectorAll("[role=tab]")].map(t => t.tabIndex + t.ariaSelected).join() === "-1false,0true,-1false"`)
	tb.keys(kb.Tab)
	tb.focused("#panel")
	tb.keys(shiftTab, kb.End)
	tb.focused("#tab-history")
	tb.keys(kb.ArrowRight)
	tb.focused("#tab-about")
	tb.keys(kb.Home)
	tb.holds(`location.search === "?tab=about"`)

	// What opens in place, and a table sorted by keyboard.
	tb.focus("#more summary")
	tb.keys(" ")
	tb.patched()
	tb.holds(`document.querySelector("#more").open`)
	tb.focus("#coffees th:nth-child(3) a")
	tb.keys(kb.Enter)
	tb.holds(`document.querySelector("#coffees th:nth-child(3)").ariaSort === "ascending" && document.querySelector("#coffees td").textContent === "Cerrado"`)
	tb.focused("#coffees th:nth-child(3) a")
	tb.keys(kb.Enter)
	tb.holds(`document.querySelector("#coffees th:nth-child(3)").ariaSort === "descending"`)
	tb.focused("#coffees th:nth-child(3) a")
	if !tb.marked() {
		t.Error("the page was loaded anew")
	}

	// Nobody is kept out of what is wrong, or open.
	tb.js(`document.querySelector("#workshop [type=submit]").click()`)
	tb.holds(`document.querySelectorAll("#workshop .ui-error").length > 4 && !!document.querySelector(".ui-toast")`)
	tb.isAccessible("ui-errors")
	tb.js(`document.querySelector("#open-dialog").click()`)
	tb.holds(`document.querySelector("#rename").open`)
	tb.isAccessible("ui-dialog")
}
