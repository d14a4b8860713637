package e2e

import (
	"errors"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// pane is the state of a view that stands in others.
type pane struct {
	ID, Name, Text, Note string
	Count                int
	Hidden               bool
	Order                []*liveview.Nested
}

var panePage = liveview.MustParse[pane](`<h2 id="{{.ID}}-count">{{.Count}}</h2><p id="{{.ID}}-note">{{.Note}}</p>
<button id="{{.ID}}-inc" phx-click="inc" phx-disable-with="wait">inc</button>
<button id="{{.ID}}-crash" phx-click="crash">crash</button>
<button id="{{.ID}}-hide" phx-click="hide">hide</button>
<button id="{{.ID}}-turn" phx-click="turn">turn</button>
<button id="{{.ID}}-go" phx-click="go">go</button>
<form id="{{.ID}}-form" phx-change="name" phx-submit="save"><input id="{{.ID}}-name" name="name" value="{{.Name}}"><textarea id="{{.ID}}-text" name="text">{{.Text}}</textarea>
<input id="{{.ID}}-plain" name="plain"></form>
<output id="{{.ID}}-out">{{.Name}}/{{.Text}}</output><i id="{{.ID}}-hook" phx-hook="Who"></i>
{{if not .Hidden}}<ul>{{range .Order}}<li>{{component .}}</li>{{end}}</ul>{{end}}`)

// paneView is a view that counts, crashes, and shows others.
type paneView struct {
	kids  []*liveview.Nested
	fails *atomic.Bool           // its Mount
	block func()                 // what an event "inc" waits for
	ended func(id string, n int) // of Shutdown
}

func (v paneView) Mount(_ *gin.Context, s *liveview.Socket[pane]) error {
	if v.fails != nil && v.fails.Load() {
		return errors.New("on purpose")
	}
	s.Assign(func(p *pane) {
		if p.ID = s.ID(); s.ParentID() == "" && strings.HasPrefix(p.ID, "phx-") {
			p.ID = "main"
		}
		p.Order = v.kids
	})
	return nil
}

func (v paneView) HandleEvent(s *liveview.Socket[pane], e liveview.Event) error {
	s.Assign(func(p *pane) {
		switch e.Name {
		case "inc":
			p.Count++
		case "name", "save":
			p.Name, p.Text = e.Value("name"), e.Value("text")
		case "hide":
			p.Hidden = !p.Hidden
		case "turn":
			turned := make([]*liveview.Nested, 0, len(p.Order))
			for i := range p.Order {
				turned = append(turned, p.Order[len(p.Order)-1-i])
			}
			p.Order = turned
		}
	})
	switch e.Name {
	case "inc":
		if v.block != nil {
			v.block()
		}
		if s.ParentID() != "" {
			return s.SendParent(fmt.Sprintf("%s has %d", s.ID(), s.State().Count))
		}
	case "crash":
		panic("on purpose")
	case "go":
		s.PutFlash("info", "moved by "+s.ID())
		return s.PushRedirect("/other", nil)
	case "who":
		return s.Reply("view " + s.ID())
	}
	return nil
}

func (paneView) HandleInfo(s *liveview.Socket[pane], info any) error {
	s.Assign(func(p *pane) { p.Note = info.(string) })
	return nil
}

func (v paneView) Shutdown(s *liveview.Socket[pane]) {
	if v.ended != nil {
		v.ended(s.ID(), s.State().Count)
	}
}

func (paneView) Render(p pane) liveview.Rendered { return panePage.Render(p) }

// who asks its view, and shows the answer.
const whoHook = `window.liveview = {hooks: {Who: {mounted() { this.pushEvent("who", {}, reply => { this.el.dataset.who = reply }) }}}}`

type movedState struct{}

var movedPage = liveview.MustParse[movedState](`<h1 id="other">other</h1><p id="flash">{{flash "info"}}</p>`)

type movedView struct{}

func (movedView) Render(s movedState) liveview.Rendered { return movedPage.Render(s) }

// Views that are nested three deep join with the page and act by themselves: clicks,
// locks, hooks and forms are theirs, also while their parents are at work.
func TestNestedViews(t *testing.T) {
	t.Parallel()
	var busy chan bool
	l := newLab(t, whoHook, func(r *gin.Engine) {
		c := liveview.Nest("c", paneView{})
		b := liveview.Nest("b", paneView{kids: []*liveview.Nested{c}})
		a := liveview.Nest("a", paneView{kids: []*liveview.Nested{b}, block: func() {
			if busy != nil {
				<-busy
			}
		}})
		liveview.Handle(r, "/", paneView{kids: []*liveview.Nested{a, liveview.Nest("d", paneView{})}})
	})
	tb := newPerson(t).open(l.URL)
	for _, id := range []string{"main", "a", "b", "c", "d"} {
		if id != "main" {
			tb.holds(fmt.Sprintf(`document.querySelector("#%s").classList.contains("phx-connected")`, id))
		}
		tb.holds(fmt.Sprintf(`document.querySelector("#%s-hook").dataset.who.startsWith("view ")`, id))
	}
	if who := eval[string](tb, `document.querySelector("#c-hook").dataset.who`); who != "view c" {
		t.Errorf("the hook in c is answered by %s", who)
	}
	tb.click("#c-inc")
	tb.shows("#c-count", "1")
	tb.shows("#b-note", "c has 1")
	tb.enter("#c-name", "x")
	tb.shows("#c-out", "x/")
	busy = make(chan bool)
	tb.click("#a-inc")
	tb.holds(`document.querySelector("#a-inc").disabled && document.querySelector("#a-inc").classList.contains("phx-click-loading")`)
	tb.click("#c-inc")
	tb.shows("#c-count", "2")
	close(busy)
	tb.shows("#a-count", "1")
	tb.holds(`!document.querySelector("#a-inc").disabled`)
	tb.shows("#main-note", "a has 1")
	tb.click("#main-turn")
	tb.holds(`[...document.querySelectorAll("#main-form ~ ul > li > div")].map(n => n.id).join() === "d,a"`)
	tb.shows("#c-count", "2")
	tb.click("#c-inc")
	tb.shows("#c-count", "3")
	if log := l.log.String(); strings.Contains(log, "ERROR") || strings.Contains(log, "refused") {
		t.Errorf("the log says %s", log)
	}
}

// A nested view that crashes comes back by itself, with the text in its forms; the others
// don't notice. When the page does, all that is in it comes back with the text.
func TestNestedViewsCrash(t *testing.T) {
	t.Parallel()
	l := newLab(t, whoHook, func(r *gin.Engine) {
		b := liveview.Nest("b", paneView{})
		a := liveview.Nest("a", paneView{kids: []*liveview.Nested{b}})
		liveview.Handle(r, "/", paneView{kids: []*liveview.Nested{a, liveview.Nest("d", paneView{})}})
	})
	tb := newPerson(t).open(l.URL)
	tb.mark()
	tb.expect("Failed to push event") // by who crashes
	for _, id := range []string{"a", "b", "d"} {
		tb.click("#" + id + "-inc")
		tb.shows("#"+id+"-count", "1")
		tb.enter("#"+id+"-text", "typed in "+id)
		tb.shows("#"+id+"-out", "/typed in "+id)
	}
	tb.click("#b-crash")
	tb.shows("#b-count", "0")
	tb.shows("#b-out", "/typed in b")
	tb.shows("#a-count", "1")
	tb.shows("#d-count", "1")
	tb.click("#b-inc")
	tb.shows("#b-count", "1")
	tb.click("#a-crash")
	tb.shows("#a-count", "0")
	tb.shows("#a-out", "/typed in a")
	tb.shows("#b-count", "0")
	tb.shows("#b-out", "/typed in b")
	tb.shows("#d-count", "1")
	tb.click("#b-inc")
	tb.shows("#b-count", "1")
	tb.click("#main-crash")
	tb.shows("#d-count", "0")
	for _, id := range []string{"a", "b", "d"} {
		tb.shows("#"+id+"-count", "0")
		tb.shows("#"+id+"-out", "/typed in "+id)
		tb.click("#" + id + "-inc")
		tb.shows("#"+id+"-count", "1")
	}
	if !tb.marked() {
		t.Error("the page was loaded anew")
	}
}

// What the page hides is left, with all that is in it, and comes back when it is shown.
func TestNestedViewsComeAndGo(t *testing.T) {
	t.Parallel()
	ended := make(chan string, 10)
	over := func(id string, _ int) { ended <- id }
	l := newLab(t, whoHook, func(r *gin.Engine) {
		b := liveview.Nest("b", paneView{ended: over})
		a := liveview.Nest("a", paneView{kids: []*liveview.Nested{b}, ended: over})
		liveview.Handle(r, "/", paneView{kids: []*liveview.Nested{a}})
	})
	tb := newPerson(t).open(l.URL)
	for range 3 {
		tb.click("#b-inc")
		tb.shows("#b-count", "1")
		tb.click("#main-hide")
		tb.holds(`!document.querySelector("#a")`)
		<-ended
		<-ended
		tb.click("#main-hide")
		tb.shows("#b-count", "0")
	}
}

// A nested view whose Mount fails leaves the page as it is, and comes when it can.
func TestNestedMountFails(t *testing.T) {
	t.Parallel()
	var fails atomic.Bool
	fails.Store(true)
	l := newLab(t, whoHook, func(r *gin.Engine) {
		liveview.Handle(r, "/", paneView{kids: []*liveview.Nested{liveview.Nest("a", paneView{fails: &fails}), liveview.Nest("d", paneView{})}})
	})
	tb := newPerson(t).open(l.URL)
	tb.mark()
	tb.click("#d-inc")
	tb.shows("#d-count", "1")
	tb.holds(`document.querySelector("#a").classList.contains("phx-error") && document.querySelector("#a").childElementCount === 0`)
	tb.click("#main-inc")
	tb.shows("#main-count", "1")
	fails.Store(false)
	tb.click("#a-inc")
	tb.shows("#a-count", "1")
	tb.shows("#d-count", "1")
	tb.holds(`!document.querySelector("#a").classList.contains("phx-error") && !document.querySelector("[data-phx-main]").classList.contains("phx-error")`)
	if !tb.marked() {
		t.Error("the page was loaded anew")
	}
}

// A nested view moves the page.
func TestNestedViewMovesThePage(t *testing.T) {
	t.Parallel()
	l := newLab(t, whoHook, func(r *gin.Engine) {
		liveview.Handle(r, "/", paneView{kids: []*liveview.Nested{liveview.Nest("a", paneView{})}})
		liveview.Handle(r, "/other", movedView{})
	})
	tb := newPerson(t).open(l.URL)
	tb.mark()
	tb.click("#a-go")
	tb.shows("#other", "other")
	tb.shows("#flash", "moved by a")
	tb.run(chromedp.NavigateBack())
	tb.shows("#a-count", "0")
	tb.click("#a-inc")
	tb.shows("#a-count", "1")
	if !tb.marked() {
		t.Error("the page was loaded anew")
	}
}

// A sticky view stays over live navigation with its state, what was typed and the focus,
// and moves the page itself.
func TestStickyView(t *testing.T) {
	t.Parallel()
	layout := template.Must(template.New("").Parse(`<!DOCTYPE html><html><head>{{.CSRFMeta}}{{.LiveTitle}}<script defer src="/app.js"></script>{{.Scripts}}</head>` +
		`<body>{{.Component .Data}}{{.Content}}</body></html>`))
	for name, test := range map[string]struct{ inLayout, own bool }{
		"in the layout": {true, false}, "in the layout, with a route": {true, true}, "in the pages": {false, false}, "in the pages, with a route": {false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			player := liveview.NewSticky("player", paneView{})
			use := player.Middleware()
			if test.own {
				player = liveview.StickyAt("player", "/player")
			}
			var content liveview.Component
			change := func(*liveview.Config) {}
			if test.inLayout {
				change = func(c *liveview.Config) {
					c.Layout = liveview.LayoutOf(layout, "", func(*gin.Context) any { return player })
				}
			} else {
				content = player
			}
			l := newLab(t, whoHook, func(r *gin.Engine) {
				r.Use(use)
				liveview.Handle(r, "/", linkView{content})
				liveview.Handle(r, "/other", linkView{content})
				if test.own {
					liveview.Handle(r, "/player", paneView{})
				}
			}, change)
			tb := newPerson(t).open(l.URL)
			tb.mark()
			tb.click("#player-inc")
			tb.shows("#player-count", "1")
			tb.run(chromedp.Focus(chromedp.CSS("#player-plain")), pressed("half a wo"))
			tb.js(`window.player = document.querySelector("#player"); document.querySelector("#to").click()`)
			tb.shows("h1", "/other")
			tb.holds(`document.querySelector("#player") === window.player && document.querySelectorAll("#player").length === 1`)
			if test.inLayout { // the client takes one in the page out and puts it in again
				tb.holds(`document.activeElement.id === "player-plain"`)
			}
			tb.holds(`document.querySelector("#player-plain").value === "half a wo"`)
			tb.click("#player-inc")
			tb.shows("#player-count", "2")
			tb.run(chromedp.NavigateBack())
			tb.shows("h1", "/")
			tb.click("#player-go")
			tb.shows("h1", "/other")
			tb.click("#player-inc")
			tb.shows("#player-count", "3")
			tb.click("#crash")
			tb.holds(`document.querySelector("[data-phx-main]").classList.contains("phx-error")`)
			tb.live()
			tb.click("#player-inc")
			tb.shows("#player-count", "4")
			tb.click("#player-crash")
			tb.shows("#player-count", "0")
			tb.click("#player-inc")
			tb.shows("#player-count", "1")
			if !tb.marked() {
				t.Error("the page was loaded anew")
			}
		})
	}
}

