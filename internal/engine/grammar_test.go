package engine_test

import (
	"errors"
	"fmt"
	"html/template"
	"strings"
)

// choices draws decisions from bytes; when they run out, the first choice is taken.
type choices struct{ data []byte }

func (c *choices) n(n int) int {
	if len(c.data) == 0 {
		return 0
	}
	b := c.data[0]
	c.data = c.data[1:]
	return int(b) % n
}

func (c *choices) pick(list ...string) string { return list[c.n(len(list))] }

// grammar writes a random template for a page whose every expression has the
// right type, so that what fails, fails while rendering.
type grammar struct {
	*choices
	depth int
	size  int
	vars  int
	defs  strings.Builder
	used  map[string]bool
	inDef bool // no calls in definitions: they would be endless
	// single are the lists that have no numbers for keys.
	single map[string]bool
}

// place is what dot is.
type place struct {
	kind  string   // page, row, user, text, number or any
	loops int      // around it; more than three nested ones take seconds to render
	vars  []string // numbers
}

// texts are expressions that print something, by the kind of dot.
var texts = map[string][]string{
	"page": {
		".Title", ".N", ".F", ".F32", ".U8", ".B", ".Status", ".Money", ".Any", ".HTML", ".URL", ".JS", ".CSS", ".Err", ".Str", ".Total",
		"printf `%s|%v` .Title .N", ".Title | upper", "len .Rows", "len .Title", ".User.Greeting `hi`", ".Ptr.Name", ".Map.a", ".C", ".Names",
		"eq .N 3", "and .B .Title", ".Title | html", ".Users", ".Arr", ".Title | fail", "index .Names 0", ".Fail", ".F | printf `%.1f`", ".User.Boss.Name",
		".JSStr", ".Srcset", ".I8", ".U64", ".Bytes", ".Ptr", ".StrPtr", ".Kinds", ".Rows", ".Self", ".Promoted `x`", ".Reflected .N", "call .Call .Title 1 2", ".Title | js", ".Title | urlquery",
		"slice .Title 0 0", ".Names | len", "or .Ptr .Title", "(.Maybe 1)", ".ErrPtr", ".Formatted", "not .B", "safe .Title", ".User.Pointer", "(index .Names 0)", ".Attr", ".UMap.x.Name", ".Any.K", "print .N .Title",
	},
	"row":    {".ID", ".Name", ".Price", ".Done", ".Tag", ".Key", ".Name | upper", "$.N", "$.Title", "printf `%d-%s` .ID .Name", "len .Name", "gt .ID $.N", "add .ID 1", ".", "$.Ptr.Name", "$.User.Name", "len $.Names", "$.F"},
	"user":   {".Name", ".Age", ".Boss.Name", ".Greeting `x`", "$.Title", ".Email", ".Pointer"},
	"text":   {".", "$.N", "upper .", "len .", "printf `%s!` ."},
	"number": {".", "$.N", "add . 1", "eq . $.N"},
	"any":    {".", "$.Title", "printf `%v` ."},
}

var conditions = map[string][]string{
	"page":   {".B", ".N", "gt .N 3", "eq .Title `x`", "and .B .N", "or .B .Rows", "not .B", ".Rows", ".Any", ".Ptr", ".Title", ".Err", "ne .Status `x`", ".Map", "le .F 2.5", "lt .U8 .N", "len .Rows", ".Users", "and .Ptr .Ptr.Name"},
	"row":    {".Done", "gt .ID 2", "eq .ID $.N", ".Name", "eq .Tag `x`", "and .Done $.B", "$.B", "not .Name", "lt .Price 1.5"},
	"user":   {".Name", ".Boss", "gt .Age 3", "$.B"},
	"text":   {".", "eq . `a`", "$.B"},
	"number": {".", "gt . 1", "$.B"},
	"any":    {".", "$.B"},
}

func (g *grammar) text(cx place) string {
	if len(cx.vars) > 0 && g.n(4) == 0 {
		return "{{" + cx.vars[g.n(len(cx.vars))] + "}}"
	}
	return "{{" + texts[cx.kind][g.n(len(texts[cx.kind]))] + "}}"
}

