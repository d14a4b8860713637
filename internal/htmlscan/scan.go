// Package htmlscan reads HTML as far as is needed to tell its markup from its
// text: where tags, attribute values, comments and the text of elements such as
// script begin and end, and which elements are open.
//
// The rules are those of the tokenizer of the HTML standard
// (https://html.spec.whatwg.org/multipage/parsing.html#tokenization), with the
// difference that nothing is repaired. Where the standard says how a browser
// recovers from an error that touches the structure, such as an end tag without
// its element or an element without its end tag, the HTML is malformed here: a
// [Scanner] stops, and says so. A lenient one goes on as a browser does.
//
// What is well-formed isn't always what a browser makes of it: in a p, a div
// closes the p. Tokens say where they are misplaced.
//
// HTML can be given in pieces with holes between them, as a template has it:
// what will stand in a hole isn't known.
package htmlscan

import (
	"bytes"
	"slices"
	"strings"
)

// Kind is what a [Token] is.
type Kind uint8

// The kinds of tokens.
const (
	Text     Kind = iota // text with its character references as they stand, also that of a script and the like
	StartTag             // opens an element, unless the token is Empty
	EndTag               // closes the innermost open element, unless the token is Stray
	Comment              // a comment, a doctype or a processing instruction
)

// Token is a piece of HTML. The tokens of a well-formed piece follow each other
// without a gap.
type Token struct {
	Kind       Kind
	Start, End int    // offsets in the piece; Start is 0 if it began in an earlier one
	Name       string // of a tag, in lower case
	// Empty reports of a StartTag that its element has no content and no end tag:
	// it is void, or within svg or math and ends with a slash.
	Empty bool
	// Values are the attribute values of a StartTag, without their quotes. They
	// are valid until the next token.
	Values []Span
	// Tag is the source of a StartTag, also of what stood in earlier pieces, with
	// a [Blank] for each hole. It is valid until the next token.
	Tag []byte
	// Misplaced reports of a StartTag or Text that a browser doesn't leave it
	// where it is written: it closes an element that is open around it, moves it
	// elsewhere, or leaves it out.
	Misplaced bool
	// Closes is the element that a browser closes for a misplaced StartTag, as
	// the index of an open one, the outermost being 0; -1 if it closes none.
	Closes int
	// Stray reports of an EndTag that no element of its name is open, in a lenient
	// Scanner.
	Stray bool
	// Context is where the token stands.
	Context Context
}

// Span is a part of a piece of HTML, from Start up to End.
type Span struct{ Start, End int }

// Scanner reads HTML. The zero value stands at the start of a text, outside of
// all elements. A Scanner may be copied with [Scanner.Clone] only.
type Scanner struct {
	// Around is where the text stands.
	Around Context
	// Lenient makes the scanner go on behind errors as a browser does, and behind
	// holes and ways that leave it open which tag is meant. It is malformed only
	// where even what is text can't be told.
	Lenient bool

	state     state
	quote     byte           // inQuotes: the quote that ends the value
	open      Stack[element] // the open elements
	malformed bool
	// The tag that is being read.
	start     int         // where it begins; 0 if in an earlier piece
	begun     int         // start, as it was when the last piece ended
	name      []byte      // as far as it was read
	ending    bool        // it is an end tag, of which a lenient scanner reads the attributes
	joined    bool        // it has the attributes of several ways
	attribute bool        // inTag: an attribute name was read, so a value may follow
	named     int         // where in its source its name ends, if it has
	tag       Stack[byte] // its source in earlier pieces
	equal     int         // where in this piece the equals sign of the last value is; -1 for none
	assigned  string      // the name of the attribute whose value is read at the end of the last piece
	apart     bool        // what the last piece begins with is no part of what is before it
	split     bool        // it isn't in that piece alone
	valueAt   int         // where in that piece the value begins; -1 if in an earlier one
	joints    []int       // Lenient: where in tag a hole stands for no more than that a name may go on
	values    []Span
	token     Token // the one that was passed on last
}

// element is an open element.
type element struct {
	name    string
	content Context
}

// state is where in a token a Scanner stands.
type state uint8

