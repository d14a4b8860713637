package liveviewtest

import (
	"strings"

	"golang.org/x/net/html"
)

// head is what the client needs of a page to join its live view.
type head struct {
	main       *html.Node // the view's start tag; nil on a page without one
	csrf       string
	socketPath string
	tracked    []string // addresses of elements with phx-track-static
}

// scan reads a page's tags. It takes a fraction of the time of parsing, which
// goes on beside the join.
func scan(page string) head {
	h := head{socketPath: "/live"}
	tracks := strings.Contains(page, "phx-track-static")
	var script, meta bool
	for z := html.NewTokenizer(strings.NewReader(page)); !script || !meta || h.main == nil || tracks; {
		switch z.Next() {
		case html.ErrorToken:
			return h
		case html.StartTagToken, html.SelfClosingTagToken:
		default:
			continue
		}
		name, more := z.TagName()
		n := html.Node{Type: html.ElementNode, Data: string(name)}
		for more {
			var key, value []byte
			key, value, more = z.TagAttr()
			if !hasAttr(&n, string(key)) {
				n.Attr = append(n.Attr, html.Attribute{Key: string(key), Val: string(value)})
			}
		}
		switch {
		case !script && n.Data == "script" && hasAttr(&n, "data-path"):
			script, h.socketPath = true, attrOf(&n, "data-path")
		case !meta && n.Data == "meta" && attrOf(&n, "name") == "csrf-token":
			meta, h.csrf = true, attrOf(&n, "content")
		case h.main == nil && isMain(&n):
			h.main = &n
		}
		if tracks && hasAttr(&n, "phx-track-static") {
			h.tracked = append(h.tracked, attrOf(&n, "src")+attrOf(&n, "href"))
		}
	}
	return h
}

// parsed is a page as a tree.
type parsed struct {
	root *html.Node
	err  error
}

// parse parses a page. Its goroutine ends with that, whether or not anybody
// takes the result.
func parse(page string) <-chan parsed {
	done := make(chan parsed, 1)
	go func() {
		root, err := html.Parse(strings.NewReader(page))
		done <- parsed{root, err}
	}()
	return done
}
