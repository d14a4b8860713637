package client

import (
	"reflect"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// What is told of a page without a Tokenizer is what one tells.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{
		`<h1>x</h1><p id="a" class="b c">y<br/><input name="id" disabled></p><form phx-change="c" id=""></form>`,
		`<p id="a"></p><p id=a><b id='c' id="c"></b><i ID="c">`, `<div phx-hook="H"><ul phx-update="stream" id="x&amp;y">`,
		`<!-- <p id="a"> --><p id="a">`, `<script>"<p id='a'>"</script><p id="a" phx-mounted="x">`, `<a title=">" phx-remove>x</a ">"><b phx-connected="">`,
		`<option selected><textarea><p id="a"></textarea><p id="a">`, `1 < 2 <3 </ > <p`, `<p id="a`, `<p/id="a"><P id="a">`, "<p\nid=\"a\"\tphx-trigger-action\n/>",
		`<script src="/x" phx-track-static></script><script data-path="/l"></script><meta name="csrf-token" content="t">`, `</p id="a">`, `<?x id="y"?><p =a id="a">`,
		`<svg viewBox="0 0"><title>x</title></svg><template><p id="a"></p></template><p id="a">`, `<p id="&#97;"><p id="a"><noscript><p id="b"></noscript>`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		page := `<title>x</title><main id="lv" data-phx-main data-phx-session="s">` + content
		want := newScanner()
		for z := html.NewTokenizer(strings.NewReader(page)); ; {
			token := z.Next()
			if token == html.ErrorToken {
				break
			}
			n := html.Node{Type: html.ElementNode}
			if token == html.StartTagToken || token == html.SelfClosingTagToken {
				tag := z.Token()
				n.Data = tag.Data
				for _, a := range tag.Attr {
					if !dom.HasAttr(&n, a.Key) {
						n.Attr = append(n.Attr, a)
					}
				}
				want.tag(&n)
			}
		}
		if got := scan(page); !reflect.DeepEqual(got, want.head) {
			t.Errorf("scan(%q) =\n%+v, want\n%+v", page, got, want.head)
		}
	})
}
