package e2e

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

type notes struct {
	Text  string
	Items []string
	Ticks int
}

var notesPage = liveview.MustParse[notes](`<p id="id">{{viewID}}</p><p id="connected">{{connected}}</p>
<p id="text">{{.Text}}</p><ul id="items">{{range .Items}}<li>{{.}}</li>{{end}}</ul><p id="ticks">{{.Ticks}}</p>
<div id="hook" phx-hook="Recorder"></div>
<button id="go" phx-click="go" phx-value-what="it">go</button><button id="other" phx-click="other">other</button>`)

const recorder = `
window.got = [];
for (const name of ["a", "b", "mounted"]) window.addEventListener("phx:" + name, (e) => got.push(["window", name, e.detail]));
window.liveview = {hooks: {Recorder: {mounted() {
  this.handleEvent("a", (p) => got.push(["hook", "a", p]));
  window.ask = (name, payload) => new Promise((resolve) => this.pushEvent(name, payload, resolve));
}}}};`

func TestSocketInTheBrowser(t *testing.T) {
	t.Parallel()
	var ended atomic.Int32
	down := make(chan struct{}, 8)
	v := view[notes]{page: notesPage}
	v.mount = func(_ *gin.Context, s *liveview.Socket[notes]) error {
		s.PageTitle("first")
		s.Assign(func(c *notes) { c.Items = []string{"x", "y"} })
		s.TempAssign(func(c *notes) { c.Items = nil })
		s.Repeat(50*time.Millisecond, func() { s.Assign(func(c *notes) { c.Ticks++ }) })
		if _, err := s.Subscribe("news"); err != nil {
			return err
		}
		return s.PushEvent("mounted", map[string]any{"live": s.Connected()})
	}
	v.event = func(s *liveview.Socket[notes], e liveview.Event) error {
		switch e.Name {
		case "go":
			s.PageTitle(`second <b>"&amp;`) // text, whatever it looks like
			s.Assign(func(c *notes) { c.Text = "went for " + e.Value("what") })
			_ = s.PushEvent("a", 1)
			_ = s.PushEvent("b", nil)
			return s.PushEvent("a", []string{"two"})
		case "other":
			return s.SendInfo("info")
		case "ask":
			return s.Reply(map[string]any{"you said": e.Payload()})
		}
		return nil
	}
	v.info = func(s *liveview.Socket[notes], info any) error {
		s.Assign(func(c *notes) { c.Text = info.(string) })
		return nil
	}
	v.shutdown = func(*liveview.Socket[notes]) { ended.Add(1); down <- struct{}{} }
	l := newLab(t, recorder, func(r *gin.Engine) {
		liveview.Handle(r, "/", v)
		r.GET("/publish", func(c *gin.Context) { _ = liveview.AppOf(c).Publish("news", "published by a handler") })
		r.GET("/else", func(c *gin.Context) { c.String(200, "not live") })
	})
	ada := newPerson(t)
	tb := ada.open(l.URL)

	// id and connected, in the first HTML and live.
	raw := eval[string](tb, `fetch("/").then((r) => r.text())`)
	if !strings.Contains(raw, `<p id="connected">false</p>`) || !strings.Contains(raw, "<title data-prefix=\"Lab: \" data-default=\"\" data-suffix=\"!\">Lab: first!</title>") {
		t.Errorf("the first HTML is %s", raw)
	}
	tb.shows("#connected", "true")
	tb.holds(`document.querySelector("#id").textContent === document.querySelector("[data-phx-main]").id`)

	// pushEvent, from mount too.
	tb.holds(`JSON.stringify(got) === '[["window","mounted",{"live":true}]]'`)
	tb.js("got.length = 0")
	tb.click("#go")
	tb.shows("#text", "went for it")
	// The client has an empty object for a null.
	tb.holds(`JSON.stringify(got.filter((g) => g[0] === "window")) === '[["window","a",1],["window","b",{}],["window","a",["two"]]]'`)
	tb.holds(`JSON.stringify(got.filter((g) => g[0] === "hook")) === '[["hook","a",1],["hook","a",["two"]]]'`)
	tb.holds(`document.title === "Lab: second <b>\"&amp;!"`)
	if got := eval[map[string]any](tb, `ask("ask", {a: [1, "b"]})`); got["you said"] == nil {
		t.Errorf("the hook's reply is %v", got)
	}

	// tempAssign: what was rendered stays.
	tb.holds(`[...document.querySelectorAll("#items li")].map((e) => e.textContent).join() === "x,y"`)
	tb.click("#other") // sendInfo
	tb.shows("#text", "info")
	tb.holds(`document.querySelectorAll("#items li").length === 2`)

	// subscribe: published by a plain Gin handler, heard in two tabs.
	second := ada.open(l.URL)
	if res, err := http.Get(l.URL + "/publish"); err != nil || res.Body.Close() != nil {
		t.Fatal(err)
	}
	tb.shows("#text", "published by a handler")
	second.shows("#text", "published by a handler")

	// repeat, and shutdown: by a closed tab, and by going elsewhere.
	tb.holds(`Number(document.querySelector("#ticks").textContent) > 3`)
	second.close()
	<-down
	tb.click("#go")
	tb.js(`location.href = "/else"`)
	<-down
	if n := ended.Load(); n != 2 {
		t.Errorf("Shutdown ran %d times for two views", n)
	}
}

