package engine_test

import (
	"strings"
	"testing"
)

// pages use all of the language. Each is shown with several states in turn.
var pages = map[string]string{
	"plain":               `<p>hello</p>`,
	"fields":              `<p title="{{.Title}}">{{.Title}} {{.N}} {{.U8}} {{.F}} {{.F32}} {{.B}} {{.C}} {{.Status}}</p>`,
	"stringer":            `{{.Money}} {{.Str}} {{.Err}}`,
	"content types":       `{{.HTML}} <a href="{{.URL}}" {{.Attr}} style="{{.CSS}}" onclick="{{.JS}}" title="{{.HTML}}">x</a>`,
	"script":              `<script>var x = {{.Title}}, n = {{.N}}, a = {{.Names}}, s = "{{.Title}}", t = '{{.N}}';</script>`,
	"style":               `<style>p { color: {{.Title}}; width: {{.N}}px }</style>`,
	"urls":                `<a href="/x/{{.N}}?q={{.Title}}&n={{.N}}#{{.Title}}">{{.N}}</a><a href="{{.Title}}"></a><a href={{.N}}></a><img src="{{.N}}" srcset="{{.Title}}">`,
	"unquoted":            `<p title={{.Title}} id={{.N}} data-x={{.Names}}></p>`,
	"rcdata":              `<title>{{.Title}}</title><textarea>{{.Title}}</textarea>`,
	"comment":             `a<!-- {{.Title}} -->b{{/* c */}}c`,
	"attribute name":      `<p {{if .B}}checked{{end}} {{.Status}}="x"></p>`,
	"trim":                `a  {{- .N -}}  b {{- /* x */ -}} c`,
	"if":                  `{{if .B}}<b>{{.N}}</b>{{else if gt .N 10}}<i>{{.N}}</i>{{else}}none{{end}}`,
	"if values":           `{{if .Title}}t{{end}}{{if .N}}n{{end}}{{if .F}}f{{end}}{{if .Ptr}}p{{end}}{{if .Any}}a{{end}}{{if .Rows}}r{{end}}{{if .Map}}m{{end}}{{if .Err}}e{{end}}{{if .User}}u{{end}}{{if .Arr}}x{{end}}{{if .C}}c{{end}}{{if .Func}}g{{end}}`,
	"comparisons":         `{{if eq .N 42 7}}a{{end}}{{if ne .Title "x"}}b{{end}}{{if lt .F 2.0}}c{{end}}{{if le .N 42}}d{{end}}{{if gt .U8 6}}e{{end}}{{if ge .N .U8}}f{{end}}{{if and .B (not .Rows) }}g{{end}}{{if or .B .Title}}h{{end}}{{if eq .Status "x"}}i{{end}}{{eq .B true}}{{lt .Title "b"}}`,
	"with":                `{{with .User}}{{.Name}}{{with .Boss}}[{{.Name}}]{{end}}{{end}}{{with .Title}}{{.}}{{else}}no title{{end}}{{with .Ptr}}{{.Name}} {{.Pointer}}{{else with .Names}}{{.}}{{else}}none{{end}}`,
	"pointers":            `{{with .Ptr}}{{.Name}} {{.Age}} {{.Email}} {{with .Boss}}{{.Name}}{{end}}{{end}} {{.Ptr}}`,
	"variables":           `{{$x := .N}}{{$y := .User}}{{$x}} {{$y.Name}} {{with .Title}}{{$x}} {{$.N}} {{$y.Age}}{{end}} {{$z := 5}}{{$z}} {{$s := "q"}}{{$s}}`,
	"assignment":          `{{$x := 0}}{{range .Rows}}{{if .Done}}{{$x = add $x .ID}}{{end}}{{$x}},{{end}}={{$x}}{{if .B}}{{$x = "text"}}{{end}}{{$x}}`,
	"assigned element":    `{{$i := 0}}{{$e := 0}}{{range $i, $e = .Names}}{{$i}}{{$e}};{{end}}{{$i}} {{$e}}`,
	"methods":             `{{.Total}} {{.User.Greeting "Hi"}} {{.User.Pointer}} {{.Add 1 2 3}} {{"Yo" | .User.Greeting}} {{range .Visible}}{{.ID}}{{end}}`,
	"pipelines":           `{{.Title | upper | printf "%q %s" "a"}} {{printf "%05d" .N}} {{len .Rows}} {{len .Title}} {{index .Names 1}} {{index .Map "b"}} {{slice .Title 0 1}} {{print .N .F}} {{.F | printf "%.2f"}} {{.N | add 1 | add 2}}`,
	"predefined":          `{{.Title | html}} {{html .Title .N}} {{.Title | urlquery}} <a href="/?q={{.Title | urlquery}}">x</a> <p title="{{.Title | html}}"></p>`,
	"logic values":        `{{and .N .Title}} {{or .Ptr .Title}} {{not .N}} {{and .B (gt .N 3)}} {{or "" 0 .Any}}`,
	"any":                 `{{.Any}} {{with .Any}}{{.}}{{end}} {{range .Anys}}<{{.}}>{{end}}`,
	"range":               `<ul>{{range .Rows}}<li id="r-{{.ID}}" class="{{if .Done}}done{{end}}">{{.Name}} {{.Price}} {{.Tag}}</li>{{end}}</ul>`,
	"range index":         `{{range $i, $r := .Rows}}{{$i}}:{{$r.Name}}{{if eq $i 0}} first{{end}};{{end}}`,
	"range outer":         `{{range .Rows}}{{.ID}}{{if eq .ID $.N}} selected {{$.Title}}{{end}};{{end}}`,
	"range pointer":       `{{range .Rows}}{{.ID}}{{if $.Ptr}}{{$.Ptr.Name}}{{end}}{{$.User.Name}}{{len $.Names}};{{end}}`,
	"range else":          `{{range .Names}}<i>{{.}}</i>{{else}}<b>nobody {{.N}}</b>{{end}}`,
	"range variable":      `{{range $r := .Rows}}{{$r.ID}}{{else}}{{$r}}{{end}}`,
	"range keyed":         `{{range .Rows | keyed "ID"}}<li id="{{.ID}}">{{.Name}}{{if .Done}}<b>{{$.N}}</b>{{end}}</li>{{end}}`,
	"range keyed first":   `{{range keyed "Key" .Rows}}{{.ID}}{{end}}`,
	"range keyed self":    `{{range .Names | keyed "."}}<li>{{.}}</li>{{end}}`,
	"range array":         `{{range .Arr}}{{.}},{{end}}{{range $i, $a := .Arr}}{{$i}}{{$a}}{{end}}`,
	"range int":           `{{range 3}}{{.}}{{end}}{{range $i := .N}}{{if gt $i 4}}{{break}}{{end}}{{$i}}{{end}}`,
	"range map":           `{{range $k, $v := .Map}}{{$k}}={{$v}};{{end}}{{range .IntMap}}{{.}}{{end}}{{range $k, $v := .FMap}}{{$k}}{{$v}}{{end}}{{range .UMap}}{{.Name}}{{end}}`,
	"range func":          `{{range .Func}}{{.}}{{end}}{{range $k, $v := .Func2}}{{$k}}{{$v}}{{end}}{{range $k := .Func2}}{{$k}}{{end}}{{range .Func}}{{if gt . 2}}{{break}}{{end}}{{.}}{{end}}`,
	"range chan":          `{{range .Chan}}<{{.}}>{{else}}none{{end}}{{range $c := .Chan}}{{$c}}{{end}}{{range $i, $c := .Chan}}{{$i}}={{$c}};{{end}}`,
	"range iterators":     `{{range .Seq}}{{.ID}}<i>{{.Name}}</i>{{else}}none{{end}}{{range $i, $r := .Seq2}}{{$i}}:{{$r.Name}};{{else}}none{{end}}{{range $k := .Keys}}{{$k}}{{end}}{{range $i := .Seq2}}{{$i}}{{end}}`,
	"range nothing":       `{{range 0}}x{{else}}zero{{end}}{{range .Users}}u{{else}}none{{end}}`,
	"range ints":          `{{range .I8}}{{.}}{{else}}none{{end}}{{range $i := .U64}}{{$i}}{{end}}{{range .U8}}{{.}}{{end}}{{range len .Names}}{{.}}{{end}}`,
	"range keys":          `{{range $k, $v := .Bools}}{{$k}}{{$v}}{{end}}{{range $k, $v := .Kinds}}{{$k}}={{$v}};{{end}}{{range $k, $v := .Floats}}{{$k}}{{range $v}}{{.}}{{end}}{{end}}{{range $k, $v := .Points}}{{$k}}{{$v}}{{end}}`,
	"range through":       `{{range .Slices}}{{.ID}}{{.Name}}{{else}}none{{end}}{{range $i, $s := .ArrPtr}}{{$i}}{{$s}}{{end}}`,
	"range any":           `{{with .Any}}{{range .}}{{.}};{{else}}nothing{{end}}{{end}}`,
	"break everywhere":    `{{range .Chan}}{{if eq . "c"}}{{break}}{{end}}{{.}}{{end}}{{range $k, $v := .Map}}{{if eq $v 2}}{{break}}{{end}}{{$k}}{{end}}{{range .Seq}}{{.ID}}{{if .Done}}{{break}}{{end}}{{end}}{{range 5}}{{.}}{{if eq . 2}}{{break}}{{end}}{{end}}{{range .Arr}}{{if eq . 2}}{{break}}{{end}}{{.}}{{end}}{{range .Anys}}{{.}}{{break}}{{end}}`,
	"continue everywhere": `{{range .Chan}}{{if eq . "<b>"}}{{continue}}{{end}}{{.}}{{end}}{{range $k, $v := .Map}}{{if eq $v 2}}{{continue}}{{end}}{{$k}}{{end}}{{range .Seq}}{{.ID}}{{if .Done}}{{continue}}{{end}},{{end}}{{range 5}}{{if eq . 2}}{{continue}}{{end}}{{.}}{{end}}{{range .Func}}{{if gt . 2}}x{{continue}}{{end}}{{.}}{{end}}{{range .Rows}}{{range $.Names}}{{if eq . "a"}}{{continue}}{{end}}{{.}}{{end}}{{if .Done}}{{continue}}{{end}}!{{end}}`,
	"break with else":     `{{range .Rows}}{{with .Name}}{{.}}{{break}}{{else}}unnamed{{continue}}{{end}}{{end}}{{range .Names}}{{range $.Rows}}{{.ID}}{{break}}{{end}}{{.}}{{else}}none{{end}}`,
	"more methods":        `{{.Self.Title}} {{(.Maybe 1).Name}} {{.Times 2 .Str}} {{.Reflected .N}} {{.Reflected .Title}} {{.Promoted "x"}} {{.Deeper}} {{.Inner.Deeper}} {{.Inner | print}} {{call .Call "a" 1 2}} {{.Call | printf "%T"}} {{.Str.String}} {{.Err.Error}}`,
	"method on elements":  `{{range .Rows}}{{.Key}}{{end}}{{range .Users}}{{with .}}{{.Greeting "x"}}{{.Pointer}}{{end}}{{end}}{{range $k, $u := .UMap}}{{$u.Greeting $k}}{{end}}{{(index .Users 0).Pointer}}`,
	"variables around":    `{{$a := .Title}}{{$b := $a | upper}}{{$c := .Rows}}{{range $i, $r := $c}}{{$a = $r.Name}}{{$i}}{{$b}}{{end}}{{$a}}{{with $d := .Ptr}}{{$d.Name}}{{$a = "set"}}{{end}}{{$a}}{{if $e := .Any}}{{$e}}{{else}}{{$e}}{{end}}`,
	"pipelines nested":    `{{(len (slice .Names 1)) | add (len .Rows) | printf "%d-%v" .N}} {{print (and .B .Title) (or .Ptr .N)}} {{printf "%v %v" .Ptr .Any}} {{index (index .Deep 0) 0}} {{not (eq .N 42)}} {{eq .N .I8 42}} {{js .Title}} {{urlquery .Title .N}}`,
	"nil values":          `{{with .Any}}{{.}}{{end}}{{if .Str}}{{.Str}}{{end}}{{if .Err}}{{.Err}}{{end}}{{.Any}}{{.Err}}{{.Str}}{{.Users}}{{.Map}}`,
	"range pointers":      `{{range .Users}}{{if .}}{{.Name}} {{.Age}}{{else}}nil{{end}};{{end}}`,
	"range nested":        `{{range $i, $l := .Deep}}<ul>{{range $j, $r := $l}}<li>{{$i}}.{{$j}} {{.Name}} {{$.N}}</li>{{else}}empty{{end}}</ul>{{end}}`,
	"nested outer":        `{{range .Rows}}{{$r := .}}{{range $.Names}}{{.}}{{$r.ID}}{{end}}{{end}}`,
	"break":               `{{range .Rows}}{{.ID}}{{if .Done}}{{break}}{{end}}<i>{{.Name}}</i>{{end}}`,
	"continue":            `{{range .Rows}}{{if .Done}}skip{{continue}}{{end}}<i>{{.Name}}</i>{{end}}`,
	"continue deep":       `{{range .Rows}}{{with .Name}}{{if eq . "two"}}{{continue}}{{end}}{{.}}{{end}}<i>{{.ID}}</i>{{end}}`,
	"break in else":       `{{range .Rows}}{{range $.Users}}u{{else}}none{{break}}{{end}}{{.ID}}{{end}}`,
	"jumps in else":       `{{range .Keys}}{{.}}{{end}}{{range .Seq}}{{range $.Users}}u{{else}}none{{if .Done}}{{break}}{{end}}!{{end}}{{.ID}}{{end}}{{range .Rows}}{{range $.Names}}n{{else}}{{if .Done}}{{continue}}{{else}}{{break}}{{end}}!{{end}}{{.ID}}{{end}}{{range .Rows}}{{.ID}}{{range $.Names}}n{{else}}<b>{{.ID}}</b>{{break}}{{end}}{{end}}`,
	"templates":           `{{define "item"}}<li>{{.Name}}{{template "price" .Price}}</li>{{end}}{{define "price"}} <b>{{.}}</b>{{end}}<ul>{{range .Rows}}{{template "item" .}}{{end}}</ul>{{template "user" .User}}{{define "user"}}{{.Name}}{{$.Age}}{{end}}{{template "none"}}{{define "none"}}[{{.}}]{{end}}`,
	"template contexts":   `{{define "v"}}{{.}}{{end}}<a href="{{template "v" .Title}}" title="{{template "v" .Title}}">{{template "v" .Title}}</a><script>x = {{template "v" .Title}}</script>`,
	"ranges in ranges":    `{{range .Rows}}<ul>{{range $.Names}}<li>{{range $.Rows}}{{if .Done}}{{break}}{{end}}<b class="{{.ID}}">{{.ID}}</b>{{range $i, $n := $.Names}}{{if $i}}{{continue}}{{end}}<a href="/{{$n}}">{{$n}}</a>{{else}}no names{{end}}{{else}}no rows{{end}}</li>{{end}}</ul>{{end}}`,
	"ring":                `{{define "a"}}<p>{{.Name}}{{if .Boss}}{{template "b" .Boss}}{{end}}</p>{{end}}{{define "b"}}<b>{{.Name}}{{with .Boss}}{{template "a" .}}{{template "b" .}}{{end}}</b>{{end}}{{template "a" .User}}{{with .Ptr}}{{template "b" .}}{{end}}`,
	"recursive":           `{{define "u"}}<p>{{.Name}}{{if .Boss}}{{template "u" .Boss}}{{end}}</p>{{end}}{{template "u" .User}}{{template "u" .Ptr}}`,
	"recursive script":    `{{define "u"}}{{.Name}},{{with .Boss}}{{template "u" .}}{{end}}{{end}}<script>x = [{{template "u" .User}}]</script>`,
	"block":               `{{block "b" .User}}{{.Name}}{{end}}`,
	"chain":               `{{(.User).Name}} {{(index .Rows 0).Name}} {{(.User.Boss).Name}}`,
	"map fields":          `{{.Map.a}} {{.Map.zz}} {{.Any.K}} {{.UMap.x.Name}} {{.UMap.nobody.Name}}`,
	"embedded dot":        `{{with $u := .User}}{{$u.Name}}{{.Age}}{{end}}{{if $n := .N}}{{$n}}{{end}}`,
	"deep conditionals":   `{{if .B}}<p>{{if .N}}<i>{{with .User}}{{.Name}}{{end}}</i>{{end}}</p>{{end}}`,
	"failing":             `{{.N}}{{if .B}}{{.Title | fail}}{{end}}`,
	"nil pointer":         `{{.Ptr.Name}}`,
	"nil, not used":       `{{range .Rows}}{{$x := $.Ptr.Name}}{{.ID}}{{end}}`,
	"nil in if":           `{{if .Ptr.Name}}x{{end}}`,
	"failing func":        `{{.N}}{{range .NilFn}}x{{else}}no func{{end}}`,
	"failing by panic":    `{{if .B}}{{panic}}{{end}}`,
	"runtime index":       `{{index .Names 1}}`,
	"constants":           `{{1}} {{1.5}} {{"a<"}} {{true}} {{'a'}} {{0x10}} {{1e3}} {{print nil}}`,
	"array of any":        `{{range $i, $a := list 1 "b" .N}}{{$i}}{{$a}}{{end}}`,
	"attribute if":        `<div class="a {{if .B}}b{{else}}c{{end}}" {{with .Title}}title="{{.}}"{{end}}>{{.N}}</div>`,
	"safe":                `{{safe "<b>"}}{{.Title | safe}}`,
	"fields of any":       `{{range .Anys}}{{with .}}{{.}}{{end}}{{end}}`,
	"not a number":        `{{if .N}}{{if not .B}}x{{end}}{{end}}`,
}

func TestPages(t *testing.T) {
	for name, text := range pages {
		t.Run(name, func(t *testing.T) {
			page := newTwin(t, text, &page{})
			s := page.session()
			list := states()
			if _, err := renderTheirs(page.theirs, list[0]); (err != nil) != strings.Contains(name, "fail") {
				t.Errorf("html/template's error with the full state is %v", err)
			}
			for range count(2, 3) {
				for _, state := range list {
					s.show(t, state)
				}
				list[0], list[2], list[4] = list[4], list[0], list[2]
			}
		})
	}
}

// A state need not be a struct.
func TestStates(t *testing.T) {
	number, list, any1 := 3, []string{"a"}, any(map[string]any{"K": "<v>"})
	m := map[string]any{"Name": "x", "List": []any{1, "b"}}
	for text, state := range map[string]any{
		`{{.}}{{if gt . 2}}x{{end}}`: &number,
		`{{range .}}{{.}}{{end}}`:    &list,
		`{{.K}}`:                     &any1,
		`{{.Name}}{{range .List}}{{.}}{{end}}{{.Missing}}`: &m,
	} {
		newTwin(t, text, state).session().show(t, state)
	}
}