type linkState struct {
	Player liveview.Component
	Path   string
}

var linkPage = liveview.MustParse[linkState](`<h1>{{.Path}}</h1><a id="to" {{navigate "/other"}}>other</a><button id="crash" phx-click="crash">crash</button>{{component .Player}}`)

type linkView struct{ player liveview.Component }

func (v linkView) Mount(c *gin.Context, s *liveview.Socket[linkState]) error {
	s.Assign(func(st *linkState) { st.Player, st.Path = v.player, c.FullPath() })
	return nil
}

func (linkView) HandleEvent(*liveview.Socket[linkState], liveview.Event) error { panic("on purpose") }

func (linkView) Render(s linkState) liveview.Rendered { return linkPage.Render(s) }

type portalState struct {
	Kid  *liveview.Nested
	Open bool
}

// The portal stays: where it goes with a view in it, the official client keeps that, and
// doesn't join it anew when the portal comes back.
var portalPage = liveview.MustParse[portalState](`<div id="target"></div><button id="toggle" phx-click="toggle">toggle</button>
<template id="portal" data-phx-portal="#target"><div id="teleported">{{if .Open}}{{component .Kid}}{{end}}</div></template>`)

type portalView struct{ kid *liveview.Nested }

func (v portalView) Mount(_ *gin.Context, s *liveview.Socket[portalState]) error {
	s.Assign(func(st *portalState) { st.Kid = v.kid })
	return nil
}

