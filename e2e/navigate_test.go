package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// at waits until the address bar shows a path.
func (tb *tab) at(path string) {
	tb.t.Helper()
	tb.holds(fmt.Sprintf(`location.pathname + location.search + location.hash === %q`, path))
}

// List and details move over one socket: patches, live navigation, back and
// forward, titles, one document.
func TestGalleryCatalog(t *testing.T) {
	t.Parallel()
	site := gallery(t)
	tb := newPerson(t).open(site + "/catalog")
	tb.mark()
	tb.click("#by-height")
	tb.at("/catalog?sort=height")
	tb.shows("#trees li:first-child strong", "Douglas fir")
	tb.enter("[name=q]", "fir")
	tb.at("/catalog?q=fir&sort=height")
	tb.holds(`document.querySelectorAll("#trees li").length === 2`)
	if q := eval[string](tb, `document.activeElement.name + document.activeElement.value`); q != "qfir" {
		t.Errorf("the field that is typed in lost focus or text: %q", q)
	}
	if dir := os.Getenv("SCREENSHOTS"); dir != "" {
		tb.screenshot(filepath.Join(dir, "catalog.png"))
	}
	// The menu and the breadcrumbs are of the page that is shown.
	around := func(kind, crumbs string) {
		t.Helper()
		tb.shows("#kinds [aria-current]", kind)
		tb.shows("#crumbs", crumbs)
		tb.holds(`document.querySelectorAll("#kinds [aria-current]").length === 1`)
	}
	around("all kinds", "Trees")
	tb.click("#tree-5 a")
	tb.at("/catalog/5")
	tb.shows("h1", "Douglas fir")
	around("conifer", "Trees › conifer › Douglas fir")
	tb.holds(`document.title === "Douglas fir · liveview"`)
	tb.click("#next")
	tb.at("/catalog/6")
	tb.shows("h1", "Elm")
	around("broadleaf", "Trees › broadleaf › Elm")
	tb.run(chromedp.NavigateBack())
	tb.at("/catalog/5")
	tb.shows("h1", "Douglas fir")
	around("conifer", "Trees › conifer › Douglas fir")
	tb.run(chromedp.NavigateBack())
	tb.at("/catalog?q=fir&sort=height")
	around("all kinds", "Trees")
	tb.holds(`document.querySelectorAll("#trees li").length === 2 && document.title === "Trees · liveview"`)
	tb.run(chromedp.NavigateForward())
	tb.at("/catalog/5")
	tb.shows("h1", "Douglas fir")
	tb.click("#report")
	tb.at("/catalog")
	tb.shows(".flash.info", "You have seen a Douglas fir. ×")
	tb.click("#by-seen") // a link of the user's takes the flash away
	tb.at("/catalog?sort=seen")
	tb.holds(`document.querySelector("#trees li:first-child strong").textContent === "Douglas fir" && !document.querySelector(".flash")`)
	tb.click("#kinds a:nth-of-type(3)")
	tb.at("/catalog?kind=conifer")
	around("conifer", "Trees › conifer")
	if !tb.marked() || tb.loaded() != 1 {
		t.Errorf("%d documents were loaded, want one", tb.loaded())
	}
	// The URL alone brings back what was chosen.
	tb = newPerson(t).open(site + "/catalog?kind=conifer&q=y")
	tb.holds(`document.querySelectorAll("#trees li").length === 1 && document.querySelector("select").value === "conifer"`)
}

