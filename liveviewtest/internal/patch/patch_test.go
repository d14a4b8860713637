package patch_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
	"github.com/gin-liveview/liveview/liveviewtest/internal/patch"
	"github.com/gin-liveview/liveview/liveviewtest/internal/rendered"
)

// screen is a view's element whose diffs come from a test.
type screen struct {
	t    *testing.T
	tree *rendered.Tree
	doc  *dom.Document
	main *html.Node
	join bool // the next diff is that of a join
}

func newScreen(t *testing.T) *screen {
	t.Helper()
	main, err := dom.ParseFragment(`<div id="v"></div>`)
	if err != nil {
		t.Fatal(err)
	}
	root := &html.Node{Type: html.DocumentNode}
	dom.Insert(root, main, nil)
	return &screen{t, rendered.New("v"), dom.NewDocument(root), main, true}
}

// apply merges a diff and shows what comes of it.
func (s *screen) apply(text string) error {
	s.t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var diff rendered.Diff
	if err := d.Decode(&diff); err != nil {
		s.t.Fatalf("%v in %s", err, text)
	}
	if err := s.tree.Merge(diff); err != nil {
		return err
	}
	var changed map[int]bool
	if !s.join {
		changed = map[int]bool{}
		components, _ := diff["c"].(rendered.Diff)
		for key := range components {
			if cid, err := strconv.Atoi(key); err == nil {
				changed[cid] = true
			}
		}
	}
	content, streams, err := s.tree.HTML(changed)
	if err != nil {
		return err
	}
	to, err := dom.ParseFragment("<div>" + content + "</div>")
	if err != nil {
		return err
	}
	result := patch.Apply(s.doc, s.main, to, streams, patch.Options{View: "v", Join: s.join})
	for _, warning := range result.Warnings {
		s.t.Error(warning)
	}
	s.join = false
	return nil
}

// shows returns what is on the screen, without the client's attributes.
func (s *screen) shows() string {
	var b bytes.Buffer
	for c := s.main.FirstChild; c != nil; c = c.NextSibling {
		n := dom.Clone(c)
		dom.Walk(n, func(n *html.Node) {
			n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool {
				return slices.Contains([]string{"data-phx-id", "data-phx-component", "data-phx-view", "data-phx-stream"}, a.Key)
			})
		})
		_ = html.Render(&b, n) // a Buffer takes all
	}
	return b.String()
}

