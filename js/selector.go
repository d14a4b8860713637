package js

import (
	"strings"
	"unicode/utf8"
)

// Self stands for the element itself that a command is run for: the one that has the
// phx-click, for instance. For liveview.Socket.PushJS it is the view's element, or the
// first of a live component's.
const Self = ":scope"

// ID returns the selector of the element that has an id. Whatever the id says, the
// selector is of no other element.
//
//	js.Show(js.ID("row-" + name))
//
// It is what CSS.escape makes of it in a browser.
func ID(id string) string {
	if id == "" {
		fail("ID", "is given no id")
	}
	var b strings.Builder
	b.WriteByte('#')
	for i, r := range id {
		digit := '0' <= r && r <= '9'
		switch {
		case r == 0:
			b.WriteRune(utf8.RuneError)
		case r < ' ' || r == 0x7f, digit && (i == 0 || i == 1 && id[0] == '-'):
			const hex = "0123456789abcdef"
			b.WriteByte('\\')
			if r > 0xf {
				b.WriteByte(hex[r>>4])
			}
			b.WriteByte(hex[r&0xf])
			b.WriteByte(' ')
		case r == '-' && id == "-":
			b.WriteString(`\-`)
		case digit, 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', r == '-', r == '_', r >= utf8.RuneSelf:
			b.WriteRune(r)
		default:
			b.WriteByte('\\')
			b.WriteRune(r)
		}
	}
	return b.String()
}

// checkSelector panics for what a browser takes for no selector: nothing at all, a "#" or
// "." without a name, or with one that begins with a digit. It doesn't know all of CSS.
func checkSelector(fn, selector string) {
	if strings.TrimSpace(selector) == "" {
		fail(fn, "is given an empty selector; Self stands for the element itself")
	}
	quote := byte(0)
	for i := 0; i < len(selector); i++ {
		c := selector[i]
		switch {
		case c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '#' || c == '.':
			if next := selector[i+1:]; next == "" || strings.ContainsRune("0123456789 \t\n,>+~#.:[]()", rune(next[0])) && (c == '#' || i == 0 || !isDigit(selector[i-1])) {
				fail(fn, "is given the selector "+quoted(selector)+`, which names nothing that CSS knows after "`+string(c)+`"; js.ID makes a selector of any id`)
			}
		}
	}
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
