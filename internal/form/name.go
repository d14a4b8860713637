package form

import "strings"

// bracketed returns a tag's name as it stands within another: "a[b]" as "[a][b]". A
// name that isn't well-formed is one segment.
func bracketed(name string) string {
	first, rest, nested := strings.Cut(name, "[")
	if !nested || first == "" || !strings.HasSuffix(rest, "]") {
		return "[" + name + "]"
	}
	return "[" + first + "][" + rest
}

// unbracketed undoes bracketed.
func unbracketed(name string) string {
	if name == "" {
		return ""
	}
	i := strings.IndexByte(name, ']')
	return name[1:i] + name[i+1:]
}

// IDOf returns the id of the element for the field of that name: "a[b][3]" gives
// "a_b_3".
func IDOf(name string) string {
	const hex = "0123456789abcdef"
	name = strings.TrimSuffix(name, "[]")
	b := make([]byte, 0, len(name))
	for i := range len(name) {
		switch c := name[i]; {
		case c == '[':
			b = append(b, '_')
		case c == ']':
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_':
			b = append(b, c)
		default: // an id has no blanks, and a posted key may have anything
			b = append(b, '.', hex[c>>4], hex[c&15])
		}
	}
	return string(b)
}

// longestKey bounds the key of a row, in bytes. A longer one isn't heard.
const longestKey = 128

// cutKey takes the key of a row off the front of a name: "[3][sku]" gives "3" and
// "[sku]".
func cutKey(name string) (key, rest string, ok bool) {
	if name == "" || name[0] != '[' {
		return "", "", false
	}
	end := strings.IndexByte(name, ']')
	if end < 2 || end > longestKey || strings.IndexByte(name[1:end], '[') >= 0 {
		return "", "", false
	}
	return name[1:end], name[end+1:], true
}

// fitsName reports whether a text can be the key of a row.
func fitsName(key string) bool {
	return key != "" && len(key) < longestKey && !strings.ContainsAny(key, "[]")
}

// AskName is the name of what asks for a change of the rows of a list: that of
// "product[variants]" for "_sort" is "product[variants_sort][]".
func AskName(list, suffix string) string {
	if inner, ok := strings.CutSuffix(list, "]"); ok {
		return inner + suffix + "][]"
	}
	return list + suffix + "[]"
}
