package htmlscan_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/internal/htmlscan"
)

// FuzzScan holds the scanner's tokens to cover the HTML without a gap, its
// elements to be closed in order, and both to what golang.org/x/net/html reads.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{
		``, `a<p class="b" id=c>d<br/>e</p>`, `<!DOCTYPE html><!-- <p> --><title></p></title>`,
		`<script>"</p>"</script><style></stylex></style>`, `<svg><path d="m"/><title>a</title></svg>`,
		`<ul><li a='"'>1</li><li b = 2>3</li></ul>`, `<A HREF=/x/>y</A>`, `<p a="1"b>`, `<svg><desc><textarea><b></textarea></desc></svg>`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		var s htmlscan.Scanner
		var ours []string
		var open []string
		at := 0
		s.Scan(source, func(tok *htmlscan.Token) bool {
			if tok.Start != at || tok.End <= tok.Start {
				t.Fatalf("a token from %d to %d follows one that ended at %d", tok.Start, tok.End, at)
			}
			value := tok.Start
			for _, v := range tok.Values {
				if v.Start < value || v.End < v.Start || v.End >= tok.End {
					t.Fatalf("values %v in a tag from %d to %d", tok.Values, tok.Start, tok.End)
				}
				value = v.End
			}
			at = tok.End
			switch tok.Kind {
			case htmlscan.StartTag:
				ours = append(ours, "<"+tok.Name)
				if !tok.Empty {
					open = append(open, tok.Name)
				}
			case htmlscan.EndTag:
				ours = append(ours, "</"+tok.Name)
				if open[len(open)-1] != tok.Name {
					t.Fatalf("</%s> closes <%s>", tok.Name, open[len(open)-1])
				}
				open = open[:len(open)-1]
			}
			return true
		})
		if s.Malformed() {
			return
		}
		if s.Depth() != len(open) {
			t.Fatalf("depth %d with %d elements open", s.Depth(), len(open))
		}
		if s.InText() && at != len(source) {
			t.Fatalf("between tokens at %d of %d", at, len(source))
		}
		if theirs, ok := reference(source); ok && s.InText() && strings.Join(ours, " ") != strings.Join(theirs, " ") {
			t.Fatalf("%q\nours   %q\ntheirs %q", source, ours, theirs)
		}
	})
}

// FuzzLenient holds the start tags that a lenient scanner finds in any HTML to
// those that golang.org/x/net/html reads.
func FuzzLenient(f *testing.F) {
	for _, seed := range []string{
		`<div></div/><b>`, `<div></div a="1>" b='>' c><b>`, `</p a><b>`, `</ p><b>`, `</><b>`, `a </`, `a <`, `<1><b>`, `<><b>`, `<![CDATA[a]]><b>`,
		`<?x a?><b>`, `<!x><b>`, `<!--><b>-->`, `<!---><b>-->`, `<!----!><b>`, `<!-- a --!><b>`, `<!-- a -- ><b>`, `<!--a--`, `<!a`, `</ a`,
		`<p "a"><b>`, `<p ="a"><b>`, `<p a"b=c><b>`, `<p a==b><b>`, `<br/ /><b>`, `<div/><b>`, `<textarea></textarea a><b>`, `<title><b></title/><b>`,
		`<plaintext><b></plaintext><b>`, `<xmp><b></xmp ><b>`, `<p a=><b>`, `<p/=><b>`, `<p a/=b><b>`, `<b></b/`, `<b></b a="`, `<iframe></iframe"><b>`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		s := htmlscan.Scanner{Lenient: true}
		var ours []string
		s.Scan(source, func(tok *htmlscan.Token) bool {
			if tok.Kind == htmlscan.StartTag {
				ours = append(ours, "<"+tok.Name)
			}
			return true
		})
		if s.Malformed() {
			t.Fatalf("%q is malformed to a lenient scanner", source)
		}
		theirs, ok := reference(source)
		theirs = slices.DeleteFunc(theirs, func(tag string) bool { return strings.HasPrefix(tag, "</") })
		if ok && s.InText() && !slices.Equal(ours, theirs) {
			t.Fatalf("%q\nours   %q\ntheirs %q", source, ours, theirs)
		}
	})
}

// reference returns the tags that golang.org/x/net/html reads. Its tokenizer
// knows neither svg nor math, nor has it a scripting flag, so HTML with these
// isn't compared.
func reference(source []byte) (tags []string, ok bool) {
	lower := bytes.ToLower(source)
	for _, name := range []string{"<svg", "<math", "<noscript", "<script", "\x00"} {
		if bytes.Contains(lower, []byte(name)) {
			return nil, false
		}
	}
	z := html.NewTokenizer(bytes.NewReader(source))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return tags, true
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			tags = append(tags, "<"+string(name))
		case html.EndTagToken:
			name, _ := z.TagName()
			tags = append(tags, "</"+string(name))
		}
	}
}
