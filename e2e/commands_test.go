package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/chromedp/chromedp"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/js"
)

type commandState struct {
	Log  []string
	N    int
	Evil string
	Cmd  js.Command
}

// Written is a component that does what templ makes of phx-click={ c.String() }.
func (st commandState) Written() liveview.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, `<button id="written" phx-click="`+templ.EscapeString(js.ToggleClass("#box", "written").Push("written", js.Value{"q": `"]<`}).String())+`">w</button>`)
		return err
	})
}

// nestedInner is a view within the page that has a live component.
type nestedInner struct{ Got string }

var markedPage = liveview.MustParse[nestedInner](`<p id="inner-got">{{.Got}}</p><button id="inner-go" phx-click="go">x</button><p class="mark">y</p>`)

var markedView = liveview.ViewFuncs[nestedInner]{Template: markedPage, Events: liveview.Events[nestedInner]{
	"go": func(s *liveview.Socket[nestedInner], _ liveview.Event) error {
		s.PushJS(js.AddClass(".mark", "marked", js.Inner).Push("back"))
		return nil
	},
	"back": func(s *liveview.Socket[nestedInner], e liveview.Event) error {
		s.Assign(func(st *nestedInner) { st.Got = "back by " + e.Type })
		return nil
	},
}}

type commandPart struct{ Got string }

type commandPartView struct{}

var commandPartPage = liveview.MustParse[commandPart](`<section id="part"><button id="part-go" phx-click="go" phx-target="{{myself}}" phx-value-id="{{signed "id" "7"}}">x</button><i>{{.Got}}</i></section>`)

func (commandPartView) Render(c commandPart) liveview.Rendered { return commandPartPage.Render(c) }

func (commandPartView) Update(*liveview.Socket[commandPart], struct{}) error { return nil }

func (commandPartView) HandleEvent(s *liveview.Socket[commandPart], e liveview.Event) error {
	if e.Name == "go" {
		id, ok := e.Signed("id")
		s.PushJS(js.SetAttr(js.Self, "data-id", fmt.Sprint(id, ok)).Push("back", js.Target(s.Myself())))
		return nil
	}
	s.Assign(func(c *commandPart) { c.Got = e.Name })
	return nil
}

var (
	commandPartKind = liveview.NewLive[commandPart, struct{}](commandPartView{})
	commandPage     = liveview.MustParseSource[commandState](liveview.Source{Live: map[string]liveview.AnyLive{"part": commandPartKind}, Text: `<main>
<div id="box" hidden title="old"><a id="first" href="#">f</a></div>
<button id="show" phx-click="{{js.Show "#box" (js.With "fade" "from" "to") (js.Time 200) (js.Display "flex")}}">s</button>
<button id="hide" phx-click='{{js.Hide "#box"}}'>h</button>
<button id="toggle" phx-click={{js.Toggle "#box"}}>t</button>
<button id="classes" phx-click="{{((js.AddClass "#box" "a b").RemoveClass "#box" "b").ToggleClass "#box" "c"}}">c</button>
<button id="attrs" phx-click="{{(((js.SetAttr "#box" "data-x" "1").RemoveAttr "#box" "title").ToggleAttr "#box" "data-y" "on").ToggleAttr "#box" "aria-expanded" "true" (js.Else "false")}}">a</button>
<ul><li id="li"><button id="rel" phx-click="{{(js.AddClass "li" "near" js.Closest).AddClass "b" "within" js.Inner}}"><b id="inb">x</b></button></li></ul>
<button id="dispatch" phx-click="{{js.Dispatch "#box" "my:event" (js.Detail "n" .N)}}">d</button>
<button id="exec" data-js-do="{{js.AddClass "#box" "done"}}" phx-click="{{js.Exec js.Self "data-js-do"}}">e</button>
<button id="focus" phx-click="{{(js.PushFocus js.Self).Focus "#field"}}">f</button>
<button id="unfocus" phx-click="{{js.PopFocus}}">u</button>
<button id="focus-first" phx-click="{{js.FocusFirst "#box"}}">ff</button>
<button id="patch" phx-click="{{js.Patch "/?p=1"}}">p</button>
<button id="push" phx-value-a="1" phx-click="{{js.Push "pushed" (js.Value "b" .Evil "c" 2)}}">p</button>
<button id="state" phx-click="{{.Cmd}}">x</button>
<button id="evil" phx-click="{{.Evil}}">x</button>
<button id="server" phx-click="server">x</button>
<details id="details" {{ignoreAttributes "open"}}><summary>s</summary>{{.N}}</details>
<form phx-submit="save" id="form"><input id="field" name="f"></form>
<button id="confirm" data-confirm="Really?" phx-click="deleted">x</button>
<div phx-click="outer"><button id="shadow" data-confirm="Shadow?"><b>x</b></button></div>
<form id="asked-form" data-confirm="Send?" phx-submit="sent"><input name="t" value="v" id="asked-field"><button id="asked-submit">s</button></form>
<a id="asked-link" {{patch "/?p=2"}} data-confirm="Go?">x</a>
<a id="method" href="/items/3" data-method="delete" data-confirm="Drop?">x</a>
<i phx-window-keydown="key" phx-key="k"></i><i phx-window-keydown="shortcut" data-shortcut="ctrl+k"></i><i phx-window-keydown="rests" data-shortcut="g j shift+g"></i>
<pre id="log">{{range .Log}}{{.}}
{{end}}</pre>
{{component .Written}}{{part 1}}</main>`})
)

