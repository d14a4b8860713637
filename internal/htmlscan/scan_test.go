package htmlscan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/internal/htmlscan"
)

var kinds = map[htmlscan.Kind]string{
	htmlscan.Text: "text", htmlscan.StartTag: "start", htmlscan.EndTag: "end", htmlscan.Comment: "comment",
}

// tokens lists the tokens of pieces between which there are holes, each as its
// kind and source, a start tag with its attribute values.
func tokens(pieces ...string) (list []string, s *htmlscan.Scanner) {
	s = &htmlscan.Scanner{}
	for i, piece := range pieces {
		if i > 0 {
			s.Hole()
		}
		s.Scan([]byte(piece), func(t *htmlscan.Token) bool {
			line := kinds[t.Kind] + " " + piece[t.Start:t.End]
			if t.Empty {
				line = "empty " + piece[t.Start:t.End]
			}
			for _, v := range t.Values {
				line += " |" + piece[v.Start:v.End] + "|"
			}
			list = append(list, line)
			return true
		})
	}
	return list, s
}

func TestTokens(t *testing.T) {
	for name, test := range map[string]struct {
		html string
		want string // the tokens, separated by newlines
	}{
		"text":              {`a & b > c`, "text a & b > c"},
		"element":           {`<p>a</p>`, "start <p>\ntext a\nend </p>"},
		"upper case":        {`<DIV>a</dIv >`, "start <DIV>\ntext a\nend </dIv >"},
		"void":              {`a<br>b<img/>`, "text a\nempty <br>\ntext b\nempty <img/>"},
		"quoted values":     {`<p a="1 > 2" b='"' c="">`, `start <p a="1 > 2" b='"' c=""> |1 > 2| |"| ||`},
		"spaced values":     {"<p a = \"1\"\n b=\t2 >", "start <p a = \"1\"\n b=\t2 > |1| |2|"},
		"no value":          {`<input checked b c=>`, `empty <input checked b c=>`},
		"unquoted":          {`<a href=/x/?y=1&z>b</a>`, "start <a href=/x/?y=1&z> |/x/?y=1&z|\ntext b\nend </a>"},
		"slash in a value":  {`<a href=/x/>b</a>`, "start <a href=/x/> |/x/|\ntext b\nend </a>"},
		"quote in a value":  {`<p a=b"c>`, `start <p a=b"c> |b"c|`},
		"values run on":     {`<p a="1"b='2'>`, `start <p a="1"b='2'> |1| |2|`},
		"slash in void":     {`<br / a=b />`, `empty <br / a=b /> |b|`},
		"comment":           {`a<!-- <p> -- > -->b`, "text a\ncomment <!-- <p> -- > -->\ntext b"},
		"doctype":           {`<!DOCTYPE html><?xml a?>`, "comment <!DOCTYPE html>\ncomment <?xml a?>"},
		"script":            {`<script>if (a<b) "</p>"</script >`, "start <script>\ntext if (a<b) \"</p>\"\nend </script >"},
		"script's namesake": {`<script></scripty></SCRIPT>`, "start <script>\ntext </scripty>\nend </SCRIPT>"},
		"title":             {`<title><b></title>`, "start <title>\ntext <b>\nend </title>"},
		"textarea, empty":   {`<textarea></textarea>`, "start <textarea>\nend </textarea>"},
		"svg":               {`<svg><path d="m"/><g/></svg>`, "start <svg>\nempty <path d=\"m\"/> |m|\nempty <g/>\nend </svg>"},
		"svg, empty":        {`<svg/>`, "empty <svg/>"},
		"svg's title":       {`<svg><title><b>x</b></title></svg>`, "start <svg>\nstart <title>\nstart <b>\ntext x\nend </b>\nend </title>\nend </svg>"},
		"svg's style":       {`<svg><style>a<g/></style></svg>`, "start <svg>\nstart <style>\ntext a\nempty <g/>\nend </style>\nend </svg>"},
		"html in svg":       {`<svg><foreignObject><title><b></title></foreignObject></svg>`, "start <svg>\nstart <foreignObject>\nstart <title>\ntext <b>\nend </title>\nend </foreignObject>\nend </svg>"},
		"html after svg":    {`<svg></svg><title><b></title>`, "start <svg>\nend </svg>\nstart <title>\ntext <b>\nend </title>"},
		"tag in a tag":      {`<p <b>`, `start <p <b>`},
		"names of any kind": {`<x-y.z_1:ü></x-y.z_1:ü>`, "start <x-y.z_1:ü>\nend </x-y.z_1:ü>"},
	} {
		t.Run(name, func(t *testing.T) {
			list, s := tokens(test.html)
			if got := strings.Join(list, "\n"); got != test.want || s.Malformed() {
				t.Errorf("tokens of %s, malformed %v:\n%s\nwant\n%s", test.html, s.Malformed(), got, test.want)
			}
		})
	}
}

