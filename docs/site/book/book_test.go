package book_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gin-liveview/liveview/docs/site/book"
)

// small is a project with little in it.
func small() fstest.MapFS {
	files := fstest.MapFS{}
	for name, text := range map[string]string{
		"README.md":               "# liveview\n\nSee [the guides](docs/README.md) and [Thing](https://pkg.go.dev/github.com/gin-liveview/liveview#Thing).\n",
		"docs/README.md":          "# Guides\n\n**To begin**\n\n- [One](one.md): the first\n- [Errors](errors.md)\n",
		"docs/one.md":             "# One\n\nThe first page.\n\n<!-- live: counter counter -->\n\n## Rows & more\n\nSee [itself](#rows--more), [a file](../thing.go), [a folder](../example/counter) and [errors](errors.md#rows).\n\n<!-- for a test -->\n\n```go\nfunc main() { go run(1) } // now\n```\n\n## Rows & more\n",
		"docs/errors.md":          "# Errors\n\n## Rows\n\n| what it says | why |\n|---|---|\n| `the form of … has no field …`<br>`gone` | a name |\n",
		"CHANGELOG.md":            "# Changelog\n",
		"ARCHITECTURE.md":         "# Architecture\n",
		"bench/README.md":         "# Benchmarks\n",
		"thing.go":                "// Package liveview is small.\n//\n// # Life of a Thing\n//\n// It ends with [Thing.End].\npackage liveview\n\n// Thing is one.\ntype Thing struct{ Name string }\n\n// End ends it: see [Thing.Name].\nfunc (Thing) End() {}\n",
		"thing_example_test.go":   "package liveview_test\n\nfunc ExampleThing_End() {\n\tprintln(1)\n\t// Output: 1\n}\n",
		"example/counter/main.go": "package main\n",
		"example/ui/ui.css":       ":root {}\n",
		"example/static/icon.svg": "<svg/>",
		"docs/picture.png":        "no picture",
	} {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

var counter = []book.Example{{Name: "counter", Title: "Counter", Path: "/counter", Dir: "example/counter"}}

func TestMake(t *testing.T) {
	served, err := book.Make(small(), book.Options{Examples: counter, Served: true})
	if err != nil {
		t.Fatal(err)
	}
	names := slices.Sorted(maps.Keys(served.Files))
	want := []string{
		"architecture.html", "benchmarks.html", "changelog.html", "errors.html", "guides.html", "icon.svg", "index.html", "one.html", "packages/liveview.html",
		"search.js", "site.css", "site.js", "source/example/counter/index.html", "source/example/counter/main.go.html", "source/thing.go.html", "ui.css",
	}
	if !slices.Equal(names, want) {
		t.Errorf("the site has %q, want %q", names, want)
	}
	for name, parts := range map[string][]string{
		"index.html": {`<title>liveview: live pages for Gin</title>`, `<a href="guides.html">the guides</a>`, `<a href="packages/liveview.html#Thing">Thing</a>`},
		"one.html": {
			`<h2 id="rows--more">Rows &amp; more`, `<h2 id="rows--more-1">`, `<a href="source/thing.go.html">`, `<a href="errors.html#rows">`, `aria-current="page">One</a>`,
			`<iframe src="/counter" title="Counter, live, one visitor" loading="lazy">`, `title="Counter, live, another"`,
			`<span class="k">func</span> <span class="f">main</span>() { <span class="k">go</span> <span class="f">run</span>(<span class="n">1</span>) } <span class="c">// now</span></code>`,
		},
		"errors.html":                         {`<tr id="the-form-of--has-no-field-">`, `<code>the form of … has no field …</code><br>`},
		"packages/liveview.html":              {`id="Thing.Name"`, `<a href="#Thing.End">`, `<h2 id="hdr-Life_of_a_Thing">`, "<summary>Example</summary>", "It prints:"},
		"source/thing.go.html":                {`<link rel="stylesheet" href="../site.css">`, `<h1 class="path">thing.go</h1>`},
		"source/example/counter/main.go.html": {`<a href="index.html">example/counter</a>/<wbr>main.go`},
		"source/example/counter/index.html":   {`<a href="main.go.html">main.go</a>`},
	} {
		for _, part := range parts {
			if !strings.Contains(string(served.Files[name]), part) {
				t.Errorf("%s has no %s:\n%s", name, part, served.Files[name])
			}
		}
	}
	if api := string(served.Files["packages/liveview.html"]); strings.Contains(api, "// Output") {
		t.Errorf("an example shows the comment that says what it prints:\n%s", api)
	}
	still, err := book.Make(small(), book.Options{Examples: counter})
	if err != nil {
		t.Fatal(err)
	}
	if one := string(still.Files["one.html"]); strings.Contains(one, "<iframe") || !strings.Contains(one, "go run -C docs/site") {
		t.Errorf("where nothing is served, the page of the example is\n%s", one)
	}
}

func TestMakeRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"[x](two.md)":              "docs/one.md: links to two.md, which isn't there",
		"[x](errors.md#nowhere)":   "one.html: leads to errors.html#nowhere, and there is no such heading",
		"[x](#nowhere)":            "one.html: leads to #nowhere, and there is no such heading",
		"![a picture](other.png)":  "docs/one.md: links to other.png, which isn't there",
		"![](picture.png)":         "docs/one.md: the picture picture.png says nothing to those who don't see it",
		"<!-- live: clock -->":     "docs/one.md: there is no example clock",
		"<!-- live: -->":           "docs/one.md: names no example",
		"<div>x</div>":             "docs/one.md: has HTML that the site has no form for: <div>x</div>",
		"an <b>x</b>":              "docs/one.md: has HTML that the site has no form for: <b>",
		"[x](../../../etc/passwd)": "docs/one.md: links to ../../../etc/passwd, which isn't there",
		"[x](https://pkg.go.dev/github.com/gin-liveview/liveview#Nothing)": "one.html: leads to packages/liveview.html#Nothing, and there is no such heading",
		"[x](https://pkg.go.dev/github.com/gin-liveview/liveview/nothing)": "and there is no such package",
	} {
		files := small()
		files["docs/one.md"].Data = append(files["docs/one.md"].Data, "\n"+text+"\n"...)
		if _, err := book.Make(files, book.Options{Examples: counter, Served: true}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("with %s Make returns %v, want %s", text, err, want)
		}
	}
}

