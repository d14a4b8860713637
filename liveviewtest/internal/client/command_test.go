package client

import (
	"fmt"
	"testing"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
	"github.com/gin-liveview/liveview/liveviewtest/internal/patch"
)

// newCommands returns commands for a page with that body, which no server has.
func newCommands(t *testing.T, body string) *commands {
	t.Helper()
	r := &reporter{t: t}
	l := &liveSocket{doc: newDocument(r, nil, body, true)}
	c := &commands{pusher: &pusher{reporter: r, liveSocket: l, uploads: &uploads{liveSocket: l}}}
	c.user = &input{c}
	return c
}

func attributes(n *html.Node) map[string]string {
	all := map[string]string{}
	for _, a := range n.Attr {
		all[a.Key] = a.Val
	}
	return all
}

// What JS commands did to an element stays over patches, whether the server
// sends the same element again or another one.
func TestJSCommandsOutlivePatches(t *testing.T) {
	c := newCommands(t, `<div id="v" data-phx-main data-phx-session="s"></div>`)
	c.doc.parse()
	s := &screen{doc: c.doc, id: "v"}
	content, streams, err := s.begin(Diff{"s": []any{`<p id="p" class="a" title="`, `">`, `</p>`}, "0": "t", "1": "x"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.show(content, streams, true); err != nil {
		t.Fatal(err)
	}
	p := c.doc.ByID("p")
	for _, command := range []string{
		`["add_class",{"names":["b","c"]}]`, `["remove_class",{"names":["a","b"]}]`, `["set_attr",{"attr":["lang","de"]}]`,
		`["toggle_attr",{"attr":["open","yes","no"]}]`, `["toggle_attr",{"attr":["open","yes","no"]}]`, `["remove_attr",{"attr":"title"}]`,
		`["hide",{}]`, `["toggle_class",{"names":["d","c"]}]`, `["set_attr",{"attr":["data-kept","1"]}]`, `["ignore_attrs",{"attrs":["data-*"]}]`,
	} {
		c.exec(cause{event: "[" + command + "]", source: p})
	}
	for _, diff := range []Diff{{"1": "y"}, {"0": "new", "1": "z"}} {
		if err := s.update(diff, func(*patch.Result) {}); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(attributes(p)); got != "map[class:d data-kept:1 id:p lang:de open:no style:display: none;]" {
			t.Errorf("after the patch %v the element has %s", diff, got)
		}
	}
	c.exec(cause{event: `[["show",{"to":{"closest":"p"},"display":"flex"}]]`, source: p})
	if got := dom.Attr(p, "style"); got != "display: flex;" {
		t.Errorf("after show the style is %q", got)
	}
}