const (
	inText     state = iota
	inTagName        // of a start tag
	inTag            // after its name, outside of values
	afterEqual       // before an attribute value
	inUnquoted       // in a value without quotes
	inQuotes         // in a value with quotes
	afterSlash       // after a slash in a start tag
	inEndTag         // in an end tag's name
	afterName        // in an end tag, after its name
	inRaw            // in the text of an element whose content is no markup
	inComment        // in a comment
	inBogus          // in what browsers make a comment of, up to the next >
	inCDATA          // in a CDATA section of svg or math
)

// Malformed reports whether the HTML is.
func (s *Scanner) Malformed() bool { return s.malformed }

// InText reports whether the Scanner stands between tokens, where text and
// elements can follow.
func (s *Scanner) InText() bool { return s.state == inText }

// InTag reports whether the Scanner stands in a start tag, and where in the
// last piece it begins; 0 if in an earlier one.
func (s *Scanner) InTag() (start int, in bool) {
	return s.begun, s.state >= inTagName && s.state <= afterSlash && !s.ending
}

// InValue reports whether the Scanner stands in an attribute value, or where one begins,
// and returns the attribute's name in lower case, and where in the last piece the value
// begins; -1 if in an earlier one. Of an attribute that several ways name differently, it
// is the last of the names that rank highest.
func (s *Scanner) InValue(rank func(name string) int) (name string, at int, in bool) {
	if _, tag := s.InTag(); !tag || s.state != afterEqual && s.state != inUnquoted && s.state != inQuotes {
		return "", 0, false
	}
	if !s.split {
		return s.assigned, s.valueAt, true
	}
	for a := range Attributes(s.tag.From(0)) {
		if lower := strings.ToLower(string(a.Name)); name == "" || rank(lower) >= rank(name) {
			name = lower
		}
	}
	return name, s.valueAt, true
}

// noteValue notes in what value, if any, the Scanner stands at the end of a piece.
func (s *Scanner) noteValue(html []byte) {
	equal := s.equal
	if s.valueAt = -1; equal < 0 {
		return
	}
	s.valueAt = len(html)
	if s.state != afterEqual && len(s.values) > 0 {
		s.valueAt = s.values[len(s.values)-1].Start
	}
	end := equal
	for end > s.start && isSpace(html[end-1]) {
		end--
	}
	begin := end
	for begin > s.start && isNamePart(html[begin-1]) {
		begin--
	}
	s.assigned, s.split = strings.ToLower(string(html[begin:end])), begin == 0 && !s.apart
}

// Depth returns the number of open elements.
func (s *Scanner) Depth() int { return s.open.Len() }

// Open returns the name of an open element, the outermost being 0.
func (s *Scanner) Open(i int) string { return s.open.At(i).name }

// Context returns the context of what follows.
func (s *Scanner) Context() Context {
	if e := s.open.top(); e != nil {
		return e.content
	}
	return s.Around
}

// contextAt returns the context of what the first n open elements contain.
func (s *Scanner) contextAt(n int) Context {
	if n == 0 {
		return s.Around
	}
	return s.open.At(n - 1).content
}

// Clone returns a Scanner that goes on from the same point on its own.
func (s *Scanner) Clone() *Scanner {
	c := *s
	c.open = s.open.Clone()
	c.name, c.tag = slices.Clone(s.name), s.tag.Clone()
	c.joints = slices.Clone(s.joints)
	c.values, c.token = nil, Token{}
	return &c
}

// Hole reads that something unknown stands here: some text, a part of an
// attribute value, an attribute or a part of its name. It is taken to leave the
// Scanner where it is, which html/template sees to.
func (s *Scanner) Hole() {
	if _, in := s.InTag(); in {
		s.settle(Blank)
		s.tag.Push(Blank)
	}
	switch s.state {
	case inText, inRaw, inQuotes, inUnquoted, inComment, inBogus, inCDATA:
	case afterEqual:
		s.state = inUnquoted
	case inTag:
		s.attribute = true
	default:
		if !s.Lenient {
			s.malformed = true // it could be anything
			return
		}
		if s.state == inTagName || s.state == inEndTag {
			s.name = append(s.name, Blank)
			return
		}
		s.ending = s.ending || s.state == afterName
		s.state, s.attribute = inTag, true
	}
}