// What a person does with an account: guarded page, wrong password, log-in,
// log-out here and in the other tab.
func TestGalleryAccount(t *testing.T) {
	t.Parallel()
	site := gallery(t)
	p := newPerson(t)
	tb := p.visit(site + "/account")
	tb.live()
	tb.at("/login")
	tb.shows(".flash.error", "Please log in first. ×")
	if dir := os.Getenv("SCREENSHOTS"); dir != "" {
		tb.screenshot(filepath.Join(dir, "login.png"))
	}
	tb.click(".flash button")
	tb.holds(`!document.querySelector(".flash")`)
	logIn := func(tb *tab, name, password string) {
		t.Helper()
		tb.enter("#name", name)
		tb.enter("#password", password)
		tb.click("#login button")
	}
	logIn(tb, "ann", "guess")
	tb.shows(".flash.error", "Name and password don't match. ×")
	tb.expect("WebSocket") // which ends with the log-in
	before := eval[string](tb, `document.querySelector("[data-phx-main]").id`)
	logIn(tb, "ann", "open sesame")
	tb.at("/account")
	tb.live()
	tb.shows("h1", "ann")
	tb.shows(".flash.info", "Welcome, ann. ×")
	if after := eval[string](tb, `document.querySelector("[data-phx-main]").id`); after == before {
		t.Error("the page after the log-in is the one from before")
	}
	tb.enter("#note-text", "water the larch")
	tb.click("#note button")
	tb.shows(".flash.info", "Saved. ×")
	if dir := os.Getenv("SCREENSHOTS"); dir != "" {
		tb.screenshot(filepath.Join(dir, "account.png"))
	}

	other := p.open(site + "/account")
	other.expect("WebSocket", "unauthorized")
	other.holds(`document.querySelector("#note-text").value === "water the larch"`)
	tb.click("#logout")
	tb.at("/login")
	tb.shows(".flash.info", "You are logged out. ×")
	began := time.Now()
	other.at("/login")
	t.Attr("figure", fmt.Sprintf("the other tab shows the log-in %v later", time.Since(began)))
	other.shows("h1", "Log in")

	// Everywhere: another browser of the same user's.
	phone := newPerson(t).visit(site + "/login")
	phone.live()
	phone.expect("WebSocket", "unauthorized")
	logIn(phone, "ann", "open sesame")
	phone.at("/account")
	phone.live()
	tb.live()
	logIn(tb, "ann", "open sesame")
	tb.at("/account")
	tb.live()
	tb.click("#everywhere")
	tb.at("/login")
	phone.at("/login")
	phone.run(chromedp.Navigate(site + "/account"))
	phone.at("/login")
}

// moves is the state of the pages of TestMoves.
type moves struct{ Name, Query string }

type movesView struct{ name string }

func (v movesView) Mount(c *gin.Context, s *liveview.Socket[moves]) error {
	if v.name != "untitled" {
		s.PageTitle(v.name)
	}
	if v.name == "ping" || v.name == "pong" {
		if !s.Connected() {
			return nil
		}
		return s.PushRedirect(map[string]string{"ping": "/pong", "pong": "/ping"}[v.name], nil)
	}
	return nil
}

func (v movesView) HandleParams(c *gin.Context, s *liveview.Socket[moves]) error {
	s.Assign(func(m *moves) { m.Name, m.Query = v.name, c.Query("q") })
	return nil
}

func (v movesView) HandleEvent(s *liveview.Socket[moves], e liveview.Event) error {
	s.PutFlash("info", "<i>by "+e.Name+"</i>")
	switch e.Name {
	case "patch":
		return s.PushPatch("/a", map[string][]string{"q": {"ü &<"}})
	case "replace":
		return s.PushPatch("/a?q=replaced", nil, liveview.HistoryReplace)
	case "live":
		return s.PushRedirect("/b", nil)
	case "load":
		return s.Redirect("/b")
	case "plain":
		return s.Redirect("/plain")
	case "missing":
		return s.PushRedirect("/missing", nil)
	case "other session":
		return s.PushRedirect("/other", nil)
	case "loop":
		return s.PushRedirect("/ping", nil)
	case "hash":
		return s.PushPatch("/a?q=hash#far", nil)
	}
	return nil
}

