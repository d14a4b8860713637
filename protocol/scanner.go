package protocol

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"unicode/utf8"
)

// scanner validates JSON (RFC 8259) in one pass and counts while it reads, so
// that a message beyond its limits costs no more than the bytes up to the excess.
// It builds no values: callers cut what they want from data, raw.
type scanner struct {
	data  []byte
	pos   int // next byte to read
	depth int // arrays and objects open at pos
	left  int // members and elements the message may still hold
	lim   Limits

	escaped bool // the string read last has escapes
}

// scan returns a scanner at the start of data. The limits must be filled in.
func (l Limits) scan(data []byte) scanner {
	return scanner{data: data, left: l.maxElements(), lim: l}
}

// malformed returns an error naming the current offset.
func (s *scanner) malformed(what string) error {
	return fmt.Errorf("%w: offset %d: %s", ErrMalformed, s.pos, what)
}

// unexpected returns the error for the current byte, or for the lack of one.
func (s *scanner) unexpected(want string) error {
	if s.pos >= len(s.data) {
		return fmt.Errorf("%w: ends at offset %d, want %s", ErrMalformed, s.pos, want)
	}
	return fmt.Errorf("%w: offset %d: %q, want %s", ErrMalformed, s.pos, s.data[s.pos:s.pos+1], want)
}

// peek skips white space and returns the next byte, or 0 at the end.
func (s *scanner) peek() byte {
	for i := s.pos; i < len(s.data); i++ {
		if c := s.data[i]; c > ' ' || c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			s.pos = i
			return c
		}
	}
	s.pos = len(s.data)
	return 0
}

// end checks that nothing but white space is left.
func (s *scanner) end() error {
	if s.peek(); s.pos != len(s.data) {
		return s.unexpected("the end")
	}
	return nil
}

// raw reads one value and returns its bytes, without the white space around it.
func (s *scanner) raw() ([]byte, error) {
	c := s.peek()
	start := s.pos
	if err := s.value(c); err != nil {
		return nil, err
	}
	return s.data[start:s.pos:s.pos], nil
}

// value reads one value of any type, whose first byte, c, was peeked at.
func (s *scanner) value(c byte) error {
	switch {
	case c == '"':
		return s.str()
	case c == '{':
		return s.object(nil)
	case c == '[':
		return s.array(nil)
	case c == '-' || '0' <= c && c <= '9':
		return s.number()
	case c == 't':
		return s.literal("true")
	case c == 'f':
		return s.literal("false")
	case c == 'n':
		return s.literal("null")
	}
	return s.unexpected("a JSON value")
}

// enter opens an array or object and steps over its first byte.
func (s *scanner) enter() error {
	if s.depth >= s.lim.MaxDepth {
		return s.tooDeep()
	}
	s.depth++
	s.pos++
	return nil
}

// leave closes an array or object and steps over its last byte.
func (s *scanner) leave() {
	s.depth--
	s.pos++
}

// count adds one element to a container that holds n with it.
func (s *scanner) count(n int) error {
	if s.left--; n > s.lim.MaxKeys || s.left < 0 {
		return s.tooMany()
	}
	return nil
}

// The errors of enter and count are apart so that these two are inlined.

func (s *scanner) tooDeep() error {
	return fmt.Errorf("%w: offset %d: nested deeper than %d", ErrLimit, s.pos, s.lim.MaxDepth)
}

func (s *scanner) tooMany() error {
	return fmt.Errorf("%w: offset %d: more than %d keys or elements, or %d in all",
		ErrLimit, s.pos, s.lim.MaxKeys, s.lim.maxElements())
}

// object reads an object. If member is not nil, it is called with each name,
// unquoted, and value, raw; an error from it ends the reading.
func (s *scanner) object(member func(name, value []byte) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	c := s.peek()
	if c == '}' {
		s.leave()
		return nil
	}
	for n := 1; ; n++ {
		if err := s.count(n); err != nil {
			return err
		}
		if c != '"' {
			return s.unexpected("a member's name")
		}
		start := s.pos
		if err := s.str(); err != nil {
			return err
		}
		name := s.data[start+1 : s.pos-1]
		if s.escaped {
			name = unquoteBytes(s.data[start:s.pos])
		}
		if s.peek() != ':' {
			return s.unexpected("':'")
		}
		s.pos++
		if member == nil {
			if err := s.value(s.peek()); err != nil {
				return err
			}
		} else {
			value, err := s.raw()
			if err != nil {
				return err
			}
			if err := member(name, value); err != nil {
				return err
			}
		}
		switch s.peek() {
		case ',':
			s.pos++
			c = s.peek()
		case '}':
			s.leave()
			return nil
		default:
			return s.unexpected("',' or '}'")
		}
	}
}

