package htmlscan

// Blank stands for a hole in the source of a tag.
const Blank = 0

// nameEnd returns where the tag name that goes on at at ends.
func nameEnd(html []byte, at int) int {
	for at < len(html) && isNamePart(html[at]) {
		at++
	}
	return at
}

func isNamePart(c byte) bool { return !isSpace(c) && c != '/' && c != '>' }

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// IsSpace reports whether text is nothing but white space, as HTML has it.
func IsSpace(text []byte) bool {
	for _, c := range text {
		if !isSpace(c) {
			return false
		}
	}
	return true
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'
}

// appendLower appends a name with its ASCII letters in lower case.
func appendLower(dst, name []byte) []byte {
	for _, c := range name {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		dst = append(dst, c)
	}
	return dst
}
