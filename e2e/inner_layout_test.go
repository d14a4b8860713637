package e2e

import (
	"errors"
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// Inner layouts, one in another, follow what the view within them does, and the view is
// live in them: its form keeps what is typed, a hook stays, a crash and a lost connection
// bring all of it back.
func TestInnerLayout(t *testing.T) {
	t.Parallel()
	type state struct {
		Name string
		N    int
	}
	page := liveview.ViewFuncs[state]{
		Template: liveview.MustParse[state](`<h1 id="h" phx-hook="Count">{{.Name}}</h1><form id="f" phx-change="typed" phx-auto-recover="ignore"><input name="q" id="q"></form>
<ul>{{range .N}}<li>x</li>{{end}}</ul><a id="patch" {{patch "/in/patched"}}>p</a> <a id="deep" {{patch "/in/deep/er"}}>d</a> <button id="inc" phx-click="inc">+</button><button id="crash" phx-click="crash">!</button>`),
		Params: func(c *gin.Context, s *liveview.Socket[state]) error {
			name := c.Param("name")
			s.Assign(func(st *state) { st.Name = name })
			return nil
		},
		Events: liveview.Events[state]{
			"inc": func(s *liveview.Socket[state], _ liveview.Event) error {
				s.Assign(func(st *state) { st.N++ })
				return nil
			},
			"typed": func(s *liveview.Socket[state], _ liveview.Event) error {
				s.Assign(func(st *state) { st.N++ })
				return nil
			},
			"crash": func(*liveview.Socket[state], liveview.Event) error { return errors.New("crash") },
		},
	}
	other := liveview.ViewFuncs[struct{}]{Template: liveview.MustParse[struct{}](`<h1>other</h1>`)}
	type menu struct{ N int }
	outer := liveview.MustParse[menu](`<nav><a id="to-other" {{navigate "/other"}}>other</a> <a id="to-in" {{navigate "/in/a"}}>in</a></nav>
<p id="at">{{fullPath}} {{currentURL}}</p><p id="sum">{{if .N}}{{.N}} in all{{else}}none{{end}}</p><main>{{content}}</main>`)
	inner := liveview.MustParse[struct{}](`<section id="deeper">{{content}}</section>`)
	pages := &page
	l := newLab(t, `window.mounts = 0; window.liveview = {hooks: {Count: {mounted() { window.mounts++ }}}}`, func(r *gin.Engine) {
		group := r.Group("/", liveview.UseInnerLayout(outer, func(_ *liveview.Meta, st any) menu {
			s, _ := st.(state)
			return menu{s.N}
		}))
		liveview.Handle(group, "/in/:name", pages)
		liveview.Handle(group, "/other", other)
		liveview.Handle(group.Group("/in", liveview.UseInnerLayout[struct{}](inner, nil)), "/deep/:name", pages)
	})
	tb := newPerson(t).open(l.URL + "/in/a")
	tb.expect("Failed to push event", "WebSocket")
	around := func(at string, n int) {
		t.Helper()
		tb.shows("#at", at)
		sum := "none"
		if n > 0 {
			sum = fmt.Sprintf("%d in all", n)
		}
		tb.shows("#sum", sum)
		tb.holds(fmt.Sprintf(`document.querySelectorAll("main li").length === %d`, n))
	}
	around("/in/:name /in/a", 0)
	tb.click("#inc")
	around("/in/:name /in/a", 1)
	tb.enter("#q", "text")
	tb.holds(`document.querySelectorAll("main li").length > 1`)
	tb.holds(`document.querySelector("#q").value === "text" && document.activeElement.id === "q"`)
	n := eval[int](tb, `document.querySelectorAll("main li").length`)
	tb.click("#patch")
	around("/in/:name /in/patched", n)
	tb.run(chromedp.NavigateBack())
	around("/in/:name /in/a", n)
	if mounts := eval[int](tb, "mounts"); mounts != 1 {
		t.Errorf("the hook was mounted %d times within one layout", mounts)
	}
	tb.click("#deep") // one more layout
	around("/in/deep/:name /in/deep/er", n)
	tb.holds(`!!document.querySelector("main > #deeper > h1")`)
	tb.click("#inc")
	around("/in/deep/:name /in/deep/er", n+1)
	tb.click("#to-other")
	tb.shows("h1", "other")
	around("/other /other", 0)
	tb.run(chromedp.NavigateBack())
	around("/in/deep/:name /in/deep/er", 0)
	tb.click("#inc")
	around("/in/deep/:name /in/deep/er", 1)
	tb.click("#crash")
	around("/in/deep/:name /in/deep/er", 0)
	tb.click("#inc")
	around("/in/deep/:name /in/deep/er", 1)
	tb.js(`liveSocket.disconnect(() => liveSocket.connect())`)
	around("/in/deep/:name /in/deep/er", 0)
	if loads := tb.loaded(); loads != 1 {
		t.Errorf("%d documents were loaded, want 1", loads)
	}
}
