package e2e

import (
	"sync/atomic"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// bench is a page with things on it that a page which is mounted anew hasn't got.
type bench struct {
	Open  bool
	Items []string
	Text  string
	Heard string
	Saved int
}

var benchPage = liveview.MustParse[bench](`<button id="open" phx-click="open">open</button> <button id="add" phx-click="add">add</button>
<ul id="items">{{range .Items}}<li>{{.}}</li>{{end}}</ul><p id="heard">{{.Heard}}</p><p id="saved">{{.Saved}}</p>
{{if .Open}}<form id="panel" phx-change="type"><input id="text" name="text" value="{{.Text}}"></form>{{end}}
<details id="more" phx-mounted='[["ignore_attrs",{"attrs":["open"]}]]'><summary>more</summary>text</details>`)

type benchView struct {
	mounts *atomic.Int32
}

func (v benchView) Mount(_ *gin.Context, s *liveview.Socket[bench]) error {
	if !s.Connected() {
		return nil
	}
	v.mounts.Add(1)
	_, err := s.Subscribe("news")
	return err
}

func (benchView) HandleEvent(s *liveview.Socket[bench], e liveview.Event) error {
	s.Assign(func(d *bench) {
		switch e.Name {
		case "open":
			d.Open = true
		case "add":
			d.Items = append(d.Items, "item")
		case "type":
			d.Text = e.Value("text")
			d.Saved++
		}
	})
	return nil
}

func (benchView) HandleInfo(s *liveview.Socket[bench], info any) error {
	s.Assign(func(d *bench) { d.Heard += info.(string) })
	return nil
}

func (benchView) Render(d bench) liveview.Rendered { return benchPage.Render(d) }

// A page whose connection is lost comes back as its visitor left it: with what he had
// opened, built and typed, the focus and the caret, and what its view heard meanwhile. At
// no moment does it look otherwise. That holds for a page that was loaded and for one that was
// come to by live navigation, which the client says of each of its joins.
func TestLostConnection(t *testing.T) {
	t.Parallel()
	for _, from := range []string{"/", "/start"} {
		t.Run(from, func(t *testing.T) { testLostConnection(t, from) })
	}
}

func testLostConnection(t *testing.T, from string) {
	t.Parallel()
	bus := liveview.NewPubSub()
	mounts := &atomic.Int32{}
	l := newLab(t, `window.addEventListener("phx:liveview:restored", () => { window.restored = (window.restored || 0) + 1 })`,
		func(r *gin.Engine) {
			liveview.Handle(r, "/", benchView{mounts: mounts})
			liveview.Handle(r, "/start", benchView{mounts: &atomic.Int32{}})
		},
		func(c *liveview.Config) { c.PubSub = bus })
	tb := newPerson(t).open(l.URL + from)
	if from != "/" {
		tb.js(`liveSocket.js().navigate("/")`)
		tb.holds(`location.pathname === "/" && document.querySelector("[data-phx-main].phx-connected") !== null`)
	}
	tb.click("#open")
	tb.holds(`document.querySelector("#panel") !== null`)
	tb.click("#add")
	tb.holds(`document.querySelectorAll("#items li").length === 1`)
	tb.click("#add")
	tb.holds(`document.querySelectorAll("#items li").length === 2`)
	tb.enter("#text", "half a sentence")
	tb.holds(`document.querySelector("#text").getAttribute("value") === "half a sentence"`)
	tb.js(`document.querySelector("#text").setSelectionRange(4, 4); document.querySelector("#more").open = true`)
	tb.mark()
	tb.js(`new MutationObserver(() => {
		if (!document.querySelector("#panel") || document.querySelectorAll("#items li").length < 2) window.flashed = true
	}).observe(document.body, {childList: true, subtree: true})`)

	for i := range 2 {
		tb.js(`document.querySelector("[data-phx-main]").classList.remove("phx-connected"); liveSocket.socket.conn.close(4000, "cut")`)
		if err := bus.Publish("news", "x"); err != nil {
			t.Fatal(err)
		}
		tb.holds(`window.restored === ` + string(rune('1'+i)))
	}
	tb.shows("#heard", "xx")
	tb.holds(`document.activeElement.id === "text" && document.activeElement.selectionStart === 4 && document.activeElement.value === "half a sentence"`)
	tb.holds(`document.querySelector("#more").open`)
	if eval[bool](tb, `window.flashed === true`) {
		t.Error("what was open was gone for a moment")
	}
	if !tb.marked() || mounts.Load() != 1 {
		t.Errorf("the page was loaded anew, or its view mounted %d times", mounts.Load())
	}
	tb.click("#add")
	tb.holds(`document.querySelectorAll("#items li").length === 3`)
	// A page that is left isn't kept, so another begins anew.
	tb.js(`location.reload()`)
	tb.holds(`window.marked === undefined && document.querySelector("#panel") === null && document.querySelector("[data-phx-main].phx-connected") !== null`)
}
