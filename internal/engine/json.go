package engine

import (
	"strconv"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// appendString appends s as a JSON string. Only what JSON demands is escaped:
// the quote, the backslash and the control characters. Bytes that are not
// UTF-8 become U+FFFD, one for each, since JSON cannot carry them.
func appendString[S string | []byte](dst []byte, s S) []byte {
	dst = append(dst, '"')
	written := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' {
				i++
				continue
			}
			dst = append(dst, s[written:i]...)
			switch c {
			case '"', '\\':
				dst = append(dst, '\\', c)
			case '\n':
				dst = append(dst, '\\', 'n')
			case '\r':
				dst = append(dst, '\\', 'r')
			case '\t':
				dst = append(dst, '\\', 't')
			default:
				dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			}
			i++
			written = i
			continue
		}
		r, size := decodeRune(s[i:])
		if r == utf8.RuneError && size == 1 {
			dst = append(dst, s[written:i]...)
			dst = append(dst, "\uFFFD"...)
			written = i + 1
		}
		i += size
	}
	dst = append(dst, s[written:]...)
	return append(dst, '"')
}

// decodeRune decodes the first rune of s without converting the whole of it.
func decodeRune[S string | []byte](s S) (rune, int) {
	var b [utf8.UTFMax]byte
	return utf8.DecodeRune(b[:copy(b[:], s)])
}

// appendKey appends the member name of the dynamic or entry at index i, with its colon.
func appendKey(dst []byte, i int) []byte {
	dst = append(dst, '"')
	dst = strconv.AppendInt(dst, int64(i), 10)
	return append(dst, '"', ':')
}

// The functions below write objects of which it isn't known before their end
// whether they have a member at all. Members are appended with a comma after
// each; what closes the object takes the last comma away.

// closeObject closes the object that was opened at opened, with its key, if it
// has one, from mark on. Without members it takes the key back as well.
func closeObject(dst []byte, mark, opened int) []byte {
	if len(dst) == opened {
		return dst[:mark]
	}
	dst[len(dst)-1] = '}'
	return append(dst, ',')
}

// closeNewEntry closes the object of an entry that the client doesn't hold,
// which stays even without members.
func closeNewEntry(dst []byte, opened int) []byte {
	if len(dst) > opened {
		dst = dst[:len(dst)-1]
	}
	return append(dst, '}', ',')
}

// appendEntry appends entry j of a list, which was at index from and differs by
// the members that changes appends, and reports whether it moved.
func appendEntry(dst []byte, j, from int, changes func([]byte) []byte) ([]byte, bool) {
	mark := len(dst)
	dst = appendKey(dst, j)
	if from == j {
		dst = append(dst, '{')
		opened := len(dst)
		return closeObject(changes(dst), mark, opened), false
	}
	plain := len(dst)
	dst = append(dst, '[')
	dst = strconv.AppendInt(dst, int64(from), 10)
	dst = append(dst, ',', '{')
	opened := len(dst)
	dst = changes(dst)
	if len(dst) == opened {
		dst = strconv.AppendInt(dst[:plain], int64(from), 10)
		return append(dst, ','), true
	}
	dst[len(dst)-1] = '}'
	return append(dst, ']', ','), true
}

// entriesKey opens the member "k", the entries of a list.
const entriesKey = `"k":{`

// closeEntries closes the member "k" of a list that has n entries, or takes it
// back if nothing changed.
func closeEntries(dst []byte, mark, opened, n int, moved, resized bool) []byte {
	if len(dst) == opened && !resized {
		return dst[:mark]
	}
	if moved {
		dst = append(dst, `"km":true,`...)
	}
	dst = append(dst, `"kc":`...)
	dst = strconv.AppendInt(dst, int64(n), 10)
	return append(dst, '}', ',')
}

// trimComma drops the comma after the last of the members that were appended
// to before.
func trimComma(before, after []byte) []byte {
	if len(after) > len(before) {
		return after[:len(after)-1]
	}
	return after
}