// What the official client was seen to do with each form of a diff.
func TestDiffsShow(t *testing.T) {
	type step struct{ diff, shows string }
	const list = `{"0":{"s":["<li>","</li>"],"k":{"0":{"0":"a"},"1":{"0":"b"},"2":{"0":"c"},"kc":3}},"s":["<ul>","</ul>"]}`
	const abc = `<ul><li>a</li><li>b</li><li>c</li></ul>`
	for name, steps := range map[string][]step{
		"a conditional comes and goes": {
			{`{"s":["<p>","</p>",""],"0":"1","1":""}`, `<p>1</p>`},
			{`{"1":{"s":["<i>","</i>"],"0":"3","r":1}}`, `<p>1</p><i>3</i>`},
			{`{"1":{"0":"4"}}`, `<p>1</p><i>4</i>`},
			{`{"0":"2"}`, `<p>2</p><i>4</i>`},
			{`{"1":""}`, `<p>2</p>`},
		},
		"an unchanged element is left alone": {
			{`{"s":["","<hr>",""],"0":{"s":["<p id=\"x\">","</p>"],"r":1,"0":"a"},"1":{"s":["<!-- c --> <input value=\"","\"> "],"r":1,"0":"v"}}`, `<p id="x">a</p><hr/><!-- c --> <input value="v"/> `},
			{`{"0":{"0":"b"}}`, `<p id="x">b</p><hr/><!-- c --> <input value="v"/> `},
		},
		"append":                   {{list, abc}, {`{"0":{"k":{"3":{"0":"d"},"kc":4}}}`, `<ul><li>a</li><li>b</li><li>c</li><li>d</li></ul>`}},
		"move and edit":            {{list, abc}, {`{"0":{"k":{"0":2,"1":0,"2":[1,{"0":"B"}],"km":true,"kc":3}}}`, `<ul><li>c</li><li>a</li><li>B</li></ul>`}, {`{"0":{"k":{"0":1,"1":2,"km":true,"kc":2}}}`, `<ul><li>a</li><li>B</li></ul>`}},
		"empty and fill":           {{list, abc}, {`{"0":{"k":{"kc":0}}}`, `<ul></ul>`}, {`{"0":{"k":{"0":{"0":"x"},"kc":1}}}`, `<ul><li>x</li></ul>`}},
		"shared statics":           {{`{"p":{"0":["<b>","</b>"],"1":["<li>","</li>"],"2":["<ul>","</ul>"]},"0":{"s":1,"k":{"0":{"0":{"s":0,"0":"x","r":1}},"kc":1}},"s":2}`, `<ul><li><b>x</b></li></ul>`}, {`{"p":{"0":["<b>","</b>"]},"0":{"k":{"1":{"0":{"s":0,"0":"z","r":1}},"kc":2}}}`, `<ul><li><b>x</b></li><li><b>z</b></li></ul>`}},
		"components":               {{`{"0":1,"1":2,"s":["<div>","-","</div>"],"c":{"1":{"s":["<p>","</p>"],"r":1,"0":"one"},"2":{"s":1,"0":"two"}}}`, `<div><p>one</p>-<p>two</p></div>`}, {`{"c":{"1":{"0":"ONE"}}}`, `<div><p>ONE</p>-<p>two</p></div>`}, {`{"1":3,"c":{"3":{"s":-1,"0":"three"}}}`, `<div><p>ONE</p>-<p>three</p></div>`}},
		"another root":             {{`{"s":["<p>a</p>"]}`, `<p>a</p>`}, {`{"s":["<b>","</b>"],"0":"x"}`, `<b>x</b>`}},
		"a stream: front and back": {{stream3, `<ul id="ul" phx-update="stream"><li id="i-1">one</li><li id="i-2">two</li></ul>`}, {`{"0":{"k":{"0":{"0":"i-0","1":"zero"},"kc":1},"stream":["0",[["i-0",0,null,false]],[]]}}`, `<ul id="ul" phx-update="stream"><li id="i-0">zero</li><li id="i-1">one</li><li id="i-2">two</li></ul>`}, {`{"0":{"k":{"0":{"0":"i-3","1":"three"},"1":{"0":"i-1","1":"ONE"},"kc":2},"stream":["0",[["i-3",-1,null,false],["i-1",-1,null,false]],[]]}}`, `<ul id="ul" phx-update="stream"><li id="i-0">zero</li><li id="i-1">ONE</li><li id="i-2">two</li><li id="i-3">three</li></ul>`}},
		"a stream: delete":         {{stream3, `<ul id="ul" phx-update="stream"><li id="i-1">one</li><li id="i-2">two</li></ul>`}, {`{"0":{"k":{"kc":0},"stream":["0",[],["i-1"]]}}`, `<ul id="ul" phx-update="stream"><li id="i-2">two</li></ul>`}},
		"a stream: update only":    {{stream3, `<ul id="ul" phx-update="stream"><li id="i-1">one</li><li id="i-2">two</li></ul>`}, {`{"0":{"k":{"0":{"0":"i-9","1":"nine"},"1":{"0":"i-2","1":"TWO"},"kc":2},"stream":["0",[["i-9",-1,null,true],["i-2",-1,null,true]],[]]}}`, `<ul id="ul" phx-update="stream"><li id="i-1">one</li><li id="i-2">TWO</li></ul>`}},
		"a stream: keep the last":  {{stream3, `<ul id="ul" phx-update="stream"><li id="i-1">one</li><li id="i-2">two</li></ul>`}, {`{"0":{"k":{"0":{"0":"i-3","1":"three"},"kc":1},"stream":["0",[["i-3",-1,-2,false]],[]]}}`, `<ul id="ul" phx-update="stream"><li id="i-2">two</li><li id="i-3">three</li></ul>`}},
		"a stream: reset":          {{stream3, `<ul id="ul" phx-update="stream"><li id="i-1">one</li><li id="i-2">two</li></ul>`}, {`{"0":{"k":{"0":{"0":"i-2","1":"two"},"1":{"0":"i-5","1":"five"},"kc":2},"stream":["0",[["i-2",-1,null,false],["i-5",-1,null,false]],[],true]}}`, `<ul id="ul" phx-update="stream"><li id="i-2">two</li><li id="i-5">five</li></ul>`}, {`{"0":{"k":{"kc":0},"stream":["0",[],[],true]}}`, `<ul id="ul" phx-update="stream"></ul>`}},
		"a portal": {
			{`{"s":["<div id=\"target\"></div><template id=\"po\" data-phx-portal=\"#target\"><p id=\"pw\">","</p></template>"],"0":"a"}`, `<div id="target"><p id="pw" data-phx-teleported="v" data-phx-teleported-src="po">a</p></div><template id="po" data-phx-portal="#target"><p id="pw">a</p></template>`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScreen(t)
			for i, step := range steps {
				if err := s.apply(step.diff); err != nil {
					t.Fatalf("step %d: %v", i, err)
				}
				if got := s.shows(); got != step.shows {
					t.Fatalf("step %d shows\n%s\nwant\n%s", i, got, step.shows)
				}
			}
		})
	}
}