// array reads an array. If element is not nil, it is called with each element,
// raw; an error from it ends the reading.
func (s *scanner) array(element func(value []byte) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	if s.peek() == ']' {
		s.leave()
		return nil
	}
	for n := 1; ; n++ {
		if err := s.count(n); err != nil {
			return err
		}
		value, err := s.raw()
		if err != nil {
			return err
		}
		if element != nil {
			if err := element(value); err != nil {
				return err
			}
		}
		switch s.peek() {
		case ',':
			s.pos++
		case ']':
			s.leave()
			return nil
		default:
			return s.unexpected("',' or ']'")
		}
	}
}

const (
	swarOnes = 0x0101010101010101
	swarHigh = 0x8080808080808080
)

// str reads a string, quotes included. Most strings are short ASCII without
// escapes, and a plain loop reads those fastest; the rest is for longStr.
func (s *scanner) str() error {
	const short = 16
	start := s.pos + 1
	rest := s.data[start:]
	for i, c := range rest[:min(short, s.lim.MaxValue, len(rest))] {
		if plain[c] {
			continue
		}
		if c == '"' {
			s.pos = start + i + 1
			s.escaped = false
			return nil
		}
		break
	}
	return s.longStr()
}

// longStr reads any string, quotes included.
func (s *scanner) longStr() error {
	d, start := s.data, s.pos+1
	i := start
	s.escaped = false
	var high uint64 // has a swarHigh bit set once a byte outside ASCII was seen
	for {
		// Eight bytes at a time until one is a quote, a backslash or a control
		// character. The subtractions also mark bytes that are neither, but only
		// later in the word than one that is.
		for i+8 <= len(d) {
			w := binary.LittleEndian.Uint64(d[i:])
			quote := w ^ '"'*swarOnes
			slash := w ^ '\\'*swarOnes
			stop := (w-' '*swarOnes)&^w | (quote-swarOnes)&^quote | (slash-swarOnes)&^slash
			if stop &= swarHigh; stop != 0 {
				n := bits.TrailingZeros64(stop) &^ 7 // bits before the stop
				high |= w & (1<<n - 1)
				i += n / 8
				break
			}
			high |= w
			i += 8
		}
		for i < len(d) && d[i] >= ' ' && d[i] != '"' && d[i] != '\\' {
			high |= uint64(d[i])
			i++
		}
		s.pos = i
		if i >= len(d) {
			return s.unexpected("the end of a string")
		}
		switch d[i] {
		case '"':
			s.pos++
			if n := i - start; n > s.lim.MaxValue {
				return fmt.Errorf("%w: offset %d: string of %d bytes, at most %d", ErrLimit, start-1, n, s.lim.MaxValue)
			}
			if high&swarHigh != 0 && !utf8.Valid(d[start:i]) {
				s.pos = start
				return s.malformed("string is not UTF-8")
			}
			return nil
		case '\\':
			n := escapeLen(d[i:])
			if n == 0 {
				return s.malformed("bad escape in string")
			}
			i += n
			s.escaped = true
		default:
			return s.malformed("control character in string")
		}
	}
}

// escapeLen returns the length of the escape that b starts with, or 0 if it is
// not one.
func escapeLen(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if _, ok := hex4(b[2:]); ok {
			return 6
		}
	}
	return 0
}

// number reads a number. Its size does not matter, as nothing converts it.
func (s *scanner) number() error {
	if s.data[s.pos] == '-' {
		s.pos++
	}
	if s.pos < len(s.data) && s.data[s.pos] == '0' {
		s.pos++
	} else if err := s.digits(); err != nil {
		return err
	}
	if s.pos < len(s.data) && s.data[s.pos] == '.' {
		s.pos++
		if err := s.digits(); err != nil {
			return err
		}
	}
	if s.pos < len(s.data) && s.data[s.pos]|0x20 == 'e' {
		s.pos++
		if s.pos < len(s.data) && (s.data[s.pos] == '+' || s.data[s.pos] == '-') {
			s.pos++
		}
		return s.digits()
	}
	return nil
}

// digits reads one or more digits.
func (s *scanner) digits() error {
	start := s.pos
	for s.pos < len(s.data) && '0' <= s.data[s.pos] && s.data[s.pos] <= '9' {
		s.pos++
	}
	if s.pos == start {
		return s.unexpected("a digit")
	}
	return nil
}

// literal reads true, false or null.
func (s *scanner) literal(word string) error {
	if len(s.data)-s.pos < len(word) || string(s.data[s.pos:s.pos+len(word)]) != word {
		return s.malformed("not a JSON value")
	}
	s.pos += len(word)
	return nil
}