// What a browser would have to repair isn't guessed at.
func TestMalformed(t *testing.T) {
	for name, html := range map[string]string{
		"end tag without element":       `</p>`,
		"end tag of another element":    `<p></b>`,
		"end tags crossed":              `<b><i></b></i>`,
		"end tag with an attribute":     `<p></p a>`,
		"end tag with a slash":          `<p></p/>`,
		"end tag of a void element":     `<br></br>`,
		"end tag without a name":        `<p></ p>`,
		"less-than sign":                `a < b`,
		"less-than sign at the end":     `a <`,
		"digit for a name":              `<1>`,
		"no name":                       `<>`,
		"slash in an element":           `<div/>`,
		"slash in html within svg":      `<svg><desc><div/></desc></svg>`,
		"quote for a name":              `<p "a">`,
		"equals sign for a name":        `<p ="a">`,
		"comment that ends as it opens": `<!--> -->`,
		"comment that ends otherwise":   `<!-- a --!> b -->`,
		"declaration without an end":    `<!DOCTYPE html`,
		"CDATA":                         `<svg><![CDATA[>]]></svg>`,
		"plaintext":                     `<plaintext>a</plaintext>`,
	} {
		t.Run(name, func(t *testing.T) {
			if list, s := tokens(html); !s.Malformed() {
				t.Errorf("%s isn't malformed: %q", html, list)
			}
		})
	}
}

// A piece may end anywhere, but not everything can stand in a hole.
func TestHoles(t *testing.T) {
	for name, test := range map[string]struct {
		pieces    []string
		malformed bool
		inText    bool
		depth     int
	}{
		"text":                   {pieces: []string{`<p>a`, `b</p>`}, inText: true},
		"element":                {pieces: []string{`<p>`, ``}, inText: true, depth: 1},
		"quoted value":           {pieces: []string{`<p a="1`, `>2">`}, inText: true, depth: 1},
		"whole quoted value":     {pieces: []string{`<p a="`, `">`}, inText: true, depth: 1},
		"unquoted value":         {pieces: []string{`<p a=`, ` b>`}, inText: true, depth: 1},
		"slash after unquoted":   {pieces: []string{`<p a=`, `/>`}, inText: true, depth: 1},
		"attribute":              {pieces: []string{`<p `, `>`}, inText: true, depth: 1},
		"attribute name":         {pieces: []string{`<p data-`, `="a>b">`}, inText: true, depth: 1},
		"whole attribute name":   {pieces: []string{`<p `, `="a>b">`}, inText: true, depth: 1},
		"attribute before slash": {pieces: []string{`<br `, `/>`}, inText: true},
		"in an open tag":         {pieces: []string{`<p a`, ``}},
		"script":                 {pieces: []string{`<script>"`, `"</script>`}, inText: true},
		"open script":            {pieces: []string{`<script>"`, `"`}, depth: 1},
		"tag name":               {pieces: []string{`<p`, `>`}, malformed: true},
		"whole tag name":         {pieces: []string{`<`, `>`}, malformed: true},
		"end tag name":           {pieces: []string{`<p></p`, `>`}, malformed: true},
		"after the end tag name": {pieces: []string{`<p></p `, `>`}, malformed: true},
		"comment":                {pieces: []string{`<!-- <p `, ` --> -->`}, inText: true},
		"open comment":           {pieces: []string{`<!-- `, ` --`}},
		"after the slash":        {pieces: []string{`<br /`, `>`}, malformed: true},
	} {
		t.Run(name, func(t *testing.T) {
			_, s := tokens(test.pieces...)
			if s.Malformed() != test.malformed {
				t.Fatalf("%q: malformed %v, want %v", test.pieces, s.Malformed(), test.malformed)
			}
			if !test.malformed && (s.InText() != test.inText || s.Depth() != test.depth) {
				t.Errorf("%q: in text %v, depth %d, want %v, %d", test.pieces, s.InText(), s.Depth(), test.inText, test.depth)
			}
		})
	}
}

