package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/gin-gonic/gin"
	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// leaf, row and shape are a state with enough in it to render anything.
type leaf struct {
	ID   int
	Name string
	On   bool
}

type row struct {
	ID   int
	Name string
	On   bool
	Kids []leaf
	Kid  leaf
}

// Made returns a component whose HTML differs in more than its text: at times a
// browser makes another tree of it than is written.
func (l leaf) Made() liveview.Component {
	name := html.EscapeString(l.Name)
	shapes := []markup{
		markup("<b>" + name + "</b>"),
		markup("<p>" + name + "<div>x</div>tail</p>"),
		markup("<ul><li>a</li><li>" + name + "</li></ul>"),
		markup("<ul><li>" + name + "<li>b</ul>"),
		markup(name),
		markup("<select><option>" + name + "</option><option selected>two</option></select>"),
		markup("<table><tr><td>" + name + "</td></tr></table>"),
		markup("<div class=\"" + name + "\"><i>1</i><s>" + name + "</s></div>"),
		markup("<button type=button>" + name + "<button>x</button>y</button>"),
		"",
	}
	at := l.ID
	if l.On {
		at += 1 + len(l.Name)
	}
	return shapes[at%len(shapes)]
}

func (r row) Made() liveview.Component { return leaf{r.ID, r.Name, r.On}.Made() }

type shape struct {
	Head string
	On   bool
	Rows []row
	Row  row
}

// fixedPage has what is known to be hard: everything in a form, moves of rows
// with state, tables, a part that patches leave alone.
const fixedPage = `{{define "leaf"}}<i>{{.Name}}</i>{{if .On}}<em>{{.ID}}</em>{{end}}{{end}}
{{define "box"}}<div class="box {{if .On}}on{{end}}">{{template "leaf" .}}{{range .Kids | keyed "ID"}}<span>{{template "leaf" .}}</span>{{end}}</div>{{end}}
{{if .On}}<header>{{.Head}}</header>{{else}}<p>no head</p>{{end}}
<ul id="keyed">{{range .Rows | keyed "ID"}}<li id="k{{.ID}}">{{template "box" .}}<input name="i{{.ID}}" value="{{.Name}}"></li>{{else}}<li>none</li>{{end}}</ul>
<ol>{{range $i, $x := .Rows}}<li>{{$i}} {{template "leaf" $x}}{{if $x.On}}<input name="n{{$x.ID}}" value="{{$x.Name}}">{{end}}</li>{{end}}</ol>
<table><tbody>{{range .Rows | keyed "ID"}}<tr><td>{{.Name}}</td>{{if .On}}<td>on</td>{{end}}</tr>{{end}}</tbody></table>
{{if .Row.On}}<section>{{template "box" .Row}}</section>{{end}}
<form id="form"><input name="a" value="{{.Head}}"><textarea name="b">{{if .On}}{{"\n\n"}}{{end}}{{.Head}}</textarea><pre>{{if not .On}}{{"\n"}}{{end}}{{.Head}}</pre>
<select name="c">{{range .Rows}}<option value="{{.ID}}" {{if .On}}selected{{end}}>{{.Name}}</option>{{end}}</select>
<select name="cc"><option>x</option><option>y</option></select>
<select name="label"><option value="1">one ({{.Head}})</option>{{if .On}}<option value="2" selected>two</option>{{end}}</select>
<select name="group"><option>{{.Head}}</option>{{if .On}}<optgroup label="{{.Head}}"><option>x</option><option selected>y</option></optgroup>{{end}}</select>
<select name="m" multiple>{{range .Rows}}<option value="{{.ID}}" {{if .On}}selected{{end}}>{{.Name}}</option>{{end}}</select>
<input type="checkbox" name="d" {{if .On}}checked{{end}}>
<input type="radio" name="r" value="1" {{if .On}}checked{{end}}><input type="radio" name="r" value="2" {{if not .On}}checked{{end}}></form>
<div id="ignored" phx-update="ignore" data-head="{{.Head}}"><p>{{.Head}}</p></div>`

