package book

import (
	"html"
	"path"
	"regexp"
	"strings"
)

// grammar says which words of a language are shown in which colour. Its groups are named by
// the classes of the style sheet: k for keywords and what html/template has in its braces, s
// for texts, c for comments, n for numbers, f for what is called and declared, t for tags and
// a for their attributes. It is enough to read by, and no more: what a compiler would see
// otherwise is in the wrong colour, and nothing else.
type grammar = *regexp.Regexp

const (
	slashes = `(?P<c>//[^\n]*|/\*[\s\S]*?\*/)`
	hashes  = `(?P<c>(?m:^|[ \t])#[^\n]*)`
	texts   = `(?P<s>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|` + "`[^`]*`" + `)`
	numbers = `(?P<n>\b\d[\w.]*)`
	calls   = `(?P<f>\b[A-Za-z_]\w*)(?:\[[\w.*]+\])?\(`
	tags    = `(?P<c><!--[\s\S]*?-->)|(?P<k>\{\{[\s\S]*?\}\})|(?P<t></?[A-Za-z][\w:-]*|/?>)|(?P<a>\b[\w:@-]+)=|(?P<s>"[^"]*")`
)

var (
	goWords = words("break|case|chan|const|continue|default|defer|else|fallthrough|for|func|go|goto|if|import|interface|map|package|range|return|select|struct|switch|type|var|nil|true|false")
	jsWords = words("async|await|break|case|catch|class|const|continue|default|delete|else|export|for|function|if|import|in|let|new|null|of|return|switch|this|throw|true|false|try|typeof|undefined|var|while")
)

// grammars are those that there are, by the end of a file's name or what a block of code is
// said to be.
var grammars = map[string]grammar{
	"go":     regexp.MustCompile(slashes + "|" + texts + "|" + goWords + "|" + numbers + "|" + calls),
	"js":     regexp.MustCompile(slashes + "|" + texts + "|" + jsWords + "|" + numbers + "|" + calls),
	"json":   regexp.MustCompile(`(?P<a>"(?:\\.|[^"\\])*"):|` + texts + "|" + numbers + "|" + words("true|false|null")),
	"css":    regexp.MustCompile(`(?P<c>/\*[\s\S]*?\*/)|(?P<k>@[\w-]+)|(?P<a>[\w-]+):|` + texts + `|(?P<n>#[0-9a-fA-F]{3,8}\b|\b\d[\w.%]*)`),
	"html":   regexp.MustCompile(tags),
	"templ":  regexp.MustCompile(slashes + "|" + words("package|import|templ|func|if|else|for|range|switch|case|return|type|struct") + "|" + tags),
	"elixir": regexp.MustCompile(hashes + "|" + texts + "|" + words("def|defp|defmodule|do|end|use|fn|case|if|else") + "|(?P<n>:\\w+)|" + numbers + "|" + calls),
	"sql":    regexp.MustCompile(`(?P<c>--[^\n]*)|(?P<k>\b(?i:select|from|where|and|or|order|by|limit|insert|into|values|update|set|delete|create|table|index|on|desc|asc|primary|key)\b)|` + texts + "|" + numbers),
	"conf":   regexp.MustCompile(hashes + `|(?P<k>(?m:^\s*)[\w-]+)|` + texts),
}

func words(alternatives string) string { return `(?P<k>\b(?:` + alternatives + `)\b)` }

// colour is code as HTML, in the colours of its language. Of one that has no grammar it is
// the code alone.
func colour(language, code string) string {
	code = strings.TrimRight(code, "\n")
	switch language {
	case "caddy", "haproxy", "nginx", "toml", "yaml", "yml", "service", "socket", "mod", "sh":
		language = "conf"
	}
	g := grammars[language]
	if g == nil {
		return html.EscapeString(code)
	}
	var b strings.Builder
	at, classes := 0, g.SubexpNames()
	for _, found := range g.FindAllStringSubmatchIndex(code, -1) {
		for i := 1; i < len(classes); i++ {
			if from, to := found[2*i], found[2*i+1]; from >= 0 {
				b.WriteString(html.EscapeString(code[at:from]) + `<span class="` + classes[i] + `">` + html.EscapeString(code[from:to]) + `</span>`)
				at = to
			}
		}
	}
	b.WriteString(html.EscapeString(code[at:]))
	return b.String()
}

// languageOf is the language of a file by its name.
func languageOf(name string) string { return strings.TrimPrefix(path.Ext(name), ".") }
