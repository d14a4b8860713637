package upload

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxNameBytes bounds what [CleanName] returns.
const MaxNameBytes = 255

// CleanName makes a file's name fit to be shown: its last part, without what
// isn't visible or changes how the rest is read.
func CleanName(name string) string {
	name = strings.ReplaceAll(name, `\`, "/")
	name = cleanText(name[strings.LastIndexByte(name, '/')+1:])
	if name == "." || name == ".." {
		return ""
	}
	return name
}

// CleanPath is CleanName for each part of a relative path.
func CleanPath(p string) string {
	if p == "" {
		return ""
	}
	var parts []string
	for part := range strings.SplitSeq(strings.ReplaceAll(p, `\`, "/"), "/") {
		if part = CleanName(part); part != "" {
			parts = append(parts, part)
		}
	}
	p = path.Join(parts...)
	if len(p) > 4*MaxNameBytes {
		return ""
	}
	return p
}

func cleanText(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp) {
			return -1
		}
		return r
	}, s)
	s = strings.TrimSpace(s)
	if len(s) > MaxNameBytes {
		// The extension stays, as it says what kind of file it is.
		ext := path.Ext(s)
		if len(ext) > 16 {
			ext = ""
		}
		s = strings.ToValidUTF8(s[:MaxNameBytes-len(ext)], "") + ext
	}
	return s
}

// CleanType returns a content type in lower case without parameters, "" for what
// isn't one.
func CleanType(s string) string {
	s, _, _ = strings.Cut(s, ";")
	s = strings.ToLower(strings.TrimSpace(s))
	if !isContentType(s) {
		return ""
	}
	return s
}
