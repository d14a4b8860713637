package rendered

import (
	"bytes"
	"fmt"
)

// attribute is one that the client adds to an element.
type attribute struct{ name, value string }

// appendElement writes the one element that source consists of, with further
// attributes. If it is to be skipped, its own attributes and its content go, but
// for the id.
//
// Source: modifyRoot in
// phoenix_live_view/assets/js/phoenix_live_view/rendered/modify_root.ts.
func appendElement(b *bytes.Buffer, source []byte, attrs []attribute, skip bool) error {
	open := elementStart(source)
	if open < 0 {
		return fmt.Errorf("a template that is said to be one element is %q", source)
	}
	end := open + 1 // of the name
	for end < len(source) && bytes.IndexByte([]byte(" \t\r\n\f/>"), source[end]) < 0 {
		end++
	}
	last := elementEnd(source, end)
	b.Write(source[:end])
	if id := idInTag(source[end:last]); skip && id != "" {
		b.WriteString(` id="` + id + `"`)
	}
	for _, a := range attrs {
		b.WriteString(" " + a.name + `="` + a.value + `"`)
	}
	if !skip {
		b.Write(source[end:])
		return nil
	}
	b.WriteString(` data-phx-skip`)
	if name := string(source[open+1 : end]); voidElements[name] {
		b.WriteString(`/>`)
	} else {
		b.WriteString(`></` + name + `>`)
	}
	b.Write(source[last:])
	return nil
}

// elementStart finds the "<" of the first element, behind white space and
// comments; -1 if something else stands there.
func elementStart(source []byte) int {
	for i := 0; i < len(source); {
		switch {
		case bytes.IndexByte([]byte(" \t\r\n\f"), source[i]) >= 0:
			i++
		case bytes.HasPrefix(source[i:], []byte("<!--")):
			end := bytes.Index(source[i:], []byte("-->"))
			if end < 0 {
				return -1
			}
			i += end + 3
		case source[i] == '<':
			return i
		default:
			return -1
		}
	}
	return -1
}

// elementEnd returns the index behind the last ">" of the element whose name
// ends at from, before white space and comments.
func elementEnd(source []byte, from int) int {
	end := len(source)
	for end > from {
		switch {
		case bytes.HasSuffix(source[:end], []byte("-->")):
			start := bytes.LastIndex(source[:end], []byte("<!--"))
			if start < from {
				return end
			}
			end = start
		case source[end-1] == '>':
			return end
		default:
			end--
		}
	}
	return len(source)
}

// idInTag returns the value of the attribute id of a start tag, given from
// behind its name on, as it is written there.
func idInTag(tag []byte) string {
	for i := 0; i < len(tag) && tag[i] != '>'; i++ {
		if tag[i] != '=' || i+1 == len(tag) {
			continue
		}
		quote := tag[i+1]
		if quote != '"' && quote != '\'' {
			continue
		}
		end := bytes.IndexByte(tag[i+2:], quote)
		if end < 0 {
			return ""
		}
		if bytes.HasSuffix(tag[:i], []byte(" id")) {
			return string(tag[i+2 : i+2+end])
		}
		i += 2 + end
	}
	return ""
}

var voidElements = map[string]bool{
	"area": true, "base": true, "br": true, "col": true, "embed": true, "hr": true, "img": true, "input": true,
	"link": true, "meta": true, "param": true, "source": true, "track": true, "wbr": true,
}
