package liveviewtest_test

import (
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

type where struct{ Path, Tab string }

// places are two live pages and a plain one, with links between them.
func places() http.Handler {
	source := `<p id="at">{{.Path}} {{.Tab}}</p>
		<a id="patch" data-phx-link="patch" data-phx-link-state="push" href="?tab=2">tab 2</a>
		<a id="replace" data-phx-link="patch" data-phx-link-state="replace" href="?tab=3">tab 3</a>
		<a id="other" data-phx-link="redirect" data-phx-link-state="push" href="/b">b</a>
		<a id="wrong" data-phx-link="patch" data-phx-link-state="push" href="/b?tab=9">patch to b</a>
		<a id="closed" data-phx-link="redirect" data-phx-link-state="push" href="/closed">closed</a>
		<a id="plain" href="/plain">plain</a><a id="away" href="https://example.org/x">away</a>
		<button id="js" phx-click='[["patch",{"href":"/a?tab=js","replace":false}]]'>js</button><input name="typed">`
	page := func(path string) view[where] {
		v := view[where]{page: liveview.MustParse[where](source)}
		v.params = func(c *gin.Context, s *liveview.Socket[where]) error {
			s.PageTitle(path)
			s.Assign(func(w *where) { *w = where{path, c.Query("tab")} })
			return nil
		}
		return v
	}
	return app(func(r *gin.Engine) {
		liveview.Handle(r, "/a", page("a"))
		liveview.Handle(r, "/b", page("b"))
		guarded := r.Group("/", func(c *gin.Context) { c.Redirect(http.StatusSeeOther, "/plain"); c.Abort() })
		liveview.Handle(guarded, "/closed", page("closed"))
		r.GET("/plain", func(c *gin.Context) {
			c.Data(200, "text/html", []byte(`<title>Plain</title><a href="/a?tab=p">back</a><form action="/a"><input name="tab"><button>Go</button></form>
				<form id="post" method="post" action="/posted"><input name="x" value="1"><button name="y" value="2">Post</button></form>`))
		})
		r.POST("/posted", func(c *gin.Context) { c.Redirect(http.StatusSeeOther, "/a?tab="+c.PostForm("x")+c.PostForm("y")) })
	})
}

func at(t *testing.T, v *liveviewtest.View, url, shows string) {
	t.Helper()
	if got := v.URL().String(); got != url {
		t.Errorf("the page is at %s, want %s", got, url)
	}
	if got := v.Text("#at"); got != shows {
		t.Errorf("the page shows %q, want %q", got, shows)
	}
}

// A patch keeps the view, and live navigation the socket alone; back and forward
// undo and redo either, over reconnects and reloads.
func TestLinks(t *testing.T) {
	v := liveviewtest.Open(t, places(), "/a")
	id := v.ID()
	v.Follow("tab 2")
	v.ExpectPatch("/a?tab=2")
	at(t, v, "/a?tab=2", "a 2")
	v.Follow("#replace")
	at(t, v, "/a?tab=3", "a 3")
	v.Click("#js")
	at(t, v, "/a?tab=js", "a js")
	v.Back()
	at(t, v, "/a?tab=3", "a 3")
	v.Back()
	at(t, v, "/a", "a")
	v.Forward()
	at(t, v, "/a?tab=3", "a 3")
	v.Change("[name=typed]", "mine")
	v.Follow("#other")
	v.ExpectNavigation("/b")
	at(t, v, "/b", "b")
	if v.ID() != id || v.Title() != "App: b" || v.Value("[name=typed]") != "" {
		t.Errorf("after navigation: id %s (was %s), title %q, the field %q", v.ID(), id, v.Title(), v.Value("[name=typed]"))
	}
	v.Back()
	v.ExpectNavigation("/a?tab=3")
	at(t, v, "/a?tab=3", "a 3")
	v.Follow("#wrong") // the server says that it leads to another view
	v.ExpectNavigation("/b?tab=9")
	at(t, v, "/b?tab=9", "b 9")
	v.Reconnect()
	at(t, v, "/b?tab=9", "b 9")
	v.Reload()
	at(t, v, "/b?tab=9", "b 9")
}

// Pages without a live view are part of the way: links and forms lead to them and
// back, and redirects are followed.
func TestPlainPages(t *testing.T) {
	v := liveviewtest.Open(t, places(), "/a")
	v.Follow("#plain")
	if v.Live() || v.Title() != "Plain" || v.URL().String() != "/plain" {
		t.Errorf("the plain page: live %v, title %q, URL %s", v.Live(), v.Title(), v.URL())
	}
	v.Follow("back")
	at(t, v, "/a?tab=p", "a p")
	v.Back()
	v.Submit("form:not(#post)", "tab", "form")
	at(t, v, "/a?tab=form", "a form")
	v.Back()
	v.Submit("#post", "x", "7")
	v.ExpectRedirect("/a?tab=72")
	at(t, v, "/a?tab=72", "a 72")
	v.Follow("#closed")
	v.ExpectNavigation("/closed")
	v.ExpectRedirect("/plain")
	if v.Live() || v.Title() != "Plain" {
		t.Errorf("a guarded page leads to %s, %q", v.URL(), v.Title())
	}
	v.Follow("back")
	v.Follow("#away")
	if v.URL().String() != "https://example.org/x" {
		t.Errorf("the page is at %s, want another site's", v.URL())
	}
}

// A session requests without a page as a browser with the same cookies does.
func TestSessionRequests(t *testing.T) {
	s := liveviewtest.NewSession(t, places())
	if res := s.Get("/plain"); res.StatusCode != 200 {
		t.Errorf("GET /plain: %s", res.Status)
	}
	if res := s.PostForm("/posted", map[string][]string{"x": {"1"}}); res.Request.URL.Path != "/a" {
		t.Errorf("POST /posted ended at %s", res.Request.URL)
	}
	if v := s.Visit("/closed"); v.Live() || v.URL().Path != "/plain" {
		t.Errorf("a closed page leads to %s", v.URL())
	} else {
		v.ExpectRedirect("/plain")
	}
	if len(s.Cookies()) == 0 {
		t.Error("the session has no cookies")
	}
}