const stream3 = `{"0":{"s":["<li id=\"","\">","</li>"],"k":{"0":{"0":"i-1","1":"one"},"1":{"0":"i-2","1":"two"},"kc":2},"stream":["0",[["i-2",-1,null,false],["i-1",-1,null,false]],[]]},"s":["<ul id=\"ul\" phx-update=\"stream\">","</ul>"]}`

// What the official client throws at, or shows as undefined, is an error.
func TestDiffsThatCanNotBeApplied(t *testing.T) {
	const page = `{"s":["<p>","</p>",""],"0":"1","1":{"s":["<li>","</li>"],"k":{"0":{"0":"a"},"kc":1}}}`
	for diff, want := range map[string]string{
		`{"0":{"0":"x"}}`:                      "without statics",
		`{"5":"x"}`:                            "dynamic 5",
		`{"0":null}`:                           "a dynamic is <nil>",
		`{"0":7}`:                              "component 7 is shown but was never sent",
		`{"1":{"k":{"0":{"0":"b"}}}}`:          "without its length",
		`{"1":{"k":{"0":0,"kc":1}}}`:           "without km",
		`{"1":{"k":{"0":4,"km":true,"kc":1}}}`: "moved from place 4",
		`{"1":{"k":{"kc":3}}}`:                 "entry 1 of a list wasn't sent",
		`{"1":{"k":{"1":{"1":"x"},"kc":2}}}`:   "wasn't sent",
		`{"0":{"k":{"kc":0}}}`:                 "without statics",
		`{"0":{"s":["a","b"]}}`:                "wasn't sent",
		`{"0":{"s":3}}`:                        "template 3, which wasn't sent",
		`{"x":1}`:                              "unknown member",
		`{"0":{"s":["text <b>","</b>"],"0":"x","r":1}}`: "said to be one element",
		`{"c":{"2":{"s":-1}}}`:                          "doesn't hold",
		`{"c":{"2":{"s":4}}}`:                           "isn't there",
	} {
		s := newScreen(t)
		if err := s.apply(page); err != nil {
			t.Fatal(err)
		}
		if err := s.apply(diff); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("applying %s: %v, want an error with %q", diff, err, want)
		}
	}
	s := newScreen(t)
	if err := s.apply(`{"0":"x"}`); err == nil {
		t.Error("a diff before the first page was applied")
	}
}