// What JS commands do to a page, written in a template, by a component, and by the server;
// and data-confirm, data-method and shortcuts, which are our own.
func TestCommands(t *testing.T) {
	t.Parallel()
	v := view[commandState]{page: commandPage}
	v.mount = func(_ *gin.Context, s *liveview.Socket[commandState]) error {
		s.Assign(func(st *commandState) {
			st.Evil, st.Cmd = `[["add_class",{"names":["evil"],"to":"#box"}]]`, js.AddClass("#box", "by-state")
		})
		return nil
	}
	v.event = func(s *liveview.Socket[commandState], e liveview.Event) error {
		if e.Name == "server" {
			s.PushJS(js.AddClass("#box", "by-server").Push("again"))
		}
		s.Assign(func(st *commandState) {
			st.N++
			values := e.Values()
			var all []string
			for name := range values {
				all = append(all, name+"="+values.Get(name))
			}
			slices.Sort(all)
			st.Log = append(slices.Clip(st.Log), strings.TrimSpace(e.Name+" "+strings.Join(all, " ")))
		})
		return nil
	}
	got := make(chan string, 1)
	l := newLab(t, `document.addEventListener("phx:show-end", () => { window.shown = true }, true); window.asked = []; window.answer = false; window.confirm = m => { asked.push(m); return answer };
		window.addEventListener("my:event", e => { window.heard = e.detail.n + e.detail.dispatcher.id });
		window.key = (key, more, on) => { const e = new KeyboardEvent("keydown", Object.assign({key, bubbles: true, cancelable: true}, more)); (on || document.body).dispatchEvent(e); return e.defaultPrevented };
		window.box = () => document.getElementById("box"); window.press = id => document.getElementById(id).click();
		window.log = () => document.getElementById("log").textContent;`,
		func(r *gin.Engine) {
			liveview.Handle(r, "/", v)
			liveview.Handle(r, "/inner", markedView)
			r.DELETE("/items/:id", func(c *gin.Context) {
				got <- c.Request.Method + c.Param("id") + fmt.Sprint(c.PostForm("_csrf_token") != "")
				c.Data(http.StatusOK, "text/html", []byte("<p id=gone>gone</p>"))
			})
		})
	l.Config.Handler = liveview.MethodOverride(l.Config.Handler)
	defer func() {
		if t.Failed() {
			t.Log(l.log.String())
		}
	}()
	tb := newPerson(t).open(l.URL)
	do := func(id, condition string) {
		t.Helper()
		tb.js(fmt.Sprintf("press(%q)", id))
		tb.holds(condition)
	}
	visible := `getComputedStyle(box()).display`
	defer func() {
		if t.Failed() {
			t.Log(eval[string](tb, `JSON.stringify([box().outerHTML, window.shown, box().className, getComputedStyle(box()).display, document.querySelector("[data-phx-main]").className])`))
		}
	}()
	do("show", visible+` === "flex" && window.shown && !box().className`)
	do("hide", visible+` === "none"`)
	do("toggle", visible+` === "block"`)
	do("classes", `box().className.trim() === "a c"`)
	do("attrs", `box().dataset.x === "1" && !box().title && box().dataset.y === "on" && box().getAttribute("aria-expanded") === "true"`)
	do("attrs", `!("y" in box().dataset) && box().getAttribute("aria-expanded") === "false"`)
	do("rel", `document.querySelector("#li.near") && document.querySelector("#inb.within") !== null`)
	do("dispatch", `window.heard === "0dispatch"`)
	do("exec", `box().classList.contains("done")`)
	tb.js(`document.getElementById("focus").focus()`)
	do("focus", `document.activeElement.id === "field"`)
	do("unfocus", `document.activeElement.id === "focus"`)
	do("focus-first", `document.activeElement.id === "first"`)
	do("patch", `location.search === "?p=1"`)
	do("push", `log().includes('pushed a=1 b=[["add_class",{"names":["evil"],"to":"#box"}]] c=2')`)
	do("state", `box().classList.contains("by-state")`)
	do("evil", `log().includes("#ZgotmplZ")`)
	do("written", `log().includes('written q="]<') && box().classList.contains("written")`)
	do("server", `log().includes("again") && box().classList.contains("by-server")`)
	do("part-go", `document.querySelector("#part i").textContent === "back" && document.getElementById("part").dataset.id === "7true"`)
	if eval[bool](tb, `box().classList.contains("evil")`) {
		t.Error("data was run as a command")
	}

	tb.js(`document.getElementById("details").open = true; press("push")`)
	tb.holds(`log().split("pushed").length === 3 && document.getElementById("details").open`)

	// Asked: no, and then yes.
	for _, ask := range []struct{ press, question, then string }{
		{`press("confirm")`, "Really?", `log().includes("deleted")`},
		{`document.querySelector("#shadow b").click()`, "Shadow?", `log().includes("outer")`},
		{`press("asked-submit")`, "Send?", `log().includes("sent t=v")`},
	} {
		tb.js("answer = false; asked = []; " + ask.press)
		tb.js("answer = true; " + ask.press)
		tb.holds(ask.then)
		if questions := eval[string](tb, "asked.join()"); questions != ask.question+","+ask.question {
			t.Errorf("%s asks %q", ask.press, questions)
		}
	}
	if n := eval[int](tb, `log().split(/deleted|outer|sent/).length - 1`); n != 3 {
		t.Errorf("what was refused was done: %d of 3 in the log", n)
	}
	// The application's own way to ask, which takes its time.
	tb.js(`window.liveview = {confirm: m => new Promise(yes => { window.say = yes })}; press("confirm")`)
	tb.js(`say(true)`)
	tb.holds(`log().split("deleted").length === 3`)
	tb.js(`delete window.liveview.confirm`)

	tb.js(`key("k", {ctrlKey: true, shiftKey: true, repeat: true})`)
	tb.holds(`log().includes("key ctrlKey=true key=k repeat=true shiftKey=true")`)
	tb.js(`key("j", {}, document.getElementById("field")); key("j", {ctrlKey: true}); window.plain = key("x"); window.mine = key("k", {ctrlKey: true}, document.getElementById("field")); key("j")`)
	tb.holds(`log().includes("rests key=j") && log().includes("shortcut ctrlKey=true key=k")`)
	if n := eval[int](tb, `log().split(/rests|shortcut/).length - 1`); n != 2 || eval[bool](tb, "plain") || !eval[bool](tb, "mine") {
		t.Errorf("%d shortcuts were heard, want 2: %s", n, eval[string](tb, "log()"))
	}

	tb.js(`answer = true; press("method")`)
	tb.holds(`document.getElementById("gone") !== null`)
	if how := <-got; how != "DELETE3true" {
		t.Errorf("data-method sent %s", how)
	}
	tb.run(chromedp.Navigate(l.URL + "/inner"))
	tb.live()
	tb.js(`document.getElementById("inner-go").click()`)
	tb.holds(`document.getElementById("inner-got").textContent === "back by hook" && document.querySelector(".mark.marked") !== null`)
}
