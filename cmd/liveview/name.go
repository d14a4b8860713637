package main

import (
	"go/token"
	"regexp"
	"slices"
	"strings"
)

// name is a name in the ways that it is written.
type name struct {
	Go    string // PurchaseOrder
	Local string // purchaseOrder
	Snake string // purchase_order
	Title string // Purchase order
	Lower string // purchase order
}

var snakeName = regexp.MustCompile(`^[a-z][a-z0-9]+(_[a-z][a-z0-9]+)*$`)

// nameOf returns a name that was given with underscores between its words.
func nameOf(snake string) name {
	words := strings.Split(snake, "_")
	n := name{Snake: snake}
	said := slices.Clone(words)
	for i, w := range words {
		upper := strings.ToUpper(w[:1]) + w[1:]
		if initialisms[w] {
			upper = strings.ToUpper(w)
			said[i] = upper
		}
		n.Go += upper
		if i == 0 {
			n.Local = w
		} else {
			n.Local += upper
		}
	}
	n.Lower = strings.Join(said, " ")
	n.Title = strings.ToUpper(n.Lower[:1]) + n.Lower[1:]
	return n
}

// snakeOf returns a name of Go with underscores between its words.
func snakeOf(goName string) string {
	var b strings.Builder
	for i, r := range goName {
		upper := 'A' <= r && r <= 'Z'
		if upper && i > 0 {
			before, after := goName[i-1], byte('A')
			if i+1 < len(goName) {
				after = goName[i+1]
			}
			if before < 'A' || before > 'Z' || after > 'Z' {
				b.WriteByte('_')
			}
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}

// initialisms are words that Go has in capitals, and that GORM takes for one word.
var initialisms = map[string]bool{
	"api": true, "ascii": true, "cpu": true, "css": true, "dns": true, "eof": true, "guid": true, "html": true, "http": true, "https": true,
	"id": true, "ip": true, "json": true, "qps": true, "ram": true, "rpc": true, "sla": true, "smtp": true, "ssh": true, "tls": true,
	"ttl": true, "uid": true, "ui": true, "uuid": true, "uri": true, "url": true, "utf8": true, "vm": true, "xml": true, "xss": true,
}

// misread reports whether GORM would take a name for another one from its capitals in Go: it looks
// for HTTP ahead of HTTPS, and for UID ahead of UI, as in UIDesign.
func misread(snake string) bool {
	words := strings.Split(snake, "_")
	for i, w := range words {
		if w == "https" || w == "ui" && i+1 < len(words) && words[i+1][0] == 'd' {
			return true
		}
	}
	return false
}

func lastPart(snake string) string { return snake[strings.LastIndexByte(snake, '_')+1:] }

// fileSuffixes are those by which the go command leaves a file out.
var fileSuffixes = []string{
	"test", "aix", "android", "darwin", "dragonfly", "freebsd", "illumos", "ios", "js", "linux", "netbsd", "openbsd", "plan9", "solaris", "wasip1", "windows",
	"386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64", "ppc64le", "riscv64", "s390x", "wasm",
}

// sqlName is a name as SQL has it, in quotes where it means something else there.
func sqlName(snake string) string {
	if sqlWords[snake] || token.IsKeyword(snake) {
		return `"` + snake + `"`
	}
	return snake
}

// sqlWords are those that SQLite or PostgreSQL keep for themselves and that name a field now and
// then; Go's keywords are quoted besides.
var sqlWords = func() map[string]bool {
	words := map[string]bool{}
	for w := range strings.FieldsSeq(`abort action add after all alter analyse analyze and any array as asc asymmetric attach authorization autoincrement before begin
		between binary both by cascade case cast check collate collation column commit concurrently conflict constraint create cross current
		current_catalog current_date current_role current_schema current_time current_timestamp current_user
		database default deferrable deferred delete desc detach distinct do drop each else end escape except exclude exclusive exists explain
		fail false fetch filter first following for foreign freeze from full generated glob grant group groups having if ignore ilike immediate in
		index indexed initially inner insert instead intersect into is isnull join key last lateral leading left like limit localtime localtimestamp match
		natural no not nothing notnull null nulls of offset on only or order others outer over overlaps partition placing plan pragma preceding
		primary query raise range recursive references reindex release rename replace restrict returning right rollback row rows savepoint
		select session session_user set similar some symmetric table tablesample temp temporary then ties to trailing transaction trigger true unbounded union unique update user
		using vacuum values variadic verbose view virtual when where window with without`) {
		words[w] = true
	}
	return words
}()
