package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/internal/htmlscan"
)

// markup is a component whose HTML is all there is to it.
type markup string

func (m markup) Render(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, string(m))
	return err
}

// written is a view that shows HTML as a page of a component, and the next with
// each event.
type written []markup

func (w written) HandleEvent(s *liveview.Socket[int], _ liveview.Event) error {
	s.Assign(func(i *int) { *i = (*i + 1) % len(w) })
	return s.PushEvent("done", nil)
}

func (w written) Render(i int) liveview.Rendered { return liveview.RenderComponent(w[i]) }

// counting counts the events named done, and sends one to the view.
const counting = `window.done = 0; window.addEventListener("phx:done", () => done++);
window.liveview = {hooks: {Next: {mounted() { window.next = () => this.pushEvent("next", {}) }}}};`

const nextHook = `<i id="next" phx-hook="Next"></i>`

type counted struct {
	N    int
	On   bool
	Body string
}

// What isn't changed stays as it was, however its id is written, whatever the
// parser closes before its end, and whichever option is selected, while
// something else on the page changes.
func TestUnchangedElementsStay(t *testing.T) {
	t.Parallel()
	var sources []string
	for _, id := range []string{` id="k"`, ` id='k'`, "\tid=\"k\"", "\nid='k'", ` id=k`, ` ID="k"`, ` id = "k"`, ` a= " id='j'" id="k"`, `/id="k"`, ` id='"k"'`} {
		sources = append(sources, `<h1 id=n>@</h1><p`+id+` class="c">keep</p>`)
	}
	for _, html := range []string{
		`<p id="intro">Intro<div>body</div>tail</p>`, `<a href="#">a<a href="#x">b</a>c</a>`, `<button type="button">a<button>b</button>c</button>`,
		`<li>a<li>b</li>c</li>`, `<dl><dt>a<dd>b</dd>c</dt></dl>`, `<h2>a<h3>b</h3>c</h2>`, `<nobr>a<nobr>b</nobr>c</nobr>`,
		`<table>a<tbody>b<tr>c<td>d</td></tr></tbody></table>`, `<p>a<table><tr><td>b</td></tr></table>c</p>`,
		`<form>a<form>b</form>c</form>`, `<svg><g>a<p>b</p>c</g></svg>`, `<ruby>a<rt>b<rp>c</rp>d</rt></ruby>`, `<div><tr><td>a</td></tr></div>`,
		`<form id="f"><input name="id"></form>`, `<IMG alt="a">`, `<BR>`, `<img alt=x-->`, "\u00a0<p>a</p>", `<command>a</command>`,
	} {
		sources = append(sources, "<h1>@</h1>"+html, "<div><h1>@</h1><b>x</b>"+html+"</div>")
	}
	for _, options := range []string{
		`<option value="1">one @</option><option value="2" selected>two</option>`,
		`<optgroup label="@"><option>one</option></optgroup><optgroup label="b"><option>x</option><option value="2" selected>two</option></optgroup>`,
		`<option>@</option>` + strings.Repeat(`<option>x</option>`, 100) + `<option selected value="7">seven</option>`,
	} {
		sources = append(sources, "<select>"+options+"</select>", "<form><p><b>@</b><select>"+options+"</select></p></form>")
	}
	template := liveview.MustParse[counted](nextHook + `<p>{{.N}}</p><form><select id="s"><option value="1">one ({{.N}})</option>{{if .On}}<option value="2" selected>two</option>{{end}}</select>
<select><option>{{.N}}</option>{{if .On}}<optgroup label="g"><option>x</option><option selected>y</option></optgroup>{{end}}</select></form>
{{if .On}}<p id=unquoted>{{.Body}}</p>{{end}}{{if .On}}<div><p>a<div>b</div></div>{{end}}`)
	l := newLab(t, asRendered+counting+`
window.state = () => JSON.stringify([asRendered(document.querySelector("[data-phx-main]")), [...document.querySelectorAll("select")].map((s) => [s.value, s.selectedIndex])]);
window.fresh = () => fetch(location.href).then((r) => r.text()).then((html) => {
  const doc = new DOMParser().parseFromString(html, "text/html");
  return JSON.stringify([asRendered(doc.querySelector("[data-phx-main]")), [...doc.querySelectorAll("select")].map((s) => [s.value, s.selectedIndex])]);
});`, func(r *gin.Engine) {
		for i, source := range sources {
			liveview.Handle(r, fmt.Sprintf("/%d", i), written{markup(nextHook + strings.ReplaceAll(source, "@", "1")), markup(nextHook + strings.ReplaceAll(source, "@", "2"))})
		}
		v := view[counted]{page: template}
		v.mount = func(_ *gin.Context, s *liveview.Socket[counted]) error {
			s.Assign(func(c *counted) { c.On, c.Body = true, "body" })
			return nil
		}
		v.event = func(s *liveview.Socket[counted], _ liveview.Event) error {
			s.Assign(func(c *counted) { c.N = 1 - c.N })
			return s.PushEvent("done", nil)
		}
		liveview.Handle(r, "/template", v)
	})
	p := newPerson(t)
	p.open(l.URL + "/template") // with the first tab all are closed
	check := func(path, source string) {
		tb := p.open(l.URL + path)
		defer tb.close()
		tb.expect("named", "id", "Multiple")
		for n := 1; n <= 4; n++ {
			tb.holds("window.next !== undefined")
			tb.js("next()")
			tb.holds(fmt.Sprintf("done === %d", n))
		}
		if live, first := eval[string](tb, "state()"), eval[string](tb, "fresh()"); live != first {
			t.Errorf("%s\nthe live page is\n%s\nand a fresh one\n%s", source, live, first)
		}
	}
	check("/template", "a template")
	for i, source := range sources {
		check(fmt.Sprintf("/%d", i), source)
	}
}

