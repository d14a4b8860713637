package e2e

import (
	"fmt"
	"html/template"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// asRendered is a function of JavaScript that returns a view's HTML without
// what the client adds to it.
const asRendered = `window.asRendered = (el) => {
  const copy = el.cloneNode(true);
  for (const e of copy.querySelectorAll("*")) for (const a of [...e.attributes])
    if (/^data-phx-(id|skip|root-id|component|view|ref|session|static|loading|prune|sticky)/.test(a.name)) e.removeAttribute(a.name);
  return copy.innerHTML;
};
window.asFirst = () => fetch(location.href).then((r) => r.text()).then((html) => {
  const doc = new DOMParser().parseFromString(html, "text/html");
  return asRendered(doc.querySelector("[data-phx-main]"));
});`

type hostile struct {
	S     string
	URL   string
	HTML  template.HTML
	Map   map[string]any
	Class string
	On    bool
}

// The page that was joined is the page that was first sent, whatever it holds
// and wherever it stands.
func TestHostileTextInEveryPlace(t *testing.T) {
	t.Parallel()
	const text = `<p title="{{.S}}" class='{{.S}}' data-x={{.S}}>{{.S}}</p>
<a href="{{.URL}}">link</a><a href="/x?q={{.S}}&amp;r={{.URL}}">query</a><img srcset="{{.URL}} 2x" alt="{{.S}}">
<div style="color: {{.S}}; width: {{.Class}}"></div><style>.a { color: {{.S}} }</style>
<script type="application/json">{"x": {{.S}}, "y": {{.Map}}, "z": "{{.S}}"}</script><textarea>{{.S}}</textarea><div onclick="f({{.S}})"></div>
{{.HTML}}<input value="{{.S}}"><!-- gone {{.S}} -->{{if .On}}<b class="{{.Class}}">{{.S}}</b>{{else}}<i>{{.S}}</i>{{end}}
<p id="done">{{.On}}</p><button id="go" phx-click="go" phx-value-v="{{.S}}">go</button>`
	page, places := liveview.MustParse[hostile](text), strings.Count(text, "{{.")
	strs := []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `javascript:alert(1)`, `</textarea><script>alert(1)</script>`,
		`</style><script>alert(1)</script>`, "`${alert(1)}`", `\u003cscript>`, "a\u2028b\u2029c", `expression(alert(1))`, `<!--`, `-->`, `]]>`, `&lt;&amp;&#39;`, "tab\tnew\nline", `é日本🎉`, `java` + "\t" + `script:alert(1)`,
		`{{.S}}`, `%0aheader`, `data:text/html,<script>alert(1)</script>`, `__proto__`, `constructor`,
	}
	i := 0
	v := view[hostile]{page: page}
	state := func() hostile {
		s := strs[i%len(strs)]
		return hostile{S: s, URL: s, HTML: template.HTML("<em>" + template.HTMLEscapeString(s) + "</em>"), Map: map[string]any{s: s, "n": 1}, Class: s, On: i%2 == 0}
	}
	v.mount = func(_ *gin.Context, s *liveview.Socket[hostile]) error {
		s.Assign(func(c *hostile) { *c = state() })
		return nil
	}
	v.event = func(s *liveview.Socket[hostile], e liveview.Event) error {
		if e.Value("v") != strs[i%len(strs)] {
			t.Errorf("phx-value came back as %q, want %q", e.Value("v"), strs[i%len(strs)])
		}
		i++
		s.Assign(func(c *hostile) { *c = state() })
		return nil
	}
	l := newLab(t, asRendered+`window.alert = () => { window.alerted = true };`, func(r *gin.Engine) { liveview.Handle(r, "/", v, liveview.OwnPost) })
	tb := newPerson(t).open(l.URL)
	tb.expect("Content Security Policy", "404", "srcset", "Failed to load")
	for range strs {
		tb.holds(fmt.Sprintf(`document.querySelector("#go").getAttribute("phx-value-v") === %q`, strs[i%len(strs)]))
		live, first := eval[string](tb, `asRendered(document.querySelector("[data-phx-main]"))`), eval[string](tb, `asFirst()`)
		if live != first {
			t.Errorf("with %q the live page is\n%s\nand the first was\n%s", strs[i%len(strs)], live, first)
		}
		on := i%2 == 0
		tb.js(`document.querySelector("#go").click()`)
		tb.holds(fmt.Sprintf(`document.querySelector("#done").textContent === "%v"`, !on))
	}
	if eval[bool](tb, "window.alerted === true") {
		t.Error("a script of the data's ran")
	}
	t.Attr("figure", fmt.Sprintf("%d texts in %d places, live and loaded: no difference, no script ran", len(strs), places))
}