// Join makes s stand where both s and t do, which went two ways from where fork
// stands: what follows must mean the same after either. It reports whether it
// does. A lenient one takes elements to be open that are after both.
func (s *Scanner) Join(t, fork *Scanner) bool {
	if s.state == afterEqual && t.state == inUnquoted || s.state == inUnquoted && t.state == afterEqual {
		s.state = inUnquoted // the value may have begun
		t.state = inUnquoted
	}
	if s.Lenient {
		s.meet(t)
	}
	_, tag := s.InTag()
	inside := s.state > inText && s.state < inRaw
	lenient := s.Lenient && s.state == inText
	common, depth := Common(&s.open, &t.open), min(s.open.Len(), t.open.Len())
	for common < depth {
		a, b := s.open.At(common), t.open.At(common)
		if a != b && !(lenient && a.name == b.name) { // a browser may have closed it on one way
			break
		}
		common++
	}
	if lenient {
		s.open.Cut(common)
	} else if common < max(s.open.Len(), t.open.Len()) {
		s.malformed = true
	}
	if s.malformed || t.malformed || s.state != t.state || s.ending != t.ending || s.quote != t.quote || inside && !bytes.Equal(s.name, t.name) {
		s.malformed = true
		return false
	}
	s.attribute = s.attribute || t.attribute
	if s.state == afterEqual || s.state == inQuotes || s.state == inUnquoted {
		s.split = s.split || t.split || s.assigned != t.assigned
	}
	if tag {
		s.joinTags(t, fork)
	}
	return true
}

// meet makes the states of s and t the same where both are in the same tag, if
// not at the same point of it, or in tags of which the names differ.
func (s *Scanner) meet(t *Scanner) {
	if s.state == inTagName && t.state == inTagName || s.state == inEndTag && t.state == inEndTag {
		if n := commonPrefix(s.name, t.name); n < max(len(s.name), len(t.name)) {
			s.name = append(s.name[:n], Blank)
			t.name = append(t.name[:n], Blank)
		}
		return
	}
	outside := func(s *Scanner) (in, ending bool) {
		in = s.state == inTagName || s.state == inTag || s.state == afterSlash || s.state == inEndTag || s.state == afterName
		return in, s.ending || s.state == inEndTag || s.state == afterName
	}
	a, ending := outside(s)
	b, other := outside(t)
	if a && b && ending == other && s.state != t.state {
		s.endName()
		t.endName()
		s.state, t.state = inTag, inTag // an attribute or a slash on one way, so the name won't go on
		s.ending, t.ending = ending, ending
	}
}

// endName notes that the name of the tag ends where the pieces read so far do, if
// it hasn't before.
func (s *Scanner) endName() {
	if s.state == inTagName {
		s.named = s.tag.Len()
	}
}

// commonPrefix returns how many bytes a and b begin with alike.
func commonPrefix(a, b []byte) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// joinTags puts into the source of s's tag what that of t has behind the source
// that fork has, so that it has the attributes of both. What isn't a whole
// attribute ends with a hole.
func (s *Scanner) joinTags(t, fork *Scanner) {
	common := min(s.tag.Len(), t.tag.Len())
	for i := Common(&s.tag, &t.tag); i < common; i++ {
		if s.tag.At(i) != t.tag.At(i) {
			common = i
		}
	}
	if common == s.tag.Len() && common == t.tag.Len() {
		return
	}
	s.joined = true
	n := min(fork.tag.Len(), s.tag.Len(), t.tag.Len())
	if s.Lenient {
		n = min(n, common) // a hole that fork has behind a name may be settled
	}
	between := byte('\t')
	if n > 0 && s.tag.At(n-1) == ' ' {
		between = ' '
	}
	if s.state != inTag {
		s.tag.Push(Blank)
		s.tag.Append(t.tag.From(n))
		return
	}
	if s.Lenient && fork.state == inTag {
		for n > s.named && !endsName(s.tag.At(n-1)) {
			n-- // both have the name that had begun
		}
	}
	s.closeName()
	s.tag.Push(between)
	for _, i := range t.joints {
		if i >= n {
			s.joints = append(s.joints, s.tag.Len()+i-n)
		}
	}
	s.tag.Append(t.tag.From(n))
	s.closeName()
}