var movesPage = liveview.MustParseSource[moves](liveview.Source{
	Funcs: map[string]any{"list": func(s ...string) []string { return s }},
	Text: `<h1>{{.Name}}</h1><p id="q">{{.Query}}</p><p id="info">{{flash "info"}}</p>
<a id="patch-link" {{patch "/a" "q" "link"}}>patch</a><a id="replace-link" {{patch "/a" "q" "replaced link" | replace}}>patch</a>
<a id="navigate-link" {{navigate "/b"}}>navigate</a><a id="plain-link" {{navigate "/plain"}}>not live</a><a id="missing-link" {{navigate "/missing"}}>not there</a>
<a id="other-link" {{navigate "/other"}}>other session</a><a id="untitled-link" {{navigate "/untitled"}}>no title</a>
{{range $e := list "patch" "replace" "live" "load" "plain" "missing" "other session" "loop" "hash" "stay"}}<button id="{{$e}}" phx-click="{{$e}}">{{$e}}</button>{{end}}
<button id="clear" phx-click="lv:clear-flash">clear</button><div class="tall"></div><p id="far">far</p>`,
})

func (movesView) Render(m moves) liveview.Rendered { return movesPage.Render(m) }

func movesLab(t *testing.T) *lab {
	return newLab(t, "", func(r *gin.Engine) {
		for _, name := range []string{"a", "b", "ping", "pong", "untitled"} {
			liveview.Handle(r, "/"+name, movesView{name})
		}
		liveview.Handle(r.Group("", liveview.LiveSession("other")), "/other", movesView{"other"})
		r.GET("/plain", func(c *gin.Context) {
			c.Header("Content-Type", "text/html; charset=utf-8")
			var info string
			for _, m := range liveview.Flash(c) {
				if m.Kind == "info" {
					info += m.Text
				}
			}
			c.String(http.StatusOK, `<title>plain</title><h1>plain</h1><p id="info">%s</p><a href="/a">back</a>`,
				strings.ReplaceAll(info, "<", "&lt;"))
		})
	})
}

// Each kind of move by the server: where it comes out, whether the document
// was loaded anew, and that the flash comes along, once, as text.
func TestMovesOfTheServer(t *testing.T) {
	t.Parallel()
	l := movesLab(t)
	for _, test := range []struct {
		event, at, h1, info string
		loads               bool
	}{
		{"stay", "/a", "a", "<i>by stay</i>", false},
		{"patch", "/a?q=%C3%BC+%26%3C", "a", "<i>by patch</i>", false},
		{"replace", "/a?q=replaced", "a", "<i>by replace</i>", false},
		{"live", "/b", "b", "<i>by live</i>", false},
		{"load", "/b", "b", "<i>by load</i>", true},
		{"plain", "/plain", "plain", "<i>by plain</i>", true},
		{"other session", "/other", "other", "<i>by other session</i>", true},
	} {
		t.Run(test.event, func(t *testing.T) {
			t.Parallel()
			var tb *tab
			var entries int
			for try := 1; ; try++ {
				tb = newPerson(t).open(l.URL + "/a")
				tb.expect("unauthorized", "WebSocket")
				tb.mark()
				entries = eval[int](tb, `history.length`)
				tb.js(fmt.Sprintf(`document.getElementById(%q).click()`, test.event))
				tb.at(test.at)
				tb.shows("h1", test.h1)
				// The client writes the flash's cookie just before it has the page
				// loaded, and Chromium now and then asks for the page before it has
				// stored the cookie.
				if !test.loads || try == 3 || eval[string](tb, `document.querySelector("#info").textContent`) != "" {
					break
				}
			}
			tb.shows("#info", test.info)
			if test.h1 != "plain" {
				tb.live()
				tb.shows("#info", test.info)
				tb.holds(fmt.Sprintf(`document.title === "Lab: %s!"`, test.h1))
			}
			if tb.marked() == test.loads {
				t.Errorf("the document was loaded anew: %v, want %v", !tb.marked(), test.loads)
			}
			wantEntries := entries + 1
			if test.event == "stay" || test.event == "replace" {
				wantEntries = entries
			}
			if n := eval[int](tb, `history.length`); n != wantEntries {
				t.Errorf("the history has %d entries, want %d", n, wantEntries)
			}
			if eval[bool](tb, `document.cookie.includes("__phoenix_flash__")`) {
				t.Error("the flash's cookie is still there")
			}
			if test.event != "stay" && test.event != "replace" {
				tb.run(chromedp.NavigateBack())
				tb.at("/a")
				tb.shows("h1", "a")
				tb.live()
				tb.shows("#info", "")
			}
		})
	}
}