type item struct {
	ID   int
	Name string
	Open bool
}

type list struct{ Items []item }

// Keyed rows are moved, not made anew; whatever the sequence, the live page is
// the one that a fresh visitor gets.
func TestListsOfTheBrowser(t *testing.T) {
	t.Parallel()
	page := liveview.MustParse[list](`{{define "row"}}<b>{{.Name}}</b>{{if .Open}}<em>{{.ID}} is open</em>{{end}}{{end}}
<ul id="keyed">{{range .Items | keyed "ID"}}<li id="k{{.ID}}">{{template "row" .}}</li>{{else}}<li>none</li>{{end}}</ul>
<ol id="plain">{{range $i, $x := .Items}}<li>{{$i}} {{template "row" $x}}</li>{{end}}</ol>
<p id="n">{{len .Items}}</p><button id="go" phx-click="go">go</button>`)
	r := rand.New(rand.NewPCG(7, 7))
	items := []item{{1, "a", false}, {2, "b", true}, {3, "c", false}}
	next := 4
	v := view[list]{page: page}
	v.mount = func(_ *gin.Context, s *liveview.Socket[list]) error {
		s.Assign(func(c *list) { c.Items = append([]item(nil), items...) })
		return nil
	}
	v.event = func(s *liveview.Socket[list], _ liveview.Event) error {
		for range 1 + r.IntN(3) {
			switch n := len(items); r.IntN(6) {
			case 0: // at the front
				items = append([]item{{next, fmt.Sprint("new ", next), false}}, items...)
				next++
			case 1:
				items = append(items, item{next, fmt.Sprint("last ", next), true})
				next++
			case 2:
				if n > 0 {
					i := r.IntN(n)
					items = append(items[:i:i], items[i+1:]...)
				}
			case 3:
				r.Shuffle(n, func(i, j int) { items[i], items[j] = items[j], items[i] })
			case 4:
				if n > 0 {
					i := r.IntN(n)
					items[i].Name += "!"
					items[i].Open = !items[i].Open
				}
			case 5:
				if r.IntN(4) == 0 {
					items = nil
				}
			}
		}
		s.Assign(func(c *list) { c.Items = append([]item(nil), items...) })
		return s.PushEvent("done", nil)
	}
	l := newLab(t, asRendered+`window.done = 0; window.addEventListener("phx:done", () => done++)`, func(r *gin.Engine) { liveview.Handle(r, "/", v, liveview.OwnPost) })
	tb := newPerson(t).open(l.URL)
	for i := range 60 {
		tb.js(`window.nodes = new Map([...document.querySelectorAll("#keyed li[id]")].map((e) => [e.id, e])); document.querySelector("#go").click()`)
		tb.holds(fmt.Sprintf("done === %d", i+1))
		tb.holds(`!document.querySelector("#go").hasAttribute("data-phx-ref-src")`)
		if live, first := eval[string](tb, `asRendered(document.querySelector("[data-phx-main]"))`), eval[string](tb, `asFirst()`); live != first {
			t.Fatalf("step %d: the live page is\n%s\nand a fresh one\n%s", i, live, first)
		}
		if !eval[bool](tb, `[...document.querySelectorAll("#keyed li[id]")].every((e) => !nodes.has(e.id) || nodes.get(e.id) === e)`) {
			t.Errorf("step %d: a row was made anew instead of moved", i)
		}
	}
}