// joint is what a lenient Scanner puts behind a name at the end of a branch.
const joint = "\x00  "

// closeName puts a hole behind an attribute's name that may go on.
func (s *Scanner) closeName() {
	n := s.tag.Len()
	if n == s.named {
		return
	}
	switch last := s.tag.At(n - 1); {
	case endsName(last):
	case !s.Lenient:
		s.tag.Push(Blank)
	case last != Blank:
		s.joints = append(s.joints, n)
		s.tag.Append([]byte(joint))
	}
}

// settle settles, by the first byte behind a join, whether the names that end
// there are whole, and if so, whether they have the value that follows. If not,
// the holes stay.
func (s *Scanner) settle(next byte) {
	if len(s.joints) == 0 {
		return
	}
	whole := isSpace(next) || next == '/' || next == '>'
	first, length := s.joints[0], s.tag.Len()
	tag := s.tag.From(first)
	for _, i := range s.joints {
		last := i+len(joint) == length
		switch {
		case whole, next == '=' && last:
			tag[i-first] = ' '
		case next == '=':
			tag[i-first], tag[i-first+1] = '=', Blank
		case last:
			s.tag.Cut(i + 1)
		}
	}
	s.joints = s.joints[:0]
}

// endsName reports whether no attribute name can go on behind c.
func endsName(c byte) bool { return isSpace(c) || c == '"' || c == '\'' }

// Scan reads the next piece of HTML and calls token with each token that ends
// in it, until it returns false or the HTML turns out to be malformed. A text
// ends where the piece does. The token is valid during the call only.
func (s *Scanner) Scan(html []byte, token func(*Token) bool) {
	s.equal = -1
	n := s.tag.Len()
	s.apart = n > 0 && len(s.joints) == 0 && !isNamePart(s.tag.At(n-1)) && s.tag.At(n-1) != Blank
	for at := 0; at < len(html) && !s.malformed; {
		switch s.state {
		case inText:
			end := len(html)
			if i := bytes.IndexByte(html[at:], '<'); i >= 0 {
				end = at + i
			}
			if end > at {
				t := Token{Kind: Text, Start: at, End: end}
				t.Misplaced = s.Context().Text() != 0 && !IsSpace(html[at:end])
				if !s.emit(token, t) {
					return
				}
				at = end
				continue
			}
			var ok bool
			if at, ok = s.markup(html, at, token); !ok {
				return
			}
		case inRaw:
			name := s.open.top().name
			end, found := rawEnd(html[at:], name)
			if name == "plaintext" {
				end, found = len(html)-at, false
			}
			end += at
			if end > at && !s.emit(token, Token{Kind: Text, Start: at, End: end}) {
				return
			}
			if at = end; found {
				s.begin(inEndTag, at)
				at += len("</")
			}
		case inComment:
			end := len(html)
			if n := s.commentClose(html[at:]); n >= 0 {
				end, s.state = at+n, inText
			}
			if !s.emit(token, Token{Kind: Comment, Start: at, End: end}) {
				return
			}
			at = end
		case inBogus:
			end := len(html)
			if i := bytes.IndexByte(html[at:], '>'); i >= 0 {
				end, s.state = at+i+1, inText
			}
			if !s.emit(token, Token{Kind: Comment, Start: at, End: end}) {
				return
			}
			at = end
		case inCDATA:
			end := len(html)
			if i := bytes.Index(html[at:], []byte("]]>")); i >= 0 {
				end, s.state = at+i+len("]]>"), inText
			}
			if !s.emit(token, Token{Kind: Text, Start: at, End: end}) {
				return
			}
			at = end
		case inEndTag:
			end := nameEnd(html, at)
			s.name = appendLower(s.name, html[at:end])
			if at = end; at < len(html) {
				s.state = afterName
			}
		case afterName:
			c := html[at]
			at++
			switch {
			case isSpace(c):
			case c == '>':
				if !s.close(token, at) {
					return
				}
			case s.Lenient:
				s.state, s.ending = inTag, true
				at--
			default:
				s.malformed = true // attributes of an end tag, or a slash in it
			}
		default:
			var ok bool
			if at, ok = s.startTag(html, at, token); !ok {
				return
			}
		}
	}
	if _, in := s.InTag(); in {
		s.begun = s.start
		s.tag.Append(html[s.start:])
		s.noteValue(html)
	}
	s.start, s.values = 0, s.values[:0] // they are offsets in this piece
}

