package engine_test

import (
	"reflect"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/internal/engine"
)

// What a browser makes another page of than is written, or what can't live on a
// page that the client patches, is said when the page is parsed, with its place.
func TestMarkupMistakes(t *testing.T) {
	for text, want := range map[string]string{
		// An element that the parser closes, though its end tag follows.
		"<p>a\n <div>b</div>c</p>":                                                               "page:2:1: <div> in <p>: browsers close the p before it",
		`<div><p>{{if .B}}<ul><li>{{.N}}</li></ul>{{end}}</p></div>`:                             "page:1:17: <ul> in <p>",
		`<p>{{range .Rows}}<table></table>{{end}}</p>`:                                           "<table> in <p>",
		`<p>{{if .B}}x{{else}}<form></form>{{end}}</p>`:                                          "<form> in <p>",
		`{{define "t"}}<h2>x</h2>{{end}}<p>{{template "t"}}</p>`:                                 "page:1:14: <h2> in <p>",
		`<p><div>{{.N}}</p></div>`:                                                               "<div> in <p>",
		`<a href="/"><b><a href="/x">y</a></b></a>`:                                              "<a> in <a>",
		`<button>a<button>b</button></button>`:                                                   "<button> in <button>",
		`<ul><li>a<li>b</li></li></ul>`:                                                          "<li> in <li>",
		`<dl><dt>a<dd>b</dd></dt></dl>`:                                                          "<dd> in <dt>",
		`<h1>a<h2>b</h2></h1>`:                                                                   "<h2> in <h1>",
		`<nobr>a<nobr>b</nobr></nobr>`:                                                           "<nobr> in <nobr>",
		`<select><option>a<option>b</option></option></select>`:                                  "<option> in <option>",
		`<select><select></select></select>`:                                                     "<select> in <select>",
		`<form><div><form></form></div></form>`:                                                  "a form in a form",
		`<math><annotation-xml><p>x</p></annotation-xml></math>`:                                 "<p> in <math>",
		`<math><annotation-xml encoding="text/plain"><p>x</p></annotation-xml></math>`:           "<p> in <math>",
		`<math><annotation-xml encoding="text/html"><p>a<div></div></p></annotation-xml></math>`: "<div> in <p>",
		`<svg><annotation-xml encoding="text/html"><p>x</p></annotation-xml></svg>`:              "<p> in <svg>",
		`<svg><p>x</p></svg>`:                                                                    "<p> in <svg>",
		`<table><tr><td>a<td>b</td></td></tr></table>`:                                           "<td> in <td>",
		`<p class="{{.N}}" {{if .B}}id="x"{{end}}><div class="{{.N}}">b</div></p>`:               "page:1:41: <div> in <p>",

		// One that it moves or leaves out.
		`<table>{{.N}} x <tr></tr></table>`:          `"x" in a table: browsers move text before the table`,
		`<table><tbody><div>x</div></tbody></table>`: "<div> in a table: browsers move it",
		`<table>{{if .B}}<p>x</p>{{end}}</table>`:    "<p> in a table",
		`<div><tr><td>x</td></tr></div>`:             "<tr> outside of a table: browsers leave it out",
		`<table><form></form></table>`:               "a form in a table",
		`<html><body>x</body></html>`:                "<html> within a page",

		// What the client doesn't know, or can't work with.
		`<a phx-clik="x">y</a>`:                                                          "page:1:0: the client has no attribute phx-clik; did you mean phx-click?",
		`<a {{if .B}}phx-vaule-id="1"{{end}}>y</a>`:                                      "the client has no attribute phx-vaule-id",
		`<a PHX-KEYPRESS="{{.N}}">y</a>`:                                                 "the client has no attribute phx-keypress",
		`<input phx-debounce="abc">`:                                                     `phx-debounce="abc" is no time`,
		`<a {{if .B}}phx-throttle="soon"{{end}}>y</a>`:                                   `phx-throttle="soon" is no time`,
		`<p phx-hook="X">y</p>`:                                                          "phx-hook without an id",
		`<p phx-hook="X" {{if .B}}id="x"{{end}}>y</p>`:                                   "",
		`<p phx-hook="X" {{.Attr}}>y</p>`:                                                "",
		`<input phx-debounce="blur" phx-throttle=" 300ms">`:                              "",
		`<input phx-debounce="" phx-throttle="{{.N}}">`:                                  "",
		`<div phx-update="ignore">{{.N}}</div>`:                                          `phx-update="ignore" without an id`,
		`<div {{if .B}}phx-update="ignore"{{end}}>{{.N}}</div>`:                          `phx-update="ignore" without an id`,
		`<div id="{{.N}}" phx-update="ignore">{{.N}}</div>`:                              "",
		`<div {{if .B}}id="x" phx-update="ignore"{{end}}>{{.N}}</div>`:                   "",
		`<div {{.Attr}} phx-update="ignore">{{.N}}</div>`:                                "",
		`<div phx-update="{{.Title}}">{{.N}}</div>`:                                      "",
		`<div phx-update="replace">{{.N}}</div>`:                                         "",
		"<p>\n<a phx-click=\"\">{{.N}}</a></p>":                                          "page:2:0: phx-click names no event",
		`<a phx-click>y</a>`:                                                             "phx-click names no event",
		`<form {{if .B}}phx-submit=""{{end}}></form>`:                                    "phx-submit names no event",
		`<p {{if .B}}phx-window-keyup{{end}}>y</p>`:                                      "phx-window-keyup names no event",
		`<a phx-click="{{.Title}}">y</a>`:                                                "",
		`<a phx-click="{{if .B}}x{{end}}">y</a>`:                                         "",
		`<a phx-click{{if .B}}="x"{{end}}>y</a>`:                                         "",
		`<a {{if .B}}phx-click="x"{{else}}phx-click=""{{end}}>y</a>`:                     "",
		`<a phx-mounted="">y</a>`:                                                        "",
		`<div phx-click="x"><b>a</b><p phx-click="">b</p></div>`:                         "", // keeps the click from the div
		`<div {{.Attr}}><p phx-click="">b</p></div>`:                                     "",
		`{{if .B}}<div phx-click="x">{{end}}<p phx-click="">b</p>{{if .B}}</div>{{end}}`: "",
		`<title>{{.N}}</title>`:                                                          "a <title> on a live page",
		`<div>{{if .B}}<title>x</title>{{end}}</div>`:                                    "page:1:14: a <title> on a live page",
		`<svg><foreignObject><title>x</title></foreignObject></svg>`:                     "a <title> on a live page",
		`<svg><title>{{.N}}</title></svg>`:                                               "",
		`<svg><g>{{if .B}}<title>x</title>{{end}}</g></svg>`:                             "",
		`<template><title>x</title></template>`:                                          "",
		`<a phx-value="3">y</a>`:                                                         "did you mean phx-value-name,",
		`<p phx-anything>y</p>`:                                                          "what is yours is called data-…",
		`<script>x</script>`:                                                             "a script on a live page",
		`<div>{{if .B}}<script src="/x.js" defer></script>{{end}}</div>`:                 "page:1:14: a script on a live page",
		`<script type="module">x</script>`:                                               "a script on a live page",
		`<script type="Text/JavaScript; a">x</script>`:                                   "a script on a live page",
		`<template>{{.N}}</template>`:                                                    "page:1:12: what changes in a <template>",
		`<template><p class="{{.N}}">x</p></template>`:                                   "what changes in a <template>",
		`<template><p>{{if .B}}x{{end}}</p></template>`:                                  "what changes in a <template>",
		`<x-y><template shadowrootmode="open"><slot></slot></template></x-y>`:            "a shadow root on a live page",
		`<form><input name="closest"></form>`:                                            `a field with the name "closest" hides the property of that name of its form`,
		`<form><p>{{if .B}}<select id="getAttribute"></select>{{end}}</p></form>`:        "page:1:18: a field with the id",
		`<form><input type="hidden" name="id"></form>`:                                   `a field with the name "id"`,
		`<button form="f" name="nodeName">x</button>`:                                    `a field with the name "nodeName"`,
		`<form><img id="parentNode" src="x"></form>`:                                     "a field with the id",
		`<form name="querySelector"></form>`:                                             `an element <form> with the name "querySelector" hides the property of that name of the document`,
		`<img name="body" src="x">`:                                                      `hides the property of that name of the document`,
		`<p contenteditable>x</p>`:                                                       `contenteditable without phx-update="ignore"`,
		`<p contenteditable="{{.B}}">x</p>`:                                              `contenteditable without phx-update="ignore"`,
		`<p {{if .B}}contenteditable="true"{{end}} phx-update="replace">x</p>`:           `contenteditable without phx-update="ignore"`,

		// Files that the client never sends.
		`<form phx-submit="s">{{.Up.FileInput}}</form>`:                                                              "page:1:23: a file input in a form without phx-change",
		`<form {{if .B}}phx-submit="s"{{end}}><p>{{if .B}}{{with .Up}}{{.FileInput "a" 1}}{{end}}{{end}}</p></form>`: "a file input in a form without phx-change",
		`{{define "t"}}{{if .}}{{.FileInput}}{{template "t" .}}{{end}}{{end}}<form>{{template "t" .Up}}</form>`:      "a file input in a form without phx-change",
		`<form phx-submit="s"><input type="file" name="f"></form>`:                                                   `the client sends no file of <input type="file">`,
		`<form phx-submit="s" phx-change="c"><input name="f" type=FILE></form>`:                                      `the client sends no file of <input type="file">`,
		`<form phx-change="c">{{.Up.FileInput}}</form>`:                                                              "",
		`<form {{if .B}}phx-change="c"{{end}}>{{.Up.FileInput}}</form>`:                                              "",
		`<form {{.Attr}}>{{.Up.FileInput}}</form>`:                                                                   "",
		`<form>{{.Up.FileInput "phx-change" "c"}}{{.Up.FileInput "form" "g"}}</form>{{.Up.FileInput}}`:               "",
		`<form phx-submit="s" action="/up"><input type="file" name="f"></form>`:                                      "",
		`<form phx-submit="s" phx-trigger-action="{{.B}}"><input type="file" name="f"></form>`:                       "",
		`<form phx-submit="s"><input id="i" phx-hook="H" type="file" name="f"><input type="file"></form>`:            "",
		`<form><input type="file" name="f"></form>`:                                                                  "",

		// An attribute that some branch has, with and without a value.
		`<div {{if .B}}contenteditable{{end}}>{{.N}}</div>`:                                                 `contenteditable without phx-update="ignore"`,
		`<div {{if .B}}contenteditable{{end}}/>`:                                                            `contenteditable without phx-update="ignore"`,
		`<div {{if .B}}hidden{{else}}contenteditable{{end}} id="x">{{.N}}</div>`:                            `contenteditable without phx-update="ignore"`,
		`<div{{if .B}} contenteditable{{end}}>{{.N}}</div>`:                                                 `contenteditable without phx-update="ignore"`,
		`<div {{if .B}}contenteditable{{else}}data-x{{end}}="true">{{.N}}</div>`:                            `contenteditable without phx-update="ignore"`,
		`<div {{if .B}}data-x{{else}}contenteditable{{end}}="true">{{.N}}</div>`:                            `contenteditable without phx-update="ignore"`,
		`<p {{if .B}}phx-track-statc{{end}}>x</p>`:                                                          "the client has no attribute phx-track-statc; did you mean phx-track-static?",
		`<p {{if .B}}{{if .N}}phx-track-statc{{end}}{{else}}hidden{{end}}>x</p>`:                            "did you mean phx-track-static?",
		`<p {{if .B}}hidden{{else if .N}}phx-track-statc{{else}}id="x"{{end}}>x</p>`:                        "did you mean phx-track-static?",
		`<p {{range .Names}}phx-track-statc{{end}}>x</p>`:                                                   "did you mean phx-track-static?",
		`<a phx-{{if .B}}blur{{else}}clik{{end}}="x">y</a>`:                                                 "did you mean phx-click?",
		`<a phx-{{if .B}}clik{{else}}blur{{end}}="x">y</a>`:                                                 "did you mean phx-click?",
		`<form><input {{if .B}}disabled{{end}} name="closest"></form>`:                                      `a field with the name "closest"`,
		`<div{{if .B}}{{else}} contenteditable{{end}}>{{.N}}</div>`:                                         `contenteditable without phx-update="ignore"`,
		`<div{{if .B}} class="a"{{end}}><script>x</script></div>`:                                           "page:1:31: a script on a live page",
		`<b{{if .B}} id="a"{{else}}{{end}} phx-clik="x">y</b>`:                                              "did you mean phx-click?",
		`<script {{if .B}}async{{end}}>x</script>`:                                                          "a script on a live page",
		`<p {{if .B}}contenteditable="false" {{else}}contenteditable="true" {{end}}>x</p>`:                  `contenteditable without`,
		`<script type="{{if .B}}text/plain{{else}}module{{end}}">x</script>`:                                "",
		`<form><input {{if .B}}name="a" {{else}}name="closest" {{end}}></form>`:                             `a field with the name "closest"`,
		`<p id="x" contenteditable {{if .B}}phx-update="replace" {{else}}phx-update="ignore" {{end}}>x</p>`: "",
	} {
		_, err := engine.Parse(engine.Source{Name: "page", Text: text, Funcs: functions, State: reflect.TypeFor[page]()})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("Parse(%s)\n got %v\nwant %s", text, err, want)
		}
	}
}

