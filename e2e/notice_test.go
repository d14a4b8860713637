package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// says waits until the page's notice says text, and nothing else; "" is nothing at all.
func (tb *tab) says(text string) {
	tb.t.Helper()
	tb.holds(fmt.Sprintf(`document.querySelector(".liveview-notice").innerText.trim() === %q`, text))
}

// noticed counts for a page how long it was without a connection before its notice said
// so, in milliseconds, and keeps all that the notice has said.
const noticed = `
const bar = document.querySelector(".liveview-notice");
window.said = [];
new MutationObserver(() => {
	const text = bar.innerText.trim();
	if (text && said.at(-1) !== text) said.push(text);
	if (text && window.after === undefined) window.after = performance.now() - window.lost;
}).observe(bar, {attributes: true, subtree: true, attributeFilter: ["hidden"]});
addEventListener("phx:page-loading-start", e => { if (e.detail.kind === "error" && window.lost === undefined) window.lost = performance.now() })`

// The page says that its connection is lost once that has lasted, and no longer than it
// does. Nothing that is outside of the view suffers.
func TestNotice(t *testing.T) {
	t.Parallel()
	g := startGallery(t)
	tb := newPerson(t).open(g.site + "/counter")
	tb.expect("WebSocket connection to", "ERR_CONNECTION_REFUSED")
	tb.says("")
	tb.js(`document.documentElement.classList.add("dark"); document.documentElement.lang = "de"; document.body.dataset.theme = "b"
		const foreign = document.createElement("p"); foreign.id = "foreign"; document.body.append(foreign); foreign.kept = true`)
	tb.js(noticed)
	tb.mark()
	title := eval[string](tb, "document.title")

	g.kill()
	tb.says("No connection to the server. Trying again…")
	if after := eval[float64](tb, "window.after"); after < 1990 {
		t.Errorf("the page says so after %.0f ms of 2000", after)
	}
	tb.holds(`document.documentElement.classList.contains("liveview-lost")`)
	tb.isAccessible("notice")
	// Now there is a server again, that serves pages and refuses sockets.
	blocked := &http.Server{Addr: strings.TrimPrefix(g.site, "http://"), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/live/websocket" {
			w.WriteHeader(http.StatusForbidden)
		}
	})}
	go func() { _ = blocked.ListenAndServe() }()
	tb.says("The server can’t keep this page up to date at present. Trying again…")
	tb.holds(`document.documentElement.classList.contains("liveview-failed") && !document.documentElement.classList.contains("liveview-lost")`)
	_ = blocked.Close()
	tb.says("No connection to the server. Trying again…")

	if err := g.start(); err != nil {
		t.Fatal(err)
	}
	tb.says("Connected again.")
	tb.says("")
	tb.live()
	tb.holds(`document.documentElement.className === "dark" && document.documentElement.lang === "de" && document.body.dataset.theme === "b" && document.querySelector("#foreign").kept`)
	if !tb.marked() {
		t.Error("the page was loaded")
	}
	if got := eval[string](tb, "document.title"); got != title {
		t.Errorf("the title is %q, want %q", got, title)
	}
}

// A loss that is short is nothing to be told of, and a page whose view the server refuses
// says that in the end.
func TestNoticeOfShortLossAndOfRefusal(t *testing.T) {
	t.Parallel()
	var refuse atomic.Bool
	v := fragileView()
	v.mount = func(_ *gin.Context, s *liveview.Socket[fragile]) error {
		if s.Connected() && refuse.Load() {
			return errors.New("on purpose")
		}
		return nil
	}
	script := `window.liveview = {noticeAfter: 1000, options: {reloadJitterMin: 1, reloadJitterMax: 2}}`
	l := newLab(t, script, func(r *gin.Engine) { liveview.Handle(r, "/", v) }, func(c *liveview.Config) { c.Layout, c.KeepTime = noticeLayout, -1 })
	tb := newPerson(t).open(l.URL)
	tb.js(noticed)
	for range 2 {
		tb.js(`window.joined = false; addEventListener("phx:page-loading-start", () => { window.joined = true }, {once: true}); liveSocket.socket.conn.close(4000, "cut")`)
		tb.live()
	}
	tb.holds(`liveSocket.isConnected() && said.length === 0`)

	refuse.Store(true)
	tb.expect("refused to join this page 4 times in a row", "unable to join", "view crashed")
	tb.js(`location.reload()`)
	tb.says("This page isn’t kept up to date. Load it again")
	tb.holds(`document.querySelector(".liveview-notice").getAttribute("role") === "status" && document.querySelector(".own").textContent === "own" && !document.querySelector(".own").hidden`)
	refuse.Store(false)
	tb.click(".liveview-notice a")
	tb.live()
	tb.says("")
	tb.holds(`document.querySelector(".own").hidden && !document.documentElement.classList.contains("liveview-refused")`)
}

// noticeLayout has the notice, and an element of its own beside it.
func noticeLayout(c *gin.Context, p liveview.Page) error {
	c.Data(c.Writer.Status(), "text/html; charset=utf-8", []byte(`<!DOCTYPE html><html><head>`+
		string(p.CSRFMeta()+p.LiveTitle())+`<script defer src="/app.js"></script>`+string(p.Scripts())+
		`</head><body>`+string(p.Content()+p.Notice())+`<b class="own" data-liveview-when="lost refused" hidden>own</b></body></html>`))
	return nil
}