// What hasn't changed isn't sent.
func TestNothingIsSentWhenNothingChanged(t *testing.T) {
	t.Parallel()
	v := view[notes]{page: notesPage}
	v.event = func(s *liveview.Socket[notes], _ liveview.Event) error {
		s.Assign(func(*notes) {})
		return nil
	}
	l := newLab(t, recorder, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	tb := newPerson(t).open(l.URL)
	tb.sent()
	tb.click("#go")
	tb.holds(`!document.querySelector("#go").hasAttribute("data-phx-ref-src")`)
	frames := tb.sent()
	if len(frames) != 1 || !strings.HasSuffix(frames[0], `{"status":"ok","response":{}}]`) {
		t.Errorf("the server sent %q, want one empty reply", frames)
	}
}

// echoed is a page that gives a hook's text back by each way that there is.
type echoed struct{ S string }

// Text of any kind reaches hooks, replies, the title and phx-value as it is, under names that
// JavaScript's objects have too, and changes nothing but what it is meant for.
func TestHostileTextReachesHooks(t *testing.T) {
	t.Parallel()
	v := view[echoed]{page: liveview.MustParse[echoed](`<p id="echo" phx-hook="Echo" phx-value-__proto__="{{.S}}" phx-value-constructor="{{.S}}">{{.S}}</p>`)}
	v.event = func(s *liveview.Socket[echoed], e liveview.Event) error {
		text := e.Value("text")
		s.Assign(func(st *echoed) { st.S = text })
		s.PageTitle(text)
		all := map[string]any{"text": text, "__proto__": map[string]any{"polluted": text}, "constructor": map[string]any{"prototype": map[string]any{"polluted": text}}}
		if err := s.PushEvent("echo", all); err != nil {
			return err
		}
		return s.Reply(all)
	}
	l := newLab(t, `window.alert = () => { window.alerted = true };
		window.liveview = {hooks: {Echo: {mounted() {
			this.handleEvent("echo", (all) => { window.pushed = all.text });
			window.ask = (text) => new Promise((done) => this.pushEvent("echo", JSON.parse(JSON.stringify({text})), (all) => done(all.text)));
		}}}};`, func(r *gin.Engine) { liveview.Handle(r, "/", v, liveview.OwnPost) })
	tb := newPerson(t).open(l.URL)
	texts := []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</title><script>alert(1)</script>`, `__proto__`, `{"__proto__":{"polluted":1}}`,
		"a\u2028b", `'+alert(1)+'`, "${alert(1)}", `\u003cb>`, `[["exec",{"attr":"onclick"}]]`,
	}
	for _, text := range texts {
		if got := eval[string](tb, fmt.Sprintf(`ask(%s)`, strconv.Quote(text))); got != text {
			t.Errorf("the reply to %q is %q", text, got)
		}
		shown := fmt.Sprintf(`document.querySelector("#echo").textContent === %[1]s && window.pushed === %[1]s && document.title === "Lab: " + %[1]s + "!"`, strconv.Quote(text))
		tb.holds(shown)
	}
	if eval[bool](tb, `window.alerted === true`) {
		t.Error("a script of the data's ran")
	}
	polluted := eval[int](tb, `[{}.polluted, [].polluted, (() => {}).polluted, Object.prototype.polluted, ...Object.keys(Object.prototype)].filter(x => x !== undefined).length`)
	if polluted != 0 {
		t.Errorf("%d properties have come to all objects", polluted)
	}
	t.Attr("figure", fmt.Sprintf("%d texts by 5 ways, each as it was: no script ran, %d properties came to all objects", len(texts), polluted))
}