// Two ways to a point can be joined where what follows means the same after both.
func TestJoin(t *testing.T) {
	for name, test := range map[string]struct {
		a, b string
		want bool
	}{
		"text":                   {`<p>a`, `<p><b>c</b>`, true},
		"depth":                  {`<p>`, `<p><b>`, false},
		"elements":               {`<p>`, `<b>`, false},
		"attributes":             {`<p `, `<p a="1" `, true},
		"attribute names":        {`<p `, `<p checked`, true},
		"tags":                   {`<p `, `<b `, false},
		"values":                 {`<p a="1`, `<p a="2"`, false},
		"quotes":                 {`<p a="`, `<p a='`, false},
		"value and none":         {`<p a=`, `<p a=x`, true},
		"value and quoted value": {`<p a=`, `<p a="x"`, false},
		"quoted value and other": {`<p a="x"`, `<p a='y'`, true},
		"slash":                  {`<br `, `<br /`, false},
		"script":                 {`<script>a`, `<script>`, true},
		"malformed":              {`a`, `</p>`, false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, ways := range [][2]string{{test.a, test.b}, {test.b, test.a}} {
				_, s := tokens(ways[0])
				_, other := tokens(ways[1])
				if got := s.Join(other, &htmlscan.Scanner{}); got != test.want || s.Malformed() == test.want {
					t.Errorf("join of %q: %v, malformed %v, want %v", ways, got, s.Malformed(), test.want)
				}
			}
		})
	}
	// After a join a value may have begun, so a quote is a part of it.
	_, s := tokens(`<p a=`)
	_, other := tokens(`<p a=x`)
	s.Join(other, &htmlscan.Scanner{})
	s.Scan([]byte(`">`), func(*htmlscan.Token) bool { return true })
	if !s.InText() || s.Depth() != 1 {
		t.Error(`a quote after a value began another`)
	}
}

func TestClone(t *testing.T) {
	_, s := tokens(`<p><b cla`)
	c := s.Clone()
	c.Scan([]byte(`ss="1"></b></p>`), func(*htmlscan.Token) bool { return true })
	s.Scan([]byte(`ss="1"><i`), func(*htmlscan.Token) bool { return true })
	if c.Depth() != 0 || !c.InText() || s.Depth() != 2 || s.InText() {
		t.Errorf("after reading on with both: depths %d and %d", c.Depth(), s.Depth())
	}
}

func TestStop(t *testing.T) {
	var s htmlscan.Scanner
	n := 0
	s.Scan([]byte(`<p>a<b></b></p>`), func(*htmlscan.Token) bool { n++; return n < 2 })
	if n != 2 {
		t.Errorf("after false there were %d more tokens", n-2)
	}
}

func BenchmarkScan(b *testing.B) {
	var page strings.Builder
	for i := range 200 {
		fmt.Fprintf(&page, `<tr id="row-%d" class="a b"><td>%d</td><td title='x'>Article &amp; more</td></tr>`, i, i)
	}
	html := []byte(page.String())
	b.SetBytes(int64(len(html)))
	b.ReportAllocs()
	for b.Loop() {
		var s htmlscan.Scanner
		s.Scan(html, func(*htmlscan.Token) bool { return true })
		if s.Malformed() {
			b.Fatal("malformed")
		}
	}
}