// begin begins a tag.
func (s *Scanner) begin(state state, at int) {
	s.state, s.start = state, at
	s.name, s.values, s.attribute = s.name[:0], s.values[:0], false
	s.tag.Cut(0)
	s.ending, s.joined = false, false
	s.joints = s.joints[:0]
}

// emit passes a token on.
func (s *Scanner) emit(token func(*Token) bool, t Token) bool {
	if t.Kind != StartTag {
		t.Context = s.Context()
	}
	s.token = t
	return token(&s.token)
}

// markup reads what begins with the < at at.
func (s *Scanner) markup(html []byte, at int, token func(*Token) bool) (int, bool) {
	rest := html[at:]
	end := -1
	switch {
	case len(rest) > 1 && isLetter(rest[1]):
		s.begin(inTagName, at)
		return at + len("<"), true
	case len(rest) > 2 && rest[1] == '/' && isLetter(rest[2]):
		s.begin(inEndTag, at)
		return at + len("</"), true
	case s.Lenient:
		return s.repaired(html, at, token)
	case bytes.HasPrefix(rest, []byte("<!--")):
		if end = commentEnd(rest); end < 0 {
			s.state = inComment
			return len(html), s.emit(token, Token{Kind: Comment, Start: at, End: len(html)})
		}
	case bytes.HasPrefix(rest, []byte("<![CDATA[")): // means another thing within svg and math
	case len(rest) > 1 && (rest[1] == '!' || rest[1] == '?'):
		end = bytes.IndexByte(rest, '>') + 1
	}
	if end <= 0 {
		s.malformed = true
		return at, false
	}
	return at + end, s.emit(token, Token{Kind: Comment, Start: at, End: at + end})
}

// repaired reads what begins with the < at at and is no tag as a browser does.
func (s *Scanner) repaired(html []byte, at int, token func(*Token) bool) (int, bool) {
	rest := html[at:]
	switch {
	case bytes.HasPrefix(rest, []byte("<!-->")):
		return at + len("<!-->"), s.emit(token, Token{Kind: Comment, Start: at, End: at + len("<!-->")})
	case bytes.HasPrefix(rest, []byte("<!--->")):
		return at + len("<!--->"), s.emit(token, Token{Kind: Comment, Start: at, End: at + len("<!--->")})
	case bytes.HasPrefix(rest, []byte("<!--")):
		end := len(html)
		if n := s.commentClose(rest[len("<!--"):]); n >= 0 {
			end = at + len("<!--") + n
		} else {
			s.state = inComment
		}
		return end, s.emit(token, Token{Kind: Comment, Start: at, End: end})
	case bytes.HasPrefix(rest, []byte("<![CDATA[")) && s.inForeign():
		s.state = inCDATA
		return at, true
	case len(rest) > 1 && (rest[1] == '!' || rest[1] == '?'), len(rest) > 2 && rest[1] == '/':
		s.state = inBogus
		return at, true
	}
	return at + 1, s.emit(token, Token{Kind: Text, Start: at, End: at + 1})
}

// inForeign reports whether the innermost open element is of svg or math.
func (s *Scanner) inForeign() bool {
	n := s.open.Len()
	return s.Context().Foreign() || n > 0 && s.contextAt(n-1).Foreign()
}