// randomPage makes up a template.
func randomPage(r *rand.Rand) string {
	ids := 0
	attrs := func() string {
		switch r.IntN(8) {
		case 0:
			ids++
			return fmt.Sprintf(` id="e%d"`, ids)
		case 1:
			return ` class="{{.Name}}{{if .On}} on{{end}}"`
		case 2:
			return ` {{if .On}}title="{{.Name}}"{{end}}`
		case 3:
			ids++
			return fmt.Sprintf([]string{` id=e%d`, "\tid=\"e%d\"", ` ID="e%d"`, ` id = "e%d"`, "\nid='e%d'"}[r.IntN(5)], ids)
		}
		return ""
	}
	// choice is a select, with a name where there is one of it.
	choice := func(inRange bool) string {
		name := ""
		if !inRange {
			ids++
			name = fmt.Sprintf(` name="s%d"`, ids)
		}
		return "<select" + name + `><option value="{{.Name}}">one {{.Name}}</option>{{if .On}}<optgroup label="{{.ID}}"><option selected>two</option></optgroup>{{end}}<option>three</option></select>`
	}
	var part func(depth int, kids, inRange bool) string
	part = func(depth int, kids, inRange bool) string {
		var b strings.Builder
		for range 1 + r.IntN(3) {
			if depth == 0 {
				b.WriteString([]string{
					"{{.Name}} ", "<b>{{.ID}}</b>", " text ", "<input value=\"{{.Name}}\">", "<!-- c --><br>",
					"{{component .Made}}", "<div>{{component .Made}}</div>", "{{if .On}}<p>{{.Name}}<div>{{.ID}}</div>{{end}}", choice(inRange),
				}[r.IntN(9)])
				continue
			}
			tag := []string{"div", "p", "span", "section"}[r.IntN(4)]
			if tag == "p" {
				b.WriteString("<p" + rowAttrs(attrs, inRange) + ">{{.Name}}</p>")
				continue
			}
			inner := func(k, ranged bool) string { return part(depth-1, k, ranged) }
			switch n := r.IntN(7); {
			case n == 0:
				b.WriteString("{{if .On}}" + inner(kids, inRange) + "{{else}}" + inner(kids, inRange) + "{{end}}")
			case n == 1:
				b.WriteString("{{if .On}}<" + tag + ">" + inner(kids, inRange) + "</" + tag + ">{{end}}")
			case n == 2 && kids:
				b.WriteString("{{range .Kids | keyed \"ID\"}}<" + tag + ">" + inner(false, true) + "</" + tag + ">{{end}}")
			case n == 3 && kids:
				b.WriteString("{{range .Kids}}" + inner(false, true) + "{{else}}<i>none</i>{{end}}")
			case n == 4 && kids:
				b.WriteString("{{with .Kid}}<" + tag + ">" + inner(false, inRange) + "</" + tag + ">{{end}}")
			case n == 5:
				b.WriteString(`{{template "leaf" .}}`)
			default:
				b.WriteString("<" + tag + rowAttrs(attrs, inRange) + ">" + inner(kids, inRange) + "</" + tag + ">")
			}
		}
		return b.String()
	}
	page := `{{define "leaf"}}<u>{{.Name}}</u>{{if .On}}<s>{{.ID}}</s>{{end}}{{end}}` + "\n"
	page += `<ul>{{range .Rows | keyed "ID"}}<li id="k{{.ID}}">` + part(2, true, true) + `</li>{{end}}</ul>`
	page += `<div>{{range .Rows | keyed "ID"}}` + part(2, true, true) + `{{end}}</div>`
	page += `{{range .Rows}}` + part(1, true, true) + `{{end}}{{with .Row}}` + part(3, true, false) + `{{end}}`
	return page
}

var oddID = regexp.MustCompile(`(?i)^\s+id`)

// rowAttrs leaves out ids in lists, where they would not be unique.
func rowAttrs(attrs func() string, inRange bool) string {
	a := attrs()
	if inRange && oddID.MatchString(a) {
		return ""
	}
	return a
}

