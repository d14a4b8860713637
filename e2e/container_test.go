package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// A view's element has its class and attributes as loaded and after live navigation,
// back and forward, beside the client's own classes; where the tag is another, the page
// is loaded.
func TestContainer(t *testing.T) {
	t.Parallel()
	type state struct{ N int }
	in := func(container liveview.Container, name string) liveview.ViewFuncs[state] {
		return liveview.ViewFuncs[state]{
			Template: liveview.MustParse[state](`<h1 phx-click="inc">` + name + `</h1><p id="n">{{.N}}</p>
<a id="to-a" {{navigate "/a"}}>a</a> <a id="to-b" {{navigate "/b"}}>b</a> <a id="to-plain" {{navigate "/plain"}}>plain</a>`),
			Events: liveview.Events[state]{"inc": func(s *liveview.Socket[state], _ liveview.Event) error {
				s.Assign(func(st *state) { st.N++ })
				return nil
			}},
			Container: container,
		}
	}
	l := newLab(t, "", func(r *gin.Engine) {
		liveview.Handle(r, "/a", in(liveview.Container{Tag: "main", Class: "a wide", Attributes: map[string]string{"lang": "de"}}, "A"))
		liveview.Handle(r, "/b", in(liveview.Container{Tag: "main", Class: "b", Attributes: map[string]string{"title": `"<b>"`, "phx-remove": `[["hide",{"to":"#n"}]]`}}, "B"))
		liveview.Handle(r, "/plain", in(liveview.Container{}, "Plain"))
	})
	tb := newPerson(t).open(l.URL + "/a")
	tb.expect("WebSocket") // which a page load closes
	const (
		isA = `(e => e.localName === "main" && e.matches(".a.wide.phx-connected:not(.b)") && e.lang === "de" && !e.title && !e.hasAttribute("phx-remove"))(document.querySelector("[data-phx-main]"))`
		isB = `(e => e.localName === "main" && e.matches(".b.phx-connected:not(.a):not(.wide)") && e.lang === "" && e.title === '"<b>"')(document.querySelector("[data-phx-main]"))`
	)
	tb.holds(isA)
	tb.click("#to-b")
	tb.shows("h1", "B")
	tb.holds(isB)
	tb.click("h1")
	tb.shows("#n", "1")
	tb.run(chromedp.NavigateBack())
	tb.shows("h1", "A")
	tb.holds(isA)
	tb.run(chromedp.NavigateForward())
	tb.shows("h1", "B")
	tb.holds(isB)
	if n := tb.loaded(); n != 1 {
		t.Errorf("%d documents were loaded, want 1", n)
	}
	tb.js(`liveSocket.disconnect(() => liveSocket.connect())`)
	tb.holds(`document.querySelector("#n").textContent === "0"`)
	tb.holds(isB)

	tb.click("#to-plain")
	tb.shows("h1", "Plain")
	tb.live()
	tb.holds(`(e => e.localName === "div" && e.className === "phx-connected" && !e.title)(document.querySelector("[data-phx-main]"))`)
	tb.click("#to-a")
	tb.shows("h1", "A")
	tb.live()
	tb.holds(isA)
	if n := tb.loaded(); n != 3 {
		t.Errorf("%d documents were loaded, want 3", n)
	}
}