// What is wrong with a page is said, too, behind what a browser has to repair.
func TestMarkupBehindErrors(t *testing.T) {
	for _, text := range []string{
		`<div></div/>`, `<div></div a="1>" b='>' c>`, `<div></div {{.N}}>`, `<div></div a={{.N}}>`, `<div></div{{if .B}} a{{end}}>`, `<div></div{{if .B}}/{{end}}>`,
		`<textarea></textarea a>`, `<svg><![CDATA[a]]></svg>`, `<svg><![CDATA[</svg>]]></svg>`, `<svg><desc><![CDATA[a > b]]></desc></svg>`,
		`<svg><![CDATA[{{.N}}]]></svg>`, `<math><mi><![CDATA[<]]></mi></math>`, `<![CDATA[a]]>`, `<?x a?>`, `<?x {{.N}}?>`, `<!DOCTYPE html>`, `<!DOCTYPE {{.N}}>`, `<!x` + "\n" + `>`,
		`a <{{.N}}`, `a </{{.N}}`, `</ p>`, `</>`, `<1>`, `<>`, `<h{{.N}}>x</h{{.N}}>`, `<h{{if .B}}1{{else}}2{{end}}>x</h{{if .B}}1{{else}}2{{end}}>`,
		`<br /{{.N}}>`, `<br{{if .B}} /{{end}}>`, `<br{{if .B}}/{{end}}>`, `<br {{if .B}}/{{end}}>`, `<br /{{if .B}}hidden{{end}}>`, `<!-->`, `<!--->`, `<!-- a --!>`, `<!--{{.N}}-->`,
		`<i{{if .B}} a{{end}}></i>`,
	} {
		text += "<p>x</p><script>x</script>{{.N}}"
		_, err := engine.Parse(engine.Source{Name: "page", Text: text, Funcs: functions, State: reflect.TypeFor[page]()})
		if err == nil || !strings.Contains(err.Error(), "a script on a live page") && !strings.HasPrefix(err.Error(), "html/template") {
			t.Errorf("Parse(%s) = %v", text, err)
		}
	}
	for _, html := range []string{
		`<p "a">x</p>`, `<p ="a">x</p>`, `<p a"b=c>x</p>`, `<p></p "a>">`, `<a href=x"y>x</a>`, `<div/>`, `<p></p/>`, `a <`, `<b></i></b>`, `<b><i></b></i>`,
	} {
		var tree engine.Tree
		if _, err := tree.DiffComponent(nil, component(strings.TrimSuffix(html, "<")+"<script>x</script>"+html), t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(tree.Mistakes(), "; "); !strings.Contains(got, "a script on a live page") {
			t.Errorf("%s: %q", html, got)
		}
	}
}

// A recursive template closes what is open where it is called, as it would if it
// were written there.
func TestMarkupMistakesOfRecursiveTemplates(t *testing.T) {
	r := func(body, around string) string {
		call := `{{if .Boss}}{{template "r" .Boss}}{{end}}`
		return `{{define "r"}}` + strings.ReplaceAll(body, "@", call) + `{{end}}` + strings.ReplaceAll(around, "@", `{{template "r" .User}}`)
	}
	for text, want := range map[string]string{
		r(`<li>{{.Name}}@</li>`, `<ul>@</ul>`):                          "page:1:14: <li> in <li>: browsers close the li before it",
		r(`<p>{{.Name}}@</p>`, `@`):                                     "<p> in <p>",
		r(`<p>x</p>@`, `<p>@</p>`):                                      "<p> in <p>",
		r(`<a href="/x">{{.Name}}@</a>`, `<div>@</div>`):                "<a> in <a>",
		r(`<button>{{.Name}}@</button>`, `@`):                           "<button> in <button>",
		r(`<form>{{.Name}}@</form>`, `@`):                               "a form in a form",
		r(`<nobr>@</nobr>`, `@`):                                        "<nobr> in <nobr>",
		r(`<h2>{{.Name}}@</h2>`, `@`):                                   "<h2> in <h2>",
		r(`<dd>{{.Name}}@</dd>`, `<dl>@</dl>`):                          "<dd> in <dd>",
		r(`<option>{{.Name}}@</option>`, `<select>@</select>`):          "<option> in <option>",
		r(`<tr><td>{{.Name}}</td>@</tr>`, `<table>@</table>`):           "<tr> in <tr>",
		r(`<tr><td>{{.Name}}@</td></tr>`, `<table>@</table>`):           "<tr> in <tr>",
		r(`<div>{{.Name}}@</div>`, `<p>@</p>`):                          "page:1:14: <div> in <p>",
		r(`<b>{{.Name}}@</b>`, `<p>@</p>`):                              "",
		r(`<b>{{.Name}}<i><div>x</div></i>@</b>`, `<p><u>@</u></p>`):    "<div> in <p>",
		r(`<div>{{.Name}}@</div>`, `<p>@`):                              "",
		r(`<div>{{.Name}}@</div>`, `<p>@<p>@</p>`):                      "<div> in <p>", // a second call in a like place
		r(`<div>{{.Name}}@</div>`, `<p>{{if .B}}@{{else}}x{{end}}</p>`): "<div> in <p>",
		r(`<p>{{.Name}}@</p>`, `<p>@`):                                  "<p> in <p>", // its own, in a like place
		r(`<li>{{.Name}}@`, `<ul>@</ul>`):                               "",           // no end tag, so they follow each other
		r(`<li>{{.Name}}<ul>@</ul></li>`, `<ul>@</ul>`):                 "",
		r(`<li>{{.Name}}<ul>@</ul>`, `<ul>@</ul>`):                      "",
		r(`<tr><td><table>@</table></td></tr>`, `<table>@</table>`):     "",
		r(`<g>@<path/></g>`, `<svg>@</svg>`):                            "",
		r(`<g>@<p>x</p></g>`, `<svg>@</svg>`):                           "<p> in <svg>",
		`{{define "q"}}<b>{{template "r" .}}</b>{{end}}` + r(`{{if .Boss}}{{template "q" .Boss}}{{end}}<div></div>`, `<p>{{template "q" .User}}</p>`): "<div> in <p>",
		// What the client leaves alone, it leaves alone in a called template, too.
		r(`<b contenteditable="true">{{.Name}}</b>@`, `<div id="i" phx-update="ignore">@</div>`):             "",
		r(`<b contenteditable="true">{{.Name}}</b>@`, `<div id="i" phx-update="ignore">@</div><div>@</div>`): "contenteditable without",
		r(`<div id="i" phx-update="ignore">@</div><b contenteditable="true">{{.Name}}</b>`, `<div>@</div>`):  "contenteditable without",
		// It calls itself where it is called, and closes what it didn't at first.
		r(`{{if .Name}}<p>@</p>{{end}}<section>x</section>`, `<p>@`):                                               "<p> in <p>",
		r(`{{if .Name}}<p>@{{end}}<section>x</section>`, `<p>@`):                                                   "",
		r(`{{if .Name}}<i>@</i>{{end}}{{if .Boss}}<a href="/">{{template "r" .Boss}}</a>{{end}}`, `<a href="/">@`): "<a> in <a>",
	} {
		_, err := engine.Parse(engine.Source{Name: "page", Text: text, Funcs: functions, State: reflect.TypeFor[page]()})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("Parse(%s)\n got %v\nwant %s", text, err, want)
		}
	}
}

