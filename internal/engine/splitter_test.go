package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/internal/engine"
)

type component string

var errComponent = errors.New("failed")

func (c component) Render(_ context.Context, w io.Writer) error {
	if c == "fail" {
		return errComponent
	}
	// In pieces, as template engines write.
	for len(c) > 3 {
		if _, err := io.WriteString(w, string(c[:3])); err != nil {
			return err
		}
		c = c[3:]
	}
	_, err := io.WriteString(w, string(c))
	return err
}

func TestComponent(t *testing.T) {
	var tree engine.Tree
	var c client
	for _, test := range []struct{ html, want string }{
		{`<p class="a">1</p>`, `"0":"a","1":"1","s":["<p class=\"","\">","</p>"]`},
		{`<p class="a">1</p>`, ``},
		{`<p class="b">1</p>`, `"0":"b"`},
		{`<ul><li>a</li><li>b</li></ul>`, `"0":{"k":{"0":{"0":"a"},"1":{"0":"b"},"kc":2},"s":["<li>","</li>"]},"s":["<ul>","</ul>"]`},
		{`<ul><li>n</li><li>a</li><li>b</li></ul>`, `"0":{"k":{"0":{"0":"n"},"1":0,"2":1,"km":true,"kc":3}}`},
		{`<ul><li>n</li><li>A</li><li>b</li></ul>`, `"0":{"k":{"1":{"0":"A"},"kc":3}}`},
		{`<a href=/x/>b</a>`, `"0":"/x/","1":"b","s":["<a href=",">","</a>"]`},
		{`<p>no end`, `"0":"<p>no end","s":["",""]`},
		{`<div/>`, `"0":"<div/>"`},
		{``, `"s":[""]`},
	} {
		out, err := tree.DiffComponent(nil, component(test.html), context.Background())
		if err != nil || string(out) != test.want {
			t.Errorf("%s: {%s}, %v, want {%s}", test.html, out, err, test.want)
		}
		if err := c.apply(out); err != nil {
			t.Fatal(err)
		}
		if got := c.html(); got != test.html {
			t.Errorf("the client shows %s, want %s", got, test.html)
		}
	}
	if out, err := tree.DiffComponent([]byte("x"), component("fail"), context.Background()); err == nil || string(out) != "x" {
		t.Errorf("Diff of a failing component = %s, %v", out, err)
	}
}

// randomHTML writes HTML, mostly with matching tags.
func randomHTML(c *choices, depth int) string {
	var b strings.Builder
	for range 1 + c.n(4) {
		switch n := c.n(12); {
		case n < 3 || depth > 4:
			b.WriteString(hostileHTML[c.n(len(hostileHTML))])
		case n < 9:
			tag := c.pick("p", "div", "li", "DIV", "a", "button", "h1", "select", "option", "optgroup", "table", "tbody", "tr", "td", "form", "svg", "ul", "dd", "b")
			attr := c.pick("", ` id="a&amp;b"`, ` x=1 y='"' z`, ` class=""`, ` id=k`, "\tid=\"k\"", ` ID='k'`, ` id = "k"`, ` id='"'`, ` y= " id='j'"`)
			fmt.Fprintf(&b, "<%s%s>%s</%s>", tag, attr, randomHTML(c, depth+1), tag)
		case n == 9:
			b.WriteString("<ul>")
			for i := range c.n(5) {
				fmt.Fprintf(&b, "<li id=%d>%s</li>\n", i, c.pick("a", "b", "<b>c</b>"))
			}
			b.WriteString("</ul>")
		default:
			b.WriteString(c.pick(`<script>"<p>"</script>`, "<!-- <p> -->", "<br>", `<img src="x"/>`, "<title>t</title>", "<!DOCTYPE html>", "<p", "</div>", "<"))
		}
	}
	return b.String()
}

var hostileHTML = []string{"text", " ", "\n", "&lt;", "é\u2028", `"\`, "x > y"}

func TestRandomComponents(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range count(100, 1000) {
		var tree engine.Tree
		var c client
		data := randomBytes(r, 60)
		for range 6 {
			html := randomHTML(&choices{data}, 0)
			out, err := tree.DiffComponent(nil, component(html), context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if err := c.apply(out); err != nil {
				t.Fatalf("%s: the client refuses {%s}: %v", html, out, err)
			}
			if err := c.checkRoots(); err != nil {
				t.Fatalf("%v in {%s} of %s", err, out, html)
			}
			if got := c.html(); got != html {
				t.Fatalf("the client shows after {%s}\n got %q\nwant %q", out, got, html)
			}
			if again, _ := tree.DiffComponent(nil, component(html), context.Background()); len(again) > 0 {
				t.Fatalf("an unchanged component gives {%s}", again)
			}
			data = append([]byte(nil), data...)
			if len(data) > 0 {
				data[r.IntN(len(data))] = byte(r.Uint32())
			}
		}
	}
}

// FuzzComponent holds the client to show what a component wrote, whatever it
// wrote before, be it HTML or not.
func FuzzComponent(f *testing.F) {
	f.Add([]byte(`<ul><li class="a">1</li> <li>2</li></ul>`), []byte(`<ul><li class="b">1</li> <li>2</li><li>3</li></ul>`))
	f.Add([]byte(`<script>"<p>"</script><!-- <p> -->a<br>`), []byte(`<p`))
	f.Add([]byte(`<svg><path d="m"/><g/></svg>`), []byte(`<svg><g/><path d="m"/></svg>`))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		var tree engine.Tree
		var c client
		for _, html := range [][]byte{first, second, first} {
			if string(html) == "fail" {
				return // the component's error
			}
			out, err := tree.DiffComponent(nil, component(html), context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if err := c.apply(out); err != nil {
				t.Fatalf("%q: the client refuses {%s}: %v", html, out, err)
			}
			if got, want := c.html(), wire(string(html)); got != want {
				t.Fatalf("the client shows after {%s}\n got %q\nwant %q", out, got, want)
			}
			if err := c.checkRoots(); err != nil {
				t.Fatalf("%v in {%s} of %q", err, out, html)
			}
			if again, _ := tree.DiffComponent(nil, component(html), context.Background()); len(again) > 0 {
				t.Fatalf("unchanged HTML gives {%s}", again)
			}
		}
	})
}
