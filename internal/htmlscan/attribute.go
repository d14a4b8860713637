package htmlscan

import (
	"bytes"
	"iter"
)

// Attribute is one of a start tag, as it is written there.
type Attribute struct {
	// Name and Value are as in the source, with a [Blank] for each hole: the name
	// in any case, the value with its character references.
	Name, Value []byte
	// At is where in the tag the name begins.
	At int
	// Assigned reports that there is a value, be it an empty one.
	Assigned bool
	// Quote is the quote around the value, 0 if there is none.
	Quote byte
	// Before and After report white space on the two sides of the equals sign.
	Before, After bool
}

// Attributes returns the attributes of a start tag, given by its source.
func Attributes(tag []byte) iter.Seq[Attribute] {
	return func(yield func(Attribute) bool) {
		at := nameEnd(tag, len("<"))
		for {
			for at < len(tag) && (isSpace(tag[at]) || tag[at] == '/') {
				at++
			}
			if at >= len(tag) || tag[at] == '>' {
				return
			}
			a := Attribute{At: at}
			for at++; at < len(tag) && isNamePart(tag[at]) && tag[at] != '='; at++ {
			}
			a.Name = tag[a.At:at]
			equal := skipSpace(tag, at)
			if equal < len(tag) && tag[equal] == '=' {
				a.Assigned, a.Before = true, equal > at
				at = skipSpace(tag, equal+1)
				a.After = at > equal+1
				at = a.value(tag, at)
			}
			if !yield(a) {
				return
			}
		}
	}
}

// value reads the value that begins at at, and returns where it ends.
func (a *Attribute) value(tag []byte, at int) int {
	if at < len(tag) && (tag[at] == '"' || tag[at] == '\'') {
		a.Quote = tag[at]
		at++
	}
	begin := at
	for at < len(tag) && (a.Quote != 0 && tag[at] != a.Quote || a.Quote == 0 && !isSpace(tag[at]) && tag[at] != '>') {
		at++
	}
	a.Value = tag[begin:at]
	if a.Quote != 0 && at < len(tag) {
		at++
	}
	return at
}

func skipSpace(tag []byte, at int) int {
	for at < len(tag) && isSpace(tag[at]) {
		at++
	}
	return at
}

// annotates reports whether the content of math's annotation-xml is HTML, as its
// start tag says, and whether that is known for sure.
func annotates(tag []byte, joined bool) (html, known bool) {
	for a := range Attributes(tag) {
		if bytes.IndexByte(a.Name, Blank) >= 0 {
			return false, false
		}
		if !bytes.EqualFold(a.Name, []byte("encoding")) {
			continue
		}
		html = bytes.EqualFold(a.Value, []byte("text/html")) || bytes.EqualFold(a.Value, []byte("application/xhtml+xml"))
		return html, !joined && bytes.IndexByte(a.Value, Blank) < 0
	}
	return false, true
}
