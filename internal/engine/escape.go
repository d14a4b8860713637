package engine

import "strconv"

// htmlEscapes is html/template's htmlReplacementTable, which its escapers for
// text, quoted attributes and RCDATA elements share for values that are not
// of one of its content types. TestEscapeTable holds it to the original.
var htmlEscapes = [256]string{
	0:    "\uFFFD",
	'"':  "&#34;",
	'&':  "&amp;",
	'\'': "&#39;",
	'+':  "&#43;",
	'<':  "&lt;",
	'>':  "&gt;",
}

// appendEscaped appends s escaped for HTML text and quoted attributes.
func appendEscaped(dst []byte, s string) []byte {
	written := 0
	for i := 0; i < len(s); i++ {
		if escape := htmlEscapes[s[i]]; escape != "" {
			dst = append(dst, s[written:i]...)
			dst = append(dst, escape...)
			written = i + 1
		}
	}
	return append(dst, s[written:]...)
}

// appendFloat appends f as fmt's %v prints it, escaped for HTML: a plus sign,
// in exponents and infinity, is a character that html/template escapes.
func appendFloat(dst []byte, f float64, bits int) []byte {
	var digits [32]byte
	for _, c := range strconv.AppendFloat(digits[:0], f, 'g', -1, bits) {
		if c == '+' {
			dst = append(dst, htmlEscapes['+']...)
			continue
		}
		dst = append(dst, c)
	}
	return dst
}