// What is found is found by its words, each also within a name.
func TestIndex(t *testing.T) {
	b, err := book.Make(small(), book.Options{Examples: counter})
	if err != nil {
		t.Fatal(err)
	}
	var index struct {
		Entries []struct {
			Title string   `json:"t"`
			URL   string   `json:"u"`
			Says  []string `json:"s"`
		}
		Words map[string][]int
	}
	script := strings.TrimSuffix(strings.TrimPrefix(string(b.Files["search.js"]), "window.searchIndex = "), ";\n")
	if err := json.Unmarshal([]byte(script), &index); err != nil {
		t.Fatal(err)
	}
	for word, want := range map[string]string{
		"first":  "One one.html",
		"rows":   "Rows errors.html#rows",
		"field":  "the form of … has no field … errors.html#the-form-of--has-no-field-",
		"end":    "Thing.End packages/liveview.html#Thing.End",
		"ends":   "package liveview packages/liveview.html",
		"nobody": "",
	} {
		best, most := "", 0
		for i, list := 0, index.Words[word]; i+1 < len(list); i += 2 {
			if e := index.Entries[list[i]]; list[i+1] > most {
				best, most = e.Title+" "+e.URL, list[i+1]
			}
		}
		if best != want {
			t.Errorf("%q finds %q, want %q", word, best, want)
		}
	}
	for _, e := range index.Entries {
		if strings.HasPrefix(e.Title, "the form") && !slices.Equal(e.Says, []string{"the form of … has no field …", "gone"}) {
			t.Errorf("the row says %q", e.Says)
		}
	}
}
