package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// axe is axe-core, which finds what keeps people out of a page: names that are missing,
// roles that don't fit, text that can't be told from what is behind it.
var axe = filepath.Join("node_modules", "axe-core", "axe.min.js")

// look is how a page is looked at.
type look struct {
	width int64 // in CSS pixels
	dark  bool
}

func (l look) String() string {
	if l.dark {
		return fmt.Sprintf("dark-%d", l.width)
	}
	return fmt.Sprintf("light-%d", l.width)
}

// looks are those that every page of the gallery is made for.
var looks = []look{{1200, false}, {1200, true}, {360, false}, {360, true}}

// wear has the tab look so.
func (tb *tab) wear(l look) {
	tb.t.Helper()
	scheme := "light"
	if l.dark {
		scheme = "dark"
	}
	features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}
	if _, err := chromedp.Call(tb.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features}); err != nil {
		tb.t.Fatal(err)
	}
	tb.run(chromedp.EmulateViewport(l.width, 800))
}

// isAccessible has axe-core look at what the tab shows now, in all looks. name is what
// the page is called where something is found; with SCREENSHOTS in the environment there
// are pictures of that name.
func (tb *tab) isAccessible(name string) {
	tb.t.Helper()
	script, err := os.ReadFile(axe)
	if err != nil {
		tb.t.Fatalf("these tests need axe-core, by npm ci --prefix e2e: %v", err)
	}
	tb.js(`if (!window.axe) {` + string(script) + `}`)
	for i, l := range looks {
		tb.wear(l)
		// Colours may take a frame, and a transition.
		eval[bool](tb, `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true)))).then(() =>
			Promise.allSettled(document.getAnimations().filter(a => a instanceof CSSTransition).map(a => a.finished))).then(() => true)`)
		// What looks don't change is looked at once in light and once in dark. Of a long table the
		// rows are alike.
		rules := ""
		if i%3 != 0 {
			rules = `, runOnly: ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]`
		}
		found := eval[json.RawMessage](tb, `axe.run({exclude: ["tbody tr:nth-child(n+9)"]}, {preload: false, resultTypes: ["violations"]`+rules+`}).then(r => r.violations.map(v =>
			({rule: v.id, help: v.help, nodes: v.nodes.slice(0, 4).map(n => n.html.slice(0, 200) + " " + n.any.concat(n.all, n.none).map(c => c.message).join("; "))})))`)
		if string(found) != "[]" {
			tb.t.Errorf("axe-core finds in %s, %s: %s", name, l, found)
		}
		if wide := eval[int](tb, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); wide > 0 {
			tb.t.Errorf("%s, %s, is %d px wider than its window", name, l, wide)
		}
		if dir := os.Getenv("SCREENSHOTS"); dir != "" {
			tb.picture(filepath.Join(dir, fmt.Sprintf("%s-%s.png", name, l)))
		}
	}
}

// picture takes a picture of the whole page.
func (tb *tab) picture(path string) {
	tb.t.Helper()
	png := result(tb, chromedp.FullScreenshot(100))
	if err := os.WriteFile(path, png, 0o644); err != nil {
		tb.t.Fatal(err)
	}
}

// No page of the gallery keeps anybody out, in light and dark, on a phone and a desk.
func TestGalleryIsAccessible(t *testing.T) {
	t.Parallel()
	site := gallery(t)
	tb := newPerson(t).visit(site)
	pages := eval[[]string](tb, `[...document.querySelectorAll("main .cards a")].map(a => a.getAttribute("href").slice(1))`)
	tb.isAccessible("index")
	for _, page := range append(pages, "login", "products/new", "catalog/1", "ui?dialog=note") {
		tb.run(chromedp.Navigate(site + "/" + page))
		tb.live()
		tb.isAccessible(filepath.Base(page))
	}
}
