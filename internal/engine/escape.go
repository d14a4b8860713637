package engine

import (
	"math"
	"strconv"
)

// htmlEscapes is html/template's htmlReplacementTable, which its escapers for
// text, quoted attributes and RCDATA elements share for values that are not
// of one of its content types. FuzzRender and TestEscapeTable hold it to the
// original.
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
	format := byte('f')
	// fmt's %v is %g with the exponent's threshold moved to 21 digits. The
	// shortest digits decide, so a float32 is compared as one.
	if abs := math.Abs(f); abs == 0 {
		format = 'f'
	} else if bits == 32 && (float32(abs) < 1e-4 || float32(abs) >= 1e21) ||
		bits == 64 && (abs < 1e-4 || abs >= 1e21) {
		format = 'e'
	}
	var digits [400]byte
	for _, c := range strconv.AppendFloat(digits[:0], f, format, -1, bits) {
		if c == '+' {
			dst = append(dst, "&#43;"...)
			continue
		}
		dst = append(dst, c)
	}
	return dst
}
