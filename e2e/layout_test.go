package e2e

import (
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

const ownScripts = `<script defer src="/live/phoenix.min.js"></script>
<script defer src="/live/phoenix_live_view.min.js"></script>
<script defer src="/start.js"></script>`

const ownStart = `
const token = document.querySelector("meta[name='csrf-token']").content;
window.liveSocket = new LiveView.LiveSocket("/live", Phoenix.Socket, {
  params: {_csrf_token: token},
  hooks: {Shout: {mounted() { this.el.textContent += "!"; }}}
});
liveSocket.connect();
`

// A page starts with the application's own script, its layout's links navigate and its
// form is sent, and a page without a view in the same layout shows nothing amiss.
func TestLayoutWithItsOwnStart(t *testing.T) {
	t.Parallel()
	type state struct{ N int }
	page := func(name string) liveview.ViewFuncs[state] {
		return liveview.ViewFuncs[state]{
			Template: liveview.MustParse[state](`<h1 id="h" phx-hook="Shout">` + name + `</h1><button id="inc" phx-click="inc">{{.N}}</button>`),
			Events: liveview.Events[state]{"inc": func(s *liveview.Socket[state], _ liveview.Event) error {
				s.Assign(func(st *state) { st.N++ })
				return nil
			}},
		}
	}
	layout := template.Must(template.New("layout").Funcs(template.FuncMap{"navigate": liveview.NavigateLink}).Parse(
		`<!DOCTYPE html><html><head>{{.CSRFMeta}}{{.LiveTitle}}{{.Scripts}}</head><body>
<nav><a id="to-b" {{navigate "/b"}}>b</a> <a id="to-plain" href="/plain">plain</a></nav>{{.Content}}
<form method="post" action="/logout"><button id="out">Log out</button></form></body></html>`))
	l := newLab(t, "", func(r *gin.Engine) {
		r.GET("/start.js", func(c *gin.Context) { c.Data(http.StatusOK, "text/javascript", []byte(ownStart)) })
		liveview.Handle(r, "/a", page("A"))
		liveview.Handle(r, "/b", page("B"))
		r.GET("/plain", func(c *gin.Context) {
			if err := liveview.RenderInLayout(c, "Plain", `<h1>Plain</h1>`); err != nil {
				t.Error(err)
			}
		})
		r.POST("/logout", func(c *gin.Context) {
			err := liveview.AppOf(c).Renew(c)
			if err != nil {
				t.Error(err)
			}
			c.Redirect(http.StatusSeeOther, "/plain")
		})
	}, func(c *liveview.Config) {
		c.Scripts = ownScripts
		c.Layout = liveview.LayoutOf(layout, "layout", nil)
	})
	tb := newPerson(t).open(l.URL + "/a")
	tb.expect("WebSocket")
	tb.shows("h1", "A!")
	tb.click("#inc")
	tb.shows("#inc", "1")
	tb.click("#to-b")
	tb.shows("h1", "B!")
	tb.click("#inc")
	tb.shows("#inc", "1")
	if n := tb.loaded(); n != 1 {
		t.Errorf("%d documents were loaded, want 1", n)
	}
	tb.click("#out")
	tb.shows("h1", "Plain")
	tb.at("/plain")
	tb.holds(fmt.Sprintf("document.title === %q", "Lab: Plain!"))
	if log := l.log.String(); strings.Contains(log, "layout") || strings.Contains(log, "ERROR") {
		t.Errorf("the log says %s", log)
	}
}