func (portalView) HandleEvent(s *liveview.Socket[portalState], _ liveview.Event) error {
	s.Assign(func(st *portalState) { st.Open = !st.Open })
	return nil
}

func (portalView) HandleInfo(*liveview.Socket[portalState], any) error { return nil }

func (portalView) Render(s portalState) liveview.Rendered { return portalPage.Render(s) }

type fileState struct{ Names []string }

var filePage = liveview.MustParse[fileState](`<form id="up" phx-change="pick" phx-submit="save">{{with upload "f"}}{{.FileInput}}{{end}}<button id="save">save</button></form><p id="saved">{{range .Names}}{{.}} {{end}}</p>`)

type fileView struct{}

func (fileView) Mount(_ *gin.Context, s *liveview.Socket[fileState]) error {
	return s.AllowUpload("f", liveview.UploadConfig{})
}

func (fileView) HandleEvent(s *liveview.Socket[fileState], e liveview.Event) error {
	if e.Name != "save" {
		return nil
	}
	names, err := liveview.ConsumeUploadedEntries(s, "f", func(path string, entry liveview.UploadEntry) (string, error) {
		content, err := os.ReadFile(path)
		return entry.Name + "=" + string(content), err
	})
	s.Assign(func(st *fileState) { st.Names = names })
	return err
}

func (fileView) Render(s fileState) liveview.Rendered { return filePage.Render(s) }

// A nested view stands in a portal, and takes files.
func TestNestedViewsInPortalsAndWithFiles(t *testing.T) {
	t.Parallel()
	l := newLab(t, whoHook, func(r *gin.Engine) {
		liveview.Handle(r, "/", portalView{liveview.Nest("a", paneView{})})
		liveview.Handle(r, "/files", paneView{kids: []*liveview.Nested{liveview.Nest("files", fileView{})}})
	})
	tb := newPerson(t).open(l.URL)
	for range 2 {
		tb.click("#toggle")
		tb.holds(`document.querySelector("#target #a.phx-connected") !== null`)
		tb.click("#a-inc")
		tb.shows("#a-count", "1")
		tb.click("#toggle")
		tb.holds(`document.querySelector("#a") === null`)
	}
	tb = newPerson(t).open(l.URL + "/files")
	file := filepath.Join(t.TempDir(), "note.txt")
	if err := os.WriteFile(file, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	tb.pick([]string{file})
	tb.holds(`document.querySelector("#files [data-phx-active-refs]").dataset.phxActiveRefs !== ""`)
	tb.click("#save")
	tb.shows("#saved", "note.txt=hello")
}