// HTML leaves many end tags to the parser, and a page may leave much to its data.
func TestMarkupWithoutMistakes(t *testing.T) {
	for _, text := range []string{
		`<ul><li>a<li>b</ul>`, `<ul>{{range .Names}}<li>{{.}}{{end}}</ul>`, `<p>a<p>b`, `<p>a<div>b</div>`, `<p>a<ul><li>b</ul>`,
		`<table><tr><td>a<td>b<tr><td>c</table>`, `<table>{{range .Rows}}<tr><td>{{.ID}}{{end}}</table>`, `<select><option>a<option>b</select>`,
		`<dl><dt>a<dd>b<dt>c</dl>`, `<ruby>a<rp>(<rt>b<rp>)</ruby>`, `<table><col><tr><th>x</th></tr></table>`,
		`<table><tr><td><table><tr><td>x</td></tr></table></td></tr></table>`, `<ul><li><ul><li>x</li></ul></li></ul>`,
		`<table>{{.HTML}}{{range .Rows}}<tr></tr>{{end}}</table>`, `<select>{{range .Rows}}<option>{{.ID}}</option>{{end}}</select>`,
		`<select><button><selectedcontent></selectedcontent></button><option><b>a</b></option><hr></select>`,
		`<!-- <p> {{.N}} <div> --><p>x</p>`, `a < b`, `<div/>x</div>`, `<svg><path d="m"/><foreignObject><p>x</p></foreignObject></svg>`,
		`<p {{if .B}}class="a"{{else}}class="b"{{end}}>x</p>`, `<p {{.Attr}}>x</p>`, `<{{if .B}}p{{else}}b{{end}}>x`,
		`<a phx-click="a" phx-value-x="1" phx-value-y-z="2" phx-{{.Title}}="c" data-phx-link="patch">x</a>`,
		`<script type="application/json">{"a": {{.N}}}</script><script type="text/template"><p></script><script type="importmap">{}</script>`,
		`<script data-phx-runtime-hook="X">x</script>`, `<template><p>static</p></template>`, `<template id="{{.N}}"></template>`,
		`<template id="t" data-phx-portal="#m"><p id="u">{{.N}}</p></template>`, `<template>{{$x := .N}}</template>{{.N}}`,
		`<p contenteditable="false">x</p>`, `<p id="x" contenteditable phx-update="ignore">x</p>`, `<div id="x" phx-update="ignore"><p contenteditable>x</p></div>`,
		`<p contenteditable phx-update="{{.Title}}">x</p>`, `<form><input name="title"><input id="closest-one" name="{{.Title}}"></form>`,
		`<input name="closest"><form></form>`,
		`<table><tr><t{{if .B}}h{{else}}d{{end}}>a<p>b</p></t{{if .B}}h{{else}}d{{end}}></tr></table>`, `<p><s{{.N}}>a</s{{.N}}><div>b</div>`, `<table><x{{.N}}></x{{.N}}></table>`,
		`<math><annotation-xml encoding="text/html"><p>{{.N}}</p></annotation-xml></math>`, `<math><annotation-xml encoding="Application/XHTML+xml"><table></table></annotation-xml></math>`,
		`<math><annotation-xml encoding="{{.Title}}"><p>x</p></annotation-xml></math>`, `<math><annotation-xml {{if .B}}encoding="text/html"{{end}}><p>x</p></annotation-xml></math>`,
		`<table><colgroup><template></template></colgroup></table>`, `<table><colgroup><template></template><col></colgroup><tr></tr></table>`,
		`<svg><![CDATA[<p>]]></svg>`, `<svg><title><![CDATA[<p>]]></title></svg>`, `<!--><p>{{.N}}</p>`,
		`<a {{if .B}}phx-{{else}}data-{{end}}click="x">y</a>`, `<a {{if .B}}phx-{{end}}click>y</a>`, `<a {{if .B}}phx-cl{{end}}{{.Title}}="x">y</a>`,
		`<a {{if .B}}phx-{{end}}{{if .B}}click{{end}}>y</a>`, `<a phx-{{if .B}}click{{else}}blur{{end}}="x">y</a>`, `<p data-{{if .B}}phx-clik{{else}}x{{end}}>y</p>`,
		`<p {{if .B}}contenteditable{{else}}data-x{{end}}="{{.Title}}" id="x" phx-update="ignore">y</p>`,
		`<p {{if .B}}id="x" phx-update="ignore" contenteditable{{end}}>y</p>`, `<p {{if .B}}data-x{{else}}contenteditable{{end}}="false">y</p>`,
	} {
		if _, err := engine.Parse(engine.Source{Name: "page", Text: text, Funcs: functions, State: reflect.TypeFor[page]()}); err != nil {
			if strings.HasPrefix(err.Error(), "html/template") {
				continue
			}
			t.Errorf("Parse(%s) = %v", text, err)
		}
	}
}

