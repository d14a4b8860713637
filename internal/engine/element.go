package engine

import "bytes"

// singleRoot reports whether b is provably exactly one element, with nothing
// beside it but white space, which is what the client needs to know to leave
// an unchanged node alone. When in doubt it isn't.
//
// Dynamic text is taken to be balanced: html/template escapes it, and
// template.HTML is by contract a fragment without unclosed tags.
func singleRoot(b *block) bool {
	s := &scanner{}
	s.block(b)
	return !s.doubt && s.roots == 1 && len(s.open) == 0 && s.mode == inText
}

type scanMode uint8

const (
	inText  scanMode = iota
	inTag            // between < and >
	inValue          // in a quoted attribute value
	inRaw            // in an element whose content is text: script, style, textarea, title
)

// scanner follows the elements of a block's HTML.
type scanner struct {
	mode  scanMode
	quote byte
	open  []string // the open elements
	roots int      // elements begun at the top
	tag   []byte   // what the current tag began with: its name
	named bool     // the name is complete
	close bool     // the current tag is an end tag
	slash bool     // the tag's last character was a slash
	doubt bool
}

// same reports whether two scanners stand at the same point, so that what
// follows can't tell which way it was reached.
func (s *scanner) same(t *scanner) bool {
	if s.mode != t.mode || s.roots != t.roots || len(s.open) != len(t.open) {
		return false
	}
	if inside := s.mode == inTag || s.mode == inValue; inside && (s.quote != t.quote || s.named != t.named ||
		s.close != t.close || s.slash != t.slash || !bytes.Equal(s.tag, t.tag)) {
		return false
	}
	for i := range s.open {
		if s.open[i] != t.open[i] {
			return false
		}
	}
	return true
}

func (s *scanner) block(b *block) {
	for i := range b.steps {
		st := &b.steps[i]
		s.text(st.lead)
		switch st.op {
		case opSet, opCheck:
			continue
		case opBreak, opContinue:
			s.doubt = true
		case opText, opComponent:
			s.dynamic()
		case opWhole, opIf, opWith, opRange:
			s.dynamic()
			then := st.then
			if st.each != nil {
				then = st.each.body
			}
			for _, nested := range []*block{then, st.els} {
				if nested == nil || s.doubt {
					continue
				}
				in := *s
				in.tag = append([]byte(nil), s.tag...)
				in.within(nested)
				s.doubt = s.doubt || in.doubt || !s.same(&in)
			}
		case opCall:
			s.dynamic()
			s.doubt = true // its block may not be complete yet
		}
		if s.doubt {
			return
		}
	}
	s.text(b.tail)
}

// within scans a nested block, which may not close what is open around it: an
// element closed and opened again would look the same afterwards.
func (s *scanner) within(b *block) {
	outer := s.open
	s.open = []string{""} // no end tag has this name
	s.block(b)
	if len(s.open) != 1 {
		s.doubt = true
	}
	s.open = outer
}

// dynamic notes that something unknown stands here.
func (s *scanner) dynamic() {
	switch {
	case s.mode == inText && len(s.open) == 0:
		s.doubt = true
	case s.mode == inTag && !s.named:
		s.doubt = true // a tag's name
	case s.mode == inTag:
		s.slash = false
	}
}

func (s *scanner) text(html []byte) {
	for i := 0; i < len(html) && !s.doubt; i++ {
		c := html[i]
		switch s.mode {
		case inText:
			if c != '<' {
				if len(s.open) == 0 && !isSpace(c) {
					s.doubt = true
				}
				continue
			}
			if bytes.HasPrefix(html[i:], []byte("<!")) || bytes.HasPrefix(html[i:], []byte("<?")) {
				s.doubt = true
				return
			}
			s.mode, s.tag, s.named, s.close, s.slash = inTag, s.tag[:0], false, false, false
		case inTag:
			switch {
			case !s.named && c == '/' && len(s.tag) == 0 && !s.close:
				s.close = true
			case !s.named && c != '>' && c != '/' && !isSpace(c):
				s.tag = append(s.tag, c|0x20)
			case c == '>':
				s.named = true
				s.end()
			case c == '"' || c == '\'':
				s.mode, s.quote, s.slash = inValue, c, false
			default:
				s.named = true
				if !isSpace(c) {
					s.slash = c == '/'
				}
			}
		case inValue:
			if c == s.quote {
				s.mode, s.quote = inTag, 0
			}
		case inRaw:
			name := s.open[len(s.open)-1]
			if c == '<' && i+2+len(name) <= len(html) && html[i+1] == '/' && bytes.EqualFold(html[i+2:i+2+len(name)], []byte(name)) {
				s.mode, s.tag, s.named, s.close, s.slash = inTag, s.tag[:0], false, false, false
			}
		}
	}
}

// end finishes the current tag.
func (s *scanner) end() {
	name := string(s.tag)
	s.mode = inText
	if name == "" {
		s.doubt = true
		return
	}
	if s.close {
		if len(s.open) == 0 || s.open[len(s.open)-1] != name {
			s.doubt = true
			return
		}
		s.open = s.open[:len(s.open)-1]
		return
	}
	if len(s.open) == 0 {
		s.roots++
	}
	switch {
	case voidElements[name]:
	case s.slash && s.foreign():
	case s.slash:
		s.doubt = true // the slash means nothing in HTML: the element stays open
	default:
		s.open = append(s.open, name)
		if rawElements[name] {
			s.mode = inRaw
		}
	}
}

// foreign reports whether the current tag is within svg or math, where a
// closing slash counts.
func (s *scanner) foreign() bool {
	for _, name := range s.open {
		if name == "svg" || name == "math" {
			return true
		}
	}
	return false
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'
}

var voidElements = map[string]bool{
	"area": true, "base": true, "br": true, "col": true, "embed": true, "hr": true, "img": true, "input": true,
	"link": true, "meta": true, "source": true, "track": true, "wbr": true,
}

var rawElements = map[string]bool{
	"script": true, "style": true, "textarea": true, "title": true,
	"iframe": true, "noembed": true, "noframes": true, "noscript": true, "xmp": true, "plaintext": true,
}