func (g *grammar) body(cx place) string {
	g.depth++
	defer func() { g.depth-- }()
	var b strings.Builder
	for range 1 + g.n(4) {
		g.size++
		b.WriteString(g.part(&cx))
	}
	return b.String()
}

// list writes the pipeline of a range and returns what dot is in it.
func (g *grammar) list(cx place) (string, string) {
	lists := []struct{ expr, kind string }{
		{".Rows", "row"},
		{".Rows | keyed `ID`", "row"},
		{".Names", "text"},
		{".Visible", "row"},
		{".Users", "user"},
		{".Arr", "number"},
		{".Map", "number"},
		{".Anys", "any"},
		{".IntMap", "text"},
		{"keyed `ID` .Visible", "row"},
		{".UMap", "user"},
		{"3", "number"},
		{".Func", "number"},
		{"list 1 `a` .N", "any"},
		{".FMap", "text"},
		{"index .Deep 0", "row"},
		{".Chan", "text"},
		{".Seq", "row"},
		{".Seq2", "number"},
		{".Keys", "text"},
		{".U8", "number"},
		{".Kinds", "text"},
		{".Slices", "row"},
		{".Self.Names", "any"},
		{"slice .Names 0", "text"},
		{"len .Names", "number"},
		{".Points", "text"},
	}
	// What has no second variable, or one that is no number.
	g.single = map[string]bool{"3": true, ".Func": true, ".FMap": true, ".Map": true, "$.Map": true, ".UMap": true, ".Seq": true, ".Seq2": true, ".Keys": true, ".U8": true, ".Kinds": true, "len .Names": true, ".Points": true}
	outer := []struct{ expr, kind string }{{"$.Rows", "row"}, {"$.Names", "text"}, {"$.Rows | keyed `ID`", "row"}, {"$.Map", "number"}}
	if cx.kind == "page" {
		l := lists[g.n(len(lists))]
		return l.expr, l.kind
	}
	l := outer[g.n(len(outer))]
	return l.expr, l.kind
}

