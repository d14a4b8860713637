package htmlscan_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/gin-liveview/liveview/internal/htmlscan"
)

// names are the elements of HTML, with some of svg and math, and two of nobody's.
var names = strings.Fields(`a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big
blink blockquote body br button canvas caption center cite code col colgroup command data datalist dd del details dfn
dialog dir div dl dt em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header
hgroup hr html i iframe image img input ins kbd keygen label legend li link listing main map mark marquee
menu menuitem meta meter nav nobr noembed noframes noscript object ol optgroup option output p param picture
pre progress q rb rbc rp rt rtc ruby s samp script search section select slot small source spacer span strike strong
style sub summary sup table tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr xmp
svg g path foreignObject desc math mi mo mtext mrow annotation-xml font-face my-element unknown`)

// nest writes elements within each other; what has no content ends it.
func nest(path []string) string {
	var b strings.Builder
	for i, name := range path {
		b.WriteString("<" + name + ">")
		if htmlscan.IsVoid(name) {
			path = path[:i]
			break
		}
	}
	for i := len(path) - 1; i >= 0; i-- {
		b.WriteString("</" + path[i] + ">")
	}
	return b.String()
}

// asWritten reports whether golang.org/x/net/html makes of nested elements what
// is written.
func asWritten(t *testing.T, path []string) bool {
	t.Helper()
	source := nest(path)
	nodes, err := html.ParseFragment(strings.NewReader(source), &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div})
	if err != nil {
		t.Fatal(err)
	}
	// A table gets its body, and its group of columns, by itself.
	var full []string
	for i, name := range path {
		if i > 0 && path[i-1] == "table" && name == "tr" {
			full = append(full, "tbody")
		} else if i > 0 && path[i-1] == "table" && name == "col" {
			full = append(full, "colgroup")
		}
		full = append(full, name)
	}
	path = full
	for i, name := range path {
		if len(nodes) != 1 || nodes[0].Type != html.ElementNode || !strings.EqualFold(nodes[0].Data, name) {
			return false
		}
		if htmlscan.IsVoid(name) && nodes[0].Namespace == "" {
			return nodes[0].FirstChild == nil
		}
		n := nodes[0].FirstChild
		if name == "template" && n == nil && i < len(path)-1 {
			return false
		}
		nodes = nil
		for ; n != nil; n = n.NextSibling {
			nodes = append(nodes, n)
		}
	}
	return len(nodes) == 0
}

// placed reports whether every element is well-formed and where it is written.
func placed(path []string) (well, ok bool) {
	var s htmlscan.Scanner
	ok = true
	elements := 0
	s.Scan([]byte(nest(path)), func(t *htmlscan.Token) bool {
		ok = ok && !t.Misplaced
		if t.Kind == htmlscan.StartTag {
			elements++
		}
		return true
	})
	return elements == len(path) && !s.Malformed() && s.InText() && s.Depth() == 0, ok
}

// The content of an annotation-xml is HTML if its encoding says so, and foreign
// otherwise.
func TestAnnotations(t *testing.T) {
	for _, attributes := range []string{
		``, ` encoding`, ` encoding=""`, ` encoding="text/html"`, ` encoding=TEXT/html`, ` ENCODING='application/xhtml+xml'`, ` encoding="text/html "`,
		` encoding="text/plain"`, ` encoding="text/html;a"`, ` encoding="text/html" encoding="a"`, ` a="text/html"`,
	} {
		for _, content := range []string{`<p>x</p>`, `<section></section>`, `<section/>`, `<textarea><b></textarea>`, `<br>`, `<table></table>`, `<mi></mi>`, `<svg/>`, `<g/>`} {
			source := `<math><annotation-xml` + attributes + `>` + content + `</annotation-xml></math>`
			doc, err := html.Parse(strings.NewReader("<!DOCTYPE html><body>" + source))
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			nested := false
			for n := range doc.Descendants() {
				if n.Type == html.ElementNode && n.DataAtom != atom.Html && n.DataAtom != atom.Head && n.DataAtom != atom.Body {
					want = append(want, n.Data)
					nested = n.Parent.Data == "annotation-xml"
				}
			}
			var got []string
			placed := true
			var s htmlscan.Scanner
			s.Scan([]byte(source), func(tok *htmlscan.Token) bool {
				placed = placed && !tok.Misplaced
				if tok.Kind == htmlscan.StartTag {
					got = append(got, tok.Name)
				}
				return true
			})
			if s.Malformed() {
				continue
			}
			if !slices.Equal(got, want) || placed != nested {
				t.Errorf("%s has %q, placed %v, want %q, %v", source, got, placed, want, nested)
			}
		}
	}
}