// randomShapes returns a sequence of states, each made from the one before.
func randomShapes(seed uint64, steps int) []shape {
	r := rand.New(rand.NewPCG(seed, 1))
	next := 0
	name := func() string { return []string{"", "a", "b<&>\"'", "long name", "日本"}[r.IntN(5)] }
	newLeaf := func() leaf { next++; return leaf{next, name(), r.IntN(2) == 0} }
	kids := func() []leaf {
		var all []leaf
		for range r.IntN(4) {
			all = append(all, newLeaf())
		}
		return all
	}
	newRow := func() row { next++; return row{next, name(), r.IntN(2) == 0, kids(), newLeaf()} }
	s := shape{Head: name(), Row: newRow()}
	for range r.IntN(5) {
		s.Rows = append(s.Rows, newRow())
	}
	all := []shape{s}
	for len(all) < steps {
		s.Rows = slices.Clone(s.Rows)
		for range 1 + r.IntN(3) {
			n := len(s.Rows)
			switch c := r.IntN(9); {
			case c == 0:
				s.Rows = slices.Insert(s.Rows, r.IntN(n+1), newRow())
			case c == 1 && n > 0:
				s.Rows = slices.Delete(s.Rows, 0, 1+r.IntN(n))
			case c == 2:
				r.Shuffle(n, func(i, j int) { s.Rows[i], s.Rows[j] = s.Rows[j], s.Rows[i] })
			case c == 3 && n > 0:
				i := r.IntN(n)
				s.Rows[i].On, s.Rows[i].Name = !s.Rows[i].On, name()
			case c == 4 && n > 0:
				i := r.IntN(n)
				k := slices.Clone(s.Rows[i].Kids)
				r.Shuffle(len(k), func(i, j int) { k[i], k[j] = k[j], k[i] })
				s.Rows[i].Kids = append(k, newLeaf())
			case c == 5 && n > 0:
				s.Rows[r.IntN(n)].Kids = nil
			case c == 6:
				s.Row = newRow()
			case c == 7:
				s.Row.On = !s.Row.On
			case c == 8:
				s.On, s.Head = !s.On, name()
			}
		}
		all = append(all, s)
	}
	return all
}

// driver lets a script change the state, and shows what became of the page:
// its nodes, and the state of its fields.
const driver = `
window.liveview = {hooks: {Driver: {mounted() {
  window.step = (p) => new Promise((resolve) => this.pushEvent("next", p, resolve));
}}}};
window.snapshot = (el) => {
  const id = document.querySelector("[data-phx-main]").id;
  const node = (n) => {
    if (n.nodeType === 3) return n.data;
    if (n.nodeType === 8) return "<!--" + n.data;
    const list = [n.tagName.toLowerCase()];
    for (const a of [...n.attributes].map((a) => a.name + "=" + a.value.replaceAll(id, "ID")).sort()) list.push(" " + a);
    if (n.matches("[name]")) list.push("value " + (n.matches("[type=checkbox], [type=radio]") && !n.checked ? "" : n.value));
    return list.concat([...n.childNodes].map(node));
  };
  return JSON.stringify([...el.childNodes].map(node));
};
window.act = {
  a: (t) => { const el = document.querySelector("[name=a]"); el.focus(); el.value = t },
  b: (t) => { const el = document.querySelector("[name=b]"); el.focus(); el.value = t },
  c: () => { const el = document.querySelector("[name=c]"); el.focus(); if (el.options.length) el.selectedIndex = el.options.length - 1 },
  cc: () => { const el = document.querySelector("[name=cc]"); el.focus(); el.value = "y" },
  d: () => { const el = document.querySelector("[name=d]"); el.focus(); el.click() },
  r: () => { const el = document.querySelector("[name=r][value='2']"); el.focus(); el.click() },
  ignored: (t) => { document.querySelector("#ignored").textContent = t },
};
window.plain = (el) => {
  const node = (n) => n.nodeType === 3 ? n.data : n.nodeType === 8 ? "<!--" + n.data : [n.localName,
    ...[...n.attributes].filter((a) => a.name !== "selected" && !a.name.startsWith("data-phx")).map((a) => " " + a.name + "=" + a.value).sort(), ...[...n.childNodes].map(node)];
  return JSON.stringify([...el.childNodes].map(node));
};
window.stale = "";
window.play = async (sequences, compare) => {
  const seen = [];
  for (const steps of sequences) for (const s of steps) {
    if (s.act) act[s.act](s.text);
    await step({seed: s.seed, step: s.step});
    const main = document.querySelector("[data-phx-main]");
    seen.push(snapshot(main));
    if (!compare || stale) continue;
    const html = await (await fetch(location.pathname + "?seed=" + s.seed + "&step=" + s.step)).text();
    const live = plain(main), fresh = plain(new DOMParser().parseFromString(html, "text/html").querySelector("[data-phx-main]"));
    if (live !== fresh) stale = "seed " + s.seed + ", step " + s.step + "\\n" + live + "\\nand a fresh page is\\n" + fresh;
  }
  return seen;
};`

