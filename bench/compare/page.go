package main

import (
	"bytes"
	"errors"
	"html"
	"iter"
	"strings"
)

// page is what a client takes from the HTML of a live page to open its socket
// and to join, each from where phoenix_live_view's client and the application's
// script take it in the browser's document.
type page struct {
	csrf    string // content of <meta name="csrf-token">
	id      string // id of the root element
	session string // its data-phx-session
	static  string // its data-phx-static
}

// parsePage reads a page. The root element is the one with data-phx-main.
func parsePage(document []byte) (page, error) {
	var p page
	for t := range startTags(document) {
		if t.name == "meta" && t.attributes["name"] == "csrf-token" {
			p.csrf = t.attributes["content"]
		}
		if _, is := t.attributes["data-phx-main"]; is {
			p.id, p.session, p.static = t.attributes["id"], t.attributes["data-phx-session"], t.attributes["data-phx-static"]
			break
		}
	}
	switch {
	case p.csrf == "":
		return p, errors.New("the page has no csrf-token")
	case p.id == "":
		return p, errors.New("the page has no element with data-phx-main and an id")
	case p.session == "":
		return p, errors.New("the page's root element has no data-phx-session")
	}
	return p, nil
}

// tag is an element's start tag, its names in lower case and its values
// unescaped.
type tag struct {
	name       string
	attributes map[string]string
}

// startTags yields the document's start tags in their order. It knows what of
// HTML's syntax a served page holds: comments, the doctype, elements whose
// content is text, and all ways to quote a value.
func startTags(document []byte) iter.Seq[tag] {
	return func(yield func(tag) bool) {
		rest := document
		for {
			open := bytes.IndexByte(rest, '<')
			if open < 0 || open+1 == len(rest) {
				return
			}
			rest = rest[open+1:]
			switch {
			case bytes.HasPrefix(rest, []byte("!--")):
				_, rest, _ = bytes.Cut(rest[3:], []byte("-->"))
			case rest[0] == '!' || rest[0] == '/':
				_, rest, _ = bytes.Cut(rest, []byte(">"))
			case isLetter(rest[0]):
				var t tag
				t, rest = readTag(rest)
				if !yield(t) {
					return
				}
				switch t.name {
				case "script", "style", "textarea", "title":
					rest = skipText(rest, t.name)
				}
			}
		}
	}
}

// readTag reads a start tag whose name b begins with, and returns what follows
// the tag.
func readTag(b []byte) (t tag, rest []byte) {
	name, rest := word(b, " \t\r\n\f/>")
	t = tag{name: strings.ToLower(name), attributes: make(map[string]string)}
	for {
		rest = bytes.TrimLeft(rest, " \t\r\n\f/")
		if len(rest) == 0 {
			return t, nil
		}
		if rest[0] == '>' {
			return t, rest[1:]
		}
		name, rest = word(rest, " \t\r\n\f/>=")
		name = strings.ToLower(name)
		value := ""
		if after, is := bytes.CutPrefix(bytes.TrimLeft(rest, " \t\r\n\f"), []byte("=")); is {
			value, rest = readValue(bytes.TrimLeft(after, " \t\r\n\f"))
		} else if name == "" { // a stray quote or the like
			rest = rest[1:]
		}
		if _, twice := t.attributes[name]; !twice { // the first one counts
			t.attributes[name] = html.UnescapeString(value)
		}
	}
}

// readValue reads an attribute's value, quoted or not.
func readValue(b []byte) (value string, rest []byte) {
	if len(b) > 0 && (b[0] == '"' || b[0] == '\'') {
		quoted, rest, _ := bytes.Cut(b[1:], b[:1])
		return string(quoted), rest
	}
	return word(b, " \t\r\n\f>")
}

// word is what precedes the first of the ends, or all of b.
func word(b []byte, ends string) (string, []byte) {
	n := bytes.IndexAny(b, ends)
	if n < 0 {
		n = len(b)
	}
	return string(b[:n]), b[n:]
}

// skipText skips what the element of that name holds, up to its end tag.
func skipText(b []byte, name string) []byte {
	for {
		at := bytes.Index(b, []byte("</"))
		if at < 0 {
			return nil
		}
		b = b[at+2:]
		if len(b) >= len(name) && strings.EqualFold(string(b[:len(name)]), name) {
			return b
		}
	}
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
