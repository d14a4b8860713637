package upload

import (
	"bytes"
	"fmt"
	"mime"
	"path"
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"
)

// SniffBytes is how much of a file is looked at to tell its type, in bytes. It is
// what mimetype looks at, and more than the 1,445 of a browser
// (https://mimesniff.spec.whatwg.org, resource header).
const SniffBytes = 3072

// Accept says which files are accepted: those that fit one of its items, any
// file if it has none.
type Accept []acceptItem

// acceptItem is an extension or a content type, which may be a wildcard.
type acceptItem struct {
	ext  string // ".jpg"; "" for an item that is a content type
	kind string // "image/jpeg" or "image/*"; of an extension "" if unknown
}

// ParseAccept reads the items of an accept list: extensions (".jpg"), content
// types ("image/png") and wildcards ("image/*"). Its error names the item.
func ParseAccept(items []string) (Accept, error) {
	var list Accept
	for _, raw := range items {
		item := strings.ToLower(strings.TrimSpace(raw))
		switch {
		case strings.HasPrefix(item, ".") && len(item) > 1 && IsToken(item[1:]):
			list = append(list, acceptItem{ext: item, kind: typeOfExtension(item)})
		case isContentType(item) || strings.HasSuffix(item, "/*") && IsToken(item[:len(item)-2]):
			list = append(list, acceptItem{kind: item})
		default:
			return nil, fmt.Errorf(`UploadConfig.Accept holds %q; an item is an extension like ".jpg", `+
				`a content type like "image/png", or a wildcard like "image/*"`, raw)
		}
	}
	return list, nil
}

// HTML is the value of the input's accept attribute.
func (l Accept) HTML() string {
	items := make([]string, len(l))
	for i, item := range l {
		if items[i] = item.ext; item.ext == "" {
			items[i] = item.kind
		}
	}
	return strings.Join(items, ",")
}

// Admits reports whether a file may be sent, by the name and the content type
// that the browser states: some item must fit both.
func (l Accept) Admits(name, kind string) bool {
	return len(l) == 0 || slices.ContainsFunc(l, func(item acceptItem) bool { return item.admits(name, kind) })
}

func (item acceptItem) admits(name, kind string) bool {
	ext := strings.ToLower(path.Ext(name))
	if item.ext != "" {
		return strings.HasSuffix(strings.ToLower(name), item.ext) &&
			(!activeTypes[kind] || sameType(item.kind, kind))
	}
	// A known extension must not contradict, whatever the browser says.
	byName := typeOfExtension(ext)
	if byName != "" && !fits(byName, item.kind) {
		return false
	}
	if kind == "" {
		return byName != ""
	}
	return fits(kind, item.kind)
}

// AdmitsContent reports whether a file's content, of which head is the start, is
// what some item asks for that also fits name and type, and returns the type
// found.
func (l Accept) AdmitsContent(name, kind string, head []byte) (string, bool) {
	found := mimetype.Detect(head)
	text, _, _ := strings.Cut(found.String(), ";")
	for _, item := range l {
		if item.admits(name, kind) && item.admitsFound(found, text) && (!isMedia(text) || !hasMarkup(head)) {
			return text, true
		}
	}
	return text, false
}

func (item acceptItem) admitsFound(found *mimetype.MIME, text string) bool {
	want := item.kind
	if want == "" {
		return true // an extension of no known type
	}
	if fits(text, want) {
		return true
	}
	if activeTypes[text] {
		return false // it would be a descendant of plain text
	}
	if isTextual(want) {
		// No telling Markdown, CSS or a short CSV from any other text.
		return isText(found) && (text == "text/plain" || want == "text/plain" || strings.HasPrefix(want, "text/"))
	}
	for m := found.Parent(); m != nil; m = m.Parent() {
		if m.Is(want) { // a .docx is a zip file, for instance
			return true
		}
	}
	return false
}

func isText(m *mimetype.MIME) bool {
	for ; m != nil; m = m.Parent() {
		if m.Is("text/plain") {
			return true
		}
	}
	return false
}

// activeTypes are documents that run scripts where they are shown. They are
// accepted only where they are asked for by name.
var activeTypes = map[string]bool{
	"text/html": true, "application/xhtml+xml": true, "image/svg+xml": true,
	"text/xml": true, "application/xml": true, "text/x-php": true,
}

// fits reports whether a content type is the one wanted, which may be a wildcard.
func fits(kind, want string) bool {
	if prefix, ok := strings.CutSuffix(want, "*"); ok {
		return strings.HasPrefix(kind, prefix) && !activeTypes[kind]
	}
	return sameType(kind, want)
}