// An encoding that isn't known for sure makes what follows malformed, but for a
// lenient scanner.
func TestUnknownAnnotations(t *testing.T) {
	for _, lenient := range []bool{false, true} {
		s := htmlscan.Scanner{Lenient: lenient}
		placed := true
		token := func(tok *htmlscan.Token) bool { placed = placed && !tok.Misplaced; return true }
		s.Scan([]byte(`<math><annotation-xml encoding="`), token)
		s.Hole()
		s.Scan([]byte(`"><p>x</p>`), token)
		if s.Malformed() == lenient || !lenient && !placed {
			t.Errorf("lenient %v: malformed %v, placed %v", lenient, s.Malformed(), placed)
		}

		s = htmlscan.Scanner{Lenient: lenient}
		s.Scan([]byte(`<math><annotation-xml `), token)
		other, fork := s.Clone(), s.Clone()
		s.Scan([]byte(`encoding="text/html" `), token)
		if !s.Join(other, fork) {
			t.Fatal("the ways can't be joined")
		}
		s.Scan([]byte(`><p>x</p>`), token)
		if s.Malformed() == lenient {
			t.Errorf("joined, lenient %v: malformed %v", lenient, s.Malformed())
		}
	}
}

// An element that isn't said to be misplaced is where a parser of HTML puts it,
// whatever two elements are around it; and of the elements of which it is said,
// the parser leaves alone those only that are listed, HTML in svg and math, which
// it treats in another way in a part of a page, what is in a template, and what is in a
// select, which browsers of before 2025 put elsewhere.
func TestPlaces(t *testing.T) {
	// What a browser knows better: golang.org/x/net/html has groups of options
	// in groups, and lets a form that closes at once keep its place.
	careful := map[string]bool{"optgroup optgroup": true, "table form": true}
	for _, outer := range names {
		for _, name := range names {
			path := []string{outer, name}
			well, ok := placed(path)
			if !well {
				continue
			}
			as := asWritten(t, path)
			if ok && !as {
				t.Errorf("%s is said to be as it is written", nest(path))
			}
			if !ok && as && !careful[outer+" "+name] && !slices.Contains([]string{"template", "svg", "math", "select"}, outer) {
				t.Errorf("%s is said to be misplaced", nest(path))
			}
		}
	}
	// Three at a time, of those that have rules of their own and some of the others.
	inner := strings.Fields(`a address applet b br button caption col colgroup dd div dt font form h1 hr image img input
li marquee nobr object ol optgroup option p pre rp rt rtc ruby script section select span style svg table tbody td
template tr ul xmp g foreignObject desc title math mi mrow my-element`)
	for _, a := range inner {
		for _, b := range inner {
			if _, ok := placed([]string{a, b}); !ok {
				continue
			}
			for _, c := range inner {
				path := []string{a, b, c}
				if c == "template" && (a == "svg" || a == "math") {
					continue // golang.org/x/net/html puts it elsewhere, and browsers don't
				}
				if well, ok := placed(path); well && ok && !asWritten(t, path) {
					t.Errorf("%s is said to be as it is written", nest(path))
				}
			}
		}
	}
}