// A page without a title doesn't keep that of the page before it, and back again
// the other has its own.
func TestTitleOfAPageWithoutOne(t *testing.T) {
	t.Parallel()
	tb := newPerson(t).open(movesLab(t).URL + "/a")
	tb.mark()
	tb.holds(`document.title === "Lab: a!"`)
	tb.click("#untitled-link")
	tb.shows("h1", "untitled")
	tb.holds(`document.title === "Lab: !"`)
	tb.run(chromedp.NavigateBack())
	tb.shows("h1", "a")
	tb.holds(`document.title === "Lab: a!"`)
	if !tb.marked() {
		t.Error("the document was loaded anew")
	}
}

// Links of the user's, back and forward, and a place on the page.
func TestMovesOfTheUser(t *testing.T) {
	t.Parallel()
	l := movesLab(t)
	tb := newPerson(t).open(l.URL + "/a")
	tb.expect("unauthorized", "WebSocket", "404")
	tb.mark()
	tb.js(`document.querySelector(".tall").style.height = "5000px"`)
	tb.click("#stay")
	tb.shows("#info", "<i>by stay</i>")
	tb.click("#clear")
	tb.shows("#info", "")
	tb.click("#patch-link")
	tb.at("/a?q=link")
	tb.shows("#q", "link")
	tb.click("#replace-link")
	tb.at("/a?q=replaced+link")
	tb.run(chromedp.NavigateBack())
	tb.at("/a")
	tb.shows("#q", "")
	tb.click("#hash")
	tb.at("/a?q=hash#far")
	tb.shows("#q", "hash")
	tb.click("#navigate-link")
	tb.at("/b")
	tb.holds(`(p => p._mounts === 1 && p._joins === 2)(liveSocket.main.channel.params().params)`) // of the id's views, and of this one's
	// The answer to a join that was given up comes late.
	tb.js(`liveSocket.socket.onConnMessage({data: JSON.stringify(["0", "0", liveSocket.main.channel.topic, "phx_reply", {status: "ok", response: {}}])})`)
	tb.holds(`liveSocket.main.channel.params().params._joins === 2`)
	tb.shows("h1", "b")
	tb.run(chromedp.NavigateBack())
	tb.shows("h1", "a")
	tb.run(chromedp.NavigateForward())
	tb.shows("h1", "b")
	if !tb.marked() {
		t.Error("the document was loaded anew")
	}
	// A page that isn't live, of another live session, or not there: loads.
	tb.click("#plain-link")
	tb.shows("h1", "plain")
	tb.run(chromedp.NavigateBack())
	tb.live()
	tb.shows("h1", "b")
	tb.click("#other-link")
	tb.shows("h1", "other")
	tb.live()
	tb.run(chromedp.NavigateBack())
	tb.live()
	tb.click("#missing-link")
	tb.holds(`document.body.textContent.includes("404")`)
}

// Two pages that send each other their visitor come to an end.
func TestRedirectLoopInTheBrowser(t *testing.T) {
	t.Parallel()
	l := movesLab(t)
	tb := newPerson(t).open(l.URL + "/a")
	tb.expect("")
	tb.click("#loop")
	eventually(t, "the log tells of a loop", func() error {
		if text := l.log.String(); !strings.Contains(text, "a loop") {
			return errors.New(text)
		}
		return nil
	})
	moves := 0
	for _, f := range tb.sent() {
		moves += strings.Count(f, `"live_redirect":`)
	}
	if moves > 21 {
		t.Errorf("the page was moved %d times, want an end after 20", moves)
	}
	tb.run(chromedp.Navigate(l.URL + "/a"))
	tb.live()
	tb.shows("h1", "a")
}