// sameType compares content types, of which many have several names.
func sameType(a, b string) bool {
	if a == b {
		return a != ""
	}
	m := mimetype.Lookup(a)
	return m != nil && b != "" && m.Is(b)
}

func isMedia(kind string) bool {
	return strings.HasPrefix(kind, "image/") && !activeTypes[kind] || strings.HasPrefix(kind, "audio/") || strings.HasPrefix(kind, "video/")
}

// markup is how a page or a program in a picture begins.
var markup = [][]byte{
	[]byte("<script"), []byte("<html"), []byte("<!doctype"), []byte("<body"), []byte("<head"),
	[]byte("<iframe"), []byte("<object"), []byte("<embed"), []byte("<svg"), []byte("<img"), []byte("<?php"),
}

// hasMarkup finds a polyglot: a picture that can also be read as a page.
func hasMarkup(head []byte) bool {
	if bytes.IndexByte(head, '<') < 0 {
		return false
	}
	lower := bytes.ToLower(head)
	return slices.ContainsFunc(markup, func(m []byte) bool { return bytes.Contains(lower, m) })
}

// isTextual reports whether files of a type are text of some kind.
func isTextual(kind string) bool {
	switch kind {
	case "application/json", "application/javascript", "application/x-ndjson", "application/yaml", "application/sql":
		return true
	}
	return strings.HasPrefix(kind, "text/") && !activeTypes[kind]
}

func isContentType(s string) bool {
	major, minor, ok := strings.Cut(s, "/")
	return ok && IsToken(major) && IsToken(minor)
}

// IsToken reports whether s may be part of a content type or an extension.
func IsToken(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '.', c == '-', c == '+', c == '_':
		default:
			return false
		}
	}
	return len(s) > 0 && len(s) <= 100
}

// typeOfExtension returns the content type of an extension in lower case, ""
// for one unknown. Common ones don't depend on the machine's tables.
func typeOfExtension(ext string) string {
	if t, ok := extensionTypes[ext]; ok {
		return t
	}
	t, _, _ := strings.Cut(mime.TypeByExtension(ext), ";")
	return t
}

var extensionTypes = map[string]string{
	"":     "",
	".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".jpe": "image/jpeg", ".jfif": "image/jpeg",
	".png": "image/png", ".gif": "image/gif", ".webp": "image/webp", ".avif": "image/avif", ".bmp": "image/bmp",
	".tif": "image/tiff", ".tiff": "image/tiff", ".ico": "image/x-icon", ".heic": "image/heic", ".heif": "image/heif",
	".svg": "image/svg+xml", ".psd": "image/vnd.adobe.photoshop",
	".mp3": "audio/mpeg", ".wav": "audio/wav", ".ogg": "audio/ogg", ".oga": "audio/ogg", ".flac": "audio/flac",
	".m4a": "audio/x-m4a", ".aac": "audio/aac",
	".mp4": "video/mp4", ".m4v": "video/x-m4v", ".mov": "video/quicktime", ".webm": "video/webm",
	".avi": "video/x-msvideo", ".mkv": "video/x-matroska", ".mpg": "video/mpeg", ".mpeg": "video/mpeg", ".ogv": "video/ogg",
	".pdf": "application/pdf", ".rtf": "text/rtf", ".epub": "application/epub+zip",
	".zip": "application/zip", ".gz": "application/gzip", ".tar": "application/x-tar", ".7z": "application/x-7z-compressed",
	".rar": "application/x-rar-compressed", ".bz2": "application/x-bzip2", ".xz": "application/x-xz",
	".doc": "application/msword", ".xls": "application/vnd.ms-excel", ".ppt": "application/vnd.ms-powerpoint",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".odt":  "application/vnd.oasis.opendocument.text",
	".ods":  "application/vnd.oasis.opendocument.spreadsheet",
	".odp":  "application/vnd.oasis.opendocument.presentation",
	".txt":  "text/plain", ".log": "text/plain", ".md": "text/markdown", ".csv": "text/csv", ".tsv": "text/tab-separated-values",
	".json": "application/json", ".css": "text/css", ".js": "text/javascript", ".mjs": "text/javascript",
	".yaml": "application/yaml", ".yml": "application/yaml", ".sql": "application/sql",
	".html": "text/html", ".htm": "text/html", ".xhtml": "application/xhtml+xml", ".xml": "text/xml", ".php": "text/x-php",
	".exe": "application/vnd.microsoft.portable-executable", ".dll": "application/vnd.microsoft.portable-executable",
	".sh": "text/x-shellscript", ".py": "text/x-python", ".jar": "application/java-archive", ".swf": "application/x-shockwave-flash",
	".woff": "font/woff", ".woff2": "font/woff2", ".ttf": "font/ttf", ".otf": "font/otf", ".wasm": "application/wasm",
}