// commentClose returns where the comment ends in which html stands; -1 if it
// doesn't there.
func (s *Scanner) commentClose(html []byte) int {
	end := bytes.Index(html, []byte("-->"))
	if s.Lenient {
		within := html
		if end >= 0 {
			within = html[:end]
		}
		if i := bytes.Index(within, []byte("--!>")); i >= 0 {
			return i + len("--!>")
		}
	}
	if end < 0 {
		return -1
	}
	return end + len("-->")
}

// commentEnd returns the length of the comment that html begins with; -1 if it
// doesn't end, 0 if in a way that the standard calls an error.
func commentEnd(html []byte) int {
	const opened = len("<!--")
	if bytes.HasPrefix(html[opened:], []byte(">")) || bytes.HasPrefix(html[opened:], []byte("->")) {
		return 0
	}
	i := bytes.Index(html[opened:], []byte("-->"))
	if i < 0 {
		return -1
	}
	if bytes.Contains(html[opened:opened+i], []byte("--!>")) {
		return 0
	}
	return opened + i + len("-->")
}

// startTag reads a start tag from its name on.
func (s *Scanner) startTag(html []byte, at int, token func(*Token) bool) (int, bool) {
	c := html[at]
	switch s.state {
	case inTagName:
		end := nameEnd(html, at)
		s.name = appendLower(s.name, html[at:end])
		if end < len(html) {
			s.state, s.named = inTag, s.tag.Len()+end-s.start
		}
		return end, true
	case inQuotes:
		i := bytes.IndexByte(html[at:], s.quote)
		if i < 0 {
			return len(html), true
		}
		s.endValue(at + i)
		s.state, s.quote, s.attribute = inTag, 0, false
		return at + i + 1, true
	case inUnquoted:
		end := at
		for end < len(html) && !isSpace(html[end]) && html[end] != '>' {
			end++
		}
		if end < len(html) {
			s.endValue(end)
			s.state, s.attribute = inTag, false
		}
		return end, true
	case afterEqual:
		switch {
		case isSpace(c):
		case c == '"', c == '\'':
			s.state, s.quote = inQuotes, c
			s.values = append(s.values, Span{at + 1, at + 1})
		case c == '>':
			s.state = inTag // the value was forgotten
			return at, true
		default:
			s.state = inUnquoted
			s.values = append(s.values, Span{at, at})
			return at, true
		}
		return at + 1, true
	case afterSlash:
		s.state = inTag
		if c == '>' {
			return at + 1, s.finish(token, html[s.start:at+1], at+1, true)
		}
		return at, true
	case inTag:
		if len(s.joints) > 0 {
			s.settle(c)
		}
		switch {
		case c == '>':
			return at + 1, s.finish(token, html[s.start:at+1], at+1, false)
		case c == '/':
			s.state, s.attribute = afterSlash, false
		case c == '=' && s.attribute:
			s.state, s.attribute, s.equal = afterEqual, false, at
		case !s.Lenient && (c == '=' || c == '"' || c == '\''):
			s.malformed = true // a part of a name for browsers, but hardly for who wrote it
		case !isSpace(c):
			s.attribute = true
		}
		return at + 1, true
	}
	s.malformed = true
	return at, false
}

// endValue notes where an attribute value ends that began in this piece.
func (s *Scanner) endValue(end int) {
	if n := len(s.values); n > 0 {
		s.values[n-1].End = end
	}
}

// finish reads the end of a tag.
func (s *Scanner) finish(token func(*Token) bool, source []byte, end int, slash bool) bool {
	if s.ending {
		return s.close(token, end)
	}
	return s.element(token, source, end, slash)
}