// Of a component it is said when its HTML is first shown, once.
func TestMarkupOfComponents(t *testing.T) {
	var tree engine.Tree
	show := func(html string) string {
		t.Helper()
		if _, err := tree.DiffComponent(nil, component(html), t.Context()); err != nil {
			t.Fatal(err)
		}
		return strings.Join(tree.Mistakes(), "; ")
	}
	for _, test := range []struct{ html, want string }{
		{`<p>fine</p>`, ""},
		{`<p>a<div>b</div>c</p>`, "<div> in <p>"},
		{`<p>d<div>e</div>f</p>`, ""}, // of a kind that is known
		{`<a phx-clik="x">y</a>`, "did you mean phx-click?"},
		{`<script>x</script>`, "a script on a live page"},
		{`<form id="x"><input name="closest"></form>`, `the name "closest"`},
		{`<p contenteditable>x</p>`, "contenteditable"},
		{`<p phx-update="ignore">x</p>`, "without an id"},
		{`<p phx-click="">x</p>`, ""}, // what is around may take clicks
		{`<title>x</title>`, "a <title> on a live page"},
		{`<form id="y"><textarea name="a" name="closest"></textarea></form>`, ""}, // the first counts
	} {
		if got := show(test.html); !strings.Contains(got, test.want) || test.want == "" && got != "" {
			t.Errorf("%s: %q, want %q", test.html, got, test.want)
		}
	}

	state := &board{Raw: `<div>x</div>`}
	tmpl := mustParse(t, "<p>\n{{component .Raw}}</p>{{component .Card}}", state)
	tree.Reset()
	if _, err := tree.Diff(nil, tmpl, state, nil); err != nil {
		t.Fatal(err)
	}
	if got := tree.Mistakes(); len(got) != 1 || !strings.HasPrefix(got[0], "page:2:2: <component .Raw>: <div> in a p") {
		t.Errorf("of a part in a p: %q", got)
	}

	// What the client leaves alone may be typed into.
	state = &board{Raw: `<p contenteditable>x</p>`, Boss: &board{Raw: `<i contenteditable>y</i>`}}
	for text, want := range map[string]int{
		`<div id="i" phx-update="ignore"><p>a</p>{{component .Raw}}</div>`:                                                                         0,
		`<div id="i" phx-update="ignore">{{with .Boss}}{{.Raw | component}}{{end}}</div>`:                                                          0,
		`{{define "t"}}{{component .Raw}}{{end}}<div id="i" phx-update="ignore">{{template "t" .}}</div>`:                                          0,
		`{{define "t"}}{{component .Raw}}{{end}}{{template "t" .}}<div id="i" phx-update="ignore">{{template "t" .}}</div>`:                        1,
		`{{define "r"}}{{component .Raw}}{{if .Boss}}{{template "r" .Boss}}{{end}}{{end}}<div id="i" phx-update="ignore">{{template "r" .}}</div>`: 0,
		`{{define "r"}}{{component .Raw}}{{if .Boss}}<div id="i" phx-update="ignore">{{template "r" .Boss}}</div>{{end}}{{end}}{{template "r" .}}`: 2,
		`<div id="i" phx-update="ignore"></div>{{component .Raw}}`:                                                                                 1,
	} {
		tree.Reset()
		if _, err := tree.Diff(nil, mustParse(t, text, state), state, nil); err != nil {
			t.Fatal(err)
		}
		if got := tree.Mistakes(); len(got) != want {
			t.Errorf("%s: %q", text, got)
		}
	}
}