type fields struct{ Seen string }

var fieldsPage = liveview.MustParse[fields](`<form id="f" phx-update="ignore" phx-change="change" phx-submit="submit">
<input id="text" name="user[name]"><input id="type" name="type"><input id="event" name="event" value="evil"><input name="name" value="n"><input id="value" name="value" value="v">
<input type="checkbox" id="c1" name="user[tags][]" value="one"><input type="checkbox" id="c2" name="user[tags][]" value="two">
<input type="radio" id="r1" name="r" value="1"><input type="radio" id="r2" name="r" value="2">
<select id="many" name="many" multiple><option>p</option><option>q</option></select>
<textarea id="area" name="area"></textarea><input type="file"><input type="hidden" name="h" value="hidden">
<button id="submit" name="how" value="button" phx-disable-with="Sending">Send</button></form>
<input id="key" phx-keydown="key" phx-key="Enter" phx-focus="focus" phx-blur="blur"><div phx-window-keyup="window key" phx-key="F2"></div>
<pre id="seen">{{.Seen}}</pre>`)

func TestEventsInTheBrowser(t *testing.T) {
	t.Parallel()
	v := view[fields]{page: fieldsPage}
	v.event = func(s *liveview.Socket[fields], e liveview.Event) error {
		values := e.Values()
		var unused []string
		for name := range values {
			if !e.Used(name) {
				unused = append(unused, name)
			}
		}
		slices.Sort(unused)
		b, _ := json.Marshal(map[string]any{"name": e.Name, "target": e.Target(), "values": values, "unused": len(unused)})
		s.Assign(func(c *fields) { c.Seen = string(b) })
		return nil
	}
	l := newLab(t, "", func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	tb := newPerson(t).open(l.URL)
	seen := func(condition string) {
		t.Helper()
		tb.holds(`(() => { const s = JSON.parse(document.querySelector("#seen").textContent || "{}"), v = s.values || {}; return ` + condition + ` })()`)
	}
	tb.enter("#text", "Ada")
	seen(`s.name === "change" && s.target.join(".") === "user.name" && v["user[name]"].join() === "Ada" && s.unused > 0`)
	seen(`v.type.join() === "" && v.event.join() === "evil" && v.name.join() === "n" && v.value.join() === "v" && v.h.join() === "hidden"`)
	tb.enter("#type", "other")
	seen(`s.name === "change" && s.target.join() === "type" && v.type.join() === "other"`)
	tb.click("#c1")
	seen(`v["user[tags][]"].join() === "one"`)
	tb.click("#c2")
	seen(`v["user[tags][]"].join() === "one,two" && s.target.join(".") === "user.tags"`)
	tb.click("#r2")
	seen(`v.r.join() === "2"`)
	tb.js(`document.querySelectorAll("#many option").forEach((o) => o.selected = true); document.querySelector("#many").dispatchEvent(new Event("input", {bubbles: true}))`)
	seen(`v.many.join() === "p,q"`)
	tb.enter("#area", "two words & <more>=%")
	seen(`v.area.join() === "two words & <more>=%"`)
	tb.click("#submit")
	seen(`s.name === "submit" && v.how.join() === "button" && s.unused === 0 && v["user[name]"].join() === "Ada"`)
	tb.holds(`document.querySelector("#submit").textContent === "Send" && !document.querySelector("#submit").disabled`)

	tb.enter("#key", "x")
	seen(`s.name === "focus"`)
	tb.js(`document.querySelector("#key").dispatchEvent(new KeyboardEvent("keydown", {key: "a", bubbles: true}))`)
	tb.js(`document.querySelector("#key").dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true}))`)
	seen(`s.name === "key" && v.key.join() === "Enter" && v.value.join() === "x"`)
	tb.js(`document.body.dispatchEvent(new KeyboardEvent("keyup", {key: "F2", bubbles: true}))`)
	seen(`s.name === "window key" && v.key.join() === "F2"`)
	tb.js(`document.querySelector("#key").blur()`)
	seen(`s.name === "blur"`)
}