func (g *grammar) part(cx *place) string {
	if g.depth > 5 || g.size > 60 {
		return g.text(*cx)
	}
	in := *cx
	in.vars = in.vars[:len(in.vars):len(in.vars)]
	switch g.n(20) {
	case 0, 1, 2:
		return g.text(*cx)
	case 3:
		return g.pick("<p>a &amp; b</p>", " ", "x", "<br>", "\n", "é\u2028\"\\")
	case 4:
		tag := g.pick("div", "div", "p", "a", "li", "select", "option", "optgroup", "table", "tbody", "tr", "td", "button", "h2", "svg", "form", "section", "dt")
		id := g.pick("", "", ` id="k"`, ` id=k`, "\nid=\"k\"", ` ID="k"`, ` id= 'k'`, ` id="{{$.N}}"`, ` id={{$.N}}`, ` {{if $.B}}id="k" {{end}}`)
		return "<" + tag + id + ">" + g.body(in) + "</" + tag + ">"
	case 5:
		return `<p title="` + g.text(*cx) + g.pick("", "-", "{{if "+conditions[cx.kind][0]+"}}c{{end}}") + `" class='` + g.text(*cx) + `'>` + g.text(*cx) + `</p>`
	case 6:
		return `<a href="` + g.pick("", "/x/", "/?q=", "#") + g.text(*cx) + `">x</a>`
	case 7:
		return g.pick("<i title=", "<i data-x=", "<a href=", "<i class=a-") + g.text(*cx) + g.pick(`></i>`, ` lang="x"></i>`)
	case 8:
		switch g.n(6) {
		case 0:
			return `<script type="application/json">{"x": ` + g.text(*cx) + `, "y": [` + g.text(*cx) + `]}</script>`
		case 1:
			return `<p onclick="f(` + g.text(*cx) + `, '` + g.text(*cx) + `')" phx-click="` + g.text(*cx) + `"></p>`
		case 2:
			return "<script>var t = `" + g.text(*cx) + "`; /* " + g.text(*cx) + " */ r = /" + g.text(*cx) + "/</script>"
		}
		return `<script>var x = ` + g.text(*cx) + `; y = "` + g.text(*cx) + `"</script>`
	case 9:
		switch g.n(6) {
		case 0:
			return `<p style="color: ` + g.text(*cx) + `; background: url('` + g.text(*cx) + `')"></p>`
		case 1:
			return `<img srcset="` + g.text(*cx) + ` 2x, ` + g.text(*cx) + `">`
		case 2:
			return `<title>` + g.text(*cx) + `</title><textarea>` + g.text(*cx) + `{{if ` + conditions[cx.kind][0] + `}}` + g.text(*cx) + `{{end}}</textarea>`
		case 3:
			return `<style>p{content:"` + g.text(*cx) + `"}</style><p {{if ` + conditions[cx.kind][0] + `}}hidden{{end}} data-` + g.text(*cx) + `=x></p>`
		}
		return `<style>p{color:` + g.text(*cx) + `}</style><!-- ` + g.text(*cx) + ` -->`
	case 10, 11, 12:
		s := "{{if " + conditions[cx.kind][g.n(len(conditions[cx.kind]))] + "}}" + g.body(in)
		if cx.loops > 0 && g.n(4) == 0 {
			s += g.pick("{{break}}", "{{continue}}")
		}
		switch g.n(3) {
		case 0:
			s += "{{else}}" + g.body(in)
		case 1:
			s += "{{else if " + conditions[cx.kind][g.n(len(conditions[cx.kind]))] + "}}" + g.body(in)
		}
		return s + "{{end}}"
	case 13:
		if cx.kind != "page" {
			return g.text(*cx)
		}
		w := [][2]string{{".User", "user"}, {".Ptr", "user"}, {".Title", "text"}, {".N", "number"}, {".Any", "any"}, {"$u := .User", "user"}, {".User.Boss", "user"}}[g.n(7)]
		in.kind = w[1]
		s := "{{with " + w[0] + "}}" + g.body(in)
		if g.n(2) == 0 {
			in.kind = cx.kind
			s += "{{else}}" + g.body(in)
		}
		return s + "{{end}}"
	case 14, 15, 16:
		if cx.loops == 3 {
			return g.text(*cx)
		}
		expr, kind := g.list(*cx)
		body := in
		body.kind = kind
		body.loops++
		head := "{{range " + expr + "}}"
		switch g.n(4) {
		case 0:
			if !g.single[expr] {
				v := g.variable()
				head = "{{range " + v + ", $e := " + expr + "}}"
				body.vars = append(body.vars, v)
			}
		case 1:
			head = "{{range $e := " + expr + "}}"
		}
		s := head + g.body(body)
		if g.n(3) == 0 {
			s += "{{else}}" + g.body(in)
		}
		return s + "{{end}}"
	case 17:
		v := g.variable()
		value := map[string]string{"page": ".N", "row": ".ID", "user": ".Age", "text": "len .", "number": ".", "any": "7"}[cx.kind]
		cx.vars = append(cx.vars, v)
		return "{{" + v + " := " + value + "}}"
	case 18:
		if len(cx.vars) == 0 {
			return g.text(*cx)
		}
		return "{{" + cx.vars[g.n(len(cx.vars))] + " = " + g.pick("5", "$.N", "`<s>`") + "}}"
	default:
		if g.inDef {
			return g.text(*cx)
		}
		name := "t-" + cx.kind
		if !g.used[name] {
			g.used[name] = true
			inner := place{kind: cx.kind}
			if cx.kind != "page" {
				// $ is dot in a template.
				fmt.Fprintf(&g.defs, "{{define %q}}<em>{{.}}</em>{{end}}", name)
			} else {
				g.inDef = true
				fmt.Fprintf(&g.defs, "{{define %q}}%s{{end}}", name, g.body(inner))
				g.inDef = false
			}
		}
		if g.n(4) == 0 {
			if !g.used["rec"] {
				g.used["rec"] = true
				g.defs.WriteString(`{{define "rec"}}<u>{{.Name}}{{if .Boss}}{{template "rec" .Boss}}{{end}}</u>{{end}}`)
			}
			if cx.kind == "page" {
				return `{{template "rec" .User}}`
			}
		}
		return fmt.Sprintf("{{template %q .}}", name)
	}
}

func (g *grammar) variable() string {
	g.vars++
	return fmt.Sprintf("$v%d", g.vars)
}

func randomTemplate(data []byte) string {
	g := &grammar{choices: &choices{data}, used: map[string]bool{}}
	body := g.body(place{kind: "page"})
	return g.defs.String() + body
}

