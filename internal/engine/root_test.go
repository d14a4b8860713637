package engine_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/internal/engine"
)

// A node bears r if it is certain to be one element, and only then.
func TestRootFlag(t *testing.T) {
	tests := map[string]bool{
		`<p>x</p>`:                                                 true,
		` <p class="{{.N}}">{{.Title}}</p> `:                       true,
		`<p>x</p><p>y</p>`:                                         false,
		`text <p>x</p>`:                                            false,
		`{{.N}}<p>x</p>`:                                           false,
		`<p>{{if .N}}<b>x</b>{{end}}</p>`:                          true,
		`<p>{{if .N}}</p><p>{{end}}</p>`:                           false,
		`<div {{if .N}}class="x"{{end}}>y</div>`:                   true,
		`<div><br><img src="x"></div>`:                             true,
		`<ul>{{range .Names}}<li>{{.}}</li>{{end}}</ul>`:           true,
		`<ul>{{range .Names}}<li>{{.}}{{end}}</ul>`:                false,
		`<svg><path d="x"/></svg>`:                                 true,
		`<div/>`:                                                   false,
		`<input value="{{.N}}">`:                                   true,
		`<script>"</p>"</script>`:                                  true,
		`{{if .N}}<p>x</p>{{end}}`:                                 false,
		`<p>`:                                                      false,
		`<a href=/x/>y</a>`:                                        true,
		`<svg/>`:                                                   true,
		`<svg><desc><div/></desc></svg>`:                           false,
		`<p title={{if .N}}"x"{{else}}"y"{{end}}>z</p>`:            true,
		`<p title={{if .N}}x{{end}}>z</p>`:                         true,
		`<p {{range .Names}}data-{{.}}="1" {{end}}>z</p>`:          true,
		`<p{{if .N}} a{{else}} b{{end}}>z</p>`:                     true,
		`<p {{if .N}}>x{{else}}>y{{end}}</p>`:                      false,
		`<ul>{{range .Names}}<li>{{else}}</li>{{end}}</ul>`:        false,
		`<p>{{if .N}}<b>x</b>{{else}}y{{end}}</p>{{if .N}}{{end}}`: false,
		"\u00a0<p>x</p>":                                           false, "\u0085<p>x</p>": false, "\n\t<p>x</p>\f\r ": true,

		// The client finds an id in one spelling alone.
		`<p id="k">x</p>`: true, `<p id='k'>x</p>`: true, `<p id="{{.N}}">x</p>`: true, `<p class=a id="k" b>x</p>`: true,
		`<p a="1>2" id="k">x</p>`: true, `<p id="">x</p>`: true, `<p data-id=k>x</p>`: true, `<p {{if .N}}id="k" {{end}}>x</p>`: true,
		"<p\tid=\"k\">x</p>": false, "<p\nid=\"k\">x</p>": false, `<p id=k>x</p>`: false, `<p ID="k">x</p>`: false, `<p id = "k">x</p>`: false,
		`<p id= "k">x</p>`: false, `<p id ="k">x</p>`: false, `<p/id="k">x</p>`: false, `<p a="1"id="k">x</p>`: false, `<p id='"k"'>x</p>`: false,
		`<p id>x</p>`: false, `<p {{.Attr}}>x</p>`: false, `<p {{.Title}}="k">x</p>`: false, `<p i{{.Title}}="k">x</p>`: false,
		`<p {{if .N}}id=k {{else}}id="k" {{end}}>x</p>`: false, `<p{{if .N}} id{{end}}="k">x</p>`: false, "<p{{if .N}}\tid{{else}} id{{end}}=\"k\">x</p>": false,
		`<p a="1"{{if .N}}id="k"{{end}}>x</p>`: false, `<p {{if .N}}i{{end}}d="k">x</p>`: false, `<p {{range .Names}}id="k" {{end}}>x</p>`: true,
		`<img alt=x-->`: false, `<img alt={{.N}}>`: false, `<img alt="x--">`: true, `<BR>`: false, `<DIV>x</DIV>`: true, `<command>x</command>`: false,

		// What a parser closes, moves or leaves out.
		`<p>Intro<div>{{.N}}</div>tail</p>`: false, `<div><p>Intro<div>{{.N}}</div>tail</p></div>`: false, `<a><a>x</a></a>`: false,
		`<a><b><a>x</a></b></a>`: false, `<button><button>x</button></button>`: false, `<li><li>x</li></li>`: false, `<li><div><li>x</li></div></li>`: false,
		`<li><ul><li>x</li></ul></li>`: true, `<dl><dt>x</dt><dd>y</dd></dl>`: true, `<dd><dt>x</dt></dd>`: false, `<h1><h2>x</h2></h1>`: false,
		`<nobr><nobr>x</nobr></nobr>`: false, `<option>x</option>`: false, `<optgroup label="x"></optgroup>`: false,
		`<select><option>x</option></select>`: true, `<select>{{if .N}}<option>x</option>{{end}}</select>`: true, `<select><select></select></select>`: false,
		`<p><ul><li>x</li></ul></p>`: false, `<p><span>x</span></p>`: true, `<table>x</table>`: false, `<table><tbody>x</tbody></table>`: false,
		`<table><tr>x</tr></table>`: false, `<table><tr><td>{{.N}}</td></tr></table>`: true, `<table>{{.N}}</table>`: false, `<table><tr>{{.N}}</tr></table>`: false,
		`<div><table>{{.N}}</table></div>`: true, `<table><div>x</div></table>`: false, `<tr><td>x</td></tr>`: false, `<form>x</form>`: false,
		`<div><form><form></form></form></div>`: false, `<svg><p>x</p></svg>`: false, `<svg><foreignObject><p>x</p></foreignObject></svg>`: true,
		`<body>x</body>`: false, `<ruby><rt>x</rt><rp>y</rp></ruby>`: true, `<ruby><rt><rp>x</rp></rt></ruby>`: false, `<template>x</template>`: false,

		// HTML that isn't known may do so.
		`<div>{{.HTML}}</div>`: true, `<p>{{.HTML}}</p>`: false, `<p>{{.Any}}</p>`: false, `<p>{{.Status}}{{.Money}}{{.User.Greeting "x"}}</p>`: true, `<div><p>{{.HTML}}</p></div>`: true,
		`<li>{{.HTML}}</li>`: false, `<a>{{.HTML}}</a>`: false, `<h1>{{.HTML}}</h1>`: false, `<table><tr><td>{{.HTML}}</td></tr></table>`: true,
		`<div>{{component .Any}}</div>`: false, `<p>{{component .Any}}</p>`: false, `<p title="{{.HTML}}">x</p>`: true, `<textarea>{{.HTML}}</textarea>`: true,
	}
	for body, want := range tests {
		text := `{{if not .B}}` + body + `{{end}}`
		tmpl := mustParse(t, text, &page{})
		var tree engine.Tree
		out, err := tree.Diff(nil, tmpl, &page{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.HasPrefix(string(out), `"0":{`) && strings.Contains(string(out), `],"r":1},"s":["",""]`); got != want {
			t.Errorf("%s: r is %v, want %v, in {%s}", body, got, want, out)
		}
	}
}

// Where a node stands decides, too.
func TestRootFlagWithin(t *testing.T) {
	for around, want := range map[string]bool{
		`<div>@</div>`: true, `<ul><li>@</li></ul>`: true, `<a href="x">@</a>`: true, `<table><tr><td>@</td></tr></table>`: true,
		`<p>@</p>`: false, `<select>@</select>`: false, `<select><optgroup>@</optgroup></select>`: false, `<table>@</table>`: false, `<svg>@</svg>`: false,
		`<svg><foreignObject>@</foreignObject></svg>`: true, `<template>@</template>`: false, `<table><tr>@</tr></table>`: false,
		`{{define "r"}}<p>{{if .Boss}}{{template "r" .Boss}}{{end}}</p>@{{end}}{{template "r" .User.Boss}}`:                         false,
		`{{define "r"}}<b>{{if .Boss}}{{template "r" .Boss}}{{end}}@</b>{{end}}{{template "r" .User}}`:                              true,
		`{{define "r"}}{{if .Boss}}{{template "r" .Boss}}{{end}}@{{end}}<b>{{template "r" .User}}</b><p>{{template "r" .User}}</p>`: false,
	} {
		text := strings.Replace(around, "@", `{{if $}}<div>here</div>{{end}}`, 1)
		tmpl := mustParse(t, text, &page{})
		var tree engine.Tree
		out, err := tree.Diff(nil, tmpl, &page{User: user{Boss: &user{}}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(string(out), `{"s":["<div>here</div>"],"r":1}`); got != want {
			t.Errorf("%s: r is %v, want %v, in {%s}", text, got, want, out)
		}
	}
}

// tried reports whether the ith of very many cases is tried: without the race
// detector each one, and with it, where there is but one goroutine anyway and all
// takes ten times as long, one of triedOf.
func tried(i int) bool { return i%triedOf == 0 }

// elementNames are elements that parsers treat in ways of their own, and a few
// of the others.
var elementNames = strings.Fields(`a address article b br button caption center col colgroup dd details div dl dt
fieldset figure font form h1 h2 head hr i iframe image img input li listing main menu nobr noscript object ol optgroup
option p plaintext pre rb rp rt rtc ruby script section select span style summary svg table tbody td template
textarea tfoot th thead title tr u ul video xmp path g desc foreignObject math mi mtext body html frame param keygen command x-y`)

// Of any two elements within each other, and whatever the client makes of their
// ids: what it keeps while something else changes is what it was.
func TestRootsOfComponents(t *testing.T) {
	ids := []string{
		"", ` id="k"`, ` id='k'`, "\tid=\"k\"", "\nid=\"k\"", ` id=k`, ` ID="k"`, ` id = "k"`, ` a=b=c id="k"`, ` a= " id='j'"`,
		` a = "1 > 2" id="k"`, ` id='"k"'`, ` a="1"id="k"`, `/id="k"`, ` id="j" id=k`, ` id`, ` id=""`, ` a=b"c id="k"`,
	}
	show := func(t *testing.T, html string) (rooted bool) {
		t.Helper()
		var tree engine.Tree
		var c client
		out, err := tree.DiffComponent(nil, component(html), t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := c.apply(out); err != nil {
			t.Fatal(err)
		}
		if err := c.checkRoots(); err != nil {
			t.Errorf("%s: %v", html, err)
		}
		return strings.Contains(string(out), `"r":1`)
	}
	rooted := 0
	for i, outer := range elementNames {
		for j, id := range ids {
			if !tried(i + j) {
				continue
			}
			if show(t, fmt.Sprintf("<h1 id=n>1</h1><%s%s>keep</%s>", outer, id, outer)) {
				rooted++
			}
			if strings.HasSuffix(outer, "t") {
				show(t, fmt.Sprintf("<h1 id=n>1</h1><%s%s><%s></%s>", outer, id, outer, outer))
			}
			show(t, fmt.Sprintf("<h1>1</h1><%s%s><h2>x</h2>", outer, id))
		}
		for j, name := range elementNames {
			if !tried(i + j) {
				continue
			}
			if show(t, fmt.Sprintf("<h1>1</h1><%s>keep<%s>x</%s>tail</%s>", outer, name, name, outer)) {
				rooted++
			}
			show(t, fmt.Sprintf("<h1>1</h1><%s><%s></%s></%s>", outer, name, name, outer))
			show(t, fmt.Sprintf("<div><h1>1</h1><%s><%s></%s><i>x</i></%s></div>", outer, name, name, outer))
		}
	}
	if least := 1000 / triedOf; rooted < least {
		t.Errorf("only %d have r, want %d", rooted, least)
	}
	for html, want := range map[string]bool{
		`<h1 id=n>1</h1><p id=k>keep</p>`:                                     false, // of both
		`<h1 id="n">1</h1><p id="k">keep</p>`:                                 true,
		`<select><option value="1">one</option><option>two</option></select>`: false,
		"<svg><b></b><tr><td>x</td></tr><g>y</g></svg>":                       false, // the svg ends before the b
		"<ul><li>a</li>\u00a0<p>b</p></ul>":                                   true,
	} {
		if got := show(t, html); got != want {
			t.Errorf("%s: r is %v, want %v", html, got, want)
		}
	}
}

// Of a part of a page, where it stands on the page decides, too.
func TestRootsOfComponentParts(t *testing.T) {
	for i, around := range elementNames {
		for j, name := range elementNames {
			if !tried(i + j) {
				continue
			}
			state := &board{Raw: component(fmt.Sprintf("<%s>keep<i>x</i></%s>", name, name))}
			tmpl, err := engine.ParseLax(engine.Source{
				Name: "page", Text: fmt.Sprintf("<%s>{{.N}}{{component .Raw}}{{.N}}</%s>", around, around), State: reflect.TypeFor[board](),
			})
			if err != nil {
				continue // a component can't stand there
			}
			var tree engine.Tree
			out, err := tree.Diff(nil, tmpl, state, nil)
			if err != nil {
				t.Fatal(err)
			}
			var c client
			if err := c.apply(out); err != nil {
				t.Fatal(err)
			}
			if err := c.checkRoots(); err != nil {
				t.Errorf("%s in %s: %v", state.Raw, around, err)
			}
		}
	}
}