// playStep is one step of a sequence: what the user does, and then the state.
type playStep struct {
	Act  string `json:"act,omitempty"`
	Text string `json:"text,omitempty"`
	Seed uint64 `json:"seed"`
	Step int    `json:"step"`
}

// goSnapshot is window.snapshot of a page in liveviewtest.
func goSnapshot(v *liveviewtest.View) string {
	var node func(n *html.Node) any
	node = func(n *html.Node) any {
		switch n.Type {
		case html.TextNode:
			return n.Data
		case html.CommentNode:
			return "<!--" + n.Data
		}
		list := []any{n.Data}
		var attrs []string
		for _, a := range n.Attr {
			attrs = append(attrs, a.Key+"="+strings.ReplaceAll(a.Val, v.ID(), "ID"))
		}
		slices.Sort(attrs)
		for _, a := range attrs {
			list = append(list, " "+a)
		}
		if name := attr(n, "name"); name != "" {
			selector := fmt.Sprintf("[name=%q]", name)
			if attr(n, "type") == "radio" {
				selector += fmt.Sprintf("[value=%q]", attr(n, "value"))
			}
			list = append(list, "value "+v.Value(selector))
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			list = append(list, node(c))
		}
		return list
	}
	var all []any
	for c := v.Find("[data-phx-main]").Nodes[0].FirstChild; c != nil; c = c.NextSibling {
		all = append(all, node(c))
	}
	b := &strings.Builder{}
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	_ = e.Encode(all) // strings and lists
	return strings.TrimSpace(b.String())
}

// liveviewtest shows what Chromium with the official client shows, whatever the
// states that follow each other and whatever the user has entered meanwhile.
func TestLiveviewtestIsLikeTheBrowser(t *testing.T) {
	t.Parallel()
	const pages, steps = 12, 6
	sequences := 8
	if *slow {
		sequences = 52
	}
	r := rand.New(rand.NewPCG(11, 12))
	sources := []string{fixedPage}
	for len(sources) < pages {
		sources = append(sources, randomPage(r))
	}
	l := newLab(t, driver, func(r *gin.Engine) {
		for i, source := range sources {
			v := view[shape]{page: liveview.MustParse[shape](source + `<div id="driver" phx-hook="Driver"></div>`)}
			show := func(s *liveview.Socket[shape], seed, step int) {
				all := randomShapes(uint64(seed), steps)
				s.Assign(func(c *shape) { *c = all[step] })
			}
			v.mount = func(c *gin.Context, s *liveview.Socket[shape]) error {
				if seed, err := strconv.Atoi(c.Query("seed")); err == nil {
					step, _ := strconv.Atoi(c.Query("step")) // of our own making
					show(s, seed, step)
				}
				return nil
			}
			v.event = func(s *liveview.Socket[shape], e liveview.Event) error {
				show(s, e.Int("seed"), e.Int("step"))
				return nil
			}
			liveview.Handle(r, fmt.Sprintf("/%d", i), v)
		}
	})
	for i, source := range sources {
		t.Run(fmt.Sprint("page ", i), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(13, uint64(i)))
			var plays [][]playStep
			for k := range sequences {
				var play []playStep
				for step := range steps {
					p := playStep{Seed: uint64(i*sequences + k + 1), Step: step}
					if i == 0 && r.IntN(2) == 0 {
						p.Act = []string{"a", "b", "c", "cc", "d", "r", "ignored"}[r.IntN(7)]
						p.Text = fmt.Sprintf("typed %d", k)
					}
					play = append(play, p)
				}
				plays = append(plays, play)
			}
			compare(t, l, fmt.Sprintf("/%d", i), source, plays, i > 0)
		})
	}
}