var hostile = []string{"", "a", "<b>", `"'&+`, "javascript:alert(1)", "\x00", "\xff\xfe", "é\u2028", "</script>", "x", "one two", `\`, "-->", "{{.}}", "https://a/?b=c&d"}

// randomState changes some of p, or makes it anew.
func randomState(c *choices, p *page) *page {
	text := func() string { return hostile[c.n(len(hostile))] }
	next := *p
	next.Rows = append([]row(nil), p.Rows...)
	next.Names = append([]string(nil), p.Names...)
	changes := 1 + c.n(3)
	for range changes {
		switch c.n(26) {
		case 0:
			next.N = c.n(6)
		case 1:
			next.Title = text()
		case 2:
			next.B = !next.B
		case 3:
			next.Rows = append(next.Rows, newRow(c, &next))
		case 4:
			next.Rows = append([]row{newRow(c, &next)}, next.Rows...)
		case 5:
			if n := len(next.Rows); n > 0 {
				i := c.n(n)
				next.Rows = append(next.Rows[:i:i], next.Rows[i+1:]...)
			}
		case 6:
			if n := len(next.Rows); n > 1 {
				i, j := c.n(n), c.n(n)
				next.Rows[i], next.Rows[j] = next.Rows[j], next.Rows[i]
			}
		case 7:
			if n := len(next.Rows); n > 0 {
				next.Rows[c.n(n)].Name = text()
			}
		case 8:
			if n := len(next.Rows); n > 0 {
				r := &next.Rows[c.n(n)]
				r.Done = !r.Done
			}
		case 9:
			next.Rows = nil
		case 10:
			next.Names = append(next.Names, text())
		case 11:
			if len(next.Names) > 0 {
				next.Names = next.Names[1:]
			}
		case 12:
			next.Names = append([]string{text()}, next.Names...)
		case 13:
			next.F = []float64{0, 1.5, -2, 1e21, 1e-7, 3}[c.n(6)]
		case 14:
			next.Any = []any{nil, 1, text(), []string{text()}, map[string]any{"K": text()}, template.HTML("<b>"), money(2), 2.5, &next.User}[c.n(9)]
		case 15:
			if next.Ptr = nil; c.n(2) == 1 {
				next.Ptr = &user{Name: text(), Age: c.n(5)}
			}
		case 16:
			next.User = user{Name: text(), Age: c.n(5), Boss: p.Ptr}
		case 17:
			next.Map = map[string]int{}
			for range c.n(4) {
				next.Map[text()] = c.n(9)
			}
		case 18:
			next.Anys = nil
			for range c.n(4) {
				next.Anys = append(next.Anys, []any{nil, 1, text(), 1.5, template.HTML("<i>"), money(1)}[c.n(6)])
			}
		case 19:
			next.Users = nil
			for range c.n(3) {
				next.Users = append(next.Users, &user{Name: text()})
			}
		case 20:
			next.HTML, next.Status, next.Money = template.HTML(text()), status(text()), money(c.n(3))
			next.JSStr, next.Srcset, next.Bytes, next.Formatted = template.JSStr(text()), template.Srcset(text()), []byte(text()), formatted(c.n(3))
			s := text()
			next.StrPtr, next.Kinds, next.U64 = &s, map[any]string{c.n(3): s, "a": text()}, uint64(c.n(4))
		case 21:
			if next.Err = nil; c.n(2) == 1 {
				next.Err = errors.New(text())
			}
		case 22:
			next.Arr[c.n(3)] = c.n(5)
			next.U8 = uint8(c.n(9))
		case 23:
			next.IntMap = map[int]string{c.n(4): text(), c.n(4): text()}
			next.UMap = map[string]user{text(): {Name: text()}}
			next.FMap = map[float64]string{float64(c.n(4)): text(), -1: text()}
		case 24:
			next.Deep = [][]row{next.Rows}
		default:
			return full()
		}
	}
	return &next
}

func newRow(c *choices, p *page) row {
	id := 1
	for _, r := range p.Rows {
		id = max(id, r.ID+1)
	}
	return row{ID: id, Name: hostile[c.n(len(hostile))], Price: float64(c.n(5)) / 2, Done: c.n(2) == 0, Tag: status(hostile[c.n(3)])}
}
