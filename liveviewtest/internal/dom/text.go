package dom

import (
	"strings"

	"golang.org/x/net/html"
)

// Text returns what n shows, with its white space as a reader sees it.
func Text(n *html.Node) string {
	var b strings.Builder
	var collect func(n *html.Node)
	collect = func(n *html.Node) {
		switch {
		case n.Type == html.TextNode:
			b.WriteString(n.Data)
			return
		case Is(n, "script", "style", "template"):
			return
		case Is(n, "br", "p", "div", "li", "tr", "td", "th", "option", "h1", "h2", "h3", "h4", "dt", "dd", "section", "article", "ul", "ol", "table"):
			// The words of two blocks don't run into each other.
			b.WriteByte(' ')
			defer b.WriteByte(' ')
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			collect(c)
		}
	}
	collect(n)
	return strings.Join(strings.Fields(b.String()), " ")
}

// RawText returns the text in n as it stands there, white space and scripts
// included.
func RawText(n *html.Node) string {
	var b strings.Builder
	Walk(n, func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
	})
	return b.String()
}

// Describe returns n's start tag and the beginning of its text, for a message.
// Attributes that tell a reader little are left out.
func Describe(n *html.Node) string {
	var b strings.Builder
	b.WriteString("<" + n.Data)
	for _, a := range n.Attr {
		switch {
		case strings.HasPrefix(a.Key, "data-phx-"), a.Key == "class", a.Key == "style", a.Namespace == markSpace:
			continue
		case a.Val == "":
			b.WriteString(" " + a.Key)
		default:
			quote := `"`
			if strings.Contains(a.Val, quote) {
				quote = "'"
			}
			b.WriteString(" " + a.Key + "=" + quote + shortened(a.Val, 60) + quote)
		}
	}
	b.WriteString(">" + shortened(Text(n), 40))
	return b.String()
}

func shortened(s string, limit int) string {
	if r := []rune(s); len(r) > limit {
		return string(r[:limit]) + "…"
	}
	return s
}