// compare plays sequences of steps on a page in Chromium and in liveviewtest. With
// fresh, where nobody enters anything, each state also looks as on a page that
// begins with it.
func compare(t *testing.T, l *lab, path, source string, plays [][]playStep, fresh bool) {
	t.Helper()
	tb := newPerson(t).open(l.URL + path)
	arg, err := json.Marshal(plays)
	if err != nil {
		t.Fatal(err)
	}
	tb.holds("window.step !== undefined")
	want := eval[[]string](tb, fmt.Sprintf("play(%s, %v)", arg, fresh))
	if stale := eval[string](tb, "stale"); stale != "" {
		t.Errorf("the live page is, with %s\nof the template\n%s", stale, source)
	}

	v := liveviewtest.Open(t, l.Config.Handler, path, liveviewtest.Options{Warn: func(string) {}})
	n := 0
	for k, play := range plays {
		for _, p := range play {
			perform(v, p)
			v.Hook("#driver").Push("next", map[string]any{"seed": p.Seed, "step": p.Step})
			if got := goSnapshot(v); got != want[n] {
				at := 0
				for at < min(len(got), len(want[n])) && got[at] == want[n][at] {
					at++
				}
				t.Fatalf("sequence %d, %+v:\nliveviewtest …%.300s\nChromium     …%.300s\nof the template\n%s",
					k, p, got[max(0, at-150):], want[n][max(0, at-150):], source)
			}
			n++
		}
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// perform is window.act in liveviewtest.
func perform(v *liveviewtest.View, p playStep) {
	switch p.Act {
	case "a", "b":
		v.Change("[name="+p.Act+"]", p.Text)
	case "c":
		options := v.Find("[name=c] option")
		if options.Length() == 0 {
			v.Focus("[name=c]")
			return
		}
		v.Change("[name=c]", options.Last().AttrOr("value", ""))
	case "cc":
		v.Change("[name=cc]", "y")
	case "d":
		v.Click("[name=d]")
	case "r":
		v.Click("[name=r][value='2']")
	case "ignored":
		v.Find("#ignored").SetText(p.Text)
	}
}

const everyField = `<button id="b" phx-click="b" phx-value-x="1" value="v">b</button>
<ul><li id="li" phx-click="li" phx-value-y="2">item</li></ul>
<div id="outer" phx-click="outer"><span id="inner">in</span></div>
<input id="box" type="checkbox" phx-click="box" value="bv">
<button id="js" phx-click='[["push",{"event":"pushed","value":{"a":1}}],["set_attr",{"attr":["data-x","y"]}]]'>js</button>
<div id="away" phx-click-away="away"><button id="ab" phx-click="ab">away</button></div>
<input id="key" value="kv" phx-keydown="down" phx-keyup="up" phx-focus="in" phx-blur="out" phx-value-k="3">
<div phx-window-keydown="window" phx-key="Escape"></div>
<form id="f" phx-change="change" phx-submit="save" phx-value-form="7"><input id="t" name="u[t]" value="x"><input name="u[l][]"><textarea id="ta" name="ta">a
b</textarea><input type="hidden" name="h" value="1"><input name="off" disabled value="1">
<select id="s" name="s"><option>one</option><option value="2">two</option></select>
<input id="c1" type="checkbox" name="c[]" value="1"><input id="c2" type="checkbox" name="c[]" value="2" checked>
<label id="l3" for="c3">three</label><input id="c3" type="checkbox" name="c3">
<input id="r1" type="radio" name="r" value="1" checked><input id="r2" type="radio" name="r" value="2">
<input id="own" name="own" phx-change="own"><input name="quiet" phx-no-unused-field value="~*é &amp;+%">
<button id="first" name="go" value="first">save</button><button id="second" name="go" value="second">other</button></form>
<form id="bare" phx-change="bare"><input id="bt" name="bt"></form><input id="outside" name="outside" form="bare" value="o">
<div id="hook" phx-hook="Hooked"></div><p id="n">{{.Count}}</p>`

// What reaches the view is the same, whether a user does it in Chromium or a
// test in liveviewtest.
func TestLiveviewtestSendsWhatTheBrowserSends(t *testing.T) {
	t.Parallel()
	type counted struct{ Count int }
	logs := map[string]*[]string{"/browser": {}, "/here": {}}
	l := newLab(t, `window.liveview = {hooks: {Hooked: {mounted() { window.ask = (p) => this.pushEvent("hooked", p) }}}};`, func(r *gin.Engine) {
		for path, log := range logs {
			v := view[counted]{page: liveview.MustParse[counted](everyField)}
			v.event = func(s *liveview.Socket[counted], e liveview.Event) error {
				var payload any
				if err := json.Unmarshal(e.Payload(), &payload); err != nil {
					return err
				}
				line := fmt.Sprintf("%s %s %v %v", e, e.Name, payload, e.Target())
				values := e.Values()
				names := make([]string, 0, len(values))
				for name := range values {
					names = append(names, name)
				}
				slices.Sort(names)
				for _, name := range names {
					line += fmt.Sprintf(" %s=%q used %v", name, values[name], e.Used(name))
				}
				*log = append(*log, line)
				s.Assign(func(c *counted) { c.Count++ })
				return nil
			}
			liveview.Handle(r, path, v)
		}
	})
	tb := newPerson(t).open(l.URL + "/browser")
	v := liveviewtest.Open(t, l.Config.Handler, "/here")
	click := func(selector string) [2]func() {
		return [2]func(){func() { tb.click(selector) }, func() { v.Click(selector) }}
	}
	enter := func(selector, text string) [2]func() {
		return [2]func(){func() {
			tb.js(fmt.Sprintf(`const el = document.querySelector(%q); el.focus(); el.value = %q; el.dispatchEvent(new InputEvent("input", {bubbles: true}))`, selector, text))
		}, func() { v.Change(selector, text) }}
	}
	key := func(selector, key, code string) [2]func() {
		return [2]func(){func() {
			if selector != "" {
				tb.js(fmt.Sprintf(`document.querySelector(%q).focus()`, selector))
			}
			tb.run(pressed(code))
		}, func() { v.Key(selector, key) }}
	}
	for i, act := range [][2]func(){
		click("#b"), click("#li"), click("#inner"), click("#box"), click("#box"), click("#js"), click("#ab"),
		key("#key", "ArrowLeft", kb.ArrowLeft), key("", "Escape", kb.Escape), click("#b"),
		enter("#t", "Ada & ~*é"), enter("#ta", "one\ntwo"), enter("#s", "2"), click("#c1"), click("#c2"), click("#l3"), click("#r2"),
		enter("#own", "mine"), enter("#bt", "b"), click("#first"), enter("#t", "again"), click("#second"), key("#t", "Enter", "\r"),
		{func() { tb.js(`ask({a: [1, null, "é"], b: {c: true}})`) }, func() {
			v.Hook("#hook").Push("hooked", map[string]any{"a": []any{1, nil, "é"}, "b": map[string]any{"c": true}})
		}},
	} {
		act[1]()
		act[0]()
		tb.holds(`!document.querySelector("[data-phx-ref-src]")`)
		if got, want := eval[string](tb, `document.querySelector("#n").textContent`), v.Text("#n"); got != want {
			t.Errorf("act %d: Chromium sent %s events, liveviewtest %s", i, got, want)
			break
		}
	}
	if got, want := *logs["/here"], *logs["/browser"]; !slices.Equal(got, want) {
		t.Errorf("liveviewtest sent\n%s\nChromium sent\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
