package dom

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dlclark/regexp2/v2"
	"golang.org/x/net/html"
)

// A pattern attribute is a regular expression of JavaScript's, with its flag v,
// which package regexp can't read: it has lookahead and back references, and is
// stricter about what must be escaped than most people know. One that isn't in
// order a browser ignores. Package regexp2 reads the flag u; what v adds is
// translated.

// errUnchecked is that of a pattern that is in order, and that can't be applied
// here.
var errUnchecked = errors.New("can't be checked here")

// PatternFault says what is wrong with a field's pattern, so that the field isn't
// held against it; "" if nothing is, or if there is none.
func PatternFault(n *html.Node) string {
	pattern, ok := patternOf(n)
	if !ok {
		return ""
	}
	_, err := compilePattern(pattern)
	switch {
	case errors.Is(err, errUnchecked):
		return fmt.Sprintf("the pattern %q %v, so the field passes", pattern, err)
	case err != nil:
		return fmt.Sprintf("a browser ignores the pattern %q, as it is no regular expression with the flag v: %v", pattern, err)
	}
	return ""
}

// patternOf returns the pattern that a field's text is held against.
func patternOf(n *html.Node) (string, bool) {
	if !Is(n, "input") || !isText(n) {
		return "", false
	}
	return LookupAttr(n, "pattern")
}

// matches reports whether the whole of value is as the pattern wants it. One with
// a fault wants nothing.
func matches(pattern, value string) bool {
	re, err := compilePattern(pattern)
	if err != nil {
		return true
	}
	ok, err := re.MatchString(value)
	return ok || err != nil
}

func compilePattern(pattern string) (*regexp2.Regexp, error) {
	p := &patternReader{rest: []rune(pattern)}
	translated, err := p.disjunction()
	if err != nil {
		return nil, err
	}
	const options = regexp2.ECMAScript | regexp2.Unicode
	if _, err := regexp2.Compile(translated, options); err != nil {
		return nil, errors.New(strings.TrimPrefix(strings.TrimSuffix(err.Error(), fmt.Sprintf(" in `%s`", translated)), "error parsing regexp: "))
	}
	return regexp2.Compile("^(?:"+translated+")$", options)
}

// patternReader translates a pattern with the flag v into one with the flag u. It
// reads what the two differ in, and what package regexp2 is more lenient about
// than browsers.
//
// Source: the grammar Pattern[+UnicodeMode, +UnicodeSetsMode] of ECMA-262.
type patternReader struct {
	rest []rune
	b    strings.Builder
}

// next reports whether text comes next, and reads it.
func (p *patternReader) next(text string) bool {
	if !strings.HasPrefix(string(p.rest), text) {
		return false
	}
	p.rest = p.rest[len([]rune(text)):]
	return true
}

// take reads one character.
func (p *patternReader) take() (rune, error) {
	if len(p.rest) == 0 {
		return 0, errors.New("it ends too early")
	}
	r := p.rest[0]
	p.rest = p.rest[1:]
	return r, nil
}

// disjunction reads all that there is.
func (p *patternReader) disjunction() (string, error) {
	for len(p.rest) > 0 {
		r, _ := p.take()
		switch r {
		case '\\':
			escape, err := p.escape(syntaxCharacters)
			if err != nil {
				return "", err
			}
			if p.b.WriteString(escape); len(escape) == 2 {
				p.b.WriteString(p.digits(escape[1]))
			}
		case '[':
			set, err := p.class()
			if err != nil {
				return "", err
			}
			p.b.WriteString(set.single())
		case '(':
			if err := p.group(); err != nil {
				return "", err
			}
		case '{':
			if err := p.quantifier(); err != nil {
				return "", err
			}
		case '}', ']':
			return "", fmt.Errorf("a %q of its own must be escaped", r)
		default:
			p.b.WriteRune(r)
		}
	}
	return p.b.String(), nil
}

// group copies what makes a group one of a kind.
func (p *patternReader) group() error {
	p.b.WriteByte('(')
	if !p.next("?") {
		return nil
	}
	p.b.WriteByte('?')
	for _, kind := range []string{":", "=", "!", "<=", "<!", "<"} {
		if p.next(kind) {
			p.b.WriteString(kind)
			return nil
		}
	}
	for len(p.rest) > 0 && strings.ContainsRune("ims-", p.rest[0]) {
		p.b.WriteRune(p.rest[0])
		p.rest = p.rest[1:]
	}
	if !p.next(":") {
		return errors.New("there is no such group")
	}
	p.b.WriteByte(':')
	return nil
}

// quantifier copies one from behind its brace on.
func (p *patternReader) quantifier() error {
	p.b.WriteByte('{')
	for digits := 0; ; digits++ {
		r, err := p.take()
		switch {
		case err != nil, digits == 0 && (r < '0' || r > '9'), !strings.ContainsRune("0123456789,}", r):
			return errors.New(`a "{" of its own must be escaped`)
		}
		p.b.WriteRune(r)
		if r == '}' {
			return nil
		}
	}
}

// What may stand behind a backslash to mean itself: anywhere, and in classes.
const (
	syntaxCharacters    = `^$\.*+?()[]{}|/`
	reservedPunctuators = "&-!#%,:;<=>@`~"
)

