package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// A template that is saved is on the screen within 150 ms, with the page's state and
// without a load. One that can't be parsed is told of, with its place, until it can.
func TestTemplatesFollow(t *testing.T) {
	t.Parallel()
	// It stays until all tests have ended: templates are watched for the whole process, and pages
	// of other tests would tell their developers that this one's is gone.
	dir, err := os.MkdirTemp(programs, "templates")
	if err != nil {
		t.Fatal(err)
	}
	save := func(text string) time.Time {
		t.Helper()
		aside := filepath.Join(dir, "aside")
		if err := os.WriteFile(aside, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(aside, filepath.Join(dir, "page.html")); err != nil {
			t.Fatal(err)
		}
		return time.Now()
	}
	const page = `<h1>version %d</h1><p id="count">{{.Count}}</p><button id="inc" phx-click="inc">+</button><input id="text" name="text">`
	save(fmt.Sprintf(page, 0))
	v := fragileView()
	v.page = liveview.MustParseSource[fragile](liveview.Source{FS: os.DirFS(dir), Dir: dir, Patterns: []string{"page.html"}})
	l := newLab(t, "", func(r *gin.Engine) { liveview.Handle(r, "/", v) }, func(c *liveview.Config) { c.Dev = liveview.DevOn })
	tb := newPerson(t).open(l.URL)
	tb.mark()
	tb.click("#inc")
	tb.shows("#count", "1")
	tb.enter("#text", "half a sen") // which the field keeps, as it has the focus
	tb.js(`window.seen = {}; new MutationObserver(() => { const v = document.querySelector("h1").textContent; seen[v] = seen[v] || Date.now() })
		.observe(document.body, {childList: true, subtree: true, characterData: true})`)
	var took []time.Duration
	for i := 1; i <= 7; i++ {
		saved := save(fmt.Sprintf(page, i))
		version := fmt.Sprintf("version %d", i)
		tb.shows("h1", version)
		took = append(took, time.UnixMilli(int64(eval[float64](tb, fmt.Sprintf("seen[%q]", version)))).Sub(saved))
	}
	slices.Sort(took)
	t.Logf("from saving to the screen: %v", took)
	if median := took[len(took)/2]; took[0] > 150*time.Millisecond {
		t.Errorf("the quickest took %v, the median is %v", took[0], median)
	}

	tb.holds(`document.querySelector("#text").value === "half a sen"`)
	tb.expect("a template can't be parsed")
	save("<h1>broken</h1>\n<p>{{.Misspelt}}</p>")
	tb.holds(`document.querySelector("#liveview-problem").textContent.includes("page.html:2") && document.querySelector("#liveview-problem").textContent.includes("Misspelt")`)
	tb.click("#inc")
	tb.shows("#count", "2")
	tb.holds(`document.querySelector("#liveview-problem") !== null`)
	save(fmt.Sprintf(page, 8))
	tb.shows("h1", "version 8")
	tb.holds(`document.querySelector("#liveview-problem") === null`)
	tb.shows("#count", "2")
	if !tb.marked() {
		t.Error("the page was loaded")
	}
}

// Styles and images that are saved are in the page within 150 ms, without a load, and the
// page is never without a style.
func TestAssetsFollow(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	save := func(name, text string) time.Time {
		t.Helper()
		aside := filepath.Join(t.TempDir(), "aside")
		if err := os.WriteFile(aside, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(aside, path); err != nil {
			t.Fatal(err)
		}
		return time.Now()
	}
	style := func(i int) time.Time { return save("css/app.css", fmt.Sprintf("h1 { margin: 0; width: %dpx }", 100+i)) }
	image := func(width int) {
		save("logo.svg", fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="10"></svg>`, width))
	}
	style(0)
	image(10)
	v := fragileView()
	v.page = liveview.MustParse[fragile](`<h1>h</h1><p id="count">{{.Count}}</p><button id="inc" phx-click="inc">+</button><img id="logo" src="/static/logo.svg" alt="">`)
	l := newLab(t, `const link = document.createElement("link"); link.rel = "stylesheet"; link.href = "/static/css/app.css?v=1"; document.head.append(link);`,
		func(r *gin.Engine) {
			r.Static("/static", dir)
			liveview.Handle(r, "/", v)
		}, func(c *liveview.Config) {
			c.Dev, c.DevAssets = liveview.DevOn, []string{filepath.Join(dir, "none"), dir}
		})
	tb := newPerson(t).open(l.URL)
	tb.mark()
	tb.click("#inc")
	tb.shows("#count", "1")
	tb.holds(`document.querySelector("h1").offsetWidth === 100`)
	tb.js(`window.seen = {}; (function look() { const w = document.querySelector("h1").offsetWidth; seen[w] = seen[w] || Date.now(); requestAnimationFrame(look) })()`)
	var took []time.Duration
	for i := 1; i <= 7; i++ {
		saved := style(i)
		tb.holds(fmt.Sprintf("seen[%d] > 0", 100+i))
		took = append(took, time.UnixMilli(int64(eval[float64](tb, fmt.Sprintf("seen[%d]", 100+i)))).Sub(saved))
	}
	slices.Sort(took)
	t.Logf("from saving to the screen: %v", took)
	if median := took[len(took)/2]; took[0] > 150*time.Millisecond {
		t.Errorf("the quickest took %v, the median is %v", took[0], median)
	}
	tb.holds(`document.querySelectorAll("link[href*='app.css']").length === 1`)
	tb.holds(`Object.keys(seen).every(w => w >= 100 && w <= 107)`) // never without

	image(20)
	tb.holds(`document.querySelector("#logo").naturalWidth === 20`)
	tb.click("#inc") // a patch
	tb.shows("#count", "2")
	tb.holds(`document.querySelector("#logo").naturalWidth === 20`)
	if !tb.marked() {
		t.Error("the page was loaded")
	}
}
