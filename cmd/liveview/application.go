package main

import (
	"bytes"
	"embed"
	"fmt"
	"go/format"
	"io/fs"
	"regexp"
	"strings"
	"text/template"
)

// The application that is written: _app is a whole one, called shop, in which what is called
// .tmpl is a template. _postgres has the files that differ with PostgreSQL, and _templ those that
// differ with templ. _mod has go.mod and go.sum of each variant: a folder with a go.mod can't be
// embedded.
//
//go:embed all:_app all:_mod all:_postgres all:_templ
var shop embed.FS

// application says how the application that is written differs from the shop.
type application struct {
	variant
	name     string // of the program
	module   string // its path
	version  string // of the library
	checkout string // the library's folder, "" for a release
}

// The shop's own module, and what it says of the library.
const (
	shopModule  = "example.com/shop"
	library     = "github.com/gin-liveview/liveview"
	unreleased  = "v0.0.0-00010101000000-000000000000"
	replacement = "replace " + library + " => ../liveview\n"
)

// Files whose names would mean something in this repository, and what they are called in an
// application.
var renamed = map[string]string{
	"go.mod.txt": "go.mod", "gitignore": ".gitignore", "dockerignore": ".dockerignore", "golangci.yml": ".golangci.yml",
}

// files returns the application's files by their paths.
func (a application) files() (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, folder := range a.folders() {
		if err := a.add(files, folder); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// add adds the files of one folder, in place of those of their names that are there.
func (a application) add(files map[string][]byte, folder string) error {
	return fs.WalkDir(shop, folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := shop.ReadFile(name)
		if err != nil {
			return err
		}
		name = a.named(strings.TrimPrefix(name, folder+"/"))
		if base, ok := strings.CutSuffix(name, ".tmpl"); ok {
			name = base
			if content, err = a.filled(content); err != nil {
				return err
			}
		}
		if to, ok := renamed[name]; ok {
			name = to
		}
		if folder == "_app" && a.omits(name) {
			return nil
		}
		files[name], err = a.adapt(name, content)
		return err
	})
}

// filled fills in a template of a text that differs between the variants.
func (a application) filled(text []byte) ([]byte, error) {
	t, err := template.New("").Delims("«", "»").Parse(string(text))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, a.variant)
	return b.Bytes(), err
}

var (
	word  = regexp.MustCompile(`\bshop\b`)
	title = regexp.MustCompile(`\bShop\b`)
)

// named puts the application's names in the place of the shop's.
func (a application) named(text string) string {
	text = strings.ReplaceAll(text, shopModule, "\x00")
	text = word.ReplaceAllLiteralString(text, a.name)
	text = title.ReplaceAllLiteralString(text, titleOf(a.name))
	return strings.ReplaceAll(text, "\x00", a.module)
}

// adapt makes a file of the shop one of the application.
func (a application) adapt(name string, content []byte) ([]byte, error) {
	if name == "go.sum" || bytes.IndexByte(content, 0) >= 0 {
		return content, nil
	}
	text := a.named(string(content))
	switch {
	case name == "go.mod" && a.checkout != "":
		text = strings.Replace(text, "\n"+replacement, "\n"+fmt.Sprintf(`// Until there is a release: the library's checkout on this machine. To build elsewhere, as by the
// Dockerfile or in CI, say "go mod vendor" first, and commit what it writes.
replace %s => %s
`, library, quoted(a.checkout)), 1)
	case name == "go.mod":
		text = strings.Replace(strings.Replace(text, "\n"+replacement, "", 1), unreleased, a.version, 1)
	case strings.HasSuffix(name, ".go"):
		return format.Source([]byte(a.shown(text))) // names are of other lengths
	}
	return []byte(text), nil
}

// quoted is a path as go.mod has it: in quotes if there is something in it that isn't plain.
func quoted(path string) string {
	if strings.ContainsAny(path, " \t\"'`,()[]{}") {
		return fmt.Sprintf("%q", path)
	}
	return path
}

// titleOf is a name as people write it: "Book shop" of "book-shop".
func titleOf(name string) string {
	text := strings.Join(strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' }), " ")
	if text == "" {
		return name
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