// element opens the element whose start tag ends at end; source is what this
// piece has of the tag.
func (s *Scanner) element(token func(*Token) bool, source []byte, end int, slash bool) bool {
	name := s.tagName()
	t := traitsOf(name)
	tok := Token{Kind: StartTag, Start: s.start, End: end, Name: name, Values: s.values, Tag: source, Context: s.Context(), Closes: -1}
	if s.tag.Len() > 0 {
		s.tag.Append(source)
		tok.Tag = s.tag.From(0)
	}
	at := tok.Context
	unsure := s.Lenient && strings.IndexByte(name, Blank) >= 0 // it may be any element
	if tok.Misplaced = !unsure && !at.admits(t); tok.Misplaced {
		tok.Closes, at = s.parsed(t)
		s.closeAt(tok.Closes, t)
	}
	within := at.within(t, name)
	switch {
	case unsure:
		within.open = anything
	case at.parent == ofMath && at.Known() && name == "annotation-xml":
		switch html, known := annotates(tok.Tag, s.joined); {
		case !known && !s.Lenient:
			s.malformed = true
			return false
		case !known:
			within = Unknown()
		case html:
			within = at.integrated()
		}
	}
	foreign := at.Foreign() || t.role == graphic || t.role == formula
	s.state = inText
	tok.Empty = !foreign && t.void || foreign && slash
	switch {
	case tok.Empty:
	case !s.Lenient && (slash || !foreign && name == "plaintext"):
		// In HTML the slash means nothing: the element stays open, as it may have
		// been meant to or not. A plaintext has no end.
		s.malformed = true
		return false
	default:
		s.open.Push(element{name, within})
		if !foreign && (t.raw || name == "plaintext") {
			s.state = inRaw
		}
	}
	return s.emit(token, tok)
}

// closeAt notes that the parser closes an open element, and all within it, for a
// start tag, though they go on here as they are written.
func (s *Scanner) closeAt(i int, t *traits) {
	if i < 0 {
		return
	}
	after := s.contextAt(i)
	if !s.Lenient || t.role == form || t.role == link || t.role == nobr {
		after.open = anything
	}
	closed := s.open.From(i)
	for i := range closed {
		closed[i].content = after
	}
}

// parsed returns which open element the parser closes for a misplaced start tag,
// or -1, and in which context the element is then.
func (s *Scanner) parsed(t *traits) (closes int, at Context) {
	c := s.Context()
	if c.Known() {
		for i := s.open.Len() - 1; i >= 0; i-- {
			e := traitsOf(s.open.At(i).name)
			if e.role == table && t.part() {
				break
			}
			if !c.closed(e, t) {
				continue
			}
			if at = s.contextAt(i); c.Foreign() {
				for i > 0 && at.Foreign() { // an svg in an svg
					i--
					at = s.contextAt(i)
				}
			}
			if t.role == form || !at.admits(t) {
				at.open = anything
			}
			return i, at
		}
	}
	c.open = anything
	return -1, c
}

// Closes returns which open element, the outermost being 0, a browser closes for
// a start tag called name that it doesn't leave where it is written; -1 if none.
func (s *Scanner) Closes(name string) int {
	i, _ := s.parsed(traitsOf(name))
	return i
}

// tagName returns the name of the tag, as the very string of the last element
// at the same place if that had the name too.
func (s *Scanner) tagName() string {
	if last := s.open.popped(); last != nil && last.name == string(s.name) {
		return last.name
	}
	return string(s.name)
}

// close closes the element whose end tag ends at end.
func (s *Scanner) close(token func(*Token) bool, end int) bool {
	n := s.open.Len() - 1
	e := s.open.top()
	if s.Lenient && (e == nil || e.name != string(s.name)) {
		for n >= 0 && s.open.At(n).name != string(s.name) {
			n--
		}
		if n < 0 {
			s.state = inText
			return s.emit(token, Token{Kind: EndTag, Start: s.start, End: end, Name: string(s.name), Stray: true})
		}
		s.open.Cut(n + 1)
		e = s.open.top()
	}
	if e == nil || e.name != string(s.name) {
		s.malformed = true
		return false
	}
	name := e.name
	s.open.Cut(n)
	s.state = inText
	return s.emit(token, Token{Kind: EndTag, Start: s.start, End: end, Name: name})
}

// rawEnd returns where the end tag of the element called name begins.
func rawEnd(html []byte, name string) (end int, found bool) {
	for at := 0; ; {
		i := bytes.Index(html[at:], []byte("</"))
		if i < 0 {
			return len(html), false
		}
		at += i + len("</")
		after := at + len(name)
		if after < len(html) && strings.EqualFold(string(html[at:after]), name) && !isNamePart(html[after]) {
			return at - len("</"), true
		}
	}
}