// A newline that a text begins with stays, and what is in a textarea with it.
func TestFirstNewlineStays(t *testing.T) {
	t.Parallel()
	page := liveview.MustParse[counted](`<p id="n">{{.N}}</p><form><textarea id="area" name="a">{{.Body}}</textarea></form><pre id="pre">{{.Body}}</pre>` + nextHook)
	v := view[counted]{page: page}
	v.mount = func(_ *gin.Context, s *liveview.Socket[counted]) error {
		s.Assign(func(c *counted) { c.Body = "\n\ntext" })
		return nil
	}
	v.event = func(s *liveview.Socket[counted], _ liveview.Event) error {
		s.Assign(func(c *counted) { c.N++ })
		return s.PushEvent("done", nil)
	}
	l := newLab(t, counting, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	tb := newPerson(t).open(l.URL)
	for n := range 3 {
		tb.holds(fmt.Sprintf(`done === %d && window.next !== undefined`, n))
		for _, what := range []string{`#area").value`, `#pre").textContent`} {
			if got := eval[string](tb, `document.querySelector("`+what); got != "\n\ntext" {
				t.Errorf("after %d changes %s is %q", n, what, got)
			}
		}
		tb.js("next()")
	}
}

// What is said not to be misplaced is where Chromium puts it.
func TestElementsAreWhereChromiumPutsThem(t *testing.T) {
	t.Parallel()
	names := strings.Fields(`a abbr address applet area article aside b base bgsound blockquote br button caption center cite
code col colgroup dd details dialog dir div dl dt em embed fieldset figcaption figure font footer form frame h1 h2 h6
header hgroup hr i iframe image img input keygen label li link listing main marquee menu meta nav nobr noframes noscript object ol optgroup option
p param picture pre rb rp rt rtc ruby script search section select slot source span strike style sub summary table tbody td template textarea
tfoot th thead title tr track u ul var video wbr xmp svg g path foreignObject desc math mi mtext mrow my-element`)
	var sources []string
	var places []bool
	for _, outer := range names {
		for _, inner := range names {
			source := "<" + outer + "><" + inner + ">"
			if !htmlscan.IsVoid(inner) {
				source += "</" + inner + ">"
			}
			source += "</" + outer + ">"
			var s htmlscan.Scanner
			elements, ok := 0, true
			s.Scan([]byte(source), func(tok *htmlscan.Token) bool {
				if tok.Kind == htmlscan.StartTag {
					elements++
				}
				ok = ok && !tok.Misplaced
				return true
			})
			if elements == 2 && !s.Malformed() && s.Depth() == 0 {
				sources, places = append(sources, source), append(places, ok)
			}
		}
	}
	arg, err := json.Marshal(sources)
	if err != nil {
		t.Fatal(err)
	}
	l := newLab(t, "", func(r *gin.Engine) { liveview.Handle(r, "/", written{"<p>x</p>"}) })
	tb := newPerson(t).open(l.URL)
	got := eval[[]bool](tb, `(`+string(arg)+`).map((source) => {
  const t = document.createElement("template");
  t.innerHTML = "<div>" + source + "</div>";
  const [outer, inner] = source.match(/[^<>/]+/g).map((n) => n.toLowerCase());
  const is = (n, name) => n && n.nodeType === 1 && n.localName.toLowerCase() === name && !n.nextSibling && !n.previousSibling;
  const div = t.content.firstChild, a = div.firstChild;
  if (div.nextSibling || !is(a, outer)) return false;
  let b = (a.content || a).firstChild;
  if (outer === "table" && (inner === "tr" || inner === "col")) b = b && b.firstChild;
  return is(b, inner) && !b.firstChild;
})`)
	careful := 0
	for i, ok := range places {
		if ok && !got[i] {
			t.Errorf("%s isn't what Chromium makes of it", sources[i])
		}
		if !ok && got[i] {
			careful++
			t.Logf("%s is said to be misplaced, and isn't in Chromium", sources[i])
		}
	}
	if careful > len(sources)/20 {
		t.Errorf("%d of %d are said to be misplaced and aren't", careful, len(sources))
	}
}

// Parse takes every attribute that the client reads, and refuses every field that
// hides a property which it reads of forms.
func TestParseKnowsTheClient(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile(filepath.Join(npmPackages, "phoenix_live_view", "priv", "static", "phoenix_live_view.esm.js"))
	if err != nil {
		t.Fatal(err)
	}
	constants := map[string]string{}
	for _, m := range regexp.MustCompile(`var (PHX_\w+) = "([a-z-]+)";`).FindAllStringSubmatch(string(source), -1) {
		constants[m[1]] = m[2]
	}
	names := map[string]bool{"keydown": true, "keyup": true, "focus": true, "blur": true, "window-keydown": true, "value-x": true}
	for _, m := range regexp.MustCompile(`binding\((?:"([a-z-]+)"|(PHX_\w+))\)`).FindAllStringSubmatch(string(source), -1) {
		name := m[1] + constants[m[2]]
		if name == "" {
			t.Errorf("of the client's %s nothing is known", m[0])
		}
		names[strings.TrimSuffix(name, "-")] = true
	}
	if len(names) < 25 {
		t.Errorf("only the attributes %v were found in the client", names)
	}
	for name := range names {
		if name == "value" {
			continue
		}
		if _, err := liveview.Parse[counted](`<p id="p" phx-` + name + `="1">x</p>`); err != nil {
			t.Error(err)
		}
	}

	page := liveview.MustParse[counted](`<form id="f" phx-change="c" phx-submit="s" class="{{.N}}"><input id="i" name="a" value="{{.N}}"><button id="b">go</button>
{{if .On}}<input name="new"><i id="x1">1</i><i id="x2">2</i>{{else}}<i id="x2">2</i><i id="x1">1</i>{{end}}</form>
{{if .On}}<form id="g" phx-submit="s"><input name="b"></form><form id="h"></form>{{else}}<form id="h"></form>{{end}}` + nextHook)
	v := view[counted]{page: page}
	v.event = func(s *liveview.Socket[counted], _ liveview.Event) error {
		s.Assign(func(c *counted) { c.N++; c.On = !c.On })
		return s.PushEvent("done", nil)
	}
	l := newLab(t, counting+`
window.read = new Set();
const names = new Set(), mine = HTMLFormElement.prototype;
for (let p = mine; p; p = Object.getPrototypeOf(p)) for (const n of Object.getOwnPropertyNames(p)) names.add(n);
names.delete("__proto__");
for (const n of names) {
  let d, p = mine;
  for (; p && !d; p = Object.getPrototypeOf(p)) d = Object.getOwnPropertyDescriptor(p, n);
  Object.defineProperty(mine, n, {configurable: true,
    get() { read.add(n); return d.get ? d.get.call(this) : d.value },
    set(v) { read.add(n); if (d.set) d.set.call(this, v); else Object.defineProperty(this, n, {value: v, writable: true, configurable: true}) }});
}`, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	tb := newPerson(t).open(l.URL)
	tb.holds("window.next !== undefined")
	for n := range 4 {
		tb.js(`next()`)
		tb.holds(fmt.Sprintf("done >= %d", 2*n+1))
		tb.js(`const i = document.querySelector("#i"); i.focus(); i.value = "typed"; i.dispatchEvent(new InputEvent("input", {bubbles: true}))`)
		tb.holds(fmt.Sprintf("done >= %d", 2*n+2))
	}
	tb.js(`document.querySelector("#b").click()`)
	tb.holds("done >= 9")
	read := eval[[]string](tb, "[...read].sort()")
	if !slices.Contains(read, "getAttribute") {
		t.Errorf("the client read only %q of forms", read)
	}
	for _, name := range read {
		if _, err := liveview.Parse[counted](`<form><input name="` + name + `"></form>`); err == nil {
			t.Errorf("Parse takes a field called %s, which the client reads of forms", name)
		}
	}
}
