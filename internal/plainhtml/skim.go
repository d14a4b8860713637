package plainhtml

import (
	"bytes"
	"strings"
)

// skimmer finds the tags of HTML, and passes over what looks like one and is none: in
// comments, in the values of attributes, in the text of elements such as textarea and
// script, and in templates, whose content is no part of the page. What is in a noscript is:
// it is for browsers that run no scripts.
//
// The rules are those of the tokenizer of the HTML standard, as far as well-formed HTML
// needs them.
type skimmer struct {
	html       []byte
	from       int  // where it goes on
	ends       bool // end tags are found, too
	start, end int  // of the last tag
	closing    bool // it is an end tag
	templates  int  // that are open
	foreign    int  // svg and math that are open
}

// next finds the next tag, and reports whether there is one.
func (s *skimmer) next() bool {
	for html := s.html; ; {
		i := bytes.IndexByte(html[s.from:], '<')
		if i < 0 || s.from+i+2 >= len(html) {
			s.from = len(html)
			return false
		}
		start := s.from + i
		switch c := html[start+1]; {
		case isLetter(c):
			n := tagEnd(html[start:])
			if n == 0 {
				s.from = len(html)
				return false
			}
			s.start, s.end, s.from, s.closing = start, start+n, start+n, false
			if kind := kindOf(html[start+1 : s.end]); kind != isMarkup {
				s.open(kind, html[start+1:s.end])
			}
			if s.templates == 0 {
				return true
			}
		case c == '/' && isLetter(html[start+2]):
			s.from = start + len("</x")
			switch kindOf(html[start+2:]) {
			case isTemplate:
				s.templates = max(s.templates-1, 0)
			case isForeign:
				s.foreign = max(s.foreign-1, 0)
			default:
			}
			if s.ends && s.templates == 0 {
				n := tagEnd(html[start:])
				s.start, s.end, s.closing = start, start+n, true
				return n > 0
			}
		case c == '/' || c == '!' || c == '?':
			s.skipComment(start)
		default:
			s.from = start + 1
		}
	}
}

// open goes into an element whose content isn't HTML as elsewhere.
func (s *skimmer) open(kind kind, tag []byte) {
	empty := s.foreign > 0 && tag[len(tag)-2] == '/'
	switch {
	case empty:
	case kind == isTemplate:
		s.templates++
	case kind == isForeign:
		if tag[len(tag)-2] != '/' {
			s.foreign++
		}
	case kind == isText:
		s.skipText(tag)
	}
}

// around returns the start tag that the offset at is in, if it is in one. Offsets only grow.
func (s *skimmer) around(at int) (start, end int, ok bool) {
	for s.end <= at {
		if !s.next() {
			return 0, 0, false
		}
	}
	return s.start, s.end, s.start < at
}

// skipComment goes behind a comment, or what browsers make one of.
func (s *skimmer) skipComment(start int) {
	end := []byte(">")
	from := start + len("<!")
	if bytes.HasPrefix(s.html[start:], []byte("<!--")) {
		from += len("--")
		if rest := s.html[from:]; !bytes.HasPrefix(rest, []byte(">")) && !bytes.HasPrefix(rest, []byte("->")) {
			end = []byte("-->")
		}
	}
	i := bytes.Index(s.html[from:], end)
	if i < 0 {
		s.from = len(s.html)
		return
	}
	s.from = from + i + len(end)
}

// skipText goes to the end tag of the element whose content is text, by its name.
func (s *skimmer) skipText(tag []byte) {
	n := 0
	for n < len(tag) && !endsName(tag[n]) {
		n++
	}
	for at := s.from; ; {
		i := bytes.Index(s.html[at:], []byte("</"))
		if i < 0 {
			s.from = len(s.html)
			return
		}
		at += i + len("</")
		if rest := s.html[at:]; len(rest) > n && bytes.EqualFold(rest[:n], tag[:n]) && endsName(rest[n]) {
			s.from = at - len("</")
			return
		}
	}
}

// kind is what the content of an element is.
type kind uint8

const (
	isMarkup kind = iota
	isText
	isTemplate
	isForeign // svg or math
)

// kindOf tells that by a tag, from its name on.
func kindOf(tag []byte) kind {
	if len(tag) < 2 {
		return isMarkup
	}
	var name string
	kind := isText
	switch uint16(tag[0]|0x20)<<8 | uint16(tag[1]|0x20) {
	case 'i'<<8 | 'f':
		name = "iframe"
	case 'm'<<8 | 'a':
		name, kind = "math", isForeign
	case 'n'<<8 | 'o':
		if name = "noembed"; isName(tag, "noframes") {
			return isText
		}
	case 'p'<<8 | 'l':
		name = "plaintext"
	case 's'<<8 | 'c':
		name = "script"
	case 's'<<8 | 't':
		name = "style"
	case 's'<<8 | 'v':
		name, kind = "svg", isForeign
	case 't'<<8 | 'e':
		if name = "textarea"; isName(tag, "template") {
			return isTemplate
		}
	case 't'<<8 | 'i':
		name = "title"
	case 'x'<<8 | 'm':
		name = "xmp"
	default:
		return isMarkup
	}
	if isName(tag, name) {
		return kind
	}
	return isMarkup
}

// isName reports whether tag begins with that name.
func isName(tag []byte, name string) bool {
	return len(tag) > len(name) && strings.EqualFold(text(tag[:len(name)]), name) && endsName(tag[len(name)])
}

// endsName reports whether a tag's name ends before c.
func endsName(c byte) bool {
	return c <= ' ' && strings.IndexByte(spaces, c) >= 0 || c == '/' || c == '>'
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// tagEnd returns where the tag ends that html begins with, behind its ">"; 0 if it doesn't.
func tagEnd(html []byte) int {
	for i := 1; i < len(html); i++ {
		switch c := html[i]; c {
		case '>':
			return i + 1
		case '"', '\'':
			if html[i-1] == '=' || html[i-1] == ' ' && bytes.HasSuffix(bytes.TrimRight(html[:i], spaces), []byte("=")) {
				n := bytes.IndexByte(html[i+1:], c)
				if n < 0 {
					return 0
				}
				i += n + 1
			}
		}
	}
	return 0
}

func isNamed(tag []byte, name string) bool {
	return len(tag) > len(name)+1 && strings.EqualFold(text(tag[1:1+len(name)]), name) && !isNamePart(tag[1+len(name)])
}

func isNamePart(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '-'
}

const spaces = " \t\n\r\f"
