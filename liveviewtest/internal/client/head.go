package client

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

// head is what the client needs of a page to join its live view, and what can
// be told of the page without parsing it.
type head struct {
	main       *html.Node // the view's start tag; nil on a page without one
	csrf       string
	script     bool // the start script was found
	meta       bool // where the token stands was found
	title      bool // the element was found
	socketPath string
	maxFrame   int      // bytes of the largest message that the server takes; 0 if the page doesn't say
	tracked    []string // addresses of elements with phx-track-static

	// What may be in the page, by which it is known whether it can wait to be
	// parsed until somebody looks at it.
	faults   bool // something to complain about
	guests   bool // views besides the page's own
	commands bool // JS commands that are executed upon the join
	traces   bool // elements in which a patch leaves traces even if it changes nothing
}

func isMain(n *html.Node) bool {
	return dom.HasAttr(n, "data-phx-main") && dom.HasAttr(n, "data-phx-session")
}

// tracing are the elements whose state or content is another one after a patch,
// though the HTML is the same.
var tracing = []string{"option", "textarea", "template", "noscript"}

// scan reads a page's start tags, in a fraction of the time of parsing.
func scan(page string) head {
	s := newScanner()
	z := html.NewTokenizer(strings.NewReader(page))
	for at := 0; ; {
		token := z.Next()
		if token == html.ErrorToken {
			return s.head
		}
		at += len(z.Raw())
		if token != html.StartTagToken && token != html.SelfClosingTagToken {
			continue
		}
		name, more := z.TagName()
		n := html.Node{Type: html.ElementNode, Data: string(name)}
		for more {
			var key, value []byte
			key, value, more = z.TagAttr()
			if !dom.HasAttr(&n, string(key)) {
				n.Attr = append(n.Attr, html.Attribute{Key: string(key), Val: string(value)})
			}
		}
		before := s.main
		if s.tag(&n); s.main != before {
			// The view's own HTML is most of the page, and plain.
			at += s.plain(page[at:])
			z = html.NewTokenizer(strings.NewReader(page[at:]))
		}
	}
}

// scanner fills in a head.
type scanner struct {
	head
	ids map[string]bool // of all elements so far
}

func newScanner() scanner { return scanner{head: head{socketPath: "/live"}, ids: map[string]bool{}} }

// tag takes in a start tag, which it doesn't keep but for that of the view.
func (s *scanner) tag(n *html.Node) {
	if s.main != nil && slices.Contains(tracing, n.Data) {
		s.traces = true
	}
	s.title = s.title || n.Data == "title"
	if len(n.Attr) == 0 {
		return
	}
	id := ""
	needsID, tracked := false, false
	for _, a := range n.Attr {
		switch a.Key {
		case "id":
			id = a.Val
		case "phx-change", "phx-hook":
			needsID = true
		case "phx-mounted", "phx-connected":
			s.commands = true
		case "phx-update":
			s.traces = true
			needsID = needsID || a.Val == "stream"
		case "phx-remove", "phx-trigger-action":
			s.traces = true
		case "phx-track-static":
			tracked = true
		}
	}
	switch {
	case !s.script && n.Data == "script" && dom.HasAttr(n, "data-path"):
		s.script, s.socketPath = true, dom.Attr(n, "data-path")
		s.maxFrame, _ = strconv.Atoi(dom.Attr(n, "data-max-frame")) // 0 is none, too
	case !s.meta && n.Data == "meta" && dom.Attr(n, "name") == "csrf-token":
		s.meta, s.csrf = true, dom.Attr(n, "content")
	case s.main == nil && isMain(n):
		s.main = dom.Clone(n)
	case dom.HasAttr(n, "data-phx-session"):
		s.guests = true
	}
	if tracked {
		s.tracked = append(s.tracked, dom.Attr(n, "src")+dom.Attr(n, "href"))
	}
	s.faults = s.faults || needsID && id == "" || s.ids[id] || n.Data == "input" && dom.Attr(n, "name") == "id"
	if id != "" {
		s.ids[id] = true
	}
}

// plain takes in the start tags of HTML that consists of text, start and end
// tags alone, five times as fast as a Tokenizer does. It returns where something
// else begins, which is the Tokenizer's to read.
func (s *scanner) plain(page string) int {
	n := html.Node{Type: html.ElementNode}
	for at := 0; ; {
		next := strings.IndexByte(page[at:], '<')
		if next < 0 {
			return len(page)
		}
		at += next
		rest := page[at+1:]
		if strings.HasPrefix(rest, "/") {
			end := strings.IndexByte(rest, '>')
			if end < 2 || !isLower(rest[1]) || strings.ContainsAny(rest[:end], `"'`) {
				return at
			}
			at += 1 + end
			continue
		}
		length := s.plainTag(rest, &n)
		if length == 0 {
			return at
		}
		s.tag(&n)
		at += 1 + length
	}
}

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }

// rawTextElements are the elements in which "<" is no tag's.
var rawTextElements = []string{"script", "style", "textarea", "title", "iframe", "noembed", "noframes", "noscript", "plaintext", "xmp"}

// plainTag reads a start tag into n, from behind its "<" on. It returns the
// tag's length, 0 if it isn't one of the plainest form.
func (s *scanner) plainTag(tag string, n *html.Node) int {
	i := 0
	for i < len(tag) && (isLower(tag[i]) || i > 0 && (tag[i] == '-' || '0' <= tag[i] && tag[i] <= '9')) {
		i++
	}
	n.Data, n.Attr = tag[:i], n.Attr[:0]
	if i == 0 || slices.Contains(rawTextElements, n.Data) {
		return 0
	}
	for {
		space := i
		for i < len(tag) && (tag[i] == ' ' || tag[i] == '\n' || tag[i] == '\t') {
			i++
		}
		if strings.HasPrefix(tag[i:], ">") {
			return i + 1
		}
		if strings.HasPrefix(tag[i:], "/>") {
			return i + 2
		}
		if space == i {
			return 0
		}
		start := i
		for i < len(tag) && (isLower(tag[i]) || tag[i] == '-' || tag[i] == '_' || tag[i] == ':' || '0' <= tag[i] && tag[i] <= '9') {
			i++
		}
		if start == i || i == len(tag) {
			return 0
		}
		a := html.Attribute{Key: tag[start:i]}
		if strings.HasPrefix(tag[i:], `="`) {
			i += 2
			end := strings.IndexByte(tag[i:], '"')
			if end < 0 {
				return 0
			}
			a.Val = html.UnescapeString(tag[i : i+end])
			i += end + 1
		} else if strings.IndexByte(" \t\n/>", tag[i]) < 0 {
			return 0
		}
		if !dom.HasAttr(n, a.Key) {
			n.Attr = append(n.Attr, a)
		}
	}
}