// escape reads an escape from behind its backslash on.
func (p *patternReader) escape(itself string) (string, error) {
	r, err := p.take()
	switch {
	case err != nil:
		return "", errors.New(`a "\" stands at the end`)
	case strings.ContainsRune(itself, r):
		return literal(r), nil
	case (r == 'p' || r == 'P') && len(p.rest) > 0 && p.rest[0] == '{':
		name, _, _ := strings.Cut(string(p.rest[1:]), "}")
		if strings.HasPrefix(name, "RGI_") || strings.HasSuffix(name, "_Sequence") || name == "Basic_Emoji" {
			return "", fmt.Errorf("has %q and %w", name, errUnchecked)
		}
	case !strings.ContainsRune("dDsSwWbBfnrtvcxukpP0123456789", r):
		return "", fmt.Errorf("%q must not be escaped", r)
	}
	return `\` + string(r), nil
}

// literal is a character as itself, in a class or outside.
func literal(r rune) string { return fmt.Sprintf(`\u{%x}`, r) }

// set is what a class matches.
type set struct {
	flat   string   // of a class with the flag u, without its brackets
	others []string // further patterns
	not    bool
	longer bool // it may match other than one character
}

// single is the pattern of a set.
func (s set) single() string {
	if len(s.others) == 0 {
		if s.not {
			return "[^" + s.flat + "]"
		}
		return "[" + s.flat + "]"
	}
	all := strings.Join(append(s.others, "["+s.flat+"]"), "|")
	if s.not {
		return "(?:(?!" + all + ")[^])"
	}
	return "(?:" + all + ")"
}

// class reads a class from behind its bracket on.
func (p *patternReader) class() (set, error) {
	var s set
	s.not = p.next("^")
	operator := ""
	for first := true; ; first = false {
		if p.next("]") {
			if s.not && s.longer {
				return set{}, errors.New("a class that matches several characters can't be negated")
			}
			return s, nil
		}
		if !first && operator == "" && s.flat == "" && len(s.others) == 1 || operator != "" {
			for _, o := range []string{"--", "&&"} {
				if operator != "" && operator != o || !p.next(o) {
					continue
				}
				operator = o
				operand, _, err := p.operand()
				if err != nil {
					return set{}, err
				}
				s.longer = s.longer && (o == "--" || operand.longer)
				ahead := map[string]string{"--": "(?!", "&&": "(?="}[o]
				s.others[0] = "(?:" + ahead + "(?:" + operand.single() + "))" + s.others[0] + ")"
				break
			}
			if operator != "" {
				if len(p.rest) > 0 && p.rest[0] != ']' && !strings.HasPrefix(string(p.rest), operator) {
					return set{}, fmt.Errorf("in a class %s and other things stand side by side", operator)
				}
				continue
			}
		}
		operand, plain, err := p.operand()
		if err != nil {
			return set{}, err
		}
		after := string(p.rest)
		s.longer = s.longer || operand.longer
		switch {
		case first && (strings.HasPrefix(after, "--") || strings.HasPrefix(after, "&&")):
			s.others = []string{operand.single()}
		case strings.HasPrefix(after, "-") && plain:
			p.next("-")
			end, plain, err := p.operand()
			if err != nil {
				return set{}, err
			}
			if !plain {
				return set{}, errors.New("a range in a class ends with a character")
			}
			s.flat += operand.flat + "-" + end.flat
		case operand.not || len(operand.others) > 0:
			s.others = append(s.others, operand.single())
		default:
			s.flat += operand.flat
		}
	}
}

// operand reads a part of a class. plain says that it is one character.
func (p *patternReader) operand() (s set, plain bool, err error) {
	r, err := p.take()
	if err != nil {
		return set{}, false, errors.New(`a "[" isn't closed`)
	}
	switch {
	case r == '[':
		s, err = p.class()
		return s, false, err
	case r == '\\' && p.next("q{"):
		s, err = p.strings()
		return s, false, err
	case r == '\\':
		if p.next("b") {
			return set{flat: `\x08`}, true, nil
		}
		escape, err := p.escape(syntaxCharacters + reservedPunctuators)
		if err != nil {
			return set{}, false, err
		}
		// The digits of an escape such as \x41 are read here, as a range may follow.
		if kind := escape[1]; len(escape) == 2 {
			escape += p.digits(kind)
		}
		return set{flat: escape}, !strings.ContainsRune("dDsSwWpP", rune(escape[1])), nil
	case strings.ContainsRune("()[]{}/-|", r):
		return set{}, false, fmt.Errorf("in a class %q must be escaped", r)
	case strings.ContainsRune("&!#$%*+,.:;<=>?@^`~", r) && len(p.rest) > 0 && p.rest[0] == r:
		return set{}, false, fmt.Errorf(`in a class "%c%c" is reserved`, r, r)
	}
	return set{flat: literal(r)}, true, nil
}

// digits reads what belongs to an escape of a kind.
func (p *patternReader) digits(kind byte) string {
	length := map[byte]int{'x': 2, 'u': 4, 'c': 1}[kind]
	if (kind == 'u' || kind == 'p' || kind == 'P') && len(p.rest) > 0 && p.rest[0] == '{' {
		length = strings.IndexByte(string(p.rest), '}') + 1
	}
	length = min(length, len(p.rest))
	read := string(p.rest[:length])
	p.rest = p.rest[length:]
	return read
}

// strings reads \q{a|bc} from behind its brace on.
func (p *patternReader) strings() (set, error) {
	s := set{others: []string{""}}
	for length := 0; ; length++ {
		r, err := p.take()
		last := len(s.others) - 1
		if (r == '}' || r == '|') && length != 1 {
			s.longer = true
		}
		switch {
		case err != nil:
			return set{}, err
		case r == '}':
			return s, nil
		case r == '|':
			s.others = append(s.others, "")
			length = -1
		case r == '\\':
			escape, err := p.escape(syntaxCharacters + reservedPunctuators)
			if err != nil {
				return set{}, err
			}
			s.others[last] += escape
		default:
			s.others[last] += literal(r)
		}
	}
}
