package liveviewtest

import (
	"bytes"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// head is what the client needs of a page to join its live view, and what can
// be told of the page without parsing it.
type head struct {
	main       *html.Node // the view's start tag; nil on a page without one
	csrf       string
	socketPath string
	tracked    []string // addresses of elements with phx-track-static
	suspect    bool     // check may have something to say
	commands   bool     // there may be a phx-mounted or phx-connected
	traces     bool     // patches leave traces even if nothing changes: see shows
}

// tracing are elements whose state or content a patch changes even if it is to
// be what it was.
var tracing = []string{"option", "textarea", "template", "noscript"}

// scan reads a page's tags, in a fraction of the time of parsing.
func scan(page string) head {
	h := head{socketPath: "/live"}
	var script, meta bool
	ids := map[string]bool{}
	var attrs tagAttrs
	for z := html.NewTokenizer(strings.NewReader(page)); ; {
		switch z.Next() {
		case html.ErrorToken:
			return h
		case html.StartTagToken, html.SelfClosingTagToken:
		default:
			continue
		}
		name, more := z.TagName()
		if h.main != nil && slices.Contains(tracing, string(name)) {
			h.traces = true
		}
		attrs = attrs[:0]
		for more {
			var a tagAttr
			a.key, a.value, more = z.TagAttr()
			attrs = append(attrs, a)
		}
		if len(attrs) == 0 {
			continue // nothing to find
		}
		switch {
		case !script && string(name) == "script" && attrs.has("data-path"):
			script, h.socketPath = true, string(attrs.of("data-path"))
		case !meta && string(name) == "meta" && string(attrs.of("name")) == "csrf-token":
			meta, h.csrf = true, string(attrs.of("content"))
		case h.main == nil && attrs.has("data-phx-main") && attrs.has("data-phx-session"):
			h.main = attrs.element(string(name))
		}
		for _, a := range attrs {
			if !bytes.HasPrefix(a.key, []byte("phx-")) {
				continue
			}
			switch string(a.key) {
			case "phx-mounted", "phx-connected":
				h.commands = true
			case "phx-update", "phx-remove", "phx-trigger-action":
				h.traces = true
			}
		}
		if attrs.has("phx-track-static") {
			h.tracked = append(h.tracked, string(attrs.of("src"))+string(attrs.of("href")))
		}
		if id := attrs.of("id"); len(id) > 0 {
			h.suspect = h.suspect || ids[string(id)]
			ids[string(id)] = true
		} else if attrs.has("phx-change") || attrs.has("phx-hook") || string(attrs.of("phx-update")) == "stream" {
			h.suspect = true
		}
		if string(name) == "input" && string(attrs.of("name")) == "id" {
			h.suspect = true
		}
	}
}

// tagAttrs are a start tag's attributes, which the tokenizer's next step
// overwrites.
type tagAttrs []tagAttr

type tagAttr struct{ key, value []byte }

// of returns the value of an attribute, nil if there is none: of several of one
// name the first counts.
func (attrs tagAttrs) of(name string) []byte {
	for _, a := range attrs {
		if string(a.key) == name {
			return a.value
		}
	}
	return nil
}

func (attrs tagAttrs) has(name string) bool {
	return slices.ContainsFunc(attrs, func(a tagAttr) bool { return string(a.key) == name })
}

func (attrs tagAttrs) element(name string) *html.Node {
	n := &html.Node{Type: html.ElementNode, Data: name}
	for _, a := range attrs {
		if !hasAttr(n, string(a.key)) {
			n.Attr = append(n.Attr, html.Attribute{Key: string(a.key), Val: string(a.value)})
		}
	}
	return n
}