// A newline that a textarea or pre shows first is shown, though HTML drops one
// there.
func TestFirstNewline(t *testing.T) {
	for text, want := range map[string]string{
		`<textarea>{{.Title}}</textarea>`:                              "\n\na",
		`<pre class="{{.N}}">{{.Title}}</pre>`:                         "\n\na",
		`<PRE>{{if .B}}{{.Title}}{{end}}</PRE>`:                        "\n\na",
		`<listing>{{range .Names}}{{.}}{{end}}</listing>`:              "\n\na",
		`<textarea>{{with .Title}}{{.}}{{end}}</textarea>`:             "\n\na",
		`{{if .B}}<pre id="x">{{else}}<pre>{{end}}{{.Title}}</pre>`:    "\n\na",
		`{{define "t"}}{{.Title}}{{end}}<pre>{{template "t" .}}</pre>`: "\n\na",
		`{{define "t"}}<pre>{{end}}{{template "t" .}}{{.Title}}</pre>`: "\n\na",
		"<pre>\n{{.Title}}</pre>":                                      "\n\na",
		"<pre>\nb</pre>":                                               "b",
		"<pre>{{/* c */}}\nb</pre>":                                    "b",
		`<textarea>{{- .Title -}}</textarea>`:                          "\n\na",
		`<pre>b{{.Title}}</pre>`:                                       "b\n\na",
		`<pre>{{if not .B}}x{{end}}</pre>`:                             "",
		`{{define "r"}}{{.Name}}{{if .Boss}}{{template "r" .Boss}}{{end}}{{end}}<textarea>{{template "r" .User}}</textarea>`: "\n\na",
	} {
		state := &page{Title: "\n\na", B: true, Names: []string{"\n", "\na"}, User: user{Name: "\n\na"}}
		tmpl := mustParse(t, text, state)
		source, err := tmpl.HTML(nil, state, nil)
		if err != nil {
			t.Fatal(err)
		}
		var tree engine.Tree
		var c client
		out, err := tree.Diff(nil, tmpl, state, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.apply(out); err != nil {
			t.Fatal(err)
		}
		for _, source := range []string{string(source), c.html()} {
			doc, err := html.Parse(strings.NewReader(source))
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for n := range doc.Descendants() {
				if n.Type == html.TextNode {
					got += n.Data
				}
			}
			if got != want {
				t.Errorf("%s: %q is %q in a browser, want %q", text, source, got, want)
			}
		}
	}
}

// An end tag without its element, and an element without its end tag, are told,
// unless HTML lets it be left out or another branch or template may have it.
func TestUnclosedElements(t *testing.T) {
	for text, want := range map[string]string{
		"<p>a</p>\n</div>":                                   "page:2:0: </div> closes nothing",
		`<div>{{.N}}</div></p>`:                              "page:1:17: </p> closes nothing",
		`<b><i>x</b></i>`:                                    "page:1:3: <i> is left open where </b> closes what is around it",
		`<div>{{if .B}}</section>{{end}}</div>`:              "page:1:14: </section> closes nothing",
		`<ul>{{range .Names}}<li>{{.}}</li></b>{{end}}</ul>`: "</b> closes nothing",
		`<input></input>`:                                    "<input> has no content and no end tag",
		`<p>a</br>b</p>`:                                     "</br> closes nothing",
		`<p>x</p {{.N}}></div {{.N}}>`:                       "</div> closes nothing",
		`<section><div>{{.N}}</section>`:                     "page:1:9: <div> is left open where </section>",
		`<table><tr><td><b>x</td></tr></table>`:              "<b> is left open where </td>",
		`<svg><g><path d="M0 0"/></svg>`:                     "<g> is left open where </svg>",
		"<p>a</p>\n<div>{{.N}}":                              "page:2:0: <div> is left open: there is no </div>",
		`<div/>x`:                                            "<div> is left open",
		`<p>{{if .B}}<b>x{{end}}y</p>`:                       "page:1:12: <b> is left open in a branch",
		`<div>{{if .B}}</div>{{end}}`:                        "page:1:0: <div> is left open in a branch",
		`{{range .Names}}<div>{{.}}{{end}}`:                  "<div> is left open in a branch",
		`{{define "t"}}<div>{{end}}{{template "t" .}}x`:      "page:1:14: <div> is left open",

		// Left out as HTML has it, void, foreign.
		`<ul><li>a<li>b</ul><dl><dt>a<dd>b</dl><p>a<p>b`:                                                "",
		`<table><caption>a<colgroup><col><thead><tr><th>a<tbody><tr><td>b<td>c<tfoot><tr><td>d</table>`: "",
		`<select><optgroup label="a"><option>a<option>b<optgroup label="b"><option>c</select>`:          "",
		`<ruby>a<rp>(<rt>b<rp>)</ruby><br><img src="x"><input><hr/><wbr>`:                               "",
		`<svg><path d="m"/><use href="#a"/><foreignObject><p>x</foreignObject></svg>`:                   "",
		`<div>{{if .B}}<p>a{{else}}<p>b{{end}}</div>`:                                                   "",
		// Opened here and closed there.
		`{{if .B}}<div>{{end}}<p>x</p>{{if .B}}</div>{{end}}`:                                               "",
		`{{if .B}}<div class="a">{{else}}<div>{{end}}<p>x</p></div>`:                                        "",
		`{{if .B}}<a href="/">{{else}}<b>{{end}}x{{if .B}}</a>{{else}}</b>{{end}}`:                          "",
		`<div>{{if .B}}</div>{{end}}{{if not .B}}</div>{{end}}`:                                             "",
		`<div>{{if .B}}<div>{{end}}x</div>{{if .B}}</div>{{end}}`:                                           "",
		`{{range .Rows}}<div>{{if .Done}}</div>{{continue}}{{end}}x</div>{{end}}`:                           "",
		`{{range $i, $n := .Names}}{{if not $i}}<ul>{{end}}<li>{{$n}}{{end}}{{if .Names}}</ul>{{end}}`:      "",
		`<div>{{range .Names}}{{.}}</div><div>{{end}}</div>`:                                                "",
		`{{define "a"}}<div><b>{{end}}{{define "z"}}</b></div>{{end}}{{template "a" .}}x{{template "z" .}}`: "",
		`{{define "r"}}<div>{{if .Boss}}{{template "r" .Boss}}{{end}}{{end}}{{template "r" .User}}</div>`:   "",
		`<h{{.N}}>x</h{{.N}}>`: "", `<{{if .B}}p{{else}}b{{end}}>x</{{if .B}}p{{else}}b{{end}}>`: "",
	} {
		_, err := engine.Parse(engine.Source{Name: "page", Text: text, Funcs: functions, State: reflect.TypeFor[page]()})
		if err != nil && strings.HasPrefix(err.Error(), "html/template") {
			continue
		}
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("Parse(%s)\n got %v\nwant %s", text, err, want)
		}
	}
}
